"""One page: handles → a draft with grids and lines.

In: a loaded page of pdfium. Out: a `Draft`: grids with text, lines outside grids, rules, and what was unsure. Page labels
are still among the lines; they can only be told apart with all pages in sight.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from gov_extract.document import Box, Finding, Grid, GridCell, Line, Page, Reading
from gov_extract.readers.pdf import fills, glyphs, grids, lines, marks, pdfium, rules
from gov_extract.readers.pdf.glyphs import Glyphs, Run, run_between
from gov_extract.readers.pdf.grids import Lattice
from gov_extract.readers.pdf.pdfium import Quad

DEFAULT_PAGE: Quad = (0.0, 0.0, 595.0, 842.0)
"""The page box (A4) where the file's own makes no sense."""
UNMAPPED_SHARE = 0.02
"""Share of a page's characters without Unicode above which its text cannot be trusted; list bullets stay below."""
COLUMN_GAP = 1.0
"""Gap between figures on one line of a cell, in ems, that looks like a missing rule between two columns."""
SPLIT_GAP = 0.04
"""Gap between two characters, in their heights, at which a rule parts a run; advances leave none."""
SURE_SPLIT_GAP = 0.3
"""The same where figures on both sides are certainly two."""
WIDE_ROWS = 1 / 3
"""Share of a grid's rows with figures that no rule parts above which the rules do not make the columns."""
MAX_LOOSE_RULES = 2_000

ACROSS_RULE = "across_rule"
WIDE_GAP = "wide_gap"
OFF_PAGE = "off_page"

_FIGURE = re.compile(r"[\d０-９]")


class Draft(NamedTuple):
    """A page before its labels are dropped: `loose` are the visual lines outside grids, as runs of `text`."""

    number: int
    width: float
    height: float
    grids: list[Grid]
    loose: list[list[Run]]
    text: str
    rules: tuple[Box, ...]
    unmapped: float
    findings: tuple[Finding, ...]


def draft_page(page: int, text_page: int, number: int) -> Draft:
    """Read one page.

    Parameters
    ----------
    page, text_page
        Handles of a loaded page.
    number
        The page's number, from 1.
    """
    page_box = pdfium.bounds_of_page(page)
    findings = []
    if page_box is None:
        findings.append(_finding("error", "damaged_page", f"Page {number} has no usable size.", number))
        page_box = DEFAULT_PAGE
    characters = pdfium.characters(text_page)
    drawn = marks.page_marks(page)
    turn = glyphs.quarter_turn(characters.text, pdfium.angles(text_page, glyphs.sample(characters.text)))
    width, height = glyphs.upright_size(turn, page_box)
    visible, hidden = visible_glyphs(characters, text_page, drawn.hidden, turn, page_box)
    share = glyphs.unmapped_share(visible.text)
    runs, visible, unseen = drop_unseen(glyphs.runs_of(visible), visible, text_page)
    hidden += unseen
    made, loose_rules, within = page_lattices(drawn, turn, page_box, runs)
    cells, loose, crossed = place_runs(made, runs, visible)
    if drawn_twice(cells, loose):
        visible = glyphs.kept(visible, glyphs.drop_duplicates(visible))
        cells, loose, crossed = place_runs(made, glyphs.runs_of(visible), visible)
    tables, ungridded = _tables(made, cells, crossed, visible.text, number)
    tables = [_doubt_off_page(grid, width, height) for grid in tables]
    for index in ungridded:
        loose.extend(run for bag in cells[index] for run in bag)
    beyond = set(glyphs.off_page(visible, width, height))
    if beyond:
        loose, visible, away = drop_off_page(loose, visible, beyond)
        hidden += away
    boxes = [grid.box for grid in tables if grid.box is not None]
    if not (characters.complete and drawn.complete and within):
        message = f"Page {number} holds more than can be looked at; something on it may be missing."
        findings.append(_finding("warning", "page_too_complex", message, number))
    in_cells = any(glyphs.UNMAPPED in cell.text for grid in tables for cell in grid.cells)
    if share > UNMAPPED_SHARE or in_cells:
        message = f"{share:.0%} of page {number}'s characters have a font without Unicode; they cannot be read as text."
        findings.append(_finding("error", "unmapped_font", message, number))
    if hidden:
        message = f"{hidden} characters of page {number} leave no ink and were left out."
        findings.append(_finding("info", "hidden_text", message, number))
    if drawn.pictures and not runs:
        message = f"Page {number} is a picture without text."
        findings.append(_finding("warning", "page_without_text", message, number))
    return Draft(
        number,
        width,
        height,
        tables,
        lines.lines_of(loose) if loose else [],
        visible.text,
        tuple(r for r in _outside(loose_rules, boxes) if _meets(r, width, height))[:MAX_LOOSE_RULES],
        share,
        tuple(findings),
    )


def _finding(severity: str, code: str, message: str, page: int) -> Finding:
    return Finding(severity, code, message, page)  # type: ignore[arg-type]


def visible_glyphs(
    characters: pdfium.Characters, text_page: int, hidden_objects: set[int], turn: int, page_box: Quad
) -> tuple[Glyphs, int]:
    """The characters on the upright page, without those of hidden objects or absurd places, and how many these were."""
    text = readable_text(characters.text, text_page)
    placed = glyphs.upright_glyphs(characters, turn, page_box)._replace(text=text)
    width, height = glyphs.upright_size(turn, page_box)
    gone = set(hidden_characters(text_page, len(text), hidden_objects)) if hidden_objects else set()
    gone.update(glyphs.absurd(placed, width, height))
    gone = {i for i in gone if text[i] not in glyphs.WHITE}
    return (glyphs.blanked(placed, gone) if gone else placed), len(gone)


def readable_text(text: str, text_page: int) -> str:
    """The stream's text with what has no reliable Unicode marked, and radicals and hyphens folded."""
    if any(pdfium.map_errors(text_page, glyphs.suspects(text))):
        flags = pdfium.map_errors(text_page, range(len(text)))
        text = glyphs.unmapped_text(text, flags, pdfium.fonts(text_page, len(text)))
    return glyphs.fold_private(glyphs.fold_hyphens(glyphs.fold_radicals(text)))


def drop_unseen(runs: list[Run], visible: Glyphs, text_page: int) -> tuple[list[Run], Glyphs, int]:
    """Leave out the runs that stand at no quarter turn (watermarks, whose characters would fall among the figures) and
    those of no size."""
    unseen = set(glyphs.skewed(pdfium.angles(text_page, [run.start for run in runs])))
    unseen.update(at for at in glyphs.tiny(runs) if pdfium.em_size(text_page, runs[at].start) < glyphs.SMALLEST)
    if not unseen:
        return runs, visible, 0
    gone = {i for at in unseen for i in range(runs[at].start, runs[at].end)}
    return [run for at, run in enumerate(runs) if at not in unseen], glyphs.blanked(visible, gone), len(gone)


def drawn_twice(cells: Bags, loose: Sequence[Run]) -> bool:
    """Whether runs cover each other anywhere on the page."""
    return any(len(bag) > 1 and glyphs.has_overlap(bag) for bags in cells for bag in bags) or glyphs.has_overlap(loose)


def drop_off_page(loose: list[Run], visible: Glyphs, beyond: set[int]) -> tuple[list[Run], Glyphs, int]:
    """Leave out the text beyond the page's edges, except in tables that begin on the page and run off it: their figures
    are the report's, whatever the printer cut."""
    gone = {i for run in loose for i in range(run.start, run.end) if i in beyond}
    kept = [piece for run in loose for piece in _without(run, gone, visible)]
    return kept, glyphs.blanked(visible, gone), len(gone)


def _without(run: Run, gone: set[int], visible: Glyphs) -> list[Run]:
    stays = [i for i in range(run.start, run.end) if i not in gone]
    if len(stays) == run.end - run.start:
        return [run]
    return [run_between(visible, stays[0], stays[-1] + 1)] if stays else []


def hidden_characters(text_page: int, count: int, hidden_objects: set[int]) -> list[int]:
    """The characters of the text objects that leave no ink."""
    return [i for i, owner in enumerate(pdfium.text_objects(text_page, count)) if owner in hidden_objects]


def page_lattices(
    drawn: marks.Marks, turn: int, page_box: Quad, runs: Sequence[Run]
) -> tuple[list[Lattice], list[Box], bool]:
    """The page's grids without their text, the level rules on it, and whether it kept within the caps."""
    width, height = glyphs.upright_size(turn, page_box)
    centres = sorted(((run.top + run.bottom) / 2, (run.x0 + run.x1) / 2) for run in runs)

    def holds_text(box: Quad) -> bool:
        x0, top, x1, bottom = box
        at = bisect_right(centres, (top, float("inf")))
        while at < len(centres) and centres[at][0] < bottom:
            if x0 < centres[at][1] < x1:
                return True
            at += 1
        return False

    thin = _on_page(drawn.rules, turn, page_box, width, height)
    dots = _on_page(drawn.dots, turn, page_box, width, height) if len(drawn.dots) >= rules.FEWEST else []
    found = rules.page_rules(thin, dots)
    made, within = grids.lattices(found.level, found.upright, holds_text)
    made = [lattice for lattice in made if is_table(lattice) and _meets(lattice.box, width, height)]
    loose = [Box(*box) for box in found.thin]
    backgrounds = [
        box
        for box in _on_page(drawn.fills, turn, page_box, width, height)
        if not any(_holds(lattice.box, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2) for lattice in made)
    ]
    if backgrounds:
        tiled, stripes = fills.fill_grid(backgrounds)
        for table in tiled:
            filled, _ = grids.lattices(table.level, table.upright, holds_text)
            whole = [lattice._replace(kind="filled") for lattice in filled if is_table(lattice)]
            if whole and not is_head_only(whole[0], holds_text):
                made.extend(whole)
            else:
                stripes.append(table.box)
        loose.extend(stripe_edges(stripes, width, height))
    return made, loose, within


def is_table(lattice: Lattice) -> bool:
    """Whether a lattice is a table: a single cell is a frame, an underline or a box around text; a single column separates
    rows without making cells of them."""
    return len(lattice.slots) > 1 and len(lattice.xs) > 2


def is_head_only(lattice: Lattice, holds_text: grids.HoldsText) -> bool:
    """Whether a single row of backgrounds is the head, or one stripe, of a table whose other rows have none."""
    if len(lattice.ys) > 2:
        return False
    x0, top, x1, bottom = lattice.box
    return holds_text((x0, bottom, x1, bottom + 0.8 * (bottom - top)))


def stripe_edges(stripes: Sequence[Quad], width: float, height: float) -> list[Box]:
    """The upper and lower edges of backgrounds that make no cells, as thin rules: they separate rows."""
    return [
        Box(x0, y, x1, y + 0.1)
        for x0, top, x1, bottom in stripes
        if (x1 - x0) * (bottom - top) < 0.5 * width * height and x1 - x0 >= fills.NARROWEST
        for y in (top, bottom)
    ]


def _on_page(boxes: Sequence[Quad], turn: int, page_box: Quad, width: float, height: float) -> list[Quad]:
    """Boxes on the upright page. They may lie up to a page beyond it, for tables that run off the page; those farther out,
    or without finite coordinates, are left out."""
    found = []
    for box in boxes:
        x0, top, x1, bottom = glyphs.upright(box, turn, page_box)
        x0, top, x1, bottom = max(x0, -width), max(top, -height), min(x1, 2 * width), min(bottom, 2 * height)
        if x0 <= x1 and top <= bottom:
            found.append((x0, top, x1, bottom))
    return found


def _meets(box: Quad, width: float, height: float) -> bool:
    return box[0] < width and box[2] > 0 and box[1] < height and box[3] > 0


def _holds(box: Quad, x: float, y: float) -> bool:
    return box[0] <= x < box[2] and box[1] <= y < box[3]


Bags = list[list[list[Run]]]


def place_runs(made: Sequence[Lattice], runs: Sequence[Run], visible: Glyphs) -> tuple[Bags, list[Run], set[int]]:
    """Put every run into the cell that holds it: for each lattice its cells' runs, then the runs outside all, then the
    lattices with text that lies across a rule."""
    cells: Bags = [[[] for _ in lattice.slots] for lattice in made]
    loose: list[Run] = []
    crossed: set[int] = set()
    by_size = sorted(range(len(made)), key=lambda i: _size(made[i].box))
    for run in runs:
        x, y = (run.x0 + run.x1) / 2, (run.top + run.bottom) / 2
        for index in by_size:
            lattice = made[index]
            if not _holds(lattice.box, x, y):
                continue
            owners = lattice.owner[bisect_right(lattice.ys, y) - 1]
            last = len(owners) - 1
            first_column = min(max(bisect_right(lattice.xs, run.x0 + 0.5) - 1, 0), last)
            last_column = min(max(bisect_right(lattice.xs, run.x1 - 0.5) - 1, 0), last)
            if owners[first_column] == owners[last_column]:
                _put(cells[index], owners[first_column], run, loose)
            else:
                pieces, sure = part_at_rules(run, lattice, owners, visible)
                if not sure:
                    crossed.add(index)
                for piece in pieces:
                    column = min(max(bisect_right(lattice.xs, (piece.x0 + piece.x1) / 2) - 1, 0), last)
                    _put(cells[index], owners[column], piece, loose)
            break
        else:
            loose.append(run)
    return cells, loose, crossed


def _put(bags: list[list[Run]], owner: int, run: Run, loose: list[Run]) -> None:
    (bags[owner] if owner >= 0 else loose).append(run)


def _size(box: Quad) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def part_at_rules(run: Run, lattice: Lattice, owners: Sequence[int], visible: Glyphs) -> tuple[list[Run], bool]:
    """Cut a run where a rule passes between two of its characters, and say whether that was certain.

    A rule through a character, or between characters that touch, means that the text runs over its cell's border: it
    stays whole, since half a figure would be a wrong one.
    """
    pieces = []
    start = run.start
    sure = True
    for i in range(run.start, run.end - 1):
        if _owner_at(i, lattice, owners, visible) == _owner_at(i + 1, lattice, owners, visible):
            continue
        gap = float(visible.left[i + 1] - visible.right[i])
        height = run.bottom - run.top
        figures = _FIGURE.match(visible.text[i]) and _FIGURE.match(visible.text[i + 1])
        if gap <= SPLIT_GAP * height:
            sure = False
            continue
        sure &= not figures or gap > SURE_SPLIT_GAP * height
        pieces.append(run_between(visible, start, i + 1))
        start = i + 1
    pieces.append(run_between(visible, start, run.end))
    return pieces, sure


def _owner_at(index: int, lattice: Lattice, owners: Sequence[int], visible: Glyphs) -> int:
    middle = float(visible.left[index] + visible.right[index]) / 2
    return owners[min(max(bisect_right(lattice.xs, middle) - 1, 0), len(owners) - 1)]


def _tables(
    made: Sequence[Lattice], cells: Bags, crossed: set[int], text: str, number: int
) -> tuple[list[Grid], list[int]]:
    """The lattices as grids with text, and the indices of those whose rules do not make the columns."""
    tables: list[Grid] = []
    ungridded: list[int] = []
    for index, (lattice, bags) in enumerate(zip(made, cells, strict=True)):
        wide = rows_without_columns(lattice, bags, text)
        if wide and wide >= WIDE_ROWS * (len(lattice.ys) - 1):
            ungridded.append(index)
            continue
        doubts = set(lattice.doubts)
        if index in crossed:
            doubts.add(ACROSS_RULE)
        if wide:
            doubts.add(WIDE_GAP)
        tables.append(_grid(lattice, bags, text, number, tuple(sorted(doubts))))
    return tables, ungridded


def rows_without_columns(lattice: Lattice, bags: Sequence[Sequence[Run]], text: str) -> int:
    """The rows in which a cell holds several figures far apart on one line: rules between their columns are missing."""
    rows = set()
    for slot, bag in zip(lattice.slots, bags, strict=True):
        if len(bag) < 2 or slot.row in rows:
            continue
        figures = [run for run in bag if _FIGURE.match(text, run.start) and _FIGURE.match(text, run.end - 1)]
        if len(figures) < 2:
            continue
        for line in lines.lines_of(figures):
            em = lines.em_of(line, text)
            if any(run.x0 - before.x1 > COLUMN_GAP * em for before, run in zip(line, line[1:], strict=False)):
                rows.add(slot.row)
                break
    return len(rows)


def _grid(lattice: Lattice, bags: Sequence[Sequence[Run]], text: str, number: int, doubts: tuple[str, ...]) -> Grid:
    xs, ys = lattice.xs, lattice.ys
    cells = []
    for slot, bag, loose in zip(lattice.slots, bags, lattice.loose, strict=True):
        if loose and not bag:
            continue
        row, column, rowspan, colspan = slot
        reading = Reading(lines.text_of(bag, text), "pdfium") if bag else EMPTY
        box = Box(xs[column], ys[row], xs[column + colspan], ys[row + rowspan])
        cells.append(GridCell(row, column, rowspan, colspan, (reading,), box))
    kind = "filled" if lattice.kind == "filled" else "ruled"
    return Grid(
        tuple(cells), len(ys) - 1, len(xs) - 1, kind, number, Box(*lattice.box), tuple(xs), doubts  # type: ignore[arg-type]
    )


def _doubt_off_page(grid: Grid, width: float, height: float) -> Grid:
    box = grid.box
    if box is None or (box.x0 >= -1 and box.top >= -1 and box.x1 <= width + 1 and box.bottom <= height + 1):
        return grid
    return grid._replace(doubts=tuple(sorted({*grid.doubts, OFF_PAGE})))


EMPTY = Reading("", "pdfium")


def _outside(rules_: Sequence[Box], boxes: Sequence[Box]) -> list[Box]:
    """The rules that belong to no grid."""
    if not boxes:
        return list(rules_)
    reach = rules.TOUCH
    return [
        rule
        for rule in rules_
        if not any(
            box.x0 - reach <= rule.x0 and rule.x1 <= box.x1 + reach and box.top - reach <= rule.top <= box.bottom + reach
            for box in boxes
        )
    ]


def finished(draft: Draft, dropped: set[int]) -> Page:
    """The page without the lines to drop, blocks in reading order."""
    text = draft.text
    blocks: list[tuple[float, float, Grid | Line]] = []
    for grid in draft.grids:
        box = grid.box or Box(0, 0, 0, 0)
        blocks.append((box.top, box.x0, grid))
    gone: list[Run] = []
    for index, runs in enumerate(draft.loose):
        if index in dropped:
            gone.extend(runs)
            continue
        line = lines.line_of(runs, text, draft.number)
        box = line.box or Box(0, 0, 0, 0)
        blocks.append((box.top, box.x0, line))
    blocks.sort(key=lambda block: block[:2])
    for run in sorted(gone, key=lambda run: -run.start):
        text = text[: run.start] + text[run.end :]
    return Page(
        draft.number,
        round(draft.width, 3),
        round(draft.height, 3),
        tuple(block[2] for block in blocks),
        text.replace("\r\n", "\n"),
        draft.rules,
        draft.unmapped,
    )
