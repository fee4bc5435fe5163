"""A page's text by its tags alone, without a tree.

In: a page's source. Out: its text in the order of the source, evidence that does not depend on how tables are put together.
"""

from __future__ import annotations

import html
import re

from gov_extract.readers.html.hidden import TEXT_FIELDS, attributes_of, has_no_ink, has_no_size, hidden_names, is_hidden
from gov_extract.readers.lines import visible

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>|<[!/?][^<>]*>")
_SILENT = ("script", "style", "noscript", "template", "select", "rt")
_SILENT_START = re.compile(rf"<({'|'.join(_SILENT)})\b|<!--", re.IGNORECASE)
_SILENT_END = {name: re.compile(rf"</{name}[^<>]*>", re.IGNORECASE) for name in _SILENT} | {"": re.compile("-->")}
# fmt: off
_LINE_ENDS = frozenset({
    "address", "article", "blockquote", "body", "br", "caption", "center", "dd", "div", "dl", "dt", "fieldset", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "option", "p", "pre",
    "section", "table", "tbody", "tfoot", "thead", "title", "tr", "ul",
})
# fmt: on
_SPACES = re.compile(r"\s+")
_MAY_HIDE = re.compile(
    r"font-size\s*:\s*0|display\s*:\s*none|visibility\s*:|mso-hide|line-through|\shidden\b|opacity|scale\(|color\s*:\s*(?:t|rgba|hsla)"
    r"|:\s*-\d{3}|clip|overflow",
    re.IGNORECASE,
)
_STRUCK = frozenset({"del", "s", "strike"})
_HIDEABLE = frozenset({"a", "b", "em", "font", "i", "label", "small", "span", "strong", "sub", "sup", "td", "th", "tr", "u"})
"""Elements whose hidden text is left out: parts of lines and of tables. Larger ones may be what a script uncovers."""
_CELLS = {
    "td": frozenset({"td", "th", "tr", "table", "tbody"}),
    "th": frozenset({"td", "th", "tr", "table", "tbody"}),
    "tr": frozenset({"tr", "table", "tbody", "tfoot"}),
}
"""Elements of tables, and the tags that end them where theirs is missing."""
_OPTION = re.compile(r"<option\b([^<>]*)>([^<]*)", re.IGNORECASE)


def _chosen(source: str) -> str:
    """The option that a list shows: the one selected, else the first."""
    options = _OPTION.findall(source)
    return next((text for attributes, text in options if "selected" in attributes.lower()), options[0][1] if options else "")


def plain_text(source: str) -> str:
    """The page's text by its tags alone, in the order of the source: a tab at the end of each cell, a line break at the
    end of each block. Chrome is included. It knows no tree and no spans, so that it can bear witness against the grids.
    """
    names = hidden_names(source)
    hides = bool(names) or _MAY_HIDE.search(source) is not None
    source = _without_silent(source)
    pieces: list[str] = []
    position = depth = 0
    in_cell = False
    gone = ""
    for tag in _TAG.finditer(source):
        closing, name = tag[1], (tag[2] or "").lower()
        if gone:
            depth += (name == gone) * (-1 if closing else 1)
            if depth and not (gone in _CELLS and name in _CELLS[gone]):
                continue
            position, gone = tag.end() if name == gone and closing else tag.start(), ""
            if name in _CELLS and closing:
                continue
        if tag.start() > position:
            _append(pieces, source[position : tag.start()])
        position = tag.end()
        if name in _STRUCK and not closing:
            gone, depth = name, 1
            continue
        if hides and name in _HIDEABLE and not closing and _is_unseen(tag, names):
            gone, depth = name, 1
            if in_cell and name in _CELLS:
                _end_cell(pieces)
                in_cell = False
            continue
        if name == "input" and in_cell:
            field = attributes_of(tag[0])
            if (field.get("type") or "").lower() in TEXT_FIELDS:
                _append(pieces, field.get("value") or "")
        if name in ("td", "th"):
            if in_cell:
                _end_cell(pieces)
            in_cell = not closing
        elif name in _LINE_ENDS:
            if in_cell and name in ("tr", "table", "tbody"):
                _end_cell(pieces)
                in_cell = False
            if pieces and pieces[-1] != "\n":
                pieces.append("\n")
    if not gone:
        _append(pieces, source[position:])
    return visible("".join(pieces))


def _is_unseen(tag: re.Match[str], names: frozenset[str]) -> bool:
    """Whether a tag begins an element that is hidden, or one of no size without another inside it."""
    attributes = attributes_of(tag[0])
    if is_hidden(attributes, names) or has_no_ink(tag[2].lower(), attributes):
        return True
    following = tag.string.find("<", tag.end())
    return has_no_size(attributes) and tag.string.startswith("</", following)


def _append(pieces: list[str], text: str) -> None:
    text = _SPACES.sub(" ", html.unescape(text))
    if text != " " or (pieces and pieces[-1] not in "\n\t"):
        pieces.append(text)


def _end_cell(pieces: list[str]) -> None:
    while pieces and pieces[-1] in ("\n", " "):
        pieces.pop()
    pieces.append("\t")


def _without_silent(source: str) -> str:
    """The source without comments and elements that show no text. An unclosed one ends at the end of the page."""
    pieces: list[str] = []
    position = 0
    while (found := _SILENT_START.search(source, position)) is not None:
        pieces.append(source[position : found.start()])
        end = _SILENT_END[(found[1] or "").lower()].search(source, found.end())
        if end is None:
            return "".join(pieces)
        if (found[1] or "").lower() == "select":
            pieces.append(_chosen(source[found.start() : end.start()]))
        position = end.end()
    pieces.append(source[position:])
    return "".join(pieces)
