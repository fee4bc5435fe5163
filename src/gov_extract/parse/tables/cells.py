"""Cells from places, and the findings that a row's cells call for.

In: a row of a form, its places. Out: `Cell`s, `Finding`s.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from gov_extract import checks
from gov_extract.document import Finding, GridCell
from gov_extract.forms import Form, FormColumn, FormRow, FormTable
from gov_extract.parse.align import Match
from gov_extract.parse.columns.telling import Columns
from gov_extract.parse.stream import Place, Row
from gov_extract.parse.values import Figure, is_dash, read_figure
from gov_extract.parse.vocabulary import CLEAR, Target, key, numbers
from gov_extract.schema import Cell


def make_cell(
    form: Form,
    table: FormTable,
    spec: FormRow,
    column: FormColumn,
    label: str,
    place: Place | None,
    rows: Sequence[Row],
    match: Match | None,
    bad: bool,
    factor: float | None,
) -> Cell:
    """A cell from its place; `bad` where its ink cannot be trusted, `factor` where money is counted in another unit."""
    if place is None:
        if bad:
            return blank_cell(form, table, spec, column, label or spec.label, "unreadable")
        return blank_cell(form, table, spec, column, label or spec.label, "missing")
    figure = read_figure(place.text, column.unit)
    if bad and place.text:
        figure = Figure("unreadable", None, None, figure.doubts)
    value = figure.value
    if value is not None and factor is not None and figure.unit is None:
        value = round(value * factor, checks.PLACES + 4)
    origin = place.origin
    row = rows[match.rows[0]] if match else None
    page = row.page if row else None
    box = origin.box if origin is not None else None
    agreement = second_agrees(origin)
    locator = (origin.locator if isinstance(origin, GridCell) else None) or (row.locator if row else None)
    x0, top, x1, bottom = box if box is not None else (None, None, None, None)
    return Cell(
        form.id, table.id, spec.code, column.code, label or spec.label, value, column.unit, place.text, figure.note,
        figure.state, "native", None, agreement, page, x0, top, x1, bottom, locator,
    )  # fmt: skip


def second_agrees(origin: object) -> bool | None:
    """Whether a place's readings are all the same; None where there is one."""
    if not isinstance(origin, GridCell) or len(origin.readings) < 2:
        return None
    return len({_bare(reading.text) for reading in origin.readings}) == 1


def _bare(text: str) -> str:
    """A reading without what two engines may write differently: white space, full width, radicals, the make of a dash."""
    bare = "".join(unicodedata.normalize("NFKC", text).split())
    return "-" if is_dash(bare) else bare


def blank_cell(form: Form, table: FormTable, spec: FormRow, column: FormColumn, label: str, state: str) -> Cell:
    """A cell that holds nothing: its raw text is null where it has no place on the page."""
    raw = None if state == "missing" else ""
    return Cell(form.id, table.id, spec.code, column.code, label, None, column.unit, raw, None, state)  # type: ignore[arg-type]


def missing_cell(form: Form, table: FormTable, spec: FormRow, column: FormColumn) -> Cell:
    """A cell without a place on the page."""
    return blank_cell(form, table, spec, column, spec.label, "missing")


def row_missing(table: FormTable, spec: FormRow, page: int | None) -> Finding:
    """The warning that a row of the form was not found."""
    message = f"no row with the label {spec.label} was found"
    return Finding("warning", "row_missing", message, page, table.id, spec.code)


def row_findings(
    id_: str,
    spec: FormRow,
    match: Match,
    columns: Columns,
    torn: frozenset[str],
    cells: Sequence[Cell],
    page: int | None,
    ink: Sequence[str],
) -> list[Finding]:
    """What is to be said of one row; `ink` is what its places hold, known to belong to a column or not."""
    found = []

    def say(severity: str, code: str, message: str, column: str | None = None) -> None:
        found.append(Finding(severity, code, message, page, id_, spec.code, column))  # type: ignore[arg-type]

    if match.how == "similar" and match.similarity < 1.0:
        # A label that is worn, and has another row's number, may be that row's.
        own = numbers().get(Target(id_, spec.code))
        sure = match.similarity >= CLEAR and (own is None or key(match.label).number in (None, own))
        severity = "info" if sure else "warning"
        say(severity, "label_worn", f"the label {match.label} was read as {spec.label}")
    elif match.how == "order":
        say("warning", "row_by_order", f"a row without a label was read as {spec.label}, because of its place")
    elif match.how == "torn":
        say(
            "warning",
            "row_torn",
            f"the row {spec.label} is torn by a page break: its figures stand on two pages, or not beside its label",
        )
    elif match.how == "taken_back":
        say("warning", "row_out_of_order", f"the row {spec.label} stands out of the form's order")
    if columns.open:
        printed = f": {' | '.join(ink)}" if ink else ""
        say("warning", "columns_unsure", f"the columns of the row {spec.label} could not be told{printed}")
    for code in sorted(torn):
        say("warning", "figure_torn", f"the figure of {spec.label} is torn by a page break", code)
    for code in sorted(columns.merged):
        say(
            "warning",
            "cells_merged",
            f"{spec.label}: one place stands for several columns, or the column's label stands twice",
            code,
        )
    negative_allowed = {"items_change"}
    for cell in cells:
        if cell.state == "unreadable" and not columns.open and cell.column not in torn | columns.merged:
            say("warning", "figure_unreadable", f"{spec.label}: {cell.raw!r} is no figure", cell.column)
        elif cell.state == "missing" and cell.column not in columns.absent:
            say("warning", "cell_missing", f"{spec.label}: the row has no place for this column", cell.column)
        elif cell.state == "read" and cell.raw is not None and not cell.raw.isdigit():
            doubts = read_figure(cell.raw, cell.unit or "").doubts
            for doubt in doubts:
                if doubt == "negative" and cell.column in negative_allowed:
                    continue
                code = "figure_spaced" if doubt in ("spaces", "line_break") else "figure_odd"
                say("warning", code, f"{spec.label}: {cell.raw!r} was read as {cell.value:.15g} ({doubt})", cell.column)
    return found
