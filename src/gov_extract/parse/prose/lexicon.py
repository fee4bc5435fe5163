"""The words by which the noun near a number is told, and what is asked of them: where a word or a phrase begins or ends.

In: ``data/subjects.toml``, and places in a section's folded text. Chinese sets no blanks and marks no verbs: verbs, compounds
and connecting words are told by the vocabulary, function words of one character only where no longer word holds them.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import regex

from gov_extract.parse.prose.dispatch import Dispatch
from gov_extract.parse.prose.words import any_of, words

Span = tuple[int, int]

# Marks at which the phrase before a number begins; quotations and titles stay whole.
BOUNDARY = frozenset(",。;:!?、()\n\t①②③④⑤⑥⑦⑧⑨⑩")
# The longest word between a noun and its number (比2021年度).
TRAILING = 10
_REACH = 40
_CLOSING = {"”": "“", "》": "《", "’": "‘", "」": "「", ")": "("}
QUOTES = {opening: closing for closing, opening in _CLOSING.items() if opening != "("}
NOUN, VERB, NOMINAL = range(3)


class Vocabulary(NamedTuple):
    """The words of ``data/subjects.toml``: patterns, and the words of a first (or last) character, the longest first."""

    leading: Dispatch
    trailing: regex.Pattern[str]
    stops: Dispatch
    behind: regex.Pattern[str]
    divisions: regex.Pattern[str]
    suffix: regex.Pattern[str]
    predicate: regex.Pattern[str]
    agent: regex.Pattern[str]
    plain: regex.Pattern[str]
    relative: regex.Pattern[str]
    adverbs: regex.Pattern[str]
    sums: regex.Pattern[str]
    light: frozenset[str]
    shown: regex.Pattern[str]
    ends: frozenset[str]
    thus: frozenset[str]
    before_objects: frozenset[str]
    trails: frozenset[str]
    actor: regex.Pattern[str]
    outcomes: frozenset[str]
    peak: regex.Pattern[str]
    share: regex.Pattern[str]
    way: regex.Pattern[str]
    not_: regex.Pattern[str]
    over: regex.Pattern[str]
    roll: regex.Pattern[str]
    means: regex.Pattern[str]
    facet_first: regex.Pattern[str]
    told_facet: regex.Pattern[str]
    some: regex.Pattern[str]
    site: regex.Pattern[str]
    matters: regex.Pattern[str]
    toward: regex.Pattern[str]
    circumstance: regex.Pattern[str]
    spent: frozenset[str]
    told: regex.Pattern[str]
    body: regex.Pattern[str]
    sum_: regex.Pattern[str]
    manner: regex.Pattern[str]
    manner_first: regex.Pattern[str]
    rest: regex.Pattern[str]
    others: regex.Pattern[str]
    parts: regex.Pattern[str]
    passive: regex.Pattern[str]
    those: regex.Pattern[str]
    compound: regex.Pattern[str]
    containers: regex.Pattern[str]
    prepositions: regex.Pattern[str]
    starts: frozenset[str]
    first: frozenset[str]
    second: frozenset[str]
    no_object: regex.Pattern[str]
    aspect: regex.Pattern[str]
    heads: dict[str, regex.Pattern[str]]
    short: regex.Pattern[str]
    verdicts: regex.Pattern[str]
    facet: regex.Pattern[str]
    kinds: dict[str, int]
    ending: dict[str, int]
    opening: dict[str, tuple[int, ...]]
    closing: dict[str, tuple[int, ...]]
    modifiers: frozenset[str]
    raw: dict[str, Any]


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary, read and compiled once a process."""
    raw: dict[str, Any] = tomllib.loads(resources.files("gov_extract.data").joinpath("subjects.toml").read_text("utf-8"))
    kinds: dict[str, int] = {}
    for kind, name in ((NOUN, "nouns"), (VERB, "verbs"), (NOMINAL, "nominal")):
        for word in raw[name]:
            kinds.setdefault(word, kind)
    ending = dict.fromkeys(raw["light"], VERB) | kinds
    return Vocabulary(
        leading=Dispatch(f"{raw['leading_pattern']}|{_unbroken(raw['leading'], raw['unbroken'])}"),
        trailing=regex.compile(f"(?:{raw['trailing_pattern']}|{_unbroken(raw['trailing'], raw['unbroken'])})", regex.REVERSE),
        stops=Dispatch(f"{raw['stops_pattern']}|{_unbroken(raw['stops'], raw['unbroken'])}"),
        behind=regex.compile(rf"(?:\s*(?:{words().raw['approximate']['behind_pattern']}))?(?:\s*\([^()]{{1,4}}\))?\s*"),
        divisions=regex.compile(raw["divisions_pattern"]),
        suffix=regex.compile(raw["suffix_pattern"]),
        predicate=regex.compile(raw["predicate_pattern"]),
        agent=regex.compile(raw["agent_pattern"]),
        plain=regex.compile(f"^(?:{raw['plain_pattern']})+"),
        relative=regex.compile(raw["relative_pattern"]),
        adverbs=regex.compile(raw["inside"]["adverbs_pattern"]),
        sums=regex.compile(raw["inside"]["sums_pattern"]),
        light=frozenset(raw["light"]),
        shown=regex.compile(f"(?:{raw['shown_pattern']})$"),
        ends=frozenset(word[-1] for word in raw["light"]) | frozenset(raw["parts"]["sums_pattern"]) | frozenset(raw["shown"]),
        thus=_characters(raw["inside"]["those_pattern"], ()),
        before_objects=_characters(raw["prepositions"]["pattern"], ()),
        trails=_characters(raw["trailing_pattern"], raw["trailing"]),
        toward=regex.compile(raw["parts"]["toward_pattern"]),
        spent=frozenset(raw["spent"]),
        site=regex.compile(raw["parts"]["site_pattern"]),
        matters=regex.compile(raw["parts"]["matters_pattern"]),
        some=regex.compile(raw["parts"]["some_pattern"]),
        told_facet=regex.compile(raw["facet_pattern"].removesuffix("$") + r"\p{Han}{0,4}$"),
        facet_first=regex.compile(raw["facet_first_pattern"]),
        actor=regex.compile(raw["parts"]["actor_pattern"]),
        means=regex.compile(raw["parts"]["means_pattern"]),
        roll=regex.compile(raw["parts"]["roll_pattern"]),
        way=regex.compile(raw["parts"]["way_pattern"]),
        not_=regex.compile(raw["parts"]["not_pattern"]),
        over=regex.compile(raw["parts"]["over_pattern"]),
        share=regex.compile(raw["parts"]["share_pattern"]),
        peak=regex.compile(raw["parts"]["peak_pattern"]),
        outcomes=frozenset(raw["outcomes"]),
        told=regex.compile(raw["told_pattern"]),
        body=regex.compile(raw["body_pattern"]),
        circumstance=regex.compile(raw["parts"]["circumstance_pattern"]),
        sum_=regex.compile(raw["parts"]["sums_pattern"]),
        manner=regex.compile(f"(?:{raw['manner_pattern']})+$"),
        manner_first=regex.compile(f"(?:{raw['manner_pattern']})*"),
        rest=regex.compile(raw["parts"]["rest_pattern"], regex.REVERSE),
        others=regex.compile(raw["parts"]["others_pattern"], regex.REVERSE),
        parts=regex.compile(raw["parts"]["parts_pattern"]),
        passive=regex.compile(raw["inside"]["passive_pattern"]),
        those=regex.compile(raw["inside"]["those_pattern"], regex.REVERSE),
        compound=regex.compile(raw["compound_pattern"]),
        containers=regex.compile(raw["containers"]["pattern"]),
        prepositions=regex.compile(raw["prepositions"]["pattern"]),
        starts=frozenset(word[0] for word in kinds) | frozenset(raw["morphemes"]["first"]) | frozenset(raw["short"]),
        first=frozenset(raw["morphemes"]["first"]),
        second=frozenset(raw["morphemes"]["second"]),
        no_object=regex.compile(_unbroken(raw["no_object"], raw["unbroken"])),
        aspect=regex.compile(raw["aspect_pattern"]),
        heads=_heads(raw["heads"]),
        short=regex.compile(raw["short_pattern"]),
        verdicts=regex.compile(any_of(raw["verdicts"])),
        facet=regex.compile(raw["facet_pattern"]),
        kinds=kinds,
        ending=ending,
        opening=_lengths((word[0], len(word)) for word in kinds),
        closing=_lengths((word[-1], len(word)) for word in ending),
        modifiers=frozenset(raw["modifiers"]) | frozenset(raw["nominal"]),
        raw=raw,
    )


def _lengths(words_: Iterable[tuple[str, int]]) -> dict[str, tuple[int, ...]]:
    """The lengths of the words of each character, the longest first."""
    lengths: defaultdict[str, set[int]] = defaultdict(set)
    for mark, length in words_:
        lengths[mark].add(length)
    return {mark: tuple(sorted(found, reverse=True)) for mark, found in lengths.items()}


def _heads(raw: dict[str, str]) -> dict[str, regex.Pattern[str]]:
    """For each unit a pattern for what stands up to the first noun of its kind, and those that follow at once (群众代表)."""
    patterns = {unit: regex.compile(rf"\p{{Han}}{{0,12}}?(?:{heads})+") for unit, heads in raw.items()}
    return patterns | dict.fromkeys(("位", "人"), patterns["名"])


def _characters(pattern: str, words_: Sequence[str]) -> frozenset[str]:
    """The characters in a pattern, digits and blanks: what is none of them neither begins nor ends what it matches."""
    return frozenset(pattern).union(words_, "0123456789 \t\n\r\x0b\x0c\xa0\u3000")


def _unbroken(marks: Sequence[str], longer: Sequence[str]) -> str:
    """A pattern for one of some words of one character, but not where it is part of a longer word."""
    kept: dict[str, list[str]] = {mark: [] for mark in marks}
    for word in longer:
        for at, mark in enumerate(word):
            if mark in kept:
                kept[mark].append(f"(?<={word[:at]}){word[at:]}" if at else word)
    return "|".join(f"(?!{'|'.join(parts)}){mark}" if parts else mark for mark, parts in kept.items())


def word_at(text: str, at: int, end: int) -> tuple[int, int] | None:
    """The longest known word that begins at a place: its length and kind. A verb with a suffix of nouns behind it is a noun."""
    known = vocabulary()
    for length in known.opening.get(text[at], ()):
        after = at + length
        kind = known.kinds.get(text[at:after]) if after <= end else None
        if kind is not None:
            if text[at] == "新" and length > 1 and verb_at(text, at + 1, end):
                # 新开通: the verb begins behind 新.
                return None
            suffix = known.suffix.match(text, after, end) if kind != NOUN and length > 1 and after < end else None
            return (suffix.end() - at, NOUN) if suffix else (length, kind)
    if _is_pair(text[at : min(at + 2, end)]) and not verb_at(text, at + 1, end):
        return (2, VERB)
    return (1, VERB) if text[at] in known.raw["short"] and known.short.match(text, at) else None


def verb_at(text: str, at: int, end: int) -> bool:
    """Whether a known verb begins at a place before `end`: 拆迁安置, 培训指导 are one noun."""
    known = vocabulary()
    for length in known.opening.get(text[at], ()) if at < end else ():
        kind = known.kinds.get(text[at : at + length]) if at + length <= end else None
        if kind is not None:
            return kind != NOUN
    return False


def verb_before(text: str, floor: int, end: int) -> tuple[str, int] | None:
    """The verb that ends at a place; None where the longest known word there is a noun."""
    known = vocabulary()
    for length in known.closing.get(text[end - 1 : end], ()):
        word = text[end - length : end] if length <= end - floor else ""
        kind = known.ending.get(word)
        if kind is not None:
            return (word, kind) if kind != NOUN else None
    pair = text[max(floor, end - 2) : end]
    return (pair, VERB) if _is_pair(pair) else None


def _is_pair(pair: str) -> bool:
    """Whether two characters are a verb each, and so one together: 选送, 敷设."""
    return len(pair) == 2 and pair[0] in vocabulary().first and pair[1] in vocabulary().second


def clause_start(text: str, floor: int, end: int) -> int:
    """Start of the phrase that ends at `end`, behind the last mark outside quotations and brackets."""
    at = end
    while at > floor and end - at < _REACH:
        mark = text[at - 1]
        if mark in _CLOSING:
            open_at = text.rfind(_CLOSING[mark], floor, at - 1)
            if open_at < 0 or (mark == ")" and at - open_at > 8):
                break
            at = open_at
            continue
        if mark in BOUNDARY or mark in "“《‘「":
            break
        at -= 1
    return at


def strip_end(text: str, floor: int, end: int) -> int:
    trailing, trails = vocabulary().trailing, vocabulary().trails
    while end > floor:
        if text[end - 1] not in trails:
            return end
        match = trailing.match(text, max(floor, end - TRAILING), end)
        # Across a mark only where it introduces the number: 行政复议:总计0件.
        if match is None or match[0] in (",", "、"):
            return end
        end = match.start()
    return end


def strip_start(text: str, begin: int, end: int) -> int:
    """Behind the words of time, place and degree with which a phrase begins."""
    leading = vocabulary().leading
    while begin < end:
        match = leading.match(text, begin, end)
        if match is None or match.end() == begin:
            if text[begin] in " \t":
                begin += 1
                continue
            return begin
        begin = match.end()
    return begin


def governed(text: str, floor: int, start: int) -> bool:
    """Whether a verb stands directly before a place, so that what begins there is its object."""
    known = vocabulary()
    if text[start - 1 : start] in known.before_objects and known.prepositions.search(text, max(floor, start - TRAILING), start):
        return True
    end = strip_end(text, floor, start)
    verb = verb_before(text, floor, end)
    if verb is None:
        return False
    # 概算投资4.2亿元: such a verb behind a noun is a noun.
    begin = end - len(verb[0])
    return verb[1] == VERB or strip_start(text, clause_start(text, floor, end), end) >= begin
