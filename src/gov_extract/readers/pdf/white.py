"""White figures beside others in one cell: they leave no ink on white paper.

In: the runs of a page's cells, and where its grounds lie. Out: the characters that are not seen. Only where two figures share a
cell is their colour asked for: a cell has one, as a rule, and asking costs time.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

from gov_extract.readers.pdf import pdfium
from gov_extract.readers.pdf.glyphs import Run
from gov_extract.readers.pdf.pdfium import Quad
from gov_extract.readers.pdf.placing import Bags

WHITEST = 250
"""Least value of red, green and blue (to 255) of what is white on paper."""


def white_characters(cells: Bags, text: str, white: Callable[[int], bool], grounds: Callable[[], Sequence[Quad]]) -> set[int]:
    """The characters of white figures that share their cell with others, on no ground (filled box or picture) of its own;
    `white` tells whether a character is."""
    gone: set[int] = set()
    for bags in cells:
        for bag in bags:
            if len(bag) < 2:
                continue
            figures = [run for run in bag if text[run.end - 1].isdecimal()]
            if len(figures) < 2:
                continue
            unseen = [run for run in figures if white(run.start) and not _has_ground(run, grounds())]
            if unseen and len(unseen) < len(figures):
                gone.update(i for run in unseen for i in range(run.start, run.end))
    return gone


def is_white(text_page: int, index: int) -> bool:
    """Whether a character is filled with white."""
    colors = array("I", bytes(16))
    at = colors.buffer_info()[0]
    return bool(pdfium.fill_color(text_page, index, at, at + 4, at + 8, at + 12)) and min(colors[:3]) >= WHITEST


def _has_ground(run: Run, grounds: Sequence[Quad]) -> bool:
    x, y = (run.x0 + run.x1) / 2, (run.top + run.bottom) / 2
    return any(x0 <= x <= x1 and top <= y <= bottom for x0, top, x1, bottom in grounds)
