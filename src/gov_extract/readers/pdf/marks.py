"""What a page draws besides text: thin boxes that may be rules, larger fills, pictures, and the text objects that leave no ink.

In: a page handle. Out: `Marks` in page space (points, y upwards). One walk over the page's objects, into forms, with the
matrices multiplied; every count is capped, since a hostile or exported drawing can hold millions of objects.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from itertools import accumulate, compress, pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gov_extract.readers.pdf import pdfium
from gov_extract.readers.pdf.boxes import (
    all_moved,
    all_multiplied,
    around,
    around_corners,
    boxes_moved,
    common,
    keep_square,
    moved,
    multiply,
    short_and_long,
    sides_of,
)
from gov_extract.readers.pdf.pdfium import IDENTITY, Handle, Matrix, Point, Quad
from gov_extract.readers.pdf.strokes import STRAIGHT, THIN, Lines, straight_lines

STOUT = 6.0
"""Points under which a filled box is a piece of a border and no background: nothing of 7 points fits inside. CSS borders of
6 pixels are 4.5 points thick."""
OBLONG = 2.0
"""Length, in thicknesses, from which such a box is a piece of a line; shorter ones are dots."""
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
FEW_SEGMENTS = 24
"""Segments of a path up to which they are read before it is known whether the path is seen."""
MAX_CLIP_PATHS = 16
MAX_CLIP_SEGMENTS = 2_000
MAX_OPENINGS = 64
MAX_SPACES = 8
ONLY = [bytes(other == kind for other in range(256)) for kind in range(pdfium.OBJECT_FORM + 1)]
"""For each kind of object the translation of a row of kinds that leaves the places of this one."""
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


class Budget:
    """What is left of the page's caps, and the clips that were read; shared by all levels of the walk."""

    __slots__ = ("ahead", "clips", "complete", "objects", "segments")

    def __init__(self) -> None:
        self.objects = MAX_OBJECTS
        self.segments = self.ahead = MAX_SEGMENTS
        self.complete = True
        self.clips: pdfium.Clips = {}

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
    budget = Budget()
    count = budget.take_objects(pdfium.count_objects(page))
    with np.errstate(invalid="ignore", over="ignore"):  # absurd places make no numbers, and are left out later
        _walk(pdfium.page_objects(page, count), IDENTITY, None, 0, marks, budget)
    return marks._replace(complete=budget.complete)


def _walk(objects: list[int | None], space: Matrix, outer: Quad | None, depth: int, marks: Marks, budget: Budget) -> None:
    known = [page_object for page_object in objects if page_object]
    handles = list(map(pdfium.wrapped, known))
    kinds = bytes(map(pdfium.object_type, handles))

    def of_kind(kind: int, among: Sequence[Handle]) -> list[Handle]:
        return list(compress(among, kinds.translate(ONLY[kind]))) if kind in kinds else []

    draw_paths(of_kind(pdfium.OBJECT_PATH, handles), space, outer, marks, budget)
    texts = of_kind(pdfium.OBJECT_TEXT, handles)
    hidden = hidden_text(texts, space, outer, budget.clips)
    if hidden:
        marks.hidden.update(compress(of_kind(pdfium.OBJECT_TEXT, known), map(hidden.__contains__, texts)))
    for picture in of_kind(pdfium.OBJECT_IMAGE, handles):
        marks.pictures.extend(moved(pdfium.bounds(picture), space))
    for form in of_kind(pdfium.OBJECT_FORM, handles):
        enter_form(form, space, outer, depth, marks, budget)


def draw_paths(paths: list[Handle], space: Matrix, outer: Quad | None, marks: Marks, budget: Budget) -> None:
    """Sort what paths draw. What is asked of each is asked in bulk: dotted borders are tens of thousands of paths.

    Paths that are one box, seen whole, are sorted all at once; the others one by one. Rules and fills keep the order in which
    they are drawn.
    """
    if not paths:
        return
    bounds = pdfium.all_bounds(paths)
    boxes = bounds if space is IDENTITY else boxes_moved(bounds, space)
    fills, strokes = (pdfium.draw_modes(paths) != 0).T
    clips = list(map(pdfium.get_clip, paths))
    clip_counts = list(map(pdfium.clip_count, clips))
    width, height = sides_of(boxes)
    large = fills & ~strokes & ~((width < STOUT) & (height < STOUT))
    sizes = {path: pdfium.count_segments(path) for path in compress(paths, large.tolist())}
    segments = np.zeros(len(paths), np.int64)
    segments[large] = list(sizes.values())
    thin = (width < THIN) | (height < THIN)
    boxed = (strokes & thin) | (fills & ~strokes & (segments <= BOX_SEGMENTS))
    whole = (outer is None) & (np.array(clip_counts) <= 0)
    boxed &= whole
    own = np.flatnonzero(boxed)
    kinds = kinds_of(boxes[own])
    ruled, thick = own[kinds.rules], own[kinds.fills]
    rules: list[Drawn] = [(boxes[ruled], ruled)]
    filled: list[Drawn] = [(boxes[thick], thick)]
    one_by_one = (fills | strokes) & ~boxed
    if one_by_one.any():  # of most pages none
        dashes = dashed_fills(sizes, space, budget)
        outlined = np.flatnonzero(one_by_one & strokes & ~fills & whole)
        lines = _lines([paths[at] for at in outlined.tolist()], space, budget) if len(outlined) else None
        if lines is not None:
            one_by_one[outlined] = False
        # Of clipped fills hardly any is looked into.
        looked_into = one_by_one & (whole | strokes) & (np.minimum(width, height) >= np.where(strokes, THIN, STOUT))
        known = outlines_of([path for path in compress(paths, looked_into.tolist()) if path not in dashes], sizes, budget)
        apart = marks._replace(rules=array("d"), fills=array("d"))
        rules_of: list[int] = []
        fills_of: list[int] = []
        others = np.flatnonzero(one_by_one)
        each = zip(
            others.tolist(), map(tuple, boxes[others].tolist()), fills[others].tolist(), strokes[others].tolist(), strict=True
        )
        for at, box, fill, stroke in each:
            path, clip, count = paths[at], clips[at], clip_counts[at]
            windows: Windows = clip_windows_of(clip, count, space, budget.clips) if clip and count > 0 else ()
            if outer is not None:
                windows = ([outer], *windows)
            if stroke or windows or sizes.get(path, 0) > BOX_SEGMENTS:
                _path(path, box, (fill, stroke), (dashes.get(path), known.get(path)), space, windows, apart, budget)
            else:
                add_filled(box, apart)
            if (more := len(apart.rules) // 4 - len(rules_of)) > 0:
                rules_of += [at] * more
            if (more := len(apart.fills) // 4 - len(fills_of)) > 0:
                fills_of += [at] * more
        rules.append((apart.rules, rules_of))
        filled.append((apart.fills, fills_of))
        if lines is not None:
            rules.append((lines.boxes, outlined[lines.path]))
    budget.take_segments(int(segments[thick].sum()))
    marks.dots.frombytes(boxes[own[kinds.dots]].tobytes())
    marks.rules.frombytes(in_order(rules))
    marks.fills.frombytes(in_order(filled))


def _lines(paths: Sequence[Handle], space: Matrix, budget: Budget) -> Lines | None:
    """The lines of strokes, where the cap allows for all of them."""
    counts = list(map(pdfium.count_segments, paths))
    if min(counts) < 0 or sum(counts) > budget.segments:
        return None
    lines = straight_lines(paths, counts, space)
    if lines is not None:
        budget.take_segments(sum(counts))
    return lines


class Kinds(NamedTuple):
    """Which of some boxes are pieces of lines, dots of dotted lines, and larger than both."""

    rules: npt.NDArray[np.bool_]
    dots: npt.NDArray[np.bool_]
    fills: npt.NDArray[np.bool_]


def kinds_of(boxes: npt.NDArray[np.float64]) -> Kinds:
    """Sort boxes (shape n × 4) as `add_filled` sorts one."""
    short, long = short_and_long(boxes)
    low = (short >= 0) & (short < STOUT) & (long > 0)
    oblong = (long >= STOUT) | (long >= OBLONG * np.maximum(short, 0.5))
    return Kinds(low & oblong, low & ~oblong, short >= STOUT)


Drawn = tuple[npt.ArrayLike, Sequence[int] | npt.NDArray[np.intp]]
"""Boxes, one behind the other, and for each of them the number of the path that draws it."""


def in_order(drawn: Sequence[Drawn]) -> bytes:
    """The boxes of all parts in the order in which they are drawn."""
    parts = [(np.asarray(boxes).reshape(-1, 4), at) for boxes, at in drawn if len(at)]
    if len(parts) == 1:
        return parts[0][0].tobytes()
    if not parts:
        return b""
    order = np.argsort(np.concatenate([at for _, at in parts]), kind="stable")
    return np.concatenate([boxes for boxes, _ in parts])[order].tobytes()


class Dashes(NamedTuple):
    """The boxes that a fill is made of, in page space; `thin` where each is a piece of a line."""

    boxes: npt.NDArray[np.float64]
    thin: bool


def dashed_fills(sizes: Mapping[Handle, int], space: Matrix, budget: Budget) -> dict[Handle, Dashes]:
    """Of the fills that are many boxes (dashed borders) these boxes; of none where the page has more segments than the cap.
    `sizes` holds fills and their numbers of segments."""
    many = {path: count for path, count in sizes.items() if count > BOX_SEGMENTS and count % 4 == 0}
    if not many:
        return {}
    matrices = all_multiplied(pdfium.all_matrices(list(many)), space)
    square = keep_square(matrices)
    matrices = matrices[square]
    counts = dict(compress(many.items(), square.tolist()))
    if not counts or not budget.look_ahead(sum(counts.values())):
        return {}
    corners, whole = pdfium.small_boxes(counts)
    fours = [count // 4 for count in counts.values()]
    if len(corners) != sum(fours):
        return {}
    around_each = around_corners(corners, matrices, fours)
    thin, four = kinds_of(around_each).rules.tolist(), whole.tolist()
    return {
        path: Dashes(around_each[start:end], all(thin[start:end]))
        for path, (start, end) in zip(counts, pairwise(accumulate(fours, initial=0)), strict=True)
        if all(four[start:end])
    }


Outlines = list[list[Point]]
"""A path's corner points, a list for each subpath, in its own space."""


def outlines_of(paths: Sequence[Handle], sizes: Mapping[Handle, int], budget: Budget) -> dict[Handle, Outlines]:
    """The outlines of paths with few segments, asked for at once: that is half the work of asking for each. `sizes` holds the
    numbers of segments of fills; of these a box needs no outline."""
    counts = {path: sizes[path] if path in sizes else pdfium.count_segments(path) for path in paths}
    few = {path: n for path, n in counts.items() if (BOX_SEGMENTS if path in sizes else 0) < n <= FEW_SEGMENTS}
    return pdfium.all_subpaths(few) if few and sum(few.values()) <= budget.segments else {}


def enter_form(form: Handle, space: Matrix, outer: Quad | None, depth: int, marks: Marks, budget: Budget) -> None:
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
    windows = object_windows(form, space, outer, budget.clips)
    limits = window(windows) if windows else None
    _walk(pdfium.form_objects(form, count), inside, limits, depth + 1, marks, budget)


def hidden_text(texts: list[Handle], space: Matrix, outer: Quad | None, known: pdfium.Clips) -> set[Handle]:
    """The text objects that leave no ink: invisible render modes (the text layer of a scan) or clipped away."""
    if not texts:
        return set()
    modes = list(map(pdfium.render_mode, texts))
    hidden = set()
    if not pdfium.INVISIBLE_MODES.isdisjoint(modes):
        hidden = {text for text, mode in zip(texts, modes, strict=True) if mode in pdfium.INVISIBLE_MODES}
    clips = list(map(pdfium.clip_count, map(pdfium.get_clip, texts)))
    if outer is not None or max(clips) > 0:
        within = zip(texts, clips, strict=True)
        hidden |= {text for text, n in within if (n > 0 or outer is not None) and clipped_away(text, space, outer, known)}
    return hidden


def clipped_away(text: Handle, space: Matrix, outer: Quad | None, known: pdfium.Clips) -> bool:
    """Whether a text object lies wholly outside its clip."""
    box = moved(pdfium.bounds(text), space)
    windows = object_windows(text, space, outer, known)
    if not windows:
        return False
    clip = window(windows)
    return box[2] <= clip[0] or box[0] >= clip[2] or box[3] <= clip[1] or box[1] >= clip[3]


Windows = Sequence[Sequence[Quad]]
"""For each path of an object's clip the boxes around its subpaths: what is seen lies in one of each."""


def _path(
    path: Handle,
    box: Quad,
    modes: tuple[bool, bool],
    read: tuple[Dashes | None, Outlines | None],
    space: Matrix,
    windows: Windows,
    marks: Marks,
    budget: Budget,
) -> None:
    (fill, stroke), (dashes, outlines) = modes, read
    thin = THIN if stroke else STOUT
    width, height = box[2] - box[0], box[3] - box[1]
    if width < thin or height < thin:
        if (width < thin and height < thin) or stroke or pdfium.count_segments(path) <= BOX_SEGMENTS:
            add_filled(clip_stroke(box, windows) if windows else box, marks)
            return
    elif windows and not stroke:
        seen = common(box, window(windows))
        if seen is None:
            return
        if seen[2] - seen[0] < STOUT or seen[3] - seen[1] < STOUT:
            add_filled(seen, marks)
            return
    whole = pdfium.count_segments(path)
    count = budget.take_segments(whole)
    if not stroke and count <= BOX_SEGMENTS:
        for piece in clip_fill(box, windows) if windows else (box,):
            add_filled(piece, marks)
        return
    if dashes and 4 * len(dashes.boxes) == count:
        if dashes.thin and len(dashes.boxes) > 2 and not windows:
            marks.rules.frombytes(dashes.boxes.tobytes())
            return
        for filled in framed([*map(tuple, dashes.boxes.tolist())]):
            for piece in clip_fill(filled, windows) if windows else (filled,):
                add_filled(piece, marks)
        return
    to_page = pdfium.matrix(path)
    if space is not IDENTITY:
        to_page = multiply(to_page, space)
    if outlines is None or count < whole:
        outlines = pdfium.subpaths(path, count)
    if to_page != IDENTITY:
        outlines = [all_moved(points, to_page) for points in outlines]
    if stroke:
        for points in outlines:
            add_stroked(points, windows, marks)
    if fill:
        for filled in filled_boxes(outlines):
            for piece in clip_fill(filled, windows) if windows else (filled,):
                add_filled(piece, marks, background_only=stroke)


def add_filled(box: Quad | None, marks: Marks, background_only: bool = False) -> None:
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


def add_stroked(points: list[Point], windows: Windows, marks: Marks) -> None:
    for (x0, y0), (x1, y1) in pairwise(points):
        if abs(x0 - x1) <= STRAIGHT or abs(y0 - y1) <= STRAIGHT:
            line = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
            piece = clip_stroke(line, windows) if windows else line
            if piece is not None and max(piece[2] - piece[0], piece[3] - piece[1]) >= THIN:
                marks.rules.extend(piece)


def filled_boxes(outlines: list[list[Point]]) -> list[Quad]:
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
    clip = window(windows)
    slack = (clip[0] - CLIP_SLACK, clip[1] - CLIP_SLACK, clip[2] + CLIP_SLACK, clip[3] + CLIP_SLACK)
    return common(box, slack)


def clip_windows_of(clip: int, count: int, space: Matrix, known: pdfium.Clips) -> list[list[Quad]]:
    """The openings of an object's clips in page space: everything that is drawn is seen through them."""
    windows = [pdfium.clip_windows(clip, index, MAX_CLIP_SEGMENTS, known) for index in range(min(count, MAX_CLIP_PATHS))]
    windows = [openings for openings in windows if openings]
    if space is IDENTITY:
        return windows
    return [[moved(opening, space) for opening in openings] for openings in windows]


def window(windows: Windows) -> Quad:
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


def object_windows(page_object: Handle, space: Matrix, outer: Quad | None, known: pdfium.Clips) -> list[list[Quad]]:
    """The openings through which an object is seen, within those of the form that holds it."""
    clip = pdfium.get_clip(page_object)
    windows = clip_windows_of(clip, pdfium.clip_count(clip), space, known) if clip else []
    return windows if outer is None else [[outer], *windows]
