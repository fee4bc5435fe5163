"""Numerals and dates as Chinese authorities write them.

In: text. Out: integers and ISO dates. Nothing here knows a report.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import regex

# Full-width ASCII and the ideographic blank, one character for one, so that offsets stay valid.
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}
_DIGITS = {**dict.fromkeys("〇○零Oo0", 0), **{mark: n for n, mark in enumerate("一二三四五六七八九", 1)}, "两": 2, "元": 1}
# Reports exist since the regulation of 2008; a printed year outside is no year of a report. The upper end leaves room.
FIRST_YEAR, LAST_YEAR = 2003, 2049

_ZERO = "〇○零Oo0"
_YEAR = rf"(?P<y>20\d\d|二[{_ZERO}][{_ZERO}一二三四五六七八九]{{2}})"
# 年, 月 and 日 may have been lost by a font (20211月1日, 20231231): the figures then stand for themselves.
_MONTH = r"(?P<m>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_DAY = r"(?P<d>3[01]|[12]\d|0?[1-9]|三十一?|二十[一二三四五六七八九]?|十[一二三四五六七八九]?|[一二三四五六七八九])"
_FULL = rf"{_YEAR}\s*(?:年度?|[-./])?\s*{_MONTH}\s*(?:月份?|[-./])?\s*{_DAY}(?!\d)\s*[日号]?"
_SHORT = rf"{_MONTH}\s*月份?\s*{_DAY}(?!\d)\s*[日号]?"
_DATE = regex.compile(rf"(?<!\d){_FULL}")
_JOINT = r"[\s,、;]*(?:起|始|开始)?[\s,、]*(?:至|到|止于|[-—–－―~～]{1,2})\s*"


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
    return text.translate(_HALF_WIDTH)


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


# The second year is often left out (2023年1月1日至12月31日).
_PERIOD = regex.compile(
    rf"(?<!\d){_FULL}{_JOINT}(?:{_FULL.replace('?P<y>', '?P<y2>').replace('?P<m>', '?P<m2>').replace('?P<d>', '?P<d2>')}"
    rf"|(?:当年|同年|本年)?{_SHORT.replace('?P<m>', '?P<m3>').replace('?P<d>', '?P<d3>')})"
)


def find_periods(text: str) -> Iterator[Period]:
    """The periods in the text (``2023年1月1日至12月31日``), first and last day ISO, with where they stand.

    >>> [period[:2] for period in find_periods("统计期限自2023年1月1日起,至12月31日止")]
    [('2023-01-01', '2023-12-31')]
    """
    for match in _PERIOD.finditer(half_width(text)):
        first = iso_date(match["y"], match["m"], match["d"])
        if match["m2"]:
            last = iso_date(match["y2"], match["m2"], match["d2"])
        else:
            last = iso_date(match["y"], match["m3"], match["d3"])
        if first and last and first <= last:
            yield Period(first, last, match.start(), match.end())
