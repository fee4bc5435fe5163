"""The cells of a ruled grid: which ink is whose, what each says.

In: a straight page, the lattices that its rulings make, the page's ink. Out: `Grid`s. Every cell is cropped and read by itself;
nothing has to find figures first. A cell is blank only where it holds no ink.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from gov_extract.document import Box, Grid, GridCell, Reading
from gov_extract.readers.pdf.grids import Lattice
from gov_extract.readers.scan.engine import recognise
from gov_extract.readers.scan.figures import ENGINE, SECOND, UNTOLD, View, agree, calibrated, may_be_figure, readings_of
from gov_extract.readers.scan.ink import (
    STRONG,
    WEAK,
    Blot,
    InkLine,
    begins_flat,
    blots_of,
    has_pale_dash,
    is_flat,
    is_slash,
    joined,
    lines_of,
)
from gov_extract.readers.scan.pale import has_trace, smoothed
from gov_extract.readers.scan.pixels import Pixels

PAD = 0.3
"""White around a line's ink, in its height, that the recogniser sees."""
LOWEST = 0.06
"""Inches of the lowest line that is cropped: a dash needs white above and below it."""
LARGE = 0.6
"""Inches from which ink that hangs together is no character's: a seal, a rule of something else."""
SPILL = 0.02
"""Inches by which a cell's ink may stand over its border."""
WIDE_GAP = 1.2
"""Gap, in the height of its line, that parts two columns rather than two digits."""
PALER = 70
"""Gray by which a line is paler than another one of its cell where it is not print."""
STUB_TOUCH, STUB_THIN, STUB_LONG = 0.012, 0.025, 0.06
"""Inches from its cell's border, of the thickness and of the length of what is left of a ruling: less than a figure has."""
FAINT = 0.05
"""Inches of the height of pale ink from which a place without other ink is not proven to be blank."""
PALE, SOILED = 0.72, 0.5
"""Gray, of the way from a place's own ink to white, from which on pale ink is taken off; and, of the way from black, the same
where a seal's ink is to go on a gray scan."""
FEW_LINES = 5
"""Places of a table with one line each, from which their height is that of its print."""
OWN_INK = 0.25
"""Share of a place's ink, the darkest first, that tells how black it is."""
SMOOTH = 0.005
"""Inches over which a place is smoothed where its readings disagree."""

EMPTY = (Reading("", ENGINE, 1.0), Reading("", SECOND, 1.0))


_Look = tuple[Pixels, Callable[[Pixels], Pixels] | None]
"""An image of the page, and what is done to each crop of it."""


class Images(NamedTuple):
    """The page without its rulings: as it is, without specks, smoothed, and with a seal's pale ink taken off; and `traces`, in
    which ink of any colour is dark."""

    plain: Pixels
    median: Pixels
    smooth: Pixels
    dark: Pixels
    traces: Pixels


def images_of(clean: Pixels, traces: Pixels, dpi: float) -> Images:
    """The images that figures are read in; `traces` is the page by its weakest channels, without its rulings."""
    import cv2

    dark = cv2.LUT(clean, np.clip(np.arange(256) / SOILED, 0, 255).astype(np.uint8))
    smooth = cv2.GaussianBlur(clean, (0, 0), SMOOTH * dpi)
    return Images(clean, np.asarray(cv2.medianBlur(clean, 3)), np.asarray(smooth), np.asarray(dark), smoothed(traces, dpi))


def despecked(crop: Pixels) -> Pixels:
    """A crop without what is thinner than any stroke: filtered at twice its size, so that thin strokes stay."""
    import cv2

    large = cv2.resize(crop, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.medianBlur(large, 3), np.uint8)


def clipped(crop: Pixels) -> Pixels:
    """A crop with its ink made black and what is paler than it taken off."""
    import cv2

    ink = crop[crop < STRONG]
    black = float(np.quantile(ink, OWN_INK)) if ink.size else 0.0
    table = np.clip((np.arange(256) - black) * 255 / (PALE * (255 - black)), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(crop, table))


CENTRED = 0.15
"""How far from half its cell's height a dash lies at most, in the height of words."""
TORN, WORDS = 0.5, 3.0
"""Height of a figure in that of lines of words, at least, and length of such a line in its height."""


class Place(NamedTuple):
    """A cell before it is read: its box in pixels, its lines of ink, whether other ink lies in it or its own lies outside, and
    whether there is pale ink in it; the usual height of words in its table."""

    box: tuple[int, int, int, int]
    lines: tuple[InkLine, ...]
    doubted: bool
    faint: bool
    words: float = 0.0


def grids_of(lattices: Sequence[Lattice], images: Images, blots: Sequence[Blot], dpi: float, number: int | None) -> list[Grid]:
    """The lattices as grids with readings."""
    places = [_places(lattice, images, blots, dpi) for lattice in lattices]
    readings = iter(_read([place for own in places for place in own], images, dpi))
    return [_grid(lattice, [next(readings) for _ in own], number) for lattice, own in zip(lattices, places, strict=True)]


def _places(lattice: Lattice, images: Images, blots: Sequence[Blot], dpi: float) -> list[Place]:
    scale = dpi / 72
    xs, ys = [x * scale for x in lattice.xs], [y * scale for y in lattice.ys]
    own: list[list[Blot]] = [[] for _ in lattice.slots]
    large: list[Blot] = []
    beside: set[int] = set()  # places that another one's ink enters from the side, and from above or below
    below: set[int] = set()
    for blot in blots:
        x, y = (blot.x0 + blot.x1) / 2, (blot.top + blot.bottom) / 2
        if not (xs[0] <= x < xs[-1] and ys[0] <= y < ys[-1]):
            if max(blot.width, blot.height) >= LARGE * dpi:
                large.append(blot)
            continue
        row, column = bisect_right(ys, y) - 1, bisect_right(xs, x) - 1
        at = lattice.owner[row][column]
        if max(blot.width, blot.height) >= LARGE * dpi:
            large.append(blot)
        elif at >= 0:
            own[at].append(blot)
            beside |= {lattice.owner[row][n] for n in _crossed(xs, blot.x0, blot.x1, dpi)} - {at}
            below |= {lattice.owner[n][column] for n in _crossed(ys, blot.top, blot.bottom, dpi)} - {at}
    found = []
    for n, (slot, inside) in enumerate(zip(lattice.slots, own, strict=True)):
        row, column, rowspan, colspan = slot
        box = (round(xs[column]), round(ys[row]), round(xs[column + colspan]), round(ys[row + rowspan]))
        place = _place(box, inside, large, images, dpi)
        hidden = any(_may_be_ruling(blot, xs[column + 1 : column + colspan], dpi) for blot in inside)
        # Lines that touch each other are common, and leave doubt only where nothing else stands.
        entered = n in beside or (n in below and not place.lines)
        found.append(place._replace(doubted=place.doubted or hidden or entered))
    single = sorted(line.bottom - line.top for place in found if len(place.lines) == 1 for line in place.lines)
    usual = single[len(single) // 2] if len(single) >= FEW_LINES else 0
    found = [place._replace(lines=joined(place.lines, usual)) if len(place.lines) > 1 else place for place in found]
    words = _height_of_words(found)
    return [place._replace(doubted=place.doubted or _is_torn(place, TORN * words), words=words) for place in found]


def _height_of_words(places: Sequence[Place]) -> float:
    """The usual height of the table's lines of words; 0 where it has hardly any."""
    lines = [line for place in places for line in place.lines]
    high = sorted(line.bottom - line.top for line in lines if line.x1 - line.x0 >= WORDS * (line.bottom - line.top))
    return float(high[len(high) // 2]) if len(high) >= FEW_LINES else 0.0


def _is_torn(place: Place, least: float) -> bool:
    """Whether a place's ink is lower than any figure beside words of the table's size, and no dash: the rest of it is gone."""
    if len(place.lines) != 1 or is_flat(place.lines[0]):
        return False
    return place.lines[0].bottom - place.lines[0].top < least


def _place(box: tuple[int, int, int, int], own: Sequence[Blot], large: Sequence[Blot], images: Images, dpi: float) -> Place:
    x0, top, x1, bottom = box
    spill = SPILL * dpi
    soiled = any(b.x0 < x1 and b.x1 > x0 and b.top < bottom and b.bottom > top for b in large)
    if soiled:
        region = images.plain[top:bottom, x0:x1] < STRONG
        # Only where ink of something large is in the cell itself, not merely in a box that takes it in.
        soiled = int(region.sum()) > sum(blot.area for blot in own) + 2
    if soiled:
        crop = images.dark[top:bottom, x0:x1]
        own = [Blot(b.x0 + x0, b.top + top, b.x1 + x0, b.bottom + top, b.area) for b in blots_of(crop)]
    over = any(b.x0 < x0 - spill or b.x1 > x1 + spill or b.top < top - spill or b.bottom > bottom + spill for b in own)
    own = [blot for blot in own if not _is_stub(blot, box, dpi)]
    lines = tuple(lines_of(own, dpi))
    dark = [int(images.median[line.top : line.bottom, line.x0 : line.x1].min()) for line in lines]
    if dark and max(dark) >= min(dark) + PALER:  # what a seal leaves beside a figure
        lines = tuple(line for line, black in zip(lines, dark, strict=True) if black < min(dark) + PALER)
        over = True
    over |= any(_has_wide_gap(line) for line in lines)
    faint = not lines and (_is_faint(images.median[top:bottom, x0:x1], dpi) or has_trace(images.traces[top:bottom, x0:x1], dpi))
    return Place(box, lines, soiled or over, faint)


def _crossed(borders: Sequence[float], start: int, end: int, dpi: float) -> list[int]:
    """The numbers of the columns (or rows) in which ink begins and ends."""
    ends = (bisect_right(borders, start + SPILL * dpi) - 1, bisect_right(borders, end - SPILL * dpi) - 1)
    return [n for n in ends if 0 <= n < len(borders) - 1]


def _may_be_ruling(blot: Blot, borders: Sequence[float], dpi: float) -> bool:
    """Whether a thin upright stroke in a merged cell lies where rulings of other rows do: what is left of one."""
    middle = (blot.x0 + blot.x1) / 2
    return blot.width <= STUB_THIN * dpi and any(abs(middle - x) <= STUB_TOUCH * dpi for x in borders)


def _has_wide_gap(line: InkLine) -> bool:
    """Whether a line's ink is parted as figures of two columns are whose ruling was not seen."""
    height, reach = line.bottom - line.top, line.blots[0].x1
    for blot in line.blots:
        if blot.x0 - reach > WIDE_GAP * height:
            return True
        reach = max(reach, blot.x1)
    return False


def _is_stub(blot: Blot, box: tuple[int, int, int, int], dpi: float) -> bool:
    """Whether ink is what is left of a ruling: thin, and at its cell's border."""
    x0, top, x1, bottom = box
    touch, thin, long = STUB_TOUCH * dpi, STUB_THIN * dpi, STUB_LONG * dpi
    at_side = blot.x0 - x0 <= touch or x1 - blot.x1 <= touch
    at_end = blot.top - top <= touch or bottom - blot.bottom <= touch
    if at_side and blot.width <= thin:
        return True
    return at_end and (blot.height <= thin or (blot.width <= thin and blot.height <= long))


def _is_faint(crop: Pixels, dpi: float) -> bool:
    """Whether a place without ink has pale marks as high as a figure."""
    edge = max(2, round(0.02 * dpi))
    inner = crop[edge:-edge, edge:-edge]
    if not inner.size or int(inner.min()) >= WEAK:
        return False
    return any(blot.height >= FAINT * dpi for blot in blots_of(inner, WEAK))


def cropped(image: Pixels, box: tuple[int, int, int, int], line: InkLine, others: Sequence[InkLine], dpi: float) -> Pixels:
    """A line with white around it; what stands beyond its cell's borders or in other lines is white too."""
    x0, top, x1, bottom = line[:4]
    height = bottom - top
    low = max(0, round((LOWEST * dpi - height) / 2))
    pad_y, pad_x = max(2, round(PAD * height)) + low, max(3, round(1.3 * PAD * height)) + low
    above = max((o.bottom for o in others if o.bottom <= top), default=box[1])
    below = min((o.top for o in others if o.top >= bottom), default=box[3])
    first = max(top - pad_y, box[1], above, 0)
    last = min(bottom + pad_y, max(below, bottom), max(box[3], bottom), image.shape[0])
    left, right = max(x0 - pad_x, min(box[0], x0), 0), min(x1 + pad_x, max(box[2], x1), image.shape[1])
    out = np.full((height + 2 * pad_y, x1 - x0 + 2 * pad_x), 255, np.uint8)
    y, x = first - (top - pad_y), left - (x0 - pad_x)
    out[y : y + last - first, x : x + right - left] = image[first:last, left:right]
    return out


def _read(places: Sequence[Place], images: Images, dpi: float) -> list[tuple[Reading, ...]]:
    """The readings of every place: all once, those that may hold figures in the other images as well."""
    plain = _views(places, images.plain, dpi)
    views: dict[int, tuple[View, ...]] = {
        n: (view,) for n, view in enumerate(plain) if places[n].lines and may_be_figure(view.text)
    }
    views = _with_more(views, places, [(images.plain, despecked), (images.plain, clipped)], dpi)
    open_ = {n: own for n, own in views.items() if places[n].doubted or not agree(own)}
    views |= _with_more(open_, places, [(images.median, None), (images.smooth, None), (images.dark, None)], dpi)
    found: list[tuple[Reading, ...]] = []
    for n, (place, view) in enumerate(zip(places, plain, strict=True)):
        if not place.lines:
            unproven = place.doubted or place.faint
            found.append((Reading("", ENGINE, 0.0),) if unproven else EMPTY)
        elif n in views:
            line = place.lines[0]
            flat = begins_flat(images.plain, line)
            doubted = place.doubted or has_pale_dash(images.plain, line, place.box[0])
            slash = len(place.lines) == 1 and is_slash(images.plain, line)
            aside = abs(line.top + line.bottom - place.box[1] - place.box[3]) / 2
            centred = aside <= CENTRED * place.words
            readings = readings_of(views[n], place.lines, doubted=doubted, flat=flat, slash=slash, centred=centred)
            found.append(readings)
        else:
            text = view.text or UNTOLD
            found.append((Reading(text, ENGINE, calibrated(view.confidence)),))
    return found


def _with_more(
    views: Mapping[int, tuple[View, ...]], places: Sequence[Place], images: Sequence[_Look], dpi: float
) -> dict[int, tuple[View, ...]]:
    """The places of `views`, by their number, seen in further images."""
    again = [places[n] for n in views]
    more = [_views(again, image, dpi, change) for image, change in images]
    return {n: (*views[n], *others) for n, *others in zip(views, *more, strict=True)}


def _views(places: Sequence[Place], image: Pixels, dpi: float, change: Callable[[Pixels], Pixels] | None = None) -> list[View]:
    crops = [cropped(image, place.box, line, place.lines, dpi) for place in places for line in place.lines]
    if change:
        crops = [change(crop) for crop in crops]
    decoded = iter(recognise(crops))
    return [View(tuple(next(decoded) for _ in place.lines)) for place in places]


def _grid(lattice: Lattice, readings: Sequence[tuple[Reading, ...]], number: int | None) -> Grid:
    xs, ys = lattice.xs, lattice.ys
    cells = []
    for (row, column, rowspan, colspan), loose, own in zip(lattice.slots, lattice.loose, readings, strict=True):
        if loose and own == EMPTY:
            continue
        box = Box(xs[column], ys[row], xs[column + colspan], ys[row + rowspan])
        cells.append(GridCell(row, column, rowspan, colspan, own, box))
    return Grid(
        tuple(cells), len(ys) - 1, len(xs) - 1, "ruled", number, Box(*lattice.box), tuple(xs), lattice.doubts
    )  # fmt: skip
