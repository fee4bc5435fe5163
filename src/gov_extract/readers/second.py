"""The second, independent reading of the pages of PDF and OFD, by pdfplumber; and the fallback where pdfium cannot open a file.

In: a file's bytes, and for a second reading the `Document` of the first. Out: a `Document`. Of a PDF pdfplumber parses the
file, decodes the fonts, finds the rules and cuts the cells with code of its own; only the quarter turn of a page's content and
what leaves no ink, which it does not know, and the folding of radicals are ours. Of an OFD it cuts the cells and puts their
characters together (`gov_extract.readers.ofd.second`). It is 14 times slower than the first reading and imported only here.
"""

from __future__ import annotations

import io
import logging
import math
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any

from gov_extract.document import Box, Document, Finding, Grid, GridCell, Line, Page, Reading, Word
from gov_extract.errors import ReadError
from gov_extract.readers.folds import fold_radicals
from gov_extract.readers.pdf import pdfium
from gov_extract.readers.pdf.fields import printed
from gov_extract.readers.pdf.glyphs import SAMPLE, UNMAPPED, fold_hyphens, upright, upright_size
from gov_extract.readers.pdf.page import unseen
from gov_extract.readers.pdf.pdfium import Quad, too_many_pages
from gov_extract.readers.pdf.twice import each_once

ENGINE = "pdfplumber"
OFD = "application/ofd"
SAME_CELL = 3.0
"""Points by which the two engines' borders of a cell may differ: pdfplumber snaps rules within 3."""
WORD_GAP = 0.5
"""Gap, in a character's size, that begins a new word, as in the first reading."""
CLUSTER = 3.0
"""Points within which cell borders are one line of a grid."""

FEWEST = 0.5
"""Share of a page's characters that a second reading must see to be one: pdfminer loses all text in a font whose encoding it
does not understand, and what it does not see is no other reading then."""

DEEPEST, FOOT = 0.5, 0.2
"""Ems that a box's foot lies off its line at most where the font's descent is one (.1 to .35), and usually."""

_log = logging.getLogger("gov_extract")
_Char = dict[str, Any]


def reread(data: bytes, document: Document, pages: Collection[int]) -> Document:
    """Read pages again by pdfplumber.

    Parameters
    ----------
    data
        The file's content.
    document
        The first reading.
    pages
        Numbers of the pages, from 1.

    Returns
    -------
    Document
        The document with a second `Reading` (engine ``pdfplumber``) in every grid cell of those pages: the text of
        pdfplumber's own table cell where it found the same cell, else its characters inside the cell's box. Where
        pdfplumber fails, the page stays as it was, with a finding ``second_reading_failed``.
    """
    wanted = sorted(n for n in set(pages) if any(p.number == n and _has_grid(p) for p in document.pages))
    if not wanted:
        return document
    read = _reread_ofd(data, document, wanted) if document.media_type == OFD else _reread_pdf(data, document, wanted)
    findings = list(document.findings)
    for number in wanted:
        if number not in read:
            message = f"Page {number} could not be read a second time; its figures rest on one reading."
            findings.append(Finding("warning", "second_reading_failed", message, number))
    return document._replace(
        pages=tuple(read.get(page.number, page) if page.number else page for page in document.pages),
        findings=tuple(findings),
    )


def _reread_ofd(data: bytes, document: Document, wanted: Sequence[int]) -> dict[int, Page]:
    from gov_extract.readers.ofd.second import seen_again

    first = {page.number: page for page in document.pages}
    read: dict[int, Page] = {}
    try:
        for seen in seen_again(data, wanted):
            read[seen.number] = _reread_page(first[seen.number], seen.chars, seen.cells)
    except (ReadError, SyntaxError, ValueError, LookupError) as error:
        _log.debug("second reading: %s", error)
    return read


def _reread_pdf(data: bytes, document: Document, wanted: Sequence[int]) -> dict[int, Page]:
    read: dict[int, Page] = {}
    findings = document.findings
    hiding = {finding.page for finding in findings if finding.code == "hidden_text"}
    without_ink = _unseen(data, [number for number in wanted if number in hiding])
    first = {page.number: page for page in document.pages}
    if any(finding.code == "typed_text" for finding in findings):
        data = printed(data)
    try:
        with _opened(data, wanted) as plumber_pages:
            for plumber_page in plumber_pages:
                number = plumber_page.page_number
                if number not in wanted:
                    continue
                try:
                    again = _with_second_reading(first[number], plumber_page, without_ink.get(number, ()))
                    if again is not None:
                        read[number] = again
                except Exception as error:  # noqa: BLE001 - pdfminer raises whatever damage makes it raise: KeyError, struct.error...
                    _log.debug("second reading of page %s: %r", number, error)
                finally:
                    plumber_page.close()
    except ReadError as error:
        _log.debug("second reading: %s", error)
    return read


def read_by_plumber(data: bytes, *, max_pages: int, pages: Collection[int] | None = None) -> Document:
    """Read a PDF, or some of its pages (from 1), by pdfplumber alone.

    Raises
    ------
    ReadError
        ``damaged_pdf`` where pdfplumber cannot read it either; LimitError ``too_many_pages``.
    """
    found: list[Page] = []
    with _opened(data, pages) as plumber_pages:
        if pages is None and len(plumber_pages) > max_pages:
            raise too_many_pages(len(plumber_pages), max_pages)
        for plumber_page in plumber_pages:
            try:
                found.append(_page(plumber_page))
            except Exception as error:  # noqa: BLE001 - as above: pdfminer does not name its errors
                _log.debug("pdfplumber on page %s: %r", plumber_page.page_number, error)
    if not any(page.blocks for page in found):
        raise ReadError("The PDF is damaged and cannot be read; fetch it again or print it to a new PDF.", "damaged_pdf")
    findings = tuple(
        Finding("info", "fallback_reader", f"Page {page.number} was read by pdfplumber.", page.number) for page in found
    )
    return Document("application/pdf", tuple(found), {}, findings)


def _unseen(data: bytes, pages: Sequence[int]) -> dict[int, list[tuple[str, Quad]]]:
    """For each of some pages the characters that leave no ink, with their boxes on the upright page."""
    if not pages:
        return {}
    found = {}
    # The first reading has kept the limit of pages.
    with pdfium.opened(data, sys.maxsize) as (document, _):
        for number in pages:
            with pdfium.loaded(document, number - 1) as handles:
                if handles is not None:
                    found[number] = unseen(*handles)
    return found


@contextmanager
def _opened(data: bytes, pages: Collection[int] | None) -> Iterator[list[Any]]:
    import pdfplumber

    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    try:
        pdf = pdfplumber.open(io.BytesIO(data), pages=sorted(pages) if pages is not None else None)
        plumber_pages = pdf.pages
    except Exception as error:  # pdfminer lets built-in errors through when a file is damaged
        raise ReadError("The PDF is damaged and pdfplumber cannot open it.", "damaged_pdf") from error
    with pdf:
        yield plumber_pages


def _has_grid(page: Page) -> bool:
    return any(isinstance(block, Grid) for block in page.blocks)


class _View:
    """A page's geometry: from pdfplumber's coordinates (as displayed, top-down) to the upright page's."""

    def __init__(self, plumber_page: Any) -> None:
        self.rotation = int(plumber_page.rotation) % 360
        self.media: Quad = tuple(map(float, plumber_page.page_obj.mediabox))  # type: ignore[assignment]
        crop = tuple(map(float, plumber_page.page_obj.cropbox or self.media))
        self.page: Quad = (
            max(self.media[0], crop[0]),
            max(self.media[1], crop[1]),
            min(self.media[2], crop[2]),
            min(self.media[3], crop[3]),
        )
        self.left, self.top = map(float, plumber_page.mediabox[:2])
        self.height = float(plumber_page.height)
        self.turn = self._turn(plumber_page.chars)

    def _turn(self, chars: Sequence[_Char]) -> int:
        votes = [0, 0, 0, 0]
        for char in chars[:: max(1, len(chars) // SAMPLE)]:
            if char["text"].strip():
                angle = math.atan2(char["matrix"][1], char["matrix"][0])
                votes[round(angle / (math.pi / 2) + self.rotation / 90) % 4] += 1
        return votes.index(max(votes))

    def size(self) -> tuple[float, float]:
        return upright_size(self.turn, self.page)

    def box(self, x0: float, top: float, x1: float, bottom: float) -> Box:
        """A box of pdfplumber's on the upright page."""
        a, b = x0 - self.left, x1 - self.left
        c, d = self.height - (bottom - self.top), self.height - (top - self.top)
        left, low, right, high = self.media
        if self.rotation == 90:
            raw = right - d, a + low, right - c, b + low
        elif self.rotation == 180:
            raw = right - b, high - d, right - a, high - c
        elif self.rotation == 270:
            raw = c + left, high - b, d + left, high - a
        else:
            raw = a + left, c + low, b + left, d + low
        return Box(*upright(raw, self.turn, self.page))

    def inked(self, plumber_page: Any, gone: Sequence[tuple[str, Quad]]) -> Any:
        """The page without the characters that leave no ink: of those alike, the one nearest to each of their places."""
        alike: dict[str, list[tuple[float, float, int]]] = {}
        for char in plumber_page.chars:
            box = self.box(char["x0"], char["top"], char["x1"], char["bottom"])
            alike.setdefault(char["text"], []).append(((box.x0 + box.x1) / 2, (box.top + box.bottom) / 2, id(char)))
        dropped: set[int] = set()
        for text, (x0, top, x1, bottom) in gone:
            x, y, reach = (x0 + x1) / 2, (top + bottom) / 2, max(bottom - top, 1.0)
            near = [(abs(cx - x) + abs(cy - y), mark) for cx, cy, mark in alike.get(text, ()) if mark not in dropped]
            if near and min(near)[0] <= reach:
                dropped.add(min(near)[1])
        return plumber_page.filter(lambda item: id(item) not in dropped)

    def chars(self, plumber_page: Any) -> list[_Char]:
        """The page's characters, each once, set upright."""
        turned = []
        for char in each_once(plumber_page.chars):
            away = _off_line(char)
            box = self.box(char["x0"], char["top"] + away, char["x1"], char["bottom"] + away)
            turned.append(
                {
                    **char,
                    "x0": box.x0,
                    "x1": box.x1,
                    "top": box.top,
                    "bottom": box.bottom,
                    "doctop": box.top,
                    "width": box.x1 - box.x0,
                    "height": box.bottom - box.top,
                    "size": box.bottom - box.top,
                    "upright": True,
                    "text": _clean(char["text"]),
                }
            )
        return turned


def _off_line(char: _Char) -> float:
    """How far below its line a level character's box is to be set: a font's descent may be the foot of the box around all its
    characters, an em below the line, and pdfminer sets every box there."""
    a, b, c, d, _, f = char["matrix"]
    size = float(char["size"])
    if b or c or a <= 0 or d <= 0 or size <= 0:
        return 0.0
    foot = (char["y0"] - f) / size
    return 0.0 if -DEEPEST <= foot <= DEEPEST else float(foot + FOOT) * size


def _clean(text: str) -> str:
    return UNMAPPED if text.startswith("(cid:") else fold_hyphens(fold_radicals(text))


def _with_second_reading(page: Page, plumber_page: Any, gone: Sequence[tuple[str, Quad]]) -> Page | None:
    view = _View(plumber_page)
    chars = view.chars(view.inked(plumber_page, gone) if gone else plumber_page)
    if sum(not char["text"].isspace() for char in chars) < FEWEST * len("".join(page.text.split())):
        return None
    cells = [view.box(*cell) for table in plumber_page.find_tables() for cell in table.cells]
    return _reread_page(page, chars, cells)


def _reread_page(page: Page, chars: Sequence[_Char], cells: Sequence[Box]) -> Page:
    blocks = []
    for block in page.blocks:
        if isinstance(block, Grid):
            block = block._replace(cells=tuple(_reread_cell(cell, chars, cells) for cell in block.cells))
        blocks.append(block)
    return page._replace(blocks=tuple(blocks))


def _reread_cell(cell: GridCell, chars: Sequence[_Char], cells: Sequence[Box]) -> GridCell:
    if cell.box is None:
        return cell
    own = next((box for box in cells if all(abs(a - b) <= SAME_CELL for a, b in zip(box, cell.box, strict=True))), cell.box)
    return cell._replace(readings=(*cell.readings, Reading(_text_in(own, chars), ENGINE)))


def _text_in(box: Box, chars: Sequence[_Char]) -> str:
    inside = [
        char
        for char in chars
        if box.x0 <= (char["x0"] + char["x1"]) / 2 < box.x1 and box.top <= (char["top"] + char["bottom"]) / 2 < box.bottom
    ]
    if not inside:
        return ""
    from pdfplumber.utils.text import extract_text

    return str(extract_text(inside)).strip()


def _page(plumber_page: Any) -> Page:
    view = _View(plumber_page)
    chars = view.chars(plumber_page)
    width, height = view.size()
    grids = [
        grid
        for table in plumber_page.find_tables()
        if (grid := _grid([view.box(*cell) for cell in table.cells], chars, plumber_page.page_number)) is not None
    ]
    boxes = [grid.box for grid in grids if grid.box is not None]
    outside = [char for char in chars if not any(_inside(char, box) for box in boxes)]
    blocks: list[Grid | Line] = [*grids, *_lines(outside, plumber_page.page_number)]
    blocks.sort(key=lambda block: block.box[1:2] + block.box[:1] if block.box else (0.0, 0.0))
    unmapped = sum(char["text"] == UNMAPPED for char in chars) / max(len(chars), 1)
    return Page(plumber_page.page_number, width, height, tuple(blocks), _stream(chars), (), unmapped)


def _inside(char: _Char, box: Box) -> bool:
    x, y = (char["x0"] + char["x1"]) / 2, (char["top"] + char["bottom"]) / 2
    return bool(box.x0 <= x < box.x1 and box.top <= y < box.bottom)


def _grid(cells: Sequence[Box], chars: Sequence[_Char], number: int) -> Grid | None:
    xs = _borders([x for cell in cells for x in (cell.x0, cell.x1)])
    ys = _borders([y for cell in cells for y in (cell.top, cell.bottom)])
    if len(cells) < 2 or len(xs) < 3:
        return None
    made = []
    for cell in sorted(cells, key=lambda cell: (cell.top, cell.x0)):
        row, below = _nearest(ys, cell.top), _nearest(ys, cell.bottom)
        column, right = _nearest(xs, cell.x0), _nearest(xs, cell.x1)
        reading = Reading(_text_in(cell, chars), ENGINE)
        made.append(GridCell(row, column, max(below - row, 1), max(right - column, 1), (reading,), cell))
    made.sort(key=lambda cell: (cell.row, cell.column))
    return Grid(
        tuple(made), len(ys) - 1, len(xs) - 1, "ruled", number, Box(xs[0], ys[0], xs[-1], ys[-1]), tuple(xs), ("fallback",)
    )


def _borders(values: Sequence[float]) -> list[float]:
    lines: list[float] = []
    for value in sorted(values):
        if not lines or value - lines[-1] > CLUSTER:
            lines.append(value)
    return lines


def _nearest(lines: Sequence[float], value: float) -> int:
    return min(range(len(lines)), key=lambda i: abs(lines[i] - value))


def _lines(chars: Sequence[_Char], number: int) -> list[Line]:
    from pdfplumber.utils.text import extract_words

    words = extract_words([c for c in chars if c["text"].strip()], x_tolerance_ratio=WORD_GAP, keep_blank_chars=False)
    lines = []
    words.sort(key=lambda word: ((word["top"] + word["bottom"]) / 2, word["x0"]))
    last = [-math.inf]

    def line_key(word: _Char) -> float:
        middle = (word["top"] + word["bottom"]) / 2
        if middle - last[0] > 0.5 * (word["bottom"] - word["top"]):
            last[0] = middle
        return last[0]

    for _, group in groupby(words, key=line_key):
        row = sorted(group, key=lambda word: float(word["x0"]))
        made = tuple(Word(w["text"], Box(w["x0"], w["top"], w["x1"], w["bottom"])) for w in row)
        box = Box(
            min(w["x0"] for w in row), min(w["top"] for w in row), max(w["x1"] for w in row), max(w["bottom"] for w in row)
        )
        lines.append(Line(made, number, box))
    return lines


def _stream(chars: Sequence[_Char]) -> str:
    """The characters in stream order, a line break where the line changes, a blank at a gap."""
    parts: list[str] = []
    before: _Char | None = None
    for char in chars:
        if before is not None:
            size = max(char["size"], before["size"], 1.0)
            if abs(char["bottom"] - before["bottom"]) > 0.5 * size or char["x0"] < before["x0"] - size:
                parts.append("\n")
            elif char["x0"] - before["x1"] > 0.25 * size:
                parts.append(" ")
        parts.append(char["text"])
        before = char
    return "".join(parts)
