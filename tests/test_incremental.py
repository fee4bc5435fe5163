"""A run reads what it must, and no more; its tables are those of a run that reads everything."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

import gov_extract
from gov_extract import store
from gov_extract.dataset import open_dataset
from gov_extract.errors import DatasetError
from gov_extract.readers import Limits
from gov_extract.readers.contents import sources_in
from gov_extract.report import Report
from gov_extract.run import RunSummary, extract_folder, failed_report, plan, reading
from gov_extract.run.reading import Means
from gov_extract.run.status import status
from gov_extract.sources import Source
from gov_extract.store import files, keys
from tests.handmade import make_report

# A time at which a file can have been written last: long enough ago that its times can be relied on.
LONG_AGO = 1_700_000_000


class Here(Executor):
    """Reads at once, in this process, and notes which documents."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.opened: list[str] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if isinstance(args[0], Source):
            (self.opened if fn is sources_in else self.read).append(args[0].source)
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class Folder:
    """A folder of reports, and runs over it into an output folder."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.path = place / "in"
        self.path.mkdir()
        self.out = place / "out"
        self._clock = LONG_AGO

    def write(self, name: str, agency: str = "某县水利局", year: int | None = 2022, number: int = 3) -> Path:
        """A small report; without a year its text does not say which it is of."""
        when = f"{year}年" if year is not None else ""
        return self.put(name, f"{agency}{when}政府信息公开工作年度报告\n一、总体情况\n收到申请{number}件。\n".encode())

    def put(self, name: str, content: bytes) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return self.touch(path)

    def touch(self, path: Path) -> Path:
        self._clock += 10
        os.utime(path, (self._clock, self._clock))
        return path

    def run(self, **options: Any) -> tuple[RunSummary, list[str]]:
        """A run's summary and the sources that it read, sorted."""
        here = Here()
        summary = extract_folder(self.path, self.out, executor=here, **options)
        self.opened = here.opened
        return summary, sorted(here.read)

    def loaded(self, table: str = "documents") -> list[dict[str, Any]]:
        frame = open_dataset(self.out).load(table)
        return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]

    def sources(self) -> list[str]:
        return [row["source"] for row in self.loaded()]

    def published(self, out: Path | None = None) -> dict[str, bytes]:
        out = out or self.out
        paths = [*out.glob("tables/*/*"), out / "manifest.json", out / "datapackage.json", out / "codebook.csv"]
        return {path.relative_to(out).as_posix(): path.read_bytes() for path in paths}

    def fresh(self, **options: Any) -> dict[str, bytes]:
        """What a run that knows nothing publishes."""
        out = self.place / "fresh"
        shutil.rmtree(out, ignore_errors=True)
        extract_folder(self.path, out, executor=Here(), **options)
        return self.published(out)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    # The time of the last change of a file's entry cannot be set: here it never is too late to be relied on.
    monkeypatch.setattr("gov_extract.run.plan._SETTLED", -(10**18))
    return Folder(tmp_path)


def test_a_finished_run_reads_and_writes_nothing(folder: Folder) -> None:
    folder.write("a.txt")
    folder.write("b.txt", year=2023)
    first, read = folder.run()
    assert (read, first.years, first.read) == (["a.txt", "b.txt"], ("2022", "2023"), {"new": 2})
    before = {path: path.stat().st_mtime_ns for path in folder.out.rglob("*") if path.is_file() and "state" not in path.parts}
    again, read = folder.run()
    assert (read, again.years, again.kept, again.read) == ([], (), 2, {})
    assert (again.statuses, again.rows, again.findings) == (first.statuses, first.rows, first.findings)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_new_document_costs_its_own_reading_and_its_year(folder: Folder) -> None:
    for year in (2020, 2021, 2022):
        folder.write(f"{year}.txt", year=year)
    folder.run()
    folder.write("new.txt", "某县教育局", 2021)
    summary, read = folder.run()
    assert (read, summary.years) == (["new.txt"], ("2021",))
    assert folder.published() == folder.fresh()


@pytest.mark.parametrize("trusted", [True, False], ids=["times that can be relied on", "times of this moment"])
def test_a_document_of_other_content_is_read_again(folder: Folder, monkeypatch: pytest.MonkeyPatch, trusted: bool) -> None:
    if not trusted:
        monkeypatch.setattr("gov_extract.run.plan._SETTLED", 10**18)
    folder.write("a.txt", number=3)
    folder.write("b.txt", number=4)
    folder.run()
    size = (folder.path / "a.txt").stat().st_size
    assert folder.write("a.txt", number=5).stat().st_size == size
    summary, read = folder.run()
    assert (read, summary.read) == (["a.txt"], {"changed": 1})
    assert [row["quantity"] for row in folder.loaded("mentions")] == [5, 4]


def test_a_document_that_was_only_touched_is_not_read_again(folder: Folder) -> None:
    path = folder.write("a.txt")
    folder.run()
    folder.touch(path)
    assert folder.run()[1] == []


def test_a_document_that_was_moved_keeps_its_reading_and_has_its_new_source(folder: Folder) -> None:
    path = folder.write("a.txt")
    folder.run()
    (folder.path / "sub").mkdir()
    path.rename(folder.path / "sub" / "b.txt")
    summary, read = folder.run()
    assert (read, summary.moved, summary.gone) == ([], 1, 1)
    assert folder.sources() == ["sub/b.txt"]
    assert folder.published() == folder.fresh()


def test_a_name_that_tells_another_year_has_the_document_read_again(folder: Folder) -> None:
    path = folder.write("2021.txt", year=None)
    folder.run()
    assert [row["report_year"] for row in folder.loaded()] == [2021]
    path.rename(folder.path / "2022.txt")
    assert folder.run()[1] == ["2022.txt"]
    assert [row["report_year"] for row in folder.loaded()] == [2022]
    assert {path.name for path in (folder.out / "tables" / "cells").iterdir()} == {"2022.parquet"}
    assert folder.published() == folder.fresh()


def test_an_extension_that_tells_another_kind_has_the_document_read_again(folder: Folder) -> None:
    path = folder.write("a.txt")
    folder.run()
    path.rename(folder.path / "a.md")
    assert folder.run()[1] == ["a.md"]
    assert [row["media_type"] for row in folder.loaded()] == ["text/markdown"]


def test_a_document_that_is_gone_leaves_the_tables_and_comes_back_unread(folder: Folder) -> None:
    folder.write("a.txt")
    path = folder.write("b.txt", year=2023)
    folder.run()
    path.rename(folder.place / "b.txt")
    summary, _ = folder.run()
    assert (folder.sources(), summary.gone, summary.years) == (["a.txt"], 1, ())
    assert folder.published() == folder.fresh()
    (folder.place / "b.txt").rename(path)
    assert folder.run()[1] == []
    assert folder.sources() == ["a.txt", "b.txt"]


def test_a_copy_of_a_known_document_is_not_read_and_is_told_of(folder: Folder) -> None:
    path = folder.write("a.txt")
    folder.run()
    shutil.copy2(path, folder.path / "0.txt")
    assert folder.run()[1] == []
    assert folder.sources() == ["0.txt"]
    assert [row["message"] for row in folder.loaded("findings") if row["code"] == "duplicate_file"] == [
        "a.txt holds the same bytes; it is counted once"
    ]
    assert folder.published() == folder.fresh()


def test_what_only_a_copys_name_or_row_tells_is_kept_and_told_of(folder: Folder) -> None:
    content = folder.write("a.txt", year=None).read_bytes()
    folder.put("b/2021年.txt", content)
    table = folder.place / "index.csv"
    table.write_text("source,published_on\nb/2021年.txt,2022-01-31\n", encoding="utf-8")
    folder.run(metadata=table)
    (row,) = folder.loaded()
    assert (row["source"], row["report_year"], str(row["published_on"])[:10]) == ("a.txt", 2021, "2022-01-31")
    told = {row["message"].split()[0] for row in folder.loaded("findings") if row["code"] == "from_copy"}
    assert told == {"report_year", "published_on"}
    assert {row["report_year"] for row in folder.loaded("mentions")} == {2021}
    assert folder.published() == folder.fresh(metadata=table)
    # A third one is named as if of another year: the first stands.
    folder.put("c/2020年.txt", content)
    folder.run(metadata=table)
    assert [row["report_year"] for row in folder.loaded()] == [2021]
    (warning,) = [row for row in folder.loaded("findings") if row["code"] == "copies_disagree"]
    assert "2020" in warning["message"]
    assert "c/2020年.txt" in warning["message"]
    assert folder.published() == folder.fresh(metadata=table)


def test_force_reads_everything_and_changes_nothing(folder: Folder) -> None:
    folder.write("a.txt")
    folder.write("b.txt", year=2023)
    folder.run()
    before = folder.published()
    summary, read = folder.run(force=True)
    assert (read, summary.read, summary.years) == (["a.txt", "b.txt"], {"forced": 2}, ())
    assert folder.published() == before


def test_another_version_of_the_program_reads_everything_again(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("a.txt")
    folder.run()
    before = list(folder.out.rglob("*.shard"))
    monkeypatch.setattr(keys, "code_key", lambda: "another")
    summary, read = folder.run()
    assert (read, summary.read) == (["a.txt"], {"upgraded": 1})
    assert folder.run()[1] == []
    after = list(folder.out.rglob("*.shard"))
    assert (len(before), len(after)) == (1, 1)
    assert before != after


def test_the_programs_key_changes_with_what_it_reads_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = Path(keys.__file__).parents[1]
    shutil.copytree(package, tmp_path / "gov_extract", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr("gov_extract.__file__", str(tmp_path / "gov_extract" / "__init__.py"))
    key = keys.code_key.__wrapped__
    assert key() == keys.code_key()
    for name in ("forms/2021.toml", "data/prose.toml", "parse/align.py"):
        before = key()
        with (tmp_path / "gov_extract" / name).open("a", encoding="utf-8") as file:
            file.write("\n# changed\n")
        assert key() != before, name


# ── What lifts a failure ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def failing(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A document says which finding it has while nothing is installed beside this program."""

    def read(source: Source, limits: Limits) -> Report:
        code = source.path.read_text("utf-8")
        if code == "fine":
            return make_report(source.source)
        return failed_report(source, code, "it cannot be read")

    monkeypatch.setattr(reading, "extract_one", read)
    monkeypatch.setattr(keys, "installed", lambda _: False)
    return folder


@pytest.mark.parametrize(("requirement", "code"), [("ocr", "ocr_not_installed"), ("libreoffice", "office_not_installed")])
def test_what_failed_for_want_of_a_reader_is_read_again_when_it_is_there(
    failing: Folder, monkeypatch: pytest.MonkeyPatch, requirement: str, code: str
) -> None:
    failing.put("fine.pdf", b"fine")
    failing.put("waits.pdf", code.encode())
    failing.put("damaged.pdf", b"damaged")
    failing.run()
    assert failing.run()[1] == []
    monkeypatch.setattr(keys, "installed", lambda wanted: wanted == requirement)
    summary, read = failing.run()
    assert (read, summary.read) == (["waits.pdf"], {f"installed_{requirement}": 1})
    # It is there, and was of no use: that is no reason any more.
    assert failing.run()[1] == []


def test_what_was_refused_for_a_limit_is_read_again_under_another(failing: Folder) -> None:
    failing.put("fine.pdf", b"fine")
    failing.put("large.pdf", b"too_large")
    failing.run()
    assert failing.run()[1] == []
    summary, read = failing.run(limits=Limits(max_bytes=2**40))
    assert (read, summary.read) == (["large.pdf"], {"other_limits": 1})
    assert failing.run(limits=Limits(max_bytes=2**40))[1] == []


@pytest.mark.parametrize("code", ["worker_died", "timed_out", "source_unreadable"])
def test_what_may_go_well_another_time_is_tried_by_each_run(failing: Folder, code: str) -> None:
    failing.put("fine.pdf", b"fine")
    path = failing.put("unlucky.pdf", code.encode())
    failing.run()
    summary, read = failing.run()
    assert (read, summary.read) == (["unlucky.pdf"], {"tried_again": 1})
    path.write_bytes(b"fine")
    assert failing.run()[0].statuses == {"complete": 2}


def test_a_failed_document_that_nothing_lifts_is_told_of_by_each_run(failing: Folder) -> None:
    failing.put("damaged.pdf", b"damaged")
    for _ in range(2):
        summary, _ = failing.run()
        assert summary.failures == {"damaged.pdf": "it cannot be read"}
        assert summary.findings == {"damaged": 1}


def test_every_code_that_lifts_something_is_a_finding() -> None:
    import tomllib
    from importlib import resources

    known = tomllib.loads((resources.files("gov_extract") / "data" / "findings.toml").read_text("utf-8"))
    rules = keys.again()
    assert {*rules.limits, *rules.always, *(code for codes in rules.installed.values() for code in codes)} <= known.keys()


# ── More than one file ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_table_of_metadata_takes_effect_without_reading(folder: Folder) -> None:
    folder.write("a.txt", year=None)
    folder.write("b.txt", year=2022)
    folder.run()
    index = folder.place / "index.csv"
    for table in (
        "source,year\na.txt,2019\nb.txt,2022\n",
        "source,year\nb.txt,2021\na.txt,2018\n",
        "source,agency\nx.txt,某局\n",
    ):
        index.write_text(table, "utf-8")
        summary, read = folder.run(metadata=index)
        assert read == []
        assert folder.published() == folder.fresh(metadata=index)
        assert summary.unmatched == (("line 2: x.txt",) if "x.txt" in table else ())
        assert folder.run(metadata=index)[0].years == ()
    folder.run()
    assert folder.published() == folder.fresh()


def test_an_archive_that_has_not_changed_stays_closed(folder: Folder) -> None:
    inside = {f"{n}.txt": folder.write(f"{n}.txt", number=n).read_bytes() for n in range(4)}
    for name in inside:
        (folder.path / name).unlink()

    def archive(*names: str) -> None:
        with zipfile.ZipFile(folder.path / "all.zip", "w") as file:
            for name in names:
                file.writestr(name, inside[name])
        folder.touch(folder.path / "all.zip")

    archive("0.txt", "1.txt", "2.txt")
    _, read = folder.run()
    assert (folder.opened, read) == (["all.zip"], ["all.zip!0.txt", "all.zip!1.txt", "all.zip!2.txt"])
    _, read = folder.run()
    assert (folder.opened, read) == ([], [])
    archive("3.txt", "1.txt", "2.txt")
    _, read = folder.run()
    assert (folder.opened, read) == (["all.zip"], ["all.zip!3.txt"])
    assert folder.sources() == ["all.zip!1.txt", "all.zip!2.txt", "all.zip!3.txt"]
    assert folder.published() == folder.fresh()
    # What was in an archive is known where it lies unpacked, and the other way round.
    (folder.path / "all.zip").unlink()
    folder.put("2.txt", inside["2.txt"])
    assert folder.run()[1] == ["2.txt"] or folder.sources() == ["2.txt"]
    assert folder.published() == folder.fresh()


@pytest.mark.parametrize("settled", [True, False], ids=["told by its times", "written just before the run"])
def test_an_archive_that_changes_while_it_is_opened_is_opened_again(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, settled: bool
) -> None:
    if not settled:
        monkeypatch.setattr("gov_extract.run.plan._SETTLED", 60 * 10**9)

    def archive(number: int) -> None:
        text = folder.write("x.txt", number=number).read_bytes()
        (folder.path / "x.txt").unlink()
        with zipfile.ZipFile(folder.path / "all.zip", "w") as file:
            file.writestr("x.txt", text)
        folder.touch(folder.path / "all.zip")

    archive(3)
    folder.write("y.txt")
    folder.run()
    archive(4)
    open_archives = reading.opened

    def changed_behind(closed: Sequence[Source], means: Means) -> dict[Source, list[Source]]:
        members = open_archives(closed, means=means)
        times = (folder.path / "all.zip").stat()
        archive(5)
        os.utime(folder.path / "all.zip", ns=(times.st_atime_ns, times.st_mtime_ns))
        return members

    monkeypatch.setattr("gov_extract.run.opened", changed_behind)
    folder.run()
    monkeypatch.setattr("gov_extract.run.opened", open_archives)
    folder.run()
    assert folder.opened == ["all.zip"]
    assert [row["quantity"] for row in folder.loaded("mentions")] == [5, 3]
    assert folder.published() == folder.fresh()


def test_what_was_saved_with_a_page_is_part_of_it(folder: Folder) -> None:
    text = (folder.write("x.txt", number=7)).read_text("utf-8")
    (folder.path / "x.txt").unlink()
    folder.put("page.html", b"<html><body><iframe src='page_files/main.html'></iframe></body></html>")

    def frame(number: int) -> None:
        lines = "".join(f"<p>{line}</p>" for line in text.replace("7", str(number)).splitlines())
        folder.put("page_files/main.html", f"<html><head><meta charset='utf-8'></head><body>{lines}</body></html>".encode())

    frame(7)
    folder.run()
    assert [row["quantity"] for row in folder.loaded("mentions")] == [7]
    assert folder.run()[1] == []
    frame(8)
    assert folder.run()[1] == ["page.html"]
    assert [row["quantity"] for row in folder.loaded("mentions")] == [8]
    # Another file of the same size, with the times of the one before.
    times = (folder.path / "page_files/main.html").stat()
    frame(9)
    os.utime(folder.path / "page_files/main.html", ns=(times.st_atime_ns, times.st_mtime_ns))
    assert folder.run()[1] == ["page.html"]
    assert [row["quantity"] for row in folder.loaded("mentions")] == [9]
    assert folder.published() == folder.fresh()


@pytest.mark.parametrize("packed", [False, True], ids=["in a folder", "in an archive"])
def test_a_frame_that_is_refused_for_a_limit_is_read_under_another(folder: Folder, packed: bool) -> None:
    text = folder.write("x.txt", number=7).read_text("utf-8")
    (folder.path / "x.txt").unlink()
    lines = "".join(f"<p>{line}</p>" for line in text.splitlines())
    frame = f"<html><head><meta charset='utf-8'></head><body>{lines}<!--{' ' * 5000}--></body></html>".encode()
    page = b"<html><body><p>\xe9\xa1\xb5</p><iframe src='page_files/main.html'></iframe></body></html>"
    if packed:
        with zipfile.ZipFile(folder.path / "all.zip", "w") as file:
            file.writestr("page.html", page)
            file.writestr("page_files/main.html", frame)
    else:
        folder.put("page.html", page)
        folder.put("page_files/main.html", frame)
    folder.run(limits=Limits(max_bytes=4000))
    (found,) = [row for row in folder.loaded("findings") if row["code"] == "part_too_large"]
    assert "page_files/main.html" in found["message"]
    assert folder.loaded("mentions") == []
    summary, _ = folder.run()
    assert "other_limits" in summary.read
    assert [row["quantity"] for row in folder.loaded("mentions")] == [7]
    assert folder.published() == folder.fresh()


def test_a_file_that_vanishes_while_a_run_is_planned_costs_only_itself(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("a.txt", number=1)
    folder.run()
    gone = folder.write("b.txt", number=2)
    stat = plan._stat
    seen: list[str] = []

    def vanishes(source: Source) -> str:
        told = stat(source)
        seen.append(source.source)
        # The first time all files are looked at, the second time what is known of each.
        if seen.count("b.txt") == 2:
            gone.unlink(missing_ok=True)
        return told

    monkeypatch.setattr(plan, "_stat", vanishes)
    summary, _ = folder.run()
    assert list(summary.failures) == ["b.txt"]
    assert {row["source"]: row["status"] for row in folder.loaded()} == {"a.txt": "no_tables", "b.txt": "failed"}


def test_the_same_folder_given_by_another_path_is_not_read_again(folder: Folder) -> None:
    folder.write("sub/a.txt")
    folder.run()
    here = Here()
    extract_folder(folder.path / "sub", folder.out, executor=here)
    assert here.read == []
    assert folder.sources() == ["a.txt"]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_to_a_folder_its_tables_are_those_of_a_fresh_run(folder: Folder, seed: int) -> None:
    dice = random.Random(seed)
    names = [f"{place}{n}.txt" for place in ("", "x/") for n in range(4)]
    for name in names[:4]:
        folder.write(name, year=dice.choice((2021, 2022, None)), number=dice.randrange(3))
    for _ in range(5):
        for _ in range(dice.randrange(1, 4)):
            there = sorted(path for path in folder.path.rglob("*.txt"))
            path = folder.path / dice.choice(names)
            action = dice.choice(("write", "move", "delete", "copy"))
            if action == "write" or len(there) < 2:
                folder.write(
                    path.relative_to(folder.path).as_posix(), year=dice.choice((2021, 2022, None)), number=dice.randrange(3)
                )
            elif action == "delete":
                dice.choice(there).unlink()
            else:
                path.parent.mkdir(exist_ok=True)
                chosen = dice.choice(there)
                if chosen != path:
                    shutil.copy2(chosen, path)
                    if action == "move":
                        chosen.unlink()
        folder.run()
        assert folder.published() == folder.fresh()


# ── What goes wrong on the disk ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("damage", ["lost", "garbled", "of another version", "behind the shards"])
def test_an_index_that_is_lost_is_made_anew_without_reading(folder: Folder, damage: str) -> None:
    folder.write("a.txt")
    folder.write("b.txt", year=2023)
    folder.run()
    before = folder.published()
    index = folder.out / "state" / "index.sqlite"
    if damage == "lost":
        index.unlink()
    elif damage == "garbled":
        index.write_bytes(b"no database at all, but longer than its header" * 100)
    else:
        database = sqlite3.connect(index)
        statements = "pragma user_version = 99" if damage == "of another version" else "delete from shards; delete from sources"
        database.executescript(statements)
        database.close()
    assert folder.run()[1] == []
    assert folder.published() == before


@pytest.mark.parametrize("cut", [0, 10, -1], ids=["empty", "short", "one byte short"])
def test_a_torn_shard_is_read_again(folder: Folder, cut: int) -> None:
    folder.write("a.txt", number=1)
    folder.write("b.txt", number=2)
    folder.run()
    before = folder.published()
    shard = next(folder.out.rglob("*.shard"))
    shard.write_bytes(shard.read_bytes()[:cut])
    # Nothing looks into it while its year stands as it is.
    assert folder.run()[1] == []
    next(folder.out.glob("tables/cells/*")).unlink()
    summary, read = folder.run()
    assert (len(read), summary.read) == (1, {"lost": 1})
    assert folder.published() == before


@pytest.mark.parametrize("times", [3, 99], ids=["the reading", "whatever is written"])
def test_a_document_whose_reading_the_disk_spoils_each_time_is_told_of(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    folder.write("a.txt", number=1)
    folder.run()
    folder.write("b.txt", number=2)
    write_file = files.write_file
    spoiled: list[Path] = []

    def spoil(out: Path, path: Path, content: bytes) -> None:
        spoiled.append(path)
        write_file(out, path, content[:-1] if len(spoiled) <= times else content)

    monkeypatch.setattr(store, "write_file", spoil)
    if times > 3:
        with pytest.raises(DatasetError, match=r"does not keep.*b\.txt"):
            folder.run()
        assert status(folder.out).finished is None
    else:
        summary, _ = folder.run()
        assert list(summary.failures) == ["b.txt"]
        assert summary.findings["reading_damaged"] == 1
        assert {row["source"]: row["status"] for row in folder.loaded()} == {"a.txt": "no_tables", "b.txt": "failed"}
    monkeypatch.setattr(store, "write_file", write_file)
    assert folder.run()[1] == ["b.txt"]
    assert folder.published() == folder.fresh()


@pytest.mark.parametrize("damage", ["gone", "torn"])
def test_a_shard_over_which_a_table_is_laid_may_be_lost(folder: Folder, damage: str) -> None:
    folder.write("a.txt", year=None)
    table = folder.place / "index.csv"
    table.write_text("source,year\na.txt,2021\n")
    folder.run(metadata=table)
    before = folder.published()
    shard = next(folder.out.rglob("*.shard"))
    if damage == "gone":
        shard.unlink()
    else:
        shard.write_bytes(shard.read_bytes()[:-1])
        next(folder.out.glob("tables/cells/*")).unlink()
    said = status(folder.out)
    assert said.years == ({} if damage == "gone" else {"2021": 1})
    summary, read = folder.run(metadata=table)
    assert (read, summary.read) == (["a.txt"], {"lost": 1})
    assert folder.published() == before


def test_a_shard_that_is_gone_is_read_again(folder: Folder) -> None:
    folder.write("a.txt")
    folder.run()
    before = folder.published()
    next(folder.out.rglob("*.shard")).unlink()
    summary, read = folder.run()
    assert (read, summary.read) == (["a.txt"], {"lost": 1})
    assert folder.published() == before


@pytest.mark.parametrize("damage", ["lost", "changed", "manifest"])
def test_tables_that_were_damaged_are_written_anew_without_reading(folder: Folder, damage: str) -> None:
    folder.write("a.txt")
    folder.write("b.txt", year=2023)
    folder.run()
    before = folder.published()
    path = folder.out / ("manifest.json" if damage == "manifest" else "tables/mentions/2022.parquet")
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.unlink()
    if damage != "lost":
        path.write_bytes(content)
    summary, read = folder.run()
    assert read == []
    assert summary.years == (() if damage == "manifest" else ("2022",))
    assert folder.published() == before


def test_a_file_that_changes_while_it_is_read_is_looked_at_again(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder.write("a.txt", number=3)
    read_one = reading.extract_one

    def read(source: Source, limits: Limits) -> Report:
        report = read_one(source, limits)
        folder.write("a.txt", number=4)
        return report

    monkeypatch.setattr(reading, "extract_one", read)
    folder.run()
    monkeypatch.setattr(reading, "extract_one", read_one)
    assert path.exists()
    assert folder.run()[1] == ["a.txt"]
    assert [row["quantity"] for row in folder.loaded("mentions")] == [4]


def test_all_that_decides_how_a_document_is_read_is_in_the_key_of_the_program() -> None:
    from gov_extract.store.keys import _READING, _parts

    package = Path(gov_extract.__file__).parent
    read = {name.partition("/")[0] for name, _ in _parts(package)}
    assert read == set(_READING)
