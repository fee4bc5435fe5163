"""Reports on disk: a shard a document while a run goes on, then the tables that users load.

In: `Report`s. Out: ``OUT/state/shards/*.json.gz`` (`write_shard`), and from them ``OUT/tables/<table>/<year>.parquet``,
``manifest.json``, ``datapackage.json`` and ``codebook.csv`` (`publish`).

Every file is written elsewhere, flushed to the disk and then renamed: no reader ever meets half a file. A crash between
two renames of a publish leaves tables that do not match the manifest, which `gov_extract.dataset.open_dataset` reports;
the next publish makes them whole. Nothing under ``tables/`` depends on when or in what order documents were read.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import re
import shutil
from collections.abc import Iterable
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from gov_extract import __version__
from gov_extract.report import Report, report_columns
from gov_extract.schema import BY_NAME, TABLES, arrow_schema
from gov_extract.store.describe import codebook, datapackage
from gov_extract.store.files import locked, sync, sync_folder, write_file

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["LAYOUT", "locked", "publish", "write_shard"]

logger = logging.getLogger("gov_extract")

# The layout of OUT that this version writes and reads; raised when it changes.
LAYOUT = 1
# Rows of a row group: 64Ki rows of `cells` are about 300 documents and 20 MB in memory, which bounds a publish.
GROUP_ROWS = 65_536

_YEAR_FILE = re.compile(r"(?:\d{4}|unknown)\.parquet")
_STATUS_ORDER = ("complete", "partial", "no_tables", "failed")


class _Entry(NamedTuple):
    """A report's place in a publish: its shard, its number there (from 0), and the row that it adds to ``documents``."""

    path: Path
    document: dict[str, Any]
    part: int = 0


def write_shard(out: Path, report: Report) -> Path:
    """Keep a document's report, with the others that it holds, as ``state/shards/<id>.json.gz``, in place of an earlier one of
    the same source.

    The first line is the list of rows of ``documents``; then each report has a line with the columns of all other tables.
    """
    rows, lines = [], []
    for one in (report, *report.others):
        tables = report_columns(one)
        rows.append({name: values[0] for name, values in tables.pop("documents").items()})
        lines.append(tables)
    text = "".join(json.dumps(part, default=date.isoformat, separators=(",", ":")) + "\n" for part in (rows, *lines))
    # Several reports of a document are told apart by a number behind its source.
    source = report.source.removesuffix("#1") if report.others else report.source
    path = out / "state" / "shards" / f"{_key(source)}.json.gz"
    write_file(out, path, gzip.compress(text.encode(), compresslevel=3, mtime=0))
    return path


def _key(source: str) -> str:
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def publish(out: Path, sources: Iterable[str] | None = None) -> dict[str, int]:
    """Write the tables anew from the shards.

    Parameters
    ----------
    out
        The output folder, held by `locked`.
    sources
        What the tables are to hold; shards of other sources, and of other versions of this program, are deleted once
        the tables are published. None: every source.

    Returns
    -------
    dict of str to int
        Table → number of rows.
    """
    wanted = None if sources is None else {_key(source) for source in sources}
    entries, stale = [], []
    for path in sorted((out / "state" / "shards").glob("*.json.gz")):
        try:
            with gzip.open(path, "rt", encoding="utf-8") as shard:
                documents = json.loads(shard.readline())
            current = documents[0]["extractor_version"] == __version__
        # Torn by a full disk or by hand, or as an earlier version wrote it: the next run reads the document again.
        except (EOFError, KeyError, OSError, ValueError):
            logger.warning("the shard %s cannot be read and was left out; run again", path.name)
            stale.append(path)
            continue
        if current and (wanted is None or path.name.removesuffix(".json.gz") in wanted):
            entries += [_Entry(path, document, part) for part, document in enumerate(documents)]
        else:
            stale.append(path)
    entries.sort(key=lambda entry: entry.document["source"])
    copies: dict[str, list[str]] = {}
    for entry in entries:
        copies.setdefault(entry.document["document_id"], []).append(entry.document["source"])
    entries = _one_of_each(entries)
    _set_primary(entries)
    years: dict[str, list[_Entry]] = {}
    for entry in entries:
        year = entry.document["report_year"]
        years.setdefault("unknown" if year is None else str(year), []).append(entry)
    files: dict[str, dict[str, dict[str, Any]]] = {table.name: {} for table in TABLES}
    staging = out / "state" / "staging" / "tables"
    for year in sorted(years):
        for name, facts in _stage_year(staging, year, years[year], copies).items():
            files[name][f"{year}.parquet"] = facts
    _swap(out, staging, files)
    totals = {name: sum(facts["rows"] for facts in table.values()) for name, table in files.items()}
    write_file(out, out / "codebook.csv", codebook().encode("utf-8-sig"))
    write_file(out, out / "datapackage.json", _json(datapackage(files)))
    write_file(out, out / "manifest.json", _json({"layout": LAYOUT, "extractor_version": __version__, "tables": files}))
    if stale:
        logger.info("%d documents of an earlier run are not among these sources: left out", len(stale))
        for path in stale:
            path.unlink()
    return totals


def _one_of_each(entries: list[_Entry]) -> list[_Entry]:
    """Of entries with the same content one: the first path's, but never one that failed where another copy was read."""
    kept: dict[str, _Entry] = {}
    read = {entry.document["sha256"] for entry in entries if entry.document["status"] != "failed"}
    for entry in entries:
        failed = entry.document["status"] == "failed"
        if failed and entry.document["sha256"] is not None and entry.document["sha256"] in read:
            continue
        key = entry.document["document_id"]
        known = kept.get(key)
        if known is None or (known.document["status"] == "failed" and entry.document["status"] != "failed"):
            kept[key] = entry
    return sorted(kept.values(), key=lambda entry: str(entry.document["source"]))


def _set_primary(entries: list[_Entry]) -> None:
    """Of the documents of one agency and year the most complete is primary; of equals the first."""
    best: dict[tuple[Any, ...], _Entry] = {}
    for entry in entries:
        row = entry.document
        if row["status"] == "failed":
            continue
        agency = row["agency_id"] or row["agency"]
        known = agency is not None and row["report_year"] is not None
        key = (agency, row["report_year"]) if known else (row["document_id"],)
        rank = _STATUS_ORDER.index(row["status"])
        if key not in best or rank < _STATUS_ORDER.index(best[key].document["status"]):
            best[key] = entry
    chosen = {entry.document["document_id"] for entry in best.values()}
    for entry in entries:
        entry.document["primary"] = entry.document["document_id"] in chosen


def _stage_year(staging: Path, year: str, entries: list[_Entry], copies: dict[str, list[str]]) -> dict[str, dict[str, Any]]:
    """One year's file of every table, written to `staging`; table → its rows, size and checksum."""
    writers = {table.name: _Writer(staging / table.name / f"{year}.parquet", table.name) for table in TABLES}
    for entry in entries:
        with gzip.open(entry.path, "rt", encoding="utf-8") as shard:
            tables = json.loads(next(islice(shard, entry.part + 1, None)))
        tables["documents"] = {name: [value] for name, value in entry.document.items()}
        for copy in copies[entry.document["document_id"]][1:]:
            _add_copy(tables["findings"], entry.document, copy)
        for name, writer in writers.items():
            writer.add(tables[name])
    return {name: writer.close() for name, writer in writers.items()}


def _add_copy(findings: dict[str, list[Any]], document: dict[str, Any], copy: str) -> None:
    row = {
        "document_id": document["document_id"],
        "report_year": document["report_year"],
        "severity": "info",
        "code": "duplicate_file",
        "message": f"{copy} holds the same bytes; it is counted once",
    }
    for name, values in findings.items():
        values.append(row.get(name))


class _Writer:
    """A Parquet file under way: rows gather until a row group is full, so that memory stays bounded."""

    def __init__(self, path: Path, table: str) -> None:
        import pyarrow.parquet as pq

        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._schema: pa.Schema = arrow_schema(table)
        self._dates = [column.name for column in BY_NAME[table].columns if column.kind == "date"]
        self._handle: BinaryIO = path.open("wb")
        self._file = pq.ParquetWriter(self._handle, self._schema, compression="zstd", version="2.6")
        self._rows: dict[str, list[Any]] = {name: [] for name in self._schema.names}
        self._count = 0

    def add(self, columns: dict[str, list[Any]]) -> None:
        for name in self._dates:
            columns[name] = [value and date.fromisoformat(value) for value in columns[name]]
        for name, values in self._rows.items():
            values.extend(columns[name])
        if len(self._rows["document_id"]) >= GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        self._count += len(self._rows["document_id"])
        self._file.write_table(pa.table(self._rows, schema=self._schema), row_group_size=GROUP_ROWS)
        self._rows = {name: [] for name in self._rows}

    def close(self) -> dict[str, Any]:
        """Finish the file and return its row count, size in bytes and sha256."""
        if self._rows["document_id"] or not self._count:
            self._flush()
        self._file.close()
        sync(self._handle)
        self._handle.close()
        with self._path.open("rb") as handle:
            checksum = hashlib.file_digest(handle, "sha256").hexdigest()
        return {"rows": self._count, "bytes": self._path.stat().st_size, "sha256": checksum}


def _swap(out: Path, staging: Path, files: dict[str, dict[str, dict[str, Any]]]) -> None:
    """Move the staged files into place; then remove the years that are gone, and move strays out of the way."""
    for name, years in files.items():
        folder = out / "tables" / name
        folder.mkdir(parents=True, exist_ok=True)
        for year in years:
            (staging / name / year).replace(folder / year)
        for path in sorted(folder.iterdir()):
            if path.name in years:
                continue
            if _YEAR_FILE.fullmatch(path.name) and path.is_file():
                path.unlink()
            else:
                _set_aside(out, path)
        sync_folder(folder)
    for path in sorted((out / "tables").iterdir()):
        if path.name not in files or not path.is_dir():
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


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
