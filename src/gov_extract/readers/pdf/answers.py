"""Asking the engine the same of many objects: memory that it writes its answers to, with the addresses prepared.

In: a function of the engine, handles or indices. Out: an array with a row for each.

An address passed as a plain integer is wrapped in an object at each call, which costs as much as most calls themselves. Here
every address is wrapped once a process; answers are copied out of the memory before it is written to again.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt

AT_ONCE = 512
"""Questions after which the answers are copied out: about as many as a page has characters or objects."""


class Answers:
    """Memory for so many values of a C type an answer; the function takes one address of them all, or `each` value's own."""

    def __init__(self, kind: Any, width: int, *, each: bool) -> None:
        self._memory = (kind * (width * AT_ONCE))()
        size = ctypes.sizeof(kind)
        parts = range(width if each else 1)
        self._places = [[ctypes.byref(self._memory, size * (width * n + k)) for n in range(AT_ONCE)] for k in parts]
        self._values = np.ctypeslib.as_array(self._memory).reshape(AT_ONCE, width)

    def ask(
        self, function: Callable[..., Any], questions: Sequence[Any], *, owner: Any = None, unanswered: float = 0
    ) -> npt.NDArray[Any]:
        """What `function` writes for each question, `unanswered` where it writes nothing. Questions are handles, or indices of
        something in an `owner`, a handle."""
        found = np.empty((len(questions), self._values.shape[1]), self._values.dtype)
        for start in range(0, len(questions), AT_ONCE):
            some = questions[start : start + AT_ONCE]
            answers = self._values[: len(some)]
            answers[:] = unanswered
            asked = (some,) if owner is None else (repeat(owner), some)
            deque(map(function, *asked, *self._places), maxlen=0)
            found[start : start + AT_ONCE] = answers
        return found
