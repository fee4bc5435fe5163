"""The second, independent evidence for a row: the same characters in the source's own order, without any grid.

In: the raw text of the pages (`Page.text`). Out: whether a row's label is followed there by exactly its figures.

A text is folded into a string in which every token of figures is set between marks and everything else is reduced to letters
and ideographs, so that ``规章 0 5 8`` becomes ``规章␟0␟␟5␟␟8␟`` and a row's proof is a substring search.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from typing import Literal

import regex

from gov_extract.document import Document
from gov_extract.forms import load_forms
from gov_extract.forms.labels import normalise, strip_number
from gov_extract.parse.values import UNMAPPED, says_nothing, units, words_for_nothing
from gov_extract.parse.vocabulary import VETO, closeness, header_words, rows_by_key

MARK = "\x1f"
# Digits with the signs that stand in figures, and dashes: what a blank-separated token of a figure is made of.
# "1." alone is a numbering.
_FIGURE = regex.compile(r"[-+⸺⸻−–—‐‑‒―─━－ー﹣/／\\＼*＊~～]+|[-+−–—]?[¥￥]?[\d０-９](?:[\d０-９.,，．]*[\d０-９])?%?")
# A page's number between dashes; a bare number at a page's end may as well be the last figure of its last row.
_PAGE_LABEL = regex.compile(r"[-–—]+\d{1,3}[-–—]+")
_DIGITS = regex.compile(r"([0-9]+)")
_AT_END = f"(?:{MARK}[-–—]+{MARK})+{MARK}\\d{{1,3}}{MARK}(?:{MARK}[-–—]+{MARK})+|第\\d{{1,3}}页(?:共\\d{{1,3}}页)?"
# The number of a row in a column of its own.
_ROW_NUMBER_BEFORE = regex.compile(f"{MARK}(\\d{{1,3}}){MARK}$")
_ROW_NUMBER = regex.compile(f"{MARK}(\\d{{1,3}}){MARK}")
# The same at a folded page's ends: with dashes around it, or in words.
_PAGE_NUMBERS = regex.compile(f"^(?:{_AT_END})|(?:{_AT_END})$")
# What neighbouring pages begin with alike is a running head from so many characters on.
RUNNING = 6
# Figures one behind the other.
_RUN = regex.compile(f"(?:{MARK}[^{MARK}]+{MARK})+")
# Markup that raw text keeps: a line break in a cell of Markdown.
_TAG = regex.compile(r"</?[A-Za-z][^<>]{0,80}>")
# A figure glued to the label before it (规章0): the digits behind the last ideograph.
_GLUED = regex.compile(r"^(.*[\p{Han})）\]】])([-−–—]?[\d０-９][\d０-９.,，．]*)$")
# A label of which fewer characters than this lie on one side of the figures proves nothing there.
PIECE = 2
# A line of a group's label beside a row has at most so many characters: its cell is narrow.
GROUP = 8
# So many characters of a row's text say that it follows: the rest may stand on another line.
NEXT = 5
# A text of so many characters without a figure behind a row is prose, or rows without figures.
PROSE = 24
# The next row's numbering is no figure when its label of more than so many characters follows.
NUMBERED = 3
# A page's number with dashes around it (- 12 -), folded, is at most this long.
PAGE_LABEL = 10


def fold(text: str) -> str:
    """A text with its figures marked and everything else normalised."""
    if "<" in text:
        text = _TAG.sub("", text)
    return "".join(map(_fold_token, text.replace("|", " ").split()))


@lru_cache(maxsize=16384)
def fold_short(text: str) -> str:
    """The same for a label or a figure, which come again in every document and in every look at a row."""
    return fold(text)


@lru_cache(maxsize=16384)
def _fold_token(token: str) -> str:
    if _FIGURE.fullmatch(token) or says_nothing(token) or not token.strip(UNMAPPED):
        return f"{MARK}{token}{MARK}"  # ink that nobody can tell stands in a figure's place
    glued = _GLUED.match(token)
    if glued:
        return f"{normalise(glued[1])}{MARK}{glued[2]}{MARK}"
    return normalise(token)


Proof = Literal["whole", "digits", "none"]


class Evidence:
    """The folded raw text of a document, by page and as a whole (a row may be torn by a page break)."""

    def __init__(self, document: Document) -> None:
        self._pages = {page.number: fold(page.text) for page in document.pages}
        self._whole = "".join(self._pages.values())
        self._sequences: dict[tuple[tuple[str, ...], frozenset[int | None]], bool] = {}

    @cached_property
    def _seamless(self) -> str:
        """The whole without what its pages have in their margins; most rows are proven on their page."""
        return "".join(_without_margins([*self._pages.values()]))

    def proves_row(self, label: str, figures: Sequence[str], pages: Sequence[int | None]) -> Proof:
        """Whether the label (whole, or its parts before and behind) stands with exactly these figures in this order.

        `figures` are the row's printed figures, places without ink left out. A row without figures is proven where its label
        is followed by something new. The proof is ``"digits"`` where the digits are the same but not where they are cut.
        """
        name = fold_short(label).replace(MARK, "")
        inks = [fold_short(figure) for figure in figures]
        if not name:
            return "none"
        if self._proves(self._own(pages), name, inks):
            return "whole"
        texts = self._where(pages)
        if any(self._proves(text, name, inks) for text in texts[1:]):
            return "whole"
        lines = [part for part in (fold_short(line).replace(MARK, "") for line in label.split("\n")) if part]
        if len(lines) > 1 and any(_between_lines(text, lines, "".join(inks)) for text in texts):
            return "whole"
        if any("\n" in figure.strip() for figure in figures):
            ways = _line_by_line(label, figures)
            if any(_ends(text, found.end()) for text in texts for way in ways for found in way.finditer(text)):
                return "whole"
        apart = [word for word in words_for_nothing() if word in name]  # in a page's text whose characters stand one a line
        if apart and any(self._proves(_unmarked(text, apart), name, [_unmarked(ink, apart) for ink in inks]) for text in texts):
            return "whole"
        digits = "".join(inks).replace(MARK, "")
        wanted = name + digits
        for text in texts if digits else ():
            bare = text.replace(MARK, "")
            for k in _places(bare, wanted):
                behind = bare[k + len(wanted) : k + len(wanted) + PROSE]
                if not behind[:1].isdigit() or any(behind.startswith(s) for s in starts() if len(s) > NUMBERED):
                    return "digits"
        if any("\n" in figure.strip() for figure in figures):
            # Figures broken over lines stand line by line: all the same digits, which the row's own sum must put in order.
            for text in texts:
                for k in _places(text, name):
                    run = _RUN.match(text, k + len(name))
                    if run and sorted(run[0].replace(MARK, "")) == sorted(digits):
                        return "digits"
        return "none"

    def shows_figures(self, label: str) -> bool:
        """Whether the source has a figure directly behind a label, over page numbers and running heads."""
        name = "".join(part for part in fold_short(label).split(MARK) if part)
        places = _places(self._seamless, name) if name else []
        return any(self._seamless.startswith(MARK, k + len(name)) for k in places)

    def proves_line(
        self,
        label: str,
        texts: Sequence[str],
        pages: Sequence[int | None],
        before: Sequence[str] = (),
        *,
        below: str | None = None,
        numbered: bool = False,
    ) -> Proof:
        """Whether the label stands with exactly these texts, figures and units in this order, as the first one behind `before`.

        Parameters
        ----------
        below
            The first text of the next row, which must follow a row whose figure is blank; None for a row with a figure.
        numbered
            Rows have a number before their label: behind a row's figure the next number may stand.
        """
        head = "".join(fold(text) for text in before)
        name = fold(label).replace(MARK, "")
        ink = "".join(fold(text) for text in texts)
        if not name:
            return "none"
        for text in self._where(pages):
            spans = [(k + len(head), k + len(head + name + ink)) for k in _places(text, head + name + ink)]
            if not spans and any(char.isdigit() for char in name):
                spans = [found.span() for found in _apart(head + name, ink).finditer(text)]
            if head:  # the first such label behind it
                begins = (text.find(name, k + len(head)) for k in _places(text, head))
                spans += [(k, k + len(name + ink)) for k in begins if k >= 0 and text.startswith(name + ink, k)]
            if any(_closes(text, start, end, below, numbered=numbered) for start, end in spans):
                return "whole"
            if not head and ink and self._around(text, name, ink, numbered=numbered):
                return "whole"
            if not head and below is None and not texts[-1].isdigit():  # a figure's note, which lines may cut elsewhere
                exact = name + "".join(fold(part) for part in texts[:-1])
                found = exact in text and regex.search(regex.escape(exact) + _loose(fold(texts[-1])), text)
                if found and _ends(text, found.end()):
                    return "whole"
        return "none"

    def _where(self, pages: Sequence[int | None]) -> list[str]:
        """The row's page, then the whole document: the end of a label may have gone to the next page, over page numbers and
        running heads."""
        own = self._own(pages)
        return list(dict.fromkeys([own, self._whole, self._seamless])) if len(self._pages) > 1 else [own]

    def _own(self, pages: Sequence[int | None]) -> str:
        """The page that a row stands on; nothing where it stands on several."""
        return self._pages.get(pages[0], "") if len(pages) == 1 or len(set(pages)) == 1 else ""

    def _proves(self, text: str, name: str, inks: Sequence[str]) -> bool:
        if not inks:
            # The end of a page proves nothing: figures may stand on the next one.
            last = text in (self._whole, self._seamless)
            behind = [text[k + len(name) : k + len(name) + PROSE] for k in _places(text, name)]
            return any((rest or last) and _goes_on(rest) for rest in behind)
        ink = "".join(inks)
        for k in _places(text, name + ink):
            if _ends(text, k + len(name) + len(ink)):
                return True
        # A note, which lines may cut elsewhere.
        if name in text and any(not (i.startswith(MARK) and i.count(MARK) == 2) for i in inks):
            pieces = [i if i.startswith(MARK) and i.count(MARK) == 2 else _loose(i) for i in inks]
            found = regex.search(regex.escape(name) + "".join(pieces), text)
            if found and _ends(text, found.end()):
                return True
        return self._around(text, name, ink)

    def proves_sequence(self, parts: Sequence[str], pages: Sequence[int | None]) -> bool:
        """Whether these texts stand one behind the other with nothing between: a header's cells, a row of figures. One header
        is asked about for every row below it."""
        asked = tuple(parts), frozenset(pages)
        if asked not in self._sequences:
            self._sequences[asked] = self._shows_sequence(parts, pages)
        return self._sequences[asked]

    def _shows_sequence(self, parts: Sequence[str], pages: Sequence[int | None]) -> bool:
        wanted = "".join(fold_short(part) for part in parts)
        if not wanted:
            return False
        text = self._own(pages) if len(set(pages)) == 1 else self._whole
        figures = wanted.startswith(MARK)
        for k in _places(text, wanted):
            if not figures:
                return True
            if text[k - 1 : k] != MARK and _ends(text, k + len(wanted)):
                return True
        if not any("\n" in part.strip() for part in parts):
            return False
        ways = _line_by_line(parts[0], parts[1:])
        return any(not figures or _ends(text, found.end()) for way in ways for found in way.finditer(text))

    @staticmethod
    def _around(text: str, name: str, ink: str, *, numbered: bool = False) -> bool:
        """A label of several lines whose figures stand beside one of them: part of it before, the rest behind the figures (and
        the row's number, where it has one, before them)."""
        for k in _places(text, ink):
            number = _ROW_NUMBER_BEFORE.search(text, max(0, k - PAGE_LABEL), k) if numbered else None
            begin = number.start() if number else k
            if text[begin - 1 : begin] == MARK or text[k + len(ink) : k + len(ink) + 1] == MARK:
                continue
            before = text[max(0, begin - len(name)) : begin].rpartition(MARK)[2]
            behind = text[k + len(ink) : k + len(ink) + len(name)].partition(MARK)[0]
            for cut in range(PIECE, len(name) - PIECE + 1):
                if before.endswith(name[:cut]) and behind.startswith(name[cut:]):
                    return True
        return False


@lru_cache(maxsize=256)
def _apart(label: str, ink: str) -> regex.Pattern[str]:
    """A label with its ink where white space stands around the digits inside the label (计 1 条)."""
    pieces = [f"{MARK}?{part}{MARK}?" if part.isdigit() else regex.escape(part) for part in _DIGITS.split(label)]
    return regex.compile("".join(pieces) + regex.escape(ink))


def _closes(text: str, start: int, end: int, below: str | None, *, numbered: bool) -> bool:
    """Whether a row of an indicator that stands from `start` to `end` ends there."""
    own = _ROW_NUMBER_BEFORE.search(text, max(0, start - PAGE_LABEL), start) if numbered else None
    following = _ROW_NUMBER.match(text, end) if own else None
    counts = bool(own and following and int(following[1]) == int(own[1]) + 1)
    if below is None:
        return _ends(text, end) or counts
    behind = following.end() if counts and following else end
    return text.startswith(fold(below)[:NEXT], behind) if below else _ends(text, behind)


def _between_lines(text: str, lines: Sequence[str], ink: str) -> bool:
    """A label of several lines with the lines of a group's label among them, and its figures beside any of them."""
    # What stands between the lines is looked for as short as can be, then as long: a last line of one character comes again.
    return all(line in text for line in lines) and any(
        _with_gaps(text, lines, ink, f"[^{MARK}]{{0,{GROUP}}}{lazy}") for lazy in ("?", "")
    )


def _with_gaps(text: str, lines: Sequence[str], ink: str, gap: str) -> bool:
    parts = [regex.escape(line) for line in lines]
    if not ink:
        found = regex.search(gap.join(parts), text)
        return found is not None and _goes_on(text[found.end() : found.end() + PROSE])
    for k in range(1, len(parts) + 1):
        tail = f"{gap}{gap.join(parts[k:])}" if k < len(parts) else ""
        found = regex.search(f"{gap.join(parts[:k])}{gap if k < len(parts) else ''}{regex.escape(ink)}{tail}", text)
        if found and (tail or _ends(text, found.end())) and (not tail or text[found.end() : found.end() + 1] != MARK):
            return True
    return False


def _without_margins(pages: Sequence[str]) -> list[str]:
    """Folded pages without the numbers at their ends and what neighbouring pages begin or end with alike: running heads."""
    bare = [_PAGE_NUMBERS.sub("", text) for text in pages]
    for _ in range(2):  # from the front, then from behind
        shared = [_alike(a, b) for a, b in pairwise(bare)]
        heads = [max(pair) for pair in zip([0, *shared], [*shared, 0], strict=True)] if shared else [0] * len(bare)
        bare = [text[head if head >= RUNNING else 0 :][::-1] for text, head in zip(bare, heads, strict=True)]
    return [_PAGE_NUMBERS.sub("", text) for text in bare]


def _alike(a: str, b: str) -> int:
    """How many characters before any figure two texts begin with alike."""
    return next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y or x == MARK), min(len(a), len(b)))


def _line_by_line(label: str, figures: Sequence[str]) -> list[regex.Pattern[str]]:
    """What the source holds of a row with broken figures, line by line: its cells' lines set in the row's middle, or from its
    top. Between two lines the rest of a group's label may stand."""
    cells = [text.strip().split("\n") for text in (label, *figures)]
    most = max(map(len, cells))
    ways = []
    for middle in (True, False):
        heights: dict[int, str] = {}
        for lines in cells:
            first = most - len(lines) if middle else 0
            for n, line in enumerate(lines):
                heights[first + 2 * n] = heights.get(first + 2 * n, "") + fold(line)
        ordered = [regex.escape(heights[at]) for at in sorted(heights)]
        ways.append(regex.compile(f"(?<!{MARK}(?={MARK})|\\d)" + f"[^{MARK}]{{0,{GROUP}}}".join(ordered)))
    return ways


def _unmarked(text: str, words: Sequence[str]) -> str:
    """A folded text in which words that may stand for no figure (无) are letters like any other."""
    for word in words:
        text = text.replace(f"{MARK}{word}{MARK}", word)
    return text


def _loose(ink: str) -> str:
    """A pattern of a figure with its note, in which white space may fall anywhere but between two digits: there another figure
    would begin."""
    chars = [char for char in ink if char != MARK]
    if not chars:  # of signs alone nothing is left to look for
        return ""
    between = ["" if a.isdigit() and b.isdigit() else f"{MARK}{{0,2}}" for a, b in pairwise(chars)]
    whole = "".join(regex.escape(char) + gap for char, gap in zip(chars, [*between, ""], strict=True))
    # Behind the last digit of a figure with a point another digit is its own: 12.0 is not what is printed as 12.08.
    end = "" if chars[-1].isalpha() else r"(?![.,，．]?\d)"
    return f"{MARK}?{whole}{end}{MARK}?"


def _goes_on(behind: str) -> bool:
    """Whether what stands behind the label of a row without figures is something new, not figures or the label's own rest."""
    rest, mark, _ = behind.partition(MARK)
    if with_note().match(rest):
        return False
    if not mark:
        return True  # prose, or the end
    if any(rest.startswith(text) for text in starts() if len(text) > 1):
        return True
    if any(rest.endswith(text) for text in header_words() if len(text) >= NEXT):
        return True  # the next table, behind its title
    return any(_names_next(rest[k:]) and _is_pieces(rest[:k]) for k in (0, *range(PIECE, min(len(rest), 2 * GROUP) + 1)))


def _names_next(text: str) -> bool:
    """Whether a text before figures is the numbered label of a row, its first line, or worn: the rest of a torn label has no
    number."""
    labels = numbered_labels()
    return text in labels or (
        len(text) >= NEXT
        and any(label.startswith(text) or (label[0] == text[0] and closeness(text, label) >= VETO) for label in labels)
    )


def _is_pieces(text: str) -> bool:
    """Whether a text is nothing, or a line of the label of a group that stands beside both rows, or lines of two."""
    cuts = (0, *range(PIECE, len(text) - PIECE + 1))
    return any(all(any(part in group for group in group_labels()) for part in (text[:k], text[k:])) for k in cuts)


@cache
def with_note() -> regex.Pattern[str]:
    """A folded figure with its unit or a note behind it (16含自然失效, 2万元): no numbering of a row looks like that."""
    words = "|".join(sorted(map(regex.escape, units()), key=len, reverse=True))
    return regex.compile(rf"\d[\d.,]*(?:其中|含|包括|{words})")


@cache
def starts() -> tuple[str, ...]:
    """What can follow a row: the labels of all rows, groups and headers."""
    return (*rows_by_key(), *header_words())


@cache
def numbered_labels() -> frozenset[str]:
    """The normalised labels of rows that have a number, with it."""
    tables = (table for form in load_forms().values() for table in form.tables.values())
    labels = (text for table in tables for row in table.rows for text in (row.label, *row.aliases))
    return frozenset(normalise(text) for text in labels if strip_number(text)[0] is not None)


@cache
def group_labels() -> frozenset[str]:
    """The normalised labels of groups, which stand beside several rows."""
    tables = (table for form in load_forms().values() for table in form.tables.values())
    return frozenset(normalise(text) for table in tables for group in table.groups for text in (group.label, *group.aliases))


def _ends(text: str, k: int) -> bool:
    """Whether the figures of a row end at `k`: something else follows, or only the page's number up to its end."""
    behind = text[k : k + 1]
    if behind != MARK:
        # A figure with its unit or a note has no mark before it.
        return not (behind.isdecimal() and with_note().match(text, k))
    return len(text) - k <= PAGE_LABEL and _PAGE_LABEL.fullmatch(text[k:].replace(MARK, "")) is not None


def _places(text: str, part: str) -> list[int]:
    found, k = [], text.find(part)
    while k >= 0:
        found.append(k)
        k = text.find(part, k + 1)
    return found
