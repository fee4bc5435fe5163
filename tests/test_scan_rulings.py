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


def lines_drawn(rows: list[int], columns: list[int], dash: tuple[int, int], phase: int = 0) -> Any:
    """Ink (255) of level rulings drawn through at `rows`, from the first to the last column, and of dashed upright ones."""
    ink = np.zeros((rows[-1] + 60, columns[-1] + 60), np.uint8)
    for y in rows:
        ink[y : y + 2, columns[0] : columns[-1] + 2] = 255
    for x in columns:
        for y in range(rows[0] - phase, rows[-1], sum(dash)):
            ink[max(rows[0], y) : min(rows[-1], y + dash[0]), x : x + 2] = 255
    return ink


def crossing_at(ink: Any, rows: list[int], columns: list[int]) -> list[tuple[float, float, float]]:
    from gov_extract.readers.scan.crossing import crossing_pieces

    scale = 72 / DPI
    level = [((y + 1) * scale, columns[0] * scale, (columns[-1] + 1) * scale) for y in rows]
    sides = [((x + 1) * scale, rows[0] * scale, rows[-1] * scale) for x in (columns[0], columns[-1])]
    return crossing_pieces(ink, level, sides, DPI, 4.0)


@pytest.mark.skipif(not extra.installed(), reason="opencv comes with the extra ocr")
@pytest.mark.parametrize("phase", range(0, 44, 5))
@pytest.mark.parametrize("dash", [(24, 17), (14, 10)])
def test_long_dashes_in_low_rows_are_rulings(dash: tuple[int, int], phase: int) -> None:
    rows, columns = [100 + 44 * k for k in range(12)], [100, 400, 500, 800]
    found = crossing_at(lines_drawn(rows, columns, dash, phase), rows, columns)
    scale = 72 / DPI
    for x in (400, 500):
        reached = sum(end - start for at, start, end in found if abs(at / scale - x - 1) <= 2)
        # A dash that begins at neither end of its row may be a 1 in a merged cell, where nothing stands beside it.
        assert reached >= 0.6 * (rows[-1] - rows[0]) * scale, (x, reached / scale)
    assert all(min(abs(at / scale - x - 1) for x in (400, 500)) <= 2 for at, _, _ in found)


@pytest.mark.skipif(not extra.installed(), reason="opencv comes with the extra ocr")
@pytest.mark.parametrize("rows_with", [1, 3, 11])
def test_ones_below_each_other_are_no_ruling(rows_with: int) -> None:
    rows, columns = [100 + 44 * k for k in range(12)], [100, 400, 800]
    ink = lines_drawn(rows, columns, (44, 0))
    for y in rows[:rows_with]:
        ink[y + 12 : y + 34, 600:603] = 255
    assert not [at for at, _, _ in crossing_at(ink, rows, columns) if abs(at * DPI / 72 - 601) <= 5]


@pytest.mark.skipif(not extra.installed(), reason="opencv comes with the extra ocr")
def test_worn_rulings_go_from_one_ruling_to_the_other() -> None:
    rows, columns = [100 + 60 * k for k in range(8)], [100, 400, 800]
    ink = lines_drawn(rows, columns, (60, 0))
    for k, y in enumerate(rows[:-1]):
        top = y + 3 if k % 2 else y + 30
        ink[top : top + 28, 398:404] = 0
    found = [piece for piece in crossing_at(ink, rows, columns) if abs(piece[0] * DPI / 72 - 401) <= 2]
    assert sum(end - start for _, start, end in found) >= 0.95 * (rows[-1] - rows[0]) * 72 / DPI


@ocr
@pytest.mark.parametrize("figure", ["-18", "-5", "-236", "18", "41"])
@pytest.mark.parametrize("size", [20, 28])
def test_the_sign_of_a_figure_is_read(figure: str, size: int) -> None:
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("L", (1654, 2339), 255)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(size)
    for r in range(6):
        pen.line((200, 200 + 60 * r, 1100, 200 + 60 * r), 0, 2)
    for c in range(4):
        pen.line((200 + 300 * c, 200, 200 + 300 * c, 500), 0, 2)
    for r in range(5):
        for c in range(3):
            pen.text((350 + 300 * c, 230 + 60 * r), figure if (r + c) % 2 else "27", fill=0, font=font, anchor="mm")
    read = texts_of(np.asarray(picture))
    assert read == [[figure if (r + c) % 2 else "27" for c in range(3)] for r in range(5)]


def test_a_dash_before_digits_is_told_from_digits() -> None:
    from PIL import Image, ImageDraw, ImageFont

    from gov_extract.readers.scan.ink import begins_flat, blots_of, has_dash_before, lines_of

    for size in (22, 28, 36):
        for text in [f"{digit}5" for digit in range(10)] + [f"-{digit}3" for digit in range(1, 10)]:
            picture = Image.new("L", (200, 80), 255)
            ImageDraw.Draw(picture).text((20, 20), text, fill=0, font=ImageFont.load_default(size))
            page = np.asarray(picture)
            (line,) = lines_of(blots_of(page), DPI)
            assert has_dash_before(line) == begins_flat(page, line) == (text[0] == "-"), (size, text)


@pytest.mark.skipif(not extra.installed(), reason="opencv comes with the extra ocr")
def test_a_stroke_of_a_character_between_others_is_no_ruling() -> None:
    from gov_extract.readers.scan.along import reaches, stands_free

    ink = np.zeros((200, 200), np.uint8)
    ink[50:52], ink[90:92] = 255, 255
    ink[51:91, 100:102] = 255
    scale = 72 / DPI
    assert reaches(ink, 101 * scale, 51 * scale, 91 * scale, DPI)
    assert stands_free(ink, 101 * scale, 51 * scale, 91 * scale, DPI)
    ink[60:82, 106:110] = 255  # a figure close behind it
    assert stands_free(ink, 101 * scale, 51 * scale, 91 * scale, DPI)
    ink[60:82, 93:97] = 255
    assert not stands_free(ink, 101 * scale, 51 * scale, 91 * scale, DPI)
    ink[51:60, 100:102] = 0
    ink[82:90, 100:102] = 0
    assert not reaches(ink, 101 * scale, 51 * scale, 91 * scale, DPI)


@ocr
def test_a_place_that_ink_of_its_neighbour_enters_is_not_proven_blank() -> None:
    from gov_extract.readers.pdf.grids import Lattice, Slot
    from gov_extract.readers.scan.cells import _places, images_of
    from gov_extract.readers.scan.ink import Blot

    page = np.full((200, 400), 255, np.uint8)
    page[60:80, 150:230] = 0
    scale = 72 / DPI
    xs, ys = [100 * scale, 200 * scale, 300 * scale], [40 * scale, 100 * scale]
    lattice = Lattice(xs, ys, [Slot(0, 0, 1, 1), Slot(0, 1, 1, 1)], [[0, 1]], [False] * 2, ())
    left, right = _places(lattice, images_of(page, page, DPI), [Blot(150, 60, 230, 80, 1600)], DPI)
    assert left.lines
    assert left.doubted
    assert not right.lines
    assert right.doubted


def test_a_speck_before_a_figure_is_no_sign() -> None:
    from gov_extract.readers.scan.engine import Decoded
    from gov_extract.readers.scan.figures import View, readings_of
    from gov_extract.readers.scan.ink import Blot, lines_of

    digit, dash, speck = Blot(20, 10, 32, 30, 120), Blot(8, 19, 17, 22, 27), Blot(13, 19, 17, 22, 12)

    def read(mark: Blot | None, text: str) -> tuple[list[str], int]:
        (line,) = lines_of([digit, mark] if mark else [digit], DPI)
        views = [View((Decoded(text, 0.99, "5", 0.99),))] * 3
        readings = readings_of(views, (line,), doubted=False, flat=mark is not None)
        return [reading.text for reading in readings], len(readings)

    # Two readings of one text are sure, one is not.
    assert read(None, "5") == (["5", "5"], 2)
    assert read(dash, "5") == (["-5", "-5"], 2)
    assert read(dash, "-5") == (["-5", "-5"], 2)
    assert read(speck, "5") == (["5"], 1)
    assert read(speck, "-5") == (["-5"], 1)
    assert read(None, "-5") == (["-5"], 1)
    assert read(dash, "5件")[1] == 1


@pytest.mark.skipif(not extra.installed(), reason="opencv comes with the extra ocr")
@pytest.mark.parametrize("high", [18, 20, 22])
def test_ones_in_rows_as_low_as_their_print_are_no_rulings(high: int) -> None:
    rows, columns = [100 + 32 * k for k in range(9)], [100, 250, 400, 550, 700]
    ink = lines_drawn(rows, columns, (32, 0))
    for x in (325, 475, 625):
        ink[rows[-2] + 6 : rows[-2] + 6 + high, x : x + 3] = 255
    for y in rows[:-1]:
        ink[y + 8 : y + 26, 170:190] = 255
    found = crossing_at(ink, rows, columns)
    assert not [at for at, _, _ in found if any(abs(at * DPI / 72 - x - 1) <= 5 for x in (325, 475, 625))]


@pytest.mark.parametrize("at", [-5.0, -0.4, 0.0, 35.9, 36.3, 50.0])
def test_a_ruling_at_the_edge_of_the_page_is_looked_at(at: float) -> None:
    from gov_extract.readers.scan.along import contacts, is_inked, is_tall, reaches, stands_free

    ink = np.full((100, 100), 255, np.uint8)
    for first, second in ((0.0, 36.0), (20.0, 60.0), (35.0, 36.0), (40.0, 50.0)):
        assert contacts(ink, at, first, second, DPI) in (0, 1, 2)
        for look in (reaches, stands_free, is_inked, is_tall):
            assert look(ink, at, first, second, DPI) in (True, False)


@ocr
@pytest.mark.parametrize("lean", [-2, 0, 2])
def test_a_slash_is_no_figure(lean: float) -> None:
    from PIL import Image, ImageDraw, ImageFont

    from gov_extract.readers.scan.ink import blots_of, is_slash, lines_of

    for size in (16, 22, 36):
        for text in ("/", *"0123456789", "14"):
            picture = Image.new("L", (120, 120), 255)
            ImageDraw.Draw(picture).text((60, 60), text, fill=0, font=ImageFont.load_default(size), anchor="mm")
            pixels = np.asarray(picture.rotate(lean, fillcolor=255, resample=Image.Resampling.BICUBIC))
            (line,) = lines_of(blots_of(pixels), DPI)
            assert is_slash(pixels, line) == (text == "/"), (text, size)


@ocr
def test_slashes_in_cells_are_read_as_such() -> None:
    rows = [["/", "12", "/", "0"], ["1", "/", "7", "/"]] * 3
    assert texts_of(pictured(rows)) == rows


def seen(*texts: str, leading: float = 0.999) -> list[Any]:
    from gov_extract.readers.scan.engine import Decoded
    from gov_extract.readers.scan.figures import View

    return [View((Decoded(text, 0.6, text, 0.6, leading),)) for text in texts]


def one_line(*blots: tuple[int, int, int, int]) -> Any:
    from gov_extract.readers.scan.ink import Blot, InkLine

    own = tuple(Blot(*blot, (blot[2] - blot[0]) * (blot[3] - blot[1])) for blot in blots)
    x0, top, x1, bottom = (pick(blot[k] for blot in own) for k, pick in enumerate((min, min, max, max)))
    return InkLine(x0, top, x1, bottom, own)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("22（其中修汀16件）", True),
        ("22（其中修订18件）", False),
        ("22（其中修订16项）", False),
        ("22（大约修订16件）", False),
        ("22（其中修订1６件）", True),
        ("24（其中修订16件）", False),
        ("22（其中修订16件", False),
    ],
)
def test_a_figure_with_a_note_is_sure_where_its_readings_differ_in_nothing_that_changes_it(other: str, same: bool) -> None:
    from gov_extract.readers.scan.figures import readings_of

    line = one_line((0, 0, 10, 20), (14, 0, 24, 20), (30, 0, 120, 22))
    found = readings_of(seen("22（其中修订16件）", other, "22（其中修订16件）"), [line], doubted=False, flat=False)
    assert (len({reading.text for reading in found}) == 1) == same
    assert found[0].text == "22（其中修订16件）"


def test_what_is_left_of_a_digit_is_no_dash() -> None:
    from gov_extract.readers.scan.figures import readings_of

    stroke = one_line((0, 8, 8, 11))
    sure = [("-", "-")]
    for centred, texts, wanted in (
        (True, ("-", "-", "一", "-", "“", "-"), True),
        (False, ("-", "-", "一", "-", "“", "-"), False),
        (True, ("-", "-", "一", "-", "7", "-"), False),
        (True, ("-", "“", "L", "-", "“", "-"), False),
    ):
        found = readings_of(seen(*texts), [stroke], doubted=False, flat=True, centred=centred)
        assert ([tuple(reading.text for reading in found)] == sure) == wanted, (centred, texts, found)


def test_a_leaning_stroke_that_was_read_as_a_figure_is_open() -> None:
    from gov_extract.readers.scan.figures import readings_of

    stroke = one_line((0, 0, 7, 20))
    found = readings_of(seen("1", "1", "1"), [stroke], doubted=False, flat=False, slash=True)
    assert {reading.text for reading in found} == {"/", "1"}
    assert all((reading.confidence or 0.0) < 0.98 for reading in found)
