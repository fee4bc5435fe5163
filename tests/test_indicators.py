"""The annex of 2014 to 2018, indicator | unit | value, and local annexes before it: what is read, what is flagged."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest

from gov_extract.document import Box, Document, Grid, GridCell, Line, Page, Reading, Word
from gov_extract.forms import load_forms
from gov_extract.parse.indicators import unit_factor
from gov_extract.report import Report, extract, understand
from tests.filled_forms import Values, filled, indicator_rows, random_values

FORM = load_forms()["2014"]
TABLE = FORM.tables["statistics"]
Rows = list[list[str]]
TITLE = "<h1>某县教育局2016年政府信息公开工作年度报告</h1><p>2016年，我局认真做好政府信息公开工作。</p>"


def values(seed: int = 1, **changes: str) -> Values:
    drawn = random_values(FORM, random.Random(seed))
    return drawn | {("statistics", code.replace("__", "."), "value"): raw for code, raw in changes.items()}


def page(*tables: Sequence[Sequence[str]], before: str = TITLE) -> Report:
    """The report of a web page with these tables, each a list of rows of cells."""
    body = ""
    for rows in tables:
        lines = ("".join(f"<td>{text}</td>" for text in row) for row in rows)
        body += "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table><p></p>"
    return extract(f"<html><body>{before}{body}</body></html>".encode())


def cell(report: Report, row: str) -> tuple[float | None, str]:
    (found,) = [c for c in report.cells if c.row == row]
    return found.value, found.state


def warnings(report: Report) -> set[tuple[str, str | None]]:
    return {(f.code, f.row) for f in report.findings if f.severity != "info" and f.table}


def with_column(rows: Rows, at: int, header: str, text: Callable[[int], str]) -> Rows:
    """The rows with one more column: `text` of the number of the row, for those with figures."""
    shown, number = [], 0
    for row in rows:
        figures = row[-1].isdigit()
        number += figures
        added = header if row is rows[0] else text(number) if figures else ""
        shown.append([*row[:at], added, *row[at:]])
    return shown


def printed(drawn: Values) -> dict[str, float]:
    return {code: float(raw) for (_, code, _), raw in drawn.items()}


def read(report: Report) -> dict[str, float | None]:
    return {c.row: c.value for c in report.cells if not c.row.startswith("extra.")}


def test_the_form_has_58_indicators_each_with_its_unit() -> None:
    assert len(TABLE.rows) == 58
    units = {row.code: row.columns[0].unit for row in TABLE.rows}
    assert (units["disclosed"], units["fees"], units["trainees"], units["responses"]) == ("条", "万元", "人次", "次")


def test_an_annex_is_complete_and_of_form_2014() -> None:
    drawn = values()
    report = page(indicator_rows(TABLE, drawn))
    assert (report.form, report.status, warnings(report)) == ("2014", "complete", set())
    assert read(report) == printed(drawn)
    assert {c.check for c in report.checks if c.passed} >= {"channel_sum", "answer_sum", "refusal_sum", "staff_sum"}


@pytest.mark.parametrize("at", [0, 2])
@pytest.mark.parametrize("text", ["{:02d}", "{}", "A{:02d}"])
def test_a_number_in_a_column_of_its_own_is_no_figure(at: int, text: str) -> None:
    drawn = values(2)
    report = page(with_column(indicator_rows(TABLE, drawn), at, "代码", text.format))
    assert read(report) == printed(drawn)
    assert warnings(report) == set()


def test_the_value_is_the_period_s_and_the_cumulative_figure_is_extra() -> None:
    drawn = values(3)
    rows = with_column(indicator_rows(TABLE, drawn), 3, "累计", lambda n: str(1000 + n))
    rows[0][2] = "本期"
    report = page(rows)
    assert read(report) == printed(drawn)
    extra = [c for c in report.cells if c.row.startswith("extra.")]
    assert [c.value for c in extra] == [1000.0 + n for n in range(1, 59)]
    assert extra[0].label == "（一）主动公开政府信息数 累计"
    assert warnings(report) == set()


@pytest.mark.parametrize("at", [2, 3])
def test_of_columns_of_two_years_the_report_s_own_is_read(at: int) -> None:
    drawn = values(4)
    rows = with_column(indicator_rows(TABLE, drawn), at, "2015年", lambda n: str(500 + n))
    rows[0][5 - at] = "2016年"
    assert read(page(rows)) == printed(drawn)


def test_columns_of_years_of_which_none_is_the_report_s_own_are_not_read() -> None:
    rows = with_column(indicator_rows(TABLE, values(4)), 3, "2011年", str)
    rows[0][2] = "2010年"
    report = page(rows)
    assert {c.state for c in report.cells if not c.row.startswith("extra.")} == {"unreadable"}


def test_blank_is_not_zero() -> None:
    report = page(indicator_rows(TABLE, values(5, complaints="", received__fax="0")))
    assert cell(report, "complaints") == (None, "blank")
    assert cell(report, "received.fax") == (0.0, "read")
    assert ("row_missing", "complaints") not in warnings(report)


def test_the_printed_unit_converts_the_figure() -> None:
    rows = indicator_rows(TABLE, values(6, fees="251000", disclosed="2"))
    rows = [[a, "元" if "收取的费用" in a else "万条" if "主动公开政府信息数" in a else b, c] for a, b, c in rows]
    report = page(rows)
    assert cell(report, "fees") == (25.1, "read")
    assert cell(report, "disclosed") == (20_000.0, "read")
    assert warnings(report) == set()


def test_a_unit_of_another_kind_is_told_of() -> None:
    rows = [["" + a, "万元" if "按时办结" in a else b, c] for a, b, c in indicator_rows(TABLE, values(7))]
    assert ("unit_unsure", "concluded.on_time") in warnings(page(rows))


def test_a_lost_unit_of_money_is_told_of_where_the_other_differs_from_the_form() -> None:
    rows = indicator_rows(TABLE, values(7))
    rows = [[a, "元" if "收取的费用" in a else "" if "专项经费" in a else b, c] for a, b, c in rows]
    assert ("unit_unsure", "budget") in warnings(page(rows))


def test_rows_of_one_label_are_told_by_what_they_stand_under() -> None:
    outcomes = {"review": "7", "review__upheld": "4", "review__corrected": "2", "review__other": "1"}
    outcomes |= {"litigation": "9", "litigation__upheld": "5", "litigation__corrected": "3", "litigation__other": "1"}
    drawn = values(8, **outcomes)
    rows = indicator_rows(TABLE, drawn)
    rows = [["维持具体行政行为数" if "维持具体行政行为" in a else a, b, c] for a, b, c in rows]
    report = page(rows)
    assert [cell(report, f"{f}.upheld")[0] for f in ("review", "litigation")] == [4.0, 5.0]
    report = page([row for row in rows if "行政诉讼数量" not in row[0] and "行政复议数量" not in row[0]])
    assert [cell(report, f"{f}.corrected")[0] for f in ("review", "litigation")] == [2.0, 3.0]


def test_one_row_whose_label_two_rows_have_is_told_of() -> None:
    gone = ("行政复议数量", "行政诉讼数量", "维持具体行政行为", "其他情形数")
    rows = [row for row in indicator_rows(TABLE, values(9)) if not any(word in row[0] for word in gone)]
    second = max(k for k, row in enumerate(rows) if "被依法纠错数" in row[0])
    report = page(rows[:second] + rows[second + 1 :])
    taken = [c.row for c in report.cells if c.row.endswith(".corrected") and c.state == "read"]
    assert all(("row_by_order", row) in warnings(report) for row in taken)


def test_an_annex_in_two_tables_is_one() -> None:
    drawn = values(10)
    rows = indicator_rows(TABLE, drawn)
    report = page(rows[:25], [rows[0], *rows[25:]])
    assert read(report) == printed(drawn)
    assert warnings(report) == set()


def test_prose_with_the_same_labels_is_not_the_table() -> None:
    drawn = values(11)
    prose = "<p>（一）收到申请数 77</p><p>1.当面申请数 66</p><p>（二）申请办结数 55</p><p>六、举报投诉数量 44</p>"
    report = page(indicator_rows(TABLE, drawn), before=TITLE + prose)
    assert read(report) == printed(drawn)
    assert warnings(report) == set()


def test_a_report_of_prose_has_no_tables_and_no_failure() -> None:
    text = "全年主动公开政府信息数1234条，收到申请数12件，行政复议数量0件，行政诉讼数量0件，举报投诉数量0件。"
    report = page(before=TITLE + f"<p>{text}</p>")
    assert (report.status, report.form, report.cells, report.error) == ("no_tables", None, (), None)


def test_rows_that_a_report_adds_keep_label_unit_and_value() -> None:
    rows = indicator_rows(TABLE, values(12))
    at = next(k for k, row in enumerate(rows) if "信函申请数" in row[0])
    rows.insert(at + 1, ["5.电子邮件申请数", "件", "31"])
    rows.insert(3, ["其中：门户网站访问量", "万人次", "2.5"])
    report = page(rows)
    extra = [(c.label, c.unit, c.value) for c in report.cells if c.row.startswith("extra.")]
    assert extra == [("其中：门户网站访问量", "万人次", 2.5), ("5.电子邮件申请数", "件", 31.0)]
    assert ("extra_row", "extra.1") in warnings(report)


def test_an_annex_with_rows_named_like_those_of_later_forms_stays_one_table() -> None:
    rows = indicator_rows(TABLE, values(13))
    rows += [["信访举报投诉类申请", "件", "3"], ["重复申请", "件", "4"], ["行政许可", "件", "5"], ["行政处罚", "件", "6"]]
    report = page(rows)
    assert (report.form, {c.table for c in report.cells}) == ("2014", {"statistics"})


def tables_of(form: str) -> list[Rows]:
    """The tables of a plain filled-in form, row by row."""
    grids = [block for block in filled(form, 3)[0].pages[0].blocks if isinstance(block, Grid)]
    return [[[c.text for c in grid.cells if c.row == r] for r in range(grid.n_rows)] for grid in grids]


def test_a_table_of_other_figures_beside_the_form_of_2021_is_no_annex() -> None:
    other = [["指标", "单位", "数量"], ["主动公开政府信息数", "条", "12"], ["收到申请数", "件", "3"], ["当面申请数", "件", "1"]]
    report = page(other, *tables_of("2021"))
    assert {c.form for c in report.cells} == {"2021"}
    assert {c.table for c in report.cells} == {"active_disclosure", "applications", "review_litigation"}


@pytest.mark.parametrize("form", ["2019", "2021"])
def test_an_annex_beside_a_later_form_s_tables_is_mixed(form: str) -> None:
    drawn = values(14)
    report = page(*tables_of(form), indicator_rows(TABLE, drawn))
    assert report.form == "mixed"
    assert {c.table: c.form for c in report.cells} == {
        "active_disclosure": form, "applications": form, "review_litigation": form, "statistics": "2014",
    }  # fmt: skip
    assert {c.row: c.value for c in report.cells if c.table == "statistics"} == printed(drawn)
    assert warnings(report) == warnings(page(*tables_of(form)))


@pytest.mark.parametrize("gap", [" ", "  ", "\t", " | "])
def test_an_annex_as_text_keeps_its_figures(gap: str) -> None:
    drawn = values(15)
    lines = [gap.join(row) for row in indicator_rows(TABLE, drawn)]
    report = extract(("某县教育局2016年政府信息公开工作年度报告\n\n" + "\n".join(lines)).encode())
    assert read(report) == printed(drawn)
    assert warnings(report) == set()


LOCAL = [
    ["指标名称", "计量单位", "代码", "本期实际", "本年累计"],
    ["主动公开文件数（不同渠道和方式公开相同内容计1条）", "条", "1", "215", "215"],
    ["其中：全文电子化的主动公开文件数", "条", "2", "200", "200"],
    ["网站专栏页面访问量", "万人次", "3", "1.2", "1.2"],
    ["公共查阅点接待人数", "人次", "4", "", ""],
    ["申请总数", "条", "5", "17", "17"],
    ["其中：1.当面申请数", "条", "6", "3", "3"],
    ["2.传真申请数", "条", "7", "0", "0"],
    ["对申请的答复总数", "条", "8", "17", "17"],
    ["其中：1.同意公开答复数", "条", "9", "9", "9"],
    ["行政复议数", "件", "10", "0", "0"],
    ["行政诉讼数", "件", "11", "0", "0"],
    ["处理政府信息公开的实际支出", "万元", "12", "0.8", "0.8"],
]


def test_a_local_annex_is_kept_row_by_row() -> None:
    report = page(LOCAL, before=TITLE.replace("2016", "2010"))
    assert all(c.row.startswith("extra.") and c.table == "statistics" for c in report.cells)
    found = {c.label: (c.unit, c.value, c.state) for c in report.cells}
    assert found["主动公开文件数（不同渠道和方式公开相同内容计1条）"] == ("条", 215.0, "read")
    assert found["网站专栏页面访问量"] == ("万人次", 1.2, "read")
    assert found["公共查阅点接待人数"] == ("人次", None, "blank")
    assert found["处理政府信息公开的实际支出"] == ("万元", 0.8, "read")
    assert found["申请总数 本年累计"] == ("条", 17.0, "read")
    assert ("local_annex", None) in warnings(report)
    assert report.status == "complete"


def test_a_local_annex_beside_rows_of_another_form_is_kept_as_well() -> None:
    late = [["信息内容", "本年处理决定数量"], ["行政许可", "601"], ["行政处罚", "108"], ["行政强制", "421"]]
    report = page(LOCAL, late, before=TITLE.replace("2016", "2010"))
    assert ("local_annex", None) in warnings(report)
    found = {c.label: c.value for c in report.cells if c.table == "statistics"}
    assert found["主动公开文件数（不同渠道和方式公开相同内容计1条）"] == 215.0
    read = {(c.row, c.value) for c in report.cells if c.table == "active_disclosure" and c.state == "read"}
    assert read == {("art20_5.licensing", 601.0), ("art20_6.penalties", 108.0), ("art20_6.compulsion", 421.0)}


def test_labels_torn_at_the_end_of_flattened_indicators_keep_their_figures() -> None:
    spec = load_forms()["2014"].tables["statistics"]
    drawn = random_values(load_forms()["2014"], random.Random(4))
    head, *rows = indicator_rows(spec, drawn)
    lines = ["某县教育局2016年政府信息公开工作年度报告", "\t".join([head[0], head[1], "序号", head[2]])]
    for n, row in enumerate(rows, 1):
        label = f"{row[0][:4]}\n{row[0][4:]}" if n > len(rows) - 3 else row[0]
        lines.append("\t".join([label, row[1], str(n), row[2] if n < len(rows) else ""]))
    report = extract("\n".join(lines).encode(), name="a.txt")
    found = {c.row: (c.state, c.value) for c in report.cells}
    *others, last = [row.code for row in spec.rows]
    assert [found[code] for code in others] == [("read", float(drawn["statistics", code, "value"])) for code in others]
    assert found[last] == ("blank", None)


def test_lines_of_torn_labels_do_not_part_the_report_s_date_from_its_end() -> None:
    head, *rows = indicator_rows(TABLE, values(4))
    lines = ["某县教育局2016年政府信息公开工作年度报告", "一、概述", "2016年，我局认真做好政府信息公开工作。", "某县教育局"]
    lines += ["2017年3月5日", "\t".join(head)]
    for label, *rest in rows:
        cut = len(label) // 2
        lines += [label[:cut], "\t".join([label[cut:], *rest])] if len(label) > 10 else ["\t".join([label, *rest])]
    report = extract("\n".join(lines).encode(), name="a.txt")
    assert report.metadata.published_on == "2017-03-05"
    assert not any("政府网站" in section.text for section in report.sections)


@pytest.mark.parametrize("gap", ["\t", " | "])
def test_an_added_row_before_one_left_blank_lends_it_no_figure(gap: str) -> None:
    rows = indicator_rows(TABLE, values(9, staff="", staff__full_time="", staff__part_time=""))
    at = next(k for k, row in enumerate(rows) if "工作人员数" in row[0])
    rows[at][0] = "（三）从事政府信息公开的工作人员数"
    rows.insert(at, ["政府信息公开窗口接待人数", "人次", "89"])
    lines = [gap.join(row) for row in rows]
    report = extract(("某县教育局2016年政府信息公开工作年度报告\n\n" + "\n".join(lines)).encode(), name="a.txt")
    assert cell(report, "staff") == (None, "blank")
    assert [(c.label, c.value) for c in report.cells if c.row.startswith("extra.")] == [("政府信息公开窗口接待人数", 89.0)]


def test_a_small_table_of_other_figures_is_no_local_annex() -> None:
    rows = [["指标", "单位", "数量"], ["网站访问量", "万人次", "3"], ["微博条数", "条", "2"], ["培训", "次", "1"]]
    assert page(rows).status == "no_tables"


@pytest.mark.parametrize(
    ("unit", "form", "kind", "factor"),
    [
        ("元", "万元", "converted", 0.0001),
        ("万元", "万元", "same", 1.0),
        (None, "件", "same", 1.0),
        ("份", "件", "alike", 1.0),
        ("期", "次", "alike", 1.0),
        ("万件", "件", "converted", 10_000.0),
        ("人", "人次", "alike", 1.0),
        ("人", "件", "other", 1.0),
        ("次", "件", "other", 1.0),
        ("件", "万元", "other", 1.0),
    ],
)
def test_units_convert_stand_for_each_other_or_contradict(unit: str | None, form: str, kind: str, factor: float) -> None:
    found, by = unit_factor(unit, form)
    assert (found, by) == (kind, factor)


@pytest.mark.parametrize("parts", [2, 3])
def test_an_annex_in_parts_side_by_side_is_read_part_by_part(parts: int) -> None:
    drawn = values(16)
    head, *rows = indicator_rows(TABLE, drawn)
    height = -(-len(rows) // parts)
    columns = [[*rows[k * height : (k + 1) * height], *([["", "", ""]] * height)][:height] for k in range(parts)]
    side_by_side = [head * parts, *([text for row in line for text in row] for line in zip(*columns, strict=True))]
    text = "某县教育局2016年政府信息公开工作年度报告\n\n" + "\n".join("\t".join(row) for row in side_by_side)
    for report in (page(side_by_side), extract(text.encode(), name="a.txt")):
        assert read(report) == printed(drawn)
        assert warnings(report) == set()


@pytest.mark.parametrize(("shift", "told"), [(0.0, True), (8.0, True), (60.0, False)])
def test_words_below_a_header_of_cells_on_the_page_before_are_told_by_its_years(shift: float, told: bool) -> None:
    """A page that lies so far to the side that units stand under another head is not read by it."""
    form = load_forms()["2014"]
    drawn = random_values(form, random.Random(5))
    heads = ("指标名称", "单位", "2014年", "2013年")
    cells = tuple(GridCell(0, k, 1, 1, (Reading(text, "pdfium"),)) for k, text in enumerate(heads))
    header = Grid(cells, 1, 4, "filled", 1, Box(48, 715, 564, 737), (48.0, 352.0, 402.0, 483.0, 564.0))
    lines, text = [], ""
    for n, (label, unit, figure) in enumerate(indicator_rows(form.tables["statistics"], drawn)[1:]):
        y, placed = 40 + 20.0 * n, [(label, 51), (unit, 354), (figure, 440), ("14", 486)]
        words = tuple(Word(t, Box(x + shift, y, x + shift + (9 if x == 51 else 5) * len(t), y + 9)) for t, x in placed if t)
        lines.append(Line(words, 2, Box(51, y, 500, y + 9)))
        text += " ".join(word.text for word in words) + "\n"
    rules = tuple(Box(48 + shift, 35 + 20.0 * n, 564 + shift, 35 + 20.0 * n) for n in range(len(lines) + 1))
    title = Line((Word("2014年政府信息公开工作年度报告", Box(180, 100, 430, 118)),), 1, Box(180, 100, 430, 118))
    pages = (Page(1, 612.0, 792.0, (title, header), " ".join(heads)), Page(2, 612.0, 1300.0, tuple(lines), text, rules=rules))
    report = understand(Document("application/pdf", pages), b"", "")
    known = {cell.row: cell.value for cell in report.cells if cell.state == "read" and not cell.row.startswith("extra.")}
    assert known == ({row: float(raw) for (_, row, _), raw in drawn.items()} if told else {})
