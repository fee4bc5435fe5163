"""Page labels of recognised pages: the same rules as for digital ones.

In: recognised pages. Out: their lines that may be labels; pages without the lines to drop.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from gov_extract.document import Box, Grid, Line, Page
from gov_extract.readers.pdf import labels

_NOWHERE = Box(0, 0, 0, 0)


def lines_in_margins(index: int, page: Page) -> list[labels.MarginLine]:
    """The lines of a page that may be its label; each is told by its number among the page's lines."""
    lines = [block for block in page.blocks if isinstance(block, Line)]
    grids = [block.box for block in page.blocks if isinstance(block, Grid) and block.box]
    boxes = [line.box or _NOWHERE for line in lines]
    return labels.margin_lines(index, page.height or 0.0, boxes, lambda i: lines[i].text, grids)


def without_lines(page: Page, dropped: AbstractSet[int]) -> Page:
    """The page without some of its lines, by their number among its lines."""
    from gov_extract.readers.scan.page import text_of

    if not dropped:
        return page
    numbers = {id(block): n for n, block in enumerate(block for block in page.blocks if isinstance(block, Line))}
    blocks = tuple(block for block in page.blocks if numbers.get(id(block)) not in dropped)
    return page._replace(blocks=blocks, text=text_of(blocks))


def without_labels(pages: tuple[Page, ...]) -> tuple[Page, ...]:
    """The pages of a document of pictures without their labels."""
    found = [line for index, page in enumerate(pages) for line in lines_in_margins(index, page)]
    dropped = labels.drop_page_labels(found, len(pages))
    return tuple(without_lines(page, {line for at, line in dropped if at == index}) for index, page in enumerate(pages))
