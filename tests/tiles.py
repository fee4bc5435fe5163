"""Random tables with merged cells, for the round trips of the markup readers."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st


class Tile(NamedTuple):
    """A cell of a random table."""

    row: int
    column: int
    rowspan: int
    colspan: int
    text: str


@st.composite
def tilings(draw: st.DrawFn) -> tuple[list[Tile], int, int]:
    """A table of up to 7 by 7 places fully covered by merged cells, with at least two columns of cells."""
    n_rows, n_columns = draw(st.integers(1, 7)), draw(st.integers(2, 7))
    free = {(r, c) for r in range(n_rows) for c in range(n_columns)}
    tiles: list[Tile] = []
    for r in range(n_rows):
        for c in range(n_columns):
            if (r, c) not in free:
                continue
            # The first column never reaches the last, so that the table is one.
            widest = 1
            while (r, c + widest) in free and c + widest < (n_columns - 1 if c == 0 else n_columns):
                widest += 1
            colspan = draw(st.integers(1, widest))
            rowspan = draw(st.integers(1, n_rows - r))
            free -= {(i, j) for i in range(r, r + rowspan) for j in range(c, c + colspan)}
            tiles.append(Tile(r, c, rowspan, colspan, f"第{len(tiles)}格"))
    return tiles, n_rows, n_columns


def ranked(tiles: list[Tile]) -> list[tuple[int, int, int, int, str]]:
    """The tiles in rows and columns counted by the borders at which a cell begins."""
    rows = sorted({tile.row for tile in tiles})
    columns = sorted({tile.column for tile in tiles})
    return [
        (
            rows.index(tile.row),
            columns.index(tile.column),
            sum(tile.row <= row < tile.row + tile.rowspan for row in rows),
            sum(tile.column <= column < tile.column + tile.colspan for column in columns),
            tile.text,
        )
        for tile in sorted(tiles)
    ]
