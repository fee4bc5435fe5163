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
from gov_extract.cli.showing import console, show
from gov_extract.errors import DatasetError, ReadError, SidecarError

if TYPE_CHECKING:
    from rich.console import Console

    from gov_extract.report import Report
    from gov_extract.run import Progress, RunSummary

STATUSES = ("complete", "partial", "no_tables", "failed")
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
            show(report)
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

    screen = console()
    table = Table(box=box.SIMPLE, show_lines=False)
    for heading in ("kind", "extensions", "read", "through", "what to do"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "read")
    for one in known:
        advice = one.advice or (f"for pages that are pictures: {one.pictures.install}" if one.pictures else "")
        read = Text("yes", style="green") if one.read else Text("no", style="yellow" if one.needs else "dim")
        through = one.needs.name if one.needs else ""
        table.add_row(one.kind.title, " ".join(one.kind.extensions), read, through, Text(advice))
    screen.print(table)


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
