"""Text into grids: which cell holds which runs, and what that says about the grid.

In: lattices and runs of a page. Out: `Grid`s with text, and the runs outside them. Text that lies across a rule is kept whole
and doubted; a lattice whose rules do not make the columns is given up, so that its text stays in lines.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from gov_extract.document import Box, Grid, GridCell, Reading, record
from gov_extract.readers.pdf import lines
from gov_extract.readers.pdf.glyphs import Glyphs, Run, run_between
from gov_extract.readers.pdf.grids import Lattice
from gov_extract.readers.pdf.pdfium import Quad

COLUMN_GAP = 1.0
"""Gap between figures on one line of a cell, in ems, that looks like a missing rule between two columns."""
SPLIT_GAP = 0.04
"""Gap between two characters, in their heights, at which a rule parts a run; advances leave none."""
SURE_SPLIT_GAP = 0.3
"""The same where figures on both sides are certainly two."""
WIDE_ROWS = 1 / 3
"""Share of a grid's rows with figures that no rule parts above which the rules do not make the columns."""
HANGS = 0.2
"""Share of its height with which a line begins above a torn table's end at least: its box is higher than its ink."""
ACROSS_RULE = "across_rule"
WIDE_GAP = "wide_gap"
OFF_PAGE = "off_page"

_FIGURE = re.compile(r"[\d０-９]")


def holds(box: Quad, x: float, y: float) -> bool:
    """Whether a point lies in a box."""
    return box[0] <= x < box[2] and box[1] <= y < box[3]


Bags = list[list[list[Run]]]


def place_runs(made: Sequence[Lattice], runs: Sequence[Run], visible: Glyphs) -> tuple[Bags, list[Run], set[int]]:
    """Put every run into the cell that holds it: for each lattice its cells' runs, then the runs outside all, then the
    lattices with text that lies across a rule."""
    cells: Bags = [[[] for _ in lattice.slots] for lattice in made]
    loose: list[Run] = []
    crossed: set[int] = set()
    by_size = sorted(((lattice.box, index, lattice) for index, lattice in enumerate(made)), key=lambda each: _size(each[0]))
    for run in runs:
        x0, top, x1, bottom, _, _ = run
        x, y = (x0 + x1) / 2, (top + bottom) / 2
        for (left, upper, right, lower), index, lattice in by_size:
            if not (left <= x < right and upper <= y < lower):
                continue
            xs, owners = lattice.xs, lattice.owner[bisect_right(lattice.ys, y) - 1]
            last = len(xs) - 1
            owner = owners[bisect_right(xs, x0 + 0.5, 1, last) - 1]  # see `_column_at`
            if owner == owners[bisect_right(xs, x1 - 0.5, 1, last) - 1]:
                (cells[index][owner] if owner >= 0 else loose).append(run)
            else:
                pieces, sure = part_at_rules(run, lattice, owners, visible)
                if not sure:
                    crossed.add(index)
                for piece in pieces:
                    owner = owners[_column_at(xs, (piece.x0 + piece.x1) / 2)]
                    (cells[index][owner] if owner >= 0 else loose).append(piece)
            break
        else:
            loose.append(run)
    return cells, loose, crossed


def hang_over(made: Sequence[Lattice], cells: Bags, loose: list[Run], margin: float) -> list[Run]:
    """Put text that begins in a cell which a page break tore, and hangs over its end, into the cell: browsers end the borders
    with the page, not the line. Returns the runs that stay outside; from `margin` on there are only labels of pages.
    """
    for lattice, bags in zip(made, cells, strict=True):
        if not lattice.torn:
            continue
        owners, end = lattice.owner[-1], lattice.ys[-1]
        hanging = {}
        for run in loose:
            x0, top, x1, bottom, _, _ = run
            x = (x0 + x1) / 2
            if top < end - HANGS * (bottom - top) < end < bottom and lattice.xs[0] <= x < lattice.xs[-1]:
                owner = owners[_column_at(lattice.xs, x)]
                if owner in lattice.torn:
                    hanging[run] = owner
        if hanging and not any(end <= run.top < margin for run in loose if run not in hanging):
            loose = [run for run in loose if run not in hanging]
            for run, owner in hanging.items():
                bags[owner].append(run)
    return loose


def _column_at(xs: list[float], x: float) -> int:
    """The column in which a place lies, the first or last one for a place beyond it."""
    return bisect_right(xs, x, 1, len(xs) - 1) - 1


def _size(box: Quad) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def part_at_rules(run: Run, lattice: Lattice, owners: Sequence[int], visible: Glyphs) -> tuple[list[Run], bool]:
    """Cut a run where a rule passes between two of its characters, and say whether that was certain.

    A rule through a character, or between characters that touch, means that the text runs over its cell's border: it
    stays whole, since half a figure would be a wrong one.
    """
    pieces = []
    start = run.start
    sure = True
    for i in range(run.start, run.end - 1):
        if _owner_at(i, lattice, owners, visible) == _owner_at(i + 1, lattice, owners, visible):
            continue
        gap = float(visible.left[i + 1] - visible.right[i])
        height = run.bottom - run.top
        figures = _FIGURE.match(visible.text[i]) and _FIGURE.match(visible.text[i + 1])
        if gap <= SPLIT_GAP * height:
            sure = False
            continue
        sure &= not figures or gap > SURE_SPLIT_GAP * height
        pieces.append(run_between(visible, start, i + 1))
        start = i + 1
    pieces.append(run_between(visible, start, run.end))
    return pieces, sure


def _owner_at(index: int, lattice: Lattice, owners: Sequence[int], visible: Glyphs) -> int:
    middle = float(visible.left[index] + visible.right[index]) / 2
    return owners[_column_at(lattice.xs, middle)]


def tables_of(
    made: Sequence[Lattice], cells: Bags, crossed: set[int], text: str, number: int, engine: str
) -> tuple[list[Grid], list[int]]:
    """The lattices as grids with text that `engine` has read, and the indices of those whose rules do not make the columns."""
    tables: list[Grid] = []
    ungridded: list[int] = []
    for index, (lattice, bags) in enumerate(zip(made, cells, strict=True)):
        wide = rows_without_columns(lattice, bags, text)
        if wide and wide >= WIDE_ROWS * (len(lattice.ys) - 1):
            ungridded.append(index)
            continue
        doubts = set(lattice.doubts)
        if index in crossed:
            doubts.add(ACROSS_RULE)
        if wide:
            doubts.add(WIDE_GAP)
        tables.append(_grid(lattice, bags, text, number, engine, tuple(sorted(doubts))))
    return tables, ungridded


def rows_without_columns(lattice: Lattice, bags: Sequence[Sequence[Run]], text: str) -> int:
    """The rows in which a cell holds several figures far apart on one line: rules between their columns are missing.

    Of cells that are backgrounds any words far apart tell so: stripes, and shaded heads, lie behind several columns.
    """
    rows = set()
    crowded = [(slot, bag) for slot, bag in zip(lattice.slots, bags, strict=True) if len(bag) > 1]
    for slot, bag in crowded:
        if slot.row in rows:
            continue
        figures = [run for run in bag if _FIGURE.match(text, run.start) and _FIGURE.match(text, run.end - 1)]
        if lattice.kind == "filled":
            figures = list(bag)
        if len(figures) < 2:
            continue
        for line in lines.lines_of(figures):
            em = lines.em_of(line, text)
            if any(run.x0 - before.x1 > COLUMN_GAP * em for before, run in pairwise(line)):
                rows.add(slot.row)
                break
    return len(rows)


def _grid(
    lattice: Lattice, bags: Sequence[Sequence[Run]], text: str, number: int, engine: str, doubts: tuple[str, ...]
) -> Grid:
    # What many cells say (0, nothing) is kept once.
    said: dict[str, tuple[Reading]] = {"": (Reading("", engine),)}
    xs, ys = lattice.xs, lattice.ys
    cells: list[GridCell] = []
    ends = _ends_of_single_cells(lattice, bags) if any(lattice.loose) else {}
    for (row, column, rowspan, colspan), bag, loose in zip(lattice.slots, bags, lattice.loose, strict=True):
        if loose and not bag and column < ends.get(row, len(xs)):
            continue
        own = lines.text_of(bag, text) if bag else ""
        readings = said.get(own) or said.setdefault(own, (record(Reading, (own, engine, None)),))
        box = record(Box, (xs[column], ys[row], xs[column + colspan], ys[row + rowspan]))
        cells.append(record(GridCell, (row, column, rowspan, colspan, readings, box, None)))
    kind: Literal["ruled", "filled"] = "filled" if lattice.kind == "filled" else "ruled"
    return Grid(
        tuple(cells),
        len(ys) - 1,
        len(xs) - 1,
        kind,
        number,
        Box(*lattice.box),
        tuple(xs),
        doubts,
    )


def _ends_of_single_cells(lattice: Lattice, bags: Sequence[Sequence[Run]]) -> dict[int, int]:
    """Where the only cell of a row ends: behind it there is a place, though a blank one without borders of its own."""
    kept = [slot for slot, bag, loose in zip(lattice.slots, bags, lattice.loose, strict=True) if bag or not loose]
    in_row = Counter(slot.row for slot in kept)
    return {slot.row: slot.column + slot.colspan for slot in kept if in_row[slot.row] == 1}


def doubt_off_page(grid: Grid, width: float, height: float) -> Grid:
    """The grid, in doubt where it runs off the page."""
    box = grid.box
    if box is None or (box.x0 >= -1 and box.top >= -1 and box.x1 <= width + 1 and box.bottom <= height + 1):
        return grid
    return grid._replace(doubts=tuple(sorted({*grid.doubts, OFF_PAGE})))
