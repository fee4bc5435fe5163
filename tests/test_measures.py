"""The measures: each trap has its handling and something that notices when it is off; what a truth can say is held against."""

from __future__ import annotations

import importlib
import random
from functools import cache
from pathlib import Path

import pytest

from fixtures.generator import ALL_TAGS
from gov_extract.report import understand
from tests.filled_forms import filled
from tests.measure.corpus import documents, truth_of
from tests.measure.faults import figures_swapped
from tests.measure.score import score
from tests.measure.traps import TRAPS

ROOT = Path(__file__).parents[1]


@cache
def committed() -> frozenset[str]:
    """The tags of the committed documents."""
    return frozenset(tag for path in documents() for tag in truth_of(path)["tags"])


@pytest.mark.parametrize("name", TRAPS)
def test_each_trap_has_its_handling_and_something_that_notices(name: str) -> None:
    trap = TRAPS[name]
    assert all(hasattr(importlib.import_module(path), trap.name) for path in trap.module.split())
    assert trap.shown
    for shown in set(trap.shown) - set(trap.tests):
        assert any(shown in tags for tags in ALL_TAGS.values())
        assert shown in committed()
    for shown in trap.tests:
        path, _, test = shown.partition("::")
        assert f"def {test}(" in (ROOT / path).read_text("utf-8")


def test_each_trap_is_in_the_table_of_the_documents() -> None:
    told = (ROOT / "docs" / "measuring.md").read_text("utf-8")
    assert [name for name in TRAPS if f"| {name} |" not in told] == []


@pytest.mark.parametrize("seed", range(12))
def test_rows_with_each_other_s_figures_are_not_silent(seed: int) -> None:
    document, truth = filled("2021", seed)
    damaged = figures_swapped(document, random.Random(seed))
    assert damaged is not None
    assert score("swapped", understand(damaged, b"", ""), truth).silent == 0


def test_a_figure_read_where_nothing_can_be_read_is_silent() -> None:
    document, truth = filled("2021", 3)
    report = understand(document, b"", "")
    nothing = {**truth, "cells": [], "forms": {}, "sections": [], "failing": [], "findings": ["unmapped_font"]}
    result = score("invented", report, nothing)
    assert result.silent == sum(cell.state == "read" for cell in report.cells)
    assert result.findings_wrong == 1


def test_a_figure_read_from_a_font_without_unicode_is_silent() -> None:
    document, truth = filled("2021", 3)
    table, row, column, *rest = truth["cells"][0]
    unread = [[table, row, column, None, "unreadable", *rest[2:]], *truth["cells"][1:]]
    result = score("unmapped", understand(document, b"", ""), {**truth, "cells": unread})
    assert (result.wrong, result.silent, result.exact) == (1, 1, result.cells - 1)
