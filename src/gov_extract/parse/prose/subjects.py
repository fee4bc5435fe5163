"""What a quantity counts: a short noun phrase as it is printed near the number.

In: a section's text, folded, and its quantities. Out: a subject's span for each, or None. In this order: the noun directly
behind the unit; the noun directly before the number, without its verb; the words that tell part or outcome; the subject before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import regex

from gov_extract.parse.prose.quantities import Quantity
from gov_extract.parse.prose.words import any_of, words

# Marks at which the phrase before a number begins; quotations and titles stay whole.
_BOUNDARY = frozenset(",。;:!?、()\n\t①②③④⑤⑥⑦⑧⑨⑩")
_REACH = 40
# 分别 stands directly before its numbers, with a verb between at most.
_NEAR = 12
# More names than these stand in no list before 分别.
_NAMED = 60
_LIST_REACH = 1000
# The longest word between a noun and its number (比2021年度).
_TRAILING = 8
# A title behind a unit is no longer.
_TITLE = 120
# A phrase longer than this that ends in the word of an outcome is told by that word alone.
_PHRASE = 4
_JOINED = regex.compile(r"\s*(?:[、,和及与]|以及)?\s*")
_BREAK = regex.compile("[。;!?\n]")
_NAMES = regex.compile(r"[、,和及与]")
_HAN = regex.compile(r"[\p{Han}A-Za-z《“‘「]")
_CLOSING = {"”": "“", "》": "《", "’": "‘", "」": "「", ")": "("}


_QUOTES = {opening: closing for closing, opening in _CLOSING.items() if opening != "("}


class _Patterns(NamedTuple):
    leading: regex.Pattern[str]
    trailing: regex.Pattern[str]
    ends: regex.Pattern[str]
    stops: regex.Pattern[str]
    verbs: regex.Pattern[str]
    first: frozenset[str]
    nouns: regex.Pattern[str]
    behind: regex.Pattern[str]
    divisions: regex.Pattern[str]


@cache
def _patterns() -> _Patterns:
    raw = words().raw["subject"]
    return _Patterns(
        regex.compile(f"(?:{raw['leading_pattern']})"),
        regex.compile(f"(?:{raw['trailing_pattern']})$"),
        # From the end backwards, which tells at once that a phrase ends in none of these, as most do.
        regex.compile(f"(?r)(?:{raw['trailing_pattern']})$"),
        regex.compile(raw["stops_pattern"]),
        regex.compile(any_of(raw["verbs"])),
        frozenset(verb[0] for verb in raw["verbs"]),
        regex.compile(any_of(raw["nouns"])),
        regex.compile(rf"(?:\s*(?:{words().raw['approximate']['behind_pattern']}))?(?:\s*\([^()]{{1,4}}\))?\s*"),
        regex.compile(raw["divisions_pattern"]),
    )


Span = tuple[int, int]


def find_subjects(text: str, quantities: Sequence[Quantity], marks: Sequence[Span] = ()) -> list[Span | None]:
    """The span of each quantity's subject in a folded text; `marks` are the marks of points, which are part of none."""
    subjects: list[Span | None] = []
    firsts = _firsts(text, quantities)
    sizes = Counter(firsts)
    ends = [end for _, end in marks]
    for k, quantity in enumerate(quantities):
        first = k - quantity.place
        last = first + quantity.size
        final = quantities[last - 1]
        following = quantities[last].start if last < len(quantities) else len(text)
        span = _behind(text, final.end, following)
        before = subjects[first - 1] if first else None
        size = sizes[firsts[k]]
        if 1 < size <= _NAMED:
            listed = _listed(text, quantities[firsts[k]].start, size, k - firsts[k])
            span = listed or span
        if span is None:
            floor = quantities[first - 1].end if first else 0
            if before and before[0] >= floor:
                floor = before[1]
                if text[floor : floor + 1] == "中" and not _BREAK.search(text, floor, quantities[first].start):
                    span = before
            mark = bisect_right(ends, quantity.start)
            floor = max(floor, ends[mark - 1] if mark else 0)
            span = span or _around(text, quantities, first) or _before(text, quantities[first].start, floor)
        if span is None and k and "\n" not in text[quantities[k - 1].end : quantity.start]:
            span = subjects[k - 1]
        subjects.append(span)
    return subjects


def _around(text: str, quantities: Sequence[Quantity], first: int) -> Span | None:
    """The noun before the bracket that closes directly before a number and holds another: 申请(含结转3件)128件."""
    start = quantities[first].start
    if not first or text[start - 1] != ")":
        return None
    opened = text.rfind("(", max(0, start - _REACH), start)
    if not 0 <= opened < quantities[first - 1].start:
        return None
    before = first - 1
    while before >= 0 and quantities[before].start > opened:
        before -= 1
    return _before(text, opened, quantities[before].end if before >= 0 else 0)


def _firsts(text: str, quantities: Sequence[Quantity]) -> list[int]:
    """For each quantity the first one of its row: quantities that nothing but 、, 和 or the like part."""
    firsts: list[int] = []
    for k, quantity in enumerate(quantities):
        joined = k and _JOINED.fullmatch(text, quantities[k - 1].end, quantity.start)
        firsts.append(firsts[-1] if joined else k)
    return firsts


def _behind(text: str, end: int, following: int) -> Span | None:
    """The noun directly behind the unit, before the quantity that begins at `following`."""
    patterns = _patterns()
    match = patterns.behind.match(text, end)
    start = match.end() if match else end
    longest = words().raw["subject"]["longest"]
    if start >= following or not _HAN.match(text, start):
        return None
    stop = patterns.stops.search(text, start, min(following, start + longest + 1))
    limit = stop.start() if stop else min(following, start + longest)
    if stop and stop[0] == "(":
        divisions = patterns.divisions.match(text, limit)
        limit = divisions.end() if divisions else limit
    if stop and stop[0] in "“《‘" and stop.start() == start:
        limit = _quoted(text, start)
    if stop and stop[0] == "的":
        # 5个急难愁盼的问题: the noun stands behind 的.
        found = _behind_of(text, stop.end())
        if found is not None:
            return found
    raw = words().raw["subject"]
    for verb in patterns.verbs.finditer(text, start, limit):
        # 政策宣传 and 公开事项 are nouns; a verb alone counts only where it is an activity (三次培训).
        opens = verb.start() == start
        noun = patterns.nouns.match(text, verb.start()) or (verb[0] in raw["modifiers"] and (opens or len(verb[0]) > 1))
        if noun and (verb.end() < limit or not opens or verb[0] in raw["activities"]):
            continue
        limit = verb.start()
        break
    return _trimmed(text, start, limit)


def _behind_of(text: str, start: int) -> Span | None:
    stop = _patterns().stops.search(text, start, start + words().raw["subject"]["longest"])
    return _trimmed(text, start, stop.start()) if stop and _HAN.match(text, start) else None


def _quoted(text: str, start: int) -> int:
    at = text.find(_QUOTES[text[start]], start, start + _TITLE)
    return at + 1 if at >= 0 else start


def _trimmed(text: str, start: int, end: int) -> Span | None:
    while end > start and text[end - 1] in "等的 ":
        end -= 1
    if end - start == 1 and text[start] not in words().raw["subject"]["single"]:
        return None
    return (start, end) if end > start else None


def _clause(text: str, floor: int, end: int) -> int:
    """Start of the phrase that ends at `end`, behind the last mark outside quotations and brackets."""
    at = end
    while at > floor and end - at < _REACH:
        mark = text[at - 1]
        if mark in _CLOSING:
            open_at = text.rfind(_CLOSING[mark], floor, at - 1)
            if open_at < 0 or (mark == ")" and at - open_at > 8):
                break
            at = open_at
            continue
        if mark in _BOUNDARY or mark in "“《‘「":
            break
        at -= 1
    return at


def _before(text: str, start: int, floor: int) -> Span | None:
    """The phrase directly before a number; that before a comma or colon where nothing but connecting words stand between."""
    end = start
    for _ in range(2):
        end = _strip_end(text, floor, end)
        if end <= floor:
            return None
        begin = _strip_start(text, _clause(text, floor, end), end)
        span = _noun(text, begin, end)
        if span is not None:
            return span
        end = begin
        if end > floor and text[end - 1] not in ":(":
            return None
        end -= text[end - 1] == "("
    return None


def _strip_end(text: str, floor: int, end: int) -> int:
    patterns = _patterns()
    while end > floor:
        begin = max(floor, end - _TRAILING)
        match = patterns.trailing.search(text, begin, end) if patterns.ends.search(text, begin, end) else None
        # Across a mark only where it introduces the number: 行政复议:总计0件.
        if match is None or match[0] in (",", "、"):
            return end
        end = match.start()
    return end


def _strip_start(text: str, begin: int, end: int) -> int:
    leading = _patterns().leading
    while begin < end:
        match = leading.match(text, begin, end)
        if match is None or match.end() == begin:
            if text[begin] in " \t":
                begin += 1
                continue
            return begin
        begin = match.end()
    return begin


def _noun(text: str, begin: int, end: int) -> Span | None:
    """The noun at the end of a phrase, behind the last verb that has one; the phrase itself where none has."""
    if end - begin < 1 or not any("\u3400" <= mark <= "\u9fff" for mark in text[begin:end]):
        return None
    patterns = _patterns()
    if text[end - 1] == "》":
        opened = text.rfind("《", begin, end)
        return (opened, end) if opened >= 0 else (begin, end)
    best = begin
    at = begin
    kept = {match.start(): match.end() for match in patterns.nouns.finditer(text, begin, end)}
    while at < end:
        if at in kept and kept[at] >= end:
            break
        if text[at] in _QUOTES:
            at = max(at + 1, text.find(_QUOTES[text[at]], at, end) + 1)
            continue
        match = patterns.verbs.match(text, at, end) if text[at] in patterns.first else None
        if match is None:
            at += 1
            continue
        at = match.end()
        rest = text[at:end]
        if len(rest) > 1 or rest in words().raw["subject"]["single"]:
            best = _strip_start(text, at, end)
    if best >= end:
        best = begin
    raw = words().raw["subject"]
    if end - best > _PHRASE:
        best = next((end - len(verb) for verb in raw["outcomes"] if text.endswith(verb, best, end)), best)
    for mark in "等的":
        at = text.rfind(mark, best, end - 1)
        if at >= 0 and text[at + 1] not in "一级次额":
            best = at + 1
    return (max(best, end - raw["longest"]), end)


def _listed(text: str, start: int, size: int, place: int) -> Span | None:
    """The n-th of the names before 分别: the n-th number's (`place` from 0 among `size`)."""
    for word in words().raw["lists"]["shared"]:
        at = text.rfind(word, max(0, start - _NEAR), start)
        if at < 0:
            continue
        reach = max(0, at - _LIST_REACH)
        left = max(reach - 1, *(text.rfind(mark, reach, at) for mark in ",。;:!?\n")) + 1
        while at > left and text[at - 1] in "的,":
            at -= 1
        names: list[Span] = []
        begin = left
        for match in _NAMES.finditer(text, left, at):
            names.append((begin, match.start()))
            begin = match.end()
        names.append((begin, at))
        if len(names) == size and text[at - 1] not in "年月日":
            begin, end = names[place]
            return _noun(text, _titled(text, _strip_start(text, begin, end), end), end)
    return None


def _titled(text: str, begin: int, end: int) -> int:
    """Start of a name without the law before its article (适用《条例》第十四条) and without 通过."""
    at = text.rfind("》第", begin, end)
    return at + 1 if at >= 0 else begin + 2 * text.startswith("通过", begin, end)
