"""Sources → their reports, in worker processes.

In: the sources of a run. Out: `reports_of`: each source with its report, as they come; `opened`: the documents of archives.
One document never stops or loses another: whatever it does, it has a report.
"""

from __future__ import annotations

import hashlib
import logging
import traceback
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from gov_extract.errors import GovExtractError, ReadError
from gov_extract.readers import Limits
from gov_extract.readers.contents import content_of, glance, sources_in
from gov_extract.readers.office import office_program
from gov_extract.report import Report, failed, report_of
from gov_extract.run.batches import batches, convert_batch
from gov_extract.run.pool import ProcessPool, TimedOut
from gov_extract.run.tasks import Lost, Task, finished
from gov_extract.sources import Source

logger = logging.getLogger("gov_extract")

# Documents handed out per worker: enough that none waits for the parent to write a shard, few enough to bound memory.
WINDOW = 4


class Means(NamedTuple):
    """What a run reads with: `workers` processes, or an `executor` of the caller's; the bounds on one document, and the
    `seconds` that it may take."""

    workers: int
    executor: Executor | None
    limits: Limits
    seconds: float


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


def opened(archives: Sequence[Source], means: Means) -> dict[Source, list[Source]]:
    """Archive → the documents in it, opened by workers, as documents are read; one that cannot be opened stands for itself."""
    found: dict[Source, list[Source]] = {}
    todo = deque(Task((archive,), sources_in, (archive, means.limits)) for archive in archives)
    for task, result in _done(todo, means):
        (archive,) = task.sources
        if isinstance(result, Lost):
            code = "timed_out" if isinstance(result.error, TimedOut) else "worker_died"
            message = f"the archive could not be opened ({result.error}); unpack it"
            result = [archive._replace(error=message, code=code)]
        found[archive] = result
    return found


def digests(archives: Sequence[Sequence[Source]], means: Means) -> dict[str, str]:
    """Source → sha256 of the documents of archives, as far as they can be had; taken by workers."""
    found: dict[str, str] = {}
    todo = deque(Task(tuple(members), _digests, (tuple(members), means.limits)) for members in archives if members)
    for task, result in _done(todo, means):
        if not isinstance(result, Lost):
            found |= dict(zip((member.source for member in task.sources), result, strict=True))
    return found


def _digests(members: Sequence[Source], limits: Limits) -> list[str]:
    return [_digest(member, limits) for member in members]


def _digest(member: Source, limits: Limits) -> str:
    """The sha256 of a document in an archive, empty where its bytes cannot be had. Runs in a worker."""
    try:
        content = content_of(member, limits) if member.error is None else None
    except (OSError, ReadError):
        return ""
    return hashlib.sha256(content.data).hexdigest() if content is not None and content.error is None else ""


def _done(todo: deque[Task], means: Means) -> Generator[tuple[Task, Any]]:
    if todo:
        given = means.executor
        with ProcessPool(min(means.workers, len(todo)), means.seconds) if given is None else nullcontext(given) as pool:
            yield from finished(pool, todo, means.workers * WINDOW)


def reports_of(sources: Sequence[Source], means: Means) -> Generator[tuple[Source, Report]]:
    """Each source with its report, as they come. A source whose worker died has a second try: it may not be to blame."""
    sources = [source._replace(office=source.office or glance(source) == "office") for source in sources]
    workers, limits, seconds = means.workers, means.limits, means.seconds
    together = office_program() is not None and sum(source.office for source in sources) > 1
    with TemporaryDirectory(prefix="gov-extract-", ignore_cleanup_errors=True) if together else nullcontext("") as scratch:
        parts = batches(sources, workers) if together else ((source,) for source in sources)
        todo: deque[Task] = deque()
        for part in parts:
            converting = Task(part, convert_batch, (part, limits, Path(scratch), seconds))
            todo.append(converting if len(part) > 1 else _reading(part[0], limits))
        for attempt in range(2 if means.executor is None else 3):
            lost: list[Source] = []
            if todo:
                given = means.executor if attempt == 0 else None
                with ProcessPool(min(workers, len(todo)), seconds) if given is None else nullcontext(given) as pool:
                    yield from _read(pool, todo, workers * WINDOW, limits, lost)
            todo = deque(_reading(source, limits) for source in lost)
    message = "the worker process died while it read this file (twice); is it damaged, or memory short?"
    for task in todo:
        yield task.sources[0], failed_report(task.sources[0], "worker_died", message, opened=True)


def _reading(source: Source, limits: Limits) -> Task:
    return Task((source,), extract_one, (source, limits))


def _read(
    executor: Executor, todo: deque[Task], window: int, limits: Limits, lost: list[Source]
) -> Generator[tuple[Source, Report]]:
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
        yield source, result
