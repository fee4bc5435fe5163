"""Tables without cells: rows made from words that stand beside and below each other.

In: the stream with its lines of words, the document. Out: the stream in which the lines of a page that hold parts of a form's
table are replaced by rows of kind ``placed``.

Nothing says where a row of such a table ends but its label. So the labels are found first, by their wording: words that stand
below each other are joined as long as they make up a label of a form. A line of figures then belongs to the rightmost label
whose height covers it. Horizontal rules, where the page has them, bound the rows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from gov_extract.document import Box, Document, Line, Page, Word
from gov_extract.forms.labels import normalise, strip_number
from gov_extract.parse.indicators import ENOUGH, header, unit_of
from gov_extract.parse.stream import Place, Row, is_row_number
from gov_extract.parse.values import is_unit, looks_like_figure
from gov_extract.parse.vocabulary import (
    header_words,
    indicator_rows,
    is_header_text,
    named_rows,
    resembles_header,
    resembles_row,
    strip_note,
)

# A page holds parts of a table without cells when it has this many words that are labels, or a line of this many figures.
LABELS = 3
FIGURES = 5
# A label is broken over at most this many lines.
LINES = 7
# Words of one label: the next line begins within this many heights below, over at least this share of the narrower word.
LEADING = 0.95
OVERLAP = 0.3
# A label without a known wording ends where the next line is this many heights away.
LOOSE = 0.6
# The second line of a figure that was broken begins within this share of its height: rows are farther apart.
BROKEN = 0.35
# A blank inside a text is at most this wide, in heights of the text.
BLANK = 0.8
# Rules nearer than this are one (points).
RULE = 2.5
# A row has at most this many cells with labels: two groups and its own.
LABEL_COLUMNS = 3
# A text of more characters is prose, not a label or header cell: the longest label has 36, and notes add to it.
PROSE = 60


class _Token(NamedTuple):
    """A word with its box and the stream rows (blocks) that it comes from."""

    text: str
    box: Box
    word: Word
    block: tuple[int, int]
    figure: bool


class Token(_Token):
    """A word with its box and the stream rows (blocks) that it comes from."""

    @property
    def height(self) -> float:
        return self.box.bottom - self.box.top

    @cached_property
    def middle(self) -> float:
        return (self.box.top + self.box.bottom) / 2


class Stack(NamedTuple):
    """Words below each other that make up one label: its text, extent, words; `row` when it names a row of a form."""

    text: str
    box: Box
    tokens: tuple[Token, ...]
    known: bool
    row: bool


def place_rows(rows: list[Row], document: Document) -> list[Row]:
    """The stream with the tables without cells turned into rows; the stream itself where there are none."""
    replaced: dict[int, list[tuple[float, Row]]] = {}
    gone: set[tuple[int, int]] = set()
    with_units = _of_indicators(document)
    for p, page in enumerate(document.pages):
        tokens = _tokens(page, p, with_units=with_units)
        if not (_promising(tokens) or (with_units and _holds_row(tokens))):
            continue
        placed = _place_page(tokens, page, p)
        if placed:
            replaced[p] = placed
            gone |= {part for _, row in placed for part in row.parts}
    if not replaced:
        return rows
    merged: list[Row] = []
    for p, page in enumerate(document.pages):
        own = [row for row in rows if row.block[0] == p]
        if p not in replaced:
            merged += own
            continue
        tops = {b: (block.box.top if block.box else 0.0) for b, block in enumerate(page.blocks)}
        kept = [(tops[row.block[1]], _as_header(row, page, p)) for row in own if row.block not in gone]
        merged += [row for _, row in sorted([*kept, *replaced[p]], key=lambda entry: entry[0])]
    return merged


def _as_header(row: Row, page: Page, p: int) -> Row:
    """A line that is the header of a table of indicators, as a row whose places stand where its words do."""
    line = page.blocks[row.block[1]]
    places = _header_places(line) if row.kind == "text" and isinstance(line, Line) else ()
    return row._replace(kind="placed", space=-1 - p, labels=places, slots=(), places=places) if places else row


def _header_places(line: Line) -> tuple[Place, ...]:
    """The words of a line that is a header of indicators; none where it is not."""
    places = tuple(_place(word.text, word.box, word) for word in line.words if word.box is not None)
    return places if len(places) > 1 and header(places) else ()


def _of_indicators(document: Document) -> bool:
    """Whether lines of words hold a table of indicators: its rows' units stand with their figures, not with their labels."""
    words = (word.text for page in document.pages for block in page.blocks if isinstance(block, Line) for word in block.words)
    own = indicator_rows()
    return len({target for text in words if len(text) <= PROSE for target in named_rows(text) if target in own}) >= ENOUGH


def _tokens(page: Page, p: int, *, with_units: bool) -> list[Token]:
    if page.number is None:
        return []
    tokens = []
    for b, block in enumerate(page.blocks):
        if not isinstance(block, Line) or (with_units and _header_places(block)):
            continue
        words = _whole_words([(word.text, word.box, word) for word in block.words if word.box is not None])
        places = [Place(text, 0.0, 0.0) for text, _, _ in words]
        for k, (text, box, word) in enumerate(words):
            figure = looks_like_figure(text) and not (k == 0 and is_row_number(places, 0))
            figure |= with_units and unit_of(text) is not None
            tokens.append(Token(text, box, word, (p, b), figure))
    named = [token for token in tokens if not token.figure and named_rows(token.text)]
    if with_units:  # what stands left of all labels is the number of a row
        left = min((token.box.x0 for token in named), default=0.0)
        tokens = [token._replace(figure=token.figure and token.box.x1 > left) for token in tokens]
    return [token._replace(figure=token.figure and not _is_before_label(token, named)) for token in tokens]


def _whole_words(words: Sequence[tuple[str, Box, Word]]) -> list[tuple[str, Box, Word]]:
    """The words of a line, those put together that blanks inside a bracket parted: ( 二 ), 3（含自然失效 1 件）."""
    whole: list[tuple[str, Box, Word]] = []
    for text, box, word in words:
        if whole:
            before, around, first = whole[-1]
            near = 0 <= box.x0 - around.x1 <= BLANK * (box.bottom - box.top)
            parted = before.count("(") + before.count("（") > before.count(")") + before.count("）")
            if near and parted:
                union = Box(around.x0, min(around.top, box.top), box.x1, max(around.bottom, box.bottom))
                whole[-1] = before + text, union, first
                continue
        whole.append((text, box, word))
    return whole


def _is_before_label(token: Token, named: Sequence[Token]) -> bool:
    """Whether a word that says nothing (无) is a part of a group's label: the label of a row stands behind it."""
    if not token.figure or token.text.isascii():
        return False
    return any(other.box.x0 >= token.box.x1 and _level(token, other) for other in named)


def _level(token: Token, other: Token) -> bool:
    """Whether two words stand beside each other, wholly or in part."""
    return token.box.top < other.box.bottom and other.box.top < token.box.bottom


def _holds_row(tokens: Sequence[Token]) -> bool:
    """Whether a line has the label and the unit of an indicator: a page may begin with the last row of a table."""
    named = {token.block for token in tokens if not token.figure and named_rows(token.text)}
    return any(token.block in named and unit_of(token.text) for token in tokens)


def _promising(tokens: Sequence[Token]) -> bool:
    """Whether a page's lines can hold a table: several labels among their words, or a line full of figures."""
    words = header_words()
    labels = 0
    figures: dict[tuple[int, int], int] = {}
    for token in tokens:
        if token.figure:
            figures[token.block] = figures.get(token.block, 0) + 1
        elif len(token.text) <= PROSE and (normalise(token.text) in words or named_rows(token.text)):
            labels += 1
    return labels >= LABELS or any(count >= FIGURES for count in figures.values())


def _place_page(tokens: list[Token], page: Page, p: int) -> list[tuple[float, Row]]:
    """The placed rows of a page with their tops."""
    space = -1 - p
    placed: list[tuple[float, Row]] = []
    free: list[list[Token]] = []
    pool: list[Token] = []
    bands = _bands(tokens, page.rules)
    _lend(bands)
    _join_heads(bands)
    for band in bands:
        figure_lines = _whole_figures(_lines(token for token in band.tokens if token.figure), _texts(band.tokens))
        if band.closed and len(figure_lines) > 1 and _is_one_row(band.tokens):
            figure_lines = [_stacked([token for line in figure_lines for token in line])]
        if not band.closed or _gaping(band.tokens):
            pool += band.tokens
        elif len(figure_lines) <= 1:
            placed += _band_row(_texts(band.tokens), figure_lines, space, page)
        else:
            free.append(band.tokens)
    for inside in (pool, *free):
        if inside:
            figure_lines = _whole_figures(_lines(token for token in inside if token.figure), _texts(inside))
            placed += _free_rows(_texts(inside), figure_lines, space, page)
    return _stranded(tokens, placed, space, page)


def _whole_figures(lines: list[list[Token]], texts: Sequence[Token]) -> list[list[Token]]:
    """Lines of figures, with figures broken over two lines put together.

    A line is the rest of the one above when it has no label of its own and every figure in it hangs below another.
    """
    whole: list[list[Token]] = []
    for line in lines:
        above = whole[-1] if whole else []
        mates = [next((k for k, other in enumerate(above) if _hangs(token, other)), None) for token in line]
        labelled = any(abs(text.middle - line[0].middle) < 0.6 * text.height and _starts_label(text) for text in texts)
        if not above or labelled or None in mates:
            whole.append(line)
            continue
        for token, k in zip(line, mates, strict=True):
            if k is not None:
                above[k] = _joined(above[k], token)
    return whole


def _is_one_row(tokens: Sequence[Token]) -> bool:
    """Whether the words between two rules are one row, with figures of one and of several lines, set in its middle."""
    rows = [stack for stack in _known_stacks(_texts(tokens)) if stack.row]
    return len(rows) == 1 and not _gaping(tokens)


def _stacked(tokens: Sequence[Token]) -> list[Token]:
    """The figures of one row: those above each other put together, from left to right."""
    figures: list[Token] = []
    for token in sorted(tokens, key=lambda t: t.box.top):
        k = next((k for k, other in enumerate(figures) if _over(other.box, token.box)), None)
        if k is None:
            figures.append(token)
        else:
            figures[k] = _joined(figures[k], token)
    return sorted(figures, key=lambda t: t.box.x0)


def _starts_label(token: Token) -> bool:
    return strip_number(token.text)[0] is not None or bool(named_rows(token.text))


def _hangs(token: Token, other: Token) -> bool:
    """Whether a token is the next line of another."""
    return _over(other.box, token.box) and -0.3 * token.height <= token.box.top - other.box.bottom <= BROKEN * token.height


def _joined(upper: Token, lower: Token) -> Token:
    text = f"{upper.text}\n{lower.text}"
    a, b = upper.box, lower.box
    box = Box(min(a.x0, b.x0), min(a.top, b.top), max(a.x1, b.x1), max(a.bottom, b.bottom))
    return Token(text, box, upper.word, upper.block, True)


def _gaping(tokens: Sequence[Token]) -> bool:
    """Whether words are a line apart, below each other or all of them: more than a row stands between the two rules."""
    ordered = sorted(tokens, key=lambda t: t.box.top)
    lowest = ordered[0].box.bottom if ordered else 0.0
    for n, token in enumerate(ordered):
        if token.box.top - lowest > LEADING * token.height and any(other.figure for other in tokens):
            return True
        lowest = max(lowest, token.box.bottom)
        above = [other for other in ordered[:n] if _over(other.box, token.box)]
        if above and token.box.top - max(other.box.bottom for other in above) > LEADING * token.height:
            return True
    return False


def _texts(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if not token.figure and len(token.text) <= PROSE]


class Band(NamedTuple):
    """The words between two neighbouring rules; `closed` where there is a rule on both sides."""

    top: float
    bottom: float
    tokens: list[Token]
    closed: bool


def _lend(bands: Sequence[Band]) -> None:
    """Bring a row together whose rules do not go through: cells without a background, or merged over several rows.

    A band that holds figures or the label of a row takes the figures of its height from wider bands, the rest of its label,
    and, where it has no label, the label beside its figures.
    """
    for band in sorted(bands, key=lambda band: band.bottom - band.top):
        figures = [token for token in band.tokens if token.figure]
        labels = [token for token in band.tokens if not token.figure]
        if not band.closed or not (figures or any(named_rows(token.text) for token in labels)):
            continue
        left = min(token.box.x0 for token in figures) if figures else max(token.box.x1 for token in labels)
        for other in bands:
            if other is band or other.bottom - other.top < band.bottom - band.top:
                continue
            for token in list(other.tokens):
                if not band.top <= token.middle <= band.bottom:
                    continue
                level = [label.box.x1 for label in labels if _level(token, label)]
                behind = token.box.x0 >= (max(level) if level else left)
                on_line = token.figure and (figures or behind)
                beside = not labels and not token.figure and token.box.x1 <= left
                # A label that stands level with figures has only gone astray into another band.
                beside |= named_rows(token.text) != () and any(_level(token, figure) for figure in figures)
                rest = not token.figure and any(_continues(label, token) for label in labels)
                if on_line or beside or rest:
                    other.tokens.remove(token)
                    band.tokens.append(token)


def _join_heads(bands: Sequence[Band]) -> None:
    """Bring header cells together through which a stripe's edge goes: a word, and that in the next band which makes a header's
    label of it."""
    words = header_words()
    for band, below in pairwise(sorted(bands, key=lambda band: band.top)):
        if any(token.figure for token in (*band.tokens, *below.tokens)):
            continue
        for token in list(band.tokens):
            rest = [other for other in below.tokens if _continues(token, other) and normalise(token.text + other.text) in words]
            if len(rest) == 1 and normalise(rest[0].text) not in words:
                below.tokens.remove(rest[0])
                band.tokens.append(rest[0])


def _stranded(tokens: Sequence[Token], placed: list[tuple[float, Row]], space: int, page: Page) -> list[tuple[float, Row]]:
    """The placed rows with the figures among them that no row has taken: the second line of a figure that was broken goes to
    the first, any other becomes a row without a label, for it must not get lost unsaid."""
    held = {id(place.origin) for _, row in placed for place in row.slots}
    heights = [middle for middle, row in placed if row.has_figures]
    if not heights:
        return placed
    broken = [place for _, row in placed for place in row.slots if "\n" in place.text]
    lost = [
        t
        for t in tokens
        if t.figure
        and id(t.word) not in held
        and min(heights) <= t.middle <= max(heights)
        and not any(_is_in(t, p) for p in broken)
    ]
    rest = []
    for token in lost:
        for n, (middle, row) in enumerate(placed):
            k = next((k for k, place in enumerate(row.slots) if _goes_below(token, place)), None)
            if k is not None:
                whole = row.slots[k]._replace(text=f"{row.slots[k].text}\n{token.text}")
                slots = (*row.slots[:k], whole, *row.slots[k + 1 :])
                placed[n] = middle, row._replace(slots=slots, parts=(*row.parts, token.block))
                break
        else:
            rest.append(token)
    return placed + [_row([], [_place(t.text, t.box, t.word) for t in line], line, space, page) for line in _lines(rest)]


def _continues(label: Token, token: Token) -> bool:
    """Whether a word is the next line of a label."""
    return _over(label.box, token.box) and 0 <= token.box.top - label.box.bottom + 1 <= LOOSE * token.height + 1


def _is_in(token: Token, place: Place) -> bool:
    """Whether a token is a line of a figure that was put together."""
    box = place.origin.box if place.origin is not None else None
    near = box is not None and _over(box, token.box) and abs(token.middle - (box.top + box.bottom) / 2) <= LINES * token.height
    return near and token.text in place.text.split("\n")


def _goes_below(token: Token, place: Place) -> bool:
    """Whether a token is the next line of a place's figure."""
    box = place.origin.box if place.origin is not None else None
    return box is not None and _over(box, token.box) and 0 <= token.box.top - box.bottom + 1 <= LOOSE * token.height + 1


def _bands(tokens: Sequence[Token], rules: Sequence[Box]) -> list[Band]:
    """The words of a page by the rules above and below them."""
    if not rules:
        return [Band(0.0, 0.0, list(tokens), False)]
    levels: list[list[Box]] = []
    for rule in sorted(rules, key=lambda rule: rule.top):
        if levels and rule.top - levels[-1][-1].top <= RULE:
            levels[-1].append(rule)
        else:
            levels.append([rule])
    heights = [level[0].top for level in levels]
    bands: dict[tuple[int, int], list[Token]] = {}
    for token in tokens:
        x = (token.box.x0 + token.box.x1) / 2
        k = bisect_right(heights, token.middle)
        above, below = k - 1, k
        while above >= 0 and not _covers(levels[above], x):
            above -= 1
        while below < len(levels) and not _covers(levels[below], x):
            below += 1
        bands.setdefault((above, below), []).append(token)
    ends = [float("-inf"), *heights, float("inf")]
    return [
        Band(ends[above + 1], ends[below + 1], inside, above >= 0 and below < len(levels))
        for (above, below), inside in sorted(bands.items())
    ]


def _covers(level: Sequence[Box], x: float) -> bool:
    return any(x0 - RULE <= x <= x1 + RULE for x0, _, x1, _ in level)


def _lines(tokens: Iterable[Token]) -> list[list[Token]]:
    """Tokens grouped by height on the page, each line from left to right."""
    lines: list[list[Token]] = []
    for token in sorted(tokens, key=lambda t: t.middle):
        if lines and token.middle - lines[-1][0].middle <= 0.5 * max(token.height, lines[-1][0].height):
            lines[-1].append(token)
        else:
            lines.append([token])
    return [sorted(line, key=lambda t: t.box.x0) for line in lines]


def _band_row(
    texts: Sequence[Token], figure_lines: Sequence[Sequence[Token]], space: int, page: Page
) -> list[tuple[float, Row]]:
    """The one row between two rules: its words stacked into labels, its figures as slots."""
    stacks = _columns(texts)
    figures = list(figure_lines[0]) if figure_lines else []
    if not stacks and not figures:
        return []
    if figures:
        left = figures[0].box.x0
        labels = [stack for stack in stacks if (stack.box.x0 + stack.box.x1) / 2 < left]
        inside = [stack for stack in stacks if stack not in labels]
        return [_row(labels, _slots(figures, inside), figures + [t for s in stacks for t in s.tokens], space, page)]
    tokens = [token for stack in stacks for token in stack.tokens]
    if len(stacks) == 1 and _names_row(stacks[0].text):
        return [_row(stacks, [Place("", 0.0, 0.0, None)], tokens, space, page)]
    if all(is_header_text(stack.text) for stack in stacks):
        return [_row(stacks, [], tokens, space, page)]
    last = stacks[-1].text
    if (
        len(stacks) <= LABEL_COLUMNS and resembles_row(last) and not (len(stacks) > 1 and is_header_text(last))
    ):  # a row whose figures are all blank
        return [_row(stacks, [Place("", 0.0, 0.0, None)], tokens, space, page)]
    known = sum(is_header_text(stack.text) for stack in stacks)
    if known * 2 > len(stacks) or (len(stacks) > 1 and all(resembles_header(stack.text) for stack in stacks)):
        return [_row(stacks, [], tokens, space, page)]
    return []  # prose between two tables


def _names_row(text: str) -> bool:
    """Whether a text names a row of some form, with its number: a group of one form is a row of another."""
    return bool(named_rows(text)) and strip_number(text)[0] is not None


def _slots(figures: Sequence[Token], inside: Sequence[Stack]) -> list[Place]:
    """The places of a row's figures; a text below or above one (its unit on a line of its own) belongs to it, any other text
    among figures is a place of its own, which cannot be read."""
    places = []
    rest = list(inside)
    for figure in figures:
        pieces = [(figure.middle, figure.text)]
        for stack in list(rest):
            behind = is_unit(stack.text) and 0 <= stack.box.x0 - figure.box.x1 <= figure.height
            if _over(figure.box, stack.box) or behind:
                pieces += [(token.middle, token.text) for token in stack.tokens]
                rest.remove(stack)
        text = "\n".join(text for _, text in sorted(pieces, key=lambda piece: piece[0]))
        places.append(_place(text, figure.box, figure.word))
    places += [_place(stack.text, stack.box, stack.tokens[0].word) for stack in rest]
    return sorted(places, key=lambda place: place.x0)


def _columns(texts: Sequence[Token]) -> list[Stack]:
    """Words of one band joined below each other, from left to right."""
    groups: list[list[Token]] = []
    for token in sorted(texts, key=lambda t: (t.box.top, t.box.x0)):
        for group in groups:
            if _over(group[-1].box, token.box) and token.box.top >= group[-1].box.top + 0.5 * group[-1].height:
                group.append(token)
                break
        else:
            groups.append([token])
    stacks = [_stack(group, known=True) for group in groups]
    return sorted(stacks, key=lambda stack: stack.box.x0)


def _stack(tokens: Sequence[Token], *, known: bool) -> Stack:
    text = "\n".join(token.text for token in tokens)
    box = Box(
        min(t.box.x0 for t in tokens),
        min(t.box.top for t in tokens),
        max(t.box.x1 for t in tokens),
        max(t.box.bottom for t in tokens),
    )
    return Stack(text, box, tuple(tokens), known, bool(named_rows(text)))


def _over(upper: Box, lower: Box) -> bool:
    """Whether two words stand over each other."""
    if upper.x0 > lower.x1 or lower.x0 > upper.x1:
        return False
    shared = min(upper.x1, lower.x1) - max(upper.x0, lower.x0)
    return shared >= OVERLAP * min(upper.x1 - upper.x0, lower.x1 - lower.x0)


def _free_rows(
    texts: Sequence[Token], figure_lines: Sequence[Sequence[Token]], space: int, page: Page
) -> list[tuple[float, Row]]:
    """Rows where no rule bounds them: labels by their wording, figures by the height of labels."""
    stacks = _known_stacks(texts)
    used = {id(token) for stack in stacks for token in stack.tokens}
    loose = [t for t in texts if id(t) not in used and any(_before(t, line) for line in figure_lines)]
    stacks += _loose_stacks(loose)
    used |= {id(t) for t in loose}
    heads = [stack for stack in stacks if stack.known and not stack.row]
    # A worn header cell is known by its neighbours.
    stacks += [
        head
        for head in (_stack([t], known=True) for t in texts if id(t) not in used)
        if any(_beside(head, other) for other in heads)
    ]
    taken: dict[int, list[Token]] = {}
    placed: list[tuple[float, Row]] = []
    for line in figure_lines:
        owner = _owner(line, stacks)
        if owner is not None and owner not in taken:
            taken[owner] = list(line)
        elif owner is not None or len(line) >= LABELS:
            placed.append(_row([], [_place(t.text, t.box, t.word) for t in line], line, space, page))
    for n, stack in enumerate(stacks):
        if n in taken:
            slots = [_place(t.text, t.box, t.word) for t in taken[n]]
            beside = [s for m, s in enumerate(stacks) if m != n and m not in taken and not s.row and _beside(s, stack)]
            labels = [*sorted(beside, key=lambda s: s.box.x0), stack]
            placed.append(_row(labels[-1:], slots, [*stack.tokens, *taken[n]], space, page))
        elif stack.row and (_names_row(stack.text) or not _is_header(stack, stacks)):
            placed.append(_row([stack], [Place("", 0.0, 0.0, None)], stack.tokens, space, page))
            taken[n] = []
    headers = [stack for n, stack in enumerate(stacks) if n not in taken and stack.known]
    placed += _header_rows(headers, space, page)
    return placed


def _before(token: Token, line: Sequence[Token]) -> bool:
    """Whether a word stands left of a line of figures, at most a label's height above or below it."""
    return token.box.x1 <= line[0].box.x0 and abs(token.middle - line[0].middle) <= LINES / 2 * token.height


def _is_header(stack: Stack, stacks: Sequence[Stack]) -> bool:
    """Whether a label that names a row is a header cell here (其他, 总计, 行政复议): other header cells stand beside it."""
    if normalise(stack.text) not in header_words():
        return False
    return any(other is not stack and not other.row and other.known and _beside(other, stack) for other in stacks) or any(
        other is not stack and other.known and _beside(other, stack) for other in stacks
    )


def _beside(stack: Stack, other: Stack) -> bool:
    return stack.box.top < other.box.bottom and other.box.top < stack.box.bottom


def _known_stacks(texts: Sequence[Token]) -> list[Stack]:
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
            stack = _stack(run[:best], known=True)
            stacks.append(stack)
            used |= {id(token) for token in stack.tokens}
    return stacks


def _below(token: Token, ordered: Sequence[Token], start: int, used: set[int]) -> Token | None:
    """The nearest word under a word, within the leading of a paragraph."""
    best = None
    for other in ordered[start + 1 :]:
        if other.box.top > token.box.bottom + LEADING * token.height:
            break
        if other.box.top < token.middle or id(other) in used or not _over(token.box, other.box):
            continue
        if best is None or (other.box.top, -_shared(token, other)) < (best.box.top, -_shared(token, best)):
            best = other
    return best


def _shared(token: Token, other: Token) -> float:
    return min(token.box.x1, other.box.x1) - max(token.box.x0, other.box.x0)


def _loose_stacks(tokens: Sequence[Token]) -> list[Stack]:
    """Words left of the figures that are no known label: joined until a numbering begins or a gap comes."""
    groups: list[list[Token]] = []
    for token in sorted(tokens, key=lambda t: (t.box.top, t.box.x0)):
        numbered = strip_number(token.text)[0] is not None
        for group in reversed(groups):
            last = group[-1]
            near = 0 <= token.box.top - last.box.bottom + 0.3 * last.height <= (LOOSE + 0.3) * last.height
            if not numbered and near and _over(last.box, token.box):
                group.append(token)
                break
        else:
            groups.append([token])
    return [_stack(group, known=False) for group in groups]


def _owner(line: Sequence[Token], stacks: Sequence[Stack]) -> int | None:
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
        return None
    return max(fitting, key=lambda n: (round(stacks[n].box.x0), -abs((stacks[n].box.top + stacks[n].box.bottom) / 2 - middle)))


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
        _row(sorted(group, key=lambda s: s.box.x0), [], [t for s in group for t in s.tokens], space, page) for group in rows
    ]


def _place(text: str, box: Box, word: Word) -> Place:
    return Place(text, box.x0, box.x1, word)


def _row(labels: Sequence[Stack], slots: Sequence[Place], tokens: Sequence[Token], space: int, page: Page) -> tuple[float, Row]:
    parts = tuple(dict.fromkeys(token.block for token in tokens))
    middle = sum(token.middle for token in tokens) / len(tokens)
    places = tuple(_place(stack.text, stack.box, stack.tokens[0].word) for stack in labels)
    return middle, Row("placed", space, page.number, parts[0], 0, places, tuple(slots), (), None, parts, (*places, *slots))
