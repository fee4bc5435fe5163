"""Words below each other that make up one label.

In: tokens that are no figures. Out: `Stack`s, and which of them a line of figures belongs to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gov_extract.document import Box
from gov_extract.forms.labels import normalise, strip_number
from gov_extract.parse.placed.tokens import LOOSE, PROSE, Token, over
from gov_extract.parse.vocabulary import header_words, named_rows, strip_note

# A label is broken over at most this many lines.
LINES = 7
# Words of one label: the next line begins within this many heights below, over at least this share of the narrower word.
LEADING = 0.95


class Stack(NamedTuple):
    """Words below each other that make up one label: its text, extent, words; `row` when it names a row of a form."""

    text: str
    box: Box
    tokens: tuple[Token, ...]
    known: bool
    row: bool


def columns_of(texts: Sequence[Token]) -> list[Stack]:
    """Words of one band joined below each other, from left to right."""
    groups: list[list[Token]] = []
    for token in sorted(texts, key=lambda t: (t.box.top, t.box.x0)):
        for group in groups:
            if over(group[-1].box, token.box) and token.box.top >= group[-1].box.top + 0.5 * group[-1].height:
                group.append(token)
                break
        else:
            groups.append([token])
    stacks = [stack_of(group, known=True) for group in groups]
    return sorted(stacks, key=lambda stack: stack.box.x0)


def stack_of(tokens: Sequence[Token], *, known: bool) -> Stack:
    text = "\n".join(token.text for token in tokens)
    box = tokens[0].box
    if len(tokens) > 1:
        x0, top, x1, bottom = zip(*(token.box for token in tokens), strict=True)
        box = Box(min(x0), min(top), max(x1), max(bottom))
    return Stack(text, box, tuple(tokens), known, bool(named_rows(text)))


def is_header_cell(stack: Stack, stacks: Sequence[Stack]) -> bool:
    """Whether a label that names a row is a header cell here (其他, 总计, 行政复议): other header cells stand beside it."""
    if normalise(stack.text) not in header_words():
        return False
    return any(other is not stack and not other.row and other.known and stand_beside(other, stack) for other in stacks) or any(
        other is not stack and other.known and stand_beside(other, stack) for other in stacks
    )


def stand_beside(stack: Stack, other: Stack) -> bool:
    return stack.box.top < other.box.bottom and other.box.top < stack.box.bottom


def known_stacks(texts: Sequence[Token]) -> list[Stack]:
    """Words joined downwards for as long as they make up a label of a form; the longest label wins."""
    ordered = sorted(texts, key=lambda t: (t.box.top, t.box.x0))
    words = header_words()
    used: set[int] = set()
    stacks = []
    for n, start in enumerate(ordered):
        if id(start) in used:
            continue
        run, text, best = [start], start.text, 0
        while True:
            if normalise(text) in words or named_rows(text) or normalise(strip_note(text)) in words:
                best = len(run)
            if len(run) == LINES or len(text) > PROSE:
                break
            below = _below(run[-1], ordered, n, used)
            if below is None:
                break
            run.append(below)
            text += below.text
        if best:
            stack = stack_of(run[:best], known=True)
            stacks.append(stack)
            used |= {id(token) for token in stack.tokens}
    return stacks


def _below(token: Token, ordered: Sequence[Token], start: int, used: set[int]) -> Token | None:
    """The nearest word under a word, within the leading of a paragraph."""
    best = None
    for other in ordered[start + 1 :]:
        if other.box.top > token.box.bottom + LEADING * token.height:
            break
        if other.box.top < token.middle or id(other) in used or not over(token.box, other.box):
            continue
        if best is None or (other.box.top, -_shared(token, other)) < (best.box.top, -_shared(token, best)):
            best = other
    return best


def _shared(token: Token, other: Token) -> float:
    return min(token.box.x1, other.box.x1) - max(token.box.x0, other.box.x0)


def loose_stacks(tokens: Sequence[Token]) -> list[Stack]:
    """Words left of the figures that are no known label: joined until a numbering begins or a gap comes."""
    groups: list[list[Token]] = []
    for token in sorted(tokens, key=lambda t: (t.box.top, t.box.x0)):
        numbered = strip_number(token.text)[0] is not None
        for group in reversed(groups):
            last = group[-1]
            near = 0 <= token.box.top - last.box.bottom + 0.3 * last.height <= (LOOSE + 0.3) * last.height
            if not numbered and near and over(last.box, token.box):
                group.append(token)
                break
        else:
            groups.append([token])
    return [stack_of(group, known=False) for group in groups]


def owner_of(line: Sequence[Token], stacks: Sequence[Stack]) -> int | None:
    """The label that a line of figures belongs to: left of it, covering its height, the rightmost such."""
    middle = sum(token.middle for token in line) / len(line)
    slack = 0.35 * line[0].height
    fitting = [
        n
        for n, stack in enumerate(stacks)
        if stack.box.x1 <= line[0].box.x0 + 1 and stack.box.top - slack <= middle <= stack.box.bottom + slack
        and (stack.row or not stack.known)
    ]  # fmt: skip
    if not fitting:
        return _alone_in_group(line, stacks)
    return max(fitting, key=lambda n: (round(stacks[n].box.x0), -abs((stacks[n].box.top + stacks[n].box.bottom) / 2 - middle)))


def _alone_in_group(line: Sequence[Token], stacks: Sequence[Stack]) -> int | None:
    """The label beside that of a group whose height covers a line of figures, where it is the only one: the group's lines make
    its row higher than the label."""
    middle = sum(token.middle for token in line) / len(line)
    for group in stacks:
        if not group.known or group.row or not group.box.top <= middle <= group.box.bottom:
            continue
        beside = [n for n, s in enumerate(stacks) if group.box.x1 <= s.box.x0 and s.box.x1 <= line[0].box.x0 + 1]
        inside = [n for n in beside if stand_beside(stacks[n], group)]
        if len(inside) == 1 and stacks[inside[0]].row:
            return inside[0]
    return None
