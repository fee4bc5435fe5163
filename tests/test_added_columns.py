"""Columns that a report adds to the form: the form's figures stay where they are, or the row is flagged; never shifted."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gov_extract.forms import load_forms
from gov_extract.parse.stream import Place, split
from tests.filled_forms import Values
from tests.printed import FORMATS, Block, Cell, Rows, Tables, blocks_of, drawn, report_of, scored, spans, tables_of

IDS = ("active_disclosure", "applications")
EVERY_FORMAT = pytest.mark.parametrize("kind", sorted(FORMATS))
CELLS_INTERVALS_TEXT = pytest.mark.parametrize("kind", ["html", "pdf", "pipes"])


def is_data(rows: Rows, r: int, id_: str, form: str) -> bool:
    return spans(rows[r])[0][0] in {row.label for row in load_forms()[form].tables[id_].rows}


def with_column(rows: Rows, id_: str, form: str, head: str, at: int, content: Callable[[int], str]) -> Rows:
    """The rows with one more column, before place `at` (-1: at the end); titles, which span all, stay."""
    wider: Rows = []
    for r, row in enumerate(rows):
        if len(row) == 1:
            wider.append(row)
            continue
        place = len(row) if at < 0 else min(at, len(row))
        wider.append([*row[:place], content(r) if is_data(rows, r, id_, form) else head, *row[place:]])
    return wider


def numbered(rows: Rows, id_: str, form: str) -> Rows:
    """The rows with 序号 in front."""
    count = iter(range(1, 99))
    return with_column(rows, id_, form, "序号", 0, lambda _: str(next(count)))


@pytest.mark.parametrize(
    ("texts", "labels"),
    [
        (["1\n2", "8.属于行政查询事项", "0", "0"], 2),  # broken by a narrow column
        (["7", "3.危及"], 2),  # the label's rest is on the next line
        (["7", "3.危及", "0", "0"], 0),
        (["12", "3", "0"], 0),
    ],
)
def test_a_number_before_a_broken_label_is_a_row_s(texts: list[str], labels: int) -> None:
    places = [Place(text, float(k), k + 1.0) for k, text in enumerate(texts)]
    assert len(split(places)[0]) == labels


@EVERY_FORMAT
@pytest.mark.parametrize("id_", IDS)
@pytest.mark.parametrize("form", ["2021", "2019"])
def test_a_column_of_numbers_before_the_labels_is_no_figure(kind: str, id_: str, form: str) -> None:
    values, tables = drawn(3, form)
    tables[id_] = numbered(tables[id_], id_, form)
    result = scored(blocks_of(tables), values, kind, form)
    assert (result.exact, result.silent) == (result.cells, 0)
    assert kind == "unruled" or result.flags == 0


@CELLS_INTERVALS_TEXT
@pytest.mark.parametrize("id_", IDS)
@pytest.mark.parametrize(
    ("head", "content"),
    [
        ("备注", ""),
        ("备注", "含下属单位"),
        ("备注", "7"),
        ("上年", "12"),
        ("去年同期数", "3"),
        ("同比", "5%"),
        ("其中：网上", "2"),
    ],
)
def test_a_column_behind_the_figures_is_told_by_its_head(kind: str, id_: str, head: str, content: str) -> None:
    values, tables = drawn(3)
    tables[id_] = with_column(tables[id_], id_, "2021", head, -1, lambda _: content)
    result = scored(blocks_of(tables), values, kind)
    assert (result.exact, result.silent) == (result.cells, 0)
    assert kind == "unruled" or result.flags == 0
    if content and kind != "unruled":
        codes = {(f.code, f.table) for f in report_of(blocks_of(tables), kind).findings}
        assert ("extra_column", id_) in codes


def any_print(seed: int, kind: str) -> tuple[list[Block], Values, str]:
    """A report with a column of anything anywhere, with or without 序号, some figures blank."""
    rng = random.Random(seed)
    form, id_ = rng.choice(["2021", "2019"]), rng.choice(IDS)
    values, _ = drawn(seed, form)
    keys = [key for key in values if key[0] == id_]
    values |= dict.fromkeys(rng.sample(keys, rng.choice([0, 2, len(keys) // 3])), "")
    tables = tables_of(values, form)
    head = rng.choice(["备注", "上年", "同比", "其中：网上", "去年同期", "自定义项", "2022年", "办结率", "总数", "自然人"])
    if kind in ("pipes", "tabs") and head == "自然人":
        head = "备注"  # flattened text writes the label of one cell again in every place that it covers
    cells = [str(rng.randrange(300)), "", "无", "含下属单位", "17%"]
    kept = rng.sample(cells, rng.choice([1, len(cells)]))
    tables[id_] = with_column(tables[id_], id_, form, head, rng.choice([-1, 1, 2, 4]), lambda _: rng.choice(kept))
    if rng.random() < 0.3:
        tables[id_] = numbered(tables[id_], id_, form)
    return blocks_of(tables), values, form


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(sorted(FORMATS)))
@example(698, "unruled")  # words between the labels and all figures of a table without rulings
@example(1250, "docx")  # a column's label twice
@example(303, "unruled")  # a column blank in all rows, words behind the figures
@example(100001, "unruled")  # the labels of the next table are longer than those of this one
@example(700009, "unruled")  # a head that the form has in another table, behind the last one
@example(800191, "unruled")  # and before the first one
@example(800443, "unruled")  # a head right above words of the first row
@example(801069, "unruled")  # words in a row between its label and its figures
def test_no_added_column_moves_a_figure_silently(seed: int, kind: str) -> None:
    blocks, values, form = any_print(seed, kind)
    result = scored(blocks, values, kind, form)
    assert result.silent == 0, [error for error in result.errors if not error.flagged]


def parted(rows: Rows, heads: tuple[str, str], ours: int) -> Rows:
    """Every column of figures parted in two below its header."""
    wider: Rows = []
    for row in rows:
        label, *rest = (text for text, _ in spans(row))
        if rest[0].isdigit():
            pairs = [(text, "4") if ours == 0 else ("4", text) for text in rest]
            wider.append([label, *(text for pair in pairs for text in pair)])
        else:
            wider += [[label, *((text, 2) for text in rest)], ["", *(text for _ in rest for text in heads)]]
    return wider


def doubled(rows: Rows, heads: tuple[str, str], ours: int) -> Rows:
    """All columns printed twice, below a head for each half."""
    width = len(rows[0]) - 1
    wider: Rows = [["", (heads[0], width), (heads[1], width)]]
    for row in rows:
        theirs = ["4" if text.isdigit() else text for text, _ in spans(row)[1:]]
        wider.append([row[0], *([*row[1:], *theirs] if ours == 0 else [*theirs, *row[1:]])])
    return wider


@CELLS_INTERVALS_TEXT
@pytest.mark.parametrize("shape", [parted, doubled])
@pytest.mark.parametrize(
    ("heads", "ours"),
    [(("本年", "上年"), 0), (("上年", "本年"), 1), (("2023年", "2022年"), 0), (("2022年", "2023年"), 1), (("甲", "乙"), 0)],
)
def test_two_years_beside_each_other_are_told_by_their_heads(
    kind: str, shape: Callable[[Rows, tuple[str, str], int], Rows], heads: tuple[str, str], ours: int
) -> None:
    values, tables = drawn(3)
    tables["applications"] = shape(tables["applications"], heads, ours)
    result = scored(blocks_of(tables), values, kind)
    assert result.silent == 0
    if kind in ("html", "docx", "pdf") and heads != ("甲", "乙"):
        assert (result.exact, result.flags) == (result.cells, 0)


def test_figures_of_another_year_beside_blank_ones_are_never_read_as_the_report_s() -> None:
    """In text without intervals: the only figures of each row are the other year's."""
    _, tables = drawn(3)
    rows = tables["applications"]
    blank = [[text if not text.isdigit() else "" for text, _ in spans(row)] for row in rows]
    wider: Rows = [["", "2023年", "2022年"], ["", "申请人情况", "申请人情况"]]
    for row, ours in zip(rows, blank, strict=True):
        theirs = [text if not text.isdigit() else "4" for text, _ in spans(row)[1:]]
        wider.append([*ours, *theirs])
    tables["applications"] = wider
    report = report_of(blocks_of(tables), "tabs")
    read = [cell for cell in report.cells if cell.table == "applications" and cell.state == "read"]
    assert read == []


def beside(tables: Tables, label: str, head: str) -> Rows:
    """The table 行政复议、行政诉讼 with labels of its rows before and a column behind."""
    top, outcomes, figures = tables["review_litigation"]
    return [["类别", *top, head], ["结果", *outcomes, ""], [label, *figures, ""]]


@EVERY_FORMAT
def test_the_side_by_side_table_with_labels_and_another_year_below(kind: str) -> None:
    values, tables = drawn(3)
    rows = beside(tables, "本年", "备注")
    last: list[Cell] = ["上年", *(["4"] * 15), ""]
    prints: list[Rows] = [rows, [*rows, last], [*rows[:2], last, rows[2]]]
    for printed in prints:
        result = scored(blocks_of(tables | {"review_litigation": printed}), values, kind)
        assert result.silent == 0
        if kind != "unruled":
            assert result.exact == result.cells
    unnamed: Rows = [*rows[:2], ["甲", *(["4"] * 15), ""], ["乙", *rows[2][1:]]]
    assert scored(blocks_of(tables | {"review_litigation": unnamed}), values, kind).silent == 0


@CELLS_INTERVALS_TEXT
@pytest.mark.parametrize(
    "heads", [("法律服务机枸", "###"), ("甲乙", "丙丁"), ("2020年", "其中：网上"), ("甲乙", "社会公益组只")]
)
def test_columns_in_another_order_under_heads_that_say_something_else_are_never_silent(
    kind: str, heads: tuple[str, str]
) -> None:
    values, tables = drawn(3)
    rows = [[*row[:4], row[5], row[4], *row[6:]] for row in tables["applications"]]
    rows[0] = [*rows[0][:4], *heads, *rows[0][6:]]
    tables["applications"] = rows
    assert scored(blocks_of(tables), values, kind).silent == 0
