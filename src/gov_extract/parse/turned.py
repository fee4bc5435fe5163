"""A table printed the other way round: the form's rows as columns.

In: the blocks of a page. Out: such tables turned back, cells where the form has them. What tells them is one row that
holds many labels of rows of one table.
"""

from __future__ import annotations

from collections.abc import Sequence

from gov_extract.document import Grid, GridCell, Line, Reading
from gov_extract.parse.vocabulary import named_rows

# So many labels of rows of one table beside each other are its header: no other row of any form holds more than three.
LABELS = 8


def turned_back(blocks: Sequence[Grid | Line]) -> dict[int, Grid | None]:
    """The blocks to be read otherwise: number → the table as the form has it, None for further lines of the same table."""
    found: dict[int, Grid | None] = {}
    for at, block in enumerate(blocks):
        if at in found:
            continue
        if isinstance(block, Grid):
            if _is_turned(block):
                found[at] = _turned(block)
        elif block.kind == "cells" and len(block.words) >= LABELS and _labels([word.text for word in block.words]) >= LABELS:
            lines = _lines_alike(blocks, at)
            found |= dict.fromkeys(range(at, at + len(lines)), None) | {at: _turned(_grid(lines))}
    return found


def _labels(texts: Sequence[str]) -> int:
    """How many rows of one table the texts name."""
    named: dict[str, set[str]] = {}
    for text in texts:
        for target in named_rows(text):
            named.setdefault(target.table, set()).add(target.row)
    return max(map(len, named.values()), default=0)


def _is_turned(grid: Grid) -> bool:
    if grid.n_columns < LABELS:
        return False
    rows: dict[int, list[str]] = {}
    for cell in grid.cells:
        text = cell.readings[0].text
        if text and not text.isdigit():
            rows.setdefault(cell.row, []).append(text)
    return any(len(texts) >= LABELS and _labels(texts) >= LABELS for texts in rows.values())


def _turned(grid: Grid) -> Grid:
    cells = [c._replace(row=c.column, column=c.row, rowspan=c.colspan, colspan=c.rowspan) for c in grid.cells]
    cells.sort(key=lambda cell: (cell.row, cell.column))
    return grid._replace(cells=tuple(cells), n_rows=grid.n_columns, n_columns=grid.n_rows, edges=())


def _lines_alike(blocks: Sequence[Grid | Line], at: int) -> list[Line]:
    """The lines of cells from one on that have as many places."""
    first = blocks[at]
    lines: list[Line] = []
    for block in blocks[at:]:
        if not (isinstance(block, Line) and isinstance(first, Line)) or len(block.words) != len(first.words):
            break
        lines.append(block)
    return lines


def _grid(lines: Sequence[Line]) -> Grid:
    cells = tuple(
        GridCell(r, c, 1, 1, (Reading(word.text, "text"),), word.box, line.locator)
        for r, line in enumerate(lines)
        for c, word in enumerate(line.words)
    )
    return Grid(cells, len(lines), len(lines[0].words), "markup", lines[0].page)
