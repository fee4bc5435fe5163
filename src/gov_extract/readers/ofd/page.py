"""One page of an OFD: its part → a draft with grids and lines, by the stages that PDF pages go through.

In: a `Leaf` of the package. Out: a `Draft`, or None where the page has no part that can be read; and the media files that it
shows, for those who can read pictures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gov_extract.document import Finding
from gov_extract.readers.folds import fold_radicals
from gov_extract.readers.ofd.objects import POINTS, Drawing, draw
from gov_extract.readers.ofd.package import Leaf, Parts, Resources, child, children, numbers, words_of
from gov_extract.readers.ofd.pictures import Image, is_opaque
from gov_extract.readers.ofd.text import Pen
from gov_extract.readers.pdf import glyphs, labels
from gov_extract.readers.pdf.boxes import multiply
from gov_extract.readers.pdf.glyphs import Run
from gov_extract.readers.pdf.grounds import Ground
from gov_extract.readers.pdf.page import DEFAULT_PAGE, Draft, Sheet, composed
from gov_extract.readers.pdf.pdfium import Characters, Matrix, Quad
from gov_extract.readers.pdf.white import WHITE

if TYPE_CHECKING:
    from lxml import etree

ENGINE = "ofd"
BELIEVED = 0.9
"""Share of a page's characters that must lie inside an area of the page for the area to be believed."""
FEW_OUTLINES = 40
"""Shapes of the size of characters from which a page without text is one whose characters are drawn as outlines."""
INTERLACED = 3
"""Runs at the same heights in two stretches of a page's text from which these belong together, line by line."""
HIGHER = 30.0
"""Points by which a stretch begins higher than the one before it ended: more than a label's lines are high."""
MOST_AGAIN = 60
"""Such stretches of a page from which no order is left."""
FAR = 1e6
"""Points from the origin beyond which a place makes no sense."""
LONGEST_NUMBER = 3
"""Digits of a page's number."""
LARGEST_AREA = 1e5
"""Millimetres of a page's side beyond which its area makes no sense."""


class Drafted(NamedTuple):
    """A page's draft, the media files that it shows, its width and height as it lies (points), and whether its
    pictures are not all that is seen of it: text elsewhere than where pages are numbered, or something over them."""

    draft: Draft
    images: tuple[Image, ...]
    size: tuple[float, float]
    typed: bool


class Prepared(NamedTuple):
    """A page before its grids are made: its sheet, what is to be said of it, whether its characters come in another order than
    its lines, and the media files that it shows."""

    sheet: Sheet
    findings: tuple[Finding, ...]
    turned: bool
    images: tuple[Image, ...]
    over: bool


def draft_leaf(parts: Parts, leaf: Leaf, number: int, notes: Sequence[etree._Element] = ()) -> Drafted | None:
    """Read one page; `number` is its number in the package, from 1, `notes` what is typed over it."""
    prepared = prepare(parts, leaf, number, notes)
    if prepared is None:
        return None
    left, bottom, right, top = prepared.sheet.page_box
    draft = composed(prepared.sheet, prepared.findings, turned=prepared.turned)
    typed = prepared.over or any(not _in_margins(run, prepared.sheet.visible.text, draft.height) for run in prepared.sheet.runs)
    return Drafted(draft, prepared.images, (right - left, top - bottom), typed)


def _in_margins(run: Run, text: str, height: float) -> bool:
    """Whether a run stands where pages are numbered: a short figure at the foot, words of the head."""
    said = text[run.start : run.end]
    if run.top > (1 - labels.NUMBER_MARGIN) * height:
        return not said.isdecimal() or len(said) <= LONGEST_NUMBER
    return run.bottom < labels.HEAD_MARGIN * height


def prepare(parts: Parts, leaf: Leaf, number: int, notes: Sequence[etree._Element] = ()) -> Prepared | None:
    """Walk over one page and set it upright; None where it has no part that can be read."""
    root = parts.xml(leaf.part)
    if root is None or leaf.part is None:
        return None
    resources = leaf.resources.beside()
    _add_own(parts, leaf.part, root, resources)
    behind, before = _templates(parts, leaf, root, resources)
    lettered = any(_has_text(content) for content in (*behind, *before, *notes))
    drawing = draw([*behind, child(root, "Content"), *before], notes, resources, lambda media: is_opaque(parts.bytes_of(media)))
    add_outlined(drawing)
    page_box = believed(_areas(child(root, "Area"), leaf.area), drawing.pen)
    sheet, findings = _sheet(drawing, page_box, number)
    # What a template or a note holds is drawn apart from everything else, so that labels stand apart from their figures.
    turned = lettered or bool(sheet.turn) or is_jumbled(sheet.runs)
    return Prepared(sheet, findings, turned, _images(drawing, page_box), drawing.over)


def add_outlined(drawing: Drawing) -> None:
    """Set a character without Unicode where a shape of the make of a character lies among the rules of a table, and no text on
    it: a figure drawn as an outline is ink that cannot be read, and no blank."""
    pen, rules = drawing.pen, np.array(drawing.marks.rules).reshape(-1, 4)
    if not drawing.outlines or not len(rules) or not pen.text:
        return
    left, bottom, right, top = rules[:, 0].min(), rules[:, 1].min(), rules[:, 2].max(), rules[:, 3].max()
    shapes = np.array(drawing.outlines)
    x, y = (shapes[:, 0] + shapes[:, 2]) / 2, (shapes[:, 1] + shapes[:, 3]) / 2
    within = (x > left) & (x < right) & (y > bottom) & (y < top)
    x0, y1, x1, y0 = np.array(pen.boxes).reshape(-1, 4)[np.array(pen.angles) >= 0].T
    for at in np.flatnonzero(within).tolist():
        if not ((x0 < x[at]) & (x[at] < x1) & (y0 < y[at]) & (y[at] < y1)).any():
            pen.gap("\n")
            pen.add(glyphs.UNMAPPED, drawing.outlines[at], 0.0)


def _add_own(parts: Parts, part: str, root: etree._Element, resources: Resources) -> None:
    for reference in children(root, "PageRes"):
        parts.add_resources(parts.find(part, reference.text), resources)


def _templates(
    parts: Parts, leaf: Leaf, root: etree._Element, resources: Resources
) -> tuple[list[etree._Element | None], list[etree._Element | None]]:
    """The contents of a page's templates: those behind its own content, and those before it."""
    behind: list[etree._Element | None] = []
    before: list[etree._Element | None] = []
    for use in children(root, "Template"):
        part = leaf.templates.get(use.get("TemplateID", ""))
        template = parts.xml(part, keep=True)
        if template is None or part is None:
            continue
        _add_own(parts, part, template, resources)
        (before if use.get("ZOrder", "").strip().lower() == "foreground" else behind).append(child(template, "Content"))
    return behind, before


def _has_text(content: etree._Element | None) -> bool:
    return content is not None and any(True for _ in content.iter("{*}TextCode"))


def _areas(own: etree._Element | None, common: etree._Element | None) -> list[Quad]:
    """The boxes that may be the page, in page space, the likeliest first: what is shown of the sheet, the sheet.

    Of a sheet whose corner is not at the origin some writers count from the origin and some from the corner. Taken from the
    origin, what stands below each other on two pages does so either way.
    """
    found: list[Quad] = []
    for area in (own, common):
        physical, applied, cropped = (_box(words_of(area, name)) for name in ("PhysicalBox", "ApplicationBox", "CropBox"))
        shown = applied or cropped
        sheet = physical or shown
        if sheet is None:
            continue
        if shown is not None and sheet[:2] == (0.0, 0.0):
            left, top = max(0.0, shown[0]), max(0.0, shown[1])
            right, bottom = min(sheet[2], shown[2]), min(sheet[3], shown[3])
            if right - left >= 1 and bottom - top >= 1:
                found.append((left, top, right, bottom))
        found += [(0.0, 0.0, sheet[2] - sheet[0], sheet[3] - sheet[1]), sheet]
        break
    return [(left * POINTS, -bottom * POINTS, right * POINTS, -top * POINTS) for left, top, right, bottom in found]


def _box(told: str) -> Quad | None:
    """A box in millimetres as left, top, right, bottom."""
    sides = numbers(told)
    if len(sides) != 4 or not all(math.isfinite(side) and abs(side) <= LARGEST_AREA for side in sides):
        return None
    left, top, width, height = sides
    return (left, top, left + width, top + height) if width >= 1 and height >= 1 else None


def believed(boxes: Sequence[Quad], pen: Pen) -> Quad:
    """The first of a page's areas that holds nearly all characters; writers take areas for margins, and origins for others."""
    if not boxes:
        left, bottom, right, top = DEFAULT_PAGE
        return left, bottom - top, right, bottom
    sides = np.array(pen.boxes).reshape(-1, 4).T
    inked = np.array(pen.angles) >= 0
    if not inked.any():
        return boxes[0]
    x, y = (sides[0] + sides[2])[inked] / 2, (sides[1] + sides[3])[inked] / 2
    for left, bottom, right, top in boxes:
        if float(((x >= left) & (x <= right) & (y >= bottom) & (y <= top)).mean()) >= BELIEVED:
            return left, bottom, right, top
    return boxes[0]


def _sheet(drawing: Drawing, page_box: Quad, number: int) -> tuple[Sheet, tuple[Finding, ...]]:
    """The page as the stages of drawn pages take it, and what is to be said of it."""
    pen = drawing.pen
    text = "".join(pen.text)
    # Numbers beyond any page would spoil the reckoning with others; so far out they are left out anyway.
    places = np.clip(np.nan_to_num(np.array(pen.boxes), nan=FAR), -FAR, FAR).astype(np.float32)
    characters = Characters(text, places.reshape(-1, 4), pen.complete)
    slanted = {i for i, angle in enumerate(pen.angles) if glyphs.skewed([angle])}
    angles = [-1.0 if i in slanted else pen.angles[i] for i in glyphs.sample(text)]
    turn = glyphs.quarter_turn(text, angles)
    placed = glyphs.upright_glyphs(characters, turn, page_box)
    readable = glyphs.fold_private(glyphs.fold_hyphens(fold_radicals(text)))
    placed = placed._replace(text=readable)
    width, height = glyphs.upright_size(turn, page_box)
    low = np.flatnonzero(placed.bottom - placed.top < glyphs.SMALLEST).tolist()
    gone = {*pen.unseen, *slanted, *low, *glyphs.absurd(placed, width, height)}
    gone = {i for i in gone if readable[i] not in glyphs.WHITE}
    visible = glyphs.blanked(placed, gone) if gone else placed
    runs = glyphs.runs_of(visible)
    findings = []
    if not runs and len(drawing.outlines) >= FEW_OUTLINES:
        message = f"Page {number} is drawn in outlines without text."
        findings.append(Finding("warning", "page_without_text", message, number))
    share = glyphs.unmapped_share(visible.text)
    complete = pen.complete and drawing.complete

    def white(indices: Sequence[int]) -> dict[int, int]:
        return dict.fromkeys(pen.white.intersection(indices), WHITE)

    def grounds() -> list[Ground]:
        fills, pictures = (zip(*[iter(boxes)] * 4, strict=True) for boxes in (drawing.marks.fills, drawing.marks.pictures))
        filled = [Ground(box, n in drawing.white_fills) for n, box in enumerate(fills)]
        return filled + [Ground(box, False) for box in pictures]

    sheet = Sheet(number, turn, page_box, runs, visible, len(gone), share, drawing.marks, complete, white, ENGINE, grounds)
    return sheet, tuple(findings)


def is_jumbled(runs: Sequence[Run]) -> bool:
    """Whether a page's text is not drawn line by line: all labels first, or column by column.

    It is so where two stretches, the later of which begins again higher up, hold many runs at the same heights. A group's
    label that stands in the middle of its rows is a single one.
    """
    if len(runs) < 2 * INTERLACED:
        return False
    middles = np.array([(run.top + run.bottom) / 2 for run in runs])
    again = np.flatnonzero(np.diff(middles) < -HIGHER) + 1
    if len(again) > MOST_AGAIN:
        return True
    stretches = [part for part in np.split(middles, again) if len(part) >= INTERLACED]
    for k, first in enumerate(stretches):
        for second in stretches[k + 1 :]:
            low, high = max(first.min(), second.min()), min(first.max(), second.max())
            shared = (int(((part >= low) & (part <= high)).sum()) for part in (first, second))
            if min(shared) >= INTERLACED:
                return True
    return False


def _images(drawing: Drawing, page_box: Quad) -> tuple[Image, ...]:
    left, _, _, top = page_box
    down: Matrix = (1.0, 0.0, 0.0, -1.0, -left, top)
    return tuple(image._replace(place=multiply(image.place, down)) for image in drawing.images)
