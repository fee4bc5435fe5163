"""Many documents in, shards and tables out: `extract_folder`.

In: folders and files. Out: the tables under OUT (see `gov_extract.store`) and a `RunSummary`. Documents are read in
worker processes, a bounded number under way at any time; each result is on disk before the next is taken. One document
never stops or loses another: whatever it does, it ends as a row of ``documents``.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from gov_extract.errors import GovExtractError, ReadError
from gov_extract.readers import Limits
from gov_extract.readers.contents import content_of, glance, sources_in
from gov_extract.readers.office import office_program
from gov_extract.report import Report, failed, report_of
from gov_extract.run.batches import batches, convert_batch
from gov_extract.run.pool import ProcessPool, TimedOut
from gov_extract.run.sidecar import read_sidecar
from gov_extract.run.tasks import Lost, Task, finished
from gov_extract.sources import Source, find_sources
from gov_extract.store import locked, publish, write_shard

logger = logging.getLogger("gov_extract")

# Seconds that one document may take. Reports take a fraction of one: what takes longer than this hangs.
DOCUMENT_SECONDS = 120.0
# Documents handed out per worker: enough that none waits for the parent to write a shard, few enough to bound memory.
WINDOW = 4

Progress = Callable[[int, int, Report], None]


class RunSummary(NamedTuple):
    """What a run did. Counts are of reports (a document can hold several); copies of the same bytes are counted each, but are
    one row of the tables.

    `statuses`: status → reports. `checks_failed`: failing checks of kind within. `findings`: code → times given.
    `failures`: source → why it failed. `rows`: table → rows published. `seconds`: wall time. `unmatched`: rows of the table
    given as `metadata` that belong to no document, each with its line.
    """

    out: Path
    statuses: Mapping[str, int]
    checks_failed: int
    findings: Mapping[str, int]
    failures: Mapping[str, str]
    rows: Mapping[str, int]
    seconds: float
    unmatched: tuple[str, ...] = ()

    @property
    def documents(self) -> int:
        """Number of reports: of sources, and of the further reports in them."""
        return sum(self.statuses.values())


def extract_folder(
    folder: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    limits: Limits | None = None,
    seconds: float = DOCUMENT_SECONDS,
    metadata: str | os.PathLike[str] | None = None,
) -> RunSummary:
    """Read every document of a folder and publish the tables.

    The tables then hold these documents and no others. Interrupted (KeyboardInterrupt), a run publishes what it has
    finished, together with what an earlier run had read of the same sources, and passes the interrupt on.

    Parameters
    ----------
    folder
        A folder or file, or several.
    out
        The output folder; it may lie inside `folder`.
    workers
        Number of worker processes; the number of usable processors by default.
    executor
        Any executor of processes to use instead. It is not shut down. Where it breaks, processes of this machine do the
        rest. `workers` and `seconds` do not apply to it.
    progress
        Called in this process after each document with the number done, the number of all, and its (first) report.
    limits
        Bounds on one document.
    seconds
        Time that one document may take.
    metadata
        A CSV file with what the downloader knows of the documents: see `gov_extract.run.sidecar.read_sidecar`.

    Raises
    ------
    ReadError
        When there is nothing to read: no such folder, or no file in it. The tables are left as they are.
    DatasetError
        When the output folder cannot be written or another run holds it.
    SidecarError
        When the file given as `metadata` cannot be used; nothing has been read or written then.
    """
    if isinstance(executor, ThreadPoolExecutor):
        raise TypeError("executor: threads would share PDFium, which is not thread-safe; give one of processes")
    if workers is not None and workers < 1:
        raise ValueError(f"workers is {workers}; it must be at least 1")
    started = time.monotonic()
    target = Path(out)
    files = find_sources(folder, exclude=target)
    if not files:
        raise ReadError(f"{_named(folder)}: there are no files in it")
    bounds, workers = limits or Limits(), workers or _processors()
    sources = _opened(files, workers, executor, bounds, seconds)
    names = [source.source for source in sources]
    sidecar = read_sidecar(metadata, names) if metadata is not None else None
    statuses: Counter[str] = Counter()
    findings: Counter[str] = Counter()
    failures: dict[str, str] = {}
    checks_failed = 0
    with locked(target):
        try:
            reports = _reports(sources, workers, executor, bounds, seconds)
            with closing(reports):
                for done, read in enumerate(reports, 1):
                    first = read if sidecar is None else sidecar.lay(read)
                    write_shard(target, first)
                    for report in (first, *first.others):
                        statuses[report.status] += 1
                        findings.update(finding.code for finding in report.findings)
                        checks_failed += sum(check.passed is False and check.kind == "within" for check in report.checks)
                        if report.status == "failed":
                            failures[report.source] = report.error or ""
                    if progress is not None:
                        progress(done, len(sources), first)
        except KeyboardInterrupt:
            publish(target, names)
            raise
        rows = publish(target, names)
    unmatched = () if sidecar is None else tuple(f"line {row.line}: {row.name}" for row in sidecar.unmatched)
    if sidecar is not None and unmatched:
        logger.warning("%s: %d rows belong to no document: %s", sidecar.name, len(unmatched), "; ".join(unmatched))
    return RunSummary(
        target,
        dict(statuses),
        checks_failed,
        dict(findings.most_common()),
        dict(sorted(failures.items())),
        rows,
        time.monotonic() - started,
        unmatched,
    )


def extract_one(source: Source, limits: Limits) -> Report:
    """A source's report, whatever happens: an error becomes a report of status ``failed``. Runs in a worker."""
    if source.error is not None:
        return failed_report(source, source.code, source.error)
    try:
        return report_of(content_of(source, limits), limits)
    except GovExtractError as error:
        return failed_report(source, error.code or "source_unreadable", error.message)
    except OSError as error:
        return failed_report(source, "source_unreadable", f"the file cannot be opened ({error.strerror or error})")
    # Whatever else a damaged document provokes is a fault of this program, and must not cost the other documents.
    except Exception as error:
        logger.exception("%s: internal error", source.source)
        frames = traceback.extract_tb(error.__traceback__)
        frame = next((f for f in reversed(frames) if "gov_extract" in Path(f.filename).parts), frames[-1])
        where = f"{Path(frame.filename).name}, line {frame.lineno}"
        message = f"internal error ({type(error).__name__}: {error}; {where}); please report it with the file"
        return failed_report(source, "internal_error", message, opened=True)


def extract_each(source: Source, limits: Limits | None = None) -> list[Report]:
    """The report of a source, or those of the documents of the archive that it is, whatever happens; in this process."""
    bounds = limits or Limits()
    found = sources_in(source, bounds) if glance(source) == "archive" else [source]
    return [extract_one(one, bounds) for one in found]


def failed_report(source: Source, code: str, message: str, *, opened: bool = False) -> Report:
    """The report of a document that could not be read, with one finding of severity error.

    `opened` tells whether its bytes can be had: then they identify it, else its source does.
    """
    report = failed(source.source, GovExtractError(message, code))
    try:
        if source.place and opened:
            content = content_of(source, Limits())
            if content.error is None:
                sha256 = hashlib.sha256(content.data).hexdigest()
                report = replace(report, bytes=len(content.data), sha256=sha256, document_id=sha256[:16])
        elif source.path.is_file() and not source.place:
            report = replace(report, bytes=source.path.stat().st_size)
            if opened:
                with source.path.open("rb") as handle:
                    sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
                report = replace(report, sha256=sha256, document_id=sha256[:16])
    except (OSError, ReadError):
        logger.debug("%s: cannot be opened", source.source)
    return report


def _opened(sources: Sequence[Source], workers: int, executor: Executor | None, limits: Limits, seconds: float) -> list[Source]:
    """The sources with the documents of archives in their place, sorted. Archives are opened by workers, as documents are."""
    found: list[Source] = []
    todo: deque[Task] = deque()
    for source in sources:
        kind = glance(source)
        if kind == "archive":
            todo.append(Task((source,), sources_in, (source, limits)))
        else:
            found.append(source._replace(office=kind == "office"))
    if not todo:
        return found
    with ProcessPool(min(workers, len(todo)), seconds) if executor is None else nullcontext(executor) as pool:
        for task, result in finished(pool, todo, workers * WINDOW):
            if isinstance(result, Lost):
                code = "timed_out" if isinstance(result.error, TimedOut) else "worker_died"
                message = f"the archive could not be opened ({result.error}); unpack it"
                found.append(task.sources[0]._replace(error=message, code=code))
            else:
                found.extend(result)
    return sorted(found, key=lambda source: source.source)


def _reports(
    sources: Sequence[Source], workers: int, executor: Executor | None, limits: Limits, seconds: float
) -> Generator[Report]:
    """The sources' reports as they come. A source whose worker died has a second try: it may not be to blame."""
    together = office_program() is not None and sum(source.office for source in sources) > 1
    with TemporaryDirectory(prefix="gov-extract-", ignore_cleanup_errors=True) if together else nullcontext("") as scratch:
        parts = batches(sources, workers) if together else ((source,) for source in sources)
        todo: deque[Task] = deque()
        for part in parts:
            converting = Task(part, convert_batch, (part, limits, Path(scratch), seconds))
            todo.append(converting if len(part) > 1 else _reading(part[0], limits))
        for attempt in range(2 if executor is None else 3):
            lost: list[Source] = []
            if todo:
                given = executor if attempt == 0 else None
                with ProcessPool(min(workers, len(todo)), seconds) if given is None else nullcontext(given) as pool:
                    yield from _read(pool, todo, workers * WINDOW, limits, lost)
            todo = deque(_reading(source, limits) for source in lost)
    message = "the worker process died while it read this file (twice); is it damaged, or memory short?"
    yield from (failed_report(task.sources[0], "worker_died", message, opened=True) for task in todo)


def _reading(source: Source, limits: Limits) -> Task:
    return Task((source,), extract_one, (source, limits))


def _read(executor: Executor, todo: deque[Task], window: int, limits: Limits, lost: list[Source]) -> Generator[Report]:
    """Reports of what the executor finishes, batches that are converted put before the rest; `lost` takes what it has lost."""
    for task, result in finished(executor, todo, window):
        source = task.sources[0]
        if len(task.sources) > 1:
            # Of a batch that was lost each is converted alone.
            converted = task.sources if isinstance(result, Lost) else result
            todo.extendleft(_reading(one, limits) for one in reversed(converted))
            continue
        if isinstance(result, Lost):
            if not isinstance(result.error, TimedOut):
                logger.warning("%s: the worker was lost (%s: %s)", source.source, type(result.error).__name__, result.error)
                lost.append(source)
                continue
            result = failed_report(source, "timed_out", result.error.message, opened=True)
        if source.converted is not None:
            source.converted.unlink(missing_ok=True)
        yield result


def _named(folder: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> str:
    return os.fspath(folder) if isinstance(folder, str | os.PathLike) else ", ".join(os.fspath(part) for part in folder)


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
