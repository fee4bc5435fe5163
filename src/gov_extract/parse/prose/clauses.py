"""What the clauses around a number speak of, where its own words name nothing that is counted.

In: a section's text, folded, and the place where the number begins. Out: the noun's span, or None.
"""

from __future__ import annotations

import regex

from gov_extract.parse.prose.before import noun_in, opening_noun
from gov_extract.parse.prose.lexicon import (
    NOUN,
    TRAILING,
    Span,
    clause_start,
    strip_start,
    verb_before,
    vocabulary,
    word_at,
)

# A clause with a figure speaks of that.
_FIGURE = regex.compile(r"\d[\d.]*+(?!%)")
# So many clauses before a number's own are asked.
_CLAUSES = 6


def rest_before(text: str, floor: int, start: int) -> Span | None:
    """The word before a number that tells that it counts what is left: 其余17条."""
    match = vocabulary().rest.match(text, max(floor, start - TRAILING), start)
    return match.span("rest") if match else None


def clause_before(text: str, floor: int, start: int, unit: str) -> Span | None:
    """The noun with which the clause before opens, where a number's own says no more than that it is a sum or came out."""
    known = vocabulary()
    begin = clause_start(text, floor, start)
    word = strip_start(text, begin, start)
    manner = known.manner_first.match(text, word, start)
    word = manner.end() if manner else word
    out = unit not in ("次", "场") and text[word:start] in known.light
    out = out or (start - word == 1 and text[word] in known.raw["shown"])
    if not (out or known.sum_.fullmatch(text, begin, start)):
        return None
    end = begin - 1
    if end <= floor or text[end] != ",":
        return None
    opening = clause_start(text, floor, end)
    if (opening <= floor and floor) or _FIGURE.search(text, opening, end):
        return None
    word = strip_start(text, opening, end)
    manner = known.manner_first.match(text, word, end)
    verb = manner.end() if manner else word
    share = known.share.search(text, word, end)
    if share and share.start() > word + 1:
        # 同意公开的占六成，共26件: those of whom the clause tells.
        return (word, share.start())
    said = verb_before(text, word, verb) if verb > word else None
    verb -= len(said[0]) if said else 0
    if verb < end and (first := word_at(text, verb, end)) and first[1] != NOUN:
        # 集中公开补贴政策清单，共34项: the clause before has a verb and its object, and no subject.
        return noun_in(text, verb, end, unit)
    return opening_noun(text, opening, end, unit)


def clauses_before(text: str, floor: int, start: int, unit: str) -> Span | None:
    """The noun of which the nearest clause before a number speaks, where its own has none: 部分单位重视不够，6家未配人员."""
    known = vocabulary()
    head = known.heads.get(unit)
    end = clause_start(text, floor, start) - 1
    for _ in range(_CLAUSES):
        if end <= floor or text[end] not in ",:;":
            break
        begin = clause_start(text, floor, end)
        if text[begin - 1 : begin] == "、":
            return None
        word = strip_start(text, begin, end)
        if word < end and not known.circumstance.match(text, word, end):
            span = opening_noun(text, word, end, unit)
            told = span and span[1] < end and span[1] - span[0] > 1
            if span and told and (head is None or head.match(text, *span)):
                return span
        end = begin - 1
    return None
