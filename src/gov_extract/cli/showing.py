"""One report in the terminal: its tables as the form has them, what points at their cells, and why.

In: a `Report`. Out: text on the console.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from gov_extract.report import Report
    from gov_extract.schema import Cell

# Columns of text where no terminal says how wide it is: the widest table of the forms with its labels on few lines.
PLAIN_WIDTH = 120


def console() -> Console:
    """A console as wide as the terminal, or as the widest table of the forms where there is none."""
    from rich.console import Console

    screen = Console(highlight=False, markup=False)
    return screen if screen.is_terminal else Console(highlight=False, markup=False, width=PLAIN_WIDTH)


def show(report: Report) -> None:
    """Print one report: what is known of it, its tables, its failing checks, its findings."""
    from rich.text import Text

    screen = console()
    meta = report.metadata
    screen.print(Text(meta.title or report.source, style="bold"))
    period = f"{meta.period_start} to {meta.period_end}" if meta.period_start or meta.period_end else None
    facts = {
        "agency": meta.agency,
        "report year": meta.report_year,
        "period": period,
        "published on": meta.published_on,
        "contact": meta.contact,
        "form": report.form,
        "status": report.status,
        "error": report.error,
    }
    for name, value in facts.items():
        if value is not None:
            screen.print(f"{name}: {value}")
    flags = _flags(report)
    for table in dict.fromkeys(cell.table for cell in report.cells):
        screen.print()
        screen.print(_rendered([cell for cell in report.cells if cell.table == table], flags))
    if flags:
        screen.print("! a finding points here    ≠ a failing check covers this", style="dim")
    failing = [check for check in report.checks if check.passed is False]
    if failing:
        screen.print("\nfailing checks", style="bold")
    for check in failing:
        screen.print(
            f"  {check.table}, {check.scope}: {check.check} ({check.formula}): "
            f"{check.left:.15g} against {check.right:.15g}, difference {check.difference:.15g}"
        )
    if report.findings:
        screen.print("\nfindings", style="bold")
    for finding in report.findings:
        place = ", ".join(str(part) for part in (finding.table, finding.row, finding.column) if part)
        page = f"page {finding.page}: " if finding.page else ""
        screen.print(f"  {finding.severity} {finding.code}: {page}{place + ': ' if place else ''}{finding.message}")


def _flags(report: Report) -> dict[tuple[str, str, str], str]:
    """(table, row, column) → the mark of a cell that a finding (warning or error) names or a failing check covers."""
    from gov_extract.checks import covers
    from gov_extract.forms import load_forms

    forms = load_forms()
    failing = [check for check in report.checks if check.passed is False]
    # A finding about a whole table is in the list below; a mark on each of its cells would say nothing.
    pointing = [f for f in report.findings if f.severity != "info" and f.table and (f.row or f.column)]
    flags = {}
    for cell in report.cells:
        identities = [identity for identity in forms[cell.form].identities if identity.table == cell.table]
        mark = ""
        if any(
            finding.table == cell.table and finding.row in (cell.row, None) and finding.column in (cell.column, None)
            for finding in pointing
        ):
            mark += "!"
        if any(check.table == cell.table and covers(check, cell.row, cell.column, identities) for check in failing):
            mark += "≠"
        if mark:
            flags[cell.table, cell.row, cell.column] = mark
    return flags


def _rendered(cells: list[Cell], flags: dict[tuple[str, str, str], str]) -> Table:
    """A table of the form with what was printed in each of its cells."""
    from rich import box
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    from gov_extract.forms import load_forms
    from gov_extract.report import row_paths

    spec = load_forms()[cells[0].form].tables[cells[0].table]
    extra = {cell.row: cell.label for cell in cells if cell.row.startswith("extra.")}
    wording = {column.code: column.label for column in spec.columns}
    columns = list(dict.fromkeys([*wording, *(cell.column for cell in cells)]))
    known = {(cell.row, cell.column): cell for cell in cells}
    rendered = Table(title=f"{spec.id} ({cells[0].form})", box=box.SIMPLE, title_justify="left", show_lines=False)
    rendered.add_column("", overflow="fold")
    for column in columns:
        # The labels give way before a figure is broken over two lines.
        widest = max((cell_len(_marked(cell, flags).plain) for cell in cells if cell.column == column), default=0)
        rendered.add_column(wording.get(column, column), justify="right", overflow="fold", min_width=widest)
    above: tuple[str, ...] = ()
    for row, path in row_paths(spec, extra).items():
        *groups, label = path
        # A group is printed once, above its first row.
        for depth, group in enumerate(groups):
            if tuple(groups[: depth + 1]) != above[: depth + 1]:
                rendered.add_row(Text("  " * depth + group, style="dim"))
        above = tuple(groups)
        printed = [known.get((row, column)) for column in columns]
        texts = [Text() if cell is None else _marked(cell, flags) for cell in printed]
        rendered.add_row(Text("  " * len(groups) + label), *texts)
    return rendered


def _marked(cell: Cell, flags: dict[tuple[str, str, str], str]) -> Text:
    """What a cell prints, or why it has no figure, with its mark."""
    from rich.text import Text

    mark = flags.get((cell.table, cell.row, cell.column), "")
    lost = cell.state in ("missing", "unreadable")
    shown = cell.state if lost else " ".join((cell.raw or "").split())
    return Text(f"{shown} {mark}".strip(), style="bold red" if lost else "yellow" if mark else "")
