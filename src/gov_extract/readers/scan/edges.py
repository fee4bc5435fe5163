"""Where tables end: edges that no ruling closes, ends that are none, and the room between two tables.

In: the rulings of a page, level and upright ones. Out: the same, or edges beside them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gov_extract.readers.scan.along import is_inked
from gov_extract.readers.scan.pixels import Pixels
from gov_extract.readers.scan.strips import Piece, strips_of

MEETS = 4.0
"""Points within which a ruling ends at another."""
BREAK = 26.0
"""Points of the longest gap that a worn ruling may have."""
FEWEST = 2
"""Rulings that stand out of a table side by side from which its edge is open."""
STROKES = 36.0
"""Points by which strokes of a heading may lengthen a ruling that they touch: what stands out farther is a ruling whose table
has lost its edge."""
OPEN = 3
"""Rulings that end side by side, at no other, from which there is an open edge."""


def open_edges(pieces: Sequence[Piece], others: Sequence[Piece]) -> list[Piece]:
    """The edges without a ruling at which pieces end side by side, as the ruling would lie that is not there."""
    ends = sorted((piece[side], piece[0]) for piece in pieces for side in (1, 2) if not ends_at(piece[0], piece[side], others))
    edges: list[Piece] = []
    while ends:
        near = [end for end in ends if end[0] - ends[0][0] <= MEETS]
        ends = ends[len(near) :]
        if len(near) >= OPEN:
            edge = float(np.median([at for at, _ in near])), min(o for _, o in near), max(o for _, o in near)
            if sum(_passes(piece, edge) for piece in pieces) < len(near):
                edges.append(edge)
    return edges


def _passes(piece: Piece, edge: Piece) -> bool:
    """Whether a piece goes on beyond an edge on both sides."""
    at, start, end = piece
    return edge[1] <= at <= edge[2] and start < edge[0] - MEETS and end > edge[0] + MEETS


def without_gaps(upright: Sequence[Piece], level: Sequence[Piece], ink: Pixels, dpi: float) -> list[Piece]:
    """The upright pieces without the room between two tables: where most of them have no ink, worn ones were drawn through."""
    kept = list(upright)
    for strip in strips_of(level, MEETS):
        if strip.second - strip.first < BREAK / 3:
            continue
        inside = [p for p in kept if strip.start - MEETS <= p[0] <= strip.end + MEETS]
        inside = [p for p in inside if p[1] <= strip.first + MEETS and p[2] >= strip.second - MEETS]
        inked = sum(is_inked(ink, p[0], strip.first, strip.second, dpi) for p in inside)
        if not inside or 2 * inked > len(inside):  # a heading may begin where a ruling would lie
            continue
        parts = [(at, *part) for at, start, end in inside for part in ((start, strip.first), (strip.second, end))]
        kept = [p for p in kept if p not in inside] + [p for p in parts if p[2] - p[1] > MEETS]
    return sorted(kept)


def trimmed_ends(pieces: Sequence[Piece], others: Sequence[Piece]) -> list[Piece]:
    """The pieces without ends that stand out beyond the last ruling that they cross, where no other piece stands out as far: a
    stroke of a heading that touches the table. An open edge has several."""

    def crossed(at: float, start: float, end: float) -> tuple[float, float]:
        met = [o for o, first, last in others if start - MEETS <= o <= end + MEETS and first - MEETS <= at <= last + MEETS]
        return (min(met), max(met)) if met else (start, end)

    reach = [crossed(*piece) for piece in pieces]
    trimmed = []
    for (at, start, end), (first, last) in zip(pieces, reach, strict=True):
        if MEETS < first - start <= STROKES and _stand_out(start, 1, pieces, reach) < FEWEST:
            start = first
        if MEETS < end - last <= STROKES and _stand_out(end, 2, pieces, reach) < FEWEST:
            end = last
        trimmed.append((at, start, end))
    return trimmed


def _stand_out(place: float, side: int, pieces: Sequence[Piece], reach: Sequence[tuple[float, float]]) -> int:
    """How many pieces end at a place and stand out there."""
    return sum(
        abs(piece[side] - place) <= MEETS and abs(piece[side] - own[side - 1]) > MEETS
        for piece, own in zip(pieces, reach, strict=True)
    )


def ends_at(at: float, place: float, others: Sequence[Piece]) -> bool:
    return end_at(at, place, others) is not None


def end_at(at: float, place: float, others: Sequence[Piece]) -> float | None:
    """Where the ruling lies that a piece ends at."""
    near = [o for o, start, end in others if abs(o - place) <= MEETS and start - MEETS <= at <= end + MEETS]
    return min(near, key=lambda o: abs(o - place), default=None)
