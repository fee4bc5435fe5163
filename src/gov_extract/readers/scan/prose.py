"""The text outside grids: lines of words, in reading order.

In: a straight page, where its grids lie, its ink. Out: `Line`s. The detector finds lines; ink that it has passed over (it
misses lone figures) is looked for by hand and read as well. Words of a line are parted at wide gaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from gov_extract.document import Box, Line, Reading, Word
from gov_extract.readers.scan.cells import Images, clipped, cropped, despecked
from gov_extract.readers.scan.engine import detect, recognise
from gov_extract.readers.scan.figures import ENGINE, UNTOLD, View, calibrated, may_be_figure, readings_of, tidy
from gov_extract.readers.scan.ink import Blot, InkLine, begins_flat, is_dust

LOOK = 100.0
"""Dots per inch at which lines are looked for."""
BAND = 0.15
"""Inches without ink that part the text outside grids into bands, each looked at by itself."""
WORD_GAP = 0.9
"""Gap, in the height of its line, at which a new word begins: Chinese punctuation leaves less."""
FIGURE_GAP = 0.6
"""The same between figures, which stand closer in a table without rulings."""
STUB, ALIKE, APART = 0.4, 0.15, 0.4
"""Width of a thin upright stroke, in its height; by how much a 1 may be higher or lower than the other digits of its figure,
and stand apart from them, in their height."""
LOWEST, HIGHEST = 0.05, 0.6
"""Inches of the height of ink that can be a character's."""
SAME_LINE = 0.5
"""Share of the lower height by which words of one line overlap."""
UNSURE = 0.5
"""Confidence below which what the detector has not found is dirt."""
MIN_CONFIDENCE = 0.3
"""Confidence below which what the detector has found is no text: stripes of a picture."""

_Rect = tuple[int, int, int, int]


class _Found(NamedTuple):
    rect: _Rect
    blots: list[Blot]
    seen: bool


def lines_outside(images: Images, blots: Sequence[Blot], grids: Sequence[_Rect], dpi: float, number: int | None) -> list[Line]:
    """The lines of text outside the grids (boxes in pixels)."""
    outside = [
        blot
        for blot in blots
        if not any(x0 <= (blot.x0 + blot.x1) / 2 < x1 and y0 <= (blot.top + blot.bottom) / 2 < y1 for x0, y0, x1, y1 in grids)
    ]
    strokes = [b for b in outside if not is_dust(b, dpi) and b.height <= HIGHEST * dpi and b.width <= 4 * HIGHEST * dpi]
    if not strokes:
        return []
    rects = _detected(images, strokes, grids, dpi)
    found = _with_missed(rects, strokes, dpi)
    words = _words(found, images, dpi)
    return _in_lines(words, number)


def _detected(images: Images, strokes: Sequence[Blot], grids: Sequence[_Rect], dpi: float) -> list[_Rect]:
    """Where the detector sees lines, in pixels; bands without text are not shown to it, and grids are white."""
    import cv2

    rects: list[_Rect] = []
    page = images.plain
    if grids:
        page = page.copy()
        for x0, y0, x1, y1 in grids:
            page[y0:y1, x0:x1] = 255
    scale = min(1.0, LOOK / dpi)
    for first, last in _bands(strokes, dpi, page.shape[0]):
        band = cv2.resize(page[first:last], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        for x0, y0, x1, y1 in detect(np.asarray(band)):
            rects.append((round(x0 / scale), round(y0 / scale) + first, round(x1 / scale), round(y1 / scale) + first))
    return rects


def _bands(strokes: Sequence[Blot], dpi: float, height: int) -> list[tuple[int, int]]:
    gap = BAND * dpi
    bands: list[list[float]] = []
    for blot in sorted(strokes, key=lambda b: b.top):
        if bands and blot.top - bands[-1][1] <= 4 * gap:
            bands[-1][1] = max(bands[-1][1], blot.bottom)
        else:
            bands.append([blot.top, blot.bottom])
    return [(max(0, int(first - gap)), min(height, int(last + gap))) for first, last in bands]


def _with_missed(rects: Sequence[_Rect], strokes: Sequence[Blot], dpi: float) -> list[_Found]:
    """The detector's lines with their ink, and the ink that lies in none, put together to lines of its own."""
    found = [_Found(rect, [], True) for rect in rects]
    by_top = sorted(range(len(rects)), key=lambda n: rects[n][1])
    missed: list[Blot] = []
    for blot in strokes:
        x, y = (blot.x0 + blot.x1) / 2, (blot.top + blot.bottom) / 2
        inside = [n for n in by_top if rects[n][0] <= x <= rects[n][2] and rects[n][1] <= y <= rects[n][3]]
        if inside:
            nearest = min(inside, key=lambda n: abs(y - (rects[n][1] + rects[n][3]) / 2))
            found[nearest].blots.append(blot)
        else:
            missed.append(blot)
    for group in _side_by_side(missed, dpi):
        if max(blot.height for blot in group) >= LOWEST * dpi or max(blot.width for blot in group) >= LOWEST * dpi:
            rect = (
                min(b.x0 for b in group),
                min(b.top for b in group),
                max(b.x1 for b in group),
                max(b.bottom for b in group),
            )
            found.append(_Found(rect, group, False))
    return [one for one in found if one.blots]


def _side_by_side(blots: Sequence[Blot], dpi: float) -> list[list[Blot]]:
    """Ink put together where it stands on one line, not farther apart than characters."""
    groups: list[list[Blot]] = []
    for blot in sorted(blots):
        for group in groups:
            last = group[-1]
            shared = min(last.bottom, blot.bottom) - max(last.top, blot.top)
            near = blot.x0 - max(b.x1 for b in group) <= 0.06 * dpi
            if near and shared >= 0.3 * min(last.height, blot.height):
                group.append(blot)
                break
        else:
            groups.append([blot])
    return groups


class _Read(NamedTuple):
    rect: _Rect
    word: Word


def _words(found: Sequence[_Found], images: Images, dpi: float) -> list[_Read]:
    """The words of all lines, each read."""
    pieces = [(line, one.seen) for one in found for line in _split(one)]
    boxes = [_around(line, dpi) for line, _ in pieces]
    decoded = recognise([cropped(images.plain, box, line, (), dpi) for (line, _), box in zip(pieces, boxes, strict=True)])
    again = [n for n, said in enumerate(decoded) if may_be_figure(said.text)]
    more = [
        recognise([despecked(cropped(images.plain, boxes[n], pieces[n][0], (), dpi)) for n in again]),
        recognise([clipped(cropped(images.plain, boxes[n], pieces[n][0], (), dpi)) for n in again]),
    ]
    views = {n: tuple(View((one,)) for one in others) for n, *others in zip(again, *more, strict=True)}
    read = []
    for n, ((line, seen), said) in enumerate(zip(pieces, decoded, strict=True)):
        if n in views:
            readings = readings_of(
                (View((said,)), *views[n]), (line,), doubted=_has_stub(line, dpi), flat=begins_flat(images.plain, line)
            )
        else:
            readings = (Reading(tidy(said.text) or UNTOLD, ENGINE, calibrated(said.confidence)),)
        if said.confidence < (MIN_CONFIDENCE if seen else UNSURE) and (not seen or readings[0].text == UNTOLD):
            continue
        scale = 72 / dpi
        box = Box(line.x0 * scale, line.top * scale, line.x1 * scale, line.bottom * scale)
        read.append(_Read((line.x0, line.top, line.x1, line.bottom), Word(readings[0].text, box, None, readings)))
    return read


def _has_stub(line: InkLine, dpi: float) -> bool:
    """Whether a thin upright stroke of a word may be what is left of a ruling, and no 1: it is higher or lower than the others,
    or stands farther from them than digits of one figure do."""
    strokes = [blot for blot in line.blots if not is_dust(blot, dpi)]
    thin = [blot for blot in strokes if blot.width <= STUB * blot.height]
    others = [blot for blot in strokes if blot not in thin]
    if not thin or not others:
        return False
    height = max(blot.height for blot in others)
    top, bottom = min(blot.top for blot in others), max(blot.bottom for blot in others)
    for blot in thin:
        gap = min(max(other.x0 - blot.x1, blot.x0 - other.x1) for other in strokes if other is not blot)
        if max(abs(blot.top - top), abs(blot.bottom - bottom)) > ALIKE * height or gap > APART * height:
            return True
    return False


def _around(line: InkLine, dpi: float) -> _Rect:
    more = round(0.05 * dpi)
    return line.x0 - more, line.top - more, line.x1 + more, line.bottom + more


def _split(one: _Found) -> list[InkLine]:
    """A line's words: its ink cut at wide gaps."""
    whole = InkLine(
        min(b.x0 for b in one.blots),
        min(b.top for b in one.blots),
        max(b.x1 for b in one.blots),
        max(b.bottom for b in one.blots),
        tuple(sorted(one.blots)),
    )
    height = whole.bottom - whole.top
    words: list[list[Blot]] = [[whole.blots[0]]]
    reach = whole.blots[0].x1
    for _, blot in pairwise(whole.blots):
        if blot.x0 - reach > WORD_GAP * height:
            words.append([])
        words[-1].append(blot)
        reach = max(reach, blot.x1)
    return [
        InkLine(min(b.x0 for b in w), min(b.top for b in w), max(b.x1 for b in w), max(b.bottom for b in w), tuple(w))
        for w in words
    ]


def _in_lines(words: Sequence[_Read], number: int | None) -> list[Line]:
    """Words that stand beside each other as lines, from top to bottom."""
    groups: list[list[_Read]] = []
    for read in sorted(words, key=lambda r: r.rect[1] + r.rect[3]):
        _, top, _, bottom = read.rect
        for group in reversed(groups[-4:]):
            other = group[0].rect
            shared = min(bottom, other[3]) - max(top, other[1])
            if shared >= SAME_LINE * min(bottom - top, other[3] - other[1]):
                group.append(read)
                break
        else:
            groups.append([read])
    lines = []
    for group in groups:
        ordered = tuple(read.word for read in sorted(group, key=lambda r: r.rect[0]))
        boxes = [word.box for word in ordered if word.box is not None]
        box = Box(min(b.x0 for b in boxes), min(b.top for b in boxes), max(b.x1 for b in boxes), max(b.bottom for b in boxes))
        lines.append(Line(ordered, number, box))
    return lines
