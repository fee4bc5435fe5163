"""What a report got right, held against its truth.

In: a `Report` and the truth of a generated document. Out: a `Score`. The words are those of the data contract:

A cell is **silent** when its state is ``read`` and its value wrong, or a printed figure is reported as blank, dash or missing,
and neither a failing check whose scope covers it nor a finding of severity warning or error that names its table and row
points at it. No finding excuses a cell that the report does not have at all. A row that the report is
said to add (``extra.<n>``) is wrong where the document adds none, or has no such figure among the ``added`` of its truth. A
**flag** on a cell is any of these.

A figure that is printed and that nothing can read for certain (a font without Unicode) has the state ``unreadable`` in the
truth: any figure given for it is wrong. A truth without cells is that of a document in which nothing can be read: a cell that
is read all the same is invented. ``findings`` of a truth are codes that the report must have; ``doubtful`` are tables (or rows,
as TABLE/ROW) of which the page does not say which column is which, so that a flag on their cells is right.

``unread`` of a truth names tables or rows that are known not to be read, with the reason: a cell of theirs that is flagged and
not read is **excused**, and counted as nothing else. One that is read wrong, or not flagged, counts as ever.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gov_extract.checks import covers
from gov_extract.document import Finding
from gov_extract.forms import Identity, load_forms
from gov_extract.report import Report
from gov_extract.schema import Cell, Check

# Tags of documents that print rows or columns which the form has not: added ones, and a row under another one's label.
ADDING = frozenset({"extra_row", "mislabelled_row", "annex_extra", "annex_years", "annex_periods"})
Key = tuple[str, str, str]


class Wrong(NamedTuple):
    """A cell that is not as printed: what stands there, what was read, whether something points at it."""

    document: str
    key: Key
    printed: tuple[float | None, str]
    got: tuple[float | None, str]
    flagged: bool


@dataclass
class Score:
    """Counts over one or many documents; `flags` counts exact cells under a flag in documents with right sums."""

    documents: int = 0
    cells: int = 0
    exact: int = 0
    wrong: int = 0
    missing: int = 0
    silent: int = 0
    flags: int = 0
    clean_cells: int = 0
    planted: int = 0
    planted_found: int = 0
    forms_wrong: int = 0
    meta_wrong: int = 0
    sections_wrong: int = 0
    findings_wrong: int = 0
    failed: int = 0
    excused: int = 0
    errors: list[Wrong] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, other: Score) -> None:
        """Count another score in."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def score(name: str, report: Report, truth: Mapping[str, Any]) -> Score:
    """Hold one report against its truth."""
    result = Score(documents=1)
    if report.status == "failed" and truth["cells"]:
        result.failed = 1
        result.notes.append(f"{name}: failed: {report.error}")
    got: dict[Key, Cell] = {(c.table, c.row, c.column): c for c in report.cells}
    clean = not truth["failing"]
    pointed = flagged_rows(report.findings)
    identities = {form: spec.identities for form, spec in load_forms().items()}
    # A flag on a row says what is the matter where a figure of it cannot be read.
    unreadable = {(table, row) for table, row, _, _, state, *_ in truth["cells"] if state == "unreadable"}
    doubtful, unread = set(truth.get("doubtful", ())), set(truth.get("unread", ()))
    for table, row, column, value, state, *_ in truth["cells"]:
        key = (table, row, column)
        cell = got.get(key)
        result.cells += 1
        flagged = cell is not None and is_flagged(cell, pointed, report.checks, identities)
        sure = doubtful.isdisjoint((table, f"{table}/{row}"))
        counts = clean and state != "missing" and (table, row) not in unreadable and sure
        result.clean_cells += counts  # a flag on a cell that is not printed says what is the matter
        if (cell is None and state == "missing") or (cell is not None and same(cell, value, state)):
            result.exact += 1
            result.flags += counts and flagged
            continue
        state_got = cell.state if cell else "missing"
        if flagged and state_got != "read" and not unread.isdisjoint((table, f"{table}/{row}")):
            result.cells -= 1
            result.excused += 1
            result.clean_cells -= counts
            continue
        if state_got in ("missing", "unreadable"):
            result.missing += 1
        else:
            result.wrong += 1
        silent = not flagged and (state_got == "read" or (state == "read" and state_got != "unreadable"))
        result.silent += silent
        got_value = (cell.value if cell else None, state_got)
        result.errors.append(Wrong(name, key, (value, state), got_value, not silent))
    if not truth["cells"]:
        _invented(result, name, report)
    printed = {(table, row, column) for table, row, column, *_ in truth["cells"]}
    adds = not ADDING.isdisjoint(truth.get("tags", ()))  # a truth does not hold what these rows print
    added = Counter(truth.get("added", ()))
    for key, cell in got.items() if truth["cells"] and not adds else ():
        if key[1].startswith("extra.") and key not in printed and cell.state == "read":
            added[cell.value] -= 1
            if added[cell.value] >= 0:
                continue
            flagged = is_flagged(cell, pointed, report.checks, identities)
            result.wrong += 1
            result.silent += not flagged
            result.errors.append(Wrong(name, key, (None, "missing"), (cell.value, cell.state), flagged))
    _planted(result, report, truth)
    _rest(result, name, report, truth)
    return result


def same(cell: Cell, value: float | None, state: str) -> bool:
    """Whether a cell is as printed: its state, and its value to nine digits."""
    if cell.state != state:
        return False
    if value is None or cell.value is None:
        return value is None and cell.value is None
    return abs(cell.value - value) <= 1e-9 * max(1.0, abs(value))


def flagged_rows(findings: Sequence[Finding]) -> set[tuple[str, str]]:
    """(table, row) of every finding that warns: it covers the whole row, whichever column it names."""
    return {(f.table, f.row) for f in findings if f.severity in ("warning", "error") and f.table and f.row}


def is_flagged(
    cell: Cell, rows: set[tuple[str, str]], checks: Sequence[Check], identities: Mapping[str, Sequence[Identity]]
) -> bool:
    """Whether a warning names the cell's row, or a failing check takes it in."""
    if (cell.table, cell.row) in rows:
        return True
    return any(
        check.passed is False and check.table == cell.table and covers(check, cell.row, cell.column, identities[cell.form])
        for check in checks
    )


def _invented(result: Score, name: str, report: Report) -> None:
    """Figures given for a document in which none can be read."""
    for cell in report.cells:
        if cell.state == "read":
            result.wrong += 1
            result.silent += 1
            result.errors.append(
                Wrong(name, (cell.table, cell.row, cell.column), (None, "unreadable"), (cell.value, "read"), False)
            )


def _planted(result: Score, report: Report, truth: Mapping[str, Any]) -> None:
    """Sums that the agency got wrong: every one must be a failing check, and no other may fail."""
    # Sums of the tables: what the prose says of them is another matter, and was drawn apart from them.
    failing = {(c.check, c.table, c.scope) for c in report.checks if c.passed is False and c.kind == "within"}
    expected = {tuple(entry) for entry in truth["failing"]}
    result.planted = len(expected)
    result.planted_found = len(expected & failing)
    if expected - failing:
        result.notes.append(f"planted and not found: {sorted(expected - failing)}")
    if failing - expected and not expected:
        result.notes.append(f"failing though printed right: {sorted(failing - expected)[:3]}")


def _rest(result: Score, name: str, report: Report, truth: Mapping[str, Any]) -> None:
    """Findings that must be there, forms, metadata, sections of level 1."""
    lacking = set(truth.get("findings", ())) - {finding.code for finding in report.findings}
    if lacking:
        result.findings_wrong = 1
        result.notes.append(f"{name}: no finding {', '.join(sorted(lacking))}")
    forms = {cell.table: cell.form for cell in report.cells}
    expected = {table: form for table, form in truth["forms"].items() if form}
    if any(forms.get(table) != form for table, form in expected.items()):
        result.forms_wrong = 1
        result.notes.append(f"{name}: forms {forms}, printed {truth['forms']}")
    meta = truth["meta"]
    for column in ("agency", "report_year", "period_start", "period_end", "published_on"):
        if column in meta and meta[column] != getattr(report.metadata, column):
            result.meta_wrong += 1
            result.notes.append(f"{name}: {column} {getattr(report.metadata, column)!r}, printed {meta[column]!r}")
    codes = [section for level, _, _, section, *_ in truth["sections"] if level == 1]
    # A heading that is printed as a table's row may be taken for a section or left to its table.
    either = {section for _, _, _, section, *_ in truth["sections_in_tables"]}
    got = [s.section for s in report.sections if s.level == 1 and s.section not in either]
    if codes and codes != got:
        result.sections_wrong = 1
        result.notes.append(f"{name}: sections {got}, printed {codes}")
