"""The second evidence: what stands in the source around a row's figures."""

from __future__ import annotations

import pytest
import regex

from gov_extract.document import Document, Page
from gov_extract.parse.evidence import Evidence

ROW = "三、保护第三方合法权益"


def evidence(*pages: str) -> Evidence:
    return Evidence(Document("application/pdf", tuple(Page(n, 595.0, 842.0, (), text) for n, text in enumerate(pages, 1))))


@pytest.mark.parametrize("margin", ["- 1 -\n", "某某局2023年度报告\n", "- 1 -\n某某局2023年度报告\n"])
def test_page_margins_between_a_label_and_its_figures(margin: str) -> None:
    head = "某某局2023年度报告\n" if "某某局" in margin else ""
    number = "\n- 1 -\n" if "- 1 -" in margin else "\n"
    found = evidence(f"{head}一、总体情况\n{ROW}{number}", f"{head}1 2 3\n二、其他\n")
    assert found.proves_row(ROW, ["1", "2", "3"], [1, 2]) == "whole"
    assert found.proves_row(ROW, ["1", "2", "4"], [1, 2]) == "none"


def test_figures_broken_over_lines_stand_line_by_line() -> None:
    found = evidence("2，1，\n一、本年新收政府信息公开申请数量 8 213\n663 037\n二、其他")
    label = "一、本年新收政府信息公开申请数量"
    assert found.proves_row(label, ["2，\n663", "8", "213", "1，\n037"], [1]) == "whole"
    assert found.proves_row(label, ["2，\n037", "8", "213", "1，\n663"], [1]) != "whole"


def test_a_row_of_figures_broken_over_lines_stands_line_by_line() -> None:
    found = evidence("结果维持 总计\n174 3 12\n26\n五、存在问题及改进情况")
    assert found.proves_sequence(["174\n26", "3", "12"], [1])
    assert not found.proves_sequence(["174\n2", "3", "12"], [1])
    assert not found.proves_sequence(["74\n26", "3", "12"], [1])


def test_characters_one_a_line_with_a_word_that_may_stand_for_no_figure() -> None:
    found = evidence("\n".join("申请人无正当理由逾期不补正") + "\n0\n1\n二、其他")
    assert found.proves_row("申请人无正当理由逾期不补正", ["0", "1"], [1]) == "whole"


def test_a_blank_row_is_followed_by_the_beginning_of_the_next() -> None:
    found = evidence("8.属于行政查询事项\n1.本机关不掌握相关 2 2\n政府信息")
    assert found.proves_row("8.属于行政查询事项", [], [1]) == "whole"
    assert evidence("8.属于行政查询事项 2 2\n").proves_row("8.属于行政查询事项", [], [1]) == "none"


@pytest.mark.parametrize(
    ("label", "behind"),
    [
        ("8.属于行政查询事项", "（四）无\n1.本机关不掌握相关政府信息 2 2"),  # the first line of a group's label
        ("二、上年结转政府信息公开申请数量", "三、本年度\n（一）予以公开 2 2"),
        ("2.重复申请", "办理结果\n处理\n3.要求提供公开出版物 67 67"),  # lines of two groups' labels
        ("5.要求行政机关确认或重新出具已获取信息", "1.申请人无正当理由逾期不补正、行政机关 4 不再处理其政府信息公开申请"),
        ("5.属于三类内部事务信息", "6.属于四类过程性性信息 4 4"),  # worn
    ],
)
def test_a_blank_row_is_proven_by_the_next_row_s_torn_or_worn_label(label: str, behind: str) -> None:
    assert evidence(f"{label}\n{behind}\n").proves_row(label, [], [1]) == "whole"


@pytest.mark.parametrize(
    ("label", "behind"),
    [
        ("8.属于行政查询事项", "2 2\n（四）无法提供"),  # its own figures
        ("8.属于行政查询事项", "（四）无 2 2\n1.本机关不掌握相关政府信息"),  # figures beside a piece of a group's label
        ("5.要求行政机关确认或", "重新出具已获取信息 4 4"),  # the rest of its own label
        ("2.没有现成信息", "需要另行制作 4 4"),
        ("一、本年新收", "政府信息公开申请数量 4 4"),
        ("1.本机关不", "掌握相关政府信息 4 4"),
    ],
)
def test_figures_that_no_other_row_s_label_explains_prove_nothing(label: str, behind: str) -> None:
    assert evidence(f"{label}\n{behind}\n").proves_row(label, [], [1]) == "none"


@pytest.mark.parametrize("note", ["件", "（其中16件为联合印发）"])
def test_two_figures_of_which_one_has_a_note_are_not_one(note: str) -> None:
    found = evidence(f"行政规范性文件\n15 28{note}\n第二十条第（五）项")
    assert found.proves_row("行政规范性文件", ["15", f"28{note}"], [1]) == "whole"
    assert found.proves_row("行政规范性文件", [f"1528{note}"], [1]) != "whole"


def test_a_cell_of_which_no_character_is_left_is_looked_for_like_any_other() -> None:
    from gov_extract.parse.evidence import _loose

    assert regex.fullmatch(_loose(""), "")
    assert regex.fullmatch(_loose("3件"), "3件")


@pytest.mark.parametrize("cut", ["12.0", "1,2", "12.", "2.08"])
def test_the_beginning_of_a_figure_is_not_the_figure(cut: str) -> None:
    printed = "1,208" if "," in cut else "12.08"
    found = evidence(f"依申请公开信息收取的费用（万元） {printed}\n机构建设和保障经费情况\n")
    assert found.proves_line("依申请公开信息收取的费用（万元）", [printed], [1]) == "whole"
    assert found.proves_line("依申请公开信息收取的费用（万元）", [cut], [1]) == "none"
    assert found.proves_row("依申请公开信息收取的费用（万元）", [cut], [1]) != "whole"


@pytest.mark.parametrize("behind", ["2.重复申请 0 0\n", "2.重复申请\n"])
def test_a_label_s_last_line_of_one_character_that_comes_again_in_the_next_row(behind: str) -> None:
    found = evidence(f"1.信访举报投诉类申\n3 988\n请\n{behind}（六）其他处理 1 2\n")
    assert found.proves_row("1.信访举报投诉类申\n请", ["3", "988"], [1]) == "whole"
    assert found.proves_row("1.信访举报投诉类申\n请", ["3", "98"], [1]) != "whole"
