"""Tables without cells: rows made from words that stand beside and below each other.

In: the stream with its lines of words, the document. Out: the stream in which the lines of a page that hold parts of a form's
table are replaced by rows of kind ``placed``.

Nothing says where a row of such a table ends but its label. So the labels are found first, by their wording: words that stand
below each other are joined as long as they make up a label of a form. A line of figures then belongs to the rightmost label
whose height covers it. Horizontal rules, where the page has them, bound the rows.
"""

from __future__ import annotations

from gov_extract.document import Document, Line, Page
from gov_extract.parse.indicators import ENOUGH
from gov_extract.parse.placed.bands import bands_of, is_gaping, join_heads, lend
from gov_extract.parse.placed.figures import stacked, whole_figures
from gov_extract.parse.placed.parting import may_hold_table, parted
from gov_extract.parse.placed.rows import band_row, free_rows, is_one_row, with_stranded
from gov_extract.parse.placed.tokens import (
    PROSE,
    Token,
    header_places,
    holds_row,
    lines_of,
    promising,
    texts_of,
    told_by_neighbours,
    words_of,
)
from gov_extract.parse.stream import Row
from gov_extract.parse.values import is_unit
from gov_extract.parse.vocabulary import indicator_rows, named_rows


def place_rows(rows: list[Row], document: Document) -> list[Row]:
    """The stream with the tables without cells turned into rows; the stream itself where there are none."""
    replaced: dict[int, list[tuple[float, Row]]] = {}
    gone: set[tuple[int, int]] = set()
    with_units = _of_indicators(document)
    turned = {part for row in rows if row.kind == "grid" and len(row.parts) > 1 for part in row.parts}  # rows of cells already
    for p, page in enumerate(document.pages):
        if not (with_units or may_hold_table(page)):
            continue
        words = [token for token in words_of(page, p, with_units=with_units) if token.block not in turned]
        tokens = told_by_neighbours(parted(words), with_units=with_units)
        headed = with_units and any(header_places(block) for block in page.blocks if isinstance(block, Line))
        if not (promising(tokens) or headed or (with_units and holds_row(tokens))):
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
            merged += [_as_header(row, page, p) for row in own] if with_units else own
            continue
        tops = {b: (block.box.top if block.box else 0.0) for b, block in enumerate(page.blocks)}
        kept = [(tops[row.block[1]], _as_header(row, page, p)) for row in own if row.block not in gone]
        merged += [row for _, row in sorted([*kept, *replaced[p]], key=lambda entry: entry[0])]
    return merged


def _as_header(row: Row, page: Page, p: int) -> Row:
    """A line that is the header of a table of indicators, as a row whose places stand where its words do."""
    line = page.blocks[row.block[1]]
    places = header_places(line) if row.kind == "text" and isinstance(line, Line) else ()
    return row._replace(kind="placed", space=-1 - p, labels=places, slots=(), places=places) if places else row


def _of_indicators(document: Document) -> bool:
    """Whether lines of words hold a table of indicators: its rows' units stand with their figures, not with their labels."""
    words = (word.text for page in document.pages for block in page.blocks if isinstance(block, Line) for word in block.words)
    own = indicator_rows()
    return len({target for text in words if len(text) <= PROSE for target in named_rows(text) if target in own}) >= ENOUGH


def _place_page(tokens: list[Token], page: Page, p: int) -> list[tuple[float, Row]]:
    """The placed rows of a page with their tops."""
    space = -1 - p
    placed: list[tuple[float, Row]] = []
    free: list[list[Token]] = []
    pool: list[Token] = []
    bands = bands_of(tokens, page.rules)
    lend(bands)
    join_heads(bands)
    for band in bands:
        texts = texts_of(band.tokens)
        figure_lines = whole_figures(lines_of(token for token in band.tokens if token.figure), texts)
        if band.closed and len(figure_lines) > 1:
            # A figure whose unit stands on the next line is higher than the others of its row, like one that is broken.
            others = [token for token in texts if not is_unit(token.text)]
            whole = whole_figures(lines_of(t for t in band.tokens if t.figure or is_unit(t.text)), others)
            if len(whole) == 1:
                figure_lines, texts = whole, others
        if band.closed and len(figure_lines) > 1 and is_one_row(band.tokens):
            figure_lines = [stacked([token for line in figure_lines for token in line])]
        if not band.closed or is_gaping(band.tokens):
            pool += band.tokens
        elif len(figure_lines) <= 1:
            placed += band_row(texts, figure_lines, space, page)
        else:
            free.append(band.tokens)
    for inside in (pool, *free):
        if inside:
            figure_lines = whole_figures(lines_of(token for token in inside if token.figure), texts_of(inside))
            placed += free_rows(texts_of(inside), figure_lines, space, page)
    return with_stranded(tokens, placed, space, page)
