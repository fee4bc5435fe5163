"""Text that lost its layout: what order, form and sums tell is read, the rest is open, nothing is wrong without a warning."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fixtures.generator.worn_text import WEARS, available, draw_worn, render_worn
from gov_extract.document import Finding
from gov_extract.forms import load_forms
from gov_extract.forms.labels import normalise
from gov_extract.parse.flat.cutting import summed
from gov_extract.parse.flat.solve import solve
from gov_extract.report import Report, extract
from gov_extract.schema import Cell
from tests.measure.score import Score, score
from tests.measure.stress import EXACT, PARTLY, UNDETERMINED

READY = [wear for wear in WEARS if available()[wear] is None]
LIGHT = [wear for wear in READY if wear not in {"layout", "raw"}]
ROWS = [(row.code, row.label) for row in load_forms()["2021"].tables["applications"].rows]
HEADER = "自然人 商业企业 科研机构 社会公益组织 法律服务机构 其他 总计"
DISCLOSURE = (
    ("第二十条第（一）项", "信息内容 本年制发件数 本年废止件数 现行有效件数", ("规章", "行政规范性文件")),
    ("第二十条第（五）项", "信息内容 本年处理决定数量", ("行政许可",)),
    ("第二十条第（六）项", "信息内容 本年处理决定数量", ("行政处罚", "行政强制")),
    ("第二十条第（八）项", "信息内容 本年收费金额（单位：万元）", ("行政事业性收费",)),
)


def measured(wear: str, seed: int, **force: bool) -> Score:
    plan = draw_worn(seed, wear, **force)
    sample = render_worn([plan], wear)[0]
    return score(sample.name, extract(sample.data, name=sample.name + sample.suffix), sample.truth)


@pytest.mark.parametrize("wear", READY)
def test_every_wear_keeps_its_bound(wear: str) -> None:
    total = Score()
    for seed in (1, 3, 8, 12) if wear in {"layout", "raw"} else range(8):
        total.add(measured(wear, seed, zeros_printed=True, blank_row_totals=False, blank_table=False, blank_document=False))
    assert total.silent == 0
    assert total.failed == 0
    assert total.exact >= (UNDETERMINED if f"worn_{wear}" in PARTLY else EXACT) * total.cells


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(LIGHT))
@example(300450, "lines_kept")  # the same note behind two figures is no running head
def test_nothing_is_wrong_without_a_warning(seed: int, wear: str) -> None:
    assert measured(wear, seed).silent == 0


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 10**6), st.sampled_from(LIGHT), st.sampled_from(["wrong_sum", "row_absent", "figure_note", "zeros_dashed"])
)
def test_wrong_sums_lost_rows_and_notes_mislead_nobody(seed: int, wear: str, tag: str) -> None:
    assert measured(wear, seed, **{tag: True}).silent == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["lines_gone", "oneline", "glued", "html_paragraphs"]))
def test_cells_that_are_gone_are_not_filled_by_luck(seed: int, wear: str) -> None:
    assert measured(wear, seed, zeros_blank=True).silent == 0
    assert measured(wear, seed, zeros_scattered_blank=True).silent == 0


# ── By hand ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def applications(figures: dict[str, list[int]], *, blanks: bool = False, glue: bool = False) -> str:
    """The table one cell a line (or glued), rows without figures all zeros, or without ink."""
    lines = HEADER.split()
    for code, label in ROWS:
        values = figures.get(code, [0] * 6)
        texts = [str(v) for v in [*values, sum(values)]]
        texts = ["" if blanks and text == "0" else text for text in texts]
        lines += [label + "".join(texts)] if glue else [label, *(text for text in texts if text)]
    return ("" if glue else "\n").join(lines) + "\n"


def disclosure(figures: dict[str, str]) -> str:
    lines = []
    for title, header, labels in DISCLOSURE:
        lines += [title, *header.split(), *(label + figures.get(label, "0") for label in labels)]
    return "\n".join(lines) + "\n"


def cells(report: Report, table: str, row: str) -> list[Cell]:
    return [cell for cell in report.cells if (cell.table, cell.row) == (table, row)]


def warned(report: Report, row: str) -> list[Finding]:
    return [f for f in report.findings if f.row == row and f.severity == "warning"]


def read(text: str) -> Report:
    return extract(("一、总体情况\n" + text).encode(), name="a.txt")


BALANCED = {
    "received": [3, 1, 0, 0, 0, 0],
    "granted": [2, 0, 0, 0, 0, 0],
    "refused.state_secret": [1, 1, 0, 0, 0, 0],
    "result_total": [3, 1, 0, 0, 0, 0],
}


def test_one_cell_a_line_is_read_in_order() -> None:
    report = read(applications(BALANCED))
    assert [cell.value for cell in cells(report, "applications", "granted")] == [2, 0, 0, 0, 0, 0, 2]
    assert not [f for f in report.findings if f.table == "applications" and f.severity == "warning" and f.row]


def test_figures_that_two_columns_could_hold_are_left_open() -> None:
    figures = {"received": [4, 4, 0, 0, 0, 0], "granted": [4, 0, 0, 0, 0, 0], "partly_granted": [0, 4, 0, 0, 0, 0],
               "result_total": [4, 4, 0, 0, 0, 0]}  # fmt: skip
    report = read(applications(figures, blanks=True))
    first = cells(report, "applications", "granted")
    assert "unreadable" in {cell.state for cell in first}
    assert first[-1].value == 4  # the total is the same in every reading
    assert warned(report, "granted")
    assert all(cell.state == "blank" for cell in cells(report, "applications", "declined.petition"))


def test_a_digit_for_each_column_is_read_where_zeros_are_printed() -> None:
    report = read(disclosure({"规章": "555", "行政规范性文件": "102"}) + applications(BALANCED, glue=True))
    assert [cell.value for cell in cells(report, "active_disclosure", "art20_1.rules")] == [5, 5, 5]


def test_digits_glued_together_are_left_open_where_cells_may_be_empty() -> None:
    report = read(disclosure({"规章": "555", "行政规范性文件": ""}) + applications(BALANCED, glue=True))
    assert {cell.state for cell in cells(report, "active_disclosure", "art20_1.rules")} == {"unreadable"}
    assert warned(report, "art20_1.rules")


def test_more_digits_than_columns_have_no_reading_without_a_sum() -> None:
    report = read(disclosure({"规章": "5552", "行政规范性文件": "102"}) + applications(BALANCED, glue=True))
    assert {cell.state for cell in cells(report, "active_disclosure", "art20_1.rules")} == {"unreadable"}


def test_glued_figures_are_told_by_rows_and_columns_together() -> None:
    figures = {"received": [31, 14, 0, 0, 2, 0], "granted": [20, 11, 0, 0, 2, 0], "refused.other_law": [11, 3, 0, 0, 0, 0],
               "result_total": [31, 14, 0, 0, 2, 0]}  # fmt: skip
    report = read(applications(figures, glue=True))
    for row, values in figures.items():
        assert [cell.value for cell in cells(report, "applications", row)] == [*values, sum(values)]
    assert not [f for f in report.findings if f.code == "told_by_sums" and f.severity == "warning"]


def test_a_wrong_total_is_no_reason_to_move_a_figure() -> None:
    text = applications(BALANCED, glue=True).replace("予以公开2000002", "予以公开2000003")
    report = read(text)
    got = cells(report, "applications", "granted")
    assert [cell.value for cell in got] == [2, 0, 0, 0, 0, 0, 3] or all(cell.value is None for cell in got)
    failing = {check.scope for check in report.checks if check.passed is False}
    assert warned(report, "granted") or "row:granted" in failing


def test_a_table_without_row_totals_is_read_by_its_columns() -> None:
    text = applications(BALANCED)
    lines: list[str] = []
    for line in text.splitlines():
        lines.append(line)
        if sum(char.isdigit() for char in "".join(lines[-7:])) == 7 and all(part.isdigit() for part in lines[-7:]):
            lines.pop()
    report = read("\n".join(lines) + "\n")
    got = cells(report, "applications", "received")
    assert [cell.value for cell in got] == [3, 1, 0, 0, 0, 0, None]
    assert got[-1].state == "blank"


def test_the_number_of_a_page_is_no_figure() -> None:
    lines = applications(BALANCED).splitlines()
    at = lines.index("2.重复申请")
    text = "\n".join(["- 1 -", *lines[:at], "- 2 -", *lines[at:], "- 3 -"])
    report = read(text)
    assert [cell.value for cell in cells(report, "applications", "declined.petition")] == [0] * 7


def test_a_row_that_the_report_adds_is_kept() -> None:
    text = disclosure({}).replace("规章0", "规章\n1\n0\n0\n其他文件\n4\n5\n6").replace("性文件0", "性文件\n0\n0\n0")
    report = read(text + applications(BALANCED))
    assert [cell.value for cell in cells(report, "active_disclosure", "extra.1")] == [4, 5, 6]
    assert [cell.value for cell in cells(report, "active_disclosure", "art20_1.rules")] == [1, 0, 0]


def test_labels_are_the_same_in_either_script_and_with_readings() -> None:
    assert normalise("一、本年新收政府資訊公開申請數量") == normalise("一、本年新收政府信息公开申请数量")
    assert normalise("1.信访举报(bào)投诉类（lèi）申请") == normalise("1.信访举报投诉类申请")


def test_a_unit_in_traditional_script_counts() -> None:
    text = disclosure({"规章": "\n1\n0\n0", "行政规范性文件": "\n0\n0\n0", "行政事业性收费": "\n20000"})
    text = text.replace("单位：万元", "單位：元").replace("\n\n", "\n")
    fees = cells(read(text + applications(BALANCED)), "active_disclosure", "art20_8.administrative_fees")
    assert [cell.value for cell in fees] == [2.0]


def test_every_cut_with_the_right_sum_is_found() -> None:
    rng = random.Random(1)
    for _ in range(50):
        figures = [rng.choice([0, 0, 3, 12, 250]) for _ in range(6)]
        digits = "".join(map(str, [*figures, sum(figures)]))
        assert tuple(map(str, [*figures, sum(figures)])) in {cut for cut, left in summed(digits, 7) if not left}


def test_solving_never_drops_the_true_reading() -> None:
    form = load_forms()["2021"]
    table = form.tables["applications"]
    codes = [column.code for column in table.columns]
    zero: tuple[Any, ...] = ("0",) * 7
    true = {"received": ("3", *zero[:5], "3"), "granted": ("3", *zero[:5], "3"), "result_total": ("3", *zero[:5], "3")}
    ways = {
        i: (true.get(row.code, zero), ("0", "3", "0", "0", "0", "0", "3")) if row.code in true else (zero,)
        for i, row in enumerate(table.rows)
    }
    solved = solve(form, "applications", [row.code for row in table.rows], codes, ways)
    assert solved.whole
    assert all(true[row.code] in solved.ways[i] for i, row in enumerate(table.rows) if row.code in true)
    assert all(len(solved.ways[i]) == 2 for i, row in enumerate(table.rows) if row.code in true)


def test_headers_of_a_table_that_is_read_are_no_labels_of_one_that_lost_its_layout() -> None:
    """As where the other one is turned round, and its header torn: its first label is not found."""
    from tests.printed import as_tabs, blocks_of, drawn

    values, tables = drawn(5, "2019")
    disclosure = [row for row in tables["active_disclosure"] if str(row[0]) not in ("其他对外管理服务事项", "政府集中采购")]
    turned = """三、收到和处理政府信息公开申请情况
本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和\t一、本年新收政府信息公开申请数量\t二、上年结转政府信息公开申请数量\t三、本年度办理结果\t四、结转下年度继续办理
(一) 予以公开\t(二)部分公开\t(三)不予公开\t(四)无法提供\t(五)不予处理\t(六)其他处理\t(七)总计
1.属于国家秘密\t2.其他法律行政法规禁止公开的\t3.危及“三安全一稳定”\t4.保护第三方合法权益\t5.属于三类内部事务信息\t6.属于四类过程性信息\t7.属于行政执法案卷\t8.属于行政查询事项\t1.本机关不掌相关政府信息\t2.没有现成信息，需要另行制作\t3.补正后申请内容仍不明确\t1.信访举报投诉类申请\t2.重复申请\t3.要求提供公开出版物\t4.无正当理由大量反复申请\t5.要求行政机关确认或重新出具已获取信息
申请人情况\t自然人\t401\t1357\t9\t0\t0\t680\t0\t1012\t0\t0\t0\t5\t13\t14\t0\t0\t16\t0\t0\t0\t9\t1758\t0
法人或其他组织\t商业企业\t1153\t0\t0\t39\t0\t0\t0\t529\t515\t0\t0\t0\t0\t0\t53\t0\t0\t0\t0\t0\t17\t1153\t0
科研机构\t60\t0\t0\t60\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t60\t0
社会公益组织\t320\t0\t0\t320\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t320\t0
法律服务机构\t5\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t5\t0\t0\t0\t5\t0
其他\t439\t0\t20\t55\t23\t8\t0\t0\t0\t0\t0\t0\t214\t14\t0\t0\t0\t94\t0\t0\t11\t439\t0
总计\t2378\t1357\t29\t474\t23\t688\t0\t1541\t515\t0\t0\t5\t227\t28\t53\t0\t16\t99\t0\t0\t37\t3735\t0
"""
    text = as_tabs(blocks_of({"active_disclosure": disclosure})).decode() + "\n" + turned
    report = extract(text.encode(), name="report.txt")
    cells = [cell for cell in report.cells if cell.table == "active_disclosure"]
    assert {cell.form for cell in cells} == {"2019"}
    printed = {(row, column): value for (table, row, column), value in values.items() if table == "active_disclosure"}
    read = {(cell.row, cell.column): cell.value for cell in cells if cell.state == "read"}
    assert read == {
        key: float(value)
        for key, value in printed.items()
        if key[0] not in ("art20_5.other_services", "art20_9.central_procurement")
    }
