"""Every quantity of a text: numbers with a printed unit, and no others.

In: a section's text, folded (`fold`), and the spans in which numbers mark points. Out: `Quantity` records in printed order.
Time, shares, ordinals, articles, document numbers, addresses, quotations and fixed expressions are no quantities; how they are
told stands in ``data/prose.toml``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import regex

from gov_extract.parse.prose.numbers import Number, read_number
from gov_extract.parse.prose.words import RANGE, Words, words

_CLAUSE = frozenset(",。;:!?()\n")
_ADDRESS = regex.compile(r"\d|[室层号]|楼\d|单元")
_BETWEEN = regex.compile(RANGE)
_STOP = frozenset(",。;:!?、()[]【】“”‘’《》…—\n\t\"'")
# How far back words that bear on a number stand (characters).
_BACK = 12
_CLAUSE_REACH = 40
_SENTENCE_REACH = 1000
# Digits alone are read at once up to so many.
_PLAIN = 16


class Quantity(NamedTuple):
    """A quantity: its value (`quantity`) in its `unit`, offsets `start` and `end`.

    Numbers that share a unit have the same `series`, in which each has its `place` (from 0) among `size`; the unit stands at
    `unit_at`.
    """

    start: int
    end: int
    quantity: float
    unit: str
    approximate: bool
    series: int
    place: int
    size: int
    unit_at: int


class _Part(NamedTuple):
    number: Number
    start: int
    end: int


def find_quantities(text: str, marks: Sequence[tuple[int, int]] = ()) -> list[Quantity]:
    """The quantities of a folded text; `marks` are spans (sorted) of marks of enumerations, which count nothing."""
    vocabulary = words()
    found: list[Quantity] = []
    masks: _Spans | None = None
    points = _Spans(list(marks))
    for series, match in enumerate(vocabulary.quantity.finditer(text)):
        if match["unit"] is None:
            continue
        if masks is None:
            masks = _Spans([m.span() for m in vocabulary.masks.finditer(text)])
        if masks.holds(match.end("unit") - 1):
            continue
        parts, ranged = _parts(text, match, points, masks)
        if not parts:
            continue
        found.extend(_quantities(text, match, parts, ranged, series, vocabulary))
    return _joined(text, found)


def _joined(text: str, found: list[Quantity]) -> list[Quantity]:
    """Two quantities of one unit joined like a range (3个至5个) are about; a change (由3个到5个) is not."""
    for k in range(1, len(found)):
        a, b = found[k - 1], found[k]
        between = text[a.end : b.start].strip()
        ranged = between and a.unit == b.unit and a.quantity < b.quantity and _BETWEEN.fullmatch(between)
        if ranged and not any(mark in text[max(0, a.start - 2) : a.start] for mark in "由从"):
            found[k - 1], found[k] = a._replace(approximate=True), b._replace(approximate=True)
    return found


class _Spans:
    """Spans that do not overlap, to be asked for a place."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self._spans = spans
        self._starts = [start for start, _ in spans]

    def holds(self, at: int) -> bool:
        k = bisect_right(self._starts, at) - 1
        return k >= 0 and at < self._spans[k][1]


def _parts(text: str, match: regex.Match[str], points: _Spans, masks: _Spans) -> tuple[list[_Part], bool]:
    """The numbers that the unit belongs to, in order, and whether the last two are a range."""
    printed = match["numbers"]
    if printed.isascii() and printed.isdigit() and len(printed) < _PLAIN:
        start = match.start("numbers")
        if points.holds(start) or masks.holds(start):
            return [], False
        value = float(printed)
        return [_Part(Number(value, value, 1.0, False, False, False), start, start + len(printed))], False
    numbers = list(words().number.finditer(text, match.start("numbers"), match.end("numbers")))
    kept: list[_Part] = []
    ranged = False
    shared_to: int | None = None
    for k in range(len(numbers) - 1, -1, -1):
        token = numbers[k]
        number = read_number(token[0])
        if number is None or points.holds(token.start()) or masks.holds(token.start()):
            break
        part = _Part(number, token.start(), token.start() + len(token[0].rstrip()))
        if kept:
            joint = text[token.end() : kept[-1].start].strip()
            if joint in ("、", "和", "及", "与", "以及"):
                joined = not ranged and _may_list(text, token.start(), number, kept[-1].number)
            elif joint == ",":
                if shared_to is None:
                    shared_to = _shared_to(text, match.start("numbers"), match.end("numbers"))
                joined = not ranged and token.start() <= shared_to
            else:
                joined = len(kept) == 1 and not ranged
                ranged = joined
            if not joined:
                break
        kept.append(part)
    return kept[::-1], ranged


def _may_list(text: str, start: int, first: Number, second: Number) -> bool:
    """Whether 、 or 和 behind a number joins it to the next one: it may also be a mark, an article's number or a name."""
    before = text[max(0, start - _BACK) : start]
    if words().listed.search(before):
        return False
    # 一、三项制度: a point's number.
    opens = not before or before[-1] in "。;!?\n"
    return not (opens or (first.words != second.words))


def _shared_to(text: str, start: int, end: int) -> int:
    """Up to where a comma joins the numbers of a run: its line's end where the sentence has 分别 before them, else nowhere."""
    reach = max(0, start - _SENTENCE_REACH)
    left = max(reach - 1, *(text.rfind(mark, reach, start) for mark in "。\n;"))
    if not any(word in text[left + 1 : start] for word in words().raw["lists"]["shared"]):
        return -1
    line = text.find("\n", start, end)
    return line if line >= 0 else end


def _quantities(
    text: str, match: regex.Match[str], parts: list[_Part], ranged: bool, series: int, vocabulary: Words
) -> Iterator[Quantity]:
    """The quantities of one run of numbers before its unit, or none where they name, tell time or are an article."""
    unit, end = match["unit"], match.end("unit")
    values = [part.number.value for part in parts]
    if ranged:
        values = _range(parts)
        parts, ranged = parts[-len(values) :], len(values) > 1
    single = len(parts) == 1
    if single and "." in match["numbers"]:
        parts = [_unmarked(text, parts[0], unit, vocabulary)]
        values = values if parts[0].number.value == values[0] else [parts[0].number.value]
    start, number = parts[0].start, parts[0].number
    before = text[max(0, start - _BACK) : start]
    if vocabulary.ordinal.match(before) or _names(text, parts[0], unit, match.start("unit"), end, vocabulary):
        return
    prefixed = vocabulary.before.match(before) is not None
    suffixed = vocabulary.behind.match(text, end) is not None
    if single and number.round:
        prefixed = prefixed or vocabulary.rounds.search(before) is not None
        if not (prefixed or suffixed or number.about):
            return
    if single and text[start : parts[0].end] == "一" and not _counted(text, start, end, vocabulary):
        return
    for k, (part, value) in enumerate(zip(parts, values, strict=True)):
        final = k == len(parts) - 1
        about = part.number.about or ranged or (k == 0 and prefixed) or (final and suffixed)
        yield Quantity(part.start, end if final else part.end, value, unit, about, series, k, len(parts), match.start("unit"))


def _range(parts: list[_Part]) -> list[float]:
    """The values of a range's two ends, a shared multiplier multiplied out; only the last one where it is no range."""
    first, second = parts[0].number, parts[1].number
    shared = first.multiplier == 1 and second.multiplier > 1 and first.value < second.bare
    low = first.value * second.multiplier if shared else first.value
    return [low, second.value] if low < second.value else [second.value]


def _unmarked(text: str, part: _Part, unit: str, vocabulary: Words) -> _Part:
    """The number without the mark of a point that stands glued before it: 1.3项制度 at the head of a sentence is 3项."""
    printed = text[part.start : part.end]
    whole, dot, rest = printed.partition(".")
    if (
        dot
        and text[max(0, part.start - _BACK) : part.start].rstrip(" ")[-1:] in ("", "。", ";", "\n")
        and len(whole) < 3
        and rest.isdigit()
        and rest[0] != "0"
        and unit not in vocabulary.raw["units"]["measured"]
    ):
        number = read_number(rest)
        if number is not None:
            return _Part(number, part.end - len(rest), part.end)
    return part


def _names(text: str, part: _Part, unit: str, unit_start: int, end: int, vocabulary: Words) -> bool:
    """Whether a number names what it stands at: a rank, a phase, a building in an address."""
    clause = text[max(0, part.start - _CLAUSE_REACH) : part.start]
    if unit in vocabulary.raw["ordinal"]["rank_units"] and vocabulary.rank.search(clause):
        return True
    if unit == "期" and part.number.words and vocabulary.phase.match(text, unit_start):
        return True
    if unit == "起" and text[part.start - 1 : part.start] in ("自", "从"):
        return True
    if unit in vocabulary.raw["units"]["buildings"]:
        if clause[-1:] in ("号", "弄", "院") or _ADDRESS.match(text, end):
            return True
        left = max(clause.rfind(mark) for mark in "。;(")
        return any(word in clause[left + 1 :] for word in vocabulary.raw["names"]["places"])
    return False


def _counted(text: str, start: int, end: int, vocabulary: Words) -> bool:
    """Whether 一 before a measure word counts, and is no article."""
    left = start
    while left and start - left < _CLAUSE_REACH and text[left - 1] not in _CLAUSE:
        left -= 1
    clause = text[left:start]
    if vocabulary.article.search(clause):
        return False
    following = text[end : end + 1]
    return following == "" or following in _STOP or vocabulary.counted.search(clause) is not None
