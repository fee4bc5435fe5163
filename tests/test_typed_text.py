"""Text typed over a PDF's pages: the fields of a form, notes set with a reader's typewriter."""

from __future__ import annotations

import pytest

from gov_extract.document import Grid
from gov_extract.readers.pdf import read_pdf
from tests.pdf_writer import PageSpec, Typed, shown, write_pdf
from tests.test_pdf_traps import XS, YS, lattice

LABELS = ("规章", "行政许可", "行政处罚")


def page(*typed: Typed) -> bytes:
    labels = "".join(shown(XS[0] + 5, YS[r + 1] + 7, LABELS[r]) for r in range(3))
    return write_pdf([PageSpec(lattice() + labels, typed=typed), PageSpec(shown(80, 700, "第二页"))])


def at(row: int, column: int) -> tuple[float, float, float, float]:
    return XS[column] + 4, YS[row + 1] + 3, XS[column + 1] - 4, YS[row] - 3


def texts(data: bytes) -> dict[tuple[int, int], str]:
    (grid,) = (block for block in read_pdf(data, max_pages=9).pages[0].blocks if isinstance(block, Grid))
    return {(cell.row, cell.column): cell.text for cell in grid.cells}


@pytest.mark.parametrize("is_field", [True, False])
def test_typed_figures_are_read_in_their_cells(is_field: bool) -> None:
    data = page(Typed(at(0, 1), "12", is_field), Typed(at(2, 2), "-3", is_field))
    found = texts(data)
    assert (found[0, 1], found[2, 2]) == ("12", "-3")
    assert (found[1, 0], found[1, 1]) == ("行政许可", "")
    document = read_pdf(data, max_pages=9)
    assert [(f.severity, f.code) for f in document.findings] == [("info", "typed_text")]
    assert [page.number for page in document.pages] == [1, 2]


def test_empty_fields_change_nothing() -> None:
    data = page(Typed(at(0, 1), "12")).replace(b"/V(12)", b"      ")
    assert texts(data)[0, 1] == ""
    assert read_pdf(data, max_pages=9).findings == ()


def test_a_note_without_a_picture_is_told_of() -> None:
    data = page(Typed(at(0, 1), "12", False))
    document = read_pdf(data.replace(b"/AP<</N", b"/XP<</N"), max_pages=9)
    assert ("warning", "typed_text") in [(f.severity, f.code) for f in document.findings]
