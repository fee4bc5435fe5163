"""The points that the prose enumerates: 一是…二是…, （1）…, 1.…, 第一…, 首先…其次….

In: a section's text. Out: `Point` records with their offsets in the order of their marks, and the spans of all marks, listed or
not. A list is two or more marks of one kind; lists stand inside the points of others.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

import regex

from gov_extract.parse.chinese import numeral
from gov_extract.parse.prose.words import words

# What marks begin with: told at once, for the pattern is tried at every character.
_FIRST = r"一二三四五六七八九十\d其第首再最(①-⑳⑴-⒛㈠-㈩"
_NUMERAL = "[一二三四五六七八九十]{1,3}"
# First characters of the blocks of Unicode whose characters are numbers with their brackets or stops.
_RINGED = "①⑴⒈㈠"
# A number may be skipped or printed twice; a greater gap is another thing.
_SKIPPED = 2
# What stands before （一） where it is part of an article: 第二十条第（一）、（五）项.
_OF_LAW = regex.compile(r"(?:[第条款项目章节编]|\)[、和及与至或]|附件|附表|表|图|[\dA-Za-z〔\[])\s*$")
_LAW_BEHIND = regex.compile(r"\s*(?:[、和及与至或]\s*(?:第?\(|[一二三四五六七八九十\d])|[项款目])")
_SEPARATORS = "；;。，, \t\u3000\n"
_OPENING = " \t\u3000\n，,、：:"


class Point(NamedTuple):
    """A point of a list: its `kind` (the list's first mark in normal form), `ordinal` in its list, offsets of its text."""

    kind: str
    ordinal: int
    start: int
    end: int


class _Mark(NamedTuple):
    kind: str
    number: int
    start: int
    end: int


@dataclass
class _List:
    """A list under way: its marks, the list in whose last point it began, and the ends of its points once known."""

    kind: str
    outer: _List | None
    marks: list[_Mark] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)


@cache
def _patterns() -> tuple[regex.Pattern[str], dict[str, str]]:
    """One pattern for all marks, and group → kind."""
    kinds = {f"k{k}": kind for k, kind in enumerate(words().raw["points"]["patterns"])}
    parts = []
    for name, kind in kinds.items():
        pattern = words().raw["points"]["patterns"][kind].replace("{n}", _NUMERAL)
        parts.append(f"(?P<{name}>{pattern})")
    return regex.compile(rf"(?=[{_FIRST}])(?:{'|'.join(parts)})"), kinds


def find_items(folded: str) -> tuple[list[Point], list[tuple[int, int]]]:
    """The points of a folded text, and the spans of everything that is a mark by its place, for whoever looks for numbers."""
    marks = _marks(folded)
    lists = [found for found in _lists(marks) if len(found.marks) > 1]
    points: list[Point] = []
    for found in lists:
        points += _points(folded, found)
    return sorted(points, key=lambda point: (point.start, -point.end)), [(mark.start, mark.end) for mark in marks]


def _marks(text: str) -> list[_Mark]:
    pattern, kinds = _patterns()
    points = words().raw["points"]
    behind, anywhere, sequence = points["behind"], points["anywhere"], points["words"]
    marks: list[_Mark] = []
    for match in pattern.finditer(text):
        kind = kinds[match.lastgroup] if match.lastgroup in kinds else next(k for g, k in kinds.items() if match[g] is not None)
        start = match.start()
        before = text[start - 1] if start else "\n"
        if before != "\n" and before not in behind and (kind not in anywhere or not "\u3400" <= before <= "\u9fff"):
            continue
        if kind in ("（一）", "（1）", "1）") and (
            _OF_LAW.search(text, max(0, start - 3), start) or _LAW_BEHIND.match(text, match.end())
        ):
            continue
        number = _value(match["n"], sequence.get(kind, ()))
        if number is not None:
            marks.append(_Mark(kind, number, start, match.end()))
    return marks


def _value(printed: str, sequence: tuple[str, ...]) -> int | None:
    if printed in sequence:
        return sequence.index(printed) + 1
    for first in _RINGED:
        if 0 <= ord(printed[0]) - ord(first) < 20 and not printed[0].isdecimal():
            return ord(printed[0]) - ord(first) + 1
    return numeral(printed)


def _lists(marks: list[_Mark]) -> list[_List]:
    """Marks sorted into lists; a list that begins inside another one's point has it as `outer`."""
    found: list[_List] = []
    stack: list[_List] = []
    for mark in marks:
        level = next((k for k in range(len(stack) - 1, -1, -1) if stack[k].kind == mark.kind), None)
        if level is not None and mark.number != 1:
            last = stack[level].marks[-1].number
            # 最后 may follow 首先 or 其次 at once.
            if last <= mark.number <= last + _SKIPPED or mark.kind == "首先":
                del stack[level + 1 :]
                stack[level].marks.append(mark)
            continue
        if mark.number != 1:
            continue
        if level is not None:
            del stack[level:]
        fresh = _List(mark.kind, stack[-1] if stack else None, [mark])
        stack.append(fresh)
        found.append(fresh)
    return found


def _points(text: str, found: _List) -> list[Point]:
    marks = found.marks
    starts = [_skip(text, mark.end) for mark in marks]
    limit = _outer_end(found)
    ends = [_trim(text, start, marks[k + 1].start) for k, start in enumerate(starts[:-1])]
    last = starts[-1]
    if limit is None:
        # Points that hold whole sentences have one in the last point too, up to the paragraph's end.
        closing = "\n" if any("。" in text[a:b] for a, b in zip(starts, ends, strict=False)) else "。\n"
        limit = min((at for mark in closing if (at := text.find(mark, last)) >= 0), default=len(text))
    ends.append(_trim(text, last, max(last, limit)))
    found.ends = ends
    return [
        Point(found.kind, k + 1, start, end) for k, (start, end) in enumerate(zip(starts, ends, strict=True)) if start < end
    ]


def _outer_end(found: _List) -> int | None:
    """Where the point ends in which a list's last mark stands, None where it stands in none."""
    outer = found.outer
    while outer is not None:
        k = bisect_left(outer.marks, found.marks[0].start, key=_start) - 1
        if 0 <= k < len(outer.ends) and found.marks[0].start < outer.ends[k] and found.marks[-1].end <= outer.ends[k]:
            return outer.ends[k]
        outer = outer.outer
    return None


def _start(mark: _Mark) -> int:
    return mark.start


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _OPENING:
        at += 1
    return at


def _trim(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] in _SEPARATORS:
        end -= 1
    return end
