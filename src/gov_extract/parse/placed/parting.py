"""Words that stand so close on the page that they were taken for one, parted again.

In: the tokens of a page. Out: the same, a figure apart from the label or note before it, the cells of a narrow header from
each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from statistics import median

import regex

from gov_extract.document import Box, Line, Page
from gov_extract.forms.labels import normalise
from gov_extract.parse.placed.stacks import LEADING
from gov_extract.parse.placed.tokens import FIGURES, LABELS, PROSE, Token, is_level
from gov_extract.parse.values import looks_like_figure
from gov_extract.parse.vocabulary import header_words, named_rows

# A label with a figure behind its last character.
_GLUED = regex.compile(r"(.*[\p{Han}）)])([-−–—]?\p{Nd}[\p{Nd}.,，．]*)")
_FIGURE_MARKS = frozenset(".,，．")
_STOPS = ".．、"
_GROUPED = regex.compile(rf"([^\p{{Nd}}]*\p{{Han}})(\p{{Nd}}{{1,2}}[{_STOPS}]\p{{Han}}.*)")
_NOTED = regex.compile(r"\p{Nd}+[（(][^（(）)]*[）)]")
# So many other figures that stand at the same place across the page are a column of figures.
COLUMN = 3
# Points by which figures of one column are off each other's edges at most.
ASIDE = 1.5
# Characters of the labels of narrow columns.
SHORTEST, LONGEST = 2, 6


def may_hold_table(page: Page) -> bool:
    """Whether a page's words are worth taking apart: whether as many may be labels, or hold some, or may be figures on one
    line, as `promising` asks for. A page of prose has none."""
    labels = 0
    for block in page.blocks:
        if not isinstance(block, Line):
            continue
        words = [word.text for word in block.words]
        brackets = sum(text.count("(") + text.count("（") for text in words)
        # Words that a bracket joins may be a label together, and figures with notes may stand in one word.
        labels += sum(map(_most_labels, words)) + (len(words) if brackets and len(words) > 1 else 0)
        if labels >= LABELS or len(words) + brackets >= FIGURES:
            return True
    return False


@lru_cache(maxsize=4096)
def _most_labels(text: str) -> int:
    """How many labels a word can be parted into at most, itself counted."""
    if len(text) > PROSE:
        return 0
    if text[:SHORTEST] in _beginnings():
        return max(1, len(text) // SHORTEST)
    if any(mark in text for mark in _STOPS) and _GROUPED.fullmatch(text):
        return 2
    glued = _glued(text)
    labels = (text, glued[1].rstrip()) if glued else (text,)
    return int(any(normalise(label) in header_words() or named_rows(label) for label in labels))


def _glued(text: str) -> regex.Match[str] | None:
    """A text as a label with a figure behind its last character."""
    return _GLUED.fullmatch(text) if text[-1:] in _FIGURE_MARKS or text[-1:].isdecimal() else None


def parted(tokens: Sequence[Token]) -> list[Token]:
    """The tokens of a page, those parted that hold several words."""
    figures = [token for token in tokens if token.figure]
    apart = []
    for n, token in enumerate(tokens):
        if token.figure or len(token.text) > PROSE or named_rows(token.text):
            apart += _notes(token)
        else:
            apart += _from_figure(token, figures) or _from_group(token) or _heads(token, tokens[n + 1 :]) or [token]
    return apart


def _notes(token: Token) -> list[Token]:
    """Figures with their notes in brackets, one touching the next: 5（含自然失效1件）2（含自然失效1件）."""
    pieces = _NOTED.findall(token.text)
    if len(pieces) < 2 or "".join(pieces) != token.text or not all(map(looks_like_figure, pieces)):
        return [token]
    width = (token.box.x1 - token.box.x0) / len(token.text)
    apart, x = [], token.box.x0
    for piece in pieces:
        apart.append(
            token._replace(text=piece, box=Box(x, token.box.top, x + width * len(piece), token.box.bottom), figure=True)
        )
        x += width * len(piece)
    return apart


def _from_figure(token: Token, figures: Sequence[Token]) -> list[Token] | None:
    """A label and the figure that touches it: one that stands in a column of other figures."""
    glued = _glued(token.text)
    if glued is None or not looks_like_figure(glued[2]):
        return None
    others = [figure for figure in figures if not is_level(figure, token)]
    if len(others) < COLUMN:
        return None
    width = median((figure.box.x1 - figure.box.x0) / len(figure.text) for figure in others)
    x1 = token.box.x1
    x0 = x1 - width * len(glued[2])
    lined_up = [
        sum(abs(at - place) <= ASIDE for place in places)
        for at, places in (
            (x0, [figure.box.x0 for figure in others]),
            (x1, [figure.box.x1 for figure in others]),
            ((x0 + x1) / 2, [(figure.box.x0 + figure.box.x1) / 2 for figure in others]),
        )
    ]
    if max(lined_up) < COLUMN:
        return None
    label = token._replace(text=glued[1].rstrip(), box=Box(token.box.x0, token.box.top, x0 - ASIDE / 2, token.box.bottom))
    return [label, token._replace(text=glued[2], box=Box(x0, token.box.top, x1, token.box.bottom), figure=True)]


def _from_group(token: Token) -> list[Token] | None:
    """A line of a group's label and the numbered label of a row that touches it: （三）不予4.保护第三方合法权益."""
    glued = _GROUPED.fullmatch(token.text) if any(mark in token.text for mark in _STOPS) else None
    if glued is None or normalise(glued[1])[:SHORTEST] not in _beginnings():
        return None
    if not any(word.startswith(normalise(glued[1])) for word in header_words()):
        return None
    middle = token.box.x0 + (token.box.x1 - token.box.x0) * len(glued[1]) / len(token.text)
    left, right = token.box._replace(x1=middle - ASIDE / 2), token.box._replace(x0=middle)
    return [token._replace(text=glued[1], box=left), token._replace(text=glued[2], box=right)]


def _heads(token: Token, behind: Sequence[Token]) -> list[Token] | None:
    """The labels of columns that stand side by side without a gap, whole or with their rest on the line below."""
    if len(token.text) < 2 * SHORTEST or token.text[:SHORTEST] not in _beginnings() or normalise(token.text) in header_words():
        return None
    below = [t for t in behind if 0 <= t.box.top - token.box.bottom + 1 <= LEADING * token.height + 1 and not t.figure]
    pieces = _cut(token, 0, below)
    return pieces if pieces and len(pieces) > 1 else None


def _cut(token: Token, start: int, below: Sequence[Token]) -> list[Token] | None:
    """The labels that a token's text from `start` on is made of; None where it is not."""
    text, box = token.text, token.box
    if start == len(text):
        return []
    width = (box.x1 - box.x0) / len(text)
    for end in range(min(len(text), start + LONGEST), start + SHORTEST - 1, -1):
        piece = text[start:end]
        x0, x1 = box.x0 + start * width, box.x0 + end * width
        under = (t.text for t in below if x0 <= (t.box.x0 + t.box.x1) / 2 <= x1)
        if piece not in header_words() and not any(normalise(piece + rest) in header_words() for rest in under):
            continue
        rest = _cut(token, end, below)
        if rest is not None:
            return [token._replace(text=piece, box=Box(x0, box.top, x1, box.bottom)), *rest]
    return None


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(word[:SHORTEST] for word in header_words() if len(word) <= LONGEST)
