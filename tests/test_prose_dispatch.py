"""Lists of words tried only where one can begin: the same answers as the pattern itself gives."""

from __future__ import annotations

import json
import tomllib
from importlib import resources
from pathlib import Path

import pytest
import regex

from gov_extract.parse.prose.dispatch import Dispatch
from gov_extract.parse.prose.words import fold

PROSE = Path(__file__).parents[1] / "fixtures" / "prose"
TEXTS = [fold(paragraph["text"]) for paragraph in json.loads((PROSE / "development.json").read_text("utf-8"))]
WORDS = tomllib.loads(resources.files("gov_extract.data").joinpath("subjects.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", ["leading_pattern", "stops_pattern"])
def test_the_answers_are_those_of_the_pattern(name: str) -> None:
    pattern, dispatch = regex.compile(WORDS[name]), Dispatch(WORDS[name])
    for text in TEXTS:
        for at in range(len(text)):
            expected, found = pattern.match(text, at, at + 24), dispatch.match(text, at, at + 24)
            assert (found and found.span()) == (expected and expected.span()), text[at : at + 24]


@pytest.mark.parametrize("pattern", ["[^a]b|c", r"\p{Han}件|x", r"(?:ab?)?c|(?<=x)d", r"\d+|[,\s]", "a|ab"])
def test_alternatives_of_every_kind_are_told(pattern: str) -> None:
    text = "abcab,xd 12件cxb"
    compiled, dispatch = regex.compile(pattern), Dispatch(pattern)
    for at in range(len(text)):
        expected, found = compiled.search(text, at), dispatch.search(text, at, len(text))
        assert (found and found.span()) == (expected and expected.span()), at
