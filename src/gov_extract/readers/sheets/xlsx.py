"""XLSX → `Book`, from the package's own XML.

In: the bytes of a workbook (transitional or strict). Out: its sheets with what their cells show. A formula counts by the result
that the file keeps; nothing is ever computed.
"""

from __future__ import annotations

import posixpath
import re
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from gov_extract.errors import LimitError, ReadError
from gov_extract.readers.limits import Limits, Package, open_package, parse_xml, unpack
from gov_extract.readers.sheets.fonts import PLAIN, Font, Rich, Run, in_cell, rich
from gov_extract.readers.sheets.model import UNREAD, Book, Gathered, Sheet, Span
from gov_extract.readers.sheets.shown import BUILT_IN, joined_text, shown, shown_text
from gov_extract.readers.tables import check_columns

if TYPE_CHECKING:
    from lxml import etree

MAX_PICTURES = 200
MAX_SHEETS = 500
MAX_MERGED = 50_000
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})$", re.IGNORECASE)
_TRUE = frozenset({"1", "true", "on"})
_WHITE_INDEXES = frozenset({"1", "9", "65"})
_PAPER_THEME = "0"


class _Style(NamedTuple):
    """What counts of a cell's style: the code of its number format, whether it has borders, its font, and whether its ground is
    white."""

    code: str
    bordered: bool
    font: Font = PLAIN
    on_white: bool = True


class _Shared(NamedTuple):
    """What the sheets share: texts, styles, whether days count from 1904, and whether the program that wrote the book left it
    to the next one to compute all formulas."""

    strings: list[Rich]
    styles: list[_Style]
    from_1904: bool
    uncomputed: bool


def read_book(data: bytes, limits: Limits) -> Book:
    """Read a workbook.

    Raises
    ------
    ReadError
        ``truncated``, ``encrypted``, ``damaged``; ``unsupported_format`` for a binary workbook.
    LimitError
        ``too_large``.
    """
    package = open_package(data, limits)
    main = _main_part(package, limits)
    root = _part(package, main, limits)
    if root is None:
        if any(name.endswith("workbook.bin") for name in package.members):
            raise ReadError("this is a binary workbook (XLSB), which has no reader; save it as XLSX", "unsupported_format")
        raise ReadError("the workbook lacks its main part (workbook.xml); save it again or get another copy", "damaged")
    targets = _targets(package, main, limits)
    strings = _strings(package, _beside(package, targets, main, "sharedStrings"), limits)
    styles = _styles(_part(package, _beside(package, targets, main, "styles"), limits))
    properties = next(root.iter("{*}workbookPr"), None)
    from_1904 = properties is not None and properties.get("date1904", "").lower() in _TRUE
    computing = next(root.iter("{*}calcPr"), None)
    uncomputed = computing is not None and computing.get("fullCalcOnLoad", "").lower() in _TRUE
    shared = _Shared(strings, styles, from_1904, uncomputed)
    sheets = []
    for entry in list(root.iter("{*}sheet"))[:MAX_SHEETS]:
        identity = next((str(value) for key, value in entry.attrib.items() if str(key).rpartition("}")[2] == "id"), "")
        kind, target = targets.get(identity, ("", ""))
        content = unpack(package, target, limits) if kind.endswith("/worksheet") else None
        if content is None:
            continue
        hidden = entry.get("state", "visible") != "visible"
        sheets.append(_sheet(content, entry.get("name", ""), hidden, shared, limits))
    media = [name.rpartition("/")[2] for name in package.members if "/media/" in name]
    return Book(tuple(sheets), tuple(media[:MAX_PICTURES]))


def _part(package: Package, name: str | None, limits: Limits) -> etree._Element | None:
    data = unpack(package, name, limits) if name else None
    return parse_xml(data) if data is not None and data.strip() else None


def _main_part(package: Package, limits: Limits) -> str:
    root = _part(package, "_rels/.rels", limits)
    for relation in root.iter("{*}Relationship") if root is not None else ():
        if relation.get("Type", "").endswith("/officeDocument"):
            return relation.get("Target", "").lstrip("/")
    return "xl/workbook.xml"


def _targets(package: Package, main: str, limits: Limits) -> dict[str, tuple[str, str]]:
    """What the main part refers to: id → kind and part."""
    folder, name = posixpath.split(main)
    root = _part(package, f"{folder}/_rels/{name}.rels", limits)
    found = {}
    for relation in root.iter("{*}Relationship") if root is not None else ():
        target = relation.get("Target", "").replace("\\", "/")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        found[relation.get("Id", "")] = (relation.get("Type", ""), path)
    return found


def _beside(package: Package, targets: dict[str, tuple[str, str]], main: str, what: str) -> str:
    told = next((path for kind, path in targets.values() if kind.endswith(f"/{what}")), "")
    return told if told.lower() in package.members else f"{posixpath.dirname(main)}/{what}.xml"


def _strings(package: Package, name: str, limits: Limits) -> list[Rich]:
    """The texts that cells refer to, without the readings set over them."""
    root = _part(package, name, limits)
    return [] if root is None else [_text(item) for item in root.iterchildren("{*}si")]


def _text(item: etree._Element) -> Rich:
    runs = []
    for child in item.iterchildren("{*}*"):
        kind = child.tag.rpartition("}")[2]
        if kind == "t":
            runs.append(Run(child.text or ""))
        elif kind == "r":
            told = next(child.iterchildren("{*}rPr"), None)
            font = None if told is None else _font(told)
            runs += [Run(text.text or "", font) for text in child.iterchildren("{*}t")]
    return rich(runs)


def _font(told: etree._Element | None) -> Font:
    small = struck = white = inked = False
    for child in told if told is not None else ():
        kind = str(child.tag).rpartition("}")[2]
        if kind == "vertAlign":
            small = child.get("val", "") in ("superscript", "subscript")
        elif kind == "strike":
            struck = child.get("val", "1").lower() in _TRUE
        elif kind == "color":
            white = _is_white(child)
            inked = not white
    return Font(small, struck, white, inked)


def _is_white(color: etree._Element) -> bool:
    if color.get("rgb") is not None:
        return color.get("rgb", "")[-6:].upper() == "FFFFFF"
    if color.get("theme") is not None:
        return color.get("theme") == _PAPER_THEME and not color.get("tint", "").startswith("-")
    return color.get("indexed") in _WHITE_INDEXES


def _is_white_ground(fill: etree._Element) -> bool:
    """Whether a fill leaves the paper white."""
    pattern = next(fill.iterchildren("{*}patternFill"), None)
    if pattern is None:
        return False
    kind, color = pattern.get("patternType", "none"), next(pattern.iterchildren("{*}fgColor"), None)
    return kind == "none" or (kind == "solid" and color is not None and _is_white(color))


def _styles(root: etree._Element | None) -> list[_Style]:
    if root is None:
        return []
    codes = dict(BUILT_IN)
    for told in root.iter("{*}numFmt"):
        codes[_integer(told.get("numFmtId"))] = told.get("formatCode", "General")
    ruled = [any(side.get("style", "none") != "none" for side in border) for border in _listed(root, "borders")]
    fonts = [_font(font) for font in _listed(root, "fonts")]
    grounds = [_is_white_ground(fill) for fill in _listed(root, "fills")]
    styles = []
    for cell in _listed(root, "cellXfs"):
        number, border, font, fill = (_integer(cell.get(f"{name}Id")) for name in ("numFmt", "border", "font", "fill"))
        styles.append(
            _Style(
                codes.get(number, "General"),
                0 <= border < len(ruled) and ruled[border],
                fonts[font] if 0 <= font < len(fonts) else PLAIN,
                not 0 <= fill < len(grounds) or grounds[fill],
            )
        )
    return styles


def _listed(root: etree._Element, name: str) -> list[etree._Element]:
    held = next(root.iterchildren(f"{{*}}{name}"), None)
    return [] if held is None else list(held.iterchildren("{*}*"))


def _integer(told: str | None) -> int:
    return int(told) if told and told.isascii() and told.isdigit() and len(told) < 10 else -1


def _is_nothing(size: str | None) -> bool:
    """Whether a width or height says that nothing is seen."""
    return size is not None and re.fullmatch(r"0+(\.0*)?", size.strip()) is not None


def place_of(reference: str) -> tuple[int, int] | None:
    """Row and column, from 0, of a reference such as ``C5``."""
    found = _REFERENCE.match(reference)
    if found is None:
        return None
    column = 0
    for letter in found[1].upper():
        column = 26 * column + ord(letter) - ord("A") + 1
    return int(found[2]) - 1, column - 1


def _sheet(content: bytes, name: str, hidden: bool, shared: _Shared, limits: Limits) -> Sheet:
    from lxml import etree

    gathered = Gathered(limits)
    merged: list[Span] = []
    rows: set[int] = set()
    columns: set[int] = set()
    zeros = True
    row = column = -1
    painted = False
    tags = (
        "{*}row",
        "{*}c",
        "{*}col",
        "{*}mergeCell",
        "{*}sheetView",
        "{*}tablePart",
        "{*}conditionalFormatting",
        "{*}picture",
    )
    walker = etree.iterparse(
        BytesIO(content), events=("start", "end"), tag=tags, resolve_entities=False, no_network=True, load_dtd=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    for event, element in walker:
        kind = element.tag.rpartition("}")[2]
        if event == "start":
            if kind == "row":
                told = _integer(element.get("r"))
                row, column = (told - 1 if told > 0 else row + 1), -1
                if element.get("hidden", "").lower() in _TRUE or _is_nothing(element.get("ht")):
                    rows.add(row)
            continue
        if kind == "c":
            at = place_of(element.get("r", ""))
            row, column = at or (row, column + 1)
            index = _integer(element.get("s"))
            style = shared.styles[index] if 0 <= index < len(shared.styles) else _Style("General", False)
            text, font = _shown_cell(element, style, shared, gathered, zeros=zeros)
            white = font.white and style.on_white
            gathered.put_seen(row, column, text, bordered=style.bordered, struck=font.struck, white=white)
        elif kind == "row":
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
        elif kind == "col" and (element.get("hidden", "").lower() in _TRUE or _is_nothing(element.get("width"))):
            first, last = _integer(element.get("min")), _integer(element.get("max"))
            columns.update(range(max(first, 1) - 1, min(last, limits.max_columns)))
        elif kind == "sheetView" and element.get("showZeros", "1").lower() in ("0", "false"):
            zeros = False
        elif kind in ("tablePart", "conditionalFormatting", "picture"):
            painted = True  # the ground of a cell is not told by its own style alone
        elif kind == "mergeCell":
            first_end, _, last_end = element.get("ref", "").partition(":")
            start, end = place_of(first_end), place_of(last_end or first_end)
            if start and end:
                merged.append((*start, *end))
            if len(merged) > MAX_MERGED:
                raise LimitError(f"a sheet has more than {MAX_MERGED} merged cells, far beyond any report", "too_large")
    if not painted:
        gathered.drop_white()
    check_columns(len({place[1] for place in gathered.texts}), limits)
    return Sheet(
        name, hidden, gathered.texts, gathered.borders, tuple(merged), frozenset(rows), frozenset(columns), gathered.tally()
    )


def _shown_cell(
    element: etree._Element, style: _Style, shared: _Shared, gathered: Gathered, *, zeros: bool
) -> tuple[str, Font]:
    """What a cell shows, and in which font."""
    text = _value(element, style.code, shared, gathered, zeros=zeros)
    if isinstance(text, str):
        return text, style.font
    seen, font = in_cell(text, style.font)
    return shown_text(joined_text([seen]), style.code), font


def _value(element: etree._Element, code: str, shared: _Shared, gathered: Gathered, *, zeros: bool) -> str | Rich:
    """What a cell's value is under its format, or its text."""
    kind = element.get("t", "n")
    value = formula = None
    for child in element.iterchildren("{*}*"):
        name = child.tag.rpartition("}")[2]
        if name == "v":
            value = child.text or ""
        elif name == "f":
            formula = child
        elif name == "is":
            return _text(child)
    if formula is not None and _is_uncomputed(kind, value, shared):
        gathered.formulas += 1
        return UNREAD
    if not value:
        return ""
    if kind == "s":
        index = _integer(value.strip())
        return shared.strings[index] if 0 <= index < len(shared.strings) else UNREAD
    if kind == "b":
        return "TRUE" if value.strip() == "1" else "FALSE"
    if kind in ("str", "e", "d"):
        return shown_text(joined_text([value]), code)
    try:
        number = float(value)
    except ValueError:
        return value.strip()
    if number == 0 and not zeros:
        return ""
    found = shown(number, code, from_1904=shared.from_1904)
    gathered.formats += not found.sure
    gathered.rounded += found.rounded
    return found.text


def _is_uncomputed(kind: str, value: str | None, shared: _Shared) -> bool:
    """Whether a formula's result is not in the file. Programs that write formulas without computing them leave it out, or
    empty, or write 0 and leave the computing to who opens the book."""
    if value is None or (not value and kind != "str"):
        return True
    return shared.uncomputed and kind != "s" and re.fullmatch(r"[-+]?0*(\.0*)?", value.strip()) is not None
