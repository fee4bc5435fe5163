"""Cells of recognised tables that wear has joined or torn, told by the labels that they hold.

In: a `Document`. Out: the same with such cells of recognised pages mended. Where a ruling is gone, one cell holds the labels of
several columns beside each other, or of several rows below each other; where a stroke was taken for a ruling, a label stands
in two cells. Only labels of the forms tell so: cells with figures stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

import regex

from gov_extract.document import Box, Document, Grid, GridCell, Page, Reading
from gov_extract.forms import load_forms
from gov_extract.forms.labels import normalise, strip_number
from gov_extract.parse.vocabulary import closeness, column_keys, header_words, named_rows, resembles_row

LINES = 3
"""Lines of a label in a header cell, at most."""
PARTS = 4
"""Cells that a label is torn into, at most."""
LONGEST = 60
"""Characters of a label, at most."""
LIKE = 0.7
"""Likeness of torn cells' joined text to a label of a header."""

_NUMBERED = regex.compile(r"^\s*(?:[(（][\p{Nd}一二三四五六七八九十]+[)）]|\p{Nd}{1,2}\s*[.．、:：]|[一二三四五六七八九十]、)")
_LETTER, _DIGIT = regex.compile(r"\p{Han}"), regex.compile(r"\p{Nd}")


def regrown(document: Document) -> Document:
    """The document with cells of recognised pages that hold several labels parted, and those that hold parts of one joined."""
    if not any(page.reader == "ocr" for page in document.pages):
        return document
    return document._replace(pages=tuple(_page(page) if page.reader == "ocr" else page for page in document.pages))


def _page(page: Page) -> Page:
    return page._replace(blocks=tuple(_grid(block) if isinstance(block, Grid) else block for block in page.blocks))


def _grid(grid: Grid) -> Grid:
    cells = [part for cell in _joined(grid.cells) for part in _parted(cell, grid)]
    return grid if tuple(cells) == grid.cells else grid._replace(cells=tuple(sorted(cells, key=lambda c: (c.row, c.column))))


def _parted(cell: GridCell, grid: Grid) -> Sequence[GridCell]:
    """The cells that one cell was before a ruling was lost; the cell itself where it holds one label, or none."""
    if cell.colspan > 1 and len(cell.text) > LINES:
        names = beside_each_other(cell.text, cell.colspan)
        if names:
            return list(_columns(cell, names, grid))
    if cell.rowspan > 1 and "\n" in cell.text:
        texts = _below_each_other(cell.text, cell.rowspan)
        if texts:
            return list(_rows(cell, texts, grid))
    return [cell]


def _columns(cell: GridCell, names: Sequence[str], grid: Grid) -> Iterator[GridCell]:
    step = cell.colspan // len(names)
    for n, name in enumerate(names):
        column = cell.column + n * step
        box = cell.box
        if box and len(grid.edges) > column + step:
            box = box._replace(x0=grid.edges[column], x1=grid.edges[column + step])
        yield cell._replace(column=column, colspan=step, readings=_said(cell, name), box=box)


def _rows(cell: GridCell, texts: Sequence[str], grid: Grid) -> Iterator[GridCell]:
    heights = {other.row: other.box for other in grid.cells if other.box and other.rowspan == 1}
    for n, text in enumerate(texts):
        row, box = cell.row + n, cell.box
        if box and row in heights:
            box = Box(box.x0, heights[row].top, box.x1, heights[row].bottom)
        yield cell._replace(row=row, rowspan=1, readings=_said(cell, text), box=box)


def _said(cell: GridCell, text: str) -> tuple[Reading, ...]:
    return tuple(reading._replace(text=text) for reading in cell.readings[:1])


@lru_cache(maxsize=4096)
def beside_each_other(text: str, width: int) -> tuple[str, ...]:
    """The labels of neighbouring columns of a form whose lines stand beside each other in a text, of which each takes the same
    part of `width`; none where there is no such reading.

    >>> beside_each_other("商业企业科研机构", 2)
    ('商业企业', '科研机构')
    >>> beside_each_other("结果纠其他结尚未审\\n正果结", 3)
    ('结果纠正', '其他结果', '尚未审结')
    """
    lines = tuple(normalise(line) for line in text.split("\n"))
    if len(lines) > LINES or not all(_LETTER.search(line) for line in lines):
        return ()
    for labels in _columns_of_forms():
        for first in range(len(labels) - 1):
            for count in range(2, min(width, len(labels) - first) + 1):
                if width % count == 0 and (names := _consumed(lines, labels[first : first + count])):
                    return names
    return ()


@cache
def _columns_of_forms() -> tuple[tuple[frozenset[str], ...], ...]:
    """The labels of the columns of every row of the forms, each kind once."""
    tables = [table for form in load_forms().values() for table in form.tables.values() if table.layout != "indicators"]
    return tuple(dict.fromkeys(tuple(column_keys(column) for column in row.columns) for table in tables for row in table.rows))


def _consumed(lines: tuple[str, ...], labels: Sequence[frozenset[str]]) -> tuple[str, ...]:
    """The labels that use up the lines, each with a part of its own in every line or in the upper ones."""
    if not labels:
        return () if any(lines) else ("",)
    for label in sorted(labels[0], key=lambda one: (-len(one), one)):
        for rest in _without(lines, label):
            names = _consumed(rest, labels[1:])
            if names:
                return (label, *(name for name in names if name))
    return ()


def _without(lines: tuple[str, ...], label: str) -> Iterator[tuple[str, ...]]:
    """The ways to take a label from the beginnings of lines, from the first line on."""
    if not lines:
        return
    if len(lines) == 1:
        if lines[0].startswith(label):
            yield (lines[0][len(label) :],)
        return
    for cut in range(len(label) + 1):
        if lines[0].startswith(label[:cut]):
            yield from ((lines[0][cut:], *rest) for rest in _without(lines[1:], label[cut:]))


def _below_each_other(text: str, height: int) -> tuple[str, ...]:
    """The labels of so many rows that stand below each other in a text, each with a number before it; none otherwise."""
    groups: list[list[str]] = []
    for line in text.split("\n"):
        if _NUMBERED.match(line):
            groups.append([])
        if not groups:
            return ()
        groups[-1].append(line)
    texts = tuple("\n".join(group) for group in groups)
    known = len(texts) == height and all(resembles_row(text) and not _has_figure(text) for text in texts)
    return texts if known else ()


def _has_figure(text: str) -> bool:
    """Whether there is a digit in a text, its numbering apart."""
    return bool(_DIGIT.search(strip_number(text)[1]))


def _joined(cells: Sequence[GridCell]) -> list[GridCell]:
    """The cells with those beside each other joined that hold one label together, and none by itself."""
    found: list[GridCell] = []
    left = sorted(cells, key=lambda cell: (cell.row, cell.column))
    while left:
        for count in range(min(PARTS, len(left)), 1, -1):
            part = left[:count]
            if _are_one(part):
                text = "".join(cell.text for cell in part)
                first, last = part[0], part[-1]
                box = first.box._replace(x1=last.box.x1) if first.box and last.box else first.box
                span = last.column + last.colspan - first.column
                found.append(first._replace(colspan=span, readings=_said(first, text), box=box))
                left = left[count:]
                break
        else:
            found.append(left.pop(0))
    return found


def _are_one(part: Sequence[GridCell]) -> bool:
    """Whether neighbouring cells hold one label together, and none does by itself."""
    first = part[0]
    column = first.column
    for cell in part:
        if (cell.row, cell.rowspan, cell.column) != (first.row, first.rowspan, column) or not cell.text.strip():
            return False
        if _has_figure(cell.text) or not _LETTER.search(cell.text) or (cell is not first and cell.text[0] in "（([【〔"):
            return False
        column += cell.colspan
    text = "".join(cell.text for cell in part)
    whole, most = _likeness(text), max(_likeness(cell.text) for cell in part)
    return most < 1.0 == whole or most < LIKE <= whole


@lru_cache(maxsize=4096)
def _likeness(text: str) -> float:
    """How much a text is like a label of a row (exactly: 1, or 0) or of a header."""
    folded = normalise(strip_number(text)[1])
    if not folded or len(folded) > LONGEST:
        return 0.0
    if named_rows(text) or folded in header_words():
        return 1.0
    return max(closeness(folded, word) for word in header_words())
