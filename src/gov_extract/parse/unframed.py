"""A page that is set as one table: its title, headings and prose are lines again, and only the data rows a grid.

In: a `Document`. Out: the same with such grids parted. Sheets printed with their gridlines, workbooks saved as web pages and
forms drawn as one big table have a row of one cell for every paragraph. A row counts as one only where it has a single cell and
no cell from above reaches into it; without prose or headings in such rows a grid stays whole, so titles of blocks and notes of
the form's own tables stay where they are.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import regex

from gov_extract.document import OPEN_BELOW, Box, Document, Grid, GridCell, Line, Page, Word
from gov_extract.parse.sections.headings import is_section_heading

# Characters from which a row with a full stop is prose; notes below a table (注：…) are shorter, or come alone.
PROSE = 30
# Rows of prose, or headings of sections, that show a grid to be a page; one of prose with one heading is enough too.
ROWS = 2
# Height of a line, in ems.
LEADING = 1.3

_SENTENCE = regex.compile("[。；！？]")
_LONG_HEADING = 40


def unframed(document: Document) -> Document:
    """The document with every grid that is a page parted into lines and grids."""
    pages = tuple(_page(page) for page in document.pages)
    return (
        document if all(new is old for new, old in zip(pages, document.pages, strict=True)) else document._replace(pages=pages)
    )


def _page(page: Page) -> Page:
    blocks: list[Grid | Line] = []
    for block in page.blocks:
        flowing = _flowing(block) if isinstance(block, Grid) else {}
        if flowing and isinstance(block, Grid):
            blocks.extend(_parted(block, flowing))
        else:
            blocks.append(block)
    return page if len(blocks) == len(page.blocks) else page._replace(blocks=tuple(blocks))


def _flowing(grid: Grid) -> dict[int, GridCell]:
    """The rows of a grid that are paragraphs, each with its cell; empty where the grid is a table."""
    if not any(cell.colspan == grid.n_columns or len(cell.readings[0].text) >= PROSE for cell in grid.cells):
        return {}
    alone = _alone(grid)
    prose = {row for row, cell in alone.items() if len(cell.text) >= PROSE and _SENTENCE.search(cell.text)}
    headings = {row for row, cell in alone.items() if len(cell.text) <= _LONG_HEADING and is_section_heading(cell.text.strip())}
    if len(prose | headings) < ROWS:
        return {}
    data = {cell.row for cell in grid.cells} - set(alone)
    begun, ended = min(data, default=grid.n_rows), max(data, default=0)
    first = min(prose | headings)
    # Title and agency stand above the first of them, agency and date below the last row of data. On a page sentences are prose.
    return {
        row: cell
        for row, cell in alone.items()
        if row in headings or _SENTENCE.search(cell.text) or row < min(first, begun) or first < row > ended
    }


def _alone(grid: Grid) -> dict[int, GridCell]:
    """The cells that stand alone in their row, with text, by the row."""
    count = Counter([cell.row for cell in grid.cells])
    covered = {row for cell in grid.cells if cell.rowspan > 1 for row in range(cell.row + 1, cell.row + cell.rowspan)}
    return {
        cell.row: cell
        for cell in grid.cells
        if count[cell.row] == 1 and cell.rowspan == 1 and cell.row not in covered and cell.text.strip()
    }


def _parted(grid: Grid, flowing: dict[int, GridCell]) -> list[Grid | Line]:
    blocks: list[Grid | Line] = []
    parts = [list(part) for _, part in groupby(range(grid.n_rows), key=lambda row: row if row in flowing else -1)]
    for rows in parts:
        if rows[0] in flowing:
            blocks.extend(_lines(flowing[rows[0]], grid.page))
            continue
        first, last = rows[0], rows[-1]
        cells = tuple(cell._replace(row=cell.row - first) for cell in grid.cells if first <= cell.row <= last)
        if not any(cell.text.strip() for cell in cells):
            continue
        # The uprights run on below the grid's own last rule only.
        doubts = tuple(doubt for doubt in grid.doubts if doubt != OPEN_BELOW or last == grid.n_rows - 1)
        boxes = [cell.box for cell in cells if cell.box is not None]
        blocks.append(grid._replace(cells=cells, n_rows=len(rows), box=_around(boxes) or grid.box, doubts=doubts))
    return blocks


def _around(boxes: list[Box]) -> Box | None:
    if not boxes:
        return None
    x0, top, x1, bottom = zip(*boxes, strict=True)
    return Box(min(x0), min(top), max(x1), max(bottom))


def _lines(cell: GridCell, page: int | None) -> list[Line]:
    """A paragraph's lines. On a page each has its share of the cell's box, the first one indented, so that it begins a
    paragraph; nobody has kept where their characters stand."""
    texts = [text.strip() for text in cell.text.split("\n") if text.strip()]
    lines = []
    for k, text in enumerate(texts):
        box = cell.box
        if box is not None:
            height = (box.bottom - box.top) / len(texts)
            em = min(height / LEADING, (box.x1 - box.x0) / max(map(len, texts)))
            left = box.x0 + (0 if k else min(2 * em, (box.x1 - box.x0) / 4))
            box = Box(left, box.top + k * height, min(left + em * len(text), box.x1), box.top + (k + 1) * height)
        lines.append(Line((Word(text, box),), page, box, locator=cell.locator))
    return lines
