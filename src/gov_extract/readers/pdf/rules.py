"""From thin boxes to rules: level and upright lines that a table can be built from.

In: thin boxes and dots on the upright page (points, top-down). Out: `Rules`, every line once: pieces, dots and dashes of one
line joined, double lines made one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

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
"""Of many boxes x0, top, x1, bottom."""


def page_rules(boxes: Iterable[Quad], dots: Sides | None) -> Rules:
    """Join the thin boxes and dots of an upright page to rules."""
    drawn = [*boxes, *merge_dots(dots)] if dots is not None else list(boxes)
    level = [(t, b, x0, x1) for x0, t, x1, b in drawn if x1 - x0 >= b - t]
    upright = [(x0, x1, t, b) for x0, t, x1, b in drawn if x1 - x0 < b - t]
    level, upright = merge_dashes(level), merge_dashes(upright)
    thin = [(x0, t, x1, b) for t, b, x0, x1 in level if x1 - x0 >= TOUCH]
    return Rules(_joined(level), _joined(upright), thin)


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
    # The farthest end so far on each line: ends as ranks, raised line by line.
    ranked = np.sort(end)
    reached = ranked[np.maximum.accumulate(np.searchsorted(ranked, end) + line * len(end)) - line * len(end)]
    cut = np.ones(len(end), bool)
    cut[1:] = (line[1:] != line[:-1]) | (start[1:] - reached[:-1] > np.maximum(2.0, 1.6 * middling[1:]))
    firsts = np.flatnonzero(cut)
    lasts = np.append(firsts[1:], len(end)) - 1
    enough = (lasts - firsts + 1 >= FEWEST) & (end[lasts] - start[firsts] >= 3 * middling[firsts])
    sides = np.minimum.reduceat(low, firsts), np.maximum.reduceat(high, firsts), start[firsts], end[lasts]
    return list(zip(*(side[enough].tolist() for side in sides), strict=True))


def _line_numbers(middles: _Values) -> npt.NDArray[np.int64]:
    """For sorted places the number of the line on which each lies; a line begins more than `LEVEL` after the last began."""
    values, counts = np.unique(middles, return_counts=True)
    numbers, number, last = [], -1, -math.inf
    for value in values.tolist():
        if value - last > LEVEL:
            number, last = number + 1, value
        numbers.append(number)
    return np.repeat(np.array(numbers, np.int64), counts)


def merge_dashes(pieces: list[_Piece]) -> list[_Piece]:
    """Pieces that stand in a line with small gaps become one."""
    short = [piece for piece in pieces if piece[3] - piece[2] <= DASH]
    if len(short) < FEWEST:
        return pieces
    rows = [row for line in _lines_of(short) for row in _rows(line, DASH_GAP)]
    dashed = [is_dashed(row) for row in rows]
    # Between the rules of a low row there is room for two or three dashes: they are known by those of longer lines.
    longest = max((p[3] - p[2] for row, dashes in zip(rows, dashed, strict=True) if dashes for p in row), default=0.0)
    joined: list[_Piece] = []
    for row, dashes in zip(rows, dashed, strict=True):
        alike = len(row) > 1 and all(p[3] - p[2] <= longest + LEVEL for p in row)
        joined.extend([_whole(row)] if dashes or alike else row)
    return [piece for piece in pieces if piece[3] - piece[2] > DASH] + joined


def is_dashed(row: Sequence[_Piece]) -> bool:
    """Whether pieces of one line are its dashes. Their gaps need not be even: Chromium begins anew with every cell."""
    length = sorted(p[3] - p[2] for p in row)[len(row) // 2]
    reach = min(DASH_GAP, max(2.0, 2.5 * length))
    return len(row) >= FEWEST and all(b[2] - a[3] <= reach for a, b in pairwise(row))


def _whole(row: Sequence[_Piece]) -> _Piece:
    """The pieces as one, longer at both ends by what a dashed line may stop short of its corner: one gap."""
    gaps = sorted(b[2] - a[3] for a, b in pairwise(row))
    reach = max(0.0, min(gaps[len(gaps) // 2], MOST_SHORT) - TOUCH / 2)
    return min(p[0] for p in row), max(p[1] for p in row), row[0][2] - reach, max(p[3] for p in row) + reach


def _lines_of(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """Pieces grouped by where they lie across, each group in order along."""
    lines: list[list[_Piece]] = []
    last = None
    for piece in sorted(pieces, key=lambda p: p[0] + p[1]):
        middle = (piece[0] + piece[1]) / 2
        if last is None or middle - last > LEVEL:
            lines.append([])
            last = middle
        lines[-1].append(piece)
    for line in lines:
        line.sort(key=lambda p: p[2])
    return lines


def _rows(line: Sequence[_Piece], reach: float) -> list[list[_Piece]]:
    """A line's pieces cut where the gap is wider than `reach`."""
    rows = [[line[0]]]
    end = line[0][3]
    for piece in line[1:]:
        if piece[2] - end > reach:
            rows.append([])
        rows[-1].append(piece)
        if piece[3] > end:
            end = piece[3]
    return rows


def _joined(pieces: Sequence[_Piece]) -> list[Rule]:
    rules: list[Rule] = []
    for bundle in join_parallel(pieces):
        at = (min(p[0] for p in bundle) + max(p[1] for p in bundle)) / 2
        start, end = None, 0.0
        for piece in sorted(bundle, key=lambda p: p[2]):
            if start is not None and piece[2] <= end + TOUCH:
                if piece[3] > end:
                    end = piece[3]
                continue
            if start is not None:
                rules.append(Rule(at, start, end))
            start, end = piece[2], piece[3]
        if start is not None:
            rules.append(Rule(at, start, end))
    return [rule for rule in rules if rule.end - rule.start >= TOUCH]


def join_parallel(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """Pieces that lie side by side within `DOUBLE` are one line: the two strokes of a double border, and the borders that
    neighbouring cells draw each for itself."""
    bundles: list[list[_Piece]] = []
    first = last = 0.0
    for piece in sorted(pieces):
        if not bundles or piece[0] - last > DOUBLE or piece[1] - first > THICKEST:
            bundles.append([])
            first, last = piece[0], piece[1]
        bundles[-1].append(piece)
        if piece[1] > last:
            last = piece[1]
    return bundles
