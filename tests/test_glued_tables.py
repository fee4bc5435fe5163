"""What order, places and sums tell of text that lost its layout: all of it is read, and nothing else."""

from __future__ import annotations

import random
from itertools import product

import pytest

from gov_extract.document import Box, Grid, GridCell, Reading
from gov_extract.forms import load_forms
from gov_extract.parse.abreast import put_together
from gov_extract.parse.flat.cutting import amount, readings, summed_readings
from gov_extract.parse.flat.fitting import Effect, fitting
from gov_extract.parse.flat.ink import Token
from gov_extract.readers.separators import tabbed
from gov_extract.report import Report, extract
from tests.filled_forms import Values, truth_of
from tests.measure.score import Score, score
from tests.printed import FLAT, TITLE, Block, Rows, Tables, as_lines, blocks_of, drawn, scored, spans, tables_of

FORM = load_forms()["2021"]


def score_of(text: str, values: Values) -> tuple[Report, Score]:
    report = extract(text.encode(), name="report.txt")
    return report, score("text", report, truth_of(FORM, values))


# ── Sums ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def said(effects: dict[int, list[Effect]], left: dict[int, set[Effect]]) -> dict[int, set[Effect]]:
    return {i: {effect for effect in effects[i] if effect in left[i]} for i in effects}


@pytest.mark.parametrize("seed", range(40))
def test_what_fits_is_what_every_combination_that_comes_to_zero_has(seed: int) -> None:
    rng = random.Random(seed)
    effects: dict[int, list[Effect]] = {
        i: list({(rng.randrange(-3, 4), rng.randrange(-3, 4)) for _ in range(rng.choice((1, 2, 4)))}) for i in range(5)
    }
    fit: dict[int, set[Effect]] = {i: set() for i in effects}
    for way in product(*effects.values()):
        if all(sum(column) == 0 for column in zip(*way, strict=True)):
            for i, effect in enumerate(way):
                fit[i].add(effect)
    texts = {i: [(str(k), None) for k in range(len(found))] for i, found in effects.items()}
    left = fitting(effects, texts)
    if not fit[0]:
        assert left is None
    else:
        assert left is not None
        assert said(effects, {i: set(found) for i, found in left.items()}) == fit


@pytest.mark.parametrize("seed", range(30))
def test_readings_that_add_up_are_those_of_all_readings_that_do(seed: int) -> None:
    rng = random.Random(seed)
    figures = [str(rng.choice((0, 0, 3, 12, 107))) for _ in range(rng.randrange(1, 5))]
    text = "".join([*figures, str(sum(map(int, figures)))])
    tokens = [Token("figure", text, 0, True)]
    every = readings(tokens, 6) or []
    adding = {way for way in every if sum(amount(part) or 0 for part in way[:-1]) == amount(way[-1])}
    assert set(summed_readings(tokens, 6)) == adding


# ── Glued figures ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("dash", ["-", "—", "/", "——"])
@pytest.mark.parametrize("seed", range(3))
def test_dashes_among_glued_digits_are_cells(dash: str, seed: int) -> None:
    values, _ = drawn(seed)
    printed = {key: dash if value == "0" else value for key, value in values.items()}
    truth = truth_of(FORM, values)
    truth["cells"] = [[*c[:3], None, "dash", dash] if c[5] == "0" else c for c in truth["cells"]]
    report = extract(FLAT["glued"](blocks_of(tables_of(printed))), name="report")
    result = score("glued", report, truth)
    assert (result.wrong, result.silent) == (0, 0)
    assert not [wrong.key for wrong in result.errors if wrong.key[0] == "review_litigation"]


@pytest.mark.parametrize("seed", range(4))
def test_of_glued_rows_with_empty_cells_nothing_is_read_that_the_sums_leave_open(seed: int) -> None:
    values, _ = drawn(seed)
    values = {key: "" if value == "0" else value for key, value in values.items()}
    result = scored(blocks_of(tables_of(values)), values, "glued")
    assert (result.wrong, result.silent) == (0, 0)


def test_a_blank_table_says_nothing_of_whether_other_tables_print_zeros() -> None:
    values, _ = drawn(2)
    blank = {key: "" if key[0] == "active_disclosure" else value for key, value in values.items()}
    result = scored(blocks_of(tables_of(blank)), blank, "glued")
    assert not [wrong.key for wrong in result.errors if wrong.key[0] != "active_disclosure"]


@pytest.mark.parametrize(
    "behind", ["四、政府信息公开行政复议、行政诉讼情况", "四 、政府信息公开行政复议", "政府信息公开行政复议、行政诉讼情况"]
)
def test_the_heading_behind_a_table_is_none_of_its_last_figure(behind: str) -> None:
    values, tables = drawn(3)
    lines = ["".join(text for row in rows for text, _ in spans(row)) for rows in tables.values()]
    _, result = score_of(f"{TITLE}\n{lines[0]}\n{lines[1]}{behind}{lines[2]}五、存在的主要问题\n", values)
    assert not [wrong.key for wrong in result.errors if wrong.key[0] == "applications"]


def test_pieces_of_a_group_s_label_behind_a_figure_are_none_of_it() -> None:
    values, tables = drawn(3)
    rows = tables["applications"]
    at = next(n for n, row in enumerate(rows) if row[0] == "3.补正后申请内容仍不明确")
    text = "".join(text for row in rows[:at] for text, _ in spans(row)) + "办理结果法提供"
    text += "".join(text for row in rows[at:] for text, _ in spans(row))
    _, result = score_of(f"{TITLE}\n三、收到和处理政府信息公开申请情况\n{text}\n", values)
    assert not [wrong.key for wrong in result.errors if wrong.key[:2] == ("applications", "unavailable.needs_creation")]


# ── Lines ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def as_rows(tables: Tables) -> list[str]:
    """A line for each row, its cells parted by blanks."""
    return [" ".join(text for text, _ in spans(row) if text) for rows in tables.values() for row in rows]


@pytest.mark.parametrize("row", ["granted", "declined.excessive", "carried_out"])
def test_figures_that_stand_on_a_line_before_their_label_are_given_to_it(row: str) -> None:
    """As where a page's end parts the figures of a row from its label."""
    values, tables = drawn(4)
    lines = as_rows(tables)
    label = next(spec.label for spec in FORM.tables["applications"].rows if spec.code == row)
    at = next(n for n, line in enumerate(lines) if line.startswith(label))
    lines[at : at + 1] = [lines[at].removeprefix(label).strip(), label]
    _, result = score_of("\n".join([TITLE, *lines]), values)
    assert (result.exact, result.silent) == (result.cells, 0)


def test_a_line_of_figures_that_no_sum_gives_to_a_row_is_left_open() -> None:
    values, tables = drawn(4)
    lines = as_rows(tables)
    at = next(n for n, line in enumerate(lines) if line.startswith("（一）予以公开"))
    lines[at : at + 1] = ["3 1 0 0 0 0 5", "（一）予以公开"]
    report, result = score_of("\n".join([TITLE, *lines]), values)
    assert result.silent == 0
    assert {cell.state for cell in report.cells if cell.row == "granted"} == {"unreadable"}


def test_the_beginning_of_a_label_on_the_line_above_belongs_to_it() -> None:
    """What is left of the label of one row may be like that of another: 的政府信息公开申请数量."""
    values, tables = drawn(4)
    rows = tables["applications"]
    at = next(n for n, row in enumerate(rows) if str(row[0]).startswith("二、上年结转"))
    rows[at : at + 1] = [["二、本年新收到"], ["的政府信息公开申请数量", *rows[at][1:]]]
    text = "\n".join("\t".join(text for text, _ in spans(row)) for rows in tables.values() for row in rows)
    report, _ = score_of(f"{TITLE}\n{text}\n", values)
    assert {cell.state for cell in report.cells if cell.row == "carried_in"} == {"missing"}


def test_labels_without_header_and_figures_are_a_blank_table() -> None:
    labels = [row.label for row in FORM.tables["applications"].rows]
    values, tables = drawn(3)
    rows: Rows = [[label] for label in labels]
    lines = as_rows({**tables, "applications": rows})
    report, _ = score_of("\n".join([TITLE, *lines]), values)
    assert {cell.state for cell in report.cells if cell.table == "applications"} == {"blank"}


@pytest.mark.parametrize("seed", range(3))
def test_empty_lines_between_rows_are_not_empty_cells(seed: int) -> None:
    """Each row lost one empty cell, and an empty line follows it: as many lines as columns, but not a line for each."""
    rng = random.Random(seed)
    values, _ = drawn(seed)
    table = FORM.tables["applications"]
    for spec in rng.sample(table.rows, 6):
        values["applications", spec.code, rng.choice(table.columns[:6]).code] = ""
    blocks: list[Block] = [TITLE]
    for rows in tables_of(values).values():
        spaced: Rows = []
        for row in rows:
            spaced += [[text for text in row if text != ""], [""]]
        blocks.append(spaced)
    result = score("lines", extract(as_lines(blocks), name="report"), truth_of(FORM, values))
    assert result.silent == 0


@pytest.mark.parametrize(
    "text",
    [
        "规章７８２８7，163，707\n行政许可２３8，616，552\n行政处罚００2，750，376\n",
        "规章\n3,888,264\n11,204,560\n行政规范性文件\n6,621,269\n1,050,007\n9,432,832\n",
    ],
)
def test_figures_with_their_thousands_are_no_rows_of_cells(text: str) -> None:
    assert tabbed(text) == text


# ── Parts beside each other ─────────────────────────────────────────────────────────────────────────────────────────────


def grid(texts: list[list[str]], left: float, tops: list[float]) -> Grid:
    """A grid of cells 50 points wide between level lines."""
    cells = tuple(
        GridCell(r, c, 1, 1, (Reading(text, "pdfium"),), Box(left + 50 * c, tops[r], left + 50 * (c + 1), tops[r + 1]))
        for r, row in enumerate(texts)
        for c, text in enumerate(row)
    )
    edges = tuple(left + 50 * c for c in range(len(texts[0]) + 1))
    box = Box(edges[0], tops[0], edges[-1], tops[-1])
    return Grid(cells, len(texts), len(texts[0]), "ruled", 1, box, edges)


def test_grids_beside_each_other_with_the_same_level_lines_are_one() -> None:
    left = grid([["规章"], ["文件"], ["许可"]], 0, [10, 30, 50, 70])
    right = grid([["1", "2"], ["3", "4"], ["5", "6"]], 80, [10, 30, 50, 70])
    found = put_together([left, right])
    whole = found[0]
    assert whole is not None
    assert whole[1] == (0, 1)
    assert found[1] is None
    assert [(cell.row, cell.text) for cell in whole[0].cells] == [
        (0, "规章"), (0, "1"), (0, "2"), (1, "文件"), (1, "3"), (1, "4"), (2, "许可"), (2, "5"), (2, "6")
    ]  # fmt: skip
    assert len(whole[0].edges) == whole[0].n_columns + 1


def test_a_smaller_part_stands_beside_the_rows_at_its_height() -> None:
    tall = grid([["标题"], ["规章"], ["文件"]], 0, [10, 30, 50, 70])
    short = grid([["1"], ["3"]], 80, [30, 50, 70])
    whole = put_together([tall, short])[0]
    assert whole is not None
    assert [(cell.row, cell.text) for cell in whole[0].cells] == [(0, "标题"), (1, "规章"), (1, "1"), (2, "文件"), (2, "3")]


@pytest.mark.parametrize("tops", [[10, 35, 50, 70], [80, 100, 120, 140]])
def test_grids_with_other_level_lines_stay_apart(tops: list[float]) -> None:
    left = grid([["规章"], ["文件"], ["许可"]], 0, [10, 30, 50, 70])
    right = grid([["1"], ["3"], ["5"]], 80, tops)
    assert put_together([left, right]) == {}
