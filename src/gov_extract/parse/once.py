"""What is asked of a row or a word again and again, found out once.

In: a method. Out: an attribute.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

Owner = TypeVar("Owner")
Found = TypeVar("Found")


class once(Generic[Owner, Found]):  # noqa: N801
    """`functools.cached_property` without the lock that Python 3.11 takes around it, which costs more than most answers."""

    def __init__(self, find: Callable[[Owner], Found]) -> None:
        self._find = find
        self._name = find.__name__
        self.__doc__ = find.__doc__

    @overload
    def __get__(self, owner: None, kind: Any = None) -> Self: ...

    @overload
    def __get__(self, owner: Owner, kind: Any = None) -> Found: ...

    def __get__(self, owner: Owner | None, kind: Any = None) -> Self | Found:
        if owner is None:
            return self
        found = owner.__dict__[self._name] = self._find(owner)
        return found
