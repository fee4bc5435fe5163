"""The ways to cut ink into figures and dashes.

In: the tokens that stand at a label. Out: every way to read them as so many figures, all or those that add up.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from collections.abc import Sequence as Rows

import regex

from gov_extract.parse.flat.ink import Token
from gov_extract.parse.values import is_dash, read_figure

# Ways to cut a row's digits, and to place its figures, that are looked at before the row is given up.
WAYS = 4000
# Of these every one is a dash: nobody puts two of them in one cell.
_SLASHES = frozenset("/／")
_FIGURES = regex.compile(r"(?:[0０]|[1-9１-９][\d０-９]*|[1-9１-９][\d０-９]{0,2}(?:[,，][\d０-９]{3})+)(?:[.．][\d０-９]+)?")


def cuts(token: Token, most: int, dash: int) -> Iterator[tuple[str, ...]]:
    """Every way to cut a glued token into at most `most` figures or dashes; a dash has `dash` characters (0: not known)."""
    if not token.glued or token.kind == "empty":
        yield (token.text,)
        return
    if token.kind == "dash":
        if not is_dash(token.text) or len(token.text) == 1:
            yield (token.text,)
            return
        dash = 1 if set(token.text) <= _SLASHES else dash
        for n in range(1, min(most, len(token.text)) + 1):
            if len(token.text) == n * dash or (not dash and len(token.text) % n == 0):
                part = len(token.text) // n
                yield tuple(token.text[k : k + part] for k in range(0, len(token.text), part))
        return
    tail = _tail(token.text)
    body = token.text[: len(token.text) - len(tail)]
    if not body:
        yield (token.text,)
        return
    for parts in _cut(body, most):
        yield (*parts[:-1], parts[-1] + tail)


def first_pieces(token: Token, dash: int) -> Iterator[str]:
    """What the first figure or dash of a token can be; a dash has `dash` characters (0: not known)."""
    tail = _tail(token.text)
    body = token.text[: len(token.text) - len(tail)]
    if not token.glued or not body:
        yield from dict.fromkeys(parts[0] for parts in cuts(token, len(token.text), dash))
        return
    for k in range(1, len(body) + 1):
        if _FIGURES.fullmatch(body, 0, k) and body[k : k + 1] not in {",", "，", ".", "．"}:
            yield body[:k] if k < len(body) else token.text


def _tail(text: str) -> str:
    """What stands behind the digits that a token begins with."""
    digits = regex.match(r"[\d０-９,，.．]*", text)
    return text[digits.end() :] if digits else text


def _cut(body: str, most: int) -> Iterator[tuple[str, ...]]:
    if not most:
        return
    for k in range(len(body), 0, -1):
        head = body[:k]
        if not _FIGURES.fullmatch(head) or body[k : k + 1] in {",", "，", ".", "．"}:
            continue
        if k == len(body):
            yield (head,)
        else:
            for rest in _cut(body[k:], most - 1):
                yield (head, *rest)


def readings(tokens: Rows[Token], most: int, dash: int = 0) -> list[tuple[str, ...]] | None:
    """Every way to read the tokens as at most `most` figures and dashes; None where there are too many."""
    found: list[tuple[str, ...]] = [()]
    for token in tokens:
        longer: list[tuple[str, ...]] = []
        for before in found:
            for parts in cuts(token, most - len(before), dash):
                if len(before) + len(parts) <= most:
                    longer.append((*before, *parts))
                if len(longer) > WAYS:
                    return None
        found = longer
    return list(dict.fromkeys(found))


def summed_readings(tokens: Rows[Token], most: int, dash: int = 0) -> Iterator[tuple[str, ...]]:
    """Every way to read the tokens as at most `most` figures and dashes of which the last is the sum of the others."""
    if not tokens:
        return
    *before, last = tokens
    for part in _ends(last, dash):
        total = amount(part)
        rest = last.text[: len(last.text) - len(part)]
        if total is not None:
            for figures in _making([*before, *([last._replace(text=rest)] if rest else ())], most - 1, dash, total):
                yield (*figures, part)


def _ends(token: Token, dash: int) -> Iterator[str]:
    """What the last figure or dash of a token can be."""
    if not token.glued or token.kind == "empty":
        yield token.text
    elif token.kind == "dash":
        yield from dict.fromkeys(parts[-1] for parts in cuts(token, len(token.text), dash))
    else:
        starts = (k for k, char in enumerate(token.text) if char.isdigit())
        yield from (end for k in starts if (end := token.text[k:]) and _FIGURES.fullmatch(end[: len(end) - len(_tail(end))]))


def _making(tokens: Rows[Token], most: int, dash: int, total: int) -> Iterator[tuple[str, ...]]:
    """Every way to read the tokens as at most `most` figures that come to `total`."""
    if not tokens:
        if not total:
            yield ()
        return
    if len(tokens) > most:
        return
    for figures, left in _beginnings(tokens[0], most, dash, total):
        for others in _making(tokens[1:], most - len(figures), dash, left):
            yield (*figures, *others)


def _beginnings(token: Token, most: int, dash: int, total: int) -> Iterator[tuple[tuple[str, ...], int]]:
    """Every way to cut a token into at most `most` figures that come to no more than `total`, with what is left of it."""
    if token.glued and token.text.isdecimal():
        yield from _limited(token.text, unicodedata.normalize("NFKC", token.text), most, total)
        return
    for parts in cuts(token, most, dash):
        values = [amount(part) for part in parts]
        if None not in values and (left := total - sum(value or 0 for value in values)) >= 0:
            yield parts, left


def _limited(printed: str, digits: str, most: int, total: int) -> Iterator[tuple[tuple[str, ...], int]]:
    """The digits cut into at most `most` figures that come to no more than `total`."""
    if not digits:
        yield (), total
        return
    longest = len(str(total))
    if len(digits) > most * longest:
        return
    for k in range(1, 2 if digits[0] == "0" else min(len(digits), longest) + 1):
        left = total - int(digits[:k])
        if left >= 0:
            for rest, after in _limited(printed[k:], digits[k:], most - 1, left):
                yield (printed[:k], *rest), after


def summed(digits: str, width: int, before: int = 0) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every way to cut the beginning of `digits` into `width` figures of which the last is the sum of the others (and of
    `before`), with what is left."""
    if width == 1:
        total = str(before)
        if digits.startswith(total):
            yield (total,), digits[len(total) :]
        return
    for k in range(1, len(digits) + 1):
        head = digits[:k]
        if head[0] == "0" and k > 1:
            return
        for rest, left in summed(digits[k:], width - 1, before + int(head)):
            yield (head, *rest), left


def amount(text: str | None, unit: str = "件") -> int | None:
    """The whole number that a figure's text says; 0 for a blank or a dash, None for what is no such number."""
    if not text:
        return 0
    figure = read_figure(text, unit)
    if figure.state in ("blank", "dash"):
        return 0
    if figure.state != "read" or figure.value is None or figure.doubts or figure.value != int(figure.value):
        return None
    return int(figure.value)
