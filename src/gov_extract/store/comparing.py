"""Reports held against each other: against the same agency's of the year before, and against copies of the same year.

In: `Entry`s, and the readings of those that they name. Out: checks of kind ``years``, and findings. No figure is changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from gov_extract.checks import PLACES, Figure, Figures, evaluate_over_years
from gov_extract.document import Finding
from gov_extract.schema import Check
from gov_extract.store.entries import Entry, Reading
from gov_extract.store.mending import correct
from gov_extract.store.readings import Readings, Tables

if TYPE_CHECKING:
    import pyarrow as pa

# Copies and columns that a finding about a row names; it says how many others there are.
_NAMED = 3
_COLUMNS = ("table", "row", "column", "form", "state", "value", "unit", "raw", "page")


class Compared(NamedTuple):
    """What the comparisons of a report came to."""

    checks: tuple[Check, ...] = ()
    findings: tuple[Finding, ...] = ()


class _Difference(NamedTuple):
    """A cell of which a copy prints otherwise, each side as a message shows it."""

    column: str
    own: str
    other: str


def compare(entry: Entry, tables: Tables, readings: Readings) -> Compared:
    """Hold a report, its tables corrected, against those that its entry names."""
    if not entry.peers and entry.before is None:
        return Compared()
    own = _figures(tables.get("cells"))
    checks = evaluate_over_years(own, _figures_of(entry.before, readings)) if entry.before is not None else []
    differing = [_year_finding(check, entry.before.source) for check in checks if entry.before and check.passed is False]
    return Compared(tuple(checks), (*differing, *_copies(entry, own, readings)))


def _figures_of(reading: Reading, readings: Readings) -> Figures:
    batch = readings.tables(reading).get("cells")
    if batch is None or not reading.corrections:
        return _figures(batch)
    cells = batch.select(list(_COLUMNS)).to_pylist()
    correct(cells, reading.corrections)
    return {
        (cell["table"], cell["row"], cell["column"]): Figure(cell["form"], cell["state"], cell["value"], cell["unit"])
        for cell in cells
    }


def _figures(batch: pa.RecordBatch | None) -> Figures:
    if batch is None:
        return {}
    table, row, column, form, state, value, unit = (batch.column(name).to_pylist() for name in _COLUMNS[:7])
    return dict(zip(zip(table, row, column, strict=True), map(Figure, form, state, value, unit), strict=True))


def _year_finding(check: Check, before: str) -> Finding:
    axis, _, code = check.scope.partition(":")
    term = check.formula.partition(" = ")[0].partition(" + ")[0]
    row, column = (term, code) if axis == "column" else (code, term)
    message = (
        f"{check.check}, {check.scope}: {check.left:.15g} against {check.right:.15g} ({check.formula}); "
        f"the year before is {before}"
    )
    return Finding("info", "years_differ", message, None, check.table, row, column)


# ── Copies ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _copies(entry: Entry, own: Figures, readings: Readings) -> list[Finding]:
    """What the other documents of the agency and year print otherwise: a finding a row, on either side."""
    findings = []
    sure = entry.known.get("agency_id") is not None
    if entry.because is not None:
        unsure = "" if sure else "; both give the same name, but not whose it is: they may be of two agencies"
        message = f"{entry.peers[0].source} stands for this agency and year: {entry.because}{unsure}"
        findings.append(Finding("info", "copy_of", message))
    rows: dict[tuple[str, str], list[tuple[str, list[_Difference]]]] = {}
    for peer in entry.peers:
        for where, found in _differences(own, _figures_of(peer, readings)).items():
            rows.setdefault(where, []).append((peer.source, found))
    for (table, row), told in rows.items():
        named = "; ".join(f"{source} has {_listed(found)}" for source, found in told[:_NAMED])
        more = f"; so have {len(told) - _NAMED} more documents" if len(told) > _NAMED else ""
        columns = {one.column for _, found in told for one in found}
        column = columns.pop() if len(columns) == 1 else None
        message = f"another document of this agency and year prints otherwise: {named}{more}"
        findings.append(Finding("warning", "copies_differ", message, None, table, row, column))
    return findings


def _differences(own: Figures, other: Figures) -> Mapping[tuple[str, str], list[_Difference]]:
    """(table, row) → the cells in which two documents print otherwise.

    A figure differs from another in the same unit, and, unless it is 0, from a blank. What could not be read says nothing, nor
    do rows that the report adds to the form.
    """
    rows: dict[tuple[str, str], list[_Difference]] = {}
    for (table, row, column), mine in own.items():
        theirs = other.get((table, row, column))
        if theirs is not None and not row.startswith("extra.") and _differ(mine, theirs):
            rows.setdefault((table, row), []).append(_Difference(column, _shown(mine), _shown(theirs)))
    return rows


def _differ(a: Figure, b: Figure) -> bool:
    if not {a.state, b.state}.isdisjoint(("missing", "unreadable")):
        return False
    if a.value is not None and b.value is not None:
        return a.unit == b.unit and round(a.value, PLACES) != round(b.value, PLACES)
    # One of them at most is a figure: a blank stands for 0.
    return bool(a.value or b.value)


def _shown(figure: Figure) -> str:
    return figure.state if figure.value is None else f"{figure.value:.15g}"


def _listed(found: Sequence[_Difference]) -> str:
    named = ", ".join(f"{one.other} for {one.own} ({one.column})" for one in found[:_NAMED])
    return named + (f" and {len(found) - _NAMED} more" if len(found) > _NAMED else "")
