"""The table of indicators, and local annexes like it.

In: its alignment to the stream. Out: a `TableRead`, also of an annex without a form.
"""

from __future__ import annotations

from collections.abc import Sequence

from gov_extract.document import Finding
from gov_extract.forms import FormRow, load_forms
from gov_extract.parse import indicators
from gov_extract.parse.align import Alignment, Match, slots_behind
from gov_extract.parse.columns.telling import Columns
from gov_extract.parse.evidence import Evidence
from gov_extract.parse.indicator_columns import Found, Layout, annex_rows
from gov_extract.parse.indicators import NUMBER
from gov_extract.parse.stream import Place, Row
from gov_extract.parse.tables.blocks import each_row, mark_used
from gov_extract.parse.tables.cells import make_cell, row_findings, second_agrees
from gov_extract.parse.tables.model import ORDERLY, TITLES, TableRead, Unproven
from gov_extract.parse.tables.units import sign_unsure
from gov_extract.parse.values import header_units, read_figure
from gov_extract.parse.vocabulary import named_rows
from gov_extract.schema import Cell


def layout_of(alignment: Alignment, rows: Sequence[Row], year: int | None) -> Layout:
    """Which column of a table of indicators is which, told by its header and by all rows found."""
    return Layout(rows, [match.rows[0] for match in alignment.matches.values()], year)


def read_indicators(alignment: Alignment, rows: Sequence[Row], evidence: Evidence, layout: Layout) -> TableRead:
    """A table of indicators: one figure a row, the figures beside it as rows that the report adds."""
    matches = alignment.matches

    def read_one(read: TableRead, _spec: FormRow, match: Match) -> None:
        _read_indicator(read, alignment, match, rows, evidence, layout)

    read = each_row(alignment, rows, read_one)
    if len(read.proven) < ORDERLY * (len(read.proven) + len(read.unproven)):
        read.unproven.extend(read.proven)
    stands = [j for match in matches.values() for j in match.rows]
    heads = [head.j for head in layout.heads]
    headings = [j for j in range(min(stands), max(stands)) if indicators.is_heading(rows[j].joined)]
    over = min(stands) - 1
    headings += [over] if over >= 0 and indicators.is_heading(rows[over].joined) else []
    mark_used(read, rows, stands)
    for j in (*heads, *headings):
        read.used.update(rows[j].parts)
    return read._replace(layout=layout)


def _read_indicator(
    read: TableRead, alignment: Alignment, match: Match, rows: Sequence[Row], evidence: Evidence, layout: Layout
) -> None:
    """The cell of one indicator; figures in columns beside it are rows that the report adds."""
    table, spec = read.table, read.table.rows[match.i]
    column = spec.columns[0]
    pieces = [
        slots_behind(rows[j], match.place) if n == 0 and match.place >= 0 else rows[j].slots for n, j in enumerate(match.rows)
    ]
    told = [layout.read(j, slots) for j, slots in zip(match.rows, pieces, strict=True) if slots]
    found = next((f for f in told if f.open or (f.value is not None and f.value.text)), told[0])
    unit = next((f.unit for f in told if f.unit), None)
    torn = frozenset({column.code}) if sum(bool(f.value and f.value.text) for f in told) > 1 else frozenset[str]()
    unit = unit or next(iter(header_units(match.label)), None)
    if unit is None and column.unit.endswith("元") and layout.money - {column.unit}:
        unit = min(layout.money - {column.unit})  # its own is lost, and the table counts money in another than the form
        kind, factor = "other", 1.0
    else:
        kind, factor = indicators.unit_factor(unit, column.unit)
    cell = make_cell(
        read.form, table, spec, column, match.label, found.value, rows, match, found.open or bool(torn),
        factor if kind == "converted" else None,
    )  # fmt: skip
    cell = cell._replace(note=cell.note or found.remark)
    read.cells.append(cell)
    page = rows[match.rows[0]].page
    columns = Columns({column.code: found.value}, "header" if found.sure else "none", frozenset(), found.open)
    texts = [place.text for slots in pieces for place in slots if place.text]
    read.findings.extend(row_findings(table.id, spec, match, columns, torn, [cell], page, texts))
    # A figure that has a unit of its own has been read in that.
    if kind == "other" and cell.state == "read" and read_figure(cell.raw or "", column.unit).unit is None:
        message = (
            f"{spec.label}: the unit {unit} is printed where the form counts in {column.unit}: the figure was not converted"
        )
        read.findings.append(Finding("warning", "unit_unsure", message, page, table.id, spec.code, column.code))
    if sign_unsure(cell, factor if kind == "converted" else None):
        message = f"{spec.label}: {cell.raw!r} was read in 元, and may be meant in the row's unit"
        read.findings.append(Finding("warning", "unit_unsure", message, page, table.id, spec.code, column.code))
    shared = _shares_label(alignment, match)
    if shared is None:
        message = f"{match.label} is the label of several rows, and nothing beside it says which: it was read as {spec.label}"
        read.findings.append(Finding("warning", "row_by_order", message, page, table.id, spec.code))
    before = [place.text for place in _anchor(alignment, match, rows) if place.text] if shared else []
    pages = [rows[j].page for j in match.rows]
    below = None if cell.raw else text_below(rows, match.rows[-1])
    first = rows[match.rows[0]]
    if first.kind == "flat":
        proof = first.proof  # made from the text itself, in its order
    else:
        proof = evidence.proves_line(match.label, texts, pages, before, below=below, numbered=layout.numbered)
    # The label and the unit decide what a figure means: a second reading of it alone is not enough.
    around = (*rows[match.rows[0]].labels, *(place for slots in pieces for place in slots))
    contradicted = any(second_agrees(place.origin) is False for place in around)
    entry = Unproven(table.id, spec.code, page, contradicted, False)
    (read.proven if proof == "whole" else read.unproven).append(entry)
    for _, title, place in found.beside:
        n = 1 + sum(c.row.startswith("extra.") for c in read.cells)
        added = FormRow(f"extra.{n}", "", (), (column,))
        label = f"{match.label} {title}"
        read.cells.append(make_cell(read.form, table, added, column, label, place, rows, match, False, factor))
        # It stands in the same line of the source: what proves the one proves the other.
        (read.proven if proof == "whole" else read.unproven).append(entry._replace(row=added.code))
        message = f"the table prints {title} beside the value of {spec.label}"
        read.findings.append(Finding("info", "extra_figure", message, page, table.id, added.code))


def _anchor(alignment: Alignment, match: Match, rows: Sequence[Row]) -> tuple[Place, ...]:
    """The places of the row that a row of a shared label stands below: the nearest of its indicator with a label of its own,
    else the row above."""
    table = alignment.table
    family = table.rows[match.i].code.partition(".")[0]
    for i in range(match.i - 1, -1, -1):
        above = alignment.matches.get(i)
        if above and table.rows[i].code.partition(".")[0] == family and len(named_rows(above.label)) == 1:
            row = rows[above.rows[0]]
            return (*row.labels[above.place :], *slots_behind(row, above.place)) if above.place >= 0 else row.places
    return rows[match.rows[0] - 1].places


def text_below(rows: Sequence[Row], j: int) -> str:
    """The first text of the next row, its number apart; empty at the end."""
    places = (place for row in rows[j + 1 : j + 1 + TITLES] for place in row.places if place.text)
    return next((place.text for place in places if not NUMBER.fullmatch(place.text)), "")


def _shares_label(alignment: Alignment, match: Match) -> bool | None:
    """Whether the label names other rows of the table too; None where nothing tells which of them the row is: neither are all
    of them found, nor another row of the same indicator."""
    table = alignment.table
    named = {target.row for target in named_rows(match.label) if target.table == table.id}
    spec = table.rows[match.i]
    if named <= {spec.code}:
        return False
    found = {table.rows[i].code for i in alignment.matches}
    family = spec.code.partition(".")[0]
    beside = any(code != spec.code and code not in named and code.partition(".")[0] == family for code in found)
    return True if beside or named <= found else None


def extra_indicator(read: TableRead, j: int, rows: Sequence[Row], found: Found, n: int) -> Cell:
    """A row that a report adds to the indicators, with its own label and unit."""
    label = " ".join(place.text for place in rows[j].labels)
    column = read.table.columns[0]._replace(unit=found.unit or "")
    match = Match(-1, (j,), len(rows[j].labels) - 1, label, 1.0, "exact")
    added = FormRow(f"extra.{n}", label, (), (column,))
    return make_cell(read.form, read.table, added, column, label, found.value, rows, match, found.open, None)


def read_annex(rows: Sequence[Row], year: int | None) -> TableRead | None:
    """A local annex of other indicators: every row as one that the report adds."""
    form = next(f for f in load_forms().values() if any(t.layout == "indicators" for t in f.tables.values()))
    table = next(t for t in form.tables.values() if t.layout == "indicators")
    read = TableRead(form, table, [], [], set(), [], [])
    for j, found in annex_rows(rows, year):
        n = len(read.cells) + 1
        read.cells.append(extra_indicator(read, j, rows, found, n))
        read.used.update(rows[j].parts)
        label, page = read.cells[-1].label, rows[j].page
        read.findings.append(Finding("info", "extra_row", f"the report adds the row {label}", page, table.id, f"extra.{n}"))
        for _, title, place in found.beside:
            beside = found._replace(value=place, beside=())
            extra = extra_indicator(read, j, rows, beside, n + 1)._replace(label=f"{label} {title}")
            read.cells.append(extra)
            n += 1
    if not read.cells:
        return None
    message = "the table has indicators of the agency's own; each is a row extra.<n> with its printed label and unit"
    read.findings.insert(0, Finding("warning", "local_annex", message, read.cells[0].page, table.id))
    return read
