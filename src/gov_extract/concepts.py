"""Which figures of the three generations mean the same: the columns of a panel, and the indicators made of them.

In: the forms, ``data/concepts.toml``, ``data/indicators.toml``, ``data/codes.toml``. Out: `Concept`s and `Indicator`s, proven
complete: every concept has, for every form, the cells that it is the sum of, or the reason why it has none.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from gov_extract.errors import FormError
from gov_extract.forms import Form, load_forms
from gov_extract.report import row_paths


class Concept(NamedTuple):
    """A column of a panel, ``table.row.column``.

    `sources` holds form → the cells (codes of the same kind) whose sum it is; `why` what speaks for those of
    ``data/concepts.toml``. `lacking` holds form → why that form has no counterpart, `near` form → what looks alike and is not.
    """

    code: str
    table: str
    row: str
    column: str
    unit: str
    label: str
    label_en: str
    sources: Mapping[str, tuple[str, ...]]
    why: Mapping[str, str]
    lacking: Mapping[str, str]
    near: Mapping[str, tuple[str, ...]]

    @property
    def counted(self) -> bool:
        """Whether its figures are counts: whole numbers."""
        return self.unit != "万元"


class Indicator(NamedTuple):
    """A ratio of two sums of concepts; `lacking` holds form → why the figures of that form make no such ratio."""

    id: str
    label: str
    label_en: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    lacking: Mapping[str, str] = {}


class _Cell(NamedTuple):
    """A cell of a form."""

    table: str
    row: str
    column: str
    unit: str
    path: tuple[str, ...]


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("gov_extract") / "data" / f"{name}.toml").read_text("utf-8"))


@cache
def codes_data() -> dict[str, Any]:
    """What the codes are called in English, and how they are shortened (``data/codes.toml``)."""
    return _data("codes")


def english(table: str, row: str, column: str) -> str:
    """The English label of a cell.

    >>> english("applications", "refused.state_secret", "total")
    'Applications, refused: state secret: total'
    """
    names = codes_data()
    parts = [names["tables"][table]["en"] + ", " + names["rows"][table][row]]
    return ": ".join(parts + ([names["columns"][column]] if column != "value" else []))


@cache
def load_concepts() -> dict[str, Concept]:
    """Every concept by its code, in the order of the forms, newest first.

    Raises
    ------
    FormError
        When the map names what no form has, or leaves open what a form has in the place of a concept.
    """
    return build_concepts(load_forms(), _data("concepts"))


def build_concepts(forms: Mapping[str, Form], data: Mapping[str, Any]) -> dict[str, Concept]:
    """The concepts of these forms by a map as in ``data/concepts.toml``."""
    cells = {id_: _cells(form) for id_, form in forms.items()}
    whole = {code: cell for form in reversed(cells.values()) for code, cell in form.items()}  # the newest form's wording counts
    order = list(dict.fromkeys(code for form in cells.values() for code in form))
    sources: dict[str, dict[str, tuple[str, ...]]] = {code: {} for code in order}
    why: dict[str, dict[str, str]] = {code: {} for code in order}
    for id_, form in cells.items():
        for code in form:
            sources[code][id_] = (code,)
    for entry in data["sum"]:
        for code, parts in _sums(entry, cells):
            _place(order, code, parts)
            whole.setdefault(code, _sum_cell(code, entry["label"], whole[parts[-1]]))
            _add(sources, why, code, entry["form"], parts, entry["why"])
    for entry in data["same"]:
        for code in (entry["code"], entry["of"]):
            if code not in sources or (code == entry["of"] and code not in cells[entry["form"]]):
                raise FormError(f"concepts: {code} is no cell of form {entry['form']}, nor a sum")
        _add(sources, why, entry["code"], entry["form"], (entry["of"],), entry["why"])
    return {code: _concept(code, whole[code], sources[code], why[code], cells, data["unlike"]) for code in order}


def _cells(form: Form) -> dict[str, _Cell]:
    found = {}
    for table in form.tables.values():
        paths = row_paths(table, {})
        for row in table.rows:
            for column in row.columns:
                path = (*paths[row.code], *([column.label] if table.layout != "indicators" else []))
                code = f"{table.id}.{row.code}.{column.code}"
                found[code] = _Cell(table.id, row.code, column.code, column.unit, path)
    return found


def _sums(entry: Mapping[str, Any], cells: Mapping[str, Mapping[str, _Cell]]) -> Iterable[tuple[str, tuple[str, ...]]]:
    """(code, parts) of a sum in every column that its parts have."""
    own = cells[entry["form"]]
    row = entry["of"][0].removesuffix("*")
    columns = [cell.column for code, cell in own.items() if code.startswith(row)]
    if not columns:
        raise FormError(f"concepts: form {entry['form']} has no {entry['of'][0]}")
    for column in columns:
        parts = tuple(part.removesuffix("*") + column for part in entry["of"])
        if missing := [part for part in parts if part not in own]:
            raise FormError(f"concepts: {entry['code']}: form {entry['form']} has no {', '.join(missing)}")
        yield entry["code"].removesuffix("*") + column, parts


def _place(order: list[str], code: str, parts: tuple[str, ...]) -> None:
    """Put a sum behind its last part."""
    if code in order:
        order.remove(code)
    order.insert(order.index(parts[-1]) + 1, code)


def _sum_cell(code: str, label: str, part: _Cell) -> _Cell:
    row = code.removeprefix(f"{part.table}.").removesuffix(f".{part.column}")
    return part._replace(row=row, path=(*part.path[:-2], label, part.path[-1]))


def _add(
    sources: dict[str, dict[str, tuple[str, ...]]],
    why: dict[str, dict[str, str]],
    code: str,
    form: str,
    parts: tuple[str, ...],
    reason: str,
) -> None:
    if form in sources.setdefault(code, {}):
        raise FormError(f"concepts: {code} has two sources in form {form}")
    sources[code][form] = parts
    why.setdefault(code, {})[form] = reason


def _concept(
    code: str,
    cell: _Cell,
    sources: Mapping[str, tuple[str, ...]],
    why: Mapping[str, str],
    cells: Mapping[str, Mapping[str, _Cell]],
    unlike: Iterable[Mapping[str, Any]],
) -> Concept:
    lacking: dict[str, str] = {}
    near: dict[str, tuple[str, ...]] = {}
    for form in cells:
        if form in sources:
            continue
        entry = next((e for e in unlike if e["form"] in (form, "*") and fnmatchcase(code, e["code"])), None)
        if entry is None:
            raise FormError(f"concepts: {code}: form {form} has no source and no reason for having none")
        if unknown := [other for other in entry.get("near", ()) if other not in cells[form]]:
            raise FormError(f"concepts: {code}: form {form} has no {', '.join(unknown)}")
        lacking[form] = entry["why"]
        near[form] = tuple(entry.get("near", ()))
    table = codes_data()["tables"][cell.table]["zh"]
    label = f"{table}：{' / '.join(cell.path)}"
    named = english(cell.table, cell.row, cell.column)
    return Concept(code, cell.table, cell.row, cell.column, cell.unit, label, named, sources, why, lacking, near)


# ── Indicators ────────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def load_indicators() -> dict[str, Indicator]:
    """Every indicator by its id.

    Raises
    ------
    FormError
        When one is made of what is no concept, or an id is given twice.
    """
    return build_indicators(load_concepts(), _data("indicators"))


def build_indicators(concepts: Mapping[str, Concept], data: Mapping[str, Any]) -> dict[str, Indicator]:
    """The indicators of ``data/indicators.toml`` over these concepts."""
    found: dict[str, Indicator] = {}
    unlike = [(_fitting(entry["denominator"], concepts, "unlike"), entry) for entry in data.get("unlike", ())]
    for entry in data["indicator"]:
        for indicator in _indicators(entry, concepts):
            if indicator.id in found:
                raise FormError(f"indicators: {indicator.id} is given twice")
            lacking = {other["form"]: other["why"] for below, other in unlike if below == indicator.denominator}
            found[indicator.id] = indicator._replace(lacking=lacking)
    return found


def _indicators(entry: Mapping[str, Any], concepts: Mapping[str, Concept]) -> Iterable[Indicator]:
    over = _fitting(entry["denominator"], concepts, entry["id"])
    if "each" not in entry:
        yield Indicator(entry["id"], entry["label"], entry["en"], _fitting(entry["numerator"], concepts, entry["id"]), over)
        return
    for code in _fitting([entry["each"]], concepts, entry["id"]):
        if code in entry.get("but", ()):
            continue
        concept = concepts[code]
        match = re.fullmatch(_pattern(entry["each"], capture=True), code)
        name = match[1] if match else code
        by_column = name == concept.column
        labels = concept.label.split("：", 1)[1].split(" / ")
        names = codes_data()["columns"] if by_column else codes_data()["rows"][concept.table]
        yield Indicator(
            entry["id"].replace("*", name),
            entry["label"].replace("*", labels[-1] if by_column else labels[-2]),
            entry["en"].replace("*", names[concept.column if by_column else concept.row]),
            _fitting([part.replace("*", name) for part in entry["numerator"]], concepts, entry["id"]),
            over,
        )


def _fitting(patterns: Iterable[str], concepts: Mapping[str, Concept], where: str) -> tuple[str, ...]:
    found: list[str] = []
    for pattern in patterns:
        hits = [code for code in concepts if re.fullmatch(_pattern(pattern), code)]
        if not hits:
            raise FormError(f"indicators: {where}: no concept {pattern}")
        found += hits
    return tuple(found)


def _pattern(pattern: str, *, capture: bool = False) -> str:
    """A pattern of codes as a regular expression: `*` stands for one part of a code."""
    part = "([^.]+)" if capture else "[^.]+"
    return part.join(map(re.escape, pattern.split("*")))
