"""What a page draws besides text: thin boxes that may be rules, larger fills, pictures, and the text objects that leave no ink.

In: a page handle. Out: `Marks` in page space (points, y upwards). One walk over the page's objects, into forms, with the
matrices multiplied; every count is capped, since a hostile or exported drawing can hold millions of objects.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from itertools import accumulate, compress, pairwise, repeat
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gov_extract.readers.pdf import pdfium
from gov_extract.readers.pdf.boxes import (
    IDENTITY,
    all_moved,
    around,
    around_fours,
    common,
    keeps_square,
    moved,
    multiply,
    short_and_long,
)
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
MANY = 500
"""Paths of a page from which its dots are told from all boxes at once, not one by one."""
MAX_CLIP_PATHS = 16
MAX_CLIP_SEGMENTS = 2_000
MAX_OPENINGS = 64
MAX_SPACES = 8
EVERYWHERE: Quad = (-1e9, -1e9, 1e9, 1e9)


class Marks(NamedTuple):
    """Boxes are left, bottom, right, top, one behind the other. `dots` are the small squares of dotted borders; `spaces` the
    matrices, other than the identity, of the forms that were entered."""

    rules: array[float]
    dots: array[float]
    fills: array[float]
    hidden: set[int]
    pictures: array[float]
    complete: bool
    spaces: set[Matrix]


class _Budget:
    """What is left of the page's caps; shared by all levels of the walk."""

    __slots__ = ("ahead", "complete", "objects", "segments")

    def __init__(self) -> None:
        self.objects = MAX_OBJECTS
        self.segments = self.ahead = MAX_SEGMENTS
        self.complete = True

    def look_ahead(self, count: int) -> bool:
        """Whether so many segments may be read before it is known which of their paths are seen."""
        self.ahead -= count
        return self.ahead >= 0

    def take_objects(self, count: int) -> int:
        taken = max(0, min(count, self.objects))
        self.objects -= taken
        self.complete &= taken == max(count, 0)
        return taken

    def take_segments(self, count: int) -> int:
        taken = count if 0 <= count <= self.segments else max(0, min(count, self.segments))
        self.segments -= taken
        self.complete &= taken == max(count, 0)
        return taken


def page_marks(page: int) -> Marks:
    """Walk over a page's objects."""
    marks = Marks(array("d"), array("d"), array("d"), set(), array("d"), True, set())
    budget = _Budget()
    count = budget.take_objects(pdfium.count_objects(page))
    _walk(list(map(pdfium.get_object, repeat(page), range(count))), IDENTITY, None, 0, marks, budget)
    return marks._replace(complete=budget.complete)


def _walk(objects: list[int | None], space: Matrix, outer: Quad | None, depth: int, marks: Marks, budget: _Budget) -> None:
    kinds = list(map(pdfium.object_type, objects))
    used = set(kinds)

    def of_kind(wanted: int) -> list[int]:
        found = zip(objects, kinds, strict=True) if wanted in used else ()
        return [page_object for page_object, kind in found if page_object and kind == wanted]

    draw_paths(of_kind(pdfium.OBJECT_PATH), space, outer, marks, budget)
    marks.hidden.update(hidden_text(of_kind(pdfium.OBJECT_TEXT), space, outer))
    for picture in of_kind(pdfium.OBJECT_IMAGE):
        marks.pictures.extend(moved(pdfium.bounds(picture), space))
    for form in of_kind(pdfium.OBJECT_FORM):
        enter_form(form, space, outer, depth, marks, budget)


def draw_paths(paths: list[int], space: Matrix, outer: Quad | None, marks: Marks, budget: _Budget) -> None:
    """Sort what paths draw. What is asked of each is asked in bulk: dotted borders are tens of thousands of paths."""
    sides, (fills, strokes) = pdfium.all_bounds(paths), pdfium.draw_modes(paths)
    clips = list(map(pdfium.get_clip, paths))
    clip_counts = list(map(pdfium.clip_count, clips))
    if len(paths) >= MANY and outer is None and space is IDENTITY:
        rest = take_dots(sides, fills, strokes, clip_counts, marks)
        sides = array("f", np.frombuffer(sides, np.float32).reshape(-1, 4)[rest].tobytes())
        paths, clips, clip_counts, fills, strokes = (  # type: ignore[assignment]
            list(compress(values, rest)) for values in (paths, clips, clip_counts, fills, strokes)
        )
    side = iter(sides)
    boxes: list[Quad] = list(zip(side, side, side, side, strict=True))
    if space is not IDENTITY:
        boxes = [moved(box, space) for box in boxes]
    modes = list(zip(fills, strokes, strict=True))
    sizes = large_fills(paths, boxes, modes)
    dashes = dashed_fills(sizes, space, budget)
    for path, box, (fill, stroke), clip, count in zip(paths, boxes, modes, clips, clip_counts, strict=True):
        if not fill and not stroke:
            continue
        windows: Windows = clip_windows_of(clip, count, space) if clip and count > 0 else ()
        if outer is not None:
            windows = ([outer], *windows)
        segments = sizes.get(path, 0)
        if stroke or windows or segments > BOX_SEGMENTS:
            _path(path, box, (fill, stroke), dashes.get(path), space, windows, marks, budget)
            continue
        if segments and not (box[2] - box[0] < STOUT or box[3] - box[1] < STOUT):
            budget.take_segments(segments)
        _add_filled(box, marks)


def take_dots(
    sides: array[float], fills: array[int], strokes: array[int], clip_counts: Sequence[int], marks: Marks
) -> npt.NDArray[np.bool_]:
    """Put the dots among plain fills without a clip where they belong; returns which other paths there are."""
    boxes = np.frombuffer(sides, np.float32).astype(np.float64).reshape(-1, 4)
    short, long = short_and_long(boxes)
    plain = (np.frombuffer(fills, np.int32) != 0) & (np.frombuffer(strokes, np.int32) == 0) & (np.array(clip_counts) <= 0)
    dots = plain & (short >= 0) & (long > 0) & (long < STOUT) & (long < OBLONG * np.maximum(short, 0.5))
    marks.dots.frombytes(boxes[dots].tobytes())
    rest: npt.NDArray[np.bool_] = ~dots
    return rest


def large_fills(paths: Sequence[int], boxes: Sequence[Quad], modes: Sequence[tuple[int, int]]) -> dict[int, int]:
    """The fills without a stroke that are no dots, with their numbers of segments."""
    large = [
        path
        for path, box, (fill, stroke) in zip(paths, boxes, modes, strict=True)
        if fill and not stroke and not (box[2] - box[0] < STOUT and box[3] - box[1] < STOUT)
    ]
    return dict(zip(large, map(pdfium.count_segments, large), strict=True))


class Dashes(NamedTuple):
    """The boxes that a fill is made of, in page space; `thin` where each is a piece of a line."""

    boxes: npt.NDArray[np.float64]
    thin: bool


def dashed_fills(sizes: Mapping[int, int], space: Matrix, budget: _Budget) -> dict[int, Dashes]:
    """Of the fills that are many boxes (dashed borders) these boxes; of none where the page has more segments than the cap.
    `sizes` holds fills and their numbers of segments."""
    many = {path: count for path, count in sizes.items() if count > BOX_SEGMENTS and count % 4 == 0}
    spaces = {path: multiply(pdfium.matrix(path), space) for path in many}
    counts = {path: count for path, count in many.items() if keeps_square(spaces[path])}
    if not counts or not budget.look_ahead(sum(counts.values())):
        return {}
    corners, whole = pdfium.quadrangles(counts)
    fours = [count // 4 for count in counts.values()]
    if len(corners) != sum(fours):
        return {}
    around_each = around_fours(corners, [spaces[path] for path in counts], fours)
    short, long = short_and_long(around_each)
    oblong = (short >= 0) & (short < STOUT) & (long > 0) & ((long >= STOUT) | (long >= OBLONG * np.maximum(short, 0.5)))
    thin, four = oblong.tolist(), whole.tolist()
    return {
        path: Dashes(around_each[start:end], all(thin[start:end]))
        for path, (start, end) in zip(counts, pairwise(accumulate(fours, initial=0)), strict=True)
        if all(four[start:end])
    }


def enter_form(form: int, space: Matrix, outer: Quad | None, depth: int, marks: Marks, budget: _Budget) -> None:
    """Recurse into a form: tables are often drawn inside one."""
    if depth >= MAX_DEPTH:
        budget.complete = False
        return
    count = budget.take_objects(pdfium.form_count(form))
    inside = multiply(pdfium.matrix(form), space)
    if inside == IDENTITY:
        inside = IDENTITY
    elif len(marks.spaces) < MAX_SPACES:
        marks.spaces.add(inside)
    windows = _object_windows(form, space, outer)
    limits = _window(windows) if windows else None
    _walk(list(map(pdfium.form_object, repeat(form), range(count))), inside, limits, depth + 1, marks, budget)


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


def _path(
    path: int,
    box: Quad,
    modes: tuple[int, int],
    dashes: Dashes | None,
    space: Matrix,
    windows: Windows,
    marks: Marks,
    budget: _Budget,
) -> None:
    fill, stroke = modes
    thin = THIN if stroke else STOUT
    width, height = box[2] - box[0], box[3] - box[1]
    if width < thin or height < thin:
        if (width < thin and height < thin) or stroke or pdfium.count_segments(path) <= BOX_SEGMENTS:
            _add_filled(clip_stroke(box, windows) if windows else box, marks)
            return
    elif windows and not stroke:
        seen = common(box, _window(windows))
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
    if dashes and 4 * len(dashes.boxes) == count:
        if dashes.thin and len(dashes.boxes) > 2 and not windows:
            marks.rules.frombytes(dashes.boxes.tobytes())
            return
        for filled in framed([*map(tuple, dashes.boxes.tolist())]):
            for piece in clip_fill(filled, windows) if windows else (filled,):
                _add_filled(piece, marks)
        return
    to_page = pdfium.matrix(path)
    if space is not IDENTITY:
        to_page = multiply(to_page, space)
    outlines = pdfium.subpaths(path, count)
    if to_page != IDENTITY:
        outlines = [all_moved(points, to_page) for points in outlines]
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
        marks.fills.extend(box)
    elif not (short >= 0 and long > 0) or background_only:
        return
    elif long >= STOUT or long >= OBLONG * max(short, 0.5):
        marks.rules.extend(box)
    else:
        marks.dots.extend(box)


def _add_stroked(points: list[Point], windows: Windows, marks: Marks) -> None:
    for (x0, y0), (x1, y1) in pairwise(points):
        if abs(x0 - x1) <= STRAIGHT or abs(y0 - y1) <= STRAIGHT:
            line = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
            piece = clip_stroke(line, windows) if windows else line
            if piece is not None and max(piece[2] - piece[0], piece[3] - piece[1]) >= THIN:
                marks.rules.extend(piece)


def _filled_boxes(outlines: list[list[Point]]) -> list[Quad]:
    """The boxes that a fill covers: each level rectangle among its outlines; a frame drawn as one box within another
    gives its four sides."""
    boxes = []
    for points in outlines:
        if len(points) > 5 and not all(
            abs(a[0] - b[0]) <= STRAIGHT or abs(a[1] - b[1]) <= STRAIGHT for a, b in pairwise(points)
        ):
            round_dot = around(points)
            if max(round_dot[2] - round_dot[0], round_dot[3] - round_dot[1]) < STOUT:
                boxes.append(round_dot)
            continue
        if len(points) >= 3:
            boxes.append(around(points))
    return framed(boxes)


def framed(boxes: list[Quad]) -> list[Quad]:
    """The boxes that a path fills; of a frame its sides."""
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
        seen = [common(piece, opening) for piece in pieces for opening in openings[:MAX_OPENINGS]]
        pieces = [piece for piece in seen if piece is not None][:MAX_OPENINGS]
    return pieces


def clip_stroke(box: Quad, windows: Windows) -> Quad | None:
    """What is seen of a stroke through the box around its clips."""
    clip = _window(windows)
    slack = (clip[0] - CLIP_SLACK, clip[1] - CLIP_SLACK, clip[2] + CLIP_SLACK, clip[3] + CLIP_SLACK)
    return common(box, slack)


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
