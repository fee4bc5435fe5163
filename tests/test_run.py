"""Runs over many documents: nothing that one of them does stops or loses another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gov_extract.cli import app
from gov_extract.dataset import open_dataset
from gov_extract.errors import DatasetError, ReadError
from gov_extract.readers import Limits
from gov_extract.report import Report
from gov_extract.run import Unpublished, extract_folder, extract_one, failed_report, reading
from gov_extract.run.pool import ProcessPool, TimedOut, WorkerDied
from gov_extract.sources import Source
from gov_extract.store import locked
from tests.handmade import make_report


def scripted(source: Source, limits: Limits) -> Report:
    """In place of `extract_one`: a document does what its first word says. Runs in a worker process."""
    action, _, mark = source.path.read_text("utf-8").partition(" ")
    if action == "die":
        os._exit(9)
    if action == "die_once" and not Path(mark).exists():
        Path(mark).touch()
        os._exit(9)
    if action == "hang":
        time.sleep(60)
    if action == "print":
        print("noise on standard output", flush=True)
        os.system("echo more noise")
    if action == "fail":
        return failed_report(source, "damaged", "the file is damaged")
    return make_report(source.source, content=source.source)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(reading, "extract_one", scripted)
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def fill(folder: Path, **actions: str) -> None:
    for name, action in actions.items():
        (folder / f"{name}.pdf").write_text(action, "utf-8")


def statuses(out: Path) -> dict[str, str]:
    documents = open_dataset(out).load("documents")
    return dict(zip(documents["source"].str.removesuffix(".pdf"), documents["status"], strict=True))


def test_a_worker_that_dies_costs_only_its_document(folder: Path, tmp_path: Path) -> None:
    good = {f"good{k}": "read" for k in range(12)}
    fill(folder, killer="die", **good)
    summary = extract_folder(folder, tmp_path / "out", workers=2)
    assert summary.statuses == {"complete": 12, "failed": 1}
    assert statuses(tmp_path / "out") == {**dict.fromkeys(good, "complete"), "killer": "failed"}
    findings = open_dataset(tmp_path / "out").load("findings")
    assert findings["code"].tolist() == ["worker_died"]
    assert "died" in summary.failures["killer.pdf"]


def test_a_death_that_does_not_repeat_is_forgiven(folder: Path, tmp_path: Path) -> None:
    fill(folder, unlucky=f"die_once {tmp_path / 'mark'}", good="read")
    assert extract_folder(folder, tmp_path / "out", workers=1).statuses == {"complete": 2}


def test_a_document_that_hangs_is_given_up(folder: Path, tmp_path: Path) -> None:
    fill(folder, a="hang", b="read", c="read")
    summary = extract_folder(folder, tmp_path / "out", workers=1, seconds=2)
    assert summary.statuses == {"failed": 1, "complete": 2}
    assert "2 seconds" in summary.failures["a.pdf"]
    document = open_dataset(tmp_path / "out").load("documents").set_index("source").loc["a.pdf"]
    assert document["document_id"] == document["sha256"][:16]


def test_what_libraries_print_does_not_disturb_the_replies(folder: Path, tmp_path: Path) -> None:
    fill(folder, a="print", b="print")
    assert extract_folder(folder, tmp_path / "out", workers=1).statuses == {"complete": 2}


def test_progress_is_told_after_each_document(folder: Path, tmp_path: Path) -> None:
    fill(folder, a="read", b="fail", c="read")
    told: list[tuple[int, int, str]] = []
    extract_folder(
        folder,
        tmp_path / "out",
        workers=1,
        progress=lambda done, total, report: told.append((done, total, report.source)),
    )
    assert [entry[:2] for entry in told] == [(1, 3), (2, 3), (3, 3)]
    assert {entry[2] for entry in told} == {"a.pdf", "b.pdf", "c.pdf"}


def test_an_executor_of_the_caller_is_used_and_left_open(folder: Path, tmp_path: Path) -> None:
    fill(folder, **{f"d{k}": "read" for k in range(5)})
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        summary = extract_folder(folder, tmp_path / "out", executor=executor)
        assert executor.submit(os.getpid).result() > 0
    assert summary.statuses == {"complete": 5}


def test_where_the_callers_executor_breaks_the_rest_is_done_all_the_same(folder: Path, tmp_path: Path) -> None:
    good = {f"good{k}": "read" for k in range(10)}
    fill(folder, killer="die", **good)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        summary = extract_folder(folder, tmp_path / "out", workers=2, executor=executor)
    assert summary.statuses == {"complete": 10, "failed": 1}
    assert list(summary.failures) == ["killer.pdf"]


class Counting(Executor):
    """Runs tasks at once and keeps count of those not yet looked at."""

    def __init__(self) -> None:
        self.pending = self.most = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.pending += 1
        self.most = max(self.most, self.pending)
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def test_only_a_bounded_number_of_documents_is_under_way(folder: Path, tmp_path: Path) -> None:
    fill(folder, **{f"d{k:02d}": "read" for k in range(40)})
    executor = Counting()

    def progress(done: int, total: int, report: Report) -> None:
        executor.pending -= 1

    extract_folder(folder, tmp_path / "out", workers=2, executor=executor, progress=progress)
    assert executor.most <= 2 * reading.WINDOW


def test_an_interrupted_run_keeps_what_is_finished(folder: Path, tmp_path: Path) -> None:
    fill(folder, **{f"d{k:02d}": "read" for k in range(30)})

    def progress(done: int, total: int, report: Report) -> None:
        if done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        extract_folder(folder, tmp_path / "out", workers=2, progress=progress)
    assert len(statuses(tmp_path / "out")) == 7
    assert extract_folder(folder, tmp_path / "out", workers=2).statuses == {"complete": 30}
    assert len(statuses(tmp_path / "out")) == 30


@pytest.mark.parametrize("during", ["reading", "publishing"])
def test_an_interrupt_before_the_tables_are_written_is_told_of(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, during: str
) -> None:
    fill(folder, a="read", b="read")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("gov_extract.run.publish_index", interrupted)
        if during == "reading":
            with pytest.raises(Unpublished):
                extract_folder(folder, tmp_path / "out", workers=1, progress=interrupted)
        else:
            done = CliRunner().invoke(app, ["extract", str(folder), "-o", str(tmp_path / "out"), "--workers", "1"])
            assert done.exit_code == 130
            assert "2 of 2 documents were read and are kept" in done.output
            assert "run again to publish" in done.output
    extract_folder(folder, tmp_path / "out", workers=1)
    assert statuses(tmp_path / "out") == {"a": "complete", "b": "complete"}


def test_threads_are_refused_as_an_executor(folder: Path, tmp_path: Path) -> None:
    fill(folder, a="read")
    with ThreadPoolExecutor(2) as executor, pytest.raises(TypeError, match="thread-safe"):
        extract_folder(folder, tmp_path / "out", executor=executor)


def test_an_empty_folder_leaves_the_tables_of_an_earlier_run_alone(folder: Path, tmp_path: Path) -> None:
    fill(folder, a="read")
    extract_folder(folder, tmp_path / "out", workers=1)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ReadError, match="no files"):
        extract_folder(tmp_path / "empty", tmp_path / "out")
    assert statuses(tmp_path / "out") == {"a": "complete"}


def test_the_tables_hold_the_documents_of_the_last_run_and_no_others(folder: Path, tmp_path: Path) -> None:
    fill(folder, a="read", b="read")
    extract_folder(folder, tmp_path / "out", workers=1)
    (folder / "a.pdf").unlink()
    extract_folder(folder, tmp_path / "out", workers=1)
    assert statuses(tmp_path / "out") == {"b": "complete"}


def test_an_output_folder_inside_the_input_is_not_read(folder: Path) -> None:
    fill(folder, a="read")
    for _ in range(2):
        assert extract_folder(folder, folder / "out", workers=1).statuses == {"complete": 1}


def test_a_folder_in_use_is_refused_before_anything_is_read(folder: Path, tmp_path: Path) -> None:
    fill(folder, a="read")
    with locked(tmp_path / "out"), pytest.raises(DatasetError, match="in use"):
        extract_folder(folder, tmp_path / "out")


@pytest.mark.parametrize("exception", [ValueError("boom"), RecursionError(), MemoryError(), KeyError("x")])
def test_an_internal_error_becomes_a_failed_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exception: Exception
) -> None:
    (tmp_path / "a.pdf").write_bytes(b"content")

    def explode(*_: object, **__: object) -> Report:
        raise exception

    monkeypatch.setattr(reading, "report_of", explode)
    report = extract_one(Source(tmp_path / "a.pdf", "a.pdf"), Limits())
    assert report.status == "failed"
    assert report.findings[0].code == "internal_error"
    assert type(exception).__name__ in (report.error or "")
    assert report.sha256 is not None
    assert report.document_id == report.sha256[:16]
    assert str(tmp_path) not in (report.error or "")


def test_a_file_that_is_gone_becomes_a_failed_report(tmp_path: Path) -> None:
    report = extract_one(Source(tmp_path / "gone.pdf", "gone.pdf"), Limits())
    assert (report.status, report.findings[0].code, report.sha256) == ("failed", "source_unreadable", None)
    assert "No such file" in (report.error or "")


def add(a: int, b: int) -> int:
    return a + b


def raise_one() -> None:
    raise DatasetError("of the worker")


def nap(seconds: float) -> None:
    time.sleep(seconds)


@pytest.fixture
def pool() -> Iterator[ProcessPool]:
    with ProcessPool(2, seconds=20) as pool:
        yield pool


def test_the_pool_returns_results_and_exceptions(pool: ProcessPool) -> None:
    assert [future.result() for future in [pool.submit(add, k, 1) for k in range(5)]] == [1, 2, 3, 4, 5]
    with pytest.raises(DatasetError, match="of the worker"):
        pool.submit(raise_one).result()
    with pytest.raises(WorkerDied):
        pool.submit(os._exit, 3).result()
    assert pool.submit(add, 1, b=2).result() == 3


def test_the_pool_gives_up_on_what_hangs() -> None:
    with ProcessPool(1, seconds=1) as pool:
        with pytest.raises(TimedOut):
            pool.submit(nap, 30).result()
        assert pool.submit(add, 1, 2).result() == 3


def test_the_pool_replaces_its_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gov_extract.run.pool.TASKS_PER_PROCESS", 2)
    with ProcessPool(1, seconds=20) as pool:
        first, second, third = (pool.submit(os.getpid).result() for _ in range(3))
    assert first == second != third


def test_closing_the_pool_ends_what_is_under_way() -> None:
    with ProcessPool(1, seconds=60) as pool:
        futures = [pool.submit(nap, 50) for _ in range(3)]
        time.sleep(0.5)
    assert all(future.done() for future in futures)
    assert not [future for future in futures if not future.cancelled() and future.exception() is None]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("gov-extract")]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of a POSIX terminal")
def test_ctrl_c_on_the_command_line_keeps_finished_documents(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    (tmp_path / "in").mkdir()
    fill(tmp_path / "in", a="read", b="hang", c="read")
    script.write_text(
        "import sys\n"
        "from gov_extract import cli\n"
        "from gov_extract.run import reading\n"
        "from tests.test_run import scripted\n"
        "reading.extract_one = scripted\n"
        "cli.main()\n"
    )
    process = subprocess.Popen(
        [sys.executable, str(script), "extract", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--workers", "2"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    shards = tmp_path / "out" / "state" / "shards"
    for _ in range(200):
        if len(list(shards.rglob("*.shard"))) == 2:
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert "Interrupted: 2 of 3" in errors
    assert statuses(tmp_path / "out") == {"a": "complete", "c": "complete"}
