"""What a walk over a page remembers, and which elements it leaves out.

In: elements of a parsed page. Out: `Walk` and `Links`, the records that the walk and its tables share; whether an element is
hidden or chrome; numbers of attributes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from gov_extract.document import Line
from gov_extract.readers.html.chrome import rules
from gov_extract.readers.html.hidden import IN_LINE, has_no_ink, has_no_size, is_hidden, is_white_on_white
from gov_extract.readers.limits import Limits
from gov_extract.readers.lines import is_figure

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_WEIGHINGS = 2000
_WEIGHING = 40
"""Elements that look like chrome and are weighed, and times the page's length that may be spent on it: hostile nested
ones would cost the square. Real pages need some dozens and about twice their length; what is not weighed is kept."""

HIDDEN_FIGURES = 20
"""Figures in cells that a hidden element holds at least to be a report that a script uncovers; a form has some 200."""
SUBSTANCE_FIGURES = 3
SUBSTANCE_SENTENCES = 3
"""Figures in cells, or full stops outside links, from which something named ``top`` or ``footer`` is text. Footers have
addresses and numbers, hardly a sentence."""
NOT_COUNTED = re.compile(r"[\W_]+")
"""White space and punctuation, which do not count as a line's ink."""


class Links(NamedTuple):
    """How much of a line is links: its characters, those inside links, the links, the list of which it is an item."""

    ink: int
    linked: int
    links: int
    in_list: int | None

    @property
    def only(self) -> bool:
        """Whether the line is nothing but links."""
        return self.linked > 0 and self.linked >= 0.8 * self.ink


@dataclass
class Walk:
    """What outlives an element: limits, the info box's pairs, the links in each line, cells seen, weight budget."""

    limits: Limits
    size: int
    """Characters of the page's text."""
    figures: int
    """Figures in cells of the page."""
    hidden: frozenset[str] = frozenset()
    """Classes and ids that the page's own style sheets hide."""
    info: list[tuple[str, str]] = field(default_factory=list)
    links: dict[int, Links] = field(default_factory=dict)
    """By the identity of a line in `kept`."""
    kept: list[Line] = field(default_factory=list)
    cells: int = 0
    depth: int = 0
    weighed: int = 0
    weighings: int = 0


def _names(attributes: dict[str, str | None]) -> set[str]:
    return set(f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower().split())


def left_out(node: LexborNode, walk: Walk) -> bool:
    """Whether an element is hidden or chrome, and does not hold the page's substance all the same."""
    known = rules()
    attributes = node.attributes
    if not attributes and node.tag not in known.landmarks:
        return False
    if is_hidden(attributes, walk.hidden):
        return node.tag in IN_LINE or not _is_most(node, walk)
    if has_no_ink(node.tag or "", attributes) or is_white_on_white(node, attributes):
        return True
    if has_no_size(attributes) and all(child.tag == "-text" for child in node.iter(include_text=True)):
        return True
    if node.tag in known.kept:
        return False
    if node.tag in known.landmarks or not known.names.isdisjoint(_names(attributes)):
        return not (_is_most(node, walk) or _is_substance(node))
    return False


def _is_most(node: LexborNode, walk: Walk) -> bool:
    """Whether an element holds more than half of the page's text or of its figures: pages that scripts uncover do."""
    if walk.weighings >= _WEIGHINGS or walk.weighed > _WEIGHING * walk.size:
        return True
    walk.weighings += 1
    length = len(node.text(deep=True))
    walk.weighed += length
    figures = figures_in(node)
    return 2 * length > walk.size or (figures >= HIDDEN_FIGURES and 2 * figures > walk.figures)


def figures_in(node: LexborNode) -> int:
    """Cells below an element that hold nothing but a figure."""
    # A cell that holds a table is no figure, and the text of tables in tables in tables is gathered only once.
    return sum(cell.css_first("table") is None and is_figure(cell.text(deep=True)) for cell in node.css("td"))


def _is_substance(node: LexborNode) -> bool:
    """Whether something that is named like chrome is text: with figures in cells, sentences, or a report's title.

    What is inside links does not count: navigation is made of other reports' titles.
    """
    if figures_in(node) >= SUBSTANCE_FIGURES:
        return True
    text = node.text(deep=True)
    linked = "\n".join(link.text(deep=True) for link in node.css("a"))
    if text.count("。") - linked.count("。") >= SUBSTANCE_SENTENCES:
        return True
    named = rules().report_title
    return len(named.findall(text)) > len(named.findall(linked))


def number_attribute(value: str | None, otherwise: int) -> int:
    """A non-negative attribute as browsers read it: its leading digits, at most nine of them."""
    found = re.match(r"\s*\+?(\d{1,9})", value or "")
    return int(found[1]) if found else otherwise
