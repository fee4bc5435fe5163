"""The published tables as frames.

In: an output folder. Out: `Dataset`, whose `load` gives a table as a pandas frame. The tables are plain Parquet, which
polars, DuckDB and R arrow read from ``OUT/tables/<table>/`` as it lies; this module adds the proof that it is whole.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gov_extract.errors import DatasetError
from gov_extract.report import to_pandas
from gov_extract.schema import BY_NAME, arrow_schema
from gov_extract.store import LAYOUT

if TYPE_CHECKING:
    import pandas as pd

_AGAIN = "run `gov-extract extract` again to make it whole"


class TableFile(NamedTuple):
    """A year's file of a table as the manifest has it: `year` is None for documents whose year is unknown."""

    path: Path
    year: int | None
    rows: int
    bytes: int
    sha256: str


class Dataset:
    """A published output folder; made by `open_dataset`."""

    def __init__(self, folder: Path, files: dict[str, list[TableFile]]) -> None:
        self.folder = folder
        self._files = files

    def __repr__(self) -> str:
        rows = ", ".join(f"{name}: {sum(file.rows for file in files)}" for name, files in self._files.items())
        return f"Dataset({str(self.folder)!r}, rows of {rows})"

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables' names."""
        return tuple(self._files)

    @property
    def years(self) -> tuple[int, ...]:
        """The report years that there are, in order; documents without a year are in none of them."""
        return tuple(sorted({file.year for files in self._files.values() for file in files if file.year is not None}))

    def load(self, table: str, years: int | Iterable[int] | None = None, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """A table as one frame, years in order, documents without a year last.

        Parameters
        ----------
        table
            One of `tables`.
        years
            A year or several; None for all, those without a year included.
        columns
            Columns to load; None for all.

        Returns
        -------
        DataFrame
            Dtypes hold missing values: string, Int32, Int64, Float64, boolean, ``date32[pyarrow]``. The unit of each
            column stands in ``codebook.csv``.

        Raises
        ------
        DatasetError
            When there is no such table or column, or a file differs from the manifest.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        if table not in self._files:
            raise DatasetError(f"{self.folder}: no table {table!r}; there are {', '.join(self.tables)}")
        schema = arrow_schema(table)
        names = schema.names if columns is None else list(columns)
        unknown = [name for name in names if name not in schema.names]
        if unknown:
            raise DatasetError(f"table {table!r} has no column {', '.join(unknown)}; it has {', '.join(schema.names)}")
        wanted = None if years is None else {years} if isinstance(years, int) else set(years)
        parts = []
        for file in self._files[table]:
            if wanted is None or file.year in wanted:
                content = file.path.read_bytes()
                if hashlib.sha256(content).hexdigest() != file.sha256:
                    raise DatasetError(f"{file.path}: not the file that the manifest describes; {_AGAIN}")
                parts.append(pq.read_table(pa.BufferReader(content), columns=names))
        empty = pa.schema([schema.field(name) for name in names]).empty_table()
        return to_pandas(pa.concat_tables([empty, *parts]))


def open_dataset(out: str | os.PathLike[str]) -> Dataset:
    """The dataset that ``gov-extract extract ... -o OUT`` has written.

    The files under ``tables/`` are held against ``manifest.json``: names and sizes here, contents when they are loaded.

    Raises
    ------
    DatasetError
        When the folder is not such a dataset, or its last publish was cut short.
    """
    folder = Path(out)
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        layout = manifest["layout"]
        tables = manifest["tables"]
    except FileNotFoundError:
        raise DatasetError(
            f"{folder}: no manifest.json, so no dataset; make one with `gov-extract extract FOLDER -o {folder}`"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{folder}: manifest.json cannot be read ({error}); {_AGAIN}") from error
    if layout != LAYOUT:
        raise DatasetError(f"{folder}: written by a version with layout {layout}; this one reads layout {LAYOUT}")
    files: dict[str, list[TableFile]] = {}
    for name in BY_NAME:
        files[name] = []
        # "unknown" sorts behind every year.
        for file, facts in sorted(tables.get(name, {}).items()):
            stem = file.removesuffix(".parquet")
            year = int(stem) if stem != "unknown" else None
            files[name].append(TableFile(folder / "tables" / name / file, year, **facts))
        _verify(folder / "tables" / name, files[name])
    return Dataset(folder, files)


def _verify(folder: Path, files: list[TableFile]) -> None:
    # A file browser may leave hidden files behind; readers of Parquet pass over them.
    paths = [path for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []
    there = {path.name: path.stat().st_size for path in paths}
    for file in files:
        if there.pop(file.path.name, None) != file.bytes:
            raise DatasetError(f"{file.path}: missing or not of the size that the manifest gives; {_AGAIN}")
    if there:
        raise DatasetError(f"{folder}: files that the manifest does not know: {', '.join(sorted(there))}; {_AGAIN}")
