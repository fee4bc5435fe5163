"""Figures that somebody typed from the reports by hand, as a table.

In: a CSV file (UTF-8, UTF-16 or GB18030; commas, semicolons or tabs) or a workbook (XLSX). Out: `Stated` figures. Two layouts:

- long: a row a figure, with columns for the document, for the place (``table``, ``row``, ``column``, or one ``code``) and for
  the ``value``;
- wide: a row a document, and a column a code (``applications.received.total``).

A document is named by ``document_id``, ``source`` (path or file's name), or agency and year. Chinese headers do as well (来源,
机关, 年度, 表, 行, 列, 数值); so do the Chinese labels of a panel as codes. An empty cell states nothing. Values are in the
unit of the form's column; ``blank`` or a dash states that the report has no figure there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gov_extract.concepts import load_concepts
from gov_extract.dataset.export.writers import missing
from gov_extract.errors import TruthError
from gov_extract.parse.values import read_figure

# What a column may be called.
HEADERS = {
    "document_id": ("document_id", "文件编号"),
    "source": ("source", "file", "来源", "文件", "文件名"),
    "agency_id": ("agency_id", "机关标识"),
    "agency": ("agency", "机关", "发布机构", "单位名称"),
    "report_year": ("report_year", "year", "年度", "报告年度", "年份"),
    "table": ("table", "表"),
    "row": ("row", "行"),
    "column": ("column", "列"),
    "code": ("code", "代码"),
    "value": ("value", "数值", "值"),
}
DOCUMENT = ("document_id", "source", "agency_id", "agency", "report_year")
BLANK = "blank"


class Stated(NamedTuple):
    """A figure of a truth: the line of the file, what names the document, the cell; `value` is None where none is printed."""

    line: int
    document: Mapping[str, str]
    table: str
    row: str
    column: str
    value: float | None


def read_truth(path: Path) -> list[Stated]:
    """The figures of a file.

    Raises
    ------
    TruthError
        When the file cannot be read, lacks columns, or holds what is no figure or no code; the message names the line.
    MissingExtraError
        For a workbook without openpyxl.
    """
    rows = _workbook(path) if path.suffix.lower() in (".xlsx", ".xlsm") else _csv(path)
    if not rows:
        raise TruthError(f"{path.name}: holds no rows")
    known = {name: field for field, names in HEADERS.items() for name in names}
    head = [known.get(cell.strip(), cell.strip()) for cell in rows[0]]
    if twice := {name for name in head if name and head.count(name) > 1}:
        raise TruthError(f"{path.name}: two columns are called {', '.join(sorted(twice))}")
    if not {"document_id", "source"} & set(head) and not ({"agency", "agency_id"} & set(head) and "report_year" in head):
        raise TruthError(f"{path.name}: no column says which document: document_id, source, or agency and year")
    for line, row in enumerate(rows[1:], 2):
        named = [*head, *[""] * (len(row) - len(head))]
        if over := [text for text, name in zip(row, named, strict=False) if text.strip() and not name]:
            raise TruthError(f"{path.name}, line {line}: {over[0]!r} has no column; a comma inside a figure needs quotes")
    return _long(path.name, head, rows) if "value" in head else _wide(path.name, head, rows)


def _csv(path: Path) -> list[list[str]]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TruthError(f"{path}: {error.strerror or error}") from error
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise TruthError(f"{path.name}: neither UTF-8 nor GB18030")
    first = text.split("\n", 1)[0]
    separator = max((",", "\t", ";"), key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise TruthError(f"{path.name}: no CSV file ({error})") from error


def _workbook(path: Path) -> list[list[str]]:
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise missing("a workbook", "openpyxl") from error

    try:
        book = load_workbook(path, read_only=True, data_only=True)
        rows = [[_shown(value) for value in row] for row in book.worksheets[0].iter_rows(values_only=True)]
        book.close()
    # The file is anybody's: what openpyxl raises for one that is damaged is not declared.
    except Exception as error:
        raise TruthError(f"{path.name}: cannot be read as a workbook ({error})") from error
    return rows


def _shown(value: Any) -> str:
    return "" if value is None else f"{value:.15g}" if isinstance(value, float) else str(value)


def _document(name: str, line: int, fields: Mapping[str, str]) -> dict[str, str]:
    found = {field: fields[field].strip() for field in DOCUMENT if fields.get(field, "").strip()}
    if not {"document_id", "source"} & set(found) and not ({"agency", "agency_id"} & set(found) and "report_year" in found):
        raise TruthError(f"{name}, line {line}: says not which document: document_id, source, or agency and year")
    year = found.get("report_year", "").removesuffix("年").removesuffix(".0")
    if year and not year.isdigit():
        raise TruthError(f"{name}, line {line}: {year!r} is no year")
    return found | ({"report_year": year} if year else {})


def _long(name: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Stated]:
    if "code" not in head and not {"table", "row", "column"} <= set(head):
        raise TruthError(f"{name}: a long table needs the columns table, row and column, or code")
    found = []
    for line, row in enumerate(rows[1:], 2):
        fields = dict(zip(head, row, strict=False))
        if not fields.get("value", "").strip():
            continue
        code = fields.get("code", "").strip() or ".".join(fields.get(part, "").strip() for part in ("table", "row", "column"))
        place = _place(code)
        if place is None:
            raise TruthError(f"{name}, line {line}: {code!r} is no code of a cell; docs/tables.md lists them")
        value = _figure(name, line, fields["value"], place)
        found.append(Stated(line, _document(name, line, fields), *place, value))
    return found


def _wide(name: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Stated]:
    others = [number for number, text in enumerate(head) if text and text not in DOCUMENT]
    places = {number: place for number in others if (place := _place(head[number])) is not None}
    unknown = [head[number] for number in others if number not in places]
    if not places:
        raise TruthError(f"{name}: no column value, and no column that is a code of a cell; docs/tables.md lists them")
    if unknown:
        raise TruthError(f"{name}: no codes of cells: {', '.join(unknown[:5])}; docs/tables.md lists them")
    found = []
    for line, row in enumerate(rows[1:], 2):
        filled = {number: text for number, text in enumerate(row) if number in places and text.strip()}
        if not filled:
            continue
        document = _document(name, line, dict(zip(head, row, strict=False)))
        for number, text in filled.items():
            found.append(Stated(line, document, *places[number], _figure(name, line, text, places[number])))
    return found


def _place(code: str) -> tuple[str, str, str] | None:
    """Table, row and column of a cell's code, or of its Chinese label in a panel."""
    concepts = load_concepts()
    known = concepts.get(code) or next((c for c in concepts.values() if c.label == code), None)
    return None if known is None else (known.table, known.row, known.column)


def _figure(name: str, line: int, text: str, place: tuple[str, str, str]) -> float | None:
    if text.strip() == BLANK:
        return None
    figure = read_figure(text, load_concepts()[".".join(place)].unit)
    if figure.state in ("blank", "dash"):
        return None
    if figure.state != "read" or figure.value is None or "unit" in figure.doubts:
        raise TruthError(f"{name}, line {line}: {text.strip()!r} is no figure")
    return figure.value
