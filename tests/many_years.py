"""A dataset of many agencies over many years in all three generations of forms, made straight from the schema.

In: numbers of agencies and years, a seed. Out: `Corpus`: published tables, and the truth of every cell, from the generator's
own figures. Nothing is extracted: what comes after the tables is tested on it.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from fixtures.generator import annex_table, content
from gov_extract import __version__
from gov_extract.dataset import Dataset, TableFile
from gov_extract.forms import load_forms
from gov_extract.schema import TABLES, arrow_schema
from gov_extract.store import LAYOUT

Key = tuple[str, str, str]
Truth = dict[Key, tuple[str, float | None]]
# Cells that have no figure, of a hundred.
UNREAD = (("blank", 3), ("dash", 2), ("unreadable", 2), ("missing", 1))


class Corpus(NamedTuple):
    """The dataset, and (agency, year) → the forms and the cells (state, value) of the report that stands for them."""

    dataset: Dataset
    truth: dict[tuple[str, int], tuple[dict[str, str], Truth]]


def forms_of(rng: random.Random, year: int) -> dict[str, str]:
    """Table → form, as real reports have them: some keep the old form, or mix the two."""
    if year <= 2018:
        return {"statistics": "2014"}
    names = ("active_disclosure", "applications", "review_litigation")
    newest = "2019" if year <= 2020 else "2021"
    forms = dict.fromkeys(names, newest)
    if newest == "2021" and rng.random() < 0.2:
        forms["applications"] = forms["review_litigation"] = "2019"
    return forms


def draw_truth(rng: random.Random, forms: Mapping[str, str], clean: bool) -> Truth:
    """Every cell of the forms; where not `clean`, some of them without a figure."""
    values: dict[Key, float] = {}
    tags = frozenset({rng.choice(("volume_few", "volume_many")), "decimals", "negative_change"})
    if "statistics" in forms:
        values = {("statistics", row, "value"): float(value) for row, value in annex_table.draw_values(rng, tags).items()}
    else:
        values = {key: float(value) for key, value in content.draw_values(rng, forms, tags).items()}
    truth: Truth = {}
    for key, value in values.items():
        state = "read"
        if not clean:
            drawn, upto = rng.randrange(100), 0
            for name, share in UNREAD:
                upto += share
                if drawn < upto:
                    state = name
                    break
        truth[key] = (state, value if state == "read" else None)
    return truth


def cells_of(document: str, agency: str, year: int, forms: Mapping[str, str], truth: Truth) -> list[dict[str, Any]]:
    """The rows of `cells` of a report."""
    units = {
        (form.id, table.id, row.code, column.code): (row.label, column.unit)
        for form in load_forms().values()
        for table in form.tables.values()
        for row in table.rows
        for column in row.columns
    }
    rows = []
    for (table, row, column), (state, value) in truth.items():
        label, unit = units[forms[table], table, row, column]
        raw = None if state == "missing" else f"{value:g}" if value is not None else {"dash": "-"}.get(state, "")
        rows.append(
            {
                "document_id": document, "report_year": year, "agency": agency, "form": forms[table], "table": table,
                "row": row, "column": column, "label": label,
                "value": value, "unit": unit, "raw": raw, "state": state, "reader": "native",
            }
        )  # fmt: skip
    return rows


def document_of(source: str, agency: str | None, year: int | None, **columns: Any) -> dict[str, Any]:
    """A row of `documents`."""
    name = None if agency is None else f"000000/{agency}"
    return {
        "document_id": hashlib.sha256(source.encode()).hexdigest()[:16], "source": source, "agency": agency, "agency_id": name,
        "report_year": year, "status": "complete", "primary": True, "cells_read": 100, "checks_failed": 0,
        "extractor_version": __version__, "title": f"={source}", **columns,
    }  # fmt: skip


def publish(folder: Path, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> Dataset:
    """Write rows as published tables, with a manifest; rows are of any years."""
    years = sorted({row["report_year"] for row in tables["documents"]}, key=lambda year: (year is None, year))
    files: dict[str, list[TableFile]] = {}
    for table in TABLES:
        schema = arrow_schema(table.name)
        (folder / "tables" / table.name).mkdir(parents=True, exist_ok=True)
        files[table.name] = []
        for year in years:
            rows = [row for row in tables.get(table.name, ()) if row["report_year"] == year]
            path = folder / "tables" / table.name / f"{'unknown' if year is None else year}.parquet"
            columns = {name: pa.array([row.get(name) for row in rows], schema.field(name).type) for name in schema.names}
            pq.write_table(pa.table(columns, schema=schema), path)
            data = path.read_bytes()
            files[table.name].append(TableFile(path, year, len(rows), len(data), hashlib.sha256(data).hexdigest()))
    manifest = {
        name: {file.path.name: {"rows": file.rows, "bytes": file.bytes, "sha256": file.sha256} for file in of}
        for name, of in files.items()
    }
    (folder / "manifest.json").write_text(json.dumps({"layout": LAYOUT, "extractor_version": __version__, "tables": manifest}))
    return Dataset(folder, files)


def make_corpus(folder: Path, agencies: int, years: Iterable[int], seed: int = 1) -> Corpus:
    """The dataset: a report an agency and year, of every third of them a poorer copy too, and a stray without an agency."""
    rng = random.Random(seed)
    tables: dict[str, list[dict[str, Any]]] = {"documents": [], "cells": []}
    truth = {}
    for year in years:
        for number in range(agencies):
            agency = f"测试{number:03d}局"
            forms = forms_of(rng, year)
            cells = draw_truth(rng, forms, clean=rng.random() < 0.5)
            truth[agency, year] = (forms, cells)
            document = document_of(f"{year}/{number:03d}.pdf", agency, year)
            tables["documents"].append(document)
            tables["cells"] += cells_of(document["document_id"], agency, year, forms, cells)
            if number % 3 == 0:
                copy = document_of(f"{year}/{number:03d}-copy.html", agency, year, primary=False)
                tables["documents"].append(copy)
                other: Truth = dict.fromkeys(cells, ("read", 7_777_777.0))
                tables["cells"] += cells_of(copy["document_id"], agency, year, forms, other)
        tables["documents"].append(document_of(f"{year}/stray.pdf", None, year))
    return Corpus(publish(folder, tables), truth)
