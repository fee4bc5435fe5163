"""The second evidence: what stands in the source around a row's figures."""

from __future__ import annotations

import pytest

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


def test_characters_one_a_line_with_a_word_that_may_stand_for_no_figure() -> None:
    found = evidence("\n".join("申请人无正当理由逾期不补正") + "\n0\n1\n二、其他")
    assert found.proves_row("申请人无正当理由逾期不补正", ["0", "1"], [1]) == "whole"


def test_a_blank_row_is_followed_by_the_beginning_of_the_next() -> None:
    found = evidence("8.属于行政查询事项\n1.本机关不掌握相关 2 2\n政府信息")
    assert found.proves_row("8.属于行政查询事项", [], [1]) == "whole"
    assert evidence("8.属于行政查询事项 2 2\n").proves_row("8.属于行政查询事项", [], [1]) == "none"
