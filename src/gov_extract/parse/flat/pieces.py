"""Text that keeps its columns by blanks, as one text in which labels can be found.

In: the words of its lines. Out: the text of every line, in an order in which what belongs together follows each other: the
lines of a label that its figures interrupt, the pieces of a header's cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Rows
from functools import cache

from gov_extract.forms import load_forms
from gov_extract.forms.labels import strip_number
from gov_extract.parse.flat.heads import pieces_of, spell
from gov_extract.parse.flat.sequence import letters, running_lines
from gov_extract.parse.flat.spaced import Spaced, Word, line_number
from gov_extract.parse.stream import Row
from gov_extract.parse.values import looks_like_figure
from gov_extract.parse.vocabulary import named_rows

# Lines of a header at most.
HEADER_LINES = 8
# A number of no line.
NOWHERE = -1


def spaced_pieces(spaced: Spaced, rows: Rows[Row], wanted: Rows[int]) -> list[tuple[int, str]]:
    """The lines' texts, each label in front of its figures, each header's cells one behind the other."""
    left_out = running_lines(rows, wanted)
    lines = [(j, spaced[j]) for j in wanted if j in spaced and j not in left_out]
    runs: list[list[tuple[int, tuple[Word, ...]]]] = []
    pieces: list[tuple[int, str]] = []
    last = NOWHERE
    heads = {at: found for names in _headers() for at, found in _found_headers([words for _, words in lines], names)}
    n = 0
    while n < len(lines):
        if n in heads:
            size, made = heads[n]
            last = NOWHERE
            pieces += _in_lines(runs)
            runs = []
            pieces += _cell_by_cell(lines[n : n + size], made)
            n += size
            continue
        j, words = lines[n]
        number = line_number(rows[j]) or 0
        if not runs or number != last + 1:
            runs.append([])
        last = number
        runs[-1].append((j, words))
        n += 1
    return [*pieces, *_in_lines(runs)]


def _in_lines(runs: Rows[Rows[tuple[int, tuple[Word, ...]]]]) -> list[tuple[int, str]]:
    return [(j, " ".join(word.text for word in words) + "\n") for run in runs for j, words in _in_front(run)]


def _cell_by_cell(lines: Rows[tuple[int, tuple[Word, ...]]], made: Rows[tuple[int, Word]]) -> list[tuple[int, str]]:
    """The lines of a header as text: what stands beside its cells line by line, then the cells from left to right."""
    line_of = {id(word): j for j, words in lines for word in words}
    used = {id(word) for _, word in made}
    beside = [(j, " ".join(word.text for word in words if id(word) not in used) + "\n") for j, words in lines]
    behind = [*(k for k, _ in made[1:]), None]
    return beside + [
        (line_of[id(word)], word.text + ("" if k == following else "\n"))
        for (k, word), following in zip(made, behind, strict=True)
    ]


@cache
def _headers() -> tuple[tuple[frozenset[str], ...], ...]:
    """The labels of all columns of tables with one header, those of rows that stand side by side one behind the other."""
    found: dict[tuple[frozenset[str], ...], None] = {}
    for form in load_forms().values():
        for table in form.tables.values():
            if table.layout in ("rows", "side_by_side"):
                names = tuple(frozenset(letters(text) for text in (c.label, *c.aliases)) for c in table.rows[0].columns)
                found[names * (len(table.rows) if table.layout == "side_by_side" else 1)] = None
    return tuple(found)


def _found_headers(
    lines: Rows[tuple[Word, ...]], names: Rows[frozenset[str]]
) -> Iterator[tuple[int, tuple[int, tuple[tuple[int, Word], ...]]]]:
    """The places of a header among the lines: its first line, how many lines it has, column and word of its pieces."""
    own = [pieces_of(line, names) for line in lines]
    n = 0
    while n < len(lines):
        for size in range(1, HEADER_LINES + 1) if own[n] else ():
            inside = own[n : n + size]
            if len(inside) < size or any(looks_like_figure(word.text) for line in lines[n : n + size] for word in line):
                break
            made = spell(inside, names) if inside[-1] and sum(map(len, inside)) >= len(names) else None
            if made is not None:
                yield n, (size, made)
                n += size - 1
                break
        n += 1


def _in_front(lines: Rows[tuple[int, tuple[Word, ...]]]) -> list[tuple[int, tuple[Word, ...]]]:
    """Lines that follow each other, the label of each row in front of its figures.

    A label of several lines has its figures beside its middle, so that as many lines of it stand above them as below.
    """
    ordered: list[tuple[int, tuple[Word, ...]]] = []
    shown = [entry for entry in lines if entry[1]]
    # Lines whose words were all taken away are the table's as well.
    ordered += [entry for entry in lines if not entry[1]]
    n = 0
    while n < len(shown):
        stop = _row_end(shown, n)
        parts = [(j, *_parts(words)) for j, words in shown[n:stop]]
        ordered += [(j, label) for j, label, _ in parts if label] + [(j, figures) for j, _, figures in parts if figures]
        if stop == n:
            ordered.append(shown[n])
            stop = n + 1
        n = stop
    return ordered


def _row_end(lines: Rows[tuple[int, tuple[Word, ...]]], n: int) -> int:
    """Where the row that begins with the `n`-th line ends, if its figures stand among the lines of its label; else `n`."""
    first, figures = _parts(lines[n][1])
    if figures or strip_number("".join(word.text for word in first))[0] is None:
        return n
    above = 1
    while n + above < len(lines) and _goes_on(lines[n + above][1], first):
        above += 1
    end = n + 2 * above + 1
    if end > len(lines):
        return n
    label, figures = _parts(lines[n + above][1])
    if not figures or (label and not _goes_on(label, first)):
        return n
    return end if all(_goes_on(words, first) for _, words in lines[n + above + 1 : end]) else n


def _parts(words: Rows[Word]) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """A line's text, and the figures behind it."""
    n = len(words)
    while n and looks_like_figure(words[n - 1].text):
        n -= 1
    return tuple(words[:n]), tuple(words[n:])


def _goes_on(words: Rows[Word], first: Rows[Word]) -> bool:
    """Whether a line is nothing but a further one of the label that begins with the words `first`."""
    text = "".join(word.text for word in words)
    if _parts(words)[1] or strip_number(text)[0] is not None or named_rows(text):
        return False
    return first[0].x0 <= words[0].x1 and words[0].x0 <= first[-1].x1 and words[0].sheet == first[0].sheet
