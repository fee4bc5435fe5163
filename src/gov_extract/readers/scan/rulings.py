"""The rulings of a page: long thin ink, level and upright, however faint, dotted or broken.

In: a straight, even page. Out: `Rulings`: pieces as boxes in points, and the pixels that they cover. A ruling is told by its
contrast to both of its sides, averaged along it, so that noise and faint ink do not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gov_extract.readers.pdf.rules import Rules, page_rules
from gov_extract.readers.scan.along import contacts, reaches, stands_free
from gov_extract.readers.scan.crossing import crossing_pieces
from gov_extract.readers.scan.dashes import drawn_through
from gov_extract.readers.scan.edges import BREAK, MEETS, end_at, open_edges, trimmed_ends, without_gaps
from gov_extract.readers.scan.gaps import PARTS, closed_gaps
from gov_extract.readers.scan.pixels import Pixels, Sheet
from gov_extract.readers.scan.strips import Piece

ALONG = 0.045
"""Inches along a ruling over which it is averaged."""
SIDES = (0.03, 0.055)
"""Inches at which a ruling's sides are looked at: beyond the thickest border, before and behind the second of two."""
FAINTEST = 14.0
"""Least contrast of a ruling (ink is 255): below that lies the texture of paper and of JPEG."""
NOISE = 5.0
"""Least contrast, in standard deviations of the page's own texture."""
CLEAR = 0.4
"""Share of its own ink that a ruling's sides may have: letters that stand against it."""
GAP = 0.025
"""Inches between crumbs of one ruling, beyond what averaging joins: less than between a figure and its cell's border."""
SHORTEST_LEVEL, SHORTEST_UPRIGHT = 0.22, 0.17
"""Inches of the shortest piece: longer than a stroke of a character, not longer than a cell."""
THICKEST = 0.09
"""Inches beyond which long ink is a filled block."""
CORE = 0.012
"""Inches on both sides of a ruling's middle that are its own where letters stand against it."""
FREE = 0.6
"""Inches from which a piece is a ruling wherever it ends; shorter ones end at such rulings."""
PIECES, INKED, STRAIGHT = 4, 0.75, 0.8
"""Pieces in one line that are a ruling together, the share of its length that they are, and points by which they may lie
aside."""
PIECES_ALONE, INKED_ALONE = 2, 0.5
"""The same of pieces with no other ink beside them, known rulings in line among them."""
NEAR, LONELY = 0.025, 0.25
"""Inches from a short piece at which its sides are looked at, and the ink that they may have there, in its own: other strokes
of a character cross or touch the one that is taken for a ruling."""
DOTS = 0.035
"""Inches over which dots are averaged."""
WHOLE, WHOLE_SHORT, WHOLE_LONELY, FAIR, EVEN = 0.93, 0.97, 0.9, 0.85, 0.6
"""Share of a piece's length that has ink where it is drawn through, the same of a short piece, of one without other ink beside
it, and of one in line with a long one, and what counts as ink there, in the piece's own strength: characters side by side
leave gaps, and strokes of a single one do not reach from border to border."""
ALIGNED = 2.5
"""Points by which two pieces of one ruling may be out of line."""

CARRIED, HIDDEN = 0.75, 0.25
"""Share of the way to the next crossing ruling that has thin ink where a ruling goes on, and inches of it that letters may
hide in one place."""


class Rulings(NamedTuple):
    """A page's rulings; `covered` are the pixels that they cover, a little more than their ink."""

    rules: Rules
    covered: npt.NDArray[np.bool_]


def rulings_of(sheet: Sheet) -> Rulings:
    """Find the rulings of a straight page."""
    import cv2

    ink = drawn_through(255 - sheet.gray, sheet.dpi)
    turned = np.ascontiguousarray(ink.T)
    level_mask, level_ink = _pieces_mask(ink, sheet.dpi, SHORTEST_LEVEL)
    upright_mask, upright_ink = _pieces_mask(turned, sheet.dpi, SHORTEST_UPRIGHT)
    found = _pieces(level_mask, ink, sheet.dpi), _pieces(upright_mask, turned, sheet.dpi)
    level: list[Piece] = []
    upright: list[Piece] = []
    # Short pieces end at others, which may have to be carried on first.
    for _ in range(2):
        level, upright = _anchored(found, level, upright, (turned, ink), sheet.dpi)
        level, upright = _mended(level, upright), _mended(upright, level)
        level, upright = (
            _carried_on(level, upright, level_ink, turned, sheet.dpi),
            _carried_on(upright, level, upright_ink, ink, sheet.dpi),
        )
    bits = [[one.piece for one in pieces] for pieces in found]
    for share in PARTS:
        level, upright = _closed(level, upright, bits, (ink, turned), sheet.dpi, share)
        ends = open_edges(upright, level)
        upright = _with(upright, crossing_pieces(ink, [*level, *ends], upright, sheet.dpi, MEETS))
        ends = open_edges(level, upright)
        level = _with(level, crossing_pieces(turned, [*upright, *ends], level, sheet.dpi, MEETS))
    level, upright = _closed(level, upright, bits, (ink, turned), sheet.dpi, PARTS[-1])
    upright = without_gaps(upright, level, ink, sheet.dpi)
    level, upright = trimmed_ends(level, upright), trimmed_ends(upright, level)
    flat = [(start, at - 0.1, end, at + 0.1) for at, start, end in level]
    steep = [(at - 0.1, start, at + 0.1, end) for at, start, end in upright]
    boxes = np.array([*flat, *steep], np.float64).reshape(-1, 4)
    covered = _along(level_mask, level_ink, level, sheet.dpi) | _along(upright_mask, upright_ink, upright, sheet.dpi).T
    grown = cv2.dilate(covered, np.ones((3, 3), np.uint8)).astype(bool)
    return Rulings(page_rules((boxes[:, 0], boxes[:, 1], boxes[:, 2], boxes[:, 3]), None), grown)


def _closed(
    level: Sequence[Piece],
    upright: Sequence[Piece],
    bits: Sequence[Sequence[Piece]],
    inks: tuple[Pixels, Pixels],
    dpi: float,
    share: float,
) -> tuple[list[Piece], list[Piece]]:
    """Both with the gaps of worn ones closed, to open edges too."""
    sides, ends = open_edges(level, upright), open_edges(upright, level)
    more = closed_gaps(level, bits[0], upright, sides, inks[0], dpi, share)
    further = closed_gaps(upright, bits[1], level, ends, inks[1], dpi, share)
    return _with(level, more), _with(upright, further)


def _along(mask: Pixels, thin: Pixels, pieces: Sequence[Piece], dpi: float) -> Pixels:
    """The pixels of the pieces that are rulings, of `thin` only what lies on them: strokes of characters are none."""
    out = np.zeros_like(mask)
    scale = dpi / 72
    for at, start, end in pieces:
        columns = slice(max(0, round((start - MEETS) * scale)), round((end + MEETS) * scale) + 1)
        for ink, reach in ((thin, CORE * dpi), (mask, THICKEST / 2 * dpi)):
            rows = slice(max(0, round(at * scale - reach)), round(at * scale + reach) + 1)
            out[rows, columns] |= ink[rows, columns]
    return out


def _pieces_mask(ink: Pixels, dpi: float, shortest: float) -> tuple[Pixels, Pixels]:
    """The pixels of level pieces (1 where they are), and those of all thin level ink, letters' strokes too."""
    import cv2

    along, long = max(3, round(ALONG * dpi) | 1), round(shortest * dpi)
    near, _ = _contrast(ink, along, dpi)
    far, clear = _contrast(ink, long | 1, dpi)
    gap = max(3, round(GAP * dpi))
    thin = np.asarray(cv2.morphologyEx(near, cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8)), np.uint8) & far
    closed = thin & clear
    # A ruling that is not quite level steps from row to row: joined over neighbouring rows before its length is taken.
    thick = cv2.dilate(closed, np.ones((2, 1), np.uint8))
    return np.asarray(cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, long), np.uint8)), np.uint8), thin


def _contrast(ink: Pixels, along: int, dpi: float) -> tuple[Pixels, Pixels]:
    """Where ink averaged over `along` pixels stands out from both sides, and where these sides are clear of ink, as those of
    strokes in a line of text are not."""
    import cv2

    mean = cv2.blur(ink, (along, 1)).astype(np.int16)
    steps = [max(2, round(side * dpi)) for side in SIDES]
    above, below = (np.minimum(*(_moved(mean, sign * step) for step in steps)) for sign in (1, -1))
    beside = np.maximum(above, below)
    contrast = mean - beside
    sample = contrast[::5, ::5]
    deviation = 1.4826 * float(np.median(np.abs(sample - np.median(sample))))
    return (contrast > max(FAINTEST, NOISE * deviation)).astype(np.uint8), (beside < CLEAR * mean).astype(np.uint8)


def _moved(values: npt.NDArray[np.int16], by: int) -> npt.NDArray[np.int16]:
    """The rows `by` farther down (up where negative); beyond the page lies paper."""
    out = np.zeros_like(values)
    if by > 0:
        out[:-by] = values[by:]
    else:
        out[-by:] = values[:by]
    return out


class _Found(NamedTuple):
    """A piece, whether it is drawn through, and clear of other ink too, whether it is a ruling wherever it ends, and whether it
    is drawn through with no other ink beside it."""

    piece: Piece
    fair: bool
    whole: bool
    sure: bool
    alone: bool


def _pieces(mask: Pixels, ink: Pixels, dpi: float) -> list[_Found]:
    import cv2

    scale, dots = 72.0 / dpi, round(DOTS * dpi) | 1
    _, _, stats, centres = cv2.connectedComponentsWithStats(mask, connectivity=8)
    found = []
    for (x, _, w, _, area), (_, middle) in zip(stats[1:].tolist(), centres[1:].tolist(), strict=True):
        if area > THICKEST * dpi * w:
            continue
        core = ink[max(0, round(middle) - 2) : round(middle) + 3, x : x + w].max(0)
        along = cv2.blur(np.minimum(core, 2 * np.median(core)).astype(np.float32)[None], (dots, 1))[0]
        drawn = (along > EVEN * np.median(along)).mean()
        sure = w >= FREE * dpi and drawn >= WHOLE
        beside = [ink[at, x : x + w].mean() for at in _sides(round(middle), ink.shape[0], dpi)]
        fair = drawn >= FAIR
        lonely = max(beside, default=0.0) <= LONELY * along.mean()
        whole = drawn >= (WHOLE_LONELY if lonely else WHOLE_SHORT)
        found.append(
            _Found(
                ((middle + 0.5) * scale, x * scale, (x + w) * scale),
                bool(fair),
                bool(whole),
                bool(sure),
                bool(lonely and drawn >= WHOLE),
            )
        )
    return sorted(found)


def _sides(row: int, rows: int, dpi: float) -> list[int]:
    """The rows of pixels on both sides of a piece, beyond its own ink."""
    step = max(3, round(NEAR * dpi))
    return [at for at in (row - step, row + step) if 0 <= at < rows]


def _anchored(
    found: tuple[Sequence[_Found], Sequence[_Found]],
    level: Sequence[Piece],
    upright: Sequence[Piece],
    inks: tuple[Pixels, Pixels],
    dpi: float,
) -> tuple[list[Piece], list[Piece]]:
    """The rulings known so far with the pieces that are rulings by themselves, and those that end at such on both ends; `inks`
    are the page as either of them lie upright in it."""
    kept: list[list[Piece]] = []
    for pieces, known in zip(found, (level, upright), strict=True):
        rulings = [*known, *(one.piece for one in pieces if one.sure)]
        if not known:
            rulings += _in_line([one.piece for one in pieces if one.fair and not one.sure], (), PIECES, INKED)
        alone = [one.piece for one in pieces if one.alone and not one.sure and one.piece not in rulings]
        kept.append([*rulings, *_in_line(alone, rulings, PIECES_ALONE, INKED_ALONE)])
    open_ = [
        [
            one.piece
            for one in own
            if one.piece not in rulings
            and not one.sure
            and (one.whole or (one.fair and any(abs(one.piece[0] - p[0]) <= ALIGNED for p in rulings)))
        ]
        for own, rulings in zip(found, kept, strict=True)
    ]
    for _ in range(2):
        for own, other in ((0, 1), (1, 0)):
            places = [piece[0] for piece in kept[own]]
            meeting = [
                p
                for p in open_[own]
                if _spans(p, kept[other], inks[own], dpi, in_line=any(abs(p[0] - at) <= STRAIGHT for at in places))
            ]
            kept[own] += meeting
            open_[own] = [p for p in open_[own] if p not in meeting]
    return sorted(kept[0]), sorted(kept[1])


def _spans(piece: Piece, others: Sequence[Piece], ink: Pixels, dpi: float, *, in_line: bool) -> bool:
    """Whether a piece goes from one ruling to another, and is no stroke of a character: these have others on both sides."""
    first, second = (end_at(piece[0], place, others) for place in piece[1:])
    if first is None or second is None or not reaches(ink, piece[0], first, second, dpi):
        return False
    return in_line or stands_free(ink, piece[0], first, second, dpi)


def _in_line(pieces: Sequence[Piece], known: Sequence[Piece], fewest: int, inked: float) -> list[Piece]:
    """The pieces that are long together: at least so many in one line, known rulings counted, and that share of the way from
    the first to the last: a ruling worn to pieces, none of which is long."""
    kept: list[Piece] = []
    for at in sorted({round(piece[0]) for piece in pieces}):
        own = [piece for piece in pieces if abs(piece[0] - at) <= STRAIGHT]
        line = [*own, *(piece for piece in known if abs(piece[0] - at) <= STRAIGHT)]
        length = sum(end - start for _, start, end in line)
        reach = max((end for _, _, end in line), default=0.0) - min((start for _, start, _ in line), default=0.0)
        if len(line) >= fewest and length >= max(2 * FREE * 72, inked * reach):
            kept += [piece for piece in own if piece not in kept]
    return kept


def _mended(pieces: Sequence[Piece], others: Sequence[Piece]) -> list[Piece]:
    """The pieces with the gaps between those of one ruling filled, where the ruling is worn: a gap that reaches from one
    crossing ruling to another is a merged cell and stays."""
    mended: list[Piece] = []
    left = sorted(pieces, key=lambda piece: piece[1])
    for piece in left:
        for n, (at, start, end) in enumerate(mended):
            if abs(at - piece[0]) > ALIGNED or not end - MEETS <= piece[1] <= end + BREAK:
                continue
            apart = piece[1] - end > MEETS
            crossed = sorted(o for o, first, last in others if first - MEETS <= at <= last + MEETS) if apart else []
            if any(a >= end - MEETS and b <= piece[1] + MEETS and b - a > MEETS for a, b in pairwise(crossed)):
                continue
            long, more = end - start, piece[2] - piece[1]
            middle = (at * long + piece[0] * more) / max(long + more, 1e-6)
            mended[n] = (middle, start, max(end, piece[2]))
            break
        else:
            mended.append(piece)
    return mended


def _with(pieces: Sequence[Piece], more: Sequence[Piece]) -> list[Piece]:
    """The pieces with further ones, those in line that meet as one."""
    joined: list[Piece] = []
    for at, start, end in sorted([*pieces, *more], key=lambda piece: piece[1]):
        for n, (other, first, last) in enumerate(joined):
            if abs(other - at) <= ALIGNED and start <= last + MEETS:
                long, own = last - first, end - start
                joined[n] = ((other * long + at * own) / max(long + own, 1e-6), first, max(last, end))
                break
        else:
            joined.append((at, start, end))
    return sorted(joined)


def _carried_on(pieces: Sequence[Piece], others: Sequence[Piece], thin: Pixels, ink: Pixels, dpi: float) -> list[Piece]:
    """The pieces carried on to the next crossing rulings where thin ink goes on there: letters that stand against a ruling hide
    it, but not where it is known to come from, nor where it meets them. `ink` is the page as the pieces are upright in it."""
    scale = dpi / 72

    def goes_on(at: float, start: float, end: float) -> bool:
        row, half = round(at * scale), round(CORE * dpi)  # of a double one, both
        part = thin[max(0, row - half) : row + half + 1, round(start * scale) : round(end * scale)]
        if not part.size:
            return False
        shown = np.flatnonzero(np.concatenate([[1], part.any(0), [1]]))
        if float(part.any(0).mean()) < CARRIED or int(np.diff(shown).max()) > HIDDEN * dpi:
            return False
        return any(contacts(ink, at + aside, start, end, dpi) == 2 for aside in (-0.4, 0.0, 0.4))

    carried = []
    for at, start, end in pieces:
        crossing = sorted(o for o, first, last in others if first - MEETS <= at <= last + MEETS)
        for place in (o for o in reversed(crossing) if o < start - MEETS):
            if not goes_on(at, place, start):
                break
            start = place
        for place in (o for o in crossing if o > end + MEETS):
            if not goes_on(at, end, place):
                break
            end = place
        carried.append((at, start, end))
    return carried
