"""Tables of the form in parts, with more or less than the form has: read, or flagged at the row, in every format."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from gov_extract.forms import load_forms
from gov_extract.report import extract
from tests.filled_forms import Values, random_values, truth_of
from tests.measure.score import Score, score
from tests.printed import FLAT, FORMATS, Block, Rows, Tables, blocks_of, drawn, flattened, report_of, scored, spans

EVERY_FORMAT = pytest.mark.parametrize("kind", sorted(FORMATS))
REVIEW = load_forms()["2021"].tables["review_litigation"]
OUTCOMES = [column.label for column in REVIEW.columns]
ROWS = [row.label for row in REVIEW.rows]


def figures(values: Values, row: int) -> list[str]:
    """The figures of one row of the table of reviews and litigation."""
    return [values[REVIEW.id, REVIEW.rows[row].code, column.code] for column in REVIEW.columns]


def with_reviews(tables: Tables, instead: list[Block]) -> list[Block]:
    """The report with other blocks in the place of the table of reviews and litigation."""
    blocks = blocks_of(tables)
    at = blocks.index(tables[REVIEW.id])
    blocks[at : at + 1] = instead
    return blocks


# ── Reviews and litigation in parts ─────────────────────────────────────────────────────────────────────────────────────


def two_tables(values: Values) -> tuple[Rows, Rows]:
    """行政复议 and 行政诉讼 with a header each."""
    first: Rows = [[("行政复议", 5)], [*OUTCOMES], [*figures(values, 0)]]
    second: Rows = [
        [("行政诉讼", 10)],
        [(ROWS[1], 5), (ROWS[2], 5)],
        [*OUTCOMES, *OUTCOMES],
        [*figures(values, 1), *figures(values, 2)],
    ]
    return first, second


@EVERY_FORMAT
@pytest.mark.parametrize("titles", [("", ""), ("（一）行政复议情况", "（二）行政诉讼情况"), ("1.行政复议", "2.行政诉讼")])
def test_reviews_and_litigation_as_two_tables_with_headers_of_their_own(kind: str, titles: tuple[str, str]) -> None:
    values, tables = drawn(3)
    first, second = two_tables(values)
    pairs: list[Block] = [titles[0], first, titles[1], second]
    result = scored(with_reviews(tables, [block for block in pairs if block]), values, kind)
    assert (result.exact, result.flags) == (result.cells, 0)


@EVERY_FORMAT
@pytest.mark.parametrize("titles", [("（一）行政复议", "（二）行政诉讼"), ("行政复议", "行政诉讼")])
def test_the_row_of_a_table_may_be_named_by_the_line_above_it_alone(kind: str, titles: tuple[str, str]) -> None:
    values, tables = drawn(3)
    first, second = two_tables(values)
    result = scored(with_reviews(tables, [titles[0], first[1:], titles[1], second[1:]]), values, kind)
    assert (result.exact, result.flags) == (result.cells, 0)


@EVERY_FORMAT
def test_a_table_for_each_row_of_reviews_and_litigation(kind: str) -> None:
    values, tables = drawn(3)
    parts: list[Block] = [[[(ROWS[k], 5)], [*OUTCOMES], [*figures(values, k)]] for k in range(3)]
    result = scored(with_reviews(tables, parts), values, kind)
    assert (result.exact, result.flags) == (result.cells, 0)


@EVERY_FORMAT
def test_tables_apart_whose_rows_have_labels(kind: str) -> None:
    values, tables = drawn(3)
    head = ["类别", *OUTCOMES]
    first: Rows = [[*head], [ROWS[0], *figures(values, 0)]]
    second: Rows = [[*head], [ROWS[1], *figures(values, 1)], [ROWS[2], *figures(values, 2)]]
    result = scored(with_reviews(tables, ["行政复议情况", first, "行政诉讼情况", second]), values, kind)
    assert (result.exact, result.flags) == (result.cells, 0)


@pytest.mark.parametrize("kind", ["html", "pdf", "pipes"])
def test_a_part_that_is_not_there_is_missing_row_by_row(kind: str) -> None:
    values, tables = drawn(3)
    first, _ = two_tables(values)
    report = report_of(with_reviews(tables, [first]), kind)
    states = {cell.row: cell.state for cell in report.cells if cell.table == REVIEW.id}
    assert states == {"review": "read", "litigation_direct": "missing", "litigation_after_review": "missing"}
    warned = {f.row for f in report.findings if f.code == "row_missing"}
    assert warned == {"litigation_direct", "litigation_after_review"}


@EVERY_FORMAT
def test_outcomes_below_each_other(kind: str) -> None:
    values, tables = drawn(3)
    columns = [figures(values, k) for k in range(3)]
    rows: Rows = [["类别", *ROWS]]
    rows += [[name, *(column[n] for column in columns)] for n, name in enumerate(OUTCOMES)]
    result = scored(blocks_of({**tables, REVIEW.id: rows}), values, kind)
    assert (result.exact, result.silent) == (result.cells, 0)


@EVERY_FORMAT
@pytest.mark.parametrize("words", [("单位：件",), ("（单位：件）",), ("件",) * 15])
def test_a_row_of_units_between_header_and_figures_is_no_figure(kind: str, words: tuple[str, ...]) -> None:
    values, tables = drawn(3)
    top, outcomes, ink = tables[REVIEW.id]
    between: list[str | tuple[str, int]] = [(words[0], 15)] if len(words) == 1 else [*words]
    result = scored(blocks_of({**tables, REVIEW.id: [top, outcomes, between, ink]}), values, kind)
    assert (result.exact, result.flags) == (result.cells, 0)


@EVERY_FORMAT
@pytest.mark.parametrize(("at", "head"), [(2, "小计"), (4, "小计"), (3, "已审结")])
def test_a_subtotal_among_the_outcomes_belongs_to_none_of_them(kind: str, at: int, head: str) -> None:
    values, tables = drawn(3)
    heads, ink = list[str](), list[str]()
    for k in range(3):
        own = figures(values, k)
        heads += [*OUTCOMES[:at], head, *OUTCOMES[at:]]
        ink += [*own[:at], str(sum(map(int, own[:at]))), *own[at:]]
    rows: Rows = [[(name, 6) for name in ROWS], [*heads], [*ink]]
    result = scored(blocks_of({**tables, REVIEW.id: rows}), values, kind)
    assert (result.exact, result.flags) == (result.cells, 0)


@pytest.mark.parametrize("line", [" | ".join, "\t".join])
@pytest.mark.parametrize(("at", "head"), [(2, "小计"), (3, "已审结")])
def test_a_subtotal_below_spans_that_are_written_again_in_each_cell(
    line: Callable[[list[str]], str], at: int, head: str
) -> None:
    values, tables = drawn(3)
    outcomes = [*OUTCOMES[:at], head, *OUTCOMES[at:]]
    ink = [
        text for k in range(3) for own in [figures(values, k)] for text in (*own[:at], str(sum(map(int, own[:at]))), *own[at:])
    ]
    rows: Rows = [
        [*["行政复议"] * 6, *["行政诉讼"] * 12],
        [*outcomes, *[ROWS[1]] * 6, *[ROWS[2]] * 6],
        [*outcomes * 3],
        [*ink],
    ]
    report = extract(flattened(blocks_of({**tables, REVIEW.id: rows}), line), name="report")
    result = score("text", report, truth_of(load_forms()["2021"], values))
    assert (result.exact, result.flags) == (result.cells, 0)
    assert [f.code for f in report.findings if f.table == REVIEW.id] == ["extra_column"]


@pytest.mark.parametrize("lost", [None, 0, 1, 2, 3])
@pytest.mark.parametrize(("at", "head"), [(2, "小计"), (4, "小计"), (3, "已审结")])
def test_a_subtotal_below_spans_that_are_written_once(at: int, head: str, lost: int | None) -> None:
    """A row that lacks one of its cells leaves the columns open: where its texts stand then says nothing."""
    values, tables = drawn(3)
    outcomes = [*OUTCOMES[:at], head, *OUTCOMES[at:]]
    ink = [
        text for k in range(3) for own in [figures(values, k)] for text in (*own[:at], str(sum(map(int, own[:at]))), *own[at:])
    ]
    rows: Rows = [
        ["行政复议", *[""] * 5, "行政诉讼", *[""] * 11],
        [*outcomes, ROWS[1], *[""] * 5, ROWS[2], *[""] * 5],
        [*[""] * 6, *outcomes * 2],
        [*ink],
    ]
    if lost is not None:
        rows[lost] = [*rows[lost][:1], *rows[lost][2:]]
    report = report_of(blocks_of({**tables, REVIEW.id: rows}), "pipes")
    result = score("text", report, truth_of(load_forms()["2021"], values))
    assert result.silent == 0
    assert (result.exact == result.cells) == (lost is None)


# ── Applications with more or fewer columns ─────────────────────────────────────────────────────────────────────────────


def without_total() -> tuple[Values, list[Block], dict[str, object]]:
    values, tables = drawn(3)
    tables["applications"] = [row[:-1] for row in tables["applications"]]
    truth = truth_of(load_forms()["2021"], values)
    gone = ("applications", "total")
    truth["cells"] = [[*c[:3], None, "missing", None] if (c[0], c[2]) == gone else c for c in truth["cells"]]
    return values, blocks_of(tables), truth


@pytest.mark.parametrize("kind", [*sorted(FORMATS), *(kind for kind in sorted(FLAT) if kind != "glued")])
def test_a_table_of_applications_without_totals_lacks_them_and_is_read(kind: str) -> None:
    _, blocks, truth = without_total()
    report = report_of(blocks, kind)
    result = score(kind, report, truth)
    assert (result.exact, result.silent) == (result.cells, 0)
    assert [(f.table, f.column) for f in report.findings if f.code == "column_missing"] == [("applications", "total")]


def test_a_column_whose_figures_stand_outside_the_cells_is_not_left_out() -> None:
    """The last column has no borders, its head and figures are words beside the grid."""
    values, tables = drawn(3)
    result = scored(blocks_of({**tables, "applications": open_column(tables["applications"])}), values, "pdf")
    assert result.silent == 0


def open_column(rows: Rows) -> Rows:
    """The rows with the last column's texts far behind the end of the cell before them, past its border."""
    return [[*row[:-2], f"{spans(row)[-2][0]}{' ' * 40}{spans(row)[-1][0]}"] if len(row) > 1 else row for row in rows]


@EVERY_FORMAT
@pytest.mark.parametrize("head", ["上年总计", "去年总计", "上年度合计"])
@pytest.mark.parametrize("before", [False, True])
def test_last_year_s_total_is_not_the_total(kind: str, head: str, before: bool) -> None:
    values, tables = drawn(3)
    first, *rows = tables["applications"]
    at = len(first) - before
    wider: Rows = [[*first[:at], head, *first[at:]], *([*r[:at], str(n % 7), *r[at:]] for n, r in enumerate(rows))]
    result = scored(blocks_of({**tables, "applications": wider}), values, kind)
    assert (result.exact, result.silent) == (result.cells, 0)
    assert kind == "unruled" or result.flags == 0


@pytest.mark.parametrize("kind", ["html", "docx", "pdf", "unruled", "pipes", "tabs"])
@pytest.mark.parametrize("blank", [False, True])
def test_a_column_s_label_that_stands_twice_leaves_the_other_columns_alone(kind: str, blank: bool) -> None:
    values, tables = drawn(3)
    first, *rows = tables["applications"]
    wider: Rows = [
        [*first[:2], first[1], *first[2:]],
        *([*r[:2], "" if blank else str(n % 3), *r[2:]] for n, r in enumerate(rows)),
    ]
    result = scored(blocks_of({**tables, "applications": wider}), values, kind)
    assert (result.wrong, result.silent) == (0, 0)
    assert {wrong.key[2] for wrong in result.errors} <= {"natural_person"}


# ── Figures in brackets ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", [*sorted(FORMATS), *(kind for kind in sorted(FLAT) if kind != "glued")])
@pytest.mark.parametrize("printed", ["（{}）", "({})"])
def test_a_figure_in_brackets_is_ink_that_cannot_be_read(kind: str, printed: str) -> None:
    values, tables = drawn(3)
    rng = random.Random(1)
    form = load_forms()["2021"]
    keys = {id_: [(id_, row.code, c.code) for row in form.tables[id_].rows for c in row.columns] for id_ in tables}
    chosen = []
    for id_, rows in tables.items():
        places = [(r, c) for r, row in enumerate(rows) for c, (text, _) in enumerate(spans(row)) if text.isdigit()]
        n = rng.randrange(len(places))
        r, c = places[n]
        rows[r][c] = printed.format(spans(rows[r])[c][0])
        chosen.append(keys[id_][n])
    report = report_of(blocks_of(tables), kind)
    cells = {(cell.table, cell.row, cell.column): cell for cell in report.cells}
    assert {cells[key].state for key in chosen} == {"unreadable"}
    warned = {(f.table, f.row) for f in report.findings if f.severity == "warning"}
    assert warned >= {key[:2] for key in chosen}
    assert {wrong.key for wrong in scored(blocks_of(tables), values, kind).errors} == set(chosen)


# ── Annexes whose figures are parted by bodies ──────────────────────────────────────────────────────────────────────────

PARTED: dict[str, tuple[Rows, Callable[[str, str, str], list[str]]]] = {
    "total last": ([["统计指标", "单位", "市本级", "县区", "合计"]], lambda one, other, total: [one, other, total]),
    "total first": ([["统计指标", "单位", "合计", "市直部门", "县（市、区）"]], lambda one, other, total: [total, one, other]),
    "of which": ([["统计指标", "单位", "统计数", "其中：本级"]], lambda one, _, total: [total, one]),
    "below the value's head": (
        [["统计指标", "单位", ("统计数", 3)], ["", "", "市本级", "县区", "合计"]],
        lambda one, other, total: [one, other, total],
    ),
}


@EVERY_FORMAT
@pytest.mark.parametrize("name", PARTED)
def test_the_value_of_an_annex_is_the_total_of_its_parts(kind: str, name: str) -> None:
    form = load_forms()["2014"]
    values = random_values(form, random.Random(3))
    heads, parts = PARTED[name]
    rows: Rows = [[*head] for head in heads]
    added: list[int] = []
    for row in form.tables["statistics"].rows:
        total = int(values["statistics", row.code, "value"])
        printed = parts(str(total // 3), str(total - total // 3), str(total))
        added += [total // 3, total - total // 3][: len(printed) - 1]
        rows.append([row.label, row.columns[0].unit, *printed])
    blocks: list[Block] = ["某某局2016年政府信息公开工作年度报告", "附件：政府信息公开情况统计表", rows]
    result = parted_score(blocks, values, kind, added)
    assert result.silent == 0
    assert result.exact == result.cells or (kind == "unruled" and name == "below the value's head")


def parted_score(blocks: list[Block], values: Values, kind: str, added: list[int]) -> Score:
    truth = truth_of(load_forms()["2014"], values) | {"added": added}
    return score(kind, extract(FORMATS[kind](blocks), name="report"), truth)
