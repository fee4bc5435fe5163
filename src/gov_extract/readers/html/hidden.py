"""What a page hides and what its form's fields show, told from single tags: for the tree and for the pass that knows no tree.

In: a page's source, a tag's attributes or its source. Out: names that the page's own style sheets hide; whether an element is
hidden; the text of fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

TEXT_FIELDS = frozenset({"", "text", "number", "tel", "search", "email", "url"})
"""Types of fields whose value is shown as text."""
MAX_STYLES = 400_000
"""Characters of a page's own style sheets that are looked through."""

_GONE = re.compile(r"display\s*:\s*none|visibility\s*:\s*collapse|mso-hide\s*:\s*all", re.IGNORECASE)
_UNSEEN = re.compile(r"visibility\s*:\s*hidden|text-decoration[^;:]*:[^;]*line-through", re.IGNORECASE)
_NO_SIZE = re.compile(r"font-size\s*:\s*0+(?:\.0*)?(?:px|pt|em|rem|%)?\s*(?:!important\s*)?(?:;|$)", re.IGNORECASE)
IN_LINE = frozenset({"a", "b", "em", "font", "i", "label", "small", "span", "strong", "sub", "sup", "u"})
"""Parts of lines: hidden, they are never what a script uncovers."""
_NO_INK = re.compile(
    r"(?:^|[;\s])opacity\s*:\s*0?(?:\.0+)?%?\s*(?:!|;|$)|opacity\(\s*0?(?:\.0+)?%?\s*\)|scale\(\s*0?(?:\.0+)?\s*[,)]"
    r"|(?:^|[;\s])color\s*:\s*(?:transparent|(?:rgba|hsla)\([^()]*[,/]\s*0?(?:\.0+)?%?\s*\))"
    r"|(?:left|top|right|bottom|text-indent)\s*:\s*-\d{3,}|clip\s*:\s*rect\(\s*[01](?:px)?[\s,]"
    r"|clip-path\s*:\s*inset\(\s*(?:50|100)%",
    re.IGNORECASE,
)
"""Ways in which a part of a line is given no ink. Larger elements fade in and slide in so when a script runs."""
_NO_BOX = re.compile(r"(?:^|[;\s])(?:max-)?(?:width|height)\s*:\s*0(?:\.0*)?(?:px|pt|em|rem|%)?\s*(?:!|;|$)", re.IGNORECASE)
_CUT_OFF = re.compile(r"overflow\s*:\s*(?:hidden|clip)", re.IGNORECASE)
_WHITE = re.compile(r"(?:^|[;\s])color\s*:\s*(?:#fff(?:fff)?\b|white\b|rgba?\(\s*255\s*,\s*255\s*,\s*255\b)", re.IGNORECASE)
_WHITES = frozenset({"white", "#fff", "#ffffff"})
_BLOCKS = frozenset({"td", "th", "p", "div", "li"})
_SHIFTED = re.compile(r"vertical-align\s*:\s*(?:super|sub)\b", re.IGNORECASE)
_STYLE = re.compile(r"<style\b[^<>]*>", re.IGNORECASE)
_STYLE_END = re.compile(r"</style[^<>]*>", re.IGNORECASE)
_NAME = re.compile(r"[.#][\w-]+")
_SIMPLE = re.compile(r"[a-z0-9]*[.#][\w-]+")
_DISPLAY = re.compile(r"(?:^|;)\s*display\s*:\s*([a-z-]+)", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"\s(style|class|id|type|value|hidden|selected)\b(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+)))?", re.IGNORECASE
)


def hidden_names(source: str) -> frozenset[str]:
    """The classes (``.x``) and ids (``#x``) that the page's own style sheets do not display, and never display otherwise."""
    hidden: set[str] = set()
    shown: set[str] = set()
    position = budget = 0
    while (start := _STYLE.search(source, position)) is not None and budget < MAX_STYLES:
        end = _STYLE_END.search(source, start.end())
        position = end.end() if end else len(source)
        sheet = source[start.end() : end.start() if end else len(source)][:MAX_STYLES].lower()
        budget += len(sheet)
        for selectors, declared in _rules(sheet) if "none" in sheet else ():
            display = _DISPLAY.findall(declared)
            if not display:
                continue
            for selector in map(str.strip, selectors.split(",")):
                if display[-1] != "none":
                    shown.update(_NAME.findall(selector))
                elif _SIMPLE.fullmatch(selector):
                    hidden.update(_NAME.findall(selector))
    return frozenset(hidden - shown)


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """The rules of a style sheet, selectors and declarations; those for other media (``@media print``) are left out."""
    pieces = [piece.partition("*/")[2] if k else piece for k, piece in enumerate(sheet.split("/*"))]
    depth = inside = 0
    outer = ""
    for opening in "".join(pieces).split("{"):
        *closed, selectors = opening.split("}")
        if depth and not inside and closed:
            yield outer, closed[0]
        for _ in closed:
            depth = max(0, depth - 1)
            inside = min(inside, depth)
        outer = selectors.strip()
        if not inside and outer.startswith("@"):
            inside = depth + 1
        depth += 1


def is_hidden(attributes: Mapping[str, str | None], names: frozenset[str]) -> bool:
    """Whether an element is not seen, or struck out, by its own attributes or by the page's style sheets."""
    return _UNSEEN.search(attributes.get("style") or "") is not None or is_gone(attributes, names)


def has_no_ink(tag: str, attributes: Mapping[str, str | None]) -> bool:
    """Whether a part of a line is there and shows nothing: see-through, shrunk, cut off or moved off the page."""
    style = attributes.get("style") if tag in IN_LINE else None
    if not style:
        return False
    return _NO_INK.search(style) is not None or (_NO_BOX.search(style) is not None and _CUT_OFF.search(style) is not None)


def is_white_on_white(node: LexborNode, attributes: Mapping[str, str | None]) -> bool:
    """Whether a part of a line is white, beside other text in its block, and nothing around may colour the ground."""
    if node.tag not in IN_LINE or not (
        _WHITE.search(attributes.get("style") or "") or (attributes.get("color") or "").lower() in _WHITES
    ):
        return False
    own, beside = len(node.text(deep=True).strip()), None
    around: LexborNode | None = node
    while around is not None and around.tag != "body":
        known = around.attributes
        if "bgcolor" in known or "class" in known or "background" in (known.get("style") or "").lower():
            return False
        if around.tag == "table":
            break
        if beside is None and around.tag in _BLOCKS:
            beside = len(around.text(deep=True).strip()) > own
        around = around.parent
    return beside is True


def is_gone(attributes: Mapping[str, str | None], names: frozenset[str]) -> bool:
    """Whether an element is not there: it leaves no space either, and a cell takes up no column."""
    if "hidden" in attributes or _GONE.search(attributes.get("style") or ""):
        return True
    if not names:
        return False
    own = {f".{name}" for name in (attributes.get("class") or "").lower().split()} | {f"#{attributes.get('id') or ''}".lower()}
    return not names.isdisjoint(own)


def is_shifted(attributes: Mapping[str, str | None]) -> bool:
    """Whether an element's own style raises or lowers it, as a mark beside a figure."""
    return _SHIFTED.search(attributes.get("style") or "") is not None


def has_no_size(attributes: Mapping[str, str | None]) -> bool:
    """Whether an element's own text is set in a size of nothing; elements inside it may have another."""
    return _NO_SIZE.search(attributes.get("style") or "") is not None


def attributes_of(tag: str) -> dict[str, str | None]:
    """The attributes that matter here, of a tag's source."""
    return {name.lower(): a or b or c for name, a, b, c in _ATTRIBUTE.findall(tag)}


def fill_fields(tree: LexborHTMLParser, mark: str) -> None:
    """Show the values of the fields in a table's cells as the cells' text.

    A field without any value is empty where others of the page have one; where none has, a script may fill them: `mark` stands
    for what cannot be seen.
    """
    fields = tree.css("td input, th input, td textarea, th textarea, td select, th select")
    values = [_value(node) for node in fields]
    filled = any(values)
    for node, value in zip(fields, values, strict=True):
        if value is None:
            continue
        if not value and not filled and not _has_text(node):
            value = mark
        node.replace_with(value)


def _value(node: LexborNode) -> str | None:
    """The text that a field shows, empty for one without ink, None for one that is no text (a box to tick)."""
    attributes = node.attributes
    if node.tag == "input":
        kind = (attributes.get("type") or "").lower()
        if kind == "hidden":
            return ""
        return (attributes.get("value") or "").strip() if kind in TEXT_FIELDS else None
    if node.tag == "textarea":
        return node.text(deep=True).strip()
    options = node.css("option")
    chosen = next((option for option in options if "selected" in option.attributes), options[0] if options else None)
    return chosen.text(deep=True).strip() if chosen is not None else ""


def _has_text(node: LexborNode) -> bool:
    """Whether a field's cell has other text, or the field is never shown."""
    if node.tag == "input" and (node.attributes.get("type") or "").lower() == "hidden":
        return True
    cell = node.parent
    while cell is not None and cell.tag not in ("td", "th"):
        cell = cell.parent
    return cell is None or bool(cell.text(deep=True).strip())
