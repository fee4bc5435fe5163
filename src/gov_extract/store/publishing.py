"""Shards → the tables that users load.

In: the documents of an index, and their shards. Out: ``OUT/tables/<table>/<year>.parquet``, ``manifest.json``,
``datapackage.json`` and ``codebook.csv``. What comes out is a function of these shards and of what is laid over them, and of
nothing else: neither of when or in what order documents were read, nor of what was published before. Only the years whose
`Entry` records have changed are written; all that a publish adds to a reading must therefore be a field of `Entry`.

Every file is written elsewhere, flushed to the disk and then renamed, the manifest last. A crash between two renames leaves
tables that do not match the manifest, which `gov_extract.dataset.open_dataset` reports; the next publish makes them whole.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from gov_extract import __version__
from gov_extract.document import Finding
from gov_extract.errors import DatasetError
from gov_extract.schema import BY_NAME, TABLES
from gov_extract.store.copies import told_by_copies
from gov_extract.store.describe import codebook, datapackage
from gov_extract.store.files import sync_folder, write_file
from gov_extract.store.index import Index
from gov_extract.store.shards import Part, read_tables, shard_path
from gov_extract.store.writing import DOCUMENTS, Writer, file_sha256, writer_key

if TYPE_CHECKING:
    import pyarrow as pa

logger = logging.getLogger("gov_extract")

# The layout of OUT that this version writes and reads; raised when it changes.
LAYOUT = 1

_YEAR_FILE = re.compile(r"(?:\d{4}|unknown)\.parquet")
_STATUS_ORDER = ("complete", "partial", "no_tables", "failed")
_DAYS = frozenset(column.name for column in BY_NAME["documents"].columns if column.kind == "date")

Files = dict[str, dict[str, Any]]
"""Table → rows, bytes and sha256 of one year's file."""


class Overlay(NamedTuple):
    """What is laid over one report's reading without touching it: values of ``documents``, and findings."""

    metadata: Mapping[str, Any] = MappingProxyType({})
    findings: tuple[Finding, ...] = ()


class Entry(NamedTuple):
    """A report in a publish: where its reading lies (`shard`, and `part`, from 0, of several there), and all that the tables
    say beyond it.

    `known` are values of its row in ``documents``, with what is laid over them; `laid` are those of them that are not in the
    shard; `findings` follow those of the shard. `copies` are further sources of the same bytes.
    """

    source: str
    shard: str
    part: int
    document_id: str
    sha256: str | None
    status: str
    known: Mapping[str, Any]
    laid: Mapping[str, Any] = MappingProxyType({})
    findings: tuple[Finding, ...] = ()
    copies: tuple[str, ...] = ()
    primary: bool = False

    @property
    def year(self) -> str:
        """The year under which it is published."""
        year = self.known.get("report_year")
        return "unknown" if year is None else str(year)


class Published(NamedTuple):
    """What a publish did: table → rows, the years that were written, and the sources whose shards are torn."""

    rows: dict[str, int]
    years: tuple[str, ...]
    torn: tuple[str, ...]


def publish_index(index: Index, sources: Collection[str] | None = None) -> Published:
    """Make the tables those of the documents of an index.

    Parameters
    ----------
    index
        Of an output folder that is held by `locked`.
    sources
        What the tables are to hold; other documents leave the index. None: every document.

    Returns
    -------
    Published
        Documents whose shards turned out to be torn are left out of the tables, and named: they are to be read again.
    """
    out = index.out
    if sources is not None:
        wanted = frozenset(sources)
        gone = [row.source for row in index.rows() if row.source not in wanted]
        if gone:
            logger.info("%d documents of an earlier run are not among these sources: left out", len(gone))
            index.drop(gone)
    index.commit()
    torn: list[str] = []
    while True:
        entries = settled(entries_of(index))
        years = {year: list(of_year) for year, of_year in groupby(sorted(entries, key=_by_year), key=lambda e: e.year)}
        try:
            files, written = _stage(index, years)
        except _TornError as error:
            torn += [row.source for row in index.rows() if row.shard == error.shard]
            index.forget([error.shard])
            continue
        break
    tables = {table.name: {f"{year}.parquet": files[year][1][table.name] for year in sorted(files)} for table in TABLES}
    _swap(out, out / "state" / "staging" / "tables", tables, written)
    _write_changed(out, "codebook.csv", codebook().encode("utf-8-sig"))
    _write_changed(out, "datapackage.json", _json(datapackage(tables)))
    _write_changed(out, "manifest.json", _json({"layout": LAYOUT, "extractor_version": __version__, "tables": tables}))
    index.put_published(files)
    rows = {name: sum(facts["rows"] for facts in table.values()) for name, table in tables.items()}
    return Published(rows, written, tuple(torn))


def entries_of(index: Index) -> list[Entry]:
    """A record of every report of every document, by source."""
    parts = index.parts()
    entries = []
    for row in index.rows():
        of_shard = parts.get(row.shard, ())
        overlays = overlays_from(row.overlay, len(of_shard))
        for n, (part, overlay) in enumerate(zip(of_shard, overlays, strict=True)):
            source = row.source if len(of_shard) == 1 else f"{row.source}#{n + 1}"
            entries.append(_entry(source, row.shard, n, part, overlay))
    return sorted(entries, key=lambda entry: entry.source)


def overlays_from(text: str, parts: int) -> list[Overlay]:
    """What is laid over each of the `parts` of a shard, from its form in the index; over one that is lost lies nothing."""
    if not text or not parts:
        return [Overlay()] * parts
    return [Overlay(metadata, tuple(Finding(*finding) for finding in findings)) for metadata, findings in json.loads(text)]


def overlays_to(overlays: Sequence[Overlay]) -> str:
    """The form of overlays in the index, empty where nothing is laid over anything."""
    return (
        json.dumps([[dict(overlay.metadata), overlay.findings] for overlay in overlays])
        if any(overlay.metadata or overlay.findings for overlay in overlays)
        else ""
    )


def settled(entries: Sequence[Entry]) -> list[Entry]:
    """What the tables hold of these reports, with what only all of them together tell: copies, and which stands for its agency
    and year. This is the place for whatever else looks across documents."""
    return _with_primary(_one_of_each(entries))


def _entry(source: str, shard: str, number: int, part: Part, overlay: Overlay) -> Entry:
    known = {**part.metadata, **overlay.metadata} if overlay.metadata else part.metadata
    return Entry(source, shard, number, part.document_id, part.sha256, part.status, known, overlay.metadata, overlay.findings)


def _by_year(entry: Entry) -> tuple[str, str]:
    return entry.year, entry.source


def _one_of_each(entries: Iterable[Entry]) -> list[Entry]:
    """Of entries with the same content one: the first path's, but never one that failed where another copy was read. What only
    another one's name tells is kept."""
    kept: dict[str, Entry] = {}
    same: dict[str, list[Entry]] = {}
    read = {entry.sha256 for entry in entries if entry.status != "failed"}
    for entry in entries:
        same.setdefault(entry.document_id, []).append(entry)
        if entry.status == "failed" and entry.sha256 is not None and entry.sha256 in read:
            continue
        known = kept.get(entry.document_id)
        if known is None or (known.status == "failed" and entry.status != "failed"):
            kept[entry.document_id] = entry
    found = []
    for entry in sorted(kept.values(), key=lambda entry: entry.source):
        copies = [copy for copy in same[entry.document_id] if copy.source != entry.source]
        entry = told_by_copies(entry, copies) if copies else entry
        found.append(entry._replace(copies=tuple(copy.source for copy in copies)))
    return found


def _with_primary(entries: Sequence[Entry]) -> list[Entry]:
    """Of the documents of one agency and year the most complete is primary; of equals the first.

    Agencies are told by `agency_id` alone: two of one name need not be one. A document without it stands for itself.
    """
    best: dict[tuple[Any, ...], Entry] = {}
    for entry in entries:
        if entry.status == "failed":
            continue
        agency, year = entry.known.get("agency_id"), entry.known.get("report_year")
        key = (agency, year) if agency is not None and year is not None else (entry.document_id,)
        rank = _STATUS_ORDER.index(entry.status)
        if key not in best or rank < _STATUS_ORDER.index(best[key].status):
            best[key] = entry
    chosen = {entry.document_id for entry in best.values()}
    return [entry._replace(primary=entry.document_id in chosen) for entry in entries]


# ── One year ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class _TornError(Exception):
    """A shard that is not what was written."""

    def __init__(self, shard: str) -> None:
        super().__init__(shard)
        self.shard = shard


def _stage(index: Index, years: Mapping[str, Sequence[Entry]]) -> tuple[dict[str, tuple[str, Files]], tuple[str, ...]]:
    """Write the files of the years that are not as they were published; year → key and files of each, and those written."""
    before = index.published()
    files: dict[str, tuple[str, Files]] = {}
    written = []
    for year, entries in years.items():
        inputs = _inputs(entries)
        known = before.get(year)
        if known is not None and known[0] == inputs and _as_published(index.out, year, known[1]):
            files[year] = known
            continue
        files[year] = inputs, _stage_year(index.out, year, entries)
        written.append(year)
    return files, tuple(written)


def _inputs(entries: Sequence[Entry]) -> str:
    """The key of all that a year's files are made from: they are the same bytes where it is the same."""
    digest = hashlib.sha256(writer_key().encode())
    for table in TABLES:
        digest.update(repr(table).encode())
    for entry in entries:
        # What is known is in the shard or laid over it.
        digest.update(json.dumps([*entry._replace(known={}, laid={}), dict(entry.laid)]).encode())
    return digest.hexdigest()


def _as_published(out: Path, year: str, files: Files) -> bool:
    try:
        return files.keys() == BY_NAME.keys() and all(
            file_sha256(out / "tables" / name / f"{year}.parquet") == facts["sha256"] for name, facts in files.items()
        )
    except OSError:
        return False


def _stage_year(out: Path, year: str, entries: Sequence[Entry]) -> Files:
    """One year's file of every table, in the staging folder."""
    staging = out / "state" / "staging" / "tables"
    writers = {table.name: Writer(staging / table.name / f"{year}.parquet", table.name) for table in TABLES}
    documents: list[dict[str, Any]] = []
    shard, tables = "", {}
    for entry in entries:
        # The reports of one document lie behind each other.
        if entry.shard != shard:
            try:
                shard, tables = entry.shard, read_tables(shard_path(out, entry.shard))
            except DatasetError as error:
                logger.warning("%s", error.message)
                raise _TornError(entry.shard) from error
        own = _own(tables, entry)
        documents.append(_document(own.pop("documents"), entry))
        if len(documents) >= DOCUMENTS:
            writers["documents"].add_rows(documents)
            documents = []
        for name, batch in own.items():
            writers[name].add(_laid_over(batch, entry))
        writers["findings"].add_rows(_findings(entry))
    writers["documents"].add_rows(documents)
    return {name: writer.close() for name, writer in writers.items()}


def _own(tables: Mapping[str, pa.RecordBatch], entry: Entry) -> dict[str, pa.RecordBatch]:
    """The rows of one report of a shard."""
    import pyarrow.compute as pc

    if tables["documents"].num_rows == 1:
        return dict(tables)
    own = {name: batch.filter(pc.equal(batch["document_id"], entry.document_id)) for name, batch in tables.items()}
    return {name: batch for name, batch in own.items() if batch.num_rows}


def _document(batch: pa.RecordBatch, entry: Entry) -> dict[str, Any]:
    """A report's row of ``documents``."""
    (row,) = batch.to_pylist()
    laid = {
        name: date.fromisoformat(value) if name in _DAYS and value is not None else value for name, value in entry.laid.items()
    }
    return {**row, **laid, "source": entry.source, "primary": entry.primary}


def _laid_over(batch: pa.RecordBatch, entry: Entry) -> pa.RecordBatch:
    """The rows with the report's year and agency where these are not from the document."""
    import pyarrow as pa

    for name in ("report_year", "agency"):
        place = batch.schema.get_field_index(name)
        if name in entry.laid and place >= 0:
            column = pa.array([entry.laid[name]] * batch.num_rows, batch.schema.field(place).type)
            columns = [column if n == place else array for n, array in enumerate(batch.columns)]
            batch = pa.RecordBatch.from_arrays(columns, schema=batch.schema)
    return batch


def _findings(entry: Entry) -> list[dict[str, Any]]:
    """The findings that are not in the shard."""
    copies = (Finding("info", "duplicate_file", f"{copy} holds the same bytes; it is counted once") for copy in entry.copies)
    same = {"document_id": entry.document_id, "report_year": entry.known.get("report_year")}
    return [{**finding._asdict(), **same} for finding in (*entry.findings, *copies)]


# ── Into place ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _swap(out: Path, staging: Path, tables: Mapping[str, Mapping[str, Any]], written: Collection[str]) -> None:
    """Move the staged files into place; then remove the years that are gone, and move strays out of the way."""
    for name, years in tables.items():
        folder = out / "tables" / name
        folder.mkdir(parents=True, exist_ok=True)
        for year in written:
            (staging / name / f"{year}.parquet").replace(folder / f"{year}.parquet")
        for path in sorted(folder.iterdir()):
            if path.name in years:
                continue
            if _YEAR_FILE.fullmatch(path.name) and path.is_file():
                path.unlink()
            else:
                _set_aside(out, path)
        sync_folder(folder)
    for path in sorted((out / "tables").iterdir()):
        if path.name not in tables or not path.is_dir():
            _set_aside(out, path)
    shutil.rmtree(staging.parent, ignore_errors=True)


def _set_aside(out: Path, path: Path) -> None:
    """Move what is not ours out of ``tables``, where it would break whatever reads the folder as it lies."""
    place = out / "state" / "strays" / path.relative_to(out / "tables")
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    path.replace(place)
    logger.warning("%s is none of the tables' files: moved to %s", path.relative_to(out), place.relative_to(out))


def _write_changed(out: Path, name: str, content: bytes) -> None:
    """Write a file where it is not there already: what has not changed keeps its time."""
    path = out / name
    if not path.is_file() or path.read_bytes() != content:
        write_file(out, path, content)


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
