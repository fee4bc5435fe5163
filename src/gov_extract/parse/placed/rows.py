"""Rows made of tokens: within a band, or by their labels where no rule bounds them.

In: tokens. Out: rows of kind ``placed`` with their heights on the page.
"""

from __future__ import annotations

from collections.abc import Sequence

from gov_extract.document import Page
from gov_extract.forms.labels import strip_number
from gov_extract.parse.placed.bands import is_gaping
from gov_extract.parse.placed.figures import goes_below, is_in
from gov_extract.parse.placed.stacks import (
    LINES,
    Stack,
    columns_of,
    is_header_cell,
    known_stacks,
    loose_stacks,
    owner_of,
    stack_of,
    stand_beside,
)
from gov_extract.parse.placed.tokens import LABELS, Token, lines_of, over, place_of, texts_of
from gov_extract.parse.stream import Place, Row
from gov_extract.parse.values import is_unit
from gov_extract.parse.vocabulary import is_header_text, named_rows, resembles_header, resembles_row

# A row has at most this many cells with labels: two groups and its own.
LABEL_COLUMNS = 3
# Points by which the labels of rows of one kind are out of line at most.
ALIGNED = 1.5


def is_one_row(tokens: Sequence[Token]) -> bool:
    """Whether the words between two rules are one row, with figures of one and of several lines, set in its middle."""
    rows = [stack for stack in known_stacks(texts_of(tokens)) if stack.row]
    return len(rows) == 1 and not is_gaping(tokens)


def with_stranded(tokens: Sequence[Token], placed: list[tuple[float, Row]], space: int, page: Page) -> list[tuple[float, Row]]:
    """The placed rows with the figures among them that no row has taken: the second line of a figure that was broken goes to
    the first, any other becomes a row without a label, for it must not get lost unsaid."""
    held = {id(place.origin) for _, row in placed for place in row.slots}
    heights = [middle for middle, row in placed if row.has_figures]
    if not heights:
        return placed
    placed = [(middle, _with_lines(row, tokens)) for middle, row in placed]
    broken = [place for _, row in placed for place in row.slots if "\n" in place.text]
    lost = [
        t
        for t in tokens
        if t.figure
        and id(t.word) not in held
        and min(heights) <= t.middle <= max(heights)
        and not any(is_in(t, p) for p in broken)
    ]
    rest = []
    for token in lost:
        for n, (middle, row) in enumerate(placed):
            k = next((k for k, place in enumerate(row.slots) if goes_below(token, place)), None)
            if k is not None:
                whole = row.slots[k]._replace(text=f"{row.slots[k].text}\n{token.text}")
                slots = (*row.slots[:k], whole, *row.slots[k + 1 :])
                placed[n] = middle, row._replace(slots=slots, parts=(*row.parts, token.block))
                break
        else:
            rest.append(token)
    return placed + [row_of([], [place_of(t.text, t.box, t.word) for t in line], line, space, page) for line in lines_of(rest)]


def _with_lines(row: Row, tokens: Sequence[Token]) -> Row:
    """A row with the lines of its broken figures among the parts that it was made from."""
    broken = [place for place in row.slots if "\n" in place.text]
    further = [t.block for t in tokens if any(is_in(t, place) for place in broken)] if broken else []
    return row._replace(parts=tuple(dict.fromkeys((*row.parts, *further)))) if further else row


def band_row(
    texts: Sequence[Token], figure_lines: Sequence[Sequence[Token]], space: int, page: Page
) -> list[tuple[float, Row]]:
    """The one row between two rules: its words stacked into labels, its figures as slots."""
    stacks = columns_of(texts)
    figures = list(figure_lines[0]) if figure_lines else []
    if not stacks and not figures:
        return []
    if figures:
        left = figures[0].box.x0
        labels = [stack for stack in stacks if (stack.box.x0 + stack.box.x1) / 2 < left]
        inside = [stack for stack in stacks if stack not in labels]
        return [row_of(labels, _slots(figures, inside), figures + [t for s in stacks for t in s.tokens], space, page)]
    tokens = [token for stack in stacks for token in stack.tokens]
    if len(stacks) == 1 and _names_row(stacks[0].text):
        return [row_of(stacks, [Place("", 0.0, 0.0, None)], tokens, space, page)]
    if all(is_header_text(stack.text) for stack in stacks):
        return [row_of(stacks, [], tokens, space, page)]
    last = stacks[-1].text
    if (
        len(stacks) <= LABEL_COLUMNS and resembles_row(last) and not (len(stacks) > 1 and is_header_text(last))
    ):  # a row whose figures are all blank
        return [row_of(stacks, [Place("", 0.0, 0.0, None)], tokens, space, page)]
    known = sum(is_header_text(stack.text) for stack in stacks)
    if known * 2 > len(stacks) or (len(stacks) > 1 and all(resembles_header(stack.text) for stack in stacks)):
        return [row_of(stacks, [], tokens, space, page)]
    # Prose between two tables, at its end the second one's uppermost header, which no rule parts from its heading.
    lowest = lines_of(texts)[-1]
    if 1 < len(lowest) < len(texts) and all(is_header_text(token.text) for token in lowest):
        return [row_of([stack_of([token], known=True) for token in lowest], [], lowest, space, page)]
    return []


def _names_row(text: str) -> bool:
    """Whether a text names a row of some form, with its number: a group of one form is a row of another."""
    return bool(named_rows(text)) and strip_number(text)[0] is not None


def _slots(figures: Sequence[Token], inside: Sequence[Stack]) -> list[Place]:
    """The places of a row's figures; a text below or above one (its unit on a line of its own) belongs to it, any other text
    among figures is a place of its own, which cannot be read."""
    places = []
    rest = list(inside)
    for figure in figures:
        pieces = [figure]
        for stack in list(rest):
            behind = is_unit(stack.text) and 0 <= stack.box.x0 - figure.box.x1 <= figure.height
            if over(figure.box, stack.box) or behind:
                pieces += stack.tokens
                rest.remove(stack)
        text = "\n".join(" ".join(token.text for token in line) for line in lines_of(pieces))
        places.append(place_of(text, figure.box, figure.word))
    places += [place_of(stack.text, stack.box, stack.tokens[0].word) for stack in rest]
    return sorted(places, key=lambda place: place.x0)


def free_rows(
    texts: Sequence[Token], figure_lines: Sequence[Sequence[Token]], space: int, page: Page
) -> list[tuple[float, Row]]:
    """Rows where no rule bounds them: labels by their wording, figures by the height of labels."""
    stacks = known_stacks(texts)
    used = {id(token) for stack in stacks for token in stack.tokens}
    heads = [stack for stack in stacks if stack.known and not stack.row]
    loose = [
        t
        for t in texts
        if id(t) not in used and any(_before(t, line) for line in figure_lines) and not _is_head(t, heads, figure_lines)
    ]
    stacks += loose_stacks(loose)
    used |= {id(t) for t in loose}
    blank = [stack for stack in loose_stacks([t for t in texts if id(t) not in used]) if _is_worn_row(stack, stacks)]
    stacks += blank
    used |= {id(t) for stack in blank for t in stack.tokens}
    # A worn header cell is known by its neighbours.
    stacks += [
        head
        for head in (stack_of([t], known=True) for t in texts if id(t) not in used)
        if any(stand_beside(head, other) for other in heads)
    ]
    taken: dict[int, list[Token]] = {}
    words: set[int] = set()
    added = _added_words(stacks)
    placed: list[tuple[float, Row]] = []
    for line in figure_lines:
        owner = owner_of(line, stacks)
        before = added.get(owner) if owner is not None else None
        if owner is not None and before is not None and not {owner, before} & taken.keys():
            taken[before] = [*stacks[owner].tokens, *line]
            taken[owner] = []
            words.add(owner)
        elif owner is not None and owner not in taken:
            taken[owner] = list(line)
        elif owner is not None or len(line) >= LABELS:
            placed.append(row_of([], [place_of(t.text, t.box, t.word) for t in line], line, space, page))
    for n, stack in enumerate(stacks):
        if n in words:
            continue
        if n in taken:
            slots = [place_of(t.text, t.box, t.word) for t in taken[n]]
            beside = [s for m, s in enumerate(stacks) if m != n and m not in taken and not s.row and stand_beside(s, stack)]
            labels = [*sorted(beside, key=lambda s: s.box.x0), stack]
            placed.append(row_of(labels[-1:], slots, [*stack.tokens, *taken[n]], space, page))
        elif _is_worn_row(stack, stacks) or (stack.row and (_names_row(stack.text) or not is_header_cell(stack, stacks))):
            placed.append(row_of([stack], [Place("", 0.0, 0.0, None)], stack.tokens, space, page))
            taken[n] = []
    headers = [stack for n, stack in enumerate(stacks) if n not in taken and stack.known]
    placed += _header_rows(headers, space, page)
    return placed


def _is_head(token: Token, heads: Sequence[Stack], figure_lines: Sequence[Sequence[Token]]) -> bool:
    """Whether a word stands in one line with header cells, and in none with figures."""

    def in_line(middle: float) -> bool:
        return abs(token.middle - middle) < token.height / 2

    return any(in_line((head.box.top + head.box.bottom) / 2) for head in heads) and not any(
        in_line(line[0].middle) for line in figure_lines
    )


def _added_words(stacks: Sequence[Stack]) -> dict[int, int]:
    """The words of a column that the report adds between labels and figures, and the row that each stands in: behind the labels
    of several known rows, below each other."""
    found = {n: before for n, words in enumerate(stacks) if (before := _row_before(words, stacks)) is not None}

    def has_fellow(n: int) -> bool:
        return any(found[m] != found[n] and abs(stacks[m].box.x0 - stacks[n].box.x0) <= ALIGNED for m in found)

    return {n: before for n, before in found.items() if has_fellow(n)}


def _row_before(words: Stack, stacks: Sequence[Stack]) -> int | None:
    """The known row whose label stands in a line with words that are no row's, and before them."""
    if words.known or len(words.tokens) > 1 or strip_number(words.text)[0] is not None or resembles_row(words.text):
        return None
    middle = (words.box.top + words.box.bottom) / 2
    before = [
        n
        for n, stack in enumerate(stacks)
        if stack.row and stack.box.x1 < words.box.x0 and stack.box.top <= middle <= stack.box.bottom
    ]
    return max(before, key=lambda n: stacks[n].box.x0, default=None)


def _is_worn_row(stack: Stack, stacks: Sequence[Stack]) -> bool:
    """Whether words that are no known label are the worn one of a row without figures: they resemble it, and stand among the
    labels of rows and in line with them."""
    if stack.known or not resembles_row(stack.text):
        return False
    aligned = [row.box.top for row in stacks if row.row and abs(row.box.x0 - stack.box.x0) <= ALIGNED]
    return bool(aligned) and min(aligned) < stack.box.top < max(aligned)


def _before(token: Token, line: Sequence[Token]) -> bool:
    """Whether a word stands left of a line of figures, at most a label's height above or below it."""
    return token.box.x1 <= line[0].box.x0 and abs(token.middle - line[0].middle) <= LINES / 2 * token.height


def _header_rows(stacks: Sequence[Stack], space: int, page: Page) -> list[tuple[float, Row]]:
    """Header cells that stand beside each other as rows."""
    rows: list[list[Stack]] = []
    for stack in sorted(stacks, key=lambda s: (s.box.top + s.box.bottom) / 2):
        middle = (stack.box.top + stack.box.bottom) / 2
        if rows and rows[-1][0].box.top <= middle <= rows[-1][0].box.bottom:
            rows[-1].append(stack)
        else:
            rows.append([stack])
    return [
        row_of(sorted(group, key=lambda s: s.box.x0), [], [t for s in group for t in s.tokens], space, page) for group in rows
    ]


def row_of(
    labels: Sequence[Stack], slots: Sequence[Place], tokens: Sequence[Token], space: int, page: Page
) -> tuple[float, Row]:
    parts = tuple(dict.fromkeys(token.block for token in tokens))
    middle = sum(token.middle for token in tokens) / len(tokens)
    places = tuple(place_of(stack.text, stack.box, stack.tokens[0].word) for stack in labels)
    return middle, Row("placed", space, page.number, parts[0], 0, places, tuple(slots), (), None, parts, (*places, *slots))
