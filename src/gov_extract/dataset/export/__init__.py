"""The tables, the panel and the indicators in the formats of other programs.

In: a `Dataset`. Out: files, each written beside its place and then renamed; with them ``datapackage.json`` (Frictionless) and
``codebook.csv``. What a format cannot hold is told (`Exported.notes`), never dropped in silence.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from gov_extract.codebook import Resource, codebook, package
from gov_extract.dataset.export.sheets import Sheet, sheets_of
from gov_extract.dataset.export.writers import write_csv, write_duckdb, write_feather, write_stata, write_xlsx
from gov_extract.errors import DatasetError

if TYPE_CHECKING:
    from gov_extract.dataset import Dataset

Format = Literal["csv", "xlsx", "dta", "duckdb", "feather"]
Headers = Literal["code", "zh"]


class _Kind(NamedTuple):
    """A format: whether all tables are in one file, its name in a data package, and what writes sheets to a path."""

    together: bool
    mediatype: str
    write: Callable[..., list[str]]


_KINDS: dict[str, _Kind] = {
    "csv": _Kind(False, "text/csv", write_csv),
    "xlsx": _Kind(True, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx),
    "dta": _Kind(False, "application/x-stata-dta", write_stata),
    "duckdb": _Kind(True, "application/vnd.duckdb", write_duckdb),
    "feather": _Kind(False, "application/vnd.apache.arrow.file", write_feather),
}
FORMATS = tuple(_KINDS)
# The file's name where all tables are in one and DEST is a folder.
_TOGETHER = "gov_extract"


class Exported(NamedTuple):
    """What an export has written: its files, rows by table, and what the format could not hold."""

    files: tuple[Path, ...]
    rows: dict[str, int]
    notes: tuple[str, ...]


def exportable(dataset: Dataset) -> tuple[str, ...]:
    """The names that `export` takes as tables."""
    return (*dataset.tables, "panel", "indicators")


def export(
    dataset: Dataset,
    to: str,
    dest: str | os.PathLike[str],
    *,
    tables: Iterable[str] | None = None,
    headers: Headers = "code",
) -> Exported:
    """Write tables in a format; see `gov_extract.dataset.Dataset.export`."""
    if to not in _KINDS:
        raise ValueError(f"cannot export to {to!r}; it can be {', '.join(FORMATS)}")
    if headers not in ("code", "zh"):
        raise ValueError(f"headers is {headers!r}; it can be 'code' or 'zh'")
    names = exportable(dataset) if tables is None else tuple(dict.fromkeys(tables))
    unknown = [name for name in names if name not in exportable(dataset)]
    if unknown:
        raise DatasetError(f"no table {', '.join(unknown)}; there are {', '.join(exportable(dataset))}")
    kind = _KINDS[to]
    target = Path(dest)
    single = kind.together and target.suffix.lower() == f".{to}"
    folder = target.parent if single else target
    _refuse_published(folder)
    sheets = sheets_of(dataset, names, headers)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files, notes = _write_all(kind, to, target if single else folder / f"{_TOGETHER}.{to}", folder, sheets)
    except OSError as error:
        raise DatasetError(f"{error.filename or folder}: {error.strerror or error}; choose another place with -o") from error
    prefix = f"{target.stem}." if single else ""
    entries = _resources(kind, to, sheets, files)
    about = {
        folder / f"{prefix}codebook.csv": codebook().encode("utf-8-sig"),
        folder / f"{prefix}datapackage.json": (json.dumps(package(entries), ensure_ascii=False, indent=1) + "\n").encode(),
    }
    for path, content in about.items():
        _renamed(path, partial(_write_bytes, content=content))
    return Exported((*files.values(), *about), {sheet.table.name: sheet.count() for sheet in sheets}, tuple(notes))


def _refuse_published(folder: Path) -> None:
    """What is published, this dataset or another, is never written to: a stray file would break its readers."""
    place = folder.resolve()
    for own in (place, *place.parents):
        inside = own == place or place.relative_to(own).parts[0] in ("tables", "state")
        if inside and (own / "manifest.json").is_file():
            raise DatasetError(f"{folder}: belongs to the dataset in {own}; choose another place with -o")


def _write_all(
    kind: _Kind, to: str, together: Path, folder: Path, sheets: Sequence[Sheet]
) -> tuple[dict[str, Path], list[str]]:
    """Write sheets, to one file or a file each; table → its file, and what is to be told."""
    notes: list[str] = []
    groups = {together: sheets} if kind.together else {folder / f"{s.table.name}.{to}": [s] for s in sheets}
    for path, group in groups.items():
        notes += _renamed(path, partial(kind.write, sheets=group))
    return {sheet.table.name: path for path, group in groups.items() for sheet in group}, notes


def _write_bytes(path: Path, content: bytes) -> list[str]:
    path.write_bytes(content)
    return []


def _renamed(path: Path, write: Callable[[Path], list[str]]) -> list[str]:
    """Write a file beside its place, then put it there; a failure leaves what was there before."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        notes = write(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return notes


def _resources(kind: _Kind, to: str, sheets: Sequence[Sheet], files: dict[str, Path]) -> list[Resource]:
    found = []
    for sheet in sheets:
        path = files[sheet.table.name]
        more: dict[str, Any] = {"bytes": path.stat().st_size}
        with path.open("rb") as handle:
            more["hash"] = f"sha256:{hashlib.file_digest(handle, 'sha256').hexdigest()}"
        if to == "csv":
            more["encoding"] = "utf-8"
        if to == "xlsx":
            more["dialect"] = {"sheetName": sheet.title}
        if to == "duckdb":
            more["dialect"] = {"table": sheet.title}
        found.append(Resource(sheet.described(), path.name, to, kind.mediatype, sheet.names_in(to), more))
    return found
