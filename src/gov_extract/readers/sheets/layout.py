"""A sheet's cells → blocks: tables as grids, titles and prose as lines.

In: a `Sheet`. Out: blocks in reading order, and the sheet's text row by row, which knows no spans. What is hidden is left out.
A workbook has no paragraphs: rows of one cell above and below a table are lines, those without borders within one that has
some too; empty rows part tables.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from gov_extract.errors import LimitError
from gov_extract.readers.limits import Limits
from gov_extract.readers.lines import text_line
from gov_extract.readers.sheets.model import Place, Sheet
from gov_extract.readers.tables import Block, Placed, unfold

RUN = 2
"""Rows of one cell in succession, within what hangs together, from which they are text between two tables."""


OVERLAP = 20
"""Times that merged cells cover a sheet's cells at most, all together: they lie beside each other, and cover each once."""
OVERLAP_FLOOR = 100_000
"""Cells that merged ones may cover however few there are."""


class Laid(NamedTuple):
    """A sheet's blocks, its text, and how many rows and columns with text are hidden."""

    blocks: list[Block]
    text: str
    hidden: int


def laid_out(sheet: Sheet, limits: Limits) -> Laid:
    """The blocks of a sheet that is seen."""
    cells, framed, hidden = _cells(sheet)
    blocks: list[Block] = []
    for region in _regions(cells):
        blocks += _region(region, framed, limits)
    rows: dict[int, list[str]] = {}
    for cell in cells:
        if cell.text.strip():
            rows.setdefault(cell.row, []).append(cell.text)
    text = "".join("\t".join(texts) + "\t\n" for _, texts in sorted(rows.items()))
    return Laid(blocks, text, hidden)


def _cells(sheet: Sheet) -> tuple[list[Placed], set[int], int]:
    """The cells that are seen, counted without hidden rows and columns; the rows where cells with borders begin; and how many
    hidden rows and columns hold text."""
    gone_rows, gone_columns = sorted(sheet.hidden_rows), sorted(sheet.hidden_columns)

    def seen_row(row: int) -> int:
        return row - bisect_left(gone_rows, row)

    def seen_column(column: int) -> int:
        return column - bisect_left(gone_columns, column)

    places = sheet.borders | sheet.texts.keys()
    spans, covered = _spans(sheet.merged, places)
    cells = []
    framed: set[int] = set()
    hidden: set[tuple[str, int]] = set()
    for place in sorted((places | {start for start in spans if start in places}) - covered):
        row, column = place
        bottom, right = spans.get(place, place)
        text = sheet.texts.get(place, "")
        top, left = seen_row(row), seen_column(column)
        down, across = seen_row(bottom + 1) - top, seen_column(right + 1) - left
        if down < 1 or across < 1:
            if text:
                hidden.add(("row", row) if down < 1 else ("column", column))
            continue
        if place in sheet.borders:
            framed.add(top)
        lines = tuple(line for part in text.split("\n") if (line := text_line(part)) is not None)
        cells.append(Placed(top, left, down, across, lines))
    return cells, framed, len(hidden)


def _spans(
    merged: Sequence[tuple[int, int, int, int]], places: AbstractSet[Place]
) -> tuple[dict[Place, tuple[int, int]], set[Place]]:
    """The ends of merged cells by where they begin, and the places that they cover. One that begins within another is damage
    and counts for nothing; of several that begin in one place the largest counts.

    Raises
    ------
    LimitError
        ``too_large``, where they lie over each other without end.
    """
    spans: dict[Place, tuple[int, int]] = {}
    covered: set[Place] = set()
    by_row: dict[int, list[int]] = {}
    for row, column in sorted(places):
        by_row.setdefault(row, []).append(column)
    rows = sorted(by_row)
    left_over = OVERLAP * len(places) + OVERLAP_FLOOR
    for top, left, bottom, right in sorted(merged, key=lambda span: (span[0], span[1], -span[2], -span[3])):
        if (top, left) in spans or (top, left) in covered:
            continue
        spans[top, left] = (bottom, right)
        for row in rows[bisect_left(rows, top) : bisect_left(rows, bottom + 1)]:
            columns = by_row[row]
            within = columns[bisect_left(columns, left) : bisect_left(columns, right + 1)]
            covered.update((row, column) for column in within if (row, column) != (top, left))
            left_over -= 1 + len(within)
        if left_over < 0:
            raise LimitError("a sheet has merged cells that lie over each other throughout, as no report has", "too_large")
    return spans, covered


def _regions(cells: Sequence[Placed]) -> list[list[Placed]]:
    """The cells parted at empty rows."""
    regions: list[list[Placed]] = []
    end = -1
    for cell in sorted(cells, key=lambda cell: (cell.row, cell.column)):
        if not regions or cell.row > end:
            regions.append([])
        regions[-1].append(cell)
        end = max(end, cell.row + cell.rowspan)
    return regions


def _region(cells: Sequence[Placed], framed: AbstractSet[int], limits: Limits) -> list[Block]:
    """What hangs together: tables, and rows of one cell above, below and between them as lines."""
    own: dict[int, list[Placed]] = {}
    for cell in cells:
        own.setdefault(cell.row, []).append(cell)
    beside: Counter[int] = Counter()
    starts = sorted(own)
    for cell in cells:
        if cell.rowspan > 1:
            first = bisect_left(starts, cell.row + 1)
            beside.update(starts[first : bisect_left(starts, cell.row + cell.rowspan)])
    single = [len(own[row]) + beside[row] < 2 for row in starts]
    ruled = any(row in framed for row in starts)
    blocks: list[Block] = []
    table: list[Placed] = []
    for position, row in enumerate(starts):
        if single[position] and ((ruled and row not in framed) or _is_line(single, position)):
            blocks += unfold(table, limits)
            table = []
            blocks += [block for cell in own[row] for block in cell.blocks]
        else:
            table += own[row]
    return blocks + unfold(table, limits)


def _is_line(single: Sequence[bool], position: int) -> bool:
    """Whether a row of one cell stands before or behind all tables, or with others of its kind between two."""
    if all(single[:position]) or all(single[position:]):
        return True
    first = last = position
    while first > 0 and single[first - 1]:
        first -= 1
    while last + 1 < len(single) and single[last + 1]:
        last += 1
    return last - first + 1 >= RUN
