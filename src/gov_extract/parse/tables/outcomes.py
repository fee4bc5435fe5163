"""The table whose rows stand side by side.

In: the stream. Out: a `TableRead`, and the row in which it begins.
"""

from __future__ import annotations

from collections.abc import Sequence

from gov_extract.document import Finding
from gov_extract.forms import Form, FormTable
from gov_extract.parse import side_by_side
from gov_extract.parse.align import Match, Name, align, by_table, candidates, figures_before
from gov_extract.parse.columns.telling import Columns
from gov_extract.parse.evidence import Evidence
from gov_extract.parse.stream import Row
from gov_extract.parse.tables.blocks import mark_used, rows_of
from gov_extract.parse.tables.cells import make_cell, missing_cell, row_findings, row_missing, second_agrees
from gov_extract.parse.tables.model import LIKENESS, TableRead, Unproven
from gov_extract.parse.tables.rowwise import read_rows

# The states of places that were not read.
UNREAD = ("missing", "unreadable")


def read_side_by_side(
    form: Form,
    table: FormTable,
    rows: Sequence[Row],
    names: Sequence[Name],
    evidence: Evidence,
    taken: set[int],
    margin: int | None,
    below: set[int],
) -> tuple[int, TableRead] | None:
    """The table, and the first stream row of its header; its rows are added to `taken`, and to `below` if each has a label.

    It may be printed as several tables, each with a header of its own, or with the rows' labels beside their figures.
    """
    if table.layout != "side_by_side":
        return None
    parts: list[tuple[int, TableRead]] = []
    left = table
    while left.rows:
        found = side_by_side.find(rows, left, taken, margin)
        other = _read_downwards(form, left, rows, names, evidence, below) if found is None or found.open else None
        if other is not None and (found is None or not any(cell.state in UNREAD for cell in other[1].cells)):
            below |= other[0]
            taken |= below
            parts.append((min(other[0]), other[1]))
            break
        if found is None:
            break
        first, part = _read_found(form, left, rows, evidence, found)
        taken |= {*found.figures, *found.header}
        parts.append((first, part))
        done = {code for code, _ in found.places} or {row.code for row in left.rows}
        left = left._replace(rows=tuple(row for row in left.rows if row.code not in done))
    if not parts:
        return None
    return min(first for first, _ in parts), _together(form, table, [part for _, part in parts])


def _together(form: Form, table: FormTable, parts: Sequence[TableRead]) -> TableRead:
    """The parts of a table as one; rows that stand in none of them are missing."""
    cells = {(cell.row, cell.column): cell for part in parts for cell in part.cells}
    whole = TableRead(form, table, [], [], set(), [], [])
    for spec in table.rows:
        whole.cells.extend(
            cells.get((spec.code, column.code)) or missing_cell(form, table, spec, column) for column in spec.columns
        )
        if not any((spec.code, column.code) in cells for column in spec.columns):
            whole.findings.append(row_missing(table, spec, None))
    for part in parts:
        whole.findings.extend(part.findings)
        whole.used.update(part.used)
        whole.unproven.extend(part.unproven)
        whole.proven.extend(part.proven)
    whole.cells.extend(cell for part in parts for cell in part.cells if cell.row.startswith("extra."))
    return whole


def _read_found(
    form: Form, table: FormTable, rows: Sequence[Row], evidence: Evidence, found: side_by_side.Found
) -> tuple[int, TableRead]:
    """The cells of the rows that one header has, and the first stream row of the header."""
    own = {code for code, _ in found.places} or {row.code for row in table.rows}
    read = TableRead(form, table, [], [], set(), [], [])
    page = rows[found.figures[0]].page
    printed = [place.text for j in found.figures for place in rows[j].slots if place.text]
    match = Match(-1, tuple(found.figures), -1, "", 1.0, "exact")
    for spec in table.rows:
        if spec.code not in own:
            continue
        cells = []
        for column in spec.columns:
            place = found.places.get((spec.code, column.code))
            cells.append(make_cell(form, table, spec, column, spec.label, place, rows, match, found.open, None))
        columns = Columns({}, "header", frozenset(), found.open)
        plain = Match(-1, match.rows, -1, spec.label, 1.0, "exact")
        read.cells.extend(cells)
        read.findings.extend(row_findings(table.id, spec, plain, columns, frozenset(), cells, page, printed))
    for text in dict.fromkeys(found.others):
        message = f"the report adds the column {text}: what stands in it was not read"
        read.findings.append(Finding("info", "extra_column", message, page, table.id))
    ink = [p.text for p in sorted(found.ordered, key=lambda p: p.x0) if p.text]
    pages = [rows[j].page for j in found.figures]
    proven = not found.worn and (not ink or evidence.proves_sequence(ink, pages))
    if not proven or found.partial:
        heads = [place for j in found.header for place in rows[j].places]
        contradicted = found.worn or any(second_agrees(place.origin) is False for place in heads)
        read.unproven.extend(
            Unproven(table.id, spec.code, page, contradicted, proven) for spec in table.rows if spec.code in own
        )
    mark_used(read, rows, [*found.figures, *found.header])
    return min(found.header), read


def _read_downwards(
    form: Form, table: FormTable, rows: Sequence[Row], names: Sequence[Name], evidence: Evidence, below: set[int]
) -> tuple[set[int], TableRead] | None:
    """The table printed the other way round, a row for each label and its outcomes beside it, with the stream rows of these."""
    named = by_table([None if j in below else name for j, name in enumerate(names)])
    if not candidates(rows, named, table):
        return None
    alignment = align(rows, named, form, table, figures_before(rows))
    if alignment is None or len(alignment.matches) < min(LIKENESS, len(table.rows)):
        return None
    return rows_of(alignment), read_rows(alignment, rows, evidence)
