"""Tables without cells: which words belong together, and which column a figure stands in."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gov_extract.document import Box, Document, Line, Page, Word
from gov_extract.forms import load_forms
from gov_extract.parse.columns.headers import Header, find_header
from gov_extract.parse.columns.rulers import anchored, common_edge, rulers, told_apart
from gov_extract.parse.columns.telling import told_by_header
from gov_extract.parse.placed import place_rows
from gov_extract.parse.placed.figures import whole_figures
from gov_extract.parse.placed.parting import parted
from gov_extract.parse.placed.rows import band_row, free_rows
from gov_extract.parse.placed.stacks import known_stacks, owner_of
from gov_extract.parse.placed.tokens import Token, words_of
from gov_extract.parse.stream import Place, Row, stream
from gov_extract.parse.values import looks_like_figure


def token(text: str, x0: float, y: float, x1: float) -> Token:
    box = Box(x0, y, x1, y + 10)
    return Token(text, box, Word(text, box), (0, int(y)), looks_like_figure(text))


def test_a_figure_that_touches_its_label_is_one_where_a_column_of_figures_stands() -> None:
    column = [token("7", 300, 40.0 * k, 305) for k in range(1, 4)]
    texts = [t.text for t in parted([token("信息公开申请8", 100, 0, 305), *column])]
    assert texts == ["信息公开申请", "8", "7", "7", "7"]
    assert parted([token("信息公开申请8", 100, 0, 350), *column])[0].text == "信息公开申请8"


def test_heads_of_narrow_columns_are_parted_by_their_rests_below() -> None:
    below = [token(text, 112 + 30 * k, 11, 122 + 30 * k) for k, text in enumerate("持正")]
    assert [t.text for t in parted([token("结果维结果纠", 100, 0, 160), *below])] == ["结果维", "结果纠", "持", "正"]
    assert [t.text for t in parted([token("结果维结果纠", 100, 0, 160)])] == ["结果维结果纠"]


def header_of(middles: Sequence[float]) -> tuple[Header, tuple]:  # type: ignore[type-arg]
    table = load_forms()["2021"].tables["active_disclosure"]
    columns = next(row.columns for row in table.rows if len(row.columns) == len(middles))
    heads = {c.code: (Place(c.label, x - 20, x + 20), 0, 1.0) for c, x in zip(columns, middles, strict=True)}
    return Header(heads, 0, (0,)), columns


def places(*words: tuple[str, float, float]) -> list[Place]:
    return [Place(*word) for word in words]


def test_few_figures_are_told_by_the_edge_at_which_the_table_lines_up() -> None:
    header, columns = header_of((150, 250, 350))
    rows = [places(("5", 102, 107)), places(("63", 102, 112), ("4718", 302, 322))]
    edge = common_edge([place for row in rows for place in row] + places(("198", 102, 117), ("25.1", 102, 120)))
    assert edge == "left"
    found = told_apart(rows, columns, header, edge)
    assert found is not None
    assert found.points == (102, 202, 302)


@pytest.mark.parametrize(("last", "sure"), [(361.0, "header"), (345.0, "order")])
def test_full_rows_are_told_by_the_heads_that_other_full_rows_stand_under(last: float, sure: str) -> None:
    """Figures of one digit, lined up at the left, stand beside their narrow head and under none; wider ones of the same column
    stand under it. Where none does, only their order tells the column."""
    header, columns = header_of((150, 250, 380))
    narrow = places(("0", 145, 150), ("0", 245, 250), ("0", last - 10, last - 5))
    wide = places(("17", 145, 155), ("19", 245, 255), ("510", last - 10, last + 11))
    heads = [place for place, _, _ in header.places.values()]
    known = rulers([narrow, wide])
    assert known is not None
    told = told_by_header(
        placed_row([], narrow), narrow, columns, header, known._replace(anchored=anchored([narrow, wide], heads))
    )
    assert told is not None
    assert told.sure == sure


@pytest.mark.parametrize("edge", [None, "middle"])
def test_figures_that_may_stand_in_two_columns_are_in_none(edge: str | None) -> None:
    header, columns = header_of((150, 250, 350))
    assert told_apart([places(("5", 195, 200))], columns, header, edge) is None  # type: ignore[arg-type]


def test_figures_of_one_line_stand_in_the_middle_between_the_lines_of_broken_ones() -> None:
    upper, lower = [token("128", 200, 0, 218), token("389", 300, 0, 318)], [token("0", 206, 11, 212), token("3", 306, 11, 312)]
    middle = [token("173", 250, 5.5, 268)]
    (row,) = whole_figures([upper, middle, lower], [token("一、本年新收政府信息公开申请数", 10, 0, 160)])
    assert [t.text for t in row] == ["128\n0", "173", "389\n3"]
    apart = [token("173", 250, 10, 268)]
    assert len(whole_figures([upper, apart, lower], [])) == 3
    below = [token("173", 203, 5.5, 215)]
    assert len(whole_figures([upper, below, lower], [])) == 3


@pytest.mark.parametrize(("pitch", "label", "rows"), [(15, 7.5, 1), (19, 9.5, 1), (21, 10.5, 3), (15, 12, 3)])
def test_lines_of_a_broken_figure_may_be_a_leading_apart(pitch: float, label: float, rows: int) -> None:
    """No farther than two lines of their height, of which the middle one stands level with both, and without a label for the
    second one."""
    upper, lower = [token("1", 200, 0, 205)], [token("，205", 200, pitch, 224)]
    middle = [token("8", 250, pitch / 2, 255)]
    assert len(whole_figures([upper, middle, lower], [token("2.没有现成信息需要另行制作", 10, label, 160)])) == rows


def test_the_second_line_of_a_figure_broken_within_its_thousands_is_a_figure() -> None:
    line = Line(tuple(Word(text, Box(x, 0, x + 20, 10)) for text, x in (("，205", 10), (",", 60), ("，见附件", 110))), 1)
    assert [t.figure for t in words_of(Page(1, 595.0, 842.0, (line,), ""), 0, with_units=False)] == [True, False, False]


def test_a_unit_beside_its_figure_stands_behind_it_though_its_box_is_higher() -> None:
    label, figure, unit = token("行政复议", 10, 0, 50), token("5", 200, 0, 205), token("件", 207, -1, 217)
    ((_, row),) = band_row([label, unit], [[figure]], -1, Page(1, 595.0, 842.0, (), ""))
    assert [place.text for place in row.slots] == ["5 件"]


def placed_row(labels: Sequence[Place], slots: Sequence[Place]) -> Row:
    return Row("placed", -1, 1, (0, 0), 0, tuple(labels), tuple(slots), (), None, ((0, 0),), (*labels, *slots))


@pytest.mark.parametrize("longest", ["未经复议直接起诉", "诉讼"])
def test_the_corner_over_the_longest_label_is_no_column(longest: str) -> None:
    table = load_forms()["2021"].tables["review_litigation"]
    columns = table.rows[0].columns
    heads = [Place(column.label, 200 + 60.0 * k, 240 + 60.0 * k) for k, column in enumerate(columns)]
    header = placed_row([Place("类别", 97, 118), *heads], [])
    rows = [header]
    for text, end in (("行政复议", 90), (longest, 130)):
        rows.append(placed_row([Place(text, 50, end)], [Place("0", 205 + 60.0 * k, 210 + 60.0 * k) for k in range(5)]))
    found = find_header(rows, 1, columns, -1)
    assert found.others == ()
    rows[2] = placed_row(rows[2].labels, [Place("7", 105, 110), *rows[2].slots])  # a column of its own
    found = find_header(rows, 1, columns, -1)
    assert [place.text for place in found.others] == ([] if longest == "未经复议直接起诉" else ["类别"])


def test_figures_level_with_a_group_s_label_belong_to_the_only_row_beside_it() -> None:
    group = [token(text, 10, 12.0 * k, 40) for k, text in enumerate(("三、", "本年", "度办", "理结", "果"))]
    first, second = token("（一）予以公开", 60, 0, 120), token("（七）总计", 60, 40, 120)
    figures = [token("2", 200, 24, 205)]
    stacks = known_stacks([*group, first])
    assert owner_of(figures, stacks) == [stack.text for stack in stacks].index("（一）予以公开")
    assert owner_of(figures, known_stacks([*group, first, second])) is None


@pytest.mark.parametrize("closed", [False, True])
def test_a_bracket_that_the_next_line_closes_takes_no_figure_with_it(closed: bool) -> None:
    texts = [
        ("（二）部分公开（区分处理的，只计这一情形，", 10, 190),
        ("18", 194, 204),
        ("0" if not closed else "件）", 260, 265),
    ]
    words = [token(text, x0, 0, x1) for text, x0, x1 in texts]
    line = Line(tuple(word.word for word in words), 1, Box(10, 0, 265, 10))
    found = words_of(Page(1, 595.0, 842.0, (line,), ""), 0, with_units=False)
    assert [t.text for t in found if t.figure] == ([] if closed else ["18", "0"])


@pytest.mark.parametrize(
    ("text", "x0", "placed"), [("1.访举报投诉类申请", 100, True), ("1.访举报投诉类申请", 60, False), ("附件", 100, False)]
)
def test_a_worn_label_without_figures_among_those_of_rows_is_a_blank_row(text: str, x0: float, placed: bool) -> None:
    labels = [token("3.补正后申请内容仍不明确", 100, 0, 200), token(text, x0, 40, 190), token("2.重复申请", 100, 80, 150)]
    figures = [[token("3", 300, 0, 305)], [token("5", 300, 80, 305)]]
    rows = free_rows(labels, figures, -1, Page(1, 595.0, 842.0, (), ""))
    assert (text in [row.label for _, row in rows if row.slots]) == placed


def test_a_header_s_first_line_in_one_band_with_the_heading_above_it() -> None:
    """As on a page with stripes: nothing parts the heading from what is not striped below it."""
    words = [token("四、政府信息公开行政复议、行政诉讼情况", 69, 434, 260), token("行政复议", 209, 453, 245)]
    ((_, row),) = band_row([*words, token("行政诉讼", 757, 453, 793)], [], 0, Page(1, 1000.0, 600.0, (), ""))
    assert [place.text for place in row.labels] == ["行政复议", "行政诉讼"]


def test_a_unit_on_the_next_line_makes_no_second_row_of_its_figure() -> None:
    """Between two rules figures stand in the middle of a row that one with its unit below it makes higher."""
    lines = []
    for y, words in (
        (44.0, [("331", 300, 318)]),
        (50.0, [("16", 100, 112), ("51", 150, 162), ("264", 200, 218), ("0", 250, 256), ("0件", 350, 366), ("0", 400, 406)]),
        (56.0, [("件", 304, 313)]),
    ):
        boxes = tuple(Word(text, Box(x0, y, x1, y + 9)) for text, x0, x1 in words)
        lines.append(Line(boxes, 1, Box(100, y, 406, y + 9)))
    rules = tuple(Box(90, y, 420, y) for y in (30.0, 80.0))
    document = Document("application/pdf", (Page(1, 595.0, 842.0, tuple(lines), "", rules=rules),))
    (row,) = place_rows(stream(document), document)
    assert [place.text for place in row.slots] == ["16", "51", "264", "0", "331\n件", "0件", "0"]


HEADS = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")


@pytest.mark.parametrize(
    ("line", "open_"), [("2023年 2024年 " * 7, True), ("上年 本年 " * 7, True), ("单位：件 2024年", False)]
)
def test_as_many_figures_as_columns_below_a_line_of_two_years_are_in_none(line: str, open_: bool) -> None:
    """They may be those of the year before, where the report's own are blank."""
    columns = load_forms()["2021"].tables["applications"].rows[0].columns
    head = placed_row(places(*((text, 200 + 50.0 * k, 230 + 50.0 * k) for k, text in enumerate(HEADS))), [])
    between = Row("text", 9, 1, (0, 0), 0, (Place(line, -1.0, 0.0),), (), (), None, ((0, 0),), (Place(line, -1.0, 0.0),))
    row = placed_row(places(("（一）予以公开", 50, 120)), places(*((str(k), 205 + 50.0 * k, 210 + 50.0 * k) for k in range(7))))
    header = find_header([head, between, row], 2, columns, -1)
    told = told_by_header(row, row.slots, columns, header)
    assert told is not None
    assert told.open == open_


@pytest.mark.parametrize("over", ["上年", "其中"])
def test_a_label_whose_first_line_says_that_it_is_another_year_s_is_no_column_s(over: str) -> None:
    """The column of totals is blank: as many figures as columns stand below the other heads and below 上年总计."""
    columns = load_forms()["2021"].tables["applications"].rows[0].columns
    heads = [(text, 200 + 50.0 * k, 230 + 50.0 * k) for k, text in enumerate(HEADS)]
    rows = [
        placed_row(places(("申请人情况", 300, 380), (over, 550, 580)), []),
        placed_row(places(heads[-1]), []),
        placed_row(places(("总计", 550, 580)), []),
        placed_row(places(*heads[:-1]), []),
    ]
    figures = [*((str(k), 205 + 50.0 * k, 210 + 50.0 * k) for k in range(6)), ("17", 560, 570)]
    rows.append(placed_row(places(("（一）予以公开", 50, 120)), places(*figures)))
    header = find_header(rows, 4, columns, -1)
    assert header.places["total"][0].x0 == (500 if over == "上年" else 550)
    told = told_by_header(rows[4], rows[4].slots, columns, header)
    if over == "上年":
        assert told is not None
        assert [place.text if (place := told.places[c.code]) else None for c in columns] == [*"012345", ""]
