"""The media files of a page of an OFD: whether anything is seen through them, and the page drawn from them.

In: a page's `Image`s, their content, the page's size. Out: pixels as the page is shown, for those who read pictures. Media
files are decoded only for a page that has no other text; their sizes are checked before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gov_extract.errors import LimitError, ReadError
from gov_extract.readers.pdf.boxes import around, moved_point, multiply
from gov_extract.readers.scan.instead import HIGHEST, LOWEST, MOST_PIXELS
from gov_extract.readers.sniffing import sniff

if TYPE_CHECKING:
    import numpy.typing as npt

    from gov_extract.readers.pdf.pdfium import Matrix
    from gov_extract.readers.scan.pixels import Pixels

MOST_DECODED = 200_000_000
"""Pixels of all media files of a page together."""
MOST_IMAGES = 400
"""Media files of one page that are drawn: a page of strips has some dozens."""
SMALL = 0.01
"""Share of the page under which a media file that cannot be decoded may be left out: a logo, a bullet."""
STRAIGHT = 1e-3
"""Slope up to which a picture's sides are the page's."""
_PNG, _SOLID = b"\x89PNG\r\n\x1a\n", (b"\xff\xd8\xff", b"BM")
_WITH_ALPHA = (4, 6)
"""Colour types of PNG with a channel for what shines through."""


class Image(NamedTuple):
    """A media file that a page shows: the name of its member (empty where the package has none), and the matrix from its unit
    square (v downwards) to the page as it lies, before any turn (points from the top left, y downwards)."""

    part: str
    place: Matrix
    opacity: float = 1.0
    masked: bool = False
    """Whether another picture, or a way of mixing, decides what is seen of it."""
    partly: bool = False
    """Whether clips or bounds cut it."""


def is_opaque(content: bytes | None) -> bool:
    """Whether nothing is seen through a picture.

    JPEG and BMP hide all, PNG where it has neither alpha nor a transparent colour; of other kinds it is not believed.
    """
    if content is None:
        return False
    if content.startswith(_SOLID):
        return True
    if not content.startswith(_PNG) or len(content) < 33:
        return False
    return content[25] not in _WITH_ALPHA and b"tRNS" not in content[33 : content.find(b"IDAT", 33)]


def drawn(
    images: Sequence[Image], size: tuple[float, float], content_of: Callable[[str], bytes | None]
) -> tuple[Pixels, float]:
    """A page as its media files show it, on white, in the order in which they are drawn.

    Parameters
    ----------
    images
        What it shows.
    size
        The page's width and height as it lies (points).
    content_of
        The content of a member.

    Returns
    -------
    tuple of array and float
        RGB pixels (height, width, 3), and their resolution in dots per inch.

    Raises
    ------
    ReadError
        ``unsupported_format``, ``damaged``: a media file that covers more than a bit of the page cannot be decoded.
    LimitError
        ``too_large``.
    """
    if len(images) > MOST_IMAGES:
        raise LimitError(f"it shows {len(images)} pictures, more than the {MOST_IMAGES} that are drawn", "too_large")
    area = size[0] * size[1]
    layers: list[tuple[Image, tuple[int, int]]] = []
    for image in images:
        x0, y0, x1, y1 = _seen(image, size)
        if x1 <= x0 or y1 <= y0:
            continue
        if image.masked or image.partly:
            raise ReadError("parts of its pictures are masked, mixed or cut, which is not drawn", "unsupported_format")
        try:
            layers.append((image, _measured(content_of(image.part) if image.part else None)))
        except ReadError:
            if (x1 - x0) * (y1 - y0) > SMALL * area:
                raise
    if sum(width * height for _, (height, width) in layers) > MOST_DECODED:
        raise LimitError(f"its pictures have more than {MOST_DECODED // 1_000_000} million pixels together", "too_large")
    dpi = _resolution(layers, size)
    scale = min(dpi / 72, math.sqrt(MOST_PIXELS / max(area, 1.0)))
    canvas = np.full((max(1, round(size[1] * scale)), max(1, round(size[0] * scale)), 3), 255, np.uint8)
    for image, _ in layers:  # one at a time in memory
        pixels, alpha = _decoded(content_of(image.part))
        if image.opacity < 1:
            alpha = np.full(pixels.shape[:2], 255, np.uint8) if alpha is None else alpha
            alpha = np.round(alpha * max(0.0, image.opacity)).astype(np.uint8)
        _lay(canvas, pixels, alpha, multiply(image.place, (scale, 0.0, 0.0, scale, 0.0, 0.0)))
    return canvas, 72 * scale


def _seen(image: Image, size: tuple[float, float]) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = around([moved_point(corner, image.place) for corner in ((0, 0), (1, 0), (0, 1), (1, 1))])
    return max(0.0, x0), max(0.0, y0), min(size[0], x1), min(size[1], y1)


def _kind(content: bytes | None) -> tuple[bytes, str]:
    from gov_extract.readers.scan.images import FORMATS

    if not content:
        raise ReadError("the package lacks the picture that it shows", "damaged")
    media_type = sniff(content)
    if media_type not in FORMATS:
        raise ReadError(f"its picture is of a kind that is not read ({content[:4].hex(' ')} …)", "unsupported_format")
    return content, media_type


def _measured(content: bytes | None) -> tuple[int, int]:
    """A picture's height and width, by what it says of itself."""
    from gov_extract.readers.scan.images import measured

    return measured(*_kind(content))


def _decoded(content: bytes | None) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8] | None]:
    from gov_extract.readers.scan.images import layer

    return layer(*_kind(content))


def _resolution(layers: Sequence[tuple[Image, tuple[int, int]]], size: tuple[float, float]) -> float:
    """The resolution of the picture that covers most of the page."""
    best, found = 0.0, HIGHEST
    for image, (height, width) in layers:
        x0, y0, x1, y1 = _seen(image, size)
        a, b, c, d, _, _ = image.place
        across, along = math.hypot(a, b), math.hypot(c, d)
        if (x1 - x0) * (y1 - y0) > best and across > 0 and along > 0:
            best, found = (x1 - x0) * (y1 - y0), 72 * max(width / across, height / along)
    return min(HIGHEST, max(LOWEST, found))


def _lay(
    canvas: npt.NDArray[np.uint8], pixels: npt.NDArray[np.uint8], alpha: npt.NDArray[np.uint8] | None, place: Matrix
) -> None:
    """Draw a picture whose unit square `place` sets on the canvas (pixels)."""
    import cv2

    a, b, c, d, e, f = place
    if not all(map(math.isfinite, place)) or abs(a * d - b * c) < 1:
        return
    height, width = pixels.shape[:2]
    wide, high = math.hypot(a, b), math.hypot(c, d)
    # Larger than its place, it is made smaller first: the warp below takes single points only.
    smaller = min(1.0, wide / width), min(1.0, high / height)
    if min(smaller) < 1 and min(wide, high) >= 1:
        pixels = np.asarray(_shrunk(pixels, smaller))
        alpha = None if alpha is None else np.asarray(_shrunk(alpha, smaller))
        height, width = pixels.shape[:2]
    if max(abs(b), abs(c)) <= STRAIGHT * max(abs(a), abs(d)) and a > 0 and d > 0:
        # Upright and of its own size it keeps every pixel.
        e, f = round(e), round(f)
        a, d = (width if abs(a - width) < 1 else a), (height if abs(d - height) < 1 else d)
        b = c = 0.0
    matrix = np.array([[a / width, c / height, e], [b / width, d / height, f]])
    shape = canvas.shape[1], canvas.shape[0]
    mask = np.full((height, width), 255, np.uint8) if alpha is None else alpha
    laid = np.asarray(cv2.warpAffine(pixels, matrix, shape, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
    shares = np.asarray(cv2.warpAffine(mask, matrix, shape, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT))
    solid = shares == 255
    canvas[solid] = laid[solid]
    partly = (shares > 0) & ~solid
    if partly.any():
        weight = shares[partly, None].astype(np.float32) / 255
        canvas[partly] = np.round(laid[partly] * weight + canvas[partly] * (1 - weight)).astype(np.uint8)


def _shrunk(pixels: npt.NDArray[np.uint8], by: tuple[float, float]) -> object:
    import cv2

    height, width = pixels.shape[:2]
    return cv2.resize(pixels, (max(1, round(width * by[0])), max(1, round(height * by[1]))), interpolation=cv2.INTER_AREA)
