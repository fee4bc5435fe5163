"""The prose held against the tables.

In: claims of the prose, the final cells. Out: checks of kind ``prose``, and a warning for each that fails. The warning names
the table and no row: text and table may count different bodies, so that neither is shown to be wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gov_extract.checks import PLACES
from gov_extract.document import Finding
from gov_extract.parse.prose.claims import Claim, Target, rules
from gov_extract.schema import Cell, Check

# How the formula of a check begins: the text's figure is its left side.
_TEXT = "text = "


def check_claims(claims: Sequence[Claim], cells: Sequence[Cell]) -> tuple[tuple[Check, ...], tuple[Finding, ...]]:
    """A check for every claim of which a table has the figure; ``passed`` is None where the table's place holds none."""
    if not claims or not cells:
        return (), ()
    known = {(cell.table, cell.row, cell.column): cell for cell in cells}
    targets = {rule.check: rule.targets for rule in rules()}
    checks: list[Check] = []
    findings: list[Finding] = []
    for claim in claims:
        for target in targets[claim.check]:
            if all((target.table, row, target.column) in known for row in target.rows):
                check = _check(claim, target, [known[target.table, row, target.column] for row in target.rows])
                checks.append(check)
                if check.passed is False:
                    findings.append(_finding(claim, check))
    return tuple(checks), tuple(findings)


def _check(claim: Claim, target: Target, cells: Sequence[Cell]) -> Check:
    right = _printed([(cell.state, cell.value) for cell in cells])
    formula, scope = _TEXT + " + ".join(target.rows), f"column:{target.column}"
    left = round(claim.value, PLACES)
    return _compared(Check(claim.check, "prose", target.table, scope, formula, left, right, None, None))


def _printed(figures: Sequence[tuple[str, float | None]]) -> float | None:
    """The sum of a table's figures, None where any is lost or there is none."""
    printed = [value for _, value in figures if value is not None]
    lost = any(state in ("missing", "unreadable") for state, _ in figures)
    return None if lost or not printed else round(sum(printed), PLACES)


def _compared(check: Check) -> Check:
    difference = None if check.left is None or check.right is None else round(check.left - check.right, PLACES) + 0.0
    return check._replace(difference=difference, passed=None if difference is None else difference == 0)


def _finding(claim: Claim, check: Check) -> Finding:
    return Finding("warning", "prose_disagrees", f"the text says “{claim.words}”{both_sides(check)}", None, check.table)


def both_sides(check: Check) -> str:
    """How the message of a failing check of the prose ends."""
    rows = check.formula.removeprefix(_TEXT)
    return f" ({check.left:.15g}), the table {check.right:.15g} ({rows}): they may count different bodies"


def held_again(check: Check, figures: Mapping[tuple[str, str, str], tuple[str, float | None]]) -> Check:
    """A check of the prose on other figures of its table, (table, row, column) → (state, value); the check itself where they
    are not all there."""
    column = check.scope.removeprefix("column:")
    keys = [(check.table, row, column) for row in check.formula.removeprefix(_TEXT).split(" + ")]
    if check.left is None or not all(key in figures for key in keys):
        return check
    right = _printed([figures[key] for key in keys])
    return _compared(check._replace(right=right))
