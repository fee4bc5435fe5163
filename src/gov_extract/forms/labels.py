"""How labels are compared: what a printer, a typist or a font may change without changing the meaning.

In: printed text. Out: keys that are equal for equal labels.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import regex

# Everything but letters, digits and ideographs is decoration in a label.
_DECORATION = regex.compile(r"[^\p{L}\p{N}]+")
# 一、 （一） 1. 1、 (1) 第一项 ㈠ ①: NFKC has already folded ㈠ to (一) and ① to 1. A bare numeral counts only before a mark.
_NUMBER = regex.compile(
    r"^[\s.,、。·]*(?:[(（\[【]\s*([一二三四五六七八九十]{1,3}|\d{1,2})\s*[)）\]】]|([一二三四五六七八九十]{1,3}|\d{1,2})\s*[、.．,，:：)）])[\s、.．,，:：]*"
)
# Variant characters that official wording and printed labels use for each other (其它 for 其他).
_VARIANTS = str.maketrans({"它": "他"})


@lru_cache(maxsize=8192)
def normalise(text: str) -> str:
    """NFKC, without white space and punctuation: the key under which labels are looked up.

    >>> normalise("（二）部分公开 ( 区分处理的 )")
    '二部分公开区分处理的'
    """
    return _DECORATION.sub("", unicodedata.normalize("NFKC", text)).translate(_VARIANTS)


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
