"""styles.xml and numbering.xml: heading levels, hidden text and automatic numbers.

In: the two parts' XML roots (either may be absent). Out: `Styles`, resolved along ``basedOn``; `Numbering`, which
counts as Word does while a document's paragraphs pass by.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from gov_extract.readers.counting import printed_number

if TYPE_CHECKING:
    from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
VAL = W + "val"
LEVELS = 9
"""Levels of a Word list, from 0."""

MAX_LEVEL = 6
"""Deepest heading level of a `Line`."""

_HEADING_NAME = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_CONTENTS_NAME = re.compile(r"(?:toc|目录)\s*\d", re.IGNORECASE)
_CHAIN = 20
"""Styles followed along basedOn: Word allows 10; a cycle must end."""

_OFF = {"0", "false", "off", "none"}


def child_value(element: etree._Element | None, name: str) -> str | None:
    """The ``w:val`` of a child of that (qualified) name, None where either is absent."""
    child = element.find(name) if element is not None else None
    return None if child is None else child.get(VAL)


def child_number(element: etree._Element | None, name: str) -> int | None:
    """The child's ``w:val`` as a number, None where absent or not a number."""
    value = child_value(element, name)
    try:
        return int(value) if value is not None else None
    except ValueError:
        return None


def switched_on(element: etree._Element | None, name: str) -> bool | None:
    """An on/off child (``w:vanish``): None where absent, on without a value."""
    child = element.find(name) if element is not None else None
    return None if child is None else child.get(VAL, "1").lower() not in _OFF


class Style(NamedTuple):
    """What a style contributes: list, heading level (1 to 6), hidden text; whether it is a table of contents' entry."""

    number_id: str | None = None
    list_level: int | None = None
    level: int | None = None
    hidden: bool = False
    contents: bool = False


class Styles(NamedTuple):
    """The document's styles by identifier, those resolved so far, and the identifier of the default paragraph style.

    Styles are resolved when they are used: templates bring hundreds, a document uses a dozen.
    """

    raw: Mapping[str, etree._Element]
    resolved: dict[str, Style]
    default: str | None

    def of(self, style_id: str | None) -> Style:
        """The style of that identifier; the default paragraph style's for None, an empty one for an unknown."""
        name = self.default if style_id is None else style_id
        if name is None or name not in self.raw:
            return Style()
        if name not in self.resolved:
            self.resolved[name] = _resolve(name, self.raw)
        return self.resolved[name]


class ListLevel(NamedTuple):
    """One level of a list: its start, its format, its text (``%1、``), after which level it restarts, its style."""

    start: int
    number_format: str
    text: str
    restart: int | None
    legal: bool
    style: str | None


class List(NamedTuple):
    """A ``w:num``: the abstract list whose counters it shares, its levels, and its own starts."""

    abstract: str
    levels: Mapping[int, ListLevel]
    starts: Mapping[int, int]


def outline_level(properties: etree._Element | None) -> int | None:
    """The heading level (1 to 6) of paragraph properties; 0 where they say that it is body text; None where silent."""
    outline = child_number(properties, W + "outlineLvl")
    if outline is None:
        return None
    return min(outline + 1, MAX_LEVEL) if 0 <= outline < LEVELS else 0


def read_styles(root: etree._Element | None) -> Styles:
    """The styles of ``styles.xml``."""
    if root is None:
        return Styles({}, {}, None)
    raw = {style.get(W + "styleId", ""): style for style in root.iterchildren(W + "style")}
    defaults = (
        name
        for name, style in raw.items()
        if style.get(W + "default") in {"1", "true"} and style.get(W + "type") == "paragraph"
    )
    return Styles(raw, {}, next(defaults, None))


def _resolve(name: str, raw: Mapping[str, etree._Element]) -> Style:
    number_id: str | None = None
    list_level: int | None = None
    level: int | None = None
    hidden: bool | None = None
    contents = False
    current: str | None = name
    for _ in range(_CHAIN):
        style = raw.get(current) if current is not None else None
        if style is None:
            break
        properties = style.find(W + "pPr")
        numbering = properties.find(W + "numPr") if properties is not None else None
        if numbering is not None:
            number_id = number_id if number_id is not None else child_value(numbering, W + "numId")
            list_level = list_level if list_level is not None else child_number(numbering, W + "ilvl")
        label = child_value(style, W + "name") or ""
        if level is None:
            level = outline_level(properties)
        if level is None:
            heading = _HEADING_NAME.fullmatch(label.strip())
            level = min(int(heading[1]), MAX_LEVEL) if heading else None
        contents = contents or _CONTENTS_NAME.match(label) is not None
        if hidden is None:
            hidden = switched_on(style.find(W + "rPr"), W + "vanish")
        current = child_value(style, W + "basedOn")
    return Style(number_id, list_level, level or None, bool(hidden), contents)


def _list_level(element: etree._Element) -> ListLevel:
    start = child_number(element, W + "start")
    number_format = child_value(element, W + "numFmt") or "decimal"
    text = child_value(element, W + "lvlText") or ""
    return ListLevel(
        # Word counts from 0 where no start is given.
        start if start is not None else 0,
        number_format,
        text,
        child_number(element, W + "lvlRestart"),
        bool(switched_on(element, W + "isLgl")),
        child_value(element, W + "pStyle"),
    )


def _levels(element: etree._Element) -> dict[int, ListLevel]:
    levels = {}
    for level in element.iterchildren(W + "lvl"):
        place = level.get(W + "ilvl", "")
        if place.isdecimal() and int(place) < LEVELS:
            levels[int(place)] = _list_level(level)
    return levels


def read_lists(root: etree._Element | None, styles: Styles) -> dict[str, List]:
    """The lists of ``numbering.xml`` by ``numId``, links over list styles followed."""
    if root is None:
        return {}
    abstracts = {element.get(W + "abstractNumId", ""): element for element in root.iterchildren(W + "abstractNum")}
    numbers = {element.get(W + "numId", ""): element for element in root.iterchildren(W + "num")}
    lists = {}
    for number_id, number in numbers.items():
        abstract_id = child_value(number, W + "abstractNumId") or ""
        abstract = abstracts.get(abstract_id)
        link = child_value(abstract, W + "numStyleLink") if abstract is not None else None
        linked = styles.of(link).number_id if link else None
        if linked in numbers:
            abstract_id = child_value(numbers[linked], W + "abstractNumId") or ""
            abstract = abstracts.get(abstract_id)
        if abstract is None:
            continue
        levels = _levels(abstract)
        starts = {}
        for override in number.iterchildren(W + "lvlOverride"):
            place = override.get(W + "ilvl", "")
            if not place.isdecimal() or int(place) >= LEVELS:
                continue
            own = override.find(W + "lvl")
            if own is not None:
                levels[int(place)] = _list_level(own)
                starts[int(place)] = levels[int(place)].start
            start = child_number(override, W + "startOverride")
            if start is not None:
                starts[int(place)] = start
        lists[number_id] = List(abstract_id, levels, starts)
    return lists


class Numbering:
    """Counts a document's automatic numbers, paragraph by paragraph (a class because counters outlive each call)."""

    def __init__(self, styles: Styles, lists: Mapping[str, List]) -> None:
        self._styles = styles
        self._lists = lists
        self._counts: dict[str, dict[int, int]] = {}
        self._started: set[tuple[str, int]] = set()

    def label(self, properties: etree._Element | None, style_id: str | None) -> str:
        """The number that Word prints in front of the next paragraph, ``""`` where it prints none."""
        if not self._lists:
            return ""
        style = self._styles.of(style_id)
        numbering = properties.find(W + "numPr") if properties is not None else None
        number_id = child_value(numbering, W + "numId") or style.number_id
        if number_id is None or number_id not in self._lists:
            return ""
        found = self._lists[number_id]
        place = child_number(numbering, W + "ilvl")
        if place is None:
            place = next(
                (at for at, level in found.levels.items() if style_id and level.style == style_id),
                style.list_level or 0,
            )
        return self._count(number_id, found, place)

    def _count(self, number_id: str, found: List, place: int) -> str:
        level = found.levels.get(place)
        if level is None:
            return ""
        counts = self._counts.setdefault(found.abstract, {})
        if place in found.starts and (number_id, place) not in self._started:
            self._started.add((number_id, place))
            counts[place] = found.starts[place]
        else:
            counts[place] = counts.get(place, level.start - 1) + 1
        for deeper in range(place + 1, LEVELS):
            restart = found.levels[deeper].restart if deeper in found.levels else None
            # lvlRestart counts levels from 1: 0 never restarts, n restarts after level n or a higher one.
            if restart is None or (restart and place < restart):
                counts.pop(deeper, None)
        if level.number_format == "bullet":
            return ""

        def number(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            shown = found.levels.get(at)
            if shown is None:
                return ""
            count = counts.setdefault(at, found.starts.get(at, shown.start)) if at < place else counts.get(at, shown.start)
            return printed_number(count, "decimal" if level.legal else shown.number_format)

        return re.sub(r"%([1-9])", number, level.text).strip()
