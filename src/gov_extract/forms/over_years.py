"""What holds between a report and that of the same agency about the year before: data of the forms, and its proof.

In: entries ``over_years`` of the form files. Out: `OverYears`, and the rows or columns in which they can be evaluated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from gov_extract.errors import FormError

if TYPE_CHECKING:
    from gov_extract.forms import Form

# What a term of the year before begins with.
BEFORE = "before."


class OverYears(NamedTuple):
    """A relation between a report and the same agency's about the year before, in every column or row that has its terms.

    sum(left) = sum(right); terms that begin with `BEFORE` are of the year before. `read` are the terms without which nothing
    can be said, `forms` the generations that the table of the year before may be of.
    """

    id: str
    table: str
    each: Literal["row", "column"]
    left: tuple[str, ...]
    right: tuple[str, ...]
    read: tuple[str, ...]
    forms: tuple[str, ...]
    why: str


def relation(entry: Mapping[str, Any]) -> OverYears:
    """The relation that an entry of a form file declares."""
    left, right, read, forms = (tuple(entry[name]) for name in ("left", "right", "read", "forms"))
    return OverYears(entry["id"], entry["table"], entry["each"], left, right, read, forms, entry["why"])


def prove_over_years(forms: Mapping[str, Form]) -> None:
    """Prove that what holds over the years has all its terms, in this form and in each that the year before may be of, and that
    they have one unit.

    Raises
    ------
    FormError
        With the form, the relation and the term at fault.
    """
    for form in forms.values():
        for one in form.over_years:
            where = f"form {form.id}: {one.id}"
            if set(one.read) - {*one.left, *one.right}:
                raise FormError(f"{where}: reads what is none of its terms")
            if not set(one.forms) <= forms.keys() or any(one.table not in forms[id_].tables for id_ in (form.id, *one.forms)):
                raise FormError(f"{where}: forms without the table {one.table!r}, or that there are none of")
            for before in one.forms:
                if not scopes(one, form, forms[before]):
                    raise FormError(f"{where}: no {one.each} has all its terms, in one unit, with form {before} before")


def scopes(one: OverYears, form: Form, before: Form) -> tuple[str, ...]:
    """The rows or columns in which `form`, and `before` for the year before, have all terms of a relation in one unit."""
    units = {
        prefix: {(row.code, column.code): column.unit for row in of.tables[one.table].rows for column in row.columns}
        for prefix, of in (("", form), (BEFORE, before))
    }
    table = form.tables[one.table]
    codes = [column.code for column in table.columns] if one.each == "column" else [row.code for row in table.rows]
    found = []
    for code in codes:
        sides = [units[prefix].get(cell) for prefix, cell in terms_over_years(one, code)]
        if None not in sides and len(set(sides)) == 1:
            found.append(code)
    return tuple(found)


def terms_over_years(one: OverYears, scope: str) -> list[tuple[str, tuple[str, str]]]:
    """The terms of a relation in a row or column, left side first: `BEFORE` or nothing, and the cell as (row, column)."""
    found = []
    for term in (*one.left, *one.right):
        code = term.removeprefix(BEFORE)
        found.append((BEFORE if code != term else "", (code, scope) if one.each == "column" else (scope, code)))
    return found
