"""Two pages printed side by side on one sheet: where one ends and the other begins.

In: what stands on an upright page: its runs of text and the boxes of its tables. Out: the x of the gutter between two pages, or
None. Such a sheet is read page after page; read across, the lines of one page would continue in the other's.
"""

from __future__ import annotations

from collections.abc import Sequence

from gov_extract.readers.pdf.glyphs import Run
from gov_extract.readers.pdf.pdfium import Quad

WIDER = 1.2
"""Width of a sheet, in its height, from which two pages may stand on it: two of A4 are 1.41."""
LONG, LINES = 15, 3
"""Lines of so many characters that a page of prose has at least: the heads of a table's columns are shorter."""


def gutter(runs: Sequence[Run], tables: Sequence[Quad], width: float, height: float) -> float | None:
    """The middle of a sheet where nothing crosses it and either half is a page by itself: with a table or lines of prose."""
    if width < WIDER * height:
        return None
    middle = width / 2
    if any(x0 < middle < x1 for x0, _, x1, _ in tables):
        return None
    long = [0, 0]
    for x0, _, x1, _, start, end in runs:
        if x0 < middle < x1:
            return None
        long[x0 >= middle] += end - start >= LONG
    for side in (0, 1):
        if long[side] < LINES and not any((x0 >= middle) == bool(side) for x0, _, _, _ in tables):
            return None
    return middle
