"""Titles, years and agencies' names in text.

In: text without blanks, half-width (see `squeeze`). Out: what a title says, whether a text is a name, whether two names mean
one agency.
"""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NamedTuple

import regex

from gov_extract.forms.labels import simplified
from gov_extract.parse.agency.places import read_place
from gov_extract.parse.chinese import FIRST_YEAR, LAST_YEAR, half_width, numeral

_NAME = r"[\p{Han}()·0-9A-Za-z、]"
_NAME_ONLY = regex.compile(rf"{_NAME}+")
# The first year of two.
_RANGED = regex.compile(r"20\d\d年?度?[-—–~～至]")
_BRACKETS = regex.compile(r"\([^()]*\)")
# Interior additions with one of these name another division, hence another agency (淮安市财政局, 淮安市清江浦区财政局).
# 城乡, 城市, 城镇, 市场 and 市政 are words of an agency's business.
_DIVISION = regex.compile("(?<!城)[市区县镇乡旗](?![场政容域划])")


class Title(NamedTuple):
    """What a title says: its agency and year where it names them, the words that make it one, and where these stand."""

    agency: str | None
    year: int | None
    start: int
    end: int


class Words(NamedTuple):
    """The compiled vocabulary of ``data/metadata.toml``."""

    title: regex.Pattern[str]
    notice: regex.Pattern[str]
    prefixes: regex.Pattern[str]
    notes: regex.Pattern[str]
    illustrated: regex.Pattern[str]
    breaks: frozenset[str]
    year: regex.Pattern[str]
    suffixes: tuple[str, ...]
    refused: regex.Pattern[str]
    divisions: regex.Pattern[str]
    superiors: regex.Pattern[str]
    preamble: tuple[regex.Pattern[str], ...]
    period_end: regex.Pattern[str]
    note: regex.Pattern[str]
    own: regex.Pattern[str]
    site_words: regex.Pattern[str]
    raw: dict[str, Any]


@cache
def words() -> Words:
    """The vocabulary, read and compiled once a process."""
    raw: dict[str, Any] = tomllib.loads(resources.files("gov_extract.data").joinpath("metadata.toml").read_text("utf-8"))
    year, agency = raw["year"]["pattern"], raw["agency"]
    name = rf"(?P<name>{_NAME}{{2,{agency['longest']}}}?)"
    return Words(
        regex.compile(raw["title"]["words"].replace("{year}", f"(?P<inner>{year})")),
        regex.compile(raw["title"]["notice"]),
        regex.compile(raw["title"]["prefixes"]),
        regex.compile(raw["title"]["notes"]),
        regex.compile(raw["title"]["illustrated"]),
        frozenset(raw["title"]["breaks"]),
        regex.compile(rf"(?<!\d)(?:{year})"),
        tuple(agency["suffixes"]),
        regex.compile(agency["refused"]),
        regex.compile(agency["divisions"]),
        regex.compile(agency["superiors"]),
        tuple(regex.compile(p.replace("{name}", name).replace("{year}", year)) for p in raw["preamble"]["names"]),
        regex.compile(raw["period"]["end"]),
        regex.compile(raw["period"]["note"]),
        regex.compile(raw["site"]["own"]),
        regex.compile(raw["site"]["words"]),
        raw,
    )


def squeeze(text: str) -> str:
    """Half-width and without blanks: Chinese needs none, and pages put them anywhere."""
    return "".join(half_width(text).split())


def read_year(text: str) -> int | None:
    """The year of a year's writing: ``2023年度``, ``2022-2023学年度`` (its end), ``202020年`` (2020), ``二〇二三年``.

    >>> read_year("2022-2023学年度"), read_year("202020年"), read_year("1998年")
    (2023, 2020, None)
    """
    if text[0] == "二":
        value = numeral(text[:4])
    else:
        ranged = _RANGED.match(text)
        value = int(text[ranged.end() : ranged.end() + 4]) if ranged else int(text[:4])
    return value if value is not None and FIRST_YEAR <= value <= LAST_YEAR else None


@lru_cache(maxsize=64)
def read_title(text: str) -> Title | None:
    """What a title says, or None where the text holds no title's words. `text` is squeezed.

    >>> read_title("2020年黄石市住房和城乡建设局政府信息公开工作年度报告")[:2]
    ('黄石市住房和城乡建设局', 2020)
    """
    vocabulary = words()
    matches = list(vocabulary.title.finditer(simplified(text)))
    if not matches:
        return None
    match = matches[-1]
    before = text[: match.start()]
    if before.endswith("人民") and text.startswith("政府", match.start()):
        # 某县人民政府信息公开年度报告: the two characters serve both the name and the title.
        before += "政府"
    inner = match["inner"]
    years = [y for y in (inner and read_year(inner),) if y]
    start = max((before.rfind(mark) for mark in vocabulary.breaks), default=-1) + 1
    tail = before[start:]
    segments: list[str] = []
    at = 0
    found: list[int] = []
    for year in vocabulary.year.finditer(tail):
        value = read_year(year[0])
        if value:
            found.append(value)
            segments.append(tail[at : year.start()])
            at = year.end()
    segments.append(tail[at:])
    if not found and not years and start:
        # The year may stand in an earlier clause: 2020年度，某局……
        found = [y for m in vocabulary.year.finditer(before[:start][-24:]) if (y := read_year(m[0]))][-1:]
    if not found and not years:
        behind = text[match.end() : match.end() + vocabulary.raw["title"]["tail"]]
        found = [y for m in vocabulary.year.finditer(behind) if (y := read_year(m[0]))][:1]
    agency = None
    for k in range(len(segments) - 1, -1, -1):
        agency = title_name(segments[k])
        # 某县2022年度教育局, 某县人民政府2022年办公室: the year stands inside the name.
        if k:
            agency = _parted(segments[k - 1], agency or segments[k]) or agency
        if agency:
            break
    return Title(agency, next(iter(found[-1:] or years), None), match.start(), match.end())


def _parted(before: str, behind: str) -> str | None:
    """The name that a year parts: a place, and behind the year a body that names none itself; None where it parts no name."""
    vocabulary = words()
    place = title_name(before)
    body = behind.lstrip("的").removesuffix("关于").removesuffix("關於")
    simple = simplified(body)
    if place is None or not _NAME_ONLY.fullmatch(body) or not _BRACKETS.sub("", simple).endswith(vocabulary.suffixes):
        return None
    agency = vocabulary.raw["agency"]
    if simplified(place).endswith(tuple(agency["government"])):
        joined = simple in agency["offices"]
    else:
        ends = vocabulary.divisions.search(simplified(place)) or vocabulary.superiors.search(simplified(place))
        # A body of the state, or one with a place of its own, is whole.
        joined = ends is not None and not simple.startswith(tuple(agency["state"])) and not read_place(simple, None).printed
    return place + body if joined and len(place + body) <= agency["longest"] else None


def title_name(segment: str) -> str | None:
    """The agency's name in a part of a title, without what introduces it; None where there is none."""
    vocabulary = words()
    first, last = (find("关于") for find in (simplified(segment).find, simplified(segment).rfind))
    for part in (segment[last + 2 :], segment[:first]) if first >= 0 else (segment,):
        name = part
        for note in reversed([*vocabulary.notes.finditer(simplified(part))]):
            name = name[: note.start()] + name[note.end() :]
        while name:
            match = vocabulary.prefixes.match(simplified(name))
            if not match or not match.end():
                break
            name = name[match.end() :]
        name = name.strip("的-—·、0123456789")
        if len(name) < 2 or len(name) > vocabulary.raw["agency"]["longest"]:
            continue
        if _NAME_ONLY.fullmatch(name) and not vocabulary.refused.search(simplified(name)):
            return _balanced(name)
    return None


def is_name(text: str) -> bool:
    """Whether a squeezed text is an agency's name by its ending."""
    vocabulary = words()
    if not 3 <= len(text) <= vocabulary.raw["agency"]["longest"]:
        return False
    simple = simplified(text)
    bare = _BRACKETS.sub("", simple) if "(" in simple else simple
    return (
        bare.endswith(vocabulary.suffixes)
        and _NAME_ONLY.fullmatch(text) is not None
        and "、" not in text
        and not vocabulary.refused.search(simple)
    )


def _balanced(name: str) -> str | None:
    if name.count("(") != name.count(")"):
        name = name.replace("(", "").replace(")", "")
    return name or None


def same_agency(short: str, long: str) -> bool:
    """Whether `long` is a longer writing of `short`: 卫生健康委 and 卫生健康委员会, 科经局 and 科技经济信息化局.

    >>> same_agency("镜湖区税务局", "国家税务总局芜湖市镜湖区税务局"), same_agency("淮安市财政局", "淮安市清江浦区财政局")
    (True, False)
    """
    vocabulary = words()
    a, b = (simplified(_BRACKETS.sub("", half_width(text))) for text in (short, long))
    if a == b:
        return True
    if not a or len(b) < len(a):
        return False
    inside = b.rfind(a)
    if inside > 0 and vocabulary.divisions.search(a) and vocabulary.superiors.search(b[:inside]):
        # 某镇, 某县某镇人民政府
        return b[inside + len(a) :] in ("", *vocabulary.raw["agency"]["government"])
    if vocabulary.divisions.search(a) and b.startswith(a):
        return b[len(a) :] in vocabulary.raw["agency"]["government"]
    if a[-1] != b[-1]:
        for brief, full in vocabulary.raw["agency"]["endings"]:
            if a.endswith(brief) and b.endswith(full):
                a, b = a[: -len(brief)], b[: -len(full)]
                break
        else:
            return False
    # From the end, so that what is left over stands in front (a superior's name), where it may be anything.
    place = len(b)
    for k in range(len(a) - 1, -1, -1):
        at = b.rfind(a[k], 0, place)
        if at < 0:
            return False
        if k < len(a) - 1 and _DIVISION.search(b, at + 1, place):
            return False
        place = at
    return True


def office_of(agency: str, other: str) -> bool:
    """Whether one of the two names is the other's own office (政府, 政府办公室)."""
    offices = words().raw["agency"]["offices"]
    for whole, part in ((agency, other), (other, agency)):
        for office in offices:
            if part.endswith(office) and part != whole:
                head = part[: -len(office)]
                if head and (head == whole or same_agency(whole, head) or same_agency(head, whole)):
                    return True
    return False
