"""Lines on a page → the paragraphs that were written.

In: a `Document` and the blocks that the tables consumed. Out: `Paragraph` records in reading order. A PDF's lines are
visual lines and are joined by their geometry; a text file's may be wrapped or torn and are joined by their wording; markup
knows its paragraphs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import regex

from gov_extract.document import Box, Document, Grid, Line, Word
from gov_extract.parse.sections.headings import is_section_heading, read_number
from gov_extract.parse.vocabulary import is_header_text

# A line is full when the next line's first word would not have found room on it; this much (in characters' widths) is
# granted beyond, for justification and for marks that hang over the edge.
_SLACK = 1.2
# A first line is indented by two characters; an opening bracket at a line's start looks indented by half of one.
_INDENT = 1.0
# A line that begins so many characters to the right of the text is a sign-off, a date, a title: no paragraph's first line.
_ASIDE = 4.0
# Lines of one paragraph have one size of type: quotients of their characters' widths (heights differ between the fonts of
# one line). Titles are larger by 1.4 and more. Shorter lines (columns) say too little.
_SIZED = 8
_SIZES = (0.8, 1.25)
# Words of a line that stand farther apart than this many times its height belong to different sentences; justification
# opens gaps of a character at most.
_APART = 1.5
# A line of shorter words only (characters) is spaced out (概　述), not two things.
_WORDY = 5
# Words of one line with a number before each that are so many are labels beside each other (a table turned round).
_LABELS = 3
# Two lines of a paragraph stand at most this much farther apart than the page's usual pitch.
_PITCH = 1.45
# Wrapped text files: lines are full when within this many columns of the file's widest usual line.
_WRAP_SLACK = 4
_WRAP_WIDTHS = (36, 110)  # columns; a CJK character takes two
_TERMINAL = frozenset("。！？；：!?;:…”」』）)》.")
_CLAUSE = frozenset("，。；,;")
_SENTENCE = frozenset("，。；：！？,;:")
# What a lossy conversion leaves of the blanks before a paragraph (????一、总体情况): no line begins with a question's mark.
_LOST = "? "
# The longest line (characters) that may be a section's heading.
_HEADING = 40
# A line with a number (characters) that may still be a page's: (12).
_NUMBER_ALONE = 4
# Behind one of these a number at a line's start is part of a sentence (第 | （一）项).
_GOING_ON = frozenset("第款条项、，,和及与或至“（《(")
# What stays with the word before it at a line's end.
_CLOSING = frozenset("，。；：、！？”’）》」』】,.;:!?)%")
# A day alone on its line closes a report, whatever stands below it.
_DAY = regex.compile(
    r"\s*[12二][\d〇零○一二三四五六七八九\s]{3,7}年[\d一二三四五六七八九十\s]{1,4}月[\d一二三四五六七八九十\s]{1,5}日\s*"
)
_FIRST_WORD = regex.compile(r"[“‘（《「『【(]*(?:[0-9A-Za-z./@:_%+-]+|.)", regex.DOTALL)
_DIGITS = regex.compile(r"\d+")
_BLANKS = regex.compile(r"\s+")
_CJK = r"[\u2e80-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef“”‘’—…·]"
_CJK_BLANK = regex.compile(rf"(?<={_CJK}) +(?={_CJK})")
_PAGE_NUMBER = regex.compile(r"[-—–－―·\s]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[/,，]?\s*共?\s*\d{1,4}\s*页?)?[-—–－―·\s]*")
_OPENING = frozenset("一二三四五六七八九十第（(㈠㈡㈢㈣㈤㈥㈦㈧㈨㈩①②③④⑤⑥⑦⑧⑨⑩0123456789０１２３４５６７８９")
_NUMBERED = regex.compile(
    r"[一二三四五六七八九十]{1,3}\s*[、.．，,：:]|[(（]\s*(?:[一二三四五六七八九十]{1,3}|\d{1,2})\s*[)）]|[㈠-㈩①-⑳]"
    r"|\d{1,2}\s*[、．.](?!\d)|第[一二三四五六七八九十]{1,3}[部章]"
)


class Paragraph(NamedTuple):
    """A paragraph. `level` is the markup's heading level; `tabular` marks rows of cells, which are never headings.

    `before` tells whether a table that was consumed stands directly before it.
    """

    text: str
    page_first: int | None
    page_last: int | None
    level: int | None = None
    tabular: bool = False
    before: bool = False


class _Piece(NamedTuple):
    text: str
    line: Line | None
    page: int | None
    tabular: bool
    before: bool
    place: int  # number of the text file's line, or of the block; a gap tells of blank lines
    sheet: int  # index of the page


def find_paragraphs(document: Document, taken: Collection[tuple[int, int]]) -> list[Paragraph]:
    """The document's prose, paragraph by paragraph; `taken` holds (page index, block index) of the tables' blocks."""
    pieces = list(_pieces(document, taken))
    if not pieces:
        return []
    if any(piece.line is not None and piece.line.box is not None for piece in pieces):
        joined = _by_geometry(pieces)
    elif document.media_type in ("text/plain", "text/markdown"):
        joined = _by_wording(pieces)
    else:
        joined = [False] * len(pieces)
    return list(_merge(pieces, joined))


def _pieces(document: Document, taken: Collection[tuple[int, int]]) -> Iterator[_Piece]:
    running = _running_lines(document)
    before = False
    count = 0
    for sheet, page in enumerate(document.pages):
        last = len(page.blocks) - 1
        for index, block in enumerate(page.blocks):
            count += 1
            if (sheet, index) in taken:
                before = True
                for text in _headings_between(block) if isinstance(block, Grid) else ():
                    yield _Piece(text, None, block.page, False, before, count, sheet)
                continue
            if isinstance(block, Grid):
                for text, tabular in _grid_text(block):
                    yield _Piece(text, None, block.page, tabular, before, count, sheet)
                    before = False
                continue
            beside = (sheet, index - 1) in taken or (sheet, index + 1) in taken
            if beside and block.box is not None and block.words and all(is_header_text(word.text) for word in block.words):
                # A form's header that a page without rulings keeps apart from its table.
                continue
            tabular = (block.kind == "cells" and sum(1 for word in block.words if word.text.strip()) > 1) or _are_labels(block)
            at_edge = block.box is not None and (index < 2 or index > last - 2)
            for line in _apart(block):
                text = _clean(line.text, line.box is not None).lstrip(_LOST)
                if not text:
                    continue
                if at_edge and ((len(text) < 40 and _PAGE_NUMBER.fullmatch(text)) or _standing(line) in running):
                    continue
                place = _line_number(line.locator, count)
                yield _Piece(text, line, line.page, tabular, before, place, sheet)
                before = False


def _headings_between(grid: Grid) -> Iterator[str]:
    """The headings that stand between two tables which a grid holds: a row within it whose one cell spans all columns."""
    starting = Counter(cell.row for cell in grid.cells)
    for cell in grid.cells:
        if (
            cell.row
            and cell.colspan == grid.n_columns
            and starting[cell.row] == cell.rowspan == 1
            and _begins(cell.text or " ")
        ):
            text = _clean(cell.text.replace("\n", ""), False)
            if _heads(text):
                yield text


def _are_labels(line: Line) -> bool:
    """Whether a line's words are labels with numbers, beside each other: none of them is a heading."""
    return line.box is not None and len(line.words) >= _LABELS and sum(_begins(w.text) for w in line.words if w.text) >= _LABELS


def _apart(line: Line) -> Iterable[Line]:
    """The line, cut where its words stand so far apart that they are not of one sentence (agency and date, stray words)."""
    if line.box is None or line.kind != "text" or len(line.words) < 2 or _are_labels(line):
        return (line,)
    gap = _APART * (line.box.bottom - line.box.top)
    parts: list[list[Word]] = [[line.words[0]]]
    for previous, word in pairwise(line.words):
        if previous.box and word.box and word.box.x0 - previous.box.x1 > gap:
            parts.append([])
        parts[-1].append(word)
    if len(parts) == 1 or not any(len(word.text) >= _WORDY for word in line.words):
        return (line,)
    return [line._replace(words=tuple(words), box=_around(words)) for words in parts]


def _around(words: list[Word]) -> Box | None:
    boxes = [word.box for word in words if word.box]
    if not boxes:
        return None
    x0, x1 = min(box.x0 for box in boxes), max(box.x1 for box in boxes)
    return Box(x0, min(box.top for box in boxes), x1, max(box.bottom for box in boxes))


def _running_lines(document: Document) -> set[tuple[str, int, int]]:
    """Lines that stand at the same place of most pages, first or last: headers and footers, not the report's text."""
    if len(document.pages) < 2:
        return set()
    seen: Counter[tuple[str, int, int]] = Counter()
    for page in document.pages:
        ends = (*page.blocks[:2], *page.blocks[2:][-2:])
        seen.update({_standing(block) for block in ends if isinstance(block, Line) and block.box and not _is_own(block)})
    return {place for place, count in seen.items() if count > 1 and count * 2 > len(document.pages)}


def _is_own(line: Line) -> bool:
    """Whether a line is the report's own though other pages begin with its like: a sentence, a numbered point."""
    text = line.text.strip()
    return text[-1:] == "。" or (len(text) > _NUMBER_ALONE and _begins(text))


def _standing(line: Line) -> tuple[str, int, int]:
    """A line's text and place, so coarse that a page's number in it makes no difference."""
    box = line.box
    text = _DIGITS.sub("0", line.text.strip())
    return text, round(box.x0 / 20) if box else -1, round(box.top / 4) if box else -1


def _line_number(locator: str | None, otherwise: int) -> int:
    if locator and locator.startswith("line "):
        digits = locator[5:].split("-")[0].split(",")[0]
        if digits.isdecimal() and len(digits) < 10:
            return int(digits)
    return otherwise


def _clean(text: str, visual: bool) -> str:
    """White space normalised; a page's gaps between two ideographs are justification, not blanks."""
    if "\t" in text:
        return "\t".join(_BLANKS.sub(" ", cell).strip() for cell in text.strip("\n").split("\t")).strip()
    if not text.isascii() and " " not in text and "\u3000" not in text and "\n" not in text and "\xa0" not in text:
        return text.strip()
    text = _BLANKS.sub(" ", text).strip()
    return _CJK_BLANK.sub(_keep_number_gap, text) if visual else text


def _keep_number_gap(match: regex.Match[str]) -> str:
    # "一 总体情况": the gap is all that parts a number from its heading.
    return " " if match.start() == 1 and match.string[0] in _OPENING else ""


def _grid_text(grid: Grid) -> Iterator[tuple[str, bool]]:
    """A grid that is no table of a form, as (text, tabular); nothing where it holds no words (layout tables)."""
    rows: dict[int, list[str]] = {}
    for cell in grid.cells:
        if cell.text.strip():
            rows.setdefault(cell.row, []).append(cell.text)
    for row in sorted(rows):
        cells = rows[row]
        lines = [line for line in (_clean(part, False) for part in cells[0].split("\n")) if line]
        # One cell with several lines of prose is a frame around text; its lines are paragraphs like any other.
        if len(cells) == 1 and len(lines) > 2 and len(cells[0]) > 80:
            yield from ((line, False) for line in lines)
            continue
        cells = [_clean(cell.replace("\n", ""), False) for cell in cells]
        if all(is_header_text(cell) for cell in cells):
            # A form's header that a page break parted from its table.
            continue
        text = "\t".join(cells)
        if any("\u4e00" <= mark <= "\u9fff" for mark in text[:200]):
            yield text, True


class _Block(NamedTuple):
    """A block of text: left and right edge, pitch of its lines, width of a character; all in points."""

    left: float
    right: float
    pitch: float
    em: float


def _by_geometry(pieces: list[_Piece]) -> list[bool]:
    """For each piece, whether it goes on with the paragraph of the piece before it."""
    placed = [p for p in pieces if p.line and p.line.box and not p.tabular]
    whole = _block(placed)
    blocks: dict[int, _Block] = {}
    for sheet in {p.sheet for p in placed}:
        own = [p for p in placed if p.sheet == sheet]
        # A page with little text borrows the document's edges; margins may mirror, so that full pages have theirs.
        blocks[sheet] = _block(own) if len(own) >= 12 else whole
    return [False, *(_goes_on(previous, piece, blocks) for previous, piece in pairwise(pieces))]


def _block(pieces: list[_Piece]) -> _Block:
    boxes = [p.line.box for p in pieces if p.line and p.line.box]
    if not boxes:
        return _Block(0.0, 0.0, 0.0, 0.0)
    ems = sorted(
        (p.line.box.x1 - p.line.box.x0) * 2 / columns
        for p in pieces
        if p.line and p.line.box and (columns := _columns(p.text)) >= 12
    )
    em = ems[len(ems) // 2] if ems else boxes[0].bottom - boxes[0].top
    long = [box for box in boxes if box.x1 - box.x0 > 12 * em] or boxes
    lefts = sorted(box.x0 for box in long)
    rights = sorted(box.x1 for box in long)
    steps = sorted(b.top - a.top for a, b in pairwise(boxes) if 0.8 * em < b.top - a.top < 5 * em)
    pitch = steps[len(steps) // 2] if steps else 0.0
    return _Block(lefts[len(lefts) // 20], rights[-1 - len(rights) // 20], pitch, em)


def _goes_on(previous: _Piece, piece: _Piece, blocks: dict[int, _Block]) -> bool:
    if not previous.line or not piece.line or piece.before or previous.tabular or piece.tabular:
        return False
    a, b = previous.line.box, piece.line.box
    if a is None or b is None or piece.line.level != previous.line.level:
        return False
    if _DAY.fullmatch(previous.text):
        return False
    above, here = blocks[previous.sheet], blocks[piece.sheet]
    if b.x0 - here.left > _INDENT * here.em or a.x0 - above.left > _ASIDE * above.em:
        return False
    room = above.right - a.x1
    if room > (_first_word(piece.text) / 2 + _SLACK) * above.em:
        return False
    if previous.sheet == piece.sheet and here.pitch and b.top - a.top > _PITCH * here.pitch:
        return False
    if (_begins(piece.text) and previous.text[-1] not in _GOING_ON) or _heads(piece.text):
        return False
    # Another size of type is another paragraph (a title over its text).
    wide, narrow = _columns(previous.text), _columns(piece.text)
    if min(wide, narrow) < _SIZED:
        return True
    return _SIZES[0] < (b.x1 - b.x0) * wide / max((a.x1 - a.x0) * narrow, 0.1) < _SIZES[1]


def _first_word(text: str) -> int:
    """Columns of what could not have been torn from a line's start: a word or one ideograph with the marks around it."""
    match = _FIRST_WORD.match(text)
    end = match.end() if match else 1
    while end < len(text) and text[end] in _CLOSING:
        end += 1
    return _columns(text[:end])


def _by_wording(pieces: list[_Piece]) -> list[bool]:
    widths = [_columns(p.text) for p in pieces]
    wrap = _wrap_width([(w, p.text) for w, p in zip(widths, pieces, strict=True) if not p.tabular])
    joined = [False]
    for width, (previous, piece) in zip(widths, pairwise(pieces), strict=False):
        if piece.before or previous.tabular or piece.tabular or _begins(piece.text):
            go = False
        elif wrap and piece.place - previous.place <= 1:
            go = width >= wrap - _WRAP_SLACK
        else:
            # A line torn in mid-sentence: it has clauses, it does not end, and it is no list.
            ended = previous.text[-1] in _TERMINAL or _heads(previous.text[read_number(previous.text)[3] :])
            go = not ended and width > 40 and any(mark in _CLAUSE for mark in previous.text)
        joined.append(go and not _heads(piece.text))
    return joined


def _begins(text: str) -> bool:
    return text[0] in _OPENING and _NUMBERED.match(text) is not None


def _heads(text: str) -> bool:
    """Whether a line is a section's heading by its words alone, number or none."""
    if len(text) > _HEADING or any(mark in _SENTENCE for mark in text):
        return False
    return is_section_heading(text)


@lru_cache(maxsize=512)
def _columns(text: str) -> int:
    """Width in half-width columns, of the first 400 characters: bytes of a Chinese code page, one way to count fast."""
    return len(text[:400].encode("gbk", "replace"))


def _wrap_width(lines: list[tuple[int, str]]) -> int:
    """The width (columns) at which a text file was wrapped, or 0; paragraphs of like length end their sentences."""
    if len(lines) < 8:
        return 0
    widest = max(width for width, _ in lines)
    low, high = _WRAP_WIDTHS
    full = [text for width, text in lines if width >= widest - _WRAP_SLACK]
    ended = sum(text[-1] in "。！？；：" for text in full)
    return widest if low <= widest <= high and len(full) * 4 >= len(lines) and ended * 2 < len(full) else 0


def _merge(pieces: list[_Piece], joined: list[bool]) -> Iterator[Paragraph]:
    k = 0
    while k < len(pieces):
        first = pieces[k]
        parts = [first.text]
        end = k + 1
        while end < len(pieces) and joined[end]:
            parts.append(pieces[end].text)
            end += 1
        level = first.line.level if first.line else None
        text = "".join(parts)
        yield Paragraph(text, first.page, pieces[end - 1].page, level, first.tabular, first.before)
        k = end
