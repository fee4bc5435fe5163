"""The prose of a report: every quantity in it, the points that it enumerates, the contact, and what it claims of the tables.

In: `Section` rows. Out: `Prose`: `Mention` and `Item` rows with offsets into the text of their section, and `Claim` records
for `gov_extract.parse.prose.against`. Rows of tables in a section's text (cells joined by tabs) and annexes are no prose.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import regex

from gov_extract.parse.chinese import half_width
from gov_extract.parse.prose.claims import Claim, find_claims, unanimous
from gov_extract.parse.prose.contact import find_contact
from gov_extract.parse.prose.items import find_items
from gov_extract.parse.prose.quantities import find_quantities
from gov_extract.parse.prose.subjects import find_subjects
from gov_extract.parse.prose.words import fold
from gov_extract.schema import Item, Mention, Section

_SENTENCE_ENDS = "。!?\n"
_SENTENCE = regex.compile(f"[{_SENTENCE_ENDS}]")
_LINE = regex.compile("\n")


class Prose(NamedTuple):
    """What the prose holds: mentions and items in reading order, the contact as printed, what is claimed of the tables."""

    mentions: tuple[Mention, ...]
    items: tuple[Item, ...]
    contact: str | None
    claims: tuple[Claim, ...]


def read_prose(sections: Sequence[Section], year: int | None = None) -> Prose:
    """The quantities, points, contact and claims of a report's sections.

    Parameters
    ----------
    sections
        By `gov_extract.parse.sections.find_sections`.
    year
        The report's year: sentences that name another one claim nothing of the tables.
    """
    mentions: list[Mention] = []
    items: list[Item] = []
    claims: list[Claim] = []
    folded: dict[int, str] = {}
    # Where nothing is headed, the text before the first heading is the report's.
    body = min((section.level for section in sections), default=0) if len(sections) == 1 else 1
    for section, code in _coded(sections):
        if code == "annex" or not section.text:
            continue
        text = folded[section.ordinal] = fold(section.text)
        points, marks = find_items(text)
        if section.level >= body:
            items += [
                Item(
                    code,
                    point.kind,
                    point.ordinal,
                    section.text[point.start : point.end],
                    section.ordinal,
                    point.start,
                    point.end,
                )
                for point in points
            ]
        lines, sentences = _Spans(text, _LINE), _Spans(text, _SENTENCE)
        quantities = [q for q in find_quantities(text, marks) if not lines.tabbed(q.start)]
        said: dict[int, str] = {}
        for quantity, subject in zip(quantities, find_subjects(text, quantities, marks), strict=True):
            place = sentences.place(quantity.start)
            if place not in said:
                said[place] = section.text[slice(*sentence(text, quantity.start))]
            mentions.append(
                Mention(
                    code,
                    said[place],
                    "".join(section.text[slice(*subject)].split()) if subject else None,
                    quantity.quantity,
                    half_width(section.text[quantity.unit_at : quantity.unit_at + len(quantity.unit)]),
                    quantity.approximate,
                    quantity.start,
                    quantity.end,
                    section.ordinal,
                )
            )
        if section.level >= body:
            claims += find_claims(text, section.text, code, quantities, year)
    return Prose(tuple(mentions), tuple(items), find_contact(sections, folded), unanimous(claims))


def _coded(sections: Sequence[Section]) -> Iterator[tuple[Section, str | None]]:
    """The sections with the code of the first-level one that they belong to."""
    code = None
    for section in sections:
        if section.level <= 1:
            code = section.section
        yield section, code


class _Spans:
    """What a text's marks part, to be asked for a place; found once, for a text may have thousands of numbers."""

    def __init__(self, text: str, marks: regex.Pattern[str]) -> None:
        self._ends = [match.start() for match in marks.finditer(text)]
        self._tabbed: list[bool] = []
        if "\t" in text:
            bounds = zip([0, *(end + 1 for end in self._ends)], [*self._ends, len(text)], strict=True)
            self._tabbed = [text.find("\t", begin, end) >= 0 for begin, end in bounds]

    def place(self, at: int) -> int:
        return bisect_left(self._ends, at)

    def tabbed(self, at: int) -> bool:
        return bool(self._tabbed) and self._tabbed[self.place(at)]


def sentence(text: str, at: int) -> tuple[int, int]:
    """Offsets of the sentence around a place of a folded text, its closing mark included."""
    begin = max(text.rfind(mark, 0, at) for mark in _SENTENCE_ENDS) + 1
    ends = [end for mark in _SENTENCE_ENDS if (end := text.find(mark, at)) >= 0]
    end = min(ends, default=len(text))
    if end < len(text) and text[end] != "\n":
        end += 1
    while begin < end and text[begin] in " \t":
        begin += 1
    return begin, end
