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
    """A piece of a cell's text in a font of its own."""

    text: str
    font: Font = PLAIN


def joined_runs(runs: Sequence[Run]) -> str:
    """The text of a cell's runs: white ones beside ink are not seen."""
    inked = any(run.font.inked and not run.font.struck and run.text.strip() for run in runs)
    seen = (run for run in runs if not run.font.struck and not (run.font.white and inked))
    return "".join(run.text.translate(RAISED) if run.font.small else run.text for run in seen)
