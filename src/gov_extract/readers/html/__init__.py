"""HTML → `Document`.

In: the bytes of a page in whatever encoding. Out: one page without a number: the text's lines and tables without the
site's chrome; title, agency, dates and address from the info box and the meta tags as properties. `Page.text` comes
from a pass over the source that knows no tree.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gov_extract.document import Document, Finding, Grid, Line, Page
from gov_extract.errors import LimitError
from gov_extract.readers.decoding import Decoded, decode
from gov_extract.readers.html.beside import attachments_of, pictures_of
from gov_extract.readers.html.carried import carried
from gov_extract.readers.html.chrome import info_label, info_pairs, is_chrome_line, page_properties, rules
from gov_extract.readers.html.grids import NAVIGATION_LINKS, NAVIGATION_SHARE
from gov_extract.readers.html.hidden import TEXT_FIELDS, attributes_of, fill_fields, has_no_size, hidden_names, is_hidden
from gov_extract.readers.html.state import HIDDEN_FIGURES, Walk, figures_in
from gov_extract.readers.html.walk import flow
from gov_extract.readers.limits import Limits
from gov_extract.readers.lines import OBJECT, RAISED, visible
from gov_extract.readers.tables import Block, located

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

MEDIA_TYPE = "text/html"

INFO_ENDS = 60
"""Characters of a line from which the text proper has begun: a single pair behind it (时间：…) is the text's own."""

MAX_NESTING = 10_000
"""Elements inside one another that the parser is given: its time grows with the square of them (10,000: .4 s). Pages
that never close their fonts reach some hundreds."""

_NESTING_TAG = re.compile(
    r"<(/?)(?!(?:area|base|br|col|embed|hr|img|input|link|meta|p|param|li|t[dhr]|d[dt]|option|tbody|thead|tfoot)\b)[a-z][^<>]*>",
    re.IGNORECASE,
)
"""Tags of elements that stay open until they are closed."""


def read_html(data: bytes, limits: Limits) -> Document:
    """Read a page.

    Raises
    ------
    LimitError
        Code ``too_large``.
    """
    decoded = decode(data)
    source, tree, findings = _uncovered(decoded.text)
    pictures, attachments = pictures_of(tree), attachments_of(tree)
    blocks, properties = tree_blocks(tree, source, limits)
    page = Page(None, None, None, located(blocks, limits), plain_text(source))
    return Document(MEDIA_TYPE, (page,), properties, (*lost_characters(decoded), *findings), pictures, attachments)


def _uncovered(source: str) -> tuple[str, LexborHTMLParser, tuple[Finding, ...]]:
    """A page's source and tree; where it shows no table of figures and carries one, that with the most figures uncovered."""
    tree = parsed(source)
    if _figures(tree) >= HIDDEN_FIGURES:
        return source, tree, ()
    others = ((other, name, parsed(other)) for other, name in carried(source))
    best = max(others, key=lambda other: _figures(other[2]), default=None)
    if best is None or _figures(best[2]) < HIDDEN_FIGURES:
        return source, tree, ()
    message = f"The report stands in the page's {best[1]}, where no text is shown until a script runs; it was read from there."
    return best[0], best[2], (Finding("info", "uncovered_text", message),)


def _figures(tree: LexborHTMLParser) -> int:
    """Figures in cells that are shown: the parser sees elements inside ``noscript`` too."""
    root = tree.body or tree.root
    if root is None:
        return 0
    return figures_in(root) - sum(figures_in(node) for node in tree.css("noscript"))


def lost_characters(decoded: Decoded) -> tuple[Finding, ...]:
    """A finding where characters could not be decoded."""
    if not decoded.lost:
        return ()
    message = f"{decoded.lost} character(s) could not be decoded as {decoded.encoding} and are shown as \ufffd"
    return (Finding("warning", "undecodable_text", message),)


def page_blocks(source: str, limits: Limits) -> tuple[list[Block], dict[str, str]]:
    """The blocks of a page's (or a fragment's) source, not yet located, and its properties.

    Raises
    ------
    LimitError
        Code ``too_large``.
    """
    return tree_blocks(parsed(source), source, limits)


def parsed(source: str) -> LexborHTMLParser:
    """A page's source as a tree.

    Raises
    ------
    LimitError
        Code ``too_large``.
    """
    from selectolax.lexbor import LexborHTMLParser

    _check_nesting(source)
    # A NUL ends lexbor's text; it has no ink anyway.
    return LexborHTMLParser(source.replace("\x00", ""))


def tree_blocks(tree: LexborHTMLParser, source: str, limits: Limits) -> tuple[list[Block], dict[str, str]]:
    """See `page_blocks`; the tree loses what is left out."""
    _mark_ink(tree)
    tree.strip_tags(sorted(rules().tags - {"head", "title"}))
    root = tree.body or tree.root
    if root is None:
        return [], {}
    walk = Walk(limits, len(root.text(deep=True)), figures_in(root), hidden_names(source))
    blocks = flow(root, walk)
    blocks = _without_info(_without_navigation(blocks, walk), walk)
    return blocks, page_properties(tree, source, walk.info)


def _mark_ink(tree: LexborHTMLParser) -> None:
    """Show what text alone would hide: a raised digit is no digit of the figure before it, and a cell that holds nothing
    but a picture or a field is not empty."""
    for node in tree.css("sup"):
        text = node.text(deep=True).strip()
        if text.isascii() and text.isdigit():
            node.replace_with(text.translate(RAISED))
    fill_fields(tree, OBJECT)
    for node in tree.css("td img, td input, td object, td svg"):
        cell = node.parent
        while cell is not None and cell.tag != "td":
            cell = cell.parent
        if cell is not None and not cell.text(deep=True).strip():
            node.replace_with(OBJECT)


def _check_nesting(source: str) -> None:
    if source.count("<") <= MAX_NESTING:
        return
    depth = 0
    for tag in _NESTING_TAG.finditer(source):
        depth = max(0, depth - 1) if tag[1] else depth + 1
        if depth > MAX_NESTING:
            raise LimitError(
                f"the page nests more than {MAX_NESTING} elements, which no page does; save it anew from a browser",
                "too_large",
            )


def _without_navigation(blocks: Sequence[Block], walk: Walk) -> list[Block]:
    """Leave out lines that only lead elsewhere: lists and rows of links, other years' reports, the page's buttons."""
    in_list: dict[int, list[int]] = {}
    for block in blocks:
        links = walk.links.get(id(block))
        if links is not None and links.in_list is not None:
            count = in_list.setdefault(links.in_list, [0, 0])
            count[0] += 1
            count[1] += links.only
    kept: list[Block] = []
    run: list[Line] = []

    def close() -> None:
        if len(run) < NAVIGATION_LINKS:
            kept.extend(line for line in run if not _leads_away(line, walk))
        run.clear()

    for block in blocks:
        links = walk.links.get(id(block))
        if isinstance(block, Line) and links is not None and block.level is None:
            lines, linked = in_list.get(links.in_list or 0, (0, 0))
            if linked >= 2 and linked >= NAVIGATION_SHARE * lines:
                if kept and _is_list_heading(kept[-1]):
                    kept.pop()
                continue
            if links.only:
                run.append(block)
                continue
        close()
        kept.append(block)
    close()
    return [block for block in kept if isinstance(block, Grid) or not is_chrome_line(block.text)]


def _is_list_heading(block: Block) -> bool:
    """Whether a block is the heading of the list of links below it, not of a section or the document."""
    return (
        isinstance(block, Line)
        and (block.level or 0) >= 2
        and not _NUMBERED.match(block.text)
        and rules().report_title.search(block.text) is None
    )


def _leads_away(line: Line, walk: Walk) -> bool:
    return walk.links[id(line)].links >= 2 or rules().other_report.search(line.text) is not None


def _without_info(blocks: Sequence[Block], walk: Walk) -> list[Block]:
    """Leave out the lines of an info box; their pairs go to the walk."""
    kept: list[Block] = []
    begun = False
    awaited: str | None = None
    for block in blocks:
        if isinstance(block, Grid) or block.kind == "cells":
            begun, awaited = True, None
            kept.append(block)
            continue
        text = block.text
        pairs = info_pairs(text)
        if pairs is not None and (not begun or len(pairs) >= 2):
            walk.info.extend(pair for pair in pairs if pair[1])
            awaited = None if pairs[-1][1] else pairs[-1][0]
            continue
        if awaited is not None and len(text) < INFO_ENDS and info_label(text) is None:
            walk.info.append((awaited, text))
            awaited = None
            continue
        awaited = None
        begun = begun or len(text) >= INFO_ENDS
        kept.append(block)
    return kept


_NUMBERED = re.compile(r"[（(]?[0-9０-９一二三四五六七八九十]+[)）.、．]")
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
_MAY_HIDE = re.compile(r"font-size\s*:\s*0|display\s*:\s*none|visibility\s*:|mso-hide|line-through|\shidden\b", re.IGNORECASE)
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
    if is_hidden(attributes, names):
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
