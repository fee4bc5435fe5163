"""What looks like a heading, and what it means.

In: a paragraph's text. Out: a `Heading` (number, words, the text glued behind it) or None, and the canonical code of its
meaning. Whether it is one in this document is decided in `gov_extract.parse.sections`.
"""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NamedTuple

import regex
from rapidfuzz import fuzz, process

from gov_extract.forms import FormGroup, FormRow, load_forms
from gov_extract.forms.labels import normalise
from gov_extract.parse.chinese import half_width, numeral

# Characters of a paragraph's head that are looked at: number, heading and the mark that ends it.
_HEAD = 120
_NUMERAL = "[一二三四五六七八九十]{1,3}"
_NUMERALS, _BRACKETS, _DIGITS = "一二三四五六七八九十", "([【", "0123456789"
# The level that a number's form stands for, the characters that it begins with, and the form.
_PATTERNS: tuple[tuple[int, str, regex.Pattern[str]], ...] = (
    (1, "第", regex.compile(rf"第\s*({_NUMERAL})\s*(?:部分|章|节)\s*[、.,:]?\s*")),
    (1, _NUMERALS, regex.compile(rf"({_NUMERAL})\s*[、.,:．。]\s*")),
    (1, _NUMERALS, regex.compile(rf"({_NUMERAL})\s+")),
    (2, _BRACKETS, regex.compile(rf"[(\[【]\s*({_NUMERAL})\s*[)\]】]\s*[、.,:]?\s*")),
    (4, _BRACKETS, regex.compile(r"[(\[【]\s*(\d{1,2})\s*[)\]】]\s*[、.,:]?\s*")),
    (3, _DIGITS, regex.compile(r"(\d{1,2})\s*(?:、\s*|[.．,]\s*(?:(?!\d)|(?=20\d\d年)))")),
    (3, _DIGITS, regex.compile(r"(\d{1,2})\s+(?!\d)")),
)
_BY_FIRST = {
    first: [(level, pattern) for level, begins, pattern in _PATTERNS if first in begins]
    for first in f"第{_NUMERALS}{_BRACKETS}{_DIGITS}"
}
# Numbers printed as one character: ㈠ is （一）, ① is (1).
_SINGLE = {chr(0x3220 + n): (2, n + 1) for n in range(10)} | {chr(0x2460 + n): (4, n + 1) for n in range(20)}
_FIRST = frozenset("第一二三四五六七八九十([【（［0123456789０１２３４５６７８９") | frozenset(_SINGLE)
# A number that its heading follows without any mark; behind these it would be a word (一般, 三年来).
_BARE = regex.compile(rf"{_NUMERAL}(?=\p{{Han}})(?![一二三四五六七八九十年月日季是个项类些般次批方大])")
_END = regex.compile(r"[。；;：:！？!?\t]")
_NEXT_NUMBER = regex.compile(rf"[\s、,;][(]?(?:{_NUMERAL}|\d{{1,2}})[)、.]")
_LEADERS = regex.compile(r"[.…·]{3,}\s*\d*\s*$|…")
_SPACED = regex.compile(r"(?<=\p{Han}) +(?=\p{Han})")
_FIGURES_BEHIND = regex.compile(r"(?:\s+[\d./–—-]+){2,}\s*$")


class Heading(NamedTuple):
    """A paragraph's head that may be a heading.

    `kind` is the level that its number's form stands for (1 to 4; 0 without a number), `value` the number's value. `end`
    is the mark that closes it (``""`` at the paragraph's end), `rest` the text behind that mark. `sure` says that the
    wording alone makes it a heading.
    """

    kind: int
    number: str | None
    value: int | None
    heading: str
    rest: str
    end: str
    code: str | None
    sure: bool


class _Vocabulary(NamedTuple):
    meanings: tuple[tuple[str, regex.Pattern[str] | None, regex.Pattern[str]], ...]
    limits: dict[str, int]
    glued: tuple[str, ...]
    begins: regex.Pattern[str]
    ends: tuple[str, ...]
    labels: dict[int, frozenset[str]]
    figures: regex.Pattern[str]


# Similarity (0 to 100) from which a text is a worn label (其他法律行政止公开: 86); the official headings of sections, of
# which one comes near (主动公开政府信息情况 and …信息数: 80), are never labels.
_WORN = 82
# Characters from which a label's beginning says which label it is; items of the third level are torn after two.
_CUT = 6


@cache
def _vocabulary() -> _Vocabulary:
    raw: dict[str, Any] = tomllib.loads(resources.files("gov_extract.data").joinpath("headings.toml").read_text("utf-8"))
    labels = {int(level): set(map(normalise, texts)) for level, texts in raw["labels"].items()}
    for form in load_forms().values():
        for table in form.tables.values():
            entries: tuple[FormRow | FormGroup, ...] = (*table.rows, *table.groups)
            for entry in entries:
                for text in (entry.label, *entry.aliases):
                    kind, _, _, end = read_number(text)
                    if kind:
                        labels.setdefault(kind, set()).add(normalise(text[end:]))
    return _Vocabulary(
        tuple(
            (s["code"], regex.compile(s["whole"]) if "whole" in s else None, regex.compile(s["part"])) for s in raw["section"]
        ),
        raw["limits"],
        tuple(sorted(raw["glued"]["phrases"], key=len, reverse=True)),
        regex.compile(raw["glued"]["begins"]),
        tuple(raw["ends"]["words"]),
        {level: frozenset(texts) for level, texts in labels.items()},
        regex.compile(raw["figures"]["pattern"]),
    )


@lru_cache(maxsize=4096)
def meaning(heading: str) -> tuple[str | None, bool]:
    """The canonical code of a heading's meaning, and whether its wording alone is sure to be a section's heading.

    >>> meaning("其它需要报告的事项"), meaning("主动公开情况"), meaning("加强组织领导")
    (('other', True), ('active_disclosure', False), (None, False))
    """
    words = _vocabulary()
    key = normalise(heading[:_HEAD])
    if not key or len(key) > words.limits["key"]:
        return None, False
    for code, whole, _ in words.meanings:
        if whole is not None and whole.fullmatch(key):
            return code, True
    for code, _, part in words.meanings:
        if part.search(key):
            return code, False
    return None, False


def phrases() -> tuple[str, ...]:
    """The official words of the sections' headings."""
    return _vocabulary().glued


def begins_section(text: str) -> bool:
    """Whether a text begins with the official words of a section's heading, whatever follows them without a mark."""
    key = normalise(text[:_HEAD])
    return any(key.startswith(normalise(phrase)) for phrase in _vocabulary().glued)


def sure_heading(text: str) -> tuple[str, str] | None:
    """The heading, sure by its words, that a text begins with, and its code; what follows may be glued to it.

    >>> sure_heading("总体情况全年公开信息9条。")
    ('总体情况', 'overview')
    """
    ends = _vocabulary().ends
    for end in range(2, min(len(text), _vocabulary().limits["first_level"]) + 1):
        if text.endswith(ends, 0, end):
            code, sure = meaning(text[:end])
            if sure and code:
                return text[:end], code
    return None


def read_number(text: str) -> tuple[int, str | None, int | None, int]:
    """Level, numbering as printed, its value, and where the words begin: ``(0, None, None, 0)`` where there is none."""
    if not text or text[0] not in _FIRST:
        return 0, None, None, 0
    if text[0] in _SINGLE:
        level, single = _SINGLE[text[0]]
        end = 1
        while end < len(text) and text[end] in "、.． ,":
            end += 1
        return level, text[0], single, end
    head = half_width(text[:24])
    for level, pattern in _BY_FIRST[head[0]]:
        match = pattern.match(head)
        if match:
            value = numeral(match[1])
            if value is not None:
                return level, text[: match.end()].strip().replace(" ", ""), value, match.end()
    return 0, None, None, 0


def _bare_number(text: str) -> tuple[int, str | None, int | None, int]:
    """As `read_number`, of a number whose gap was too narrow to be seen (四政府信息公开…情况) before a sure heading."""
    bare = _BARE.match(text)
    if bare and meaning(_END.split(text[bare.end() : _HEAD], maxsplit=1)[0])[1]:
        return 1, bare[0], numeral(bare[0]), bare.end()
    return 0, None, None, 0


def is_section_heading(text: str) -> bool:
    """Whether a text is a section's heading by its words alone, number or none."""
    if meaning(text)[1]:
        return True
    start = read_number(text)[3] if text[:1] in _FIRST else 0
    return meaning(text[start:])[1] if start else bool(_bare_number(text)[0])


@lru_cache(maxsize=8192)
def is_row_label(level: int, heading: str) -> bool:
    """Whether a numbered text is the label of a row of a form's table (三、本年度办理结果), in full or cut short."""
    words = _vocabulary()
    labels = words.labels.get(level)
    if not labels:
        return False
    key = normalise(_FIGURES_BEHIND.sub("", half_width(heading[:_HEAD])))
    if key in labels:
        return True
    if len(key) < (_CUT if level < 3 else 2):
        return False
    if any(label.startswith(key) or (len(label) >= 5 and key.startswith(label)) for label in labels):
        return True
    worn = process.extractOne(key, labels, scorer=fuzz.ratio, score_cutoff=_WORN)
    return worn is not None and not meaning(heading)[1]


def read_heading(text: str, marked: bool) -> Heading | None:
    """The heading that a paragraph begins with, or None. `marked`: the markup says that it is a heading."""
    first = text[0]
    kind, number, value, start = read_number(text) if first in _FIRST else (0, None, None, 0)
    words = _vocabulary()
    if not kind and first in _FIRST:
        kind, number, value, start = _bare_number(text)
    if not kind:
        if len(text) > words.limits["first_level"]:
            return None
        code, sure = meaning(text)
        ended = text[-1] in "。；;，,"
        if ended or not (sure or marked) or words.figures.search(text):
            return None
        return Heading(0, None, None, _close_up(text.rstrip("：:")), "", "", code, sure)
    body = text[start:].strip()
    if not body:
        return Heading(kind, number, value, "", "", "", None, False)
    heading, end, rest = _split(body, words)
    limit = words.limits["first_level" if kind == 1 else "deeper"]
    if len(heading) > limit or not heading:
        return None
    folded = half_width(heading)
    if (
        end in ("；", ";", "\t")
        or (not end and heading[-1] in "、，,")
        or _NEXT_NUMBER.search(folded)
        or _LEADERS.search(folded)
    ):
        return None
    if _FIGURES_BEHIND.search(folded) or words.figures.search(folded) or is_row_label(kind, heading):
        return None
    code, sure = meaning(heading)
    if not (marked or _plausible(kind, number or "", heading, end, rest, code, sure)):
        return None
    return Heading(kind, number, value, _close_up(heading), rest, end, code, sure)


def _close_up(heading: str) -> str:
    """概 述 → 概述: blanks between ideographs space a heading out."""
    return _SPACED.sub("", heading) if " " in heading else heading


def _split(body: str, words: _Vocabulary) -> tuple[str, str, str]:
    """Heading, the mark that ends it, and the text behind."""
    head = body[:_HEAD]
    match = _END.search(head)
    heading = head[: match.start()] if match else head
    cut = heading.find(" ")
    while cut > 0:
        # A blank parts heading and text where the heading has a heading's last word and the text is a text.
        if heading[:cut].endswith(words.ends) and len(body) - cut > 12 and "，" in body[cut : cut + 60]:
            return heading[:cut], " ", body[cut + 1 :].strip()
        cut = heading.find(" ", cut + 1)
    if len(heading) > 12:
        for phrase in words.glued:
            if heading.startswith(phrase) and words.begins.match(half_width(heading[len(phrase) : len(phrase) + 6])):
                return phrase, " ", body[len(phrase) :].strip()
    if not match:
        return ("", "", "") if len(body) > _HEAD else (body, "", "")
    return heading.strip(), match[0], body[match.end() :].strip()


def _plausible(kind: int, number: str, heading: str, end: str, rest: str, code: str | None, sure: bool) -> bool:
    clauses = heading.count("，") + heading.count(",")
    if kind == 1:
        # "一 概述", "一概述": a numeral without its mark counts only before words that are known.
        if number[-1] in "一二三四五六七八九十,，:：。" and not code:
            return False
        if sure:
            return True
        if clauses or (len(heading) > 24 and not code):
            return clauses == 1 and not rest and end == ""
        return not (end in "：:" and end and rest) or code is not None
    if kind == 2:
        if end == "":
            return clauses <= 2
        return clauses <= 1 or not rest
    if number[-1].isdigit() and not sure:
        return False
    if not end:
        return clauses <= 1
    # "1.未收到申请。" is an item; "1.健全机制。制定了…" is a heading with its text.
    return bool(rest) and clauses <= 1 and len(heading) <= 30
