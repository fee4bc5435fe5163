"""Image files → `Document`: PNG, JPEG, TIFF with several pages, BMP, WebP, GIF.

In: a file's bytes. Out: a page for each picture in it. Sizes are checked before anything is decoded; the resolution that a file
names is believed only where it makes a sheet of paper of the picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gov_extract.document import Box, Document, Finding, Grid, Line, Page
from gov_extract.errors import LimitError, ReadError
from gov_extract.readers.limits import MOST_RECOGNISED, Limits
from gov_extract.readers.scan import extra
from gov_extract.readers.scan.margins import without_labels
from gov_extract.readers.scan.page import read_picture, text_of
from gov_extract.readers.scan.pixels import Pixels

if TYPE_CHECKING:
    from PIL import Image

FORMATS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/tiff": "TIFF",
    "image/bmp": "BMP",
    "image/webp": "WEBP",
    "image/gif": "GIF",
}
"""Pillow's name of each media type: no other of its decoders is ever tried."""
MOST_PIXELS = 100_000_000
"""Pixels of one picture: an A4 sheet at 600 dots per inch has 35 million, a long picture of twelve pages as many."""
NARROWEST, WIDEST = 4.5, 24.0
"""Inches of a sheet's width between which the resolution that a file names is believed: from A5 to A1."""
A4_SHORT, A4_LONG = 8.27, 11.69
LONG = 1.7
"""Height over width from which a picture is several pages below each other."""
PAGE = 1.414
"""Height over width of the pieces that it is cut into."""
STRIP = 256
"""Rows of a picture that are made gray at a time."""
SLACK = 0.12
"""Share of a piece's height within which it is cut where there is least ink."""


def read_image(data: bytes, limits: Limits, media_type: str) -> Document:
    """Read an image file.

    Raises
    ------
    MissingExtraError
        Where the extra ``ocr`` is not installed.
    LimitError
        ``too_large``, ``too_many_pages``; before a picture is decoded.
    ReadError
        ``damaged`` where it cannot be decoded.
    """
    extra.require()
    pages: list[Page] = []
    findings: list[Finding] = []
    pieces = 0
    for number, (pixels, dpi) in enumerate(_pictures(data, limits, media_type), 1):
        cuts = _cuts(pixels)
        pieces += len(cuts) - 1
        if pieces > MOST_RECOGNISED:
            message = f"Picture {number} was not read: of one document at most {MOST_RECOGNISED} pages are recognised."
            findings.append(Finding("warning", "page_not_recognised", message, number))
            pages.append(Page(number, None, None, (), "", reader="ocr"))
            continue
        pages.append(_read(pixels, dpi, number, cuts))
    return Document(media_type, without_labels(tuple(pages)), {}, tuple(findings))


def _pictures(data: bytes, limits: Limits, media_type: str) -> Iterator[tuple[Pixels, float]]:
    """The pictures of a file with their resolutions."""
    with _opened(data, media_type) as picture:
        several = media_type == "image/tiff"
        for n in range(limits.max_pages + 1):
            if n:
                try:
                    picture.seek(n)
                except EOFError:
                    return
            if n == limits.max_pages:
                message = f"The file has more than {limits.max_pages} pictures; raise the limit if it is a report."
                raise LimitError(message, "too_many_pages")
            _check_pixels(picture, n + 1)
            pixels = _decoded(picture)
            yield pixels, resolution(picture.info.get("dpi"), pixels.shape[1], pixels.shape[0])
            if not several:
                return


@contextmanager
def _opened(data: bytes, media_type: str) -> Iterator[Image.Image]:
    """A file's pictures, by Pillow's decoder of its media type; what decoders raise of damaged ones is a `ReadError`."""
    from PIL import Image, ImageFile

    # Other libraries set this for the whole process, and a picture that is cut off would be read as if it were whole.
    tolerated, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        with Image.open(BytesIO(data), formats=[FORMATS[media_type]]) as picture:
            yield picture
    except ReadError:
        raise
    # Pillow names no common error for what its decoders meet in damaged files.
    except (OSError, SyntaxError, ValueError, EOFError, TypeError, KeyError, Image.DecompressionBombError) as error:
        raise ReadError(f"the picture is damaged ({error}); download it again", "damaged") from error
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = tolerated


def _check_pixels(picture: Image.Image, number: int) -> None:
    width, height = picture.size
    if width * height > MOST_PIXELS:
        message = (
            f"picture {number} has {width} by {height} pixels, more than the limit of "
            f"{MOST_PIXELS // 1_000_000} million; save it smaller"
        )
        raise LimitError(message, "too_large")


def measured(data: bytes, media_type: str) -> tuple[int, int]:
    """The height and width that the first picture of a file says it has; nothing is decoded.

    Raises
    ------
    LimitError, ReadError
        As `read_image`.
    """
    with _opened(data, media_type) as picture:
        _check_pixels(picture, 1)
        width, height = picture.size
        return height, width


def layer(data: bytes, media_type: str) -> tuple[Pixels, Pixels | None]:
    """The first picture of a file as it is laid over others.

    Returns
    -------
    tuple of array and array or None
        RGB pixels (height, width, 3), and how opaque each is (0 to 255; None where all are).

    Raises
    ------
    LimitError, ReadError
        As `read_image`.
    """
    with _opened(data, media_type) as picture:
        _check_pixels(picture, 1)
        if picture.mode.startswith("I"):  # 16 bits
            return np.repeat(eight_bits(np.asarray(picture))[:, :, None], 3, 2), None
        if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
            layered = np.asarray(picture.convert("RGBA"))
            return np.ascontiguousarray(layered[:, :, :3]), np.ascontiguousarray(layered[:, :, 3])
        return np.asarray(picture.convert("RGB")), None


def _decoded(picture: Image.Image) -> Pixels:
    """A picture's pixels, gray or RGB, as a camera's mark says that they lie, on white where it is transparent."""
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith("I"):  # 16 bits
        return eight_bits(np.asarray(upright))
    if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
        layered = upright.convert("RGBA")
        ground = Image.new("RGBA", layered.size, (255, 255, 255, 255))
        upright = Image.alpha_composite(ground, layered).convert("RGB")
    return np.asarray(upright.convert("L" if upright.mode in ("1", "L") else "RGB"))


def eight_bits(values: npt.NDArray[Any]) -> Pixels:
    """Values of more than eight bits as gray, the brightest white; strip by strip, so that no wide copy is made."""
    factor = 255.0 / max(float(values.max(initial=0)), 1.0)
    gray = np.empty(values.shape, np.uint8)
    for first in range(0, len(values), STRIP):
        gray[first : first + STRIP] = np.clip(values[first : first + STRIP], 0, None) * factor
    return gray


def resolution(named: object, width: int, height: int) -> float:
    """The resolution that a file names where it makes a sheet of paper of it, else that of an A4 sheet of its width."""
    if isinstance(named, tuple) and len(named) == 2:
        across = float(named[0])
        if math.isfinite(across) and across > 0 and NARROWEST <= width / across <= WIDEST:
            return across
    return width / (A4_LONG if width > height else A4_SHORT)


def _cuts(pixels: Pixels) -> list[int]:
    """Where a picture is cut into pages, its ends included: rows with the least ink near every page's height."""
    height, width = pixels.shape[:2]
    if height < LONG * width:
        return [0, height]
    gray = pixels if pixels.ndim == 2 else pixels.min(2)
    ink = (gray < 128).mean(1)
    cuts = [0]
    while height - cuts[-1] > LONG * width:
        near = cuts[-1] + PAGE * width
        first, last = round(near - SLACK * PAGE * width), min(height, round(near + SLACK * PAGE * width))
        rows = np.arange(first, last)
        # Of rows with the same ink the one nearest to a page's height.
        order = np.lexsort((np.abs(rows - near), np.round(ink[first:last], 3)))
        cuts.append(int(rows[order[0]]))
    return [*cuts, height]


def _read(pixels: Pixels, dpi: float, number: int, cuts: list[int]) -> Page:
    """A picture as one page, whatever it was cut into."""
    if len(cuts) == 2:
        return read_picture(pixels, dpi, number)
    blocks: list[Grid | Line] = []
    rules: list[Box] = []
    for first, last in pairwise(cuts):
        piece = read_picture(np.ascontiguousarray(pixels[first:last]), dpi, number)
        down = first * 72 / dpi
        blocks += [_moved(block, down) for block in piece.blocks]
        rules += [_lower(rule, down) for rule in piece.rules]
    height, width = (side * 72 / dpi for side in pixels.shape[:2])
    return Page(number, round(width, 3), round(height, 3), tuple(blocks), text_of(blocks), tuple(rules), 0.0, "ocr")


def _lower(box: Box, down: float) -> Box:
    return Box(box.x0, box.top + down, box.x1, box.bottom + down)


def _moved(block: Grid | Line, down: float) -> Grid | Line:
    """A block farther down the page."""
    box = _lower(block.box, down) if block.box else None
    if isinstance(block, Line):
        words = tuple(word._replace(box=_lower(word.box, down)) if word.box else word for word in block.words)
        return block._replace(words=words, box=box)
    cells = tuple(cell._replace(box=_lower(cell.box, down)) if cell.box else cell for cell in block.cells)
    return block._replace(cells=cells, box=box)
