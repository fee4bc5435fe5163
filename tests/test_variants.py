"""What authors do to the form: right, or flagged at the row that it concerns, in every format."""

from __future__ import annotations

import random

import pytest

from tests.printed import FORMATS, Tables, drawn, report_of, scored, spans

EVERY_FORMAT = pytest.mark.parametrize("kind", sorted(FORMATS))


def figures_of(tables: Tables, id_: str) -> list[tuple[int, int]]:
    """Row and cell of every figure of a table."""
    return [(r, c) for r, row in enumerate(tables[id_]) for c, (text, _) in enumerate(spans(row)) if text.isdigit()]


@EVERY_FORMAT
@pytest.mark.parametrize("form", ["2021", "2019"])
def test_the_plain_print_is_exact(kind: str, form: str) -> None:
    values, tables = drawn(3, form)
    result = scored(tables, values, kind, form)
    assert (result.exact, result.silent) == (result.cells, 0)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", ["pdf", "unruled"])
def test_a_raised_mark_behind_a_figure_is_never_read_as_its_digit(kind: str, seed: int) -> None:
    values, tables = drawn(seed)
    rng = random.Random(seed)
    for id_ in tables:
        r, c = rng.choice(figures_of(tables, id_))
        tables[id_][r][c] = f"{tables[id_][r][c]}^{rng.choice('123')}"
    result = scored(tables, values, kind)
    assert result.silent == 0
    assert not any(got[1] == "read" for *_, got, _ in result.errors)
