"""Words that are struck out: a thin level mark through the middle of their characters, from the first to the last.

Figures, of which it matters whether another one stands in their place, are told by `gov_extract.readers.pdf.struck`.

In: a page's thin marks, its runs and characters, its lattices. Out: the characters that are struck out, and those of which a
table's own line may only seem to do so.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gov_extract.readers.pdf.glyphs import WHITE, Glyphs, Run
from gov_extract.readers.pdf.grids import Lattice
from gov_extract.readers.pdf.rules import Sides

THINNEST, LONGEST = 2.6, 300.0
"""Points: a mark that strikes text out is this thin (pdfium adds the pen to a line's box) and no longer than a line of text."""
MIDDLE = (0.25, 0.78)
"""Share of a character's height, from its top, in which such a mark lies; an underline lies below it."""
EDGE = 2.0
"""Points by which the mark's ends may be off the text's."""
SHARE = 0.7
"""Share of the text's width that the mark has at least."""
NEAR = 1.0
"""Points from a lattice's line within which a mark may be a piece of it."""


def struck_text(marks: Sides, runs: Sequence[Run], glyphs: Glyphs, lattices: Sequence[Lattice]) -> tuple[set[int], set[int]]:
    """The characters of words through which a mark as long as they goes; those where it lies on a lattice's line."""
    left, top, right, bottom = marks
    thin = (bottom - top <= THINNEST) & (right - left <= LONGEST) & (right - left > bottom - top)
    if not runs or not thin.any():
        return set(), set()
    x0, x1, y = left[thin], right[thin], (top[thin] + bottom[thin]) / 2
    # Most marks are borders, at whose height nothing is written: of the middles that begin above such a mark, all have ended.
    high, low = _middles(np.array(list({(run[1], run[3]) for run in runs})))
    level = np.searchsorted(np.sort(high), y, "right") > np.searchsorted(np.sort(np.maximum(low, high)), y, "left")
    if not level.any():
        return set(), set()
    x0, x1, y = x0[level], x1[level], y[level]
    boxes = np.array([run[:4] for run in runs])
    high, low = _middles(boxes[:, 1::2])
    meets = (high <= y[:, None]) & (y[:, None] <= low) & (boxes[:, 0] < x1[:, None]) & (x0[:, None] < boxes[:, 2])
    found: set[int] = set()
    unsure: set[int] = set()
    for k in np.flatnonzero(meets.any(axis=1)).tolist():
        begin, end, height = float(x0[k]), float(x1[k]), float(y[k])
        inside = [
            i
            for n in np.flatnonzero(meets[k]).tolist()
            for i in range(runs[n].start, runs[n].end)
            if glyphs.text[i] not in WHITE and begin < (glyphs.left[i] + glyphs.right[i]) / 2 < end
        ]
        if not inside:
            continue
        first, last = min(float(glyphs.left[i]) for i in inside), max(float(glyphs.right[i]) for i in inside)
        if abs(first - begin) <= EDGE and abs(last - end) <= EDGE and end - begin >= SHARE * (last - first):
            (unsure if any(_is_line(lattice, begin, end, height) for lattice in lattices) else found).update(inside)
    if not found and not unsure:
        return found, unsure
    figures = {i for run in runs if glyphs.text[run.end - 1].isdecimal() for i in range(run.start, run.end)}
    return found - figures, unsure - found


def _middles(lines: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Where the middles of characters begin and end; `lines` are their tops and bottoms (shape n × 2)."""
    top, height = lines[:, 0], lines[:, 1] - lines[:, 0]
    return top + MIDDLE[0] * height, top + MIDDLE[1] * height


def _is_line(lattice: Lattice, x0: float, x1: float, y: float) -> bool:
    inside = lattice.xs[0] - NEAR <= x0 and x1 <= lattice.xs[-1] + NEAR
    return inside and any(abs(line - y) <= NEAR for line in lattice.ys)
