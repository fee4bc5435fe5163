"""The prose held against the tables.

In: claims of the prose, the final cells. Out: checks of kind ``prose``, and a warning for each that fails. The warning names
the table and no row: text and table may count different bodies, so that neither is shown to be wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

from gov_extract.checks import PLACES
from gov_extract.document import Finding
from gov_extract.parse.prose.claims import Claim, Target, rules
from gov_extract.schema import Cell, Check


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
    printed = [cell.value for cell in cells if cell.value is not None]
    lost = any(cell.state in ("missing", "unreadable") for cell in cells)
    right = None if lost or not printed else round(sum(printed), PLACES)
    left = round(claim.value, PLACES)
    formula = f"text = {' + '.join(target.rows)}"
    difference = None if right is None else round(left - right, PLACES) + 0.0
    passed = None if difference is None else difference == 0
    return Check(claim.check, "prose", target.table, f"column:{target.column}", formula, left, right, difference, passed)


def _finding(claim: Claim, check: Check) -> Finding:
    message = (
        f"the text says “{claim.words}” ({check.left:.15g}), the table {check.right:.15g} "
        f"({check.formula.removeprefix('text = ')}): they may count different bodies"
    )
    return Finding("warning", "prose_disagrees", message, None, check.table)
