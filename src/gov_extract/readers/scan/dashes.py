"""Dashed rulings drawn through: short thin strokes in line, at even distances, become one.

In: a straight page's ink. Out: the same ink with the gaps of dashed rulings filled, level and upright ones. What fine dots and
worn places leave open is bridged later (`gov_extract.readers.scan.rulings`); dashes are farther apart than the strokes of
characters, so that only their evenness tells them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gov_extract.readers.scan.pixels import Pixels

INK = 45
"""Ink (255 is black) from which a pixel may be part of a dash."""
SHORTEST, LONGEST = 0.02, 0.25
"""Inches of a dash's length."""
THICKEST, STROKE = 0.035, 0.024
"""Inches of the height of a dash with what blur adds, and of its ink, spread over its length."""
OBLONG = 1.5
"""Length of a dash, in its height, at least."""
FARTHEST = 0.3
"""Inches of a gap, at most."""
WIDE = 1.6
"""Gap between dashes, in their length, at most."""
ASIDE = 0.012
"""Inches by which the next dash may lie higher or lower."""
FEWEST, SPAN = 6, 0.5
"""Dashes and inches of a dashed ruling, at least."""
LEAST, TWICE, SLACK, MOST = 0.5, 2.4, 0.015, 0.8
"""How long a dash is, in the usual length, at least and at most (two meet at a crossing ruling), inches by which a gap may be
longer than where two dashes are missing, and the share of dashes and gaps of which that is true."""
BETWEEN = 0.8
"""Share of gaps with a crossing ruling from which the strokes are figures (1), one in each row of a table."""
CROSSING, BRIDGED, PALE = 0.6, 0.06, 20
"""Inches of a crossing ruling, at least, of a gap between its own dashes, and its ink (255 is black), however faint."""


class Dash(NamedTuple):
    """A short thin stroke: from where to where it goes, and its middle across, in pixels; how thick it is, and how dark."""

    start: int
    end: int
    at: float
    thick: int
    ink: int


def drawn_through(ink: Pixels, dpi: float) -> Pixels:
    """The ink with the gaps of dashed rulings filled; the ink itself where there are none."""
    level, upright = _filled(ink, dpi), _filled(np.ascontiguousarray(ink.T), dpi)
    return np.maximum(level, upright.T)


def _filled(ink: Pixels, dpi: float) -> Pixels:
    """The ink with its level dashed rulings drawn through."""
    import cv2

    rulings = [chain for chain in _chains(_dashes_in(ink, dpi), dpi) if _is_even(chain, dpi)]
    if not rulings:
        return ink
    crossing = _crossing(ink, dpi)
    drawn = ink.copy()
    for chain in rulings:
        if _stands_between(chain, crossing):
            continue
        dark, thick = (
            round(float(np.median([d.ink for d in chain]))),
            max(1, round(float(np.median([d.thick for d in chain]))) - 1),
        )
        points = [(d.start, d.at) for d in chain] + [(chain[-1].end, chain[-1].at)]
        line = np.zeros_like(ink[_band(chain, thick, ink.shape[0])])
        top = _band(chain, thick, ink.shape[0]).start
        places = np.array([_carried(chain, ink, -1), *points, _carried(chain, ink, 1)])
        cv2.polylines(line, [np.round(places - (0, top)).astype(np.int32)], isClosed=False, color=dark, thickness=thick)
        part = drawn[top : top + line.shape[0]]
        np.maximum(part, line, out=part)
    return drawn


def _band(chain: Sequence[Dash], thick: int, rows: int) -> slice:
    """The rows of pixels that a ruling lies in."""
    heights = [dash.at for dash in chain]
    return slice(max(0, int(min(heights)) - thick - 1), min(rows, int(max(heights)) + thick + 2))


def _dashes_in(ink: Pixels, dpi: float) -> list[Dash]:
    import cv2

    _, _, stats, centres = cv2.connectedComponentsWithStats((ink > INK).astype(np.uint8), connectivity=8)
    x, y, w, h, area = stats[1:].T
    fits = (w >= SHORTEST * dpi) & (w <= LONGEST * dpi) & (h <= max(2, THICKEST * dpi)) & (w >= OBLONG * h)
    fits &= area <= max(1.5, STROKE * dpi) * w
    found = []
    for n in np.flatnonzero(fits).tolist():
        core = ink[y[n] : y[n] + h[n], x[n] : x[n] + w[n]].max(0)
        thick = max(1, round(float(area[n]) / float(w[n])))
        found.append(Dash(int(x[n]), int(x[n] + w[n]), float(centres[n + 1][1]), thick, int(np.median(core))))
    return found


def _chains(dashes: Sequence[Dash], dpi: float) -> list[list[Dash]]:
    """Dashes that follow each other in line, many enough and over a way long enough."""
    aside, farthest = max(1.5, ASIDE * dpi), FARTHEST * dpi
    open_: dict[int, list[list[Dash]]] = {}
    chains: list[list[Dash]] = []
    for dash in sorted(dashes):
        row = round(dash.at)
        near = [
            chain
            for key in range(row - round(aside) - 1, row + round(aside) + 2)
            for chain in open_.get(key, ())
            if abs(chain[-1].at - dash.at) <= aside and 0 < dash.start - chain[-1].end <= farthest
        ]
        if near:
            chain = min(near, key=lambda one: dash.start - one[-1].end)
            open_[round(chain[-1].at)].remove(chain)
            chain.append(dash)
        else:
            chain = [dash]
            chains.append(chain)
        open_.setdefault(row, []).append(chain)
    parts = [part for chain in chains if len(chain) >= FEWEST for part in _parted(chain, dpi)]
    return [part for part in parts if len(part) >= FEWEST and part[-1].end - part[0].start >= SPAN * dpi]


def _parted(chain: Sequence[Dash], dpi: float) -> list[list[Dash]]:
    """A chain parted where more than two dashes are missing: a merged cell lies between."""
    gap = float(np.median([b.start - a.end for a, b in pairwise(chain)]))
    length = float(np.median([dash.end - dash.start for dash in chain]))
    parts = [[chain[0]]]
    for before, dash in pairwise(chain):
        if dash.start - before.end > 2 * (gap + length) + SLACK * dpi:
            parts.append([])
        parts[-1].append(dash)
    return parts


def _is_even(chain: Sequence[Dash], dpi: float) -> bool:
    """Whether strokes are dashes of one ruling: of one length, with gaps of one length that is not much longer."""
    lengths = np.array([dash.end - dash.start for dash in chain], float)
    gaps = np.array([b.start - a.end for a, b in pairwise(chain)], float)
    length, gap = float(np.median(lengths)), float(np.median(gaps))
    same = ((lengths >= LEAST * length) & (lengths <= TWICE * length)).mean()
    # Where another ruling or a letter touches a dash, that one is missing, or the two that meet there.
    even = (gaps <= 2 * (gap + length) + SLACK * dpi).mean()
    return bool(gap <= WIDE * length and same >= MOST and even >= MOST)


def _crossing(ink: Pixels, dpi: float) -> npt.NDArray[np.bool_]:
    """The pixels of long upright ink, pale and dashed too."""
    import cv2

    mask = cv2.dilate((ink > PALE).astype(np.uint8), np.ones((1, 2), np.uint8))
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((round(BRIDGED * dpi), 1), np.uint8))
    return np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((round(CROSSING * dpi), 1), np.uint8))).astype(bool)


def _stands_between(chain: Sequence[Dash], crossing: npt.NDArray[np.bool_]) -> bool:
    """Whether a ruling crosses nearly every gap between strokes: figures below each other, one in each row."""
    crossed = sum(bool(crossing[round((a.at + b.at) / 2), a.end : b.start].any()) for a, b in pairwise(chain))
    return crossed >= BETWEEN * (len(chain) - 1)


def _carried(chain: Sequence[Dash], ink: Pixels, way: int) -> tuple[float, float]:
    """Where a ruling ends: at its last dash, or a dash farther where there is ink: a corner that another ruling is part of."""
    last = chain[-1] if way > 0 else chain[0]
    gap = float(np.median([b.start - a.end for a, b in pairwise(chain)]))
    reach = round(gap + (last.end - last.start))
    row = round(last.at)
    first, end = (last.end, last.end + reach) if way > 0 else (last.start - reach, last.start)
    part = ink[max(0, row - 1) : row + 2, max(0, first) : max(0, end)]
    inked = np.flatnonzero((part > INK).any(0)) if part.size else np.array([], int)
    if not inked.size:
        return float(last.end if way > 0 else last.start), last.at
    return float(max(0, first) + (inked.max() if way > 0 else inked.min())), last.at
