"""The folder that was saved with a web page → what the page shows.

In: the path of a page. Out: a `Fetch` for the addresses that lead into the folder. Nothing outside it is opened, whatever an
address or a link on the disk says.
"""

from __future__ import annotations

import posixpath
from pathlib import Path
from urllib.parse import unquote, urlsplit

from gov_extract.errors import LimitError
from gov_extract.readers.saved import Fetch
from gov_extract.sources import saved_pages


def fetch_beside(page: Path, max_bytes: int) -> Fetch | None:
    """What lies in the folder that was saved with this page; None where there is no such folder.

    `max_bytes` is the size of a file from which it is refused.
    """
    known = {folder.name: folder.resolve() for folder in own_folders(page)}
    if not known:
        return None

    def fetch(address: str) -> bytes | None:
        path = relative(address)
        if path is None:
            return None
        first, _, rest = path.partition("/")
        if first not in known or not rest:
            return None
        try:
            named = known[first].joinpath(rest)
            if any(path.is_symlink() for path in (named, *named.parents) if path.is_relative_to(known[first])):
                return None
            found = named.resolve()
            if not found.is_relative_to(known[first]) or not found.is_file():
                return None
            size = found.stat().st_size
            data = found.read_bytes() if size <= max_bytes else None
        except (OSError, ValueError):  # not there, not to be opened, or no name of a file at all
            return None
        if data is None:
            raise LimitError(f"it has {size:,} bytes, more than the limit of {max_bytes:,}", "too_large")
        return data

    return fetch


def own_folders(page: Path) -> list[Path]:
    """The folders that were saved with a page: those that lie beside it themselves, none that a link leads to."""
    rules = saved_pages()
    if page.suffix.lower() not in rules.pages:
        return []
    folders = (page.with_name(page.stem + ending) for ending in rules.folders)
    return [folder for folder in folders if folder.is_dir() and folder.resolve().parent == folder.parent.resolve()]


def relative(address: str) -> str | None:
    """An address as a path below the page's own folder, None where it is none."""
    try:
        parts = urlsplit(address.strip().replace("\\", "/"))
    except ValueError:
        return None
    if parts.scheme or parts.netloc or not parts.path:
        return None
    path = posixpath.normpath(unquote(parts.path))
    return None if path.startswith(("/", "..")) else path
