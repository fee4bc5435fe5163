"""Characters under others: what a later fill hides, and what two texts over each other leave of one another.

In: a page's characters in the order in which they are drawn, and its opaque rectangles with their place in that order. Out: the
same characters, those wholly hidden marked as unseen; those half hidden, or printed over others, without their text: they are
ink that nobody can read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gov_extract.readers.ofd.text import Pen
from gov_extract.readers.pdf.boxes import all_moved, around
from gov_extract.readers.pdf.glyphs import UNMAPPED, skewed
from gov_extract.readers.pdf.pdfium import Matrix, Point, Quad

MAX_COVERS = 4_000
"""Opaque rectangles of a page that are looked at."""
RIM = 0.1
"""Share of a character's box, at each side, that holds no ink."""
HALF = 0.5
"""Share of a character that is hidden from which nobody can tell it, and share that lies on another one where both are lost."""
MOST_BARE = 4
"""Rectangles of a page that hide text without any typed over them: what was painted out; more are the grounds of cells."""
ALIKE = 1.6
"""Ratio of sizes up to which two characters over each other are both figures' size; a watermark's are larger."""
SEAM = 0.5
"""Points between the strips in which some writers set one picture."""
CORNER = 0.05
"""Points by which a rectangle's corner may miss that of its box."""


class Cover(NamedTuple):
    """An opaque rectangle: how many characters stood when it was drawn, its layer's rank, its box, whether all of that is
    painted for certain, and whether it is a picture."""

    start: int
    rank: int
    box: Quad
    whole: bool
    picture: bool = False


def rectangle(outlines: Sequence[Sequence[Point]], space: Matrix) -> Quad | None:
    """The box of a path that is one upright rectangle, on the page."""
    if len(outlines) != 1 or not 4 <= len(outlines[0]) <= 6:
        return None
    points = all_moved(list(outlines[0]), space)
    box = around(points)
    corners = set()
    for x, y in points:
        sides = [k for k, side in ((0, x), (2, x), (1, y), (3, y)) if abs(box[k] - side) <= CORNER]
        if len(sides) != 2:
            return None
        corners.add(tuple(sides))
    return box if len(corners) == 4 else None


def hide_covered(pen: Pen, ranks: Sequence[tuple[int, int]], covers: Sequence[Cover]) -> None:
    """Mark the characters that later rectangles hide.

    Where many rectangles hide text and nothing is typed over them, they are the grounds of cells, which their writer set behind
    all text of the page and converters did not: nobody publishes a table whose labels cannot be seen.

    Parameters
    ----------
    pen
        The characters.
    ranks
        The first characters of the page's texts, and the ranks of their layers.
    covers
        The rectangles.
    """
    if not covers or not pen.text:
        return
    sides = np.array(pen.boxes).reshape(-1, 4)
    left, top, right, bottom = sides.T
    inked = np.array(pen.angles) >= 0
    starts = [start for start, _ in ranks]
    rank = np.repeat([own for _, own in ranks], np.diff([*starts, len(pen.text)]))
    x, y = (left + right) / 2, (top + bottom) / 2
    dx, dy = RIM * (right - left), RIM * (top - bottom)
    x0, x1, y0, y1 = left + dx, right - dx, bottom + dy, top - dy
    area = np.maximum((x1 - x0) * (y1 - y0), 1e-9)
    typed = inked.copy()
    typed[[*pen.unseen, *skewed(pen.angles)]] = False
    bare: list[list[tuple[int, bool]]] = []
    overtyped: list[list[tuple[int, bool]]] = []
    for cover in strips_joined(covers):
        n, own, box, whole, _ = cover
        wide = np.minimum(x1[:n], box[2]) - np.maximum(x0[:n], box[0])
        high = np.minimum(y1[:n], box[3]) - np.maximum(y0[:n], box[1])
        share = np.maximum(wide, 0) * np.maximum(high, 0) / area[:n]
        hit = np.flatnonzero(inked[:n] & (share >= HALF) & (rank[:n] <= own)).tolist()
        if not hit:
            continue
        told = [(at, whole and bool(share[at] > 1 - 1e-6)) for at in hit]
        over = typed[n:] & (x[n:] > box[0]) & (x[n:] < box[2]) & (y[n:] > box[1]) & (y[n:] < box[3])
        (overtyped if over.any() else bare).append(told)
    if len(bare) <= MOST_BARE:
        hiding = [*bare, *overtyped]
    else:
        grounded = {at for told in bare for at, _ in told}
        hiding = [told for told in overtyped if any(at not in grounded for at, _ in told)]
    for told in hiding:
        _hide(pen, told)


def strips_joined(covers: Sequence[Cover]) -> list[Cover]:
    """The rectangles, pictures of one width that follow each other downwards with no text in between as one: a character on the
    seam is hidden by both."""
    joined: list[Cover] = []
    for cover in covers:
        last = joined[-1] if joined else None
        alike = last and last.picture and cover.picture and (last.start, last.rank) == (cover.start, cover.rank)
        if last and alike and last.whole == cover.whole:
            (x0, low, x1, high), (left, bottom, right, top) = last.box, cover.box
            if abs(x0 - left) <= SEAM and abs(x1 - right) <= SEAM and abs(low - top) <= SEAM:
                joined[-1] = last._replace(box=(max(x0, left), bottom, min(x1, right), high))
                continue
        joined.append(cover)
    return joined


def _hide(pen: Pen, told: Sequence[tuple[int, bool]]) -> None:
    """Make characters unseen, or where they are not wholly hidden, ink without text."""
    for at, wholly in told:
        if wholly:
            pen.unseen.add(at)
        elif at not in pen.unseen:
            pen.text[at] = UNMAPPED


def lose_overprinted(pen: Pen, starts: Sequence[int]) -> None:
    """Take the text off figures that stand over other text, and off that; `starts` are the first characters of texts, within
    which nothing stands over another."""
    digits = [k for k, char in enumerate(pen.text) if char.isdecimal() and pen.angles[k] >= 0]
    gone = {*pen.unseen, *pen.white, *skewed(pen.angles)}
    seen = [k for k, angle in enumerate(pen.angles) if angle >= 0 and k not in gone]
    if not digits or not seen:
        return
    sides = np.array(pen.boxes).reshape(-1, 4)
    kept = np.array(seen)
    order = kept[np.argsort(sides[kept, 0], kind="stable")]
    lefts = sides[order, 0]
    visible = set(seen)
    lost: set[int] = set()
    for k in digits:
        if k not in visible:
            continue
        left, top, right, bottom = sides[k]
        wide, high = right - left, top - bottom
        first, last = np.searchsorted(lefts, (left - ALIKE * max(wide, high), right))
        near = order[first:last]
        x0, y1, x1, y0 = sides[near].T
        across = (np.minimum(x1, right) - np.maximum(x0, left)) >= HALF * np.minimum(x1 - x0, wide)
        along = (np.minimum(y1, top) - np.maximum(y0, bottom)) >= HALF * np.minimum(y1 - y0, high)
        alike = (np.maximum(y1 - y0, high) <= ALIKE * np.minimum(y1 - y0, high)) & (near != k)
        for other in near[across & along & alike].tolist():
            if pen.text[other] != pen.text[k] and bisect_right(starts, other) != bisect_right(starts, k):
                lost.update((k, other))
    for k in lost:
        pen.text[k] = UNMAPPED
