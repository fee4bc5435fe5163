"""The ink along a line from one ruling to another: whether it is a ruling that begins at both, or a stroke of a character.

In: a page's ink (255), so that the line is upright in it, and where it and the two rulings lie. The stroke of a character
nearly reaches the borders of a low row, but not quite, and has other strokes beside it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gov_extract.readers.scan.pixels import Pixels

CONTACT, UNBROKEN = 0.03, 0.5
"""Inches at an end of a strip in which a ruling's ink must not fade below this share of its usual strength where it begins: the
stroke of a character nearly reaches the borders of a low row, but not quite."""
DOTS, DOT = 5, 0.03
"""Dots of a dotted ruling in one strip, at least, and the inches of a dot and of a gap, at most: where it begins there may be a
gap."""
ALIKE_ENDS = 0.8
"""Share of what a ruling fades to on its way that it must not fade below at its ends: dotted ones fade everywhere."""
FAINT = 0.4
"""Strength of other ink beside a ruling, in its own, that counts."""
SMOOTHED = 3
"""Pixels that are averaged along a ruling."""
INKED = 0.1
"""Share of the way between two rulings that has ink where a ruling is at all."""
TALL, DASH, RUN, OWN = 0.64, 0.1, 0.55, 0.012
"""Share of the way between two rulings that dashes cover, and inches of one of them, or its share of a low row: a figure 1 is
lower. Inches at both ends that are the rulings' own."""
GUTTER, CLEAR, QUIET = 0.045, 0.018, 0.7
"""Inches beside a ruling, and from where on, that are paper on one of its sides, in this share of its way at least: the
strokes of a character have others beside them."""


def reaches(ink: Pixels, at: float, first: float, second: float, dpi: float) -> bool:
    """Whether upright ink goes on at both ends to the rulings that it lies between, no paler than it is (or fades between its
    dots) on its way: the stroke of a character nearly reaches the borders of a low row.

    Parameters
    ----------
    ink
        The page (ink is 255).
    at
        Where the ink lies, in points.
    first, second
        Where the two rulings lie, in points.
    dpi
        The page's resolution.
    """
    smooth = _along(ink, at, first, second, dpi)
    quarter, end = len(smooth) // 4, max(2, round(CONTACT * dpi))
    if not quarter:
        return False
    inner = smooth[quarter:-quarter]
    usual, fades = np.quantile(inner, (0.5, 0.1))
    least = UNBROKEN * usual
    if np.count_nonzero(np.diff((inner < least).astype(np.int8)) > 0) >= DOTS // 2:
        least = min(least, ALIKE_ENDS * fades)
    return bool(min(smooth[:end].min(), smooth[-end:].min()) >= least)


def contacts(ink: Pixels, at: float, first: float, second: float, dpi: float) -> int:
    """At how many of its ends a ruling's ink does not fade from the ruling that it begins at; all as in `reaches`."""
    smooth = _along(ink, at, first, second, dpi)
    end = max(2, round(CONTACT * dpi))
    inked = smooth > UNBROKEN * smooth.max()
    usual = float(np.median(smooth[inked])) if inked.any() else 1.0
    found = sum(float(part.min()) >= UNBROKEN * usual for part in (smooth[:end], smooth[-end:]))
    if found < 2:
        edges = np.flatnonzero(np.diff(np.concatenate([[False], inked, [False]]).astype(np.int8)))
        dots, gaps = edges[1::2] - edges[::2], edges[2::2] - edges[1:-1:2]
        if len(dots) >= DOTS and max(int(dots.max()), int(gaps.max())) <= DOT * dpi:
            most = 1.5 * float(np.median(gaps)) + 1
            found = int(edges[0] + gaps[0] <= most + end) + int(len(smooth) - edges[-1] + gaps[-1] <= most + end)
    return found


def stands_free(ink: Pixels, at: float, first: float, second: float, dpi: float) -> bool:
    """Whether there is next to no other ink on one side of upright ink between two rulings; all as in `reaches`."""
    scale, clear, gutter = dpi / 72, max(3, round(CLEAR * dpi)), round(GUTTER * dpi)
    rows, column = slice(round(first * scale) + clear, round(second * scale) - clear + 1), int(at * scale)
    own = ink[rows, max(0, column - 1) : column + 2]
    if not own.size:
        return True
    least = FAINT * float(own.max(1).mean())
    sides = ink[rows, max(0, column - gutter) : max(0, column - clear + 1)], ink[rows, column + clear : column + gutter + 1]
    return any(not side.size or float((side.max(1) < least).mean()) >= QUIET for side in sides)


def is_inked(ink: Pixels, at: float, first: float, second: float, dpi: float) -> bool:
    """Whether there is any upright ruling's ink between two rulings, in more than one place; all as in `reaches`."""
    along = _along(ink, at, first, second, dpi)
    rim = max(2, round(CONTACT * dpi))
    inner, ends = along[rim:-rim], (along[:rim].max(initial=0), along[-rim:].max(initial=0))
    return bool(inner.size) and float((inner > UNBROKEN * min(ends)).mean()) >= INKED


def is_tall(ink: Pixels, at: float, first: float, second: float, dpi: float) -> bool:
    """Whether upright ink fills more of the way between two rulings than a figure does, wherever it begins; all as in
    `reaches`."""
    along = _along(ink, at, first, second, dpi)
    rim = max(1, round(OWN * dpi))
    inner = along[rim:-rim]
    if not inner.size:
        return False
    inked = np.concatenate([[False], inner > UNBROKEN * inner.max(), [False]])
    edges = np.flatnonzero(np.diff(inked.astype(np.int8)))
    longest = min(DASH * dpi, RUN * len(along))
    return float(inked.sum()) >= TALL * len(along) and int((edges[1::2] - edges[::2]).max()) >= longest


def _along(ink: Pixels, at: float, first: float, second: float, dpi: float) -> npt.NDArray[Any]:
    """The ink along the line, from ruling to ruling, a little smoothed; none where it lies outside the page."""
    scale = dpi / 72
    column = int(at * scale)  # a place is the middle of its pixel
    part = ink[max(0, round(first * scale)) : round(second * scale) + 1, max(0, column - 1) : max(0, column + 2)]
    if part.shape[0] < SMOOTHED or not part.shape[1]:
        return np.zeros(1, np.float32)
    return np.convolve(part.max(1).astype(np.float32), np.full(SMOOTHED, 1 / SMOOTHED), "valid")
