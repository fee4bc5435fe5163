"""HTML → `Document`.

In: the bytes of a page in whatever encoding. Out: one page without a number: the text's lines and tables without the
site's chrome; title, agency, dates and address from the info box and the meta tags as properties. `Page.text` comes
from a pass over the source that knows no tree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gov_extract.document import Document, Finding, Grid, Line, Page
from gov_extract.errors import LimitError
from gov_extract.readers.decoding import Decoded, decode
from gov_extract.readers.html.beside import attachments_of, pictures_of
from gov_extract.readers.html.carried import carried
from gov_extract.readers.html.chrome import info_label, info_pairs, is_chrome_line, page_properties, rules
from gov_extract.readers.html.frames import with_frames
from gov_extract.readers.html.grids import NAVIGATION_LINKS, NAVIGATION_SHARE
from gov_extract.readers.html.hidden import fill_fields, hidden_names, is_shifted
from gov_extract.readers.html.plain import plain_text
from gov_extract.readers.html.recognised import ReadPicture, recognised
from gov_extract.readers.html.state import HIDDEN_FIGURES, Walk, figures_in
from gov_extract.readers.html.walk import flow
from gov_extract.readers.limits import Limits
from gov_extract.readers.lines import OBJECT, RAISED
from gov_extract.readers.saved import Fetch
from gov_extract.readers.tables import Block, located

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

MEDIA_TYPE = "text/html"

INFO_ENDS = 60
"""Characters of a line from which the text proper has begun: a single pair behind it (时间：…) is the text's own."""

MAX_NESTING = 10_000
"""Elements inside one another that the parser is given: its time grows with the square of them (10,000: .4 s). Pages
that never close their fonts reach some hundreds."""

_FRAMES = re.compile(r"<(?:i?frame|embed|object)\b", re.IGNORECASE)
_NESTING_TAG = re.compile(
    r"<(/?)(?!(?:area|base|br|col|embed|hr|img|input|link|meta|p|param|li|t[dhr]|d[dt]|option|tbody|thead|tfoot)\b)[a-z][^<>]*>",
    re.IGNORECASE,
)
"""Tags of elements that stay open until they are closed."""


def read_html(data: bytes, limits: Limits, fetch: Fetch | None = None, picture: ReadPicture | None = None) -> Document:
    """Read a page.

    Parameters
    ----------
    fetch
        What was saved with the page. What it shows in frames is put in their place where it has no tables of its own.
    picture
        A reader of pictures: those that may hold tables are read where it is given, each as a page of the document.

    Raises
    ------
    LimitError
        Code ``too_large``.
    """
    decoded = decode(data)
    source, tree, findings = _uncovered(_framed(decoded.text, fetch))
    shown, attachments = pictures_of(tree), attachments_of(tree)
    blocks, properties = tree_blocks(tree, source, limits)
    page = Page(None, None, None, located(blocks, limits), plain_text(source))
    pages: tuple[Page, ...] = (page,)
    if picture is not None:
        read = recognised([(one.name, address) for one, address in shown], page.text, fetch, picture)
        pages, findings = (page, *read.pages), (*findings, *read.findings)
        shown = tuple((one, address) for one, address in shown if address not in read.addresses)
    pictures = tuple(dict.fromkeys(one for one, _ in shown))
    return Document(MEDIA_TYPE, pages, properties, (*lost_characters(decoded), *findings), pictures, attachments)


def _framed(source: str, fetch: Fetch | None) -> str:
    """A page's source with what its frames hold, where that shows tables of figures and the page itself none, or where most of
    the text stands in them."""
    if fetch is None or _FRAMES.search(source) is None:
        return source
    other = with_frames(source, fetch)
    if other is None:
        return source
    own, framed = parsed(source), parsed(other)
    if _figures(own) < HIDDEN_FIGURES <= _figures(framed) or _ink(framed) > 2 * _ink(own):
        return other
    return source


def _ink(tree: LexborHTMLParser) -> int:
    tree.strip_tags(["script", "style", "noscript", "template"])
    root = tree.body or tree.root
    return 0 if root is None else len("".join(root.text(deep=True).split()))


def _uncovered(source: str) -> tuple[str, LexborHTMLParser, tuple[Finding, ...]]:
    """A page's source and tree; where it shows no table of figures and carries one, that with the most figures uncovered.

    What is carried must be a report by itself: with the few figures that are shown a template's rows would look like one.
    """
    tree = parsed(source)
    shown = _figures(tree)
    if shown >= HIDDEN_FIGURES:
        return source, tree, ()
    others = ((other, name, parsed(other)) for other, name in carried(source))
    best = max(others, key=lambda other: _figures(other[2]), default=None)
    if best is None or _figures(best[2]) - shown < HIDDEN_FIGURES:
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
    """Show what text alone would hide: a raised or lowered digit is no digit of the figure before it, and a cell that holds
    nothing but a picture or a field is not empty."""
    for node in tree.css("sup, sub, span[style*='vertical-align'], font[style*='vertical-align']"):
        if node.tag not in ("sup", "sub") and not is_shifted(node.attributes):
            continue
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
