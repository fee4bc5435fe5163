"""What a page of an OFD draws: its objects, template pages and composite units walked in drawing order.

In: the root elements of a page and of what it refers to. Out: a `Drawing`: characters, thin boxes that may be rules, fills,
pictures, in page space (points, y upwards, the origin that of the page's own millimetres). Every count is capped, since a
composite unit may hold others by the thousand.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from gov_extract.readers.ofd.covers import MAX_COVERS, Cover, hide_covered, lose_overprinted, rectangle
from gov_extract.readers.ofd.package import Resources, child, children, name_of, number, numbers
from gov_extract.readers.ofd.pictures import Image
from gov_extract.readers.ofd.shapes import Shapes, draw_path, outlines_of
from gov_extract.readers.ofd.text import Pen, draw_text
from gov_extract.readers.pdf.boxes import all_moved, around, common, moved, multiply
from gov_extract.readers.pdf.grounds import WHITEST
from gov_extract.readers.pdf.marks import (
    BOX_SEGMENTS,
    MAX_CLIP_PATHS,
    MAX_CLIP_SEGMENTS,
    MAX_DEPTH,
    MAX_OBJECTS,
    STOUT,
    Marks,
    Windows,
    window,
)
from gov_extract.readers.pdf.pdfium import IDENTITY, Matrix, Quad

if TYPE_CHECKING:
    from lxml import etree

POINTS = 72 / 25.4
"""Points of a millimetre, the unit of every OFD."""
PAGE: Matrix = (POINTS, 0.0, 0.0, -POINTS, 0.0, 0.0)
"""From a page's millimetres, y downwards, to page space."""
LINE_WIDTH = 0.353
"""Millimetres of a stroke where nothing says how thick it is."""
_OBJECTS = ("TextObject", "PathObject", "ImageObject", "CompositeObject")
_RANKS = {"background": 0, "foreground": 2}
"""Which layers lie over others, whatever their order; those that name neither lie between."""
OPAQUE = 255.0
CUT = 2.0
"""Points of a picture that its object's bounds may cut off."""
MOST_OF_BOX = 3 * BOX_SEGMENTS
"""Segments of a path that is looked at as a rectangle."""
_CURVES = re.compile("[QBA]", re.IGNORECASE)
_UNIT = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
_HOLDERS = ("Layer", "PageBlock", "Content")
_SYMBOLS = re.compile(r"wingdings|webdings|dingbats|^symbol", re.IGNORECASE)
"""Fonts that draw something else than their characters say."""


class Drawing(NamedTuple):
    """What a page draws: `pen` its characters, `marks` rules, fills and pictures, `outlines` the boxes of filled shapes of the
    size and make of characters, `images` the media files shown, with places in page space, `over` whether
    anything but text and rules was drawn after the first of them."""

    pen: Pen
    marks: Marks
    outlines: list[Quad]
    images: list[Image]
    complete: bool
    over: bool
    white_fills: set[int]
    """The fills, by their numbers, that are as white as the paper: no ground on which white text is seen."""


class _Style(NamedTuple):
    """What objects inherit: the drawing parameters of their layer, whether what holds them is seen, whether it is opaque, and
    the rank of their layer."""

    parameters: str | None
    seen: bool
    opaque: bool = True
    rank: int = 1


class _Walk:
    """The state of one page's walk."""

    def __init__(self, resources: Resources, hides: Callable[[str], bool]) -> None:
        self.resources = resources
        self.hides = hides
        self.pen = Pen()
        self.marks = Marks(array("d"), array("d"), array("d"), set(), array("d"), True, set())
        self.shapes = Shapes(self.marks)
        self.images: list[Image] = []
        self.before = 0
        self.covers: list[Cover] = []
        self.white_fills: set[int] = set()
        self.texts: list[tuple[int, int]] = []
        self.objects = MAX_OBJECTS
        self.complete = True
        self.readable: dict[str, bool] = {}
        self.opaque: dict[str, bool] = {}

    def take(self) -> bool:
        """Whether one more object may be looked at."""
        self.objects -= 1
        if self.objects < 0:
            self.complete = False
        return self.objects >= 0

    def is_opaque(self, shown: Image) -> bool:
        """Whether nothing is seen through a media file where it is shown."""
        part = shown.part
        if part not in self.opaque:
            self.opaque[part] = bool(part) and self.hides(part)
        return self.opaque[part] and not shown.masked

    @property
    def drawn(self) -> int:
        """How much was drawn that is neither text nor rule."""
        return len(self.marks.fills) + len(self.shapes.outlines)

    def is_readable(self, font: str) -> bool:
        """Whether a font draws what characters say."""
        if font not in self.readable:
            told = self.resources.fonts.get(font)
            named = "" if told is None else (told.get("FontName") or told.get("FamilyName") or "")
            self.readable[font] = not _SYMBOLS.search(named)
        return self.readable[font]


def draw(
    contents: Iterable[etree._Element | None],
    notes: Iterable[etree._Element],
    resources: Resources,
    hides: Callable[[str], bool],
) -> Drawing:
    """Walk over the content of a page and of its templates, in the order in which they are drawn, then over what notes look
    like. `hides` tells of a media file whether nothing is seen through it."""
    walk = _Walk(resources, hides)
    for content in contents:
        if content is not None:
            _enter(content, PAGE, (), 0, _Style(None, True), walk)
    for note in notes:
        corner = numbers(note.get("Boundary"))
        left, top = corner[:2] if len(corner) == 4 else (0.0, 0.0)
        _enter(note, multiply((1.0, 0.0, 0.0, 1.0, left, top), PAGE), (), 0, _Style(None, True), walk)
    hide_covered(walk.pen, walk.texts, walk.covers)
    lose_overprinted(walk.pen, [start for start, _ in walk.texts])
    complete = walk.complete and walk.shapes.complete and walk.pen.complete
    over = bool(walk.images) and walk.drawn > walk.before
    return Drawing(walk.pen, walk.marks, walk.shapes.outlines, walk.images, complete, over, walk.white_fills)


def _enter(holder: etree._Element, space: Matrix, windows: Windows, depth: int, style: _Style, walk: _Walk) -> None:
    if depth > MAX_DEPTH:
        walk.complete = False
        return
    for element in holder:
        name = name_of(element)
        if name in _HOLDERS:
            inner = _Style(
                element.get("DrawParam") or style.parameters,
                style.seen and is_seen(element),
                style.opaque and _is_opaque(element),
                _RANKS.get(element.get("Type", "").strip().lower(), style.rank),
            )
            _enter(element, space, windows, depth + 1, inner, walk)
        elif name in _OBJECTS:
            if not walk.take():
                return
            _object(element, name, space, windows, depth, style, walk)


def _object(
    element: etree._Element, name: str, space: Matrix, windows: Windows, depth: int, style: _Style, walk: _Walk
) -> None:
    seen = style.seen and is_seen(element)
    if not seen and name != "TextObject":
        return
    boundary = numbers(element.get("Boundary"))
    told = numbers(element.get("CTM"))
    left, top, width, height = boundary if len(boundary) == 4 else (0.0, 0.0, 0.0, 0.0)
    own: Matrix = tuple(told) if len(told) == 6 else IDENTITY  # type: ignore[assignment]
    within = multiply(multiply(own, (1.0, 0.0, 0.0, 1.0, left, top)), space)
    if not all(map(math.isfinite, within)):
        return
    parameters = element.get("DrawParam") or style.parameters
    bounds = moved((left, top, left + width, top + height), space) if width > 0 or height > 0 else None
    clips = list(children(element, "Clips"))
    if clips:
        windows = [*windows, *_clip_windows(clips, within)]
    if name == "TextObject":
        walk.texts.append((len(walk.pen.text), style.rank))
        _text(element, within, windows, bounds if width > 0 and height > 0 else None, parameters, walk, seen=seen)
    elif name == "PathObject":
        modes = _paint(element, parameters, walk, stroke=True)
        pen = _line_width(element, parameters, walk) * math.sqrt(abs(within[0] * within[3] - within[1] * within[2]))
        data = child(element, "AbbreviatedData")
        if data is not None and data.text:
            before = len(walk.marks.fills)
            draw_path(data.text, within, modes, pen, windows, bounds, walk.shapes)
            solid = modes[0] and style.opaque and _is_opaque(element) and _is_painted(element, parameters, walk)
            if solid and len(walk.marks.fills) > before and _is_white(element, parameters, walk):
                walk.white_fills.update(range(before // 4, len(walk.marks.fills) // 4))
            if solid and walk.pen.text:
                _cover(data.text, within, windows, bounds, style.rank, walk)
    elif name == "ImageObject":
        if len(told) == 6 or bounds is not None:
            place = within if len(told) == 6 else multiply((width, 0.0, 0.0, height, left, top), space)
            part = walk.resources.media.get(element.get("ResourceID", ""), "")
            masked = bool(element.get("ImageMask")) or element.get("BlendMode", "Normal").strip().lower() not in ("", "normal")
            opacity = number(element.get("Alpha"), OPAQUE) / OPAQUE if style.opaque else 0.5
            shown = Image(part, place, opacity, masked, bool(windows) or not _within(place, bounds))
            _picture(shown, bounds, windows, style.rank, walk)
    else:
        unit = walk.resources.units.get(element.get("ResourceID", ""))
        inner = child(unit, "Content") if unit is not None else None
        if inner is not None:
            opaque = style.opaque and _is_opaque(element)
            _enter(inner, within, windows, depth + 1, _Style(parameters, True, opaque, style.rank), walk)


def _within(place: Matrix, bounds: Quad | None) -> bool:
    """Whether an object's bounds leave all of its picture."""
    if bounds is None:
        return True
    box = moved((0.0, 0.0, 1.0, 1.0), place)
    return all(
        abs(side) <= CUT or side > 0
        for side in (box[0] - bounds[0], box[1] - bounds[1], bounds[2] - box[2], bounds[3] - box[3])
    )


def _picture(shown: Image, bounds: Quad | None, windows: Windows, rank: int, walk: _Walk) -> None:
    """Note a media file; one through which nothing is seen hides what was drawn before, as a scan does its text layer."""
    whole = moved((0.0, 0.0, 1.0, 1.0), shown.place)
    box = whole if bounds is None else common(whole, bounds)
    if box is None:
        return
    walk.marks.pictures.extend(box)
    if not walk.images:
        walk.before = walk.drawn
    walk.images.append(shown)
    upright = rectangle([list(_UNIT)], shown.place) is not None
    if shown.opacity >= 1 and walk.pen.text and upright and walk.is_opaque(shown):
        _add_cover(box, windows, rank, walk, picture=True)


def _cover(data: str, within: Matrix, windows: Windows, bounds: Quad | None, rank: int, walk: _Walk) -> None:
    """Note an opaque rectangle, which hides what was drawn before; through a clip of unknown make it hides it perhaps."""
    outlines, count = outlines_of(data, MOST_OF_BOX)
    box = rectangle(outlines, within) if count <= MOST_OF_BOX and not _CURVES.search(data) else None
    if box is not None and bounds is not None:
        box = common(box, bounds)
    if box is not None:
        _add_cover(box, windows, rank, walk)


def _add_cover(box: Quad, windows: Windows, rank: int, walk: _Walk, *, picture: bool = False) -> None:
    seen = common(box, window(windows)) if windows else box
    if seen is None or seen[2] - seen[0] < STOUT or seen[3] - seen[1] < STOUT:
        return
    if len(walk.covers) >= MAX_COVERS:
        walk.complete = False
        return
    walk.covers.append(Cover(len(walk.pen.text), rank, seen, not windows, picture))


def _is_opaque(element: etree._Element) -> bool:
    return number(element.get("Alpha"), OPAQUE) >= OPAQUE


def _is_painted(element: etree._Element, parameters: str | None, walk: _Walk) -> bool:
    """Whether a fill has one opaque colour, and is no pattern; what names none is transparent."""
    colour = _fill_colour(element, parameters, walk)
    return colour is not None and bool(numbers(colour.get("Value"))) and not len(colour) and _is_opaque(colour)


def _fill_colour(element: etree._Element, parameters: str | None, walk: _Walk) -> etree._Element | None:
    colour = child(element, "FillColor")
    if colour is None:
        inherited = walk.resources.parameter(parameters, "FillColor")
        colour = None if isinstance(inherited, str) else inherited
    return colour


def is_seen(element: etree._Element) -> bool:
    """Whether an object is meant to be seen: it may be switched off, or wholly transparent."""
    if element.get("Visible", "").strip().lower() in ("false", "0"):
        return False
    return number(element.get("Alpha"), 255.0) > 0


def _paint(element: etree._Element, parameters: str | None, walk: _Walk, *, stroke: bool) -> tuple[bool, bool]:
    """Whether an object is filled and whether it is stroked; `stroke` is what holds where a path says nothing, the contrary
    holds for text."""
    found = []
    for name, otherwise in (("Fill", not stroke), ("Stroke", stroke)):
        told = element.get(name, "").strip().lower()
        paints = otherwise if told not in ("true", "false", "1", "0") else told in ("true", "1")
        colour = child(element, f"{name}Color")
        if colour is None and paints:
            inherited = walk.resources.parameter(parameters, f"{name}Color")
            colour = inherited if inherited is not None and not isinstance(inherited, str) else None
        found.append(paints and (colour is None or number(colour.get("Alpha"), 255.0) > 0))
    return found[0], found[1]


def _is_white(element: etree._Element, parameters: str | None, walk: _Walk) -> bool:
    """Whether text is filled with white."""
    colour = _fill_colour(element, parameters, walk)
    values = numbers(colour.get("Value")) if colour is not None else []
    return len(values) in (1, 3) and min(values) >= WHITEST


def _line_width(element: etree._Element, parameters: str | None, walk: _Walk) -> float:
    told = element.get("LineWidth")
    if told is None:
        inherited = walk.resources.parameter(parameters, "LineWidth")
        told = inherited if isinstance(inherited, str) else None
    return abs(number(told, LINE_WIDTH))


def _text(
    element: etree._Element,
    within: Matrix,
    windows: Windows,
    bounds: Quad | None,
    parameters: str | None,
    walk: _Walk,
    *,
    seen: bool,
) -> None:
    pen = walk.pen
    start = len(pen.text)
    inked = seen and any(_paint(element, parameters, walk, stroke=False))
    draw_text(element, within, pen, inked=inked, readable=walk.is_readable(element.get("Font", "")))
    if not inked or len(pen.text) == start:
        return
    if _is_white(element, parameters, walk):
        pen.white.update(range(start, len(pen.text)))
    # An object is cut at its bounds and clips; what lies wholly outside leaves no ink. Bounds that are only too small are the
    # writer's fault, and viewers show the text.
    box = _box_around(pen, start)
    openings = [window for window in (*windows, *([[bounds]] if bounds else [])) if window]
    if box is not None and any(all(_apart(box, opening) for opening in window) for window in openings):
        pen.unseen.update(range(start, len(pen.text)))


def _box_around(pen: Pen, start: int) -> Quad | None:
    places = [k for k in range(start, len(pen.text)) if pen.angles[k] >= 0]
    if not places:
        return None
    sides = [pen.boxes[4 * k : 4 * k + 4] for k in places]
    return min(s[0] for s in sides), min(s[3] for s in sides), max(s[2] for s in sides), max(s[1] for s in sides)


def _apart(box: Quad, other: Quad) -> bool:
    return box[2] <= other[0] or box[0] >= other[2] or box[3] <= other[1] or box[1] >= other[3]


def _clip_windows(clips: Sequence[etree._Element], space: Matrix) -> list[list[Quad]]:
    """For each clip the boxes of its areas' outlines: what is drawn is seen through one of each."""
    windows = []
    for clip in [clip for holder in clips for clip in children(holder, "Clip")][:MAX_CLIP_PATHS]:
        openings: list[Quad] = []
        for area in children(clip, "Area"):
            told = numbers(area.get("CTM"))
            own: Matrix = tuple(told) if len(told) == 6 else IDENTITY  # type: ignore[assignment]
            for path in children(area, "Path", "PathObject"):
                openings += _openings(path, multiply(own, space))
        if openings:
            windows.append(openings)
    return windows


def _openings(path: etree._Element, space: Matrix) -> list[Quad]:
    boundary, told = numbers(path.get("Boundary")), numbers(path.get("CTM"))
    left, top = boundary[:2] if len(boundary) == 4 else (0.0, 0.0)
    own: Matrix = tuple(told) if len(told) == 6 else IDENTITY  # type: ignore[assignment]
    within = multiply(multiply(own, (1.0, 0.0, 0.0, 1.0, left, top)), space)
    data = child(path, "AbbreviatedData")
    outlines, _ = outlines_of(data.text or "", MAX_CLIP_SEGMENTS) if data is not None else ([], 0)
    boxes = [around(all_moved(points, within)) for points in outlines]
    return [box for box in boxes if all(map(math.isfinite, box))]
