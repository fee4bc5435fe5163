"""What a downloader knows of its files: a table beside the documents.

In: a CSV file (UTF-8, GB18030 or UTF-16; commas, semicolons or tabs) with a row for each document. Out: `Sidecar`, which lays
its rows beside reports. A value is used where the document is silent, with a finding ``from_sidecar``; where the document says
otherwise the document's stands, with a finding ``sidecar_disagrees`` that names both.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from gov_extract.document import Finding
from gov_extract.errors import SidecarError
from gov_extract.parse.agency import identify
from gov_extract.parse.chinese import FIRST_YEAR, LAST_YEAR, find_date, half_width
from gov_extract.parse.metadata.names import same_agency, squeeze
from gov_extract.report import Report
from gov_extract.schema import Metadata

# What follows from an agency's name.
_OF_AGENCY = ("agency_id", "agency_level", "agency_kind", "division_code", "province", "city", "county")
KEYS = ("source", "url")
FACTS = ("agency", "report_year", "division_code", "published_on")
_SEPARATORS = (",", "\t", ";")
# Codes of GB/T 2260 have six digits; those of townships and villages that start with one have nine or twelve.
# The first two digits are a province's.
_CODE = re.compile(r"((?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])\d{4})(?:\d{3}|\d{6})?(?:\.0)?")
_YEAR = re.compile(r"(20\d\d)\s*(?:年度?|学年度?)?(?:\.0)?")
_SCHEME = re.compile(r"^https?://", re.IGNORECASE)
# Characters of a value that an error message quotes.
_QUOTED = 40


class Row(NamedTuple):
    """A row of the table: its line in the file, what it is known by, and its facts (column → value)."""

    line: int
    source: str | None
    url: str | None
    facts: Mapping[str, str | int]

    @property
    def name(self) -> str:
        """What the row is known by, for messages."""
        return self.source or self.url or ""


class Sidecar:
    """The rows of a table, to be laid beside reports."""

    def __init__(self, name: str, rows: Sequence[Row], sources: Iterable[str] = ()) -> None:
        self.name = name
        self.rows = tuple(rows)
        self._matched: set[int] = set()
        self._by_source = {row.source: row for row in rows if row.source}
        pages = Counter(_address(row.url) for row in rows if row.url)
        self._by_url = {_address(row.url): row for row in rows if row.url and pages[_address(row.url)] == 1}
        sources = tuple(sources)
        there = Counter(_file_name(source) for source in sources)
        self._in_archives = Counter(_archive(source) for source in sources)
        named = Counter(_file_name(row.source) for row in rows if row.source)
        self._by_name = {
            _file_name(row.source): row
            for row in rows
            if row.source and named[_file_name(row.source)] == 1 and there[_file_name(row.source)] <= 1
        }

    def find(self, source: str, url: str | None) -> Row | None:
        """The row of a document: by its source, by its file's name where that is the only one, by its address.

        A row that gives folders is one of a file in these only: ``b/x.pdf`` may be ``in/b/x.pdf``, and is not ``a/x.pdf``. The
        row of an archive is that of its document where it holds only one; of several it does not say which it means.
        """
        row = self._found(source, url)
        if row is not None:
            self._matched.add(row.line)
        return row

    def _found(self, source: str, url: str | None) -> Row | None:
        row = self._by_source.get(source)
        if row is None:
            named = self._by_name.get(_file_name(source))
            row = named if named is not None and _one_path(named.source or "", source) else None
        if row is None and url:
            row = self._by_url.get(_address(url))
        if row is None and (archive := _archive(source)):
            row = self._found(archive, None) if self._in_archives[archive] == 1 else None
        return row

    @property
    def unmatched(self) -> tuple[Row, ...]:
        """The rows that are used for no document: none was found, or several that the row does not tell apart."""
        return tuple(row for row in self.rows if row.line not in self._matched)

    def lay(self, report: Report) -> Report:
        """The report with what the table says where the document is silent, and a finding for every value that it has.

        Of a document with several reports each has a row of its own, by its source (``x.pdf#2``): one for the whole file does
        not say which of them it means, and is used for none.
        """
        source = report.source.rpartition("#")[0] if report.others else report.source
        rows = self.rows_of(source, report.url, 1 + len(report.others))
        first, *others = (self._laid(part, row) for part, row in zip((report, *report.others), rows, strict=True))
        return replace(first, others=tuple(others)) if others else first

    def rows_of(self, source: str, url: str | None, reports: int) -> tuple[Row | None, ...]:
        """The row of each of the `reports` of a document."""
        if reports == 1:
            return (self.find(source, url),)
        return tuple(self._part(f"{source}#{n}") for n in range(1, reports + 1))

    def _part(self, source: str) -> Row | None:
        row = self._by_source.get(source)
        if row is not None:
            self._matched.add(row.line)
        return row

    def _laid(self, report: Report, row: Row | None) -> Report:
        if row is None:
            return report
        known = report.metadata._asdict()
        used: dict[str, Any] = {}
        findings: list[Finding] = []
        for column, value in row.facts.items():
            where = f"{self.name}, line {row.line}"
            if known.get(column) is None:
                used[column] = value
                message = f"{column} {value} is from {where}: the document does not say it"
                findings.append(Finding("info", "from_sidecar", message))
            elif not _agree(column, known[column], value):
                message = f"{column}: the document says {known[column]}, {where} says {value}; {known[column]} is kept"
                findings.append(Finding("warning", "sidecar_disagrees", message))
        if not findings:
            return report
        metadata = Metadata(**{**known, **used})
        if metadata.agency and not used.keys().isdisjoint({"agency", "report_year"}):
            metadata = _identified(metadata)
        return replace(report, metadata=metadata, findings=(*report.findings, *findings))


def _identified(metadata: Metadata) -> Metadata:
    """Level, kind and division of an agency that only the table names, or dates, where nothing else gave them."""
    who = identify(squeeze(metadata.agency or ""), metadata.report_year)._asdict()
    return metadata._replace(**{name: who[name] for name in _OF_AGENCY if getattr(metadata, name) is None})


def _agree(column: str, printed: str | int, told: str | int) -> bool:
    if column == "agency":
        a, b = squeeze(str(printed)), squeeze(str(told))
        return a == b or same_agency(a, b) or same_agency(b, a)
    if column == "division_code":
        return str(printed)[:6] == str(told)[:6]
    return printed == told


def _one_path(a: str, b: str) -> bool:
    """Whether one path is the end of the other."""
    a, b = a.replace("!", "/"), b.replace("!", "/")
    return f"/{a}".endswith(f"/{b.lstrip('/')}") or f"/{b}".endswith(f"/{a.lstrip('/')}")


def _file_name(source: str) -> str:
    return source.replace("!", "/").rpartition("/")[2]


def _archive(source: str) -> str:
    """The archive that a source lies in, empty for one in none."""
    return source.partition("!")[0] if "!" in source else ""


def _address(url: str | None) -> str:
    return _SCHEME.sub("", (url or "").strip().partition("#")[0]).rstrip("/")


@cache
def _headers() -> dict[str, str]:
    """Every name of a column that is understood → the column."""
    raw = tomllib.loads(resources.files("gov_extract.data").joinpath("sidecar.toml").read_text("utf-8"))
    return {name: column for column, names in raw["columns"].items() for name in names}


def read_sidecar(path: str | os.PathLike[str], sources: Iterable[str] = ()) -> Sidecar:
    """Read the table.

    Parameters
    ----------
    path
        The CSV file. Its first row names the columns: ``source`` (path below the folder, or a file's name) or ``url``, and any
        of ``agency``, ``year``, ``division``, ``published_on``; customary Chinese names do as well, other columns are passed
        over.
    sources
        The sources of the run: a row that gives only a file's name belongs to the one source of that name.

    Raises
    ------
    SidecarError
        When the file cannot be read, has none of these columns, or a row says what cannot be: the message has the line.
    """
    file = Path(path)
    try:
        text = _decoded(file.read_bytes(), file.name)
    except OSError as error:
        raise SidecarError(f"{file}: {error.strerror or error}") from error
    first = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=lambda mark: sum(_column(name) is not None for name in first.split(mark)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    columns: list[str | None] = []
    rows: list[Row] = []
    end = 0
    try:
        for fields in reader:
            line, end = end + 1, reader.line_num
            if not columns:
                columns = _columns(fields, file.name)
            elif any(field.strip() for field in fields):
                if len(fields) > len(columns):
                    raise SidecarError(f"{file.name}, line {line}: {len(fields)} values under {len(columns)} columns")
                rows.append(
                    _row({c: f.strip() for c, f in zip(columns, fields, strict=False) if c and f.strip()}, line, file.name)
                )
    except csv.Error as error:
        raise SidecarError(f"{file.name}, line {reader.line_num}: {error}") from error
    if not columns:
        raise SidecarError(f"{file.name}: there is nothing in it")
    _no_contradictions(rows, file.name)
    return Sidecar(file.name, rows, sources)


def _decoded(data: bytes, name: str) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            broken = error
    line = data.count(b"\n", 0, broken.start) + 1
    raise SidecarError(f"{name}, line {line}: neither UTF-8 nor GB18030; save the table as UTF-8")


def _column(name: str) -> str | None:
    return _headers().get("".join(half_width(name).strip('"').lower().split()))


def _columns(fields: Sequence[str], name: str) -> list[str | None]:
    columns = [_column(field) for field in fields]
    twice = [column for column, count in Counter(filter(None, columns)).items() if count > 1]
    if twice:
        raise SidecarError(f"{name}, line 1: two columns for {twice[0]}")
    if not set(KEYS) & set(columns) or not set(FACTS) & set(columns):
        raise SidecarError(
            f"{name}, line 1: the columns are {', '.join(fields)[:200]}; wanted are source or url, "
            "and any of agency, year, division, published_on"
        )
    return columns


def _row(values: Mapping[str, str], line: int, name: str) -> Row:
    source = values.get("source", "").replace("\\", "/").removeprefix("./") or None
    if source is None and "url" not in values:
        raise SidecarError(f"{name}, line {line}: neither a source nor a url")
    facts: dict[str, str | int] = {}
    for column in FACTS:
        if column in values:
            value = _fact(column, half_width(values[column]) if column != "agency" else values[column])
            if value is None:
                raise SidecarError(f"{name}, line {line}: {values[column][:_QUOTED]!r} is no {_WANTED[column]}")
            facts[column] = value
    return Row(line, source, values.get("url"), facts)


_WANTED = {
    "agency": "name",
    "report_year": f"year from {FIRST_YEAR} to {LAST_YEAR}",
    "division_code": "division code of six, nine or twelve digits that begin with a province's",
    "published_on": "date such as 2024-01-31",
}


def _fact(column: str, text: str) -> str | int | None:
    if column == "agency":
        return " ".join(text.split())
    if column == "report_year":
        year = _YEAR.fullmatch(text)
        return int(year[1]) if year and FIRST_YEAR <= int(year[1]) <= LAST_YEAR else None
    if column == "division_code":
        code = _CODE.fullmatch(text)
        return code[1] if code else None
    day = find_date(text)
    return day.iso if day and day.start == 0 else None


def _no_contradictions(rows: Sequence[Row], name: str) -> None:
    """Two rows for one document may not differ; several documents may come from one page."""
    seen: dict[str, Row] = {}
    for row in rows:
        key = row.source or _address(row.url)
        first = seen.setdefault(key, row)
        if first.facts != row.facts:
            raise SidecarError(f"{name}, line {row.line}: another row for {key}, of which line {first.line} says otherwise")
