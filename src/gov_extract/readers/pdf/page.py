"""One page: handles → a draft with grids and lines.

In: a loaded page of pdfium. Out: a `Draft`: grids with text, lines outside grids, rules, and what was unsure. Page labels
are still among the lines; they can only be told apart with all pages in sight.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from functools import partial
from itertools import islice
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from gov_extract.document import Box, Finding, Grid, Line, Page, record
from gov_extract.readers.folds import fold_radicals
from gov_extract.readers.pdf import beside, fills, glyphs, grids, grounds, labels, lines, marks, pdfium, rules, sheets
from gov_extract.readers.pdf.boxes import moved, moved_point
from gov_extract.readers.pdf.glyphs import Glyphs, Run, run_between
from gov_extract.readers.pdf.grids import Lattice
from gov_extract.readers.pdf.grounds import Ground
from gov_extract.readers.pdf.overprinted import overprinted
from gov_extract.readers.pdf.pdfium import Matrix, Quad
from gov_extract.readers.pdf.placing import Bags, doubt_off_page, hang_over, holds, place_runs, tables_of
from gov_extract.readers.pdf.struck import struck_figures
from gov_extract.readers.pdf.struck_text import struck_text
from gov_extract.readers.pdf.white import Inkless, Unseen, inkless_characters, unseen_figures

DEFAULT_PAGE: Quad = (0.0, 0.0, 595.0, 842.0)
"""The page box (A4) where the file's own makes no sense."""
UNMAPPED_SHARE = 0.02
"""Share of a page's characters without Unicode above which its text cannot be trusted; list bullets stay below."""
MAX_LOOSE_RULES = 2_000
ASTRAY = 0.5
"""Points between two tellings of a character's origin within which they are one."""


Scanned = Literal["picture", "unmapped"]


class Draft(NamedTuple):
    """A page before its labels are dropped: `loose` are the visual lines outside grids, as runs of `text`, `boxes` those around
    them."""

    number: int
    width: float
    height: float
    grids: list[Grid]
    loose: list[list[Run]]
    boxes: list[Box]
    text: str
    rules: tuple[Box, ...]
    unmapped: float
    findings: tuple[Finding, ...]
    told: str | None = None
    """The page's text by its visual lines, where the stream's own order is that of another turn of the page."""
    shown: beside.Shown | None = None
    gutter: float | None = None
    """Where the second of two pages on one sheet begins."""
    scanned: Scanned | None = None
    """Why the page is to be read as a picture."""


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
    sheet, _ = sheet_of(page, text_page, number, page_box or DEFAULT_PAGE)
    return composed(sheet, tuple(findings), turned=bool(sheet.turn or pdfium.rotation(page)))


def sheet_of(page: int, text_page: int, number: int, page_box: Quad) -> tuple[Sheet, pdfium.Characters]:
    """A page as it is drawn, and all its characters."""
    characters = pdfium.characters(text_page)
    drawn = marks.page_marks(page)
    if drawn.spaces:
        put_back(characters, text_page, drawn.spaces)
    turn = glyphs.quarter_turn(characters.text, pdfium.angles(text_page, glyphs.sample(characters.text)))
    visible, hidden = visible_glyphs(characters, text_page, drawn.hidden, turn, page_box)
    share = glyphs.unmapped_share(visible.text)
    runs, visible, away = drop_unseen(glyphs.runs_of(visible), visible, text_page)
    hidden += away
    white = partial(inkless_characters, text_page)
    behind = partial(grounds.grounds_of, page)
    return (
        Sheet(number, turn, page_box, runs, visible, hidden, share, drawn, characters.complete, white, "pdfium", behind),
        characters,
    )


class Sheet(NamedTuple):
    """What every kind of drawn page comes down to before grids are made: visible characters in runs, and what is drawn besides.

    `page_box` is left, bottom, right, top in page space, `turn` the quarter turns that set it upright; `hidden` counts the
    characters left out, `share` is that of those without Unicode; `complete` is False where there are more than are read;
    `inkless` tells which characters are white or transparent, `grounds` what text can stand on, in page space.
    """

    number: int
    turn: int
    page_box: Quad
    runs: list[Run]
    visible: Glyphs
    hidden: int
    share: float
    drawn: marks.Marks
    complete: bool
    inkless: Inkless
    engine: str
    grounds: Callable[[], Sequence[Ground]]


def composed(sheet: Sheet, found: tuple[Finding, ...], *, turned: bool) -> Draft:
    """The draft of a page: its grids with their text, the lines outside them, what was unsure.

    `found` are findings made before; `turned` says that the order of the page's characters is not that of its lines.
    """
    number, turn, page_box, runs, visible, hidden, share, drawn, complete, _, engine, _ = sheet
    findings = list(found)
    width, height = glyphs.upright_size(turn, page_box)
    made, loose_rules, within = page_lattices(drawn, turn, page_box, runs)
    seen = runs
    struck, crossed_out = _struck_words(sheet, made)
    if crossed_out:
        visible = untold(visible, crossed_out)
    if struck:
        visible = glyphs.blanked(visible, struck)
        seen = glyphs.runs_of(visible)
        message = f"{len(struck)} characters of page {number} are struck out and were left out."
        findings.append(_finding("info", "hidden_text", message, number))
    cells, loose, crossed = place_runs(made, seen, visible)
    gone, doubtful = unread_figures(sheet, made, cells, loose, loose_rules)
    gone = gone - crossed_out
    if gone or doubtful:
        hidden += len(gone)
        visible = untold(glyphs.blanked(visible, gone), doubtful)
        seen = glyphs.runs_of(visible)
        cells, loose, crossed = place_runs(made, seen, visible)
    if drawn_twice(cells, loose):
        visible = glyphs.part_ligatures(visible)
        visible = glyphs.kept(visible, glyphs.drop_duplicates(visible))
        seen = glyphs.runs_of(visible)
        cells, loose, crossed = place_runs(made, seen, visible)
        if lost := overprinted(cells, visible):
            visible = untold(visible, lost)
    loose = hang_over(made, cells, loose, (1 - labels.NUMBER_MARGIN) * height)
    tables, ungridded = tables_of(made, cells, crossed, visible.text, number, engine)
    tables = [doubt_off_page(grid, width, height) for grid in tables]
    for index in ungridded:
        loose.extend(run for bag in cells[index] for run in bag)
        if made[index].kind == "filled":
            left, right = made[index].xs[0], made[index].xs[-1]
            loose_rules.extend((left, y, right, y + 0.1) for y in made[index].ys)
    beyond = set(glyphs.off_page(visible, width, height))
    if beyond:
        loose, visible, away = drop_off_page(loose, visible, beyond)
        hidden += away
        seen = glyphs.runs_of(visible)
    boxes = [grid.box for grid in tables if grid.box is not None]
    if not (complete and drawn.complete and within):
        message = f"Page {number} holds more than can be looked at; something on it may be missing."
        findings.append(_finding("warning", "page_too_complex", message, number))
    in_cells = share > 0 and any(glyphs.UNMAPPED in cell.text for grid in tables for cell in grid.cells)
    if share > UNMAPPED_SHARE or in_cells:
        message = f"{share:.0%} of page {number}'s characters have a font without Unicode; they cannot be read as text."
        findings.append(_finding("error", "unmapped_font", message, number))
    if hidden:
        message = f"{hidden} characters of page {number} leave no ink and were left out."
        findings.append(_finding("info", "hidden_text", message, number))
    if drawn.pictures and not runs:
        message = f"Page {number} is a picture without text."
        findings.append(_finding("warning", "page_without_text", message, number))
    pictures = _on_page(drawn.pictures, turn, page_box)
    scanned: Scanned | None = "unmapped" if share > UNMAPPED_SHARE or in_cells else None
    if pictures and beside.is_scan(pictures, runs, (width, height)):
        scanned = "picture"
    outside = (rule for rule in _outside(loose_rules, boxes) if _meets(rule, width, height))
    gutter = sheets.gutter(loose, boxes, width, height)
    halves = [loose] if gutter is None else [[run for run in loose if (run.x0 >= gutter) == side] for side in (False, True)]
    loose_lines = [line for half in halves if half for line in lines.lines_of(half)]
    return Draft(
        number,
        width,
        height,
        tables,
        loose_lines,
        list(map(lines.box_of, loose_lines)),
        visible.text,
        tuple(record(Box, rule) for rule in islice(outside, MAX_LOOSE_RULES)),
        share,
        tuple(findings),
        visual_text(seen, visible.text) if turned else None,
        beside.shown(number, pictures, runs, (width, height)),
        gutter,
        scanned,
    )


def put_back(characters: pdfium.Characters, text_page: int, spaces: Collection[Matrix]) -> None:
    """Put the characters right that the engine places as if the form they stand in were not turned or moved.

    pdfium forgets the form's matrix for the boxes of text that the file gives other characters than it draws (/ActualText,
    which browsers write for many Chinese characters); the matrix of the text has it.
    """
    inked = [index for index, char in enumerate(characters.text) if char > " "]
    told = pdfium.origins(text_page, inked)
    for n in np.flatnonzero(~_are_ahead(told)).tolist():
        origin, start = told.origin[n].tolist(), told.matrix[n, 4:].tolist()
        for space in spaces:
            if math.dist(moved_point(origin, space), start) <= ASTRAY:
                left, top, right, bottom = characters.boxes[inked[n]].tolist()
                x0, y0, x1, y1 = moved((left, bottom, right, top), space)
                characters.boxes[inked[n]] = x0, y1, x1, y0
                break


def _are_ahead(told: pdfium.Origins) -> npt.NDArray[np.bool_]:
    """Whether each character's origin lies where its text begins, or ahead on its line; also where neither is told."""
    (dx, dy), (a, b) = (told.origin - told.matrix[:, 4:]).T, told.matrix[:, :2].T
    length = np.hypot(a, b)
    length[length == 0] = 1.0
    along, aside = (dx * a + dy * b) / length, (dx * b - dy * a) / length
    ahead: npt.NDArray[np.bool_] = np.isnan(along) | ((along >= -ASTRAY) & (np.abs(aside) <= ASTRAY))
    return ahead


def visual_text(runs: Sequence[Run], text: str) -> str:
    """All runs as lines from top to bottom: pdfium orders the characters of a page whose content is turned as if it were
    not, backwards or in columns."""
    return "\n".join(lines.line_text(line, text) for line in lines.lines_of(runs)) if runs else ""


def _finding(severity: str, code: str, message: str, page: int) -> Finding:
    return Finding(severity, code, message, page)  # type: ignore[arg-type]


def visible_glyphs(
    characters: pdfium.Characters, text_page: int, hidden_objects: set[int], turn: int, page_box: Quad
) -> tuple[Glyphs, int]:
    """The characters on the upright page, without those of hidden objects or absurd places, and how many these were."""
    text = readable_text(characters.text, text_page)
    placed = glyphs.lowered(glyphs.upright_glyphs(characters, turn, page_box)._replace(text=text))
    width, height = glyphs.upright_size(turn, page_box)
    gone = set(hidden_characters(text_page, len(text), hidden_objects)) if hidden_objects else set()
    gone.update(glyphs.absurd(placed, width, height))
    gone = {i for i in gone if text[i] not in glyphs.WHITE}
    return (glyphs.blanked(placed, gone) if gone else placed), len(gone)


def _struck_words(sheet: Sheet, made: Sequence[Lattice]) -> tuple[set[int], set[int]]:
    """The characters of words that are struck out, and those of which a table's own line may only seem to do so."""
    if not sheet.drawn.rules:
        return set(), set()
    return struck_text(sides_on_page(sheet.drawn.rules, sheet.turn, sheet.page_box), sheet.runs, sheet.visible, made)


def unread_figures(
    sheet: Sheet, made: Sequence[Lattice], cells: Bags, loose: Sequence[Run], loose_rules: Sequence[Quad]
) -> Unseen:
    """The figures' characters that leave no ink or are struck out: beside others, and in whose place nothing else stands."""
    text = sheet.visible.text
    figures = [run for run in sheet.runs if text[run[5] - 1].isdecimal()]
    white = unseen_figures(cells, loose, figures, text, sheet.inkless, lambda: grounds_on(sheet))
    struck = struck_figures(made, cells, loose, figures, sheet.visible, loose_rules)
    return Unseen(white.gone | struck.gone, white.doubtful | struck.doubtful)


def unseen(page: int, text_page: int) -> list[tuple[str, Quad]]:
    """The characters of a page that leave no ink or are struck out, each with its box on the upright page: for a second reading
    by an engine that does not know which they are."""
    sheet, characters = sheet_of(page, text_page, 0, pdfium.bounds_of_page(page) or DEFAULT_PAGE)
    made, loose_rules, _ = page_lattices(sheet.drawn, sheet.turn, sheet.page_box, sheet.runs)
    cells, loose, _ = place_runs(made, sheet.runs, sheet.visible)
    lost = _struck_words(sheet, made)[0].union(*unread_figures(sheet, made, cells, loose, loose_rules))
    text = characters.text
    gone = [
        i for i, char in enumerate(text) if char not in glyphs.WHITE and (sheet.visible.text[i] in glyphs.WHITE or i in lost)
    ]
    boxes = glyphs.upright_glyphs(characters, sheet.turn, sheet.page_box)
    return [(text[i], (float(boxes.left[i]), float(boxes.top[i]), float(boxes.right[i]), float(boxes.bottom[i]))) for i in gone]


def readable_text(text: str, text_page: int) -> str:
    """The stream's text with what has no reliable Unicode marked, and radicals and hyphens folded."""
    if pdfium.any_map_error(text_page, glyphs.suspects(text)):
        flags = pdfium.map_errors(text_page, range(len(text)))
        text = glyphs.unmapped_text(text, flags, pdfium.fonts(text_page, len(text)))
    return glyphs.fold_private(glyphs.fold_hyphens(fold_radicals(text)))


def drop_unseen(runs: list[Run], visible: Glyphs, text_page: int) -> tuple[list[Run], Glyphs, int]:
    """Leave out the runs that stand at no quarter turn (watermarks, whose characters would fall among the figures) and
    those of no size."""
    unseen = set(glyphs.skewed(pdfium.angles(text_page, [run.start for run in runs])))
    if unseen:
        # The angle is that of the upright strokes: it also leans where an italic is made of a font that has none.
        leaning = sorted(unseen)
        lines_ = pdfium.line_angles(text_page, [runs[at].start for at in leaning])
        unseen = {leaning[n] for n in glyphs.skewed(lines_)}
    unseen.update(at for at in glyphs.tiny(runs) if pdfium.em_size(text_page, runs[at].start) < glyphs.SMALLEST)
    if not unseen:
        return runs, visible, 0
    gone = {i for at in unseen for i in range(runs[at].start, runs[at].end)}
    return [run for at, run in enumerate(runs) if at not in unseen], glyphs.blanked(visible, gone), len(gone)


def drawn_twice(cells: Bags, loose: Sequence[Run]) -> bool:
    """Whether runs cover each other anywhere on the page."""
    crowded = [bag for bags in cells for bag in bags if len(bag) > 1]
    return any(map(glyphs.has_overlap, crowded)) or glyphs.has_overlap(loose)


def untold(visible: Glyphs, lost: Collection[int]) -> Glyphs:
    """The characters, with some marked as those that cannot be told. They do not count as those of a font: the rest of the page
    is as legible as before."""
    return visible._replace(text="".join(glyphs.UNMAPPED if i in lost else char for i, char in enumerate(visible.text)))


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


def page_lattices(drawn: marks.Marks, turn: int, page_box: Quad, runs: Sequence[Run]) -> tuple[list[Lattice], list[Quad], bool]:
    """The page's grids without their text, the level rules on it, and whether it kept within the caps."""
    width, height = glyphs.upright_size(turn, page_box)
    centres: list[tuple[float, float]] = []

    def holds_text(box: Quad) -> bool:
        if not centres:  # sorted when first asked: on most pages nothing does
            centres.extend(sorted([((top + bottom) / 2, (x0 + x1) / 2) for x0, top, x1, bottom, _, _ in runs]))
        x0, top, x1, bottom = box
        at = bisect_right(centres, (top, float("inf")))
        while at < len(centres) and centres[at][0] < bottom:
            if x0 < centres[at][1] < x1:
                return True
            at += 1
        return False

    dots = sides_on_page(drawn.dots, turn, page_box) if drawn.dots else None
    found = rules.page_rules(sides_on_page(drawn.rules, turn, page_box), dots)
    made, within = grids.lattices(found.level, found.upright, holds_text)
    made = [lattice for lattice in made if is_table(lattice) and _meets(lattice.box, width, height)]
    loose = found.thin
    ruled_boxes = [lattice.box for lattice in made]
    backgrounds = _on_page(drawn.fills, turn, page_box)
    for ruled in ruled_boxes:
        backgrounds = [box for box in backgrounds if not holds(ruled, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2)]
    if backgrounds:
        tiled, stripes = fills.fill_grid(backgrounds)
        for table in tiled:
            filled, _ = grids.lattices(table.level, table.upright, holds_text)
            whole = [lattice._replace(kind="filled") for lattice in filled if is_table(lattice)]
            own = _without_other_tables(backgrounds, whole[0], tiled) if whole else []
            if whole and not is_head_only(whole[0], holds_text) and not is_one_of_stripes(whole[0], own, holds_text):
                made.extend(whole)
            else:
                stripes.append(table.box)
        loose.extend(stripe_edges(stripes, width, height))
    return made, loose, within


def grounds_on(sheet: Sheet) -> list[Ground]:
    """What text can stand on, on the upright page."""
    return [Ground(glyphs.upright(box, sheet.turn, sheet.page_box), white) for box, white in sheet.grounds()]


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


def _without_other_tables(backgrounds: Sequence[Quad], lattice: Lattice, tiled: Sequence[fills.Tiled]) -> list[Quad]:
    """The backgrounds without those of tables of several rows that have none of a lattice's columns."""
    inner = lattice.xs[1:-1]
    boxes = [
        table.box
        for table in tiled
        if len({rule.at for rule in table.level}) > len(lattice.ys)
        and not any(abs(x - rule.at) <= fills.SEAM for rule in table.upright for x in inner)
    ]
    return [box for box in backgrounds if not any(holds(b, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2) for b in boxes)]


def is_one_of_stripes(lattice: Lattice, backgrounds: Sequence[Quad], holds_text: grids.HoldsText) -> bool:
    """Whether a single row of backgrounds is one of a table's stripes: others of the same width lie apart from it, and rows
    without a background between them."""
    x0, top, x1, bottom = lattice.box
    if len(lattice.ys) > 2:
        return False
    apart = [box for box in backgrounds if box[3] < top - fills.SEAM or box[1] > bottom + fills.SEAM]
    above = max((box[3] for box in apart if box[3] < top), default=top)
    below = min((box[1] for box in apart if box[1] > bottom), default=bottom)
    if not (holds_text((x0, above, x1, top)) or holds_text((x0, bottom, x1, below))):
        return False
    return any(abs(box[0] - x0) <= fills.SEAM for box in apart) and any(abs(box[2] - x1) <= fills.SEAM for box in apart)


def stripe_edges(stripes: Sequence[Quad], width: float, height: float) -> list[Quad]:
    """The upper and lower edges of backgrounds that make no cells, as thin rules: they separate rows."""
    return [
        (x0, y, x1, y + 0.1)
        for x0, top, x1, bottom in stripes
        if (x1 - x0) * (bottom - top) < 0.5 * width * height and x1 - x0 >= fills.NARROWEST
        for y in (top, bottom)
    ]


def sides_on_page(boxes: array[float], turn: int, page_box: Quad) -> rules.Sides:
    """Boxes on the upright page. They may lie up to a page beyond it, for tables that run off the page; those farther out,
    or without finite coordinates, are left out."""
    width, height = glyphs.upright_size(turn, page_box)
    sides = glyphs.upright(tuple(np.frombuffer(boxes).reshape(-1, 4).T), turn, page_box)  # type: ignore[arg-type]
    x0, top = np.maximum(sides[0], -width), np.maximum(sides[1], -height)
    x1, bottom = np.minimum(sides[2], 2 * width), np.minimum(sides[3], 2 * height)
    stays = (x0 <= x1) & (top <= bottom)
    return x0[stays], top[stays], x1[stays], bottom[stays]


def _on_page(boxes: array[float], turn: int, page_box: Quad) -> list[Quad]:
    """The same, box by box."""
    return list(zip(*(side.tolist() for side in sides_on_page(boxes, turn, page_box)), strict=True)) if boxes else []


def _meets(box: Quad, width: float, height: float) -> bool:
    return box[0] < width and box[2] > 0 and box[1] < height and box[3] > 0


def _outside(rules_: Sequence[Quad], boxes: Sequence[Box]) -> list[Quad]:
    """The rules that belong to no grid."""
    outside = list(rules_)
    for x0, top, x1, bottom in boxes:
        left, above, right, below = x0 - rules.TOUCH, top - rules.TOUCH, x1 + rules.TOUCH, bottom + rules.TOUCH
        outside = [rule for rule in outside if not (left <= rule[0] and rule[2] <= right and above <= rule[1] <= below)]
    return outside


def finished(draft: Draft, dropped: set[int]) -> Page:
    """The page without the lines to drop, blocks in reading order."""
    text = draft.text
    blocks: list[tuple[bool, float, float, Grid | Line]] = []
    gutter = draft.width if draft.gutter is None else draft.gutter
    for grid in draft.grids:
        box = grid.box or Box(0, 0, 0, 0)
        blocks.append((box.x0 >= gutter, box.top, box.x0, grid))
    gone: list[Run] = []
    for index, (runs, box) in enumerate(zip(draft.loose, draft.boxes, strict=True)):
        if index in dropped:
            gone.extend(runs)
            continue
        line = lines.line_of(runs, text, draft.number, box)
        blocks.append((box.x0 >= gutter, box.top, box.x0, line))
    blocks.sort(key=lambda block: block[:3])
    for run in sorted(gone, key=lambda run: -run.start):
        text = text[: run.start] + text[run.end :]
    return Page(
        draft.number,
        round(draft.width, 3),
        round(draft.height, 3),
        tuple(block[3] for block in blocks),
        text.replace("\r\n", "\n") if draft.told is None else draft.told,
        draft.rules,
        draft.unmapped,
    )
