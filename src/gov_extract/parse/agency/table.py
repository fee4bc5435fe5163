"""The dated table of divisions (GB/T 2260): which names stood for which codes in which years.

In: ``data/divisions.tsv.gz``, written by ``make divisions``. Out: divisions by name, by code and by year. The table is read
when the first name is looked up, once a process.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import NamedTuple

FIRST, LAST = 2007, 9999
"""Years of a row that the table leaves open: it was in force at its first state, or is so now."""
# A report about a year may print the names of its beginning or, published in the next, those of that year's end (years).
_NEAR = 1


class Division(NamedTuple):
    """A division under one name and code. `first` and `last` are the years at whose ends it was in force.

    `root` is the same for a division before and after it was renamed or given another level or code; `successors` are the
    codes of those that took it over; `short` is the customary name of a province or an autonomous division.
    """

    code: str
    name: str
    first: int
    last: int
    successors: tuple[str, ...]
    root: str
    short: str

    @property
    def level(self) -> int:
        """1 for provinces, 2 for cities, prefectures and leagues, 3 for counties and districts."""
        return 1 if self.code.endswith("0000") else 2 if self.code.endswith("00") else 3

    @property
    def is_county(self) -> bool:
        """Whether it is of the lowest level of the table."""
        return not self.code.endswith("00")


class _Table(NamedTuple):
    names: dict[str, list[Division]]
    codes: dict[str, list[Division]]
    longest: int
    townships: frozenset[str]


@cache
def _table() -> _Table:
    packed = (resources.files("gov_extract") / "data" / "divisions.tsv.gz").read_bytes()
    lines = gzip.decompress(packed).decode().splitlines()
    names: dict[str, list[Division]] = {}
    codes: dict[str, list[Division]] = {}
    townships: frozenset[str] = frozenset()
    for line in lines[1:]:
        if line.startswith("#"):
            townships = frozenset(line.partition("\t")[2].split())
            continue
        code, name, first, last, successors, root, short = line.split("\t")
        row = Division(
            code,
            name,
            int(first or FIRST),
            int(last or LAST),
            tuple(successors.split("+")) if successors else (),
            root or code,
            short,
        )
        codes.setdefault(code, []).append(row)
        for alias in _aliases(row):
            names.setdefault(alias, []).append(row)
    return _Table(names, codes, max(map(len, names)), townships)


def _aliases(row: Division) -> Iterable[str]:
    yield row.name
    if "自治" in row.name and row.short and row.level > 1:
        yield row.short + row.name[-1]
        if row.short + "自治" + row.name[-1] != row.name:
            yield row.short + "自治" + row.name[-1]
    stem = stem_of(row)
    if stem:
        yield stem


def stem_of(row: Division) -> str:
    """The name of a province or city without the word for its level (湖北, 银川), empty for counties."""
    if row.level == 1:
        return row.short or row.name[:-1]
    if row.level == 2:
        stem = row.short or row.name.removesuffix("市").removesuffix("地区").removesuffix("盟")
        return stem if 2 <= len(stem) < len(row.name) else ""
    return ""


def has_counties(division: Division) -> bool:
    """Whether counties lie in a division: in a few cities (东莞, 中山, 嘉峪关) the townships lie directly."""
    if division.is_county:
        return False
    head = division.code[:2] if division.level == 1 else division.code[:4]
    return any(code.startswith(head) and not code.endswith("00") for code in _table().codes)


def shared_townships() -> frozenset[str]:
    """Names of townships and streets that stand in more than one county."""
    return _table().townships


def named_at(text: str, at: int) -> list[tuple[str, list[Division]]]:
    """The names that stand at a place of a text, the longest first, with the divisions that ever bore them."""
    table = _table()
    pieces = (text[at : at + length] for length in range(min(table.longest, len(text) - at), 1, -1))
    return [(piece, table.names[piece]) for piece in pieces if piece in table.names]


def ending_at(text: str, end: int) -> list[tuple[str, list[Division]]]:
    """The names that end at a place of a text, the longest first."""
    table = _table()
    pieces = (text[end - length : end] for length in range(min(table.longest, end), 1, -1))
    return [(piece, table.names[piece]) for piece in pieces if piece in table.names]


def distance(division: Division, year: int) -> int:
    """Years between `year` and those in which a division was in force."""
    return max(division.first - year, year - division.last, 0)


def in_force(divisions: Iterable[Division], year: int | None) -> tuple[Division, ...]:
    """Those of one name that a report about `year` may mean, each under the name and code that it had at that year's end.

    Without a year each is as it was last. A division that bore the name in no year near `year` counts where none did.
    """
    every = list(divisions)
    near = [row for row in every if year is None or distance(row, year) <= _NEAR] or every
    if year is not None:
        near.sort(key=lambda row: (distance(row, year), -row.first))
        near = [at_year(row, year) or row for row in near if distance(row, year) <= _NEAR or at_year(row, year)]
    else:
        near.sort(key=lambda row: -row.last)
    # Of one place under one name, merged or split in between, the nearest in time.
    places: dict[tuple[str, str], Division] = {}
    for row in near:
        places.setdefault((row.name, parent_name(row)), row)
    roots: dict[str, Division] = {}
    for row in places.values():
        roots.setdefault(row.root, row)
    return tuple(roots.values())


def code_of(division: Division, year: int | None) -> str | None:
    """A division's code in a year; without a year only that of one that never had another."""
    return None if year is None and len({row.code for row in _roots()[division.root]}) > 1 else division.code


def at_year(division: Division, year: int) -> Division | None:
    """The same division as in force in `year`, None where it was not."""
    rows = [row for row in _roots().get(division.root, ()) if distance(row, year) == 0]
    return rows[0] if len(rows) == 1 else None


@cache
def _roots() -> dict[str, list[Division]]:
    roots: dict[str, list[Division]] = {}
    for rows in _table().codes.values():
        for row in rows:
            roots.setdefault(row.root, []).append(row)
    return roots


def parents(division: Division, year: int | None = None) -> tuple[Division, ...]:
    """City and province above a division, as in force with it (in `year` where it was)."""
    when = division.last if year is None else min(max(year, division.first), division.last)
    found = []
    for code in dict.fromkeys((division.code[:4] + "00", division.code[:2] + "0000")):
        rows = _table().codes.get(code, ())
        if code != division.code and rows:
            found.append(min(rows, key=lambda row: distance(row, when)))
    return tuple(found)


def parent_name(division: Division) -> str:
    """The names of all that is above a division."""
    return "".join(row.name for row in parents(division))
