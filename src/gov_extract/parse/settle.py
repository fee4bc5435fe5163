"""What the second reading says about the first.

In: tables read (with or without second readings on their cells), their checks. Out: the pages that deserve a second
reading; after it, the final cells and the findings that say what is not certain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gov_extract.checks import covers, evaluate_cells
from gov_extract.document import OPEN_BELOW, Document, Finding, Grid
from gov_extract.forms import load_forms
from gov_extract.parse.tables import Tables
from gov_extract.schema import Cell, Check

# Doubts that the rows' own evidence settles: a table without outer borders is read like any other.
HARMLESS = frozenset({"open_edge", OPEN_BELOW})


def doubtful_pages(document: Document, tables: Tables, results: Sequence[Check]) -> set[int]:
    """Pages on which a check fails, a row lacks evidence or a grid's reconstruction was unsure."""
    pages = {page for row in tables.unproven for page in (row.page, *row.overleaf) if page is not None}
    failed = [check for check in results if check.passed is False]
    if failed:
        pages |= {cell.page for cell in tables.cells if cell.page is not None and _failing(cell, failed)}
    for p, page in enumerate(document.pages):
        for b, block in enumerate(page.blocks):
            doubts = isinstance(block, Grid) and set(block.doubts) - HARMLESS
            if doubts and (p, b) in tables.used and page.number is not None:
                pages.add(page.number)
    return pages


def _failing(cell: Cell, failed: Sequence[Check]) -> bool:
    identities = load_forms()[cell.form].identities
    return any(check.table == cell.table and covers(check, cell.row, cell.column, identities) for check in failed)


def _supports(check: Check, cell: Cell) -> bool:
    """Whether an identity that takes a cell in holds."""
    return (
        check.passed is True
        and check.table == cell.table
        and covers(check, cell.row, cell.column, load_forms()[cell.form].identities)
    )


def settle(
    tables: Tables, results: Sequence[Check], evaluated: tuple[Cell, ...]
) -> tuple[tuple[Cell, ...], tuple[Finding, ...], tuple[Check, ...]]:
    """The final cells, the findings of the tables with those for every row or figure that lacks an independent evidence, and
    the checks of the final cells. `results` are the checks of the first reading, `evaluated` the cells that they are of.

    Notes
    -----
    Two readings that differ are always a warning. Where neither the source's own text nor an identity in the row supports the
    first one, the place is ``unreadable``. Nothing is ever replaced by the second reading.
    """
    findings: list[Finding] = []
    passed = {(check.table, check.scope) for check in results if check.passed}
    for finding in tables.findings:
        # A gap inside a figure, or a page break inside a row, is a matter of setting when the row adds up, or, for the one
        # figure, its column.
        adds_up = (finding.table, f"row:{finding.row}") in passed
        if finding.code == "figure_spaced" and not adds_up and finding.row and finding.column:
            own = [cell for cell in tables.cells if (cell.table, cell.row, cell.column) == finding[4:7]]
            adds_up = any(_supports(check, cell) for cell in own for check in results)
        settled = finding.code in ("figure_spaced", "row_torn") and adds_up
        findings.append(finding._replace(severity="info") if settled else finding)
    unproven = {(row.table, row.row) for row in tables.unproven}
    cells = list(tables.cells)
    agreed: dict[tuple[str, str], bool] = {}
    for n, cell in enumerate(cells):
        if not unproven and cell.agreement is not False:
            continue
        where = (cell.table, cell.row)
        if where in unproven and (cell.agreement is not None or cell.state in ("blank", "dash", "read")):
            agreed[where] = agreed.get(where, True) and cell.agreement is True
        if cell.agreement is False and cell.reader == "native" and cell.state in ("read", "blank", "dash"):
            message = f"{cell.label}: the second reading differs from {cell.raw!r}"
            findings.append(Finding("warning", "readings_disagree", message, cell.page, cell.table, cell.row, cell.column))
            supported = (cell.table, f"row:{cell.row}") in passed
            if not supported and where in unproven:
                cells[n] = cell._replace(state="unreadable", value=None)
    for row in tables.unproven:
        if agreed.get((row.table, row.row)) and not row.contradicted:
            continue
        if row.digits and not row.contradicted and (row.table, f"row:{row.row}") in passed:
            continue
        message = "no second evidence supports the figures of this row: compare them with the page"
        findings.append(Finding("warning", "no_second_evidence", message, row.page, row.table, row.row))
    findings.extend(_blank_totals(cells))
    final = results if tuple(cells) == evaluated else evaluate_cells(load_forms(), cells)
    findings.extend(failing_check(check, cells) for check in final if check.passed is False)
    return tuple(cells), tuple(findings), tuple(final)


def _blank_totals(cells: Sequence[Cell]) -> Iterator[Finding]:
    """Rows of which no identity says anything, since their total is blank, and whose last figure looks like it."""
    known = {(cell.table, cell.row, cell.column): cell for cell in cells}
    forms = {cell.table: cell.form for cell in cells}
    for table, form in forms.items():
        rows = load_forms()[form].tables[table].rows if table in load_forms()[form].tables else ()
        for identity in load_forms()[form].identities:
            if identity.table != table or identity.each != "row":
                continue
            parts = [column for column in (*identity.left, *identity.right) if column != identity.total]
            printed, shifted = 0, []
            for row in rows:
                total = known.get((table, row.code, identity.total))
                figures = [cell for part in parts if (cell := known.get((table, row.code, part)))]
                values = [cell.value or 0.0 for cell in figures]
                if total is None or not any(cell.state == "read" for cell in figures):
                    continue
                printed += total.state == "read"
                last = values[-1] > 0 and values[-1] >= sum(values[:-1])  # among noughts a blank is one of them
                shifted += [total] if total.state in ("blank", "dash") and last else []
            for total in shifted if printed else ():
                message = f"{total.label}: the total is blank, and the figure before it is no less than the sum of the others"
                yield Finding("warning", "total_blank", message, total.page, table, total.row)


def failing_check(check: Check, cells: Sequence[Cell]) -> Finding:
    """A remark on a failing identity: whether a second reading saw the same figures."""
    axis, _, code = check.scope.partition(":")
    inside = [c for c in cells if c.table == check.table and (c.column if axis == "column" else c.row) == code]
    second = [c.agreement for c in inside if c.agreement is not None]
    saw = "" if not second else " (a second reading saw the same figures)" if all(second) else " (a second reading differs)"
    message = f"{check.check}, {check.scope}: {check.left:.15g} against {check.right:.15g}{saw}"
    row = code if axis == "row" else None
    column = code if axis == "column" else None
    page = next((c.page for c in inside if c.page is not None), None)
    return Finding("info", "sum_fails", message, page, check.table, row, column)
