"""Each way of writing the same little table as OFD gives the same grid; what cannot be seen is not read."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from gov_extract.document import Document, Grid, Line
from gov_extract.errors import LimitError, ReadError
from gov_extract.readers import Limits, read
from gov_extract.readers.ofd import read_ofd
from gov_extract.readers.ofd.shapes import arc, outlines_of
from gov_extract.readers.ofd.text import deltas
from gov_extract.readers.second import reread
from tests.ofd_writer import SIZE, SPACE, TABLE, XS, YS, Spec, letters, lines, path, ruled, text, write

MM = 72 / 25.4


def document(*pages: Spec | str, **more: object) -> Document:
    return read_ofd(write(*pages, **more), Limits())  # type: ignore[arg-type]


def grids(found: Document) -> list[Grid]:
    return [block for page in found.pages for block in page.blocks if isinstance(block, Grid)]


def texts(grid: Grid) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(cell.text for cell in grid.cells if cell.row == row) for row in range(grid.n_rows))


def outside(found: Document) -> list[str]:
    return [block.text for page in found.pages for block in page.blocks if isinstance(block, Line)]


def codes(found: Document) -> set[str]:
    return {finding.code for finding in found.findings}


# ── Text ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def by_character() -> str:
    return "".join(
        text(XS[c] + 2 + sum(SIZE if x > "\u2e7f" else SIZE / 2 for x in TABLE[r][c][:k]), YS[r] + 5, char)
        for r in range(3)
        for c in range(3)
        for k, char in enumerate(TABLE[r][c])
    )


def in_cells(make: Callable[[float, float, str], str]) -> str:
    return "".join(make(XS[c] + 2, YS[r] + 5, TABLE[r][c]) for r in range(3) for c in range(3))


def grouped(x: float, y: float, said: str) -> str:
    step = SIZE if said[0] > "\u2e7f" else SIZE / 2
    more = f' DeltaX="g {len(said) - 1} {step}"' if len(said) > 1 else ""
    return text(x, y, said, code=f'X="0" Y="{SIZE}"{more}')


def scaled(x: float, y: float, said: str) -> str:
    step = 100 if said[0] > "\u2e7f" else 50
    more = f' DeltaX="{" ".join([str(step)] * (len(said) - 1))}"' if len(said) > 1 else ""
    matrix = f"{SIZE / 100} 0 0 {SIZE / 100} 0 0"
    return text(x, y, said, 100, Boundary=f"{x} {y - SIZE} 60 5", CTM=matrix, code=f'X="0" Y="100"{more}')


def backwards(x: float, y: float, said: str) -> str:
    """The last character first, and the others by negative distances, as some writers set numbers from the right."""
    step = SIZE if said[0] > "\u2e7f" else SIZE / 2
    if len(said) < 2 or not said.isdigit():
        return text(x, y, said)
    start = (len(said) - 1) * step
    more = f' DeltaX="{" ".join([str(-step)] * (len(said) - 1))}"'
    return text(x, y, said[::-1], code=f'X="{start}" Y="{SIZE}"{more}')


def without_deltas(x: float, y: float, said: str) -> str:
    return text(x, y, said, code=f'X="0" Y="{SIZE}"')


def short_deltas(x: float, y: float, said: str) -> str:
    step = SIZE if said[0] > "\u2e7f" else SIZE / 2
    return text(x, y, said, code=f'X="0" Y="{SIZE}" DeltaX="{step}"')


def pretty(x: float, y: float, said: str) -> str:
    return grouped(x, y, said).replace(f">{said}<", f">\n        {said}\n      <")


def condensed(x: float, y: float, said: str) -> str:
    step = 0.8 * (SIZE if said[0] > "\u2e7f" else SIZE / 2)
    more = f' DeltaX="{" ".join([f"{step:g}"] * (len(said) - 1))}"' if len(said) > 1 else ""
    return text(x, y, said, HScale="0.8", code=f'X="0" Y="{SIZE}"{more}')


def two_codes(x: float, y: float, said: str) -> str:
    first = text(x, y, said[:1], Boundary=f"{x} {y - SIZE} 40 5")
    if len(said) < 2:
        return first
    step = SIZE if said[0] > "\u2e7f" else SIZE / 2
    more = f'X="{step}" Y="{SIZE}" DeltaX="g {max(len(said) - 2, 1)} {step}"'
    return first.replace("</TextObject>", f"<TextCode {more}>{said[1:]}</TextCode></TextObject>")


WRITINGS = {
    "runs": letters(),
    "characters": by_character(),
    "grouped": in_cells(grouped),
    "scaled": in_cells(scaled),
    "without deltas": in_cells(without_deltas),
    "short deltas": in_cells(short_deltas),
    "pretty": in_cells(pretty),
    "condensed": in_cells(condensed),
    "two codes": in_cells(two_codes),
    "twice": letters() + letters(),
    "bold": letters() + "".join(text(XS[c] + 2.1, YS[r] + 5, TABLE[r][c]) for r in range(3) for c in range(3)),
    "in a block": f'<PageBlock ID="3">{letters()}</PageBlock>',
}


@pytest.mark.parametrize("name", WRITINGS)
def test_every_way_of_writing_text_gives_the_same_cells(name: str) -> None:
    found = document(WRITINGS[name] + ruled())
    assert [texts(grid) for grid in grids(found)] == [TABLE]
    assert not found.findings
    assert {reading.engine for cell in grids(found)[0].cells for reading in cell.readings} == {"ofd"}


def test_figures_set_from_the_right_are_read_as_they_stand() -> None:
    assert texts(grids(document(in_cells(backwards) + ruled()))[0])[1][2] == "345"


def test_boxes_are_points_from_the_page_s_corner() -> None:
    box = grids(document(letters() + ruled()))[0].box
    assert box is not None
    assert [round(side / MM, 1) for side in box] == [XS[0], YS[0], XS[-1], YS[-1]]


def test_a_vertical_title_is_one_character_a_line() -> None:
    column = text(150, 60, "总计", code='X="0" Y="3.5" DeltaX="0" DeltaY="3.5"', Boundary="150 56 4 8")
    assert [block for block in outside(document(letters() + ruled() + column)) if block] == ["总", "计"]


@pytest.mark.parametrize("way", ["matrix", "directions"])
@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_page_whose_content_is_turned_is_set_upright(way: str, turn: int) -> None:
    width, height = 140.0, 90.0

    def placed(x: float, y: float) -> tuple[float, float]:
        return ((height - y, x), (width - x, height - y), (y, width - x))[turn - 1]

    def turned(x: float, y: float, said: str) -> str:
        px, py = placed(x, y)
        step = SIZE if said[0] > "\u2e7f" else SIZE / 2
        if way == "matrix":
            matrix = ("0 1 -1 0", "-1 0 0 -1", "0 -1 1 0")[turn - 1]
            more = f' DeltaX="{" ".join([str(step)] * (len(said) - 1))}"' if len(said) > 1 else ""
            return text(px, py, said, Boundary="0 0 200 200", CTM=f"{matrix} {px} {py}", code=f'X="0" Y="0"{more}')
        name, sign = (("DeltaY", 1), ("DeltaX", -1), ("DeltaY", -1))[turn - 1]
        more = f' {name}="{" ".join([str(sign * step)] * (len(said) - 1))}"' if len(said) > 1 else ""
        directions = {"ReadDirection": 90 * turn, "CharDirection": 90 * turn}
        return text(px, py, said, Boundary="0 0 200 200", code=f'X="{px}" Y="{py}"{more}', **directions)

    ends = [[(XS[0], y), (XS[-1], y)] for y in YS] + [[(x, YS[0]), (x, YS[-1])] for x in XS]
    data = " ".join("M {} {} L {} {}".format(*placed(*a), *placed(*b)) for a, b in ends)
    across, down = (height, width) if turn % 2 else (width, height)
    area = f"<PhysicalBox>0 0 {across} {down}</PhysicalBox>"
    found = document(in_cells(turned) + path(data, "0 0 200 200"), area=area)
    assert [texts(grid) for grid in grids(found)] == [TABLE]
    page = found.pages[0]
    assert page.width == pytest.approx(width * MM, abs=0.01)
    assert page.height == pytest.approx(height * MM, abs=0.01)
    assert "规章" in page.text.split("\n")[1]


def test_letters_of_one_ligature_share_its_place() -> None:
    transform = '<CGTransform CodePosition="1" CodeCount="2" GlyphCount="1"><Glyphs>77</Glyphs></CGTransform>'
    # Four characters, three glyphs: two distances, the second of them that of the ligature.
    code = f'X="0" Y="{SIZE}" DeltaX="2 3"'
    found = document(text(20, 40, "afib", inner=transform, code=code))
    (line,) = (block for block in found.pages[0].blocks if isinstance(block, Line))
    assert line.text == "afib"
    assert line.box is not None
    assert (line.box.x1 - line.box.x0) / MM == pytest.approx(2 + 3 + 0.52 * SIZE, abs=0.01)


def test_distances_are_counted_before_they_are_made() -> None:
    assert deltas("g 2 1.5 3 g 1000000000000 0.1 x nan").first(5) == [1.5, 1.5, 3.0, 0.1, 0.1]
    assert deltas(None).first(2) == [0.0, 0.0]
    assert deltas("g 2").first(1) == [0.0]


# ── What leaves no ink ──────────────────────────────────────────────────────────────────────────────────────────────────

OVER = (XS[2] + 4, YS[1] + 5)
CLIP = '<Clips><Clip><Area><Path Boundary="0 0 9 9"><AbbreviatedData>M 100 100 L 110 100 L 110 110 C</AbbreviatedData></Path></Area></Clip></Clips>'  # noqa: E501
UNSEEN = {
    "switched off": text(*OVER, "99", Visible="false"),
    "transparent": text(*OVER, "99", Alpha="0"),
    "not filled": text(*OVER, "99", Fill="false"),
    "in a transparent colour": text(*OVER, "99", inner='<FillColor Value="0 0 0" Alpha="0"/>'),
    "outside its bounds": text(*OVER, "99", Boundary=f"{OVER[0]} {OVER[1]} 5 5", code='X="0" Y="-9" DeltaX="2"'),
    "clipped away": text(*OVER, "99", inner=CLIP),
    "of no size": text(*OVER, "99", 0.2),
    "slanted": text(*OVER, "99", Boundary="0 0 210 297", CTM=f"0.87 0.5 -0.5 0.87 {OVER[0]} {OVER[1]}", code='X="0" Y="0"'),
    "off the page": text(300, 40, "99"),
    "in a block that is switched off": f'<PageBlock ID="3" Visible="false">{text(*OVER, "99")}</PageBlock>',
}


@pytest.mark.parametrize("name", UNSEEN)
def test_what_leaves_no_ink_is_left_out_and_counted(name: str) -> None:
    found = document(letters() + UNSEEN[name] + ruled())
    assert texts(grids(found)[0]) == TABLE
    assert codes(found) == {"hidden_text"}


def test_text_whose_bounds_are_too_small_is_shown_by_viewers_and_read() -> None:
    wide = text(XS[0] + 2, 80, "行政许可数量", Boundary=f"{XS[0] + 2} 76.5 3.5 3.5")
    assert outside(document(letters() + ruled() + wide)) == ["行政许可数量"]


def test_private_characters_are_no_figures() -> None:
    found = document(letters(rows=(0, 1)) + text(XS[2] + 2, YS[2] + 5, "\ue031\ue032") + ruled())
    assert texts(grids(found)[0])[2][2] == "\ufffd\ufffd"
    assert codes(found) == {"unmapped_font"}


def test_symbol_fonts_draw_something_else_than_their_characters_say() -> None:
    fonts = '<Fonts><Font ID="1" FontName="SimSun"/><Font ID="5" FontName="Wingdings"/></Fonts>'
    marked = text(XS[2] + 2, YS[2] + 5, "12").replace('Font="1"', 'Font="5"')
    found = document(letters(rows=(0, 1)) + marked + ruled(), resources=fonts)
    assert texts(grids(found)[0])[2][2] == "\ufffd\ufffd"


DIGIT = "M 0 0 B 1 0 2 1 2 2 B 2 3 1 4 0 4 B -1 4 -2 3 -2 2 B -2 1 -1 0 0 0 C"


def test_a_figure_drawn_as_an_outline_is_no_blank() -> None:
    shape = path(DIGIT, f"{XS[2] + 3} {YS[2] + 2} 5 5", Stroke="false", Fill="true")
    found = document(letters(rows=(0, 1)) + shape + ruled())
    assert texts(grids(found)[0])[2] == ("", "", "\ufffd")
    assert codes(found) == {"unmapped_font"}


def test_a_page_of_outlines_says_that_it_has_no_text() -> None:
    shapes = "".join(path(DIGIT, f"{20 + 4 * k} 40 5 5", Stroke="false", Fill="true") for k in range(40))
    found = document(shapes + ruled())
    assert codes(found) == {"page_without_text"}


# ── Paths ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def each(draw: Callable[[float, float, float, float], str]) -> str:
    level = "".join(draw(XS[0], y, XS[-1], y) for y in YS)
    return level + "".join(draw(x, YS[0], x, YS[-1]) for x in XS)


def one_line(x0: float, y0: float, x1: float, y1: float) -> str:
    return path(f"M 0 0 L {x1 - x0} {y1 - y0}", f"{x0} {y0} {x1 - x0} {y1 - y0}", LineWidth=0.18)


def thin_box(x0: float, y0: float, x1: float, y1: float) -> str:
    w, h = x1 - x0 + 0.3, y1 - y0 + 0.3
    data = f"M 0 0 L {w} 0 L {w} {h} L 0 {h} C"
    return path(data, f"{x0 - 0.15} {y0 - 0.15} {w} {h}", Stroke="false", Fill="true")


def behind_a_clip(x0: float, y0: float, x1: float, y1: float) -> str:
    """A border as a large fill seen through a thin opening."""
    w, h = x1 - x0 + 10, y1 - y0 + 10
    opening = f"M 4.9 4.9 L {w - 4.9} 4.9 L {w - 4.9} {h - 4.9} L 4.9 {h - 4.9} C"
    area = f"<Area><Path Boundary='0 0 {w} {h}'><AbbreviatedData>{opening}</AbbreviatedData></Path></Area>"
    clip = f"<Clips><Clip>{area}</Clip></Clips>"
    return path(f"M 0 0 L {w} 0 L {w} {h} L 0 {h} C", f"{x0 - 5} {y0 - 5} {w} {h}", clip, Stroke="false", Fill="true")


def dashed(x0: float, y0: float, x1: float, y1: float) -> str:
    return path(f"M {x0} {y0} L {x1} {y1}", DashPattern="1 0.8", LineWidth=0.2)


def round_dots(x0: float, y0: float, x1: float, y1: float) -> str:
    """Dots as circles made of two arcs each."""
    n = round(max(x1 - x0, y1 - y0) / 0.8)
    places = [(x0 + (x1 - x0) * k / n, y0 + (y1 - y0) * k / n) for k in range(n + 1)]
    data = " ".join(f"M {x - 0.2} {y} A 0.2 0.2 0 0 1 {x + 0.2} {y} A 0.2 0.2 0 0 1 {x - 0.2} {y} C" for x, y in places)
    return path(data, Stroke="false", Fill="true")


def tenth(data: str) -> str:
    return " ".join(word if word.isalpha() else f"{float(word) / 10:g}" for word in data.split())


CELLS = "".join(
    path(f"M {XS[c]} {YS[r]} L {XS[c + 1]} {YS[r]} L {XS[c + 1]} {YS[r + 1]} L {XS[c]} {YS[r + 1]} C")
    for r in range(3)
    for c in range(3)
)
FILLED = CELLS.replace('Boundary="0 0 210 297"', 'Boundary="0 0 210 297" Stroke="false" Fill="true"')
RULES = {
    "one path": ruled(),
    "a path for each": each(one_line),
    "thin boxes": each(thin_box),
    "boxes of cells": CELLS,
    "behind clips": each(behind_a_clip),
    "dashes": each(dashed),
    "dots": each(round_dots),
    "scaled": path(tenth(lines()), CTM="10 0 0 10 0 0", LineWidth="0.02"),
    "backgrounds": FILLED,
    "lower case": path(lines().lower()),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_every_way_of_drawing_rules_gives_the_same_grid(name: str) -> None:
    found = document(RULES[name] + letters())
    assert [texts(grid) for grid in grids(found)] == [TABLE]
    assert grids(found)[0].kind == ("filled" if name == "backgrounds" else "ruled")


@pytest.mark.parametrize(
    "unpainted",
    [path(lines(), Stroke="false"), path(lines(), Visible="false"), path(lines(), Alpha="0"),
     path(lines(), inner='<StrokeColor Value="0 0 0" Alpha="0"/>'), path(lines(), "300 300 5 5")],
)  # fmt: skip
def test_rules_that_leave_no_ink_make_no_grid(unpainted: str) -> None:
    assert grids(document(unpainted + letters())) == []


def test_a_thick_stroke_is_a_background_and_no_rule() -> None:
    stripe = path(f"M {XS[0]} 42 L {XS[-1]} 42", LineWidth="8")
    found = document(stripe + letters() + ruled())
    assert texts(grids(found)[0]) == TABLE


def test_thickness_and_colours_come_from_drawing_parameters() -> None:
    clear = '<DrawParam ID="60" LineWidth="0.2"><StrokeColor Value="0 0 0" Alpha="0"/></DrawParam>'
    leaning = '<DrawParam ID="61" Relative="60"/><DrawParam ID="62" Relative="62"/>'
    resources = f"<DrawParams>{clear}{leaning}</DrawParams>"
    assert grids(document(path(lines(), DrawParam="61") + letters(), resources=resources)) == []
    assert len(grids(document(path(lines(), DrawParam="62") + letters(), resources=resources))) == 1


def test_curves_bend_and_arcs_end_where_they_should() -> None:
    found, count = outlines_of("M 0 0 Q 1 1 2 0 B 3 1 4 1 5 0 L 5 5 C", 100)
    assert [(points[0], points[-1]) for points in found] == [((0.0, 0.0), (0.0, 0.0))]
    assert count == 4
    curve = arc([(0.0, 0.0)], [5, 5, 0, 0, 1, 10, 0])
    assert curve[-1:] == [(10, 0)]
    assert min(y for _, y in curve) == pytest.approx(-5, abs=0.2)
    assert max(y for _, y in arc([(0.0, 0.0)], [5, 5, 0, 0, 0, 10, 0])) == pytest.approx(5, abs=0.2)
    assert arc([(0.0, 0.0)], [0, 5, 0, 0, 1, 10, 0]) == [(10, 0)]


# ── Templates, units, resources ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("order", ["Background", "Foreground", ""])
def test_templates_hold_part_of_a_page(order: str) -> None:
    labels = "".join(text(XS[c] + 2, YS[r] + 5, TABLE[r][c]) for r in range(3) for c in range(2 if r == 0 else 1))
    figures = "".join(text(XS[c] + 2, YS[r] + 5, TABLE[r][c]) for r in range(3) for c in range(2 if r == 0 else 1, 3))
    found = document(Spec(figures, {"t1": order}), templates={"t1": labels + ruled()})
    assert [texts(grid) for grid in grids(found)] == [TABLE]
    # The page's text is told by its lines: as drawn, labels would stand apart from their figures.
    assert "规章 0 345" in found.pages[0].text


def test_text_drawn_column_by_column_is_told_by_its_lines() -> None:
    columns = "".join(text(XS[c] + 2, YS[0] + 12 * r, f"{r}") for c in range(3) for r in range(6))
    found = document(columns)
    assert found.pages[0].text.split("\n")[2].split() == ["2", "2", "2"]


def test_composite_units_are_drawn_where_they_are_used() -> None:
    unit = f'<CompositeGraphicUnits><CompositeGraphicUnit ID="70" Width="100" Height="60"><Content>{ruled()}{letters()}</Content></CompositeGraphicUnit></CompositeGraphicUnits>'  # noqa: E501
    used = '<CompositeObject ID="7" Boundary="5 60 100 60" CTM="0.8 0 0 0.8 0 0" ResourceID="70"/>'
    found = document(letters() + ruled() + used, resources=unit)
    assert [texts(grid) for grid in grids(found)] == [TABLE, TABLE]


def test_a_page_s_own_resources_count() -> None:
    unit = f'<Res {SPACE}><CompositeGraphicUnits><CompositeGraphicUnit ID="70"><Content>{ruled()}</Content></CompositeGraphicUnit></CompositeGraphicUnits></Res>'  # noqa: E501
    used = '<CompositeObject ID="7" Boundary="0 0 210 297" ResourceID="70"/>'
    spec = Spec(letters() + used, more="<PageRes>PageRes.xml</PageRes>")
    found = document(spec, parts={"Doc_0/Pages/Page_0/PageRes.xml": unit})
    assert [texts(grid) for grid in grids(found)] == [TABLE]


# ── The package ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "location",
    ["Pages/Page_0/Content.xml", "/Doc_0/Pages/Page_0/Content.xml", "Pages\\Page_0\\Content.xml", "pages/PAGE_0/content.XML",
     "Doc_0/Pages/Page_0/Content.xml", "./Pages/../Pages/Page_0/Content.xml", "Pages/Page_0"],
)  # fmt: skip
def test_locations_are_found_however_they_are_written(location: str) -> None:
    assert len(grids(document(letters() + ruled(), locations=[location]))) == 1


def test_a_location_outside_the_package_is_no_page() -> None:
    found = document(letters() + ruled(), letters() + ruled(), locations=["../../etc/passwd"])
    assert [(finding.severity, finding.code, finding.page) for finding in found.findings] == [("error", "damaged_page", 1)]
    assert [page.number for page in found.pages] == [1, 2]
    assert len(grids(found)) == 1


def test_a_damaged_page_is_told_and_the_others_are_read() -> None:
    data = write(letters() + ruled(), letters() + ruled(), parts={"Doc_0/Pages/Page_0/Content.xml": "<Page><Cont"})
    found = read_ofd(data, Limits())
    assert [(finding.code, finding.page) for finding in found.findings] == [("damaged_page", 1)]
    assert len(grids(found)) == 1


def test_a_package_without_a_readable_page_is_refused() -> None:
    with pytest.raises(ReadError, match="none of the OFD document's pages") as caught:
        document(letters(), locations=["nowhere.xml"])
    assert caught.value.code == "damaged"


def test_documents_of_one_package_follow_each_other() -> None:
    second = f'<Document {SPACE}><CommonData><PageArea><PhysicalBox>0 0 210 297</PhysicalBox></PageArea></CommonData><Pages><Page ID="1" BaseLoc="P.xml"/></Pages></Document>'  # noqa: E501
    page = f'<Page {SPACE}><Content><Layer ID="1">{text(20, 40, "附件")}</Layer></Content></Page>'
    found = document(
        letters() + ruled(),
        bodies="<DocBody><DocRoot>Doc_1/Document.xml</DocRoot></DocBody>",
        parts={"Doc_1/Document.xml": second, "Doc_1/P.xml": page},
    )
    assert [page.number for page in found.pages] == [1, 2]
    assert outside(found) == ["附件"]


def test_the_current_version_is_read() -> None:
    old = f'<Document {SPACE}><CommonData/><Pages><Page ID="1" BaseLoc="Old.xml"/></Pages></Document>'
    body = (
        '<Versions><Version ID="1" Index="1" Current="false" BaseLoc="Doc_0/V1.xml"/>'
        '<Version ID="2" Index="2" Current="true" BaseLoc="Doc_0/V2.xml"/></Versions>'
    )
    parts = {
        "Doc_0/Old.xml": f'<Page {SPACE}><Content><Layer ID="1">{text(20, 40, "旧")}</Layer></Content></Page>',
        "Doc_0/Former.xml": old,
        "Doc_0/V1.xml": f"<DocVersion {SPACE}><DocRoot>Former.xml</DocRoot></DocVersion>",
        "Doc_0/V2.xml": f"<DocVersion {SPACE}><DocRoot>/Doc_0/Document.xml</DocRoot></DocVersion>",
    }
    data = write(text(20, 40, "新"), body=body, parts=parts)
    data_of_old = write(text(20, 40, "新"), body=body.replace("false", "TRUE"), parts=parts)
    assert outside(read_ofd(data, Limits())) == ["新"]
    assert outside(read_ofd(data_of_old, Limits())) == ["旧"]


@pytest.mark.parametrize("prefixed", [True, False])
def test_namespaces_do_not_matter(prefixed: bool) -> None:
    page = f'<Page><Content><Layer ID="9">{letters()}{ruled()}</Layer></Content></Page>'
    if prefixed:
        page = page.replace("</", "</ofd:").replace("<", "<ofd:").replace("<ofd:/ofd:", "</ofd:")
        page = page.replace("<ofd:Page>", '<ofd:Page xmlns:ofd="http://www.ofdspec.org">', 1)
    found = document("", parts={"Doc_0/Pages/Page_0/Content.xml": '<?xml version="1.0" encoding="UTF-8"?>\n' + page})
    assert [texts(grid) for grid in grids(found)] == [TABLE]


def test_signatures_are_no_obstacle() -> None:
    found = document(letters() + ruled(), body="<Signatures>Doc_0/Signs/Signatures.xml</Signatures>")
    assert len(grids(found)) == 1
    assert not found.findings


@pytest.mark.parametrize("mark", ["member", "element"])
def test_an_encrypted_package_is_refused_in_words(mark: str) -> None:
    more: dict[str, object] = {"parts": {"Encryptions.xml": "<x/>"}} if mark == "member" else {"bodies": "<Encryptions/>"}
    with pytest.raises(ReadError, match="encrypted") as caught:
        document(letters(), **more)
    assert caught.value.code == "encrypted"


AREAS = {
    "shown within the sheet": "<PhysicalBox>0 0 210 297</PhysicalBox><ApplicationBox>10 10 190 277</ApplicationBox>",
    "cut": "<PhysicalBox>0 0 210 297</PhysicalBox><CropBox>5 5 200 287</CropBox>",
    "counted from the corner": "<PhysicalBox>15 20 210 297</PhysicalBox>",
    "nonsense": "<PhysicalBox>0 0 0 nan</PhysicalBox>",
    "none": "",
    "an area without the text": "<PhysicalBox>0 0 210 297</PhysicalBox><ApplicationBox>0 250 210 40</ApplicationBox>",
}


@pytest.mark.parametrize("name", AREAS)
def test_no_area_of_a_page_loses_its_text(name: str) -> None:
    for found in (document(Spec(letters() + ruled(), area=AREAS[name])), document(letters() + ruled(), area=AREAS[name])):
        assert [texts(grid) for grid in grids(found)] == [TABLE]
        assert not found.findings
        page = found.pages[0]
        assert page.width is not None
        assert page.width > 500


def test_attached_files_are_named() -> None:
    listed = (
        f'<Attachments {SPACE}><Attachment ID="1" Name="附件1"><FileLoc>a/b/stats.xlsx</FileLoc></Attachment>'
        '<Attachment ID="2"><FileLoc>c.pdf</FileLoc></Attachment></Attachments>'
    )
    parts = {"Doc_0/Attachs/Attachments.xml": listed}
    found = document(letters(), document="<Attachments>Attachs/Attachments.xml</Attachments>", parts=parts)
    assert found.attachments == ("附件1.xlsx", "c.pdf")


@pytest.mark.parametrize(("kind", "typed"), [("Watermark", False), ("Stamp", False), ("Path", True), ("Highlight", True)])
def test_text_typed_over_a_page_is_part_of_it_and_seals_are_not(kind: str, typed: bool) -> None:
    look = f'<Appearance Boundary="{XS[2]} {YS[2]} 25 8">{text(2, 5, "876")}</Appearance>'
    note = f'<PageAnnot {SPACE}><Annot ID="1" Type="{kind}">{look}</Annot></PageAnnot>'
    listed = f'<Annotations {SPACE}><Page PageID="100"><FileLoc>P0.xml</FileLoc></Page></Annotations>'
    parts = {"Doc_0/Annots/Annotations.xml": listed, "Doc_0/Annots/P0.xml": note}
    named = "<Annotations>Annots/Annotations.xml</Annotations>"
    data = write(letters(rows=(0, 1)) + ruled(), document=named, parts=parts)
    found = read_ofd(data, Limits())
    assert texts(grids(found)[0])[2][2] == ("876" if typed else "")
    assert codes(found) == ({"typed_text"} if typed else set())
    again = grids(reread(data, found, [1]))[0].cells[-1]
    assert {reading.text for reading in again.readings} == {"876" if typed else ""}


def patch(left: float, top: float, width: float = 20, height: float = 6, colour: str = "255 255 255", **more: object) -> str:
    """A rectangle filled with one colour."""
    alpha = more.pop("colour_alpha", 255)
    data = f"M 0 0 L {width:g} 0 L {width:g} {height:g} L 0 {height:g} C"
    inner = f'<FillColor Value="{colour}" Alpha="{alpha}"/>'
    return path(data, f"{left:g} {top:g} {width:g} {height:g}", inner, Fill="true", Stroke="false", **more)


AT = XS[2] + 1, YS[1] + 1
TYPED = text(XS[2] + 2, YS[1] + 5, "678")


def figure(objects: str) -> str:
    """What is read where the table has 345."""
    return texts(grids(document(objects))[0])[1][2]


def test_figures_painted_over_are_not_read_and_what_is_typed_over_them_is() -> None:
    painted = letters() + ruled() + patch(*AT)
    assert figure(painted) == ""
    assert "hidden_text" in codes(document(painted))
    assert figure(painted + TYPED) == "678"
    assert texts(grids(document(painted))[0])[0] == TABLE[0]


@pytest.mark.parametrize(
    "seen",
    [
        patch(*AT) + letters() + ruled(),
        letters() + ruled() + patch(*AT, Alpha="80"),
        letters() + ruled() + patch(*AT, colour_alpha="80"),
        letters() + ruled() + patch(*AT, width=1),
        letters() + ruled() + path("M 96 39 L 115 39 L 115 45 L 96 45 C", Fill="true", Stroke="false"),
        letters() + ruled() + path("M 96 39 L 115 45 L 96 45 C", inner='<FillColor Value="255 255 255"/>', Fill="true"),
    ],
    ids=["before", "glass", "glass_colour", "beside", "no_colour", "no_rectangle"],
)
def test_what_a_fill_does_not_hide_is_read(seen: str) -> None:
    assert figure(seen) == "345"


def test_grounds_that_a_writer_set_behind_all_text_hide_nothing_where_a_converter_set_them_before_it() -> None:
    grounds = "".join(patch(x, y, b - x, 8, "230 240 220") for y in YS[:3] for x, b in pairwise(XS))
    assert texts(grids(document(letters() + grounds + ruled()))[0]) == TABLE
    retyped = letters() + grounds + ruled() + patch(*AT) + TYPED
    assert figure(retyped) == "678"


def test_the_grounds_of_rows_below_those_of_cells_hide_nothing_either() -> None:
    """Figures are typed over them, as they are not over the cells of the labels, which a template holds."""
    labels = "".join(text(XS[0] + 2, YS[r] + 5, row[0]) + text(XS[1] + 2, YS[r] + 5, row[1]) for r, row in enumerate(TABLE))
    under = "".join(patch(XS[0], y, XS[3] - XS[0], 8, "240 240 240") for y in YS[:3])
    grounds = "".join(patch(x, y, b - x, 8, "230 240 220") for y in YS[:3] for x, b in pairwise(XS))
    figures = "".join(text(XS[2] + 2, YS[r] + 5, row[2]) for r, row in enumerate(TABLE))
    assert texts(grids(document(labels + under + grounds + figures + ruled()))[0]) == TABLE
    assert texts(grids(document(labels + under + figures + ruled()))[0])[1] == ("", "", "345")


def test_a_layer_behind_hides_nothing_wherever_it_stands() -> None:
    layer = f'</Layer><Layer ID="7" Type="Background">{patch(*AT)}'
    assert figure(letters() + ruled() + layer) == "345"


def test_a_figure_half_hidden_or_printed_over_another_is_no_figure() -> None:
    assert "\ufffd" in figure(letters() + ruled() + patch(AT[0], AT[1] + 2.5))
    over = figure(letters() + ruled() + TYPED)
    assert "\ufffd" in over
    assert not any(char.isdecimal() for char in over)
    assert figure(letters() + ruled() + text(XS[2] + 2, YS[1] + 5, "345")) == "345"


def test_white_figures_beside_others_leave_no_ink() -> None:
    white = text(XS[2] + 10, YS[1] + 5, "99", inner='<FillColor Value="255 255 255"/>')
    found = document(letters() + white + ruled())
    assert texts(grids(found)[0]) == TABLE
    assert codes(found) == {"hidden_text"}
    ground = path(f"M {XS[2]} {YS[1]} L {XS[3]} {YS[1]} L {XS[3]} {YS[2]} L {XS[2]} {YS[2]} C", Stroke="false", Fill="true")
    assert texts(grids(document(letters(rows=(0, 2)) + ground + white + ruled()))[0])[1][2] == "99"
    # On a white ground it is not seen either, whatever lies below that.
    box = f"M {XS[2]} {YS[1]} L {XS[3]} {YS[1]} L {XS[3]} {YS[2]} L {XS[2]} {YS[2]} C"
    paper, gray = (
        path(box, Stroke="false", Fill="true", inner=f'<FillColor Value="{shade} {shade} {shade}"/>') for shade in (255, 90)
    )
    inked = letters(rows=(0, 2)) + text(XS[2] + 2, YS[1] + 5, "3")
    for behind in (paper, gray + paper):
        assert texts(grids(document(behind + inked + white + ruled()))[0])[1][2] == "3"
    assert texts(grids(document(paper + gray + letters(rows=(0, 2)) + white + ruled()))[0])[1][2] == "99"


def test_page_numbers_are_no_text() -> None:
    pages = [text(20, 40, f"正文第{k}段") + text(100, 285, f"- {k} -") for k in (1, 2, 3)]
    assert outside(document(*pages)) == ["正文第1段", "正文第2段", "正文第3段"]


def test_a_second_reading_is_made_of_the_same_cells_by_other_code() -> None:
    data = write(letters() + UNSEEN["switched off"] + ruled())
    found = reread(data, read_ofd(data, Limits()), [1])
    assert all(len({reading.text for reading in cell.readings}) == 1 for cell in grids(found)[0].cells)
    assert [reading.engine for reading in grids(found)[0].cells[0].readings] == ["ofd", "pdfplumber"]
    assert codes(found) == {"hidden_text"}


# ── Hostile packages ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_more_pages_than_the_limit_are_refused_before_any_is_read() -> None:
    data = write(*[""] * 5)
    with pytest.raises(LimitError) as caught:
        read_ofd(data, Limits(max_pages=4))
    assert caught.value.code == "too_many_pages"


def test_a_part_that_unpacks_without_end_is_refused() -> None:
    data = write(letters(), parts={"Doc_0/Pages/Page_0/Content.xml": "<Page>" + " " * 3_000_000})
    with pytest.raises(LimitError):
        read_ofd(data, Limits(max_part=1_000_000))


def test_entities_are_not_expanded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    page = f'{bomb}<Page {SPACE}><Content><Layer ID="9">{text(20, 40, "X").replace("X", "&b;", 1)}</Layer></Content></Page>'
    file = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    outer = f'{file}<Page {SPACE}><Content><Layer ID="9">{text(20, 40, "甲&a;").replace("&amp;", "&")}</Layer></Content></Page>'
    for content in (page, outer):
        data = write(letters(), letters(), parts={"Doc_0/Pages/Page_0/Content.xml": content})
        found = read_ofd(data, Limits())
        assert "aaaa" not in found.pages[0].text
        assert len(found.pages[0].text) < 10


def test_units_within_themselves_end() -> None:
    inner = "".join(f'<CompositeObject ID="{k}" Boundary="0 0 210 297" ResourceID="70"/>' for k in range(30))
    unit = f'<CompositeGraphicUnits><CompositeGraphicUnit ID="70"><Content>{inner}</Content></CompositeGraphicUnit></CompositeGraphicUnits>'  # noqa: E501
    used = '<CompositeObject ID="7" Boundary="0 0 210 297" ResourceID="70"/>'
    found = document(letters() + ruled() + used, resources=unit)
    assert texts(grids(found)[0]) == TABLE
    assert codes(found) == {"page_too_complex"}


def test_blocks_nested_without_end_are_told() -> None:
    deep = "<PageBlock>" * 60 + letters() + "</PageBlock>" * 60
    found = document(letters() + ruled() + deep)
    assert texts(grids(found)[0]) == TABLE
    assert codes(found) == {"page_too_complex"}


@pytest.mark.parametrize(
    "strange",
    [
        text(20, 200, "12", code='X="nan" Y="inf" DeltaX="1e400 -1e400"'),
        text(20, 200, "12", code='X="1e38" Y="-1e38"'),
        text(20, 200, "12", CTM="1e30 0 0 1e30 0 0"),
        text(20, 200, "12", CTM="0 0 0 0 0 0"),
        text(20, 200, "1" * 300, code='X="0" Y="0" DeltaX="g 999999999999 0.0000001"'),
        path("M 1e300 1e300 L 1e308 1e308 L -1e308 0"),
        path("M L C Z 5 B 1 2 3 A 1"),
        path("L 5 5 L 6 6"),
        "<TextObject/><PathObject/><ImageObject/><CompositeObject/>",
        '<TextObject Boundary="a b c d" Size="-3"><TextCode>88</TextCode></TextObject>',
    ],
)
def test_numbers_that_make_no_sense_spoil_nothing_else(strange: str) -> None:
    found = document(letters() + ruled() + strange)
    assert texts(grids(found)[0]) == TABLE


def test_a_page_with_too_many_objects_is_told() -> None:
    many = path("M 0 0 L 1 0.5") * 60_001
    found = read_ofd(write(letters() + ruled() + many), Limits(max_ratio=1000))
    assert "page_too_complex" in codes(found)
    assert texts(grids(found)[0]) == TABLE


def test_the_door_reads_it_whatever_its_name() -> None:
    found = read(write(letters() + ruled()), name="report.pdf")
    assert found.media_type == "application/ofd"
    assert "misnamed" in codes(found)
