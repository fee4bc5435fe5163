"""Text that keeps its columns by blanks: what stands below what, broken figures, and what such a text leaves open."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gov_extract.document import Grid
from gov_extract.forms import load_forms
from gov_extract.parse.flat.heads import find_heads
from gov_extract.parse.flat.mending import mended
from gov_extract.parse.flat.spaced import Spaced, Word
from gov_extract.parse.flat.upright import Extent, Head, maps_to_stand, ways_to_stand
from gov_extract.parse.stream import Place, Row
from gov_extract.readers import read
from gov_extract.report import extract
from tests.filled_forms import document_of, random_values, truth_of
from tests.measure.determined import untold
from tests.measure.score import score


def at(text: str, x0: int, *, first: bool = True) -> tuple[str, Extent]:
    return text, Extent(x0, x0 + len(text), first)


def head(x0: int, x1: int, k: int) -> Head:
    return Head(Extent(x0, x1), k, k)


def test_figures_below_a_header_stand_in_its_columns() -> None:
    ways = ways_to_stand({0: [at("12", 21), at("7", 40)]}, 3, [head(20, 24, 0), head(30, 34, 1), head(39, 43, 2)])
    assert ways == {0: (("12", None, "7"),)}


def test_a_figure_between_two_cells_of_the_header_may_be_of_either() -> None:
    ways = ways_to_stand({0: [at("7", 26)]}, 2, [head(20, 24, 0), head(30, 34, 1)])
    assert ways == {0: (("7", None), (None, "7"))}


def test_a_full_row_shows_the_columns_of_the_others() -> None:
    rows = {0: [at("1", 10), at("2", 20), at("3", 30)], 1: [at("44", 19)], 2: [at("5", 14)]}
    ways = ways_to_stand(rows, 3)
    assert ways[1] == ((None, "44", None),)
    assert len(ways[2]) == 2


def test_a_word_one_blank_behind_another_may_stand_too_far_left() -> None:
    heads = [head(20, 24, 0), Head(Extent(25, 29, first=False), 1, 0), head(40, 44, 2)]
    # Below the second word of a run the first one's column may be meant, pushed to the right, but none farther right.
    assert ways_to_stand({0: [at("7", 26)]}, 3, heads) == {0: (("7", None, None), (None, "7", None))}


def test_rows_that_contradict_the_header_are_left_out() -> None:
    heads = [head(20, 24, 0), head(38, 52, 1), head(60, 64, 2)]
    assert ways_to_stand({0: [at("1", 40), at("2", 45)]}, 3, heads) == {}


def test_sums_leave_the_ways_in_which_a_sheet_stands_together() -> None:
    def holds(_: int, way: Sequence[str | None]) -> bool:
        values = [int(text or 0) for text in way]
        return values[2] == values[0] + values[1]

    rows = {0: [at("4", 10), at("4", 30)], 1: [at("1", 10), at("2", 20), at("3", 30)], 2: [at("5", 25), at("5", 30)]}
    found = maps_to_stand(rows, 3, [], holds)
    assert [way[0] for way in found] == [("4", None, "4")]
    assert found[0][2] == (None, "5", "5")


NAMES = [{"结果维持"}, {"结果纠正"}, {"总计"}]


def words(*entries: tuple[str, int], sheet: int = 0) -> tuple[Word, ...]:
    return tuple(Word(text, sheet, x0, x0 + len(text)) for text, x0 in entries)


def test_a_header_broken_over_shifted_lines_is_put_together() -> None:
    lines = [words(("行政复议", 6)), words(("结果维", 0), ("结果纠", 9)), words(("总计", 16)), words(("持", 4), ("正", 8))]
    heads = find_heads(lines, NAMES, 0)
    assert heads.whole
    assert {(piece.extent.x0, piece.k) for piece in heads.pieces} >= {(0, 0), (9, 1), (16, 2)}


def test_pieces_on_the_sheet_before_make_a_header_whole_but_tell_no_place() -> None:
    lines = [words(("结果维持", 0), ("结果纠正", 9)), words(("总计", 30), sheet=1)]
    heads = find_heads(lines, NAMES, 1)
    assert heads.whole
    assert [piece.k for piece in heads.pieces] == [2]


def line(number: int) -> Row:
    return Row("text", number, None, (0, number), 0, (Place("", 0.0, 1.0),), (), (), f"line {number}")


def test_a_figure_broken_round_the_middle_of_its_row_is_one() -> None:
    spaced: Spaced = {
        0: words(("1,22", 40)),
        1: words(("5.属于三类内部事务信息", 4), ("0", 20), ("1,229", 60)),
        2: words(("9", 41)),
    }
    whole = mended(spaced, [line(0), line(1), line(2)])
    assert [word.text for word in whole[1]] == ["5.属于三类内部事务信息", "0", "1,229", "1,229"]
    assert (whole[0], whole[2]) == ((), ())


def test_figures_of_two_rows_are_not_put_together() -> None:
    spaced: Spaced = {
        0: words(("1.属于国家秘密", 4), ("12", 40)),
        1: words(("2.其他", 4), ("0", 20)),
        2: words(("3.其他", 4), ("9", 41)),
    }
    assert mended(spaced, [line(0), line(1), line(2)]) == spaced


@pytest.mark.parametrize("text", ["行政许可          8,569,273\n行政处罚          2,764,072\n行政强制          5,305,338\n"])
def test_thousands_are_no_separators_of_cells(text: str) -> None:
    blocks = read(text.encode(), name="a.txt").pages[0].blocks
    assert {block.kind for block in blocks} == {"text"}


TABLE = """              2023年政府信息公开工作年度报告

二、主动公开政府信息情况
第二十条第（一）项
        信息内容         本年制发件数        本年废止件数        现行有效件数
规章                                        2                    5
行政规范性文件               3                                     8
第二十条第（五）项
        信息内容                    本年处理决定数量
行政许可                                  71
第二十条第（六）项
        信息内容                    本年处理决定数量
行政处罚                                  12
行政强制                                   4
第二十条第（八）项
        信息内容                本年收费金额（单位：万元）
行政事业性收费                              0.5
"""


def test_empty_cells_of_spaced_text_stay_empty() -> None:
    report = extract(TABLE.encode(), name="a.txt")
    got = {(cell.row, cell.column): (cell.state, cell.value) for cell in report.cells if cell.row.startswith("art20_1")}
    assert got == {
        ("art20_1.rules", "issued"): ("blank", None),
        ("art20_1.rules", "repealed"): ("read", 2),
        ("art20_1.rules", "in_force"): ("read", 5),
        ("art20_1.normative_documents", "issued"): ("read", 3),
        ("art20_1.normative_documents", "repealed"): ("blank", None),
        ("art20_1.normative_documents", "in_force"): ("read", 8),
    }


def test_a_text_without_empty_cells_does_not_tell_where_they_were() -> None:
    def row(code: str, *values: float | None) -> list[list[object]]:
        columns = ("issued", "repealed", "in_force")
        return [
            ["active_disclosure", code, c, v, "blank" if v is None else "read", "" if v is None else str(v)]
            for c, v in zip(columns, values, strict=True)
        ]

    cells = [*row("art20_1.rules", 1, None, 2), *row("art20_1.normative_documents", 4, 5, 6)]
    truth = {"forms": {"active_disclosure": "2021"}, "cells": cells}
    assert untold(truth) == {("active_disclosure", "art20_1.rules", c) for c in ("issued", "repealed", "in_force")}


def spaced_lines_of(rows: Sequence[Sequence[str]], gap: int, wide: bool, align: str) -> list[str]:
    """Rows as lines of text: cells joined by so many blanks, or, for 0, set in columns as terminals show them."""
    if gap:
        return [(" " * gap).join(row) for row in rows]

    def width(text: str) -> int:
        return sum(2 if wide and char > "\u2e80" else 1 for char in text)

    sides = [max((width(row[k]) for row in rows if len(row) > k), default=0) + 2 for k in range(max(map(len, rows)))]
    lines = []
    for row in rows:
        cells = []
        for text, side in zip(row, sides, strict=False):
            free = side - width(text)
            before = 0 if align == "left" else free // 2 if align == "middle" else free
            cells.append(" " * before + text + " " * (free - before))
        lines.append("".join(cells).rstrip())
    return lines


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0, 0, 1, 2, 3, 4]), st.booleans(), st.sampled_from(["left", "middle", "right"]))
@example(166642, 0, True, "left")  # by its characters a figure stands under another column's head
@example(166766, 0, True, "middle")
@example(92609, 1, False, "left")  # a blank between cells, everywhere
def test_text_that_only_looks_set_in_columns_is_never_silently_wrong(seed: int, gap: int, wide: bool, align: str) -> None:
    rng = random.Random(seed)
    form = load_forms()["2021"]
    values = random_values(form, rng)
    gone = [key for key, raw in values.items() if raw == "0" or (key[0] == "active_disclosure" and rng.random() < 0.3)]
    values |= dict.fromkeys(gone, "")
    grids = [block for block in document_of(form, values).pages[0].blocks if isinstance(block, Grid)]
    parts = ["某某局2023年政府信息公开工作年度报告"]
    for heading, grid in zip(
        ("二、主动公开", "三、收到和处理政府信息公开申请情况", "四、行政复议、行政诉讼"), grids, strict=True
    ):
        rows = [[cell.text for cell in grid.cells if cell.row == r] for r in range(grid.n_rows)]
        parts += [heading, *spaced_lines_of(rows, gap, wide, align)]
    report = extract("\n".join(parts).encode(), name="a.txt")
    result = score("a.txt", report, truth_of(form, values))
    assert result.silent == 0, [error for error in result.errors if not error.flagged]
