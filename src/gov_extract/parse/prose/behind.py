"""What stands behind a unit: the noun that is counted, or the words of an outcome.

In: a section's text, folded, and the place behind the unit. Out: the noun's span, or None.
"""

from __future__ import annotations

from collections.abc import Collection

import regex

from gov_extract.parse.prose.lexicon import BOUNDARY, NOUN, QUOTES, VERB, Span, verb_before, vocabulary, word_at

# A title behind a unit is no longer.
_TITLE = 120
# Behind a verb of one character: 立起, 送至.
_COMPLEMENTS = frozenset("起到至给")
_SENDING = frozenset("送报发寄转交调派立设建挂贴")
_SHORT = 2
# The words of an outcome behind a unit are no longer.
_OUTCOME = 14
_HAN = regex.compile(r"(?![和及与或]|以及)[\p{Han}A-Za-z《“‘「]")
_SAYING = frozenset("仍均都已未")
_LATELY = frozenset("新拟现")
_DENYING = frozenset("不未偏较欠无")
# What may part a unit from the words behind it begins with one of these.
_ASIDE = frozenset(" \t\xa0(及含以左上之有出")


def behind_unit(text: str, end: int, following: int) -> int | None:
    """Where words begin directly behind the unit that ends at `end`; None where there are none before `following`."""
    start = end
    if text[end : end + 1] in _ASIDE:
        match = vocabulary().behind.match(text, end)
        start = match.end() if match else end
    return start if start < following and _HAN.match(text, start) else None


def noun_behind(text: str, start: int, following: int, unit: str, object_: bool) -> Span | None:
    """The noun that begins at `start`, directly behind the unit, before the quantity that begins at `following`.

    `object_` tells whether a verb governs the number: what follows is a noun from its first word on (新设3个派出机构), while
    behind a number that opens its clause a verb begins what is said of it (5家获得表彰).
    """
    known = vocabulary()
    longest = known.raw["longest"]
    # One character more: 和 before a number joins it.
    stop = known.stops.search(text, start, min(following, start + longest) + 1)
    limit = stop.start() if stop else min(following, start + longest)
    if stop and stop[0] == "(":
        divisions = known.divisions.match(text, limit)
        limit = divisions.end() if divisions else limit
    if stop and stop[0] in QUOTES and stop.start() == start:
        limit = _quoted(text, start)
    if stop and stop[0] == "的" and limit == start and not object_:
        # 执法人员482名的姓名: what is counted stands before.
        return None
    if not object_ and stop and stop[0] != "的" and known.facet_first.match(text, start, limit):
        # 5块公开栏破损, 2块内容陈旧: what is said of them.
        return None
    head = known.heads[unit].match(text, start, limit) if unit in known.heads else None
    if stop and stop[0] == "的" and not head and _tells_which(text, start, limit):
        # 5个急难愁盼的问题: the noun stands behind 的. But 27个招生专业的分数线 are 27 专业.
        found = _behind_of(text, stop.end())
        if found is not None:
            return found
    if stop and stop[0] == "的" and not head and unit in known.heads:
        # 2名反复申请的申请人: what is of the unit's kind stands behind 的.
        behind = known.heads[unit].match(text, stop.end(), min(following, stop.end() + _OUTCOME))
        if behind:
            return (stop.end(), behind.end())
    if object_ and not head and stop and stop[0] not in BOUNDARY and stop[0] != "的":
        # 针对15件内容不明确的申请: a clause before 的 tells which.
        found = _behind_clause(text, stop.end(), min(following, start + longest))
        if found is not None:
            return found
    if object_ and stop and known.facet.fullmatch(text, start, limit):
        # 对2件数量、频次明显超过合理范围的申请: what so much is said of stands behind.
        found = _behind_clause(text, limit, min(following, start + longest), ",;。\n")
        if found is not None:
            return found
    if stop and stop[0] in _COMPLEMENTS and limit - start > _SHORT and text[limit - 1] in _SENDING:
        # 9个市场立起橱窗: the verb before 起.
        limit -= 1
    if not object_ and stop and stop[0] in _DENYING and verb_before(text, start, limit) == (text[start:limit], VERB):
        # 3个解答不准确: what is said of those counted before.
        return None
    # 4项划转职能仍保留: of what something is said behind it, a verb may tell which.
    which = object_ or (stop is not None and stop[0] in _SAYING and limit - start >= 2 * _SHORT)
    end = _verb_in(text, start, limit, which, unit in known.raw["events"])
    head = known.heads[unit].match(text, start, end) if unit in known.heads else None
    if head:
        return (start, head.end())
    if end == following and text[end - 1] in "和及与或":
        end -= 1
    if end == limit and stop and stop[0] not in BOUNDARY and stop[0] != "的":
        facet = known.facet.search(text, start, end)
        end = facet.start() if facet and facet.start() - start > 1 else end
    return _trimmed(text, start, end)


def _tells_which(text: str, start: int, end: int) -> bool:
    """Whether a phrase before 的 tells of what the noun behind 的 is: one that is no noun itself."""
    if end - start == 1 and text[start] in vocabulary().raw["single"]:
        # 4个村的公开栏: a noun of one character.
        return False
    if end - start < _SHORT or vocabulary().relative.search(text, start, end):
        return True
    word = word_at(text, start, end)
    return word is not None and word[1] == VERB


def _verb_in(text: str, start: int, limit: int, object_: bool, event: bool) -> int:
    """Where the verb begins that ends the noun phrase from `start`; `limit` where none does."""
    known = vocabulary()
    at = start
    while at < limit:
        word = word_at(text, at, limit)
        if word is None:
            at += 1
            continue
        length, kind = word
        verb = text[at : at + length]
        after = at + length
        # 政策宣传 and 公开事项 are nouns; a verb alone counts only where it is an activity (三次培训).
        part = kind != VERB or (verb in known.modifiers and (at == start or length > 1))
        if at == start + 1 and text[start] in known.raw["single"] and kind != NOUN:
            # 15个镇培训: a noun of one character.
            return at
        part = part or (event and at > start and after == limit)
        # 11个新组建部门: which they are.
        part = part or (at == start + 1 and text[start] in _LATELY and after < limit)
        part = part or (object_ and at == start and length > 1 and after < limit)
        # 52个公开了绩效目标: what was done is no noun.
        part = part and not (kind != NOUN and text.startswith("了", after))
        if not part or (at == start and after == limit and kind == VERB and verb not in known.modifiers):
            return at
        at = after
    return limit


def outcome_behind(text: str, end: int, following: int) -> Span | None:
    """The words of the outcome that stand behind a unit (5件属于国家秘密), without the verb that only joins them."""
    known = vocabulary()
    limit = next((at for at in range(end, min(following, len(text))) if text[at] in BOUNDARY), min(following, len(text)))
    if limit - end > _OUTCOME or not known.predicate.match(text, end, limit):
        return None
    of = text.find("的", end, limit)
    if of >= 0 and known.heads["件"].match(text, of + 1, limit):
        # 36件涉及拆迁的申请: which they are, and not how they ended.
        return None
    if text[end] == "被" and of >= 0:
        limit = of
    joined = known.plain.match(text[end:limit])
    start = end + joined.end() if joined else end
    return (start, limit) if limit - start > 1 else None


def told_by_agent(text: str, span: Span) -> bool:
    """Whether what stands behind 件 is who acts (5件申请人撤回): cases are no persons."""
    return vocabulary().agent.match(text, *span) is not None


def _behind_clause(text: str, start: int, end: int, marks: Collection[str] = BOUNDARY) -> Span | None:
    """The noun behind the last 的 of a clause that goes on to one of `marks`, and to `end` at most."""
    mark = next((at for at in range(start, end) if text[at] in marks), end)
    of = text.rfind("的", start, mark)
    return _behind_of(text, of + 1) if of >= 0 else None


def _behind_of(text: str, start: int) -> Span | None:
    stop = vocabulary().stops.search(text, start, start + vocabulary().raw["longest"])
    if stop is None or not _HAN.match(text, start):
        return None
    return _trimmed(text, start, _verb_in(text, start, stop.start(), True, False))


def _quoted(text: str, start: int) -> int:
    at = text.find(QUOTES[text[start]], start, start + _TITLE)
    return at + 1 if at >= 0 else start


def _trimmed(text: str, start: int, end: int) -> Span | None:
    while end > start and text[end - 1] in "等的只仅也 ":
        end -= 1
    if end - start == 1 and text[start] not in vocabulary().raw["single"]:
        return None
    return (start, end) if end > start else None
