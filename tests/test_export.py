"""Exports: what each format's own reader gives back is what the tables hold."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sys
import zipfile
from datetime import date, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.feather as feather
import pytest
from typer.testing import CliRunner

from gov_extract import cli
from gov_extract.codebook import codebook, datapackage, indicators_table, panel_table
from gov_extract.concepts import load_concepts, load_indicators
from gov_extract.dataset import Dataset
from gov_extract.dataset.export import writers
from gov_extract.dataset.export.sheets import LABEL_BYTES, cut, sheet_of, short_names, to_arrow
from gov_extract.dataset.indicators import indicators_of
from gov_extract.errors import DatasetError, MissingExtraError
from gov_extract.forms import load_forms
from gov_extract.schema import BY_NAME, TABLES, Table
from tests.many_years import cells_of, document_of, draw_truth, forms_of, publish

# Texts as agencies and strangers print them; the first is what a spreadsheet would run.
HOSTILE = (
    "=cmd|' /C calc'!A0", "=1+1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "＝1+1", "－1＋1", "'quoted", "-", "-3", "－", "+5%", "—",
    'say "so", he\nsaid;', "NA", "null", "0012", "1e5", "", " ", "三、本年度办理结果", "_x0041_",
    "#DIV/0!", "#N/A", "#REF!",
)  # fmt: skip
TABLE_NAMES = (*(table.name for table in TABLES), "panel", "indicators")


def declared(name: str) -> Table:
    return {"panel": panel_table, "indicators": indicators_table}[name]() if name not in BY_NAME else BY_NAME[name]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    import random

    rng = random.Random(5)
    tables: dict[str, list[dict[str, Any]]] = {"documents": [], "cells": [], "sections": [], "findings": []}
    for year, number in ((2018, 0), (2018, 1), (2020, 0), (2022, 0), (None, 0), (None, 1)):
        agency = f"导出{number}局"
        own: dict[str, Any] = {"title": rng.choice(HOSTILE), "period_start": date(year or 2020, 1, 1) if number else None}
        document = document_of(f"{year}/{number}.pdf", agency, year, **own)
        tables["documents"].append(document)
        if year is None:
            continue
        forms = forms_of(rng, year)
        cells = cells_of(document["document_id"], agency, year, forms, draw_truth(rng, forms, clean=False))
        for place, cell in enumerate(cells):
            cell["note"] = HOSTILE[place % len(HOSTILE)] if place % 3 else None
            cell["agreement"] = (None, True, False)[place % 3]
            cell["page"] = place % 5 or None
        tables["cells"] += cells
        same = {"document_id": document["document_id"], "report_year": year}
        long = "长" * 3000 if number else "=短"
        tables["sections"].append({**same, "ordinal": 1, "level": 1, "heading": "=总体", "text": long})
        tables["findings"].append({**same, "severity": "warning", "code": "x", "message": "+m"})
    return publish(tmp_path_factory.mktemp("export"), tables)


@pytest.fixture(scope="module")
def tables(dataset: Dataset) -> dict[str, pa.Table]:
    """What every export is to hold."""
    panel = dataset.panel()
    found = {name: dataset.arrow(name).replace_schema_metadata(None) for name in BY_NAME}
    found["panel"] = to_arrow(panel, panel_table())
    return found | {"indicators": to_arrow(indicators_of(panel), indicators_table())}


def rows(table: pa.Table, names: list[str] | None = None) -> list[dict[str, Any]]:
    return list((table if names is None else table.rename_columns(names)).to_pylist())


def plain(value: Any) -> Any:
    """A value as formats without nulls, dates of their own kind or truth values have it."""
    if isinstance(value, datetime):
        value = value.date()
    return None if value == "" or (isinstance(value, float) and value != value) or value is pd.NaT else value


@pytest.fixture(scope="module")
def exported(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    found = {}
    for to in ("csv", "feather", "dta", "xlsx", "duckdb"):
        for headers in ("code", "zh"):
            folder = tmp_path_factory.mktemp(f"{to}_{headers}")
            dataset.export(to, folder, headers=headers)
            found[to, headers] = folder
    return found


@pytest.mark.parametrize("headers", ["code", "zh"])
@pytest.mark.parametrize("name", TABLE_NAMES)
def test_csv_read_back_is_the_table(
    dataset: Dataset, tables: dict[str, pa.Table], exported: dict[tuple[str, str], Path], name: str, headers: str
) -> None:
    path = exported["csv", headers] / f"{name}.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    wanted = tables[name]
    names = list(sheet_of(dataset, name, headers).names.values())
    types = dict(zip(names, wanted.schema.types, strict=True))
    options = pa_csv.ConvertOptions(
        column_types=types, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""]
    )
    got = pa_csv.read_csv(path, convert_options=options, parse_options=pa_csv.ParseOptions(newlines_in_values=True))
    assert got.column_names == names
    found = [{k: v.removeprefix("'") if isinstance(v, str) else v for k, v in row.items()} for row in rows(got)]
    assert found == rows(wanted, names)
    assert len(pd.read_csv(path, encoding="utf-8-sig")) == wanted.num_rows


def test_no_text_of_a_csv_is_a_formula(exported: dict[tuple[str, str], Path]) -> None:
    seen = set()
    for path in exported["csv", "code"].glob("*.csv"):
        for row in csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")):
            for text in row:
                if text[:1] in ("=", "@", "\t", "\r", "＝", "＠"):
                    pytest.fail(f"{path.name}: {text!r}")
                if text[:1] in ("+", "-", "－", "＋"):
                    assert set(text[1:]) <= set("0123456789.,%e-"), text
                seen.add(text[:1] == "'")
    assert seen == {True, False}
    assert writers.safe_text("=1") == "'=1"
    assert [writers.safe_text(text) for text in HOSTILE] == pa.chunked_array([writers.escaped(pa.array(HOSTILE))]).to_pylist()


@pytest.mark.parametrize("headers", ["code", "zh"])
def test_feather_read_back_is_the_table(
    dataset: Dataset, tables: dict[str, pa.Table], exported: dict[tuple[str, str], Path], headers: str
) -> None:
    for name in TABLE_NAMES:
        path = exported["feather", headers] / f"{name}.feather"
        names = list(sheet_of(dataset, name, headers).names.values())
        got = feather.read_table(path)
        assert got.replace_schema_metadata(None).equals(tables[name].rename_columns(names)), name
        assert list(pd.read_feather(path).columns) == names
    field = feather.read_table(exported["feather", "code"] / "panel.feather").schema.field("applications.received.total")
    assert field.metadata[b"unit"].decode() == "件"


@pytest.mark.parametrize("headers", ["code", "zh"])
def test_duckdb_read_back_is_the_table(
    dataset: Dataset, tables: dict[str, pa.Table], exported: dict[tuple[str, str], Path], headers: str
) -> None:
    with duckdb.connect(str(exported["duckdb", headers] / "gov_extract.duckdb"), read_only=True) as database:
        for name in TABLE_NAMES:
            sheet = sheet_of(dataset, name, headers)
            got = database.sql(f'SELECT * FROM "{sheet.title}"').to_arrow_table()
            assert rows(got) == rows(tables[name], list(sheet.names.values())), name
        comments = database.execute("SELECT comment FROM duckdb_columns() WHERE comment IS NULL AND NOT internal").fetchall()
        assert comments == []


@pytest.mark.parametrize("headers", ["code", "zh"])
def test_a_workbook_read_back_is_the_tables(
    dataset: Dataset, tables: dict[str, pa.Table], exported: dict[tuple[str, str], Path], headers: str
) -> None:
    path = exported["xlsx", headers] / "gov_extract.xlsx"
    book = openpyxl.load_workbook(path, read_only=True)
    assert book.sheetnames == [sheet_of(dataset, name, headers).title for name in TABLE_NAMES]
    for name, page in zip(TABLE_NAMES, book.worksheets, strict=True):
        head, *lines = page.iter_rows(values_only=True)
        names = list(sheet_of(dataset, name, headers).names.values())
        assert list(head) == names
        # Of a row's end openpyxl leaves out the empty cells; of a number it writes 16 digits.
        got = [{k: digits(plain(v)) for k, v in zip_longest(names, line)} for line in lines]
        wanted = [{k: digits(plain(v)) for k, v in row.items()} for row in rows(tables[name], names)]
        assert got == wanted, name
    book.close()


def digits(value: Any) -> Any:
    return float(f"{value:.15g}") if isinstance(value, float) else value


def test_no_cell_of_a_workbook_is_a_formula_or_an_error(exported: dict[tuple[str, str], Path]) -> None:
    path = exported["xlsx", "code"] / "gov_extract.xlsx"
    with zipfile.ZipFile(path) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/worksheets/")]
        assert not any("<f>" in text or "<f " in text for text in sheets)
        assert 'quotePrefix="1"' in archive.read("xl/styles.xml").decode()
    book = openpyxl.load_workbook(path)
    texts = [c for row in book["cells"].iter_rows() for c in row if isinstance(c.value, str) and c.value[:1] in ("=", "#")]
    assert {"=1+1", "#DIV/0!", "#N/A", "#REF!"} <= {c.value for c in texts}
    assert {(c.data_type, c.quotePrefix) for c in texts} == {("s", True)}


@pytest.mark.parametrize("headers", ["code", "zh"])
@pytest.mark.filterwarnings("error")
def test_stata_read_back_is_the_table(
    dataset: Dataset, tables: dict[str, pa.Table], exported: dict[tuple[str, str], Path], headers: str
) -> None:
    for name in TABLE_NAMES:
        path = exported["dta", headers] / f"{name}.dta"
        names = short_names(declared(name))
        with pd.read_stata(path, iterator=True) as reader:
            labels = reader.variable_labels()
            frame: pd.DataFrame = reader.read()  # type: ignore[attr-defined]
        assert list(frame.columns) == list(names.values())
        assert all(0 < len(label.encode()) <= LABEL_BYTES for label in labels.values())
        got = [{k: plain(v) for k, v in row.items()} for row in frame.astype(object).to_dict("records")]
        wanted = [{k: plain(v) for k, v in row.items()} for row in rows(tables[name], list(names.values()))]
        assert [{k: _number(v) for k, v in row.items()} for row in got] == [
            {k: _number(v) for k, v in row.items()} for row in wanted
        ], name


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, (bool, int)) else value.date() if isinstance(value, pd.Timestamp) else value


@pytest.mark.parametrize("name", TABLE_NAMES)
def test_short_names_are_short_unique_and_names_in_stata(name: str) -> None:
    names = short_names(declared(name)).values()
    assert len(set(names)) == len(names)
    for short in names:
        assert len(short) <= 32
        assert short.isidentifier()
        assert short.isascii()


def test_labels_are_cut_between_characters_and_keep_what_tells_them_apart() -> None:
    labels = [concept.label for concept in load_concepts().values()]
    shortened = [cut(label) for label in labels]
    assert all(len(label.encode()) <= LABEL_BYTES for label in shortened)
    assert any(short != label for short, label in zip(shortened, labels, strict=True))
    assert cut("短") == "短"


@pytest.mark.parametrize("name", TABLE_NAMES)
def test_chinese_headers_are_there_and_unique(name: str) -> None:
    labels = [column.label for column in declared(name).columns]
    assert all(labels)
    assert len(set(labels)) == len(labels)


def test_tables_are_chosen_and_one_file_may_be_named(dataset: Dataset, tmp_path: Path) -> None:
    exported = dataset.export("xlsx", tmp_path / "a" / "panel.xlsx", tables=["panel", "documents"], headers="zh")
    assert exported.rows == {"panel": 4, "documents": 6}
    assert {path.name for path in (tmp_path / "a").iterdir()} == {
        "panel.xlsx", "panel.codebook.csv", "panel.datapackage.json",
    }  # fmt: skip
    assert set(exported.files) == set((tmp_path / "a").iterdir())
    assert openpyxl.load_workbook(tmp_path / "a" / "panel.xlsx", read_only=True).sheetnames == ["面板", "文件"]
    dataset.export("csv", tmp_path / "b", tables=["indicators"])
    assert {path.name for path in (tmp_path / "b").iterdir()} == {"indicators.csv", "codebook.csv", "datapackage.json"}


def test_a_second_export_replaces_the_first(dataset: Dataset, tmp_path: Path) -> None:
    for _ in range(2):
        dataset.export("duckdb", tmp_path / "x.duckdb", tables=["documents"])
    with duckdb.connect(str(tmp_path / "x.duckdb"), read_only=True) as database:
        assert database.execute("SELECT count(*) FROM documents").fetchone() == (6,)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_table_with_more_rows_than_a_sheet_holds_goes_on_in_the_next(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "SHEET_ROWS", 5)
    monkeypatch.setattr(writers, "CELL_CHARACTERS", 100)
    exported = dataset.export("xlsx", tmp_path / "x.xlsx", tables=["documents", "sections", "items"])
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    assert book.sheetnames == ["documents", "documents.2", "sections", "items"]
    assert [page.max_row for page in book.worksheets] == [5, 3, 5, 1]
    assert exported.notes == ("sections: 1 texts are cut after 100 characters, the most that a cell holds",)


def test_no_dataset_is_ever_written_to(dataset: Dataset, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in dataset.folder.rglob("*") if path.is_file()}
    for place in (dataset.folder, dataset.folder / "tables", dataset.folder / "tables" / "cells", dataset.folder / "state"):
        with pytest.raises(DatasetError, match="belongs to the dataset"):
            dataset.export("csv", place)
    with pytest.raises(DatasetError, match="belongs to the dataset"):
        dataset.export("duckdb", dataset.folder / "x.duckdb")
    other = publish(tmp_path / "other", {"documents": [document_of("a.pdf", "甲局", 2022)]})
    (other.folder / "datapackage.json").write_text("{}")
    for place in (other.folder, other.folder / "tables" / "cells"):
        with pytest.raises(DatasetError, match="belongs to the dataset"):
            dataset.export("csv", place)
    assert (other.folder / "datapackage.json").read_text() == "{}"
    (tmp_path / "file").write_text("x")
    with pytest.raises(DatasetError, match="choose another place"):
        dataset.export("csv", tmp_path / "file")
    assert {path: path.read_bytes() for path in dataset.folder.rglob("*") if path.is_file()} == before


def test_unknown_formats_tables_and_headers_are_named(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no table cell; there are documents"):
        dataset.export("csv", tmp_path, tables=["cell"])
    with pytest.raises(ValueError, match="it can be csv"):
        dataset.export("ods", tmp_path)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'code' or 'zh'"):
        dataset.export("csv", tmp_path, headers="en")  # type: ignore[arg-type]


@pytest.mark.parametrize(("to", "package"), [("xlsx", "openpyxl"), ("duckdb", "duckdb")])
def test_without_the_extra_the_error_names_it(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: Any, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"{package}.*gov-extract\[export\]"):
        dataset.export(to, tmp_path, tables=["documents"])
    dataset.export("csv", tmp_path, tables=["documents"])


def test_a_count_with_a_fraction_is_written_and_described_as_it_is(tmp_path: Path) -> None:
    document = document_of("a.pdf", "甲局", 2022)
    key = ("applications", "received", "total")
    cells = cells_of(document["document_id"], "甲局", 2022, {"applications": "2021"}, {key: ("read", 12.5)})
    made = publish(tmp_path / "out", {"documents": [document], "cells": cells})
    made.export("csv", tmp_path / "csv", tables=["panel"])
    assert pd.read_csv(tmp_path / "csv" / "panel.csv")["applications.received.total"].tolist() == [12.5]
    package = json.loads((tmp_path / "csv" / "datapackage.json").read_text("utf-8"))
    kinds = {field["name"]: field["type"] for field in package["resources"][0]["schema"]["fields"]}
    assert kinds["applications.received.total"] == "number"
    assert kinds["applications.granted.total"] == "integer"


# ── What describes them ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("to", ["csv", "feather", "dta", "xlsx", "duckdb"])
def test_the_data_package_describes_the_files(dataset: Dataset, exported: dict[tuple[str, str], Path], to: str) -> None:
    for headers in ("code", "zh"):
        folder = exported[to, headers]
        package = json.loads((folder / "datapackage.json").read_text("utf-8"))
        assert [resource["name"] for resource in package["resources"]] == list(TABLE_NAMES)
        for resource in package["resources"]:
            path = folder / resource["path"]
            assert resource["bytes"] == path.stat().st_size
            assert resource["hash"] == "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
            fields = [field["name"] for field in resource["schema"]["fields"]]
            assert fields == list(sheet_of(dataset, resource["name"], headers).names_in(to).values())
            for key in resource["schema"].get("foreignKeys", ()):
                assert key["fields"][0] in fields
        if to == "csv":
            with (folder / "cells.csv").open(encoding="utf-8-sig", newline="") as handle:
                head = next(csv.reader(handle))
            assert head == [field["name"] for field in package["resources"][2]["schema"]["fields"]]


def test_the_data_package_of_published_tables_names_their_files(dataset: Dataset) -> None:
    files = {name: [file.path.name for file in dataset.files(name)] for name in dataset.tables}
    package = datapackage(files)
    for resource in package["resources"]:
        assert all((dataset.folder / path).is_file() for path in resource["path"])
        assert [field["name"] for field in resource["schema"]["fields"]] == [c.name for c in BY_NAME[resource["name"]].columns]


def test_the_codebook_has_every_code_with_both_labels() -> None:
    entries = list(csv.DictReader(io.StringIO(codebook())))
    assert list(entries[0]) == ["entry", "form", "table", "code", "label", "label_en", "type", "unit", "meaning"]
    known = {(entry["entry"], entry["form"], entry["table"], entry["code"]): entry for entry in entries}
    assert len(known) >= len(entries) - 4  # a column that has two labels in one form
    for form in load_forms().values():
        for table in form.tables.values():
            for row in table.rows:
                entry = known["form row", form.id, table.id, row.code]
                assert (entry["label"], bool(entry["label_en"])) == (row.label, True)
                for column in row.columns:
                    assert known["form column", form.id, table.id, column.code]["label_en"]
    for concept in load_concepts().values():
        entry = known["column", " ".join(sorted(concept.sources, reverse=True)), "panel", concept.code]
        assert (entry["label"], entry["label_en"], entry["unit"]) == (concept.label, concept.label_en, concept.unit)
    for indicator in load_indicators():
        assert known["column", "", "indicators", indicator]["label_en"]
    for name in TABLE_NAMES:
        assert {e["code"] for e in entries if e["entry"] == "column" and e["table"] == name} == {
            column.name for column in declared(name).columns
        }


def test_the_command_exports_and_says_what(dataset: Dataset, tmp_path: Path) -> None:
    args = ["export", str(dataset.folder), "--to", "csv", "-o", str(tmp_path / "x"), "-t", "panel", "--headers", "zh"]
    result = CliRunner().invoke(cli.app, args)
    assert result.exit_code == 0, result.output
    assert "panel: 4 rows" in result.output
    assert (tmp_path / "x" / "panel.csv").exists()
    wrong = CliRunner().invoke(cli.app, ["export", str(dataset.folder), "--to", "csv", "-o", str(dataset.folder)])
    assert wrong.exit_code == 2
    assert "belongs to the dataset" in wrong.output
    nothing = CliRunner().invoke(cli.app, ["export", str(tmp_path), "--to", "csv", "-o", str(tmp_path / "y")])
    assert nothing.exit_code == 2
