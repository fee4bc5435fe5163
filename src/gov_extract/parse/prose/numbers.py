"""Numbers as the prose prints them.

In: a number's characters, half-width: digits, Chinese numerals, both mixed, with 万 and 亿, with 余, 多, 来 or + inside. Out:
its value, or None where it is none (三五, 十四五).
"""

from __future__ import annotations

from typing import NamedTuple

import regex

_ZERO = "零〇○"
_DIGITS = {**dict.fromkeys(_ZERO, 0), **{mark: n for n, mark in enumerate("一二三四五六七八九", 1)}, "两": 2}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10_000, "亿": 100_000_000}
ROUNDS = frozenset("百千万亿")
INSIDE = "余多来+"

# 3千米 is 3 of 千米.
_THOUSAND = "千(?![米克瓦])"
DIGITS = r"(?:\d{1,3}(?:,\d{3}){1,5}(?!\d)|\d+)(?:\.\d+)?"
_MULTIPLIER = rf"(?:(?:[十百]|{_THOUSAND})?万亿?|亿|百|{_THOUSAND})"
_ARABIC = (
    rf"{DIGITS}(?:\s*(?:[余多来]\s*)?{_MULTIPLIER}(?:\d+(?:\.\d+)?(?:[百千]?万|百|{_THOUSAND})|\d{{3,}})?)?(?:\s*[余多来+])?"
)
_WORDS = rf"(?:[{_ZERO}一二两三四五六七八九十百万亿]|{_THOUSAND})+(?:[余多来]{_MULTIPLIER}?)?\+?"
NUMBER = rf"(?:{_ARABIC}|{_WORDS})"

# Nothing that is counted has more characters.
_LONGEST = 32
_PARTS = regex.compile(r"(\d+(?:\.\d+)?)([十百千]?[万亿]{0,2})")
_INSIDE = regex.compile(rf"[{INSIDE}\s]")


class Number(NamedTuple):
    """A number's `value`; `bare` is the value without its multiplier, `multiplier` what 百, 千, 万 and 亿 behind it make.

    `about` tells whether 余, 多, 来 or + stand inside, `words` whether it is written in Chinese numerals, `round` whether it is
    a multiplier without a leading figure (百, 千余).
    """

    value: float
    bare: float
    multiplier: float
    about: bool
    words: bool
    round: bool


def read_number(text: str) -> Number | None:
    """The number that a text is.

    >>> read_number("3.2万余").value, read_number("两千一百余").value, read_number("十四五")
    (32000.0, 2100.0, None)
    """
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST:
        return Number(float(text), float(text), 1.0, False, False, False)
    about = any(mark in text for mark in INSIDE)
    plain = _INSIDE.sub("", text).replace(",", "")
    if not plain or len(plain) > _LONGEST:
        return None
    if plain[0].isdigit():
        return _arabic(plain, about)
    value = _words(plain)
    if value is None:
        return None
    tail = len(plain)
    while tail > 1 and plain[tail - 1] in _LARGE:
        tail -= 1
    multiplier = float(_product(plain[tail:])) if tail < len(plain) else 1.0
    return Number(value, value / multiplier, multiplier, about, True, plain[0] in ROUNDS)


def _product(text: str) -> int:
    result = 1
    for mark in text:
        result *= _SMALL.get(mark) or _LARGE[mark]
    return result


def _arabic(text: str, about: bool) -> Number | None:
    total, multiplier, bare, end = 0.0, 1.0, 0.0, 0
    for match in _PARTS.finditer(text):
        if match.start() != end:
            return None
        end = match.end()
        bare, multiplier = float(match[1]), float(_product(match[2]))
        # Decimals of 万 come out with the places that were printed: 68.7万 is 687000.
        total += round(bare * multiplier, 6)
    return Number(total, bare, multiplier, about, False, False) if end == len(text) else None


def _words(text: str) -> float | None:
    """Chinese numerals by place (三千五百万) or digit by digit (一〇二)."""
    if len(text) > 1 and all(mark in _DIGITS for mark in text):
        if any(mark in _ZERO for mark in text) and text[0] not in _ZERO:
            return float("".join(str(_DIGITS[mark]) for mark in text))
        return None
    if text == "零" or text in _ZERO:
        return None
    total = section = 0.0
    digit: int | None = None
    last = 10.0**12
    for mark in text:
        if mark in _ZERO:
            if digit is not None:
                return None
        elif mark in _DIGITS:
            if digit is not None:
                return None
            digit = _DIGITS[mark]
        elif mark in _SMALL:
            unit = _SMALL[mark]
            if unit >= last:
                return None
            section += (1 if digit is None else digit) * unit
            digit, last = None, unit
        else:
            unit = _LARGE[mark]
            section += digit or 0
            # 万亿: the whole so far is multiplied.
            if section:
                total += section * unit
            else:
                total = (total or 1) * unit
            section, digit, last = 0.0, None, 10.0**12
    return total + section + (digit or 0)
