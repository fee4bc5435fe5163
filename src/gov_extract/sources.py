"""Which documents to read.

In: folders and files as the user names them. Out: `Source` records in a fixed order, whatever order the disk gives.

What a file holds is the readers' business, so its suffix says nothing here: everything is a source but hidden files, what
operating systems and office programs leave behind, and what was saved with a web page in a folder of its own.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from gov_extract.errors import ReadError

# Left behind by operating systems (lower case); office programs' lock files start with "~$", hidden files with a dot.
JUNK = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "$recycle.bin", "system volume information"})

_CONTROL = re.compile("[\\x00-\\x1f\\x7f]")


class Source(NamedTuple):
    """A document to read: the `path` of its file, its name in the tables (`source`), and why it cannot be read, where that is
    known.

    `source` is the path below the folder given, with ``/``; bytes of a name that are not UTF-8 stand as ``\\xff``. A document
    in an archive has the archive's path, ``!`` between the archive's name and its own, and its `place` there (one number, or
    two in an archive within the archive) and its name there (`member`). `code` is the finding that belongs to `error`.
    `office` says that it may be a document that LibreOffice must convert, `converted` is the path of the DOCX that was made
    of it in a batch with others.
    """

    path: Path
    source: str
    error: str | None = None
    code: str = "source_unreadable"
    place: tuple[int, ...] = ()
    office: bool = False
    converted: Path | None = None
    member: str = ""


class SavedPages(NamedTuple):
    """Names of what belongs to web pages that were saved with a folder: see ``data/saved_pages.toml``."""

    folders: tuple[str, ...]
    pages: frozenset[str]
    documents: frozenset[str]


@cache
def saved_pages() -> SavedPages:
    """The rules, read once a process."""
    data = tomllib.loads(files("gov_extract").joinpath("data/saved_pages.toml").read_text("utf-8"))
    return SavedPages(tuple(data["folders"]), frozenset(data["pages"]), frozenset(data["documents"]))


def belongs_to_page(folder: str, beside: Collection[str]) -> bool:
    """Whether a folder of that name was saved with a web page, one of the names (in lower case) `beside` it."""
    rules = saved_pages()
    name = folder.lower()
    stems = [name.removesuffix(ending) for ending in rules.folders if name.endswith(ending)]
    return any(stem + page in beside for stem in stems for page in rules.pages)


def is_left_behind(name: str) -> bool:
    """Whether a file or folder of that name is none that anyone means: hidden, or left by a program."""
    return name.startswith((".", "~$")) or name.lower() in JUNK


def is_document(name: str) -> bool:
    """Whether a file of that name in such a folder is a document of its own."""
    return PurePosixPath(name).suffix.lower() in saved_pages().documents


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
    found: dict[Path, Source] = {}
    for root in given:
        paths = _walk(root.absolute(), seen) if root.is_dir() else [(root.absolute(), None)]
        for path, error in paths:
            name = printable_name(path.relative_to(base).as_posix())
            found.setdefault(path, Source(path, name, error))
    return named_apart(found.values())


def named_apart(sources: Iterable[Source]) -> list[Source]:
    """The sources, sorted, with a name that no other one has: a file before what lies in an archive keeps its own."""
    ordered = sorted(sources, key=lambda one: (one.place != (), one.source, os.fsencode(one.path), one.place))
    names = told_apart([one.source for one in ordered])
    named = (one if one.source == name else one._replace(source=name) for one, name in zip(ordered, names, strict=True))
    return sorted(named, key=lambda one: one.source)


def told_apart(names: Sequence[str]) -> list[str]:
    """The names, a number behind each that stands before already: the first that makes it a name of its own."""
    taken = set(names)
    seen: set[str] = set()
    counts: dict[str, int] = {}
    apart = []
    for name in names:
        own = name
        while own in seen or (own != name and own in taken):
            counts[name] = counts.get(name, 1) + 1
            own = f"{name} ({counts[name]})"
        seen.add(own)
        apart.append(own)
    return apart


def printable_name(name: str) -> str:
    """A file's name as text: bytes that are not UTF-8 and control characters are written as ``\\xff``."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def _walk(folder: Path, seen: set[tuple[int, int]]) -> Iterator[tuple[Path, str | None]]:
    stack = [(folder, False)]
    while stack:
        folder, of_page = stack.pop()
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
        names = {entry.name.lower() for entry in entries}
        for entry in entries:
            if is_left_behind(entry.name):
                continue
            path = Path(entry.path)
            try:
                mode = entry.stat().st_mode
            except OSError as error:
                yield path, f"the link or file cannot be opened ({error.strerror})"
                continue
            if stat.S_ISDIR(mode):
                folders.append((path, of_page or belongs_to_page(entry.name, names)))
            elif stat.S_ISREG(mode) and (not of_page or is_document(entry.name)):
                yield path, None
        stack.extend(reversed(folders))


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino
