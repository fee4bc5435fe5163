"""Names of members of archives: their characters, and whether they may be used.

In: a name's bytes as the archive has them. Out: the name as text with ``/``, and what is wrong with it, where something is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gov_extract.sources import belongs_to_page, is_document, is_left_behind, printable_name

_DRIVE = re.compile(r"[A-Za-z]:")
_WESTERN = frozenset(range(0x80, 0xA6))
"""Bytes that are accented letters in code page 437; behind them come its lines and signs, of which no name is made."""


def decoded(raw: bytes, *, is_utf8: bool = False) -> str:
    """A name's characters. Without the mark that says UTF-8 it is that, code page 437 or, in China, GB18030: the first that
    fits, where 437 fits what has no other characters than ASCII and accented letters."""
    for encoding in ("utf-8",) if is_utf8 else ("utf-8", "gb18030"):
        if encoding == "gb18030" and all(byte in _WESTERN for byte in raw if byte >= 0x80):
            break
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "backslashreplace") if is_utf8 else raw.decode("cp437")


def tidied(name: str) -> str:
    """The name with ``/`` throughout and without what names nothing (``./``, doubled slashes); printable."""
    slashed = printable_name(name.replace("\\", "/"))
    start = "/" if slashed.startswith("/") else ""
    return start + "/".join(part for part in slashed.split("/") if part not in ("", "."))


def fault_of(name: str) -> str | None:
    """Why a tidied name is refused, None where it is not."""
    if not name:
        return "it has no name"
    if name.startswith("/") or _DRIVE.match(name):
        return "its name is an absolute path"
    if ".." in name.split("/"):
        return "its name leads out of the archive"
    return None


def left_out(name: str) -> bool:
    """Whether a member is nothing that anyone means: hidden, or left behind by a program."""
    return any(is_left_behind(part) for part in name.split("/") if part != "..")


def of_pages(names: Iterable[str]) -> set[str]:
    """The names of what was saved with web pages that are members too, documents excepted."""
    names = list(names)
    beside: dict[str, set[str]] = {}
    for name in names:
        parts = name.split("/")
        for depth in range(len(parts)):
            beside.setdefault("/".join(parts[:depth]), set()).add(parts[depth].lower())
    found = set()
    for name in names:
        parts = name.split("/")
        folders = ((parts[depth], "/".join(parts[:depth])) for depth in range(len(parts) - 1))
        if not is_document(name) and any(belongs_to_page(folder, beside[parent]) for folder, parent in folders):
            found.add(name)
    return found
