"""Figures as they are written in real cells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gov_extract.parse.values import looks_like_figure, read_figure


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("0", "件", 0.0),
        ("3985758", "件", 3985758.0),
        ("１，２３４", "件", 1234.0),
        ("1,234,567", "件", 1234567.0),
        ("5件", "件", 5.0),
        ("5（件）", "件", 5.0),
        ("2万件", "件", 20000.0),
        ("-2", "项", -2.0),
        ("－2", "项", -2.0),
        ("43.788万元", "万元", 43.788),
        ("251000元", "万元", 25.1),
        ("1.2亿元", "万元", 12000.0),
        ("190.457379", "万元", 190.457379),
        ("0.00", "万元", 0.0),
        ("零", "件", 0.0),
        ("39857\n58", "件", 3985758.0),
        ("12 345", "件", 12345.0),
    ],
)
def test_a_figure_is_read_in_its_column_s_unit(text: str, unit: str, value: float) -> None:
    figure = read_figure(text, unit)
    assert (figure.state, figure.value) == ("read", value)


@pytest.mark.parametrize("text", ["-", "—", "——", "–", "/", "／", "无", "－", "―", " — ", "N/A", "不涉及"])
def test_a_dash_is_no_zero(text: str) -> None:
    figure = read_figure(text, "件")
    assert (figure.state, figure.value) == ("dash", None)


@pytest.mark.parametrize("text", ["", " ", "\u00a0", "\u3000", "\u200b", "\n"])
def test_an_empty_place_is_blank(text: str) -> None:
    assert read_figure(text, "件").state == "blank"


@pytest.mark.parametrize(
    "text", ["012", "00", "1,23", "见附件", "12,34,567", "1.2.3", "3/4", "12%", "1234567890123456", "5-6", "5²", "5①", "⑤"]
)
def test_what_cannot_be_read_for_certain_is_not_read(text: str) -> None:
    assert read_figure(text, "件").state == "unreadable"


@pytest.mark.parametrize(
    ("text", "value", "note"),
    [
        ("22（其中修订 16 件）", 22.0, "（其中修订 16 件）"),
        ("55（含自然失效 29 件）", 55.0, "（含自然失效 29 件）"),
        ("3件（其中：新增1件）", 3.0, "（其中：新增1件）"),
        ("7其中2件为联合发文", 7.0, "其中2件为联合发文"),
    ],
)
def test_a_note_beside_the_figure_is_kept_apart(text: str, value: float, note: str) -> None:
    figure = read_figure(text, "件")
    assert (figure.value, figure.note) == (value, note)


@pytest.mark.parametrize(
    ("text", "unit", "doubt"),
    [
        ("12 3", "件", "spaces"),
        ("12\n3", "件", "line_break"),
        ("3.5", "件", "fraction"),
        ("-3", "件", "negative"),
        ("3万元", "件", "unit"),
        ("3件", "万元", "unit"),
    ],
)
def test_what_is_odd_is_said(text: str, unit: str, doubt: str) -> None:
    figure = read_figure(text, unit)
    assert figure.state == "read"
    assert doubt in figure.doubts


@given(st.integers(0, 10**9), st.sampled_from(["{}", "{:,}", " {}", "{}件", "{}\n", "\u3000{}", "{}。"]))
def test_every_count_written_in_a_usual_manner_is_read_as_it_is(number: int, manner: str) -> None:
    figure = read_figure(manner.format(number), "件")
    assert (figure.state, figure.value, figure.doubts) == ("read", float(number), ())


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_or_gives_a_value_without_digits(text: str) -> None:
    figure = read_figure(text, "万元")
    assert (figure.value is None) == (figure.state != "read")
    if figure.state == "read":
        assert any(char.isdigit() or char in "零〇○" for char in text)


@pytest.mark.parametrize("text", ["规章", "1.属于国家秘密", "三、本年度办理结果", "2023年", "第20条", "总计", "5月", ""])
def test_a_label_is_no_figure(text: str) -> None:
    assert not looks_like_figure(text)


SCALES = {"": 1, "万": 10_000, "亿": 100_000_000, "百": None, "千": None, "十": None, "十万": None}
"""What a character behind the digits multiplies a count by; None where nothing is read."""
BEFORE = ["约", "近", "超", "不足", "将近", "大约"]
BEHIND = ["余", "多", "几", "左右", "上下", "以上", "来", "（约）", "（左右）", "（估算）"]


@given(
    st.integers(1, 99_999),
    st.sampled_from(["", ".5", ".25"]),
    st.sampled_from(sorted(SCALES)),
    st.sampled_from(["", "件", "项", "件次", "户"]),
    st.sampled_from(["", "", *BEFORE]),
    st.sampled_from(["", "", *BEHIND]),
    st.booleans(),
)
def test_a_figure_that_is_about_so_much_is_never_an_exact_one(
    digits: int, fraction: str, scale: str, unit: str, before: str, behind: str, inside: bool
) -> None:
    """Behind the number (32万余件) or behind its unit (32万件左右)."""
    tail = behind + unit if inside else unit + behind
    figure = read_figure(f"{before}{digits}{fraction}{scale}{tail}", "件")
    times = SCALES[scale]
    if before or behind or times is None:
        assert (figure.state, figure.value) == ("unreadable", None)
    elif unit != "户":
        assert (figure.state, figure.value) == ("read", float(f"{digits}{fraction}") * times)
        assert ("fraction" in figure.doubts) == (figure.value != int(figure.value or 0))
    else:
        assert figure.state == "unreadable" or "unit" in figure.doubts


@pytest.mark.parametrize(
    "text", ["32万余", "约32万", "近百", "百余", "十万", "十余", "1万2千", "3千", "三千", "30余万元", "几百", "上千"]
)
@pytest.mark.parametrize("unit", ["件", "万元"])
def test_words_for_numbers_are_not_read_by_half(text: str, unit: str) -> None:
    assert read_figure(text, unit).state == "unreadable"


@pytest.mark.parametrize(
    ("text", "value"), [("32万", 32.0), ("3千元", 0.3), ("30万元", 30.0), ("1.5万", 1.5), ("2亿元", 20000.0)]
)
def test_a_sum_of_money_is_multiplied_by_what_is_printed(text: str, value: float) -> None:
    assert read_figure(text, "万元").value == value


def test_a_unit_of_money_that_is_none_is_given_as_it_is_printed() -> None:
    from gov_extract.parse.values import header_units, money_factor

    assert header_units("本年收费金额（单位：力元)") == ("力元",)  # a misread 万元: never 元
    assert money_factor("力元", "万元") is None
    assert header_units("本年收费金额（单位：万元）") == ("万元",)
