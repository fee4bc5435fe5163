"""What authors do to the form, in text that lost its layout: right, or flagged at the row that it concerns."""

from __future__ import annotations

import random

import pytest

from gov_extract.forms import load_forms
from gov_extract.parse.values import read_figure
from gov_extract.report import Report, extract
from gov_extract.schema import Cell
from tests.filled_forms import truth_of
from tests.measure.score import score
from tests.printed import FLAT, FORMATS, TITLE, Block, Tables, as_html, blocks_of, drawn, report_of, scored, spans, tables_of
from tests.test_variants import MONEY, with_money

EVERY_TEXT = pytest.mark.parametrize("kind", sorted(FLAT))
IDS = ["active_disclosure", "applications", "review_litigation"]


def figures_of(tables: Tables, id_: str) -> list[tuple[int, int]]:
    """Row and cell of every figure of a table."""
    return [(r, c) for r, row in enumerate(tables[id_]) for c, (text, _) in enumerate(spans(row)) if text.isdigit()]


def keys_of(id_: str) -> list[tuple[str, str, str]]:
    """The cells of a table in the order in which they are printed."""
    return [(id_, row.code, column.code) for row in load_forms()["2021"].tables[id_].rows for column in row.columns]


def warned(report: Report) -> set[tuple[str | None, str | None]]:
    """Table and row of every warning."""
    return {(f.table, f.row) for f in report.findings if f.severity != "info"}


def cell_of(report: Report, key: tuple[str, str, str]) -> Cell:
    return next(cell for cell in report.cells if (cell.table, cell.row, cell.column) == key)


@EVERY_TEXT
def test_the_plain_print_is_exact_or_open(kind: str) -> None:
    values, tables = drawn(3)
    result = scored(blocks_of(tables), values, kind)
    assert (result.wrong, result.silent) == (0, 0)
    assert result.exact == result.cells or kind == "glued"


# ── Words and signs beside figures ──────────────────────────────────────────────────────────────────────────────────────

BESIDE = ["{}详见附件", "{}□", "{} □", "{}余", "{}①", "{}*", "{}，详见附件", "{}。详见说明", "{}（约）", "{}+", "{}％",
          "{}见注1", "{}起/次", "{}-", "{}千", "{}户", "{}万件", "约{}", "近{}件", "①{}", "*{}", "≥{}", "共{}", "注{}",
          "人民币{}", "{}(含2件)", "{}其中2件部分公开"]  # fmt: skip


@EVERY_TEXT
@pytest.mark.parametrize("printed", BESIDE)
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.long), pytest.param(2, marks=pytest.mark.long)])
def test_words_and_signs_beside_a_figure_are_read_as_in_a_cell(kind: str, printed: str, seed: int) -> None:
    # The default run takes another table for each of the words.
    seed = (seed + BESIDE.index(printed)) % 3
    values, tables = drawn(seed)
    id_ = IDS[seed]
    places = figures_of(tables, id_)
    for at in (random.Random(seed).randrange(len(places)), len(places) - 1):
        r, c = places[at]
        blocks = blocks_of({**tables, id_: [[*row] for row in tables[id_]]})
        changed = blocks[2 * IDS.index(id_) + 2]
        assert isinstance(changed, list)
        text = printed.format(tables[id_][r][c])
        changed[r][c] = text
        key = keys_of(id_)[at]
        report = report_of(blocks, kind)
        cell = cell_of(report, key)
        meant = read_figure(text, cell.unit or "")
        if cell.state in ("unreadable", "missing") or meant.doubts or meant.value != cell.value:
            assert key[:2] in warned(report)
        result = score(kind, report, truth_of(load_forms()["2021"], values))
        assert all(wrong.flagged or wrong.key == key for wrong in result.errors)


def test_the_words_are_kept_as_printed() -> None:
    _, tables = drawn(1)
    r, c = figures_of(tables, "active_disclosure")[0]
    tables["active_disclosure"][r][c] = "120详见附件"
    report = report_of(blocks_of(tables), "lines")
    cell = cell_of(report, keys_of("active_disclosure")[0])
    assert (cell.raw, cell.value) == ("120详见附件", 120.0)
    assert ("active_disclosure", "art20_1.rules") in warned(report)


@pytest.mark.parametrize("behind", ["三、存在的主要问题", "（三）其他", "。", "；", "\n五、存在的问题", "\n●本年度没有"])
def test_what_follows_a_table_is_none_of_its_last_figure(behind: str) -> None:
    values, tables = drawn(2)
    tables["active_disclosure"][-1][-1] = f"{tables['active_disclosure'][-1][-1]}{behind}"
    result = scored(blocks_of(tables), values, "lines")
    assert (result.exact, result.flags) == (result.cells, 0)


# ── Tables printed twice ────────────────────────────────────────────────────────────────────────────────────────────────


def of_two(ours: list[Block], theirs: list[Block], titles: tuple[str, str], *, last: bool) -> list[Block]:
    pair = [[titles[1], *theirs], [titles[0], *ours]] if last else [[titles[0], *ours], [titles[1], *theirs]]
    return [TITLE, *(block for blocks in pair for block in blocks if block)]


TITLES = [("", "", False), ("2023年度", "2022年度", False), ("2023年度", "2022年度", True), ("本年度", "上年度", True)]


@EVERY_TEXT
@pytest.mark.parametrize(("own", "other", "last"), TITLES)
def test_of_two_sets_of_tables_the_report_s_year_is_read_and_each_row_that_differs_is_named(
    kind: str, own: str, other: str, last: bool
) -> None:
    values, tables = drawn(3)
    theirs, others = drawn(4)
    blocks = of_two(blocks_of(tables)[1:], blocks_of(others)[1:], (own, other), last=last)
    report = report_of(blocks, kind)
    result = scored(blocks, values, kind)
    assert (result.wrong, result.silent) == (0, 0)
    assert result.exact == result.cells or kind == "glued"
    read = {(cell.table, cell.row) for cell in report.cells if cell.state == "read"}
    assert warned(report) >= {key[:2] for key in values if values[key] != theirs[key]} & read


@pytest.mark.parametrize("kind", sorted(FLAT))
@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("flattened", ["ours", "theirs"])
def test_of_a_table_in_markup_and_one_in_text_the_report_s_year_is_read(kind: str, last: bool, flattened: str) -> None:
    values, tables = drawn(5)
    _, others = drawn(6)

    def body(blocks: list[Block], own: bool) -> str:
        if own == (flattened == "ours"):
            if kind == "paragraphs":
                return FLAT[kind](blocks).decode().partition("<body>")[2].partition("</body>")[0]
            return "".join(f"<p>{line}</p>" for line in FLAT[kind](blocks).decode().split("\n"))
        return as_html(blocks).decode().partition("<body>")[2].partition("</body>")[0]

    first = body(["2023年度", *blocks_of(tables)[1:]], own=True)
    second = body(["2022年度", *blocks_of(others)[1:]], own=False)
    page = f"<html><body><p>{TITLE}</p>{second + first if last else first + second}</body></html>"
    report = extract(page.encode(), name="report")
    result = score(kind, report, truth_of(load_forms()["2021"], values))
    assert (result.wrong, result.silent) == (0, 0)
    if flattened == "theirs":
        assert result.exact == result.cells
    assert {table for table, row in warned(report) if row is None} == set(IDS)


@pytest.mark.parametrize("kind", ["lines", "glued"])
@pytest.mark.parametrize("lost", [1, 3])
def test_a_copy_with_worn_or_lost_rows_never_lends_its_figures_silently(kind: str, lost: int) -> None:
    for seed in range(3):
        values, tables = drawn(seed)
        _, others = drawn(seed + 100)
        rng = random.Random(seed)
        worn = {id_: [[*row] for row in rows] for id_, rows in tables.items()}
        gone = {id_: [[*row] for row in rows] for id_, rows in tables.items()}
        for id_ in IDS[:2]:
            for r in rng.sample(sorted({r for r, _ in figures_of(tables, id_)}), lost):
                label = str(tables[id_][r][0])
                worn[id_][r][0] = f"{label[:1]}某{label[2:]}"
                gone[id_][r] = [""]
        for printed in (worn, gone):
            ours = [[row for row in block if row != [""]] if isinstance(block, list) else block for block in blocks_of(printed)]
            assert scored([*ours, *blocks_of(others)[1:]], values, kind).silent == 0


@pytest.mark.parametrize("kind", ["lines", "glued", "paragraphs"])
@pytest.mark.parametrize("last", [False, True])
def test_of_a_blank_form_and_a_filled_one_the_filled_one_is_read(kind: str, last: bool) -> None:
    values, tables = drawn(3)
    blank: Tables = {
        id_: [[("" if text.isdigit() else text, n) for text, n in spans(row)] for row in rows] for id_, rows in tables.items()
    }
    blocks = of_two(blocks_of(tables)[1:], blocks_of(blank)[1:], ("", ""), last=last)
    result = scored(blocks, values, kind)
    assert (result.wrong, result.silent) == (0, 0)
    assert result.exact == result.cells or kind == "glued"


def test_prose_that_names_the_rows_is_no_copy_of_their_table() -> None:
    values, tables = drawn(3)
    labels = [str(row[0]) for id_ in IDS[:2] for row in tables[id_] if len(row) > 1 and str(row[1]).isdigit()]
    prose = "全年" + "，".join(f"{label}{n}件" for n, label in enumerate(labels)) + "。"
    for kind in ("lines", "html"):
        result = scored([TITLE, prose, *blocks_of(tables)[1:]], values, kind)
        assert (result.exact, result.flags) == (result.cells, 0)


# ── Columns in another order, units ─────────────────────────────────────────────────────────────────────────────────────

ORDERS = {
    "total first": [6, 0, 1, 2, 3, 4, 5],
    "total second": [0, 6, 1, 2, 3, 4, 5],
    "total before the last": [0, 1, 2, 3, 4, 6, 5],
    "other first": [5, 0, 1, 2, 3, 4, 6],
}


@EVERY_TEXT
@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("only", ["natural_person", "other_organisation", None])
def test_columns_in_another_order_are_flagged_where_their_rows_add_up_as_well(kind: str, name: str, only: str | None) -> None:
    """All applications of one column: rows with the total printed before it have the sum that the form's order has."""
    values, _ = drawn(2)
    table = load_forms()["2021"].tables["applications"]
    people = [column.code for column in table.columns if column.code != "total"]
    for row in table.rows:
        for person in people:
            if only not in (None, person):
                values[table.id, row.code, person] = "0"
        values[table.id, row.code, "total"] = str(sum(int(values[table.id, row.code, person]) for person in people))
    tables = tables_of(values)
    tables[table.id] = [[row[0], *(row[1 + k] for k in ORDERS[name])] for row in tables[table.id]]
    assert scored(blocks_of(tables), values, kind).silent == 0


@EVERY_TEXT
def test_a_total_that_spans_two_lines_of_the_header_stands_before_the_lower_one(kind: str) -> None:
    values, _ = drawn(2)
    lower = ["商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他"]
    for upper in (["自然人", "法人或其他组织", "总计"], ["法人或其他组织", "总计", "自然人"]):
        tables = tables_of(values)
        tables["applications"][0] = ["申请人情况", *upper, *lower]
        result = scored(blocks_of(tables), values, kind)
        assert (result.wrong, result.silent) == (0, 0)
        assert result.exact == result.cells or kind == "glued"


@pytest.mark.parametrize("kind", sorted(FLAT))
@pytest.mark.parametrize("form", ["2021", pytest.param("2019", marks=pytest.mark.long)])
@pytest.mark.parametrize("where", ["{}（单位：{}）", "corner", "title", "label", "caption", "two units", "note", "figure"])
def test_money_in_another_unit_is_given_in_the_form_s(where: str, form: str, kind: str) -> None:
    for unit in MONEY:
        blocks, values = with_money(unit, where, form)
        result = scored(blocks, values, kind, form)
        assert (result.wrong, result.silent) == (0, 0), unit
        assert kind == "glued" or (result.exact, result.flags) == (result.cells, 0), unit


@pytest.mark.parametrize("kind", [*sorted(FLAT), *sorted(FORMATS)])
@pytest.mark.parametrize("place", ["label", "corner", "title", "caption", "note"])
@pytest.mark.parametrize(("said", "head"), [("元", "万元"), ("千元", "元"), ("千元", "万元")])
def test_units_that_contradict_each_other_are_never_believed_silently(kind: str, place: str, said: str, head: str) -> None:
    blocks, _ = with_money(said, place, "2021")
    rows = next(block for block in blocks if isinstance(block, list))
    at = next(n for n, row in enumerate(rows) if str(row[0]).startswith("行政事业性收费"))
    rows[at - 1][-1] = f"本年收费金额（单位：{head}）"
    report = report_of(blocks, kind)
    assert ("active_disclosure", "art20_8.administrative_fees") in warned(report)


@pytest.mark.parametrize("note", ["注：金额以元计。", "以元为单位", "（金额单位：元）", "单位：元"])
def test_a_note_may_say_the_unit_in_words(note: str) -> None:
    blocks, values = with_money("元", "note", "2021")
    at = next(n for n, block in enumerate(blocks) if isinstance(block, str) and block.startswith("注："))
    blocks[at] = note
    for kind in ("html", "lines"):
        assert scored(blocks, values, kind).silent == 0


def test_the_title_above_a_head_that_is_repeated_over_its_span_parts_no_column() -> None:
    """A blank row before the title looks like one of the header's own."""
    spanned = [
        ("第二十条第（五）项", "本年处理决定数量", "行政许可", ""),
        ("第二十条第（六）项", "本年处理决定数量", "行政处罚", "7"),
    ]
    lines = ["二、主动公开政府信息情况", "| 信息内容 | 本年制发件数 | 本年废止件数 | 现行有效件数 |", "| 规章 | 1 | 2 | 3 |"]
    for title, head, label, figure in spanned:
        lines += [f"| {title} | {title} | {title} | {title} |", f"| 信息内容 | {head} | {head} | {head} |"]
        lines.append(f"| {label} | {figure} | | |")
    report = extract("\n".join(lines).encode(), name="a.md")
    found = {cell.row: (cell.state, cell.value) for cell in report.cells if cell.column == "decisions"}
    assert found["art20_5.licensing"] == ("blank", None)
    assert found["art20_6.penalties"] == ("read", 7.0)
