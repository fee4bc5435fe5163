"""The ink that stands at a label: figures, dashes, empty cells, as far as one can tell where each ends.

In: the text with its labels masked, the interval from a label to the next one. Out: an `Ink`.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple

import regex

from gov_extract.parse.flat.sequence import EMPTY, LABEL, NOTHING, is_of_groups
from gov_extract.parse.sections.headings import begins_section
from gov_extract.parse.values import about, is_dash, looks_like_figure, says_nothing, units

# What may follow a label directly and still belongs to it (a worn end, 禁止公开的) has at most so many characters.
ENDING = 14
# A text right before a figure, in its cell, has at most so many characters (共12, 人民币3): a longer one is another label.
BEFORE = 3
# Characters of a line's end and of what stands before the figures of the next one.
WIDEST = 200

TokenKind = Literal["figure", "dash", "empty"]
_DASHES = "-⸺⸻–—−‐‑‒―─━－/／"


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
