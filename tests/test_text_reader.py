"""The text reader: tabs and pipes are cells, everything else is text."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gov_extract.document import Document, Grid, Line
from gov_extract.errors import LimitError
from gov_extract.readers import Limits, read
from gov_extract.report import extract
from tests.growth import assert_linear

SHARED = Path(__file__).parents[1].parent / "shared"


def text(content: str, name: str = "a.txt") -> Document:
    return read(content.encode(), name=name)


def rows(document: Document) -> list[list[str] | str]:
    return [
        [word.text for word in block.words] if block.kind == "cells" else block.text
        for block in document.pages[0].blocks
        if isinstance(block, Line)
    ]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared documents are not here")
def test_the_flattened_report_keeps_its_rows_as_they_are() -> None:
    raw = (SHARED / "real" / "panzhihua-dongqu-jxj-2023.txt").read_bytes()
    document = read(raw, name="panzhihua-dongqu-jxj-2023.txt")
    blocks = [block for block in document.pages[0].blocks if isinstance(block, Line)]
    source = raw.decode().splitlines()
    for block in blocks:
        at = int((block.locator or "").removeprefix("line ")) - 1
        assert block.kind == ("cells" if "\t" in source[at] else "text")
        if block.kind == "cells":
            assert [word.text for word in block.words] == [word.strip() for word in source[at].split("\t")]
        else:
            assert block.text == source[at]
    assert len(blocks) == sum(bool(line.strip()) for line in source)
    assert ["", "明确", "", "", "", "", "", "", ""] in rows(document)
    assert document.pages[0].text == raw.decode()


words = st.text(st.sampled_from("规章0123一、（）.件"), max_size=6)


@settings(max_examples=100, deadline=None)
@given(st.lists(words, min_size=2, max_size=9).filter(lambda row: sum(map(bool, row)) >= 2))
def test_tabs_keep_every_cell(row: list[str]) -> None:
    assert rows(text("甲\n" + "\t".join(row) + "\n")) == ["甲", row]


@settings(max_examples=100, deadline=None)
@given(st.lists(words, min_size=2, max_size=9).filter(any))
def test_pipes_keep_every_cell(row: list[str]) -> None:
    assert rows(text("|" + "|".join(row) + "|\n", "a.md")) == [row]


def test_markdown_tables() -> None:
    content = "| 信息内容 | 本年制发件数 |\n|:---|---:|\n| 规章 | 1\\|2<br>3 |\n| **文件** |  |\n| - | — |\n"
    assert rows(text(content, "a.md")) == [["信息内容", "本年制发件数"], ["规章", "1|2 3"], ["文件", ""], ["-", "—"]]


def test_markdown_marks() -> None:
    content = (
        "# 某局2023年度报告 #\n## **一、总体情况**\n- 一是[条例](http://example.invalid/a)。\n> 二是*改进*。\n---\n"
        "```\n1\\. 项\n____年\n- 5 -\n- 3\n-2\n![图](a.png)<b>粗</b>&nbsp;字\n"
    )
    document = text(content, "a.md")
    assert document.media_type == "text/markdown"
    assert rows(document) == [
        "某局2023年度报告",
        "一、总体情况",
        "一是条例。",
        "二是改进。",
        "1. 项",
        "____年",
        "- 5 -",
        "- 3",
        "-2",
        "粗 字",
    ]
    assert [block.level for block in document.pages[0].blocks if isinstance(block, Line)][:3] == [1, 2, None]


def test_words_part_at_wide_gaps_only() -> None:
    document = text("规章    0  5　　8\n规章 0 5 8\n总　计")
    blocks = [block for block in document.pages[0].blocks if isinstance(block, Line)]
    assert [[word.text for word in block.words] for block in blocks] == [["规章", "0", "5", "8"], ["规章 0 5 8"], ["总 计"]]


def test_tabs_that_indent_are_no_cells() -> None:
    assert rows(text("\t一、总体情况\n\n\t本年度。\n")) == ["一、总体情况", "本年度。"]
    assert rows(text("规章\t1\n\t明确\n")) == [["规章", "1"], ["", "明确"]]


def test_locators_count_every_line() -> None:
    document = text("一\r\n\r\n二\f三\r四\n")
    assert [(block.text, block.locator) for block in document.pages[0].blocks if isinstance(block, Line)] == [
        ("一", "line 1"),
        ("二 三", "line 3"),
        ("四", "line 4"),
    ]


def test_html_tables_in_markdown() -> None:
    content = "# 报告\n前文<table><tr><td rowspan=2>规章<td>1<tr>\n<td>2</table>后文\n二\n<table><tr><td>甲<td>3"
    blocks = text(content, "a.md").pages[0].blocks
    assert [b.locator if isinstance(b, Line) else (b.n_rows, b.n_columns) for b in blocks] == [
        "line 1", "line 2", (2, 2), "line 3", "line 4", (1, 2),
    ]  # fmt: skip
    grid = blocks[-1]
    assert isinstance(grid, Grid)
    assert grid.cells[1].locator == "table 2, row 1, column 2"


def test_comma_separated_text_by_its_name() -> None:
    document = text('规章,"1,234",\n文件,2,3\n', "a.csv")
    assert document.media_type == "text/csv"
    assert rows(document) == [["规章", "1,234", ""], ["文件", "2", "3"]]


def test_encodings() -> None:
    for encoding in ("utf-8-sig", "utf-16", "gb18030"):
        assert rows(read("一、总体情况\n规章\t1".encode(encoding))) == ["一、总体情况", ["规章", "1"]]


def test_too_many_cells_are_refused() -> None:
    with pytest.raises(LimitError):
        read(("1\t2\n" * 20).encode(), limits=Limits(max_cells=39))


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("|\\\t *_#`[]()<>table/-:规1\n&;"), max_size=80))
def test_any_marks_are_read(content: str) -> None:
    text("甲" + content, "a.md")


@pytest.mark.parametrize(
    ("unit", "size"),
    [
        ("*", 100_000),
        ("[", 100_000),
        ("<table>", 20_000),
        ("\\|", 50_000),
        ("`a", 50_000),
        ("a\t", 50_000),
        ("- - ", 50_000),
        ("#", 100_000),
    ],
)
def test_time_grows_with_a_hostile_text_and_no_faster(unit: str, size: int) -> None:
    for before, after in (("甲", ""), ("", "甲")):

        def work(size: int, before: str = before, after: str = after) -> None:
            with suppress(LimitError):
                text(before + unit * size + after, "a.md")

        assert_linear(work, size)


def test_the_number_of_a_page_between_rows_is_no_row() -> None:
    rows = ["信息内容\t本年处理决定数量", "- 3 -", "行政处罚\t5", "第 4 页 共 9 页", "行政强制\t1"]
    document = read("\n".join(["第二十条第（六）项", *rows, "", "- 5 -", "", "三、其他", "- 6 -"]).encode(), name="a.txt")
    texts = [block.text for block in document.pages[0].blocks if isinstance(block, Line)]
    assert texts == ["第二十条第（六）项", rows[0], rows[2], rows[4], "三、其他", "- 6 -"]
    assert "- 3 -" not in document.pages[0].text


def test_the_numbers_of_two_pages_one_below_the_other_are_no_rows() -> None:
    rows = ["行政处罚（含简易程序案", "3 / 9", "", "4 / 9", "\t件）\t8159401", "行政强制\t1"]
    document = read("\n".join(rows).encode(), name="a.txt")
    texts = [block.text for block in document.pages[0].blocks if isinstance(block, Line)]
    assert texts == [rows[0], rows[4], rows[5]]


@pytest.mark.parametrize("name", ["a.txt", "a.csv"])
@pytest.mark.parametrize("odd", ['\n规章\r,"1",2,3\n', '"' + "x," * 70_000, '"a","b"\n"' + "x" * 140_000 + '","y"\n'])
def test_quotation_marks_that_are_no_csv_s(odd: str, name: str) -> None:
    table = "二、主动公开\n信息内容,本年制发件数,本年废止件数,现行有效件数\n规章,1,2,3\n行政规范性文件,4,5,6\n行政许可,4,5\n"
    for text in (table + odd, odd + table):
        report = extract(text.encode(), name=name)
        assert report.status != "failed" or "CSV" in (report.error or "")


def test_figures_with_thousands_in_another_comma_and_a_blank_one_below_its_head() -> None:
    content = (
        "信息内容；本年制发件数；本年废止件数；现行有效件数\n规章；1；2；3\n行政规范性文件；4；5；6\n其他；7；8；9\n第二十条第（五）项\n"
        "信息内容；本年处理决定数量\n行政许可；9，354，215\n第二十条第（八）项\n信息内容；本年收费金额\n行政事业性收费；\n"
        "三、其他\n一是加强学习；二是完善目录；三是加强督查；\n按时公开；\n"
    )
    assert rows(text(content))[5:] == [
        ["信息内容", "本年处理决定数量"],
        ["行政许可", "9，354，215"],
        "第二十条第（八）项",
        ["信息内容", "本年收费金额"],
        ["行政事业性收费", ""],
        "三、其他",
        "一是加强学习；二是完善目录；三是加强督查；",
        "按时公开；",
    ]


def test_rows_of_one_field_are_no_rows_of_a_table() -> None:
    content = '某县2023年年报\n"一、总体情况"\n"全年主动公开信息30条，其中门户网站20条。"\n信息内容,件数\n规章,5\n'
    document = text(content, "a.csv")
    assert rows(document) == [
        "某县2023年年报",
        "一、总体情况",
        "全年主动公开信息30条，其中门户网站20条。",
        ["信息内容", "件数"],
        ["规章", "5"],
    ]


@pytest.mark.parametrize(
    "rule",
    ["+----+-----+", "+====+=====+", "|----+-----|", "+    +-----+", "├────┼─────┤", "╠════╬═════╣", "|    +-----|"],
)
def test_rules_of_drawn_tables_are_no_rows_and_no_dashes(rule: str) -> None:
    content = f"| 规章 | 12 |\n{rule}\n| 行政规范性文件 | 3 |\n{rule}\n| 行政许可 | --- |"
    document = text(content)
    assert rows(document) == [["规章", "12"], ["行政规范性文件", "3"], ["行政许可", "---"]]
    assert rule not in document.pages[0].text
