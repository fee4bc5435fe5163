"""The prose truth is consistent: fields, offsets, subjects and ordinals. What the paragraphs say is not judged here."""

from __future__ import annotations

import json
import re
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

PROSE = Path(__file__).parents[1] / "fixtures" / "prose"
HALVES: dict[str, list[dict[str, Any]]] = {
    name: json.loads((PROSE / f"{name}.json").read_text("utf-8")) for name in ("development", "held_out")
}
LATER: list[dict[str, Any]] = [
    paragraph
    for name in ("fresh", "unseen", "set_aside")
    for paragraph in json.loads((PROSE / f"{name}.json").read_text("utf-8"))
]
SIXTY = [paragraph for half in HALVES.values() for paragraph in half]
PARAGRAPHS = [*SIXTY, *LATER]
IDS = [paragraph["id"] for paragraph in PARAGRAPHS]
SECTIONS = {"overview", "active_disclosure", "applications", "review_litigation", "problems", "other"}
KINDS = {"一是", "一要", "第一", "首先", "其一", "（一）", "（1）", "一、", "1.", "1、", "①"}
MENTION = {"text", "start", "end", "quantity", "unit", "approximate", "subject", "subject_accept"}
ITEM = {"kind", "ordinal", "text", "start", "end"}


def test_the_halves_are_of_one_size_and_share_nothing() -> None:
    assert [len(half) for half in HALVES.values()] == [30, 30]
    assert sorted(paragraph["id"] for paragraph in SIXTY) == [f"p{number:02d}" for number in range(1, 61)]
    assert len({paragraph["text"] for paragraph in PARAGRAPHS}) == len(set(IDS)) == len(PARAGRAPHS)


def test_the_halves_have_the_same_sections() -> None:
    development, held_out = (sorted(paragraph["section"] for paragraph in half) for half in HALVES.values())
    assert development == held_out


@pytest.mark.parametrize("paragraph", PARAGRAPHS, ids=IDS)
def test_a_paragraph_has_its_fields(paragraph: dict[str, Any]) -> None:
    assert set(paragraph) == {"id", "section", "text", "mentions", "items"}
    assert paragraph["section"] in SECTIONS
    assert paragraph["text"] == paragraph["text"].strip() != ""
    assert "\n" not in paragraph["text"]


@pytest.mark.parametrize("paragraph", PARAGRAPHS, ids=IDS)
def test_mentions_stand_where_they_say(paragraph: dict[str, Any]) -> None:
    text, behind = paragraph["text"], 0
    for mention in paragraph["mentions"]:
        assert set(mention) == MENTION
        assert behind <= mention["start"] < mention["end"], mention
        behind = mention["end"]
        assert text[mention["start"] : behind] == mention["text"] == mention["text"].strip()
        assert type(mention["quantity"]) in (int, float)
        assert mention["quantity"] >= 0
        assert type(mention["approximate"]) is bool
        assert mention["subject"] in mention["subject_accept"]
        assert len(set(mention["subject_accept"])) == len(mention["subject_accept"])
        assert all(subject and subject in text for subject in mention["subject_accept"]), mention


@pytest.mark.parametrize("paragraph", PARAGRAPHS, ids=IDS)
def test_a_mention_prints_its_unit_or_shares_the_next_one(paragraph: dict[str, Any]) -> None:
    text, mentions = paragraph["text"], paragraph["mentions"]
    for mention, following in zip_longest(mentions, mentions[1:]):
        assert mention["unit"]
        if not mention["text"].endswith(mention["unit"]):
            assert following, mention
            assert following["unit"] == mention["unit"]
            assert re.fullmatch(r"[、,和及与至到～~—-]", text[mention["end"] : following["start"]]), mention


@pytest.mark.parametrize("paragraph", PARAGRAPHS, ids=IDS)
def test_items_stand_where_they_say_and_are_counted_from_one(paragraph: dict[str, Any]) -> None:
    text, last = paragraph["text"], dict.fromkeys(KINDS, 0)
    for item in paragraph["items"]:
        assert set(item) == ITEM
        assert text[item["start"] : item["end"]] == item["text"] == item["text"].strip("；。，、; ") != ""
        assert item["ordinal"] in (1, last[item["kind"]] + 1), item
        last[item["kind"]] = item["ordinal"]
    assert [item["start"] for item in paragraph["items"]] == sorted(item["start"] for item in paragraph["items"])
    assert 1 not in {last[item["kind"]] for item in paragraph["items"]}, "a list has at least two points"
