"""Text without line breaks: a whole report on one line, parted where its title, its sections and its sign-off begin.

In: a `Document`. Out: the same, in which a line that holds several sections' headings is several lines; the pages' text stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import regex

from gov_extract.document import Document, Grid, Line, Word
from gov_extract.parse.metadata.names import words
from gov_extract.parse.sections.headings import read_number, sure_heading

# Characters of a line that may be a whole report: the shortest ones with a table have 600, paragraphs hardly more than 400.
WHOLE = 500
# Headings of so many different meanings on one line are those of a report, or, with fewer than so many characters of text
# between one and the next, a list of its parts.
SECTIONS = 3
TEXT = 12
# Characters of a heading at most.
LONGEST = 40
_NUMERAL = "[一二三四五六七八九十]{1,3}"
_NUMBER = regex.compile(rf"第{_NUMERAL}部分|{_NUMERAL}\s*[、.．]|[(（]{_NUMERAL}[)）]|[(（]?(?:1\d|\d)[)）、.．]|(?<=。)")


def part_lines(document: Document) -> Document:
    """The document with every line that is a whole report cut; the document itself where there is none."""
    if document.media_type == "application/pdf" or not any(map(_is_whole, _blocks(document))):
        return document
    pages = [page._replace(blocks=tuple(part for block in page.blocks for part in _parts(block))) for page in document.pages]
    return document._replace(pages=tuple(pages))


def _blocks(document: Document) -> Iterator[Grid | Line]:
    return (block for page in document.pages for block in page.blocks)


def _is_whole(block: Grid | Line) -> bool:
    return isinstance(block, Line) and block.kind == "text" and sum(len(word.text) for word in block.words) >= WHOLE


def _parts(block: Grid | Line) -> Iterator[Grid | Line]:
    if not isinstance(block, Line) or not _is_whole(block):
        yield block
        return
    text = block.text
    cuts = _cuts(text)
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        part = text[start:end].strip()
        if part:
            yield block._replace(words=(Word(part),))


class _Found(NamedTuple):
    """A heading in a text: where its number begins and its words end, its meaning, the form and value of its number."""

    start: int
    end: int
    code: str
    kind: int
    value: int | None


def _cuts(text: str) -> list[int]:
    """Where a report on one line is to be cut: around its headings, behind its title, before its sign-off."""
    found = _without_lists(_headings(text), text)
    if len({heading.code for heading in found}) < SECTIONS:
        return []
    cuts = [at for heading in found for at in (heading.start, heading.end)]
    title = words().title.search(text, 0, min(words().raw["title"]["longest"], cuts[0]))
    if title:
        cuts.insert(0, title.end())
    last = text.rfind("。") + 1
    if cuts[-1] < last < len(text) and len(text) - last <= words().raw["signature"]["longest"]:
        cuts.append(last)
    return cuts


def _headings(text: str) -> list[_Found]:
    found: list[_Found] = []
    numbers = list(_NUMBER.finditer(text))
    # Without numbers there is one end more than numbers.
    for number, following in zip(numbers, [*(after.start() for after in numbers[1:]), len(text)], strict=False):
        # A heading holds no other number: before that of the next section stands the last row of a table.
        end = min(number.end() + LONGEST, following)
        heading = sure_heading(text[number.end() : end])
        if heading and (not found or number.start() >= found[-1].end):
            kind, _, value, _ = read_number(number[0])
            found.append(_Found(number.start(), number.end() + len(heading[0]), heading[1], kind, value))
    return found


def _without_lists(found: Sequence[_Found], text: str) -> list[_Found]:
    """Without the lists of a report's parts (1.总体情况；2.主动公开…): numbers that count on, with no sentence between."""
    runs: list[list[_Found]] = []
    for heading in found:
        before = runs[-1][-1] if runs else None
        counts = before is not None and before.kind == heading.kind and (before.value or 0) + 1 == heading.value
        between = text[before.end : heading.start] if before is not None else ""
        if counts and len(between) < TEXT and "。" not in between:
            runs[-1].append(heading)
        else:
            runs.append([heading])
    return [heading for run in runs if len(run) < SECTIONS for heading in run]
