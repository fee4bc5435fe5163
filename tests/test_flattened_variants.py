"""What authors do to the form, in text that lost its layout: right, or flagged at the row that it concerns."""

from __future__ import annotations

import random

import pytest

from gov_extract.forms import load_forms
from gov_extract.parse.values import read_figure
from gov_extract.report import Report
from gov_extract.schema import Cell
from tests.printed import FLAT, Tables, blocks_of, drawn, report_of, scored, spans

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

BESIDE = ["{}详见附件", "{}□", "{} □", "{}余", "{}①", "{}*", "{}，详见附件", "{}。详见说明", "{}（约）", "{}+", "{}％", "{}见注1",
          "{}起/次", "{}-", "{}千", "{}户", "{}万件", "约{}", "近{}件", "①{}", "*{}", "≥{}", "共{}", "注{}", "人民币{}",
          "{}(含2件)", "{}其中2件部分公开"]  # fmt: skip


@EVERY_TEXT
@pytest.mark.parametrize("printed", BESIDE)
def test_words_and_signs_beside_a_figure_are_read_as_in_a_cell(kind: str, printed: str) -> None:
    for seed in range(3):
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
            assert all(wrong.flagged or wrong.key == key for wrong in scored(blocks, values, kind).errors)


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
