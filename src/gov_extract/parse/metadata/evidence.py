"""What a document says of itself: where its agency is, and whose it is.

In: the names found, the text before the first heading, the sections. Out: two texts for `gov_extract.parse.agency.identify`. A
place that a report only mentions (赴某市某区学习) is no evidence of who reports.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import regex

from gov_extract.forms.labels import simplified
from gov_extract.parse.metadata.names import squeeze, words
from gov_extract.schema import Section

# Paragraphs of the first section in which preambles stand, and characters at the end in which sign-offs do.
_BELOW, _SIGNED = 4, 300
# A line of titles, of an info box or of a sign-off is no longer, and is no sentence (characters).
_LINE = 60
_SENTENCE = regex.compile("[^。!?;；！？|\n]+")
_CLAUSE = regex.compile("[^,，。!?;；！？|\n]+")
_MARKS = frozenset("。;；!?")


class _Patterns(NamedTuple):
    elsewhere: regex.Pattern[str]
    report: regex.Pattern[str]
    place: regex.Pattern[str]
    address: regex.Pattern[str]


@cache
def _patterns() -> _Patterns:
    raw = words().raw["evidence"]
    return _Patterns(*(regex.compile(raw[name]) for name in _Patterns._fields))


def of_itself(names: Sequence[str | None], opening: Sequence[str], sections: Sequence[Section]) -> str:
    """Names, titles, info box, the sentences that say what the report is, addresses and sign-off: without blanks, `|` between.

    Here a city or county counts even alone.
    """
    first = next((section for section in sections if section.level), None)
    found = [name for name in names if name]
    for line in opening:
        found += _lines(line) or _sentences(line)
    for line in first.text.split("\n")[:_BELOW] if first else ():
        found += _sentences(line)
    for section in sections[-2:]:
        found += [piece for line in section.text[-_SIGNED:].split("\n") for piece in _lines(line)]
    for section in sections:
        if "地址" in section.text:
            found += [match[0] for match in _patterns().address.finditer(simplified(squeeze(section.text)))]
    return "|".join(squeeze(piece) for piece in found)


def of_its_place(agency: str, sections: Sequence[Section]) -> str:
    """The clauses of the text that name the agency in full, or say where it is (我局在某市某区): `|` between.

    Here only what stands with the agency's own place counts.
    """
    names = _writings(simplified(agency))
    found = []
    for section in sections:
        text = simplified(squeeze(section.text.replace("\n", "|")))
        if not _patterns().place.search(text) and not any(name in text for name in names):
            continue
        for clause in _CLAUSE.finditer(text):
            if _patterns().place.search(clause[0]) or any(name in clause[0] for name in names):
                found += _own(clause[0])
    return "|".join(found)


def _writings(agency: str) -> list[str]:
    """How a text may write an agency's name behind its city's: a government never as its place alone."""
    bodies: list[str] = words().raw["agency"]["government"]
    place = next((agency.removesuffix(body) for body in bodies if agency.endswith(body)), agency)
    if place != agency or words().divisions.search(agency):
        return [place + body for body in bodies]
    return [agency]


def _lines(line: str) -> list[str]:
    """A line that is no sentence, without the clauses that tell of elsewhere."""
    text = squeeze(line)
    if len(text) > _LINE or not _MARKS.isdisjoint(text):
        return []
    return [piece for clause in _CLAUSE.findall(text) for piece in _own(clause)]


def _sentences(line: str) -> Iterator[str]:
    """The clauses of the sentences that say what the report is, by whom and on whose order."""
    for sentence in _SENTENCE.findall(squeeze(line)):
        if _patterns().report.search(simplified(sentence)):
            for clause in _CLAUSE.findall(sentence):
                yield from _own(clause)


def _own(clause: str) -> list[str]:
    return [] if _patterns().elsewhere.search(simplified(clause)) else [clause]
