"""Which blocks of the document a table takes up: those of its rows and headers, and what stands between them.

In: a `TableRead`, the stream, the rows that were read. Out: the `TableRead`'s blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from gov_extract.forms import FormRow
from gov_extract.parse.align import Alignment, Match
from gov_extract.parse.stream import Row
from gov_extract.parse.tables.cells import missing_cell, row_missing
from gov_extract.parse.tables.model import TableRead
from gov_extract.parse.vocabulary import header_words, is_header_text, key

# Characters of a line within a table without cells that is no sentence.
SHORT = 8


def each_row(alignment: Alignment, rows: Sequence[Row], read_one: Callable[[TableRead, FormRow, Match], None]) -> TableRead:
    """A table read row by row in the form's order; rows that were not found are missing, each with its finding."""
    form, table, matches = alignment.form, alignment.table, alignment.matches
    read = TableRead(form, table, [], [], set(), [], [])
    for i, spec in enumerate(table.rows):
        match = matches.get(i)
        if match is None:
            read.cells.extend(missing_cell(form, table, spec, column) for column in spec.columns)
            read.findings.append(row_missing(table, spec, page_near(matches, i, rows)))
        else:
            read_one(read, spec, match)
    return read


def mark_used(read: TableRead, rows: Sequence[Row], used: Sequence[int]) -> None:
    """The blocks that a table stands on: those of its rows and headers, all cells between them, and titles around."""
    first, last = min(used), max(used)
    while first > 0 and (_is_heading(rows[first - 1]) or rows[first - 1].kind == "cells"):
        first -= 1
    own = set(used)
    for j in range(first, last + 1):
        if j in own or rows[j].kind != "text" or _is_heading(rows[j]) or _is_piece(rows[j]) or _is_beside(rows, j, own):
            read.used.update(rows[j].parts)


def _is_beside(rows: Sequence[Row], j: int, own: Collection[int]) -> bool:
    """Whether a short line stands between two rows of a table without cells: a word of a column that the form does not have."""
    if rows[j].page is None or rows[j].slots or len(rows[j].joined) > SHORT:
        return False
    near = (max((k for k in own if k < j), default=j), min((k for k in own if k > j), default=j))
    return all(rows[k].kind == "placed" for k in near)


def page_near(matches: Mapping[int, Match], i: int, rows: Sequence[Row]) -> int | None:
    """The page of the row found before row `i` of the form, or else behind it."""
    before = [k for k in matches if k < i] or [k for k in matches if k > i]
    return rows[matches[max(before) if max(before) < i else min(before)].rows[0]].page if before else None


def _is_piece(row: Row) -> bool:
    """Whether a row within a table holds nothing but a piece of a group's label or header (三、本年度) that a page tore."""
    texts = [key(place.text).text for place in row.places if place.text]
    return bool(texts) and all(text and any(text in word for word in header_words()) for text in texts)


def _is_heading(row: Row) -> bool:
    """Whether a row holds nothing but what headers and titles of the forms' tables are made of."""
    texts = [place.text for place in (*row.labels, *row.slots) if place.text]
    return bool(texts) and all(is_header_text(text) for text in texts)


def rows_of(alignment: Alignment) -> set[int]:
    """The stream rows that a table's rows stand on."""
    return {j for match in alignment.matches.values() for j in match.rows}
