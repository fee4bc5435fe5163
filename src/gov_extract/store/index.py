"""Which documents there are, and which shard holds the reading of each: a small database in ``OUT/state``.

In: what a run finds and reads. Out: the same to the next run, so that it need not look into a file that has not changed, nor
into a shard. Everything in it can be had again from the documents and the shards: it is made anew where it is lost or damaged.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from gov_extract.errors import DatasetError
from gov_extract.store.shards import SUFFIX, Part, Shard, read_header, shard_path

logger = logging.getLogger("gov_extract")

# Raised when the tables below change: an index of another number is made anew.
NUMBER = 2
# Seconds between two commits, each of which waits for the disk; shards are on it before, and are found again without.
COMMIT_SECONDS = 1.0

_TABLES = """
create table sources (
  source text primary key, path blob, place text, content text, stat text, shard text, overlay text, told text
) without rowid;
create table archives (path blob primary key, stat text, opened text, members text) without rowid;
create table shards (
  name text primary key, base text, code text, lacked text, limits text, size int, url text, codes text
);
create table parts (
  shard text, part int, document_id text, sha256 text, status text, error text, checks_failed int, metadata text,
  reader text, cells_read int,
  primary key (shard, part)
) without rowid;
create table published (year text primary key, inputs text, files text) without rowid;
create table facts (name text primary key, value text) without rowid;
"""

_METADATA = Part._fields.index("metadata")


class Row(NamedTuple):
    """A document of the last run.

    `path` is its file, and `place` its place in it, where that is an archive. `content` is the document's sha256 and `stat`
    what the disk said of the file when that was taken; either is empty where it cannot be relied on. `overlay` is
    what is laid over the reading, as JSON: see `gov_extract.store.entries.Overlay`; `told` is the key of what it was made
    from.
    """

    source: str
    path: str
    place: tuple[int, ...]
    content: str
    stat: str
    shard: str
    overlay: str = ""
    told: str = ""


class OpenedArchive(NamedTuple):
    """What an archive holds: `opened` tells what it was opened under, `members` are as the run wrote them."""

    stat: str
    opened: str
    members: list[Any]


class Index:
    """The database; made by `open_index`."""

    def __init__(self, out: Path, database: sqlite3.Connection) -> None:
        self.out = out
        self._database = database
        self._committed = time.monotonic()

    # ── Documents ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def rows(self) -> Iterator[Row]:
        """Every document, by its source."""
        for source, path, place, *rest in self._all(
            "select source, path, place, content, stat, shard, overlay, told from sources order by source"
        ):
            where = tuple(json.loads(place)) if place else ()
            yield Row(source, os.fsdecode(path), where, *rest)

    def put(self, rows: Iterable[Row]) -> None:
        """Note documents, in place of what was known of the same sources."""
        self._write(
            "insert or replace into sources values (?, ?, ?, ?, ?, ?, ?, ?)",
            [(row.source, os.fsencode(row.path), json.dumps(row.place) if row.place else "", *row[3:]) for row in rows],
        )

    def drop(self, sources: Iterable[str]) -> None:
        """Forget documents; their shards stay."""
        self._write("delete from sources where source = ?", [(source,) for source in sources])

    def archives(self) -> dict[str, OpenedArchive]:
        """Path → what that archive holds."""
        found = self._all("select path, stat, opened, members from archives")
        return {os.fsdecode(path): OpenedArchive(stat, opened, json.loads(members)) for path, stat, opened, members in found}

    def put_archive(self, path: str, archive: OpenedArchive) -> None:
        """Note what an archive holds."""
        row = (os.fsencode(path), archive.stat, archive.opened, json.dumps(archive.members))
        self._write("insert or replace into archives values (?, ?, ?, ?)", [row])

    # ── Shards ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def shards(self) -> dict[str, Shard]:
        """Name → shard, without its parts, oldest first."""
        same: dict[str, str] = {}
        found = {}
        for name, base, code, lacked, limits, size, url, codes in self._all(
            "select name, base, code, lacked, limits, size, url, codes from shards order by rowid"
        ):
            code, limits = same.setdefault(code, code), same.setdefault(limits, limits)
            lacking = tuple(json.loads(lacked))
            found[name] = Shard(name, base, code, lacking, limits, size, url, json.loads(codes), ())
        return found

    def parts(self) -> dict[str, tuple[Part, ...]]:
        """Shard → its reports, of the shards of all documents."""
        found: dict[str, tuple[Part, ...]] = {}
        for shard, *values in self._all(
            f"select shard, {', '.join(Part._fields)} from parts where shard in (select shard from sources)"
            " order by shard, part"
        ):
            part = Part(*values)
            found[shard] = (*found.get(shard, ()), part._replace(metadata=json.loads(values[_METADATA])))
        return found

    def add(self, shard: Shard) -> None:
        """Note a shard that is on the disk."""
        codes = json.dumps(shard.codes)
        row = (shard.name, shard.base, shard.code, json.dumps(shard.lacked), shard.limits, shard.size, shard.url, codes)
        self._write("insert or replace into shards values (?, ?, ?, ?, ?, ?, ?, ?)", [row])
        parts = [
            (shard.name, n, *(json.dumps(value) if name == "metadata" else value for name, value in part._asdict().items()))
            for n, part in enumerate(shard.parts)
        ]
        self._write("insert or replace into parts values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", parts)

    def forget(self, names: Iterable[str]) -> None:
        """Forget shards and delete their files: documents whose reading they hold have none any more."""
        gone = [(name,) for name in names]
        self._write("delete from parts where shard = ?", gone)
        self._write("delete from shards where name = ?", gone)
        self.commit()
        for (name,) in gone:
            shard_path(self.out, name).unlink(missing_ok=True)

    def adopt(self, *, tidy: bool = True) -> None:
        """Make the database and the shards on the disk agree: a run can end between a shard and its note.

        `tidy` tells whether torn shards are deleted.
        """
        there: dict[str, Path] = {}
        for folder in sorted((self.out / "state" / "shards").iterdir()):
            if folder.is_dir():
                there |= {entry.name.removesuffix(SUFFIX): Path(entry.path) for entry in os.scandir(folder)}
        known = {name for (name,) in self._all("select name from shards")}
        gone = [(name,) for name in known - there.keys()]
        self._write("delete from shards where name = ?", gone)
        self._write("delete from parts where shard = ?", gone)
        unknown = [path for name, path in there.items() if name not in known]
        # The oldest first, as they were written.
        for path in sorted(unknown, key=lambda path: (path.stat().st_mtime_ns, path.name)):
            try:
                self.add(read_header(path))
            except DatasetError:
                logger.warning("the shard %s is torn: its document is read again", path.name)
                if tidy:
                    path.unlink()
        self.commit()

    # ── What was published ─────────────────────────────────────────────────────────────────────────────────────────────

    def published(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """Year → the key of what its files were made from, and table → rows, bytes and sha256 of its file."""
        found = self._all("select year, inputs, files from published")
        return {year: (inputs, json.loads(files)) for year, inputs, files in found}

    def put_published(self, years: Mapping[str, tuple[str, dict[str, Any]]]) -> None:
        """Note what was published, and nothing else."""
        self._write("delete from published", [()])
        rows = [(year, inputs, json.dumps(files)) for year, (inputs, files) in years.items()]
        self._write("insert into published values (?, ?, ?)", rows)
        self.commit()

    def fact(self, name: str) -> Any:
        """A fact of the last run, None where it is not known."""
        for (value,) in self._all("select value from facts where name = ?", name):
            return json.loads(value)
        return None

    def put_facts(self, **facts: Any) -> None:
        """Note facts of this run."""
        self._write("insert or replace into facts values (?, ?)", [(name, json.dumps(v)) for name, v in facts.items()])
        self.commit()

    # ── The database ───────────────────────────────────────────────────────────────────────────────────────────────────

    def commit(self, *, now: bool = True) -> None:
        """Put what was noted on the disk; unless `now`, only where the last time is a while ago."""
        if now or time.monotonic() - self._committed >= COMMIT_SECONDS:
            with _told(self.out):
                self._database.commit()
            self._committed = time.monotonic()

    def _all(self, statement: str, *values: object) -> Iterator[tuple[Any, ...]]:
        with _told(self.out):
            yield from self._database.execute(statement, values)

    def _write(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        with _told(self.out):
            self._database.executemany(statement, rows)


@contextmanager
def open_index(out: Path) -> Iterator[Index]:
    """The index of an output folder that is held by `locked`; what was noted is on the disk when this ends, however it does."""
    path = out / "state" / "index.sqlite"
    database = _connected(path)
    try:
        index = Index(out, database)
        index.adopt()
        try:
            yield index
        finally:
            index.commit()
    finally:
        database.close()


@contextmanager
def look_into_index(out: Path) -> Iterator[Index]:
    """A copy of the index, in memory: for those who only look, also while a run holds the folder."""
    path = out / "state" / "index.sqlite"
    database = sqlite3.connect(":memory:")
    try:
        with suppress(sqlite3.Error), sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True) as source:
            source.backup(database)
            source.close()
        if not _sound(database):
            raise DatasetError(f"{out}: there is no index in it; make one with `gov-extract extract FOLDER -o {out}`")
        index = Index(out, database)
        index.adopt(tidy=False)
        yield index
    finally:
        database.close()


def _connected(path: Path) -> sqlite3.Connection:
    for attempt in (1, 2):
        try:
            database = sqlite3.connect(path, timeout=60)
            if _sound(database):
                return database
            empty = not database.execute("select count(*) from sqlite_master").fetchone()[0]
            if empty or attempt == 2:
                database.executescript(f"begin; {_TABLES} pragma user_version = {NUMBER}; commit;")
                return database
            database.close()
        except sqlite3.DatabaseError as error:
            if attempt == 2 or isinstance(error, sqlite3.OperationalError):
                raise DatasetError(f"{path}: cannot be opened ({error})") from error
        logger.warning("%s is damaged or of another version, and is made anew", path.name)
        for name in (path.name, f"{path.name}-journal"):
            path.with_name(name).unlink(missing_ok=True)
    raise AssertionError("unreachable")


def _sound(database: sqlite3.Connection) -> bool:
    return bool(database.execute("pragma user_version").fetchone()[0] == NUMBER)


@contextmanager
def _told(out: Path) -> Iterator[None]:
    """The database's errors as ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise DatasetError(
            f"{out}/state/index.sqlite: {error}; delete it and run again: what was read is kept beside it"
        ) from error
