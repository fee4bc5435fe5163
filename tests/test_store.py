"""Shards and the published tables: layout, order, sameness, and what a crash leaves behind."""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

from gov_extract import __version__
from gov_extract.dataset import open_dataset
from gov_extract.document import Finding
from gov_extract.errors import DatasetError
from gov_extract.report import Report
from gov_extract.schema import TABLES, arrow_schema
from gov_extract.store import lock, locked, publish, publishing, tidy, write_shard, writing
from gov_extract.store.index import open_index
from gov_extract.store.lock import holder
from tests.handmade import form_cells, make_report


def build(out: Path, *reports: Report) -> dict[str, int]:
    with locked(out):
        for report in reports:
            write_shard(out, report)
        return publish(out)


def tables_of(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.glob("tables/**/*.parquet"))}


def test_every_table_has_a_file_for_every_year(tmp_path: Path) -> None:
    build(tmp_path, make_report("a.pdf"), make_report("b.pdf", year=None), make_report("c.pdf", year=2019, cells=()))
    for table in TABLES:
        assert sorted(path.name for path in (tmp_path / "tables" / table.name).iterdir()) == [
            "2019.parquet",
            "2023.parquet",
            "unknown.parquet",
        ]
    assert {path.name for path in (tmp_path / "tables").iterdir()} == {table.name for table in TABLES}


def test_files_have_the_schema_with_units_and_meanings(tmp_path: Path) -> None:
    build(tmp_path, make_report())
    for table in TABLES:
        found = pq.read_schema(tmp_path / "tables" / table.name / "2023.parquet")
        assert found.equals(arrow_schema(table.name), check_metadata=True)


def test_rows_are_sorted_by_source_and_keep_the_forms_order(tmp_path: Path) -> None:
    reports = [make_report(name) for name in ("b/x.pdf", "a.pdf", "b.pdf", "年.pdf")]
    build(tmp_path, *reports)
    documents = pq.read_table(tmp_path / "tables/documents/2023.parquet")
    assert documents["source"].to_pylist() == ["a.pdf", "b.pdf", "b/x.pdf", "年.pdf"]
    cells = pq.read_table(tmp_path / "tables/cells/2023.parquet")
    assert list(dict.fromkeys(cells["document_id"].to_pylist())) == documents["document_id"].to_pylist()
    first = cells.slice(0, len(form_cells()))
    assert first["row"].to_pylist() == [cell.row for cell in form_cells()]


def test_same_reports_in_any_order_give_the_same_bytes(tmp_path: Path) -> None:
    reports = [make_report(f"{k}.pdf", year=2019 + k % 3) for k in range(9)]
    build(tmp_path / "one", *reports)
    build(tmp_path / "two", *reversed(reports))
    build(tmp_path / "two", *reports[3:6])
    assert tables_of(tmp_path / "one") == tables_of(tmp_path / "two")
    for name in ("manifest.json", "datapackage.json", "codebook.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_several_row_groups_hold_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reports = [make_report(f"{k}.pdf") for k in range(5)]
    build(tmp_path / "one", *reports)
    monkeypatch.setattr(writing, "GROUP_ROWS", 300)
    build(tmp_path / "many", *reports)
    assert pq.ParquetFile(tmp_path / "many/tables/cells/2023.parquet").num_row_groups > 1
    one, many = (pq.read_table(tmp_path / name / "tables/cells/2023.parquet") for name in ("one", "many"))
    assert one.equals(many)


def test_copies_of_the_same_bytes_are_one_row_with_a_finding(tmp_path: Path) -> None:
    rows = build(tmp_path, *(make_report(name, content="same") for name in ("b.pdf", "a.pdf", "c.pdf")))
    assert rows["documents"] == 1
    dataset = open_dataset(tmp_path)
    assert dataset.load("documents")["source"].tolist() == ["a.pdf"]
    findings = dataset.load("findings")
    assert findings["code"].tolist() == ["duplicate_file"] * 2
    assert findings["message"].str[:5].tolist() == ["b.pdf", "c.pdf"]


def test_primary_is_the_most_complete_document_of_an_agency_and_year(tmp_path: Path) -> None:
    build(
        tmp_path,
        make_report("a.pdf", status="no_tables", cells=()),
        make_report("b.pdf"),
        make_report("c.pdf"),
        make_report("d.pdf", year=2022),
        make_report("e.pdf", agency=None),
        make_report("f.pdf", agency=None),
        make_report("g.pdf", status="failed", cells=(), agency=None, year=None),
    )
    documents = open_dataset(tmp_path).load("documents").set_index("source")["primary"]
    assert documents.to_dict() == {
        "a.pdf": False, "b.pdf": True, "c.pdf": False, "d.pdf": True, "e.pdf": True, "f.pdf": True, "g.pdf": False,
    }  # fmt: skip


def test_agencies_of_one_name_without_a_key_are_each_their_own(tmp_path: Path) -> None:
    build(tmp_path, *(make_report(name, agency="政务公开办公室", agency_id=None) for name in ("a.pdf", "b.pdf")))
    dataset = open_dataset(tmp_path)
    assert dataset.load("documents")["primary"].tolist() == [True, True]
    assert dataset.panel()["source"].tolist() == ["a.pdf", "b.pdf"]


def test_years_that_are_gone_are_removed_and_strays_set_aside(tmp_path: Path) -> None:
    build(tmp_path, make_report("a.pdf"), make_report("b.pdf", year=2019))
    (tmp_path / "tables/cells/half.tmp").write_bytes(b"stray")
    (tmp_path / "tables/notes.txt").write_bytes(b"mine")
    (tmp_path / "tables/cells/old").mkdir()
    (tmp_path / "tables/cells/old/a.parquet").write_bytes(b"mine too")
    with locked(tmp_path):
        publish(tmp_path, ["a.pdf"])
    assert set(tables_of(tmp_path)) == {f"tables/{table.name}/2023.parquet" for table in TABLES}
    assert {path.name for path in (tmp_path / "tables").iterdir()} == {table.name for table in TABLES}
    strays = tmp_path / "state/strays"
    assert {path.relative_to(strays).as_posix() for path in strays.rglob("*") if path.is_file()} == {
        "cells/half.tmp", "notes.txt", "cells/old/a.parquet",
    }  # fmt: skip
    # What was read of a document that is gone stays until it is cleaned away: it may come back.
    assert len(list((tmp_path / "state/shards").rglob("*.shard"))) == 2
    with locked(tmp_path), open_index(tmp_path) as index:
        assert tidy(index) == 1
    assert len(list((tmp_path / "state/shards").rglob("*.shard"))) == 1
    assert open_dataset(tmp_path).years == (2023,)


@pytest.mark.parametrize("text", ["\ud800壹\udfff", "甲\x00乙", "a\x0bb\x1f", "行\n\t列\r\n"])
def test_text_that_no_table_can_hold_is_made_fit(tmp_path: Path, text: str) -> None:
    finding = Finding("info", "x", text)
    build(tmp_path, make_report(text=text, agency=text, findings=(finding,)))
    (loaded,) = open_dataset(tmp_path).load("sections")["text"]
    assert loaded.replace("\ufffd", "") == "".join(c for c in text if c.isprintable() or c in "\n\t\r")


def test_numbers_out_of_range_do_not_spoil_the_table(tmp_path: Path) -> None:
    wild = make_report("wild.pdf", year=2023)
    cells = (wild.cells[0]._replace(page=2**40), *wild.cells[1:])
    metadata = wild.metadata._replace(published_on="2024-02-31")
    build(tmp_path, make_report("good.pdf"), Report(**{**vars(wild), "cells": cells, "metadata": metadata}))
    documents = open_dataset(tmp_path).load("documents")
    assert documents["published_on"].tolist()[0] == date(2024, 1, 20)
    assert documents["published_on"].isna().tolist() == [False, True]


def test_polars_and_duckdb_read_a_tables_folder_as_it_lies(tmp_path: Path) -> None:
    build(tmp_path, make_report("a.pdf"), make_report("b.pdf", year=2019, cells=()), make_report("c.pdf", year=None))
    expected = open_dataset(tmp_path).load("cells")
    folder = tmp_path / "tables" / "cells"
    assert pl.read_parquet(folder).height == len(expected)
    row = duckdb.execute(f"select count(*), sum(value) from '{folder.as_posix()}/*.parquet'").fetchone()
    assert row == (len(expected), expected["value"].sum())
    for table in TABLES:
        assert pl.read_parquet(tmp_path / "tables" / table.name).columns == [column.name for column in table.columns]


def test_the_manifest_and_data_package_describe_every_file(tmp_path: Path) -> None:
    build(tmp_path, make_report())
    manifest = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    assert manifest["extractor_version"] == __version__
    package = json.loads((tmp_path / "datapackage.json").read_text("utf-8"))
    for resource in package["resources"]:
        assert resource["path"] == [f"tables/{resource['name']}/{name}" for name in manifest["tables"][resource["name"]]]
        assert all((tmp_path / path).is_file() for path in resource["path"])
    codebook = (tmp_path / "codebook.csv").read_text("utf-8-sig")
    assert "form row,2021,applications,refused.state_secret,1.属于国家秘密" in codebook


def test_an_empty_store_publishes_and_opens(tmp_path: Path) -> None:
    assert set(build(tmp_path).values()) == {0}
    assert open_dataset(tmp_path).load("cells").empty


@pytest.mark.parametrize("point", ["stage", "first rename", "later rename", "manifest"])
def test_a_crash_at_any_point_of_a_publish_is_noticed_or_harmless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    build(tmp_path, make_report("a.pdf"), make_report("old.pdf", year=2019))
    before = tables_of(tmp_path)

    class Crash(BaseException):
        pass

    renames = 0
    real_replace: Callable[[Path, Path], Path] = Path.replace

    def replace(self: Path, target: Path) -> Path:
        nonlocal renames
        renames += 1
        if (point, renames) in {("first rename", 1), ("later rename", 7)}:
            raise Crash
        return real_replace(self, target)

    def crash(*_: object) -> None:
        raise Crash

    with locked(tmp_path):
        write_shard(tmp_path, make_report("b.pdf"))
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", replace)
            if point == "stage":
                patch.setattr(publishing, "_swap", crash)
            if point == "manifest":
                patch.setattr(publishing, "_json", crash)
            with pytest.raises(Crash):
                publish(tmp_path, ["a.pdf", "b.pdf"])
    if tables_of(tmp_path) == before:
        assert open_dataset(tmp_path).years == (2019, 2023)
    else:
        with pytest.raises(DatasetError, match="extract"):
            open_dataset(tmp_path)
    for path in tmp_path.glob("tables/**/*.parquet"):
        pq.read_metadata(path)
    with locked(tmp_path):
        publish(tmp_path, ["a.pdf", "b.pdf"])
    assert open_dataset(tmp_path).load("documents")["source"].tolist() == ["a.pdf", "b.pdf"]


def _try_to_lock(out: Path, answers: multiprocessing.Queue[str]) -> None:
    try:
        with locked(out):
            answers.put("held")
    except DatasetError as error:
        answers.put(error.message)


def test_a_second_run_is_refused_and_told_who_holds_the_folder(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[str] = context.Queue()
    with locked(tmp_path):
        process = context.Process(target=_try_to_lock, args=(tmp_path, answers))
        process.start()
        assert "in use by process" in answers.get(timeout=30)
        process.join()
    with locked(tmp_path):
        pass


def test_an_output_folder_that_is_a_file_is_refused_with_a_message(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(DatasetError, match="output folder"), locked(tmp_path / "out"):
        pass


class _NoLocks:
    """A file system that has none."""

    LOCK_EX = LOCK_SH = LOCK_NB = 0

    @staticmethod
    def flock(*_: object) -> None:
        raise OSError(95, "Operation not supported")


@pytest.mark.parametrize(
    ("named", "taken"),
    [
        ("process 4194399 on {node} since 2026-01-01", True),
        ("process {mine} on {node} since 2026-01-01", False),
        ("process 4194399 on elsewhere since 2026-01-01", False),
        ("", True),
    ],
)
def test_without_locks_the_process_that_is_named_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, taken: bool
) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", _NoLocks)
    (tmp_path / "state").mkdir()
    name = named.format(node=platform.node(), mine=os.getpid())
    (tmp_path / "state" / "lock").write_text(name)
    if taken:
        with locked(tmp_path):
            assert f"process {os.getpid()}" in (tmp_path / "state" / "lock").read_text()
        assert (tmp_path / "state" / "lock").read_text() == ""
    else:
        with pytest.raises(DatasetError, match=name), locked(tmp_path):
            pass


def test_without_locks_of_two_that_start_at_once_at_most_one_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", _NoLocks)
    both_have_looked = threading.Barrier(2)
    runs = lock._runs

    def look(named: str) -> bool:
        found = runs(named)
        both_have_looked.wait(30)
        return found

    monkeypatch.setattr(lock, "_runs", look)
    monkeypatch.setattr(lock, "CLAIM_SECONDS", 0.5)
    told: list[str] = []
    ended = threading.Barrier(2)

    def start() -> None:
        try:
            with locked(tmp_path):
                told.append("held")
                ended.wait(30)
        except DatasetError as error:
            told.append(error.message)
            ended.wait(30)

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told.count("held") <= 1
    assert sum(f"in use by process {os.getpid()}" in one for one in told) >= 1


def test_one_who_only_looks_does_not_keep_a_run_from_starting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = iter(["no", "yes"])
    monkeypatch.setattr(lock, "_take", lambda *_: next(taken))
    with locked(tmp_path):
        assert f"process {os.getpid()}" in (tmp_path / "state" / "lock").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_a_process_that_was_forked_off_a_run_does_not_hold_the_folder(tmp_path: Path) -> None:
    code = "import os, sys, time; from pathlib import Path; from gov_extract.store.lock import locked\n"
    code += "with locked(Path(sys.argv[1])):\n    child = os.fork()\n    if child:\n        print(child, flush=True)\n"
    code += "    time.sleep(60)\n"
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        try:
            with pytest.raises(DatasetError, match=f"in use by process {process.pid}"), locked(tmp_path):
                pass
            process.kill()
            process.wait()
            os.kill(child, 0)
            assert holder(tmp_path) is None
            with locked(tmp_path):
                pass
        finally:
            os.kill(child, signal.SIGKILL)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_lock_of_a_process_that_was_killed_is_taken_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    code = "import sys, time; from pathlib import Path; from gov_extract.store.lock import locked\n"
    code += "with locked(Path(sys.argv[1])):\n    print(flush=True)\n    time.sleep(60)\n"
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert f"process {process.pid}" in (holder(tmp_path) or "")
        with pytest.raises(DatasetError, match=f"in use by process {process.pid}"), locked(tmp_path):
            pass
        process.kill()
    assert holder(tmp_path) is None
    with caplog.at_level("INFO"), locked(tmp_path):
        pass
    assert f"process {process.pid}" in caplog.text
    assert "taken over" in caplog.text


def test_several_reports_of_one_document_are_published_each_under_its_year(tmp_path: Path) -> None:
    first, second = make_report("a.pdf#1", year=2022), make_report("a.pdf#2", year=2021, text="别的")
    build(tmp_path, replace(first, others=(second,)), make_report("b.pdf", year=2021))
    dataset = open_dataset(tmp_path)
    assert dataset.load("documents")["source"].tolist() == ["a.pdf#2", "b.pdf", "a.pdf#1"]
    assert dataset.load("sections", years=2021)["text"].tolist() == ["别的", "正文"]
    assert set(dataset.load("cells", years=2022)["document_id"]) == {first.document_id}
    assert len(dataset.load("cells")) == 3 * len(form_cells())


def test_columns_have_unit_meaning_and_labels_in_both_languages(tmp_path: Path) -> None:
    build(tmp_path, make_report())
    schema = pq.read_schema(tmp_path / "tables/cells/2023.parquet")
    assert schema.field("x0").metadata == {
        b"meaning": b"left edge of the cell, upright page",
        b"label_zh": "左".encode(),
        b"label_en": b"left edge",
        b"unit": b"pt",
    }
    for table in TABLES:
        for field in arrow_schema(table.name):
            assert field.metadata[b"label_zh"]
            assert field.metadata[b"label_en"]
