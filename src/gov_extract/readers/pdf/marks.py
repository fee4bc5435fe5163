"""What a page draws besides text: thin boxes that may be rules, larger fills, pictures, and the text objects that leave no ink.

In: a page handle. Out: `Marks` in page space (points, y upwards). One walk over the page's objects, into forms, with the
matrices multiplied; every count is capped, since a hostile or exported drawing can hold millions of objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, repeat
from typing import NamedTuple

from gov_extract.readers.pdf import pdfium
from gov_extract.readers.pdf.pdfium import Matrix, Point, Quad

THIN = 3.0
"""Points under which a stroked path is one line: its bounds include the pen (the thickest usual border is 2.25)."""
STOUT = 6.0
"""Points under which a filled box is a piece of a border and no background: nothing of 7 points fits inside. CSS borders of
6 pixels are 4.5 points thick."""
OBLONG = 2.0
"""Length, in thicknesses, from which such a box is a piece of a line; shorter ones are dots."""
STRAIGHT = 0.35
"""Points by which a stroke may lean and still be level or upright."""
CLIP_SLACK = 1.0
"""Points that a stroke may lie outside its clip: borders run along the edge of the clip around their table."""
MAX_OBJECTS = 60_000
"""Objects of a page that are looked at. Dotted borders, the costliest that was seen, draw 14,000 on a page."""
MAX_SEGMENTS = 200_000
"""Path segments of a page that are looked at (a map or a signature drawn as outlines can hold millions)."""
MAX_DEPTH = 8
"""Forms within forms. Producers nest two or three."""
BOX_SEGMENTS = 5
"""Segments of a path up to which a fill is taken as the box around it: a rectangle, or a border with mitred ends."""
MAX_CLIP_PATHS = 16
MAX_CLIP_SEGMENTS = 2_000
MAX_OPENINGS = 64
MAX_SPACES = 8
EVERYWHERE: Quad = (-1e9, -1e9, 1e9, 1e9)

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Marks(NamedTuple):
    """Boxes are left, bottom, right, top. `dots` are the small squares of dotted borders, in the order drawn; `spaces` the
    matrices, other than the identity, of the forms that were entered."""

    rules: list[Quad]
    dots: list[Quad]
    fills: list[Quad]
    hidden: set[int]
    pictures: int
    complete: bool
    spaces: set[Matrix]


class _Budget:
    """What is left of the page's caps; shared by all levels of the walk."""

    __slots__ = ("complete", "objects", "segments")

    def __init__(self) -> None:
        self.objects = MAX_OBJECTS
        self.segments = MAX_SEGMENTS
        self.complete = True

    def take_objects(self, count: int) -> int:
        taken = max(0, min(count, self.objects))
        self.objects -= taken
        self.complete &= taken == max(count, 0)
        return taken

    def take_segments(self, count: int) -> int:
        taken = max(0, min(count, self.segments))
        self.segments -= taken
        self.complete &= taken == max(count, 0)
        return taken


def page_marks(page: int) -> Marks:
    """Walk over a page's objects."""
    marks = Marks([], [], [], set(), 0, True, set())
    budget = _Budget()
    count = budget.take_objects(pdfium.count_objects(page))
    pictures = _walk(list(map(pdfium.get_object, repeat(page), range(count))), IDENTITY, None, 0, marks, budget)
    return marks._replace(pictures=pictures, complete=budget.complete)


def _walk(objects: list[int | None], space: Matrix, outer: Quad | None, depth: int, marks: Marks, budget: _Budget) -> int:
    by_kind: dict[int, list[int]] = {}
    for page_object, kind in zip(objects, map(pdfium.object_type, objects), strict=True):
        if page_object:
            by_kind.setdefault(kind, []).append(page_object)
    paths, texts = by_kind.get(pdfium.OBJECT_PATH, []), by_kind.get(pdfium.OBJECT_TEXT, [])
    clips = list(map(pdfium.get_clip, paths))
    for path, clip, count in zip(paths, clips, map(pdfium.clip_count, clips), strict=True):
        windows = clip_windows_of(clip, count, space) if clip and count > 0 else ()
        _path(path, space, windows if outer is None else ([outer], *windows), marks, budget)
    marks.hidden.update(hidden_text(texts, space, outer))
    pictures = len(by_kind.get(pdfium.OBJECT_IMAGE, ()))
    for form in by_kind.get(pdfium.OBJECT_FORM, ()):
        pictures += enter_form(form, space, outer, depth, marks, budget)
    return pictures


def enter_form(form: int, space: Matrix, outer: Quad | None, depth: int, marks: Marks, budget: _Budget) -> int:
    """Recurse into a form: tables are often drawn inside one. Returns the number of pictures in it."""
    if depth >= MAX_DEPTH:
        budget.complete = False
        return 0
    count = budget.take_objects(pdfium.form_count(form))
    inside = multiply(pdfium.matrix(form), space)
    if inside == IDENTITY:
        inside = IDENTITY
    elif len(marks.spaces) < MAX_SPACES:
        marks.spaces.add(inside)
    windows = _object_windows(form, space, outer)
    limits = _window(windows) if windows else None
    return _walk(list(map(pdfium.form_object, repeat(form), range(count))), inside, limits, depth + 1, marks, budget)


def multiply(inner: Matrix, outer: Matrix) -> Matrix:
    """The matrix that applies `inner` first and `outer` to its result."""
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def hidden_text(texts: list[int], space: Matrix, outer: Quad | None) -> list[int]:
    """The text objects that leave no ink: invisible render modes (the text layer of a scan) or clipped away."""
    hidden = [t for t, mode in zip(texts, map(pdfium.render_mode, texts), strict=True) if mode in pdfium.INVISIBLE_MODES]
    for text, clips in zip(texts, map(pdfium.clip_count, map(pdfium.get_clip, texts)), strict=True):
        if (clips > 0 or outer is not None) and clipped_away(text, space, outer):
            hidden.append(text)
    return hidden


def clipped_away(text: int, space: Matrix, outer: Quad | None) -> bool:
    """Whether a text object lies wholly outside its clip."""
    box = moved(pdfium.bounds(text), space)
    windows = _object_windows(text, space, outer)
    if not windows:
        return False
    clip = _window(windows)
    return box[2] <= clip[0] or box[0] >= clip[2] or box[3] <= clip[1] or box[1] >= clip[3]


Windows = Sequence[Sequence[Quad]]
"""For each path of an object's clip the boxes around its subpaths: what is seen lies in one of each."""


def _path(path: int, space: Matrix, windows: Windows, marks: Marks, budget: _Budget) -> None:
    fill, stroke = pdfium.path_modes(path)
    if not fill and not stroke:
        return
    box = pdfium.bounds(path)
    if space is not IDENTITY:
        box = moved(box, space)
    thin = THIN if stroke else STOUT
    if box[2] - box[0] < thin or box[3] - box[1] < thin:
        if max(box[2] - box[0], box[3] - box[1]) < thin or stroke or pdfium.count_segments(path) <= BOX_SEGMENTS:
            _add_filled(clip_stroke(box, windows) if windows else box, marks)
            return
    elif windows and not stroke:
        seen = _common(box, _window(windows))
        if seen is None:
            return
        if seen[2] - seen[0] < STOUT or seen[3] - seen[1] < STOUT:
            _add_filled(seen, marks)
            return
    count = budget.take_segments(pdfium.count_segments(path))
    if not stroke and count <= BOX_SEGMENTS:
        for piece in clip_fill(box, windows) if windows else (box,):
            _add_filled(piece, marks)
        return
    to_page = pdfium.matrix(path)
    if space is not IDENTITY:
        to_page = multiply(to_page, space)
    outlines = pdfium.subpaths(path, count)
    if to_page != IDENTITY:
        outlines = [_points(points, to_page) for points in outlines]
    if stroke:
        for points in outlines:
            _add_stroked(points, windows, marks)
    if fill:
        for filled in _filled_boxes(outlines):
            for piece in clip_fill(filled, windows) if windows else (filled,):
                _add_filled(piece, marks, background_only=bool(stroke))


def _add_filled(box: Quad | None, marks: Marks, background_only: bool = False) -> None:
    if box is None:
        return
    width, height = box[2] - box[0], box[3] - box[1]
    short, long = (width, height) if width < height else (height, width)
    if short >= STOUT:
        marks.fills.append(box)
    elif not (short >= 0 and long > 0) or background_only:
        return
    elif long >= STOUT or long >= OBLONG * max(short, 0.5):
        marks.rules.append(box)
    else:
        marks.dots.append(box)


def _add_stroked(points: list[Point], windows: Windows, marks: Marks) -> None:
    for (x0, y0), (x1, y1) in pairwise(points):
        if abs(x0 - x1) <= STRAIGHT or abs(y0 - y1) <= STRAIGHT:
            line = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
            piece = clip_stroke(line, windows) if windows else line
            if piece is not None and max(piece[2] - piece[0], piece[3] - piece[1]) >= THIN:
                marks.rules.append(piece)


def _filled_boxes(outlines: list[list[Point]]) -> list[Quad]:
    """The boxes that a fill covers: each level rectangle among its outlines; a frame drawn as one box within another
    gives its four sides."""
    boxes = []
    for points in outlines:
        if len(points) > 5 and not all(
            abs(a[0] - b[0]) <= STRAIGHT or abs(a[1] - b[1]) <= STRAIGHT for a, b in pairwise(points)
        ):
            round_dot = _around(points)
            if max(round_dot[2] - round_dot[0], round_dot[3] - round_dot[1]) < STOUT:
                boxes.append(round_dot)
            continue
        if len(points) >= 3:
            boxes.append(_around(points))
    if len(boxes) == 2:
        sides = frame_sides(boxes[0], boxes[1]) or frame_sides(boxes[1], boxes[0])
        if sides:
            return sides
    return boxes


def frame_sides(outer: Quad, inner: Quad) -> list[Quad]:
    """The four sides of a frame drawn as a box within a box, or nothing where the second is not inside the first."""
    left, bottom, right, top = outer
    x0, y0, x1, y1 = inner
    widths = (x0 - left, y0 - bottom, right - x1, top - y1)
    if min(widths) < -STRAIGHT or max(widths) > STOUT or x1 - x0 < THIN or y1 - y0 < THIN:
        return []
    sides = [(left, bottom, x0, top), (left, bottom, right, y0), (x1, bottom, right, top), (left, y1, right, top)]
    return [side for side, width in zip(sides, widths, strict=True) if width > 0.01]


def clip_fill(box: Quad, windows: Windows) -> list[Quad]:
    """What is seen of a fill through its clips. WeasyPrint draws a border as a big fill behind a thin clip, or behind a
    clip that is a frame."""
    pieces = [box]
    for openings in windows:
        if len(openings) == 2:
            openings = frame_sides(openings[0], openings[1]) or frame_sides(openings[1], openings[0]) or openings
        seen = [_common(piece, opening) for piece in pieces for opening in openings[:MAX_OPENINGS]]
        pieces = [piece for piece in seen if piece is not None][:MAX_OPENINGS]
    return pieces


def clip_stroke(box: Quad, windows: Windows) -> Quad | None:
    """What is seen of a stroke through the box around its clips."""
    clip = _window(windows)
    slack = (clip[0] - CLIP_SLACK, clip[1] - CLIP_SLACK, clip[2] + CLIP_SLACK, clip[3] + CLIP_SLACK)
    return _common(box, slack)


def clip_windows_of(clip: int, count: int, space: Matrix) -> list[list[Quad]]:
    """The openings of an object's clips in page space: everything that is drawn is seen through them."""
    windows = [pdfium.clip_windows(clip, index, MAX_CLIP_SEGMENTS) for index in range(min(count, MAX_CLIP_PATHS))]
    windows = [openings for openings in windows if openings]
    if space is IDENTITY:
        return windows
    return [[moved(opening, space) for opening in openings] for openings in windows]


def _window(windows: Windows) -> Quad:
    """The box common to the boxes around all paths of a clip; empty boxes have no size."""
    left, bottom, right, top = EVERYWHERE
    for openings in windows:
        if len(openings) == 1:
            x0, y0, x1, y1 = openings[0]
            left, bottom, right, top = max(left, x0), max(bottom, y0), min(right, x1), min(top, y1)
            continue
        left, bottom = max(left, min(o[0] for o in openings)), max(bottom, min(o[1] for o in openings))
        right, top = min(right, max(o[2] for o in openings)), min(top, max(o[3] for o in openings))
    return left, bottom, right, top


def _object_windows(page_object: int, space: Matrix, outer: Quad | None) -> list[list[Quad]]:
    clip = pdfium.get_clip(page_object)
    windows = clip_windows_of(clip, pdfium.clip_count(clip), space) if clip else []
    return windows if outer is None else [[outer], *windows]


def _common(first: Quad | None, second: Quad) -> Quad | None:
    if first is None:
        return None
    left, bottom = max(first[0], second[0]), max(first[1], second[1])
    right, top = min(first[2], second[2]), min(first[3], second[3])
    return (left, bottom, right, top) if left <= right and bottom <= top else None


def _around(points: list[Point]) -> Quad:
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return min(xs), min(ys), max(xs), max(ys)


def _points(points: list[Point], to_page: Matrix) -> list[Point]:
    a, b, c, d, e, f = to_page
    return [(a * x + c * y + e, b * x + d * y + f) for x, y in points]


def moved_point(point: Point, space: Matrix) -> Point:
    """A point of a form on the page."""
    return _points([point], space)[0]


def moved(box: Quad, space: Matrix) -> Quad:
    """The box around a box of a form on the page."""
    x0, y0, x1, y1 = box
    a, b, c, d, e, f = space
    if b == 0 == c and a > 0 and d > 0:
        return a * x0 + e, d * y0 + f, a * x1 + e, d * y1 + f
    return _around(_points([(x0, y0), (x1, y0), (x0, y1), (x1, y1)], space))
