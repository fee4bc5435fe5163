"""Text whose characters are not those that the page shows is told of, and nothing is read from nonsense."""

from __future__ import annotations

import random

import pytest

from gov_extract.report import Report, extract
from tests.handmade import report_text

SHIFTS = {"other ideographs": 7, "accented letters": -0x4D80, "private signs": 0x9000}


def codes(report: Report) -> list[tuple[str, str]]:
    return [(finding.severity, finding.code) for finding in report.findings]


@pytest.mark.parametrize("shift", SHIFTS)
def test_a_text_of_other_characters_fails(shift: str) -> None:
    text = "".join(chr(0x100 + (ord(c) + SHIFTS[shift]) % 0xD000) if c > "\u2e80" else c for c in report_text(2023))
    report = extract(text.encode(), name="a.txt")
    assert (report.status, report.cells) == ("failed", ())
    assert "no Chinese" in (report.error or "")
    assert ("error", "garbled_text") in codes(report)


def test_squares_for_ideographs_fail() -> None:
    text = "".join("■" if c > "\u2e80" else c for c in report_text(2023))
    assert extract(text.encode(), name="a.txt").status == "failed"


def test_ideographs_drawn_at_random_fail() -> None:
    rng = random.Random(5)
    text = "\n".join("".join(chr(rng.randrange(0x5000, 0x9000)) for _ in range(40)) for _ in range(20))
    assert extract(text.encode(), name="a.txt").status == "failed"


def test_accented_letters_among_the_ideographs_are_a_warning() -> None:
    text = report_text(2023).replace("（", "ÿ").replace("）", "Ā").replace("务", "ó")
    report = extract(text.encode(), name="a.txt")
    assert ("warning", "garbled_text") in codes(report)
    assert report.cells


@pytest.mark.parametrize(
    "text",
    [
        report_text(2023),
        report_text(2023).replace("告", "告(gào)").replace("政", "政(zhèng)"),
        "政府資訊公開工作年度報告\n" + "一、概述\n本機關依法公開政府資訊，加強組織領導，完善工作制度。\n" * 6,
        "Annual report on the disclosure of government information. " * 12,
        "某县2012年年报\n全年主动公开信息30条。",
    ],
)
def test_other_texts_are_not(text: str) -> None:
    assert "garbled_text" not in {code for _, code in codes(extract(text.encode(), name="a.txt"))}
