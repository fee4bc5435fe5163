"""The command ``gov-extract``: parses arguments, calls the library, prints.

In: the command line. Out: text, and an exit code: 0 done, 1 some documents failed, 2 wrong usage, 3 nothing could be
read, 130 interrupted.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gov_extract import __version__
from gov_extract.cli.analyses import register as register_analyses
from gov_extract.cli.exits import INTERRUPTED, NOTHING_READ, SOME_FAILED, USAGE, fail
from gov_extract.cli.runs import clean_command, describe, diff_command, print_corrections, publish_command, status_command
from gov_extract.errors import DatasetError, ReadError, SidecarError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from gov_extract.report import Report
    from gov_extract.run import Progress, RunSummary
    from gov_extract.schema import Cell

STATUSES = ("complete", "partial", "no_tables", "failed")
# Columns of text where no terminal says how wide it is: the widest table of the forms with its labels on few lines.
PLAIN_WIDTH = 120
FINDINGS_SHOWN = 10
# Failed documents named one by one in a summary; the rest is in the table `documents`.
FAILURES_SHOWN = 20
# Rows of the table given as --metadata that are used for no document, named one by one.
UNMATCHED_SHOWN = 20
# Documents between two lines of progress where no terminal shows a bar.
LINE_EVERY = 100

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Read annual reports on open government information (政府信息公开工作年度报告) into tidy, checked tables.",
    epilog="Exit codes: 0 done, 1 some documents failed, 2 wrong usage, 3 nothing could be read, 130 interrupted.",
)


def main() -> None:
    """Run the command line."""
    app()


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gov-extract {__version__}")
        raise typer.Exit


for name, command in (
    ("status", status_command),
    ("diff", diff_command),
    ("publish", publish_command),
    ("clean", clean_command),
):
    app.command(name)(command)


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Nothing: the options common to all commands speak for themselves."""


@app.command("extract")
def extract_command(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="FOLDER...", exists=True, help="Folders or files to read, with all they hold."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="OUT", help="Where to write the tables; may exist already.")],
    workers: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Worker processes; as many as there are processors by default."),
    ] = None,
    metadata: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="What is known of the files: source or url, agency, year, division, published_on."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Read every document again, also what has been read before.")] = False,
) -> None:
    """Read every report in FOLDER and write OUT/tables/*.

    What has been read before is not read again, unless it has changed, this program has, or what it failed for is installed.
    PDF, DOCX, HTML and text are known by their content, whatever they are called. OUT then holds these documents and no others;
    a file that cannot be read has a row in `documents` that says why. Stopped with Ctrl-C, what is finished is kept.
    """
    from rich.console import Console

    from gov_extract.run import Unpublished, extract_folder

    console = Console(stderr=True)
    done = [0, 0]
    progress, display = _progress(console, done)
    try:
        with display:
            summary = extract_folder(folders, out, workers=workers, progress=progress, metadata=metadata, force=force)
    except KeyboardInterrupt as interrupt:
        told = f"Interrupted: {done[0]} of {done[1]} documents were read and are in {out}."
        if isinstance(interrupt, Unpublished):
            told = (
                f"Interrupted while the tables were written: {done[0]} of {done[1]} documents were read and are kept in {out}, "
                "but its tables do not hold them; run again to publish them."
            )
        console.print(told, highlight=False, soft_wrap=True)
        raise typer.Exit(INTERRUPTED) from None
    except (DatasetError, SidecarError) as error:
        fail(error.message, USAGE)
    except ReadError as error:
        fail(error.message, NOTHING_READ)
    except OSError as error:
        fail(f"{error.filename or out}: {error.strerror or error}", USAGE)
    _print_summary(summary)
    _print_unmatched(summary.unmatched)
    print_corrections(summary.corrections, summary.refused)
    failed = summary.statuses.get("failed", 0)
    if failed:
        raise typer.Exit(NOTHING_READ if failed == summary.documents else SOME_FAILED)


@app.command("show")
def show_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The report to read.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print everything that was read as JSON.")] = False,
) -> None:
    """Read one document and print its tables as the form has them, flagged cells marked; of several reports, or of an archive's
    documents, all."""
    from gov_extract.report import report_columns
    from gov_extract.run import extract_each
    from gov_extract.sources import Source, printable_name

    each = extract_each(Source(file, printable_name(file.name)))
    reports = [part for report in each for part in (report, *report.others)]
    if as_json:
        rows: dict[str, list[dict[str, object]]] = {}
        for report in reports:
            for name, columns in report_columns(report).items():
                found = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
                rows.setdefault(name, []).extend(found)
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1, default=date.isoformat))
    else:
        for report in reports:
            if report is not reports[0]:
                typer.echo("")
            _show(report)
    if all(report.status == "failed" for report in reports):
        raise typer.Exit(NOTHING_READ)


@app.command("formats")
def formats_command(
    as_json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
) -> None:
    """Print which kinds of files this installation reads, and what to do for the others."""
    from gov_extract.readers.installed import formats

    known = formats()
    if as_json:
        rows = [
            {
                "media_type": one.kind.media_type,
                "name": one.kind.title,
                "extensions": list(one.kind.extensions),
                "read": one.read,
                "needs": one.needs.name if one.needs else None,
                "advice": one.advice or None,
                "pages_that_are_pictures": one.pictures.install if one.pictures else None,
            }
            for one in known
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    from rich import box
    from rich.table import Table
    from rich.text import Text

    console = _console()
    table = Table(box=box.SIMPLE, show_lines=False)
    for heading in ("kind", "extensions", "read", "through", "what to do"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "read")
    for one in known:
        advice = one.advice or (f"for pages that are pictures: {one.pictures.install}" if one.pictures else "")
        read = Text("yes", style="green") if one.read else Text("no", style="yellow" if one.needs else "dim")
        through = one.needs.name if one.needs else ""
        table.add_row(one.kind.title, " ".join(one.kind.extensions), read, through, Text(advice))
    console.print(table)


register_analyses(app)


def _progress(console: Console, done: list[int]) -> tuple[Progress, AbstractContextManager[object]]:
    """A progress function and what must be open around it: a bar on a terminal, plain lines elsewhere."""
    if console.is_terminal:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
        )
        task = bar.add_task("reading", total=None)

        def advance(count: int, total: int, report: Report) -> None:
            done[:] = count, total
            bar.update(task, completed=count, total=total)
            if report.status == "failed":
                bar.console.print(f"failed: {report.source}: {report.error}", highlight=False, markup=False)

        return advance, bar

    def line(count: int, total: int, report: Report) -> None:
        done[:] = count, total
        if report.status == "failed":
            typer.echo(f"failed: {report.source}: {report.error}", err=True)
        if count % LINE_EVERY == 0 or count == total:
            typer.echo(f"{count} of {total} documents read", err=True)

    return line, nullcontext()


def _print_summary(summary: RunSummary) -> None:
    statuses = ", ".join(f"{summary.statuses[name]} {name}" for name in STATUSES if name in summary.statuses)
    typer.echo(f"{summary.documents} documents in {summary.seconds:.1f} s: {statuses}")
    _print_plan(summary)
    typer.echo(f"{summary.rows['cells']} cells, {summary.checks_failed} failing checks, written to {summary.out}")
    if summary.findings:
        typer.echo("most frequent findings:")
        for code, count in list(summary.findings.items())[:FINDINGS_SHOWN]:
            typer.echo(f"  {count:6d}  {code}")
    if summary.failures:
        typer.echo("failed:")
        for source, error in list(summary.failures.items())[:FAILURES_SHOWN]:
            typer.echo(f"  {source}: {error}")
        if len(summary.failures) > FAILURES_SHOWN:
            typer.echo(f"  and {len(summary.failures) - FAILURES_SHOWN} more, with status `failed` in table documents")


def _print_plan(summary: RunSummary) -> None:
    """What was read now, where not all of it was."""
    if summary.kept or summary.gone:
        read = sum(summary.read.values())
        moved = f" ({summary.moved} in another place)" if summary.moved else ""
        typer.echo(f"{read} read now, {summary.kept} as they were read before{moved}, {summary.gone} gone")
    for reason, count in summary.read.items():
        if reason not in ("new", "forced"):
            typer.echo(f"  {count:6d}  {describe(reason)}")


def _print_unmatched(unmatched: Sequence[str]) -> None:
    if unmatched:
        typer.echo(
            f"{len(unmatched)} rows of the metadata are used for no document, as there is none, or several that they may mean:"
        )
        for row in unmatched[:UNMATCHED_SHOWN]:
            typer.echo(f"  {row}")
        if len(unmatched) > UNMATCHED_SHOWN:
            typer.echo(f"  and {len(unmatched) - UNMATCHED_SHOWN} more")


def _console() -> Console:
    """A console as wide as the terminal, or as the widest table of the forms where there is none."""
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    return console if console.is_terminal else Console(highlight=False, markup=False, width=PLAIN_WIDTH)


def _show(report: Report) -> None:
    from rich.text import Text

    console = _console()
    meta = report.metadata
    console.print(Text(meta.title or report.source, style="bold"))
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
            console.print(f"{name}: {value}")
    flags = _flags(report)
    for table in dict.fromkeys(cell.table for cell in report.cells):
        console.print()
        console.print(_rendered([cell for cell in report.cells if cell.table == table], flags))
    if flags:
        console.print("! a finding points here    ≠ a failing check covers this", style="dim")
    failing = [check for check in report.checks if check.passed is False]
    if failing:
        console.print("\nfailing checks", style="bold")
    for check in failing:
        console.print(
            f"  {check.table}, {check.scope}: {check.check} ({check.formula}): "
            f"{check.left:.15g} against {check.right:.15g}, difference {check.difference:.15g}"
        )
    if report.findings:
        console.print("\nfindings", style="bold")
    for finding in report.findings:
        place = ", ".join(str(part) for part in (finding.table, finding.row, finding.column) if part)
        page = f"page {finding.page}: " if finding.page else ""
        console.print(f"  {finding.severity} {finding.code}: {page}{place + ': ' if place else ''}{finding.message}")


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
