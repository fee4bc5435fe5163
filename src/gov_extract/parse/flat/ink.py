"""The ink that stands at a label: figures, dashes, empty cells, as far as one can tell where each ends.

In: the text with its labels masked, the interval from a label to the next one. Out: an `Ink`; and every way to read it as so
many figures.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from collections.abc import Sequence as Rows
from functools import cache
from typing import Literal, NamedTuple

import regex

from gov_extract.parse.flat.sequence import EMPTY, LABEL, NOTHING, is_of_groups
from gov_extract.parse.sections.headings import begins_section
from gov_extract.parse.values import about, is_dash, looks_like_figure, read_figure, says_nothing, units

# What may follow a label directly and still belongs to it (a worn end, 禁止公开的) has at most so many characters.
ENDING = 14
# A text right before a figure, in its cell, has at most so many characters (共12, 人民币3): a longer one is another label.
BEFORE = 3
# Characters of a line's end and of what stands before the figures of the next one.
WIDEST = 200
# Ways to cut a row's digits, and to place its figures, that are looked at before the row is given up.
WAYS = 4000

TokenKind = Literal["figure", "dash", "empty"]
_DASHES = "-⸺⸻–—−‐‑‒―─━－/／"
# Of these every one is a dash: nobody puts two of them in one cell.
_SLASHES = frozenset("/／")


class Token(NamedTuple):
    """A figure, a dash or an empty cell as it stands at `at` of the text; `glued`: nothing but ink or a label stands before it,
    so that it may be several."""

    kind: TokenKind
    text: str
    at: int
    glued: bool


class Ink(NamedTuple):
    """What stands behind a label: its tokens, the end of the label itself, the end of all that was taken; `doubt`: more
    figures stand there that cannot be explained. `more` is a foreign text behind the tokens, with the figures behind it: a row
    that the report adds. `unclear`: it cannot be told whether a sign or a digit belongs to a token.
    A figure's text holds the words and signs that nothing parts from it (120详见附件): what they mean is not asked here.
    `tail` is where the last piece of the label ends, which may stand behind figures.
    """

    tokens: tuple[Token, ...]
    label_end: int
    end: int
    doubt: bool
    unclear: bool = False
    more: tuple[str, tuple[Token, ...]] = ("", ())
    tail: int = 0


# Signs that end or part what is printed, and say nothing of it.
_NEUTRAL = frozenset("。；;，,、:：|｜│┃¦'\"“”‘’「」『』…·.．)）]】(（[【《》〔〕_＿\u200b\ufeff")
# The number of the heading or label that follows in text without gaps.
_NUMBER = regex.compile(
    r"[（(][一二三四五六七八九十\d]{1,3}[)）]|(?:[一二三四五六七八九十]{1,3}|\d{1,2})[ \u3000]?[、.．](?=[ \u3000]?\p{Han})"
)
# The official headings of sections have at most so many characters.
HEADING = 40
# A number and its mark have at most so many characters more than the run of ink in which they begin.
MARK = 3
_FIGURE = regex.compile(r"[¥￥]?[\d０-９](?:[\d０-９,，.．]*[\d０-９])?")
_RUN = regex.compile(rf"[^\s{NOTHING}{LABEL}{EMPTY}]+")


def _beside(whole: str, at: int, end: int) -> int:
    """Where the words and signs end that stand at `at`, right behind a figure, with nothing between; `at` where there are none.

    A dash, a word for nothing or a number there is the next cell's, and a mere end of a sentence says nothing.
    """
    run = _RUN.match(whole, at, end)
    if run is None or run[0][0].isdecimal():
        return at
    numbers = (m.start() for m in _NUMBER.finditer(whole, at, min(end, run.end() + MARK)))
    stop = min(next(numbers, run.end()), run.end())
    said = next((k for k in range(at, stop) if whole[k] not in _NEUTRAL), stop)
    if said == stop or whole[at] in "（(":
        return at
    words = regex.match(r"\p{Han}+", whole[said:stop])
    if words and (_is_nothing(words[0]) or begins_section(whole[said : said + HEADING]) or is_of_groups(words[0])):
        return at
    if is_dash(whole[said]) and whole[said] in _DASHES and not regex.match(r".\p{Han}", whole[said:stop]):
        return at
    return at if whole[said].isdecimal() else stop


@cache
def _pattern() -> regex.Pattern[str]:
    words = "|".join(sorted(map(regex.escape, units()), key=len, reverse=True))
    return regex.compile(
        rf"(?P<gap>[\s{NOTHING}]+)"
        rf"|(?P<label>{LABEL}+)"
        rf"|(?P<empty>{EMPTY})"
        r"|(?P<bracketed>[（(][ ]?\d[\d,，.．]*[ ]?[)）](?!\s?\p{Han}))"
        r"|(?P<note>[（(](?![\s\x1d-\x1f一二三四五六七八九十\d]{1,5}[)）])[^（）()\x1d]{1,80}[)）])"
        rf"|(?P<figure>[¥￥]?[\d０-９](?:[\d０-９,，.．]*[\d０-９])?%?(?:(?:{words})|[ {NOTHING}](?:{words})(?![\p{{Han}}]))?)"
        rf"|(?P<dash>[{regex.escape(_DASHES)}]+)"
        r"|(?P<text>[\p{Han}\p{Latin}]+)"
        r"|(?P<other>.)",
        regex.DOTALL,
    )


def read_ink(whole: str, start: int, end: int, *, signed: bool, last: bool, numbered: bool = False) -> Ink:
    """The ink between `start`, where a label begins, and `end` of the text.

    `signed`: a figure of this row may be below zero; `last`: no label of the table follows, so that what is behind the first
    foreign text is none of its business; `numbered`: sums will tell whether the last digit before a heading was its number.
    """
    tokens: list[Token] = []
    label_end = start
    added: list[Token] = []
    named = ""
    foreign = doubt = unclear = False
    stop = start
    tail = start
    inside = False  # a note in the label that its figures interrupt
    closed = True  # whether a gap parts what comes next from what was before
    position = start
    while position < end:
        match = _pattern().match(whole, position, end)
        if match is None:
            break
        kind, text = match.lastgroup, match[0]
        position = match.end()
        lead = 0 if foreign else _lead(whole, match, closed=closed, some=last and bool(tokens))
        if lead:  # words or signs in the figure's own place
            begin = position - lead
            figure = _pattern().match(whole, position, end)
            position = _beside(whole, figure.end() if figure else position, end)
            tokens.append(Token("figure", whole[begin:position], begin, not closed))
            label_end = begin if len(tokens) == 1 and not closed else label_end
            stop = position
            closed = False
            continue
        if kind == "bracketed":  # a figure, whatever the brackets say of it, if it stands where one can
            kind = "figure" if closed and not foreign else "note"
        if kind == "gap":
            closed = True
            continue
        if kind == "label":
            label_end = stop = tail = position
            closed = False
            continue
        if kind in ("figure", "dash", "empty") or (kind == "text" and _is_nothing(text)):
            if foreign:
                beside = _of_text(whole, match.start(), match.end()) or _numbering(whole, match.start(), match.end())
                doubt = doubt or (
                    kind == "figure" and not beside and (not last or (not tokens and _alone(whole, match.start())))
                )
                if tokens and not beside and kind in ("figure", "dash", "empty"):
                    added.append(Token(kind, text, match.start(), not closed))  # type: ignore[arg-type]
                    stop = position
                closed = kind == "empty"
                continue
            if kind == "figure" and _numbering(whole, match.start(), match.end()):
                foreign = True
                if not closed:  # the number of what follows is glued to the figure: one digit, as sections have
                    unclear = unclear or not numbered or len(text) < 2
                    tokens.append(Token("figure", text[:-1], match.start(), True))
                    stop = position - 1
                continue
            if kind == "figure" and _of_text(whole, match.start(), match.end()):
                foreign = True
                continue
            glued = not closed
            if kind == "text":
                tokens += [Token("dash", part, match.start(), glued) for part in _nothings(text)]
            elif kind == "dash" and signed and whole[position : position + 1].isdigit():
                follow = _pattern().match(whole, position, end)
                if follow is not None and follow.lastgroup == "figure" and (closed or not tokens) and len(text) == 1:
                    tokens.append(Token("figure", text + follow[0], match.start(), glued))
                    position = follow.end()
                else:
                    unclear = True
            else:
                if kind == "figure":
                    position = _beside(whole, position, end)
                    text = whole[match.start() : position]
                tokens.append(
                    Token("empty" if kind == "empty" else "dash" if kind == "dash" else "figure", text, match.start(), glued)
                )
            stop = position
            closed = kind == "empty"
        elif kind == "note" and not tokens and any(looks_like_figure(word) for word in text.split()[1:]):
            # The row's figures stand among the lines of the note.
            position = match.start() + 1
            inside = True
        elif kind == "other" and text in "）)":
            inside = False
        elif kind == "text" and inside:
            if not tokens:
                label_end = position
            stop = tail = position
            closed = False
        elif kind == "note":
            if tokens and not foreign and tokens[-1].kind == "figure":
                position = _beside(whole, position, end)
                tokens[-1] = tokens[-1]._replace(text=whole[tokens[-1].at : position])
                stop = position
            elif not tokens and not foreign:
                label_end = stop = position
            closed = False
        elif kind == "text":
            if (
                not tokens
                and not foreign
                and ((not closed and position - label_end <= ENDING) or _ends_label(whole, match.start(), position))
            ):
                label_end = stop = position
            elif not tokens and not foreign and not closed:
                doubt = foreign = True
            else:
                foreign = True
                if last and tokens:
                    break
                if tokens:
                    named += text
                    doubt = doubt or bool(added)
                    if added:
                        break
            closed = False
        else:
            # A sign with a place of its own may stand for a figure.
            own = closed and text not in _NEUTRAL and not (last and "\n" in whole[max(stop, label_end) : position])
            unclear = unclear or (own and not foreign)
            closed = closed and kind == "other"
    return Ink(tuple(tokens), label_end, max(stop, label_end), doubt, unclear, (named, tuple(added)), max(tail, label_end))


def _lead(whole: str, match: regex.Match[str], *, closed: bool, some: bool) -> int:
    """How many of the last characters of a match belong to the figure right behind it (约120, □120); 0 where there is none.

    `closed`: a gap stands before it; `some`: a last row has figures already, so that what is said now is no longer its own.
    """
    figure = _FIGURE.match(whole, match.end())
    if figure is None or match.lastgroup not in ("text", "other"):
        return 0
    if _numbering(whole, match.end(), figure.end()) or _of_text(whole, match.end(), figure.end()):
        return 0
    text = match[0]
    if match.lastgroup == "other":
        return 0 if text in _NEUTRAL or (some and not _ends_line(whole, figure.end())) else len(text)
    return len(text) if closed and len(text) <= BEFORE and not some and not _is_nothing(text) else len(about(text))


def _ends_label(whole: str, start: int, end: int) -> bool:
    """Whether a single character on a line of its own, right before figures, is the end of the label above (的)."""
    alone = regex.match(r"[^\S\n]*\n\s*[\d０-９]", whole[end : end + WIDEST])
    return end - start == 1 and whole[:start].rstrip(" \u3000").endswith("\n") and alone is not None


def _ends_line(whole: str, at: int) -> bool:
    """Whether no word follows on the line."""
    return regex.match(r"[^\n\p{L}]*(?:\n|$)", whole[at:]) is not None


def _is_nothing(text: str) -> bool:
    return bool(_nothings(text))


def _nothings(text: str) -> list[str]:
    """A run of words that each stand for no figure (无无无)."""
    if says_nothing(text):
        return [text]
    return list(text) if set(text) <= {"无", "無"} else []


def _numbering(whole: str, start: int, end: int) -> bool:
    """Whether a figure is, or ends in, the number of what follows it (4、政府信息公开行政复议)."""
    return start < end and bool(regex.match(r"[ \u3000\x1f]*[、.．][\s\x1f]*\p{Han}", whole[end : end + 4]))


def _of_text(whole: str, start: int, end: int) -> bool:
    """Whether a figure belongs to a sentence on its line: text follows it there that is no unit (2023 年政府信息公开…), or it
    stands between dashes (- 2 -)."""
    line_end = whole.find("\n", end)
    behind = whole[end : line_end if line_end >= 0 else len(whole)]
    line_start = whole.rfind("\n", 0, start) + 1
    before = whole[line_start:start]
    if regex.fullmatch(r"\s*[-–—]\s*", before) and regex.fullmatch(r"\s*[-–—]\s*", behind):
        return True
    return bool(regex.match(r"[ \x1f]?年", behind)) and len(whole[start:end]) == 4


def _alone(whole: str, at: int) -> bool:
    """Whether nothing but figures, dashes and gaps stands on the line around `at`."""
    start, end = whole.rfind("\n", 0, at) + 1, whole.find("\n", at)
    line = whole[start : end if end >= 0 else len(whole)]
    return regex.fullmatch(rf"[\s\d０-９,，.．无無{regex.escape(_DASHES)}{EMPTY}{NOTHING}]+", line) is not None


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


_FIGURES = regex.compile(r"(?:[0０]|[1-9１-９][\d０-９]*|[1-9１-９][\d０-９]{0,2}(?:[,，][\d０-９]{3})+)(?:[.．][\d０-９]+)?")


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
