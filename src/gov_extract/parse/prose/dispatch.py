"""Long lists of words as a pattern, tried word by word only where one can begin.

In: a pattern that is a list of alternatives. Out: `Dispatch`, which answers as the pattern does, at a place or at the first
place from one on. A pattern of two hundred alternatives tries each at every place; most begin with another character.
"""

from __future__ import annotations

from collections.abc import Iterator
from string import digits, whitespace

import regex

_BLANKS = whitespace + "\xa0\u3000"
_CLOSING = {"(": ")", "[": "]"}


class Dispatch:
    """The alternatives of a pattern by the character with which each begins, compiled when that is first met."""

    def __init__(self, pattern: str) -> None:
        self._words = [(word, _first(word)) for word in _alternatives(pattern)]
        self._open = any(first is None for _, first in self._words)
        self._known = frozenset("".join(first for _, first in self._words if first is not None))
        self._compiled: dict[str, regex.Pattern[str]] = {}

    def match(self, text: str, at: int, end: int) -> regex.Match[str] | None:
        """What the pattern matches at a place before `end`."""
        if at >= min(end, len(text)):
            return None
        mark = text[at]
        if mark not in self._known and not self._open:
            return None
        pattern = self._compiled.get(mark)
        if pattern is None:
            words = [word for word, first in self._words if first is None or mark in first]
            pattern = self._compiled[mark] = regex.compile("|".join(words))
        return pattern.match(text, at, end)

    def search(self, text: str, start: int, end: int) -> regex.Match[str] | None:
        """What the pattern matches at the first place that it does from `start` on."""
        known = self._known
        for at in range(start, min(end, len(text))):
            if (text[at] in known or self._open) and (match := self.match(text, at, end)):
                return match
        return None


def _alternatives(pattern: str) -> Iterator[str]:
    begin = at = 0
    while at < len(pattern):
        if pattern[at] == "|":
            yield pattern[begin:at]
            begin = at + 1
        at = _behind(pattern, at)
    yield pattern[begin:]


def _behind(pattern: str, at: int) -> int:
    """Behind the mark, class or group that begins at a place of a pattern."""
    if pattern[at] == "\\":
        return at + (pattern.index("}", at) - at + 1 if pattern[at + 1] == "p" else 2)
    if pattern[at] not in _CLOSING:
        return at + 1
    closing, at = _CLOSING[pattern[at]], at + 1
    while pattern[at] != closing:
        at = _behind(pattern, at) if closing == ")" or pattern[at] == "\\" else at + 1
    return at + 1


def _first(word: str) -> str | None:
    """The characters with which a word of a pattern begins; None where any may."""
    at = 0
    while word.startswith(("(?<", "(?=", "(?!"), at):
        at = _behind(word, at)
    if at >= len(word):
        return None
    after = _behind(word, at)
    part = word[at:after]
    found: str | None
    if part[0] == "(":
        inner = [_first(choice) for choice in _alternatives(part.removeprefix("(?:").removeprefix("(")[:-1])]
        found = None if None in inner else "".join(choice for choice in inner if choice)
    elif part[0] == "[":
        found = None if part[1] == "^" or "\\p" in part or "-" in part else _members(part[1:-1])
    elif part[0] == "\\":
        found = _members(part) if part[1] != "p" else None
    else:
        found = None if part == "." else part
    if found is None or word[after : after + 1] not in ("?", "*"):
        return found
    rest = _first(word[after + 1 :])
    return None if rest is None else found + rest


def _members(listed: str) -> str:
    """The characters of a class, with those of ``\\d`` and ``\\s``."""
    found, at = "", 0
    while at < len(listed):
        if listed[at] == "\\":
            at += 1
            found += {"d": digits, "s": _BLANKS, "n": "\n", "t": "\t"}.get(listed[at], listed[at])
        else:
            found += listed[at]
        at += 1
    return found
