"""Rows of figures that an author has typed one place off, or twice: never read without a word."""

from __future__ import annotations

import pytest

from tests.printed import Rows, blocks_of, drawn, report_of, scored

KINDS = pytest.mark.parametrize("kind", ["html", "pipes"])


def warned(tables: dict[str, Rows], kind: str, code: str) -> set[str | None]:
    return {f.row for f in report_of(blocks_of(tables), kind).findings if f.code == code}


@KINDS
@pytest.mark.parametrize("blank", ["", "-"])
def test_a_blank_total_behind_what_looks_like_it_is_told_of(kind: str, blank: str) -> None:
    _, tables = drawn(3)
    row = tables["applications"][2]
    assert row[0] == "二、上年结转政府信息公开申请数量"
    tables["applications"][2] = [row[0], *row[2:], blank]
    assert warned(tables, kind, "total_blank") == {"carried_in"}
    figures = tables["review_litigation"][-1]
    assert len(figures) == 15
    del figures[7]
    figures.append(blank)
    assert warned(tables, kind, "total_blank") == {"carried_in", "litigation_after_review"}


@KINDS
def test_totals_that_no_row_has_and_one_that_is_left_out_are_not_taken_for_shifted_rows(kind: str) -> None:
    _, tables = drawn(3)
    tables["applications"][1][-1] = tables["applications"][3][-1] = ""
    assert set(tables["applications"][3][1:-1]) == {"0"}
    assert warned(tables, kind, "total_blank") == set()
    tables["applications"] = [tables["applications"][0], *([*row[:-1], ""] for row in tables["applications"][1:])]
    assert warned(tables, kind, "total_blank") == set()


@KINDS
def test_a_column_behind_the_outcomes_does_not_move_them(kind: str) -> None:
    values, tables = drawn(3)
    figures = ["", "2", "", "2", "4", "", "", "1", "", "1", "2", "", "21", "2", "25"]
    places = [key for key in values if key[0] == "review_litigation"]
    values |= dict(zip(places, figures, strict=True))
    head, outcomes, _ = tables["review_litigation"]
    tables["review_litigation"] = [[*head, ""], [*outcomes, ""], [*figures, "53"]]
    assert scored(blocks_of(tables), values, kind).silent == 0


@pytest.mark.parametrize("before", [True, False])
def test_a_row_that_stands_twice_is_told_of_whichever_is_read(*, before: bool) -> None:
    _, tables = drawn(3, "2019")
    rows = tables["active_disclosure"]
    at = next(n for n, row in enumerate(rows) if row[0] == "行政处罚")
    rows.insert(at if before else at + 1, ["行政处罚", "-", "6 2"])
    assert "art20_6.penalties" in warned(tables, "html", "row_repeated")
