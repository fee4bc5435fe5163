"""Figures that leave no ink, or count no longer, beside those that do: white, transparent, struck out. Italic ones count."""

from __future__ import annotations

import pytest

from tests.pdf_writer import shown
from tests.test_pdf_traps import TABLE, XS, YS, grids, lattice, letters, read

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
