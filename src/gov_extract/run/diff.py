"""Two output folders → the figures that differ: between two runs, versions, or machines.

In: two datasets. Out: `Change`s, document by document. Documents are the same where their content is; where one has changed,
the document under the same source stands for it. Tables whose files are the same bytes are not looked into.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gov_extract.dataset import open_dataset
from gov_extract.errors import DatasetError

if TYPE_CHECKING:
    import pyarrow as pa

# Of `documents`, what decides where figures are found, and whether they can be used.
DOCUMENT_COLUMNS = ("agency", "agency_id", "report_year", "form", "status", "primary")
CELL_COLUMNS = ("table", "row", "column", "form", "value", "unit", "state", "raw")
_KEY = CELL_COLUMNS[:3]


class Figure(NamedTuple):
    """A cell as far as it can change: a figure, or why there is none. None of it where the document has no such cell."""

    value: float | None
    unit: str | None
    state: str | None
    raw: str | None


class Change(NamedTuple):
    """A cell that differs, or a value of ``documents`` (then `table` is that, `row` empty, and `column` the value's).

    `old` and `new` are None where the document, or the cell, is in one of the datasets only; a document that is has one change,
    that of column ``document_id``. Of one whose content has changed, `document_id` is the old one.
    """

    document_id: str
    source: str
    table: str
    row: str
    column: str
    old: Figure | str | int | bool | None
    new: Figure | str | int | bool | None


def diff(old: str | os.PathLike[str], new: str | os.PathLike[str]) -> Iterator[Change]:
    """What differs, documents in the order of the first dataset, then those that only the second one has.

    Raises
    ------
    DatasetError
        When either is no dataset, or its tables do not match its manifest.
    """
    a, b = _Side(Path(old)), _Side(Path(new))
    pairs = _pairs(a.documents, b.documents)
    for document in a.documents.values():
        other = pairs.get(document["document_id"])
        if other is None:
            yield _only(document, "old")
            continue
        for column in ("document_id", *DOCUMENT_COLUMNS):
            if document[column] != other[column]:
                yield Change(*_named(document), "documents", "", column, document[column], other[column])
        yield from _cells(a, b, document, other)
    met = {other["document_id"] for other in pairs.values()}
    yield from (_only(document, "new") for key, document in b.documents.items() if key not in met)


def _only(document: Mapping[str, Any], side: str) -> Change:
    key = document["document_id"]
    old, new = (key, None) if side == "old" else (None, key)
    return Change(*_named(document), "documents", "", "document_id", old, new)


def _named(document: Mapping[str, Any]) -> tuple[str, str]:
    return document["document_id"], document["source"]


def _pairs(a: Mapping[str, dict[str, Any]], b: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Document of the first → its counterpart in the second: the same content, else the same source with other content."""
    pairs = {key: b[key] for key in a if key in b}
    left = {document["source"]: document for key, document in b.items() if key not in a}
    pairs |= {key: left[document["source"]] for key, document in a.items() if key not in b and document["source"] in left}
    return pairs


def _cells(a: _Side, b: _Side, document: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Change]:
    year, year_b = document["report_year"], other["report_year"]
    if year == year_b and a.same_file(b, year):
        return
    mine, theirs = a.cells(year, document["document_id"]), b.cells(year_b, other["document_id"])
    if mine.equals(theirs):
        return
    before, after = _figures(mine), _figures(theirs)
    for key in [*before, *(key for key in after if key not in before)]:
        old, new = before.get(key), after.get(key)
        # Other characters for the same figure are no change of it.
        if old is None or new is None or old[:3] != new[:3]:
            yield Change(*_named(document), *key, old, new)


def _figures(cells: pa.Table) -> dict[tuple[str, str, str], Figure]:
    rows = cells.to_pylist()
    return {tuple(row[name] for name in _KEY): Figure(*(row[name] for name in Figure._fields)) for row in rows}


class _Side:
    """One of the two datasets; of `cells` one year at a time is in memory."""

    def __init__(self, folder: Path) -> None:
        self.dataset = open_dataset(folder)
        self._folder = folder
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        self._files: dict[str, dict[str, Any]] = manifest["tables"]["cells"]
        self._year: int | None = None
        self._cells: pa.Table | None = None
        self._places: dict[str, tuple[int, int]] = {}

    @cached_property
    def documents(self) -> dict[str, dict[str, Any]]:
        """The rows of ``documents`` that matter, years in order."""
        frame = self.dataset.load("documents", columns=["document_id", "source", *DOCUMENT_COLUMNS])
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        return {str(row["document_id"]): {str(name): value for name, value in row.items()} for row in rows}

    def same_file(self, other: _Side, year: int | None) -> bool:
        """Whether both have the same cells in that year, byte for byte."""
        name = _file(year)
        return bool(self._files[name]["sha256"] == other._files.get(name, {}).get("sha256"))

    def cells(self, year: int | None, document_id: str) -> pa.Table:
        """The cells of a document, `CELL_COLUMNS` of them."""
        if self._cells is None or self._year != year:
            self._load(year)
        assert self._cells is not None
        start, length = self._places.get(document_id, (0, 0))
        return self._cells.slice(start, length)

    def _load(self, year: int | None) -> None:
        import pyarrow.parquet as pq

        from gov_extract.store.writing import file_sha256

        path = self._folder / "tables" / "cells" / _file(year)
        self._cells = None
        if file_sha256(path) != self._files[path.name]["sha256"]:
            raise DatasetError(f"{path}: not the file that the manifest describes; run `gov-extract extract` again")
        table = pq.read_table(path, columns=["document_id", *CELL_COLUMNS])
        self._places = _runs(table["document_id"].to_pylist())
        self._cells = table.drop_columns(["document_id"]).combine_chunks()
        self._year = year


def _runs(keys: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Key → where its run of rows begins, and its length: a document's rows lie together."""
    places: dict[str, tuple[int, int]] = {}
    for place, key in enumerate(keys):
        start, length = places.get(key, (place, 0))
        places[key] = start, length + 1
    return places


def _file(year: int | None) -> str:
    return "unknown.parquet" if year is None else f"{year}.parquet"
