"""Metadata: what a report says of itself, and where its places disagree."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gov_extract.document import Document, Finding, Line, Page, Word
from gov_extract.parse.chinese import find_date, find_periods, numeral
from gov_extract.parse.metadata import find_metadata
from gov_extract.parse.metadata.names import office_of, read_title, same_agency, squeeze
from gov_extract.parse.sections import find_sections
from gov_extract.schema import Metadata
from tests.growth import assert_linear

SHARED = Path(__file__).parents[1].parent / "shared"
BODY = "一、总体情况\n我局工作有序开展。\n六、其他需要报告的事项\n无"


def told(text: str, source: str = "a.txt", **properties: str) -> tuple[Metadata, tuple[Finding, ...]]:
    """The metadata of a text file."""
    lines = [Line((Word(line),), locator=f"line {n}") for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    document = Document("text/plain", (Page(None, None, None, tuple(lines), text),), properties)
    return find_metadata(document, find_sections(document, ()), source)


@pytest.mark.parametrize(
    ("title", "agency", "year"),
    [
        ("某县教育局2023年政府信息公开工作年度报告", "某县教育局", 2023),
        ("2023 年 某县教育局 政府信息公开工作年度报告", "某县教育局", 2023),
        ("2008年度某州市政府信息公开工作年度报告", "某州市", 2008),
        ("某县教育局政府信息公开工作2025年度报告", "某县教育局", 2025),
        ("某县2010年度信息公开工作年度报告", "某县", 2010),
        ("2023年度某县审计局2023年政府信息公开年度报告", "某县审计局", 2023),
        ("202020年某县政府信息公开工作年度报告", "某县", 2020),
        ("某县教育局二〇二三年政府信息公开年报", "某县教育局", 2023),
        ("某大学2022-2023学年度信息公开年报", "某大学", 2023),
        ("（图解）某县教育局2023年政务信息公开年度报告（超链版）", "某县教育局", 2023),
        ("某省司法厅关于报送2023年政府信息公开工作年度报告的函", "某省司法厅", 2023),
        ("某部办公厅关于2017年某教部政府信息公开工作年度报告的公告", "某教部", 2017),
        ("信息名称：某市2017年政府信息公开年度报告", "某市", 2017),
        ("某县人民政府信息公开年度报告（2023年度）", "某县人民政府", 2023),
        ("某县科技经济信息化局２０２３年政府信息公开工作年度报告", "某县科技经济信息化局", 2023),
        ("某縣教育局2023年政府信息公開工作年度報告", "某縣教育局", 2023),
        ("（圖解）某縣農業農村局2023年政府資訊公開工作年度報告", "某縣農業農村局", 2023),
        ("某縣衛生健康委員會關於報送2023年政府資訊公開工作年度報告的函", "某縣衛生健康委員會", 2023),
        ("某县2022年度教育局政府信息公开工作年度报告", "某县教育局", 2022),
        ("某县人民政府2022年度办公室政府信息公开工作年度报告", "某县人民政府办公室", 2022),
        ("某縣2022年度教育局政府資訊公開工作年度報告", "某縣教育局", 2022),
        ("某县2022年人民政府信息公开工作年度报告", "某县人民政府", 2022),
        ("某县2022年城市管理局政府信息公开工作年度报告", "某县城市管理局", 2022),
        ("某市2022年某县教育局政府信息公开工作年度报告", "某县教育局", 2022),
        ("某县2022年国家税务总局某县税务局政府信息公开工作年度报告", "国家税务总局某县税务局", 2022),
        ("政府信息公开年报", None, None),
    ],
)
def test_a_title_names_agency_and_year(title: str, agency: str | None, year: int | None) -> None:
    found = read_title(squeeze(title))
    assert found is not None
    assert (found.agency, found.year) == (agency, year)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder ../shared is absent")
def test_every_collected_title_is_read() -> None:
    lines = (SHARED / "titles.jsonl").read_text("utf-8").splitlines()
    for entry in map(json.loads, lines):
        found = read_title(squeeze(entry["title"]))
        assert found is not None, entry
        assert (found.agency, found.year) == (entry["agency"], entry["report_year"])


@pytest.mark.parametrize(
    ("top", "title", "agency"),
    [
        ("某县教育局\n2023年政府信息公开工作年度报告", "某县教育局2023年政府信息公开工作年度报告", "某县教育局"),
        ("2023年政府信息公开工作年度报告\n某县教育局", "2023年政府信息公开工作年度报告", "某县教育局"),
        ("某县教育局2023年政府信息\n公开工作年度报告", "某县教育局2023年政府信息公开工作年度报告", "某县教育局"),
        (
            "某县人民政府办公厅2023\n政府信息公开工作年度报告",
            "某县人民政府办公厅2023政府信息公开工作年度报告",
            "某县人民政府办公厅",
        ),
        ("某县教育局2023年政府信息公开工作年度报\n告", "某县教育局2023年政府信息公开工作年度报告", "某县教育局"),
        (
            "首页\n政府信息公开年报\n某县教育局2023年政府信息公开工作年度报告",
            "某县教育局2023年政府信息公开工作年度报告",
            "某县教育局",
        ),
        (
            "某县教育局2022年政府信息公开工作年度报告2023-01-20\n某县教育局2023年政府信息公开工作年度报告",
            "某县教育局2023年政府信息公开工作年度报告",
            "某县教育局",
        ),
    ],
)
def test_the_title_is_joined_and_told_from_other_lines(top: str, title: str, agency: str) -> None:
    found, findings = told(f"{top}\n{BODY}")
    assert (found.title, found.agency, found.report_year) == (title, agency, 2023)
    assert findings == ()


@pytest.mark.parametrize(
    ("sentence", "start", "end"),
    [
        ("统计期限自2023年1月1日起至2023年12月31日止。", "2023-01-01", "2023-12-31"),
        ("统计期限从2023年1月1日到12月31日止。", "2023-01-01", "2023-12-31"),
        ("统计时段：2023年1月1日起,至2023年12月31日。", "2023-01-01", "2023-12-31"),
        ("统计周期为2023年1月1日—12月31日。", "2023-01-01", "2023-12-31"),
        ("数据统计时间（2023.1.1-2023.12.31）", "2023-01-01", "2023-12-31"),
        ("统计期限为二〇二三年一月一日至二〇二三年十二月三十一日。", "2023-01-01", "2023-12-31"),
        ("统计期限为20231月1日至20231231。", "2023-01-01", "2023-12-31"),
        ("统计期限２０２３年１月１日至２０２３年１２月３１日。", "2023-01-01", "2023-12-31"),
        ("所列数据的截止日期为2023年12月31日。", None, "2023-12-31"),
        ("2023年3月1日至3月31日开展活动。", None, None),
        ("本报告统计2023年的数据。", None, None),
    ],
)
def test_the_period_is_read_however_it_is_written(sentence: str, start: str | None, end: str | None) -> None:
    for text in (f"某县教育局2023年政府信息公开工作年度报告\n{sentence}\n{BODY}", BODY.replace("我局", sentence + "我局", 1)):
        found, _ = told(text)
        assert (found.period_start, found.period_end) == (start, end)


def test_a_school_year_counts_for_the_year_in_which_it_ends() -> None:
    text = f"信息公开年报\n统计期限为2022年9月1日至2023年8月31日。\n{BODY}\n某大学\n2023年10月28日"
    found, findings = told(text)
    assert (found.report_year, found.published_on, found.agency, findings) == (2023, "2023-10-28", "某大学", ())


@pytest.mark.parametrize(
    ("preamble", "agency"),
    [
        ("本报告由某县教育局根据条例编制。", "某县教育局"),
        ("根据《条例》，某县教育局编制本报告。", "某县教育局"),
        ("根据要求，现公布某县教育局2023年政府信息公开工作年度报告。", "某县教育局"),
        ("如有疑问，请与某县教育局联系（地址：某路1号）。", "某县教育局"),
        ("本报告由本机关编制。", None),
        ("我局按照条例编制本报告。", None),
        ("本報告由某縣衛生健康委員會根據條例編制。", "某縣衛生健康委員會"),
    ],
)
def test_the_preamble_names_the_agency(preamble: str, agency: str | None) -> None:
    assert told(f"2023年政府信息公开工作年度报告\n{preamble}\n{BODY}")[0].agency == agency


def test_the_sign_off_tells_agency_year_and_day_where_nothing_else_does() -> None:
    found, _ = told(f"政府信息公开工作年度报告\n{BODY}\n某市人民政府新华街道办事处\n二〇二四年一月九日")
    assert (found.agency, found.report_year, found.published_on) == ("某市人民政府新华街道办事处", 2023, "2024-01-09")


def test_the_longest_printed_name_is_taken_without_a_finding() -> None:
    found, findings = told(f"某县卫生健康委2023年政府信息公开工作年度报告\n{BODY}\n某省某县卫生健康委员会\n2024年1月9日")
    assert (found.agency, findings) == ("某省某县卫生健康委员会", ())


def test_the_office_that_writes_for_a_government_is_not_its_name() -> None:
    text = "某市人民政府2023年政府信息公开工作年度报告\n本报告由某市人民政府办公室根据条例编制。"
    found, findings = told(f"{text}\n{BODY}\n某市人民政府办公室\n2024年1月9日")
    assert (found.agency, findings) == ("某市人民政府", ())


@pytest.mark.parametrize(
    ("short", "long", "same"),
    [
        ("卫生健康委", "卫生健康委员会", True),
        ("某县科经局", "某县科技经济信息化局", True),
        ("翎隰区住建局", "翎隰区住房和城乡建设局", True),
        ("某市市场监管局", "某市市场监督管理局（知识产权局）", True),
        ("镜湖区税务局", "国家税务总局芜湖市镜湖区税务局", True),
        ("某镇", "某镇人民政府", True),
        ("某县教育局", "某县体育局", False),
        ("淮安市财政局", "淮安市清江浦区财政局", False),
        ("某市人民政府", "某市人民政府办公室", False),
        ("某市", "某市教育局", False),
    ],
)
def test_two_writings_of_one_agency_are_told_from_two_agencies(short: str, long: str, same: bool) -> None:
    assert same_agency(short, long) is same


def test_an_office_belongs_to_its_government() -> None:
    assert office_of("某市人民政府", "某市人民政府办公室")
    assert not office_of("某县教育局", "某县体育局")


@pytest.mark.parametrize(
    ("text", "severity", "words"),
    [
        (
            f"某县教育局2023年政府信息公开工作年度报告\n统计期限为2022年1月1日至12月31日。\n{BODY}",
            "warning",
            ("2023", "2022", "title", "period"),
        ),
        (f"某区2015年政府信息公开工作年度报告\n{BODY}\n某区\n2015年3月15日", "warning", ("2015-03-15", "2015-12-31")),
        (f"某镇2018年政府信息公开工作年度报告\n{BODY}\n某镇\n2018年12月31日\n", "info", ()),
        (f"某县教育局2022年政府信息公开工作年度报告\n{BODY}\n某县教育局\n2024年1月9日", "warning", ("2022", "2023")),
        (f"某县教育局2023年政府信息公开工作年度报告\n{BODY}\n某县体育局\n2024年1月9日", "info", ("教育局", "体育局")),
    ],
)
def test_places_that_disagree_are_told(text: str, severity: str, words: tuple[str, ...]) -> None:
    _, findings = told(text)
    if not words:
        assert findings == ()
        return
    assert [(f.severity, f.code) for f in findings] == [(severity, "metadata_disagree")]
    assert all(word in findings[0].message for word in words)


def test_the_info_box_gives_the_day_only_where_no_sign_off_does() -> None:
    box = "索引号：1\n发布机构：某县教育局\n成文日期：2024-01-02\n发布日期：2024-01-20\n采集时间：2025-06-01\n"
    title = "某县教育局2023年政府信息公开工作年度报告\n"
    assert told(box + title + BODY)[0].published_on == "2024-01-20"
    assert told(box + title + BODY + "\n某县教育局\n2024年1月9日") == (
        Metadata(title.strip(), "某县教育局", 2023, None, None, "2024-01-09", "某县/教育局", "county", "department"),
        (),
    )
    assert told(title + BODY, written_on="2024-01-02")[0].published_on is None
    assert told(title + BODY, published_on="2024-01-20 10:00")[0].published_on == "2024-01-20"


def test_a_page_without_a_printed_title_is_told_by_its_meta_tags() -> None:
    found, _ = told(BODY, title="某县教育局2021年政府信息公开工作年度报告_某县人民政府", agency="某县教育局")
    assert (found.title, found.agency, found.report_year) == ("某县教育局2021年政府信息公开工作年度报告", "某县教育局", 2021)


@pytest.mark.parametrize(
    ("source", "agency", "year"),
    [
        ("a/某县教育局2023年政府信息公开工作年度报告.pdf", "某县教育局", 2023),
        ("b.zip!某县教育局_2023.docx", "某县教育局", 2023),
        ("huaian-city-2024.pdf", None, 2024),
        ("2022/scan.pdf", None, None),
        ("20240109123456.pdf", None, None),
    ],
)
def test_the_files_name_is_the_last_resort(source: str, agency: str | None, year: int | None) -> None:
    found, findings = told(BODY, source)
    assert (found.agency, found.report_year, findings) == (agency, year, ())


def test_nothing_is_invented_for_an_empty_document() -> None:
    assert told("", "x") == (Metadata(), ())


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder ../shared is absent")
@pytest.mark.parametrize("name", ["huaian-city-2024", "panzhihua-dongqu-jxj-2023"])
def test_the_real_reports_are_told_exactly(name: str) -> None:
    from gov_extract.parse.tables import read_tables
    from gov_extract.readers import read

    path = next(p for p in (SHARED / "real").glob(f"{name}.*") if p.suffix in (".pdf", ".txt"))
    truth = json.loads((SHARED / "real" / f"{name}.truth.json").read_text("utf-8"))["meta"]
    document = read(path.read_bytes(), name=path.name)
    found, findings = find_metadata(document, find_sections(document, read_tables(document).used), "x")
    assert (found.agency, found.report_year, found.published_on) == (
        truth["agency"],
        truth["report_year"],
        truth["publication_date"],
    )
    assert findings == ()


DAYS = st.dates(date(2008, 1, 1), date(2030, 12, 31))


@settings(deadline=None)
@given(
    DAYS,
    st.sampled_from(
        ["{0}年{1}月{2}日", "{0} 年 {1} 月 {2} 日", "{0}-{1:02}-{2:02}", "{0}.{1}.{2}", "{0}/{1}/{2}", "{0}{1:02}{2:02}"]
    ),
)
def test_every_writing_of_a_date_is_read(day: date, pattern: str) -> None:
    found = find_date(pattern.format(day.year, day.month, day.day))
    assert found is not None
    assert found.iso == day.isoformat()


@settings(deadline=None)
@given(DAYS, DAYS)
def test_every_period_is_read(a: date, b: date) -> None:
    first, last = sorted((a, b))
    text = f"自{first.year}年{first.month}月{first.day}日起至{last.year}年{last.month}月{last.day}日止"
    assert [p[:2] for p in find_periods(text)] == [(first.isoformat(), last.isoformat())]


PLACES = st.sampled_from(["霁岫县", "翎墉市", "上琰区", "本筠县", "日漪区", "全蓼县", "年砚镇", "向霈乡", "如皋市"])
BODIES = st.sampled_from(
    [
        "教育局",
        "统计局",
        "科技经济信息化局",
        "人民政府",
        "人民政府办公室",
        "市场监督管理局（知识产权局）",
        "卫生健康委",
        "互联网信息办公室",
        "经济开发区管委会",
        "委机构编制委员会办公室",
        "",
    ]
)
KINDS = st.sampled_from(
    ["政府信息公开工作年度报告", "政府信息公开年度报告", "信息公开年报", "政务信息公开年度报告", "政府信息公开工作报告"]
)
MANNERS = st.sampled_from(
    ["{a}{y}年{k}", "{a}{y}年度{k}", "{y}年{a}{k}", "{a} {y} 年 {k}", "{a}关于{y}年{k}的公告", "{a}\n{y}年{k}"]
)


@settings(deadline=None, max_examples=200)
@given(PLACES, BODIES, st.integers(2008, 2030), KINDS, MANNERS)
def test_every_manner_of_title_is_read(place: str, body: str, year: int, kind: str, manner: str) -> None:
    agency = place + body
    found, findings = told(manner.format(a=agency, y=year, k=kind) + "\n" + BODY)
    assert (squeeze(found.agency or ""), found.report_year, findings) == (squeeze(agency), year, ())


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="2023年月日一二〇十()（）政府信息公开年度报告县局由编制，。\n", max_size=200))
def test_no_text_makes_it_fail(text: str) -> None:
    found, _ = told(text)
    for day in (found.period_start, found.period_end, found.published_on):
        assert day is None or date.fromisoformat(day).isoformat() == day


@pytest.mark.parametrize(
    ("text", "value"),
    [("十", 10), ("十二", 12), ("二十", 20), ("九十九", 99), ("二○一〇", 2010), ("１２", 12), ("十x", None), ("", None)],
)
def test_numerals_are_read(text: str, value: int | None) -> None:
    assert numeral(text) == value


@pytest.mark.parametrize(
    ("before", "unit", "size"),
    [
        ("由", "某", 50_000),
        ("", "由某", 25_000),
        ("", "政府信息公开", 8_000),
        ("", "2023年", 20_000),
        ("", "至", 50_000),
        ("", "(", 50_000),
        ("", "2023年1月1日", 8_000),
    ],
)
def test_time_grows_with_hostile_text_and_no_faster(before: str, unit: str, size: int) -> None:
    def work(size: int) -> None:
        text = before + unit * size
        told(text, text[:5_000])
        told("\n".join(text[k : k + 40] for k in range(0, len(text), 40)))

    assert_linear(work, size)
