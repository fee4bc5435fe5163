"""Reports that a page carries where no text is shown: in a script's strings, ``noscript``, ``template``, a field, ``srcdoc``,
or as tags that are printed as text.

In: a page's source that shows no table of figures. Out: the source with the report in its place, and where it stood. A browser
shows it once the page's script has run; a saved page has it only there.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

MAX_SCRIPT = 8_000_000
"""Characters of a script that are looked through; the largest page that carries its article so has some hundred thousand."""
MAX_CARRIERS = 3
"""Carriers that are tried, those with the most cells first."""
MAX_UNESCAPING = 3
"""Times that a string can be quoted within a string."""

_MARK = re.compile(
    r"<\\?/?t[dr]\b|u003c\\*/?t[dr]\b|x3c\\*/?t[dr]\b|&lt;/?t[dr]\b|%(?:25)?(?:u00)?3c(?:%2f|/)?t[dr]\b", re.IGNORECASE
)
"""A table's cell or row, as it looks inside strings."""
_CARRIER = re.compile(r"<(script|noscript|template|textarea)\b[^<>]*>", re.IGNORECASE)
_ENDS = {name: re.compile(rf"</{name}[^<>]*>", re.IGNORECASE) for name in ("script", "noscript", "template", "textarea")}
_SRCDOC = re.compile(r"\ssrcdoc\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_STRING = re.compile(r"\\.|\"((?:[^\"\\]|\\.)*+)\"|'((?:[^'\\]|\\.)*+)'|`((?:[^`\\]|\\.)*+)`", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_ESCAPED = re.compile(r"\\[\"'/nrtux<>]")
_PERCENT = re.compile(r"%u([0-9a-fA-F]{4})")
_LETTERS = {"n": "\n", "r": "\n", "t": "\t", "b": "", "f": "", "v": "", "0": ""}
_SHOWN_TAGS = re.compile(r"&lt;/t[dr]\b", re.IGNORECASE)


def carried(source: str) -> Iterator[tuple[str, str]]:
    """What a page's source may become, the report in it uncovered, each with the name of what carried it: the carriers with the
    most cells."""
    if _MARK.search(source) is None:
        return
    found = []
    position = 0
    while (start := _CARRIER.search(source, position)) is not None:
        name = start[1].lower()
        end = _ENDS[name].search(source, start.end())
        position = end.end() if end else len(source)
        inner = source[start.end() : end.start() if end else len(source)]
        cells = len(_MARK.findall(inner)) if len(inner) <= MAX_SCRIPT else 0
        if cells:
            found.append((cells, start.start(), position, name, inner))
    for srcdoc in _SRCDOC.finditer(source):
        text = srcdoc[1] or srcdoc[2] or ""
        cells = len(_MARK.findall(text))
        if cells:
            found.append((cells, srcdoc.start(), srcdoc.end(), "iframe", text))
    for _, begin, end_, name, inner in sorted(found, reverse=True)[:MAX_CARRIERS]:
        # A frame's attribute lies inside its tag; what it holds is put before it.
        at = max(source.rfind("<", 0, begin), 0) if name == "iframe" else begin
        for text in _within(name, inner):
            yield f"{source[:at]}<div>{text}</div>{source[at:begin]}{source[end_:]}", name
    if _SHOWN_TAGS.search(source):
        yield html.unescape(source), "text"


def _within(name: str, inner: str) -> Iterator[str]:
    if name != "script":
        yield html.unescape(inner) if name in ("textarea", "iframe") else inner
        return
    texts = (unescaped(next(filter(None, found.groups()), "")) for found in _STRING.finditer(inner))
    yield "".join(text for text in texts if "<" in text)
    # A template in a script of its own (type="text/html") is no string.
    yield inner


def unescaped(text: str) -> str:
    """A script's string as the page's source that it stands for."""
    for _ in range(MAX_UNESCAPING):
        if _ESCAPED.search(text) is None:
            break
        text = _ESCAPE.sub(_character, text)
    if _MARK.search(text) and "<" not in text and "%" in text:
        text = unquote(_PERCENT.sub(lambda found: chr(int(found[1], 16)), text))
    return html.unescape(text) if "<" not in text and "&lt;" in text else text


def _character(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else _LETTERS.get(found[3], found[3])
