"""The national forms as data, and the loader that proves each of them sound.

In: the form files of this folder, one a generation (``2021.toml``...). Out: `Form` objects. A new form is a new file.

Sources: 国办公开办函〔2021〕30号 (form 2021), 国办公开办函〔2019〕60号 (form 2019), the annex 政府信息公开情况统计表 (2014).
"""

from __future__ import annotations

import tomllib
from collections import Counter
from fnmatch import fnmatchcase
from functools import cache, cached_property
from importlib import resources
from typing import Any, Literal, NamedTuple

from gov_extract.errors import FormError
from gov_extract.forms.labels import normalise, strip_number
from gov_extract.forms.over_years import OverYears, prove_over_years, relation

Layout = Literal["blocks", "rows", "side_by_side", "indicators"]


class FormColumn(NamedTuple):
    """A column: `code` is the identifier in the data, `label` the official wording, `unit` that of its values."""

    code: str
    label: str
    aliases: tuple[str, ...]
    unit: str


class FormRow(NamedTuple):
    """A row with the columns that it has. `block` and `group` are codes, or None."""

    code: str
    label: str
    aliases: tuple[str, ...]
    columns: tuple[FormColumn, ...]
    block: str | None = None
    group: str | None = None


class FormGroup(NamedTuple):
    """A label that the form prints over or beside several rows: a group cell, or the title row of a block."""

    code: str
    label: str
    aliases: tuple[str, ...]
    parent: str | None = None


class Local(NamedTuple):
    """When a table of other indicators is a local annex: with `rows` rows, `telling` of them with one of the `words`."""

    rows: int
    telling: int
    words: tuple[str, ...]


class _FormTable(NamedTuple):
    """A table of a form. `corner` lists what its header holds beside the columns' labels, `over` what of it spans several
    columns on a line of its own.

    Of indicators only: `headings` are rows without figures over the rows of their group, `beside` the columns that are no value
    of the row (unit, number, cumulative figure...), `units` the units that stand for each other, `local` what a local annex is.
    """

    id: str
    layout: Layout
    rows: tuple[FormRow, ...]
    groups: tuple[FormGroup, ...]
    corner: tuple[str, ...]
    headings: tuple[FormGroup, ...] = ()
    beside: tuple[FormGroup, ...] = ()
    units: tuple[tuple[str, ...], ...] = ()
    local: Local | None = None
    over: tuple[str, ...] = ()


class FormTable(_FormTable):
    """A table of a form; what is asked of it for every document is found out once."""

    @cached_property
    def columns(self) -> tuple[FormColumn, ...]:
        """The distinct columns of all rows, in the form's order."""
        found: dict[str, FormColumn] = {}
        for row in self.rows:
            for column in row.columns:
                found.setdefault(column.code, column)
        return tuple(found.values())

    @cached_property
    def row_numbers(self) -> dict[tuple[str, str], int]:
        """The number of each row, by the table's id and the row's code."""
        return {(self.id, row.code): i for i, row in enumerate(self.rows)}


class Identity(NamedTuple):
    """A relation that holds in every column (`each` = ``column``, terms are rows) or row: sum(left) = sum(right)."""

    id: str
    table: str
    each: Literal["row", "column"]
    left: tuple[str, ...]
    right: tuple[str, ...]
    total: str


class Form(NamedTuple):
    """A generation: its tables by id, its identities, the years it was made for (first, last), the notice it is from."""

    id: str
    years: tuple[int, int]
    source: str
    tables: dict[str, FormTable]
    identities: tuple[Identity, ...]
    over_years: tuple[OverYears, ...] = ()


@cache
def load_forms() -> dict[str, Form]:
    """Every form of this package by id, newest first.

    Raises
    ------
    FormError
        When a form file contradicts itself.
    """
    folder = resources.files(__name__)
    raw = {}
    for entry in folder.iterdir():
        if entry.name.endswith(".toml"):
            data = tomllib.loads(entry.read_text("utf-8"))
            raw[data["id"]] = data
    forms = {id_: prove(build(id_, raw)) for id_ in sorted(raw, reverse=True)}
    prove_over_years(forms)
    return forms


def build(id_: str, raw: dict[str, dict[str, Any]]) -> Form:
    """The form `id_` from the parsed files `raw` (id → content); ``same_as`` takes a table from another form."""
    data = raw[id_]
    tables = {}
    for entry in data["table"]:
        if "same_as" in entry:
            table = _derive(build(entry["same_as"], raw).tables[entry["id"]], entry.get("replace", ()))
        elif entry["layout"] == "blocks":
            table = _blocks(entry)
        elif entry["layout"] == "indicators":
            table = _indicators(entry)
        else:
            columns = _columns(entry["columns"], entry.get("unit"))
            rows = tuple(_row(row, columns) for row in entry["rows"])
            over = tuple(entry.get("over", ()))
            table = FormTable(entry["id"], entry["layout"], rows, _groups(entry), tuple(entry.get("corner", ())), over=over)
        tables[table.id] = table
    identities = tuple(_identity(id_, entry, tables) for entry in _declared("identity", data, raw))
    over_years = tuple(relation(entry) for entry in _declared("over_years", data, raw))
    first, last = data["years"]
    return Form(id_, (first, last), data["source"], tables, identities, over_years)


def _declared(kind: str, data: dict[str, Any], raw: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The form's own entries of a kind, and those that come with its tables from other forms."""
    declared = list(data.get(kind, ()))
    for entry in data["table"]:
        if "same_as" in entry:
            declared += [i for i in raw[entry["same_as"]].get(kind, ()) if i["table"] == entry["id"]]
    return declared


def _columns(entries: list[dict[str, Any]], unit: str | None) -> tuple[FormColumn, ...]:
    return tuple(FormColumn(e["code"], e["label"], tuple(e["aliases"]), e.get("unit") or unit or "") for e in entries)


def _row(entry: dict[str, Any], columns: tuple[FormColumn, ...], block: str | None = None) -> FormRow:
    code = f"{block}.{entry['code']}" if block else entry["code"]
    return FormRow(code, entry["label"], tuple(entry["aliases"]), columns, block, entry.get("group"))


def _groups(entry: dict[str, Any], name: str = "groups") -> tuple[FormGroup, ...]:
    return tuple(FormGroup(g["code"], g["label"], tuple(g["aliases"]), g.get("parent")) for g in entry.get(name, ()))


def _indicators(entry: dict[str, Any]) -> FormTable:
    rows = tuple(_row(row, _columns(entry["columns"], row.get("unit"))) for row in entry["rows"])
    local = entry.get("local")
    return FormTable(
        entry["id"],
        "indicators",
        rows,
        (),
        tuple(entry.get("corner", ())),
        _groups(entry, "headings"),
        _groups(entry, "beside"),
        tuple(map(tuple, entry.get("units", ()))),
        Local(local["rows"], local["telling"], tuple(local["words"])) if local else None,
    )


def _blocks(entry: dict[str, Any]) -> FormTable:
    rows: list[FormRow] = []
    groups: list[FormGroup] = []
    for block in entry["block"]:
        columns = _columns(block["columns"], block.get("unit"))
        rows += [_row(row, columns, block["code"]) for row in block["rows"]]
        groups.append(FormGroup(block["code"], block["title"], tuple(block.get("aliases", ()))))
    return FormTable(entry["id"], "blocks", tuple(rows), tuple(groups), tuple(entry.get("corner", ())))


def _derive(base: FormTable, replacements: list[dict[str, Any]]) -> FormTable:
    rows, groups = list(base.rows), list(base.groups)
    for entry in replacements:
        places = [k for k, row in enumerate(rows) if row.code in entry["rows"]]
        if len(places) != len(entry["rows"]):
            raise FormError(f"table {base.id}: replace names rows that do not exist: {entry['rows']}")
        rows[places[0] : places[-1] + 1] = [_row(entry["by"], rows[places[0]].columns)]
        groups = [group for group in groups if group.code != entry.get("group")]
    return base._replace(rows=tuple(rows), groups=tuple(groups))


def _identity(form: str, entry: dict[str, Any], tables: dict[str, FormTable]) -> Identity:
    if entry["table"] not in tables:
        raise FormError(f"form {form}: identity {entry['id']} is about an unknown table {entry['table']!r}")
    table = tables[entry["table"]]
    codes = [row.code for row in table.rows] if entry["each"] == "column" else [c.code for c in table.columns]
    sides = []
    for side in (entry["left"], entry["right"]):
        terms: list[str] = []
        for pattern in side:
            hits = [code for code in codes if fnmatchcase(code, pattern)]
            if not hits:
                raise FormError(f"form {form}: identity {entry['id']}: no {entry['each']} term {pattern!r}")
            terms += hits
        sides.append(tuple(terms))
    if entry["total"] not in codes:
        raise FormError(f"form {form}: identity {entry['id']}: unknown total {entry['total']!r}")
    return Identity(entry["id"], entry["table"], entry["each"], sides[0], sides[1], entry["total"])


def prove(form: Form) -> Form:
    """The form itself, when it is sound.

    Proven: codes are unique; a label or alias names one row (of a block: one row of the table; of indicators: one row below a
    heading) and one column of a row;
    every term of an identity exists; every total (a row or column whose code is or ends in ``total``) is on one side of an
    identity alone.

    Raises
    ------
    FormError
        With the form, the table and the label or code at fault.
    """
    covered = {(i.table, i.left[0]) for i in form.identities if len(i.left) == 1}
    for table in form.tables.values():
        where = f"form {form.id}, table {table.id}"
        _unique(where, "row code", (row.code for row in table.rows))
        below = table.layout == "indicators"
        _unique(where, "row label", ((row.group, key) if below else key for row in table.rows for key in label_keys(row)))
        for row in table.rows:
            _unique(f"{where}, row {row.code}", "column code", (column.code for column in row.columns))
            _unique(f"{where}, row {row.code}", "column label", (key for c in row.columns for key in label_keys(c)))
            if any(not column.unit for column in row.columns):
                raise FormError(f"{where}, row {row.code}: a column has no unit")
            if row.group and row.group not in {group.code for group in (*table.groups, *table.headings)}:
                raise FormError(f"{where}, row {row.code}: unknown group {row.group!r}")
        totals = {c.code for c in table.columns} | {row.code for row in table.rows}
        for code in totals:
            if code.rsplit("_", 1)[-1] == "total" and table.layout != "blocks" and (table.id, code) not in covered:
                raise FormError(f"{where}: the total {code!r} is covered by no identity")
    return form


def label_keys(entry: FormRow | FormColumn | FormGroup) -> set[str]:
    """The normalised forms of a label and its aliases, with their numbering and without."""
    keys = set()
    for text in (entry.label, *entry.aliases):
        keys.add(normalise(text))
        keys.add(normalise(strip_number(text)[1]))
    return keys


def _unique(where: str, what: str, values: Any) -> None:
    for value, count in Counter(values).items():
        if count > 1:
            raise FormError(f"{where}: the {what} {value!r} is given twice")
