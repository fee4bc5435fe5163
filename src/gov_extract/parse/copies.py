"""A table that is printed more than once: which copy is the report's.

In: the cells of each copy, the stream, where each copy begins. Out: the better copy, and the rows in which the others differ.

A copy whose title names another year is the worst, whatever it holds; then a blank form without any ink; then the one with
most places that were read, most figures, fewest failing checks; of equals the first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from gov_extract import checks
from gov_extract.forms import load_forms
from gov_extract.parse.stream import Row
from gov_extract.parse.values import names_earlier_year, years_in
from gov_extract.parse.vocabulary import is_header_text, named_rows
from gov_extract.schema import Cell

# A table's title, caption and section heading stand at most this many rows above its first row of figures.
ABOVE = 10
# A text of more characters is prose: it may name any year.
TITLE = 40


class Named(NamedTuple):
    """What a copy's title says of its year: the years it names, and whether it calls it an earlier one."""

    years: frozenset[int]
    earlier: bool


def named_years(rows: Sequence[Row], first: int, taken: Collection[int]) -> Named:
    """The years in the nearest title above row `first` that names any, up to the rows `taken` by another table or copy."""
    for j in range(first - 1, max(-1, first - 1 - ABOVE), -1):
        if j in taken:
            break
        texts = [place.text for place in rows[j].places if place.text]
        if len(texts) > 2 and rows[j].kind != "text":
            continue
        text = "".join(texts)
        if len(text) > TITLE or any(is_header_text(part) or named_rows(part) for part in texts):
            continue
        named = Named(years_in(text), names_earlier_year(text))
        if named.years or named.earlier:
            return named
    return Named(frozenset(), earlier=False)


def best(copies: Sequence[Sequence[Cell]], named: Sequence[Named], year: int | None) -> int:
    """The number of the better copy. `year`: the report's, None where it is not known (then the latest year named)."""
    year = year or max((y for n in named for y in n.years), default=None)
    return min(range(len(copies)), key=lambda k: (_other_year(named[k], year), *_badness(copies[k]), k))


def _other_year(named: Named, year: int | None) -> bool:
    return year not in named.years if named.years else named.earlier


def _badness(cells: Sequence[Cell]) -> tuple[bool, int, int, int]:
    canonical = [cell for cell in cells if not cell.row.startswith("extra.")]
    unread = sum(cell.state in ("missing", "unreadable") for cell in canonical)
    figures = sum(cell.state == "read" for cell in canonical)
    failing = sum(check.passed is False for check in checks.evaluate_cells(load_forms(), canonical))
    blank = not any(cell.state in ("read", "dash", "unreadable") for cell in canonical)
    return blank, unread, -figures, failing


def has_ink(cell: Cell) -> bool:
    """Whether a figure is printed in a cell, though it be in a font without Unicode."""
    return cell.state == "read" or (cell.state == "unreadable" and bool(cell.raw))


def differing(kept: Sequence[Cell], other: Sequence[Cell]) -> list[str]:
    """The rows of the kept copy of which another one prints other figures, and then those that it does not print at all: they
    may belong to what it is a copy of; none of a copy without any ink (a blank form)."""
    if not any(has_ink(cell) for cell in other):
        return []
    known = {(cell.row, cell.column): cell for cell in other}
    rows: dict[str, None] = {}
    lone: dict[str, None] = {}
    for cell in kept:
        twin = known.get((cell.row, cell.column))
        if twin is None or twin.state == "missing":
            lone |= {cell.row: None} if cell.state == "read" else {}
        elif (twin.state, twin.value) != (cell.state, cell.value):
            rows[cell.row] = None
    if rows:
        rows |= lone
    return list(rows)
