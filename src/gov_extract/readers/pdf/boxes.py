"""Boxes and matrices in page space.

In: points, boxes (left, bottom, right, top) and matrices as the engine gives them. Out: the same, moved, joined, cut.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gov_extract.readers.pdf.pdfium import Matrix, Point, Quad


def multiply(inner: Matrix, outer: Matrix) -> Matrix:
    """The matrix that applies `inner` first and `outer` to its result."""
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def all_multiplied(inner: npt.NDArray[np.float64], outer: Matrix) -> npt.NDArray[np.float64]:
    """The same of many matrices (shape n × 6)."""
    return np.stack(multiply(inner.T, outer), axis=1)  # type: ignore[arg-type]


def common(first: Quad | None, second: Quad) -> Quad | None:
    """What two boxes have in common, None where they are apart."""
    if first is None:
        return None
    left, bottom = max(first[0], second[0]), max(first[1], second[1])
    right, top = min(first[2], second[2]), min(first[3], second[3])
    return (left, bottom, right, top) if left <= right and bottom <= top else None


def around(points: list[Point]) -> Quad:
    """The box around points."""
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def all_moved(points: list[Point], to_page: Matrix) -> list[Point]:
    """Points of a space, moved out of it by its matrix."""
    a, b, c, d, e, f = to_page
    return [(a * x + c * y + e, b * x + d * y + f) for x, y in points]


def moved_point(point: Point, space: Matrix) -> Point:
    """A point of a space, moved out of it by its matrix."""
    return all_moved([point], space)[0]


def keeps_square(to_page: Matrix) -> bool:
    """Whether a matrix makes upright boxes of upright boxes: it slants nothing and turns by quarters only."""
    a, b, c, d, _, _ = to_page
    return b == 0 == c or a == 0 == d


def keep_square(matrices: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """The same of many matrices (shape n × 6)."""
    a, b, c, d = (matrices[:, :4] == 0).T
    square: npt.NDArray[np.bool_] = (b & c) | (a & d)
    return square


def moved(box: Quad, space: Matrix) -> Quad:
    """The box around a box of a space, moved out of it by its matrix."""
    x0, y0, x1, y1 = box
    a, b, c, d, e, f = space
    if b == 0 == c:
        left, bottom, right, top = a * x0 + e, d * y0 + f, a * x1 + e, d * y1 + f
    elif a == 0 == d:
        left, bottom, right, top = c * y0 + e, b * x0 + f, c * y1 + e, b * x1 + f
    else:
        return around(all_moved([(x0, y0), (x1, y0), (x0, y1), (x1, y1)], space))
    if left > right:
        left, right = right, left
    return (left, bottom, right, top) if bottom <= top else (left, top, right, bottom)


def around_corners(
    corners: npt.NDArray[np.float64], matrices: npt.NDArray[np.float64], counts: Sequence[int]
) -> npt.NDArray[np.float64]:
    """The boxes (shape n × 4) with these opposite corners (shape n × 2 × 2). Of the boxes the first count is moved
    by the first matrix, the next by the next."""
    a, b, c, d, e, f = np.repeat(matrices, counts, axis=0).T[:, :, None]
    x, y = corners[:, :, 0], corners[:, :, 1]
    xs, ys = (a * x + c * y + e).T, (b * x + d * y + f).T
    return np.stack([extreme(*side) for extreme in (np.minimum, np.maximum) for side in (xs, ys)], axis=1)


def boxes_moved(boxes: npt.NDArray[np.float64], space: Matrix) -> npt.NDArray[np.float64]:
    """Boxes (shape n × 4) of a space, each moved as `moved` does."""
    a, b, c, d, e, f = space
    if not keeps_square(space):
        return np.array([moved(box, space) for box in map(tuple, boxes.tolist())])
    x0, y0, x1, y1 = boxes.T
    xs, ys = ((a * x0, a * x1), (d * y0, d * y1)) if b == 0 == c else ((c * y0, c * y1), (b * x0, b * x1))
    xs, ys = (xs[0] + e, xs[1] + e), (ys[0] + f, ys[1] + f)
    return np.stack([np.minimum(*xs), np.minimum(*ys), np.maximum(*xs), np.maximum(*ys)], axis=1)


def sides_of(boxes: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Width and height of boxes (shape n × 4)."""
    return boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]


def short_and_long(boxes: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The shorter and the longer side of boxes (shape n × 4)."""
    width, height = sides_of(boxes)
    return np.minimum(width, height), np.maximum(width, height)
