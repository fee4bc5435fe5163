"""Path objects → thin boxes that may be rules, and larger fills.

In: a PathObject's data and the matrix that moves its space to the page. Out: boxes added to the page's marks, sorted as those
of a PDF's paths are (points, y upwards).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

from gov_extract.readers.pdf.boxes import all_moved, around, common
from gov_extract.readers.pdf.marks import (
    BOX_SEGMENTS,
    CLIP_SLACK,
    MAX_SEGMENTS,
    STOUT,
    Marks,
    Windows,
    add_filled,
    add_stroked,
    clip_fill,
    clip_stroke,
    filled_boxes,
    window,
)
from gov_extract.readers.pdf.pdfium import Matrix, Point, Quad
from gov_extract.readers.pdf.strokes import STRAIGHT, THIN

_TOKENS = re.compile(r"[A-Za-z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_VALUES = {"M": 2, "S": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}
_ARC_STEPS = 12
"""Straight pieces that stand for an arc: as many as tell it from a rule."""
GLYPH = (3.0, 40.0)
"""Points of height between which a filled outline may be a character."""


MAX_OUTLINES = 20_000
"""Such outlines of a page that are kept."""


class Shapes:
    """What the paths of a page leave besides `marks`: the boxes of `outlines`, fills of the size and make of characters."""

    def __init__(self, marks: Marks) -> None:
        self.marks = marks
        self.outlines: list[Quad] = []
        self.segments = MAX_SEGMENTS
        self.complete = True


def outlines_of(data: str, most: int) -> tuple[list[list[Point]], int]:
    """The subpaths of abbreviated data as corner points (of curves also what bends them), and how many segments were read,
    `most` at most."""
    found: list[list[Point]] = []
    points: list[Point] = []
    operator, values = "", list[float]()
    count = 0
    for token in _TOKENS.findall(data):
        if token[0].isalpha():
            operator, values = token.upper(), []
            if operator == "C" and points:
                if points[0] != points[-1]:
                    points.append(points[0])
                points = [points[0]]  # behind its close a subpath goes on where it began
            continue
        values.append(float(token))
        if not _VALUES.get(operator) or len(values) < _VALUES[operator]:
            continue
        count += 1
        if count > most:
            return found, count
        ends = list(zip(values[0::2], values[1::2], strict=True)) if operator != "A" else arc(points[-1:], values)
        if operator in "MS" or not points:
            points = ends[-1:]
            found.append(points)
        else:
            if len(points) == 1 and (not found or found[-1] is not points):
                found.append(points)
            points.extend(ends)
        values = []
    return [points for points in found if len(points) > 1], count


def arc(start: Sequence[Point], values: Sequence[float]) -> list[Point]:
    """Points of an elliptic arc: radii, turn in degrees, whether the larger one, whether clockwise, and where it ends."""
    rx, ry, turn, large, sweep, x, y = values
    rx, ry = abs(rx), abs(ry)
    end = (x, y)
    if not start or not rx or not ry or start[0] == end:
        return [end]
    (x0, y0), phi = start[0], math.radians(turn)
    cos, sin = math.cos(phi), math.sin(phi)
    dx, dy = (x0 - x) / 2, (y0 - y) / 2
    px, py = cos * dx + sin * dy, cos * dy - sin * dx
    reach = (px / rx) ** 2 + (py / ry) ** 2
    if not math.isfinite(reach) or not reach:
        return [end]
    if reach > 1:
        rx, ry, reach = rx * math.sqrt(reach), ry * math.sqrt(reach), 1.0
    far = math.sqrt(1 / reach - 1) * (-1 if bool(large) == bool(sweep) else 1)
    cx, cy = far * rx * py / ry, -far * ry * px / rx
    first, last = math.atan2((py - cy) / ry, (px - cx) / rx), math.atan2((-py - cy) / ry, (-px - cx) / rx)
    way = (last - first) % (2 * math.pi)
    if not sweep:
        way -= 2 * math.pi
    points = []
    for k in range(1, _ARC_STEPS):
        angle = first + way * k / _ARC_STEPS
        ex, ey = rx * math.cos(angle) + cx, ry * math.sin(angle) + cy
        points.append((cos * ex - sin * ey + (x0 + x) / 2, sin * ex + cos * ey + (y0 + y) / 2))
    return [*points, end]


def draw_path(
    data: str, space: Matrix, modes: tuple[bool, bool], pen: float, windows: Windows, bounds: Quad | None, shapes: Shapes
) -> None:
    """Add what a path draws.

    Parameters
    ----------
    data
        The abbreviated data.
    space
        From the path's space to the page's.
    modes
        Whether it is filled and whether it is stroked.
    pen
        Points of the stroke's thickness.
    windows
        What it is seen through, as in a PDF.
    bounds
        The box that the object says it keeps to, and is cut at.
    """
    fill, stroke = modes
    subpaths, count = outlines_of(data, shapes.segments)
    if count > shapes.segments:
        shapes.complete = False
    shapes.segments = max(0, shapes.segments - count)
    outlines = [all_moved(points, space) for points in subpaths]
    if not outlines or not (fill or stroke):
        return
    box = around([point for points in outlines for point in points])
    if not all(map(math.isfinite, box)):
        return
    if bounds and not _within(box, bounds):
        windows = [*windows, [bounds]]
    if fill and not stroke:
        _note_outlines(outlines, windows, shapes)
    if stroke and pen >= STOUT and not fill:
        for points in outlines:
            _stripes(points, pen, windows, shapes.marks)
        return
    width, height = box[2] - box[0], box[3] - box[1]
    marks, pen = shapes.marks, min(pen, THIN) if stroke else 0.0
    thin = THIN if stroke else STOUT
    segments = sum(len(points) for points in outlines)
    if width + pen < thin or height + pen < thin:
        if (width < thin and height < thin) or stroke or segments <= BOX_SEGMENTS:
            box = (box[0] - pen / 2, box[1] - pen / 2, box[2] + pen / 2, box[3] + pen / 2)
            add_filled(clip_stroke(box, windows) if windows else box, marks)
            return
    elif windows and not stroke:
        seen = common(box, window(windows))
        if seen is None:
            return
        if seen[2] - seen[0] < STOUT or seen[3] - seen[1] < STOUT:
            add_filled(seen, marks)
            return
    if not stroke and segments <= BOX_SEGMENTS:
        _fill([box], windows, marks)
        return
    if stroke:
        for points in outlines:
            add_stroked(points, windows, marks)
    if fill:
        _fill(filled_boxes(outlines), windows, marks, background_only=stroke)


def _note_outlines(outlines: Sequence[Sequence[Point]], windows: Windows, shapes: Shapes) -> None:
    """Keep the shapes that may be characters drawn as outlines: of their size, with curves or slants."""
    for points in outlines:
        if len(points) <= BOX_SEGMENTS or len(shapes.outlines) >= MAX_OUTLINES:
            continue
        box = around(list(points))
        width, height = box[2] - box[0], box[3] - box[1]
        slanted = any(abs(a[0] - b[0]) > STRAIGHT and abs(a[1] - b[1]) > STRAIGHT for a, b in pairwise(points))
        if slanted and GLYPH[0] <= height <= GLYPH[1] and width <= GLYPH[1] and (not windows or common(box, window(windows))):
            shapes.outlines.append(box)


def _within(box: Quad, bounds: Quad) -> bool:
    """Whether a path keeps to its object's bounds, but for what its pen or rounding reaches beyond."""
    return (
        box[0] >= bounds[0] - CLIP_SLACK
        and box[1] >= bounds[1] - CLIP_SLACK
        and box[2] <= bounds[2] + CLIP_SLACK
        and box[3] <= bounds[3] + CLIP_SLACK
    )


def _fill(boxes: Sequence[Quad], windows: Windows, marks: Marks, *, background_only: bool = False) -> None:
    for box in boxes:
        for piece in clip_fill(box, windows) if windows else (box,):
            add_filled(piece, marks, background_only=background_only)


def _stripes(points: Sequence[Point], pen: float, windows: Windows, marks: Marks) -> None:
    """What a stroke leaves that is thicker than a rule: a box along each of its straight pieces."""
    for (x0, y0), (x1, y1) in pairwise(points):
        if abs(x0 - x1) <= STRAIGHT or abs(y0 - y1) <= STRAIGHT:
            level = abs(y0 - y1) <= STRAIGHT
            dx, dy = (0.0, pen / 2) if level else (pen / 2, 0.0)
            _fill([(min(x0, x1) - dx, min(y0, y1) - dy, max(x0, x1) + dx, max(y0, y1) + dy)], windows, marks)
