"""The HTML reader: a published page's text without the site around it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gov_extract.document import Document, Grid, Line
from gov_extract.errors import LimitError
from gov_extract.readers import Limits, read
from gov_extract.readers.decoding import decode
from tests.growth import assert_linear
from tests.tiles import Tile, ranked, tilings


def page(body: str, head: str = "") -> Document:
    return read(f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode())


def lines(document: Document) -> list[str]:
    return [block.text for block in document.pages[0].blocks if isinstance(block, Line)]


def grids(document: Document) -> list[Grid]:
    return [block for block in document.pages[0].blocks if isinstance(block, Grid)]


def placed(grid: Grid) -> list[tuple[int, int, int, int, str]]:
    return [(c.row, c.column, c.rowspan, c.colspan, c.text) for c in grid.cells]


def shape(document: Document) -> list[str]:
    return [
        block.text if isinstance(block, Line) else f"{block.n_rows}x{block.n_columns}" for block in document.pages[0].blocks
    ]


def as_html(tiles: list[Tile], n_rows: int) -> str:
    rows = [
        "".join(f'<td rowspan="{t.rowspan}" colspan={t.colspan}>{t.text}</td>' for t in sorted(tiles) if t.row == r)
        for r in range(n_rows)
    ]
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"


@settings(max_examples=60, deadline=None)
@given(tilings())
def test_any_merged_table_comes_back_as_it_was(drawn: tuple[list[Tile], int, int]) -> None:
    tiles, n_rows, _ = drawn
    (grid,) = grids(page(as_html(tiles, n_rows)))
    assert placed(grid) == ranked(tiles)
    assert grid.doubts == ()


def test_unclosed_and_misplaced_tags() -> None:
    (grid,) = grids(page("<table><tr><td>规章<td>1<tr><th>文件<td>2</table>"))
    assert placed(grid) == [(0, 0, 1, 1, "规章"), (0, 1, 1, 1, "1"), (1, 0, 1, 1, "文件"), (1, 1, 1, 1, "2")]


def test_rows_follow_the_order_in_which_they_are_shown() -> None:
    body = "<table><tfoot><tr><td>总计<td>3</tfoot><tbody><tr><td>规章<td>1</tbody><thead><tr><td>内容<td>件数</thead></table>"
    assert [text for *_, text in placed(grids(page(body))[0])] == ["内容", "件数", "规章", "1", "总计", "3"]


def test_a_span_ends_with_its_row_group() -> None:
    body = "<table><thead><tr><td rowspan=9>内容<td>件数</thead><tbody><tr><td>规章<td>1</tbody></table>"
    assert placed(grids(page(body))[0])[2:] == [(1, 0, 1, 1, "规章"), (1, 1, 1, 1, "1")]


def test_rowspan_zero_reaches_the_end() -> None:
    body = "<table><tr><td rowspan=0>组<td>1<tr><td>2<tr><td>3</table>"
    assert placed(grids(page(body))[0])[0] == (0, 0, 3, 1, "组")


def test_absurd_spans_cost_nothing() -> None:
    body = '<table><tr><td rowspan="999999999" colspan="999999999">甲<td>1<tr><td>2</table>'
    (grid,) = grids(page(body))
    assert placed(grid) == [(0, 0, 2, 1, "甲"), (0, 1, 1, 1, "1"), (1, 1, 1, 1, "2")]


def test_a_hostile_number_of_wide_cells_stays_quick() -> None:
    def work(size: int) -> None:
        with pytest.raises(LimitError):
            page("<table>" + "<tr><td rowspan=65534 colspan=1000>甲" * size + "</table>")

    assert_linear(work, 20_000)


def test_too_many_cells_are_refused() -> None:
    with pytest.raises(LimitError):
        read(("<table>" + "<tr><td>1<td>2" * 20 + "</table>").encode(), limits=Limits(max_cells=39))


def test_ragged_rows_shift_nothing() -> None:
    (grid,) = grids(page("<table><tr><td>甲<td>1<td>2<tr><td>乙<td>3</table>"))
    assert placed(grid)[-1] == (1, 1, 1, 1, "3")
    assert grid.doubts == ("ragged",)


def test_layout_tables_are_unwrapped() -> None:
    inner = "<table><tr><td>规章<td>1</table>"
    body = f"<table><tr><td>左<td><p>一、总体情况</p>{inner}<p>二、其他</p></table>"
    assert shape(page(body)) == ["左", "一、总体情况", "1x2", "二、其他"]
    assert shape(page("<table><tr><td><p>一</p><p>二</p></table>")) == ["一", "二"]


def test_cell_text_keeps_its_lines() -> None:
    (grid,) = grids(page("<table><tr><td><p>其他法律</p><p>行政法规</p><td>1<br>2&nbsp;&nbsp;</table>"))
    assert [c.text for c in grid.cells] == ["其他法律\n行政法规", "1\n2"]


def test_text_that_is_not_shown_is_not_read() -> None:
    body = (
        "<script>var a='一';</script><style>p{}</style><noscript>二</noscript><!-- 三 --><template>四</template>"
        "<p hidden>五</p><p style='display: none'>六</p><p>報<ruby>告<rp>(</rp><rt>gao</rt><rp>)</rp></ruby></p>"
        "<select><option>七</select><textarea>八</textarea><p>九\u200b十&nbsp;</p>"
    )
    assert lines(page(body)) == ["報告", "九十"]


def test_a_page_that_a_script_uncovers_is_read() -> None:
    assert lines(page("<div style='display:none'><p>一、总体情况</p><p>正文正文正文</p></div><p>头</p>"))[0] == "一、总体情况"


def test_a_hidden_copy_of_a_table_is_not_read_twice() -> None:
    table = "<table><tr><td>规章<td>1<tr><td>文件<td>2<tr><td>许可<td>3</table>"
    assert shape(page(f"<p>一、总体情况</p>{table}<div style='display:none'>{table}</div>")) == ["一、总体情况", "3x2"]


def test_lines_and_levels() -> None:
    document = page("<h1>年度报告</h1><div>甲<div>乙</div>丙<br>丁</div><h3>（一）情况</h3><p>　　总&#12288;计</p>")
    found = [(block.text, block.level) for block in document.pages[0].blocks if isinstance(block, Line)]
    assert found == [
        ("年度报告", 1),
        ("甲", None),
        ("乙", None),
        ("丙", None),
        ("丁", None),
        ("（一）情况", 3),
        ("总 计", None),
    ]


def test_line_breaks_of_the_source_between_characters_are_no_blanks() -> None:
    assert lines(page("<p>本年度\n  主动公开</p><p>of the\nreport</p>")) == ["本年度主动公开", "of the report"]


def test_ordered_lists_give_their_numbers() -> None:
    assert lines(page("<ol start=3><li>甲<li>乙</ol><ol type=a><li>丙</ol>")) == ["3.甲", "4.乙", "a.丙"]
    assert lines(page("<ol><li>一、甲<li>乙</ol><ol style='list-style: none'><li>丙</ol>")) == ["一、甲", "2.乙", "丙"]


def test_list_styles_print_their_own_numbers() -> None:
    body = (
        "<ol start=2 style='list-style-type:cjk-ideographic'><li>主动公开</ol><ol style='list-style: square inside'><li>甲</ol>"
    )
    assert lines(page(body)) == ["二、主动公开", "甲"]


def test_preformatted_text_keeps_its_rows() -> None:
    blocks = page("<pre>一、总体情况\n规章\t0\t\t5\n</pre>").pages[0].blocks
    assert [block.kind for block in blocks] == ["text", "cells"]
    assert [word.text for word in blocks[1].words] == ["规章", "0", "", "5"]  # type: ignore[union-attr]


def test_lists_of_articles_with_dates_go_with_their_heading() -> None:
    items = "".join(
        f"<li><a href={year}>某局{year}年政府信息公开工作年度报告</a><span>{year + 1}-01-20</span>"
        for year in range(2019, 2022)
    )
    body = f"<div class=side><h4>政府信息公开年报</h4><ul>{items}</ul></div><h2>六、其他</h2><ul>{items}</ul>"
    assert lines(page(f"<p>一、总体情况</p>{body}")) == ["一、总体情况", "六、其他"]


CHROME = """
<div class="header"><ul><li><a href=/>首页</a><li><a href=/zwgk>政务公开</a><li><a href=/hd>互动交流</a></ul></div>
<div class="weizhi">当前位置：<a href=/>首页</a> &gt; <a href=/nb>政府信息公开年报</a></div>
<ul><li><a href=1>2019年政府信息公开工作年度报告</a><li><a href=2>2020年政府信息公开工作年度报告</a><li>2021年</ul>
<p><a href=3>某局2018年政府信息公开工作年度报告</a></p>
<table><tr><td><a href=4>2016年年报</a><td><a href=5>2017年年报</a><td><a href=6>2018年年报</a></table>
"""
BODY = "<h1>某局2021年政府信息公开工作年度报告</h1><p>一、总体情况</p><table><tr><td>规章<td>1</table><p>六、其他</p>"
FOOT = """<p>【打印】 【关闭】</p><div>上一篇：<a href=7>某局2020年报</a></div><div class=footer>主办：某局办公室</div>
<p>某ICP备05000000号　某公网安备 00000000000000号</p>"""


def test_navigation_never_becomes_text() -> None:
    document = page(CHROME + BODY + FOOT)
    assert shape(document) == ["某局2021年政府信息公开工作年度报告", "一、总体情况", "1x2", "六、其他"]
    assert document.properties["title"] == "某局2021年政府信息公开工作年度报告"


def test_a_hyperlinked_edition_keeps_its_figures() -> None:
    rows = "".join(f"<tr><td><a href=#>{label}</a><td><a href=#>{at}</a>" for at, label in enumerate("甲乙丙丁"))
    assert shape(page(f"<table>{rows}</table>")) == ["4x2"]


def test_text_in_something_named_like_chrome_is_kept() -> None:
    body = "<div class='content bottom'><p>一是加强。二是改进。</p><p>三是提高。</p></div>"
    body += "<div class=top><b>某局2021年度报告</b></div>"
    filler = "<p>" + "正文，" * 100 + "</p>"
    assert lines(page(body + filler))[:3] == ["一是加强。二是改进。", "三是提高。", "某局2021年度报告"]


def test_the_info_box_becomes_properties() -> None:
    body = """<table><tr><td>索引号：</td><td>000000000/2024-00001</td><td>发布机构：</td><td>某市某局</td></tr>
    <tr><td>名&nbsp;&nbsp;称：</td><td>某局2023年政府信息公开工作年度报告</td><td>成文日期：</td><td>2024年1月20日</td></tr>
    <tr><td>公开日期</td><td>2024-01-31</td><td>文号：</td><td></td></tr></table><p>一、总体情况</p>"""
    document = page(body, '<meta name="PubDate" content="2024-02-01"><title>首页</title>')
    assert dict(document.properties) == {
        "title": "某局2023年政府信息公开工作年度报告",
        "agency": "某市某局",
        "published_on": "2024-01-31",
        "written_on": "2024年1月20日",
    }
    assert shape(document) == ["一、总体情况"]


@pytest.mark.parametrize(
    "body",
    [
        "<div>来源：某局　　发布时间：2024-01-31 10:00　　浏览次数：123</div>",
        "<div><span>发布时间：2024-01-31 10:00</span><span> 来源：某局 </span> 【字体：大 中 小】</div>",
        "<dl><dt>来源：</dt><dd>某局</dd><dt>发布时间：</dt><dd>2024-01-31 10:00</dd></dl>",
        "<ul><li>来源：某局</li><li>发布时间：2024-01-31 10:00</li></ul>",
    ],
)
def test_the_info_line_becomes_properties(body: str) -> None:
    document = page(f"{body}<p>一、总体情况</p>")
    assert (document.properties["agency"], document.properties["published_on"]) == ("某局", "2024-01-31 10:00")
    assert lines(document) == ["一、总体情况"]


def test_a_pair_in_the_text_is_text() -> None:
    prose = "本年度报告根据《中华人民共和国政府信息公开条例》的要求编制，"
    prose += "全文包括总体情况、主动公开政府信息情况等六个部分，现予公布，请予监督。"
    assert lines(page(f"<p>{prose}</p><p>时间：2023年</p>")) == [prose, "时间：2023年"]


def test_meta_tags() -> None:
    head = (
        '<title>某局2023年度报告_某市人民政府</title><meta name="ContentSource" content="某局">'
        '<meta name=PubDate content="2024-01-31">'
        '<link rel=canonical href="https://example.invalid/a.html"><meta name="Source" content="本站">'
    )
    assert dict(page("<p>甲</p>", head).properties) == {
        "title": "某局2023年度报告",
        "agency": "某局",
        "published_on": "2024-01-31",
        "url": "https://example.invalid/a.html",
    }


def test_the_address_of_a_saved_page() -> None:
    saved = "<!-- saved from url=(0030)https://example.invalid/b.html -->\n<html><body>甲</body></html>"
    assert read(saved.encode()).properties["url"] == "https://example.invalid/b.html"


def test_page_text_knows_no_tree() -> None:
    document = page("<p>一、</p><table><tr><td rowspan=2>规<p>章<td>1<tr><td>2</table><script>no</script><!-- no")
    assert document.pages[0].text == "一、\n规\n章\t1\t\n2\t\n"


TEXT = "镕堃喆某局2023年政府信息公开工作年度报告，其中规范性文件若干件。" * 3


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("gb2312", "utf-8"),
        ("utf-8", "gb18030"),
        ("gb2312", "gb18030"),
        ("iso-8859-1", "gb18030"),
        ("zip", "gb18030"),
        ("", "gb18030"),
        ("utf-8", "utf-8-sig"),
        ("utf-8", "utf-16"),
        ("big5", "big5"),
    ],
)
def test_encodings_whatever_is_declared(declared: str, encoding: str) -> None:
    text = TEXT if encoding != "big5" else "行政規範性文件處理情況報告" * 5
    source = f'<html><head><meta charset="{declared}"></head><body><p>{text}</p></body></html>'
    document = read(source.encode(encoding))
    assert lines(document) == [text]
    assert document.findings == ()


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("cut", [1, 2])
def test_a_cut_last_character_is_left_off(encoding: str, cut: int) -> None:
    decoded = decode(TEXT.encode(encoding)[:-cut] if encoding == "utf-8" else (TEXT + "镕").encode(encoding)[:-1])
    assert decoded.lost == 0
    assert TEXT.startswith(decoded.text)


def test_dirt_in_utf8_does_not_make_it_gb() -> None:
    dirty = TEXT[:20].encode() + b"\xb0" + (TEXT * 5).encode()
    document = read(b"<html><body><p>" + dirty + b"</p></body></html>")
    assert "政府信息公开" in lines(document)[0]
    assert [finding.code for finding in document.findings] == ["undecodable_text"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<table>",
                "<tr>",
                "<td>",
                "</td>",
                "</table>",
                "<div>",
                "</p>",
                "<li>",
                "1",
                "规章",
                "<a href=x>",
                "<td rowspan=3>",
                "<!--",
                "<ol>",
                "&#0;",
                "</",
                "<td colspan=-1>",
                "<th>",
            ]
        ),
        max_size=60,
    )
)
def test_any_heap_of_tags_is_read(heap: list[str]) -> None:
    document = read(("<html>" + "".join(heap) + "一").encode())
    for grid in grids(document):
        taken: set[tuple[int, int]] = set()
        for c in grid.cells:
            spots = {(r, k) for r in range(c.row, c.row + c.rowspan) for k in range(c.column, c.column + c.colspan)}
            assert not spots & taken
            assert max(r for r, _ in spots) < grid.n_rows
            assert max(k for _, k in spots) < grid.n_columns
            taken |= spots


@pytest.mark.parametrize(
    ("before", "unit", "size", "after"),
    [
        ("", "<div>", 50_000, "甲"),
        ("", "<div>", 9_000, "甲"),
        ("", "<div class=nav>", 9_000, "甲"),
        ("", "<table><tr><td>", 3_000, "甲"),
        ("", "<b>", 3_000, "<p>甲" * 300),
        ("", "<!--", 200_000, ""),
        ("", "<", 300_000, ""),
        ("", "<script>", 50_000, ""),
        ("", "<a href=x>甲", 20_000, ""),
        ("", "<li>", 50_000, ""),
        ("<meta charset=", "a", 300_000, ""),
        ("<td>", "来源：", 50_000, ""),
    ],
)
def test_time_grows_with_a_hostile_page_and_no_faster(before: str, unit: str, size: int, after: str) -> None:
    def work(size: int) -> None:
        with suppress(LimitError):
            read(("<html>" + before + unit * size + after).encode())

    assert_linear(work, size)


@pytest.mark.parametrize(
    "style",
    [
        "opacity:0",
        "filter:opacity(0)",
        "color:transparent",
        "color: rgba(0,0,0,0)",
        "position:absolute;left:-9999px",
        "text-indent:-9999px;display:inline-block",
        "display:inline-block;width:0;overflow:hidden",
        "max-height:0;overflow:hidden;display:block",
        "position:absolute;clip:rect(0,0,0,0)",
        "clip-path:inset(100%)",
        "transform:scale(0)",
        "color:#fff",
    ],
)
def test_a_part_of_a_line_without_ink_is_no_digit_of_a_figure(style: str) -> None:
    source = f'<table><tr><td>规章</td><td>12<span style="{style}">7</span></td><td>3</td></tr></table>'
    document = page(source)
    (grid,) = grids(document)
    assert [cell.text for cell in grid.cells] == ["规章", "12", "3"]


@pytest.mark.parametrize(
    "style", ["opacity:.8", "color:rgba(0,0,0,.9)", "left:-2px;position:relative", "width:0;white-space:nowrap", "width:100%"]
)
def test_a_part_of_a_line_with_ink_is_read(style: str) -> None:
    document = page(f'<table><tr><td>规章</td><td>1<span style="{style}">2</span></td></tr></table>')
    (grid,) = grids(document)
    assert [cell.text for cell in grid.cells] == ["规章", "12"]


def test_white_figures_on_a_ground_are_read() -> None:
    cells = '<td style="background:#00f"><b style="color:#fff">12</b>件</td><td><b style="color:#fff">3</b></td>'
    document = page(f"<table><tr><td>规章</td>{cells}</tr></table>")
    (grid,) = grids(document)
    assert [cell.text for cell in grid.cells] == ["规章", "12件", "3"]


@pytest.mark.parametrize("mark", ["<sub>1</sub>", '<span style="vertical-align: super">1</span>'])
def test_a_lowered_or_raised_digit_is_none_of_the_figure(mark: str) -> None:
    document = page(f"<table><tr><td>规章</td><td>12{mark}</td></tr></table>")
    (grid,) = grids(document)
    assert [cell.text for cell in grid.cells] == ["规章", "12¹"]


def test_a_row_s_figures_that_are_a_table_of_their_own_are_figures_of_the_row() -> None:
    inner = "<table><tr><td>12</td><td></td><td>3</td></tr></table>"
    document = page(f"<table><tr><td>规章</td><td colspan=3>{inner}</td></tr><tr><td>许可</td><td>1<td>2<td>4</tr></table>")
    (grid,) = grids(document)
    assert [(cell.row, cell.column, cell.text) for cell in grid.cells] == [
        (0, 0, "规章"),
        (0, 1, "12"),
        (0, 2, ""),
        (0, 3, "3"),
        (1, 0, "许可"),
        (1, 1, "1"),
        (1, 2, "2"),
        (1, 3, "4"),
    ]
