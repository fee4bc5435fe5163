"""The annex of 2014 in text that lost its layout: what it prints is read, and what could be another column's is not."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest

from gov_extract.forms import load_forms
from gov_extract.report import Report, extract
from tests.filled_forms import Values, indicator_rows, random_values

FORM = load_forms()["2014"]
TABLE = FORM.tables["statistics"]
Rows = list[list[str]]
BEFORE = "某县教育局2016年政府信息公开工作年度报告\n\n2016年，我局认真做好政府信息公开工作。\n\n政府信息公开情况统计表\n\n"


def drawn(blank: str = "0") -> tuple[Values, Rows]:
    values = {key: raw if raw != "0" else blank for key, raw in random_values(FORM, random.Random(5)).items()}
    return values, indicator_rows(TABLE, values)


def report_of(body: str) -> Report:
    return extract((BEFORE + body).encode())


def printed(values: Values) -> dict[str, float | None]:
    return {code: float(raw) if raw.isdigit() else None for (_, code, _), raw in values.items()}


def warnings(report: Report) -> set[str]:
    return {f.code for f in report.findings if f.severity != "info"}


def lines(rows: Sequence[Sequence[str]], *, keep: bool = True) -> str:
    return "\n".join(text for row in rows for text in row if text or keep)


FLAT: dict[str, Callable[[Rows], str]] = {
    "cells": lines,
    "cells without empty ones": lambda rows: lines(rows, keep=False),
    "one line": lambda rows: " ".join(text for row in rows for text in row),
    "no white space": lambda rows: "".join(text for row in rows for text in row),
    "without units": lambda rows: lines([[label, figure] for label, _, figure in rows]),
    "colons": lambda rows: "\n".join(f"{label}：{figure}{unit}" for label, unit, figure in rows[1:]),
    "ampersands": lambda rows: "\n".join(" & ".join(row) for row in rows),
    "quotes": lambda rows: "\n".join("[" + ", ".join(f'"{text}"' for text in row) + "]" for row in rows),
    "units in the labels": lambda rows: lines(
        [[label if unit == "——" else f"{label}（单位：{unit}）", figure] for label, unit, figure in rows[1:]]
    ),
}


@pytest.mark.parametrize("flatten", FLAT.values(), ids=FLAT)
@pytest.mark.parametrize("blank", ["0", ""])
def test_an_annex_that_lost_its_layout_is_read(flatten: Callable[[Rows], str], blank: str) -> None:
    values, rows = drawn(blank)
    report = report_of(flatten(rows))
    assert {c.row: c.value for c in report.cells} == printed(values)
    assert (report.form, report.status, warnings(report)) == ("2014", "complete", set())


def test_a_note_beside_a_figure_is_its_note_and_a_row_of_the_agency_s_own_leaves_one_row_open() -> None:
    values, rows = drawn()
    rows[6][2] += "（含微博12条）"
    rows.insert(20, ["县区上报信息数", "条", "77"])
    report = report_of(lines(rows))
    (noted,) = [c for c in report.cells if c.raw and "微博12" in c.raw]
    assert (noted.value, noted.note) == (printed(values)[noted.row], "（含微博12条）")
    assert [c.row for c in report.cells if c.state == "unreadable"] == ["responses.weibo_wechat"]
    assert {c.row: c.value for c in report.cells if c.state == "read"}.items() <= printed(values).items()


OTHERS: dict[str, Callable[[Rows], Rows]] = {
    "numbers of rows before": lambda rows: [[str(n), *row] for n, row in enumerate(rows)],
    "numbers of rows behind": lambda rows: [[row[0], str(n), *row[1:]] for n, row in enumerate(rows)],
    "numbers of rows behind units": lambda rows: [[row[0], row[1], str(n), row[2]] for n, row in enumerate(rows)],
    "another year before": lambda rows: [[row[0], row[1], str(n * 3), row[2]] for n, row in enumerate(rows)],
    "last year behind": lambda rows: [[*row, "上年" if n == 0 else str(n * 3) if n % 4 else ""] for n, row in enumerate(rows)],
    "figures before labels": lambda rows: [row[::-1] for row in rows],
    "columns one behind the other": lambda rows: [[row[k] for row in rows] for k in range(3)],
}


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("blank", ["0", ""])
@pytest.mark.parametrize("keep", [True, False])
def test_of_text_with_other_figures_nothing_is_read_and_it_is_told(
    change: Callable[[Rows], Rows], blank: str, *, keep: bool
) -> None:
    _, rows = drawn(blank)
    report = report_of(lines(change(rows), keep=keep))
    assert not any(c.state in ("read", "blank", "dash") for c in report.cells)
    assert warnings(report) & {"tables_unread", "columns_unsure"}


def test_digits_that_may_be_a_label_s_number_leave_the_row_open() -> None:
    values, rows = drawn()
    rows[32] = [rows[32][0].replace("其中：", "1."), *rows[32][1:]]  # 件0 1.涉及国家秘密: the form has no number there
    report = report_of("".join(text for row in rows for text in row))
    wrong = {c.row for c in report.cells if c.state == "read" and c.value != printed(values)[c.row]}
    assert not wrong


def test_labels_within_lines_of_which_no_table_could_be_made_are_told() -> None:
    _, rows = drawn()
    report = report_of("，".join(f"{label}共{figure}" for label, _, figure in rows))
    assert (report.status, warnings(report)) == ("no_tables", {"tables_unread"})


SIGNS = ["\ufffd{}", "{}\ufffd", "{} \ufffd", "\ufffd", "{}%", "{} %", "＞{}", "{}*", "¥{}.5", "({})"]


@pytest.mark.parametrize("printed_as", SIGNS)
@pytest.mark.parametrize("at", [7, -1])
@pytest.mark.parametrize("unit", [True, False])
def test_a_figure_with_a_sign_that_may_change_it_is_told_and_not_read(printed_as: str, at: int, *, unit: bool) -> None:
    values, rows = drawn()
    brackets = printed_as.startswith("(")
    rows[at][2] = printed_as.format("10")
    report = report_of(
        "\n".join(f"{r[0]}{'' if brackets else '：'}{r[2]}{r[1] * unit if r[1] != '——' else ''}" for r in rows[1:])
    )
    (odd,) = [c for c in report.cells if c.state != "read"]
    assert (odd.state, odd.value) == ("unreadable", None)
    assert "figure_unreadable" in warnings(report)
    assert {c.row: c.value for c in report.cells if c.state == "read"}.items() <= printed(values).items()


@pytest.mark.parametrize("at", [7, -1])
@pytest.mark.parametrize("bracket", ["（10）", "(10)", "（10件）", "（\ufffd）"])
def test_a_bracket_of_figures_between_label_and_figure_leaves_the_row_open(bracket: str, at: int) -> None:
    _, rows = drawn()
    rows[at][2] = f"{bracket}6"
    report = report_of("\n".join(row[0] + row[2] for row in rows[1:]))
    (odd,) = [c for c in report.cells if c.state != "read"]
    assert (odd.state, odd.raw) == ("unreadable", f"{bracket}；6")


@pytest.mark.parametrize("mark", ["*", "※", "◆"])
def test_a_mark_at_a_label_is_no_part_of_a_figure(mark: str) -> None:
    values, rows = drawn()
    for text in ("\n".join(f"{mark}{r[0]}：{r[2]}" for r in rows[1:]), "\n".join(f"{r[0]}{mark}：{r[2]}" for r in rows[1:])):
        report = report_of(text)
        assert {c.row: c.value for c in report.cells} == printed(values)


@pytest.mark.parametrize("behind", ["件", " 件", "：", "万元", "（人次）", "。", " |", "件；", "%"])
def test_figures_with_units_or_signs_before_their_labels_are_not_those_of_the_rows_above(behind: str) -> None:
    _, rows = drawn()
    report = report_of("\n".join(f"{figure}{behind}\n{label}" for label, _, figure in rows[1:] if figure != "——"))
    assert not any(c.state in ("read", "blank", "dash") for c in report.cells)
    assert warnings(report) & {"tables_unread", "columns_unsure"}


@pytest.mark.parametrize("before", ["2016年", "（2017-03-05）", "2017年3月5日", "附件1：", "全年共公开信息12条。", "第3期"])
def test_a_date_or_a_number_before_the_first_label_is_no_figure_of_the_table(before: str) -> None:
    values, rows = drawn()
    report = report_of(before + "\n" + lines(rows[1:]))
    assert {c.row: c.value for c in report.cells} == printed(values)
