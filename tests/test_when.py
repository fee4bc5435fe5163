"""When: year, period and day of publication in every writing that reports use."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gov_extract.parse.chinese import find_date, find_months, find_periods
from gov_extract.report import extract
from tests.test_metadata import BODY, told

TITLE = "某县教育局2023年政府信息公开工作年度报告"
WORDS = dict(zip("0123456789", "〇一二三四五六七八九", strict=True))


def in_words(n: int) -> str:
    tens, ones = divmod(n, 10)
    return ("" if not tens else "十" if tens == 1 else WORDS[str(tens)] + "十") + (WORDS[str(ones)] if ones else "")


def year_in_words(year: int) -> str:
    return "".join(WORDS[digit] for digit in str(year))


# Writings of a day; those that lose a mark leave no choice how the figures are cut for the first and last day of a year.
DAYS = {
    "plain": lambda y, m, d: f"{y}年{m}月{d}日",
    "padded": lambda y, m, d: f"{y}年{m:02}月{d:02}日",
    "spaced": lambda y, m, d: f"{y} 年 {m} 月 {d} 日",
    "dots": lambda y, m, d: f"{y}.{m}.{d}",
    "dashes": lambda y, m, d: f"{y}-{m:02}-{d:02}",
    "slashes": lambda y, m, d: f"{y}/{m}/{d}",
    "words": lambda y, m, d: f"{year_in_words(y)}年{in_words(m)}月{in_words(d)}日",
    "zeros": lambda y, m, d: f"{year_in_words(y)}年{in_words(m)}月{in_words(d)}日".replace("〇", "○"),
    "wide": lambda y, m, d: f"{y}年{m}月{d}日".translate({48 + k: 0xFF10 + k for k in range(10)}),
    "year lost": lambda y, m, d: f"{y}{m}月{d}日",
    "all lost": lambda y, m, d: f"{y}{m}{d}日",
    "day lost": lambda y, m, d: f"{y}年{m}月{d}",
}
BEFORE = (
    "本报告所列数据的统计期限",
    "统计时限：",
    "统计时间",
    "统计时段为",
    "统计期间",
    "统计周期：",
    "数据核定时间为",
    "报告如下（统计时间",
    "所列数据涵盖",
)
JOINTS = (
    ("自", "起至", "止"), ("自", "至", ""), ("从", "到", "止"), ("为", "至", ""), ("", "起,至", ""), ("", "—", ""),
    ("", "-", ""), ("自", "起，至", "止"), ("自", "开始，截止到", ""), ("", "至", "期间"), ("从", "0时起至", "24时止"),
)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(
    st.integers(2008, 2030),
    st.sampled_from(sorted(DAYS)),
    st.sampled_from(BEFORE),
    st.sampled_from(JOINTS),
    st.sampled_from(["", "的数据", "。", "）："]),
)
def test_every_writing_of_a_year_is_read(year: int, manner: str, before: str, joint: tuple[str, str, str], after: str) -> None:
    first, last = DAYS[manner](year, 1, 1), DAYS[manner](year, 12, 31)
    # Without its mark a day would run into the hour behind it.
    assume(joint[1][0] != "0" or first.endswith("日"))
    text = f"政府信息公开工作年度报告\n{before}{joint[0]}{first}{joint[1]}{last}{joint[2]}{after}\n{BODY}"
    found, findings = told(text)
    assert (found.period_start, found.period_end, found.report_year) == (f"{year}-01-01", f"{year}-12-31", year)
    assert findings == ()


@settings(deadline=None, max_examples=100)
@given(
    st.integers(2008, 2030),
    st.sampled_from(["plain", "padded", "spaced", "words", "wide"]),
    st.sampled_from(["", "当年", "本年"]),
    st.sampled_from(JOINTS),
)
def test_the_second_year_may_be_left_out(year: int, manner: str, same: str, joint: tuple[str, str, str]) -> None:
    last = DAYS[manner](year, 12, 31).replace(" ", "").partition("年")[2]
    text = f"统计期限{joint[0]}{DAYS[manner](year, 1, 1)}{joint[1]}{same}{last}{joint[2]}。"
    found, _ = told(f"政府信息公开工作年度报告\n{text}\n{BODY}")
    assert (found.period_start, found.period_end, found.report_year) == (f"{year}-01-01", f"{year}-12-31", year)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(2008, 2030),
    st.sampled_from(["{y}年8月31日", "8月31日", "次年8月31日", "翌年8月31日"]),
    st.sampled_from(["至", "起至", "—"]),
)
def test_a_school_year_is_named_by_its_end(year: int, end: str, joint: str) -> None:
    text = f"信息公开年报\n统计期限为{year - 1}年9月1日{joint}{end.format(y=year)}。\n{BODY}"
    found, _ = told(text)
    assert (found.period_start, found.period_end, found.report_year) == (f"{year - 1}-09-01", f"{year}-08-31", year)


@pytest.mark.parametrize(
    ("sentence", "period"),
    [
        ("统计期限为1月1日至12月31日。", ("2023-01-01", "2023-12-31")),
        ("统计期限为2023年1月至12月。", ("2023-01-01", "2023-12-31")),
        ("统计时间为2023年1—12月。", ("2023-01-01", "2023-12-31")),
        ("数据起始日期为2023年1月1日，截止日期为2023年12月31日。", ("2023-01-01", "2023-12-31")),
        ("统计期限自2023年元月1日起至2023年12月31日止。", ("2023-01-01", "2023-12-31")),
        ("统计期限自20231月1日起至20231231止。", ("2023-01-01", "2023-12-31")),
        ("统计期限自202311日至20231231日。", ("2023-01-01", "2023-12-31")),
        ("所列数据截止日期为2023年12月31日。", (None, "2023-12-31")),
        ("所列数据的统计截至2023年12月31日。", (None, "2023-12-31")),
        ("截至2023年6月30日，网站建成。", (None, None)),
        ("注：以下数据由各科室汇总，截至2023年12月31日。", (None, None)),
        ("（注：统计数据截至2023年12月31日）", (None, None)),
        ("注：统计期限自2023年1月1日起至2023年12月31日止。", ("2023-01-01", "2023-12-31")),
        ("2023年1—3月开展活动。", (None, None)),
        ("活动自5月1日至5月7日举行。", (None, None)),
    ],
)
def test_periods_that_leave_something_out(sentence: str, period: tuple[str | None, str | None]) -> None:
    found, _ = told(f"{TITLE}\n{sentence}\n{BODY}")
    assert (found.period_start, found.period_end) == period
    assert found.report_year == 2023


def test_a_slip_of_the_pen_is_no_period_of_a_year() -> None:
    assert list(find_periods("2023年3月31日至3月1日")) == []
    assert list(find_months("2023年12月至1月")) == []


@pytest.mark.parametrize(
    ("title", "year"),
    [
        ("某县教育局2023年度政府信息公开工作2023年度报告", 2023),
        ("2023年度某县教育局2023年政府信息公开工作年度报告", 2023),
        ("某大学2022—2023学年信息公开工作年度报告", 2023),
        ("某大学2022-2023学年度信息公开年报", 2023),
        ("某县教育局二○二三年政府信息公开工作年度报告", 2023),
        ("某县教育局202020年政府信息公开工作年度报告", 2020),
        ("某县教育局2022\n政府信息公开工作年度报告", 2022),
        ("某县教育局2022年\n度政府信息公开工作年度报告", 2022),
    ],
)
def test_the_titles_year_is_read_however_it_is_worn(title: str, year: int) -> None:
    found, findings = told(f"{title}\n{BODY}")
    assert (found.report_year, findings) == (year, ())


@pytest.mark.parametrize(
    ("above", "below", "published"),
    [
        ("发布日期：2024-01-20", "", "2024-01-20"),
        ("来源：某县教育局 时间：2024-01-20 浏览次数：30", "", "2024-01-20"),
        ("采集时间：2024-05-01", "", None),
        ("网页生成时间：2024-05-01 来源：某网", "", None),
        ("成文日期：2024-01-09", "", None),
        ("发布日期：2029-05-01", "", None),
        ("发布日期：2023-02-01", "", None),
        ("发布日期：2029-05-01", "某县教育局\n2024年1月9日", "2024-01-09"),
        ("", "发布时间：2029-05-01", None),
        ("", "打印时间：2024-05-01", None),
        (
            "某县人民政府办公室关于公布2023年政府信息公开工作年度报告的通知\n现予公布。\n某县人民政府办公室\n2024年3月30日",
            "",
            None,
        ),
        (
            "某县教育局关于报送2023年政府信息公开工作年度报告的函\n现予报送。\n某县教育局\n2024年3月30日",
            "某县教育局\n2024年1月9日",
            "2024-01-09",
        ),
    ],
)
def test_the_day_of_publication_is_told_from_other_days(above: str, below: str, published: str | None) -> None:
    found, _ = told("\n".join(part for part in (above, TITLE, BODY, below) if part))
    assert (found.title, found.report_year, found.published_on) == (TITLE, 2023, published)


@pytest.mark.parametrize("text", ["2022年12月", "2022年11月底", "2022.12", "2023-12", "截止2023年12月底"])
def test_a_month_without_a_day_is_no_date(text: str) -> None:
    assert find_date(text) is None
    assert list(find_periods(f"2022年1月1日至{text}")) == []


@pytest.mark.parametrize(
    "line", ["发布时间：2023-01-18 10:22", "发布日期：2023-01-18 09:05:30", "发布日期：2023年1月18日 9:05"]
)
def test_a_clock_time_behind_the_day_of_publication(line: str) -> None:
    text = f"某县教育局2022年政府信息公开年度报告\n{line}\n一、总体情况\n全年公开信息12条。\n六、其他需要报告的事项\n无。\n"
    assert extract(text.encode(), name="a.txt").metadata.published_on == "2023-01-18"
