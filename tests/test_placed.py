"""Tables without cells: which words belong together, and which column a figure stands in."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gov_extract.document import Box, Word
from gov_extract.forms import load_forms
from gov_extract.parse.columns.headers import Header
from gov_extract.parse.columns.rulers import common_edge, told_apart
from gov_extract.parse.placed.parting import parted
from gov_extract.parse.placed.tokens import Token
from gov_extract.parse.stream import Place
from gov_extract.parse.values import looks_like_figure


def token(text: str, x0: float, y: float, x1: float) -> Token:
    box = Box(x0, y, x1, y + 10)
    return Token(text, box, Word(text, box), (0, int(y)), looks_like_figure(text))


def test_a_figure_that_touches_its_label_is_one_where_a_column_of_figures_stands() -> None:
    column = [token("7", 300, 40.0 * k, 305) for k in range(1, 4)]
    texts = [t.text for t in parted([token("信息公开申请8", 100, 0, 305), *column])]
    assert texts == ["信息公开申请", "8", "7", "7", "7"]
    assert parted([token("信息公开申请8", 100, 0, 350), *column])[0].text == "信息公开申请8"


def test_heads_of_narrow_columns_are_parted_by_their_rests_below() -> None:
    below = [token(text, 112 + 30 * k, 11, 122 + 30 * k) for k, text in enumerate("持正")]
    assert [t.text for t in parted([token("结果维结果纠", 100, 0, 160), *below])] == ["结果维", "结果纠", "持", "正"]
    assert [t.text for t in parted([token("结果维结果纠", 100, 0, 160)])] == ["结果维结果纠"]


def header_of(middles: Sequence[float]) -> tuple[Header, tuple]:  # type: ignore[type-arg]
    table = load_forms()["2021"].tables["active_disclosure"]
    columns = next(row.columns for row in table.rows if len(row.columns) == len(middles))
    heads = {c.code: (Place(c.label, x - 20, x + 20), 0, 1.0) for c, x in zip(columns, middles, strict=True)}
    return Header(heads, 0, (0,)), columns


def places(*words: tuple[str, float, float]) -> list[Place]:
    return [Place(*word) for word in words]


def test_few_figures_are_told_by_the_edge_at_which_the_table_lines_up() -> None:
    header, columns = header_of((150, 250, 350))
    rows = [places(("5", 102, 107)), places(("63", 102, 112), ("4718", 302, 322))]
    edge = common_edge([place for row in rows for place in row] + places(("198", 102, 117), ("25.1", 102, 120)))
    assert edge == "left"
    found = told_apart(rows, columns, header, edge)
    assert found is not None
    assert found.points == (102, 202, 302)


@pytest.mark.parametrize("edge", [None, "middle"])
def test_figures_that_may_stand_in_two_columns_are_in_none(edge: str | None) -> None:
    header, columns = header_of((150, 250, 350))
    assert told_apart([places(("5", 195, 200))], columns, header, edge) is None  # type: ignore[arg-type]
