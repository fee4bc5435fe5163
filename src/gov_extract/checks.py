"""The identities of a form, evaluated on what was read, in one report and over two years.

In: a form, the values of one table. Out: `Check` rows. A result is a row, never an exception.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from gov_extract.document import record
from gov_extract.forms import Form, Identity, load_forms
from gov_extract.forms.over_years import OverYears, scopes, terms_over_years
from gov_extract.schema import Cell, Check, State

# Sums of decimals in float64 are compared to this many places; printed figures have at most six.
PLACES = 6

_TABLE = itemgetter(*map(Cell._fields.index, ("form", "table")))
_HOLDS = itemgetter(*map(Cell._fields.index, ("row", "column", "state", "value")))

Values = Mapping[tuple[str, str], tuple[State, float | None]]


def evaluate(form: Form, table: str, values: Values) -> list[Check]:
    """Every identity of `table`, in every row or column.

    Parameters
    ----------
    values
        (row, column) → (state, value) for every cell of the table.

    Returns
    -------
    list of Check
        ``passed`` is None where the total is blank, all terms are blank, or any term is missing or unreadable.
    """
    spec = form.tables[table]
    scopes = {"column": [c.code for c in spec.columns], "row": [row.code for row in spec.rows]}
    results = []
    for identity in form.identities:
        if identity.table == table:
            formula = f"{' + '.join(identity.left)} = {' + '.join(identity.right)}"
            results += [_evaluate(identity, formula, scope, values) for scope in scopes[identity.each]]
    return results


def holds(identity: Identity, scope: str, values: Values) -> bool | None:
    """Whether an identity holds in one row or column; None where it says nothing (see `evaluate`)."""
    return _evaluate(identity, "", scope, values).passed


def terms(identity: Identity, scope: str) -> list[tuple[str, str]]:
    """The cells, as (row, column), that an identity takes in in one row or column."""
    return [_key(identity, term, scope) for term in (*identity.left, *identity.right)]


def _evaluate(identity: Identity, formula: str, scope: str, values: Values) -> Check:
    id_, table, each, first, second, total = identity
    left, right = _side(identity, first, scope, values), _side(identity, second, scope, values)
    where = f"{each}:{scope}"
    for state, _ in (*left, *right):
        if state == "missing" or state == "unreadable":
            return record(Check, (id_, "within", table, where, formula, None, None, None, None))
    a, b = (round(sum([value or 0.0 for _, value in side]), PLACES) for side in (left, right))
    difference = round(a - b, PLACES) + 0.0
    empty = values[_key(identity, total, scope)][1] is None
    if not empty:
        addends = right if len(first) == 1 else left + right
        empty = all(value is None for _, value in addends)
    passed = None if empty else difference == 0
    return record(Check, (id_, "within", table, where, formula, a, b, difference, passed))


def _key(identity: Identity, term: str, scope: str) -> tuple[str, str]:
    return (term, scope) if identity.each == "column" else (scope, term)


def _side(identity: Identity, side: Sequence[str], scope: str, values: Values) -> list[tuple[State, float | None]]:
    if identity.each == "column":
        return [values[term, scope] for term in side]
    return [values[scope, term] for term in side]


class Figure(NamedTuple):
    """What a cell holds, as far as cells of two reports are compared."""

    form: str
    state: str
    value: float | None
    unit: str | None


Figures = Mapping[tuple[str, str, str], Figure]
"""(table, row, column) → what that cell of a report holds."""


def evaluate_over_years(this: Figures, before: Figures) -> list[Check]:
    """Every relation over the years between a report and the same agency's about the year before.

    A table of which either report has none, or one of a form that the relation does not know, has no checks. ``passed`` is None
    where a term is missing or unreadable, one that has to be a figure is none, or the figures have several units.
    """
    forms = load_forms()
    of_this, of_before = ({key[0]: figure.form for key, figure in figures.items()} for figures in (this, before))
    results = []
    for table, form in of_this.items():
        for one in forms[form].over_years if form in forms else ():
            if one.table == table and of_before.get(table) in one.forms:
                results += [_over_years(one, code, this, before) for code in _scopes(one, form, of_before[table])]
    return [check for check in results if check is not None]


@cache
def _scopes(one: OverYears, form: str, before: str) -> tuple[str, ...]:
    return scopes(one, load_forms()[form], load_forms()[before])


def _over_years(one: OverYears, scope: str, this: Figures, before: Figures) -> Check | None:
    terms = [((before if prefix else this).get((one.table, *cell))) for prefix, cell in terms_over_years(one, scope)]
    # A reading of a version whose form had other rows.
    if None in terms:
        return None
    figures = [figure for figure in terms if figure is not None]
    named = (*one.left, *one.right)
    units = {figure.unit for figure in figures if figure.value is not None}
    sides: list[float | None] = []
    for place in (range(len(one.left)), range(len(one.left), len(named))):
        lost = any(figures[n].state in ("missing", "unreadable") for n in place)
        lost = lost or len(units) > 1 or any(figures[n].value is None for n in place if named[n] in one.read)
        sides.append(None if lost else round(sum(figures[n].value or 0.0 for n in place), PLACES))
    left, right = sides
    difference = None if left is None or right is None else round(left - right, PLACES) + 0.0
    formula = f"{' + '.join(one.left)} = {' + '.join(one.right)}"
    passed = None if difference is None else difference == 0
    return Check(one.id, "years", one.table, f"{one.each}:{scope}", formula, left, right, difference, passed)


def covers(check: Check, row: str, column: str, identities: Iterable[Identity]) -> bool:
    """Whether a check's scope takes in the cell at `row`, `column` of its table."""
    axis, _, code = check.scope.partition(":")
    if code != (column if axis == "column" else row):
        return False
    term = row if axis == "column" else column
    return any(term in (*identity.left, *identity.right) for identity in identities if identity.id == check.check)


def evaluate_cells(forms: Mapping[str, Form], cells: Iterable[Cell]) -> list[Check]:
    """The checks of all tables of a report, from its cells (rows that a report adds to the form take no part)."""
    values: dict[tuple[str, str], dict[tuple[str, str], tuple[State, float | None]]] = {}
    for (form, table), own in groupby(cells, key=_TABLE):
        known = {(row, column): (state, value) for row, column, state, value in map(_HOLDS, own) if row[:6] != "extra."}
        if known:
            values.setdefault((form, table), {}).update(known)
    return [check for (form, table), known in values.items() for check in evaluate(forms[form], table, known)]


def evaluate_row(identity: Identity, values: Values) -> bool | None:
    """An identity of kind ``row`` on the values of one nameless row (row code ``""``)."""
    return _evaluate(identity, "", "", values).passed
