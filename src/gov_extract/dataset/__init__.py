"""The published tables as frames.

In: an output folder. Out: `Dataset`, whose `load` gives a table as a pandas frame, `panel` and `indicators` what is made of
them. The tables are plain Parquet, which polars, DuckDB and R arrow read from ``OUT/tables/<table>/`` as it lies; this module
adds the proof that it is whole.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from gov_extract.errors import DatasetError
from gov_extract.report import to_pandas
from gov_extract.schema import BY_NAME, arrow_schema
from gov_extract.store import LAYOUT

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from gov_extract.dataset.export import Exported

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
        return to_pandas(self.arrow(table, years, columns))

    def arrow(
        self, table: str, years: int | Iterable[int | None] | None = None, columns: Sequence[str] | None = None
    ) -> pa.Table:
        """A table as an Arrow table, with the schema's metadata; arguments and errors are those of `load`.

        A year that is None among several stands for the documents whose year is unknown.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        schema = arrow_schema(table) if table in self._files else None
        if schema is None:
            raise DatasetError(f"{self.folder}: no table {table!r}; there are {', '.join(self.tables)}")
        names = schema.names if columns is None else list(columns)
        unknown = [name for name in names if name not in schema.names]
        if unknown:
            raise DatasetError(f"table {table!r} has no column {', '.join(unknown)}; it has {', '.join(schema.names)}")
        wanted = None if years is None else {years} if isinstance(years, int) else set(years)
        parts = []
        for file in self._files[table]:
            if wanted is None or file.year in wanted:
                content = file.path.read_bytes()
                _compare(file, hashlib.sha256(content).hexdigest())
                parts.append(pq.read_table(pa.BufferReader(content), columns=names))
        empty = pa.schema([schema.field(name) for name in names]).empty_table()
        return pa.concat_tables([empty, *parts])

    def files(self, table: str) -> tuple[TableFile, ...]:
        """The files of a table, a year each."""
        return tuple(self._files[table])

    def prove(self, table: str) -> None:
        """Hold the contents of a table's files against the manifest.

        Raises
        ------
        DatasetError
            When one is another.
        """
        for file in self._files[table]:
            with file.path.open("rb") as handle:
                _compare(file, hashlib.file_digest(handle, "sha256").hexdigest())

    def panel(self, years: int | Iterable[int] | None = None, *, layout: Literal["wide", "long"] = "wide") -> pd.DataFrame:
        """The figures of all generations of forms in the same columns, by agency and year.

        Parameters
        ----------
        years
            A year or several; None for all.
        layout
            ``"wide"``: a row an agency and year, a column a code (``applications.received.total``); ``"long"``: a row a code,
            with its `state` (``not_asked`` where the form has no counterpart), its `form`, and whether it is `flagged`.

        Returns
        -------
        DataFrame
            Int64 for counts, Float64 for money (and for a count that is printed with a fraction); missing where there is no
            figure. docs/panel.md says what each column is in each generation, and which document stands for an agency and
            year. ``attrs["left_out"]`` holds the documents without an agency or a year, which are in no row.
        """
        from gov_extract.dataset.panel import long, read_panel, wide

        if layout not in ("wide", "long"):
            raise ValueError(f"layout is {layout!r}; it can be 'wide' or 'long'")
        panel = read_panel(self, years)
        frame = wide(panel) if layout == "wide" else long(panel)
        frame.attrs["left_out"] = panel.left_out
        return frame

    def indicators(self, years: int | Iterable[int] | None = None) -> pd.DataFrame:
        """Rates by agency and year: of granting, of refusal by ground, of correction by reviews and courts, ...

        Returns
        -------
        DataFrame
            Of every indicator the ratio, ``<id>.numerator`` and ``<id>.denominator``; a ratio is missing where either is, where
            the denominator is zero, and in forms whose figures make no such ratio. docs/panel.md lists them.
        """
        from gov_extract.dataset.indicators import indicators_of

        return indicators_of(self.panel(years))

    def export(
        self,
        to: Literal["csv", "xlsx", "dta", "duckdb", "feather"],
        dest: str | os.PathLike[str],
        *,
        tables: Iterable[str] | None = None,
        headers: Literal["code", "zh"] = "code",
    ) -> Exported:
        """Write tables in the format of another program, with ``datapackage.json`` and ``codebook.csv``.

        Parameters
        ----------
        to
            ``"csv"``, ``"dta"``, ``"feather"``: a file a table; ``"xlsx"``, ``"duckdb"``: all in one file.
        dest
            A folder, made where there is none; or, for one file, its path. Files of the same names are replaced.
        tables
            Names among `tables`, ``"panel"``, ``"indicators"``; None for all of them.
        headers
            ``"code"`` or ``"zh"``: the columns' codes, or their Chinese labels (in Stata files: the labels' language).

        Raises
        ------
        DatasetError
            When there is no such table, or `dest` cannot be written or is a part of the dataset.
        MissingExtraError
            When the extra ``export`` is needed and not installed.
        """
        from gov_extract.dataset.export import export

        return export(self, to, dest, tables=tables, headers=headers)

    def query(self, sql: str) -> pd.DataFrame:
        """What one SELECT over the tables, ``panel`` and ``indicators`` gives; DuckDB has access to nothing else.

        Raises
        ------
        DatasetError
            When the statement is no SELECT, is wrong, or asks for what it may not have.
        MissingExtraError
            When the extra ``export`` is not installed.
        """
        import pandas as pd

        from gov_extract.dataset.query import query

        answer = query(self, sql)
        rows = list(answer.rows)
        frame = pd.DataFrame(rows, columns=list(answer.columns), dtype=object).convert_dtypes()
        for place, name in enumerate(answer.columns):
            values = [row[place] for row in rows]
            # Beside nulls pandas takes whole numbers for floats on the way, and large ones lose digits.
            if {type(value) for value in values} - {type(None)} == {int}:
                fits = all(value is None or abs(value) < 2**63 for value in values)
                frame[name] = pd.array(values, dtype="Int64" if fits else object)
        return frame


def _compare(file: TableFile, sha256: str) -> None:
    if sha256 != file.sha256:
        raise DatasetError(f"{file.path}: not the file that the manifest describes; {_AGAIN}")


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
