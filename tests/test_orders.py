"""Columns and rows in another order than the form's are read by their labels, or flagged."""

from __future__ import annotations

import random

import pytest

from gov_extract.forms import load_forms
from gov_extract.parse.vocabulary import named_rows
from tests.filled_forms import Values
from tests.printed import FORMATS, Rows, blocks_of, drawn, scored

EVERY_FORMAT = pytest.mark.parametrize("kind", sorted(FORMATS))
FORMS = pytest.mark.parametrize("form", ["2021", "2019"])


def permuted(rows: Rows, rng: random.Random) -> Rows:
    """The columns of figures in another order, the same one under each header."""
    orders: dict[int, list[int]] = {}
    shuffled: Rows = []
    for row in rows:
        n = len(row) - 1
        order = orders.setdefault(n, rng.sample(range(n), n))
        shuffled.append([row[0], *(row[1 + k] for k in order)])
    return shuffled


@EVERY_FORMAT
@FORMS
@pytest.mark.parametrize("seed", range(2))
def test_columns_in_another_order_are_told_by_their_heads(kind: str, form: str, seed: int) -> None:
    values, tables = drawn(seed, form)
    rng = random.Random(seed)
    for id_ in ("active_disclosure", "applications"):
        tables[id_] = permuted(tables[id_], rng)
    top, outcomes, figures = tables["review_litigation"]
    inner, outer = rng.sample(range(5), 5), rng.sample(range(3), 3)
    order = [5 * group + k for group in outer for k in inner]
    tables["review_litigation"] = [[top[group] for group in outer], [outcomes[k] for k in order], [figures[k] for k in order]]
    result = scored(blocks_of(tables), values, kind, form)
    assert (result.exact, result.silent) == (result.cells, 0)


def turned(rows: Rows) -> Rows:
    """Columns as rows."""
    return [list(column) for column in zip(*rows, strict=True)]


@EVERY_FORMAT
@FORMS
def test_the_table_of_applications_printed_the_other_way_round(kind: str, form: str) -> None:
    values, tables = drawn(3, form)
    tables["applications"] = turned(tables["applications"])
    result = scored(blocks_of(tables), values, kind, form)
    assert result.silent == 0
    if kind != "unruled":
        assert result.exact == result.cells


def review_rows(values: Values, *, turned_round: bool) -> Rows:
    table = load_forms()["2021"].tables["review_litigation"]
    rows: Rows = [["类别", *(column.label for column in table.columns)]]
    rows += [[row.label, *(values[table.id, row.code, column.code] for column in table.columns)] for row in table.rows]
    return turned(rows) if turned_round else rows


@EVERY_FORMAT
@pytest.mark.parametrize("turned_round", [False, True])
def test_reviews_and_litigation_below_each_other(kind: str, turned_round: bool) -> None:
    values, tables = drawn(3)
    tables["review_litigation"] = review_rows(values, turned_round=turned_round)
    result = scored(blocks_of(tables), values, kind)
    assert result.silent == 0
    assert turned_round or result.exact == result.cells


@pytest.mark.parametrize(
    ("label", "row"),
    [("行政诉讼（未经复议直接起诉）", "litigation_direct"), ("行政诉讼-复议后起诉", "litigation_after_review")],
)
def test_rows_of_litigation_are_known_by_their_group_and_label_in_one(label: str, row: str) -> None:
    assert ("review_litigation", row) in named_rows(label)
