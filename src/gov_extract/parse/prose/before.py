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
    QUOTES,
    TRAILING,
    VERB,
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
# Of the words that tell an outcome by themselves, the longest first.
_LENGTHS = (4, 3, 2)
# A verb before whoever is called by another one: 培训引导员.
_PERSONS = frozenset("员者")
# Verbs that end so have their object in them (发文, 授课).
_OBJECTS = frozenset("文稿课案件")
_OF_PERSONS = frozenset(("人", "名", "位", "人次"))
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
        opened = _phrase_start(text, floor, end)
        begin = strip_start(text, opened, end)
        # 适用第三十九条的3件: the article alone tells which.
        begin = opened if told and begin >= end else begin
        quoted = text[begin] in QUOTES and text[end - 1] == QUOTES[text[begin]]
        verdict = known.verdicts.search(text, begin, end) if case and not quoted else None
        tells = known.told.search(text, begin, end) if told and not verdict else None
        begin = tells.start() if tells else begin
        over = known.over.search(text, begin, end) if case else None
        end = over.start() if over and over.start() - begin > 1 else end
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
    known = vocabulary()
    return text[start - 1] in known.thus and known.those.match(text, max(floor, start - TRAILING), start) is not None


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


def noun_in(text: str, begin: int, end: int, unit: str) -> Span | None:
    """The noun at the end of a phrase, behind the last verb that has one; the phrase itself where none has."""
    if end - begin < 1 or not _IDEOGRAPH.search(text, begin, end):
        return None
    known = vocabulary()
    raw = known.raw
    if end - begin == 1 and text[begin] not in raw["single"]:
        return None
    if text[end - 1] == "》":
        opened = text.rfind("《", begin, end)
        return (opened, end) if opened >= 0 else (begin, end)
    if unit in raw["cases"] and (known.way.match(text, begin, end) or known.not_.match(text, begin, end)):
        return (max(begin, end - raw["longest"]), end)
    if end - begin >= _SPOKEN:
        peak = known.peak.search(text, begin, end)
        end = peak.start() if peak and peak.start() - begin > 1 else end
    body = known.body.match(text, begin, end) if end - begin >= _SPOKEN else None
    begin = body.end() if body else begin
    for adverb in known.adverbs.finditer(text, begin, end):
        behind = strip_start(text, adverb.end(), end)
        begin = behind if end - behind > 1 else begin
    best = _behind_verbs(text, begin, end)
    verb = verb_before(text, best, end)
    if verb is None and text[end - 1] in raw["shown"] and known.shown.search(text, best, end):
        verb = (text[end - 1], VERB)
    if verb:
        told = _told_before(text, begin, best, end, verb, unit)
        if told is not None:
            return told
        if best == begin and known.toward.search(text, begin, end):
            # 申请人向上级机关申诉2次: what was done, and not to whom.
            best = end - len(verb[0])
    if unit in raw["cases"] and best > begin and text.find("且", best, end) >= 0:
        # 涉及个人隐私且第三方不同意: both tell the outcome.
        best = begin
    if end - best >= _SPOKEN:
        means = known.means.match(text, begin, end) if best == begin and verb is None else None
        for part in (means, known.site.search(text, best, end)):
            best = part.end() if part else best
    if text.find("被", best + 1, end) >= 0 and known.passive.search(text, best + 1, end):
        verb = verb_before(text, best, end)
        best = end - len(verb[0]) if verb else best
    if end - best > _PHRASE:
        best = next((end - length for length in _LENGTHS if text[end - length : end] in known.outcomes), best)
    for mark in "等的":
        at = text.rfind(mark, best, end - 1)
        if at >= 0 and text[at + 1] not in "一级次额":
            best = strip_start(text, at + 1, end)
    # 未采纳的9条: never its contrary.
    best -= best > begin and text[best - 1] in "未不"
    return (max(best, end - raw["longest"]), end)


def _told_before(text: str, begin: int, best: int, end: int, verb: tuple[str, int], unit: str) -> Span | None:
    """The noun before the verb that ends a phrase, where that noun is what is counted: 校报出版20期."""
    known = vocabulary()
    raw = known.raw
    word, kind = verb
    start = end - len(word)
    if start <= best or text[begin - 1 : begin] == "被":
        return None
    modal = start - (text[start - 1] in "应拟")
    if unit in raw["cases"] and kind == VERB and known.matters.search(text, best, modal):
        return (best, modal)
    measured = unit in words().raw["units"]["measured"]
    if word not in (known.spent if measured else known.light) and (measured or not known.shown.search(text, best, end)):
        # 民情茶馆开讲48期, but 意见征集22期: what is short is part of one noun with the verb.
        if measured or best > begin or unit in raw["cases"] or kind != VERB:
            return None
        own = word in known.modifiers or word[-1] in _OBJECTS
        if own or start - best < _SPOKEN or (text[best] not in QUOTES and unit in raw["batches"]):
            return None
    if text[best] in QUOTES and word in known.modifiers and text[start - 1] == QUOTES[text[best]]:
        # “双随机”抽查614次: the name of what was done.
        return None
    opening = opening_noun(text, best, start, unit)
    if opening and word not in known.light and unit not in _OF_PERSONS and known.heads["名"].match(text, *opening):
        # 民警入户走访4200户: what they did, and not who.
        return None
    if opening is None or known.manner.match(text, *opening):
        return None
    return (opening[0], strip_end(text, best, start)) if text[opening[1] - 1] in "”》" else opening


def _behind_verbs(text: str, begin: int, end: int) -> int:
    """Where the object of the last verb of a phrase begins; `begin` where no verb has one."""
    known = vocabulary()
    raw, starts = known.raw, known.starts
    best = at = begin
    # 复议机关维持: what ends in a verb is no object of the noun before it.
    verbal = governed(text, begin, end)
    placed = text[begin - 1 : begin] in _WITH or text[begin - 1 : begin] == "在"
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
        compound = not placed and (at > best or best > begin) and known.compound.match(text, after, end)
        if (
            kind == NOUN
            or compound
            or (
                kind == NOMINAL
                and not placed
                and (
                    at > begin
                    or verbal
                    or (
                        verb_at(text, after, end)
                        and text[end - 1] not in _PERSONS
                        and not known.matters.fullmatch(text, after, end)
                    )
                )
            )
        ):
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
