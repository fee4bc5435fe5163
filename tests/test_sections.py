"""Sections: paragraphs from lines, headings with their levels, codes by meaning."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gov_extract.document import Box, Document, Grid, GridCell, Line, Page, Reading, Word
from gov_extract.forms import load_forms
from gov_extract.parse.sections import find_sections
from gov_extract.parse.sections.headings import meaning
from gov_extract.parse.stream import Place, Row
from gov_extract.parse.tables.blocks import mark_used
from gov_extract.parse.tables.model import TableRead
from gov_extract.schema import Section
from tests.growth import assert_linear

SHARED = Path(__file__).parents[1].parent / "shared"
CODES = ["overview", "active_disclosure", "applications", "review_litigation", "problems", "other"]
OFFICIAL = [
    "总体情况",
    "主动公开政府信息情况",
    "收到和处理政府信息公开申请情况",
    "政府信息公开行政复议、行政诉讼情况",
    "存在的主要问题及改进情况",
    "其他需要报告的事项",
]
TITLE = "某县教育局2023年政府信息公开工作年度报告"
PROSE = "2023年，我局认真贯彻落实条例，主动公开信息100条，受理申请3件，均已办结，未发生行政复议和行政诉讼。"
EM = 16.0


def text_document(text: str, media_type: str = "text/plain") -> Document:
    """A text file's document: one line a line, blank ones gone but counted."""
    lines = [
        Line((Word(line),), locator=f"line {number}") if "\t" not in line else _cells(line, number)
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip()
    ]
    return Document(media_type, (Page(None, None, None, tuple(lines), text),))


def _cells(line: str, number: int) -> Line:
    return Line(tuple(Word(word) for word in line.split("\t")), kind="cells", locator=f"line {number}")


def page_lines(paragraphs: list[str], page: int = 1, columns: int = 28, top: float = 72.0) -> list[Line]:
    """Paragraphs as a page shows them: first lines indented by two characters, lines full, 28 points apart."""
    lines = []
    for paragraph in paragraphs:
        start, left, room = 0, 80.0 + 2 * EM, columns - 2
        while start < len(paragraph):
            text = paragraph[start : start + room]
            box = Box(left, top, left + EM * len(text), top + EM)
            lines.append(Line((Word(text, box),), page=page, box=box))
            start, left, room, top = start + room, 80.0, columns, top + 28
    return lines


def pdf_document(*pages: list[Line]) -> Document:
    """Pages of lines."""
    return Document("application/pdf", tuple(Page(n, 595.0, 842.0, tuple(lines), "") for n, lines in enumerate(pages, 1)))


def outline(sections: tuple[Section, ...]) -> list[tuple[int, str | None, str, str | None]]:
    return [(s.level, s.number, s.heading, s.section) for s in sections if s.level]


def report(numbers: list[str], headings: list[str] | None = None, text: str = PROSE) -> str:
    parts = [TITLE]
    for number, heading in zip(numbers, headings or OFFICIAL, strict=True):
        parts += [number + heading, text]
    return "\n".join(parts)


CHINESE = [f"{n}、" for n in "一二三四五六"]


@pytest.mark.parametrize(
    "numbers",
    [
        CHINESE,
        [f"{n}、" for n in "123456"],
        [f"{n}." for n in "123456"],
        [f"（{n}）" for n in "一二三四五六"],
        ["1.", *CHINESE[1:]],
        ["一、", "一、", *CHINESE[2:]],
        ["一、", *CHINESE[:5]],
        [*CHINESE[:4], "六、", "七、"],
        [*CHINESE[:3], "", *CHINESE[4:]],
        [f"第{n}部分 " for n in "一二三四五六"],
        [""] * 6,
    ],
)
def test_sections_are_found_by_meaning_whatever_their_numbers(numbers: list[str]) -> None:
    found = outline(find_sections(text_document(report(numbers)), ()))
    assert [(level, heading, code) for level, _, heading, code in found] == [
        (1, heading, code) for heading, code in zip(OFFICIAL, CODES, strict=True)
    ]


@pytest.mark.parametrize(
    ("heading", "code"),
    [
        ("概 述", "overview"),
        ("行政机关主动公开政府信息情况", "active_disclosure"),
        ("依申请公开和不予公开政府信息的情况", "applications"),
        ("因政府信息公开工作被申请行政复议、提起行政诉讼情况", "review_litigation"),
        ("四川省行政复议行政诉讼情况", "review_litigation"),
        ("现存问题与改进举措", "problems"),
        ("主要问题和整改措施", "problems"),
        ("其它需要汇报的事项", "other"),
        ("其他需要报告的问题", "other"),
        ("收费及减免情况", "other"),
        ("附表", "annex"),
        ("政府信息公开情况统计表", "annex"),
        ("收到和處理政府信息公開申請情況", "applications"),
        ("收到和處理政府資訊公開申請情況", "applications"),
        ("其他报（bào）告的事项", "other"),
        ("加强组织领导", None),
    ],
)
def test_wordings_have_their_code(heading: str, code: str | None) -> None:
    assert meaning(heading)[0] == code


def test_items_below_the_sections_have_their_levels() -> None:
    text = f"一、总体情况\n（一）主动公开情况\n{PROSE}\n㈡依申请公开情况\n{PROSE}\n( 三 ) 监督保障情况\n"
    text += f"1.加强检查\n(1) 季度检查\n{PROSE}"
    assert outline(find_sections(text_document(text), ())) == [
        (1, "一、", "总体情况", "overview"),
        (2, "（一）", "主动公开情况", None),
        (2, "㈡", "依申请公开情况", None),
        (2, "(三)", "监督保障情况", None),
        (3, "1.", "加强检查", None),
        (4, "(1)", "季度检查", None),
    ]


@pytest.mark.parametrize(
    ("line", "heading", "text"),
    [
        ("（一）主动公开情况。2023年，公开信息3条。", "主动公开情况", "2023年，公开信息3条。"),
        ("（一）主动公开情况：2023年，公开信息3条。", "主动公开情况", "2023年，公开信息3条。"),
        ("（一）主动公开情况 2023年，我局公开信息3条，成效明显。", "主动公开情况", "2023年，我局公开信息3条，成效明显。"),
        ("一、总体情况2023年，我局加强领导。", "总体情况", "2023年，我局加强领导。"),
        ("六、其他需要报告的事项：无", "其他需要报告的事项", "无"),
    ],
)
def test_a_heading_glued_to_its_text_is_parted_from_it(line: str, heading: str, text: str) -> None:
    (section,) = find_sections(text_document(line), ())
    assert (section.heading, section.text) == (heading, text)


def test_a_number_alone_on_its_line_belongs_to_the_next() -> None:
    found = outline(find_sections(text_document("一、\n总体情况\n" + PROSE + "\n（一）\n加强领导\n" + PROSE), ()))
    assert found == [(1, "一、", "总体情况", "overview"), (2, "（一）", "加强领导", None)]


@pytest.mark.parametrize(
    "parts",
    [
        "全文包括：1.总体情况；2.主动公开政府信息情况；3.收到和处理政府信息公开申请情况。",
        "(1)总体情况、(2)主动公开政府信息情况、(3)收到和处理政府信息公开申请情况",
        "1.总体情况；\n2.主动公开政府信息情况；\n3.收到和处理政府信息公开申请情况；",
        "本报告由总体情况、主动公开政府信息情况等六部分组成。",
        "目录\n" + "\n".join(number + heading for number, heading in zip(CHINESE, OFFICIAL, strict=True)),
        "\n".join(f"{number}{heading}........{k}" for k, (number, heading) in enumerate(zip(CHINESE, OFFICIAL, strict=True))),
    ],
)
def test_a_list_of_the_parts_is_no_heading(parts: str) -> None:
    body = report(CHINESE).removeprefix(TITLE)
    sections = find_sections(text_document(f"{TITLE}\n{parts}{body}"), ())
    assert [s.section for s in sections] == [None, *CODES]
    assert parts.split("\n", maxsplit=1)[0] in sections[0].text


def test_rows_of_tables_are_no_headings_even_where_no_table_took_them() -> None:
    rows = [
        "一、本年新收政府信息公开申请数量",
        "二、上年结转政府信息公开申请数量 0 0 0 0 0 0 0",
        "三、本年度办理结果",
        "（一）予以公开",
        "（二）部分公开（区分处理的，只计这一情形，不计其他情形）",
        "1.属于国家秘密",
        "2.其他法律行政止公开",
        "（六）其他处理",
        "3.其他",
        "（七）总计",
        "四、结转下年度继续办理",
    ]
    text = "\n".join(["三、收到和处理政府信息公开申请情况", *rows, "四、政府信息公开行政复议、行政诉讼情况"])
    assert [s.section for s in find_sections(text_document(text), ())] == ["applications", "review_litigation"]


def test_the_rows_of_an_annex_are_no_headings() -> None:
    text = f"一、概述\n{PROSE}\n附表\n一、主动公开情况\n（一）主动公开政府信息数\n二、回应解读情况"
    assert [s.section for s in find_sections(text_document(text), ())] == ["overview", "annex"]


def test_points_within_a_section_that_count_from_one_again_are_its_parts() -> None:
    text = report(CHINESE[:5], OFFICIAL[:5]) + f"\n一、存在的问题\n{PROSE}\n二、下一步打算\n{PROSE}\n六、其他\n无"
    found = outline(find_sections(text_document(text), ()))
    assert [(level, code) for level, _, _, code in found[4:]] == [(1, "problems"), (2, None), (2, None), (1, "other")]


def test_a_title_row_below_its_heading_is_no_second_section() -> None:
    """Between the two stands at most a note; the note is kept as text."""
    text = report(["一、", "二、", "三、", "四、", "五、", "六、"])
    heading = f"三、{OFFICIAL[2]}"
    for between in ("", "单位：件\n"):
        sections = find_sections(text_document(text.replace(heading, f"{heading}\n{between}{heading}")), ())
        assert [s.section for s in sections if s.level == 1] == CODES
        third = next(s for s in sections if s.section == "applications")
        assert third.text.startswith(between.strip())
        assert heading not in "".join(s.text for s in sections)


def test_a_title_row_below_the_heading_of_a_part_is_no_second_section() -> None:
    """The table of one of two bodies, whose title row a page break leaves alone on its page."""
    text = (
        "二、收到和处理政府信息公开申请情况\n单位：件\n1.局机关\n二、收到和处理政府信息公开申请情况\n2.所属事业单位\n三、其他"
    )
    sections = find_sections(text_document(text), ())
    assert [(s.number, s.heading, s.text) for s in sections] == [
        ("二、", "收到和处理政府信息公开申请情况", "单位：件"),
        ("1.", "局机关", ""),
        ("2.", "所属事业单位", ""),
        ("三、", "其他", ""),
    ]
    apart = text.replace("1.局机关", f"1.局机关\n{PROSE}")
    assert [s.number for s in find_sections(text_document(apart), ())] == ["二、", "1.", "二、", "2.", "三、"]


def test_long_items_are_text() -> None:
    text = f"一、总体情况\n1.{PROSE}\n2.未收到申请。\n（一）{PROSE}\n一是加强领导"
    (section,) = find_sections(text_document(text), ())
    assert section.text.count("\n") == 3


def test_a_report_without_headings_is_one_section() -> None:
    (section,) = find_sections(text_document(f"{TITLE}\n{PROSE}"), ())
    assert (section.level, section.heading, section.section) == (0, "", None)
    assert section.text == f"{TITLE}\n{PROSE}"


def test_an_empty_document_has_no_sections() -> None:
    assert find_sections(Document("text/plain", (Page(None, None, None, (), ""),)), ()) == ()
    assert find_sections(Document("text/plain", ()), ()) == ()


def test_a_sentence_torn_by_blank_lines_is_joined() -> None:
    text = "一、总体情况\n\n我局认真贯彻落实有关文件要求，按照政府门户\n\n网站栏目设置情况，及时更新信息公开指南。\n\n" + PROSE
    (section,) = find_sections(text_document(text), ())
    assert section.text == "我局认真贯彻落实有关文件要求，按照政府门户网站栏目设置情况，及时更新信息公开指南。\n" + PROSE


def test_a_wrapped_text_file_is_joined() -> None:
    paragraph = PROSE * 4
    wrapped = "\n".join(paragraph[k : k + 36] for k in range(0, len(paragraph), 36))
    (section,) = find_sections(text_document("一、总体情况\n" + wrapped), ())
    assert section.text == paragraph


def test_lines_of_a_page_become_paragraphs() -> None:
    paragraphs = ["一、总体情况", PROSE * 2, PROSE[:30], PROSE]
    (section,) = find_sections(pdf_document(page_lines(paragraphs)), ())
    assert section.text.split("\n") == paragraphs[1:]
    assert (section.page_first, section.page_last) == (1, 1)


def test_a_sign_off_on_the_right_does_not_go_on_with_the_heading_below_it() -> None:
    lines = page_lines(["一、总体情况", PROSE * 2])
    right, top = 80.0 + 28 * EM, lines[-1].box.top + 28.0 if lines[-1].box else 0.0
    box = Box(right - EM * len("某县住房和城乡建设局"), top, right, top + EM)
    sign_off = Line((Word("某县住房和城乡建设局", box),), page=1, box=box)
    below = Box(80.0, top + 28, 80.0 + 14 * EM, top + 28 + EM)
    annex = Line((Word("附表：政府信息公开情况统计表", below),), page=1, box=below)
    found = find_sections(pdf_document([*lines, sign_off, annex]), ())
    assert [section.section for section in found] == ["overview", "annex"]
    assert found[0].text.endswith("\n某县住房和城乡建设局")


@pytest.mark.parametrize("mark", ["?", "??", "????"])
def test_question_marks_left_of_blanks_begin_no_paragraph(mark: str) -> None:
    text = "\n".join(mark + line for line in report(CHINESE).split("\n"))
    found = find_sections(text_document(text), ())
    assert [section.section for section in found] == [None, *CODES]
    assert found[0].text == TITLE


def test_a_word_between_the_rows_of_a_table_without_cells_is_no_heading() -> None:
    table = load_forms()["2021"].tables["review_litigation"]

    def row(kind: str, label: str, *figures: str, n: int = 0) -> Row:
        slots = tuple(Place(figure, 100.0 * k, 100.0 * k + 5) for k, figure in enumerate(figures, 1))
        labels = (Place(label, 0.0, 50.0),)
        return Row(kind, -1, 1, (0, n), 0, labels, slots, (), None, ((0, n),), (*labels, *slots))  # type: ignore[arg-type]

    rows = [row("placed", "行政复议", "0", n=0), row("text", "附件", n=1), row("placed", "复议后起诉", "0", n=2)]
    rows += [row("text", "附件", n=3)]
    read = TableRead(load_forms()["2021"], table, [], [], set(), [], [])
    mark_used(read, rows, [0, 2])
    assert read.used == {(0, 0), (0, 1), (0, 2)}


def test_labels_with_numbers_beside_each_other_are_no_headings() -> None:
    """The first line of a table turned round, whose rows a page break leaves to the next page."""
    texts = ("（本列数据的勾稽关系为：第一项加第二项之", "一、本", "二、上", "三、本年度办理结果", "四、结")
    words = tuple(
        Word(text, Box(x, 200, x + 9 * len(text), 209)) for text, x in zip(texts, (53, 241, 280, 671, 1108), strict=True)
    )
    header = Line(words, page=1, box=Box(53, 200, 1135, 209))
    above = page_lines(["三、收到和处理政府信息公开申请情况"], top=180)
    below = page_lines(["四、政府信息公开行政复议、行政诉讼情况"], page=2)
    sections = find_sections(pdf_document([*above, header], below), frozenset())
    assert [number for _, number, _, _ in outline(sections)] == ["三、", "四、"]
    assert all(text in sections[0].text for text in texts)


def test_a_paragraph_goes_on_over_a_page_break_and_page_numbers_are_dropped() -> None:
    lines = page_lines(["一、总体情况", PROSE * 3])
    first, second = lines[:3], lines[3:]
    box = Box(290.0, 800.0, 310.0, 812.0)
    number = Line((Word("- 1 -", box),), page=1, box=box)
    second = [
        line._replace(page=2, box=line.box and line.box._replace(top=72.0 + 28 * k, bottom=88.0 + 28 * k))
        for k, line in enumerate(second)
    ]
    (section,) = find_sections(pdf_document([*first, number], second), ())
    assert section.text == PROSE * 3
    assert (section.page_first, section.page_last) == (1, 2)


def test_a_browsers_header_and_footer_are_dropped() -> None:
    pages = []
    for page in (1, 2, 3):
        box = Box(20.0, 20.0, 180.0, 30.0)
        header = Line((Word(f"2024/1/9 10:32 第{page}页", box),), page=page, box=box)
        pages.append([header, *page_lines(["一、总体情况" if page == 1 else "其余内容如下所示。", PROSE], page)])
    assert "10:32" not in find_sections(pdf_document(*pages), ())[0].text


def test_taken_blocks_are_not_prose_and_part_paragraphs() -> None:
    lines = page_lines(["二、主动公开政府信息情况", "规章", PROSE])
    (section,) = find_sections(pdf_document(lines), {(0, 1)})
    assert section.text == PROSE


@pytest.mark.parametrize(
    ("text", "span", "row", "found"),
    [
        ("四、政府信息公开行政复议、行政诉讼情况", 2, 1, True),
        ("四、政府信息公开行政复议、行政诉讼情况", 1, 1, False),  # a cell among others
        ("四、政府信息公开行政复议、行政诉讼情况", 2, 0, False),  # the table's own title
        ("四、结转下年度继续办理", 2, 1, False),
        ("一、主动公开情况", 2, 1, False),  # an annex's group of rows
    ],
)
def test_a_heading_between_two_tables_of_one_grid_is_a_section_s(text: str, span: int, row: int, found: bool) -> None:
    """As on sheets without empty rows."""
    texts = ["规章", "行政复议"]
    texts.insert(row, text)
    cells: list[GridCell] = []
    for r, t in enumerate(texts):
        wide = span if r == row else 1
        cells += [GridCell(r, 0, 1, wide, (Reading(t, "markup"),))]
        cells += [GridCell(r, 1, 1, 1, (Reading("3", "markup"),))] if wide == 1 else []
    blocks = (
        Line((Word("三、收到和处理政府信息公开申请情况"),)),
        Grid(tuple(cells), 3, 2, "markup"),
        Line((Word("五、存在的主要问题"),)),
    )
    sections = find_sections(Document("text/html", (Page(None, None, None, blocks, ""),)), {(0, 1)})
    assert [s.number for s in sections] == ["三、", *(["四、"] if found else []), "五、"]


def test_a_grid_that_is_no_forms_table_is_text_with_tabs() -> None:
    cells = tuple(
        GridCell(r, c, 1, 1, (Reading(t, "markup"),))
        for r, c, t in [(0, 0, "类别"), (0, 1, "件数"), (1, 0, "公文"), (1, 1, "3")]
    )
    blocks = (Line((Word("一、总体情况"),)), Grid(cells, 2, 2, "markup"), Line((Word("二、主动公开政府信息情况"),)))
    sections = find_sections(Document("text/html", (Page(None, None, None, blocks, ""),)), ())
    assert [s.text for s in sections] == ["类别\t件数\n公文\t3", ""]


def test_markup_makes_a_heading_without_number() -> None:
    blocks = (
        Line((Word(TITLE),), level=1),
        Line((Word("总体情况"),), level=2),
        Line((Word("队伍建设"),), level=3),
        Line((Word(PROSE),)),
        Line((Word("主动公开政府信息情况"),), level=2),
    )
    found = outline(find_sections(Document("text/html", (Page(None, None, None, blocks, ""),)), ()))
    assert [(level, heading) for level, _, heading, _ in found] == [
        (1, "总体情况"),
        (2, "队伍建设"),
        (1, "主动公开政府信息情况"),
    ]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="一二三、（）(1.)。；：\n\t 总体情况主动公开附表　年a", max_size=200))
def test_no_text_is_lost_or_invented(text: str) -> None:
    def ink(value: str) -> list[str]:
        return sorted(mark for mark in value if mark not in " \t\n　。；：:、.，,")

    sections = find_sections(text_document(text), ())
    told = "".join((s.number or "") + s.heading + s.text for s in sections)
    assert [s.ordinal for s in sections] == list(range(1, len(sections) + 1))
    assert ink(told.replace("㈠", "")) == ink(text)


@pytest.mark.parametrize(
    ("unit", "size", "after"),
    [
        ("一", 50_000, ""),
        ("一、", 50_000, ""),
        ("（", 50_000, ""),
        (" ", 50_000, "一、"),
        ("（一）a\n", 5_000, ""),
        ("1.a b ", 20_000, ""),
    ],
)
def test_time_grows_with_hostile_text_and_no_faster(unit: str, size: int, after: str) -> None:
    assert_linear(lambda size: find_sections(text_document(unit * size + after), ()), size)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder ../shared is absent")
@pytest.mark.parametrize("name", ["huaian-city-2024.pdf", "panzhihua-dongqu-jxj-2023.txt"])
def test_the_real_reports_have_six_sections(name: str) -> None:
    from gov_extract.parse.tables import read_tables
    from gov_extract.readers import read

    document = read((SHARED / "real" / name).read_bytes(), name=name)
    sections = find_sections(document, read_tables(document).used)
    assert [s.section for s in sections if s.level == 1] == CODES
