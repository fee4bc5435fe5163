"""What authors do to the form: right, or flagged at the row that it concerns, in every format."""

from __future__ import annotations

import random

import pytest

from gov_extract.forms import load_forms
from gov_extract.parse.values import read_figure
from gov_extract.readers.separators import tabbed
from gov_extract.report import extract
from tests.filled_forms import truth_of
from tests.measure.score import score
from tests.printed import FORMATS, HEADINGS, Block, Rows, Tables, blocks_of, drawn, flattened, report_of, scored, spans

EVERY_FORMAT = pytest.mark.parametrize("kind", sorted(FORMATS))
CELLS_INTERVALS_TEXT = pytest.mark.parametrize("kind", ["html", "pdf", "pipes"])
"""A format with cells, one with intervals and one with neither, for what the parser alone decides."""


def figures_of(tables: Tables, id_: str) -> list[tuple[int, int]]:
    """Row and cell of every figure of a table."""
    return [(r, c) for r, row in enumerate(tables[id_]) for c, (text, _) in enumerate(spans(row)) if text.isdigit()]


@EVERY_FORMAT
@pytest.mark.parametrize("form", ["2021", "2019"])
def test_the_plain_print_is_exact(kind: str, form: str) -> None:
    values, tables = drawn(3, form)
    result = scored(blocks_of(tables), values, kind, form)
    assert (result.exact, result.silent) == (result.cells, 0)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", ["pdf", "unruled"])
def test_a_raised_mark_behind_a_figure_is_never_read_as_its_digit(kind: str, seed: int) -> None:
    values, tables = drawn(seed)
    rng = random.Random(seed)
    for id_ in tables:
        r, c = rng.choice(figures_of(tables, id_))
        tables[id_][r][c] = f"{tables[id_][r][c]}^{rng.choice('123')}"
    result = scored(blocks_of(tables), values, kind)
    assert result.silent == 0
    assert not any(got[1] == "read" for *_, got, _ in result.errors)


IDS = sorted(HEADINGS)


def flagged(blocks: list[Block], kind: str, table: str) -> set[str | None]:
    """The rows of a table that a warning names."""
    return {f.row for f in report_of(blocks, kind).findings if f.severity == "warning" and f.table == table}


@CELLS_INTERVALS_TEXT
@pytest.mark.parametrize("id_", IDS)
@pytest.mark.parametrize(
    ("first", "second"), [("", ""), ("2022年度", "2023年度"), ("2023年度", "2022年度"), ("上年度", "本年度")]
)
def test_of_a_table_printed_twice_the_report_s_year_is_read_and_each_row_that_differs_is_named(
    kind: str, id_: str, first: str, second: str
) -> None:
    """Of copies that name no year the first one stands."""
    values, tables = drawn(3)
    _, other = drawn(4)
    blocks = blocks_of(tables)
    at = blocks.index(tables[id_])
    ours, theirs = tables[id_], other[id_]
    last = first in ("2022年度", "上年度")
    pair: list[Block] = [first, theirs, second, ours] if last else [first, ours, second, theirs]
    blocks[at : at + 1] = [block for block in pair if block]
    result = scored(blocks, values, kind)
    assert (result.exact, result.silent) == (result.cells, 0)
    assert flagged(blocks, kind, id_) >= {key[1] for key in values if key[0] == id_ and values[key] != drawn(4)[0][key]}


@CELLS_INTERVALS_TEXT
@pytest.mark.parametrize("id_", IDS)
def test_of_a_blank_and_a_filled_copy_the_filled_one_is_read(kind: str, id_: str) -> None:
    values, tables = drawn(3)
    blocks = blocks_of(tables)
    blank: Rows = [[(("" if text.isdigit() else text), n) for text, n in spans(row)] for row in tables[id_]]
    for at in (blocks.index(tables[id_]), blocks.index(tables[id_]) + 1):
        result = scored([*blocks[:at], blank, "续表", *blocks[at:]], values, kind)
        assert (result.exact, result.silent) == (result.cells, 0)


@pytest.mark.parametrize("form", ["2021", "2019"])
@pytest.mark.parametrize("sign", [",", ", ", ";", "，", "；", "|", " | ", "｜", "│", '","'])
def test_text_flattened_with_any_separator_is_a_table(sign: str, form: str) -> None:
    values, tables = drawn(3, form)
    quote = '"' if '"' in sign else ""
    data = flattened(blocks_of(tables), lambda row: quote + sign.join(row) + quote)
    result = score("text", extract(data, name="report"), truth_of(load_forms()[form], values))
    assert (result.exact, result.silent, result.flags) == (result.cells, 0, 0)


def test_prose_with_commas_stays_prose() -> None:
    text = "一、总体情况\n2023年，本机关公开3件，收到5件，办结5件，\n咨询，12，34\n其中，规章1件；文件2件；\n"
    assert tabbed(text) == text


@pytest.mark.parametrize("seed", range(3))
def test_a_figure_with_thousands_among_commas_is_never_cut_silently(seed: int) -> None:
    values, tables = drawn(seed)
    rng = random.Random(seed)
    for id_ in tables:
        r, c = rng.choice(figures_of(tables, id_))
        tables[id_][r][c] = "12,345"
    result = score(
        "text", extract(flattened(blocks_of(tables), ",".join), name="report"), truth_of(load_forms()["2021"], values)
    )
    assert result.silent == 0


MONEY = {"元": 10000.0, "千元": 10.0, "百万元": 0.01, "亿元": 0.0001}
"""What 1 万元 is in other units."""
HEADS = ("{}（单位：{}）", "{}（{}）", "{}{}", "{}/{}", "{} 单位:{}", "{}\uff08单位\uff1a人民币{}\uff09")


def with_money(unit: str, where: str, form: str) -> tuple[list[Block], dict[tuple[str, str, str], str]]:
    """A report whose only sum of money is printed in another unit, which is said `where`."""
    values, tables = drawn(3, form)
    row, column, label, head = {
        "2021": ("art20_8.administrative_fees", "fees", "行政事业性收费", "本年收费金额"),
        "2019": ("art20_9.central_procurement", "amount", "政府集中采购", "采购总金额"),
    }[form]
    values["active_disclosure", row, column] = "251.5"
    rows = tables["active_disclosure"]
    r = next(n for n, cells in enumerate(rows) if cells[0] == label)
    printed = f"{251.5 * MONEY[unit]:.6f}".rstrip("0").rstrip(".")
    rows[r][-1] = printed + (unit if where == "figure" else "")
    rows[r - 1][-1] = where.format(head, unit) if where in HEADS else head
    if where == "corner":
        rows[r - 1][0] = f"信息内容（单位：{unit}）"
    elif where == "title":
        rows[r - 2][0] = f"{rows[r - 2][0]}（单位：{unit}）"
    elif where == "label":
        rows[r][0] = f"{label}（{unit}）"
    caption = {"caption": f"单位：{unit}", "two units": f"（单位：件、{unit}）"}.get(where)
    blocks = blocks_of(tables, {"active_disclosure": caption} if caption else None)
    if where == "note":
        blocks.insert(blocks.index(rows) + 1, f"注：金额单位为{unit}。")
    return blocks, values


@pytest.mark.parametrize("kind", ["html", "pipes"])
@pytest.mark.parametrize("form", ["2021", "2019"])
@pytest.mark.parametrize("where", [*HEADS, "corner", "title", "label", "caption", "two units", "note", "figure"])
def test_money_in_another_unit_is_given_in_the_form_s(where: str, form: str, kind: str) -> None:
    for unit in MONEY:
        if "人民币" in where and unit != "元":
            continue
        blocks, values = with_money(unit, where, form)
        result = scored(blocks, values, kind, form)
        assert (result.exact, result.silent, result.flags) == (result.cells, 0, 0), unit


@pytest.mark.parametrize(
    "printed", ["￥12,300", "¥12,300", "12300元", "12,300.00元", "人民币12300元", "1.23万元", "1.23万", "￥１２，３００"]
)
def test_a_sum_of_money_says_its_own_unit(printed: str) -> None:
    figure = read_figure(printed, "万元")
    assert figure.state == "unreadable" or (figure.value == 1.23 and "spaces" not in figure.doubts)


@pytest.mark.parametrize("caption", ["单位：件", "（单位：件、万元）", "单位：件（项）", "计量单位：件、项、万元"])
def test_a_caption_with_the_form_s_own_units_says_nothing_new(caption: str) -> None:
    values, tables = drawn(3)
    result = scored(blocks_of(tables, dict.fromkeys(tables, caption)), values, "html")
    assert (result.exact, result.flags) == (result.cells, 0)


@pytest.mark.parametrize(("unit", "warned"), [("万元", True), ("元", False)])
def test_a_currency_s_sign_under_another_unit_is_told_of(unit: str, *, warned: bool) -> None:
    """¥12.5 under 万元 may be a format that shows money (Excel's), not a sum in 元."""
    _, tables = drawn(3)
    rows = tables["active_disclosure"]
    r = next(n for n, cells in enumerate(rows) if cells[0] == "行政事业性收费")
    rows[r - 1][-1], rows[r][-1] = f"本年收费金额（单位：{unit}）", "¥12.5"
    assert ("art20_8.administrative_fees" in flagged(blocks_of(tables), "html", "active_disclosure")) is warned
