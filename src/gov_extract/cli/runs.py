"""The commands about what runs have left behind: ``status``, ``diff``, ``publish``, ``clean``.

In: output folders. Out: text or JSON, and an exit code.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gov_extract.cli.exits import DIFFERENT, SOME_FAILED, USAGE, fail
from gov_extract.errors import DatasetError

if TYPE_CHECKING:
    from gov_extract.run.diff import Change, Figure
    from gov_extract.run.status import Rerun, Status

# Documents named one by one for each reason; `--json` names all.
NAMED = 20
REASONS = {
    "new": "new",
    "changed": "changed, or renamed so that another agency or year can be read from the name",
    "upgraded": "read by another version of this program",
    "lost": "their readings are damaged or gone",
    "tried_again": "could not be opened, or took a worker with them: tried again",
    "other_limits": "refused for a limit that is another now",
}
# What becomes of corrections, in words.
OUTCOMES = {
    "figure_corrected": "applied",
    "figure_confirmed": "confirmed",
    "correction_met": "no longer needed",
    "correction_stale": "of another reading and not applied",
    "correction_without_cell": "without a cell",
    "correction_unusable": "not understood",
    "document_absent": "of documents that are not there",
}

Out = Annotated[Path, typer.Argument(metavar="OUT", exists=True, file_okay=False, help="An output folder of `extract`.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


def status_command(out: Out, as_json: AsJson = False) -> None:
    """Print what is in OUT, what failed and why, and what a rerun would do. Nothing is changed."""
    from gov_extract.run.status import status

    try:
        found = status(out)
    except DatasetError as error:
        fail(error.message, USAGE)
    if as_json:
        told = {**found._asdict(), "out": str(found.out), "rerun": found.rerun._asdict() if found.rerun else None}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        _print_status(found)


def diff_command(
    old: Annotated[Path, typer.Argument(metavar="OUT1", exists=True, file_okay=False, help="The older output folder.")],
    new: Annotated[Path, typer.Argument(metavar="OUT2", exists=True, file_okay=False, help="The newer output folder.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Print which figures differ between two runs: document, table, row, column, old and new.

    Exit codes: 0 none, 1 some, 2 wrong usage or no dataset.
    """
    from gov_extract.run.diff import diff

    changes = documents = 0
    last = None
    try:
        for change in diff(old, new):
            changes += 1
            documents += change.document_id != last
            last = change.document_id
            typer.echo(json.dumps(_as_json(change), ensure_ascii=False) if as_json else _line(change))
    except DatasetError as error:
        fail(error.message, USAGE)
    if not as_json:
        typer.echo(f"{changes} changes in {documents} documents" if changes else "no figure differs")
    if changes:
        raise typer.Exit(DIFFERENT)


def clean_command(out: Out) -> None:
    """Delete what was read of documents that are no longer in the tables. The tables are not changed."""
    from gov_extract.store import clean
    from gov_extract.store.index import open_index
    from gov_extract.store.lock import locked

    try:
        with locked(out), open_index(out) as index:
            count = clean(index)
    except DatasetError as error:
        fail(error.message, USAGE)
    typer.echo(f"{count} readings of documents that are gone were deleted")


def publish_command(out: Out) -> None:
    """Make the tables of OUT anew from what was read, with OUT/corrections.yaml. No document is opened."""
    from gov_extract.store.index import look_into_index, open_index
    from gov_extract.store.lock import locked
    from gov_extract.store.publishing import publish_index

    try:
        # Nothing is written to a folder that is no dataset, nor are tables emptied whose documents are not known any more.
        with look_into_index(out) as known:
            if not any(known.rows()):
                fail(f"{out}: which documents the tables hold is not known any more; run `gov-extract extract` again", USAGE)
        with locked(out), open_index(out) as index:
            published = publish_index(index)
    except DatasetError as error:
        fail(error.message, USAGE)
    typer.echo(f"{published.rows['documents']} documents; years written: {', '.join(published.years) or 'none'}")
    print_corrections(published.corrections.outcomes, published.corrections.refused)
    if published.torn:
        fail(f"{len(published.torn)} readings were damaged and are gone; run `gov-extract extract` again", SOME_FAILED)


def print_corrections(outcomes: Mapping[str, int], refused: Sequence[str]) -> None:
    """Print what became of the corrections, and which of them are not applied."""
    if outcomes:
        typer.echo("corrections.yaml: " + ", ".join(f"{count} {OUTCOMES[code]}" for code, count in outcomes.items()))
        _print_some(refused)


def _print_status(status: Status) -> None:
    typer.echo(f"{status.out}: {', '.join(status.roots)}")
    if status.held:
        typer.echo(f"a run is under way: {status.held}")
    elif status.finished is None:
        typer.echo("the last run did not end; run again")
    else:
        typer.echo(f"last run ended {status.finished}")
    typer.echo(f"tables: {status.damage or 'whole'}")
    statuses = ", ".join(f"{count} {name}" for name, count in sorted(status.statuses.items()))
    typer.echo(f"{sum(status.statuses.values())} documents: {statuses}")
    typer.echo("years: " + ", ".join(f"{year} ({count})" for year, count in status.years.items()))
    if status.failures:
        typer.echo("failed:")
        _print_some([f"{source}: {error}" for source, error in status.failures.items()])
    if status.spare and status.finished is not None:
        typer.echo(f"{status.spare} readings of documents that are gone are kept; `gov-extract clean` deletes them")
    print_corrections(status.corrections, status.refused)
    if not status.mended:
        typer.echo("corrections.yaml has changed since; `gov-extract publish` or a rerun applies it")
    if status.rerun is None:
        typer.echo(f"what a rerun would do cannot be told: {status.obstacle}")
    else:
        _print_rerun(status.rerun)


def _print_rerun(rerun: Rerun) -> None:
    typer.echo(f"a rerun keeps what was read of {rerun.kept} documents ({rerun.moved} moved) and reads {len(rerun.read)}")
    for reason, count in Counter(rerun.read.values()).most_common():
        typer.echo(f"  {count} {describe(reason)}:")
        _print_some([source for source, why in rerun.read.items() if why == reason], "    ")
    if rerun.archives:
        typer.echo(f"  {len(rerun.archives)} of these are archives: of what they hold, it reads what it does not know")
    if rerun.gone:
        typer.echo(f"  {len(rerun.gone)} documents are gone and leave the tables:")
        _print_some(rerun.gone, "    ")


def describe(reason: str) -> str:
    """A reason to read a document, in words."""
    if reason.startswith("installed_"):
        return f"failed or lack pages for want of {reason.removeprefix('installed_')}, which is installed now"
    return REASONS.get(reason, reason)


def _print_some(lines: Iterable[str], indent: str = "  ") -> None:
    lines = list(lines)
    for line in lines[:NAMED]:
        typer.echo(indent + line)
    if len(lines) > NAMED:
        typer.echo(f"{indent}and {len(lines) - NAMED} more")


def _as_json(change: Change) -> dict[str, object]:
    return {**change._asdict(), "old": _value(change.old), "new": _value(change.new)}


def _value(value: Figure | str | int | bool | None) -> object:
    return value._asdict() if isinstance(value, tuple) else value


def _line(change: Change) -> str:
    what = change.column if change.table == "documents" else f"{change.table}, {change.row}, {change.column}"
    return f"{change.source} ({change.document_id}): {what}: {_told(change.old)} → {_told(change.new)}"


def _told(value: Figure | str | int | bool | None) -> str:
    if value is None:
        return "not there"
    if isinstance(value, tuple):
        # All that makes figures differ, and each figure with every digit that it has.
        figure = () if value.value is None else (repr(value.value).removesuffix(".0"),)
        return " ".join(part for part in (*figure, value.unit, f"({value.state})") if part)
    return str(value)
