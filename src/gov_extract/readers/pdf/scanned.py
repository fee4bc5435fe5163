"""Pages of a PDF that must be read as pictures: rendered here, recognised by `gov_extract.readers.scan.instead`.

In: an opened document and the drafts of its pages. Out: the pages recognised, and the findings as they are then.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as raw

from gov_extract.document import Finding, Page
from gov_extract.readers.pdf import pdfium
from gov_extract.readers.scan import instead
from gov_extract.readers.scan.instead import HIGHEST, LOWEST, MOST_PIXELS

if TYPE_CHECKING:
    from gov_extract.readers.pdf.page import Draft

RESOLUTION = 200.0
"""Dots per inch at which a page is drawn that is not a single picture."""
WHOLE = 0.9
"""Share of a page that a single picture covers which is the page."""


def recognise_pages(
    document: int, drafts: Sequence[Draft | None], findings: Sequence[Finding]
) -> tuple[dict[int, Page], list[Finding]]:
    """The pages that were recognised, by their index, and the document's findings."""

    def picture(index: int) -> tuple[npt.NDArray[np.uint8], float] | None:
        with pdfium.loaded(document, index) as handles:
            return drawn(handles[0]) if handles else None

    wanted = [index for index, draft in enumerate(drafts) if draft and draft.scanned]
    return instead.recognise_pages(drafts, findings, wanted, picture)


def drawn(page: int) -> tuple[npt.NDArray[np.uint8], float]:
    """A page's pixels (RGB), as it is shown, and their resolution."""
    handle = ctypes.cast(page, raw.FPDF_PAGE)
    width, height = raw.FPDF_GetPageWidthF(handle), raw.FPDF_GetPageHeightF(handle)
    dpi = own_resolution(handle, width, height)
    dpi = min(dpi, 72 * (MOST_PIXELS / max(width * height, 1.0)) ** 0.5)
    columns, rows = max(1, round(width * dpi / 72)), max(1, round(height * dpi / 72))
    pixels = np.full((rows, columns, 3), 255, np.uint8)
    bitmap = raw.FPDFBitmap_CreateEx(columns, rows, raw.FPDFBitmap_BGR, pixels.ctypes.data_as(ctypes.c_void_p), 3 * columns)
    try:
        raw.FPDF_RenderPageBitmap(bitmap, handle, 0, 0, columns, rows, 0, raw.FPDF_ANNOT | raw.FPDF_REVERSE_BYTE_ORDER)
    finally:
        raw.FPDFBitmap_Destroy(bitmap)
    return pixels, dpi


def own_resolution(page: raw.FPDF_PAGE, width: float, height: float) -> float:
    """The resolution of the single picture that a page is; of any other page `RESOLUTION`."""
    found = []
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    columns, rows = ctypes.c_uint(), ctypes.c_uint()
    for index in range(min(raw.FPDFPage_CountObjects(page), 50)):
        thing = raw.FPDFPage_GetObject(page, index)
        if raw.FPDFPageObj_GetType(thing) != raw.FPDF_PAGEOBJ_IMAGE:
            continue
        if not raw.FPDFPageObj_GetBounds(thing, left, bottom, right, top):
            continue
        wide, high = right.value - left.value, top.value - bottom.value
        if wide * high >= WHOLE * width * height and raw.FPDFImageObj_GetImagePixelSize(thing, columns, rows):
            # A page may be turned: the picture's longer side belongs to the longer side of its place.
            share = max(columns.value, rows.value) / max(wide, high)
            found.append(72 * share)
    return min(HIGHEST, max(LOWEST, found[0])) if len(found) == 1 else RESOLUTION
