"""Opening a dataset: frames with dtypes that hold missing values, and the manifest held against the files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gov_extract.dataset import Dataset, open_dataset
from gov_extract.errors import DatasetError
from gov_extract.schema import TABLES
from gov_extract.store import locked, publish, write_shard
from tests.handmade import form_cells, make_report


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    with locked(out):
        for name, year in (("a.pdf", 2021), ("b.pdf", 2022), ("c.pdf", None)):
            write_shard(out, make_report(name, year=year))
        publish(out)
    return out


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    for path in made.rglob("*"):
        if path.is_file() and "state" not in path.parts:
            target = tmp_path / path.relative_to(made)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    return tmp_path


def test_tables_load_with_years_and_columns(made: Path) -> None:
    dataset = open_dataset(made)
    assert dataset.tables == tuple(table.name for table in TABLES)
    assert dataset.years == (2021, 2022)
    assert len(dataset.load("cells")) == 3 * len(form_cells())
    assert dataset.load("cells")["report_year"].drop_duplicates().tolist()[:2] == [2021, 2022]
    some = dataset.load("cells", years=[2022], columns=["row", "value"])
    assert list(some.columns) == ["row", "value"]
    assert len(some) == len(form_cells())
    assert len(dataset.load("cells", years=2022)) == len(form_cells())
    assert "cells: 600" in repr(dataset)


def test_dtypes_hold_missing_values_also_in_empty_tables(made: Path) -> None:
    kinds = {"string": "string", "int32": "Int32", "int64": "Int64", "float64": "Float64", "bool": "boolean"}
    dataset = open_dataset(made)
    for table in TABLES:
        frame = dataset.load(table.name)
        for column in table.columns:
            expected = kinds.get(column.kind, "date32[day][pyarrow]")
            assert str(frame.dtypes[column.name]) == expected, (table.name, column.name)
    assert dataset.load("mentions").empty


def test_frames_of_a_report_have_the_datasets_columns_and_dtypes(made: Path) -> None:
    frames = make_report("a.pdf", year=2021).to_frames()
    for name, frame in frames.items():
        loaded = open_dataset(made).load(name, years=2021)
        assert frame.dtypes.equals(loaded.dtypes), name
        assert frame.equals(loaded), name


def test_unknown_tables_and_columns_are_named(made: Path) -> None:
    dataset = open_dataset(made)
    with pytest.raises(DatasetError, match="'cell'; there are documents"):
        dataset.load("cell")
    with pytest.raises(DatasetError, match="no column values; it has"):
        dataset.load("cells", columns=["values"])


def test_a_folder_that_is_no_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no manifest\.json"):
        open_dataset(tmp_path)


def _lose(out: Path) -> None:
    (out / "tables/cells/2021.parquet").unlink()


def _cut(out: Path) -> None:
    path = out / "tables/cells/2021.parquet"
    path.write_bytes(path.read_bytes()[:-10])


def _add(out: Path) -> None:
    (out / "tables/cells/2020.parquet").write_bytes((out / "tables/cells/2021.parquet").read_bytes())


def _garble(out: Path) -> None:
    (out / "manifest.json").write_text("{")


def _newer(out: Path) -> None:
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    (out / "manifest.json").write_text(json.dumps({**manifest, "layout": 99}))


@pytest.mark.parametrize("damage", [_lose, _cut, _add, _garble, _newer])
def test_tables_that_do_not_match_the_manifest_are_refused(copy: Path, damage: object) -> None:
    assert isinstance(open_dataset(copy), Dataset)
    assert callable(damage)
    damage(copy)
    with pytest.raises(DatasetError):
        open_dataset(copy)


def test_a_changed_file_of_the_same_size_is_found_when_it_is_loaded(copy: Path) -> None:
    path = copy / "tables/cells/2021.parquet"
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)
    dataset = open_dataset(copy)
    dataset.load("cells", years=2022)
    with pytest.raises(DatasetError, match="manifest"):
        dataset.load("cells")
