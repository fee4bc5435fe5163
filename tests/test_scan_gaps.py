"""Gaps of worn rulings: closed where the ruling goes on, never through the letters of a merged cell or between two tables."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gov_extract.readers.scan.gaps import PARTS, closed_gaps
from gov_extract.readers.scan.strips import Piece

DPI = 200
SCALE = 72 / DPI
ROWS = [100 + 60 * k for k in range(8)]
COLUMNS = [100, 300, 420, 540, 660, 780]


def level(y: int, x0: int, x1: int) -> Piece:
    return (y + 1) * SCALE, x0 * SCALE, x1 * SCALE


def upright(x: int, y0: int = ROWS[0], y1: int = ROWS[-1]) -> Piece:
    return (x + 1) * SCALE, y0 * SCALE, y1 * SCALE


def drawn(pieces: list[tuple[int, int, int]]) -> Any:
    """Ink (255) of level rulings, two pixels thick: (y, from, to)."""
    ink = np.zeros((ROWS[-1] + 80, COLUMNS[-1] + 80), np.uint8)
    for y, x0, x1 in pieces:
        ink[y : y + 2, x0:x1] = 255
    return ink


def letters(ink: Any, x0: int, x1: int, y: int, rng: random.Random) -> None:
    """Strokes in place of characters around row `y`, 28 pixels high."""
    for x in range(x0, x1, 32):
        for stroke in range(4):
            ink[y - 14 + 8 * stroke : y - 12 + 8 * stroke, x : x + rng.randrange(16, 28)] = 255
        ink[y - 14 : y + 14, x + 10 : x + 13] = 255


def closed(
    pieces: list[tuple[int, int, int]], ink: Any, edges: list[Piece] | None = None, share: float = PARTS[-1]
) -> list[Piece]:
    own = [level(*piece) for piece in pieces]
    return closed_gaps(own, own, [upright(x) for x in COLUMNS], edges or [], ink, DPI, share)


def reaches(found: list[Piece], y: int, x0: int, x1: int) -> bool:
    return any(abs(at - (y + 1) * SCALE) < 1 and a <= x0 * SCALE + 1 and b >= x1 * SCALE - 1 for at, a, b in found)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6))
def test_a_gap_in_a_cell_is_closed_and_a_merged_cell_stays(seed: int) -> None:
    rng = random.Random(seed)
    row, room = rng.randrange(1, 7), rng.randrange(5)
    merged = rng.randrange(5)
    long = rng.randrange(8, 40)
    at = rng.randrange(COLUMNS[room], COLUMNS[room + 1] - long)
    pieces = []
    for k, y in enumerate(ROWS):
        cuts = [(at, at + long)] if k == row else []
        if k == row and merged != room:
            cuts.append((COLUMNS[merged], COLUMNS[merged + 1]))
        marks = [COLUMNS[0], *(mark for cut in sorted(cuts) for mark in cut), COLUMNS[-1]]
        pieces += [(y, a, b) for a, b in zip(marks[::2], marks[1::2], strict=True) if b - a > 4]
    ink = drawn(pieces)
    if merged != room:
        letters(ink, COLUMNS[merged] + 12, COLUMNS[merged + 1] - 30, ROWS[row] + rng.randrange(-8, 9), rng)
    found = closed(pieces, ink)
    assert reaches(found, ROWS[row], COLUMNS[room], COLUMNS[room + 1])
    if merged != room:
        assert not reaches(found, ROWS[row], COLUMNS[merged], COLUMNS[merged + 1])


def test_where_nothing_is_left_of_a_ruling_nothing_is_closed() -> None:
    pieces = [(y, COLUMNS[0], COLUMNS[-1]) for y in ROWS if y != ROWS[3]]
    pieces += [(ROWS[3], COLUMNS[0], COLUMNS[2]), (ROWS[3], COLUMNS[3], COLUMNS[-1])]
    assert not reaches(closed(pieces, drawn(pieces)), ROWS[3], COLUMNS[2], COLUMNS[3])


@pytest.mark.parametrize("begins", [True, False])
def test_crumbs_between_two_halves_of_a_ruling_close_it_where_it_begins(begins: bool) -> None:
    """Ink that begins at neither may be a figure 1 in a merged cell."""
    pieces = [(y, COLUMNS[0], COLUMNS[-1]) for y in ROWS if y != ROWS[3]]
    pieces += [(ROWS[3], COLUMNS[0], COLUMNS[2] + 2), (ROWS[3], COLUMNS[3] - 2, COLUMNS[-1])]
    ink = drawn(pieces)
    ink[ROWS[3] : ROWS[3] + 2, COLUMNS[2] + 40 : COLUMNS[2] + 62] = 255
    if begins:
        ink[ROWS[3] : ROWS[3] + 2, COLUMNS[2] : COLUMNS[2] + 14] = 255
    assert reaches(closed(pieces, ink), ROWS[3], COLUMNS[2], COLUMNS[3]) == begins


def test_the_room_behind_an_open_edge_is_none_of_the_table() -> None:
    """Uprights, seen as level ones: two tables whose rulings are in line, the first without its last ruling."""
    pieces = [(y, x0, x1) for y in ROWS for x0, x1 in ((COLUMNS[0], COLUMNS[2] - 50), (COLUMNS[2] - 30, COLUMNS[-1]))]
    others = [upright(x) for x in (COLUMNS[0], COLUMNS[1], *COLUMNS[3:])]
    edge = ((COLUMNS[2] - 50) * SCALE, (ROWS[0] + 1) * SCALE, (ROWS[-1] + 1) * SCALE)
    own = [level(*piece) for piece in pieces]
    found = closed_gaps(own, own, others, [edge], drawn(pieces), DPI, PARTS[-1])
    assert not any(a < (COLUMNS[2] - 45) * SCALE < b for _, a, b in found)


@pytest.mark.parametrize("share", PARTS)
def test_a_pattern_of_lines_is_left_alone(share: float) -> None:
    pieces = [(0.5 * k, 0.0, 500.0) for k in range(1000)]
    others = [(0.5 * k, 0.0, 500.0) for k in range(1000)]
    assert closed_gaps(pieces, pieces, others, [], np.zeros((1400, 1400), np.uint8), DPI, share) == []


def test_a_figure_1_in_a_merged_cell_is_no_part_of_the_ruling_that_ends_there() -> None:
    """Uprights, seen as level ones: the ruling stops at a merged cell, in the middle of which, right in line, a 1 stands."""
    for high in range(12, 34, 3):
        pieces = [(y, COLUMNS[0], COLUMNS[-1]) for y in ROWS if y != ROWS[3]]
        pieces += [(ROWS[3], COLUMNS[0], COLUMNS[2] + 2), (ROWS[3], COLUMNS[2] + 42, COLUMNS[-1])]
        others = [upright(x) for x in (*COLUMNS[:3], COLUMNS[2] + 44, *COLUMNS[3:])]
        ink = drawn(pieces)
        first = COLUMNS[2] + 22 - high // 2
        ink[ROWS[3] - 1 : ROWS[3] + 2, first : first + high] = 255
        own = [level(*piece) for piece in pieces]
        found = closed_gaps(own, own, others, [], ink, DPI, PARTS[-1])
        assert not reaches(found, ROWS[3], COLUMNS[2], COLUMNS[2] + 44), high


@pytest.mark.parametrize("begins", [COLUMNS[0], COLUMNS[0] - 60])
def test_a_ruling_that_ends_at_another_is_not_carried_on_to_strokes_in_line(begins: int) -> None:
    pieces = [(y, begins, COLUMNS[-1]) for y in ROWS]
    stroke = (ROWS[3], begins - 70, begins - 30)
    ink = drawn([*pieces, (ROWS[3], max(0, stroke[1]), max(0, stroke[2]))])
    own = [level(*piece) for piece in pieces]
    found = closed_gaps(own, [*own, level(*stroke)], [upright(x) for x in COLUMNS], [], ink, DPI, PARTS[-1])
    carried = any(a < (begins - 10) * SCALE for _, a, _ in found)
    assert carried == (begins < COLUMNS[0])
