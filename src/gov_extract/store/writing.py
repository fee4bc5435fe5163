"""Tables as Parquet files, in bounded memory and always the same bytes.

In: record batches of one table. Out: a file, its rows, size and sha256.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from gov_extract.schema import arrow_schema
from gov_extract.store.files import sync
from gov_extract.store.shards import plain_schema

if TYPE_CHECKING:
    import pyarrow as pa

# Rows of a row group: 64Ki rows of `cells` are about 300 documents and 15 MB in memory.
GROUP_ROWS = 65_536
# Bytes of a row group in memory, whatever its rows: those of `sections` hold whole chapters.
GROUP_BYTES = 32 * 1024 * 1024
# Rows of `documents` that are gathered before they go to a writer.
DOCUMENTS = 4096
# Raised when the same rows give other bytes than before.
_WRITER = 1


def writer_key() -> str:
    """The key of what makes bytes of rows."""
    import pyarrow as pa

    return f"{_WRITER} {GROUP_ROWS} {GROUP_BYTES} {pa.__version__}"


class Writer:
    """A Parquet file under way: rows gather until a row group is full, so that memory stays bounded."""

    def __init__(self, path: Path, table: str) -> None:
        import pyarrow.parquet as pq

        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._plain = plain_schema(table)
        self._schema: pa.Schema = arrow_schema(table)
        self._handle: BinaryIO = path.open("wb")
        self._file = pq.ParquetWriter(self._handle, self._schema, compression="zstd", version="2.6", write_statistics=True)
        self._batches: list[pa.RecordBatch] = []
        self._rows = self._bytes = self._count = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Append rows."""
        self._batches.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            self._flush()

    def add_rows(self, rows: list[dict[str, Any]]) -> None:
        """Append rows given one by one; what a row does not have is null."""
        import pyarrow as pa

        if rows:
            self.add(pa.RecordBatch.from_pylist(rows, schema=self._plain))

    def _flush(self) -> None:
        import pyarrow as pa

        # How the rows came must not show in the bytes: they are one chunk.
        table = pa.Table.from_batches(self._batches, schema=self._plain).combine_chunks().cast(self._schema)
        self._file.write_table(table, row_group_size=max(table.num_rows, 1))
        self._count += self._rows
        self._batches = []
        self._rows = self._bytes = 0

    def close(self) -> dict[str, Any]:
        """Finish the file and return its row count, size in bytes and sha256."""
        if self._rows or not self._count:
            self._flush()
        self._file.close()
        sync(self._handle)
        self._handle.close()
        return {"rows": self._count, "bytes": self._path.stat().st_size, "sha256": file_sha256(self._path)}


def file_sha256(path: Path) -> str:
    """The sha256 of a file's content."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
