"""What stands before a number: the noun that is counted, without its verb, or the words that tell part or outcome.

In: a section's text, folded, and the place where the number begins. Out: the noun's span, or None.
"""

from __future__ import annotations

import regex

from gov_extract.parse.prose.behind import noun_behind
from gov_extract.parse.prose.lexicon import (
    BOUNDARY,
    NOMINAL,
    NOUN,
    VERB,
    QUOTES,
    TRAILING,
    Span,
    clause_start,
    governed,
    strip_end,
    strip_start,
    verb_at,
    verb_before,
    vocabulary,
    word_at,
)
from gov_extract.parse.prose.numbers import ROUNDS
from gov_extract.parse.prose.words import words

# A phrase longer than this that ends in the word of an outcome is told by that word alone.
_PHRASE = 4
# A clause before 的 that tells an outcome is no longer.
_TOLD = 12
_IDEOGRAPH = regex.compile(r"[\u3400-\u9fff]")
_MEANS = "通过"
_SPOKEN = 5
# A verb before whoever is called by another one: 培训引导员.
_PERSONS = frozenset("员者")
# Verbs that end so have their object in them (发文, 授课).
_OBJECTS = frozenset("文稿课案件")
_AMONG = frozenset("中里内")
_WITH = frozenset("与同向对为给")
_PREPOSITIONS = frozenset("向对在给")
_LATIN = regex.compile(r"[A-Za-z][\w .+-]*?(?=\p{Han})")


def noun_before(text: str, start: int, floor: int, unit: str) -> Span | None:
    """The noun directly before a number; that before a comma or colon where nothing but connecting words stand between.

    A case is told by its outcome: 判决撤销答复1件.
    """
    known = vocabulary()
    case = unit in known.raw["cases"]
    # 倡议书上千份: more than so many.
    end = start - 1 if text[start] in ROUNDS and text[start - 1 : start] in ("上", "过") and start - 1 > floor else start
    for _ in range(2):
        told = case and text[end - 1 : end] == "的" and text[end - 2] not in "年月日度期"
        stripped = strip_end(text, floor, end)
        if stripped < end and text[stripped] in "后时":
            # 说明理由后9件不再处理: no more than when.
            return None
        end = stripped
        if end <= floor:
            break
        begin = strip_start(text, _phrase_start(text, floor, end), end)
        quoted = text[begin] in QUOTES and text[end - 1] == QUOTES[text[begin]]
        verdict = known.verdicts.search(text, begin, end) if case and not quoted else None
        tells = known.told.search(text, begin, end) if told and not verdict else None
        begin = tells.start() if tells else begin
        if verdict or (told and 1 < end - begin <= _TOLD):
            # 引导申请人查询的20件: the clause tells the outcome.
            if verdict and text[verdict.start() - 1] not in "或并":
                begin = verdict.start()
            return (begin, end)
        span = noun_in(text, begin, end, unit)
        if span is not None and span[0] == begin and text[begin - 1 : begin] == "、":
            # 组织党员、楼长入户宣传900户: those before 、 did it as well.
            person = known.heads["名"].match(text, begin, end)
            span = (person.end(), end) if person and not case and verb_before(text, person.end(), end) else span
        if span is not None and span[0] == begin and text[begin - 1 : begin] in _WITH:
            # 与当事人沟通200多次: what was done is counted, and not with whom.
            verb = verb_before(text, begin, end)
            span = (end - len(verb[0]), end) if verb else span
        if span is not None:
            return span
        end = begin
        if end > floor and text[end - 1] not in ":(":
            break
        end -= text[end - 1] == "("
    total = known.sums.search(text, max(end, floor, start - TRAILING), start)
    return total.span() if total else None


def adjacent(text: str, start: int, floor: int, unit: str, behind: Span) -> Span | None:
    """The noun directly before a number that is what it counts, though words stand behind the unit (干部23名包联11个村)."""
    known = vocabulary()
    if unit not in known.raw["containers"]["units"] and unit not in words().raw["units"]["measured"]:
        return None
    begin = _phrase_start(text, floor, start)
    if begin == start or strip_start(text, begin, start) >= start or strip_end(text, floor, start) < start:
        return None
    span = noun_in(text, strip_start(text, begin, start), start, unit)
    if span is None or span[1] - span[0] < 2 or known.containers.search(text, *span):
        return None
    head = known.heads.get(unit)
    # 负责人2名同志: the noun of the unit's kind, where only one of both is.
    if head and head.match(text, *behind) and not head.match(text, *span):
        return None
    return span


def opens(text: str, floor: int, start: int) -> bool:
    """Whether nothing but connecting words stands between a place and a number."""
    end = strip_end(text, floor, start)
    return end <= floor or text[end - 1] in BOUNDARY or strip_start(text, _phrase_start(text, floor, end), end) >= end


def _phrase_start(text: str, floor: int, end: int) -> int:
    """Start of the phrase that ends at `end`, without what only says that it is of those before: 68件提案中公开61件."""
    begin = clause_start(text, floor, end)
    return begin + (0 < begin == floor < end and text[begin] in _AMONG and _IDEOGRAPH.match(text, begin - 1) is not None)


def of_those(text: str, floor: int, start: int) -> bool:
    """Whether a number says how many of those there are that a clause before 的 tells of (已上网的不到40个)."""
    match = vocabulary().those.match(text, max(floor, start - TRAILING), start)
    return match is not None


def rest_before(text: str, floor: int, start: int) -> Span | None:
    """The word before a number that tells that it counts what is left: 其余17条."""
    match = vocabulary().rest.match(text, max(floor, start - TRAILING), start)
    return match.span("rest") if match else None


def opening_noun(text: str, begin: int, end: int, unit: str) -> Span | None:
    """The noun with which a clause opens, before what is said of it."""
    begin = strip_start(text, begin, end)
    some = vocabulary().some.match(text, begin, end)
    begin = some.end() if some else begin
    body = vocabulary().body.match(text, begin, end)
    begin = body.end() if body else begin
    latin = _LATIN.match(text, begin, end)
    span = noun_behind(text, latin.end() if latin else begin, end, unit, object_=False) if begin < end else None
    if span and text[span[1] : span[1] + 1] in QUOTES:
        # 第二类“统计数据”更新较慢: the name belongs to it.
        closed = text.find(QUOTES[text[span[1]]], span[1], end)
        span = (begin, max(span[1], closed + 1))
    facet = vocabulary().told_facet.search(text, begin, span[1]) if span else None
    if span and facet and facet.start() - begin > 1:
        # 公开事项内容空泛: of what something is said.
        return (begin, facet.start())
    return (begin, span[1]) if span else None


def clause_before(text: str, floor: int, start: int, unit: str) -> Span | None:
    """The noun with which the clause before opens, where a number's own says no more than that it is a sum or came out."""
    known = vocabulary()
    begin = clause_start(text, floor, start)
    word = strip_start(text, begin, start)
    out = unit not in ("次", "场") and known.light.fullmatch(text, word, start)
    if not (out or known.sum_.fullmatch(text, begin, start)):
        return None
    end = begin - 1
    if end <= floor or text[end] != ",":
        return None
    opening = clause_start(text, floor, end)
    if opening <= floor and floor:
        return None
    word = strip_start(text, opening, end)
    manner = known.manner_first.match(text, word, end)
    verb = manner.end() if manner else word
    share = text.find("的占", verb, end)
    if share > verb:
        # 同意公开的占六成，共26件: those of whom the clause tells.
        return (word, share)
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
    while end > floor and text[end] in ",:;":
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


def noun_in(text: str, begin: int, end: int, unit: str) -> Span | None:
    """The noun at the end of a phrase, behind the last verb that has one; the phrase itself where none has."""
    if end - begin < 1 or not _IDEOGRAPH.search(text, begin, end):
        return None
    raw = vocabulary().raw
    if end - begin == 1 and text[begin] not in raw["single"]:
        return None
    if text[end - 1] == "》":
        opened = text.rfind("《", begin, end)
        return (opened, end) if opened >= 0 else (begin, end)
    for adverb in vocabulary().adverbs.finditer(text, begin, end):
        behind = strip_start(text, adverb.end(), end)
        begin = behind if end - behind > 1 else begin
    best = _behind_verbs(text, begin, end)
    known = vocabulary()
    measured = unit in words().raw["units"]["measured"]
    light = (known.spent if measured else known.light).search(text, best, end)
    told = light.start() if light else best
    if not (light or measured or best > begin or unit in raw["cases"] or text[begin - 1 : begin] == "被"):
        verb = verb_before(text, best, end)
        of = end - len(verb[0]) if verb and verb[1] == VERB and verb[0] not in known.modifiers and verb[0][-1] not in _OBJECTS else best
        # 民情茶馆开讲48期, but 意见征集22期: what is short is part of one noun with the verb.
        told = of if of - best >= _SPOKEN and (text[best] in QUOTES or unit not in raw["batches"]) else best
    if best < told:
        # 校报出版20期: what came out is counted.
        opening = opening_noun(text, best, told, unit)
        if opening and not known.manner.match(text, *opening):
            whole = strip_end(text, best, told)
            return (opening[0], whole) if text[opening[1] - 1] in "”》" else opening
    if best == begin and known.toward.search(text, begin, end):
        verb = verb_before(text, begin, end)
        best = end - len(verb[0]) if verb else best
    if unit in raw["cases"]:
        if best > begin and text.find("且", best, end) >= 0:
            # 涉及个人隐私且第三方不同意: both tell the outcome.
            best = begin
        verb = verb_before(text, best, end)
        if verb and verb[1] == VERB and known.matters.search(text, best, end - len(verb[0])):
            return (best, end - len(verb[0]))
    for part in (known.body.match(text, best, end), known.site.search(text, best, end)):
        best = part.end() if part else best
    if text.find("被", best + 1, end) >= 0 and known.passive.search(text, best + 1, end):
        verb = verb_before(text, best, end)
        best = end - len(verb[0]) if verb else best
    if end - best > _PHRASE:
        best = next((end - len(verb) for verb in raw["outcomes"] if text.endswith(verb, best, end)), best)
    for mark in "等的":
        at = text.rfind(mark, best, end - 1)
        if at >= 0 and text[at + 1] not in "一级次额":
            best = at + 1
    return (max(best, end - raw["longest"]), end)


def _behind_verbs(text: str, begin: int, end: int) -> int:
    """Where the object of the last verb of a phrase begins; `begin` where no verb has one."""
    known = vocabulary()
    raw, starts = known.raw, known.starts
    best = at = begin
    # 复议机关维持: what ends in a verb is no object of the noun before it.
    verbal = governed(text, begin, end)
    placed = text[begin - 1 : begin] in _PREPOSITIONS
    while at < end:
        if text[at] in QUOTES:
            at = max(at + 1, text.find(QUOTES[text[at]], at, end) + 1)
            continue
        word = word_at(text, at, end) if text[at] in starts else None
        if word is None:
            # 向人大报告专项工作: behind a preposition a verb is one.
            placed = placed or text[at] in _PREPOSITIONS
            at += 1
            continue
        length, kind = word
        after = at + length
        if kind == NOUN and after >= end and text.startswith(_MEANS, begin):
            # 通过公示栏公开事项264项: behind the means a verb is one.
            return at
        if (kind == NOUN and after >= end) or (at > begin and text[at - 1] in "不未"):
            # 不掌握相关信息8件: what was not done is no object.
            break
        if kind == NOMINAL and at > best and known.actor.search(text, best, at):
            # 常务会议研究政务公开工作2次: who acts stands before it.
            kind = VERB
        # 住房分配结果, 发布抽检结果: a verb is part of the noun behind it, where a noun or another verb stands before it.
        compound = (at > best or best > begin) and known.compound.match(text, after, end)
        if kind == NOUN or compound or (kind == NOMINAL and not placed and (at > begin or verbal or (verb_at(text, after, end) and text[end - 1] not in _PERSONS and not known.matters.fullmatch(text, after, end)))):
            at = after
            continue
        rest = text[after:end]
        if rest in raw["complements"]:
            break
        if (len(rest) > 1 or rest in raw["single"]) and not known.no_object.match(text, after, end):
            aspect = known.aspect.match(text, after, end)
            after = aspect.end() if aspect and aspect.end() < end else after
            stripped = strip_start(text, after, end)
            if stripped >= end:
                # 转入下年4件: no more than when.
                return at
            best = after = stripped
            verbal = True
        at = after
    return begin if best >= end else best
