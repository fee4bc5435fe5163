"""The traps whose handling can be switched off, one at a time, to see that a measurement would notice.

In: names of traps. Out: the package with their handling replaced by nothing. `TRAPS` is the list.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple


class Trap(NamedTuple):
    """A trap: where its handling lives, and what takes its place when it is off."""

    module: str
    name: str
    off: Any


def switch_off(names: Iterable[str]) -> None:
    """Replace the handling of the named traps for the rest of this process.

    Raises
    ------
    KeyError
        When there is no such trap.
    """
    for name in names:
        trap = TRAPS[name]
        module = importlib.import_module(trap.module)
        if not hasattr(module, trap.name):
            raise KeyError(f"{name}: {trap.module} has no {trap.name}")
        setattr(module, trap.name, trap.off)


def nothing(value: Any) -> Callable[..., Any]:
    """A function that ignores its arguments."""
    return lambda *args, **kwargs: value


TRAPS: dict[str, Trap] = {}
