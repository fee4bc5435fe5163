"""Which documents to read.

In: folders and files as the user names them. Out: `Source` records in a fixed order, whatever order the disk gives.

What a file holds is the readers' business, so its suffix says nothing here: everything is a source but hidden files and
what operating systems and office programs leave behind.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from gov_extract.errors import ReadError

# Left behind by operating systems (lower case); office programs' lock files start with "~$", hidden files with a dot.
JUNK = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "$recycle.bin", "system volume information"})

_CONTROL = re.compile("[\\x00-\\x1f\\x7f]")


class Source(NamedTuple):
    """A file to read: its `path`, its name in the tables (`source`), and why it cannot be read, where that is known.

    `source` is the path below the folder given, with ``/``; bytes of a name that are not UTF-8 stand as ``\\xff``.
    """

    path: Path
    source: str
    error: str | None = None


def find_sources(roots: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], exclude: Path | None = None) -> list[Source]:
    """Every file in the folders, and the files given themselves, sorted by `source`.

    With several roots, `source` is the path below the folder that they have in common. Links are followed; a folder
    that was walked before (a loop of links, a folder given twice) is not walked again.

    Parameters
    ----------
    roots
        A folder or file, or several.
    exclude
        A folder that is left out with all it holds: the output folder may lie inside the folder that is read.

    Raises
    ------
    ReadError
        When a root does not exist.
    """
    given = [Path(root) for root in ([roots] if isinstance(roots, str | os.PathLike) else roots)]
    for root in given:
        if not root.exists():
            raise ReadError(f"{root}: there is no such file or folder")
    if not given:
        return []
    parents = [root if root.is_dir() else root.absolute().parent for root in given]
    base = Path(os.path.commonpath([parent.absolute() for parent in parents])) if len(given) > 1 else parents[0].absolute()
    skip = _identity(exclude) if exclude is not None and exclude.exists() else None
    seen: set[tuple[int, int]] = set() if skip is None else {skip}
    found: dict[str, Source] = {}
    for root in given:
        paths = _walk(root.absolute(), seen) if root.is_dir() else [(root.absolute(), None)]
        for path, error in paths:
            name = printable_name(path.relative_to(base).as_posix())
            found.setdefault(name, Source(path, name, error))
    return sorted(found.values(), key=lambda source: source.source)


def printable_name(name: str) -> str:
    """A file's name as text: bytes that are not UTF-8 and control characters are written as ``\\xff``."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def _walk(folder: Path, seen: set[tuple[int, int]]) -> Iterator[tuple[Path, str | None]]:
    stack = [folder]
    while stack:
        folder = stack.pop()
        try:
            identity = _identity(folder)
            if identity in seen:
                continue
            seen.add(identity)
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield folder, f"the folder cannot be read ({error.strerror}); nothing in it was extracted"
            continue
        folders = []
        for entry in entries:
            if entry.name.startswith((".", "~$")) or entry.name.lower() in JUNK:
                continue
            path = Path(entry.path)
            try:
                mode = entry.stat().st_mode
            except OSError as error:
                yield path, f"the link or file cannot be opened ({error.strerror})"
                continue
            if stat.S_ISDIR(mode):
                folders.append(path)
            elif stat.S_ISREG(mode):
                yield path, None
        stack.extend(reversed(folders))


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino
