"""ODS → `Book`, from the package's own XML.

In: the bytes of an OpenDocument sheet. Out: its sheets with what their cells show, which the file says in words beside what is
stored. Cells and rows may be repeated by the million: blank ones are counted, not made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gov_extract.errors import LimitError, ReadError
from gov_extract.readers.limits import Limits, open_package, parse_xml, unpack
from gov_extract.readers.sheets.fonts import PLAIN, Font, Run, joined_runs
from gov_extract.readers.sheets.model import BLANK_ROWS, UNREAD, Book, Gathered, Sheet, Span
from gov_extract.readers.sheets.shown import plain
from gov_extract.readers.tables import check_columns

if TYPE_CHECKING:
    from lxml import etree

T = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
O = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"  # noqa: E741 - the namespaces' own letters
X = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
S = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
F = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
MAX_REPEATED = 200
"""Times that a cell or row with something in it is repeated at most."""
MAX_PICTURES = 200
MAX_SPACES = 100
_PAPER = frozenset({None, "transparent", "#ffffff"})
_GROUPS = frozenset({T + "table-header-rows", T + "table-row-group", T + "table-rows"})


def read_book(data: bytes, limits: Limits) -> Book:
    """Read an OpenDocument sheet.

    Raises
    ------
    ReadError
        ``truncated``, ``encrypted``, ``damaged``.
    LimitError
        ``too_large``.
    """
    package = open_package(data, limits)
    manifest = unpack(package, "META-INF/manifest.xml", limits)
    if manifest and any(True for _ in parse_xml(manifest).iter("{*}encryption-data")):
        raise ReadError("the file is protected by a password; save it without one and try again", "encrypted")
    content = unpack(package, "content.xml", limits)
    body = None if content is None else next((parse_xml(content)).iter(O + "spreadsheet"), None)
    if body is None:
        raise ReadError("the OpenDocument sheet lacks its content; save it again or get another copy", "damaged")
    root = body.getroottree().getroot()
    styles = {style.get(S + "name", ""): style for style in root.iter(S + "style")}
    bordered = {name for name, style in styles.items() if _has_borders(style)}
    fonts = {name: font for name, style in styles.items() if (font := _font(style)) != PLAIN}
    sheets = tuple(_sheet(table, styles, bordered, fonts, limits) for table in body.iterchildren(T + "table"))
    media = [name.rpartition("/")[2] for name in package.members if name.startswith("pictures/")]
    return Book(sheets, tuple(media[:MAX_PICTURES]))


def _has_borders(style: etree._Element) -> bool:
    for properties in style.iterchildren(S + "table-cell-properties"):
        for key, value in properties.attrib.items():
            side = str(key).rpartition("}")[2]
            if (side == "border" or side.startswith("border-")) and "line-width" not in side and str(value) != "none":
                return True
    return False


def _font(style: etree._Element) -> Font:
    """How a style shows text; white where its ground is the paper for certain."""
    told: dict[str, str] = {}
    for properties in style.iterchildren(S + "text-properties", S + "table-cell-properties"):
        told |= {str(key): str(value) for key, value in properties.attrib.items()}
    position = told.get(S + "text-position", "0%").split()[0]
    lines = [told.get(S + f"text-line-through-{name}", "none") for name in ("style", "type")]
    white = told.get(F + "color", "").lower() == "#ffffff"
    painted = told.get(F + "background-color", "transparent").lower() not in _PAPER or len(style.findall(S + "map")) > 0
    own = style.get(S + "parent-style-name") in (None, "Default")
    small = position in ("super", "sub") or position.strip("+-%").strip("0.") != ""
    return Font(small, any(line != "none" for line in lines), white and own and not painted, F + "color" in told and not white)


def _is_shown(style: etree._Element | None) -> bool:
    found = next(style.iterchildren(S + "table-properties"), None) if style is not None else None
    return found is None or found.get(T + "display", "true") != "false"


def _count(element: etree._Element, name: str) -> int:
    told = element.get(T + name, "1")
    return max(1, int(told)) if told.isascii() and told.isdigit() and len(told) < 10 else 1


def _rows(holder: etree._Element) -> Iterator[etree._Element]:
    """The rows of a table, those in groups too."""
    stack = [iter(holder)]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
        elif element.tag == T + "table-row":
            yield element
        elif element.tag in _GROUPS:
            stack.append(iter(element))


def _sheet(
    table: etree._Element, styles: dict[str, etree._Element], bordered: set[str], fonts: dict[str, Font], limits: Limits
) -> Sheet:
    gathered = Gathered(limits)
    merged: list[Span] = []
    columns, usual = _columns(table, bordered, limits)
    rows: set[int] = set()
    row = 0
    for element in _rows(table):
        repeated = _count(element, "number-rows-repeated")
        cells = list(_cells(element, bordered, fonts, usual, gathered))
        seen = element.get(T + "visibility", "visible") == "visible"
        empty = not any(text for _, text, _, _, _ in cells)
        if not empty and repeated > MAX_REPEATED:
            raise LimitError("a sheet repeats a row with text more often than any report does", "too_large")
        for again in range(min(repeated, BLANK_ROWS) if empty else repeated):
            if not seen:
                rows.add(row + again)
            for column, text, ruled, across, down in cells:
                gathered.put(row + again, column, text, bordered=ruled)
                if (across > 1 or down > 1) and len(merged) < limits.max_cells:
                    merged.append((row + again, column, row + again + down - 1, column + across - 1))
        row += repeated
    check_columns(len({place[1] for place in gathered.texts}), limits)
    hidden = not _is_shown(styles.get(table.get(T + "style-name", "")))
    return Sheet(
        table.get(T + "name", ""), hidden, gathered.texts, gathered.borders, tuple(merged), frozenset(rows), columns,
        gathered.tally(),
    )  # fmt: skip


def _columns(table: etree._Element, bordered: set[str], limits: Limits) -> tuple[frozenset[int], list[bool]]:
    """The columns that are hidden, and for the first ones whether their cells have borders where they do not say."""
    hidden: set[int] = set()
    usual: list[bool] = []
    at = 0
    for column in table.iter(T + "table-column"):
        count = min(_count(column, "number-columns-repeated"), max(0, limits.max_columns - at))
        if column.get(T + "visibility", "visible") != "visible":
            hidden.update(range(at, at + count))
        usual += [column.get(T + "default-cell-style-name", "") in bordered] * count
        at += count
    return frozenset(hidden), usual


def _cells(
    row: etree._Element, bordered: set[str], fonts: dict[str, Font], usual: list[bool], gathered: Gathered
) -> Iterator[tuple[int, str, bool, int, int]]:
    """Column, text, whether it has borders, and spans of the cells of a row that count."""
    column = 0
    own = row.get(T + "default-cell-style-name")
    for cell in row.iterchildren(T + "table-cell", T + "covered-table-cell"):
        repeated = _count(cell, "number-columns-repeated")
        text = "" if cell.tag == T + "covered-table-cell" else _text(cell, fonts, gathered)
        style = cell.get(T + "style-name") or own
        font = fonts.get(style or "", PLAIN)
        if text and (font.struck or font.white):
            gathered.unseen += 1
            text = ""
        if text and repeated > MAX_REPEATED:
            raise LimitError("a sheet repeats a cell with text more often than any report does", "too_large")
        for k in range(column, column + min(repeated, MAX_REPEATED)):
            ruled = style in bordered if style else k < len(usual) and usual[k]
            if text or ruled:
                yield k, text, ruled, _count(cell, "number-columns-spanned"), _count(cell, "number-rows-spanned")
        column += repeated


def _text(cell: etree._Element, fonts: dict[str, Font], gathered: Gathered) -> str:
    """What a cell shows: its paragraphs; what is stored where there are none."""
    paragraphs = list(cell.iterchildren(X + "p"))
    if paragraphs:
        return "\n".join(joined_runs(_runs(paragraph, fonts, PLAIN)) for paragraph in paragraphs).strip("\n")
    kind, value = cell.get(O + "value-type", ""), cell.get(O + "value")
    if kind in ("float", "currency", "percentage") and value is not None:
        try:
            return plain(float(value))
        except ValueError:
            return UNREAD
    results = [cell.get(O + name) for name in ("string-value", "date-value", "time-value")]
    if cell.get(T + "formula") and all(result is None for result in results):
        gathered.formulas += 1
        return UNREAD
    return next((result for result in results if result), "")


def _runs(paragraph: etree._Element, fonts: dict[str, Font], font: Font) -> list[Run]:
    """A paragraph's text: blanks and tabs are elements, readings and notes are none of it."""
    runs = [Run(paragraph.text or "", font)]
    for child in paragraph.iterchildren("{*}*"):
        kind = child.tag
        if kind == X + "s":
            told = child.get(X + "c", "1")
            runs.append(Run(" " * min(int(told) if told.isdigit() and len(told) < 5 else 1, MAX_SPACES), font))
        elif kind == X + "tab":
            runs.append(Run("\t", font))
        elif kind == X + "line-break":
            runs.append(Run("\n", font))
        elif kind == X + "ruby":
            for base in child.iterchildren(X + "ruby-base"):
                runs += _runs(base, fonts, font)
        elif kind != O + "annotation" and kind != X + "note":
            own = fonts.get(child.get(X + "style-name", ""), PLAIN)
            runs += _runs(child, fonts, Font(*(a or b for a, b in zip(font, own, strict=True))))
        runs.append(Run(child.tail or "", font))
    return runs
