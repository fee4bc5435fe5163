"""Figures that leave no ink, or count no longer, beside those that do: white, transparent, struck out. Italic ones count."""

from __future__ import annotations

import pytest

from gov_extract.parse.values import read_figure
from gov_extract.readers.pdf import read_pdf
from gov_extract.readers.second import reread
from tests.pdf_writer import PageSpec, shown, write_pdf
from tests.test_pdf_traps import TABLE, XS, YS, grids, lattice, letters, lines, read, stroke

RIGHT = XS[2] + 5 + 3 * 5.004
"""Where the figure 345 of the second row ends, in Helvetica of 9 points."""
FOOT = YS[2] + 7


def second_row(more: str, before: str = "") -> list[str]:
    """The texts of the row with the figures 0 and 345, with something drawn behind the table or after it."""
    (grid,) = grids(read(before + lattice() + letters() + more))
    return [cell.text for cell in grid.cells if cell.row == 1]


@pytest.mark.parametrize("lean", [0.2, 0.36, -0.3])
def test_italics_made_of_a_font_that_has_none_are_no_watermark(lean: float) -> None:
    document = read(lattice() + letters(matrix=f"1 0 {lean} 1"))
    assert [cell.text for cell in grids(document)[0].cells] == [text for row in TABLE for text in row]
    assert not document.findings


def test_text_on_a_slanted_line_is_left_out() -> None:
    document = read(lattice() + letters() + shown(XS[1] + 5, FOOT, "99", matrix="0.866 0.5 -0.5 0.866"))
    assert [cell.text for cell in grids(document)[0].cells] == [text for row in TABLE for text in row]
    assert [finding.code for finding in document.findings] == ["hidden_text"]


@pytest.mark.parametrize("how", ["1 g\n", "1 1 1 rg\n", "/Clear gs\n"])
@pytest.mark.parametrize("x", [RIGHT, RIGHT + 4])
def test_a_digit_without_ink_is_no_part_of_the_figure_before_it(how: str, x: float) -> None:
    assert second_row("q " + how + shown(x, FOOT, "8") + "Q\n") == ["规章", "0", "345"]


def test_a_transparent_digit_is_not_seen_on_any_ground() -> None:
    ground = f".8 g {XS[0]} {YS[-1]} {XS[-1] - XS[0]} {YS[0] - YS[-1]} re f 0 g\n"
    assert second_row("/Clear gs\n" + shown(RIGHT, FOOT, "8"), ground)[2] == "345"


def test_white_is_not_seen_on_a_white_ground_and_on_what_a_white_one_hides() -> None:
    cell = f"{XS[2]} {YS[2]} 60 22 re f\n"
    white = "1 g\n" + shown(RIGHT, FOOT, "8") + "0 g\n"
    assert second_row(white, "1 g " + cell + "0 g\n")[2] == "345"
    assert second_row(white, ".3 g " + cell + "1 g " + cell + "0 g\n")[2] == "345"
    assert second_row(white, "1 g " + cell + ".3 g " + cell + "0 g\n")[2] == "3458"
    assert second_row("1 Tr 1 g\n" + shown(RIGHT, FOOT, "8", mode=2) + "0 g\n")[2] == "3458"


def test_white_figures_alone_in_their_cell_are_not_believed() -> None:
    """What they stand on may be drawn in a way that is not looked at: they are neither read nor blank."""
    drawn = letters(rows=(0, 2)) + shown(XS[0] + 5, FOOT, "规章") + "1 g\n" + shown(XS[2] + 5, FOOT, "88") + "0 g\n"
    (grid,) = grids(read(lattice() + drawn))
    texts = [cell.text for cell in grid.cells if cell.row == 1]
    assert read_figure(texts[2], "").state == "unreadable"
    assert not any(char.isdecimal() for char in texts[2])


def strike(x0: float, x1: float, height: float = 2.8) -> str:
    return f"q .5 w {stroke(x0, FOOT + height, x1, FOOT + height)}Q\n"


def test_struck_out_figures_are_left_out_where_another_stands_beside_them() -> None:
    digit = 5.004
    assert second_row(strike(RIGHT - digit, RIGHT))[2] == "34"
    assert second_row(shown(RIGHT + 4, FOOT, "17") + strike(RIGHT - 3 * digit, RIGHT))[2] == "17"
    # What is underlined counts, and so does what a border goes through: it is doubted elsewhere.
    assert second_row(strike(RIGHT - 3 * digit, RIGHT, -1.2))[2] == "345"


def test_a_figure_that_is_struck_out_with_nothing_in_its_place_is_not_believed() -> None:
    text = second_row(strike(XS[2] + 4, RIGHT))[2]
    assert read_figure(text, "").state == "unreadable"
    assert not any(char.isdecimal() for char in text)


def test_struck_out_figures_outside_tables() -> None:
    words = shown(80, 500, "规章") + shown(200, 500, "12") + shown(214, 500, "17") + stroke(199, 502.8, 211, 502.8)
    assert lines(read(words)) == ["规章 17"]
    alone = shown(80, 500, "规章") + shown(200, 500, "12") + stroke(199, 502.8, 211, 502.8)
    assert "12" not in lines(read(alone))[0]
    assert "\ufffd" in lines(read(alone))[0]
    # A rule across the whole line is no one figure's.
    across = shown(80, 500, "规章") + shown(200, 500, "12") + stroke(70, 502.8, 400, 502.8)
    assert lines(read(across)) == ["规章 12"]


def test_the_second_reading_leaves_out_the_same_characters() -> None:
    struck = shown(RIGHT + 4, FOOT, "17") + strike(RIGHT - 3 * 5.004, RIGHT)
    white = "1 g\n" + shown(XS[1] + 5 + 5.004, FOOT, "8") + "0 g\n"
    data = write_pdf([PageSpec(lattice() + letters() + struck + white)])
    (grid,) = grids(reread(data, read_pdf(data, max_pages=1), [1]))
    for cell in grid.cells:
        assert len({reading.text for reading in cell.readings}) == 1
        assert len(cell.readings) == 2
