"""What of a page is not the document, and what the page says of itself.

In: the rules of ``data/page_chrome.toml``, elements and lines of a page. Out: whether they are chrome; properties from
meta tags and from the info box above the text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

_BLANK = re.compile(r"\s+")
INFO_LENGTH = 160
"""Characters of the longest line of an info box: six short labels with their values."""

_TRIM = " \t\n\u00a0\u3000:：|｜[]【】()（）"

MOST_HEADINGS = 50
"""Headings among which a page's title is looked for: it comes first."""

INFO_KEYS = ("title", "agency", "published_on", "written_on")


class Rules(NamedTuple):
    """The rules of ``data/page_chrome.toml``, compiled."""

    tags: frozenset[str]
    landmarks: frozenset[str]
    names: frozenset[str]
    kept: frozenset[str]
    lines: re.Pattern[str]
    other_report: re.Pattern[str]
    report_title: re.Pattern[str]
    date: re.Pattern[str]
    meta: Mapping[str, Sequence[str]]
    empty: frozenset[str]
    info: Mapping[str, str]
    """Label without blanks → the property that it names, ``""`` for one of no interest."""
    pair: re.Pattern[str]
    """A label with its colon, inside a line."""
    small_picture: re.Pattern[str]


@cache
def rules() -> Rules:
    """The rules, read once a process."""
    data = tomllib.loads(files("gov_extract").joinpath("data/page_chrome.toml").read_text("utf-8"))
    info = dict.fromkeys(data["info"]["other"], "")
    for key in INFO_KEYS:
        info |= dict.fromkeys(data["info"][key], key)
    # The longest label first, so that 发布日期 is not read as 日期; blanks may stand between the characters (名 称：).
    labels = "|".join(r"[\s\u3000]*".join(map(re.escape, label)) for label in sorted(info, key=len, reverse=True))
    return Rules(
        frozenset(data["drop"]["tags"]),
        frozenset(data["drop"]["landmarks"]),
        frozenset(data["drop"]["names"]),
        frozenset(data["drop"]["kept"]),
        re.compile("|".join(f"(?:{pattern})" for pattern in data["lines"]["patterns"])),
        re.compile(data["links"]["other_report"]),
        re.compile(data["links"]["report_title"]),
        re.compile(rf"^\s*{data['links']['date']}|{data['links']['date']}\s*$"),
        {key: data["meta"][key] for key in ("title", "agency", "published_on", "url", "site")},
        frozenset(data["meta"]["empty"]),
        info,
        re.compile(rf"(?:(?<=[\s\u3000|｜\]】\[【])|^)({labels})[\s\u3000]*[】\]]?[\s\u3000]*[：:]"),
        re.compile(data["beside"]["small_picture"]),
    )


def is_chrome_line(text: str) -> bool:
    """Whether a line outside tables belongs to the page rather than the document."""
    return len(text) <= INFO_LENGTH and rules().lines.fullmatch(_BLANK.sub("", text)) is not None


def info_pairs(text: str) -> list[tuple[str, str]] | None:
    """The properties in a line of an info box (``来源：…　发布时间：…``), None where it is none.

    A pair of no interest has the key ``""``. A line counts where it begins with a known label and a colon.
    """
    if len(text) > INFO_LENGTH:
        return None
    known = rules()
    found = list(known.pair.finditer(text))
    if not found or text[: found[0].start()].strip(_TRIM):
        return None
    pairs = []
    for match, following in zip(found, [*found[1:], None], strict=True):
        value = text[match.end() : following.start() if following else len(text)].strip(_TRIM)
        pairs.append((known.info[_BLANK.sub("", match[1])], value))
    return pairs


def info_label(text: str) -> str | None:
    """The property that an info box's cell names (``发布机构：``), ``""`` if of no interest, None for no label."""
    return rules().info.get(_BLANK.sub("", text).strip(_TRIM))


def info_table(rows: Sequence[Sequence[str]]) -> list[tuple[str, str]] | None:
    """The properties in the rows of an info box laid out as a table, None where the table is none.

    It is one where at least two of its cells are, or begin with, known labels, and these are a third of its filled
    cells: a statutory table has none of them.
    """
    pairs: list[tuple[str, str]] = []
    labels = filled = 0
    for row in rows:
        key: str | None = None
        for text in row:
            if not text.strip():
                continue
            filled += 1
            inside = info_pairs(text.replace("\n", " "))
            named = info_label(text)
            if named is not None:
                labels += 1
                key = named
            elif inside:
                labels += len(inside)
                pairs.extend(inside)
                key = None
                if not inside[-1][1]:
                    key = pairs.pop()[0]
            elif key is not None:
                pairs.append((key, text.replace("\n", " ").strip(_TRIM)))
                key = None
    return pairs if labels >= 2 and 3 * labels >= filled else None


def page_properties(tree: LexborHTMLParser, source: str, info: Sequence[tuple[str, str]]) -> dict[str, str]:
    """What a page says of itself, each value as printed.

    The title is the first of: meta ArticleTitle, the info box's 名称, og:title, the first h1 or h2 that names a report
    (a site's own name is often an h1), <title> without its site's name.
    The agency and the date of publication are the info box's, else the meta tags'; 成文日期 is ``written_on``.
    The site's name is that of its meta tag.
    The address is the canonical link, else og:url, else what a browser wrote when it saved the page.
    """
    known = rules()
    meta: dict[str, str] = {}
    for node in tree.css("meta"):
        attributes = node.attributes
        name = attributes.get("name") or attributes.get("property") or attributes.get("itemprop") or ""
        content = _BLANK.sub(" ", attributes.get("content") or "").strip()
        if name and content and content.lower() not in known.empty:
            meta.setdefault(name.lower(), content)

    def from_meta(key: str) -> list[str]:
        return [meta[name.lower()] for name in known.meta[key] if name.lower() in meta]

    def from_info(key: str) -> list[str]:
        return [value for name, value in info if name == key and value and value.lower() not in known.empty]

    title = from_meta("title")
    article = [meta["articletitle"]] if "articletitle" in meta else []
    headings = [_BLANK.sub(" ", node.text()).strip() for node in tree.css("h1, h2")[:MOST_HEADINGS]]
    shown = tree.css_first("title")
    candidates = {
        "title": [
            *article,
            *from_info("title"),
            *title,
            *(heading for heading in headings if _REPORT.search(heading)),
            *([_title(shown.text())] if shown is not None else []),
        ],
        "agency": [*from_info("agency"), *from_meta("agency")],
        "published_on": [*from_info("published_on"), *from_meta("published_on")],
        "written_on": from_info("written_on"),
        "site": from_meta("site"),
        "url": [*_canonical(tree), *from_meta("url"), *_saved_from(source)],
    }
    return {key: next(filter(None, values)) for key, values in candidates.items() if any(values)}


_REPORT = re.compile("报告|年报|報告|年報")
_TITLE_PARTS = re.compile(r"\s*(?:[_|｜]|\s[-–—－]+\s|[-–—－]{2,})\s*|(?<=报告)[-–—－]|(?<=年报)[-–—－]")


def _title(text: str) -> str:
    """A page's <title> without its site's and columns' names: the part that names a report, else the whole."""
    text = _BLANK.sub(" ", text).strip()
    return next((part for part in _TITLE_PARTS.split(text) if _REPORT.search(part)), text)


def _canonical(tree: LexborHTMLParser) -> list[str]:
    node = tree.css_first('link[rel="canonical"]')
    return [node.attributes.get("href") or ""] if node is not None else []


_SAVED = re.compile(r"<!--\s*saved from url=\(\d+\)\s*(\S{1,2000})\s*-->")


def _saved_from(source: str) -> list[str]:
    found = _SAVED.search(source[:4096])
    return [found[1]] if found else []
