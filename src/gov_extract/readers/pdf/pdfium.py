"""The raw layer over pdfium: file bytes → handles, characters with boxes.

In: bytes of a PDF, then handles (plain integers). Out: strings and flat arrays in page space (points, y upwards). Nothing
above this module touches ctypes.

The functions are pdfium's own, called through prototypes that take addresses as integers: no pointer object is built per
call, and `map` drives them without a Python frame (measured: .23 ms a page of boxes against .67 through pointer objects).
"""

from __future__ import annotations

import ctypes
import math
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import repeat
from typing import Any, NamedTuple

import pypdfium2.raw as raw
from pypdfium2.version import PDFIUM_INFO

from gov_extract.errors import LimitError, ReadError

OBJECT_TEXT, OBJECT_PATH, OBJECT_IMAGE, OBJECT_FORM = 1, 2, 3, 5
SEGMENT_LINE, SEGMENT_BEZIER, SEGMENT_MOVE = 0, 1, 2
INVISIBLE_MODES = frozenset((3, 7))
"""Text render modes that leave no ink: invisible (the text layer of a scan) and clip only."""
BOX_CORNERS = 5
MAX_CHARACTERS = 100_000
"""Characters of a page that are read; a dense page of the form has about 1,100."""
ERROR_PASSWORD = 4
TAIL = 2048
"""Bytes at a file's end in which its end mark must stand (the specification says 1024; mail gateways append)."""

ENGINE_VERSION = str(PDFIUM_INFO)

_P, _I, _N = ctypes.c_void_p, ctypes.c_int, None


def _adapted(function: Any) -> Callable[..., Any]:
    """A raw function that takes addresses as integers although its prototype wants pointer objects (slow, always works)."""

    def call(*args: Any) -> Any:
        wanted = function.argtypes or ()
        cast = [
            ctypes.cast(a, t) if isinstance(a, int) and t not in (_I, ctypes.c_ulong, ctypes.c_size_t) else a
            for a, t in zip(args, wanted, strict=True)
        ]
        result = function(*cast)
        if hasattr(result, "contents"):
            return ctypes.cast(result, _P).value
        return result

    return call


def _function(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    """The library's function under a prototype of our own, found by its address: no library file has to be located."""
    function = getattr(raw, name)
    try:
        address = ctypes.cast(function, _P).value
    except (ctypes.ArgumentError, TypeError):
        address = None
    if not address:
        return _adapted(function)
    return ctypes.CFUNCTYPE(result, *arguments)(address)


load_document = _function("FPDF_LoadMemDocument64", _P, _P, ctypes.c_size_t, _P)
close_document = _function("FPDF_CloseDocument", _N, _P)
last_error = _function("FPDF_GetLastError", ctypes.c_ulong)
page_count = _function("FPDF_GetPageCount", _I, _P)
load_page = _function("FPDF_LoadPage", _P, _P, _I)
rotation = _function("FPDFPage_GetRotation", _I, _P)
close_page = _function("FPDF_ClosePage", _N, _P)
load_text = _function("FPDFText_LoadPage", _P, _P)
close_text = _function("FPDFText_ClosePage", _N, _P)
page_bounds = _function("FPDF_GetPageBoundingBox", _I, _P, _P)

count_characters = _function("FPDFText_CountChars", _I, _P)
get_text = _function("FPDFText_GetText", _I, _P, _I, _I, _P)
get_unicode = _function("FPDFText_GetUnicode", ctypes.c_uint, _P, _I)
get_loose_box = _function("FPDFText_GetLooseCharBox", _I, _P, _I, _P)
get_font_size = _function("FPDFText_GetFontSize", ctypes.c_double, _P, _I)
get_char_matrix = _function("FPDFText_GetMatrix", _I, _P, _I, _P)
get_origin = _function("FPDFText_GetCharOrigin", _I, _P, _I, _P, _P)
get_angle = _function("FPDFText_GetCharAngle", ctypes.c_float, _P, _I)
get_text_object = _function("FPDFText_GetTextObject", _P, _P, _I)
map_error = _function("FPDFText_HasUnicodeMapError", _I, _P, _I)

count_objects = _function("FPDFPage_CountObjects", _I, _P)
get_object = _function("FPDFPage_GetObject", _P, _P, _I)
form_count = _function("FPDFFormObj_CountObjects", _I, _P)
form_object = _function("FPDFFormObj_GetObject", _P, _P, ctypes.c_ulong)
object_type = _function("FPDFPageObj_GetType", _I, _P)
object_bounds = _function("FPDFPageObj_GetBounds", _I, _P, _P, _P, _P, _P)
object_matrix = _function("FPDFPageObj_GetMatrix", _I, _P, _P)
text_font = _function("FPDFTextObj_GetFont", _P, _P)
render_mode = _function("FPDFTextObj_GetTextRenderMode", _I, _P)
draw_mode = _function("FPDFPath_GetDrawMode", _I, _P, _P, _P)
count_segments = _function("FPDFPath_CountSegments", _I, _P)
get_segment = _function("FPDFPath_GetPathSegment", _P, _P, _I)
segment_point = _function("FPDFPathSegment_GetPoint", _I, _P, _P, _P)
segment_type = _function("FPDFPathSegment_GetType", _I, _P)
segment_closes = _function("FPDFPathSegment_GetClose", _I, _P)
get_clip = _function("FPDFPageObj_GetClipPath", _P, _P)
clip_count = _function("FPDFClipPath_CountPaths", _I, _P)
clip_segment_count = _function("FPDFClipPath_CountPathSegments", _I, _P, _I)
clip_segment = _function("FPDFClipPath_GetPathSegment", _P, _P, _I, _I)

_scratch = array("f", bytes(32))
_at = _scratch.buffer_info()[0]
_doubles = array("d", bytes(16))
_doubles_at = _doubles.buffer_info()[0]
_modes = array("i", bytes(8))
_modes_at = _modes.buffer_info()[0]

Matrix = tuple[float, float, float, float, float, float]
Quad = tuple[float, float, float, float]


class Characters(NamedTuple):
    """A page's characters in stream order.

    `boxes` holds left, top, right, bottom of each character in page space (y upwards, points), zeros for white space;
    `complete` is False where the page holds more than are read.
    """

    text: str
    boxes: array[float]
    complete: bool


@contextmanager
def opened(data: bytes, max_pages: int) -> Iterator[tuple[int, int]]:
    """Open a file: yields its handle and the number of its pages.

    Raises
    ------
    ReadError
        ``encrypted``, ``truncated``, ``damaged_pdf``, ``no_pages``.
    LimitError
        ``too_many_pages``, before any page is loaded.
    """
    document = load_document(data, len(data), None)
    if not document:
        raise _refusal(data, last_error())
    try:
        pages = page_count(document)
        if pages <= 0:
            raise ReadError("The PDF holds no pages; fetch it again or ask for another copy.", "no_pages")
        if pages > max_pages:
            raise too_many_pages(pages, max_pages)
        yield document, pages
    finally:
        close_document(document)


def too_many_pages(pages: int, limit: int) -> LimitError:
    """The refusal of a file with more pages than the limit."""
    message = f"The PDF has {pages} pages, more than the limit of {limit}; raise the limit if it is a report."
    return LimitError(message, "too_many_pages")


def _refusal(data: bytes, error: int) -> ReadError:
    if error == ERROR_PASSWORD:
        return ReadError("The PDF is encrypted: save it without a password and try again.", "encrypted")
    if is_truncated(data):
        return ReadError("The PDF is cut off before its end; fetch it again.", "truncated")
    return ReadError("The PDF is damaged and cannot be opened; fetch it again or print it to a new PDF.", "damaged_pdf")


def is_truncated(data: bytes) -> bool:
    """Whether the file lacks the mark with which every PDF ends."""
    return b"%%EOF" not in data[-TAIL:]


@contextmanager
def loaded(document: int, index: int) -> Iterator[tuple[int, int] | None]:
    """A page and its text page, or None where pdfium cannot load them."""
    page = load_page(document, index)
    if not page:
        yield None
        return
    try:
        text = load_text(page)
        if not text:
            yield None
            return
        try:
            yield page, text
        finally:
            close_text(text)
    finally:
        close_page(page)


def bounds_of_page(page: int) -> Quad | None:
    """Left, bottom, right, top of the visible page (crop box within media box), or None where they make no sense."""
    if not page_bounds(page, _at):
        return None
    left, top, right, bottom = _scratch[:4]
    if not all(map(math.isfinite, (left, top, right, bottom))) or right - left < 1 or top - bottom < 1:
        return None
    return left, bottom, right, top


def characters(text_page: int) -> Characters:
    """All characters of a page, with boxes of the visible ones."""
    found = count_characters(text_page)
    count = min(max(found, 0), MAX_CHARACTERS)
    boxes = array("f", bytes(16 * count))
    if not count:
        return Characters("", boxes, True)
    text = _text(text_page, count)
    start = boxes.buffer_info()[0]
    visible = [i for i, char in enumerate(text) if char not in " \r\n"]
    places = [start + 16 * i for i in visible]
    deque(map(get_loose_box, repeat(text_page), visible, places), maxlen=0)
    return Characters(text, boxes, found <= MAX_CHARACTERS)


def map_errors(text_page: int, indices: Iterable[int]) -> list[bool]:
    """For some characters, whether their font gives no reliable Unicode."""
    return [flag == 1 for flag in map(map_error, repeat(text_page), indices)]


def _text(text_page: int, count: int) -> str:
    buffer = ctypes.create_string_buffer(2 * count + 4)
    written = get_text(text_page, 0, count, ctypes.addressof(buffer))
    text = buffer.raw[: 2 * max(written - 1, 0)].decode("utf-16-le", "replace")
    return text if len(text) == count else text_by_character(text_page, count)


def text_by_character(text_page: int, count: int) -> str:
    """The text asked for one by one: GetText leaves out characters without Unicode, which would shift all boxes."""
    points = map(get_unicode, repeat(text_page), range(count))
    return "".join(chr(p) if 0 < p < 0x110000 and not 0xD800 <= p < 0xE000 else "\ufffd" for p in points)


def angles(text_page: int, indices: Sequence[int]) -> list[float]:
    """The angles of some characters: radians, clockwise, from 0 to 2 pi."""
    return list(map(get_angle, repeat(text_page), indices))


def text_objects(text_page: int, count: int) -> list[int | None]:
    """The page object of each character."""
    return list(map(get_text_object, repeat(text_page), range(count)))


def fonts(text_page: int, count: int) -> list[int]:
    """The font of each character, 0 for white space that the engine inserted."""
    return [text_font(owner) or 0 if owner else 0 for owner in text_objects(text_page, count)]


def origins(text_page: int, index: int) -> tuple[Point, Point, Point] | None:
    """Where a character begins (points): as told with its box, and by its matrix, which tells where the text it is part of
    begins; and the direction of its line."""
    if not get_origin(text_page, index, _doubles_at, _doubles_at + 8) or not get_char_matrix(text_page, index, _at):
        return None
    a, b, _, _, e, f = _scratch[:6]
    return (_doubles[0], _doubles[1]), (e, f), (a, b)


def em_size(text_page: int, index: int) -> float:
    """Points of a character's em as drawn."""
    if not get_char_matrix(text_page, index, _at):
        return 0.0
    return float(get_font_size(text_page, index)) * math.hypot(_scratch[2], _scratch[3])


def path_modes(path: int) -> tuple[int, int]:
    """Fill mode (0 none) and whether the path is stroked."""
    if not draw_mode(path, _modes_at, _modes_at + 4):
        return 0, 0
    return _modes[0], _modes[1]


def bounds(page_object: int) -> Quad:
    """Left, bottom, right, top of an object in the space that holds it."""
    if not object_bounds(page_object, _at, _at + 4, _at + 8, _at + 12):
        return math.nan, math.nan, math.nan, math.nan
    left, bottom, right, top = _scratch[:4]
    return left, bottom, right, top


def matrix(page_object: int) -> Matrix:
    """The object's matrix; the identity where it has none."""
    if not object_matrix(page_object, _at):
        return 1.0, 0.0, 0.0, 1.0, 0.0, 0.0
    a, b, c, d, e, f = _scratch[:6]
    return a, b, c, d, e, f


Point = tuple[float, float]


def subpaths(path: int, count: int) -> list[list[Point]]:
    """The path's corner points, a list for each subpath, in the path's own space."""
    if count == BOX_CORNERS and (box := _box_corners(path)):
        return [box]
    found: list[list[Point]] = []
    points: list[Point] = []
    for segment in map(get_segment, repeat(path), range(count)):
        if not segment:
            continue
        segment_point(segment, _at, _at + 4)
        point = (_scratch[0], _scratch[1])
        if not points or segment_type(segment) == SEGMENT_MOVE:
            points = [point]
            found.append(points)
        else:
            points.append(point)
        if segment_closes(segment) and points[0] != point:
            points.append(points[0])
    return found


def _box_corners(path: int) -> list[Point] | None:
    """The corners of a path of five segments that is an upright rectangle: half the calls of the general way."""
    points = []
    for segment in map(get_segment, repeat(path), range(BOX_CORNERS)):
        segment_point(segment, _at, _at + 4)
        points.append((_scratch[0], _scratch[1]))
    (ax, ay), (bx, by), (cx, cy), (dx, dy), end = points
    if end != points[0] or not (
        (ax == bx and by == cy and cx == dx and dy == ay) or (ay == by and bx == cx and cy == dy and dx == ax)
    ):
        return None
    return points


def clip_windows(clip: int, index: int, limit: int) -> list[Quad]:
    """The boxes around the subpaths of one path of a clip, in the space that holds the clipped object."""
    windows = []
    xs: list[float] = []
    ys: list[float] = []
    count = min(clip_segment_count(clip, index), limit)
    single = count <= 5
    for segment in map(clip_segment, repeat(clip), repeat(index), range(count)):
        if not segment:
            continue
        segment_point(segment, _at, _at + 4)
        if not single and xs and segment_type(segment) == SEGMENT_MOVE:
            windows.append((min(xs), min(ys), max(xs), max(ys)))
            xs, ys = [], []
        xs.append(_scratch[0])
        ys.append(_scratch[1])
    if xs:
        windows.append((min(xs), min(ys), max(xs), max(ys)))
    return windows
