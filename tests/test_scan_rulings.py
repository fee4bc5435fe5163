"""Rulings of scans that are no whole lines: dashed, faint, worn to pieces; and what only looks like one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gov_extract.readers.scan import extra
from tests.test_scan_reader import FIGURES, ocr, texts_of

DPI = 200
ROW, COLUMN, LEFT, TOP = 60, 180, 200, 200


def pictured(
    figures: list[list[str]], *, dash: tuple[int, int] | None = None, inner: int = 0, width: int = 2, worn: int | None = None
) -> np.ndarray[Any, Any]:
    """A table whose rulings are dashed (`dash`: pixels of ink and of gap), whose inner uprights are as dark as `inner` (0 is
    black), or are worn by a gap of half a column every `worn` pixels."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("L", (1654, 2339), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(28)
    right, bottom = LEFT + len(figures[0]) * COLUMN, TOP + len(figures) * ROW

    def line(x0: int, y0: int, x1: int, y1: int, fill: int) -> None:
        step, ink = (sum(dash), dash[0]) if dash else (worn, worn - 25) if worn else (10**6, 10**6)
        for at in range(0, max(x1 - x0, y1 - y0), step):
            if y0 == y1:
                pen.line((x0 + at, y0, min(x0 + at + ink - 1, x1), y0), fill, width)
            else:
                pen.line((x0, y0 + at, x0, min(y0 + at + ink - 1, y1)), fill, width)

    for r in range(len(figures) + 1):
        line(LEFT, TOP + r * ROW, right, TOP + r * ROW, 0)
    for c in range(len(figures[0]) + 1):
        line(LEFT + c * COLUMN, TOP, LEFT + c * COLUMN, bottom, inner if 0 < c < len(figures[0]) else 0)
    for r, texts in enumerate(figures):
        for c, text in enumerate(texts):
            pen.text((LEFT + (c + 0.5) * COLUMN, TOP + (r + 0.5) * ROW), text, fill=0, font=font, anchor="mm")
    return np.asarray(picture)


@ocr
@pytest.mark.parametrize("dash", [(8, 4), (8, 8), (14, 8)])
def test_dashed_rulings_make_cells(dash: tuple[int, int]) -> None:
    assert texts_of(pictured([*FIGURES, *FIGURES], dash=dash)) == [*FIGURES, *FIGURES]


@ocr
def test_a_column_of_ones_is_no_dashed_ruling() -> None:
    ones = [["1", "12", "1", "447228"]] * 9
    assert texts_of(pictured(ones)) == ones


@ocr
@pytest.mark.parametrize("count", [3, 8])
@pytest.mark.parametrize("dash", [(8, 6), (12, 8)])
def test_a_column_of_ones_under_dashed_rulings_is_read(count: int, dash: tuple[int, int]) -> None:
    ones = [["7", "12", "1" if row < count else "45", "447228"] for row in range(10)]
    read = texts_of(pictured(ones, dash=dash))
    assert [row[2] for row in read] == [row[2] for row in ones]


@ocr
def test_a_row_of_dashes_is_no_ruling() -> None:
    from gov_extract.readers.scan.dashes import drawn_through

    row = [["1", "2", "3", "4", "5", "6", "7"], ["—"] * 7, ["8", "9", "1", "2", "3", "4", "5"]]
    page = 255 - pictured(row, dash=(8, 6))
    through = drawn_through(page, DPI)
    middle = slice(TOP + ROW + 15, TOP + 2 * ROW - 15)
    assert np.array_equal(through[middle, LEFT + 20 : LEFT + 160], page[middle, LEFT + 20 : LEFT + 160])


@ocr
@pytest.mark.parametrize("inner", [120, 190, 215])
def test_faint_uprights_between_level_rulings_part_columns(inner: int) -> None:
    assert texts_of(pictured(FIGURES, inner=inner)) == FIGURES


@ocr
def test_rulings_worn_to_pieces_are_one() -> None:
    figures = [*FIGURES, *FIGURES, *FIGURES, *FIGURES]
    assert texts_of(pictured(figures, worn=110, width=3)) == figures


@pytest.mark.skipif(not extra.installed(), reason="opencv comes with the extra ocr")
def test_dashes_are_drawn_through_and_text_is_not() -> None:
    from gov_extract.readers.scan.dashes import drawn_through

    plain = 255 - pictured([["一一一一一一一一", "- - - - -"]] * 3)
    assert np.array_equal(drawn_through(plain, DPI), plain)
    dashed = drawn_through(255 - pictured([["", ""]] * 3, dash=(12, 8)), DPI)
    level = dashed[TOP - 2 : TOP + 3, LEFT : LEFT + 2 * COLUMN].max(0)
    assert (level > 128).mean() > 0.97


@pytest.mark.skipif(not extra.installed(), reason="opencv comes with the extra ocr")
def test_strips_are_the_room_between_neighbouring_rulings() -> None:
    from gov_extract.readers.scan.strips import Strip, strips_of

    whole, half = (0.0, 0.0, 100.0), (50.0, 0.0, 60.0)
    found = set(strips_of([whole, half, (90.0, 0.0, 100.0)], 4.0))
    assert found == {Strip(0.0, 60.0, 0.0, 50.0), Strip(0.0, 60.0, 50.0, 90.0), Strip(60.0, 100.0, 0.0, 90.0)}


def test_worn_strokes_of_a_figure_are_one_line() -> None:
    from gov_extract.readers.scan.ink import Blot, InkLine, joined

    top, bow = Blot(10, 0, 20, 4, 30), Blot(10, 6, 20, 24, 90)
    lines = [InkLine(10, 0, 20, 4, (top,)), InkLine(10, 6, 20, 24, (bow,))]
    assert joined(lines, 24) == (InkLine(10, 0, 20, 24, (top, bow)),)
    # Two whole lines stay two.
    two = [InkLine(0, 0, 50, 24, (bow,)), InkLine(0, 30, 50, 54, (bow,))]
    assert joined(two, 24) == tuple(two)


def test_what_is_left_of_a_ruling_before_a_figure_makes_it_doubtful_and_a_one_does_not() -> None:
    from gov_extract.readers.scan.ink import Blot, InkLine
    from gov_extract.readers.scan.prose import _has_stub

    def word(*boxes: tuple[int, int, int, int]) -> InkLine:
        blots = tuple(Blot(*box, 50) for box in boxes)
        x0, top, x1, bottom = (pick(side) for pick, side in zip((min, min, max, max), zip(*boxes, strict=True), strict=True))
        return InkLine(x0, top, x1, bottom, blots)

    nought = (20, 0, 32, 20)
    assert not _has_stub(word((9, 0, 15, 20), nought), DPI)  # 10
    assert not _has_stub(word(nought, (40, 0, 52, 20)), DPI)  # 00
    assert _has_stub(word((12, 6, 14, 28), nought), DPI)  # lower than the figure
    assert _has_stub(word((0, 0, 3, 20), nought), DPI)  # farther from it than a digit
