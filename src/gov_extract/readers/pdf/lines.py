"""From runs to text: the lines of a cell, and the lines of words outside grids.

In: runs of one place, with the page's text. Out: text with line breaks, or `Line`s with words that have boxes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from statistics import median

from gov_extract.document import Box, Line, Word, record
from gov_extract.readers.lines import RAISED
from gov_extract.readers.pdf.glyphs import Run, is_wide, raised

SAME_LINE = 0.5
"""Share of the smaller height by which two runs must overlap to stand on one line."""
SMALL = 0.75
"""Height, in the line's, under which a run is a superscript or subscript, which may overlap its line by less."""
SMALL_OVERLAP = 0.3
WORD_GAP = 0.5
"""Gap, in ems, that begins a new word: the columns of a table without rules are at least that far apart, the characters of
a sentence are not."""
STRETCH = 2.2
"""Gap, in median gaps of the line's Chinese characters, up to which a stretched line (justified or spread out) is one word."""
MOST_STRETCH = 1.25
"""Gap, in ems, up to which characters can be a stretched line: a title spread by full-width blanks. Columns are wider."""
STRETCHED_SHARE = 3
"""Gaps for each pair of characters without one that a stretched line has at least: lines of short header cells have fewer."""
STRETCHED_PAIRS = 6
"""Pairs of Chinese neighbours that a line needs before its gaps count as stretched: shorter rows may be table headers."""
BLANK_GAP = 0.3
"""Gap, in ems, that is a blank inside Latin text even where the engine saw none."""
BLANK_SEEN = 0.1
"""Gap, in ems, that is a blank where the engine saw one."""
HEIGHT_TO_EM = 0.85
"""Ems in a box's height, for lines without Chinese characters."""


@lru_cache(maxsize=4)
def _wide(text: str) -> bytes:
    """For each character of a page whether it is Chinese, as wide as it is high."""
    return is_wide(text).tobytes()


def lines_of(runs: Sequence[Run]) -> list[list[Run]]:
    """Runs grouped to visual lines, top down, each from left to right. A line is led by its tallest run."""
    if len(runs) == 1:
        return [[*runs]]
    lines: list[list[Run]] = []
    lead: list[Run] = []
    heights = [bottom - top for _, top, _, bottom, _, _ in runs]
    usual = SMALL * median(heights) if min(heights) < SMALL * max(heights) else 0.0
    flat: list[Run] = []
    for run in sorted(runs, key=_middle):
        if run[3] - run[1] < usual:
            flat.append(run)
            continue
        # It stands on one of the last few lines, or on a new one.
        for at in range(len(lead) - 1, max(len(lead) - 4, -1), -1):
            if on_line(run, lead[at]):
                _add(run, at, lines, lead)
                break
        else:
            lines.append([run])
            lead.append(run)
    middles = [run.top + run.bottom for run in lead]
    for run in flat:
        # A flat character (一, a dash) may reach into two lines: it belongs to the nearer one.
        middle = run.top + run.bottom
        k = bisect_left(middles, middle)
        near = [*range(max(0, k - 2), min(len(middles), k + 2)), *range(max(len(middles), len(lines) - 4), len(lines))]
        near.sort(key=lambda at: abs(lead[at].top + lead[at].bottom - middle))
        _add(run, next((at for at in near if on_line(run, lead[at])), -1), lines, lead)
    order = sorted(range(len(lines)), key=[*map(_middle, lead)].__getitem__)
    return [sorted(lines[at]) if len(lines[at]) > 1 else lines[at] for at in order]


def _middle(run: Run) -> float:
    return run[1] + run[3]


def _add(run: Run, at: int, lines: list[list[Run]], lead: list[Run]) -> None:
    """Put a run on line `at`, or on a new one where `at` is -1."""
    if at < 0:
        lines.append([run])
        lead.append(run)
        return
    lines[at].append(run)
    if run[3] - run[1] > lead[at][3] - lead[at][1]:
        lead[at] = run


def on_line(run: Run, lead: Run) -> bool:
    """Whether a run stands on the line that another leads."""
    _, top, _, bottom, _, _ = run
    _, upper, _, lower, _, _ = lead
    height, tall = bottom - top, lower - upper
    if top == upper <= bottom == lower:  # as most do
        return True
    common = min(lower, bottom) - max(upper, top)
    small, large = (height, tall) if height < tall else (tall, height)
    return common >= (SMALL_OVERLAP if small < SMALL * large else SAME_LINE) * small


def text_of(runs: Sequence[Run], text: str) -> str:
    """The text of a cell: its lines joined by line breaks, blanks kept inside Latin text only."""
    if len(runs) == 1:
        return text[runs[0].start : runs[0].end]
    return "\n".join([joined(line, text, em_of(line, text) if len(line) > 1 else 0.0) for line in lines_of(runs)])


def joined(line: Sequence[Run], text: str, em: float) -> str:
    """A line's runs as one string; digits raised beside others become the characters that a footnote's mark has."""
    if len(line) == 1:
        return text[line[0].start : line[0].end]
    parts = [text[line[0].start : line[0].end]]
    wide = _wide(text)
    for before, run in pairwise(line):
        piece = text[run.start : run.end]
        if piece[0].isdecimal() and text[before.end - 1].isdecimal() and run.x0 - before.x1 <= WORD_GAP * em:
            if raised(run, before):
                piece = piece.translate(RAISED)
            elif raised(before, run):
                parts[-1] = parts[-1].translate(RAISED)
        if not (wide[before.end - 1] or wide[run.start]) and _is_blank(before, run, text, em):
            parts.append(" ")
        parts.append(piece)
    return "".join(parts)


def _is_blank(before: Run, run: Run, text: str, em: float) -> bool:
    gap = run.x0 - before.x1
    seen = before.end < run.start and text[before.end : before.end + 1].isspace()
    return gap > (BLANK_SEEN if seen else BLANK_GAP) * em


def em_of(line: Sequence[Run], text: str) -> float:
    """Points of a line's em: the advance of its Chinese characters where it has some, else from its height."""
    widest = 0.0
    wide = _wide(text)
    for x0, _, x1, _, start, end in line:
        count = end - start
        if count > 1 and wide[start] and 0 not in wide[start:end]:
            widest = max(widest, (x1 - x0) / count)
    return widest or max(run.bottom - run.top for run in line) * HEIGHT_TO_EM


def words_of(line: Sequence[Run], text: str, em: float) -> list[list[Run]]:
    """A line's runs cut to words at wide gaps.

    Chinese text that is justified or spread out has even gaps: between two Chinese characters a gap only counts where it
    is also wider than the line's other such gaps. Gaps beside a figure or Latin text always count, so the figures of a row
    stay apart.
    """
    limit = stretched_limit(line, text, em)
    wide = _wide(text)
    words = [[line[0]]]
    end = line[0].x1
    for before, run in pairwise(line):
        gap = run.x0 - end
        if gap > WORD_GAP * em and (gap > limit or not (wide[before.end - 1] and wide[run.start])):
            words.append([])
        words[-1].append(run)
        end = max(end, run.x1)
    return words


def stretched_limit(line: Sequence[Run], text: str, em: float) -> float:
    """The gap between Chinese characters that begins a new word on this line."""
    if len(line) <= STRETCHED_PAIRS:
        return WORD_GAP * em
    wide = _wide(text)
    gaps = [run.x0 - before.x1 for before, run in pairwise(line) if wide[before.end - 1] and wide[run.start]]
    inside = sum(max(run.end - run.start - 1, 0) for run in line)
    if len(gaps) < STRETCHED_PAIRS or len(gaps) <= STRETCHED_SHARE * inside:
        return WORD_GAP * em
    return max(WORD_GAP * em, min(STRETCH * median(gaps), MOST_STRETCH * em))


def line_text(runs: Sequence[Run], text: str) -> str:
    """The text of the line that `line_of` makes."""
    em = em_of(runs, text)
    return " ".join(joined(word, text, em) for word in words_of(runs, text, em))


def line_of(runs: Sequence[Run], text: str, page: int, box: Box) -> Line:
    """A visual line outside grids, with its words and their boxes; `box` is that around the whole."""
    if len(runs) == 1:
        word = record(Word, (text[runs[0].start : runs[0].end], box, None, ()))
        return record(Line, ((word,), page, box, "text", None, None))
    em = em_of(runs, text)
    words = words_of(runs, text, em)
    if len(words) == 1:
        return Line((Word(joined(runs, text, em), box),), page, box)
    return Line(tuple([record(Word, (joined(word, text, em), box_of(word), None, ())) for word in words]), page, box)


def box_of(runs: Sequence[Run]) -> Box:
    """The box around runs."""
    if len(runs) == 1:
        return record(Box, runs[0][:4])
    x0, top, x1, bottom, *_ = zip(*runs, strict=True)
    return Box(min(x0), min(top), max(x1), max(bottom))
