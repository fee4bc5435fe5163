"""Shards → the tables that users load.

In: the documents of an index, and their shards. Out: ``OUT/tables/<table>/<year>.parquet``, ``manifest.json``,
``datapackage.json`` and ``codebook.csv``. What comes out is a function of these shards, of what is laid over them and of
``OUT/corrections.yaml``, and of nothing else: neither of when or in what order documents were read, nor of what was published
before. Only the years whose `Entry` records have changed are written; all that a publish adds to a reading, of other documents
too, must therefore be a field of `Entry`, or follow from the readings that it names.

Every file is written elsewhere, flushed to the disk and then renamed, the manifest last. A crash between two renames leaves
tables that do not match the manifest, which `gov_extract.dataset.open_dataset` reports; the next publish makes them whole.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gov_extract import __version__
from gov_extract.codebook import codebook, datapackage
from gov_extract.document import Finding
from gov_extract.schema import BY_NAME, TABLES
from gov_extract.store.comparing import Compared, compare
from gov_extract.store.corrections import read_corrections
from gov_extract.store.entries import Entry
from gov_extract.store.files import sync_folder, write_file
from gov_extract.store.index import Index
from gov_extract.store.keys import code_key
from gov_extract.store.mending import Mended, mend
from gov_extract.store.readings import Readings, TornError
from gov_extract.store.settling import Told, settle_entries
from gov_extract.store.writing import DOCUMENTS, Writer, file_sha256, writer_key

if TYPE_CHECKING:
    import pyarrow as pa

logger = logging.getLogger("gov_extract")

# The layout of OUT that this version writes and reads; raised when it changes.
LAYOUT = 1
# Raised when the same entries give other rows than before.
_PUBLISHER = 2

# What the finding `duplicate_file` says of a copy, behind its source.
COPY = " holds the same bytes; it is counted once"
_YEAR_FILE = re.compile(r"(?:\d{4}|unknown)\.parquet")
_DAYS = frozenset(column.name for column in BY_NAME["documents"].columns if column.kind == "date")

Files = dict[str, dict[str, Any]]
"""Table → rows, bytes and sha256 of one year's file."""


class Published(NamedTuple):
    """What a publish did: table → rows, the years that were written, the sources whose shards are torn, and what became of
    the corrections."""

    rows: dict[str, int]
    years: tuple[str, ...]
    torn: tuple[str, ...]
    corrections: Told


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
    corrections, readings = read_corrections(out), Readings(out)
    while True:
        try:
            settled = settle_entries(index, corrections, readings)
            entries = sorted(settled.entries, key=_by_year)
            years = {year: list(of_year) for year, of_year in groupby(entries, key=lambda entry: entry.year)}
            files, written = _stage(index, years, readings)
        except TornError as error:
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
    told = settled.told
    index.put_facts(mended=settled.mended, corrections={"file": corrections.sha256, **told._asdict()})
    if told.refused:
        more = f" (and {len(told.refused) - 1} more)" if len(told.refused) > 1 else ""
        logger.warning("%s%s", told.refused[0], more)
    rows = {name: sum(facts["rows"] for facts in table.values()) for name, table in tables.items()}
    return Published(rows, written, tuple(torn), told)


def _by_year(entry: Entry) -> tuple[str, str]:
    return entry.year, entry.source


# ── One year ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _stage(
    index: Index, years: Mapping[str, Sequence[Entry]], readings: Readings
) -> tuple[dict[str, tuple[str, Files]], tuple[str, ...]]:
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
        files[year] = inputs, _stage_year(index.out, year, entries, readings)
        written.append(year)
    return files, tuple(written)


def _inputs(entries: Sequence[Entry]) -> str:
    """The key of all that a year's files are made from: they are the same bytes where it is the same."""
    digest = hashlib.sha256(f"{writer_key()} {_PUBLISHER} {code_key()}".encode())
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


def _stage_year(out: Path, year: str, entries: Sequence[Entry], readings: Readings) -> Files:
    """One year's file of every table, in the staging folder."""
    staging = out / "state" / "staging" / "tables"
    writers = {table.name: Writer(staging / table.name / f"{year}.parquet", table.name) for table in TABLES}
    documents: list[dict[str, Any]] = []
    for entry in entries:
        tables = readings.tables(entry.reading)
        mended = mend(tables, entry.reading.corrections) if entry.reading.corrections else Mended(tables, None, ())
        compared = compare(entry, mended.tables, readings)
        documents.append(_document(tables["documents"], entry, mended))
        if len(documents) >= DOCUMENTS:
            writers["documents"].add_rows(documents)
            documents = []
        for name, batch in mended.tables.items():
            if name != "documents":
                writers[name].add(_laid_over(batch, entry))
        same = {"document_id": entry.document_id, "report_year": entry.known.get("report_year")}
        writers["checks"].add_rows([{**check._asdict(), **same} for check in compared.checks])
        writers["findings"].add_rows([{**finding._asdict(), **same} for finding in _findings(entry, mended, compared)])
    writers["documents"].add_rows(documents)
    return {name: writer.close() for name, writer in writers.items()}


def _document(batch: pa.RecordBatch, entry: Entry, mended: Mended) -> dict[str, Any]:
    """A report's row of ``documents``."""
    (row,) = batch.to_pylist()
    laid = {
        name: date.fromisoformat(value) if name in _DAYS and value is not None else value for name, value in entry.laid.items()
    }
    facts = mended.facts._asdict() if mended.facts is not None else {}
    return {**row, **laid, **facts, "source": entry.source, "primary": entry.primary}


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


def _findings(entry: Entry, mended: Mended, compared: Compared) -> list[Finding]:
    """The findings that are not in the shard."""
    copies = (Finding("info", "duplicate_file", f"{copy}{COPY}") for copy in entry.copies)
    return [*entry.findings, *copies, *mended.findings, *compared.findings]


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
