"""How labels are compared: what a printer, a typist or a font may change without changing the meaning.

In: printed text. Out: keys that are equal for equal labels.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib import resources

import regex

# Everything but letters, digits and ideographs is decoration in a label.
_DECORATION = regex.compile(r"[^\p{L}\p{N}]+")
# 一、 （一） 1. 1、 (1) 第一项 ㈠ ①: NFKC has already folded ㈠ to (一) and ① to 1. A bare numeral counts only before a mark.
_NUMBER = regex.compile(
    r"^[\s.,、。·]*(?:[(（\[【]\s*([一二三四五六七八九十]{1,3}|\d{1,2})\s*[)）\]】]|([一二三四五六七八九十]{1,3}|\d{1,2})\s*[、.．,，:：)）])[\s、.．,，:：]*"
)
# Variant characters that official wording and printed labels use for each other (其它 for 其他).
_VARIANTS = str.maketrans({"它": "他"})
# How an ideograph is read, put behind it: 報(bào)告.
_READING = regex.compile(r"(?<=\p{Han})\([\p{Latin}\p{M}]{1,7}\)(?=\p{Han}|$)")
# A footnote's mark behind a label: 规章[1], 规章①, 规章¹, 规章*.
_MARK = regex.compile(
    r"(?<=[\p{Han})）])\s*(?:[\[【〔(（]\s*注?\s*[\d⁰¹²³⁴-⁹①-⑳]{1,2}\s*[)）\]】〕]|注?[⁰¹²³⁴-⁹]{1,2}|[①-⑳]|\*{1,3}|※)\s*$"
)
_MARK_ENDS = frozenset("]】〕)）⁰¹²³⁴⁵⁶⁷⁸⁹*※" + "".join(map(chr, range(0x2460, 0x2474))))


@cache
def _script() -> tuple[dict[int, int | str], tuple[tuple[str, str], ...]]:
    """Traditional → simplified characters, and the words that differ as well."""
    data = tomllib.loads(resources.files("gov_extract").joinpath("data/script.toml").read_text("utf-8"))
    characters = dict(zip(map(ord, data["traditional"]), map(ord, data["simplified"]), strict=True))
    return characters | _VARIANTS, tuple(data["terms"].items())


def simplified(text: str) -> str:
    """A text in simplified script, character by character: its length stays."""
    return text.translate(_script()[0]) if _traditional().search(text) else text


@cache
def _traditional() -> re.Pattern[str]:
    """The characters that `simplified` changes: most texts have none, and looking for them is quicker than replacing."""
    return re.compile(f"[{re.escape(''.join(map(chr, _script()[0])))}]")


@lru_cache(maxsize=8192)
def normalise(text: str) -> str:
    """NFKC, simplified, without white space, punctuation, readings and a footnote's mark behind it: the key under which labels
    are looked up.

    >>> normalise("（二）部分公开 ( 区分处理的 )"), normalise("规章 [1]")
    ('二部分公开区分处理的', '规章')
    """
    if text and text[-1] in _MARK_ENDS:
        text = _MARK.sub("", text)
    folded = unicodedata.normalize("NFKC", text)
    if "(" in folded:
        folded = _READING.sub("", folded)
    characters, terms = _script()
    key = _DECORATION.sub("", folded).translate(characters)
    for word, usual in terms:
        if word in key:
            key = key.replace(word, usual)
    return key


@lru_cache(maxsize=8192)
def strip_number(text: str) -> tuple[str | None, str]:
    """A label's numbering (``"一"``, ``"3"`` or None) and the rest of it, NFKC-folded.

    >>> strip_number("（七）总计")
    ('七', '总计')
    """
    folded = unicodedata.normalize("NFKC", text)
    match = _NUMBER.match(folded)
    if not match or match.end() == len(folded):
        return None, folded.strip()
    return match[1] or match[2], folded[match.end() :].strip()
