"""Cells placed in a table → grids and lines, the same way for every markup format.

In: `Placed` cells: their place in the table as the markup counts it, and the blocks that they hold. Out: blocks in
reading order: a `Grid` where the table is one, lines where it only arranges a page (a layout table).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from gov_extract.document import Grid, GridCell, Line, Reading
from gov_extract.errors import LimitError
from gov_extract.readers.limits import Limits
from gov_extract.readers.lines import cells_line, is_figure, text_line

Block = Grid | Line

PROSE_LENGTH = 200
"""Characters from which a cell with several sentences is prose. The longest label of any form has 60 with its note."""

_SENTENCE_END = re.compile("[。；！？]")


class Placed(NamedTuple):
    """A cell in its table: place and span in the markup's own counting (from 0), and what it holds."""

    row: int
    column: int
    rowspan: int
    colspan: int
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        """Its lines, one below another."""
        return "\n".join(block.text for block in self.blocks if isinstance(block, Line))

    @property
    def nests(self) -> bool:
        """Whether it holds a grid."""
        return any(isinstance(block, Grid) for block in self.blocks)


def _is_prose(cell: Placed, text: str) -> bool:
    return cell.rowspan == 1 and len(text) >= PROSE_LENGTH and len(_SENTENCE_END.findall(text)) >= 2


def _flowing_rows(cells: Sequence[Placed], texts: Sequence[str]) -> set[int]:
    """Rows that arrange the page instead of holding data: with a grid inside, or with prose beside no figure."""
    nesting = {cell.row for cell in cells if cell.nests}
    prose = {cell.row for cell, text in zip(cells, texts, strict=True) if _is_prose(cell, text)}
    figures = {cell.row for cell, text in zip(cells, texts, strict=True) if is_figure(text)}
    return nesting | (prose - figures)


def _flow(row: Sequence[Placed]) -> list[Block]:
    """A layout row's blocks in order; plain cells beside a figure stay together as one line of cells."""
    tabular = any(not cell.nests and is_figure(cell.text) for cell in row)
    blocks: list[Block] = []
    beside: list[str] = []
    for cell in row:
        if tabular and not cell.nests:
            beside.append(cell.text)
            continue
        if beside:
            blocks.append(cells_line(beside))
            beside = []
        blocks.extend(cell.blocks)
    if beside:
        blocks.append(cells_line(beside))
    return blocks


def _grid(cells: Sequence[Placed], texts: Sequence[str], starts: Sequence[int], doubts: tuple[str, ...]) -> list[Block]:
    """A run of data rows: a grid where it has two columns and two cells with something printed in them, else its lines.

    Rows and columns are counted anew by the borders that cells really have (`starts`, of the whole table, so that the
    parts of one table keep their columns): a colspan of a billion is one column where nothing stands below it.
    """
    rows = sorted({cell.row for cell in cells})
    if len({cell.column for cell in cells}) < 2 or sum(map(bool, texts)) < 2:
        return [block for cell in cells for block in cell.blocks]
    placed = []
    for cell, text in zip(cells, texts, strict=True):
        row, column = bisect_left(rows, cell.row), bisect_left(starts, cell.column)
        rowspan = max(1, bisect_left(rows, cell.row + cell.rowspan) - row)
        colspan = max(1, bisect_left(starts, cell.column + cell.colspan) - column)
        placed.append(GridCell(row, column, rowspan, colspan, (Reading(text, "markup"),)))
    placed.sort(key=lambda cell: (cell.row, cell.column))
    if sum(cell.rowspan * cell.colspan for cell in placed) != len(rows) * len(starts):
        doubts = (*doubts, "ragged")
    return [Grid(tuple(placed), len(rows), len(starts), "markup", doubts=doubts)]


def unfold(cells: Sequence[Placed], limits: Limits, doubts: tuple[str, ...] = ()) -> list[Block]:
    """A table's blocks in reading order.

    Parameters
    ----------
    cells
        All cells, in row-major order.
    limits
        Bounds on columns.
    doubts
        What was unsure about the placing, handed on to the grids.

    Raises
    ------
    LimitError
        Code ``too_large``: more columns with cells of their own than `limits` allow.
    """
    if not cells:
        return []
    cells = _with_inner_rows(cells)
    check_columns(len({cell.column for cell in cells}), limits)
    texts = [cell.text for cell in cells]
    flowing = _flowing_rows(cells, texts)
    starts = sorted({cell.column for cell in cells if cell.row not in flowing})
    blocks: list[Block] = []
    pairs = zip(cells, texts, strict=True)
    # A layout row is a part of its own, the data rows between two of them are one.
    for flow, part in groupby(pairs, key=lambda pair: pair[0].row if pair[0].row in flowing else None):
        run = list(part)
        if flow is None:
            blocks.extend(_grid([cell for cell, _ in run], [text for _, text in run], starts, doubts))
        else:
            blocks.extend(_flow([cell for cell, _ in run]))
    return blocks


def _with_inner_rows(cells: Sequence[Placed]) -> Sequence[Placed]:
    """The cells with those opened that hold nothing but one row of a table, of as many cells as they span columns: a row's
    figures that were pasted as a table of their own are figures of the row."""
    if not any(cell.nests for cell in cells):
        return cells
    labelled = {cell.row for cell in cells if not cell.nests and cell.text}
    opened: list[Placed] = []
    for cell in cells:
        grid = cell.blocks[0] if len(cell.blocks) == 1 else None
        if not isinstance(grid, Grid) or cell.row not in labelled or (grid.n_rows, grid.n_columns) != (1, cell.colspan):
            opened.append(cell)
            continue
        for inner in grid.cells:
            line = text_line(inner.text)
            blocks = (line,) if line is not None else ()
            opened.append(Placed(cell.row, cell.column + inner.column, cell.rowspan, inner.colspan, blocks))
    return opened


def located(blocks: Iterable[Block], limits: Limits) -> tuple[Block, ...]:
    """The blocks with every grid cell's locator set: ``table 2, row 5, column 3``, each from 1, in reading order.

    Raises
    ------
    LimitError
        Code ``too_large``: more cells in all than `limits` allow.
    """
    placed: list[Block] = []
    tables = cells = 0
    for block in blocks:
        if isinstance(block, Grid):
            tables += 1
            cells += len(block.cells)
            check_cells(cells, limits)
            block = block._replace(
                cells=tuple(
                    cell._replace(locator=f"table {tables}, row {cell.row + 1}, column {cell.column + 1}")
                    for cell in block.cells
                )
            )
        placed.append(block)
    return tuple(placed)


def check_cells(cells: int, limits: Limits) -> None:
    """Refuse more cells than `limits` allow.

    Raises
    ------
    LimitError
        Code ``too_large``.
    """
    if cells > limits.max_cells:
        raise LimitError(
            f"the document's tables have more than {limits.max_cells} cells, far beyond any report; "
            "raise the limit if you trust the file",
            "too_large",
        )


def check_columns(columns: int, limits: Limits) -> None:
    """Refuse a table with more columns than `limits` allow.

    Raises
    ------
    LimitError
        Code ``too_large``.
    """
    if columns > limits.max_columns:
        raise LimitError(f"a table has more than {limits.max_columns} columns, far beyond any report", "too_large")
