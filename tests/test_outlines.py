"""Sections in every manner of numbering, from the file on: number, heading, level, code and text of each are as printed."""

from __future__ import annotations

import pytest

from fixtures.generator import render
from fixtures.generator.outline import STYLES, draw_outline
from gov_extract import extract
from tests.measure.headings import compare

# `make headings` draws all kinds; these need no other program.
KINDS = ("text_tabs", "html_utf8", "docx", "pdf_reportlab")


@pytest.mark.parametrize("style", STYLES)
def test_every_manner_of_numbering_is_read_in_every_format(style: str) -> None:
    plans = [draw_outline(seed, kind, style) for seed, kind in enumerate(KINDS, 400)]
    for sample in render(plans):
        sections, metadata = compare(extract(sample.data, name=sample.name), sample.truth)
        assert (sample.name, sections, metadata) == (sample.name, [], [])


def test_a_plan_is_the_same_for_the_same_seed() -> None:
    assert draw_outline(1, "docx", "auto") == draw_outline(1, "docx", "auto")
    with pytest.raises(ValueError, match="unknown style"):
        draw_outline(1, "docx", "roman")
