"""The report's prose as sections: headings with their hierarchy and the text below each.

In: a `Document` and the blocks that the tables consumed. Out: `Section` rows in reading order.

Levels follow the numbering: 1 一、 2 （一） 3 1. 4 (1). Level 1 is where the sections are: a report that numbers them otherwise
(（一）, 1., nothing) has them at level 1 too, and what stands below them from level 2. Text before the first heading (title,
preamble) is one section of level 0 with an empty heading. The code (`Section.section`) goes by the meaning of the heading,
never by its number, and is given to level 1 only; deeper headings belong to the section above them and have None.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import regex

from gov_extract.document import Document
from gov_extract.parse.sections.headings import Heading, read_heading
from gov_extract.parse.sections.paragraphs import Paragraph, find_paragraphs
from gov_extract.schema import Section

# Headings of at least so many different meanings under one form of number show that this form numbers the sections.
_PROOF = 3
# So many headings without any text between them are a list of contents, when they come again below.
_CONTENTS = 3
# A list of contents stands at the top: it is looked for among the first headings only.
_CONTENTS_REACH = 60
# Between a heading and the title row of its table stand at most so many notes (单位：件) of at most so many characters.
_NOTES = 2
# Parts of a section that may stand between its heading and the same one again.
_PARTS = 40
_NOTE = 40
# Titles of reports, which markup shows as headings.
_TITLE = regex.compile(r"信息公开.{0,16}(?:报告|年报)")


class _Mark(NamedTuple):
    """A heading at its paragraph (`at`, `span` paragraphs long), with the level decided so far.

    `marked`: the markup says that it is a heading.
    """

    at: int
    heading: Heading
    level: int
    words: str
    span: int = 1
    marked: bool = False


def find_sections(document: Document, taken: Collection[tuple[int, int]]) -> tuple[Section, ...]:
    """Every heading with the text below it, up to the next heading.

    Parameters
    ----------
    document
        The document.
    taken
        (page index, block index) of the grids and lines that the tables consumed: no prose, never headings.

    Returns
    -------
    tuple of Section
        In reading order, `ordinal` from 1. Paragraphs of `text` are joined by line feeds, cells of tabular text by tabs.
    """
    paragraphs = find_paragraphs(document, taken)
    marks = _demote_restarts(_promote(_drop_contents(_marks(paragraphs), paragraphs)))
    return tuple(_build(paragraphs, _drop_repeated(marks, paragraphs)))


def _drop_repeated(marks: list[_Mark], paragraphs: list[Paragraph]) -> list[_Mark]:
    """A heading that comes again below itself (a table's title row of the same words), with at most a note between, or the
    headings of its parts, is one heading; the note is the beginning of its text."""
    kept: list[_Mark] = []
    for mark in marks:
        n = next((n for n in range(len(kept) - 1, max(-1, len(kept) - 1 - _PARTS), -1) if kept[n].level <= mark.level), None)
        if n is None or (kept[n].words, kept[n].heading.number) != (mark.words, mark.heading.number):
            kept.append(mark)
            continue
        starts = [*(part.at for part in kept[n + 1 :]), mark.at]
        gaps = [paragraphs[part.at + part.span : start] for part, start in zip(kept[n:], starts, strict=True)]
        between = [p.text for gap in gaps for p in gap]
        if len(between) > _NOTES or any(len(text) > _NOTE for text in between):
            kept.append(mark)
            continue
        last = kept[-1]
        notes = [p.text for p in paragraphs[last.at + last.span : mark.at]]
        rest = "\n".join(text for text in (last.heading.rest, *notes, mark.heading.rest) if text)
        kept[-1] = last._replace(span=mark.at + mark.span - last.at, heading=last.heading._replace(rest=rest))
    return kept


def _marks(paragraphs: list[Paragraph]) -> list[_Mark]:
    """Everything that looks like a heading by itself."""
    found: list[_Mark] = []
    skip = False
    for index, paragraph in enumerate(paragraphs):
        if skip or paragraph.tabular:
            skip = False
            continue
        heading = read_heading(paragraph.text, paragraph.level is not None)
        if heading is None or (not heading.kind and _TITLE.search(paragraph.text)):
            continue
        if heading.kind and not heading.heading:
            # A number alone on its line: the next line is its heading.
            following = paragraphs[index + 1] if index + 1 < len(paragraphs) else None
            if following is None or following.tabular or following.before:
                continue
            number = (heading.number or "").rstrip("、.．，,：:")
            whole = read_heading(f"{number}{'、' if heading.kind in (1, 3) else ''}{following.text}", False)
            if whole is None or not whole.heading or whole.kind != heading.kind:
                continue
            found.append(_Mark(index, whole._replace(number=heading.number), heading.kind, whole.heading, 2))
            skip = True
            continue
        found.append(_Mark(index, heading, heading.kind, heading.heading, marked=paragraph.level is not None))
    return found


def _promote(marks: list[_Mark]) -> list[_Mark]:
    """Section headings that are not numbered 一、 get level 1; what is no heading without a number is dropped."""
    covered = {m.heading.code for m in marks if m.level == 1 and m.heading.code}
    section_kind = _section_kind(marks, covered)
    sure = {m.heading.code for m in marks if m.heading.sure and m.level in (1, section_kind)}
    # Depth below the sections: where these are （一）, 1. is the next level.
    depths = {kind: 2 + k for k, kind in enumerate(kind for kind in (2, 3, 4) if kind != section_kind)}
    promoted: list[_Mark] = []
    began = False
    for mark in marks:
        code, kind = mark.heading.code, mark.level
        level = depths.get(kind, 2)
        if kind == 1:
            level = 1
        elif code == "annex":
            # An annex is headed by its own word, behind the report's sections.
            level = 1 if began and mark.heading.sure and not kind else level if kind else 0
        elif (kind == section_kind and code and (mark.heading.sure or code not in sure)) or (
            kind in (0, 3) and mark.heading.sure and code not in covered
        ):
            level = 1
        elif not kind and not (mark.marked and began):
            level = 0
        if level:
            promoted.append(mark._replace(level=level))
            began = began or level == 1
    return promoted


def _section_kind(marks: list[_Mark], covered: set[str]) -> int | None:
    """The form of number (0 for none) that the sections have where they are not numbered 一、."""
    if len(covered) >= _PROOF:
        return None
    best, most = None, (0, 0)
    for kind in (0, 3, 2, 4):
        known = [m for m in marks if m.level == kind and m.heading.code and (kind or m.heading.sure or m.marked)]
        codes = {m.heading.code for m in known if m.heading.code} - covered
        score = len({m.heading.code for m in known if m.heading.sure}), len(codes)
        if len(codes) >= _PROOF and score > most:
            best, most = kind, score
    return best


def _drop_contents(marks: list[_Mark], paragraphs: list[Paragraph]) -> list[_Mark]:
    """Without lists of contents: runs of headings with nothing between them that come again below."""
    kept = list(marks)
    start = 0
    while start < min(len(kept), _CONTENTS_REACH):
        end = start + 1
        while end < len(kept) and kept[end].at == kept[end - 1].at + kept[end - 1].span:
            if kept[end - 1].heading.rest or paragraphs[kept[end].at].before:
                break
            end += 1
        known = {mark.heading.code for mark in kept[start:end]} - {None}
        if len(known) >= _CONTENTS:
            last = {_sense(mark): k for k, mark in enumerate(kept)}
            listed = [k for k in range(start, end) if last[_sense(kept[k])] > k]
            if len(listed) * 2 >= end - start:
                # The first section may follow at once: the list ends where its beginning comes again, or with its last entry.
                again = next((k for k in range(start + 1, end) if _sense(kept[k]) == _sense(kept[start])), listed[-1] + 1)
                del kept[start:again]
                continue
        start = end
    return kept


def _sense(mark: _Mark) -> str:
    """What makes two headings the same: their meaning, else their words."""
    return mark.heading.code or mark.words


def _demote_restarts(marks: list[_Mark]) -> list[_Mark]:
    """First-level numbers that restart below a section, with nothing known in their words, are its parts.

    An annex has no headings but another annex's: its tables number their rows.
    """
    sure = {m.heading.code for m in marks if m.level == 1 and m.heading.sure}
    last: int | None = None
    current: str | None = None
    inner = 0
    result: list[_Mark] = []
    for mark in marks:
        heading, value = mark.heading, mark.heading.value
        if current == "annex" and (mark.level != 1 or not heading.sure):
            continue
        if mark.level != 1:
            result.append(mark)
            continue
        known = heading.code is not None and (
            heading.sure or (heading.code != current and (heading.code not in sure or inner == 0))
        )
        follows = last is None or value is None or last < value <= last + 2
        if not known and value == inner + 1 and last is not None and (inner or not follows):
            inner = value
            result.append(mark._replace(level=2))
            continue
        inner = 0
        last = value if value is not None else last
        current = heading.code
        result.append(mark)
    return result


def _build(paragraphs: list[Paragraph], marks: list[_Mark]) -> list[Section]:
    sections: list[Section] = []
    first = marks[0].at if marks else len(paragraphs)
    if first:
        opening = paragraphs[:first]
        text = "\n".join(p.text for p in opening)
        sections.append(Section(1, 0, None, "", None, text, opening[0].page_first, opening[-1].page_last))
    for k, mark in enumerate(marks):
        end = marks[k + 1].at if k + 1 < len(marks) else len(paragraphs)
        start = mark.at + mark.span
        below = paragraphs[start:end]
        parts = ([mark.heading.rest] if mark.heading.rest else []) + [p.text for p in below]
        head = paragraphs[mark.at]
        last = paragraphs[max(start, end) - 1].page_last
        code = mark.heading.code if mark.level == 1 else None
        sections.append(
            Section(
                len(sections) + 1,
                mark.level,
                mark.heading.number,
                mark.words,
                code,
                "\n".join(parts),
                head.page_first,
                last,
            )
        )
    return sections
