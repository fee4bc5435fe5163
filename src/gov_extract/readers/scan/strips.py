"""Rulings between rulings: what divides the strip between two neighbouring rulings, however faint or hemmed in by letters.

In: a page's ink, the rulings found so far. Out: further pieces that cross a strip from end to end. A ruling shows along its
whole way; strokes of characters never reach from one border of a cell to the other, so that much less contrast is enough here
than where nothing is known of the ends.
"""

from __future__ import annotations

import math
from collections import Counter
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
other, a higher one is looked at in parts."""
DRIFT = 1.0
"""Points by which a ruling may step aside from one part of a high strip to the next."""
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
CONTACT, UNBROKEN = 0.03, 0.5
"""Inches at an end of a strip in which a ruling's ink must not fade below this share of its usual strength where it begins: the
stroke of a character nearly reaches the borders of a low row, but not quite."""
FAINT = 0.4
"""Strength of other ink beside a ruling, in its own, that counts."""
INKED = 0.1
"""Share of the way between two rulings that has ink where a ruling is at all."""
DOTS, DOT = 5, 0.03
"""Dots of a dotted ruling in one strip, at least, and the inches of a dot and of a gap, at most: where it begins there may be a
gap."""
ALIKE_ENDS = 0.8
"""Share of what a ruling fades to on its way that it must not fade below at its ends: dotted ones fade everywhere."""
IN_LINE = 1.3
"""Points by which pieces in neighbouring strips may be out of line."""
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
GUTTER, CLEAR, QUIET = 0.045, 0.018, 0.7
"""Inches beside a ruling, and from where on, that are paper on one of its sides, in this share of the stretches at least: the
strokes of a character have others beside them."""
NEIGHBOUR = 0.6
"""Inches beside a ruling in which there is other ink if it begins at neither end: what stands alone between two rulings may be
a 1 in a merged cell."""
PAPER = 0.3
"""Share of a stretch's columns that are paper, at least."""
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
    whole: list[Piece] = []
    loose: list[_Loose] = []
    for strip in strips_of(rulings, meets):
        if (strip.second - strip.first) / 72 < LOWEST:
            continue
        near = [at for at, start, end in known if start < strip.second - meets and end > strip.first + meets]
        if (strip.second - strip.first) / 72 > HIGHEST:
            whole += [(at, strip.first, strip.second) for at in _far_places(ink, strip, near, dpi)]
            continue
        look = _look(ink, strip, near, dpi)
        if look is not None:
            taken = _around(near, look.first, look.shows.shape[1], KNOWN * 72, dpi / 72)
            ended = [at for at, start, end in known if abs(end - strip.first) <= meets or abs(start - strip.second) <= meets]
            going_on = _around(ended, look.first, look.shows.shape[1], IN_LINE, dpi / 72)
            through = [(at, strip.first, strip.second) for at in _places(ink, strip, look, taken, going_on, dpi)]
            if near:
                whole += through
            else:  # this may be the room between two tables
                loose += [_Loose(piece, 2, beside=True, inside=False) for piece in through]
            inside = any(start <= strip.first + meets and end >= strip.second - meets for _, start, end in known)
            loose += _loose_places(ink, strip, look, taken, dpi, inside=inside)
    sure = _believed(whole, known, meets)
    loose += [_Loose(piece, 2, beside=True, inside=True) for piece in whole if piece not in sure]
    return [*sure, *_begun([*known, *sure], loose)]


class _Loose(NamedTuple):
    """What may be a dashed or worn ruling across a strip, at how many of its ends it begins, whether there is other ink
    beside it, and whether other rulings cross the strip."""

    piece: Piece
    contacts: int
    beside: bool
    inside: bool


def _begun(known: Sequence[Piece], loose: Sequence[_Loose]) -> list[Piece]:
    """The dashed and worn rulings: in line, they begin at many of the rulings that they cross.

    A single strip tells little: what is in line in others decides (a known ruling, many strips, or several alike beside it in
    the same strip), since strokes of characters lie in line by chance only.
    """
    strips = Counter(one.piece[1:] for one in loose if one.contacts == 2)
    found: list[tuple[_Loose, float]] = []
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


def _is_told(one: _Loose, middle: float, beside: int) -> bool:
    """Whether a ruling of those in line at `middle` crosses a strip: where no other one is known to, nor a second is found
    `beside` it, this may be the room between two tables."""
    if not one.inside and beside < TWO:
        return one.contacts == 2
    return bool(one.contacts) or (one.inside and one.beside and abs(one.piece[0] - middle) <= STEADY)


def _together(line: Sequence[_Loose]) -> list[list[_Loose]]:
    """What lies in line, from top to bottom, parted where it lies far apart: columns of two tables."""
    groups: list[list[_Loose]] = []
    for one in sorted(line, key=lambda one: one.piece[1]):
        if not groups or one.piece[1] - groups[-1][-1].piece[2] > APART * 72:
            groups.append([])
        groups[-1].append(one)
    return groups


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


class _Look(NamedTuple):
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


def _places(
    ink: Pixels,
    strip: Strip,
    look: _Look,
    taken: npt.NDArray[np.bool_],
    going_on: npt.NDArray[np.bool_],
    dpi: float,
) -> Iterator[float]:
    """Where rulings cross a strip that show all the way, in points; `taken` are the columns of those that cross it already, and
    then of the ones found; in those `going_on` a known one ends at the strip, and text may stand close on both sides of it."""
    scale, shows = dpi / 72, look.shows
    whole = look.wide.mean(0)
    through = shows[0] & shows[-1] & (shows.mean(0) >= SHARE) & (whole > float(np.median(whole)) + look.least) & ~taken
    for first, last, column in look.runs(through):
        quiet = going_on[first:last].any() or _quiet(look, column, last - first, dpi)
        if quiet and _begins(ink, round(column), strip, dpi):
            yield (column + 0.5) / scale
            taken[max(0, first - round(KNOWN * dpi)) : last + round(KNOWN * dpi)] = True


def _loose_places(
    ink: Pixels, strip: Strip, look: _Look, taken: npt.NDArray[np.bool_], dpi: float, *, inside: bool
) -> Iterator[_Loose]:
    """What may be dashed or worn rulings: thin ink in line, and nothing else there."""
    shows = look.shows
    # The strength of what shows, whatever part of the strip that is.
    strong = (look.wide * shows).sum(0) > (float(np.median(look.wide.mean(0))) + look.least) * np.maximum(1, shows.sum(0))
    mask = (shows | look.paper).all(0) & (shows.mean(0) >= LOOSE) & strong & ~taken
    farthest = FARTHEST * 72 / (strip.second - strip.first) * len(shows)
    for first, last, column in look.runs(mask):
        shown = np.flatnonzero(np.concatenate([[True], shows[:, round(column) - look.first], [True]]))
        if int(np.diff(shown).max()) - 1 <= farthest and _quiet(look, column, last - first, dpi):
            piece = ((column + 0.5) * 72 / dpi, strip.first, strip.second)
            yield _Loose(
                piece, _contacts(ink, round(column), strip, dpi), _has_neighbour(look, column, last - first, taken, dpi), inside
            )


def _beside(look: _Look, column: float, width: int, side: int, reach: float, dpi: float) -> npt.NDArray[np.bool_]:
    """The stretches in which there is paper on one side of a place, up to so many inches from it."""
    at, clear = round(column) - look.first, max(3, round(CLEAR * dpi), width // 2 + 2)
    first, last = sorted((at + side * clear, at + side * max(clear, round(reach * dpi))))
    part = look.paper[:, max(0, first) : max(0, last + 1)]
    return np.asarray(part.all(1)) if part.size else np.ones(len(look.paper), np.bool_)


def _quiet(look: _Look, column: float, width: int, dpi: float) -> bool:
    """Whether one side of a place is paper nearly all the way."""
    return any(_beside(look, column, width, side, GUTTER, dpi).mean() >= QUIET for side in (-1, 1))


def _has_neighbour(look: _Look, column: float, width: int, taken: npt.NDArray[np.bool_], dpi: float) -> bool:
    """Whether there is ink on either side of a place, before the next ruling."""
    at, clear = round(column) - look.first, max(3, round(CLEAR * dpi), width // 2 + 2)
    inked, reach = (~look.paper).any(0) & ~taken, round(NEIGHBOUR * dpi)
    before, behind = inked[max(0, at - reach) : max(0, at - clear)], inked[at + clear + 1 : at + reach]
    walls = taken[max(0, at - reach) : max(0, at - clear)], taken[at + clear + 1 : at + reach]
    first = int(np.flatnonzero(walls[0])[-1]) if walls[0].any() else 0
    last = int(np.flatnonzero(walls[1])[0]) if walls[1].any() else len(behind)
    return bool(before[first:].any() or behind[:last].any())


def _far_places(ink: Pixels, strip: Strip, known: Sequence[float], dpi: float) -> list[float]:
    """Where rulings cross a strip that is too high for one look, in points: in line in each of its parts."""
    scale, high = dpi / 72, strip.second - strip.first
    parts = math.ceil(high / (HIGHEST * 72))
    reached: list[list[float]] = []
    for n in range(parts):
        first, second = strip.first + high * n / parts, strip.first + high * (n + 1) / parts
        look = _look(ink, strip._replace(first=first, second=second), known, dpi)
        if look is None:
            return []
        shows, ground = look.shows, float(np.median(look.wide.mean(0)))
        mask = (shows.mean(0) >= SHARE) & (look.wide.mean(0) > ground + look.least)
        mask &= (n > 0) | shows[0]
        mask &= (n < parts - 1) | shows[-1]
        mask[_around(known, look.first, shows.shape[1], KNOWN * 72, scale)] = False
        here = [(column + 0.5) / scale for _, _, column in look.runs(mask)]
        if n == 0:
            reached = [[at] for at in here]
        else:
            near = [(line, min(here, key=lambda at: abs(at - line[-1]), default=math.inf)) for line in reached]
            reached = [[*line, at] for line, at in near if abs(at - line[-1]) <= DRIFT]
    return [sum(line) / len(line) for line in reached]


def _around(places: Sequence[float], first: int, width: int, reach: float, scale: float) -> npt.NDArray[np.bool_]:
    """The columns of a strip that lie within `reach` points of any of the places (points)."""
    near = np.zeros(width, np.bool_)
    for at in places:
        near[max(0, round((at - reach) * scale) - first) : max(0, round((at + reach) * scale) - first + 1)] = True
    return near


def _look(ink: Pixels, strip: Strip, known: Sequence[float], dpi: float) -> _Look | None:
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
    least = max(MEAN, MEAN_NOISE * whole_texture, ALIKE * _strength(wide, around))
    return _Look(x0, peaks, wide, shows, paper, least, thick)


def _contacts(ink: Pixels, column: int, strip: Strip, dpi: float) -> int:
    """At how many of its ends a ruling's ink does not fade from the ruling that it begins at."""
    smooth = _along(ink, column, strip, dpi)
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
    return _begins(ink, round(at * dpi / 72), Strip(at, at, first, second), dpi)


def stands_free(ink: Pixels, at: float, first: float, second: float, dpi: float) -> bool:
    """Whether there is next to no other ink on one side of upright ink between two rulings; all as in `reaches`."""
    scale, clear, gutter = dpi / 72, max(3, round(CLEAR * dpi)), round(GUTTER * dpi)
    rows, column = slice(round(first * scale) + clear, round(second * scale) - clear + 1), round(at * scale)
    own = ink[rows, max(0, column - 1) : column + 2]
    if not own.size:
        return True
    least = FAINT * float(own.max(1).mean())
    sides = ink[rows, max(0, column - gutter) : max(0, column - clear + 1)], ink[rows, column + clear : column + gutter + 1]
    return any(not side.size or float((side.max(1) < least).mean()) >= QUIET for side in sides)


def is_inked(ink: Pixels, at: float, first: float, second: float, dpi: float) -> bool:
    """Whether there is any upright ruling's ink between two rulings, in more than one place; all as in `reaches`."""
    along = _along(ink, round(at * dpi / 72), Strip(at, at, first, second), dpi)
    rim = max(2, round(CONTACT * dpi))
    inner, ends = along[rim:-rim], (along[:rim].max(initial=0), along[-rim:].max(initial=0))
    return bool(inner.size) and float((inner > UNBROKEN * min(ends)).mean()) >= INKED


def _begins(ink: Pixels, column: int, strip: Strip, dpi: float) -> bool:
    """Whether the ink along a column begins at both rulings of a strip."""
    smooth = _along(ink, column, strip, dpi)
    quarter, end = len(smooth) // 4, max(2, round(CONTACT * dpi))
    if not quarter:
        return False
    inner = smooth[quarter:-quarter]
    usual, fades = np.quantile(inner, (0.5, 0.1))
    least = UNBROKEN * usual
    if np.count_nonzero(np.diff((inner < least).astype(np.int8)) > 0) >= DOTS // 2:
        least = min(least, ALIKE_ENDS * fades)
    return bool(min(smooth[:end].min(), smooth[-end:].min()) >= least)


def _along(ink: Pixels, column: int, strip: Strip, dpi: float) -> npt.NDArray[Any]:
    """The ink along a column of a strip, from ruling to ruling, a little smoothed."""
    first, second = round(strip.first * dpi / 72), round(strip.second * dpi / 72)
    along = ink[first : second + 1, max(0, column - 1) : column + 2].max(1).astype(np.float32)
    return np.convolve(along, np.full(3, 1 / 3), "valid")


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
