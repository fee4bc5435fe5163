"""Which of several documents stands for its agency and year.

In: the facts of documents, the rules of ``data/primary.toml``. Out: how each ranks, and why one stands before another.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from gov_extract.errors import FormError

_BEST = ("most", "least", "latest", "first")


class Rule(NamedTuple):
    """A rule: the fact that it looks at, which of its values are best (or the words that make it so), and what it says."""

    fact: str
    best: str | tuple[str, ...]
    words: tuple[str, ...]
    because: str


Rank = tuple[Any, ...]
"""How a document ranks, a place a rule: the least stands."""


@cache
def rules() -> tuple[Rule, ...]:
    """The rules, in their order.

    Raises
    ------
    FormError
        When one cannot be understood.
    """
    data = tomllib.loads(resources.files("gov_extract").joinpath("data/primary.toml").read_text("utf-8"))
    found = []
    for entry in data["rule"]:
        best, words = entry.get("best", ""), tuple(entry.get("words", ()))
        best = tuple(best) if isinstance(best, list) else best
        if bool(best) == bool(words) or (isinstance(best, str) and best and best not in _BEST):
            raise FormError(f"primary: the rule about {entry['fact']} is not understood")
        found.append(Rule(entry["fact"], best, words, entry["because"]))
    return tuple(found)


def rank(facts: Mapping[str, Any]) -> Rank:
    """How a document with these facts ranks among those of its agency and year."""
    return tuple(_place(rule, facts.get(rule.fact)) for rule in rules())


def because(better: Rank, worse: Rank) -> str:
    """Why a document stands before another."""
    return next((rule.because for rule, a, b in zip(rules(), better, worse, strict=True) if a != b), "they are alike")


def _place(rule: Rule, value: Any) -> Any:
    if rule.words:
        return not any(word in (value or "") for word in rule.words)
    if isinstance(rule.best, tuple):
        return rule.best.index(value) if value in rule.best else len(rule.best)
    if rule.best in ("most", "least"):
        return (value is None, 0 if value is None else -value if rule.best == "most" else value)
    if rule.best == "first":
        return value or ""
    # Days are ISO 8601: of these texts the later is the later day.
    return (value is None, tuple(-ord(char) for char in value or ""))
