"""The commands that work on finished tables: ``export``, ``query``, ``score``.

In: an output folder of ``gov-extract extract``. Out: files, or what is printed; exit codes as in `gov_extract.cli`.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gov_extract.cli.exits import DIFFERENT, USAGE, fail
from gov_extract.errors import DatasetError, GovExtractError, MissingExtraError, TruthError

if TYPE_CHECKING:
    from gov_extract.dataset import Dataset
    from gov_extract.dataset.score import Judged

# Rows that a query prints as a table; --csv and --json print all.
ROWS_SHOWN = 100
# Columns of text where no terminal says how wide it is.
PLAIN_WIDTH = 160

_Out = Annotated[Path, typer.Argument(metavar="OUT", help="What `gov-extract extract ... -o OUT` has written.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("export")(export_command)
    app.command("query")(query_command)
    app.command("score")(score_command)


def export_command(
    out: _Out,
    to: Annotated[
        Literal["csv", "xlsx", "dta", "duckdb", "feather"],
        typer.Option("--to", help="The format: CSV, a workbook, Stata, a DuckDB database, Feather (Arrow)."),
    ],
    dest: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="DEST", help="Folder to write to; for xlsx and duckdb also a file DEST.xlsx, DEST.duckdb."
        ),
    ],
    table: Annotated[
        list[str] | None,
        typer.Option(
            "--table", "-t", metavar="NAME", help="A table, `panel` or `indicators`; may be repeated. All by default."
        ),
    ] = None,
    headers: Annotated[
        Literal["code", "zh"], typer.Option("--headers", help="Columns under their codes, or under Chinese labels.")
    ] = "code",
) -> None:
    """Write the tables, the panel and the indicators for another program.

    With them go `datapackage.json` and `codebook.csv`, which say what every column is. In CSV a text that a spreadsheet
    would take for a formula has an apostrophe before it.
    """
    dataset = _opened(out)
    try:
        exported = dataset.export(to, dest, tables=table or None, headers=headers)
    except GovExtractError as error:
        fail(error.message, USAGE)
    for name, rows in exported.rows.items():
        typer.echo(f"{name}: {rows} rows")
    for note in exported.notes:
        typer.echo(f"note: {note}", err=True)
    typer.echo(f"{len(exported.files)} files written to {dest}")


def query_command(
    out: _Out,
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT over the tables, `panel` and `indicators`.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print all rows as JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print all rows as CSV.")] = False,
) -> None:
    """Ask the tables in SQL (DuckDB).

    `table`, `row`, `column`, `check` and codes with dots are written in double quotes. The query reads the tables of OUT and
    nothing else, and writes nothing.
    """
    if as_json and as_csv:
        fail("choose one of --json and --csv", USAGE)
    dataset = _opened(out)
    from gov_extract.dataset.query import query

    try:
        answer = query(dataset, sql)
        if as_json:
            rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
            typer.echo(json.dumps(rows, ensure_ascii=False, indent=1, default=_plain))
        elif as_csv:
            _print_csv(answer.columns, answer.rows)
        else:
            _print_table(answer.columns, answer.rows)
    except GovExtractError as error:
        fail(error.message, USAGE)


def score_command(
    out: _Out,
    truth: Annotated[
        Path,
        typer.Option("--truth", metavar="FILE", exists=True, dir_okay=False, help="CSV or XLSX with figures typed by hand."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print every figure with its outcome as JSON.")] = False,
) -> None:
    """Hold what was read against figures that you typed from the reports.

    FILE has a row a figure (document, table, row, column or code, value) or a row a document and a column a code. Exit
    code 0: every figure is as typed, or something in the data points at it; 1: some are not, and nothing does; 2: FILE or OUT
    cannot be used.
    """
    from gov_extract.dataset.score import OUTCOMES, score

    try:
        result = score(_opened(out), truth)
    except (DatasetError, TruthError, MissingExtraError) as error:
        fail(error.message, USAGE)
    if as_json:
        rows = [_judged(one) for one in result.judged]
        summary = {**result.counts, "alarms": result.alarms}
        typer.echo(json.dumps({"counts": summary, "figures": rows}, ensure_ascii=False, indent=1))
    else:
        counts = result.counts
        typer.echo(f"{len(result.judged)} figures: " + ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES))
        if result.alarms:
            typer.echo(f"{result.alarms} of the exact ones have a finding or a failing check")
        different = [_judged(one) for one in result.judged if one.outcome != "exact"]
        if different:
            columns = ("line", "document", "code", "typed", "read", "state", "outcome")
            _print_table(columns, ([row[name] for name in columns] for row in different), shown=len(different))
    if result.silent:
        raise typer.Exit(DIFFERENT)


def _judged(one: Judged) -> dict[str, Any]:
    stated = one.stated
    return {
        "line": stated.line,
        "document": one.source or ", ".join(stated.document.values()),
        "document_id": one.document_id,
        "code": f"{stated.table}.{stated.row}.{stated.column}",
        "typed": stated.value,
        "read": one.value,
        "raw": one.raw,
        "state": one.state,
        "flagged": one.flagged,
        "outcome": one.outcome,
    }


def _opened(out: Path) -> Dataset:
    from gov_extract.dataset import open_dataset

    try:
        return open_dataset(out)
    except DatasetError as error:
        fail(error.message, USAGE)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else str(value)


def _print_csv(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    from gov_extract.dataset.export.writers import safe_text

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([safe_text(name) for name in columns])
    for row in rows:
        writer.writerow([safe_text(value) if isinstance(value, str) else value for value in row])


def _print_table(columns: Iterable[str], rows: Iterable[Iterable[Any]], *, shown: int = ROWS_SHOWN) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=PLAIN_WIDTH)
    table = Table(box=box.SIMPLE)
    for name in columns:
        table.add_column(Text(name), overflow="fold")
    waiting = iter(rows)
    for row in islice(waiting, shown):
        table.add_row(*(_cell(value) for value in row))
    console.print(table)
    # Not counted: a query can have more rows than anyone can wait for.
    if next(waiting, None) is not None:
        console.print(f"there are more than these {shown} rows; --csv or --json prints all")


def _cell(value: Any) -> Any:
    from rich.text import Text

    if value is None:
        return Text("")
    return Text(f"{value:.15g}" if isinstance(value, float) else str(value))
