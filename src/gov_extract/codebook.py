"""What describes the tables to people and programs: the codebook, and data packages after the Frictionless standard.

In: the schema, the forms, the concepts. Out: `codebook` (CSV text), `datapackage` for the published tables, `package` for files
of any format, and the panel and the indicators declared as the tables of `gov_extract.schema` are.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from gov_extract.concepts import Concept, codes_data, load_concepts, load_indicators
from gov_extract.forms import FormTable, load_forms
from gov_extract.schema import BY_NAME, TABLES, Column, Kind, Table

_FRICTIONLESS: dict[Kind, str] = {
    "string": "string",
    "int32": "integer",
    "int64": "integer",
    "float64": "number",
    "bool": "boolean",
    "date": "date",
}
HEADER = ("entry", "form", "table", "code", "label", "label_en", "type", "unit", "meaning")
# Formats in which an empty text and none are two things for every reader.
_TELLS_EMPTY = ("parquet", "feather", "duckdb")
_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"

# What the table `documents` says of the report that a row of the panel is taken from.
OF_DOCUMENTS = (
    "agency_id", "agency", "report_year", "agency_level", "agency_kind", "division_code", "province", "city", "county",
    "period_start", "period_end", "document_id", "source", "status", "checks_failed",
)  # fmt: skip
OF_INDICATORS = (*OF_DOCUMENTS[:9], "document_id")


class Resource(NamedTuple):
    """A table in a data package: the `path` of its one file or of those it is parted into, their `format` and `mediatype`, and
    what else its entry says."""

    table: Table
    path: str | tuple[str, ...]
    format: str
    mediatype: str
    names: Mapping[str, str] = {}
    more: Mapping[str, Any] = {}


@cache
def panel_table() -> Table:
    """The panel's columns: those that say what a row is, then a column a concept."""
    known = {column.name: column for column in BY_NAME["documents"].columns}
    forms = [table for table in codes_data()["tables"] if any(table in form.tables for form in load_forms().values())]
    titles = codes_data()["tables"]
    own = (
        Column("copies", "int32", "further documents of this agency and year, which are in no row", "其他文件数", "documents"),
        *(
            Column(
                f"form_{table}",
                "string",
                f"generation of {table}; null where nothing of it is printed",
                f"表式：{titles[table]['zh']}",
            )
            for table in forms
        ),
        Column(
            "figures_unread", "int32", "figures of the report's forms that are missing or not readable", "未读数值数", "figures"
        ),
        Column("figures_flagged", "int32", "figures that a finding or a failing check points at", "存疑数值数", "figures"),
    )
    concepts = tuple(
        Column(concept.code, "int64" if concept.counted else "float64", _meaning(concept), concept.label, concept.unit)
        for concept in load_concepts().values()
    )
    return Table("panel", "agency and year", "面板", (*(known[name] for name in OF_DOCUMENTS), *own, *concepts))


@cache
def indicators_table() -> Table:
    """The indicators' columns: those that say what a row is, then three for each indicator."""
    known = {column.name: column for column in BY_NAME["documents"].columns}
    columns = []
    for one in load_indicators().values():
        numerator, denominator = " + ".join(one.numerator), " + ".join(one.denominator)
        columns += [
            Column(one.id, "float64", f"{one.label_en}: ({numerator}) / ({denominator})", one.label),
            Column(f"{one.id}.numerator", "int64", f"{one.label_en}, numerator: {numerator}", f"{one.label}（分子）", "件"),
            Column(
                f"{one.id}.denominator", "int64", f"{one.label_en}, denominator: {denominator}", f"{one.label}（分母）", "件"
            ),
        ]
    return Table("indicators", "agency and year", "指标", (*(known[name] for name in OF_INDICATORS), *columns))


def _meaning(concept: Concept) -> str:
    """What a column of the panel is in the forms that do not have it as a cell of this code."""
    made = [f"{form}: {' + '.join(parts)}" for form, parts in concept.sources.items() if parts != (concept.code,)]
    return concept.label_en + (f"; form {'; form '.join(sorted(made, reverse=True))}" if made else "")


def english_of(column: Column, table: Table) -> str:
    """A short English label of a column."""
    concept = load_concepts().get(column.name) if table.name == "panel" else None
    if concept is not None:
        return concept.label_en
    if table.name == "indicators" and column.name not in OF_INDICATORS:
        return column.meaning.split(": (", 1)[0].split(", numerator: ", 1)[0].split(", denominator: ", 1)[0] + _part(column)
    return column.english or column.name.replace("_", " ")


def _part(column: Column) -> str:
    _, dot, part = column.name.rpartition(".")
    return f" ({part})" if dot and part in ("numerator", "denominator") else ""


def codebook() -> str:
    """Every column of every table, every row, column and group of every form, as CSV (`HEADER`)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for table in (*TABLES, panel_table(), indicators_table()):
        concepts = load_concepts() if table.name == "panel" else {}
        for column in table.columns:
            known = concepts.get(column.name)
            forms = " ".join(sorted(known.sources, reverse=True)) if known else ""
            names = (column.name, column.label, english_of(column, table))
            writer.writerow(("column", forms, table.name, *names, column.kind, column.unit or "", column.meaning))
    for form in load_forms().values():
        for part in form.tables.values():
            writer.writerows(_form_rows(form.id, part))
    return text.getvalue()


def _form_rows(form: str, table: FormTable) -> Iterable[tuple[str, ...]]:
    names = codes_data()
    for group in (*table.groups, *table.headings):
        yield ("form group", form, table.id, group.code, group.label, "", "", "", "")
    for row in table.rows:
        units = {column.unit for column in row.columns}
        unit = units.pop() if len(units) == 1 else ""
        yield ("form row", form, table.id, row.code, row.label, names["rows"][table.id][row.code], "", unit, "")
    cells = {(c.code, c.label, c.unit): None for row in table.rows for c in row.columns}
    # An indicator's column has the unit of its row.
    once = {(code, label, "" if table.layout == "indicators" else unit): None for code, label, unit in cells}
    for code, label, unit in once:
        yield ("form column", form, table.id, code, label, names["columns"][code], "", unit, "")


def datapackage(files: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """The published tables as a data package; `files` holds the names of each table's files."""
    resources = [
        Resource(
            table,
            tuple(f"tables/{table.name}/{year}" for year in files[table.name]),
            "parquet",
            "application/vnd.apache.parquet",
        )
        for table in TABLES
    ]
    return package(resources)


def package(resources: Iterable[Resource]) -> dict[str, Any]:
    """A data package of tables in files of any format."""
    resources = list(resources)
    there = {resource.table.name: resource for resource in resources}
    return {
        "$schema": _PROFILE,
        "name": "gov-extract",
        "title": "Annual reports of Chinese authorities on open government information",
        "resources": [_resource(resource, there) for resource in resources],
    }


def _resource(resource: Resource, there: Mapping[str, Resource]) -> dict[str, Any]:
    table, names = resource.table, resource.names
    fields = []
    for column in table.columns:
        field: dict[str, Any] = {
            "name": names.get(column.name, column.name),
            "type": _FRICTIONLESS[column.kind],
            "title": column.label,
            "description": column.meaning,
        }
        if column.unit:
            field["unit"] = column.unit
        # A reader of CSV, workbooks and Stata takes an empty text for none.
        if not column.nullable and (resource.format in _TELLS_EMPTY or column.kind != "string"):
            field["constraints"] = {"required": True}
        fields.append(field)
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    key = names.get("document_id", "document_id")
    if table.name == "documents":
        schema["primaryKey"] = [key]
    elif "documents" in there:
        other = there["documents"].names.get("document_id", "document_id")
        schema["foreignKeys"] = [{"fields": [key], "reference": {"resource": "documents", "fields": [other]}}]
    return {
        "name": table.name,
        "title": table.label,
        "description": f"one row per {table.row}",
        "path": resource.path if isinstance(resource.path, str) else list(resource.path),
        "format": resource.format,
        "mediatype": resource.mediatype,
        **resource.more,
        "schema": schema,
    }
