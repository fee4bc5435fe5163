"""Figures that are broken over lines.

In: lines of tokens that are figures. Out: the same with the lines of one figure put together.
"""

from __future__ import annotations

from collections.abc import Sequence

from gov_extract.document import Box
from gov_extract.forms.labels import strip_number
from gov_extract.parse.placed.stacks import LINES
from gov_extract.parse.placed.tokens import LOOSE, Token, is_level, over
from gov_extract.parse.stream import Place
from gov_extract.parse.vocabulary import named_rows

# The second line of a figure that was broken begins within this share of its height: rows are farther apart.
BROKEN = 0.35
# And its lines stand within so many heights for each from its first one.
PITCH = 2


def whole_figures(lines: list[list[Token]], texts: Sequence[Token]) -> list[list[Token]]:
    """Lines of figures, with figures broken over two lines put together.

    A line is the rest of the one above when only one of them has a label and every figure in it hangs below another. Figures of
    one line may stand between the two, level with the middle of the row.
    """
    whole: list[list[Token]] = []
    for line in lines:
        if len(whole) > 1 and not _begins_row(line[0], whole[-1][0], texts):
            around = _around(whole[-2], whole[-1], line)
            if around:
                whole[-2:] = [around]
                continue
        above = whole[-1] if whole else []
        mates = [next((k for k, other in enumerate(above) if _hangs(token, other)), None) for token in line]
        if None in mates or not above or (_is_labelled(line, texts) and _have_texts_before(above, texts)):
            whole.append(line)
            continue
        for token, k in zip(line, mates, strict=True):
            if k is not None:
                above[k] = joined(above[k], token)
    return whole


def _begins_row(figure: Token, above: Token, texts: Sequence[Token]) -> bool:
    """Whether a label begins beside a figure, nearer to its height than to that of a figure of the line above."""
    return any(
        is_level(text, figure) and abs(text.middle - figure.middle) < abs(text.middle - above.middle) and _starts_label(text)
        for text in texts
    )


def _is_labelled(line: Sequence[Token], texts: Sequence[Token]) -> bool:
    """Whether a label begins beside a line of figures."""
    return any(abs(text.middle - line[0].middle) < 0.6 * text.height and _starts_label(text) for text in texts)


def _have_texts_before(line: Sequence[Token], texts: Sequence[Token]) -> bool:
    """Whether any text stands before one of a line's figures."""
    return any(is_level(text, token) and text.box.x1 <= token.box.x0 for token in line for text in texts)


def _around(upper: Sequence[Token], middle: Sequence[Token], lower: Sequence[Token]) -> list[Token] | None:
    """The row that three lines of figures make: those in the middle stand beside the broken ones around them, nearer to either
    line than two rows stand to each other, whose lines do not overlap."""
    mates = [next((k for k, other in enumerate(upper) if over(other.box, token.box)), None) for token in lower]
    between = (upper[0].middle + lower[0].middle) / 2
    high = max(token.height for token in (*upper, *middle, *lower))
    if (
        lower[0].middle - between > high
        or None in mates
        or any(abs(token.middle - between) > BROKEN * token.height for token in middle)
    ):
        return None
    if any(over(token.box, other.box) for token in middle for other in (*upper, *lower)):
        return None
    row = list(upper)
    for token, k in zip(lower, mates, strict=True):
        if k is not None:
            row[k] = joined(row[k], token)
    return sorted((*row, *middle), key=lambda token: token.box.x0)


def stacked(tokens: Sequence[Token]) -> list[Token]:
    """The figures of one row: those above each other put together, from left to right."""
    figures: list[Token] = []
    for token in sorted(tokens, key=lambda t: t.box.top):
        k = next((k for k, other in enumerate(figures) if over(other.box, token.box)), None)
        if k is None:
            figures.append(token)
        else:
            figures[k] = joined(figures[k], token)
    return sorted(figures, key=lambda t: t.box.x0)


def _starts_label(token: Token) -> bool:
    return strip_number(token.text)[0] is not None or bool(named_rows(token.text))


def _hangs(token: Token, other: Token) -> bool:
    """Whether a token is the next line of another."""
    return over(other.box, token.box) and -0.3 * token.height <= token.box.top - other.box.bottom <= BROKEN * token.height


def joined(upper: Token, lower: Token) -> Token:
    text = f"{upper.text}\n{lower.text}"
    a, b = upper.box, lower.box
    box = Box(min(a.x0, b.x0), min(a.top, b.top), max(a.x1, b.x1), max(a.bottom, b.bottom))
    return Token(text, box, upper.word, upper.block, True)


def is_in(token: Token, place: Place) -> bool:
    """Whether a token is a line of a figure that was put together."""
    box = place.origin.box if place.origin is not None else None
    lines = place.text.split("\n")
    reach = min(LINES, PITCH * len(lines)) * token.height
    near = box is not None and over(box, token.box) and abs(token.middle - (box.top + box.bottom) / 2) <= reach
    return near and token.text in lines


def goes_below(token: Token, place: Place) -> bool:
    """Whether a token is the next line of a place's figure."""
    box = place.origin.box if place.origin is not None else None
    return box is not None and over(box, token.box) and 0 <= token.box.top - box.bottom + 1 <= LOOSE * token.height + 1
