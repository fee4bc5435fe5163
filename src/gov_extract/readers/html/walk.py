"""A page's elements → blocks.

In: an element of a parsed page. Out: lines and grids in reading order, and beside them what the info box says. The walk
keeps its own stack: careless pages nest hundreds of unclosed elements, and hostile ones a million.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gov_extract.document import Grid
from gov_extract.readers.counting import printed_number
from gov_extract.readers.html.chrome import rules
from gov_extract.readers.html.grids import table_blocks
from gov_extract.readers.html.rows import CONTAINERS, rows_of
from gov_extract.readers.html.state import NOT_COUNTED, Links, Walk, left_out, number_attribute
from gov_extract.readers.lines import cells_line, tabbed_line, text_line
from gov_extract.readers.tables import Block

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

# fmt: off
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
    "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "p", "pre", "section", "summary", "ul", "table",
    "thead", "tbody", "tfoot", "tr", "td", "th",
})
# fmt: on
_LISTS = frozenset({"ul", "ol", "dl", "menu", "dir"})
_LIST_STYLES: dict[str, tuple[str, str] | None] = {
    "1": ("decimal", "."),
    "a": ("lowerLetter", "."),
    "A": ("upperLetter", "."),
    "i": ("lowerRoman", "."),
    "I": ("upperRoman", "."),
    "decimal": ("decimal", "."),
    "decimal-leading-zero": ("decimalZero", "."),
    "lower-alpha": ("lowerLetter", "."),
    "lower-latin": ("lowerLetter", "."),
    "upper-alpha": ("upperLetter", "."),
    "upper-latin": ("upperLetter", "."),
    "lower-roman": ("lowerRoman", "."),
    "upper-roman": ("upperRoman", "."),
    "cjk-ideographic": ("chineseCountingThousand", "、"),
    "simp-chinese-informal": ("chineseCountingThousand", "、"),
    "trad-chinese-informal": ("chineseCountingThousand", "、"),
    "simp-chinese-formal": ("chineseLegalSimplified", "、"),
    "trad-chinese-formal": ("ideographLegalTraditional", "、"),
    "cjk-decimal": ("ideographDigital", "、"),
    "cjk-heavenly-stem": ("ideographTraditional", "、"),
    "cjk-earthly-branch": ("ideographZodiac", "、"),
    "none": None,
    "disc": None,
    "circle": None,
    "square": None,
}
"""HTML's and CSS's names of list numbers → the number format and the mark behind it, as browsers print them."""
_LEVELS = {f"h{level}": level for level in range(1, 7)}

MAX_NESTING = 40
"""Tables inside tables that are still read as tables. Layouts of the 2000s reach a dozen; deeper ones become lines."""

_NUMBERED = re.compile(r"\s*[（(]?[0-9０-９一二三四五六七八九十]+[)）.、．]")
_BREAK_IN_CHINESE = re.compile(r"(?<=[\u2e80-\u9fff\uff00-\uffef])[ \t]*[\r\n][ \t\r\n]*(?=[\u2e80-\u9fff\uff00-\uffef])")
_LIST_STYLE = re.compile(r"list-style(?:-type)?\s*:[^;]*?\b([a-z]+(?:-[a-z]+)*)\s*(?:;|!|$|(?:in|out)side)", re.IGNORECASE)
_SOURCE_SPACE = re.compile(r"[ \t\r\n\f]+")


@dataclass
class _Open:
    """The line being collected."""

    pieces: list[str] = field(default_factory=list)
    ink: int = 0
    linked: int = 0
    links: int = 0
    anchors: int = 0
    """Links that are open."""
    level: int | None = None
    lists: list[int] = field(default_factory=list)
    pre: int = 0
    number: str = ""


def flow(root: LexborNode, walk: Walk) -> list[Block]:
    """The blocks below an element, in reading order."""
    blocks: list[Block] = []
    line = _Open()
    stack: list[tuple[Iterator[LexborNode], LexborNode | None]] = [(root.iter(include_text=True), None)]
    counters: list[_Counter] = []
    dropped = rules().tags
    tabular = rows_of(root) if walk.depth == 0 else {}
    while stack:
        children, opened = stack[-1]
        node = next(children, None)
        if node is None:
            stack.pop()
            if opened is not None:
                _leave(opened, line, blocks, walk, counters)
            continue
        tag = node.tag
        if tag == "-text":
            _text(node.text_content or "", line, blocks, walk)
        elif tag == "br":
            _flush(line, blocks, walk)
        elif tag is None or tag.startswith(("-", "!")) or tag in dropped or left_out(node, walk):
            continue
        elif tag == "table" and walk.depth < MAX_NESTING:
            _flush(line, blocks, walk)
            blocks.extend(table_blocks(node, walk, flow))
        elif node.mem_id in tabular:
            _flush(line, blocks, walk)
            blocks.append(cells_line([_text_of(cell, walk) for cell in tabular[node.mem_id]]))
        else:
            if tag in CONTAINERS and walk.depth == 0:
                tabular.update(rows_of(node))
            _enter(node, line, blocks, walk, counters)
            stack.append((node.iter(include_text=True), node))
    _flush(line, blocks, walk)
    return blocks


def _text_of(cell: LexborNode, walk: Walk) -> str:
    """What a cell shows, its lines joined."""
    if left_out(cell, walk):
        return ""
    return " ".join(block.text for block in flow(cell, walk) if not isinstance(block, Grid))


@dataclass
class _Counter:
    """An ordered list being walked: its next number and its kind; None for an unordered one."""

    following: int
    style: tuple[str, str] | None
    """Its number format and what stands behind the number; None where items have no numbers."""
    step: int = 1


def _enter(node: LexborNode, line: _Open, blocks: list[Block], walk: Walk, counters: list[_Counter]) -> None:
    tag = node.tag
    if tag in _BLOCKS:
        _flush(line, blocks, walk)
    if tag == "a" and "href" in node.attributes:
        line.anchors += 1
        line.links += 1
    elif tag in _LEVELS:
        line.level = _LEVELS[tag]
    elif tag in _LISTS:
        line.lists.append(node.mem_id)
        counters.append(_list_counter(node))
    elif tag == "li" and counters:
        counter = counters[-1]
        counter.following = number_attribute(node.attributes.get("value"), counter.following)
        style = _list_style(node.attributes, counter.style)
        line.number = printed_number(counter.following, style[0]) + style[1] if style else ""
        counter.following += counter.step
    elif tag == "pre":
        line.pre += 1


def _leave(node: LexborNode, line: _Open, blocks: list[Block], walk: Walk, counters: list[_Counter]) -> None:
    tag = node.tag
    if tag in _BLOCKS:
        _flush(line, blocks, walk)
    if tag == "a" and "href" in node.attributes:
        line.anchors -= 1
    elif tag in _LEVELS:
        line.level = None
    elif tag in _LISTS:
        line.lists.pop()
        counters.pop()
    elif tag == "li":
        line.number = ""
    elif tag == "pre":
        line.pre -= 1


def _list_counter(node: LexborNode) -> _Counter:
    attributes = node.attributes
    style = _list_style(attributes, ("decimal", ".")) if node.tag == "ol" else None
    return _Counter(number_attribute(attributes.get("start"), 1), style, -1 if "reversed" in attributes else 1)


def _list_style(attributes: dict[str, str | None], otherwise: tuple[str, str] | None) -> tuple[str, str] | None:
    """The numbers that an element's own attributes ask for: style sheets are not followed."""
    asked = _LIST_STYLE.search(attributes.get("style") or "")
    kind = asked[1].lower() if asked else attributes.get("type") or ""
    return _LIST_STYLES.get(kind, otherwise)


def _text(text: str, line: _Open, blocks: list[Block], walk: Walk) -> None:
    if line.pre and "\n" in text:
        for part in text.split("\n")[:-1]:
            _text(part, line, blocks, walk)
            _flush(line, blocks, walk)
        text = text.rpartition("\n")[2]
    if not text:
        return
    line.pieces.append(text)
    counted = len(text if text.isalnum() else NOT_COUNTED.sub("", text))
    line.ink += counted
    if line.anchors:
        line.linked += counted


def _flush(line: _Open, blocks: list[Block], walk: Walk) -> None:
    if not line.pieces:
        line.links = 1 if line.anchors else 0
        return
    text = "".join(line.pieces)
    if not line.pre and not text.isalnum():
        text = _SOURCE_SPACE.sub(" ", _BREAK_IN_CHINESE.sub("", text) if "\n" in text or "\r" in text else text)
    if line.number and text.strip():
        if not _NUMBERED.match(text):
            text = line.number + text.lstrip()
        line.number = ""
    made = tabbed_line(text, line.level) if line.pre else text_line(text, line.level)
    if made is not None:
        if line.linked or line.lists:
            dated = rules().date.search(made.text) if line.linked else None
            ink = line.ink - (len(NOT_COUNTED.sub("", dated[0])) if dated else 0)
            links = Links(ink, line.linked, line.links, line.lists[-1] if line.lists else None)
            walk.kept.append(made)
            walk.links[id(made)] = links
        blocks.append(made)
    line.pieces.clear()
    line.ink = line.linked = 0
    line.links = 1 if line.anchors else 0
