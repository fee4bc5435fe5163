"""Several reports in one document: each by itself, and never where there is but one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fixtures.generator import render
from fixtures.generator.several import MANNERS, draw_several
from gov_extract import extract, extract_all, extract_folder, open_dataset
from gov_extract.report import Report
from tests.measure.score import score

HEADINGS = ("一、总体情况", "二、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况", "四、存在的主要问题及改进情况")
TABLE = (
    "第二十条第（五）项\n信息内容\t本年处理决定数量\n行政许可\t{n}\n第二十条第（六）项\n信息内容\t本年处理决定数量\n"
    "行政处罚\t{n}\n行政强制\t{n}\n第二十条第（八）项\n信息内容\t本年收费金额（单位：万元）\n行政事业性收费\t{n}"
)
PROSE = "本机关按照条例要求，主动公开各类政府信息。依申请公开工作有序开展。全年未发生行政复议和行政诉讼。"


def body(n: int, sign: str = "") -> str:
    parts = [part for heading in HEADINGS for part in (heading, PROSE)]
    parts.insert(4, TABLE.format(n=n))
    return "\n".join([*parts, *([sign] if sign else [])])


def title(agency: str, year: int) -> str:
    return f"{agency}{year}年政府信息公开工作年度报告"


def read(*parts: str) -> tuple[Report, ...]:
    return extract_all("\n".join(parts).encode(), name="a.txt")


def warned(report: Report) -> bool:
    return any(f.code == "several_reports" and f.severity == "warning" for f in report.findings)


def licensing(report: Report) -> float | None:
    return next(cell.value for cell in report.cells if cell.row == "art20_5.licensing")


@pytest.mark.parametrize("kind", ["text_tabs", "text_pipes", "html_utf8", "docx", "pdf_reportlab"])
@pytest.mark.parametrize("manner", MANNERS)
def test_each_report_of_a_document_is_read_by_itself(kind: str, manner: str) -> None:
    """Every cell, section, check and word of metadata of each is its own."""
    (sample,) = render([draw_several(11, kind, 2, manner)])
    reports = extract_all(sample.data, name="a")
    assert [report.source for report in reports] == ["a#1", "a#2"]
    assert len({report.document_id for report in reports}) == 2
    assert len({report.sha256 for report in reports}) == 1
    for report, truth in zip(reports, sample.truth["reports"], strict=True):
        result = score(report.source, report, truth)
        assert (result.errors, result.notes, result.exact) == ([], [], result.cells)
        assert [f.severity for f in report.findings if f.code == "several_reports"] == ["info"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((title("某县教育局", 2022),), (title("某县教育局", 2023),)),
        ((title("某县教育局", 2023),), (title("某县水利局", 2023),)),
        (("某县教育局", "2023年政府信息公开工作年度报告"), ("某县水利局", "2023年政府信息公开工作年度报告")),
        ((title("", 2023), "本报告由某县教育局编制。"), (title("", 2023), "本报告由某县水利局编制。")),
        (("某县教育局政府信息公开年报", "（2022年度）"), ("某县教育局政府信息公开年报", "（2023年度）")),
        (("某县教育局", "2022年", "政府信息公开年报"), ("某县教育局", "2023年", "政府信息公开年报")),
    ],
)
def test_another_year_or_agency_tells_them_apart(first: tuple[str, ...], second: tuple[str, ...]) -> None:
    one, two = read(*first, body(3), *second, body(7))
    assert (licensing(one), licensing(two)) == (3, 7)
    assert (one.metadata.agency, one.metadata.report_year) != (two.metadata.agency, two.metadata.report_year)
    assert one.others == (two,)
    assert [s.section for s in two.sections if s.level == 1] == [s.section for s in one.sections if s.level == 1]


def test_signed_prose_of_several_agencies_is_told_apart() -> None:
    towns = ("上琰镇", "下筠镇", "中漪乡")
    reports = read(*(f"{title(town, 2019)}\n{PROSE * 2}\n{town}人民政府\n2020年1月{k}日" for k, town in enumerate(towns, 5)))
    assert [(r.metadata.agency, r.metadata.published_on) for r in reports] == [
        (f"{town}人民政府", f"2020-01-0{k}") for k, town in enumerate(towns, 5)
    ]


def test_a_list_of_the_reports_in_front_belongs_to_the_first() -> None:
    titles = [title("某县教育局", 2023), title("某县水利局", 2023), title("某县审计局", 2023)]
    reports = read("目录", *titles, *(f"{text}\n{body(k)}" for k, text in enumerate(titles)))
    assert [report.metadata.title for report in reports] == titles
    assert [licensing(report) for report in reports] == [0, 1, 2]
    assert "目录" in reports[0].sections[0].text


@pytest.mark.parametrize(
    "parts",
    [
        (title("某县教育局", 2021), title("某县教育局", 2022), title("某县教育局", 2023), body(3)),
        (title("某县教育局", 2023), body(3), "上一篇：" + title("某县教育局", 2022), title("某县水利局", 2023)),
        (title("某县教育局", 2023), body(3), "相关链接", title("某县教育局", 2022), title("某县教育局", 2021), "版权所有"),
        (title("某县教育局", 2023), "目录", *HEADINGS, title("某县教育局", 2023), body(3)),
        ("某县人民政府办公室关于公布" + title("某县教育局", 2023) + "的通知", PROSE, title("某县教育局", 2023), body(3)),
        (title("某县教育局", 2023), body(3), "附件", TABLE.format(n=3)),
        (title("某县教育局", 2023), body(3), "2022年" + HEADINGS[1][2:], TABLE.format(n=4)),
        (title("某县卫健委", 2023), body(3), "某县卫生健康委员会", "2024年1月9日"),
        (title("某县人民政府", 2023), body(3), "附件：" + title("某县人民政府办公室", 2023)),
    ],
)
def test_titles_without_a_report_below_them_begin_none(parts: tuple[str, ...]) -> None:
    (report,) = read(*parts)
    assert report.source == "a.txt"
    assert report.document_id == (report.sha256 or "")[:16]
    assert not warned(report)


def test_the_tables_of_two_years_in_one_report_stay_in_one() -> None:
    (report,) = read(title("某县教育局", 2023), body(3), "上年数据", TABLE.format(n=5))
    assert licensing(report) == 3
    assert "row_repeated" in {finding.code for finding in report.findings}
    assert not warned(report)


def test_a_document_that_may_hold_two_is_one_with_a_warning() -> None:
    second = f"{title('某县水利局', 2023)}\n{HEADINGS[1]}\n{PROSE}\n{TABLE.format(n=7)}"
    (report,) = read(title("某县教育局", 2023), body(3), second)
    assert warned(report)
    assert "某县水利局" in next(f.message for f in report.findings if f.code == "several_reports")


@pytest.mark.parametrize("again", [title("某县人民政府办公室", 2023), title("某县人民政府", 2023)])
def test_a_report_printed_twice_is_one_with_a_warning(again: str) -> None:
    (report,) = read(title("某县人民政府", 2023), body(3), again, body(7))
    assert warned(report)


@pytest.mark.parametrize(
    "parts",
    [
        (title("某县教育局", 2021), PROSE * 2, title("某县教育局", 2022), PROSE * 2),
        (title("某县教育局", 2022), PROSE, PROSE, title("某县水利局", 2022), PROSE, PROSE),
        (title("某县教育局", 2021), PROSE, "某县教育局", "2022年1月9日", PROSE, "某县教育局", "2023年1月12日"),
        (PROSE, "某县教育局 2022年1月9日", PROSE, "某县水利局 2022年1月12日"),
        (PROSE, PROSE, "某县教育局", "二〇一一年一月九日", PROSE, PROSE, "某县教育局", "二〇一二年一月十二日"),
        (title("某县教育局", 2022), body(3, "某县教育局\n2023年1月9日"), PROSE, "某县教育局", "2024年1月8日"),
    ],
)
def test_two_texts_without_headings_are_one_with_a_warning(parts: tuple[str, ...]) -> None:
    (report,) = read(*parts)
    assert warned(report)


@pytest.mark.parametrize("mark", ["图解：", "一图读懂：", "【图解】", "图说|", "数说", "图解\n"])
@pytest.mark.parametrize(
    "shown", ["主动公开信息1200条\n收到申请3件\n办结3件\n行政复议0件", "全年公开信息1200条。收到申请3件。均已办结。"]
)
def test_an_illustrated_version_behind_a_report_is_told(mark: str, shown: str) -> None:
    (report,) = read(title("某县教育局", 2022), body(3, "某县教育局\n2023年1月9日"), mark + title("某县教育局", 2022), shown)
    assert warned(report)
    assert (report.metadata.agency, report.metadata.report_year) == ("某县教育局", 2022)


@pytest.mark.parametrize(
    "parts",
    [
        (
            title("某县教育局", 2022),
            body(3),
            "相关解读",
            "图解：" + title("某县教育局", 2022),
            "版权所有",
            "网站标识码1234567890",
        ),
        ("图解：" + title("某县教育局", 2022), body(3), "某县教育局", "2023年1月9日"),
        (title("某县教育局", 2022), "2023年1月9日", PROSE * 2, "某县教育局", "2023年1月12日"),
        (title("某县人民政府", 2022), PROSE * 2, "某县人民政府办公室", "2023年1月9日", "某县人民政府", "2023年1月12日"),
        (title("某县教育局", 2022), PROSE * 2, "某县教育局", "2023年1月9日", "发布日期：2023年1月10日", "主办：某县人民政府"),
        (
            "某县人民政府办公室关于公布" + title("某县教育局", 2022) + "的通知",
            PROSE,
            "某县人民政府办公室",
            "2023年1月5日",
            title("某县教育局", 2022),
            PROSE * 2,
            "某县教育局",
            "2023年1月3日",
        ),
    ],
)
def test_dates_links_and_letters_around_a_report_make_no_second_one(parts: tuple[str, ...]) -> None:
    (report,) = read(*parts)
    assert not warned(report)


def test_two_sections_that_begin_anew_below_another_years_title_are_enough() -> None:
    old = ("一、概述", PROSE, "二、主动公开政府信息情况", PROSE)
    reports = read(title("某县教育局", 2014), *old, title("某县教育局", 2015), *old)
    assert [report.metadata.report_year for report in reports] == [2014, 2015]


def test_extract_gives_the_first_and_says_so() -> None:
    text = "\n".join((title("某县教育局", 2022), body(3), title("某县教育局", 2023), body(7)))
    report = extract(text.encode(), name="a.txt")
    assert (report.source, report.metadata.report_year, len(report.others)) == ("a.txt#1", 2022, 1)
    assert "several_reports" in {finding.code for finding in report.findings}


def test_a_folder_has_a_row_for_each_and_forgets_those_that_are_gone(tmp_path: Path) -> None:
    file, out = tmp_path / "in" / "a.txt", tmp_path / "out"
    file.parent.mkdir()
    both = "\n".join((title("某县教育局", 2022), body(3), title("某县教育局", 2023), body(7)))
    file.write_text(both, "utf-8")
    (file.parent / "copy.txt").write_text(both, "utf-8")
    summary = extract_folder(file.parent, out, workers=1)
    assert summary.rows["documents"] == 2
    documents = open_dataset(out).load("documents").sort_values("report_year")
    assert documents["source"].tolist() == ["a.txt#1", "a.txt#2"]
    assert documents["report_year"].tolist() == [2022, 2023]
    assert documents["document_id"].is_unique
    cells = open_dataset(out).load("cells")
    found = cells[cells["row"] == "art20_5.licensing"].set_index("report_year")["value"].to_dict()
    assert found == {2022: 3, 2023: 7}
    file.write_text(f"{title('某县教育局', 2023)}\n{body(9)}", "utf-8")
    (file.parent / "copy.txt").unlink()
    assert extract_folder(file.parent, out, workers=1).rows["documents"] == 1
    assert open_dataset(out).load("documents")["source"].tolist() == ["a.txt"]


def test_show_prints_them_all(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from gov_extract.cli import app

    file = tmp_path / "a.txt"
    file.write_text("\n".join((title("某县教育局", 2022), body(3), title("某县教育局", 2023), body(7))), "utf-8")
    printed = CliRunner().invoke(app, ["show", str(file)]).output
    assert title("某县教育局", 2022) in printed
    assert title("某县教育局", 2023) in printed
    everything = json.loads(CliRunner().invoke(app, ["show", "--json", str(file)]).output)
    assert [row["source"] for row in everything["documents"]] == ["a.txt#1", "a.txt#2"]
