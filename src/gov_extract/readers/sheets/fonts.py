"""How a font shows its text: raised or lowered, struck out, white.

In: a text and its font. Out: the text as it counts: digits set small beside others are a footnote's mark, as in every format;
what is struck out was deleted by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gov_extract.readers.lines import RAISED


class Font(NamedTuple):
    """Whether a font sets its text `small`, above or below the line, strikes it out, or has the colour of paper. `inked` where
    the file says that its colour is another one."""

    small: bool = False
    struck: bool = False
    white: bool = False
    inked: bool = False


PLAIN = Font()


class Run(NamedTuple):
    """A piece of a cell's text in a font of its own, or in the cell's where there is none."""

    text: str
    font: Font | None = None


class Rich(NamedTuple):
    """A text as a book keeps it: whole, and its runs where any has a font of its own."""

    text: str
    runs: tuple[Run, ...] = ()


def rich(runs: Sequence[Run]) -> Rich:
    """The text of some runs."""
    own = any(run.font is not None for run in runs)
    return Rich("".join(run.text for run in runs), tuple(runs) if own else ())


def in_cell(text: Rich, cell: Font) -> tuple[str, Font]:
    """What a text shows in a cell of some font, and the font of it all. The cell's font does not count for runs with their own:
    programs give a cell the font with which its text begins, though the rest is neither struck out nor white."""
    if not text.runs:
        return text.text, cell
    runs = [Run(run.text, run.font or cell) for run in text.runs]
    fonts = [run.font for run in runs if run.font and run.text.strip()]
    struck = bool(fonts) and all(font.struck for font in fonts)
    white = cell.white and all(font.white for font in fonts)
    return text.text if struck else joined_runs(runs), Font(struck=struck, white=white)


def joined_runs(runs: Sequence[Run]) -> str:
    """The text of a cell's runs: white ones beside ink are not seen."""
    told = [(run.text, run.font or PLAIN) for run in runs]
    inked = any(font.inked and not font.struck and text.strip() for text, font in told)
    seen = ((text, font) for text, font in told if not font.struck and not (font.white and inked))
    return "".join(text.translate(RAISED) if font.small else text for text, font in seen)
