"""A table printed the other way round: the form's rows as columns, or, where these stand side by side, its columns as rows.

In: the blocks of a page. Out: such tables turned back, cells where the form has them. What tells them is one row that
holds many labels of rows of one table, or one column with the outcomes of the table whose rows stand side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from gov_extract.document import Grid, GridCell, Line, Reading
from gov_extract.forms import load_forms
from gov_extract.forms.labels import normalise
from gov_extract.parse.vocabulary import column_keys, named_rows

# So many labels of rows of one table beside each other are its header: no other row of any form holds more than three.
LABELS = 8
# Outcomes below each other that are the rows of their table: it has five.
OUTCOMES = 4
# Lines of a header above the first outcome.
HEADER = 3


def turned_back(blocks: Sequence[Grid | Line]) -> dict[int, Grid | None]:
    """The blocks to be read otherwise: number → the table as the form has it, None for further lines of the same table."""
    found: dict[int, Grid | None] = {}
    for at, block in enumerate(blocks):
        if at in found:
            continue
        if isinstance(block, Grid):
            if _is_turned(block) or _is_downwards(block):
                found[at] = _turned(block)
        elif len(block.words) >= LABELS and _labels([word.text for word in block.words]) >= LABELS:
            lines = _lines_alike(blocks, at)
            if block.kind == "cells" or len(lines) > 1:
                found |= dict.fromkeys(range(at, at + len(lines)), None) | {at: _turned(_grid(lines))}
        elif len(block.words) > 1 and _outcome(block.words[0].text) is not None:
            first, lines = _downwards(blocks, at)
            if lines:
                found |= dict.fromkeys(range(first, first + len(lines)), None) | {first: _turned(_grid(lines))}
    return found


def _labels(texts: Sequence[str]) -> int:
    """How many rows of one table the texts name."""
    named: dict[str, set[str]] = {}
    for text in texts:
        for target in named_rows(text):
            named.setdefault(target.table, set()).add(target.row)
    return max(map(len, named.values()), default=0)


@cache
def _outcomes() -> dict[str, int]:
    """The outcomes' labels, each with its number in the table whose rows stand side by side."""
    tables = [t for form in load_forms().values() for t in form.tables.values() if t.layout == "side_by_side"]
    return {key: n for table in tables for n, column in enumerate(table.columns) for key in column_keys(column)}


def _outcome(text: str) -> int | None:
    return _outcomes().get(normalise(text)) if len(text) <= LABELS else None


def _is_turned(grid: Grid) -> bool:
    if grid.n_columns < LABELS:
        return False
    rows: dict[int, list[str]] = {}
    for cell in grid.cells:
        text = cell.readings[0].text
        if text and not text.isdigit():
            rows.setdefault(cell.row, []).append(text)
    return any(len(texts) >= LABELS and _labels(texts) >= LABELS for texts in rows.values())


def _is_downwards(grid: Grid) -> bool:
    """Whether the outcomes stand below each other in one column of a grid, in the form's order, each in a row of its own."""
    texts = {cell.readings[0].text for cell in grid.cells}
    numbers = {text: number for text in texts if not text.isdigit() and (number := _outcome(text)) is not None}
    if len(numbers) < OUTCOMES:
        return False
    columns: dict[int, list[tuple[int, int]]] = {}
    for cell in grid.cells:
        number = numbers.get(cell.readings[0].text)
        if number is not None:
            columns.setdefault(cell.column, []).append((cell.row, number))
    return len(columns) == 1 and all(_runs_down(found) for found in columns.values())


def _runs_down(found: Sequence[tuple[int, int]]) -> bool:
    """Whether rows have outcomes that follow each other, one run or several."""
    runs, longest = 1, 1
    for (row, number), (below, following) in pairwise(found):
        if below == row:
            return False
        runs = runs + 1 if following == number + 1 else 1
        longest = max(longest, runs)
    return longest >= OUTCOMES


def _downwards(blocks: Sequence[Grid | Line], at: int) -> tuple[int, list[Line]]:
    """The lines from the `at`-th block on that begin with outcomes, and those of their header above; no lines where they are no
    table of as many words on each."""
    lines: list[Line] = []
    first = blocks[at]
    for block in blocks[at:]:
        alike = isinstance(block, Line) and isinstance(first, Line) and len(block.words) == len(first.words)
        if not isinstance(block, Line) or not alike or _outcome(block.words[0].text) is None:
            break
        lines.append(block)
    if not _runs_down([(k, _outcome(line.words[0].text) or 0) for k, line in enumerate(lines)]):
        return at, []
    top = at
    for block in reversed(blocks[max(0, at - HEADER) : at]):
        if not isinstance(block, Line) or len(block.words) != len(lines[0].words):
            break
        lines.insert(0, block)
        top -= 1
    return top, lines


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
