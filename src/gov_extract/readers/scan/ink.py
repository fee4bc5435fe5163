"""The ink of a page: what hangs together, which of it belongs to a place, and which lines it makes there.

In: a straight, even page whose rulings are known. Out: components (boxes in pixels) and the lines of a place, from top to
bottom. What is smaller than any stroke is dust, but a dot beside figures is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gov_extract.readers.scan.pixels import Pixels, Sheet

STRONG, WEAK = 165, 215
"""Gray below which a pixel is ink, and below which there may be some: paper is 255, the page's darkest ink 0."""
DUST = 0.027
"""Inches, in both directions, below which ink is no stroke of a character: a figure of 7 points is .07 high."""
LINE_GAP = 0.012
"""Inches without ink between two lines of a place; strokes of one character (二) may have as much between them."""
PART, MOST = 0.6, 1.2
"""Height of ink, in that of a line, that is less than a line, and that of a line at most."""


class Blot(NamedTuple):
    """Ink that hangs together: left, top, right, bottom in pixels, and how many pixels it has."""

    x0: int
    top: int
    x1: int
    bottom: int
    area: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.x1 - self.x0


class InkLine(NamedTuple):
    """A line of ink in a place: its box in pixels, and its blots from left to right."""

    x0: int
    top: int
    x1: int
    bottom: int
    blots: tuple[Blot, ...]


def without_rulings(sheet: Sheet, covered: npt.NDArray[np.bool_]) -> Pixels:
    """The page with its rulings taken off."""
    clean = sheet.gray.copy()
    clean[covered] = 255
    return clean


def blots_of(clean: Pixels, below: int = STRONG) -> list[Blot]:
    """All ink of a page, dust too."""
    import cv2

    _, _, stats, _ = cv2.connectedComponentsWithStats((clean < below).astype(np.uint8), connectivity=8)
    return [Blot(x, y, x + w, y + h, area) for x, y, w, h, area in stats[1:].tolist()]


def is_dust(blot: Blot, dpi: float) -> bool:
    """Whether ink is smaller than any stroke."""
    return max(blot.width, blot.height) < DUST * dpi


def lines_of(blots: Sequence[Blot], dpi: float) -> list[InkLine]:
    """The lines that the ink of a place makes."""
    strokes = sorted((blot for blot in blots if not is_dust(blot, dpi)), key=lambda blot: blot.top)
    groups: list[list[Blot]] = []
    reach = -1.0
    for blot in strokes:
        if not groups or blot.top > reach:
            groups.append([])
            reach = -1.0
        groups[-1].append(blot)
        reach = max(reach, blot.bottom + LINE_GAP * dpi)
    boxes = [_box(group) for group in groups]
    heights = sorted(bottom - top for _, top, _, bottom in boxes)
    whole = [height for height in heights if height >= PART * heights[-1]] if heights else []
    usual = whole[len(whole) // 2] if whole else 0
    lines: list[InkLine] = []
    for group, (x0, top, x1, bottom) in zip(groups, boxes, strict=True):
        last = lines[-1] if lines else None
        # Strokes of a character that lie over each other (三), a comma, a dot: with the line above no higher than one line.
        if last and bottom - last.top <= MOST * usual and min(bottom - top, last.bottom - last.top) < PART * usual:
            x0, top, x1 = min(x0, last.x0), last.top, max(x1, last.x1)
            group = [*lines.pop().blots, *group]
        lines.append(InkLine(x0, top, x1, bottom, tuple(group)))
    return [_with_dots(line, blots, dpi) for line in lines]


def joined(lines: Sequence[InkLine], usual: float) -> tuple[InkLine, ...]:
    """The lines of a place, those that are parts of one line of the `usual` height as one: print that is worn parts the stroke
    of a 5 from its bow."""
    made: list[InkLine] = []
    for line in lines:
        last = made[-1] if made else None
        if (
            last
            and line.bottom - last.top <= MOST * usual
            and min(last.bottom - last.top, line.bottom - line.top) < PART * usual
        ):
            x0, x1, blots = min(last.x0, line.x0), max(last.x1, line.x1), (*last.blots, *line.blots)
            line = InkLine(x0, last.top, x1, max(last.bottom, line.bottom), tuple(sorted(blots)))
            made.pop()
        made.append(line)
    return tuple(made)


def _with_dots(line: InkLine, blots: Sequence[Blot], dpi: float) -> InkLine:
    """The line, its blots from left to right, with the dust inside it: a decimal point is no larger."""
    x0, top, x1, bottom, own = line
    dots = [b for b in blots if is_dust(b, dpi) and x0 <= b.x0 and b.x1 <= x1 and top <= b.top and b.bottom <= bottom + 2]
    return line._replace(blots=tuple(sorted((*own, *dots))))


def _box(blots: Sequence[Blot]) -> tuple[int, int, int, int]:
    return (
        min(blot.x0 for blot in blots),
        min(blot.top for blot in blots),
        max(blot.x1 for blot in blots),
        max(blot.bottom for blot in blots),
    )
