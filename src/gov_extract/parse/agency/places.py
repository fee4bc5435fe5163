"""The places at the beginning of an agency's name, and what else a document prints of them.

In: a name in simplified script. Out: the divisions that it may mean, the place as printed, and the rest of the name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import regex

from gov_extract.parse.agency.table import Division, ending_at, in_force, named_at, parents, stem_of

# Places of a name in a text that are looked at: a report prints its county's name hundreds of times.
_MOST = 40
# Divisions that stand before a name and belong to it: three names of at most 15 characters.
_BEFORE = 45


class Patterns(NamedTuple):
    """The patterns of ``data/agencies.toml``, compiled."""

    above: regex.Pattern[str]
    said_again: regex.Pattern[str]
    corps: regex.Pattern[str]
    unknown: regex.Pattern[str]
    levels: tuple[tuple[str, regex.Pattern[str]], ...]
    bare: tuple[tuple[str, regex.Pattern[str]], ...]
    zone_follows: regex.Pattern[str]
    province_follows: regex.Pattern[str]
    no_place: regex.Pattern[str]
    unit_follows: regex.Pattern[str]
    government: regex.Pattern[str]


@cache
def agencies() -> dict[str, Any]:
    """``data/agencies.toml``, read once a process."""
    text = (resources.files("gov_extract") / "data" / "agencies.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def _patterns() -> Patterns:
    level, place = agencies()["level"], agencies()["place"]
    return Patterns(
        regex.compile(level["above"]),
        regex.compile(level["said_again"]),
        regex.compile(level["corps"]),
        regex.compile(place["unknown"]),
        tuple((name, regex.compile(pattern)) for name, pattern in place["levels"]),
        tuple((name, regex.compile(pattern)) for name, pattern in place["bare"]),
        regex.compile(place["zone_follows"]),
        regex.compile(place["province_follows"]),
        regex.compile(place["no_place"]),
        regex.compile(place["unit_follows"]),
        regex.compile(place["government"]),
    )


class Place(NamedTuple):
    """The places in a name.

    `printed` is all of them as printed, `last` the innermost; `found` the divisions that they may mean; `unknown`: the
    innermost is not in the table; `level`: what its suffix says then; `above`: the superior's name before them; `rest`: what
    stands behind.
    """

    printed: str
    last: str
    found: tuple[Division, ...]
    unknown: bool
    level: str | None
    above: str
    rest: str


def read_place(name: str, year: int | None) -> Place:
    """The places that a name begins with, behind a superior's name (国家税务总局芜湖市镜湖区税务局)."""
    patterns = _patterns()
    corps = patterns.corps.match(name)
    if corps:
        # Where a division of the 兵团 and a city are one, the city is what the standard knows.
        end, last, found = _chain(name, corps.end(), year)
        return Place(name[:end], last, found, not found, "city" if corps["division"] else "province", "", name[end:])
    superior = patterns.above.match(name)
    start = superior.end() if superior else 0
    end, last, found = _chain(name, start, year, superior=bool(superior))
    if superior and end == start:
        # A body of the state itself, unless a place without a known name follows.
        start = end = start if patterns.unknown.match(name[start:]) else 0
    rest = name[end:]
    level: str | None = None
    unknown = patterns.unknown.match(rest) if not (superior and start == 0) else None
    if unknown and unknown.end():
        last = unknown[0]
        level = next((word for word, pattern in patterns.levels if pattern.search(last)), None)
        end += unknown.end()
        rest = name[end:]
    elif not found:
        level = next((word for word, pattern in patterns.bare if pattern.search(rest)), None)
    above = patterns.said_again.sub("", name[:start] + name[end:])
    # A body of the state has nothing above it, and what its name says again is gone from the rest itself.
    return Place(name[start:end], last, found, bool(unknown), level, above[: max(0, len(above) - len(rest))], rest)


class _Step(NamedTuple):
    """A name that ends at `end`, and the divisions that it may mean behind those before it."""

    end: int
    piece: str
    found: tuple[Division, ...]


def _chain(text: str, start: int, year: int | None, *, superior: bool = False) -> _Step:
    """The last of the divisions that follow each other from `start`, each inside the one before.

    Of several readings the one that reaches furthest counts: 枣庄市中区 is 枣庄, 市中区.
    """
    return _furthest(text, _Step(start, "", ()), year, superior=superior) or _Step(start, "", ())


def _furthest(text: str, step: _Step, year: int | None, *, superior: bool) -> _Step | None:
    reached = [_furthest(text, following, year, superior=superior) for following in _steps(text, step, year)]
    best = max((last for last in reached if last), key=lambda last: last.end, default=None)
    if best is None and step.piece and _stands(text, step, superior=superior):
        return step
    return best


def _steps(text: str, step: _Step, year: int | None) -> Iterator[_Step]:
    names = named_at(text, step.end)
    for alias, name in agencies()["place"]["aliases"].items():
        if text.startswith(alias, step.end):
            names += [(alias, rows) for _, rows in named_at(name, 0)[:1]]
    for piece, rows in names:
        if not step.found and piece in agencies()["place"]["common"]:
            continue
        end = step.end + len(piece)
        if _patterns().no_place.match(text[end - 1 :]) and not named_at(text, end):
            continue
        found = in_force(rows, year)
        if step.found:
            codes = {division.code for division in step.found}
            found = tuple(row for row in found if codes & {above.code for above in parents(row, year)})
        if found:
            yield _Step(end, piece, found)


def _stands(text: str, step: _Step, *, superior: bool) -> bool:
    """Whether a name can be the last of the places: not where a township's own word follows (城区街道办事处), and without the
    word for its level only before what a zone or a province's body is called by (银川经济技术开发区, 福建司法厅).
    """
    patterns = _patterns()
    end, piece, found = step
    rest = text[end:]
    if patterns.unit_follows.match(rest):
        return False
    if all(piece != stem_of(row) for row in found):
        return True
    if patterns.zone_follows.match(rest):
        return True
    return bool(patterns.province_follows.search(rest)) and (superior or found[0].level == 1) and "街道" not in rest


def common_name(name: str) -> str:
    """The name at the beginning of an agency's that zones and streets bear too, so that it tells no division by itself."""
    word = next((word for word in agencies()["place"]["common"] if name.startswith(word)), "")
    return "" if _patterns().unit_follows.match(name[len(word) :]) else word


def told_by(word: str, printed: Sequence[str], year: int | None) -> tuple[Division, ...]:
    """The counties that a text names with a word: those that `word` means behind the names of what it lies in, or, for a
    township, those named right before it. Nothing where places of the text tell different ones.
    """
    if not word:
        return ()
    told: dict[str, Division] = {}
    for text in printed:
        for at in _occurrences(text, word):
            for division in _before(text, at, at + len(word), year):
                told[division.root] = division
        if told:
            break
    return tuple(told.values())


def _occurrences(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    for _ in range(_MOST):
        if at < 0:
            return
        yield at
        at = text.find(word, at + 1)


def _before(text: str, at: int, end: int, year: int | None) -> Iterable[Division]:
    """The county of a word that stands from `at` to `end`: the word itself behind the names of what it lies in, or the one
    named right before it.
    """
    if any(piece == text[at:end] for piece, _ in ending_at(text, end)):
        told = _county(text[:end], at, year)
        if told:
            return told
    above = text[:at].removesuffix("人民政府")
    return _county(above, len(above) - 1, year)


def _county(text: str, last: int, year: int | None) -> tuple[Division, ...]:
    """The county that names at the end of a text come to for certain; they begin at `last` or before."""
    for begin in range(max(0, len(text) - _BEFORE), last + 1):
        end, _, found = _chain(text, begin, year)
        if end == len(text) and len(found) == 1 and found[0].is_county:
            return found
    return ()


def hinted(found: Sequence[Division], near: str, year: int | None, *, below: bool) -> tuple[Division, ...]:
    """Of several divisions those whose city (or province, where no city is above them) the document names in what it says of
    itself; of a township in no county the counties whose government is named there.
    """
    if below:
        return _governments(near, year)
    return tuple(division for division in found if any(above.name in near for above in parents(division, year)[:1]))


def _governments(near: str, year: int | None) -> tuple[Division, ...]:
    told: dict[str, Division] = {}
    for match in _patterns().government.finditer(near):
        for division in _before(near, match.start(), match.start(), year):
            told[division.root] = division
    return tuple(told.values())
