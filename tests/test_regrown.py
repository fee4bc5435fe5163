"""Cells that wear has joined or torn are told by the labels that they hold; cells with figures stay as they are."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gov_extract.document import Document, Grid, GridCell, Page, Reading
from gov_extract.forms import load_forms
from gov_extract.forms.labels import normalise
from gov_extract.parse.regrown import beside_each_other, regrown
from gov_extract.parse.vocabulary import header_words, named_rows

HEADS = [column.label for column in load_forms()["2021"].tables["applications"].rows[0].columns]
ROWS = [row.label for row in load_forms()["2021"].tables["applications"].rows]


def cell(row: int, column: int, text: str, rowspan: int = 1, colspan: int = 1) -> GridCell:
    return GridCell(row, column, rowspan, colspan, (Reading(text, "ocr", 0.9),))


def mended(cells: list[GridCell], reader: str = "ocr") -> list[tuple[int, int, int, int, str]]:
    height = max(c.row + c.rowspan for c in cells)
    width = max(c.column + c.colspan for c in cells)
    grid = Grid(tuple(cells), height, width, "ruled", 1)
    document = Document("pdf", (Page(1, 595.0, 842.0, (grid,), "", reader=reader),))  # type: ignore[arg-type]
    (block,) = regrown(document).pages[0].blocks
    assert isinstance(block, Grid)
    return [(c.row, c.column, c.rowspan, c.colspan, c.text) for c in block.cells]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_heads_in_one_cell_are_parted(seed: int) -> None:
    rng = random.Random(seed)
    first = rng.randrange(len(HEADS) - 1)
    names = HEADS[first : first + rng.randrange(2, min(5, len(HEADS) - first + 1))]
    cuts = [rng.randrange(1, len(name)) for name in names]
    torn = "".join(name[:cut] for name, cut in zip(names, cuts, strict=True)) + "\n"
    torn += "".join(name[cut:] for name, cut in zip(names, cuts, strict=True))
    step = rng.randrange(1, 3)
    for text in ("".join(names), torn):
        found = beside_each_other(text, step * len(names))
        assert "".join(found) == "".join(names)
        assert len(found) == len(names)


def test_a_head_over_several_columns_is_none() -> None:
    assert beside_each_other("法人或其他组织", 5) == ()
    assert beside_each_other("未经复议直接起诉", 5) == ()
    assert beside_each_other("12 34", 2) == ()


def test_labels_of_rows_in_one_cell_are_parted() -> None:
    stacked = ["7.属于行政执法案卷", "8.属于行政查询事项", "1.本机关不掌握相关\n政府信息"]
    cells = [cell(0, 0, "\n".join(stacked), rowspan=3), *(cell(r, 1, str(r)) for r in range(3))]
    assert [found[4] for found in mended(cells) if found[1] == 0] == stacked
    assert [found for found in mended(cells, "native") if found[1] == 0] == [(0, 0, 3, 1, "\n".join(stacked))]


@pytest.mark.parametrize(
    "text",
    ["三、本年度办理结果", "（三）不予\n公开", "1.属于国家秘密\n的\n信息", "三、\n本年\n度办\n理结\n果", "1.甲\n2.乙\n3.丙"],
)
def test_a_label_over_several_rows_stays(text: str) -> None:
    cells = [cell(0, 0, text, rowspan=3), *(cell(r, 1, str(r)) for r in range(3))]
    assert (0, 0, 3, 1, text) in mended(cells)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_a_label_torn_by_a_stroke_is_joined(seed: int) -> None:
    rng = random.Random(seed)
    label = rng.choice([*HEADS[1:], "未经复议直接起诉", "复议后起诉", "四、结转下年度继续办理"])
    cut = rng.randrange(1, len(label))
    cells = [cell(0, 0, label[:cut]), cell(0, 1, label[cut:], colspan=2), cell(0, 3, "5")]
    found = mended(cells)
    assert "".join(text for *_, text in found) == label + "5"
    assert found in (
        [(0, 0, 1, 3, label), (0, 3, 1, 1, "5")],
        [(0, 0, 1, 1, label[:cut]), (0, 1, 1, 2, label[cut:]), (0, 3, 1, 1, "5")],
    )
    alone = any(named_rows(part) or normalise(part) in header_words() for part in (label[:cut], label[cut:]))
    assert alone or found[0][4] == label  # a part that is a label by itself stays one


@pytest.mark.parametrize("further", ["（上年同期）", "（3件）", "（其中网上）", "3件"])
def test_what_stands_in_brackets_beside_a_label_is_no_part_of_it(further: str) -> None:
    assert [found[4] for found in mended([cell(0, 0, "总计"), cell(0, 1, further)])] == ["总计", further]


def test_figures_in_a_cell_with_labels_are_never_parted() -> None:
    text = "1.属于国家秘密 3\n2.其他法律行政法规禁止公开 0"
    cells = [cell(0, 0, text, rowspan=2), cell(0, 1, ""), cell(1, 1, "")]
    assert (0, 0, 2, 1, text) in mended(cells)


def test_figures_and_whole_labels_are_never_joined() -> None:
    cells = [cell(0, k, text) for k, text in enumerate(["商业企业", "科研机构", "1", "2", "结果维持", "结果纠正"])]
    assert [found[4] for found in mended(cells)] == ["商业企业", "科研机构", "1", "2", "结果维持", "结果纠正"]


def test_the_longest_labels_are_tried_first() -> None:
    assert beside_each_other("本年制发件数\n本年废止件数", 2) == ("本年制发件数", "本年废止件数")
