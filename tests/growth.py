"""Time that grows with the input and no faster, told by a ratio: seconds say more of the machine than of the code.

In: work on an input of a given size. Out: nothing, or a failure.
"""

from __future__ import annotations

import time
from collections.abc import Callable

# The larger input is so many times the smaller one. Work that grows with the square of it takes 16 times as long.
FACTOR = 4
# Times that the larger input may take, for each time of the smaller: n log n, caches and a busy machine are forgiven.
SLACK = 2.5
# Seconds under which a time is the clock's noise, not the work's.
NOISE = 0.01
# A busy machine spoils a timing; work that is too slow spoils every one.
TRIES = 3


def assert_linear(work: Callable[[int], object], size: int) -> None:
    """Fail when an input of `size` takes far more than four times the processor time of one a quarter as large."""
    ratios = []
    for _ in range(TRIES):
        small, large = _seconds(work, size // FACTOR), _seconds(work, size)
        ratios.append(large / max(small, NOISE))
        if ratios[-1] <= SLACK * FACTOR:
            return
    raise AssertionError(f"an input {FACTOR} times as large takes {min(ratios):.1f} times as long, in each of {TRIES} tries")


def _seconds(work: Callable[[int], object], size: int) -> float:
    start = time.process_time()
    work(size)
    return time.process_time() - start
