"""What people say of figures, laid over what was read.

In: the tables of a report, its corrections. Out: the cells with what the corrections say, their checks evaluated again, and
what became of each correction. What was printed (`raw`) stays as it was read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from gov_extract.checks import PLACES, evaluate
from gov_extract.document import Finding
from gov_extract.forms import load_forms
from gov_extract.parse.prose.against import both_sides, held_again
from gov_extract.parse.settle import failing_check
from gov_extract.schema import Cell, Check
from gov_extract.store.corrections import Correction
from gov_extract.store.entries import Facts
from gov_extract.store.readings import Tables
from gov_extract.store.shards import plain_schema

if TYPE_CHECKING:
    import pyarrow as pa

# What becomes of a correction: the codes of findings.
APPLIED, CONFIRMED, MET, STALE, NO_CELL = OUTCOMES = (
    "figure_corrected", "figure_confirmed", "correction_met", "correction_stale", "correction_without_cell",
)  # fmt: skip
REFUSED = frozenset({STALE, NO_CELL})

Row = dict[str, Any]
Key = tuple[str, str, str]


class Mended(NamedTuple):
    """A report with its corrections: its tables, what its row in ``documents`` says of them, and a finding a correction."""

    tables: Tables
    facts: Facts | None
    findings: tuple[Finding, ...]


def mend(tables: Tables, corrections: Sequence[Correction]) -> Mended:
    """Lay corrections over a report, one after the other; `Mended.facts` is None where no figure is another than before."""
    cells = tables["cells"].to_pylist() if "cells" in tables else []
    findings = correct(cells, corrections)
    if not any(finding.code == APPLIED for finding in findings):
        return Mended(tables, None, findings)
    (document,) = tables["documents"].to_pylist()
    changed = {finding.table for finding in findings if finding.code == APPLIED}
    again = _checks(cells, {table for table in changed if table is not None})
    old, new = _checked(tables, again, cells)
    rows = {"cells": cells, "checks": new, "findings": _told(tables, again, old, new, cells)}
    same = {"document_id": document["document_id"], "report_year": document["report_year"]}
    mended = {name: _batch([{**same, **row} for row in own], name) for name, own in rows.items() if own}
    whole = {cell["state"] for cell in cells} <= {"read", "blank", "dash", "corrected"}
    read = sum(cell["state"] in ("read", "corrected") for cell in cells)
    failed = sum(row["passed"] is False and row["kind"] == "within" for row in new)
    return Mended({**tables, **mended}, Facts("complete" if whole else "partial", read, failed), findings)


def correct(cells: Sequence[Row], corrections: Sequence[Correction]) -> tuple[Finding, ...]:
    """Lay corrections over cells, in place; what became of each."""
    known: dict[Key, Row] = {(cell["table"], cell["row"], cell["column"]): cell for cell in cells}
    return tuple(_correct(known.get((one.table, one.row, one.column)), one) for one in corrections)


def _correct(cell: Row | None, one: Correction) -> Finding:
    who = f"{one.by}, {one.on}: {one.reason}"
    where = (one.table, one.row, one.column)
    if cell is None:
        message = f"the document has no cell {', '.join(where)}: the correction to {_figure(one.value)} is not applied ({who})"
        return Finding("warning", "correction_without_cell", message, None, *where)
    place = (cell["page"], *where)
    now = _figure(cell["value"]) if cell["value"] is not None else cell["state"]
    same = _same(cell["value"], one.value)
    if not _matches(cell, one.was):
        if same:
            message = f"the reading is now what a correction says, {_figure(one.value)}: it is no longer needed ({who})"
            return Finding("info", "correction_met", message, *place)
        message = (
            f"the correction of {_figure(one.was)} to {_figure(one.value)} is not applied: the reading is now {now} ({who})"
        )
        return Finding("warning", "correction_stale", message, *place)
    if same:
        return Finding("info", "figure_confirmed", f"{now} is what the page prints ({who})", *place)
    cell["value"], cell["state"] = one.value, "corrected"
    return Finding("info", "figure_corrected", f"{now} is corrected to {_figure(one.value)} ({who})", *place)


def _matches(cell: Row, was: float | str | None) -> bool:
    """Whether a cell holds what a correction says that it does: a figure, none, or characters as printed."""
    if isinstance(was, str):
        return cell["raw"] is not None and cell["raw"].strip() == was
    return _same(cell["value"], was)


def _same(a: float | None, b: float | None) -> bool:
    return a is b if a is None or b is None else round(a, PLACES) == round(b, PLACES)


def _figure(value: float | str | None) -> str:
    return "no figure" if value is None else repr(value) if isinstance(value, str) else f"{value:.15g}"


def _checks(cells: Sequence[Row], changed: set[str]) -> dict[str, list[Check]]:
    """Table → its checks, of the changed ones; those of a version whose form had other rows keep the checks that they have."""
    found = {}
    for table in sorted(changed):
        own = [cell for cell in cells if cell["table"] == table and not cell["row"].startswith("extra.")]
        form = load_forms().get(own[0]["form"]) if own else None
        values = {(cell["row"], cell["column"]): (cell["state"], cell["value"]) for cell in own}
        spec = form.tables.get(table) if form else None
        if form and spec and all((row.code, column.code) in values for row in spec.rows for column in row.columns):
            found[table] = evaluate(form, table, values)
    return found


def _checked(tables: Tables, again: Mapping[str, list[Check]], cells: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """The checks as they were, and as they are: one of the table, row for row, where it was evaluated again."""
    old = tables["checks"].to_pylist() if "checks" in tables else []
    figures = {(cell["table"], cell["row"], cell["column"]): (cell["state"], cell["value"]) for cell in cells}
    fresh = {(check.table, check.check, check.scope): check for checks in again.values() for check in checks}
    new = []
    for row in old:
        check = fresh.get((row["table"], row["check"], row["scope"])) if row["kind"] == "within" else None
        if row["kind"] == "prose":
            check = held_again(_check(row), figures)
        new.append(row if check is None else {**row, **check._asdict()})
    return old, new


def _check(row: Row) -> Check:
    return Check(*(row[name] for name in Check._fields))


def _told(
    tables: Tables, again: Mapping[str, list[Check]], old: Sequence[Row], new: Sequence[Row], cells: Sequence[Row]
) -> list[Row]:
    """The findings, those about checks as the checks are now."""
    findings = tables["findings"].to_pylist() if "findings" in tables else []
    kept = [row for row in findings if not (row["code"] == "sum_fails" and row["table"] in again)]
    for was, now in zip(old, new, strict=True):
        if was["kind"] == "prose" and now != was:
            head = "the text's figure"
            if was["passed"] is False:
                end = both_sides(_check(was))
                about = [row for row in kept if row["code"] == "prose_disagrees" and row["message"].endswith(end)]
                kept = [row for row in kept if row not in about]
                head = about[0]["message"].removesuffix(end) if about else head
            if now["passed"] is False:
                message = head + both_sides(_check(now))
                kept.append(Finding("warning", "prose_disagrees", message, None, now["table"])._asdict())
    of = [Cell(*(cell[name] for name in Cell._fields)) for cell in cells if cell["table"] in again]
    failing = (failing_check(check, of) for checks in again.values() for check in checks if check.passed is False)
    return [*kept, *(finding._asdict() for finding in failing)]


def _batch(rows: Sequence[Row], table: str) -> pa.RecordBatch:
    import pyarrow as pa

    schema = plain_schema(table)
    return pa.RecordBatch.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)
