"""The raw layer over pdfium: file bytes → handles, characters with boxes.

In: bytes of a PDF, then handles (plain integers). Out: strings and flat arrays in page space (points, y upwards). Nothing
above this module touches ctypes.

The functions are pdfium's own, called through prototypes that take addresses as integers: no pointer object is built per
call, and `map` drives them without a Python frame (measured: .23 ms a page of boxes against .67 through pointer objects). Where
one is asked of many objects, the addresses of the answers are prepared once (`answers`), which halves that again.
"""

from __future__ import annotations

import ctypes
import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate, chain, pairwise, repeat
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as raw

from gov_extract.errors import LimitError, ReadError
from gov_extract.readers.pdf.answers import Answers

ANNOTATION_LINK, ANNOTATION_TYPED, ANNOTATION_FILE, ANNOTATION_FIELD = 2, 3, 17, 20
VALUES_OF_TEXT = frozenset((3, 7))
"""Kinds of values that are text: strings and streams."""
FLATTENED = 1
ACTION_OTHER_FILE, ACTION_ADDRESS, ACTION_LAUNCH = 2, 3, 4
OBJECT_TEXT, OBJECT_PATH, OBJECT_IMAGE, OBJECT_SHADING, OBJECT_FORM = 1, 2, 3, 4, 5
SEGMENT_LINE, SEGMENT_BEZIER, SEGMENT_MOVE = 0, 1, 2
OUTLINED_MODES = frozenset((1, 2, 5, 6))
"""Text render modes that draw the outline of characters."""
UNTOLD = 128
"""Red, green, blue and opacity where the engine tells no colour."""
INVISIBLE_MODES = frozenset((3, 7))
"""Text render modes that leave no ink: invisible (the text layer of a scan) and clip only."""
BOX_CORNERS = 5
MAX_CHARACTERS = 100_000
"""Characters of a page that are read; a dense page of the form has about 1,100."""
ERROR_PASSWORD = 4
TAIL = 2048
"""Bytes at a file's end in which its end mark must stand (the specification says 1024; mail gateways append)."""


_P, _I, _N = ctypes.c_void_p, ctypes.c_int, None
_REFERENCE = type(ctypes.byref(_I()))


def _adapted(function: Any) -> Callable[..., Any]:
    """A raw function that takes addresses as integers although its prototype wants pointer objects (slow, always works)."""

    def call(*args: Any) -> Any:
        wanted = function.argtypes or ()
        cast = [
            ctypes.cast(a, t) if isinstance(a, (int, _REFERENCE)) and t not in (_I, ctypes.c_ulong, ctypes.c_size_t) else a
            for a, t in zip(args, wanted, strict=True)
        ]
        result = function(*cast)
        if hasattr(result, "contents"):
            return ctypes.cast(result, _P).value
        return result

    return call


def _function(name: str, result: Any, *arguments: Any, kind: Any = ctypes.CFUNCTYPE) -> Callable[..., Any]:
    """The library's function under a prototype of our own, found by its address: no library file has to be located."""
    function = getattr(raw, name)
    try:
        address = ctypes.cast(function, _P).value
    except (ctypes.ArgumentError, TypeError):
        address = None
    if not address:
        return _adapted(function)
    found: Callable[..., Any] = kind(result, *arguments)(address)
    return found


def _quick(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    """A function that is called for every character, object or segment: the interpreter's lock is not given up and taken
    back around each call, which would cost a quarter of it."""
    return _function(name, result, *arguments, kind=ctypes.PYFUNCTYPE)


def _of_wrapped(name: str, result: Any) -> Callable[..., Any]:
    """The same for a function of a `Handle`, an index or not, and references to the memory for its answers (`Answers`). No
    argument is declared: ctypes passes what is wrapped as it is, and a plain integer as C's int. A plain handle would be cut
    short, so that nothing but a `Handle` may come first."""
    return _quick(name, result)


Handle = Any
"""The handle of an object, as functions take it that are called for each of them: wrapped once, not at each call."""

wrapped: Callable[[int], Handle] = _P.from_param


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
_get_unicode = _of_wrapped("FPDFText_GetUnicode", ctypes.c_uint)
_get_loose_box = _of_wrapped("FPDFText_GetLooseCharBox", _N)
get_font_size = _quick("FPDFText_GetFontSize", ctypes.c_double, _P, _I)
_get_char_matrix = _of_wrapped("FPDFText_GetMatrix", _I)
_get_origin = _of_wrapped("FPDFText_GetCharOrigin", _N)
_get_fill = _of_wrapped("FPDFText_GetFillColor", _I)
_get_angle = _of_wrapped("FPDFText_GetCharAngle", ctypes.c_float)
_get_text_object = _of_wrapped("FPDFText_GetTextObject", _P)
_map_error = _of_wrapped("FPDFText_HasUnicodeMapError", _I)

count_objects = _quick("FPDFPage_CountObjects", _I, _P)
_get_object = _of_wrapped("FPDFPage_GetObject", _P)
form_count = _of_wrapped("FPDFFormObj_CountObjects", _I)
_form_object = _quick("FPDFFormObj_GetObject", _P, _P, ctypes.c_ulong)
object_type = _of_wrapped("FPDFPageObj_GetType", _I)
_object_bounds = _of_wrapped("FPDFPageObj_GetBounds", _N)
_object_matrix = _of_wrapped("FPDFPageObj_GetMatrix", _I)
_object_fill = _of_wrapped("FPDFPageObj_GetFillColor", _I)
text_font = _quick("FPDFTextObj_GetFont", _P, _P)
render_mode = _of_wrapped("FPDFTextObj_GetTextRenderMode", _I)
_draw_mode = _of_wrapped("FPDFPath_GetDrawMode", _N)
count_segments = _of_wrapped("FPDFPath_CountSegments", _I)
get_segment = _of_wrapped("FPDFPath_GetPathSegment", _P)
_segment_point = _quick("FPDFPathSegment_GetPoint", _N, _P)
segment_type = _quick("FPDFPathSegment_GetType", _I, _P)
segment_closes = _quick("FPDFPathSegment_GetClose", _I, _P)
get_clip = _of_wrapped("FPDFPageObj_GetClipPath", _P)
clip_count = _quick("FPDFClipPath_CountPaths", _I, _P)
clip_segment_count = _quick("FPDFClipPath_CountPathSegments", _I, _P, _I)
clip_segment = _quick("FPDFClipPath_GetPathSegment", _P, _P, _I, _I)

attachment_count = _function("FPDFDoc_GetAttachmentCount", _I, _P)
get_attachment = _function("FPDFDoc_GetAttachment", _P, _P, _I)
attachment_name = _function("FPDFAttachment_GetName", ctypes.c_ulong, _P, _P, ctypes.c_ulong)
annotation_count = _function("FPDFPage_GetAnnotCount", _I, _P)
get_annotation = _function("FPDFPage_GetAnnot", _P, _P, _I)
close_annotation = _function("FPDFPage_CloseAnnot", _N, _P)
annotation_kind = _function("FPDFAnnot_GetSubtype", _I, _P)
annotation_value = _function("FPDFAnnot_GetValueType", _I, _P, ctypes.c_char_p)
annotation_has = _function("FPDFAnnot_HasKey", _I, _P, ctypes.c_char_p)
remove_annotation = _function("FPDFPage_RemoveAnnot", _I, _P, _I)
flatten = _function("FPDFPage_Flatten", _I, _P, _I)
annotation_rect = _function("FPDFAnnot_GetRect", _I, _P, _P)
annotation_file = _function("FPDFAnnot_GetFileAttachment", _P, _P)
annotation_link = _function("FPDFAnnot_GetLink", _P, _P)
link_action = _function("FPDFLink_GetAction", _P, _P)
action_kind = _function("FPDFAction_GetType", ctypes.c_ulong, _P)
action_address = _function("FPDFAction_GetURIPath", ctypes.c_ulong, _P, _P, _P, ctypes.c_ulong)
action_path = _function("FPDFAction_GetFilePath", ctypes.c_ulong, _P, _P, ctypes.c_ulong)
bounded_text = _function(
    "FPDFText_GetBoundedText", _I, _P, ctypes.c_double, ctypes.c_double, ctypes.c_double, ctypes.c_double, _P, _I
)


def address(handle: Any) -> int:
    """The address of an object that pypdfium2 holds."""
    return ctypes.cast(handle, _P).value or 0


_scratch = (ctypes.c_float * 8)()
_at = ctypes.addressof(_scratch)
_color = (ctypes.c_uint * 4)()
_parts = tuple(ctypes.byref(_color, ctypes.sizeof(ctypes.c_uint) * k) for k in range(4))
_sides = tuple(ctypes.byref(_scratch, 4 * k) for k in range(4))
_boxes = Answers(ctypes.c_float, 4, each=False)
_bounds = Answers(ctypes.c_float, 4, each=True)
_matrices = Answers(ctypes.c_float, 6, each=False)
_origins = Answers(ctypes.c_double, 2, each=True)
_points = Answers(ctypes.c_float, 2, each=True)
_fills = Answers(ctypes.c_uint, 4, each=True)
_modes = Answers(_I, 2, each=True)

Matrix = tuple[float, float, float, float, float, float]
Quad = tuple[float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Characters(NamedTuple):
    """A page's characters in stream order.

    `boxes` (n × 4) holds left, top, right, bottom of each character in page space (y upwards, points), zeros for white space;
    `complete` is False where the page holds more than are read.
    """

    text: str
    boxes: npt.NDArray[np.float32]
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
    boxes = np.zeros((count, 4), np.float32)
    if not count:
        return Characters("", boxes, True)
    text = _text(text_page, count)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    visible = np.flatnonzero((codes != ord(" ")) & (codes != ord("\r")) & (codes != ord("\n")))
    boxes[visible] = _boxes.ask(_get_loose_box, visible.tolist(), owner=wrapped(text_page))
    return Characters(text, boxes, found <= MAX_CHARACTERS)


def map_errors(text_page: int, indices: Iterable[int]) -> list[bool]:
    """For some characters, whether their font gives no reliable Unicode."""
    return [flag == 1 for flag in map(_map_error, repeat(wrapped(text_page)), indices)]


def any_map_error(text_page: int, indices: Iterable[int]) -> bool:
    """Whether any of some characters has no reliable Unicode."""
    return 1 in map(_map_error, repeat(wrapped(text_page)), indices)


def _text(text_page: int, count: int) -> str:
    buffer = array("H", bytes(2 * count + 4))
    written = get_text(text_page, 0, count, buffer.buffer_info()[0])
    text = buffer[: max(written - 1, 0)].tobytes().decode("utf-16-le", "replace")
    return text if len(text) == count else text_by_character(text_page, count)


def text_by_character(text_page: int, count: int) -> str:
    """The text asked for one by one: GetText leaves out characters without Unicode, which would shift all boxes."""
    points = map(_get_unicode, repeat(wrapped(text_page)), range(count))
    return "".join(chr(p) if 0 < p < 0x110000 and not 0xD800 <= p < 0xE000 else "\ufffd" for p in points)


def angles(text_page: int, indices: Sequence[int]) -> list[float]:
    """The angles of some characters: radians, clockwise, from 0 to 2 pi."""
    return list(map(_get_angle, repeat(wrapped(text_page)), indices))


def line_angles(text_page: int, indices: Sequence[int]) -> list[float]:
    """The angles of the lines on which some characters stand: radians, from 0 to 2 pi."""
    a, b = _matrices.ask(_get_char_matrix, indices, owner=wrapped(text_page))[:, :2].T
    angles_: list[float] = (np.arctan2(b, a) % (2 * math.pi)).tolist()
    return angles_


def text_objects(text_page: int, count: int) -> list[int | None]:
    """The page object of each character."""
    return list(map(_get_text_object, repeat(wrapped(text_page)), range(count)))


def character_fills(text_page: int, indices: Sequence[int]) -> npt.NDArray[np.uint32]:
    """Red, green, blue and opacity (to 255) of what characters are filled with; half inked where the engine does not say."""
    return _fills.ask(_get_fill, indices, owner=wrapped(text_page), unanswered=UNTOLD)


def is_outlined(text_page: int, index: int) -> bool:
    """Whether the outline of a character is drawn."""
    owner = _get_text_object(wrapped(text_page), index)
    return bool(owner) and render_mode(wrapped(owner)) in OUTLINED_MODES


def fonts(text_page: int, count: int) -> list[int]:
    """The font of each character, 0 for white space that the engine inserted."""
    return [text_font(owner) or 0 if owner else 0 for owner in text_objects(text_page, count)]


class Origins(NamedTuple):
    """Where characters begin: as told with their boxes (n × 2, points), and their matrices (n × 6), which tell where the text
    that they are part of begins, and the direction of its line. NaN where the engine does not say."""

    origin: npt.NDArray[np.float64]
    matrix: npt.NDArray[np.float64]


def origins(text_page: int, indices: Sequence[int]) -> Origins:
    """The origins of some characters."""
    told = _origins.ask(_get_origin, indices, owner=wrapped(text_page), unanswered=math.nan)
    matrices = _matrices.ask(_get_char_matrix, indices, owner=wrapped(text_page), unanswered=math.nan)
    return Origins(told, matrices.astype(np.float64))


def em_size(text_page: int, index: int) -> float:
    """Points of a character's em as drawn."""
    if not _get_char_matrix(wrapped(text_page), index, _sides[0]):
        return 0.0
    return float(get_font_size(text_page, index)) * math.hypot(_scratch[2], _scratch[3])


def page_objects(page: int, count: int) -> list[int | None]:
    """The first `count` objects of a page, as plain handles; None where one cannot be had."""
    return list(map(_get_object, repeat(wrapped(page)), range(count)))


def form_objects(form: Handle, count: int) -> list[int | None]:
    """The same of a form."""
    return list(map(_form_object, repeat(form), range(count)))


def draw_modes(paths: Sequence[Handle]) -> npt.NDArray[np.int32]:
    """Of each path the fill mode (0 none) and whether it is stroked (shape n × 2)."""
    return _modes.ask(_draw_mode, paths)


def all_bounds(objects: Sequence[Handle]) -> npt.NDArray[np.float64]:
    """Of each object left, bottom, right, top (shape n × 4) in the space that holds it, NaN where it has none."""
    return _bounds.ask(_object_bounds, objects, unanswered=math.nan).astype(np.float64)


def bounds(page_object: Handle) -> Quad:
    """The same of one object."""
    left, bottom, right, top = all_bounds([page_object])[0].tolist()
    return left, bottom, right, top


def matrix(page_object: Handle) -> Matrix:
    """The object's matrix; the identity where it has none."""
    if not _object_matrix(page_object, _sides[0]):
        return IDENTITY
    a, b, c, d, e, f = _scratch[:6]
    return a, b, c, d, e, f


def fill_of(page_object: Handle) -> tuple[int, int, int, int] | None:
    """Red, green, blue and opacity (to 255) of what an object is filled with; None where that is no plain colour."""
    if not _object_fill(page_object, *_parts):
        return None
    red, green, blue, opacity = _color
    return red, green, blue, opacity


def all_matrices(objects: Sequence[Handle]) -> npt.NDArray[np.float64]:
    """The same of many objects (shape n × 6)."""
    matrices = _matrices.ask(_object_matrix, objects, unanswered=math.nan).astype(np.float64)
    matrices[np.isnan(matrices[:, 0])] = IDENTITY
    return matrices


Point = tuple[float, float]


def ends_of(segments: Sequence[int]) -> npt.NDArray[np.float64]:
    """The points at which segments end (shape n × 2), in their path's own space."""
    return _points.ask(_segment_point, segments).astype(np.float64)


def subpaths(path: Handle, count: int) -> list[list[Point]]:
    """The path's corner points, a list for each subpath, in the path's own space."""
    return all_subpaths({path: count})[path]


def all_subpaths(counts: Mapping[Handle, int]) -> dict[Handle, list[list[Point]]]:
    """The same of many paths; `counts` holds them with their numbers of segments."""
    each = [[segment for segment in map(get_segment, repeat(path), range(n)) if segment] for path, n in counts.items()]
    segments = list(chain.from_iterable(each))
    ends = list(map(tuple, ends_of(segments).tolist()))
    bounds = pairwise(accumulate(map(len, each), initial=0))
    return {
        path: _outlines(count, ends[start:end], segments[start:end])
        for (path, count), (start, end) in zip(counts.items(), bounds, strict=True)
    }


def _outlines(count: int, ends: list[Point], segments: list[int]) -> list[list[Point]]:
    """The points at which the segments of a path of so many end, subpath by subpath."""
    if count == BOX_CORNERS == len(ends) and _is_box(ends):
        return [ends]
    found: list[list[Point]] = []
    points: list[Point] = []
    for point, kind, closes in zip(ends, map(segment_type, segments), map(segment_closes, segments), strict=True):
        if not points or kind == SEGMENT_MOVE:
            points = [point]
            found.append(points)
        else:
            points.append(point)
        if closes and points[0] != point:
            points.append(points[0])
    return found


def small_boxes(counts: Mapping[Handle, int]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Two opposite corners of what every four segments of some paths go around (shape n × 2 × 2, each path's own space), and
    which of these begin as an upright box does. `counts` holds paths and their numbers of segments, multiples of four; nothing
    is returned where any cannot be read. Three of a box's points tell the fourth, which is not asked for."""
    points = [[s for path, n in counts.items() for s in map(get_segment, repeat(path), range(at, n, 4))] for at in range(3)]
    if not all(map(all, points)):
        points = [[], [], []]
    moves = np.fromiter(map(segment_type, points[0]), np.int32, len(points[0])) == SEGMENT_MOVE
    first, second, third = map(ends_of, points)
    level = (first == second) & (second != third)
    turns = (level[:, 0] & (second == third)[:, 1]) | (level[:, 1] & (second == third)[:, 0])
    return np.stack((first, third), axis=1), moves & turns


def _is_box(points: Sequence[Point]) -> bool:
    """Whether five points go around an upright rectangle."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy), end = points
    return end == points[0] and (
        (ax == bx and by == cy and cx == dx and dy == ay) or (ay == by and bx == cx and cy == dy and dx == ax)
    )


Clips = dict[tuple[int, int], list[Quad]]
"""Paths of clips that were read on a page, each by the address of its first segment and the number of its segments: the engine
keeps a path once for all objects that are clipped by it, often all of a page."""


def clip_windows(clip: int, index: int, limit: int, known: Clips) -> list[Quad]:
    """The boxes around the subpaths of one path of a clip, in the space that holds the clipped object. `known` are those read
    before, to which it is added; it must not outlive the page."""
    count = min(clip_segment_count(clip, index), limit)
    first = clip_segment(clip, index, 0) if count > 0 else None
    if not first:
        return _clip_windows(clip, index, count)
    windows = known.get((first, count))
    if windows is None:
        windows = known[first, count] = _clip_windows(clip, index, count)
    return windows


def _clip_windows(clip: int, index: int, count: int) -> list[Quad]:
    windows = []
    xs: list[float] = []
    ys: list[float] = []
    single = count <= BOX_CORNERS
    x, y, *_ = _sides
    for segment in filter(None, map(clip_segment, repeat(clip), repeat(index), range(count))):
        _segment_point(segment, x, y)
        if not single and xs and segment_type(segment) == SEGMENT_MOVE:
            windows.append((min(xs), min(ys), max(xs), max(ys)))
            xs, ys = [], []
        xs.append(_scratch[0])
        ys.append(_scratch[1])
    if xs:
        windows.append((min(xs), min(ys), max(xs), max(ys)))
    return windows
