"""A stored number as its number format shows it.

In: a number and the code of its format (``#,##0.00"万元"``), as Excel and its kin write them. Out: the text that stands in the
cell. Colours and widths count for nothing, thousands are not parted, and figures are rounded where the format rounds them: a
figure is what is printed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple

from gov_extract.readers.sheets.model import UNREAD

DIGITS = 15
"""Significant digits that a stored number has: what lies beyond is the machine's."""
MOST_DAYS = 2_958_465
"""The last day that dates go to: 9999-12-31."""

BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm", 19: "h:mm:ss", 20: "h:mm",
    21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 27: "yyyy年m月", 28: "m月d日", 29: "m月d日", 30: "m-d-yy", 31: "yyyy年m月d日",
    32: "h时mm分", 33: "h时mm分ss秒", 36: "yyyy年m月", 37: "#,##0;-#,##0", 38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;-#,##0.00", 41: '#,##0;-#,##0;"-"', 42: '¥#,##0;-¥#,##0;¥"-"', 43: '#,##0.00;-#,##0.00;"-"??',
    44: '¥#,##0.00;-¥#,##0.00;¥"-"??', 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss", 48: "##0.0E+0", 49: "@", 50: "yyyy年m月",
    51: "m月d日", 52: "yyyy年m月", 53: "m月d日", 54: "m月d日", 55: "h时mm分", 56: "h时mm分ss秒", 57: "yyyy年m月", 58: "m月d日",
}  # fmt: skip
"""Formats that a file names by number alone, as Chinese editions show them."""

_TOKENS = re.compile(
    r'"[^"]*"?|\\.|!.|_.|\*.|\[[^\]]*\]?|(?i:General)|G/通用格式|[Ee][+-]|[0#?]|[.,%@/]|AM/PM|[ymdhsYMDHS]+|.', re.DOTALL
)
_DATE = re.compile(r"[ymdhsYMDHS]+|AM/PM")
_ELAPSED = re.compile(r"\[[hms]+\]", re.IGNORECASE)
_CONDITION = re.compile(r"\[[<>=]")
_CURRENCY = re.compile(r"\[\$([^\]-]*)")
_KNOWN_BRACKET = re.compile(
    r"\[(?:\$[^\]-]*(?:-[0-9A-F]{1,4})?|[<>=].*|(?:Color|颜色) ?\d+|Black|Blue|Cyan|Green|Magenta|Red|White|Yellow"
    r"|黑色?|蓝色?|青色?|绿色?|洋红色?|红色?|白色?|黄色?)\]",
    re.IGNORECASE,
)
"""Currencies, conditions and colours: other brackets write figures in other signs (``[DBNum1]`` in Chinese ones)."""
_EXPONENTS = frozenset({"E+", "E-", "e+", "e-"})
GENERAL = frozenset({"", "general", "g/通用格式", "@"})


class Shown(NamedTuple):
    """What stands in the cell, whether it was told for certain, and whether digits that are stored are not shown."""

    text: str
    sure: bool = True
    rounded: bool = False


class _Section(NamedTuple):
    """A part of a format: the literal text before and behind the digits, decimals at most (None where it has no digits to
    show) and at least, whether it is a percentage, its kind (a number, a date, plain, or nothing that can be told), and
    whether no digit must be shown.
    """

    before: str
    behind: str
    decimals: int | None
    fixed: int
    percent: bool
    kind: str
    optional: bool


_LITERAL = _Section("", "", None, 0, False, "number", False)


def plain(value: float) -> str:
    """A number without exponent and without what the machine added."""
    try:
        number = Decimal(f"{value:.{DIGITS}g}")
        return f"{number:f}" if abs(number) < Decimal("1e30") else f"{value:g}"
    except (InvalidOperation, ValueError):
        return UNREAD


def shown(value: float, code: str, *, from_1904: bool = False) -> Shown:
    """The text of a number under a format.

    Parameters
    ----------
    value
        The stored number; of dates the days since the end of 1899.
    code
        The format's code.
    from_1904
        Whether the workbook counts its days from 1904.
    """
    if value != value or value in (float("inf"), float("-inf")):
        return Shown(UNREAD, sure=False)
    if code.strip().lower() in GENERAL:
        return Shown(plain(value))
    sections = _sections(code)
    if any(section.kind == "untold" for section in sections):
        return Shown(UNREAD, sure=False)
    section = sections[0]
    apart = False
    if len(sections) > 1 and value < 0:
        section, apart = sections[1], True
    elif len(sections) > 2 and value == 0:
        section = sections[2]
    if section.kind == "date":
        return Shown(_date(value, code, from_1904=from_1904))
    if section.kind == "general":
        return _framed(section, plain(abs(value) if apart else value), apart=apart)
    if section.decimals is None:
        # Literal text in the place of a figure, such as the dash of a zero; nothing at all where there is none.
        return Shown((section.before + section.behind).strip())
    amount = plain(abs(value) if apart else value)
    if "e" in amount or amount == UNREAD:
        return Shown(UNREAD, sure=False)
    exact = Decimal(amount) * (100 if section.percent else 1)
    try:
        rounded = exact.quantize(Decimal(1).scaleb(-section.decimals), ROUND_HALF_UP)
    except InvalidOperation:  # more digits than any figure has
        return Shown(UNREAD, sure=False)
    if section.optional and rounded == 0:  # a zero that takes no place: # and #,### show none
        return Shown((section.before + section.behind).strip(), rounded=rounded != exact)
    digits = f"{rounded:f}"
    while section.fixed < len(digits.partition(".")[2]) and digits.endswith("0"):  # digits behind the point that need not be
        digits = digits[:-1].rstrip(".")
    return _framed(section, digits + ("%" if section.percent else ""), apart=apart, rounded=rounded != exact)


def _framed(section: _Section, digits: str, *, apart: bool, rounded: bool = False) -> Shown:
    """Digits with the text around them; `apart` where the section is that of negative figures."""
    before, behind = section.before, section.behind
    if apart:  # minus signs and brackets are the format's own way to say so
        before, behind, digits = re.sub(r"[-(（−]", "", before), re.sub(r"[)）]", "", behind), f"-{digits}"
    return Shown(f"{before}{digits}{behind}".strip(), rounded=rounded)


def shown_text(text: str, code: str) -> str:
    """A stored text under a format: with what the format sets around texts, nothing where it hides them as well."""
    if code.strip().lower() in GENERAL:
        return text
    parts = _split(code)
    part = parts[3] if len(parts) > 3 else next((part for part in parts if "@" in _TOKENS.findall(part)), None)
    if part is None:
        return text
    return "".join(text if token == "@" or token.lower() in GENERAL else _literal(token) for token in _TOKENS.findall(part))


def is_date(code: str) -> bool:
    """Whether a format shows days or times."""
    return code.strip().lower() not in GENERAL and _sections(code)[0].kind == "date"


def _split(code: str) -> list[str]:
    parts = [""]
    for token in _TOKENS.findall(code):
        if token == ";":
            parts.append("")
        else:
            parts[-1] += token
    return parts


@lru_cache(maxsize=512)
def _sections(code: str) -> tuple[_Section, ...]:
    parts = _split(code)
    if any(_CONDITION.search(part) for part in parts):
        # Sections by conditions of their own: which one shows a figure is not told by its sign.
        kinds = {(s.decimals, s.percent, s.kind, s.before, s.behind) for s in map(_section, parts)}
        return (_section(parts[0]) if len(kinds) == 1 else _LITERAL._replace(kind="untold"),)
    return tuple(_section(part) for part in parts[:3])


def _section(part: str) -> _Section:
    tokens = _TOKENS.findall(part)
    digits = [k for k, token in enumerate(tokens) if token in ("0", "#", "?")]
    if _ELAPSED.search(part) or (not digits and any(_DATE.fullmatch(token) for token in tokens)):
        return _LITERAL._replace(kind="date")
    if any(_is_strange(token) for token in tokens):
        return _LITERAL._replace(kind="untold")
    literal = [_literal(token) for token in tokens]
    whole = next((k for k, token in enumerate(tokens) if token == "@" or token.lower() in GENERAL), None)
    if whole is not None:
        if digits or "%" in tokens or "," in tokens:
            return _LITERAL._replace(kind="untold")
        return _LITERAL._replace(kind="general", before="".join(literal[:whole]), behind="".join(literal[whole + 1 :]))
    if any(token in _EXPONENTS or token == "/" for token in tokens):
        # Powers of ten and fractions say the same as plain digits, as long as nothing else is said with them.
        other = "".join(text for text, token in zip(literal, tokens, strict=True) if token not in _EXPONENTS and token != "/")
        strange = "%" in tokens or "," in tokens or re.sub(r"[\s\d+-]", "", other)
        return _LITERAL._replace(kind="untold" if strange else "general")
    if not digits:
        return _LITERAL._replace(before="".join(literal))
    first, last = digits[0], digits[-1]
    inside = "".join(literal[first : last + 1])
    point = tokens.index(".") if "." in tokens else len(tokens)
    ones = max((k for k in digits if k < point), default=-1)
    scaled = "," in tokens[ones + 1 :]
    if scaled or inside.strip():  # thousands left out, or a sign set between the digits
        return _LITERAL._replace(kind="untold")
    decimals = sum(k > point for k in digits)
    percent = "%" in tokens
    optional = all(tokens[k] != "0" for k in digits)
    fixed = sum(tokens[k] == "0" for k in digits if k > point)
    before, behind = "".join(literal[:first]), "".join(literal[last + 1 :])
    return _Section(before, behind, decimals, fixed, percent, "number", optional)


def _is_strange(token: str) -> bool:
    """Whether a token does what is not known here: letters that stand for something, brackets that change the digits."""
    if token.startswith("["):
        return _KNOWN_BRACKET.fullmatch(token) is None
    return token.isascii() and token[0].isalpha() and token.lower() not in GENERAL and token not in _EXPONENTS


def _literal(token: str) -> str:
    """What a token prints of itself."""
    if token.startswith('"'):
        return token.strip('"')
    if token[0] in "\\!" and len(token) > 1:
        return token[1]
    if token[0] in "_*" and len(token) > 1:
        return ""
    if token.startswith("["):
        found = _CURRENCY.match(token)
        return found[1] if found else ""
    return "" if token in ("0", "#", "?", ".", ",", "%", "@") or token in _EXPONENTS else token


def _date(value: float, code: str, *, from_1904: bool) -> str:
    """A day, with the time where the format shows one. It is no figure, whatever its format."""
    days = value + (1462 if from_1904 else 0)
    if not 0 <= days <= MOST_DAYS:
        return UNREAD
    # Day 60 is 1900-02-29, which never was.
    at = datetime(1899, 12, 30 if days >= 60 else 31) + timedelta(days=days)  # noqa: DTZ001 - a sheet's days have no zone
    bare = "".join(token for token in _TOKENS.findall(code) if _DATE.fullmatch(token) or token[0] == "[")
    has_day, has_time = bool(re.search("[yYdD]", bare)), bool(re.search("[hHsS]", bare))
    moment = (at + timedelta(microseconds=500_000)).strftime("%H:%M:%S")
    day = f"{at.year}-{at.month:02d}-{at.day:02d}"
    return f"{day} {moment}" if has_day and has_time else moment if has_time else day


def joined_text(pieces: Sequence[str]) -> str:
    """Pieces of rich text as one; line breaks stay."""
    return "".join(pieces).replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "")
