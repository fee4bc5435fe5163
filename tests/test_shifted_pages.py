"""Tables whose pages lie sideways of each other (mirrored margins, cropped pages): no column is taken for its neighbour."""

from __future__ import annotations

import random

import pytest

from gov_extract.forms import load_forms
from gov_extract.report import Report, extract
from tests.filled_forms import Values, indicator_rows, random_values
from tests.pdf_writer import PageSpec, shown, write_pdf

FORM = load_forms()["2014"]
TABLE = FORM.tables["statistics"]
SIZE, HEIGHT = 8.0, 14.0
A_PAGE = 50
EDGES = {"narrow": (60.0, 330.0, 366.0, 402.0, 438.0), "wide": (50.0, 300.0, 350.0, 430.0, 510.0)}
SIDES = {"left": 0.0, "centred": 0.5, "right": 1.0}


def rule(x0: float, y0: float, x1: float, y1: float) -> str:
    return f"{x0} {y0} m {x1} {y1} l S\n"


def annex(values: Values, shift: float, edges: tuple[float, ...], side: str, *, ruled: bool, empty: frozenset[int]) -> Report:
    """The annex with a column of figures up to now, whose second page lies `shift` points to the right."""
    rows = [[*row, str(1000 + n) if row[-1].isdigit() else ""] for n, row in enumerate(indicator_rows(TABLE, values))]
    rows[0][2:] = ["本期", "累计"]
    for n in empty:
        rows[n][3] = ""
    pages = [shown(80, 815, "某县教育局2016年政府信息公开工作年度报告", 11)]
    for start in range(0, len(rows), A_PAGE):
        at = shift if start else 0.0
        content = "" if start else pages.pop()
        top = 800.0
        for n, row in enumerate(rows[start : start + A_PAGE]):
            y = top - HEIGHT * (n + 1)
            for k, text in enumerate(row):
                width = sum(SIZE if ord(c) > 255 else SIZE / 2 for c in text)
                room = edges[k + 1] - edges[k] - 6 - width
                x = edges[k] + 3 + (room * SIDES[side] if k else 0)
                content += shown(round(at + x, 2), y + 4, text, SIZE) if text else ""
        if ruled:
            lines = len(rows[start : start + A_PAGE])
            content += "".join(
                rule(at + edges[0], top - HEIGHT * n, at + edges[-1], top - HEIGHT * n) for n in range(lines + 1)
            )
            content += "".join(rule(at + x, top, at + x, top - HEIGHT * lines) for x in edges)
        pages.append(content)
    return extract(write_pdf([PageSpec(page) for page in pages]), name="a.pdf")


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("width", EDGES)
@pytest.mark.parametrize("ruled", [True, False])
def test_the_columns_of_a_shifted_page_are_not_taken_for_each_other(side: str, width: str, ruled: bool) -> None:
    rng = random.Random(f"{side} {width} {ruled}")
    values = random_values(FORM, rng)
    truth = {row: float(raw) for (table, row, _), raw in values.items() if table == "statistics"}
    for shift in (0.0, 9.0, 18.0, 28.0, 36.0, -18.0, -28.0, -40.0):
        empty = frozenset(rng.sample(range(52, 58), 3))
        report = annex(values, shift, EDGES[width], side, ruled=ruled, empty=empty)
        read = {c.row: c.value for c in report.cells if not c.row.startswith("extra.") and c.state == "read"}
        assert {row: value for row, value in read.items() if value != truth[row]} == {}, shift
        if ruled or not shift:
            assert len(read) == len(truth), shift
