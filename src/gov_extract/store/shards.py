"""What was read of one document, as one file that never changes.

In: a `Report` and what it was read under. Out: the bytes of a shard and their name; from them the `Shard` that describes it,
and its tables. A shard's name is the hash of its bytes: one that a full disk has torn is known, and never taken for whole.

The first line is JSON: the key, and what a run wants to know of each report without reading its tables. Behind it lie the
tables as Arrow record batches, packed together. Neither the document's source nor what depends on other documents is in it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gov_extract.errors import DatasetError
from gov_extract.readers.sniffing import requirements
from gov_extract.report import Report, report_columns
from gov_extract.schema import TABLES, Metadata, arrow_schema
from gov_extract.store.keys import Environment

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIX = ".shard"


class Part(NamedTuple):
    """A report in a shard, as far as a run must know it without its tables. Values are those of the row in ``documents``."""

    document_id: str
    sha256: str | None
    status: str
    error: str | None
    checks_failed: int
    metadata: dict[str, Any]
    reader: str | None = None
    cells_read: int = 0


class Shard(NamedTuple):
    """What a shard says of itself.

    `base` and `code` are keys (see `gov_extract.store.keys`), `lacked` what was not installed, `limits` the bounds. `size` is
    the document's in bytes, `codes` how often each finding was given, `parts` its reports.
    """

    name: str
    base: str
    code: str
    lacked: tuple[str, ...]
    limits: str
    size: int | None
    url: str | None
    codes: dict[str, int]
    parts: tuple[Part, ...]


def shard_path(out: Path, name: str) -> Path:
    """Where a shard lies; 256 folders keep each of them short."""
    return out / "state" / "shards" / name[:2] / f"{name}{SUFFIX}"


def pack(report: Report, base: str, now: Environment, size: int | None) -> tuple[Shard, bytes]:
    """The shard of a document's report, with the others that it holds, and its bytes."""
    reports = (report, *report.others)
    columns = [report_columns(one) for one in reports]
    parts = tuple(_part(tables["documents"]) for tables in columns)
    codes = dict(sorted(Counter(finding.code for one in reports for finding in one.findings).items()))
    lacked = tuple(sorted(set(requirements()) - now.installed))
    lengths, body = _body(columns)
    header = {
        "base": base,
        "code": now.code,
        "lacked": lacked,
        "limits": now.limits,
        "size": size,
        "url": report.url,
        "codes": codes,
        "parts": parts,
        "schema": _schema_key(),
        "lengths": lengths,
        "tables": sum(lengths.values()),
    }
    content = json.dumps(header, separators=(",", ":")).encode() + b"\n" + body
    shard = Shard(_name(content), base, now.code, lacked, now.limits, size, report.url, codes, parts)
    return shard, content


def read_header(path: Path) -> Shard:
    """What a shard says of itself.

    Raises
    ------
    DatasetError
        When the file is torn, or none of a shard.
    """
    header, _ = _opened(path)
    return _shard(path, header)


def read_tables(path: Path) -> dict[str, pa.RecordBatch]:
    """The rows of every table that has any, those of all reports in it one behind the other.

    Raises
    ------
    DatasetError
        When the file is torn, or holds the tables of a version that had other columns.
    """
    import pyarrow as pa

    header, body = _opened(path)
    if header["schema"] != _schema_key():
        raise DatasetError(f"{path}: the tables of another version; run again")
    unpacked = pa.Codec("zstd").decompress(body, header["tables"])
    batches, start = {}, 0
    for name, length in header["lengths"].items():
        batches[name] = pa.ipc.read_record_batch(unpacked.slice(start, length), plain_schema(name))
        start += length
    return batches


@cache
def plain_schema(table: str) -> pa.Schema:
    """A table's schema without the words that describe it: those are added when it is published."""
    import pyarrow as pa

    return pa.schema([field.remove_metadata() for field in arrow_schema(table)])


@cache
def _schema_key() -> str:
    """The key of the columns: a shard's batches are read by it, not by names."""
    columns = [(table.name, [(column.name, column.kind, column.nullable) for column in table.columns]) for table in TABLES]
    return hashlib.sha256(json.dumps(columns).encode()).hexdigest()[:16]


def _body(columns: list[dict[str, dict[str, list[Any]]]]) -> tuple[dict[str, int], bytes]:
    """The packed tables, and the length of each before packing."""
    import pyarrow as pa

    lengths, parts = {}, []
    for table in TABLES:
        merged = {name: [value for one in columns for value in one[table.name][name]] for name in columns[0][table.name]}
        if merged["document_id"]:
            # Where a document lies is for the index to say: it can be moved, and lie in several places.
            if table.name == "documents":
                merged["source"] = [""] * len(merged["source"])
            buffer = pa.RecordBatch.from_pydict(merged, schema=plain_schema(table.name)).serialize()
            lengths[table.name] = buffer.size
            parts.append(buffer.to_pybytes())
    packed: bytes = pa.Codec("zstd", compression_level=3).compress(b"".join(parts), asbytes=True)
    return lengths, packed


def _part(row: Mapping[str, list[Any]]) -> Part:
    known = {name: row[name][0] for name in Metadata._fields if row[name][0] is not None}
    metadata = {name: value.isoformat() if isinstance(value, date) else value for name, value in known.items()}
    own = {name: row[name][0] for name in Part._fields if name != "metadata"}
    return Part(**own, metadata=metadata)


def _opened(path: Path) -> tuple[dict[str, Any], bytes]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror or error}); run again") from error
    if _name(content) != path.name.removesuffix(SUFFIX):
        raise DatasetError(f"{path}: not the file that was written; run again")
    line, _, body = content.partition(b"\n")
    return json.loads(line), body


def _shard(path: Path, header: Mapping[str, Any]) -> Shard:
    return Shard(
        path.name.removesuffix(SUFFIX),
        header["base"],
        header["code"],
        tuple(header["lacked"]),
        header["limits"],
        header["size"],
        header["url"],
        header["codes"],
        tuple(Part(*part) for part in header["parts"]),
    )


def _name(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
