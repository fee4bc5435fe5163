"""How a page lies: its skew and, where it was photographed, its perspective.

In: a gray page. Out: the homography that lays it straight, told by the long straight edges on it (rulings, the paper's own
edges) and, where there are too few, by its lines of text.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gov_extract.readers.scan.pixels import Pixels

LOOK = 100.0
"""Dots per inch at which a page is looked at here."""
LONG = 0.45
"""Inches from which a straight piece is no stroke of a character."""
STEEPEST = 12.0
"""Degrees by which a page may lie askew; what is steeper is another quarter turn."""
ENOUGH = 3.0
"""Inches of straight pieces in one direction that tell how the page lies."""
PARALLEL = 0.004
"""Difference of slopes between two opposite edges of a page up to which they are parallel."""
ASTRAY = 0.012
"""Difference from its neighbours' slope at which a straight piece is left out."""
FINEST = 0.0008
"""Slope that is left as it is: one pixel on the length of a page."""

_Matrix = npt.NDArray[np.float64]


class Lie(NamedTuple):
    """How a page lies: slope of its level lines at its middle and its change from top to bottom, and the same of its upright
    lines (leaning right when going down) from left to right."""

    level: float
    level_change: float
    upright: float
    upright_change: float


def lie_of(gray: Pixels, dpi: float) -> Lie:
    """How the page lies."""
    import cv2

    scale = min(1.0, LOOK / dpi)
    small = gray
    if scale < 1:
        small = np.asarray(cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    height, width = small.shape
    found = cv2.createLineSegmentDetector().detect(small)[0]
    pieces = np.empty((0, 4)) if found is None else np.asarray(found, np.float64).reshape(-1, 4)  # type: ignore[redundant-expr]
    dx, dy = pieces[:, 2] - pieces[:, 0], pieces[:, 3] - pieces[:, 1]
    length = np.hypot(dx, dy)
    middle_x, middle_y = (pieces[:, 0] + pieces[:, 2]) / 2, (pieces[:, 1] + pieces[:, 3]) / 2
    long = length >= LONG * dpi * scale
    steepest = math.tan(math.radians(STEEPEST))
    flat = long & (np.abs(dy) <= steepest * np.abs(dx))
    steep = long & (np.abs(dx) <= steepest * np.abs(dy))
    wanted = ENOUGH * dpi * scale
    if length[flat].sum() >= wanted:
        level, change = _fitted(dy[flat] / dx[flat], middle_y[flat] / height - 0.5, length[flat])
    else:
        level, change = _slope_of_text(small), 0.0
    upright, leaning = -level, 0.0
    if length[steep].sum() >= wanted:
        upright, leaning = _fitted(dx[steep] / dy[steep], middle_x[steep] / width - 0.5, length[steep])
        if abs(upright + level) > 5 * ASTRAY:  # edges of something else
            upright, leaning = -level, 0.0
    return Lie(level, change, upright, leaning)


def _fitted(
    slope: npt.NDArray[np.float64], place: npt.NDArray[np.float64], weight: npt.NDArray[np.float64]
) -> tuple[float, float]:
    """The slope at the middle of the page and its change over it, by the pieces that agree with each other."""
    order = np.argsort(slope)
    reached = np.cumsum(weight[order])
    middle, change = float(slope[order][np.searchsorted(reached, reached[-1] / 2)]), 0.0
    for reach in (4 * ASTRAY, 2 * ASTRAY, ASTRAY):
        near = np.abs(slope - middle - change * place) <= reach
        if near.sum() < 2:
            break
        spread = place[near].max() - place[near].min()
        root = np.sqrt(weight[near])
        if spread < 0.3:  # all at one end of the page: they cannot tell how the other lies
            middle, change = float(np.average(slope[near], weights=weight[near])), 0.0
            continue
        terms = np.stack([np.ones(near.sum()), place[near]], 1) * root[:, None]
        (middle, change), *_ = np.linalg.lstsq(terms, slope[near] * root, rcond=None)
    return float(middle), float(change)


def _slope_of_text(small: Pixels) -> float:
    """The slope at which the ink of lines of text, summed along them, stands out most from the gaps between them."""
    import cv2

    ink = (255 - cv2.resize(small, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)).astype(np.float32)
    ink[ink < 60] = 0
    height, width = ink.shape
    columns = np.arange(width) - width / 2

    def contrast(slope: float) -> float:
        moved = cv2.warpAffine(ink, np.array([[1, 0, 0], [-slope, 1, slope * width / 2]], np.float64), (width, height))
        sums = moved.sum(1)
        return float(np.square(np.diff(sums)).sum())

    if not ink.any() or not len(columns):
        return 0.0
    best, step = 0.0, math.tan(math.radians(STEEPEST / 2)) / 12
    reach = 12
    for _ in range(3):
        best = max((best + k * step for k in range(-reach, reach + 1)), key=contrast)
        step, reach = step / 6, 6
    return best


def is_straight(lie: Lie) -> bool:
    """Whether the page lies as it should."""
    return abs(lie.level) <= FINEST and abs(lie.upright) <= FINEST and not _is_seen_aside(lie)


def _is_seen_aside(lie: Lie) -> bool:
    return (
        abs(lie.level_change) > PARALLEL or abs(lie.upright_change) > PARALLEL or abs(lie.level + lie.upright) > 1.5 * PARALLEL
    )


def straightening(lie: Lie, width: int, height: int) -> _Matrix:
    """The homography from the page's pixels to those of the straight page, of the same size."""
    import cv2

    if is_straight(lie):
        return np.eye(3)
    if not _is_seen_aside(lie):
        turn = math.degrees(math.atan((lie.level - lie.upright) / 2))
        return np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.0), [0, 0, 1]])
    corners, straight = [], []
    for across in (-0.4, 0.4):
        for down in (-0.4, 0.4):
            x, y = width * (0.5 + across), height * (0.5 + down)
            level = lie.level + lie.level_change * down
            upright = lie.upright + lie.upright_change * across
            # Where the level line through (middle, y) meets the upright one through (x, middle).
            dx, dy = x - width / 2, y - height / 2
            at_x = (dx + upright * dy) / (1 - level * upright)
            corners.append((width / 2 + at_x, y + level * at_x))
            straight.append((x, y))
    return np.asarray(cv2.getPerspectiveTransform(np.array(corners, np.float32), np.array(straight, np.float32)), np.float64)


def laid_straight(gray: Pixels, scale: float, lie: Lie) -> Pixels:
    """The page straight and at its working resolution, in one step."""
    import cv2

    height, width = gray.shape
    matrix = straightening(lie, width, height)
    if scale == 1 and np.array_equal(matrix, np.eye(3)):
        return gray
    size = round(width * scale), round(height * scale)
    if np.array_equal(matrix, np.eye(3)):
        by = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
        return np.asarray(cv2.resize(gray, size, interpolation=by))
    if scale < 1:
        small = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)
        return laid_straight(small, 1.0, lie)
    matrix = np.diag([scale, scale, 1.0]) @ matrix
    return np.asarray(
        cv2.warpPerspective(gray, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=255)
    )
