"""What of a run's documents must be read, and what has been.

In: the files of a run, and the index of what earlier runs have read. Out: a `Plan`: documents whose reading stands, and those
to read, each with the reason. A file whose size and times are those of its reading is not opened. One that was changed, moved
or touched is known by its content; what its content and name make of it is not read twice (see `gov_extract.store.keys`).
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any, NamedTuple

from gov_extract.readers import Limits
from gov_extract.readers.archives import BETWEEN
from gov_extract.readers.contents import glance
from gov_extract.readers.saved.folder import own_folders
from gov_extract.sources import Source, named_apart, saved_pages
from gov_extract.store.index import Index, OpenedArchive, Row
from gov_extract.store.keys import Environment, again, base_key, lifted
from gov_extract.store.shards import Shard

# A file that was written so shortly before it is looked at could be written again without its times telling.
_SETTLED = 2_000_000_000

Reason = str
"""Why a document is read: new, changed, upgraded, forced, lost, tried_again, other_limits, installed_<requirement>."""


class Todo(NamedTuple):
    """A document to read: its `row` in the index but for its shard, the key of what lies `beside` it, and the reason."""

    source: Source
    row: Row
    beside: str
    reason: Reason


class Plan(NamedTuple):
    """What a run does with its documents. `gone` are sources of the last run that are none of this one; `moved` counts the
    documents that stand though they lie elsewhere than they did."""

    kept: tuple[Row, ...]
    todo: tuple[Todo, ...]
    gone: tuple[str, ...]
    moved: int

    @property
    def sources(self) -> list[str]:
        """Every document of the run."""
        return sorted([row.source for row in self.kept] + [one.row.source for one in self.todo])


class Archives(NamedTuple):
    """How archives are looked into: `opened` gives the documents of each, `digests` the sha256 of documents in them."""

    opened: Callable[[Sequence[Source]], Mapping[Source, list[Source]]]
    digests: Callable[[Sequence[Sequence[Source]]], Mapping[str, str]]


def make_plan(
    files: Sequence[Source], index: Index, now: Environment, limits: Limits, archives: Archives, *, force: bool = False
) -> Plan:
    """The plan of a run over these files.

    `force` has every document read. Archives that are new or have changed are noted in the index with what they hold.
    """
    sources, fresh = _documents(files, index, now, limits, archives, force)
    return _Planner(index, now, force).plan(sources, fresh)


def member_sources(source: Source, members: Iterable[Sequence[Any]]) -> list[Source]:
    """The documents of an archive, from what the index holds of them."""
    return [
        source._replace(
            source=name,
            place=tuple(place),
            office=office,
            error=error,
            code=code,
            member=name.removeprefix(f"{source.source}{BETWEEN}") if place else "",
        )
        for name, place, office, error, code in members
    ]


def _documents(
    files: Sequence[Source], index: Index, now: Environment, limits: Limits, archives: Archives, force: bool
) -> tuple[list[Source], dict[str, str]]:
    """The documents of the files, those of archives in their place, and source → sha256 of those that were looked at anew."""
    known = index.archives()
    under = f"{now.code} {astuple(limits)}"
    settled = time.time_ns() - _SETTLED
    # Taken before anything is opened: what is written meanwhile shows the next time.
    stats = {file: _stat(file) for file in files}
    found: list[Source] = []
    closed: list[Source] = []
    plain = {row.path: row.stat for row in index.rows() if not row.place}
    for file in files:
        archive = known.get(str(file.path))
        if archive is not None and (archive.stat, archive.opened) == (_named(stats[file], file), under) and not force:
            found += member_sources(file, archive.members)
        elif (archive is not None or force or plain.get(str(file.path), "") != stats[file]) and glance(file) == "archive":
            closed.append(file)
        else:
            found.append(file)
    if not closed:
        return named_apart(found), {}
    members = archives.opened(closed)
    for file, inside in members.items():
        found += inside
        unchanged = stats[file] != "" and _newest(file) < settled and _stat(file) == stats[file]
        # An archive that cannot be opened stands for itself; what may go well another time is tried again.
        if unchanged and not any(_may_go_well(one) for one in inside):
            listed = [[one.source, one.place, one.office, one.error, one.code] for one in inside]
            index.put_archive(str(file.path), OpenedArchive(_named(stats[file], file), under, listed))
    # Digests are told by name: only when no two documents have the same.
    apart = named_apart(found)
    named = {(str(one.path), one.place): one for one in apart}
    inside_named = [[named[str(one.path), one.place] for one in inside] for inside in members.values()]
    return apart, dict(archives.digests(inside_named)) if index.shards() else {}


def _named(stat: str, archive: Source) -> str:
    """What an archive is known by: what its documents are called follows from its name."""
    return f"{stat} {archive.source}"


class _Planner:
    """Decides for each document."""

    def __init__(self, index: Index, now: Environment, force: bool) -> None:
        self._now = now
        self._force = force
        self._rows = {row.source: row for row in index.rows()}
        self._by_place = {(row.path, row.place): row for row in self._rows.values()}
        self._shards = index.shards()
        self._by_base: dict[str, list[Shard]] = {}
        for shard in self._shards.values():
            if shard.code == now.code:
                self._by_base.setdefault(shard.base, []).append(shard)
        self._sizes = {shard.size for shard in self._shards.values()}
        self._settled = time.time_ns() - _SETTLED
        self._lifted: dict[tuple[str, ...], Reason | None] = {}

    def plan(self, sources: Sequence[Source], fresh: Mapping[str, str]) -> Plan:
        kept: list[Row] = []
        todo: list[Todo] = []
        moved = 0
        for source in sources:
            decided = self._decide(source, fresh.get(source.source))
            if isinstance(decided, Todo):
                todo.append(decided)
                continue
            before = self._rows.get(source.source)
            moved += before is None or (before.path, before.place) != (decided.path, decided.place)
            kept.append(decided)
        names = {source.source for source in sources}
        if len(names) < len(sources):  # everything behind this is kept by name: one of them would be lost
            raise RuntimeError("two documents of a run have the same name")
        return Plan(tuple(kept), tuple(todo), tuple(name for name in self._rows if name not in names), moved)

    def _decide(self, source: Source, content: str | None) -> Row | Todo:
        path = str(source.path)
        stat = _stat(source)
        known = self._by_place.get((path, source.place))
        before = self._rows.get(source.source) or known
        reason: Reason | None = "new" if before is None else "changed" if stat else "tried_again"
        same = known is not None and known.stat == stat != "" and content is None
        if same and known is not None:
            content = known.content
            reason = self._why(known) if known.source == source.source else reason
            if reason is None and not self._force:
                return known
        elif content is None:
            told = stat and not source.place and int(stat.partition(":")[0]) in self._sizes
            content = sha256_of(source.path) if told else ""
        beside = _beside(source, stat)
        # Taken before the content is: what is written meanwhile shows the next time.
        trusted = stat if stat and _newest(source) < self._settled and not _may_go_well(source) else ""
        row = Row(source.source, path, source.place, content, trusted, "")
        if self._force:
            return Todo(source, row, beside, "forced")
        found = self._find(content, source.source, beside) if content else None
        if isinstance(found, Shard):
            laid = before._asdict() if before is not None and before.shard == found.name else {}
            return row._replace(shard=found.name, overlay=laid.get("overlay", ""), told=laid.get("told", ""))
        if found is None and before is not None and content and before.content == content:
            found = self._why(before)
        return Todo(source, row, beside, found or reason or "changed")

    def _why(self, row: Row) -> Reason | None:
        """Why the reading of a document whose content is the same does not stand, as far as it does not."""
        shard = self._shards.get(row.shard)
        if shard is None:
            return "lost"
        return "upgraded" if shard.code != self._now.code else self._stale(shard)

    def _find(self, content: str, source: str, beside: str) -> Shard | Reason | None:
        """The reading of that content under that name; why it does not stand; None where there is none."""
        reason: Reason | None = None
        for named in (False, True):
            base = base_key(content, source, beside, self._now.code, named=named)
            # The latest is the one that was read under what is installed now.
            candidates: list[Shard] = self._by_base.get(base, [])
            for shard in candidates[::-1]:
                stale = self._stale(shard)
                if stale is None:
                    return shard
                reason = stale
        return reason

    def _stale(self, shard: Shard) -> Reason | None:
        key = (*shard.codes, "", *shard.lacked, "", shard.limits)
        if key not in self._lifted:
            self._lifted[key] = lifted(shard.codes, shard.lacked, shard.limits, self._now)
        return self._lifted[key]


def _may_go_well(source: Source) -> bool:
    """Whether a source that cannot be read may be read another time."""
    return source.error is not None and not source.place and source.code in again().always


def current_stat(row: Row, source: Source) -> str:
    """What can be relied on of a row's stat after its document has been read: nothing, where the file changed meanwhile."""
    return row.stat if row.stat and _stat(source) == row.stat else ""


def _stat(source: Source) -> str:
    """What the disk says of a file without opening it: size and times, and those of the folder saved with it; empty where it
    says nothing."""
    try:
        status = source.path.stat()
    except OSError:
        return ""
    told = f"{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"
    if source.place:
        return told
    # The time of an entry's last change tells of what was swapped for a file of its size and time.
    beside = [f"{name}:{entry.st_size}:{entry.st_mtime_ns}:{entry.st_ctime_ns}" for name, _, entry in _saved_with(source.path)]
    return told if not beside else f"{told}:{hashlib.sha256(chr(10).join(beside).encode('utf-8', 'replace')).hexdigest()[:32]}"


def _newest(source: Source) -> int:
    """The latest time of a file and of what was saved with it, ns."""
    try:
        status = source.path.stat()
    except OSError:
        return 0
    times = [status.st_mtime_ns, status.st_ctime_ns]
    if not source.place:
        times += [when for _, _, entry in _saved_with(source.path) for when in (entry.st_mtime_ns, entry.st_ctime_ns)]
    return max(times)


def _beside(source: Source, stat: str) -> str:
    """The key of what can be read with a document: the folder saved with a page, or the archive that a page lies in."""
    if Path(source.source).suffix.lower() not in saved_pages().pages:
        return ""
    if source.place:
        return stat
    digest = hashlib.sha256()
    for name, path, _ in _saved_with(source.path):
        digest.update(f"{name}\0{sha256_of(path)}\0".encode("utf-8", "replace"))
    return digest.hexdigest()


def _saved_with(page: Path) -> list[tuple[str, Path, os.stat_result]]:
    """The files in the folders that were saved with a page, by their names."""
    found = []
    for folder in own_folders(page):
        for root, _, names in os.walk(folder):
            for name in names:
                path = Path(root, name)
                try:
                    if path.is_symlink():
                        continue
                    found.append((path.relative_to(page.parent).as_posix(), path, path.stat()))
                except OSError:
                    continue
    return sorted(found, key=lambda one: one[0])


def sha256_of(path: Path) -> str:
    """The sha256 of a file, empty where it cannot be opened."""
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError:
        return ""
