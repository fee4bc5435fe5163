"""The body of a Word document → blocks: paragraphs, tables, text boxes in reading order.

In: an element of ``document.xml`` that holds paragraphs and tables, and the state of the walk. Out: lines and grids.
What Word would show after accepting all changes is kept; deleted, hidden and instruction text is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gov_extract.readers.docx.hidden import is_hidden
from gov_extract.readers.docx.styles import (
    VAL,
    Numbering,
    Styles,
    W,
    child_number,
    child_value,
    outline_level,
    switched_on,
)
from gov_extract.readers.limits import Limits
from gov_extract.readers.lines import BLANKS, OBJECT, RAISED, is_figure, tabbed_line, text_line
from gov_extract.readers.tables import Block, Placed, check_cells, unfold

if TYPE_CHECKING:
    from lxml import etree

MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"

SLIVER = 100
"""Widest grid column (twips, 1/20 pt) that is a slip of the hand: 5 pt, half the width of one character of small print.
Dragged borders leave such columns, and cells one above another then seem to stand in different columns."""

MAX_SPAN = 16_384
"""Columns that one cell may span: those of the widest spreadsheet. Word stops at 63."""

_DROPPED = {W + name for name in ("del", "moveFrom", "delText", "delInstrText", "instrText", "rPr", "pPr", "rt", "sdtPr")} | {
    W + name for name in ("footnoteReference", "endnoteReference", "commentReference", "annotationRef", "sectPr", "tblPr")
}
_PIECES = {
    W + "tab": "\t",
    W + "ptab": "\t",
    W + "br": "\n",
    W + "cr": "\n",
    W + "noBreakHyphen": "-",
}
_BOXED = {W + "drawing", W + "pict", W + "object"}
_SYMBOL_FONT_BASE = 0xF000
"""Symbol fonts sit in the private use area, at this offset from their codes."""


@dataclass
class Walk:
    """What outlives a paragraph: definitions, counters, open fields, cells seen, embedded parts seen."""

    styles: Styles
    numbering: Numbering
    limits: Limits
    fields: list[bool] = field(default_factory=list)
    """Open complex fields, the innermost last: True while in its instruction."""
    cells: int = 0
    embedded: int = 0
    chunks: Mapping[str, Sequence[Block]] = field(default_factory=dict)
    """The blocks of embedded parts (altChunk) that can be read, by the part's relationship."""
    labels: dict[etree._Element, str] = field(default_factory=dict)
    """The automatic numbers of paragraphs, for the text that is read beside the tables."""


@dataclass
class _Inline:
    """A paragraph's text in pieces, and the blocks of its text boxes by the number of pieces before them."""

    pieces: list[str] = field(default_factory=list)
    boxes: list[tuple[int, list[Block]]] = field(default_factory=list)


def chosen(element: etree._Element) -> etree._Element | None:
    """The branch of ``mc:AlternateContent`` that counts: the first choice with anything in it, else the fallback."""
    for branch in element:
        if branch.tag == MC + "Choice" and len(branch):
            return branch
    return element.find(MC + "Fallback")


def _unwrapped(element: etree._Element, wanted: frozenset[str]) -> Iterator[etree._Element]:
    """Children of the wanted kinds, those inside content controls, custom XML and inserted ranges included."""
    for child in element:
        if child.tag in wanted:
            yield child
        elif child.tag in _WRAPPERS:
            yield from _unwrapped(child, wanted)
        elif child.tag == MC + "AlternateContent":
            branch = chosen(child)
            if branch is not None:
                yield from _unwrapped(branch, wanted)


_WRAPPERS = {W + name for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag")}
_ROWS = frozenset({W + "tr"})
_CELLS = frozenset({W + "tc"})
_FLOW = frozenset({W + "p", W + "tbl", W + "altChunk"})


def symbol(element: etree._Element) -> str:
    try:
        code = int(element.get(W + "char", ""), 16)
    except ValueError:
        return ""
    if _SYMBOL_FONT_BASE < code < _SYMBOL_FONT_BASE + 0x7F and element.get(W + "font", "").lower() == "symbol":
        return chr(code - _SYMBOL_FONT_BASE)
    # A picture font's own sign has no Unicode: it stays private, so that nobody takes it for a figure.
    return chr(code) if 0 < code < 0xD800 or 0xE000 <= code < 0x110000 else ""


def _inline(element: etree._Element, into: _Inline, walk: Walk) -> None:
    """Collect the text of a paragraph's children, text boxes aside."""
    for child in element:
        tag = child.tag
        if tag == W + "r":
            if is_hidden(child, walk.styles):
                continue
            properties = child.find(W + "rPr")
            first = len(into.pieces)
            _inline(child, into, walk)
            if properties is not None and child_value(properties, W + "vertAlign") == "superscript":
                into.pieces[first:] = [piece.translate(RAISED) for piece in into.pieces[first:]]
        elif tag == W + "t" or tag == M + "t":
            if not any(walk.fields) and child.text:
                into.pieces.append(child.text.replace("\n", " "))
        elif tag in _DROPPED:
            continue
        elif tag in _PIECES:
            if not any(walk.fields):
                into.pieces.append(_PIECES[tag])
        elif tag == W + "sym":
            into.pieces.append(symbol(child))
        elif tag == W + "fldChar":
            _field(child.get(W + "fldCharType"), walk)
        elif tag == MC + "AlternateContent":
            branch = chosen(child)
            if branch is not None:
                _inline(branch, into, walk)
        elif tag in _BOXED:
            before = len(into.boxes)
            _boxes(child, into, walk)
            if len(into.boxes) == before and next(child.iterancestors(W + "tc"), None) is not None:
                into.pieces.append(OBJECT)
        else:
            _inline(child, into, walk)


def _field(kind: str | None, walk: Walk) -> None:
    if kind == "begin":
        walk.fields.append(True)
    elif kind == "separate" and walk.fields:
        walk.fields[-1] = False
    elif kind == "end" and walk.fields:
        walk.fields.pop()


def _boxes(element: etree._Element, into: _Inline, walk: Walk) -> None:
    """The text boxes of a drawing, each once, whatever they are wrapped in."""
    for child in element:
        if child.tag == W + "txbxContent":
            into.boxes.append((len(into.pieces), flow(child, walk)))
        elif child.tag == MC + "AlternateContent":
            branch = chosen(child)
            if branch is not None:
                _boxes(branch, into, walk)
        else:
            _boxes(child, into, walk)


def flow(container: etree._Element, walk: Walk, floating: list[Block] | None = None) -> list[Block]:
    """The blocks of a body, a cell or a text box.

    Parameters
    ----------
    container
        Element with paragraphs and tables, wrapped or not.
    walk
        The walk's state; its counters move on.
    floating
        In a cell: takes the text boxes of paragraphs, which stand beside its text; None where they stay in place.
    """
    blocks: list[Block] = []
    carried = _Inline()
    for child in _unwrapped(container, _FLOW):
        if child.tag == W + "tbl":
            blocks.extend(_table(child, walk))
        elif child.tag == W + "altChunk":
            chunk = walk.chunks.get(child.get(R + "id", ""))
            blocks.extend(chunk or ())
            walk.embedded += chunk is None
        else:
            carried = _paragraph(child, carried, blocks, walk, floating)
    if carried.pieces or carried.boxes:
        _emit(carried, "", None, blocks, floating, in_contents=False)
    return blocks


def _paragraph(
    paragraph: etree._Element, content: _Inline, blocks: list[Block], walk: Walk, floating: list[Block] | None
) -> _Inline:
    """Add a paragraph's blocks; returns what the next one begins with (of one whose mark is deleted, its text)."""
    properties = paragraph.find(W + "pPr")
    _inline(paragraph, content, walk)
    # An instruction never goes on in another paragraph: a field left open would swallow the rest of the document.
    while walk.fields and walk.fields[-1]:
        walk.fields.pop()
    mark = properties.find(W + "rPr") if properties is not None else None
    if mark is not None and (mark.find(W + "del") is not None or mark.find(W + "moveFrom") is not None):
        return content
    style_id = child_value(properties, W + "pStyle")
    style = walk.styles.of(style_id)
    level = outline_level(properties)
    if level is None:
        level = style.level
    hidden_mark = mark is not None and switched_on(mark, W + "vanish") and not any(content.pieces)
    label = "" if hidden_mark else walk.numbering.label(properties, style_id)
    if label:
        walk.labels[paragraph] = label
    _emit(content, label, level or None, blocks, floating, in_contents=style.contents)
    return _Inline()


def _emit(
    content: _Inline,
    label: str,
    level: int | None,
    blocks: list[Block],
    floating: list[Block] | None,
    *,
    in_contents: bool,
) -> None:
    """Append a paragraph's lines and its text boxes: before the text where they are anchored before it, else after."""
    if not (content.pieces or content.boxes or label):
        return
    text = "".join(content.pieces)
    if label:
        body = text.lstrip(BLANKS)
        if floating is not None and (not body or is_figure(body)):
            label = OBJECT + label  # in a figure's cell nobody typed it: neither a figure nor a part of one
        # "1" + "2023年" must not become 12023年.
        text = label + (" " if label[-1].isascii() and label[-1].isalnum() and body[:1].isdecimal() else "") + body
    first_ink = next((at for at, piece in enumerate(content.pieces) if piece.strip(BLANKS)), len(content.pieces))
    if floating is None:
        for at, box in content.boxes:
            if at <= first_ink:
                blocks.extend(box)
    # A table of contents repeats the headings; it is navigation, not text.
    for part in () if in_contents else text.split("\n"):
        line = tabbed_line(part, level) if floating is None else text_line(part.replace("\t", " "), level)
        if line is not None:
            blocks.append(line)
    for at, box in content.boxes:
        if floating is not None:
            floating.extend(box)
        elif at > first_ink:
            blocks.extend(box)


@dataclass
class _Cell:
    row: int
    start: int
    end: int
    rowspan: int
    blocks: list[Block]


def _table(table: etree._Element, walk: Walk) -> list[Block]:
    """A table's blocks; text boxes anchored in its cells follow it, unless they are all that a cell holds."""
    cells: list[_Cell] = []
    doubts: set[str] = set()
    beside: list[Block] = []
    open_above: dict[tuple[int, int], _Cell] = {}
    row = 0
    for element in _unwrapped(table, _ROWS):
        properties = element.find(W + "trPr")
        if properties is not None and properties.find(W + "del") is not None:
            continue
        column = max(0, min(child_number(properties, W + "gridBefore") or 0, MAX_SPAN))
        still_open: dict[tuple[int, int], _Cell] = {}
        last: _Cell | None = None
        for cell in _unwrapped(element, _CELLS):
            settings = cell.find(W + "tcPr")
            if settings is not None and settings.find(W + "cellDel") is not None:
                continue
            span = max(1, min(child_number(settings, W + "gridSpan") or 1, MAX_SPAN))
            walk.cells += 1
            check_cells(walk.cells, walk.limits)
            floating: list[Block] = []
            blocks = flow(cell, walk, floating)
            if floating and not blocks:
                blocks = floating
            else:
                beside.extend(floating)
            if _merge(settings, "hMerge") == "continue" and last is not None:
                last.end = column + span
                last.blocks.extend(blocks)
                column += span
                continue
            vertical = _merge(settings, "vMerge")
            above = open_above.get((column, column + span)) if vertical == "continue" else None
            if above is not None:
                above.rowspan += 1
                last = above
                if blocks:
                    # Word keeps the text of a merged cell and does not show it.
                    doubts.add("hidden_text")
            else:
                last = _Cell(row, column, column + span, 1, blocks)
                cells.append(last)
                if vertical == "continue":
                    doubts.add("merge_without_start")
            if vertical is not None:
                still_open[column, column + span] = last
            column += span
        open_above = still_open
        row += 1
    _snap(cells, _grid_widths(table))
    placed = [Placed(cell.row, cell.start, cell.rowspan, cell.end - cell.start, tuple(cell.blocks)) for cell in cells]
    return [*unfold(placed, walk.limits, tuple(sorted(doubts))), *beside]


def _merge(settings: etree._Element | None, name: str) -> str | None:
    """``restart`` or ``continue`` of a merge, None where the cell is not merged. Without a value it continues."""
    element = settings.find(W + name) if settings is not None else None
    return None if element is None else element.get(VAL, "continue")


def _grid_widths(table: etree._Element) -> list[int]:
    grid = table.find(W + "tblGrid")
    widths = []
    for column in grid.iterchildren(W + "gridCol") if grid is not None else ():
        width = column.get(W + "w", "")
        if not width.isdecimal():
            return []
        widths.append(int(width))
    return widths


def _snap(cells: list[_Cell], widths: list[int]) -> None:
    """Make one border of borders that lie within `SLIVER` of each other, unless a cell would lose its width."""
    borders = sorted({border for cell in cells for border in (cell.start, cell.end)})
    if not borders or borders[-1] > len(widths):
        return
    positions = [0]
    for width in widths:
        positions.append(positions[-1] + width)
    snapped: dict[int, int] = {}
    first = borders[0]
    for border in borders:
        if positions[border] - positions[first] > SLIVER:
            first = border
        snapped[border] = first
    if any(snapped[cell.start] == snapped[cell.end] for cell in cells):
        return
    for cell in cells:
        cell.start, cell.end = snapped[cell.start], snapped[cell.end]
