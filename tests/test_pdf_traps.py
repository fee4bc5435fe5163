"""Each way of drawing the same little table gives the same grid; what cannot be seen is not read."""

from __future__ import annotations

import itertools
import math
import re

import pytest

from gov_extract.document import Document, Grid, Line
from gov_extract.parse.values import read_figure
from gov_extract.readers.pdf import read_pdf
from gov_extract.readers.scan import extra
from tests.pdf_writer import FormSpec, PageSpec, shown, write_pdf

XS = (80.0, 200.0, 260.0, 320.0)
YS = (700.0, 678.0, 656.0, 634.0)
TABLE = (("信息内容", "本年制", "12"), ("规章", "0", "345"), ("行政许可", "6.5", "-"))


def letters(dx: float = 0.0, dy: float = 0.0, rows: tuple[int, ...] = (0, 1, 2), **how: object) -> str:
    """The texts of the table, each in its cell."""
    return "".join(
        shown(XS[c] + 5 + dx, YS[r + 1] + 7 + dy, TABLE[r][c], **how)  # type: ignore[arg-type]
        for r in rows
        for c in range(3)
    )


def level_lines(draw) -> str:  # type: ignore[no-untyped-def]
    return "".join(draw(XS[0], y, XS[-1], y) for y in YS)


def upright_lines(draw) -> str:  # type: ignore[no-untyped-def]
    return "".join(draw(x, YS[0], x, YS[-1]) for x in XS)


def stroke(x0: float, y0: float, x1: float, y1: float) -> str:
    return f"{x0} {y0} m {x1} {y1} l S\n"


def lattice(draw=stroke) -> str:  # type: ignore[no-untyped-def]
    return level_lines(draw) + upright_lines(draw)


def thin_fill(width: float):  # type: ignore[no-untyped-def]
    def draw(x0: float, y0: float, x1: float, y1: float) -> str:
        h = width / 2
        return f"{x0 - h} {y1 - h} {x1 - x0 + width} {y0 - y1 + width} re f\n"

    return draw


def dots(size: float):  # type: ignore[no-untyped-def]
    def draw(x0: float, y0: float, x1: float, y1: float) -> str:
        length = max(x1 - x0, y0 - y1)
        n = round(length / (2 * size))
        return "".join(
            f"{x0 + (x1 - x0) * i / n - size / 2:.3f} {y0 + (y1 - y0) * i / n - size / 2:.3f} {size} {size} re f\n"
            for i in range(n + 1)
        )

    return draw


def dashes(length: float, gap: float, width: float = 0.5):  # type: ignore[no-untyped-def]
    def draw(x0: float, y0: float, x1: float, y1: float) -> str:
        out, at, whole = "", 0.0, max(x1 - x0, y0 - y1)
        while at < whole:
            end = min(at + length, whole)
            if x1 > x0:
                out += f"{x0 + at} {y0} {end - at} {width} re f\n"
            else:
                out += f"{x0} {y0 - end} {width} {end - at} re f\n"
            at += length + gap
        return out

    return draw


def double(gap: float):  # type: ignore[no-untyped-def]
    def draw(x0: float, y0: float, x1: float, y1: float) -> str:
        dx, dy = (0, gap) if x1 > x0 else (gap, 0)
        return stroke(x0, y0, x1, y1) + stroke(x0 + dx, y0 + dy, x1 + dx, y1 + dy)

    return draw


def clipped_fill(x0: float, y0: float, x1: float, y1: float) -> str:
    return f"q {x0 - 0.4} {y1 - 0.4} {x1 - x0 + 0.8} {y0 - y1 + 0.8} re W n {XS[0] - 9} {YS[-1] - 9} 300 200 re f Q\n"


def each_cell(draw) -> str:  # type: ignore[no-untyped-def]
    return "".join(draw(XS[c], YS[r + 1], XS[c + 1] - XS[c], YS[r] - YS[r + 1]) for r in range(3) for c in range(3))


def frame_fill(x: float, y: float, w: float, h: float) -> str:
    return f"{x} {y} {w} {h} re {x + 0.6} {y + 0.6} {w - 1.2} {h - 1.2} re f*\n"


def frame_clip(x: float, y: float, w: float, h: float) -> str:
    return f"q {x} {y} {w} {h} re {x + 0.6} {y + 0.6} {w - 1.2} {h - 1.2} re W* n {x} {y} {w} {h} re f Q\n"


def cell_fill(seam: float = 0.0, gray: str = ".9 g"):  # type: ignore[no-untyped-def]
    def draw(x: float, y: float, w: float, h: float) -> str:
        return f"{gray} {x + seam / 2} {y + seam / 2} {w - seam} {h - seam} re f 0 g\n"

    return draw


def read(content: str, forms: tuple[FormSpec, ...] = (), **page: object) -> Document:
    return read_pdf(write_pdf([PageSpec(content, **page)], forms), max_pages=10)  # type: ignore[arg-type]


def grids(document: Document) -> list[Grid]:
    return [block for page in document.pages for block in page.blocks if isinstance(block, Grid)]


def lines(document: Document) -> list[str]:
    return [block.text for page in document.pages for block in page.blocks if isinstance(block, Line)]


def rows(grid: Grid) -> list[list[tuple[str, int, int]]]:
    return [
        [(re.sub(r"\s", "", cell.text), cell.rowspan, cell.colspan) for cell in grid.cells if cell.row == row]
        for row in range(grid.n_rows)
    ]


PLAIN = [[(text, 1, 1) for text in row] for row in TABLE]

BORDERS = {
    "hairline": "0.05 w " + lattice(),
    "zero width": "0 w " + lattice(),
    "normal": ".5 w " + lattice(),
    "thick": "5 w " + lattice(),
    "dash pattern": "[3 2] 0 d " + lattice(),
    "round dots by pattern": "1 J 1 w [0 2] 0 d " + lattice(),
    "stroked boxes": each_cell(lambda x, y, w, h: f"{x} {y} {w} {h} re S\n"),
    "filled and stroked boxes": each_cell(lambda x, y, w, h: f".9 g {x} {y} {w} {h} re B 0 g\n"),
    "thin fills": lattice(thin_fill(0.5)),
    "thick fills": lattice(thin_fill(4.5)),
    "dotted squares": lattice(dots(0.75)),
    "large dotted squares": lattice(dots(2.25)),
    "dashed fills": lattice(dashes(2.2, 1.4)),
    "long dashed fills": lattice(dashes(8.0, 5.0)),
    "double 1.5": lattice(double(1.5)),
    "double 3": lattice(double(3.0)),
    "big fills behind thin clips": lattice(clipped_fill),
    "frames": each_cell(frame_fill),
    "frame clips": each_cell(frame_clip),
    "one path": " ".join(f"{XS[0]} {y} m {XS[-1]} {y} l" for y in YS)
    + " ".join(f" {x} {YS[0]} m {x} {YS[-1]} l" for x in XS)
    + " S\n",
    "one path of thin boxes": " ".join(f"{XS[0]} {y} {XS[-1] - XS[0]} .5 re" for y in YS)
    + " ".join(f" {x} {YS[-1]} .5 {YS[0] - YS[-1]} re" for x in XS)
    + " f\n",
    "piece by piece": "".join(stroke(XS[c] + 1, y, XS[c + 1] - 1, y) for y in YS for c in range(3))
    + "".join(stroke(x, YS[r] - 1, x, YS[r + 1] + 1) for x in XS for r in range(3)),
}


@pytest.mark.parametrize("style", BORDERS)
def test_every_border_gives_the_same_cells(style: str) -> None:
    document = read(BORDERS[style] + letters())
    assert [rows(grid) for grid in grids(document)] == [PLAIN]
    assert (grids(document)[0].kind, grids(document)[0].doubts) == ("ruled", ())
    assert lines(document) == []
    assert document.findings == ()


@pytest.mark.parametrize(("seam", "gray"), [(0.0, ".9 g"), (1.5, ".9 g"), (3.0, ".8 .9 1 rg"), (0.0, "1 g")])
def test_backgrounds_that_tile_make_a_grid(seam: float, gray: str) -> None:
    page_background = "1 g 0 0 595 842 re f .95 g 70 620 270 90 re f\n"
    document = read(page_background + each_cell(cell_fill(seam, gray)) + letters())
    assert [rows(grid) for grid in grids(document)] == [PLAIN]
    assert grids(document)[0].kind == "filled"


def test_row_and_table_backgrounds_under_cell_backgrounds() -> None:
    under = f".95 g {XS[0]} {YS[-1]} {XS[-1] - XS[0]} {YS[0] - YS[-1]} re f\n"
    row = "".join(f".9 g {XS[0]} {YS[r + 1]} {XS[-1] - XS[0]} {YS[r] - YS[r + 1]} re f\n" for r in range(3))
    marked = f"1 1 0 rg {XS[0] + 4} {YS[1] + 5} 40 12 re f 0 g\n"
    document = read(under + row + each_cell(cell_fill(1.0)) + marked + letters())
    assert [rows(grid) for grid in grids(document)] == [PLAIN]


def test_backgrounds_with_merged_and_unfilled_cells() -> None:
    head = f".8 g {XS[0]} {YS[1]} {XS[-1] - XS[0]} {YS[0] - YS[1]} re f\n"
    cells = [(r, c) for r in (1, 2) for c in range(3) if (r, c) != (2, 1)]
    body = "".join(cell_fill()(XS[c], YS[r + 1], XS[c + 1] - XS[c], YS[r] - YS[r + 1]) for r, c in cells)
    text = shown(90, YS[1] + 7, "第二十条") + "".join(
        shown(XS[c] + 5, YS[r + 1] + 7, TABLE[r][c]) for r in (1, 2) for c in range(3)
    )
    (grid,) = grids(read(head + body + text))
    assert rows(grid) == [[("第二十条", 1, 3)], PLAIN[1], PLAIN[2]]


def test_a_header_of_backgrounds_alone_on_its_page() -> None:
    """Its upper cells span most of the lower ones, whose edges stand above nobody's: the rows are on the next page."""
    cells = [
        (80, 3, 0, 3, "信息"),
        (140, 1, 0, 1, "申请人情况"),
        (140, 2, 1, 3, "自然人"),
        (200, 1, 1, 2, "法人"),
        (480, 2, 1, 3, "总计"),
    ]
    cells += [(200 + 56 * k, 1, 2, 3, name) for k, name in enumerate(("商业", "科研", "社会", "法律", "其他"))]
    wide = {"信息": 60, "申请人情况": 400, "自然人": 60, "法人": 280, "总计": 60}
    boxes = [(x, 700 - 22 * below, wide.get(name, 56), 22 * (below - above), name) for x, _, above, below, name in cells]
    fills = "".join(f"{0.8 if n % 2 else 0.9} g {x} {y} {w} {h} re f\n" for n, (x, y, w, h, _) in enumerate(boxes))
    text = "0 g " + "".join(shown(x + 4, y + 7, name) for x, y, _, _, name in boxes)
    (grid,) = grids(read(fills + text))
    assert [cell.text for cell in grid.cells] == [
        "信息",
        "申请人情况",
        "自然人",
        "法人",
        "总计",
        "商业",
        "科研",
        "社会",
        "法律",
        "其他",
    ]


def test_stripes_and_level_rules_are_rules_and_no_grid() -> None:
    stripe = f".9 g {XS[0]} {YS[2]} {XS[-1] - XS[0]} {YS[1] - YS[2]} re f 0 g\n"
    striped = read(stripe + letters())
    assert grids(striped) == []
    assert {round(842 - rule.top) for rule in striped.pages[0].rules} == {round(YS[1]), round(YS[2])}
    ruled = read(level_lines(stroke) + letters())
    assert grids(ruled) == []
    assert [round(842 - (rule.top + rule.bottom) / 2, 1) for rule in ruled.pages[0].rules] == list(YS)
    words = [[word.text for word in line.words] for line in ruled.pages[0].blocks if isinstance(line, Line)]
    assert words == [list(row) for row in TABLE]


def test_level_rules_with_a_frame_do_not_swallow_the_columns() -> None:
    document = read(
        level_lines(stroke) + stroke(XS[0], YS[0], XS[0], YS[-1]) + stroke(XS[-1], YS[0], XS[-1], YS[-1]) + letters()
    )
    assert grids(document) == []
    assert [line.split() for line in lines(document)] == [list(row) for row in TABLE]
    assert len(document.pages[0].rules) == len(YS)


def test_head_with_backgrounds_over_rows_without() -> None:
    head = "".join(cell_fill()(XS[c], YS[1], XS[c + 1] - XS[c], YS[0] - YS[1]) for c in range(3))
    document = read(head + letters())
    assert grids(document) == []
    assert [line.split() for line in lines(document)] == [list(row) for row in TABLE]


def test_every_second_row_with_cell_backgrounds() -> None:
    striped = "".join(cell_fill()(XS[c], YS[0] - 22 * (r + 1), XS[c + 1] - XS[c], 22) for r in (1, 3) for c in range(3))
    text = "".join(shown(XS[c] + 5, YS[0] - 22 * (r + 1) + 7, f"{r}{c}") for r in range(4) for c in range(3))
    document = read(striped + text)
    assert grids(document) == []
    assert [line.split() for line in lines(document)] == [[f"{r}{c}" for c in range(3)] for r in range(4)]


def test_no_outer_border() -> None:
    inner = "".join(stroke(XS[0], y, XS[-1], y) for y in YS[1:-1]) + "".join(stroke(x, YS[0], x, YS[-1]) for x in XS[1:-1])
    (grid,) = grids(read(inner + letters()))
    assert rows(grid) == PLAIN
    assert "open_edge" in grid.doubts


@pytest.mark.parametrize("missing", [0, 3])
def test_rule_missing_at_a_page_break(missing: int) -> None:
    torn = "".join(stroke(XS[0], y, XS[-1], y) for i, y in enumerate(YS) if i != missing) + upright_lines(stroke)
    (grid,) = grids(read(torn + letters()))
    assert rows(grid) == PLAIN
    assert grid.doubts == ("open_edge",)


def test_a_torn_blank_row_on_a_single_rule() -> None:
    comb = stroke(50, 700, 450, 700) + "".join(stroke(x, 700, x, 680) for x in (150, 250, 350))
    (grid,) = grids(read(comb + shown(60, 600, "below")))
    assert rows(grid) == [[("", 1, 1)] * 4]
    two_cells = stroke(50, 680, 450, 680) + stroke(200, 700, 200, 680) + shown(60, 686, "label")
    (grid,) = grids(read(two_cells))
    assert rows(grid) == [[("label", 1, 1), ("", 1, 1)]]


def test_rules_at_the_same_heights_beside_a_cell_without_borders_are_one_table() -> None:
    """As WeasyPrint draws the rest of rows whose cell began on the page before."""
    uprights = "".join(stroke(x, YS[0], x, YS[-1]) for x in (80, 160, 240, 300))
    level = "".join(stroke(x0, y, x1, y) for y in YS for x0, x1 in ((80, 160), (240, 300)))
    text = "".join(shown(85, y + 7, f"row{n}") + shown(245, y + 7, str(n)) for n, y in enumerate(YS[1:]))
    (grid,) = grids(read(level + uprights + text))
    assert rows(grid) == [
        [("row0", 1, 1), ("", 3, 1), ("0", 1, 1)],
        [("row1", 1, 1), ("1", 1, 1)],
        [("row2", 1, 1), ("2", 1, 1)],
    ]
    lower = "".join(stroke(x0, y - 9, x1, y - 9) for y in YS for x0, x1 in ((240, 300),))
    left = "".join(stroke(80, y, 160, y) for y in YS)
    assert len(grids(read(left + lower + uprights + text))) != 1


@pytest.mark.parametrize("below", ["", "text"])
def test_a_line_that_hangs_over_the_end_of_a_torn_cell_is_the_cell_s(below: str) -> None:
    """Only where the page ends with the table: text below it may be a note."""
    drawn = "".join(stroke(XS[0], y, XS[-1], y) for y in YS[:-1]) + upright_lines(stroke)
    hanging = shown(XS[1] + 5, YS[-1] - 6, "over")
    (grid,) = grids(read(drawn + letters() + hanging + (shown(80, 560, below) if below else "")))
    assert grid.cells[-2].text == ("6.5" if below else "6.5\nover")
    assert lines(read(drawn + letters() + hanging)) == []


def test_a_blank_last_cell_without_its_outer_border() -> None:
    drawn = level_lines(stroke) + "".join(stroke(x, YS[0], x, YS[-1]) for x in XS[:-1]) + stroke(XS[-1], YS[0], XS[-1], YS[1])
    last = len(TABLE[0]) - 1
    text = "".join(
        shown(XS[c] + 5, YS[r + 1] + 7, TABLE[r][c])
        for r in range(len(TABLE))
        for c in range(len(TABLE[0]))
        if c < last or not r
    )
    (grid,) = grids(read(drawn + text))
    assert [len(row) for row in rows(grid)] == [last + 1] * len(TABLE)


def test_rows_with_room_for_two_dashes() -> None:
    def dashed(x0: float, y0: float, x1: float, y1: float) -> str:
        return f"[6 4] 0 d .6 w {x0} {y0} m {x1} {y1} l S [] 0 d\n"

    drawn = "".join(dashed(50, y, 450, y) for y in (700, 684, 668)) + "".join(
        dashed(x, a, x, b) for x in (50, 250, 450) for a, b in ((700, 684), (684, 668))
    )
    text = "".join(shown(x, y, "word") for x in (60, 260) for y in (688, 672))
    (grid,) = grids(read(drawn + text))
    assert rows(grid) == [[("word", 1, 1)] * 2] * 2


def test_a_torn_row_with_two_dashes_of_each_upright_rule() -> None:
    """As long as the level ones, and no upright rule of the page has more; the label's underline adds no row."""
    drawn = dashes(6.0, 4.0, 0.6)(50, 686, 450, 686) + stroke(50, 690, 195, 690)
    drawn += "".join(f"{x - 0.3} {y} .6 {length} re f\n" for x in (50, 250, 450) for y, length in ((686, 6), (696, 4)))
    found = read(drawn + shown(260, 691, "721"))
    (grid,) = grids(found)
    assert lines(found) == []
    assert rows(grid) == [[("", 1, 1), ("721", 1, 1)]]


def test_cells_filled_twice() -> None:
    """A row may have more equal cells than any number of neighbours that is looked at."""
    many = [(50 + 30 * k, y) for y in (680, 660) for k in range(15)]
    drawn = "".join(f".9 g {x} {y} 29.5 19.5 re f 0 g\n" for _ in range(2) for x, y in many)
    (grid,) = grids(read(drawn + "".join(shown(x + 5, y + 6, "7") for x, y in many)))
    assert rows(grid) == [[("7", 1, 1)] * 15] * 2


def test_a_single_filled_row_is_no_stripe_without_rows_between() -> None:
    drawn = "".join(
        f".9 g {x} {y} {w} {h} re f 0 g\n" for y, h in ((700, 20), (640, 20), (620, 20)) for x, w in ((50, 99), (150, 300))
    )
    labels = "".join(shown(60, y, text) for y, text in ((706, "alone"), (646, "first"), (626, "second")))
    found = grids(read(drawn + labels))
    assert [rows(grid)[0] for grid in found] == [[("alone", 1, 1), ("", 1, 1)], [("first", 1, 1), ("", 1, 1)]]


@pytest.mark.parametrize(("edges", "found"), [((50, 200, 450), 1), ((50, 130, 290, 370, 450), 2)])
def test_a_single_row_below_another_table_is_no_stripe_of_it(edges: tuple[int, ...], found: int) -> None:
    """The first row of a table whose others stand overleaf; as one with the other table's columns may be its last stripe."""
    drawn = "".join(f".9 g {x} {y} {w} 20 re f 0 g\n" for y in (700, 680, 660) for x, w in ((50, 150), (200, 250)))
    drawn += "".join(f".9 g {a} 600 {b - a} 20 re f 0 g\n" for a, b in itertools.pairwise(edges))
    text = "".join(shown(60, y, "label") for y in (706, 686, 666, 606)) + shown(60, 636, "heading")
    assert len(grids(read(drawn + text))) == found


def test_rule_ends_without_text_make_no_row() -> None:
    longer = "".join(stroke(x, YS[0], x, YS[-1] - 40) for x in XS)
    (grid,) = grids(read(level_lines(stroke) + longer + letters()))
    assert rows(grid) == PLAIN
    assert "open_below" in grid.doubts


def test_spans_and_a_rule_that_stops_short_of_its_border() -> None:
    drawn = (
        level_lines(stroke)
        + stroke(XS[0], YS[0], XS[0], YS[-1])
        + stroke(XS[-1], YS[0], XS[-1], YS[-1])
        + stroke(XS[1], YS[1], XS[1], YS[-1])
        + stroke(XS[2], YS[1], XS[2], YS[-1])
    )
    text = shown(90, YS[1] + 7, "第二十条第（一）项") + "".join(
        shown(XS[c] + 5, YS[r + 1] + 7, TABLE[r][c]) for r in (1, 2) for c in range(3)
    )
    (grid,) = grids(read(drawn + text))
    assert rows(grid) == [[("第二十条第（一）项", 1, 3)], PLAIN[1], PLAIN[2]]
    short = drawn.replace(stroke(XS[0], YS[2], XS[-1], YS[2]), stroke(XS[0] + 30, YS[2], XS[-1], YS[2]))
    (grid,) = grids(read(short + text))
    assert rows(grid) == [[("第二十条第（一）项", 1, 3)], PLAIN[1], PLAIN[2]]


def test_underlines_frames_and_diagonals_add_no_cells() -> None:
    underline = stroke(XS[1] + 3, YS[1] + 5, XS[1] + 40, YS[1] + 5)
    page_frame = "20 20 555 802 re S\n"
    diagonal = stroke(XS[0], YS[0], XS[1], YS[1])
    box = "100 500 200 30 re S\n" + shown(110, 510, "公开热线")
    document = read(lattice() + underline + page_frame + diagonal + box + letters())
    assert [rows(grid) for grid in grids(document)] == [PLAIN]
    assert lines(document) == ["公开热线"]


def test_an_underline_from_border_to_border_of_one_cell_adds_no_line() -> None:
    touching = stroke(XS[0], YS[1] + 6, XS[0] + 50, YS[1] + 6)
    (grid,) = grids(read(lattice() + touching + letters()))
    assert rows(grid) == PLAIN


def test_missing_rules_between_columns_leave_lines() -> None:
    drawn = level_lines(stroke) + "".join(stroke(x, YS[0], x, YS[-1]) for x in (XS[0], XS[1], XS[-1]))
    text = "".join(
        shown(x, YS[r + 1] + 7, value)
        for r, row in enumerate((("规章", "1", "2"), ("许可", "30", "4"), ("处罚", "5", "0")))
        for x, value in zip((85, 210, 280), row, strict=True)
    )
    document = read(drawn + text)
    assert grids(document) == []
    assert [line.split() for line in lines(document)] == [["规章", "1", "2"], ["许可", "30", "4"], ["处罚", "5", "0"]]


def test_a_row_of_two_cells_is_a_grid() -> None:
    drawn = "".join(stroke(XS[0], y, XS[2], y) for y in YS[:2]) + "".join(stroke(x, YS[0], x, YS[1]) for x in XS[:3])
    (grid,) = grids(read(drawn + shown(90, 685, "行政处罚") + shown(210, 685, "7")))
    assert rows(grid) == [[("行政处罚", 1, 1), ("7", 1, 1)]]


TURNS = [
    ((0, 0, 595, 842), "1 0 0 1 0 0"),
    ((0, 0, 842, 595), "0 1 -1 0 842 0"),
    ((0, 0, 595, 842), "-1 0 0 -1 595 842"),
    ((0, 0, 842, 595), "0 -1 1 0 0 595"),
]


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize("offset", [(0.0, 0.0), (-100.0, 50.0)])
def test_quarter_turns_and_page_boxes(turn: int, rotate: int, offset: tuple[float, float]) -> None:
    media, matrix = TURNS[turn]
    dx, dy = offset
    moved = (media[0] + dx, media[1] + dy, media[2] + dx, media[3] + dy)
    crop = (moved[0] + 10, moved[1] + 20, moved[2] - 5, moved[3] - 7)
    content = f"q 1 0 0 1 {dx} {dy} cm {matrix} cm " + lattice() + letters() + shown(80, 750, "一、总体情况") + "Q"
    document = read(content, media=moved, crop=crop, rotate=rotate)
    (grid,) = grids(document)
    assert rows(grid) == PLAIN
    page = document.pages[0]
    assert (page.width, page.height) == pytest.approx((580, 815) if turn % 2 == 0 else (568, 832), abs=15)
    assert grid.box is not None
    assert grid.box.x1 - grid.box.x0 == pytest.approx(240, abs=0.5)
    assert grid.box.bottom - grid.box.top == pytest.approx(66, abs=0.5)
    assert lines(document) == ["一、总体情况"]
    if turn == 0:
        assert grid.box.x0 == pytest.approx(70, abs=0.5)
        assert grid.box.top == pytest.approx(835 - 700, abs=0.5)


def test_forms_nested_and_scaled() -> None:
    table = FormSpec(lattice() + letters(), bbox=(0, 0, 595, 842))
    middle = FormSpec("q .5 0 0 .5 30 40 cm /X0 Do Q", matrix=(2, 0, 0, 2, 0, 0))
    document = read("q 1 0 0 1 -40 -50 cm /X1 Do Q", (table, middle))
    (grid,) = grids(document)
    assert rows(grid) == PLAIN
    assert grid.box is not None
    assert grid.box.x0 == pytest.approx(80 + 60 - 40, abs=0.5)


def test_forms_that_call_themselves_end() -> None:
    document = read("/X0 Do " + lattice() + letters(), (FormSpec("/X1 Do"), FormSpec("/X0 Do")))
    assert rows(grids(document)[0]) == PLAIN


def test_type_3_fonts() -> None:
    text = "".join(
        shown(XS[c] + 5, YS[r + 1] + 7, value, font="F3", size=9)
        for r, row in enumerate((("0", "12", "-"), ("2.1", "0.2", "1-1"), ("-", "-", "0")))
        for c, value in enumerate(row)
    )
    (grid,) = grids(read(lattice() + text))
    assert [[cell[0] for cell in row] for row in rows(grid)] == [["0", "12", "-"], ["2.1", "0.2", "1-1"], ["-", "-", "0"]]


@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.3, 0.0), (0.25, -0.25), (-0.4, 0.1)])
def test_fake_bold_is_read_once(shift: tuple[float, float]) -> None:
    document = read(lattice() + letters() + letters(*shift))
    assert rows(grids(document)[0]) == PLAIN
    assert sorted("".join(document.pages[0].text.split())) == sorted("".join(t for row in TABLE for t in row))
    each = "".join(shown(100 + 9 * i + d, 500, char) for i, char in enumerate("公开政府信息") for d in (0, 0.3))
    assert lines(read(each)) == ["公开政府信息"]


def test_equal_figures_are_not_duplicates() -> None:
    document = read(shown(100, 500, "11111 222") + shown(100, 480, "11111"))
    assert lines(document) == ["11111 222", "11111"]


def test_what_cannot_be_seen_is_not_read() -> None:
    cos, sin = math.cos(0.7), math.sin(0.7)
    unseen = (
        letters(dx=3, mode=3)
        + shown(110, 685, "99999", size=0.3)
        + shown(700, 500, "123")
        + shown(-300, 500, "456")
        + "q 400 400 50 50 re W n "
        + shown(85, 685, "777")
        + "Q\n"
        + shown(90, 610, "SECRET", size=60, matrix=f"{cos:.4f} {sin:.4f} {-sin:.4f} {cos:.4f}")
    )
    document = read(lattice() + letters() + unseen)
    assert rows(grids(document)[0]) == PLAIN
    assert lines(document) == []
    assert not set("79SECRT") & set(document.pages[0].text)
    assert [finding.code for finding in document.findings] == ["hidden_text"]


def test_a_table_that_runs_off_the_page_keeps_its_columns() -> None:
    document = read(lattice() + letters(), media=(0, 0, 250, 842))
    (grid,) = grids(document)
    assert rows(grid) == PLAIN
    assert grid.doubts == ("off_page",)


def test_radicals_become_characters() -> None:
    document = read(shown(100, 500, "⽣⼊⺠⻔") + shown(100, 480, "行政⾏為"))
    assert lines(document) == ["生入民门", "行政行為"]
    assert "生入民门" in document.pages[0].text


def test_private_use_characters_are_never_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra, "installed", lambda: False)
    document = read(lattice() + letters() + shown(XS[1] + 20, YS[1] + 7, "\ue123\ue124"))
    assert [finding.code for finding in document.findings] == ["unmapped_font", extra.CODE]
    assert "\ufffd\ufffd" in grids(document)[0].cells[1].text
    assert document.pages[0].unmapped > 0


def test_text_over_a_border_stays_whole_and_is_doubted() -> None:
    label = shown(XS[0] + 5, YS[1] + 7, TABLE[0][0])
    (grid,) = grids(read(lattice() + letters(rows=(1, 2)) + label + shown(XS[1] + 30, YS[1] + 7, "1234567890")))
    assert "1234567890" in {cell.text for cell in grid.cells}
    assert "across_rule" in grid.doubts


def test_blanks_inside_cells() -> None:
    texts = shown(XS[0] + 5, YS[1] + 7, "12 345") + shown(XS[1] + 5, YS[1] + 7, "两 类") + shown(XS[1] + 5, YS[2] + 7, "x")
    (grid,) = grids(read(lattice() + texts + shown(XS[0] + 5, YS[2] + 12, "一") + shown(XS[0] + 5, YS[2] + 2, "二")))
    found = {(cell.row, cell.column): cell.text for cell in grid.cells}
    assert found[0, 0] == "12 345"
    assert found[0, 1] == "两类"
    assert found[1, 0] == "一\n二"
    assert found[2, 2] == ""


def test_words_of_an_unruled_row_and_of_stretched_prose() -> None:
    row = shown(80, 500, "行政处罚") + "".join(shown(200 + 40 * i, 500, str(i)) for i in range(7))
    prose = "".join(shown(80 + 11.5 * i, 480, char) for i, char in enumerate("本机关依法公开政府信息若干件"))
    spread = "".join(shown(80 + 18 * i, 460, char) for i, char in enumerate("政府信息公开年度报告"))
    found = read(row + prose + spread)
    words = [[word.text for word in line.words] for line in found.pages[0].blocks if isinstance(line, Line)]
    assert words == [["行政处罚", *"0123456"], ["本机关依法公开政府信息若干件"], ["政府信息公开年度报告"]]


def test_superscripts_stay_on_their_line() -> None:
    (line,) = lines(read(shown(80, 500, "公开率12", size=12) + shown(135, 505, "2", size=6) + shown(140, 500, "件", size=12)))
    assert line.replace(" ", "") == "公开率122件"


def test_text_with_other_characters_than_drawn_stands_where_it_is_drawn() -> None:
    """The engine forgets a form's matrix for the boxes of text with /ActualText."""
    replaced = "/Span <</ActualText (1133)>> BDC\n" + shown(XS[1] + 5, YS[2] + 7, "1133") + "EMC\n"
    turned = FormSpec(lattice() + letters(rows=(0, 2)) + replaced)
    for how in ("1 0 0 1 0 0", "0 1 -1 0 842 0", "1 0 0 1 60 -90", ".5 0 0 .5 20 30"):
        (grid,) = grids(read(f"q {how} cm /X0 Do Q", (turned,), media=(0, 0, 842, 842)))
        assert rows(grid) == [PLAIN[0], [("", 1, 1), ("1133", 1, 1), ("", 1, 1)], PLAIN[2]]


@pytest.mark.parametrize("font", ["", "F3"])
@pytest.mark.parametrize(("size", "rise"), [(5.4, 3.0), (5.4, 4.5), (6.3, 2.5), (4.0, 5.0), (9.0, 3.0)])
def test_a_digit_raised_behind_a_figure_is_no_digit_of_it(size: float, rise: float, font: str) -> None:
    x, y = XS[2] + 5, YS[1] + 7
    head = "".join(shown(XS[c] + 5, y, TABLE[0][c]) for c in (0, 1))
    mark = shown(x + 10.1, y + rise, "1", size, font=font)
    figure = shown(x, y, TABLE[0][2], font=font)
    for content in (figure + mark, mark + figure):
        grid = grids(read(lattice() + letters(rows=(1, 2)) + head + content))[0]
        text = next(cell.text for cell in grid.cells if (cell.row, cell.column) == (0, 2))
        assert read_figure(text, "件").state == "unreadable", text


def test_the_digits_of_a_figure_in_another_font_or_weight_are_its_digits() -> None:
    x, y = XS[2] + 5, YS[1] + 7
    head = "".join(shown(XS[c] + 5, y, TABLE[0][c]) for c in (0, 1))
    for size in (8.5, 9.0, 9.5):
        content = lattice() + letters(rows=(1, 2)) + head + shown(x, y, "1") + shown(x + 5.0, y, "2", size)
        assert [cell.text for cell in grids(read(content))[0].cells][2] == "12"


def side_by_side(*columns: str) -> str:
    """What two pages hold, each moved to its half of a sheet of 842 points."""
    return "".join(f"q 1 0 0 1 {421 * k} 0 cm\n{content}Q\n" for k, content in enumerate(columns))


def prose(first: str) -> str:
    lines = [first, *(f"第{n}行都有不少于十五个字的正文内容在这里" for n in "一二三四")]
    return "".join(shown(60, 560 - 20 * k, line, 10) for k, line in enumerate(lines))


def test_two_pages_on_one_sheet_are_read_one_after_the_other() -> None:
    table = "1 0 0 1 -40 -240 cm\n" + lattice() + letters()
    sheet = side_by_side(prose("一、总体情况") + table, prose("二、主动公开政府信息情况"))
    document = read(sheet, media=(0, 0, 842, 595))
    kinds = [block.text[:2] if isinstance(block, Line) else "表" for block in document.pages[0].blocks]
    assert kinds == ["一、", "第一", "第二", "第三", "第四", "表", "二、", "第一", "第二", "第三", "第四"]


def test_a_wide_table_without_rules_is_no_two_pages() -> None:
    rows = "".join(
        shown(60, 500 - 20 * k, f"{k}．这一行的标签超过了十五个汉字的长度", 9) + shown(600, 500 - 20 * k, "12")
        for k in range(6)
    )
    document = read(rows, media=(0, 0, 842, 595))
    assert [line.split()[-1] for line in lines(document)] == ["12"] * 6


def test_lines_of_a_font_with_a_giant_box_stay_apart() -> None:
    text = "申请人逾期未按收费通知要求"
    content = shown(84, 688, text, 6) + shown(84, 681, "缴纳费用行政机关不再处理", 6) + shown(205, 685, "3")
    data = write_pdf([PageSpec(lattice() + content)])
    tall = data.replace(b"/Ascent 880/Descent -120", b"/Ascent 1800/Descent -990")
    for each in (data, tall):
        (grid,) = grids(read_pdf(each, max_pages=1))
        assert grid.cells[0].text == f"{text}\n缴纳费用行政机关不再处理"


def test_white_figures_beside_others_are_not_read() -> None:
    white = "1 g\n" + shown(XS[1] + 14, YS[2] + 8, "88", 6) + "0 g\n"
    ground = f".2 g {XS[2]} {YS[2]} 60 22 re f 0 g\n"
    light = "1 g\n" + shown(XS[2] + 21, YS[2] + 8, "9", 6) + "0 g\n"
    document = read(lattice() + letters() + white)
    assert [cell.text for cell in grids(document)[0].cells][3:6] == ["规章", "0", "345"]
    assert [finding.code for finding in document.findings] == ["hidden_text"]
    # On a ground of its own white is seen.
    seen = [cell.text for cell in grids(read(ground + lattice() + letters() + light))[0].cells]
    assert seen[5] == "345 ⁹"


def test_a_figure_printed_over_another_is_unreadable_and_drawn_twice_is_read() -> None:
    drawn = letters() + "".join(stroke(XS[0], y, XS[-1], y) for y in YS) + "".join(stroke(x, YS[0], x, YS[-1]) for x in XS)

    def figure(more: str) -> str:
        page = read_pdf(write_pdf([PageSpec(drawn + more)]), max_pages=1).pages[0]
        grid = next(block for block in page.blocks if isinstance(block, Grid))
        return next(cell.text for cell in grid.cells if (cell.row, cell.column) == (1, 2))

    patch = f"1 g {XS[2] + 2} {YS[2] + 2} 50 18 re f 0 g\n"
    for more in ("", patch):
        over = figure(more + shown(XS[2] + 5, YS[2] + 7, "678"))
        assert read_figure(over, "").state == "unreadable"
        assert not any(char.isdecimal() for char in over)
    assert figure(shown(XS[2] + 5, YS[2] + 7, "345")) == "345"


def test_figures_that_are_struck_out_are_not_read_and_underlined_ones_are() -> None:
    left, base = XS[2] + 5, YS[2] + 7
    through, under = (stroke(left, base + up, left + 15, base + up) for up in (3.2, -1.2))
    corrected = shown(left + 17, base, "6")
    # Alone in its place nobody can tell what counts: no blank, and no figure.
    whole = grids(read(lattice() + letters() + through))[0]
    assert [cell.text for cell in whole.cells][3:5] == ["规章", "0"]
    assert read_figure(whole.cells[5].text, "").state == "unreadable"
    filled = through.replace(" m ", f" {15} .7 re f\n%")
    for mark in (through, filled):
        document = read(lattice() + letters() + mark + corrected)
        assert [cell.text for cell in grids(document)[0].cells][3:6] == ["规章", "0", "6"]
        assert [finding.code for finding in document.findings] == ["hidden_text"]
    # What goes through a figure and farther, and is no border, makes it doubtful.
    longer = grids(read(lattice() + letters() + stroke(left - 4, base + 3.2, left + 25, base + 3.2)))[0]
    assert read_figure(longer.cells[5].text, "").state == "unreadable"
    for beside in (under, stroke(left + 7, base + 3.2, left + 8, base + 3.2)):
        assert [cell.text for cell in grids(read(lattice() + letters() + beside))[0].cells][3:6] == ["规章", "0", "345"]


def test_a_figure_across_which_a_table_s_own_line_goes_is_unreadable() -> None:
    across = shown(XS[2] + 5, YS[2] - 3.2, "77")
    piece = stroke(XS[2] + 5, YS[2], XS[2] + 15, YS[2])
    document = read(lattice() + letters() + across + piece)
    assert not any("7" in cell.text for cell in grids(document)[0].cells)
    assert any("\ufffd" in cell.text for cell in grids(document)[0].cells)
