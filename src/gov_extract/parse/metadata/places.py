"""The places of a document that tell of title, agency, year and dates, each read by itself.

In: the paragraphs before the first heading, the sections, the reader's properties, the file's name. Out: one record a
place; `gov_extract.parse.metadata` weighs them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import regex

from gov_extract.forms.labels import simplified
from gov_extract.parse.chinese import Day, find_date, find_months, find_periods
from gov_extract.parse.metadata.names import Title, is_name, read_title, read_year, same_agency, squeeze, words
from gov_extract.schema import Section

_SPACE = regex.compile(r"[^\S\n]+")
_AROUND_DATE = "()[]（）,，。.:：;日期落款发布时间"
# A period shorter than this (days) is that of an event, unless it is called the period of the figures.
_YEARLY = 300
# Characters before a period in which the words that call it so may stand.
_NEAR = 30
# Dates that belong to a title stand at most so many paragraphs below it.
_UNDER = 3
_PREAMBLE_NAMES = 800  # characters in which the preamble names its agency


class TitleBlock(NamedTuple):
    """The title, over one or more paragraphs; `last` is the index of its last one, -1 where there is no title."""

    text: str | None
    agency: str | None
    year: int | None
    day: str | None
    last: int


class FoundTitle(NamedTuple):
    """A title from paragraph `start` up to `end`; its words begin at `at`. `letter`: it is that of a letter or notice that
    brings the report, or of its annex."""

    start: int
    end: int
    at: int
    title: Title
    letter: bool


class Preamble(NamedTuple):
    """Agency, period (ISO) and, without a period, the year that the preamble names."""

    agency: str | None
    first: str | None
    last: str | None
    year: int | None


class Signature(NamedTuple):
    """Agency and day of the sign-off."""

    agency: str | None
    day: str | None


class Box(NamedTuple):
    """What the page says around the text: its own title with what that says, agency and day of publication, the site's name,
    and the agency that it is of where the text speaks of such a one as itself (我局).
    """

    title: str | None
    title_agency: str | None
    year: int | None
    agency: str | None
    published: str | None
    site: str | None
    site_agency: str | None


class Name(NamedTuple):
    """What a file's name says; `titled`: it is a report's title, not just a name with a figure in it."""

    agency: str | None
    year: int | None
    titled: bool


def _tidy(text: str) -> str:
    tidy: str = _SPACE.sub(" ", text)
    return tidy.strip()


def read_title_block(lines: Sequence[str], page_year: int | None) -> TitleBlock:
    """The title in the paragraphs at the top: joined when cut, with the agency's line above where it names none.

    Pages list other years' reports; of several titles the one of `page_year` (the year of the page's own title) counts,
    else the last.
    """
    limits = words().raw["title"]
    squeezed = [squeeze(line) if len(line) <= limits["longest"] else "" for line in lines[: limits["lines"]]]
    best: list[FoundTitle] = []
    most = -9
    titles = find_titles(squeezed, range(len(squeezed)))
    for found in titles:
        said = found.title
        score = 4 * (said.year is not None) + 2 * (said.agency is not None) - 3 * (squeezed[found.at][-1] in "。;；")
        score -= 3 * ("。" in "".join(squeezed[found.at : found.end])[:-1])
        # A title with its day of publication is an entry of a list.
        score -= 5 * (find_date(squeezed[found.end - 1][-10:]) is not None)
        # Behind a letter stands the report's own title, if it has one.
        score -= 3 * found.letter
        if score > most:
            best, most = [], score
        if score == most:
            best.append(found)
    if not best:
        return TitleBlock(None, None, None, None, -1)
    start, end, _, said, letter = _of_several(best, page_year)
    agency, day = said.agency, None
    # Farther below a letter's title stands the letter's date.
    for text in squeezed[end : end + (1 if letter else _UNDER)]:
        dated = read_dated(text)
        if dated:
            day = dated[1].iso
            agency = agency or dated[0]
        elif agency is None and is_name(text):
            agency = text
    if agency is None:
        others = (other.title for other in titles if other.letter)
        agency = next((other.agency for other in others if other.agency and other.year == said.year), None)
    shown = "".join(_tidy(line) for line in lines[start:end])
    cut = _label_length(shown)
    return TitleBlock(shown[cut:].strip() or None, agency, said.year, day, end - 1)


def _of_several(titles: Sequence[FoundTitle], page_year: int | None) -> FoundTitle:
    """Which of several titles is the report's: of one report all say the same, and the first counts; in a list of other
    years' or other agencies' reports above it, the page's year tells, or the last one counts."""
    names = [found.title.agency for found in titles if found.title.agency]
    if len({found.title.year for found in titles}) == 1:
        one = all(same_agency(names[0], name) or same_agency(name, names[0]) for name in names[1:])
        return titles[0] if one else titles[-1]
    paged = [found for found in titles if page_year is not None and found.title.year == page_year]
    return (paged or titles[-1:])[0]


def find_titles(squeezed: Sequence[str], where: Iterable[int]) -> list[FoundTitle]:
    """The titles of reports that have paragraphs (or lines) of their own.

    Parameters
    ----------
    squeezed
        The paragraphs, each squeezed; empty where none can be a title.
    where
        Indices at which a title's words may begin; those just before are looked at too.
    """
    limits = words().raw["title"]
    found: list[FoundTitle] = []
    for k in sorted({at for place in where for at in (place - 1, place) if at >= 0}):
        end = _window(squeezed, k, limits["longest"], limits["tail"])
        if not end:
            continue
        start = _upwards(squeezed, k, end)
        text = "".join(squeezed[start:end])
        said = read_title(text)
        below = squeezed[end] if end < len(squeezed) else ""
        if said is not None and said.year is None and words().year.fullmatch(below.strip("()")):
            # The year stands on a line of its own, below the title: （2022年度）.
            end += 1
            text += below if below.startswith("(") else f"({below})"
            said = read_title(text)
        if said is not None:
            found.append(FoundTitle(start, end, k, said, words().notice.search(text) is not None))
    return found


def is_dated(text: str) -> bool:
    """Whether a squeezed text is nothing but a date, or an agency with one."""
    return read_dated(text) is not None


def _window(squeezed: Sequence[str], k: int, longest: int, tail: int) -> int:
    """End of the shortest run of paragraphs from `k` that holds a title's words to its end; 0 for none."""
    text = squeezed[k]
    near = text + (squeezed[k + 1] if k + 1 < len(squeezed) else "")
    if not text or ("公开" not in near and "公開" not in near):
        return 0
    if text.startswith(tuple(words().raw["box"]["ignored"])) or read_dated(text):
        return 0
    for end in range(k + 1, min(k + 4, len(squeezed) + 1)):
        part = squeezed[end - 1]
        if not part or (end > k + 1 and part[-1] in "。;；"):
            return 0
        if end > k + 1:
            if len(text) + len(part) > longest or read_title(part):
                return 0
            text += part
        said = read_title(text)
        if said:
            # （超链版） torn by the end of the line.
            torn = text.count("(") > text.count(")") and end < len(squeezed) and ")" in squeezed[end][:tail]
            torn = torn or (end < len(squeezed) and words().notes.fullmatch(squeezed[end]) is not None)
            if not torn and end < len(squeezed) and 0 < len(squeezed[end]) <= 3:
                # The last characters of a title that was wider than its page.
                longer = read_title(text + squeezed[end])
                torn = longer is not None and longer.end == len(text) + len(squeezed[end])
            return end + torn if len(text) - said.end <= tail else 0
    return 0


def _upwards(squeezed: Sequence[str], k: int, end: int) -> int:
    """Start of the title when lines above give what it lacks: the agency, the year, 关于."""
    start = k
    said = read_title("".join(squeezed[start:end]))
    while start and said and (said.agency is None or said.year is None) and k - start < 2:
        above = squeezed[start - 1]
        if not above or len(above) > 40 or above[-1] in "。;；，,:" or read_title(above) or read_dated(above):
            break
        year = words().year.sub("", above)
        more = read_title("".join(squeezed[start - 1 : end]))
        better = more and (
            (more.agency and not said.agency and (is_name(more.agency) or is_name(above) or above.startswith("关于")))
            or (more.year and not said.year and (not year or is_name(year)))
        )
        if not better:
            break
        start -= 1
        said = more
    return start


def _label_length(text: str) -> int:
    """Length of a label of the info box that stands before a title (名称 某市……)."""
    for label in words().raw["box"]["title"]:
        if text.startswith(label):
            rest = text[len(label) :]
            if rest[:1] in ("：", ":", " "):
                return len(label) + 1
    return 0


@lru_cache(maxsize=64)
def read_dated(text: str) -> tuple[str | None, Day] | None:
    """The agency (or None) and date of a paragraph that holds nothing else; the same paragraphs are asked for four times."""
    if not text or len(text) > words().raw["signature"]["longest"] or not ("2" in text or "二" in text):
        return None
    day = find_date(text)
    if day is None:
        return None
    left = (text[: day.start] + text[day.end :]).strip(_AROUND_DATE)
    if not left:
        return None, day
    return (left, day) if is_name(left) else None


def read_preamble(lines: Sequence[str], sections: Sequence[Section], year: int | None = None) -> Preamble:
    """Agency and period of the text before the first heading and of the first section, where preambles also stand.

    `year` is that of a period without any year.
    """
    vocabulary = words()
    parts = list(lines)
    first = next((section for section in sections if section.level), None)
    if first and first.section in (None, "overview"):
        parts += first.text.split("\n")[:4]
    text = squeeze("|".join(parts)[: vocabulary.raw["preamble"]["reach"]])
    # A period may be torn over lines; a name behind a line's end belongs to another sentence.
    begins, ends = _period(simplified(text.replace("|", "")), year)
    if ends is None:
        ends = _last_day(simplified("".join(part for part in text.split("|") if not vocabulary.note.match(part))))
    said = read_title(text[:400]) if "公开" in text else None
    agency = None
    head = text[:_PREAMBLE_NAMES]
    simple = simplified(head)
    for pattern in vocabulary.preamble:
        for match in pattern.finditer(simple):
            name = head[match.start("name") : match.end("name")].strip("、")
            if is_name(name):
                agency = name
                break
        if agency:
            break
    if said and agency is None and said.agency and is_name(said.agency):
        agency = said.agency
    return Preamble(agency, begins, ends, said.year if said else None)


def _period(text: str, year: int | None) -> tuple[str | None, str | None]:
    vocabulary = words()
    if "日" not in text and "20" not in text:
        return None, None
    named = yearly = None
    for period in find_periods(text, year):
        days = (date.fromisoformat(period.last) - date.fromisoformat(period.first)).days
        before = text[max(0, period.start - _NEAR) : period.start]
        if any(word in before for word in vocabulary.raw["period"]["words"]):
            if days >= _YEARLY:
                return period.first, period.last
            named = named or (period.first, period.last)
        elif days >= _YEARLY:
            yearly = yearly or (period.first, period.last)
    if yearly or named:
        return yearly or named or (None, None)
    for period in find_months(text):
        before = text[max(0, period.start - _NEAR) : period.start]
        if any(word in before for word in vocabulary.raw["period"]["words"]):
            return period.first, period.last
    return None, None


def _last_day(text: str) -> str | None:
    """The last day of a period of which nothing else is given."""
    vocabulary = words()
    for end in vocabulary.period_end.finditer(text):
        day = find_date(text, end.end())
        before = text[max(0, end.start() - _NEAR) : end.start()]
        called = end["named"] or any(word in before for word in vocabulary.raw["period"]["words"])
        if called and day and day.start == end.end():
            return day.iso
    return None


def read_signature(sections: Sequence[Section]) -> Signature:
    """Agency and date at the end of the text, or before its annexes."""
    reach = words().raw["signature"]["paragraphs"]
    longest = words().raw["signature"]["longest"]
    name = None
    for section in reversed(sections):
        if section.level == 0 and len(sections) > 1:
            break
        lines = section.text.rsplit("\n", reach)[-reach:]
        for k in range(len(lines) - 1, -1, -1):
            if not lines[k] or len(lines[k]) > longest:
                continue
            text = squeeze(lines[k])
            found = read_dated(text)
            if found:
                return Signature(found[0] or _above(lines[:k], longest) or name, found[1].iso)
            if name is None and section.section != "annex" and k >= len(lines) - 2 and is_name(text):
                name = text
    return Signature(name, None)


def _above(lines: Sequence[str], longest: int) -> str | None:
    for line in reversed(lines[-2:]):
        text = squeeze(line) if len(line) <= longest else ""
        if is_name(text):
            return text
    return None


def read_box(lines: Iterable[str], properties: Mapping[str, str], sections: Sequence[Section]) -> Box:
    """The page's own words about the text: meta properties, and an info box that came along as text."""
    vocabulary = words()
    labels = vocabulary.raw["box"]
    published = _day(properties.get("published_on", ""))
    agency = squeeze(properties.get("agency", ""))
    title = _page_title(properties.get("title", ""))
    said = read_title(squeeze(title)) if title else None
    for line in lines:
        if len(line) > 200:
            continue
        text = squeeze(line)
        simple = simplified(text)
        if published is None:
            published = _day(_behind(simple, labels["published"]))
        if published is None and not any(word in simple for word in labels["ignored"]):
            beside = any(word in simple for word in labels["beside"])
            published = _day(_behind(simple, labels["bare"])) if beside else None
        if not agency:
            agency = _behind(text, labels["agency"])
            agency = agency if is_name(agency) else ""
    return Box(
        title or None,
        said.agency if said else None,
        said.year if said else None,
        agency if is_name(agency) else None,
        published,
        squeeze(properties.get("site", ""))[:60] or None,
        _site_agency(properties, sections),
    )


def _site_agency(properties: Mapping[str, str], sections: Sequence[Section]) -> str | None:
    site = squeeze(properties.get("site", ""))[:60]
    if not site:
        return None
    vocabulary = words()
    name = vocabulary.site_words.sub("", site)
    if not is_name(name):
        return None
    # 我局 on the site of a county's government is a bureau that nothing names.
    own = next((match["own"] for section in sections if (match := vocabulary.own.search(section.text))), None)
    return name if own and name.endswith(tuple(vocabulary.raw["site"]["endings"].get(own, [own]))) else None


def _behind(text: str, labels: Sequence[str]) -> str:
    simple = simplified(text)
    for label in labels:
        at = simple.find(label)
        if at >= 0:
            return text[at + len(label) : at + len(label) + 40].lstrip(":：[]【】 ")
    return ""


def _day(text: str) -> str | None:
    day = find_date(text[:40]) if text else None
    return day.iso if day and day.start <= 1 else None


def _page_title(text: str) -> str:
    """The part of a page's title that is a report's title: sites put their names and the columns' behind it."""
    text = _tidy(text[:300])
    for part in regex.split(words().raw["site"]["separators"], text):
        if read_title(squeeze(part)):
            return str(part).strip()
    return text if read_title(squeeze(text)) else ""


def read_file_name(source: str) -> Name:
    """Agency and year of a file's name; folders are not asked."""
    name = source.replace("\\", "/").replace("!", "/").rstrip("/").rpartition("/")[2][:300]
    stem, _, suffix = name.rpartition(".")
    stem = squeeze(stem if stem and len(suffix) < 6 else name)
    said = read_title(stem)
    if said:
        return Name(said.agency, said.year, said.year is not None)
    year = None
    rest = stem
    for match in words().year.finditer(stem):
        year = read_year(match[0])
        rest = stem.replace(match[0], "").strip("_-.")
    return Name(rest if is_name(rest) else None, year, False)
