"""Many documents in, shards and tables out: `extract_folder`.

In: folders and files. Out: the tables under OUT (see `gov_extract.store`) and a `RunSummary`. What an earlier run has read is
not read again (`gov_extract.run.plan`). The rest is read in worker processes (`gov_extract.run.reading`), a bounded number
under way at any time; each result is on disk before the next is taken. One document never stops or loses another: whatever it
does, it ends as a row of ``documents``.
"""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from gov_extract.errors import DatasetError, ReadError
from gov_extract.readers import Limits
from gov_extract.report import Report
from gov_extract.run.laying import lay_over, overlays, told_key
from gov_extract.run.plan import Archives, Plan, Todo, current_stat, make_plan, sha256_of
from gov_extract.run.reading import Means, digests, extract_each, extract_one, failed_report, opened, reports_of
from gov_extract.run.sidecar import Sidecar, read_sidecar
from gov_extract.sources import find_sources
from gov_extract.store import keep, tidy
from gov_extract.store.entries import overlays_to
from gov_extract.store.index import Index, Row, open_index
from gov_extract.store.keys import Environment, environment
from gov_extract.store.lock import locked
from gov_extract.store.publishing import publish_index
from gov_extract.store.telling import tell

__all__ = ["RunSummary", "Unpublished", "extract_each", "extract_folder", "extract_one", "failed_report"]

logger = logging.getLogger("gov_extract")

# Seconds that one document may take. Reports take a fraction of one: what takes longer than this hangs.
DOCUMENT_SECONDS = 120.0
# Times that a document is read whose reading the disk spoils.
READINGS = 3

Progress = Callable[[int, int, Report], None]


class Unpublished(KeyboardInterrupt):
    """An interrupt that came before the tables were written: what was read is kept, and the next run publishes it."""


class RunSummary(NamedTuple):
    """What a run did. Counts are of reports (a document can hold several), of those read earlier as well; copies of the same
    bytes are counted each, but are one row of the tables.

    `statuses`: status → reports. `checks_failed`: failing checks of kind within. `findings`: code → times given.
    `failures`: source → why it failed. `rows`: table → rows published. `seconds`: wall time. `unmatched`: rows of the table
    given as `metadata` that are used for no document, each with its line. `read`: why documents were read by this run → how
    many. `kept`: documents whose reading stood, `moved` of them in another place than before; `gone`: documents of the last run that
    are none of this one. `years`: those whose tables were written. `corrections`: what became of those in
    ``OUT/corrections.yaml`` (codes of findings, or ``document_absent``) → how many; `refused`: those that are not applied, each
    with its line.
    """

    out: Path
    statuses: Mapping[str, int]
    checks_failed: int
    findings: Mapping[str, int]
    failures: Mapping[str, str]
    rows: Mapping[str, int]
    seconds: float
    unmatched: tuple[str, ...] = ()
    read: Mapping[str, int] = MappingProxyType({})
    kept: int = 0
    moved: int = 0
    gone: int = 0
    years: tuple[str, ...] = ()
    corrections: Mapping[str, int] = MappingProxyType({})
    refused: tuple[str, ...] = ()

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
    force: bool = False,
) -> RunSummary:
    """Read every document of a folder that has not been read before, and publish the tables.

    The tables then hold these documents and no others. Interrupted (KeyboardInterrupt), a run publishes what it has
    finished, together with what an earlier run had read of the same sources, and passes the interrupt on;
    as `Unpublished` where it came while the tables were written.

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
        Called in this process after each document that was read with the number done, the number of all, and its (first)
        report. Documents that had been read before are done from the start.
    limits
        Bounds on one document.
    seconds
        Time that one document may take.
    metadata
        A CSV file with what the downloader knows of the documents: see `gov_extract.run.sidecar.read_sidecar`.
    force
        Read every document again.

    Raises
    ------
    ReadError
        When there is nothing to read: no such folder, or no file in it. The tables are left as they are.
    DatasetError
        When the output folder cannot be written or another run holds it, or its disk does not keep what is written to it.
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
    table = None if metadata is None else read_sidecar(metadata)
    means = Means(workers or _processors(), executor, limits or Limits(), seconds)
    now = environment(means.limits, seconds)
    archives = Archives(partial(opened, means=means), partial(digests, means=means))
    with locked(target), open_index(target) as index:
        index.put_facts(
            roots=[os.path.abspath(root) for root in _roots(folder)],  # noqa: PTH100 links stay as they were given
            metadata=None if metadata is None else os.path.abspath(metadata),  # noqa: PTH100
            limits=asdict(means.limits),
            seconds=seconds,
            finished=None,
        )
        plan = make_plan(files, index, now, means.limits, archives, force=force)
        names = plan.sources
        sidecar = None if table is None else Sidecar(table.name, table.rows, names)
        reasons = Counter(one.reason for one in plan.todo)
        _lay_over_kept(index, plan.kept, sidecar)
        try:
            _read(index, plan, means, now, sidecar, progress)
        except KeyboardInterrupt:
            with _until_published():
                publish_index(index, names)
            raise
        with _until_published():
            published = publish_index(index, names)
            # A shard that a disk has spoiled: its document is read again.
            for attempt in range(1, READINGS + 1):
                if not published.torn:
                    break
                again = make_plan(files, index, now, means.limits, archives)
                if attempt < READINGS:
                    reasons.update(one.reason for one in again.todo)
                    _read(index, again, means, now, sidecar, None)
                else:
                    _give_up(index, again, published.torn, now, sidecar)
                published = publish_index(index, names)
        if published.torn:
            raise DatasetError(f"{target}: the disk does not keep what is written to it; lost are {', '.join(published.torn)}")
        tidy(index, now)
        counts = tell(index)
        index.put_facts(finished=datetime.now(UTC).isoformat(timespec="seconds"))
    unmatched = () if sidecar is None else tuple(f"line {row.line}: {row.name}" for row in sidecar.unmatched)
    if sidecar is not None and unmatched:
        logger.warning("%s: %d rows are used for no document: %s", sidecar.name, len(unmatched), "; ".join(unmatched))
    return RunSummary(
        target,
        dict(counts.statuses),
        counts.checks_failed,
        dict(counts.findings.most_common()),
        dict(sorted(counts.failures.items())),
        published.rows,
        time.monotonic() - started,
        unmatched,
        dict(reasons.most_common()),
        len(plan.kept),
        plan.moved,
        len(plan.gone),
        published.years,
        published.corrections.outcomes,
        published.corrections.refused,
    )


@contextmanager
def _until_published() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as interrupt:
        raise Unpublished from interrupt


def _lay_over_kept(index: Index, kept: Sequence[Row], sidecar: Sidecar | None) -> None:
    """Note the documents whose reading stands, with what is laid over them now."""
    before = {row.source: row for row in index.rows()}
    index.put(row for row in kept if before.get(row.source) != row)
    if sidecar is None and not any(row.told for row in kept):
        return
    parts, shards = index.parts(), index.shards()
    changed = []
    for row in kept:
        of_shard = parts.get(row.shard, ())
        told = told_key(sidecar, row.source, shards[row.shard].url, len(of_shard)) if of_shard else ""
        if told != row.told:
            laid = lay_over(sidecar, row.source, shards[row.shard].url, of_shard) if sidecar is not None and told else []
            changed.append(row._replace(overlay=overlays_to(laid), told=told))
    index.put(changed)


def _read(index: Index, plan: Plan, means: Means, now: Environment, sidecar: Sidecar | None, progress: Progress | None) -> None:
    """Read what is to be read, and keep it."""
    todo = {one.source.source: one for one in plan.todo}
    total = len(plan.kept) + len(todo)
    reports = reports_of([one.source for one in plan.todo], means)
    with closing(reports):
        for done, (source, read) in enumerate(reports, len(plan.kept) + 1):
            first = _keep(index, todo[source.source], read, now, sidecar)
            if progress is not None:
                progress(done, total, first)


def _keep(index: Index, one: Todo, read: Report, now: Environment, sidecar: Sidecar | None) -> Report:
    """Keep what was read of a document, and return it with what is laid over it."""
    first = read if sidecar is None else sidecar.lay(read)
    laid = "" if sidecar is None else overlays_to(overlays(read, first))
    told = told_key(sidecar, one.source.source, read.url, 1 + len(read.others))
    row = one.row._replace(overlay=laid, told=told, stat=current_stat(one.row, one.source), content=_content(one, read))
    keep(index, row, read, now, beside=one.beside, size=None if one.source.place else read.bytes)
    return first


def _give_up(index: Index, plan: Plan, torn: Sequence[str], now: Environment, sidecar: Sidecar | None) -> None:
    """Keep of documents whose reading the disk has spoiled each time that they have failed: the next run tries again."""
    message = f"its reading was damaged on the disk {READINGS} times; check the disk of the output folder"
    for one in plan.todo:
        if one.row.source in torn:
            _keep(index, one, failed_report(one.source, "reading_damaged", message, opened=True), now, sidecar)


def _content(one: Todo, read: Report) -> str:
    """The sha256 of a document that was read, empty where it cannot be had."""
    if read.sha256 is not None or one.source.place or one.source.error is not None:
        return read.sha256 or one.row.content
    return one.row.content or sha256_of(one.source.path)


def _roots(folder: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> list[str]:
    return [os.fspath(root) for root in ([folder] if isinstance(folder, str | os.PathLike) else folder)]


def _named(folder: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> str:
    return ", ".join(_roots(folder))


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
