"""Numerals and dates as Chinese authorities write them.

In: text. Out: integers and ISO dates. Nothing here knows a report.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import regex

# Full-width ASCII and the ideographic blank, one character for one, so that offsets stay valid.
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}
_USUAL = tuple(zip("，：（）；", ",:();", strict=True))
_FULL_WIDTH = re.compile("[\uff01-\uff5e\u3000\xa0]")
# Zeros as they are typed: signs of Chinese, letters of three scripts.
_ZERO = "〇○◯零OoΟО0"
_DIGITS = {**dict.fromkeys(_ZERO, 0), **{mark: n for n, mark in enumerate("一二三四五六七八九", 1)}, "两": 2, "元": 1, "正": 1}
# Reports exist since the regulation of 2008; a printed year outside is no year of a report. The upper end leaves room.
FIRST_YEAR, LAST_YEAR = 2003, 2049

_YEAR = rf"(?P<y>20\d\d|二[{_ZERO}][{_ZERO}一二三四五六七八九]{{2}})"
# 年, 月 and 日 may have been lost by a font (20211月1日, 20231231): the figures then stand for themselves.
_MONTH = r"(?P<m>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九元正])"
_DAY = r"(?P<d>3[01]|[12]\d|0?[1-9]|三十一?|二十[一二三四五六七八九]?|十[一二三四五六七八九]?|[一二三四五六七八九])"
# Behind a day may stand a clock time, which a page's text without its blanks has glued to it (2023-01-1810:22).
_END = r"(?=\d{1,2}:\d\d|\D|$)(?!\s*月)"
# Without a mark between them, month and day are told by the day's own mark or by two digits each: 12月 is not 1月2日.
_FULL = (
    rf"{_YEAR}\s*(?:年度?|[-./])?\s*(?:{_MONTH}\s*(?:月份?|[-./])\s*{_DAY}{_END}\s*[日号]?"
    rf"|{_MONTH}\s*{_DAY}\s*[日号]|(?P<m>1[0-2]|0[1-9])\s*(?P<d>3[01]|[12]\d|0[1-9]){_END})"
)
_SHORT = rf"{_MONTH}\s*月份?\s*{_DAY}(?!\d)\s*[日号]?"
_DATE = regex.compile(rf"(?<!\d){_FULL}(?:\s*\d{{1,2}}:\d\d(?::\d\d)?)?")
# 0时, 零时, 24时 behind a day; 起 … 至, 开始 … 结束于, 截止日期为 between two.
_HOUR = r"(?:\s*(?:0|00|零|24|二十四)\s*(?:[时点]|:00)(?:00分|整)?)?"
_TO = r"(?:至|到|止于|[-—–－―﹣−~～→]{1,3}|(?:截止|截至|结束|终止)(?:日期|时间|日)?(?:为|是|到|至|于|:)*)"
_JOINT = rf"{_HOUR}\s*(?:\(含\))?[\s,、;]*(?:起|始|开始|起始)?[\s,、;]*(?:并|直)?{_TO}\s*"


class Day(NamedTuple):
    """A date found in a text: ISO, and where it stands."""

    iso: str
    start: int
    end: int


class Period(NamedTuple):
    """A period found in a text: first and last day, ISO, and where it stands."""

    first: str
    last: str
    start: int
    end: int


def half_width(text: str) -> str:
    """The text with full-width ASCII and ideographic blanks folded, of the same length."""
    if text.isascii() or not _FULL_WIDTH.search(text):
        return text
    for mark, folded in _USUAL:
        text = text.replace(mark, folded)
    return _FULL_WIDTH.sub(_folded, text)


def _folded(match: re.Match[str]) -> str:
    return chr(_HALF_WIDTH[ord(match[0])])


def numeral(text: str) -> int | None:
    """The value of a numeral: ``十二``, ``二〇二三``, ``12``; None where it is none (or above 99 in words).

    >>> numeral("二十三"), numeral("二○一〇"), numeral("x")
    (23, 2010, None)
    """
    text = half_width(text).strip()
    if text.isdecimal():
        return int(text) if len(text) < 10 else None
    if "十" in text:
        tens, _, ones = text.partition("十")
        if len(tens) > 1 or len(ones) > 1:
            return None
        high, low = _DIGITS.get(tens, None if tens else 1), _DIGITS.get(ones, None if ones else 0)
        return None if high is None or low is None else high * 10 + low
    if not text or len(text) > 4 or any(mark not in _DIGITS for mark in text):
        return None
    return int("".join(str(_DIGITS[mark]) for mark in text))


def iso_date(year: str, month: str, day: str) -> str | None:
    """``YYYY-MM-DD`` of three numerals, or None where they are no date of a report's time."""
    y, m, d = numeral(year), numeral(month), numeral(day)
    if y is None or m is None or d is None or not FIRST_YEAR <= y <= LAST_YEAR:
        return None
    try:
        return date(y, m, d).isoformat()
    except ValueError:
        return None


def find_date(text: str, start: int = 0) -> Day | None:
    """The first full date at or behind `start`; marks lost by a font do not matter.

    >>> find_date("（二〇一〇年三月八日）")
    Day(iso='2010-03-08', start=1, end=10)
    """
    folded = half_width(text)
    for match in _DATE.finditer(folded, start):
        iso = iso_date(match["y"], match["m"], match["d"])
        if iso:
            return Day(iso, match.start(), match.end())
    return None


_THIRD = _SHORT.replace("?P<m>", "?P<m3>").replace("?P<d>", "?P<d3>")
# The second year is often left out (2023年1月1日至12月31日); so is the first, where the report's year is known.
_PERIOD = regex.compile(
    rf"(?<!\d){_FULL}{_JOINT}(?:{_FULL.replace('?P<y>', '?P<y2>').replace('?P<m>', '?P<m2>').replace('?P<d>', '?P<d2>')}"
    rf"|(?P<next>次年|翌年|第二年|下一?年)?(?:当年|同年|本年|该年)?"
    rf"{_THIRD})"
)
_YEARLESS = regex.compile(rf"(?<![\d年]){_SHORT}{_JOINT}(?P<next>次年|翌年|第二年|下一?年)?{_THIRD}")
_MONTHS = regex.compile(
    rf"(?<!\d){_YEAR}\s*年\s*{_MONTH}\s*(?:月份?)?{_JOINT}(?:{_YEAR.replace('?P<y>', '?P<y2>')}\s*年)?\s*"
    rf"{_MONTH.replace('?P<m>', '?P<m3>')}\s*月(?!\s*\d)"
)
# Days of a year that is told by its two ends.
_A_YEAR = range(360, 368)


def find_periods(text: str, year: int | None = None) -> Iterator[Period]:
    """The periods in the text (``2023年1月1日至12月31日``), first and last day ISO, with where they stand.

    Where the second day has no year and lies before the first, it is one of the next year (a school year). `year` is that
    of periods that name none (``1月1日至12月31日``); without it they are left out.

    >>> [period[:2] for period in find_periods("统计期限自2023年1月1日起,至12月31日止")]
    [('2023-01-01', '2023-12-31')]
    >>> [period[:2] for period in find_periods("自2022年9月1日起至次年8月31日")]
    [('2022-09-01', '2023-08-31')]
    """
    folded = half_width(text)
    found = False
    for match in _PERIOD.finditer(folded):
        first = iso_date(match["y"], match["m"], match["d"])
        if match["m2"]:
            last = iso_date(match["y2"], match["m2"], match["d2"])
        else:
            last = _in_year(first, match["m3"], match["d3"], later=bool(match["next"]))
        if first and last and first <= last:
            found = True
            yield Period(first, last, match.start(), match.end())
    if found or year is None:
        return
    for match in _YEARLESS.finditer(folded):
        months = numeral(match["m"]), numeral(match["m3"])
        # A school year is named by the year in which it ends.
        ends_later = bool(match["next"]) or (None not in months and months[1] < months[0])  # type: ignore[operator]
        first = iso_date(str(year - ends_later), match["m"], match["d"])
        last = iso_date(str(year), match["m3"], match["d3"])
        if first and last and first <= last:
            yield Period(first, last, match.start(), match.end())


def _in_year(first: str | None, month: str, day: str, *, later: bool) -> str | None:
    """The day without a year that ends a period: of the year in which it begins, or of the next."""
    if first is None:
        return None
    same = None if later else iso_date(first[:4], month, day)
    following = iso_date(str(int(first[:4]) + 1), month, day)
    if later or (same and same >= first) or following is None:
        return following if later else same
    days = (date.fromisoformat(following) - date.fromisoformat(first)).days + 1
    return following if days in _A_YEAR else None


def find_months(text: str) -> Iterator[Period]:
    """The periods that are given in months (``2023年1月至12月``, ``2023年1—12月``): from the first one's first day to the last
    one's last."""
    for match in _MONTHS.finditer(half_width(text)):
        first = iso_date(match["y"], match["m"], "1")
        year, month = numeral(match["y2"] or match["y"]), numeral(match["m3"])
        if first is None or year is None or month is None:
            continue
        last = iso_date(str(year), str(month), str(monthrange(year, month)[1]))
        if last and first <= last:
            yield Period(first, last, match.start(), match.end())
