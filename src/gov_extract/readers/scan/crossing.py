"""Rulings between rulings: what divides the strip between two neighbouring rulings, however faint or hemmed in by letters.

In: a page's ink, the rulings found so far. Out: further pieces that cross a strip from end to end. A ruling shows along its
whole way; strokes of characters never reach from one border of a cell to the other, so that much less contrast is enough here
than where nothing is known of the ends.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from gov_extract.readers.scan.along import reaches
from gov_extract.readers.scan.pixels import Pixels
from gov_extract.readers.scan.strips import KNOWN, Look, Piece, Strip, columns_around, is_quiet, look_at, strips_of
from gov_extract.readers.scan.worn import IN_LINE, LONG, Loose, begun, loose_in

LOWEST, HIGHEST = 0.14, 3.0
"""Inches between two rulings that a strip is looked at between; in a lower one a figure's own stem goes from one to the
other, a higher one is looked at in parts."""
DRIFT = 1.0
"""Points by which a ruling may step aside from one part of a high strip to the next."""
SHARE = 0.85
"""Share of the stretches that show the ruling, the first and the last among them."""


def crossing_pieces(ink: Pixels, rulings: Sequence[Piece], known: Sequence[Piece], dpi: float, meets: float) -> list[Piece]:
    """The pieces that cross the strips between rulings and are not known yet.

    Parameters
    ----------
    ink
        The page (ink is 255), so that `rulings` are level in it.
    rulings
        The level ones.
    known
        The upright ones found before.
    dpi
        The page's resolution.
    meets
        Points within which rulings meet.
    """
    whole: list[Piece] = []
    loose: list[Loose] = []
    for strip in strips_of(rulings, meets):
        if (strip.second - strip.first) / 72 < LOWEST:
            continue
        near = [at for at, start, end in known if start < strip.second - meets and end > strip.first + meets]
        if (strip.second - strip.first) / 72 > HIGHEST:
            whole += [(at, strip.first, strip.second) for at in _far_places(ink, strip, near, dpi)]
            continue
        look = look_at(ink, strip, near, dpi)
        if look is not None:
            taken = columns_around(near, look.first, look.shows.shape[1], KNOWN * 72, dpi / 72)
            ended = [at for at, start, end in known if abs(end - strip.first) <= meets or abs(start - strip.second) <= meets]
            going_on = columns_around(ended, look.first, look.shows.shape[1], IN_LINE, dpi / 72)
            through = [(at, strip.first, strip.second) for at in _places(ink, strip, look, taken, going_on, dpi)]
            if near:
                whole += through
            else:  # this may be the room between two tables
                loose += [Loose(piece, 2, beside=True, inside=False) for piece in through]
            inside = any(start <= strip.first + meets and end >= strip.second - meets for _, start, end in known)
            loose += loose_in(ink, strip, look, taken, dpi, inside=inside)
    sure = _believed(whole, known, meets)
    loose += [Loose(piece, 2, beside=True, inside=True) for piece in whole if piece not in sure]
    return [*sure, *begun([*known, *sure], loose)]


def _believed(found: Sequence[Piece], known: Sequence[Piece], meets: float) -> list[Piece]:
    """The pieces that go on where a known one ends, and those that are long, alone or together."""
    kept: list[Piece] = []
    left = sorted(found)
    while left:
        group = [left.pop(0)]
        grown = True
        while grown:
            grown = False
            for piece in left:
                if any(_goes_on(piece, other, meets) for other in group):
                    left.remove(piece)
                    group.append(piece)
                    grown = True
                    break
        length = max(end for _, _, end in group) - min(start for _, start, _ in group)
        if length >= LONG * 72 or any(_goes_on(piece, other, meets) for piece in group for other in known):
            kept += group
    return kept


def _goes_on(piece: Piece, other: Piece, meets: float) -> bool:
    """Whether a piece begins where another one in line ends, or ends where that begins."""
    (at, start, end), (place, first, last) = piece, other
    return abs(at - place) <= IN_LINE and (abs(start - last) <= meets or abs(end - first) <= meets)


def _shown(look: Look) -> npt.NDArray[np.bool_]:
    """The columns of a strip that show a ruling nearly all the way, and strongly enough on the whole."""
    whole = look.wide.mean(0)
    return np.asarray((look.shows.mean(0) >= SHARE) & (whole > float(np.median(whole)) + look.least))


def _places(
    ink: Pixels,
    strip: Strip,
    look: Look,
    taken: npt.NDArray[np.bool_],
    going_on: npt.NDArray[np.bool_],
    dpi: float,
) -> Iterator[float]:
    """Where rulings cross a strip that show all the way, in points; `taken` are the columns of those that cross it already, and
    then of the ones found; in those `going_on` a known one ends at the strip, and text may stand close on both sides of it."""
    through = _shown(look) & look.shows[0] & look.shows[-1] & ~taken
    for first, last, column in look.runs(through):
        quiet = going_on[first:last].any() or is_quiet(look, column, last - first, dpi)
        at = (column + 0.5) * 72 / dpi
        if quiet and reaches(ink, at, strip.first, strip.second, dpi):
            yield at
            taken[max(0, first - round(KNOWN * dpi)) : last + round(KNOWN * dpi)] = True


def _far_places(ink: Pixels, strip: Strip, known: Sequence[float], dpi: float) -> list[float]:
    """Where rulings cross a strip that is too high for one look, in points: in line in each of its parts."""
    scale, high = dpi / 72, strip.second - strip.first
    parts = math.ceil(high / (HIGHEST * 72))
    reached: list[list[float]] = []
    for n in range(parts):
        first, second = strip.first + high * n / parts, strip.first + high * (n + 1) / parts
        look = look_at(ink, strip._replace(first=first, second=second), known, dpi)
        if look is None:
            return []
        shows = look.shows
        mask = _shown(look) & ((n > 0) | shows[0]) & ((n < parts - 1) | shows[-1])
        mask[columns_around(known, look.first, shows.shape[1], KNOWN * 72, scale)] = False
        here = [(column + 0.5) / scale for _, _, column in look.runs(mask)]
        if n == 0:
            reached = [[at] for at in here]
        else:
            near = [(line, min(here, key=lambda at: abs(at - line[-1]), default=math.inf)) for line in reached]
            reached = [[*line, at] for line, at in near if abs(at - line[-1]) <= DRIFT]
    return [sum(line) / len(line) for line in reached]
