"""Workbooks → `Document`: XLSX, XLS (and WPS's ET), ODS.

In: the bytes of a workbook. Out: one page without a number, its visible sheets one behind the other: tables as grids with their
merged cells as spans, titles and notes as lines. Figures are what their cells show; formulas count by the result that the file
keeps, and are unreadable where it keeps none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from gov_extract.document import Document, Finding, Page, Picture
from gov_extract.readers.limits import Limits
from gov_extract.readers.lines import text_line
from gov_extract.readers.sheets.layout import Laid, laid_out
from gov_extract.readers.sheets.model import Book, Sheet, Tally
from gov_extract.readers.tables import located

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLS = "application/vnd.ms-excel"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")


def read_xlsx(data: bytes, limits: Limits) -> Document:
    """Read an Excel workbook of today.

    Raises
    ------
    ReadError
        ``truncated``, ``encrypted``, ``damaged``, ``unsupported_format``.
    LimitError
        ``too_large``.
    """
    from gov_extract.readers.sheets.xlsx import read_book

    return _document(read_book, data, limits, XLSX)


def read_xls(data: bytes, limits: Limits) -> Document:
    """Read a workbook of Excel 97 to 2003; errors as of `read_xlsx`."""
    from gov_extract.readers.sheets.xls import read_book

    return _document(read_book, data, limits, XLS)


def read_ods(data: bytes, limits: Limits) -> Document:
    """Read an OpenDocument sheet; errors as of `read_xlsx`."""
    from gov_extract.readers.sheets.ods import read_book

    return _document(read_book, data, limits, ODS)


def _document(read_book: Callable[[bytes, Limits], Book], data: bytes, limits: Limits, media_type: str) -> Document:
    book = read_book(data, limits)
    seen = [sheet for sheet in book.sheets if not sheet.hidden and sheet.texts]
    laid = [laid_out(sheet, limits) for sheet in seen]
    if _are_told_by_year(seen):
        laid = [_titled(one, sheet.name) for sheet, one in zip(seen, laid, strict=True)]
    blocks = located((block for one in laid for block in one.blocks), limits)
    page = Page(None, None, None, blocks, "".join(one.text for one in laid))
    pictures = tuple(Picture(name) for name in book.pictures)
    return Document(media_type, (page,), {}, _findings(book, sum(one.hidden for one in laid)), pictures)


def _titled(laid: Laid, name: str) -> Laid:
    name = f"{name}年" if _YEAR.fullmatch(name) else name
    title = text_line(name)
    return laid if title is None else laid._replace(blocks=[title, *laid.blocks], text=f"{name}\t\n{laid.text}")


def _are_told_by_year(sheets: Sequence[Sheet]) -> bool:
    """Whether a workbook parts years by the names of its sheets: each names one, and not all the same. The name is then a title
    of what stands in the sheet, which may have no other."""
    years = [frozenset(_YEAR.findall(sheet.name)) for sheet in sheets]
    return all(years) and len(set(years)) > 1


def _findings(book: Book, hidden: int) -> tuple[Finding, ...]:
    found = []
    unseen = [sheet.name for sheet in book.sheets if sheet.hidden and sheet.texts]
    if unseen:
        message = f"Hidden sheets were left out: {', '.join(unseen)[:200]}"
        found.append(Finding("info", "hidden_cells", message))
    if hidden:
        message = f"{hidden} hidden rows and columns with text were left out."
        found.append(Finding("info", "hidden_cells", message))
    tally = Tally()
    for sheet in book.sheets:
        tally = tally if sheet.hidden else tally.plus(sheet.tally)
    if tally.unseen:
        message = f"{tally.unseen} cells that are struck out, or white on white, were left out."
        found.append(Finding("info", "hidden_cells", message))
    if tally.formulas:
        message = f"{tally.formulas} formulas have no result in the file; their cells cannot be read."
        found.append(Finding("warning", "formula_without_result", message))
    if tally.formats:
        message = f"{tally.formats} figures have a number format that changes what they say; they cannot be read."
        found.append(Finding("warning", "number_format", message))
    if tally.rounded:
        message = f"{tally.rounded} figures are stored with more digits than they show; they were read as shown."
        found.append(Finding("info", "figure_rounded", message))
    return tuple(found)


__all__ = ["ODS", "XLS", "XLSX", "read_ods", "read_xls", "read_xlsx"]
