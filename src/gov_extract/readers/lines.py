"""Strings → `Line`s: white space, words, and what of it is a flattened table.

In: the text of one line as a format gives it. Out: cleaned strings, `Line`s of kind ``text`` or ``cells``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gov_extract.document import Line, Word
from gov_extract.readers.folds import fold_radicals

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\x00-\x08\x0e-\x1f\x7f]")
"""Zero-width and direction marks, soft hyphens, control characters: no ink, but they part labels and figures."""

_SPACE = re.compile(r"[ \t\r\n\f\v\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_WIDE_GAP = re.compile("[ \u00a0\u2000-\u200a\u202f\u205f\u3000]{2,}")
_FIGURE = re.compile(r"[-－−]?[0-9０-９][0-9０-９,，.．]*")
_YEAR = re.compile(r"(?:19|20)\d\d年?度?")

BLANKS = " \t\r\n\f\v\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


OBJECT = "\ufffc"
"""Stands in a cell for ink that is no text: a picture, a form's field; and before a number that Word counts by itself."""
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
"""A raised digit marks a footnote: it must not be read as a digit of the figure before it."""


def visible(text: str) -> str:
    """The text without characters that leave no ink and no space, and with ideographs where it has their radicals."""
    return text if text.isascii() and text.isprintable() else fold_radicals(_INVISIBLE.sub("", text))


def squeeze(text: str) -> str:
    """One line's text with every run of white space as one blank, none at its ends."""
    return _SPACE.sub(" ", visible(text)).strip(" ")


def is_figure(text: str) -> bool:
    """Whether the text is nothing but a figure. A year (2023, 2023年) is not: lists of years are navigation."""
    text = text.strip(BLANKS)
    return _FIGURE.fullmatch(text) is not None and _YEAR.fullmatch(text) is None


def text_line(text: str, level: int | None = None, locator: str | None = None) -> Line | None:
    """A line of kind ``text``: a new word at every gap of two blanks or more, none for a line without ink."""
    if text.isalnum():
        return Line((Word(text),), kind="text", level=level, locator=locator)
    words = tuple(Word(word) for part in _WIDE_GAP.split(visible(text).strip(BLANKS)) if (word := squeeze(part)))
    return Line(words, kind="text", level=level, locator=locator) if words else None


def cells_line(texts: Sequence[str], locator: str | None = None) -> Line:
    """A line of kind ``cells``: every text one word, empty ones kept."""
    return Line(tuple(Word(squeeze(text)) for text in texts), kind="cells", locator=locator)


def tabbed_line(text: str, level: int | None = None) -> Line | None:
    """A paragraph that may hold tabs: ``cells`` where they part a table's row, else ``text``.

    Tabs around the text indent it, and a single one between words sets a date or a number apart. Two of them, or one
    beside a figure, make a flattened row, whose outer tabs then are empty cells.
    """
    inner = text.strip(BLANKS)
    if "\t" in inner:
        words = text.split("\t")
        if inner.count("\t") >= 2 or any(is_figure(word) for word in words):
            return cells_line(words)
    return text_line(inner.replace("\t", "  "), level)
