"""The text of a figure's place → state, value, note.

In: what is printed in the place and the unit of its column. Out: a `Figure`. Nothing is guessed: what cannot be read
for certain is ``unreadable``, what can be read but looks odd carries a doubt that the caller must settle or report.
"""

from __future__ import annotations

import tomllib
import unicodedata
from decimal import Decimal
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Literal, NamedTuple

import regex

from gov_extract.forms.labels import simplified

FigureState = Literal["read", "blank", "dash", "unreadable"]

# A float64 holds integers of 15 digits exactly; no figure of a report comes near.
MAX_DIGITS = 15
# What a reader puts for ink whose character nobody can tell.
UNMAPPED = "\ufffd"
# No word that stands for no figure has more characters.
LONGEST_WORD = 4
# A figure with its note is shorter than this many characters; anything longer is a sentence.
MAX_PLACE = 60
# The marks before a figure's decimals.
POINTS = ".．"


class Figure(NamedTuple):
    """What a place says. `value` is in the column's unit, `unit` the one printed with the figure itself.

    `doubts` name what the caller must settle or report:
    ``spaces`` (a gap inside the digits), ``line_break`` (digits on two lines), ``fraction`` (a count that is no integer),
    ``negative`` (a count below zero), ``unit`` (the printed unit is not the column's kind).
    """

    state: FigureState
    value: float | None
    note: str | None = None
    doubts: tuple[str, ...] = ()
    unit: str | None = None


BLANK = Figure("blank", None)
DASH = Figure("dash", None)
UNREADABLE = Figure("unreadable", None)

_SPACE = regex.compile(r"[\s\u200b\ufeff\u2060]+")
_FIGURE = regex.compile(
    r"^(?P<sign>[-+−–—]?)(?P<currency>[¥￥])?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?P<fraction>\.\d+)?"
    r"(?P<unit>[\p{Han}]{0,4}?)"
    r"(?P<note>\(.*\)|(?:其中|含|包括).*)?[。;；,，、]?$",
    regex.DOTALL,
)
_BRACKETED = regex.compile(r"[(（]\s*[-+－−–—]?\p{Nd}[\p{Nd},.，．]*\s*[)）]")
_YEAR = regex.compile(r"(?<!\d)((?:19|20)\d\d)\s*年")
_MARKS = regex.compile(r"[\p{No}--[〇]]", regex.VERSION1)
_UNIT_NOTE = regex.compile(r"^\((?:\p{Han}{0,4}单位[:为]?)?([\p{Han}]{1,3})\)$")


@cache
def _data() -> dict[str, Any]:
    text = resources.files("gov_extract").joinpath("data/values.toml").read_text("utf-8")
    data = tomllib.loads(text)
    return data | {"dashes": frozenset(data["dashes"]), "words": frozenset(data["words"])}


def read_figure(text: str, unit: str) -> Figure:
    """Read the text of one place under a column whose values are in `unit` (``件``, ``项``, ``万元``...).

    >>> read_figure("22（其中修订 16 件）", "件")
    Figure(state='read', value=22.0, note='（其中修订 16 件）', doubts=(), unit=None)
    >>> read_figure("251000元", "万元").value
    25.1
    """
    return _plain(text) or _read(text, unit)


@lru_cache(maxsize=4096)
def _plain(text: str) -> Figure | None:
    """A place with nothing but the digits of a number, or nothing at all: what most places hold."""
    if not text or text.isspace():
        return BLANK
    if text.isascii() and text.isdigit() and (text[0] != "0" or text == "0") and len(text) <= MAX_DIGITS:
        return Figure("read", float(text))
    return None


@lru_cache(maxsize=4096)
def _read(text: str, unit: str) -> Figure:
    data = _data()
    if _MARKS.search(text):
        return UNREADABLE  # a footnote's mark (5², 5①), which NFKC would make a digit
    folded = simplified(unicodedata.normalize("NFKC", text).strip())
    bare = _SPACE.sub("", folded)
    if not bare:
        return BLANK
    if bare in data["words"] or all(char in data["dashes"] for char in bare):
        return DASH
    if bare in data["zeros"]:
        return Figure("read", 0.0)
    match = _FIGURE.match(bare)
    if not match:
        return UNREADABLE
    digits = match["digits"].replace(",", "")
    if len(digits) > MAX_DIGITS or (len(digits) > 1 and digits[0] == "0"):
        return UNREADABLE  # "012": two places glued, or a torn figure
    number = Decimal(digits + (match["fraction"] or ""))
    negative = match["sign"] in ("-", "−", "–", "—")
    if negative:
        number = -number
    doubts = []
    printed, note = match["unit"] or ("元" if match["currency"] else ""), match["note"]
    if _approximate().search(printed) or _approximate().fullmatch((note or "").strip("()")):
        return UNREADABLE  # 32万余: a figure that is said to be about so much is none
    if note and (unit_note := _UNIT_NOTE.match(note)):
        printed, note = printed or unit_note[1], None
    factor = _factor(printed, unit)
    if factor is None:
        if printed not in data["money"] and any(char in data["scales"] for char in printed):
            return UNREADABLE  # the digits alone are not what is printed (3千, 32万户)
        doubts.append("unit")
    else:
        number *= factor
    doubts += _gaps(folded, match)
    if unit not in _data()["money"] and number != number.to_integral_value():
        doubts.append("fraction")
    if negative:
        doubts.append("negative")
    return Figure("read", float(number), _printed_note(text, note), tuple(doubts), printed or None)


def has_sign_alone(text: str) -> bool:
    """Whether a figure has a currency's sign and no unit: 元, unless the sign only says that it is money (¥12.5 under 万元).

    >>> has_sign_alone("¥12.5"), has_sign_alone("￥12.5万元"), has_sign_alone("12.5")
    (True, False, False)
    """
    if text.isdigit():  # as most are
        return False
    match = _FIGURE.match(_SPACE.sub("", unicodedata.normalize("NFKC", text)))
    return match is not None and bool(match["currency"]) and not match["unit"] and not _UNIT_NOTE.match(match["note"] or "")


@cache
def _approximate() -> regex.Pattern[str]:
    words = sorted(_data()["approximate"], key=len, reverse=True)
    return regex.compile(f"(?:{'|'.join(map(regex.escape, words))})+[数值]?")


def _factor(printed: str, unit: str) -> Decimal | None:
    """By what a number with the unit `printed` is multiplied to be in `unit`; None where the two are of other kinds."""
    data = _data()
    if not printed or printed == unit:
        return Decimal(1)
    if unit in data["money"]:
        if printed not in data["money"]:
            return None
        return Decimal(data["money"][printed]) / Decimal(data["money"][unit])
    for multiple, times in data["multiples"].items():
        if printed.startswith(multiple) and (printed == multiple or printed[len(multiple) :] in data["counting"]):
            return Decimal(times)
    return Decimal(1) if printed in data["counting"] else None


def money_factor(printed: str, unit: str) -> float | None:
    """The factor from a header's unit of money to the column's; None where either is no unit of money.

    >>> money_factor("元", "万元")
    0.0001
    """
    money = _data()["money"]
    return money[printed] / money[unit] if printed in money and unit in money else None


def is_counting(unit: str) -> bool:
    """Whether a unit is one of counting, or a multiple of one that is understood.

    >>> is_counting("件"), is_counting("万件"), is_counting("万元"), is_counting("%")
    (True, True, False, False)
    """
    return unit in _data()["counting"] or multiple_of(unit) != 1


def multiple_of(unit: str) -> int:
    """How many of its kind a unit counts: 10,000 for 万件, 1 for 件 and for units of money.

    >>> multiple_of("万件"), multiple_of("万元")
    (10000, 1)
    """
    data = _data()
    for multiple, times in data["multiples"].items():
        if unit.startswith(multiple) and unit[len(multiple) :] in data["counting"]:
            return int(times)
    return 1


def _gaps(folded: str, match: regex.Match[str]) -> list[str]:
    """White space between the first and the last digit of the figure itself (not of its note)."""
    wanted = len(match["digits"] + (match["fraction"] or ""))
    start = next(k for k, char in enumerate(folded) if char.isdigit())
    seen, doubts = 0, []
    for char in folded[start:]:
        if seen == wanted:
            break
        if char.isspace():
            doubts.append("line_break" if char == "\n" else "spaces")
        else:
            seen += 1
    return list(dict.fromkeys(doubts))


def _printed_note(text: str, note: str | None) -> str | None:
    """The note as printed: from its first character in the unfolded text to the end."""
    if not note:
        return None
    first = {"(": "(（﹙", "其": "其", "含": "含", "包": "包"}[note[0]]
    start = min(place for char in first if (place := text.find(char)) >= 0)
    return _SPACE.sub(" ", text[start:]).strip()


@lru_cache(maxsize=4096)
def header_units(text: str) -> tuple[str, ...]:
    """The units that a header, a title or a label names: in brackets, or behind 单位.

    >>> header_units("本年收费金额（单位：元）")
    ('元',)
    >>> header_units("（单位：件、千元）")
    ('件', '千元')

    A unit of money that is none is given as it is printed, for the reader to be unsure of: a misread 万元.

    >>> header_units("（单位：力元）")
    ('力元',)
    """
    folded = simplified(unicodedata.normalize("NFKC", text))
    found = [unit for match in _header_pattern().finditer(folded) for n in range(1, 5) for unit in match.captures(n)]
    return tuple(found or _UNKNOWN_MONEY.findall(folded))


_UNKNOWN_MONEY = regex.compile(r"单位\s*[:为]\s*([^\s、,:()]{1,3}元)")


def names_unit(text: str) -> bool:
    """Whether a caption or note is about the unit of what stands near it (单位：元, 金额以元计)."""
    return "单位" in simplified(text) or _by_unit().search(simplified(text)) is not None


@cache
def _by_unit() -> regex.Pattern[str]:
    return regex.compile(rf"以\s*({_names()})\s*计")


def unit_at_end(text: str, unit: str) -> tuple[str, ...]:
    """The unit of money that the header of a column of money (in `unit`) ends in, without brackets: 收费金额/千元."""
    if unit not in _data()["money"]:
        return ()
    match = _end_pattern().search(simplified(unicodedata.normalize("NFKC", text)).strip())
    return (match[1],) if match else ()


@cache
def _names() -> str:
    data = _data()
    counts = [multiple + unit for multiple in (*data["multiples"], *"十百千") for unit in data["counting"]]
    names = sorted([*data["money"], *data["counting"], *counts, *data["other_money"]], key=len, reverse=True)
    return "|".join(map(regex.escape, names))


@cache
def _header_pattern() -> regex.Pattern[str]:
    names = _names()
    return regex.compile(
        rf"单位\s*[:为]?\s*({names})(?:\s*[、,/和及]\s*({names}))*|\(\s*({names})\s*\)|以\s*({names})\s*(?:为单位|计)"
    )


@cache
def _end_pattern() -> regex.Pattern[str]:
    names = sorted((*_data()["money"], *_data()["other_money"]), key=len, reverse=True)
    return regex.compile(rf"(?:^|[^{''.join(names)}])({'|'.join(map(regex.escape, names))})\)?$")


def is_multiple(unit: str) -> bool:
    """Whether a unit of counting is a multiple of one (万件)."""
    return unit not in _data()["counting"] and any(unit.endswith(one) for one in _data()["counting"])


def about(text: str) -> str:
    """The words at the end of a text that say that the figure behind it is not exact; empty where there are none.

    >>> about("规章约")
    '约'
    """
    found = regex.search(f"{_approximate().pattern}$", simplified(text))
    return text[found.start() :] if found else ""


def units() -> frozenset[str]:
    """Every unit, of counting and of money, that may stand behind a figure."""
    return frozenset(_data()["counting"]) | frozenset(_data()["money"])


def is_unit(text: str) -> bool:
    """Whether a text is nothing but a unit."""
    return text in units()


def says_nothing(text: str) -> bool:
    """Whether a text is a word that stands for no figure (无)."""
    return len(text) <= LONGEST_WORD and simplified(text) in _data()["words"]


def words_for_nothing() -> tuple[str, ...]:
    """The words that stand for no figure (无)."""
    return tuple(_data()["words"])


def names_earlier_year(text: str) -> bool:
    """Whether a title calls its figures those of an earlier year (上年度, 去年)."""
    return any(word in text for word in _data()["earlier"])


@lru_cache(maxsize=4096)
def is_aside(text: str) -> bool:
    """Whether a header says that its column holds no figures of the report's year: an earlier year's, a change, remarks."""
    return len(text) <= MAX_PLACE and (names_earlier_year(text) or any(word in text for word in _data()["aside"]))


def years_in(text: str) -> frozenset[int]:
    """The years that a text names (2023年).

    >>> sorted(years_in("2022年与2023年"))
    [2022, 2023]
    """
    return frozenset(map(int, _YEAR.findall(text))) if "年" in text else frozenset()


def is_dash(text: str) -> bool:
    """Whether a text is one dash or several, of any make: engines write one glyph's dash differently."""
    return bool(text) and all(char in _data()["dashes"] for char in text)


@lru_cache(maxsize=4096)
def looks_like_figure(text: str) -> bool:
    """Whether a text can only be a figure, a dash or a figure with its unit (a label never is); of ink in a font without
    Unicode nothing is known, and it takes up the place of a figure."""
    if text.isascii() and text.isdigit():
        return True
    if text and not text.strip(f"{UNMAPPED} \n"):
        return True
    if not text or len(text) > MAX_PLACE:
        return False
    if text[0] in POINTS and text[1:].isdecimal():
        return True  # the end of a figure that is parted before its point
    if _BRACKETED.fullmatch(text):
        return True  # whatever the brackets say of it
    if "\u4e00" <= text[0] <= "\u9fff" and not says_nothing(text) and text not in _data()["zeros"]:
        return False  # the common case: a label
    figure = _read(text, "件")
    return figure.state == "dash" or (figure.state == "read" and "unit" not in figure.doubts) or _is_money(text)


def _is_money(text: str) -> bool:
    figure = _read(text, "万元")
    return figure.state == "read" and not figure.doubts
