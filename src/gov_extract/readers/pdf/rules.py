"""From thin boxes to rules: level and upright lines that a table can be built from.

In: thin boxes and dots on the upright page (points, top-down). Out: `Rules`, every line once: pieces, dots and dashes of one
line joined, double lines made one.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gov_extract.document import record
from gov_extract.readers.pdf.pdfium import Quad

TOUCH = 3.0
"""Points by which rules may miss each other and still meet (Word and WPS stop borders up to half a border short)."""
DOUBLE = 3.0
"""Points between two parallel rules that make a double border; no row or column with text is so narrow."""
THICKEST = 9.0
"""Points that one rule, or a bundle of parallel ones, may take up."""
DASH = 12.0
"""Points of the longest piece that counts as a dash."""
MOST_SHORT = 5.0
"""Points by which a dashed line is made longer at most, so that it adds no row or column of its own."""
DASH_GAP = 9.5
"""Points of the widest gap between dashes; rows as low as that, with a rule missing, have no room for text of 8 points."""
FEWEST = 4
"""Dots or dashes in a row that make a rule."""
LEVEL = 0.7
"""Points by which dots or dashes of one line may be out of line."""


class Rule(NamedTuple):
    """A line at `at` (y of a level, x of an upright one) from `start` to `end`."""

    at: float
    start: float
    end: float


class Rules(NamedTuple):
    """`level` and `upright` lines, sorted; `thin` are the level ones as they were drawn."""

    level: list[Rule]
    upright: list[Rule]
    thin: list[Quad]


_Piece = tuple[float, float, float, float]
"""Across from, across to, along from, along to."""
_Values = npt.NDArray[np.float64]
Sides = tuple[_Values, _Values, _Values, _Values]
"""Of many boxes x0, top, x1, bottom; or of many pieces their four values."""


def page_rules(boxes: Sides, dots: Sides | None) -> Rules:
    """Join the thin boxes and dots of an upright page to rules."""
    x0, top, x1, bottom = boxes
    dotted = merge_dots(dots) if dots is not None else []
    if dotted:
        x0, top, x1, bottom = map(np.append, boxes, zip(*dotted, strict=True))
    flat = x1 - x0 >= bottom - top
    across, down = (top[flat], bottom[flat], x0[flat], x1[flat]), (x0[~flat], x1[~flat], top[~flat], bottom[~flat])
    runs = _runs(across), _runs(down)
    # A row that a page break tore low has two dashes of each upright rule and no longer one: they are as long as level ones.
    longest = max(found.longest for found in runs)
    flat_pieces = merge_dashes(across, runs[0], longest)
    level = _pieces_of(flat_pieces)
    upright = _pieces_of(merge_dashes(down, runs[1], longest))
    top, bottom, x0, x1 = flat_pieces
    long = x1 - x0 >= TOUCH
    thin = _pieces_of((x0[long], top[long], x1[long], bottom[long]))
    return Rules(_joined(level), _joined(upright), thin)


def _pieces_of(sides: Sides) -> list[_Piece]:
    return list(zip(*(side.tolist() for side in sides), strict=True))


def merge_dots(dots: Sides) -> list[Quad]:
    """Rules from the squares of dotted borders, in both directions: Chromium draws a dotted table as 14,000 squares."""
    x0, top, x1, bottom = dots
    if len(x0) < FEWEST:
        return []
    size = np.maximum(x1 - x0, bottom - top)
    level = [(start, low, end, high) for low, high, start, end in _dotted((top, bottom, x0, x1), size)]
    return level + [(low, start, high, end) for low, high, start, end in _dotted((x0, x1, top, bottom), size)]


def _dotted(pieces: Sequence[_Values], size: _Values) -> list[_Piece]:
    """The lines of one direction that dots make, as pieces. The arrays, of a value for each dot, are those of a `_Piece`."""
    order = np.argsort(pieces[0] + pieces[1], kind="stable")
    line = _line_numbers((pieces[0] + pieces[1])[order] / 2)
    many = np.bincount(line)[line] >= FEWEST
    order, line = order[many], line[many]
    if not len(order):
        return []
    order = order[np.lexsort((pieces[2][order], line))]
    low, high, start, end = (side[order] for side in pieces)
    firsts, counts = np.unique(line, return_index=True, return_counts=True)[1:]
    middling = np.repeat(size[order][np.lexsort((size[order], line))][firsts + counts // 2], counts)
    reached = _reached(end, line)
    cut = np.ones(len(end), bool)
    cut[1:] = (line[1:] != line[:-1]) | (start[1:] - reached[:-1] > np.maximum(2.0, 1.6 * middling[1:]))
    firsts = np.flatnonzero(cut)
    lasts = np.append(firsts[1:], len(end)) - 1
    enough = (lasts - firsts + 1 >= FEWEST) & (end[lasts] - start[firsts] >= 3 * middling[firsts])
    sides = np.minimum.reduceat(low, firsts), np.maximum.reduceat(high, firsts), start[firsts], end[lasts]
    return list(zip(*(side[enough].tolist() for side in sides), strict=True))


def _reached(end: _Values, line: npt.NDArray[np.int64]) -> _Values:
    """The farthest end so far on each line, piece by piece: ends as ranks, raised line by line."""
    ranked = np.sort(end)
    return ranked[np.maximum.accumulate(np.searchsorted(ranked, end) + line * len(end)) - line * len(end)]


def _line_numbers(middles: _Values) -> npt.NDArray[np.int64]:
    """For sorted places the number of the line on which each lies; a line begins more than `LEVEL` after the last began."""
    values, counts = np.unique(middles, return_counts=True)
    numbers, number, last = [], -1, -math.inf
    for value in values.tolist():
        if value - last > LEVEL:
            number, last = number + 1, value
        numbers.append(number)
    return np.repeat(np.array(numbers, np.int64), counts)


class _Runs(NamedTuple):
    """Short pieces that stand in lines with small gaps: their numbers run by run, the run of each, and of each run what it is.

    `dashed` are the runs that are dashed lines whatever else is on the page, `longest` the longest dash of these.
    """

    order: npt.NDArray[np.int64]
    run: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    firsts: npt.NDArray[np.int64]
    gap: _Values
    dashed: npt.NDArray[np.bool_]
    longest: float


_NONE = np.empty(0, np.int64)
_NO_RUNS = _Runs(_NONE, _NONE, _NONE, _NONE, np.empty(0), np.empty(0, np.bool_), 0.0)


def _runs(pieces: Sides) -> _Runs:
    """The short pieces of one direction. The gaps within a run need not be even: Chromium begins anew with every cell."""
    short = np.flatnonzero(pieces[3] - pieces[2] <= DASH)
    if not len(short):
        return _NO_RUNS
    middles = (pieces[0] + pieces[1])[short] / 2
    by_middle = np.argsort(middles, kind="stable")
    line = _line_numbers(middles[by_middle])
    order = short[by_middle]
    order = order[np.lexsort((pieces[2][order], line))]
    start, end = pieces[2][order], pieces[3][order]
    gap = np.full(len(start), -np.inf)
    gap[1:] = start[1:] - end[:-1]
    cut = np.ones(len(start), bool)
    cut[1:] = (line[1:] != line[:-1]) | (start[1:] - _reached(end, line)[:-1] > DASH_GAP)
    gap[cut] = -np.inf
    firsts, run = np.flatnonzero(cut), np.cumsum(cut) - 1
    counts = np.bincount(run)
    length = end - start
    reach = np.minimum(DASH_GAP, np.maximum(2.0, 2.5 * length[np.lexsort((length, run))][firsts + counts // 2]))
    dashed = (counts >= FEWEST) & (np.maximum.reduceat(gap, firsts) <= reach)
    return _Runs(order, run, counts, firsts, gap, dashed, float(length[dashed[run]].max(initial=0.0)))


def merge_dashes(pieces: Sides, runs: _Runs, longest: float) -> Sides:
    """Pieces that stand in a line with small gaps become one. The arrays, of a value for each piece, are those of a `_Piece`;
    `longest` is the longest dash of the page."""
    order, run, counts, firsts, gap, dashed, _ = runs
    if not longest:
        return pieces
    low, high, start, end = (side[order] for side in pieces)
    # Between the rules of a low row there is room for two or three dashes: they are known by those of longer lines.
    if len(firsts):
        dashed = dashed | ((counts > 1) & (np.maximum.reduceat(end - start, firsts) <= longest + LEVEL))
    if not dashed.any():
        return pieces
    # Longer at both ends by what a dashed line may stop short of its corner: one gap.
    usual = gap[np.lexsort((gap, run))][firsts + np.minimum(1 + (counts - 1) // 2, counts - 1)]
    more = np.maximum(0.0, np.minimum(usual, MOST_SHORT) - TOUCH / 2)
    whole = (
        np.minimum.reduceat(low, firsts),
        np.maximum.reduceat(high, firsts),
        start[firsts] - more,
        np.maximum.reduceat(end, firsts) + more,
    )
    apart = ~dashed[run]
    long = pieces[3] - pieces[2] > DASH
    order = np.argsort(np.append(run[apart], np.flatnonzero(dashed)), kind="stable")
    x0, x1, y0, y1 = (
        np.append(side[long], np.append(old[apart], new[dashed])[order])
        for side, old, new in zip(pieces, (low, high, start, end), whole, strict=True)
    )
    return x0, x1, y0, y1


def _joined(pieces: Sequence[_Piece]) -> list[Rule]:
    rules: list[Rule] = []
    level: dict[tuple[float, float], list[tuple[float, float]]] = defaultdict(list)
    for low, high, start, end in pieces:
        level[low, high].append((start, end))
    for bundle in join_parallel(level):
        at = (bundle[0][0] + max([high for _, high in bundle])) / 2
        spans = sorted([span for across in bundle for span in level[across]])
        start, end = spans[0]
        for begins, ends in spans:
            if begins <= end + TOUCH:
                if ends > end:
                    end = ends
                continue
            if end - start >= TOUCH:
                rules.append(record(Rule, (at, start, end)))
            start, end = begins, ends
        if end - start >= TOUCH:
            rules.append(record(Rule, (at, start, end)))
    return rules


def join_parallel(places: Collection[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """Pieces that lie side by side within `DOUBLE` are one line: the two strokes of a double border, and the borders that
    neighbouring cells draw each for itself. `places` are where pieces lie, across from and across to; those of each line are
    sorted."""
    bundles: list[list[tuple[float, float]]] = []
    first = last = 0.0
    for low, high in sorted(places):
        if not bundles or low - last > DOUBLE or high - first > THICKEST:
            bundles.append([])
            first, last = low, high
        bundles[-1].append((low, high))
        if high > last:
            last = high
    return bundles
