"""A picture of a page → `Page`, as every other reader yields it.

In: pixels and their resolution. Out: grids with readings where rulings make cells, lines of words elsewhere. The page is laid
straight first; it is turned by quarters only where it cannot be read as it lies.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gov_extract.document import Box, Grid, Line, Page
from gov_extract.readers.pdf.grids import Lattice, lattices
from gov_extract.readers.scan import extra
from gov_extract.readers.scan.cells import grids_of, images_of
from gov_extract.readers.scan.engine import detect, recognise
from gov_extract.readers.scan.ink import Blot, blots_of, is_dust, without_rulings
from gov_extract.readers.scan.pale import weakest
from gov_extract.readers.scan.pixels import Pixels, Sheet, even, to_gray, working_scale
from gov_extract.readers.scan.prose import lines_outside
from gov_extract.readers.scan.rulings import Rulings, rulings_of
from gov_extract.readers.scan.straight import laid_straight, lie_of

SMALLEST = 12
"""Pixels of a picture's shorter side below which it holds no character."""
MAX_BLOTS = 60_000
"""Pieces of ink on one page; a dense one has 6,000. What has more is a photograph or a texture."""
SHORTEST_TEXT = 2
"""Characters of a text that counts when it is judged whether a page could be read."""
LEGIBLE = 0.85
"""Mean confidence of a page's longer texts below which it may lie on its side or upside down."""
BETTER = 0.15
"""By how much another way to turn the page must be better."""
SAMPLE, TURN_LOOK = 16, 75.0
"""Lines by which ways to turn a page are compared, and dots per inch at which they are looked for."""


def read_turned(pixels: Pixels, dpi: float, number: int | None, turn: int) -> tuple[Page, int]:
    """Read a picture as `read_picture` does, turned by `turn` quarters first, as the page before it had to be; also by how many
    it had to be."""
    import cv2

    extra.require()
    cv2.setNumThreads(1)
    if min(pixels.shape[:2]) < SMALLEST:
        height, width = (side * 72 / dpi for side in pixels.shape[:2])
        return Page(number, round(width, 3), round(height, 3), (), "", reader="ocr"), turn
    gray = to_gray(pixels, dpi)
    pale = weakest(pixels, gray)
    page, legible = _read_upright(gray, pale, dpi, number, turn)
    if legible >= LEGIBLE:
        return page, turn
    best = best_turn(gray, dpi)
    if best == turn:
        return page, turn
    return _read_upright(gray, pale, dpi, number, best)[0], best


def read_picture(pixels: Pixels, dpi: float, number: int | None = None) -> Page:
    """Read a picture of a page, or of a part of one.

    Parameters
    ----------
    pixels
        Gray (height, width), or RGB (height, width, 3).
    dpi
        Its resolution in dots per inch, the same in both directions.
    number
        The page's number, from 1; None for a format without pages.

    Returns
    -------
    Page
        Boxes in points on the upright, straight page. Cells and words have one or more readings of the engines ``ocr`` and
        ``ocr_again``.

    Raises
    ------
    MissingExtraError
        Where the extra ``ocr`` is not installed.
    """
    return read_turned(pixels, dpi, number, 0)[0]


def _read_upright(gray: Pixels, pale: Pixels, dpi: float, number: int | None, turn: int) -> tuple[Page, float]:
    """The page turned by so many quarters, and how legible its text was; `pale` is the page by its weakest channels."""
    scale = working_scale(dpi)
    upright = np.ascontiguousarray(np.rot90(gray, turn))
    lie = lie_of(upright, dpi)
    sheet = Sheet(even(laid_straight(upright, scale, lie), dpi * scale), dpi * scale)
    rulings = rulings_of(sheet)
    clean = without_rulings(sheet, rulings.covered)
    blots = blots_of(clean)
    if len(blots) > MAX_BLOTS:
        blots = [blot for blot in blots if not is_dust(blot, sheet.dpi)][:MAX_BLOTS]
    made = _lattices(rulings, blots, sheet)
    traces = clean
    if pale is not gray:
        straight = laid_straight(np.ascontiguousarray(np.rot90(pale, turn)), scale, lie)
        traces = without_rulings(Sheet(even(straight, sheet.dpi), sheet.dpi), rulings.covered)
    images = images_of(clean, traces, sheet.dpi)
    grids = grids_of(made, images, blots, sheet.dpi, number)
    boxes = [_in_pixels(lattice, sheet) for lattice in made]
    lines = lines_outside(images, blots, boxes, sheet.dpi, number)
    height, width = (side * sheet.to_points for side in sheet.gray.shape)
    blocks: list[Grid | Line] = [*grids, *lines]
    blocks.sort(key=_place)
    outside = tuple(
        Box(start, at - 0.1, end, at + 0.1)
        for at, start, end in rulings.rules.level
        if not any(lattice.ys[0] - 3 <= at <= lattice.ys[-1] + 3 for lattice in made)
    )
    page = Page(number, round(width, 3), round(height, 3), tuple(blocks), text_of(blocks), outside, 0.0, "ocr")
    return page, _legible(blocks)


def _lattices(rulings: Rulings, blots: Sequence[Blot], sheet: Sheet) -> list[Lattice]:
    """The tables that the rulings make; single cells are frames, single columns make no cells."""
    scale = sheet.to_points
    centres = np.array(
        [((b.x0 + b.x1) / 2 * scale, (b.top + b.bottom) / 2 * scale) for b in blots if not is_dust(b, sheet.dpi)]
    ).reshape(-1, 2)

    def holds_text(box: tuple[float, float, float, float]) -> bool:
        x, y = centres.T
        return bool(((x > box[0]) & (x < box[2]) & (y > box[1]) & (y < box[3])).any())

    made, _ = lattices(rulings.rules.level, rulings.rules.upright, holds_text)
    return [lattice for lattice in made if len(lattice.slots) > 1 and len(lattice.xs) > 2]


def _in_pixels(lattice: Lattice, sheet: Sheet) -> tuple[int, int, int, int]:
    x0, top, x1, bottom = (round(side / sheet.to_points) for side in lattice.box)
    return x0, top, x1, bottom


def _place(block: Grid | Line) -> tuple[float, float]:
    box = block.box or Box(0, 0, 0, 0)
    return box.top, box.x0


def text_of(blocks: Sequence[Grid | Line]) -> str:
    """A page's characters in the order in which they are read."""
    return "\n".join(map(_text, blocks))


def _text(block: Grid | Line) -> str:
    """A block's text in the order in which it is read: a grid row by row."""
    if isinstance(block, Line):
        return block.text
    rows: list[list[str]] = [[] for _ in range(block.n_rows)]
    for cell in block.cells:
        if cell.text:
            rows[cell.row].append(cell.text)
    return "\n".join(" ".join(row) for row in rows if row)


def _legible(blocks: Sequence[Grid | Line]) -> float:
    """The mean confidence of a page's longer texts; 1 where it has too few to tell."""
    first = [cell.readings[0] for block in blocks if isinstance(block, Grid) for cell in block.cells]
    first += [word.readings[0] for block in blocks if isinstance(block, Line) for word in block.words if word.readings]
    told = [r.confidence or 0.0 for r in first if len(r.text.strip()) >= SHORTEST_TEXT or (r.text and not r.text.isascii())]
    return sum(told) / len(told) if len(told) > SHORTEST_TEXT else 1.0


def best_turn(gray: Pixels, dpi: float) -> int:
    """By how many quarters the page must be turned (against the clock) to be read: 0 where no way is clearly better."""
    import cv2

    scale = TURN_LOOK / dpi
    small = np.asarray(cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    scores = []
    for turn in range(4):
        page = np.ascontiguousarray(np.rot90(gray, turn))
        found = detect(np.ascontiguousarray(np.rot90(small, turn)))
        wide = sorted((r for r in found if r[2] - r[0] > 1.5 * (r[3] - r[1])), key=lambda r: r[0] - r[2])[:SAMPLE]
        crops = [page[round(y0 / scale) : round(y1 / scale), round(x0 / scale) : round(x1 / scale)] for x0, y0, x1, y1 in wide]
        read = recognise([crop for crop in crops if crop.size])
        sure = sorted((one.confidence for one in read if one.text), reverse=True)
        scores.append(sum(sure) / SAMPLE)
    best = max(range(4), key=scores.__getitem__)
    return best if scores[best] > scores[0] + BETTER else 0
