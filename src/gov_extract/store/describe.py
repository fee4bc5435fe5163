"""What describes the tables to people and programs: ``codebook.csv`` and ``datapackage.json``.

In: the schema, the forms, the files of a publish. Out: their text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from gov_extract.forms import load_forms
from gov_extract.schema import TABLES, Kind

_FRICTIONLESS: dict[Kind, str] = {
    "string": "string",
    "int32": "integer",
    "int64": "integer",
    "float64": "number",
    "bool": "boolean",
    "date": "date",
}


def codebook() -> str:
    """Every column of every table, then every row and column of every form, as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("entry", "form", "table", "code", "label", "type", "unit", "meaning"))
    for table in TABLES:
        for column in table.columns:
            writer.writerow(
                ("column", "", table.name, column.name, column.label, column.kind, column.unit or "", column.meaning)
            )
    for form in load_forms().values():
        for part in form.tables.values():
            for row in part.rows:
                writer.writerow(("form row", form.id, part.id, row.code, row.label, "", "", ""))
            cells = {(c.code, c.label, c.unit): None for row in part.rows for c in row.columns}
            for code, label, unit in cells:
                writer.writerow(("form column", form.id, part.id, code, label, "", unit, ""))
    return text.getvalue()


def datapackage(files: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """The tables as a Frictionless data package; `files` holds the names of each table's files."""
    resources = []
    for table in TABLES:
        fields = []
        for column in table.columns:
            field: dict[str, Any] = {
                "name": column.name,
                "type": _FRICTIONLESS[column.kind],
                "title": column.label,
                "description": column.meaning,
            }
            if column.unit:
                field["unit"] = column.unit
            if not column.nullable:
                field["constraints"] = {"required": True}
            fields.append(field)
        resources.append(
            {
                "name": table.name,
                "title": table.label,
                "description": f"one row per {table.row}",
                "path": [f"tables/{table.name}/{year}" for year in files[table.name]],
                "format": "parquet",
                "mediatype": "application/vnd.apache.parquet",
                "schema": {"fields": fields, "missingValues": [""]},
            }
        )
    return {"name": "gov-extract", "resources": resources}
