"""The straight lines that strokes draw, of many paths at once: a producer may draw every cell as a stroked box.

In: paths that are stroked and seen whole. Out: their lines as thin boxes in page space (points, y upwards), in the order in
which they are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, repeat
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gov_extract.readers.pdf import pdfium
from gov_extract.readers.pdf.boxes import all_multiplied, sides_of
from gov_extract.readers.pdf.pdfium import Handle, Matrix

THIN = 3.0
"""Points under which a stroked path is one line: its bounds include the pen (the thickest usual border is 2.25)."""
STRAIGHT = 0.35
"""Points by which a stroke may lean and still be level or upright."""


class Lines(NamedTuple):
    """Lines as boxes (shape n × 4), and for each of them the index of its path."""

    boxes: npt.NDArray[np.float64]
    path: npt.NDArray[np.intp]


def straight_lines(paths: Sequence[Handle], counts: Sequence[int], space: Matrix) -> Lines | None:
    """The level and upright lines of paths with so many segments each; None where there is none, or one cannot be read."""
    numbers = map(range, counts)
    segments = list(chain.from_iterable(map(pdfium.get_segment, repeat(p), n) for p, n in zip(paths, numbers, strict=True)))
    if not segments or not all(segments):
        return None
    path = np.repeat(np.arange(len(paths)), counts)
    a, b, c, d, e, f = all_multiplied(pdfium.all_matrices(paths), space).T[:, path]
    x, y = pdfium.ends_of(segments).T
    x, y = a * x + c * y + e, b * x + d * y + f
    closes = np.fromiter(map(pdfium.segment_closes, segments), bool, len(segments))
    begins = np.fromiter(map(pdfium.segment_type, segments), np.int32, len(segments)) == pdfium.SEGMENT_MOVE
    begins[0] = True
    begins[1:] |= path[1:] != path[:-1]
    each = np.arange(len(segments))
    first = np.maximum.accumulate(np.where(begins, each, 0))
    before = np.where(closes[each - 1], first[each - 1], each - 1)  # behind its close a subpath goes on where it began
    # Every segment draws a line to its point, and, where it closes a subpath, another one to where that began.
    start, end = np.stack([before, each], axis=1).ravel(), np.stack([each, first], axis=1).ravel()
    drawn = np.stack([~begins, closes], axis=1).ravel()
    start, end = start[drawn], end[drawn]
    ends = (x[start], x[end]), (y[start], y[end])
    boxes = np.stack([extreme(*side) for extreme in (np.minimum, np.maximum) for side in ends], axis=1)
    width, height = sides_of(boxes)
    kept = ((width <= STRAIGHT) | (height <= STRAIGHT)) & (np.maximum(width, height) >= THIN)
    return Lines(boxes[kept], path[end[kept]])
