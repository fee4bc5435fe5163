"""What a quantity counts: a short noun phrase as it is printed near the number.

In: a section's text, folded, and its quantities. Out: a subject's span for each, or None. In this order: the noun directly
behind the unit; the noun directly before the number, without its verb; the words that tell part or outcome; the subject of what
the quantity is a part of, or of the one before. `gov_extract.parse.prose.behind` and `gov_extract.parse.prose.before` find the
noun in a phrase.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

import regex

from gov_extract.parse.prose.before import adjacent, noun_before, noun_in, of_those, opening_noun, opens
from gov_extract.parse.prose.behind import behind_unit, noun_behind, outcome_behind, told_by_agent
from gov_extract.parse.prose.clauses import clause_before, clauses_before, rest_before
from gov_extract.parse.prose.lexicon import (
    TRAILING,
    VERB,
    Span,
    clause_start,
    governed,
    strip_end,
    strip_start,
    verb_before,
    vocabulary,
    word_at,
)
from gov_extract.parse.prose.quantities import Quantity
from gov_extract.parse.prose.words import words

_REACH = 40
# 分别 stands directly before its numbers, with a verb between at most.
_NEAR = 12
# More names than these stand in no list before 分别.
_NAMED = 60
_LIST_REACH = 1000
_JOINED = regex.compile(r"\s*(?:[、,和及与]|以及)?\s*")
_BREAK = regex.compile("[。;!?\n]")
_SENTENCE = regex.compile("[。!?\n]")
_PARTS = regex.compile("其中|:|包括|含")
# Directly behind the whole that a number is a part of: 112个村中约30个.
_IN = ("中", "里", "内", "有")
_NAMES = regex.compile(r"[、,和及与]")
# Brackets around numbers are no longer.
_BRACKET = 120


def find_subjects(text: str, quantities: Sequence[Quantity], marks: Sequence[Span] = ()) -> list[Span | None]:
    """The span of each quantity's subject in a folded text; `marks` are the marks of points, which are part of none."""
    subjects: list[Span | None] = []
    firsts = _firsts(text, quantities)
    sizes = Counter(firsts)
    ends = [end for _, end in marks]
    wholes = _Wholes(text, quantities)
    for k in range(len(quantities)):
        size = sizes[firsts[k]]
        span = None
        if 1 < size <= _NAMED:
            span = _listed(text, quantities[firsts[k]].start, size, k - firsts[k])
        if span is None:
            span = _near(text, quantities, k, subjects, ends)
        if span is None and firsts[k] == k:
            span = _topic(text, quantities, k, ends)
        if span is None and k and text.find("\n", quantities[k - 1].end, quantities[k].start) < 0:
            # 公示9批次、63人: the same is counted twice, and is no part.
            # 完成49项,3项暂缓: alike behind a comma, so another part of the whole.
            part = firsts[k] == k or (
                quantities[k - 1].unit == quantities[k].unit and "," in text[quantities[k - 1].end : quantities[k].start]
            )
            span = subjects[wholes.told(k, subjects) if part else k - 1]
        subjects.append(span)
    return subjects


def _near(
    text: str, quantities: Sequence[Quantity], k: int, subjects: Sequence[Span | None], marks: Sequence[int]
) -> Span | None:
    """What the words around a quantity say that it counts; `subjects`: those before it; `marks`: ends of points' marks."""
    first = k - quantities[k].place
    before = subjects[first - 1] if first else None
    floor = quantities[first - 1].end if first else 0
    last = first + quantities[k].size
    final = quantities[last - 1]
    start = quantities[first].start
    held = last < len(quantities) and quantities[last].start == final.end
    if held and final.unit in vocabulary().raw["batches"] and not opens(text, floor, start):
        # 公布失信名单3批11家企业: so many batches of what stands before.
        held = False
    if held:
        # 5类34项任务: the noun behind both.
        final, last = quantities[last], last + 1
    following = quantities[last].start if last < len(quantities) else len(text)
    whole = floor
    if before and before[0] >= floor:
        floor = whole = before[1]
    mark = bisect_right(marks, start)
    floor = max(floor, marks[mark - 1] if mark else 0)
    part = bool(first) and text[whole : whole + 1] in _IN and not _BREAK.search(text, whole, start)
    same = part and quantities[first - 1].unit == final.unit
    opened = part and opens(text, whole + 1, start)
    if same and (opened or of_those(text, whole, start)):
        # 112个村中约30个公开栏陈旧, 73个村中已上网的不到40个: so many of the villages.
        return before
    case = final.unit in vocabulary().raw["cases"]
    outcome = None
    behind = behind_unit(text, final.end, following)
    if behind is not None:
        measured = final.unit in words().raw["units"]["measured"]
        object_ = not measured and governed(text, floor, start)
        if object_ and text[start - 1] == "有" and (word := word_at(text, behind, following)) and word[1] == VERB:
            # 只有5个设有专职岗位: what they do, unless the verb is part of a noun.
            object_ = text[behind : behind + word[0]] in vocabulary().modifiers
        span = noun_behind(text, behind, following, final.unit, object_)
        if span and vocabulary().roll.fullmatch(text, *span) and not opens(text, floor, start):
            span = noun_before(text, start, floor, final.unit) or span
        if span and span[1] == following < len(text) and _lone_verb(text, span, final.unit):
            # 走访3轮查摆12处: the verb is that of the next number.
            span = noun_before(text, start, floor, final.unit) or span
        if span and not object_ and quantities[k].size == 1:
            span = adjacent(text, start, floor, final.unit, span) or span
        passive = text[behind] == "被" and final.unit in vocabulary().raw["events"]
        if passive:
            # 连续两次被通报的单位: how often that befell them.
            return outcome_behind(text, final.end, following)
        outcome = outcome_behind(text, final.end, following) if case and not object_ else None
        if span and not (outcome and (span[1] < outcome[1] or told_by_agent(text, span))):
            return span
    if opened and before:
        return before
    span = (
        _around(text, quantities, first)
        or _of_whom(text, quantities, first, subjects, case)
        or (clause_before(text, floor, start, final.unit) if text[start - 1] in vocabulary().ends else None)
    )
    return span or noun_before(text, start, floor, final.unit) or outcome or rest_before(text, floor, start)


def _lone_verb(text: str, span: Span, unit: str) -> bool:
    """Whether a phrase behind a unit is no more than a verb; one that may be a noun is one behind units of rounds."""
    word, known = text[slice(*span)], vocabulary()
    verb = verb_before(text, *span)
    if verb is None or verb[0] != word:
        return False
    return unit in known.raw["batches"][:2] or (verb[1] == VERB and word not in known.modifiers)


def _topic(text: str, quantities: Sequence[Quantity], k: int, marks: Sequence[int]) -> Span | None:
    """What the clauses before the first quantity of a sentence speak of."""
    start = quantities[k].start
    floor = quantities[k - 1].end if k else 0
    mark = bisect_right(marks, start)
    begin = max(text.rfind(end, floor, start) for end in "。!?;\n") + 1
    if k and not begin and not (mark and marks[mark - 1] > floor):
        return None
    return clauses_before(text, max(floor, begin, marks[mark - 1] if mark else 0), start, quantities[k].unit)


def _of_whom(text: str, quantities: Sequence[Quantity], first: int, subjects: Sequence[Span | None], case: bool) -> Span | None:
    """Of whom a clause before 的 tells so much that a number says how many they are: 同一申请人提交10件以上的有4人."""
    quantity = quantities[first]
    floor = quantities[first - 1].end if first else 0
    if not of_those(text, floor, quantity.start):
        return None
    begin = clause_start(text, floor, quantity.start)
    if begin > floor or not first:
        if vocabulary().circumstance.match(text, begin, quantity.start):
            return None
        span = None if case else opening_noun(text, begin, quantity.start, quantity.unit)
        if (
            not span
            or not first
            or text[span[1] : span[1] + 1] not in ("有", "无")
            or quantities[first - 1].unit != quantity.unit
        ):
            return span
        # 网站里停更的3个,首页有错链的2个: of those counted before.
        return None if _BREAK.search(text, floor, quantity.start) else subjects[first - 1]
    at = quantities[first - 1].start
    span = opening_noun(text, clause_start(text, 0, at), at, quantity.unit)
    for k in range(first - 1, max(-1, first - 1 - _NAMED), -1):
        if span or _SENTENCE.search(text, quantities[k].end, quantity.start):
            break
        span = subjects[k] if quantities[k].unit == quantity.unit else None
    return span


class _Wholes:
    """For each quantity the one that it is a part of: the last before 其中 or a colon in its sentence, with no verb since."""

    def __init__(self, text: str, quantities: Sequence[Quantity]) -> None:
        self._text, self._quantities = text, quantities
        # Found as far as asked for, each from the one before: the work grows with the text alone.
        self._found: list[int | None] = [None] if quantities else []

    def told(self, k: int, subjects: Sequence[Span | None]) -> int:
        """The quantity whose subject one without words of its own has: its whole, or the one before it."""
        text, quantities = self._text, self._quantities
        known = vocabulary()
        start, unit = quantities[k].start, quantities[k].unit
        found = self.of(k)
        other = known.others.match(text, max(quantities[k - 1].end, start - TRAILING), start)
        begin = k - 1 if found is None else found
        inside = self._bracket(k)
        reach = range(begin, max(-1, begin - _NAMED), -1)
        # 57件(网络33件),比上年减少14件: what stands in brackets is told only there.
        level = [at for at in reach if self._bracket(at) < 0 or self._bracket(at) == inside]
        if not level:
            return begin
        clause = text[clause_start(text, quantities[k - 1].end, start) : start]
        if text[quantities[k].end : quantities[k].end + 1] in _IN:
            # 实际办理24件。24件中: those that were counted as many before.
            same = [at for at in level if quantities[at][2:4] == quantities[k][2:4]]
            if same:
                return same[0]
        if quantities[level[0]].unit != unit and (other or known.parts.search(clause)):
            # 面积30亩。其中1件: of those that are counted alike.
            breaks = len(_SENTENCE.findall(text, quantities[k - 1].end, start))
            alike = [at for at in level if quantities[at].unit == unit]
            alike = [at for at in alike if len(_SENTENCE.findall(text, quantities[at].end, start)) <= max(1, breaks)]
            # At a sentence's beginning 其中 is of the first of them.
            return (alike[-1] if breaks else alike[0]) if alike else level[0]
        if other:
            # 办结16件, 另有2件: beside those before it, of the same whole.
            for at in level:
                if _SENTENCE.search(text, quantities[at].end, start):
                    break
                found = at if quantities[at].unit == unit else found
            return level[0] if found is None else found
        if quantities[level[0]].unit != unit and not clause:
            # 公开信息112条,3个变更设计: of those of its kind before it.
            alike = [at for at in level if quantities[at].unit == unit and not _BREAK.search(text, quantities[at].end, start)]
            if alike:
                return alike[0]
        said = subjects[level[0]]
        if said and _outcome_only(text, said):
            # 任务52项,完成49项,3项暂缓: the outcome of others is none of theirs.
            for at in level[1:]:
                if quantities[at].unit != unit or _SENTENCE.search(text, quantities[at].end, start):
                    break
                if (noun := subjects[at]) and not _outcome_only(text, noun):
                    return at
        return level[0]

    def _bracket(self, k: int) -> int:
        """Where the bracket opens in which a quantity stands; -1 where it stands in none."""
        start = self._quantities[k].start
        reach = max(0, start - _BRACKET)
        opened = self._text.rfind("(", reach, start)
        return opened if opened > self._text.rfind(")", reach, start) else -1

    def of(self, k: int) -> int | None:
        """The whole of a quantity, or of the one before it."""
        while len(self._found) <= k:
            at = len(self._found)
            begin, end = self._quantities[at - 1].end, self._quantities[at].start
            if _BREAK.search(self._text, begin, end):
                self._found.append(None)
            elif _PARTS.search(self._text, begin, end):
                self._found.append(at - 1)
            else:
                self._found.append(None if governed(self._text, begin, end) else self._found[at - 1])
        return self._found[k] if self._found[k] is not None else self._found[k - 1]


def _outcome_only(text: str, span: Span) -> bool:
    return verb_before(text, *span) == (text[slice(*span)], VERB)


def _around(text: str, quantities: Sequence[Quantity], first: int) -> Span | None:
    """The noun before the bracket that closes directly before a number and holds another: 申请(含结转3件)128件."""
    start = quantities[first].start
    if not first or text[start - 1] != ")":
        return None
    opened = text.rfind("(", max(0, start - _REACH), start)
    if not 0 <= opened < quantities[first - 1].start:
        return None
    before = first - 1
    while before >= 0 and quantities[before].start > opened:
        before -= 1
    return noun_before(text, opened, quantities[before].end if before >= 0 else 0, quantities[first].unit)


def _firsts(text: str, quantities: Sequence[Quantity]) -> list[int]:
    """For each quantity the first one of its row: quantities that nothing but 、, 和 or the like part."""
    firsts: list[int] = []
    for k, quantity in enumerate(quantities):
        joined = k and _JOINED.fullmatch(text, quantities[k - 1].end, quantity.start)
        firsts.append(firsts[-1] if joined else k)
    return firsts


def _listed(text: str, start: int, size: int, place: int) -> Span | None:
    """The n-th of the names before 分别: the n-th number's (`place` from 0 among `size`)."""
    for word in words().raw["lists"]["shared"]:
        at = text.rfind(word, max(0, start - _NEAR), start)
        if at < 0:
            continue
        reach = max(0, at - _LIST_REACH)
        while at > reach and text[at - 1] in "的,":
            at -= 1
        left = max(reach - 1, *(text.rfind(mark, reach, at) for mark in ",。;:!?\n")) + 1
        names: list[Span] = []
        begin = left
        for match in _NAMES.finditer(text, left, at):
            names.append((begin, match.start()))
            begin = match.end()
        names.append((begin, at))
        if len(names) == size and text[at - 1] not in "年月日":
            begin, end = names[place]
            end = strip_end(text, begin, end)
            return noun_in(text, _titled(text, strip_start(text, begin, end), end), end, "")
    return None


def _titled(text: str, begin: int, end: int) -> int:
    """Start of a name without the law before its article (适用《条例》第十四条) and without 通过."""
    at = text.rfind("》第", begin, end)
    return at + 1 if at >= 0 else begin + 2 * text.startswith("通过", begin, end)
