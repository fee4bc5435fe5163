"""What a status says: what is there, what failed, and exactly what a rerun then does."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gov_extract.cli import app
from gov_extract.errors import DatasetError
from gov_extract.run.status import status
from gov_extract.store import keys, locked
from gov_extract.store.index import open_index
from tests.test_incremental import Folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.setattr("gov_extract.run.plan._SETTLED", -(10**18))
    made = Folder(tmp_path)
    made.write("a.txt")
    made.write("b.txt", year=2023)
    made.write("c.txt", number=4)
    made.put("torn.docx", b"PK\x03\x04 torn")
    return made


def test_it_says_what_is_there_and_what_failed(folder: Folder) -> None:
    summary, _ = folder.run()
    found = status(folder.out)
    assert found.roots == (str(folder.path),)
    assert found.finished is not None
    assert (found.held, found.damage, found.obstacle, found.spare) == (None, None, None, 0)
    assert found.statuses == summary.statuses == {"no_tables": 3, "failed": 1}
    assert found.failures == summary.failures
    assert "torn.docx" in found.failures
    assert found.findings == summary.findings
    assert found.years == {"2022": 2, "2023": 1, "unknown": 1}
    assert found.rerun is not None
    assert (found.rerun.kept, found.rerun.read, found.rerun.gone) == (4, {}, ())


def test_what_it_says_of_a_rerun_is_what_the_rerun_does(folder: Folder) -> None:
    folder.run()
    folder.write("a.txt", number=5)
    (folder.path / "b.txt").rename(folder.path / "moved.txt")
    (folder.path / "c.txt").unlink()
    folder.write("new.txt", number=6)
    said = status(folder.out).rerun
    assert said is not None
    assert said.read == {"a.txt": "changed", "new.txt": "new"}
    assert (said.kept, said.moved, said.gone) == (2, 1, ("b.txt", "c.txt"))
    summary, read = folder.run()
    assert (read, summary.read) == (["a.txt", "new.txt"], {"changed": 1, "new": 1})
    assert (summary.kept, summary.moved, summary.gone) == (2, 1, 2)
    assert status(folder.out).spare == 2


def test_it_changes_nothing(folder: Folder) -> None:
    folder.run()
    folder.write("new.txt", number=6)
    before = {path: path.read_bytes() for path in folder.out.rglob("*") if path.is_file()}
    status(folder.out)
    assert {path: path.read_bytes() for path in folder.out.rglob("*") if path.is_file()} == before


def test_another_version_and_archives_are_told_of_without_opening_them(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(folder.path / "all.zip", "w") as file:
        file.writestr("in.txt", (folder.path / "a.txt").read_text("utf-8").replace("3", "9"))
    folder.run()
    monkeypatch.setattr(keys, "code_key", lambda: "another")
    said = status(folder.out).rerun
    assert said is not None
    assert said.read == {
        "a.txt": "upgraded", "all.zip": "new", "b.txt": "upgraded", "c.txt": "upgraded", "torn.docx": "upgraded",
    }  # fmt: skip
    assert (said.archives, said.gone) == (("all.zip", "torn.docx"), ())


def test_a_run_under_way_and_one_that_did_not_end_are_told_of(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.run()
    with locked(folder.out):
        assert "process" in (status(folder.out).held or "")
    monkeypatch.setattr("gov_extract.run.publish_index", lambda *_: (_ for _ in ()).throw(MemoryError))
    with pytest.raises(MemoryError):
        folder.run()
    found = status(folder.out)
    assert (found.held, found.finished) == (None, None)


def test_damaged_tables_and_a_folder_that_is_gone_are_told_of(folder: Folder) -> None:
    folder.run()
    (folder.out / "tables/cells/2022.parquet").unlink()
    folder.path.rename(folder.place / "elsewhere")
    found = status(folder.out)
    assert "2022.parquet" in (found.damage or "")
    assert found.rerun is None
    assert "no such file or folder" in (found.obstacle or "")


def test_limits_that_another_version_had_or_lacked_do_not_matter(folder: Folder) -> None:
    folder.run()
    with locked(folder.out), open_index(folder.out) as index:
        bounds = {**index.fact("limits"), "max_feathers": 3}
        del bounds["max_bytes"]
        index.put_facts(limits=bounds)
    said = status(folder.out).rerun
    assert said is not None
    assert said.kept == 4


def test_a_folder_that_no_run_has_written_to_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no index"):
        status(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert CliRunner().invoke(app, ["status", str(tmp_path)]).exit_code == 2


def test_the_commands_print_it_and_clean_up(folder: Folder) -> None:
    folder.run()
    (folder.path / "c.txt").unlink()
    folder.run()
    folder.write("new.txt", number=6)
    printed = CliRunner().invoke(app, ["status", str(folder.out)])
    assert printed.exit_code == 0
    for line in (
        "tables: whole",
        "3 documents: 1 failed, 2 no_tables",
        "years: 2022 (1), 2023 (1), unknown (1)",
        "1 readings of documents that are gone are kept",
        "a rerun keeps what was read of 3 documents (0 moved) and reads 1",
        "  1 new:\n    new.txt",
    ):
        assert line in printed.output
    told = json.loads(CliRunner().invoke(app, ["status", str(folder.out), "--json"]).output)
    assert told["rerun"]["read"] == {"new.txt": "new"}
    assert told["statuses"] == {"no_tables": 2, "failed": 1}
    assert CliRunner().invoke(app, ["clean", str(folder.out)]).output == "1 readings of documents that are gone were deleted\n"
    assert status(folder.out).spare == 0
    assert folder.run()[1] == ["new.txt"]


@pytest.mark.parametrize("damage", ["index lost", "sources lost", "run cut short"])
def test_nothing_is_cleaned_away_while_it_is_not_known_what_is_gone(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    (folder.path / "torn.docx").unlink()
    folder.run()
    index = folder.out / "state" / "index.sqlite"
    if damage == "index lost":
        index.unlink()
    elif damage == "sources lost":
        database = sqlite3.connect(index)
        database.executescript("delete from sources")
        database.close()
    else:
        with monkeypatch.context() as patch:
            patch.setattr("gov_extract.run.publish_index", lambda *_: (_ for _ in ()).throw(MemoryError))
            with pytest.raises(MemoryError):
                folder.run()
    shards = sorted(folder.out.rglob("*.shard"))
    refused = CliRunner().invoke(app, ["clean", str(folder.out)])
    assert (refused.exit_code, "run `gov-extract extract` again" in refused.output) == (2, True)
    assert sorted(folder.out.rglob("*.shard")) == shards
    assert folder.run()[1] == []
    assert CliRunner().invoke(app, ["clean", str(folder.out)]).output == "0 readings of documents that are gone were deleted\n"
