"""Words between the rules above and below them.

In: tokens, the level rules of their page. Out: `Band`s, rows whose rules do not go through brought together.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from gov_extract.document import Box
from gov_extract.forms.labels import normalise
from gov_extract.parse.placed.stacks import LEADING
from gov_extract.parse.placed.tokens import Token, continues, is_level, over
from gov_extract.parse.vocabulary import header_words, named_rows

# Rules nearer than this are one (points).
RULE = 2.5


def is_gaping(tokens: Sequence[Token]) -> bool:
    """Whether words are a line apart, below each other or all of them: more than a row stands between the two rules."""
    ordered = sorted(tokens, key=lambda t: t.box.top)
    lowest = ordered[0].box.bottom if ordered else 0.0
    for n, token in enumerate(ordered):
        if token.box.top - lowest > LEADING * token.height and any(other.figure for other in tokens):
            return True
        lowest = max(lowest, token.box.bottom)
        above = [other for other in ordered[:n] if over(other.box, token.box)]
        if above and token.box.top - max(other.box.bottom for other in above) > LEADING * token.height:
            return True
    return False


class Band(NamedTuple):
    """The words between two neighbouring rules; `closed` where there is a rule on both sides."""

    top: float
    bottom: float
    tokens: list[Token]
    closed: bool


def lend(bands: Sequence[Band]) -> None:
    """Bring a row together whose rules do not go through: cells without a background, or merged over several rows.

    A band that holds figures or the label of a row takes the figures of its height from wider bands, the rest of its label,
    and, where it has no label, the label beside its figures.
    """
    for band in sorted(bands, key=lambda band: band.bottom - band.top):
        figures = [token for token in band.tokens if token.figure]
        labels = [token for token in band.tokens if not token.figure]
        if not band.closed or not (figures or any(named_rows(token.text) for token in labels)):
            continue
        left = min(token.box.x0 for token in figures) if figures else max(token.box.x1 for token in labels)
        for other in bands:
            if other is band or other.bottom - other.top < band.bottom - band.top:
                continue
            for token in list(other.tokens):
                if not band.top <= token.middle <= band.bottom:
                    continue
                level = [label.box.x1 for label in labels if is_level(token, label)]
                behind = token.box.x0 >= (max(level) if level else left)
                on_line = token.figure and (figures or behind)
                beside = not labels and not token.figure and token.box.x1 <= left
                # A label that stands level with figures has only gone astray into another band.
                beside |= named_rows(token.text) != () and any(is_level(token, figure) for figure in figures)
                rest = not token.figure and any(continues(label, token) for label in labels)
                if on_line or beside or rest:
                    other.tokens.remove(token)
                    band.tokens.append(token)


def join_heads(bands: Sequence[Band]) -> None:
    """Bring header cells together through which a stripe's edge goes: a word, and that in the next band which makes a header's
    label of it."""
    words = header_words()
    for band, below in pairwise(sorted(bands, key=lambda band: band.top)):
        if any(token.figure for token in (*band.tokens, *below.tokens)):
            continue
        for token in list(band.tokens):
            rest = [other for other in below.tokens if continues(token, other) and normalise(token.text + other.text) in words]
            if len(rest) == 1 and normalise(rest[0].text) not in words:
                below.tokens.remove(rest[0])
                band.tokens.append(rest[0])


def bands_of(tokens: Sequence[Token], rules: Sequence[Box]) -> list[Band]:
    """The words of a page by the rules above and below them."""
    if not rules:
        return [Band(0.0, 0.0, list(tokens), False)]
    levels: list[list[Box]] = []
    for rule in sorted(rules, key=lambda rule: rule.top):
        if levels and rule.top - levels[-1][-1].top <= RULE:
            levels[-1].append(rule)
        else:
            levels.append([rule])
    heights = [level[0].top for level in levels]
    bands: dict[tuple[int, int], list[Token]] = {}
    for token in tokens:
        x = (token.box.x0 + token.box.x1) / 2
        k = bisect_right(heights, token.middle)
        above, below = k - 1, k
        while above >= 0 and not _covers(levels[above], x):
            above -= 1
        while below < len(levels) and not _covers(levels[below], x):
            below += 1
        bands.setdefault((above, below), []).append(token)
    ends = [float("-inf"), *heights, float("inf")]
    return [
        Band(ends[above + 1], ends[below + 1], inside, above >= 0 and below < len(levels))
        for (above, below), inside in sorted(bands.items())
    ]


def _covers(level: Sequence[Box], x: float) -> bool:
    for x0, _, x1, _ in level:  # noqa: SIM110 a generator costs more than the few rules of a level
        if x0 - RULE <= x <= x1 + RULE:
            return True
    return False
