"""Dashed and worn rulings, told by all the strips that they cross.

In: what the strips show. Out: pieces. One of long dashes, or a worn one, is paper wherever it does not show, and begins at
many of the rulings that bound its strips; the strokes of characters, figures below each other too, begin at none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gov_extract.readers.scan.along import CLEAR, contacts, is_tall
from gov_extract.readers.scan.pixels import Pixels
from gov_extract.readers.scan.strips import Look, Piece, Strip, has_neighbour, is_quiet, is_quiet_around

IN_LINE = 1.3
"""Points by which pieces in neighbouring strips may be out of line."""
LONG = 0.3
"""Inches from which what was found in one strip, or in line in neighbouring ones, is a ruling; a shorter one goes on where a
known one ends."""
LOOSE = 0.25
"""Share of the stretches that show a ruling which is paper wherever it does not show: one of long dashes, or a worn one."""
TOUCHING, APART, STEADY = 0.3, 0.6, 0.5
"""Share of the ends of the strips that it crosses at which such a ruling begins, in all strips in line that lie no farther
apart than so many inches: figures below each other never do. Points by which it may step aside where it begins at neither."""
MANY = 3
"""Strips that such a ruling crosses, at least, where no other one is known to cross any of them; and such rulings that begin at
both ends of one strip and tell each other, however short they are."""
TWO, CERTAIN = 2, 5
"""Such rulings in one strip, each of which crosses so many, from which that is not the room between two tables."""
FARTHEST = 0.3
"""Inches of the longest gap of such a ruling."""


class Loose(NamedTuple):
    """What may be a dashed or worn ruling across a strip, at how many of its ends it begins, whether there is other ink
    beside it, and whether other rulings cross the strip."""

    piece: Piece
    contacts: int
    beside: bool
    inside: bool


def loose_in(ink: Pixels, strip: Strip, look: Look, taken: npt.NDArray[np.bool_], dpi: float, *, inside: bool) -> list[Loose]:
    """What may be dashed or worn rulings: thin ink in line, and nothing else there."""
    shows = look.shows
    # The strength of what shows, whatever part of the strip that is.
    strong = (look.wide * shows).sum(0) > (float(np.median(look.wide.mean(0))) + look.least) * np.maximum(1, shows.sum(0))
    mask = (shows | look.paper).all(0) & (shows.mean(0) >= LOOSE) & strong & ~taken
    farthest = FARTHEST * 72 / (strip.second - strip.first) * len(shows)
    found: list[Loose] = []
    tall: list[tuple[int, int]] = []
    for first, last, column in look.runs(mask):
        shown = np.flatnonzero(np.concatenate([[True], shows[:, round(column) - look.first], [True]]))
        if int(np.diff(shown).max()) - 1 <= farthest and is_quiet(look, column, last - first, dpi):
            at = (column + 0.5) * 72 / dpi
            piece = (at, strip.first, strip.second)
            if is_quiet_around(look, column, last - first, dpi) and is_tall(ink, at, strip.first, strip.second, dpi):
                tall.append((len(found), round(column) - look.first))
            begins = contacts(ink, at, strip.first, strip.second, dpi)
            found.append(Loose(piece, begins, has_neighbour(look, column, last - first, taken, dpi), inside))
    if _part_figures([column for _, column in tall], look, taken, dpi):
        for n, _ in tall:  # a dash may begin behind the ruling that it comes from
            found[n] = found[n]._replace(contacts=2)
    return found


def _part_figures(columns: Sequence[int], look: Look, taken: npt.NDArray[np.bool_], dpi: float) -> bool:
    """Whether tall strokes part what else stands in a strip, and are at least as many as the rulings known there: in a row as
    low as its print a figure 1 is as tall as a dash, but stands in a cell."""
    known = int(np.count_nonzero(np.diff(np.concatenate([[False], taken]).astype(np.int8)) > 0))
    if len(columns) < max(TWO, known):
        return False
    inked: npt.NDArray[np.bool_] = np.array((~look.paper).any(0))
    clear = max(3, round(CLEAR * dpi))
    for column in columns:
        inked[max(0, column - clear) : column + clear + 1] = False
    marks = [0, *sorted(columns), len(inked)]
    return sum(bool(inked[a:b].any()) for a, b in pairwise(marks)) >= len(columns) - 1


def begun(known: Sequence[Piece], loose: Sequence[Loose]) -> list[Piece]:
    """The dashed and worn rulings: in line, they begin at many of the rulings that they cross.

    A single strip tells little: what is in line in others decides (a known ruling, many strips, or several alike beside it in
    the same strip), since strokes of characters lie in line by chance only.
    """
    strips = Counter(one.piece[1:] for one in loose if one.contacts == 2)
    found: list[tuple[Loose, float]] = []
    beside: Counter[tuple[float, ...]] = Counter()
    left = sorted(loose)
    while left:
        at = left[0].piece[0]
        line = [one for one in left if one.piece[0] - at <= IN_LINE]
        left = left[len(line) :]
        for group in _together(line):
            middle = float(np.median([one.piece[0] for one in group]))
            first, last = group[0].piece[1] - APART * 72, group[-1].piece[2] + APART * 72
            in_line = sum(abs(o - middle) <= IN_LINE and start < last and end > first for o, start, end in known)
            ends, begun = 2 * (len(group) + in_line), sum(one.contacts for one in group) + 2 * in_line
            length = sum(one.piece[2] - one.piece[1] for one in group)
            told = in_line or len(group) >= MANY or (length >= LONG * 72 and any(one.inside for one in group))
            told = told or any(one.contacts == 2 and strips[one.piece[1:]] >= MANY for one in group)
            if told and begun >= max(2.0, TOUCHING * ends):
                # Where the ruling is whole elsewhere, ink that begins at neither end is a character's.
                gapped = sum(one.contacts > 0 for one in group) >= MANY
                found += [(one, middle) for one in group if one.contacts or gapped]
                if len(group) + in_line >= CERTAIN:
                    beside.update(one.piece[1:] for one in group if one.contacts)
    return [one.piece for one, middle in found if _is_told(one, middle, beside[one.piece[1:]])]


def _is_told(one: Loose, middle: float, beside: int) -> bool:
    """Whether a ruling of those in line at `middle` crosses a strip: where no other one is known to, nor a second is found
    `beside` it, this may be the room between two tables."""
    if not one.inside and beside < TWO:
        return one.contacts == 2
    return bool(one.contacts) or (one.inside and one.beside and abs(one.piece[0] - middle) <= STEADY)


def _together(line: Sequence[Loose]) -> list[list[Loose]]:
    """What lies in line, from top to bottom, parted where it lies far apart: columns of two tables."""
    groups: list[list[Loose]] = []
    for one in sorted(line, key=lambda one: one.piece[1]):
        if not groups or one.piece[1] - groups[-1][-1].piece[2] > APART * 72:
            groups.append([])
        groups[-1].append(one)
    return groups
