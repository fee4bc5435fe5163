"""Figures in a page's cells that leave no ink: white ones on white paper, and those that are wholly transparent.

In: the runs of a page's cells and lines, and its grounds. Out: the characters that are not seen, and those of which nobody can
tell. Only figures are asked for their colour, by their ends: a figure has one, as a rule, and asking costs time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from gov_extract.readers.pdf import pdfium
from gov_extract.readers.pdf.glyphs import Run
from gov_extract.readers.pdf.grounds import FAINTEST, WHITEST, Ground, is_white_at
from gov_extract.readers.pdf.placing import Bags

WHITE, CLEAR = 1, 2
"""What a character may be besides inked: white, which is seen on a ground, and transparent, which is not."""


class Unseen(NamedTuple):
    """Characters that leave no ink beside others that do; and `doubtful` ones, white figures that stand alone in their cell: a
    ground may be drawn in a way that is not looked at."""

    gone: set[int]
    doubtful: set[int]


Inkless = Callable[[Sequence[int]], Mapping[int, int]]
"""Tells which of some characters are white or transparent."""


def unseen_figures(
    cells: Bags,
    loose: Sequence[Run],
    figures: Sequence[Run],
    text: str,
    inkless: Inkless,
    grounds: Callable[[], Sequence[Ground]],
) -> Unseen:
    """The figures' characters that are not seen in their cells, or in lines outside cells beside a digit of the same run.

    `figures` are the runs of cells and lines that end with a digit; `grounds` tells what the page has behind its text.
    """
    found = Unseen(set(), set())
    ends = inkless(list({at for _, _, _, _, start, end in figures for at in (start, end - 1)}))
    if not ends:
        return found
    pale = {run.start for run in figures if run.start in ends or run.end - 1 in ends}
    for bags in cells:
        for bag in bags:
            unseen = {run: _unseen_of(run, inkless, grounds) for run in bag if run.start in pale}
            if not any(unseen.values()):
                continue
            alone = all(len(unseen.get(run, ())) == run.end - run.start for run in bag if text[run.end - 1].isdecimal())
            for gone in unseen.values():
                for i, how in gone.items():
                    (found.doubtful if alone and how == WHITE else found.gone).add(i)
    for run in loose:
        if run.start in pale:
            gone = _unseen_of(run, inkless, grounds)
            if len(gone) < run.end - run.start or CLEAR in gone.values():
                found.gone.update(gone)
    return found


def _unseen_of(run: Run, inkless: Inkless, grounds: Callable[[], Sequence[Ground]]) -> dict[int, int]:
    """The characters of a figure that are not seen, and why."""
    told = inkless(range(run.start, run.end))
    x, y = (run.x0 + run.x1) / 2, (run.top + run.bottom) / 2
    seen = WHITE in told.values() and not is_white_at(grounds(), x, y)
    return {i: how for i, how in told.items() if how == CLEAR or not seen}


def inkless_characters(text_page: int, indices: Sequence[int]) -> dict[int, int]:
    """Which of some characters are filled with white, or with nothing. Outlined ones are seen whatever fills them."""
    fills = pdfium.character_fills(text_page, indices)
    clear, white = fills[:, 3] <= FAINTEST, fills[:, :3].min(axis=1, initial=255) >= WHITEST
    found = {indices[n]: CLEAR if clear[n] else WHITE for n in np.flatnonzero(clear | white).tolist()}
    return {i: how for i, how in found.items() if not pdfium.is_outlined(text_page, i)}
