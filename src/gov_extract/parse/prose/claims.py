"""What the prose says of figures that the tables have as well: 收到…申请N件, 未收到, 办结, 结转, 行政复议, 行政诉讼.

In: a section's folded text and its quantities. Out: `Claim` records. The rules stand in ``data/prose.toml``; a sentence that
speaks of other bodies, channels, years or parts claims nothing, and so does a document that claims two values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import regex

from gov_extract.parse.prose.quantities import Quantity
from gov_extract.parse.prose.words import words

_SENTENCE_ENDS = "。!?\n"
_YEAR = regex.compile(r"(?<!\d)(20\d\d)(?=年)")
# Characters behind a number in which the rest of the phrase stands.
_BEHIND = 16
# The longest sentence and clause before a number (characters).
_SENTENCE = 1000
_CLAUSE = 120
_YUAN_IN_WAN = 10_000.0


class Claim(NamedTuple):
    """A claim: the check's id, the value in 件 (fees: 万元), the words that say so as printed."""

    check: str
    value: float
    words: str


class Target(NamedTuple):
    """Where a table has what a claim speaks of: the sum of its rows in a column."""

    table: str
    rows: tuple[str, ...]
    column: str


class Rule(NamedTuple):
    """How a claim is worded; `needs` must be in the sentence unless the section's code is one of `sections`;
    `refused` may not be in it before the number, `refused_here` not in the number's clause."""

    check: str
    before: regex.Pattern[str] | None
    verb: regex.Pattern[str] | None
    behind: regex.Pattern[str] | None
    zero: regex.Pattern[str] | None
    needs: regex.Pattern[str] | None
    sections: tuple[str, ...]
    refused: regex.Pattern[str] | None
    refused_here: regex.Pattern[str] | None
    units: frozenset[str]
    targets: tuple[Target, ...]


@cache
def rules() -> tuple[Rule, ...]:
    """The rules of ``data/prose.toml``, compiled."""
    raw = words().raw["claims"]

    def pattern(text: str | None) -> regex.Pattern[str] | None:
        if text is None:
            return None
        for name, words_of in raw["patterns"].items():
            text = text.replace(f"{{{name}}}", words_of)
        return regex.compile(text)

    return tuple(
        Rule(
            rule["check"],
            pattern(rule.get("before")),
            pattern(rule.get("verb")),
            pattern(rule.get("behind")),
            pattern(rule.get("zero")),
            pattern(rule.get("needs")),
            tuple(rule.get("sections", ())),
            pattern(rule.get("refused")),
            pattern(rule.get("refused_here")),
            frozenset(rule.get("units", raw["units"])),
            tuple(Target(target["table"], tuple(target["rows"]), target["column"]) for target in rule["targets"]),
        )
        for rule in raw["rules"]
    )


@lru_cache(maxsize=256)
def _counting(unit: str) -> tuple[Rule, ...]:
    """The rules for claims in a unit."""
    return tuple(rule for rule in rules() if unit in rule.units)


def find_claims(text: str, printed: str, code: str | None, quantities: Sequence[Quantity], year: int | None) -> Iterator[Claim]:
    """The claims of one section: its folded text, the text as printed, its code, its quantities, the report's year."""
    for quantity in quantities:
        own = _counting(quantity.unit)
        if not own or quantity.approximate or quantity.size > 1:
            continue
        begin = _begin(text, quantity.start)
        if begin is None:
            continue
        head = text[begin : quantity.start]
        clause = head[max(head.rfind(mark) for mark in ",;:()") + 1 :][-_CLAUSE:]
        tail = text[quantity.end : quantity.end + _BEHIND]
        for rule in own:
            worded = (rule.before is not None and rule.before.search(clause)) or (
                rule.verb is not None and rule.behind is not None and rule.verb.search(clause) and rule.behind.match(tail)
            )
            if worded and _holds(rule, head, clause, code, year):
                money = quantity.unit == "元"
                yield Claim(
                    rule.check,
                    quantity.quantity / _YUAN_IN_WAN if money else quantity.quantity,
                    printed[begin + len(head) - len(clause) : quantity.end].strip(),
                )
    for rule in rules():
        for match in rule.zero.finditer(text) if rule.zero is not None else ():
            begin = _begin(text, match.start())
            if begin is not None and _holds(rule, text[begin : match.end()], match[0], code, year):
                yield Claim(rule.check, 0.0, printed[match.start() : match.end()].strip(" ，。；,;\n"))


def _begin(text: str, at: int) -> int | None:
    """Where the sentence begins, None where it is longer than any."""
    reach = max(0, at - _SENTENCE)
    begin = max(text.rfind(mark, reach, at) for mark in _SENTENCE_ENDS) + 1
    return None if begin == 0 and reach else begin


def _holds(rule: Rule, head: str, clause: str, code: str | None, year: int | None) -> bool:
    """Whether a sentence up to its number speaks of the whole of this report's body and year."""
    if code not in rule.sections and not (rule.needs is None or rule.needs.search(head)):
        return False
    if rule.refused is not None and rule.refused.search(head):
        return False
    if rule.refused_here is not None and rule.refused_here.search(clause):
        return False
    return all(int(found) == year for found in _YEAR.findall(head))


def unanimous(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """The first claim of each check of which all claims give the same value."""
    values: dict[str, set[float]] = {}
    for claim in claims:
        values.setdefault(claim.check, set()).add(claim.value)
    firsts: dict[str, Claim] = {}
    for claim in claims:
        if len(values[claim.check]) == 1:
            firsts.setdefault(claim.check, claim)
    return tuple(firsts.values())
