"""Rulings between rulings: what divides the strip between two neighbouring rulings, however faint or hemmed in by letters.

In: a page's ink, the rulings found so far. Out: further pieces that cross a strip from end to end. A ruling shows along its
whole way; strokes of characters never reach from one border of a cell to the other, so that much less contrast is enough here
than where nothing is known of the ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gov_extract.readers.scan.pixels import Pixels

Piece = tuple[float, float, float]
"""Where a ruling lies, from where to where it goes, in points."""

LOWEST, HIGHEST = 0.14, 3.0
"""Inches between two rulings that a strip is looked at between; in a lower one a figure's own stem goes from one to the
other."""
STEP = 0.04
"""Inches of the stretches that a strip is looked at in; each is averaged."""
FEWEST = 5
"""Stretches of a strip, at least."""
RIM = 0.014
"""Inches at both ends of a strip that are the rulings' own."""
THIN, THICK = 0.032, 0.06
"""Inches of a ruling's thickness, with what blur adds: broader ink is taken off. Thick ones are looked for where known ones are
so thick that little is left of them otherwise."""
FADED = 1.5
"""Strength of the known rulings under the broader look, in that under the narrower, from which they are thick."""
CONTRAST, NOISE = 7.0, 2.0
"""Least contrast of a stretch (ink is 255), and the same in standard deviations of the strip's texture."""
MEAN, MEAN_NOISE = 12.0, 7.0
"""The same of all stretches together."""
ALIKE = 0.4
"""Contrast of a ruling, in the usual one of those known that cross a strip: what is much paler is none."""
SHARE = 0.85
"""Share of the stretches that show the ruling, the first and the last among them."""
LONG = 0.3
"""Inches from which what was found in one strip, or in line in neighbouring ones, is a ruling; a shorter one goes on where a
known one ends."""
END, UNBROKEN = 0.06, 0.5
"""Inches at both ends of a strip in which a ruling's ink must not fade below this share of its usual strength: the stroke of a
character nearly reaches the borders of a low row, but not quite."""
ALIKE_ENDS = 0.8
"""The same share of what the known rulings across the strip fade to: dotted ones do everywhere."""
IN_LINE = 1.3
"""Points by which pieces in neighbouring strips may be out of line."""
KNOWN = 0.05
"""Inches around a known ruling in which no other is looked for."""


class Strip(NamedTuple):
    """The room between two neighbouring rulings: from where to where it reaches along them, and their places, in points."""

    start: float
    end: float
    first: float
    second: float


def strips_of(rulings: Sequence[Piece], meets: float) -> Iterator[Strip]:
    """The strips between rulings of one direction, where nothing else of that direction lies between."""
    marks = sorted({side for _, start, end in rulings for side in (start, end)})
    open_: dict[tuple[float, float], float] = {}
    for start, end in pairwise(marks):
        if end - start < 1e-6:
            continue
        here = sorted(at for at, first, last in rulings if first <= start + meets and last >= end - meets)
        pairs = {(a, b) for a, b in pairwise(here) if b - a > meets}
        for pair in [pair for pair in open_ if pair not in pairs]:
            yield Strip(open_.pop(pair), start, *pair)
        for pair in pairs:
            open_.setdefault(pair, start)
    for pair, begun in open_.items():
        yield Strip(begun, marks[-1], *pair)


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
    found = []
    for strip in strips_of(rulings, meets):
        if LOWEST <= (strip.second - strip.first) / 72 <= HIGHEST:
            near = [at for at, start, end in known if start < strip.second - meets and end > strip.first + meets]
            found += [(at, strip.first, strip.second) for at in _places(ink, strip, near, dpi)]
    return _believed(found, known, meets)


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


def _places(ink: Pixels, strip: Strip, known: Sequence[float], dpi: float) -> Iterator[float]:
    """Where rulings cross a strip, in points."""
    scale = dpi / 72
    x0, x1 = max(0, round(strip.start * scale)), min(ink.shape[1], round(strip.end * scale) + 1)
    y0, y1 = round((strip.first * scale) + RIM * dpi), round((strip.second * scale) - RIM * dpi)
    if y1 - y0 < FEWEST or x1 - x0 < 3 * THIN * dpi:
        return
    count = max(FEWEST, round((y1 - y0) / (STEP * dpi)))
    edges = np.linspace(y0, y1, count + 1).round().astype(int)
    sums = np.add.reduceat(ink[y0:y1, x0:x1].astype(np.float32), edges[:-1] - y0, axis=0)
    means = sums / np.diff(edges)[:, None]
    reach = round(KNOWN * dpi)
    around = [slice(max(0, round(at * scale) - x0 - reach), max(0, round(at * scale) - x0 + reach + 1)) for at in known]
    peaks, wide = _peaks(means, THIN * dpi)
    thick = THIN * dpi
    if around:
        other = _peaks(means, THICK * dpi)
        if _strength(other[1], around) >= FADED * _strength(wide, around):
            (peaks, wide), thick = other, THICK * dpi
    ground, texture = _spread(wide)
    whole = wide.mean(0)
    whole_ground, whole_texture = _spread(whole)
    shows = wide > ground + max(CONTRAST, NOISE * texture)
    least = max(MEAN, MEAN_NOISE * whole_texture, ALIKE * _strength(wide, around))
    through = shows[0] & shows[-1] & (shows.mean(0) >= SHARE) & (whole > whole_ground + least)
    for part in around:
        through[part] = False
    usual = [_least_at_ends(ink, round(at * scale), strip, dpi) for at in known if x0 <= round(at * scale) < x1]
    unbroken = min(UNBROKEN, ALIKE_ENDS * float(np.median(usual))) if usual else UNBROKEN
    ends = np.flatnonzero(np.diff(np.concatenate([[False], through, [False]]).astype(np.int8)))
    for first, last in zip(ends[::2].tolist(), ends[1::2].tolist(), strict=True):
        if last - first <= thick + 2:
            weight = peaks[:, first:last].mean(0) + 1e-6
            at = x0 + float(np.average(np.arange(first, last), weights=weight))
            if _least_at_ends(ink, round(at), strip, dpi) >= unbroken:
                yield (at + 0.5) / scale


def _least_at_ends(ink: Pixels, column: int, strip: Strip, dpi: float) -> float:
    """How far ink fades near the ends of a strip, in its usual strength."""
    first, second = round(strip.first * dpi / 72), round(strip.second * dpi / 72)
    along = ink[first : second + 1, max(0, column - 1) : column + 2].max(1).astype(np.float32)
    smooth = np.convolve(along, np.full(3, 1 / 3), "valid")
    end = max(2, round(END * dpi))
    return float(min(smooth[:end].min(), smooth[-end:].min()) / max(1.0, float(np.median(smooth))))


def _peaks(means: npt.NDArray[Any], thick: float) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """What is thinner than so many pixels across, of each stretch; and the same with a pixel's freedom to either side, since a
    ruling that is not quite upright steps aside."""
    import cv2

    broad = cv2.morphologyEx(means, cv2.MORPH_OPEN, np.ones((1, max(3, round(thick) | 1)), np.uint8))
    peaks = np.asarray(means - broad)
    return peaks, np.asarray(cv2.dilate(peaks, np.ones((1, 3), np.uint8)))


def _strength(peaks: npt.NDArray[Any], around: Sequence[slice]) -> float:
    """How much known rulings stand out: the middle of them; 0 where none is known."""
    whole = peaks.mean(0)
    ground = float(np.median(whole))
    found = [float(whole[part].max()) - ground for part in around if whole[part].size]
    return float(np.median(found)) if found else 0.0


def _spread(values: npt.NDArray[Any]) -> tuple[float, float]:
    """The middle of values and their deviation from it, whatever a few of them are."""
    middle = float(np.median(values))
    return middle, 1.4826 * float(np.median(np.abs(values - middle)))
