"""Gaps of worn rulings closed from one crossing ruling to the next.

In: the rulings found of both directions, and shorter straight ink. Out: pieces that fill their gaps. A ruling begins and ends
at others: one that has ink in a part of the way from one crossing ruling to the next is worn in the rest, unless letters stand
there, as in a merged cell that the ruling ends at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from gov_extract.readers.scan.pixels import Pixels
from gov_extract.readers.scan.strips import Piece

IN_LINE = 1.2
"""Points by which the pieces of one ruling may be out of line."""
MEETS, NEAR = 4.0, 7.0
"""Points within which rulings meet, and within which a worn one that ends before another still crosses it."""
PARTS, PART_BETWEEN = (0.6, 0.45), 0.12
"""Share of the way between two crossing rulings that a worn one has, at least, first (crossing ones may have gaps right there)
and then; and the same of one that begins at both, or at one and goes on beyond both."""
BEGINS, WHOLE = (1.0, 3.2), 0.8
"""Points from a crossing ruling between which a ruling that begins there has ink, and how much of it: letters and figures stand
farther from it."""
LONELY = 0.25
"""Ink beside a short piece, in its own, that makes it a stroke of a letter."""
SIDE = 0.025
"""Inches from a short piece at which its sides are looked at."""
BREAK = 20.0
"""Points of the longest gap behind which a ruling goes on where none crosses it."""
MATES = 2
"""Other rulings that cross the same room, at least: none crosses that between two tables."""
MOST = 300_000
"""Pieces of one direction times the others, up to which gaps are looked for: more are a pattern, and no table."""
LONG = 0.6
"""Inches of all of a ruling's pieces together."""
LETTERS, BESIDE, BAND, CORE, ROOM = 0.12, 0.3, 0.018, 0.008, 0.02
"""Share of the way that has ink above and below the line, and of the gap that has any beside it; inches from the line at which
it is looked for, and that are its own; inches at the ends of pieces that are theirs."""
INK = 60
"""Ink (255 is black) that counts as a letter's."""


def closed_gaps(
    pieces: Sequence[Piece],
    bits: Sequence[Piece],
    others: Sequence[Piece],
    edges: Sequence[Piece],
    ink: Pixels,
    dpi: float,
    share: float,
) -> list[Piece]:
    """The pieces that fill gaps of worn rulings.

    Parameters
    ----------
    pieces
        The rulings found of one direction.
    bits
        Shorter straight ink of that direction, which may be theirs.
    others
        The rulings that cross them.
    edges
        Open edges, as rulings would lie there: beyond them no piece goes on.
    ink
        The page (ink is 255), so that `pieces` are level in it.
    dpi
        The page's resolution.
    share
        Of the way between two crossing rulings, how much is there at least.
    """
    found: list[Piece] = []
    if not pieces or len(pieces) * (len(others) + len(bits)) > MOST:
        return found
    starts, ends = (np.array([piece[side] for piece in pieces]) for side in (1, 2))
    bits = [bit for bit in bits if _is_lonely(bit, ink, dpi)]
    for line in _lines(pieces):
        if sum(end - start for _, start, end in line) < LONG * 72:
            continue
        middle = _middle(line)
        own = [*line, *(bit for bit in bits if abs(bit[0] - middle) <= 2 * IN_LINE)]
        for first, last in _rooms(middle, pieces, others, edges):
            near = [p for p in own if p[1] <= last + NEAR and p[2] >= first - NEAR]
            mates = np.count_nonzero((starts <= first + NEAR) & (ends >= last - NEAR))
            if mates < MATES or not any(p in line for p in near):
                continue
            at = _middle(near)
            if _is_worn(at, first, last, [p for p in near if abs(p[0] - at) <= IN_LINE], ink, dpi, share):
                found.append((at, first, last))
        loose = [bit for bit in own if abs(bit[0] - middle) <= IN_LINE and not any(_overlap(bit, piece) for piece in line)]
        found += _ends(middle, line, loose, others, ink, dpi)
    return found


def _middle(line: Sequence[Piece]) -> float:
    """Where a ruling lies, by all its pieces."""
    return float(np.average([p[0] for p in line], weights=[max(p[2] - p[1], 1e-6) for p in line]))


def _rooms(
    at: float, pieces: Sequence[Piece], others: Sequence[Piece], edges: Sequence[Piece]
) -> Iterator[tuple[float, float]]:
    """The rooms between neighbouring rulings that cross a line, but for those before and behind a table with an open edge."""
    closing = {o for o, first, last in edges if first - NEAR <= at <= last + NEAR}
    crossing = sorted({o for o, first, last in others if first - NEAR <= at <= last + NEAR} | closing)
    for first, last in pairwise(crossing):
        outside = (first in closing and _ends_at(first, 2, pieces)) or (last in closing and _ends_at(last, 1, pieces))
        if last - first > MEETS and not outside:
            yield first, last


def _ends_at(edge: float, side: int, pieces: Sequence[Piece]) -> bool:
    """Whether more pieces end (side 2), or begin (side 1), at an edge than the other way round."""
    return sum(abs(p[side] - edge) <= MEETS for p in pieces) > sum(abs(p[3 - side] - edge) <= MEETS for p in pieces)


def _overlap(piece: Piece, other: Piece) -> bool:
    return piece[1] < other[2] and other[1] < piece[2]


def _ends(
    at: float, line: Sequence[Piece], bits: Sequence[Piece], others: Sequence[Piece], ink: Pixels, dpi: float
) -> Iterator[Piece]:
    """What carries a ruling on at ends that meet no other, where only paper parts it from more of its ink."""

    def meets(place: float) -> bool:
        return any(abs(o - place) <= NEAR and start - NEAR <= at <= end + NEAR for o, start, end in others)

    first, last = min(p[1] for p in line), max(p[2] for p in line)
    if not meets(first):
        for _, start, end in sorted(bits, reverse=True, key=lambda p: p[2]):
            if start < first and end >= first - BREAK and _is_paper(at, end, first, ink, dpi):
                yield at, start, first
                first = start
    if not meets(last):
        for _, start, end in sorted(bits, key=lambda p: p[1]):
            if end > last and start <= last + BREAK and _is_paper(at, last, start, ink, dpi):
                yield at, last, end
                last = end


def _is_paper(at: float, first: float, last: float, ink: Pixels, dpi: float) -> bool:
    """Whether no letters stand in line between two places: no ink is above and below it; crumbs of the ruling may be in it."""
    scale, room = dpi / 72, round(ROOM * dpi)
    row, band = round(at * scale), max(2, round(BAND * dpi))
    columns = slice(round(first * scale) + room, max(0, round(last * scale) - room))
    sides = ink[max(0, row - 2 * band) : max(0, row - band), columns], ink[row + band + 1 : row + 2 * band + 1, columns]
    return all(not side.size or float((side.max(0) > INK).mean()) <= LETTERS for side in sides)


def _lines(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """The pieces that are in line."""
    line: list[Piece] = []
    for piece in sorted(pieces):
        if line and piece[0] - line[-1][0] > IN_LINE:
            yield line
            line = []
        line.append(piece)
    if line:
        yield line


def _is_worn(at: float, first: float, last: float, own: Sequence[Piece], ink: Pixels, dpi: float, least: float) -> bool:
    """Whether a ruling goes on from one crossing ruling to another though a part of it is gone."""
    scale = dpi / 72
    start, end = round(first * scale), round(last * scale)
    reach = round(NEAR * scale)
    wide = np.zeros(end - start + 2 * reach, np.bool_)
    for _, a, b in own:
        wide[max(0, round(a * scale) - start + reach) : max(0, round(b * scale) - start + reach)] = True
    covered = wide[reach:-reach]
    edge = max(1, round(MEETS / 2 * scale))
    if float(covered.mean()) >= 1 - edge / len(covered):
        return False
    row, core, band = round(at * scale), max(1, round(CORE * dpi)), max(2, round(BAND * dpi))
    columns = slice(max(0, start), max(0, start) + len(covered))
    in_line = ink[max(0, row - core) : row + core + 1, columns].max(0) > INK
    above = ink[max(0, row - 2 * band) : max(1, row - band), columns].max(0) > INK
    below = ink[min(len(ink) - 1, row + band + 1) : row + 2 * band + 1, columns].max(0) > INK
    letters, beside = above & below, above | below
    for ink_of_others in (letters, beside):
        ink_of_others[:edge] = ink_of_others[-edge:] = False
    known = covered[: len(in_line)]
    if float(letters.mean()) > LETTERS or float((beside & ~known).mean()) > BESIDE:
        return False
    covered[: len(in_line)] = (known & ~letters) | (in_line & ~beside)
    a, b = (round(points * scale) for points in BEGINS)
    ends = covered[a:b], covered[::-1][a:b]
    begins = [bool(part.size) and float(part.mean()) >= WHOLE for part in ends]
    # A ruling that goes on before and behind is worn where only some of it is left.
    goes_on = bool(wide[: reach - edge].any() and wide[-reach + edge :].any())
    share = float(covered.mean())
    if not any(begins):
        return False  # what begins at neither may be a figure
    return share >= (PART_BETWEEN if goes_on or all(begins) else least)


def _is_lonely(bit: Piece, ink: Pixels, dpi: float) -> bool:
    """Whether next to no ink is right above and below a short piece."""
    scale, step = dpi / 72, max(3, round(SIDE * dpi))
    row, columns = int(bit[0] * scale), slice(max(0, round(bit[1] * scale)), max(0, round(bit[2] * scale)))
    part = ink[max(0, row - 1) : row + 2, columns]
    if not part.size:
        return False
    own = float(part.max(0).mean())
    return all(float(ink[at, columns].mean()) <= LONELY * own for at in (row - step, row + step) if 0 <= at < len(ink))
