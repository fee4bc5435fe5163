"""The strips between neighbouring rulings, and what each shows, however faint or hemmed in by letters.

In: a page's ink (255), so that the rulings are level in it. Out: `Look`s: where thin upright ink stands out, in short stretches
along the strip, and where there is only paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gov_extract.readers.scan.along import CLEAR, GUTTER, QUIET
from gov_extract.readers.scan.pixels import Pixels

Piece = tuple[float, float, float]
"""Where a ruling lies, from where to where it goes, in points."""

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
ALIKE, CERTAIN = 0.4, 0.6
"""Contrast of a ruling, in the usual one of those known that cross a strip: what is much paler is none, and from where on it is
one however much else there is in the strip."""
NEIGHBOUR = 0.6
"""Inches beside a ruling in which there is other ink if it begins at neither end: what stands alone between two rulings may be
a 1 in a merged cell."""
KNOWN = 0.05
"""Inches around a known ruling in which no other is looked for."""
PAPER = 0.3
"""Share of a stretch's columns that are paper, at least."""


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


class Look(NamedTuple):
    """What a strip shows: `first` is its leftmost column of pixels; by stretch and column, how much thin ink stands out
    (`peaks`; `wide`: with some freedom to either side), whether a ruling shows, and whether there is paper; how much of `wide`
    a ruling has at least in the mean of all stretches, and how thick one is."""

    first: int
    peaks: npt.NDArray[Any]
    wide: npt.NDArray[Any]
    shows: npt.NDArray[np.bool_]
    paper: npt.NDArray[np.bool_]
    least: float
    thick: float

    def runs(self, mask: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int, float]]:
        """The runs of columns that are no broader than a ruling: the first of each, the one behind its last, and where its
        middle lies on the page, all in pixels."""
        ends = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
        for first, last in zip(ends[::2].tolist(), ends[1::2].tolist(), strict=True):
            if last - first <= self.thick + 2:
                weights = self.peaks[:, first:last].mean(0) + 1e-6
                yield first, last, self.first + float(np.average(np.arange(first, last), weights=weights))


def look_at(ink: Pixels, strip: Strip, known: Sequence[float], dpi: float) -> Look | None:
    """What a strip shows; `known` are the rulings that cross it. None where it is too small for a look."""
    scale = dpi / 72
    x0, x1 = max(0, round(strip.start * scale)), min(ink.shape[1], round(strip.end * scale) + 1)
    y0, y1 = round((strip.first * scale) + RIM * dpi), round((strip.second * scale) - RIM * dpi)
    if y1 - y0 < FEWEST or x1 - x0 < 3 * THIN * dpi:
        return None
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
    _, whole_texture = _spread(wide.mean(0))
    shows = wide > ground + max(CONTRAST, NOISE * texture)
    paper = means < np.quantile(means, PAPER, axis=1)[:, None] + max(CONTRAST, NOISE * _spread(means)[1])
    usual = _strength(wide, around)
    noise = MEAN_NOISE * whole_texture
    if usual:  # letters are no noise, where they fill a strip
        noise = min(noise, CERTAIN * usual)
    least = max(MEAN, noise, ALIKE * usual)
    return Look(x0, peaks, wide, shows, paper, least, thick)


def is_quiet(look: Look, column: float, width: int, dpi: float) -> bool:
    """Whether one side of a place is paper nearly all the way."""
    return any(_beside(look, column, width, side, GUTTER, dpi).mean() >= QUIET for side in (-1, 1))


def is_quiet_around(look: Look, column: float, width: int, dpi: float) -> bool:
    """Whether both sides of a place are paper nearly all the way."""
    return all(_beside(look, column, width, side, GUTTER, dpi).mean() >= QUIET for side in (-1, 1))


def has_neighbour(look: Look, column: float, width: int, taken: npt.NDArray[np.bool_], dpi: float) -> bool:
    """Whether there is ink on either side of a place, before the next ruling."""
    at, clear = round(column) - look.first, max(3, round(CLEAR * dpi), width // 2 + 2)
    inked, reach = (~look.paper).any(0) & ~taken, round(NEIGHBOUR * dpi)
    before, behind = inked[max(0, at - reach) : max(0, at - clear)], inked[at + clear + 1 : at + reach]
    walls = taken[max(0, at - reach) : max(0, at - clear)], taken[at + clear + 1 : at + reach]
    first = int(np.flatnonzero(walls[0])[-1]) if walls[0].any() else 0
    last = int(np.flatnonzero(walls[1])[0]) if walls[1].any() else len(behind)
    return bool(before[first:].any() or behind[:last].any())


def _beside(look: Look, column: float, width: int, side: int, reach: float, dpi: float) -> npt.NDArray[np.bool_]:
    """The stretches in which there is paper on one side of a place, up to so many inches from it."""
    at, clear = round(column) - look.first, max(3, round(CLEAR * dpi), width // 2 + 2)
    first, last = sorted((at + side * clear, at + side * max(clear, round(reach * dpi))))
    part = look.paper[:, max(0, first) : max(0, last + 1)]
    return np.asarray(part.all(1)) if part.size else np.ones(len(look.paper), np.bool_)


def columns_around(places: Sequence[float], first: int, width: int, reach: float, scale: float) -> npt.NDArray[np.bool_]:
    """The columns of a strip that lie within `reach` points of any of the places (points)."""
    near = np.zeros(width, np.bool_)
    for at in places:
        near[max(0, round((at - reach) * scale) - first) : max(0, round((at + reach) * scale) - first + 1)] = True
    return near


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
