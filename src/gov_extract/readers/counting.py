"""Automatic numbers as they are printed.

In: a count and a number format, by its name in Word's ``numbering.xml`` (``w:numFmt``). Out: the printed number.
"""

from __future__ import annotations

from collections.abc import Callable

_DIGITS = "〇一二三四五六七八九"
_LEGAL_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_MOST = 9999
"""Counts beyond this are printed as plain decimals: no format below goes further, and no report's list does."""


def _chinese(count: int, digits: str = _DIGITS, units: str = "十百千", *, bare_ten: bool = True) -> str:
    """A count in words: 一, 十, 十一, 二十, 一百零一. `bare_ten` leaves out the leading 一 of 一十."""
    zero = "零"
    parts: list[str] = []
    pending = False
    text = str(count)
    for place, digit in zip(range(len(text) - 1, -1, -1), text, strict=True):
        if digit == "0":
            pending = bool(parts)
            continue
        if pending:
            parts.append(zero)
            pending = False
        parts.append(digits[int(digit)] + (units[place - 1] if place else ""))
    words = "".join(parts)
    return words[1:] if bare_ten and 10 <= count < 20 else words


def _by_digit(count: int) -> str:
    return "".join(_DIGITS[int(digit)] for digit in str(count))


def _counting(count: int) -> str:
    # Word switches from words to digits at a hundred in this format.
    return _chinese(count) if count < 100 else _by_digit(count)


def _roman(count: int) -> str:
    parts: list[str] = []
    for value, letters in _ROMAN:
        times, count = divmod(count, value)
        parts.append(letters * times)
    return "".join(parts)


def _letter(count: int) -> str:
    # After z come aa, bb, cc: Word repeats, it does not count in base 26.
    times, letter = divmod(count - 1, 26)
    return chr(ord("a") + letter) * (min(times, 30) + 1)


def _from(first: int, last: int) -> Callable[[int], str]:
    """A block of enclosed numbers in Unicode, from 1 to `last`; plain decimals beyond."""
    return lambda count: chr(first + count - 1) if count <= last else str(count)


def _circled(count: int) -> str:
    for first, low, high in ((0x2460, 1, 20), (0x3251, 21, 35), (0x32B1, 36, 50)):
        if low <= count <= high:
            return chr(first + count - low)
    return str(count)


def _full_width(count: int) -> str:
    return str(count).translate({ord(digit): ord(digit) - ord("0") + ord("０") for digit in "0123456789"})


FORMATS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalHalfWidth": str,
    "decimalZero": lambda count: f"{count:02d}",
    "decimalFullWidth": _full_width,
    "decimalFullWidth2": _full_width,
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalEnclosedParen": _from(0x2474, 20),
    "decimalEnclosedFullstop": _from(0x2488, 20),
    "chineseCounting": _counting,
    "chineseCountingThousand": _chinese,
    "chineseLegalSimplified": lambda count: _chinese(count, _LEGAL_DIGITS, "拾佰仟", bare_ten=False),
    "ideographLegalTraditional": lambda count: _chinese(count, "零壹貳參肆伍陸柒捌玖", "拾佰仟", bare_ten=False),
    "japaneseCounting": _chinese,
    "japaneseLegal": lambda count: _chinese(count, "零壱弐参四伍六七八九", "拾百阡", bare_ten=False),
    "japaneseDigitalTenThousand": _by_digit,
    "taiwaneseCounting": _counting,
    "taiwaneseCountingThousand": _chinese,
    "taiwaneseDigital": _by_digit,
    "ideographDigital": _by_digit,
    "koreanDigital2": _by_digit,
    "ideographTraditional": lambda count: _STEMS[count - 1] if count <= 10 else str(count),
    "ideographZodiac": lambda count: _BRANCHES[count - 1] if count <= 12 else str(count),
    "ideographEnclosedCircle": _from(0x3280, 10),
    "upperRoman": lambda count: _roman(count).upper(),
    "lowerRoman": _roman,
    "upperLetter": lambda count: _letter(count).upper(),
    "lowerLetter": _letter,
    "ordinal": str,
}
"""Number formats that Chinese documents use. An unknown one prints as decimal; bullets print nothing."""


def printed_number(count: int, number_format: str) -> str:
    """A count as its format prints it, e.g. 3 in ``chineseCounting`` as 三."""
    if number_format in ("bullet", "none"):
        return ""
    if not 1 <= count <= _MOST:
        return str(count)
    return FORMATS.get(number_format, str)(count)
