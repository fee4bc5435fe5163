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

DASH_HIGH, DASH_WIDE, DASH_LONG = 0.25, 0.18, 0.9
"""Height, least and greatest width of the dash of a negative figure, in the height of its digits."""
DASH_OBLONG, DASH_GAP = 1.4, 0.45
"""Its width, in its height, at least, and the gap behind it, in the height of its digits, at most."""
SIGN_WIDE, SIGN_HIGH, SIGN_OBLONG = 0.24, 0.22, 2.0
"""Least width and greatest height, in that of the digits, of a dash that is surely a sign, and its width in its own height."""
FLAT = 0.26
"""Width of a level stroke that no digit begins with, in its height."""
DASH_FROM, DASH_TO = 0.3, 0.72
"""Between which heights its middle lies, from the digits' top, in their height."""


SLASH_ROWS, SLASH_INKED = 8, 0.8
"""Rows of pixels of a slash, at least, and the share of them that has ink."""
SLASH_SLOPE, SLASH_FLAT, SLASH_THICK, SLASH_ASIDE = 0.28, 1.2, 0.3, 0.06
"""How far it leans, at least and at most; how thick it is, and how far from straight, at most, all in its height."""


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


def is_flat(line: InkLine) -> bool:
    """Whether a line is one stroke that lies down."""
    return len(line.blots) <= 2 and all(blot.width >= 1.6 * blot.height for blot in line.blots)


def has_dash_before(line: InkLine) -> bool:
    """Whether a line's first ink is a dash before digits, as wide and thin as print makes it: a speck is no sign."""
    if len(line.blots) < 2:
        return False
    dash, *others = line.blots
    x0, top, _, bottom = _box(others)
    clear = dash.width >= max(SIGN_WIDE * (bottom - top), SIGN_OBLONG * dash.height)
    clear = clear and dash.height <= max(1, SIGN_HIGH * (bottom - top))
    return clear and _is_dash(dash, x0, top, bottom)


def _is_dash(blot: Blot, x0: int, top: int, bottom: int) -> bool:
    """Whether ink is the dash before digits that begin at `x0` and reach from `top` to `bottom`."""
    height, middle = bottom - top, (blot.top + blot.bottom) / 2 - top
    return (
        0 <= x0 - blot.x1 <= max(1, DASH_GAP * height)
        and blot.height <= max(1, DASH_HIGH * height)
        and DASH_WIDE * height <= blot.width <= DASH_LONG * height
        and blot.width >= DASH_OBLONG * blot.height
        and DASH_FROM * height <= middle <= DASH_TO * height
    )


def begins_flat(image: Pixels, line: InkLine) -> bool:
    """Whether a line's ink begins with a level stroke at half its height, alone or grown together with what follows: a dash. Of
    digits only a small 4 may begin so."""
    x0, top, x1, bottom = line[:4]
    ink = image[top:bottom, x0:x1] < STRONG
    height, columns = bottom - top, np.flatnonzero(ink.any(0))
    if not columns.size:
        return False
    rows = np.flatnonzero(ink[:, columns[0] : columns[0] + max(2, round(FLAT * height))].any(1))
    middle = (rows[0] + rows[-1] + 1) / 2
    return bool(rows[-1] - rows[0] < max(1.0, DASH_HIGH * height) and DASH_FROM * height <= middle <= DASH_TO * height)


def is_slash(image: Pixels, line: InkLine) -> bool:
    """Whether a line is one thin straight stroke from the lower left to the upper right: a place where nothing is said, which
    the recogniser takes for a 1."""
    x0, top, x1, bottom = line[:4]
    ink = (image[top:bottom, x0:x1] < STRONG).astype(np.float64)
    count = ink.sum(1)
    rows = np.flatnonzero(count)
    if len(rows) < SLASH_ROWS or len(rows) < SLASH_INKED * (bottom - top) or float(count.max()) > SLASH_THICK * (bottom - top):
        return False
    middles = ink[rows] @ np.arange(x1 - x0) / count[rows]
    slope, start = np.polyfit(rows, middles, 1)
    aside = float(np.abs(middles - (slope * rows + start)).max())
    return SLASH_SLOPE <= -slope <= SLASH_FLAT and aside <= max(1.0, SLASH_ASIDE * (bottom - top))


def has_pale_dash(image: Pixels, line: InkLine, left: int) -> bool:
    """Whether ink too pale for a stroke stands before a line, no farther left than column `left`, as its dash would."""
    x0, top, _, bottom = line[:4]
    first = max(left, x0 - round((DASH_LONG + DASH_GAP) * (bottom - top)), 0)
    if x0 - first < 2:
        return False
    return any(_is_dash(blot, x0 - first, 0, bottom - top) for blot in blots_of(image[top:bottom, first:x0], WEAK))


def _with_dots(line: InkLine, blots: Sequence[Blot], dpi: float) -> InkLine:
    """The line, its blots from left to right, with the dust inside it and a small dash before it: a decimal point is no larger,
    nor the sign of a small figure."""
    x0, top, x1, bottom, own = line
    dust = [b for b in blots if is_dust(b, dpi) and top <= b.top and b.bottom <= bottom + 2]
    dots = [b for b in dust if (x0 <= b.x0 and b.x1 <= x1) or _is_dash(b, x0, top, bottom)]
    return line._replace(x0=min([x0, *(b.x0 for b in dots)]), blots=tuple(sorted((*own, *dots))))


def _box(blots: Sequence[Blot]) -> tuple[int, int, int, int]:
    return (
        min(blot.x0 for blot in blots),
        min(blot.top for blot in blots),
        max(blot.x1 for blot in blots),
        max(blot.bottom for blot in blots),
    )
