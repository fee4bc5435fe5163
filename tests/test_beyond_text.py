"""Reports of which the figures, or the whole, are not plain text: fields, hidden copies, scripts, tables that hold the page."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable

import pytest

from gov_extract.forms import load_forms
from gov_extract.report import Report, extract
from tests.filled_forms import Values, truth_of
from tests.measure.score import Score, score
from tests.printed import TITLE, Block, Cell, Rows, as_docx, as_html, as_pdf, as_tabs, blocks_of, drawn, spans, tables_of

FORM = load_forms()["2021"]
PREAMBLE = "现将本机关2023年度政府信息公开工作情况报告如下，所列数据的统计期限为2023年1月1日至2023年12月31日。"
ENDING = ["五、存在的主要问题及改进情况", "公开的内容还不够全面，将继续改进。", "某某局", "2024年1月20日"]


def whole(seed: int) -> tuple[Values, list[Block]]:
    """A report with prose around its tables."""
    values, tables = drawn(seed)
    title, *rest = blocks_of(tables)
    return values, [title, PREAMBLE, "一、总体情况", "坚持公开为常态，不公开为例外，主动公开信息30条。", *rest, *ENDING]


def held(data: bytes, values: Values, name: str = "a.html") -> tuple[Report, Score]:
    report = extract(data, name=name)
    return report, score(name, report, truth_of(FORM, values))


def is_exact(result: Score) -> bool:
    return result.exact == result.cells > 190 and result.flags == 0


Dressed = Callable[[str], str]


def dressed(data: bytes, each: Dressed) -> bytes:
    """The page with every cell that holds a figure dressed."""
    return re.sub(r"(<td colspan=1>)(-?\d+)(?=</td>)", lambda cell: cell[1] + each(cell[2]), data.decode()).encode()


@pytest.mark.parametrize(
    "each",
    [
        lambda figure: f'<input type="text" value="{figure}">',
        lambda figure: f"<input value={figure} readonly>",
        lambda figure: f"<textarea rows=1>{figure}</textarea>",
        lambda figure: f"<select><option>77<option selected>{figure}</select>",
        lambda figure: f'<input type="hidden" value="9">{figure}',
        lambda figure: f'<span style="font-size:0">8</span>{figure}',
        lambda figure: f'{figure}<span style="display: none">8</span>',
        lambda figure: f'<span style="text-decoration:line-through">88</span>{figure}',
        lambda figure: f"<del>88</del>{figure}<s>7</s>",
        lambda figure: f'<span class="gone">88</span>{figure}',
        lambda figure: f'{figure}</td><td style="display:none">9',
        lambda figure: f"<b>{figure}</b>",
    ],
)
def test_a_cell_shows_what_a_browser_shows(each: Dressed) -> None:
    values, blocks = whole(3)
    data = dressed(as_html(blocks), each).replace(b"<title>", b"<style>.gone{display:none}</style><title>")
    _, result = held(data, values)
    assert is_exact(result), result.errors[:3]


def test_fields_that_a_script_fills_are_not_taken_for_blanks() -> None:
    values, blocks = whole(3)
    report, _ = held(dressed(as_html(blocks), lambda _: "<input>"), values)
    assert {cell.state for cell in report.cells if cell.table == "active_disclosure"} <= {"unreadable", "missing"}


def test_a_class_that_is_shown_elsewhere_hides_nothing() -> None:
    values, blocks = whole(4)
    data = as_html(blocks).replace(b"<td ", b'<td class="tab on" ')
    data = data.replace(
        b"<title>", b"<style>.tab{display:none} .tab.on{display:table-cell} @media print{.on{display:none}}</style><title>"
    )
    assert is_exact(held(data, values)[1])


def as_string(body: str) -> str:
    return json.dumps(body).replace("</", "<\\/")


def in_pieces(body: str) -> str:
    return "".join(f"s+='{row}';" for row in re.split("(?<=</tr>)", body.replace("'", "\\'")))


CARRIERS: dict[str, Callable[[str], str]] = {
    "a script's string": lambda body: f"<script>var a='x';var content={as_string(body)};</script>",
    "escaped data": lambda body: "<script>D=" + json.dumps({"c": body}).replace("<", "\\u003c") + "</script>",
    "strings in pieces": lambda body: f"<script>{in_pieces(body)}</script>",
    "a string in a string": lambda body: f"<script>var a={as_string(json.dumps({'html': body}))};</script>",
    "noscript": lambda body: f"<noscript>{body}</noscript>",
    "a template": lambda body: f"<template>{body}</template>",
    "a script that is a template": lambda body: f'<script type="text/html">{body}</script>',
    "a field": lambda body: f'<textarea style="display:none">{html.escape(body)}</textarea>',
    "srcdoc": lambda body: f'<iframe width=100% srcdoc="{html.escape(body)}"></iframe>',
    "tags as text": html.escape,
}
"""Where a page can hold a report (its body's source) without showing it as text."""


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_report_that_the_page_carries_without_showing_it(carrier: str) -> None:
    values, blocks = whole(5)
    source = as_html(blocks).decode()
    head, body = source.split("<body>")
    carried = CARRIERS[carrier](body.removesuffix("</body></html>"))
    report, result = held(f"{head}<body>{carried}</body></html>".encode(), values)
    assert is_exact(result), (report.status, result.errors[:3])
    assert "uncovered_text" in {finding.code for finding in report.findings}
    assert (report.metadata.report_year, report.metadata.published_on) == (2023, "2024-01-20")


def test_what_a_page_carries_beside_its_tables_is_left_alone() -> None:
    values, blocks = whole(6)
    other = json.dumps("<table>" + "<tr><td>规章</td><td>5</td></tr>" * 30 + "</table>")
    data = as_html(blocks).replace(b"</body>", f"<script>var old={other};</script></body>".encode())
    report, result = held(data, values)
    assert is_exact(result)
    assert "uncovered_text" not in {finding.code for finding in report.findings}


def test_a_template_s_few_rows_are_no_report_though_the_page_shows_few_figures_as_well() -> None:
    """As where one of the tables stands on the page and the others in an attached file."""
    _, blocks = whole(6)
    shown = as_html([TITLE, next(block for block in reversed(blocks) if not isinstance(block, str))])
    rows = "".join(f"<tr><td>{label}</td><td>{n}</td></tr>" for n, label in enumerate(("行政许可", "行政处罚", "行政强制"), 11))
    template = (
        f'<script type="text/template"><table><tr><td>信息内容</td><td>本年处理决定数量</td></tr>{rows * 3}</table></script>'
    )
    report = extract(shown.replace(b"</body>", f"{template}</body>".encode()))
    assert "uncovered_text" not in {finding.code for finding in report.findings}
    assert {cell.state for cell in report.cells if cell.table == "active_disclosure"} == {"missing"}
    assert {cell.state for cell in report.cells if cell.table == "review_litigation"} == {"read"}


def test_a_page_in_a_frame_is_named() -> None:
    report = extract("<html><body><p>年度报告</p><iframe src='./P0202.htm'></iframe></body></html>".encode(), name="a.html")
    (finding,) = (finding for finding in report.findings if finding.code == "tables_attached")
    assert "P0202.htm" in finding.message


def as_one_table(blocks: list[Block]) -> list[Block]:
    """All blocks as rows of one table: a paragraph is a row of one cell."""
    width = max(sum(n for _, n in spans(row)) for block in blocks if not isinstance(block, str) for row in block)
    rows: Rows = []
    for block in blocks:
        for row in [[block]] if isinstance(block, str) else block:
            *cells, (text, n) = spans(row)
            rows.append([*cells, (text, n + width - sum(n for _, n in spans(row)))])
    return [rows]


@pytest.mark.parametrize("write", [as_html, as_docx, as_pdf])
def test_a_page_set_as_one_table_is_read_like_any_other(write: Callable[[list[Block]], bytes]) -> None:
    values, blocks = whole(7)
    report, result = held(write(as_one_table(blocks)), values, "report")
    assert is_exact(result), result.errors[:3]
    meta = report.metadata
    assert (meta.title, meta.agency, meta.report_year) == ("某某局2023年政府信息公开工作年度报告", "某某局", 2023)
    assert (meta.period_start, meta.period_end, meta.published_on) == ("2023-01-01", "2023-12-31", "2024-01-20")
    found = [section.section for section in report.sections if section.level == 1]
    assert found == ["overview", "active_disclosure", "applications", "review_litigation", "problems"]


def test_titles_of_blocks_and_notes_stay_in_their_table() -> None:
    _, tables = drawn(8)
    values, _ = drawn(8)
    note: list[Cell] = [("注：本表数据由各单位报送。", 4)]
    rows: Rows = [*tables["active_disclosure"], note]
    blocks = blocks_of({**tables, "active_disclosure": rows})
    report, result = held(as_html(blocks), values)
    assert is_exact(result)
    assert all("第二十条" not in section.text for section in report.sections)


def marked(row: list[Cell], mark: str) -> list[Cell]:
    """A row with a mark behind its label."""
    (label, n), *rest = spans(row)
    if not rest or re.fullmatch(r"-?\d*", label) or "情况" in label or "内容" in label:
        return row
    return [(label + mark, n), *rest]


@pytest.mark.parametrize("mark", ["[1]", "①", "¹", "*", "（注1）", "<sup>[2]</sup>"])
def test_marks_of_footnotes_behind_labels_change_nothing(mark: str) -> None:
    values, blocks = whole(9)
    with_marks: list[Block] = [block if isinstance(block, str) else [marked(row, mark) for row in block] for block in blocks]
    _, result = held(as_html(with_marks), values)
    assert result.exact == result.cells, result.errors[:3]


RADICALS = str.maketrans("一人工力大子小日月水用老自行见言金", "⼀⼈⼯⼒⼤⼦⼩⽇⽉⽔⽤⽼⾃⾏⻅⾔⾦")


def in_radicals(block: Block) -> Block:
    if isinstance(block, str):
        return block.translate(RADICALS)
    return [[(text.translate(RADICALS), n) for text, n in spans(row)] for row in block]


@pytest.mark.parametrize("write", [as_html, as_docx, as_tabs])
def test_radicals_of_copied_text_are_characters_in_every_format(write: Callable[[list[Block]], bytes]) -> None:
    values, blocks = whole(10)
    report, result = held(write([in_radicals(block) for block in blocks]), values, "report")
    assert result.exact == result.cells
    assert report.metadata.title == "某某局2023年政府信息公开工作年度报告"
    assert next(section.heading for section in report.sections if section.level == 1) == "总体情况"


@pytest.mark.parametrize(
    "heap",
    [
        "<style>" + "/*" * 100_000 + "none</style>",
        "<style>" + ".a," * 100_000 + "{display:none}</style>",
        "<style>" + "@media x{" * 50_000 + "display:none</style>",
        '<script>"</td>"</script>' * 5_000,
        "<script>" + '"\\' * 100_000 + "</td></script>",
        "<noscript><td>1</td></noscript>" * 3_000,
        '<span style="display:none">' * 5_000,
        "<table>" + "<tr><td><select><option>1" * 5_000,
    ],
)
def test_hostile_pages_are_read_all_the_same(heap: str) -> None:
    # Time that grows with the square of any of these would be minutes.
    report = extract(f"<html><body><p>某县2023年政府信息公开工作年度报告</p>{heap}</body></html>".encode(), name="a.html")
    assert report.metadata.report_year == 2023


def in_divisions(rows: Rows, row: str, cell: str) -> str:
    return "".join(f"<{row}>{''.join(f'<{cell}>{text}</{cell}>' for text, _ in spans(line))}</{row}>" for line in rows)


@pytest.mark.parametrize(("row", "cell"), [("div", "div"), ("ul", "li"), ("div", "span")])
@pytest.mark.parametrize("blank", [False, True])
def test_rows_of_divisions_and_lists_keep_their_empty_cells(row: str, cell: str, blank: bool) -> None:
    values, tables = drawn(12)
    if blank:
        values = {key: "" if key[0] == "applications" and raw == "0" else raw for key, raw in values.items()}
        tables = tables_of(values)
    body = "".join(
        f"<p>{block}</p>" if isinstance(block, str) else f"<div class=t>{in_divisions(block, row, cell)}</div>"
        for block in blocks_of(tables)
    )
    _, result = held(f"<html><meta charset=utf-8><body>{body}</body></html>".encode(), values)
    assert result.exact == result.cells, result.errors[:3]


def test_an_info_box_of_divisions_is_no_table() -> None:
    values, blocks = whole(13)
    pairs = {"索引号": "123456", "发布日期": "2024-02-03", "浏览次数": "55", "主题分类": "3"}
    box = "".join(f"<div><span>{name}：</span><span>{text}</span></div>" for name, text in pairs.items())
    data = as_html(blocks).replace(b"<body>", f"<body><div class=box>{box}</div>".encode())
    report, result = held(data.replace("2024年1月20日".encode(), b""), values)
    assert is_exact(result)
    assert report.metadata.published_on == "2024-02-03"
