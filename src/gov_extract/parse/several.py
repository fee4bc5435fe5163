"""Several reports in one document: where each begins.

In: a `Document`. Out: one `Document` a report, in reading order, and a finding where there are several or may be.

A document is cut only on evidence: a second title of a report on lines of its own, with another year or another agency,
behind a report that is whole by itself, and with a report below it: the sections (or the rows of the tables) begin anew.
Titles in lists, of annexes, of notices, links to other years, copies of one table inside a report do not cut. Where a title
speaks for a second report and what stands around it does not suffice, the document stays one report, with a warning.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import accumulate, pairwise
from typing import NamedTuple

import regex

from gov_extract.document import Document, Finding, Grid, Line, Page, record
from gov_extract.parse.metadata import find_metadata
from gov_extract.parse.metadata.names import Title, is_name, office_of, same_agency, squeeze, words
from gov_extract.parse.metadata.places import FoundTitle, find_titles, is_dated, read_dated
from gov_extract.parse.sections import find_sections
from gov_extract.parse.sections.headings import read_heading
from gov_extract.parse.vocabulary import named_rows

# A report's body has so many sections of different meaning with so many sentences, or so many rows of the forms' tables; of a
# second report so many sections have the meaning of one in the first.
_SECTIONS, _SENTENCES, _ROWS, _AGAIN = 2, 2, 8, 2
# Where the first report has no title to compare with, more sections must come again.
_AGAIN_UNTITLED = 4
# Prose without headings: so many sentences, signed and dated within so many lines above the next title.
_PROSE, _SIGNED = 3, 3
# A report takes up so many lines at least (title, text, agency, date): above no second one begins.
_TOP = 4
# The words that a title ends with stand at most on the third line of it.
_ENDS, _TORN = re.compile("[报報]|总结"), 3
# A title that comes so often stands at the head of the pages.
_RUNNING = 3
# An illustrated version has so many lines with figures; two signatures so many days apart are of two years' reports.
_PICTURED, _SEASON = 3, 183
_FIGURES = regex.compile(r"\p{Han}.*\d|\d.*\p{Han}")
# A line of fewer characters that does not end a sentence is a line of its own.
_SHORT = 20


class _Entry(NamedTuple):
    """A block in reading order: its place, its text without blanks (empty for a grid), what it adds to a report's body."""

    place: tuple[int, int]
    text: str
    block: Grid | Line


class _Body(NamedTuple):
    """What a stretch of the document has of a report: meanings of its headings, rows of the forms, sentences."""

    codes: frozenset[str]
    rows: frozenset[object]
    sentences: int

    @property
    def whole(self) -> bool:
        return (len(self.codes) >= _SECTIONS and self.sentences >= _SENTENCES) or len(self.rows) >= _ROWS


def split_reports(document: Document) -> tuple[tuple[Document, ...], tuple[Finding, ...]]:
    """The reports of a document.

    Returns
    -------
    tuple of Document
        Each with its own blocks and the text that belongs to them; page numbers, pictures and attachments are the whole
        document's. The document itself where it holds one report.
    tuple of Finding
        ``several_reports``: of severity info where the document was cut (for every report), warning where it may hold
        several and was not.
    """
    longest = words().raw["title"]["longest"]
    entries = [
        record(_Entry, ((p, b), _own_text(block, longest), block))
        for p, page in enumerate(document.pages)
        for b, block in enumerate(page.blocks)
    ]
    titles = _titles(entries)
    starts: list[int] = []
    doubt: FoundTitle | None = None
    # Titles at the document's beginning are those of one report.
    if titles and (titles[-1].start >= _TOP or _has_prose(entries[: titles[-1].start])):
        starts, doubt = _starts(document, entries, titles)
    if not starts:
        where = doubt.start if doubt else _second_signature(entries, titles)
        if where is None:
            return (document,), ()
        name = "".join(entry.text for entry in entries[where : doubt.end if doubt else where + 1])
        told = "begin with" if doubt else "end above"
        message = f"a second report may {told} “{name}”; the document was read as one report"
        return (document,), (Finding("warning", "several_reports", message, entries[where].block.page),)
    cuts = [0, *starts, len(entries)]
    parts = tuple(_part(document, entries, first, last) for first, last in pairwise(cuts))
    message = f"the document holds {len(parts)} reports; each has a row of its own in documents"
    return parts, (Finding("info", "several_reports", message),)


def _has_prose(entries: Sequence[_Entry]) -> bool:
    """Whether a few blocks are as much prose as a report has at least: all of it may stand in one."""
    return sum(entry.block.text.count("。") for entry in entries if not isinstance(entry.block, Grid)) >= _PROSE


def _own_text(block: Grid | Line, longest: int) -> str:
    """A line's text without blanks where it can be (a part of) a title: not in tables, not long."""
    if isinstance(block, Grid) or (block.kind == "cells" and sum(bool(word.text.strip()) for word in block.words) > 1):
        return ""
    text = block.text
    return squeeze(text) if len(text) <= longest else ""


def _titles(entries: Sequence[_Entry]) -> list[FoundTitle]:
    """The titles of reports on lines of their own."""
    # A title can be torn over lines: its first and its last words may stand on two of them.
    near = [
        k
        for k, entry in enumerate(entries)
        if ("公开" in entry.text or "公開" in entry.text) and any(_ENDS.search(e.text) for e in entries[k : k + _TORN])
    ]
    if not near:
        return []
    found = []
    for title in find_titles([entry.text for entry in entries], near):
        above = entries[title.start - 1].text if title.start else ""
        text = entries[title.end - 1].text
        if text[-1] not in "。;,、" and (len(above) < _SHORT or above[-1] in "。;:!?)"):
            found.append(title)
    return found


def _differ(a: Title, b: Title) -> bool:
    """Whether two titles are of two reports: another year, or another agency."""
    if a.year and b.year and a.year != b.year:
        return True
    if not a.agency or not b.agency:
        return False
    return not (same_agency(a.agency, b.agency) or same_agency(b.agency, a.agency) or office_of(a.agency, b.agency))


def _starts(document: Document, entries: Sequence[_Entry], titles: Sequence[FoundTitle]) -> tuple[list[int], FoundTitle | None]:
    """Where further reports begin; and where none does, the title that speaks most for one."""
    bodies = [_body_of(entry) for entry in entries]
    # A report's own title stands above its first sentence; a letter's sentences stand above the report's title.
    own = next((title.end for title in titles if not title.letter), len(entries))
    first_body = next(
        (k for k, body in enumerate(bodies) if body.codes or len(body.rows) > 1 or (k >= own and body.sentences)), len(entries)
    )
    current = _merged([title for title in titles if title.start < first_body])
    begin = 0
    starts: list[int] = []
    doubt: FoundTitle | None = None
    often = Counter((title.title.agency, title.title.year) for title in titles)
    for k, title in enumerate(titles):
        if title.start < max(first_body, begin):
            continue
        differs = current is None or _differ(current.title, title.title)
        same = not differs and current is not None and current.title.agency and title.title.agency
        end = next((t.start for t in titles[k + 1 :] if _differ(title.title, t.title)), len(entries))
        before, after = _together(bodies, begin, title.start), _together(bodies, title.end, end)
        again, rows = len(before.codes & after.codes), len(before.rows & after.rows)
        if current is None or not differs:
            # The title does not tell it from the report above: only a whole report that says so in another place does.
            sure = not same and again >= _AGAIN_UNTITLED and _say_otherwise(document, entries, (begin, title.start, end))
        else:
            anew = again >= _AGAIN and before.whole and after.whole
            tables = rows >= _ROWS and bool(before.codes) and bool(after.codes)
            above = entries[max(0, title.start - _SIGNED) : title.start]
            signed = not current.letter and not title.letter and any(is_dated(entry.text) for entry in above)
            prose = signed and min(before.sentences, after.sentences) >= _PROSE and before.whole == after.whole
            sure = anew or tables or prose
        if sure:
            starts.append(_with_letter(titles[:k], title, bodies, begin))
            begin, current = title.start, title
        elif before.whole and again >= _AGAIN_UNTITLED:
            doubt = doubt or title
        elif _is_illustrated(entries, title) and (before.whole or before.sentences >= _PROSE):
            figures = sum(_FIGURES.search(entry.text) is not None for entry in entries[title.end : end])
            doubt = doubt or (title if figures >= _PICTURED or after.sentences >= _PROSE else None)
        elif differs and min(before.sentences, after.sentences) >= _PROSE and not title.letter:
            # Prose without headings that nobody signed.
            doubt = doubt if often[title.title.agency, title.title.year] >= _RUNNING else doubt or title
        elif differs and (again or rows) and (before.whole or after.whole):
            doubt = doubt if often[title.title.agency, title.title.year] >= _RUNNING else doubt or title
    return starts, doubt


def _is_illustrated(entries: Sequence[_Entry], title: FoundTitle) -> bool:
    """Whether a title is that of an illustrated version of a report (图解)."""
    pattern = words().illustrated
    return any(pattern.search(entry.text) for entry in entries[max(0, title.start - 1) : title.end])


def _second_signature(entries: Sequence[_Entry], titles: Sequence[FoundTitle]) -> int | None:
    """Where prose that is signed and dated follows prose that another agency signed, or the same in another year."""
    dated = [
        (k, found)
        for k, entry in enumerate(entries)
        if entry.text and ("20" in entry.text or "二" in entry.text) and (found := read_dated(entry.text))
    ]
    if len(dated) < 2:
        return None
    told = [*accumulate((0 if isinstance(e.block, Grid) else e.block.text.count("。") for e in entries), initial=0)]
    begun = {title.start for title in titles if title.letter}
    letters = [*accumulate((k in begun for k in range(len(entries))), initial=0)]
    signed: tuple[str | None, str] | None = None
    begin = 0
    for k, (name, day) in dated:
        if told[k] - told[begin] < _PROSE:
            continue
        above = entries[k - 1].text if k else ""
        agency = name or (above if is_name(above) else None)
        letter = letters[k] > letters[begin]
        if signed is not None and not letter and (_another(signed[0], agency) or _apart(signed[1], day.iso)):
            return k
        signed, begin = (None if letter else (agency, day.iso)), k
    return None


def _another(a: str | None, b: str | None) -> bool:
    return bool(a and b) and _differ(Title(a, None, 0, 0), Title(b, None, 0, 0))


def _apart(a: str, b: str) -> bool:
    return abs((date.fromisoformat(a) - date.fromisoformat(b)).days) > _SEASON


def _merged(titles: Sequence[FoundTitle]) -> FoundTitle | None:
    """The title of a report whose title stands on several lines, or in its letter too: the last agency and year named."""
    if not titles:
        return None
    own = [title for title in titles if not title.letter] or titles
    named = (*titles, *own)
    agency = next((found.title.agency for found in reversed(named) if found.title.agency), None)
    year = next((found.title.year for found in reversed(named) if found.title.year), None)
    return own[-1]._replace(title=own[-1].title._replace(agency=agency, year=year))


def _say_otherwise(document: Document, entries: Sequence[_Entry], edges: tuple[int, int, int]) -> bool:
    """Whether preamble or sign-off of two stretches name two agencies or years."""
    said = []
    for first, last in pairwise(edges):
        part = _part(document, entries, first, last)
        metadata, _ = find_metadata(part, find_sections(part, ()), "")
        said.append(Title(metadata.agency, metadata.report_year, 0, 0))
    return _differ(*said)


def _with_letter(earlier: Sequence[FoundTitle], title: FoundTitle, bodies: Sequence[_Body], begin: int) -> int:
    """The start of a report, or of the letter that brings it."""
    start = title.start
    for other in reversed(earlier):
        body = _together(bodies, other.end, title.start)
        if other.start < begin or not other.letter or other.title.year != title.title.year or body.codes or body.rows:
            break
        start = other.start
    return start


def _body_of(entry: _Entry) -> _Body:
    block = entry.block
    if isinstance(block, Grid):
        rows = {target for cell in block.cells if cell.text for target in named_rows(cell.text)}
        return _Body(frozenset(), frozenset(rows), 0)
    rows = {target for word in block.words for target in named_rows(word.text)}
    text = block.text.strip()
    heading = read_heading(text, block.level is not None) if text else None
    known = heading is not None and heading.code is not None and (heading.sure or heading.kind == 1)
    codes = frozenset([heading.code]) if known and heading is not None and heading.code else frozenset()
    return _Body(codes, frozenset(rows), text.count("。"))


def _together(bodies: Sequence[_Body], first: int, last: int) -> _Body:
    own = bodies[first:last]
    return _Body(
        frozenset().union(*(body.codes for body in own)),
        frozenset().union(*(body.rows for body in own)),
        sum(body.sentences for body in own),
    )


def _part(document: Document, entries: Sequence[_Entry], first: int, last: int) -> Document:
    """The document from one entry up to another."""
    own: dict[int, list[int]] = {}
    for entry in entries[first:last]:
        own.setdefault(entry.place[0], []).append(entry.place[1])
    pages = []
    for p, blocks in own.items():
        page = document.pages[p]
        kept = tuple(page.blocks[b] for b in blocks)
        whole = len(kept) == len(page.blocks)
        pages.append(page if whole else page._replace(blocks=kept, text=_own_part(page, blocks[0], blocks[-1])))
    numbers = {page.number for page in pages}
    findings = tuple(f for f in document.findings if f.page is None or f.page in numbers)
    # What the page says of itself outside its text (title, agency) is not said of each report.
    properties = {name: value for name, value in document.properties.items() if name not in ("title", "agency")}
    return document._replace(pages=tuple(pages), properties=properties, findings=findings)


def _own_part(page: Page, first: int, last: int) -> str:
    """The part of a page's text that belongs to some of its blocks; the whole text where their edges are not found in it."""
    start = _where(page, first) if first else 0
    end = _where(page, last + 1) if last + 1 < len(page.blocks) else len(page.text)
    return page.text[start:end] if start is not None and end is not None and start < end else page.text


def _where(page: Page, block: int) -> int | None:
    """Where in a page's text a line begins: at the same occurrence of its words as among the page's blocks."""
    line = page.blocks[block]
    word = next((word.text for word in line.words if word.text.strip()), "") if isinstance(line, Line) else ""
    if not word:
        return None
    at = -1
    earlier = sum(isinstance(other, Line) and word in [w.text for w in other.words] for other in page.blocks[:block])
    for _ in range(earlier + 1):
        at = page.text.find(word, at + 1)
        if at < 0:
            return None
    return at
