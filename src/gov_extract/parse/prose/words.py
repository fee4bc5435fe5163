"""The vocabulary of ``data/prose.toml``, compiled once a process, and the folding under which it is matched.

In: nothing. Out: `words`, `fold`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import regex

from gov_extract.forms.labels import simplified
from gov_extract.parse.chinese import half_width
from gov_extract.parse.prose.numbers import NUMBER

# Between numbers that share a unit: a range, or a list.
RANGE = r"[-—–－~～至到]{1,2}"
LIST = r"以及|[、,和及与]"
# The longest quotation or title (characters).
_QUOTED = 400
# Numerals as on cheques: 壹佰贰拾. Alone they are other words (队伍, 大陆).
_CHEQUE = "壹贰叁肆伍陆柒捌玖"
_CHEQUES = str.maketrans(f"{_CHEQUE}拾佰仟", "一二三四五六七八九十百千")
_ON_CHEQUES = regex.compile(rf"(?:[{_CHEQUE}][拾佰仟万亿]+零?)+[{_CHEQUE}]?")


class Words(NamedTuple):
    """The compiled vocabulary."""

    quantity: regex.Pattern[str]
    number: regex.Pattern[str]
    before: regex.Pattern[str]
    rounds: regex.Pattern[str]
    behind: regex.Pattern[str]
    counted: regex.Pattern[str]
    article: regex.Pattern[str]
    ordinal: regex.Pattern[str]
    rank: regex.Pattern[str]
    phase: regex.Pattern[str]
    listed: regex.Pattern[str]
    masks: regex.Pattern[str]
    raw: dict[str, Any]


def fold(text: str) -> str:
    """A text half-width, in simplified script and with plain numerals, character for character."""
    return _ON_CHEQUES.sub(lambda match: match[0].translate(_CHEQUES), half_width(simplified(text)))


def any_of(words: Iterable[str]) -> str:
    """A pattern for one of some literal words, the longest first."""
    return "|".join(regex.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


@cache
def words() -> Words:
    """The vocabulary, read and compiled once a process."""
    raw: dict[str, Any] = tomllib.loads(resources.files("gov_extract.data").joinpath("prose.toml").read_text("utf-8"))
    units, approximate, ordinal = raw["units"], raw["approximate"], raw["ordinal"]
    nouns = units["nouns"] | {"个": f"[多余来半]?(?:{raw['time']['durations']})|{units['nouns']['个']}"}
    ordered = sorted(units["words"], key=lambda word: (-len(word), word))
    unit = "|".join(
        (rf"(?i:{word})(?![A-Za-z])" if word.isascii() else word) + (f"(?!{nouns[word]})" if word in nouns else "")
        for word in ordered
    )
    quotes = "|".join(f"{pair[0]}[^{pair[1]}\\n]{{0,{_QUOTED}}}{pair[1]}" for pair in raw["names"]["quotes"])
    # What a mask begins with: told at once, for these patterns are tried at every character.
    opening = "".join(sorted({word[0] for word in (*raw["names"]["words"], *raw["names"]["quotes"])}))
    masks = (
        f'(?=[{opening}"a-zA-Z0-9_〔\\[》百一二三四五六七八九十两])(?:'
        f'{quotes}|"[^"\\n]{{1,40}}"|{raw["names"]["address_pattern"]}|{ordinal["sessions_pattern"]}|{ordinal["law_pattern"]}'
        f"|{ordinal['again']}|{any_of(raw['names']['words'])}"
        f"|{raw['names']['slogans_pattern']})"
    )
    return Words(
        # Not inside another number (8 765份 has a blank in it), behind a letter, or behind 数 and 几, which make it vague.
        # A run without a unit is one match, not tried again from each of its numbers: the work grows with the text alone.
        regex.compile(
            rf"(?=[\d〇零○一二两三四五六七八九十百千万亿])"
            rf"(?<![\d〇零○一二两三四五六七八九十百千万亿几A-Za-z])(?<!\d[.+])(?<!\d[ \xa0]{{1,3}})(?<![A-Za-z][-.])"
            rf"(?!(?<=数)[十百千万亿])"
            rf"(?P<numbers>(?>{NUMBER}(?:\s*(?:{RANGE}|{LIST})\s*{NUMBER})*))\s*(?P<unit>{unit})?"
        ),
        regex.compile(NUMBER),
        # Matched from the number backwards, which tries one place and not each before it.
        regex.compile(f"(?:{approximate['before_pattern']})\\s*", regex.REVERSE),
        regex.compile(f"(?:{approximate['rounds_pattern']})$"),
        regex.compile(rf"\s*(?:{approximate['behind_pattern']})"),
        regex.compile(f"{raw['article']['counted_pattern']}|{raw['time']['each_pattern']}"),
        regex.compile(f"(?:{raw['article']['refused_pattern']})$"),
        regex.compile(rf"(?:{ordinal['pattern']})\s*", regex.REVERSE),
        regex.compile(ordinal["rank_pattern"]),
        regex.compile(ordinal["phases"]),
        regex.compile(f"(?:{any_of(raw['lists']['refused'])})\\s*[::]?\\s*$"),
        regex.compile(masks),
        raw,
    )
