"""Plain text, Markdown and comma-separated text → `Document`.

In: bytes in whatever encoding. Out: one page without a number. A line with tabs or pipes is a line of cells, empty ones
kept exactly: what a flattened table's row means, the parser finds out. Tables written in HTML inside Markdown go
through the HTML reader. `Page.text` is the text as it stands, with tabs for the separators of cells that are commas.
"""

from __future__ import annotations

import csv
import html
import re
import tomllib
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import islice

from gov_extract.document import Document, Grid, Line, Page, Picture
from gov_extract.errors import ReadError
from gov_extract.readers.decoding import decode
from gov_extract.readers.folds import fold_radicals
from gov_extract.readers.html import lost_characters, page_blocks
from gov_extract.readers.limits import Limits
from gov_extract.readers.lines import BLANKS, cells_line, text_line
from gov_extract.readers.separators import tabbed
from gov_extract.readers.tables import Block, check_cells, located

PROSE_LENGTH = 60
"""Characters from which a line with a full stop is prose, whatever tabs stand around it. The longest label has about 50
characters, none with a full stop."""

MAX_PICTURES = 200
"""Pictures that are named."""

LABEL_LENGTH = 40
"""Characters that the number of a page has with its words at most."""

SPACED = 8
"""Lines with a gap of three blanks or more from which a text may keep its columns by blanks."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_TABLE_TAG = re.compile(r"<(/?)table\b[^<>]*>", re.IGNORECASE)
_PIPE = re.compile(r"(?<!\\)\|")
_SEPARATOR = re.compile(r":?-{2,}:?|:-+:?|-+:")
_RULE = re.compile(r"-{3,}|(?:\*\s*){3,}|(?:_\s*){3,}|(?:=){3,}|(?:`{3,}|~{3,})\w*")
_DRAWN = re.compile(r"[|+:](?=.*(?:\+[-=]{3}|[-=]{3}\+))[-+=|: ]+|(?=.*[-=─━═]{3})[-+=:─━═┄┈┌┬┐├┼┤└┴┘┏┳┓┣╋┫┗┻┛╔╦╗╠╬╣╚╩╝│┃]{5,}")
"""The rule between two rows of a table that is drawn with signs (Org, grid tables, boxes): ``+----+---+``, ``|----+---|``, with
gaps where cells are merged."""
_HEADING = re.compile(r"(#{1,6})[ \t\u3000]+(.*?)(?:[ \t]+#+)?[ \t]*")
_QUOTE_OR_BULLET = re.compile(r"(?:>[ \t]?)*(?:[-*+][ \t]+(?=[^\s\d-]))?")
_IMAGE = re.compile(r"!\[[^\[\]\n]{0,300}\]\([^()\n]{0,2000}\)")
_SHOWN = re.compile(r"!\[[^\[\]\n]{0,300}\]\(([^()\n]{1,2000})\)")
_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\([^()\n]{0,2000}\)")
_EMPHASIS = (
    re.compile(r"\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*"),
    re.compile(r"(?<![_\w])__(?=[^\s_])([^_\n]+?)(?<=[^\s_])__(?![_\w])"),
    re.compile(r"(?<![*0-9A-Za-z\\])\*(?=[^\s*])([^*\n]+?)(?<=[^\s*])\*(?![*0-9A-Za-z])"),
    re.compile(r"~~(?=\S)([^~\n]+?)(?<=\S)~~"),
    re.compile(r"`([^`\n]+)`"),
)
_INLINE_TAG = re.compile(
    r"</?(?:div|p|b|i|strong|em|span|center|font|u|sup|sub|img|a|h[1-6]|section|article)(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_BREAK_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def read_text(data: bytes, limits: Limits, *, media_type: str = "text/plain") -> Document:
    """Read a text file.

    Parameters
    ----------
    data
        The file's bytes.
    limits
        Bounds on cells.
    media_type
        ``text/plain`` or ``text/markdown`` (read alike, since texts copied from the web mix both), or ``text/csv``.

    Raises
    ------
    LimitError
        Code ``too_large``.
    """
    decoded = decode(data)
    text = fold_radicals(decoded.text)
    if media_type == "text/csv":
        blocks: list[Block] = _comma_separated(text)
        text = "\n".join(block.text for block in blocks if isinstance(block, Line))
    else:
        text = without_page_labels(tabbed(without_drawn_rules(text)))
        blocks = []
        for part, first, is_table in _parts(text):
            if is_table:
                blocks.extend(_fragment(part, first, limits))
            else:
                blocks.extend(_lines(part, first))
    check_cells(sum(len(block.words) for block in blocks if isinstance(block, Line) and block.kind == "cells"), limits)
    page = Page(None, None, None, located(blocks, limits), text)
    names = dict.fromkeys(_last_part(found[1]) for found in islice(_SHOWN.finditer(text), MAX_PICTURES))
    return Document(media_type, (page,), findings=lost_characters(decoded), pictures=tuple(map(Picture, names)))


def without_drawn_rules(text: str) -> str:
    """The text with empty lines for the rules between rows of drawn tables: neither cells nor ink."""
    if "--" not in text and not any(sign in text for sign in "=─━═"):
        return text
    return "\n".join("" if _DRAWN.fullmatch(line.strip(BLANKS)) else line for line in text.split("\n"))


def without_page_labels(text: str) -> str:
    """The text without lines that are the number of a page (- 3 -, 第3页) beside a row of a flattened table."""
    lines = text.split("\n")
    # A number between separators is a cell of a table broken at each cell.
    bare = [k for k, line in enumerate(lines) if 0 < len(line) <= LABEL_LENGTH and "|" not in line and "\t" not in line]
    found = [k for k in bare if _page_label().fullmatch(_folded(lines[k]))]
    labels = set(found)  # what stands beside one is no other one
    inked = [k for k, line in enumerate(lines) if k not in labels and line.strip(BLANKS)] if found else []
    gone = set()
    for k in found:
        at = bisect_left(inked, k)
        beside = [lines[j] for j in (*inked[max(0, at - 1) : at], *inked[at : at + 1])]
        if any(_is_tabbed_row(line) or len(_PIPE.findall(line)) > 1 for line in beside):
            gone.add(k)
    return "\n".join("" if k in gone else line for k, line in enumerate(lines)) if gone else text


@cache
def _page_label() -> re.Pattern[str]:
    data = tomllib.loads(files("gov_extract").joinpath("data/page_labels.toml").read_text("utf-8"))
    return re.compile("|".join(f"(?:{pattern})" for pattern in data["decorated"]))


def _folded(line: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", line))


def _last_part(address: str) -> str:
    return address.split("?", maxsplit=1)[0].rstrip("/").rpartition("/")[2][:200] or "picture"


def _parts(text: str) -> Iterator[tuple[str, int, bool]]:
    """The text cut at its outermost HTML tables: part, number of its first line, whether it is a table."""
    position = start = depth = 0
    line = 1
    for tag in _TABLE_TAG.finditer(text):
        if tag[1]:
            if depth == 1:
                yield text[position:start], line, False
                line += _line_ends(text[position:start])
                yield text[start : tag.end()], line, True
                line += _line_ends(text[start : tag.end()])
                position = tag.end()
            depth = max(0, depth - 1)
        else:
            if depth == 0:
                start = tag.start()
            depth += 1
    if depth:
        yield text[position:start], line, False
        line += _line_ends(text[position:start])
        yield text[start:], line, True
    else:
        yield text[position:], line, False


def _line_ends(text: str) -> int:
    return len(_LINE_END.findall(text))


def _fragment(source: str, first: int, limits: Limits) -> list[Block]:
    """The blocks of an HTML table inside a text; its lines are located at its beginning."""
    blocks, _ = page_blocks(source, limits)
    return [block if isinstance(block, Grid) else block._replace(locator=f"line {first}") for block in blocks]


def _comma_separated(text: str) -> list[Block]:
    reader = csv.reader(_LINE_END.split(text), strict=False)
    try:
        rows = ((row, f"line {reader.line_num}") for row in reader if any(word.strip(BLANKS) for word in row))
        # A row of one field is no row of a table: the text around the tables has none but such.
        return [line for row, at in rows if (line := text_line(row[0], None, at) if len(row) == 1 else cells_line(row, at))]
    except csv.Error as error:
        message = f"The CSV cannot be read behind line {reader.line_num} ({error}): a quotation mark may have no other end."
        raise ReadError(message) from error


def _lines(text: str, first: int) -> list[Block]:
    """The lines of a text, the first of which has the number `first`."""
    lines = _LINE_END.split(text)
    raw = [line.replace("\f", " ") for line in lines] if "\f" in text else lines
    tabular = [_is_tabbed_row(line) for line in raw]
    # A line of nothing but tabs is a row whose cells are all empty.
    inked = [at for at, line in enumerate(raw) if line.strip(BLANKS) or line.count("\t") > 1]
    blocks: list[Block] = []
    sheet, spaced = 0, "\f" in text or sum("   " in line.strip(BLANKS) for line in raw) >= SPACED
    sheets: list[int] = []
    for line in lines:
        # A form feed stands before the first line of its sheet.
        sheet += line.count("\f")
        sheets.append(sheet)
    for place, at in enumerate(inked):
        beside = (inked[place - 1] if place else at, inked[place + 1] if place + 1 < len(inked) else at)
        line = _line(raw[at], f"line {first + at}", in_table=any(tabular[other] for other in beside))
        if line is not None:
            blocks.append(_kept_places(line, lines[at].replace("\f", ""), sheets[at]) if spaced else line)
    return blocks


def _kept_places(line: Line, raw: str, sheet: int) -> Line:
    """A line of text with the places of its words, where blanks keep them."""
    if line.kind != "text":
        return line
    words, position = [], 0
    for word in line.words:
        at = raw.find(word.text, position)
        if at < 0:
            return line
        words.append(word._replace(at=(sheet, at)))
        position = at + len(word.text)
    return line._replace(words=tuple(words))


def _is_tabbed_row(line: str) -> bool:
    """Whether tabs part a row's cells here for certain: two filled ones, or empty ones behind a short one."""
    if "\t" not in line:
        return False
    words = [word.strip(BLANKS) for word in line.split("\t")]
    filled = [word for word in words if word]
    return len(filled) > 1 or (len(filled) == 1 and not words[-1] and not _is_prose(filled[0]))


def _is_prose(text: str) -> bool:
    return len(text) >= PROSE_LENGTH and "。" in text


def _line(raw: str, locator: str, *, in_table: bool) -> Line | None:
    """One line; `in_table`: a line beside it is a row, so that tabs in front of a lone word are empty cells."""
    stripped = raw.strip(BLANKS)
    if len(_PIPE.findall(raw)) >= 2:
        return _pipe_row(stripped, locator)
    if not stripped and not in_table:
        return None
    if _is_tabbed_row(raw) or ("\t" in raw and in_table and not _is_prose(stripped)):
        return cells_line([_plain(word) for word in raw.split("\t")], locator)
    if _RULE.fullmatch(stripped):
        return None
    heading = _HEADING.fullmatch(stripped)
    if heading:
        return text_line(_plain(heading[2]), len(heading[1]), locator)
    return text_line(_plain(stripped[_bullet_end(stripped) :].replace("\t", "  ")), None, locator)


def _bullet_end(text: str) -> int:
    found = _QUOTE_OR_BULLET.match(text)
    return found.end() if found else 0


def _pipe_row(stripped: str, locator: str) -> Line | None:
    """A row of a Markdown table; none for the row of dashes below its head. The outer pipes are its frame."""
    words: Sequence[str] = _PIPE.split(stripped)
    if stripped.startswith("|"):
        words = words[1:]
    if stripped.endswith("|") and not stripped.endswith("\\|"):
        words = words[:-1]
    if words and all(_SEPARATOR.fullmatch(word.strip(BLANKS)) for word in words):
        return None
    return cells_line([_plain(word) for word in words], locator)


def _plain(text: str) -> str:
    """The text without Markdown's and HTML's inline marks."""
    if "<" in text:
        text = _INLINE_TAG.sub("", _BREAK_TAG.sub(" ", text))
    if "&" in text:
        text = html.unescape(text)
    if "](" in text:
        text = _LINK.sub(r"\1", _IMAGE.sub("", text))
    for pattern in _EMPHASIS:
        text = pattern.sub(r"\1", text)
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text
