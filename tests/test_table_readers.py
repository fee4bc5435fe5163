"""Whatever reads Parquet reads every table as it lies, also where a year has no rows, and can skip what it is not asked for."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq
import pytest

from gov_extract.document import Finding
from gov_extract.schema import TABLES, Item, Mention
from gov_extract.store import locked, publish, write_shard, writing
from tests.handmade import make_report

NAMES = [table.name for table in TABLES]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables of three years and of none: in one year only ``documents`` and ``findings`` have rows."""
    out = tmp_path_factory.mktemp("out")
    said = make_report("said.pdf", year=2021)
    mention = Mention("overview", "收到申请3件。", "申请", 3.0, "件", False, 2, 6, 1)
    rich = vars(said) | {"mentions": (mention,), "items": (Item("problems", "一是", 1, "不足", 1, 0, 2),)}
    failed = make_report("failed.pdf", year=2019, status="failed", cells=(), findings=(Finding("error", "damaged", "x"),))
    with locked(out):
        for report in (type(said)(**rich), make_report("b.pdf", year=2022), make_report("c.pdf", year=None)):
            write_shard(out, report)
        write_shard(out, type(failed)(**(vars(failed) | {"sections": ()})))
        publish(out)
    return out / "tables"


def rows_of(table: Path) -> list[dict[str, Any]]:
    """The rows of all files, in the order of their names."""
    return [row for path in sorted(table.iterdir()) for row in pq.read_table(path).to_pylist()]


def by_pandas(table: Path) -> list[dict[str, Any]]:
    frame = pd.read_parquet(table, dtype_backend="pyarrow")
    rows: list[dict[str, Any]] = pa.Table.from_pandas(frame, preserve_index=False).to_pylist()
    return rows


def by_pyarrow(table: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pads.dataset(table).to_table().to_pylist()
    return rows


def by_polars(table: Path) -> list[dict[str, Any]]:
    return pl.read_parquet(table).to_dicts()


def by_polars_lazily(table: Path) -> list[dict[str, Any]]:
    return pl.scan_parquet(f"{table.as_posix()}/*.parquet").collect().to_dicts()


def by_duckdb(table: Path) -> list[dict[str, Any]]:
    # Its order of files is that of their names.
    found = duckdb.execute(f"select * from '{table.as_posix()}/*.parquet'")
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


READERS = [by_pandas, by_pyarrow, by_polars, by_polars_lazily, by_duckdb]


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_a_table_is_read_as_it_lies(tables: Path, name: str, reader: Callable[[Path], list[dict[str, Any]]]) -> None:
    expected = rows_of(tables / name)
    assert expected
    assert reader(tables / name) == expected


@pytest.mark.parametrize("name", NAMES)
def test_a_year_without_rows_is_read_alone(tables: Path, name: str) -> None:
    path = tables / name / "2019.parquet"
    count = pq.read_metadata(path).num_rows
    assert (count == 0) == (name not in ("documents", "findings"))
    assert len(pd.read_parquet(path)) == pl.read_parquet(path).height == count
    assert duckdb.execute(f"select count(*) from '{path.as_posix()}'").fetchone() == (count,)


@pytest.mark.parametrize("name", NAMES)
def test_r_reads_a_table_as_it_lies(tables: Path, name: str) -> None:
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    code = "if (!requireNamespace('arrow', quietly = TRUE)) quit(status = 9); t <- arrow::open_dataset(commandArgs(TRUE)[1]); "
    code += "cat(nrow(t), paste(names(t), collapse = ' '))"
    done = subprocess.run(["Rscript", "-e", code, str(tables / name)], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode == 9:
        pytest.skip("R's package arrow is not installed")
    expected = rows_of(tables / name)
    assert done.stdout.split() == [str(len(expected)), *expected[0]], done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_integers_that_are_missing_stay_integers(tables: Path, name: str) -> None:
    for column in next(table for table in TABLES if table.name == name).columns:
        if column.kind in ("int32", "int64"):
            assert str(pl.read_parquet(tables / name).schema[column.name]) == column.kind.capitalize()


def test_every_row_group_says_what_it_holds_so_that_readers_can_skip_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "GROUP_ROWS", 500)
    with locked(tmp_path):
        for n in range(6):
            write_shard(tmp_path, make_report(f"{n}.pdf", agency=f"第{n}局"))
        publish(tmp_path)
    metadata = pq.read_metadata(tmp_path / "tables/cells/2023.parquet")
    assert metadata.num_row_groups > 1
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for place in range(group.num_columns):
            column = group.column(place)
            assert column.compression == "ZSTD"
            assert column.statistics is not None
            assert column.statistics.has_min_max or column.statistics.null_count == group.num_rows
    # One agency's rows are in one or two of the groups, and the others say so.
    place = metadata.schema.names.index("agency")
    said = [metadata.row_group(number).column(place).statistics for number in range(metadata.num_row_groups)]
    assert 1 <= sum(one.min <= "第3局" <= one.max for one in said) < len(said)


def test_a_row_group_is_bounded_by_its_bytes_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "GROUP_BYTES", 100_000)
    with locked(tmp_path):
        for n in range(5):
            write_shard(tmp_path, make_report(f"{n}.pdf", text="字" * 30_000))
        publish(tmp_path)
    sections = pq.ParquetFile(tmp_path / "tables/sections/2023.parquet")
    assert sections.num_row_groups == 3
    assert sections.metadata.num_rows == 5
