"""What text of a page can stand on, and whether that is white: only asked for where white text is found.

In: a page handle. Out: `Ground`s in the order in which they are drawn, so that the last one at a place is what is seen there.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import NamedTuple

from gov_extract.readers.pdf import marks, pdfium
from gov_extract.readers.pdf.boxes import moved, multiply
from gov_extract.readers.pdf.pdfium import IDENTITY, Matrix, Quad

MAX_OBJECTS = 20_000
"""Objects of a page that are looked at; what a page has beyond them stands in front of nothing."""
WHITEST = 250
"""Least value of red, green and blue (to 255) of what is white on paper."""
SOLID = 250
"""Opacity (to 255) from which a white fill hides what lies below it."""
FAINTEST = 5
"""Opacity (to 255) up to which nothing is seen."""


class Ground(NamedTuple):
    """A filled box, picture or shade, and whether it is white."""

    box: Quad
    white: bool


def grounds_of(page: int) -> list[Ground]:
    """The grounds of a page, in page space."""
    found: list[Ground] = []
    count = max(0, min(pdfium.count_objects(page), MAX_OBJECTS))
    _walk(pdfium.page_objects(page, count), IDENTITY, None, 0, found)
    return found


def _walk(objects: Sequence[int | None], space: Matrix, outer: Quad | None, depth: int, found: list[Ground]) -> None:
    for handle in map(pdfium.wrapped, filter(None, objects)):
        kind = pdfium.object_type(handle)
        if kind in (pdfium.OBJECT_IMAGE, pdfium.OBJECT_SHADING):
            found.append(Ground(moved(pdfium.bounds(handle), space), False))
        elif kind == pdfium.OBJECT_PATH:
            color = pdfium.fill_of(handle)
            if color is None or color[3] > FAINTEST:
                drawn = marks.Marks(array("d"), array("d"), array("d"), set(), array("d"), True, set())
                marks.draw_paths([handle], space, outer, drawn, marks.Budget())
                white = color is not None and min(color[:3]) >= WHITEST
                if white and color is not None and color[3] < SOLID:
                    continue  # a veil: what lies below decides
                sides = iter(drawn.fills)
                found.extend(Ground(box, white) for box in zip(sides, sides, sides, sides, strict=True))
        elif kind == pdfium.OBJECT_FORM and depth < marks.MAX_DEPTH and len(found) < MAX_OBJECTS:
            windows = marks.object_windows(handle, space, outer, {})
            inside = multiply(pdfium.matrix(handle), space)
            parts = pdfium.form_objects(handle, max(0, min(pdfium.form_count(handle), MAX_OBJECTS)))
            _walk(parts, inside, marks.window(windows) if windows else None, depth + 1, found)


def is_white_at(grounds: Sequence[Ground], x: float, y: float) -> bool:
    """Whether what is drawn last at a place is white, as the paper is."""
    for (x0, y0, x1, y1), white in reversed(grounds):
        if x0 <= x <= x1 and y0 <= y <= y1:
            return white
    return True
