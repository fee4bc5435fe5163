"""A report on a single line: its title, its sections and its sign-off are told all the same."""

from __future__ import annotations

import pytest

from gov_extract.report import extract

TEXT = "2023年，我局公开信息100条，受理申请3件，均已办结，未发生行政复议和行政诉讼。" * 3
PARTS = {
    "一、总体情况": "overview",
    "二、主动公开政府信息情况": "active_disclosure",
    "三、收到和处理政府信息公开申请情况": "applications",
    "四、政府信息公开行政复议、行政诉讼情况": "review_litigation",
    "五、存在的主要问题及改进情况": "problems",
    "六、其他需要报告的事项": "other",
}
LISTED = "本报告由1.总体情况；2.主动公开政府信息情况；3.收到和处理政府信息公开申请情况；4.其他需要报告的事项等部分组成。"


@pytest.mark.parametrize("listed", ["", LISTED])
@pytest.mark.parametrize("name", ["a.txt", "a.html"])
def test_a_report_on_one_line_has_its_sections(listed: str, name: str) -> None:
    body = "".join(heading + TEXT for heading in PARTS)
    text = f"某县教育局2023年政府信息公开工作年度报告{listed}{TEXT}{body}某县教育局2024年1月9日"
    content = f"<html><body><p>{text}</p></body></html>" if name == "a.html" else text
    report = extract(content.encode(), name=name)
    assert [(s.section, s.heading) for s in report.sections if s.level] == [(c, h[2:]) for h, c in PARTS.items()]
    assert {section.text.split("\n")[0] for section in report.sections[1:]} == {TEXT}
    assert report.sections[0].text.split("\n") == ["某县教育局2023年政府信息公开工作年度报告", listed + TEXT]
    found = report.metadata
    assert (found.agency, found.report_year, found.published_on) == ("某县教育局", 2023, "2024-01-09")


def test_a_long_paragraph_that_only_lists_the_parts_is_not_cut() -> None:
    text = "一、总体情况\n" + LISTED + TEXT * 4
    (section,) = extract(text.encode(), name="a.txt").sections
    assert section.text == LISTED + TEXT * 4


def test_a_table_s_last_row_before_a_heading_is_no_part_of_it() -> None:
    body = "".join(heading + TEXT for heading in PARTS).replace("四、政府", "四、结转下年度继续办理00000008四、政府")
    report = extract(f"某县教育局2023年政府信息公开工作年度报告{body}".replace("五、存在", "4385、存在").encode(), name="a.txt")
    assert [section.section for section in report.sections if section.level == 1] == list(PARTS.values())
