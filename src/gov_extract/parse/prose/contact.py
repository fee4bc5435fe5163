"""Whom to ask, as printed: address, postcode, telephone, mail.

In: the sections and their folded texts. Out: the printed words from the first labelled part to the last, or None. The
preamble and the first section are asked first, then the others; a contact has a telephone, a mail address or a postal address
with a label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import regex

from gov_extract.parse.prose.words import words
from gov_extract.schema import Section

_JOINT = r"[\s:：为是]{0,4}\(?\s*"
_DASH = r"[-—–－―~\s]{0,3}"
_LINE = rf"(?:\(?0\d{{2,3}}\)?{_DASH})?\d{{7,8}}(?:{_DASH}\d{{1,6}})?(?!\d)|1\d{{10}}(?!\d)|0\d{{10,11}}(?!\d)"
_VALUES = {
    "person": r"[\p{Han}]{2,4}(?![\p{Han}])",
    "address": r"[^,。;\n()]{4,60}?(?:\([^()\n]{1,20}\))?[^,。;\n()、]{0,20}(?=[,。;\n()、\s]|$)",
    "postcode": r"\d{6}(?!\d)",
    "phone": rf"(?:{_LINE})(?:\s*[、,/;或和]\s*(?:{_LINE}))*",
    "mail": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
}
_REACHES = frozenset({"phone", "mail", "address"})
_LETTERS = ("址", "话", "邮", "编", "箱", "传真", "@", "电", "联系")


class _Part(NamedTuple):
    kind: str
    start: int
    end: int


@cache
def _pattern() -> regex.Pattern[str]:
    labels = words().raw["contact"]
    parts = [f"(?P<{kind}>(?:{labels[kind]}){_JOINT}(?:{value}))" for kind, value in _VALUES.items()]
    # A mail address or telephone may stand without its label behind another one's.
    return regex.compile("|".join(parts))


def find_contact(sections: Sequence[Section], folded: Mapping[int, str]) -> str | None:
    """The contact of a report; `folded` holds the texts of the sections by their ordinal."""
    texts = [(section.text, folded[section.ordinal]) for section in sections if section.ordinal in folded]
    opening = sum(section.ordinal in folded and section.level <= 1 for section in sections[:2])
    for printed, text in [*texts[:opening], *reversed(texts[opening:])]:
        if not any(letter in text for letter in _LETTERS):
            continue
        best = max(_groups(text), key=lambda group: len({part.kind for part in group}), default=None)
        if best and any(part.kind in _REACHES for part in best):
            return _shown(printed[best[0].start : best[-1].end])
    return None


def _groups(text: str) -> list[list[_Part]]:
    """Parts that stand together, those that say how to reach someone."""
    groups: list[list[_Part]] = []
    last = -1
    for match in _pattern().finditer(text):
        part = _Part(match.lastgroup or "", match.start(), match.end())
        if (
            groups
            and part.start - last <= words().raw["contact"]["gap"]
            and "。" not in text[last : part.start].rstrip(")。\n ")
        ):
            groups[-1].append(part)
        else:
            groups.append([part])
        last = part.end
    # 地址 alone may be that of a page or a hall.
    return [group for group in groups if {part.kind for part in group} & {"phone", "mail"} or len(group) > 1]


def _shown(text: str) -> str:
    """The printed words on one line."""
    lines = [" ".join(line.split()).rstrip("，,；;") for line in text.split("\n")]
    return "；".join(line for line in lines if line).rstrip("（(")
