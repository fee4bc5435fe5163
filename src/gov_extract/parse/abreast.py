"""Two parts of a table that stand beside each other on a page, with a gap where a merged cell has no borders.

In: the blocks of a page. Out: such grids put together, cells at the height at which they stand. What tells them is that the
one's level lines are the other's, row for row.
"""

from __future__ import annotations

from collections.abc import Sequence

from gov_extract.document import Grid, Line

# Points by which the level lines of two parts of one table may miss each other.
MISS = 2.0
# So many rows of equal height beside each other are no chance.
ROWS = 2


def put_together(blocks: Sequence[Grid | Line]) -> dict[int, tuple[Grid, tuple[int, ...]] | None]:
    """The grids that are parts of one table: number of the first → the whole with the numbers of its parts, None for a further
    part."""
    grids = [(k, block) for k, block in enumerate(blocks) if isinstance(block, Grid) and block.box is not None and block.edges]
    found: dict[int, tuple[Grid, tuple[int, ...]] | None] = {}
    for n, (k, grid) in enumerate(grids):
        if k in found:
            continue
        whole, parts = grid, [k]
        for other, beside in grids[n + 1 :]:
            joined = _joined(whole, beside) if other not in found else None
            if joined is not None:
                whole, parts = joined, [*parts, other]
        if len(parts) > 1:
            found |= dict.fromkeys(parts[1:]) | {k: (whole, tuple(parts))}
    return found


def _joined(one: Grid, other: Grid) -> Grid | None:
    """Two grids as one, where the smaller one's rows are all rows of the taller one; None where they are not."""
    left, right = sorted((one, other), key=lambda grid: grid.edges[0])
    if left.box is None or right.box is None or left.edges[-1] > right.edges[0] + MISS:
        return None
    if min(left.box.bottom, right.box.bottom) <= max(left.box.top, right.box.top):
        return None
    tall, short = (left, right) if left.n_rows >= right.n_rows else (right, left)
    tops, lines = _tops(tall), _tops(short)
    rows = [next((m for m, y in enumerate(tops) if abs(y - top) <= MISS), None) for top in lines]
    first = rows[0] if rows else None
    if len(tops) != tall.n_rows + 1 or len(lines) != short.n_rows + 1 or short.n_rows < ROWS or first is None:
        return None
    if rows != list(range(first, first + len(rows))):
        return None
    shift = left.n_columns + 1
    moved = {id(left): 0, id(right): shift}
    down = {id(tall): 0, id(short): first}
    cells = [
        cell._replace(row=cell.row + down[id(grid)], column=cell.column + moved[id(grid)])
        for grid in (left, right)
        for cell in grid.cells
    ]
    box = left.box._replace(
        top=min(left.box.top, right.box.top), x1=right.box.x1, bottom=max(left.box.bottom, right.box.bottom)
    )
    return tall._replace(
        cells=tuple(sorted(cells, key=lambda cell: (cell.row, cell.column))),
        n_rows=tall.n_rows,
        n_columns=shift + right.n_columns,
        box=box,
        edges=(*left.edges, *right.edges),
        doubts=tuple(dict.fromkeys((*left.doubts, *right.doubts))),
    )


def _tops(grid: Grid) -> list[float]:
    """The heights of a grid's level lines, from above; fewer than it has where its cells do not tell them all."""
    tops = {cell.row: cell.box.top for cell in grid.cells if cell.box is not None}
    ends = [cell.box.bottom for cell in grid.cells if cell.box is not None and cell.row + cell.rowspan == grid.n_rows]
    return [*(tops[row] for row in sorted(tops)), *ends[:1]]
