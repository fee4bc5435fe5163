"""What a file holds: one document, or those of an archive.

In: a path or bytes with the name that they go by, or a `Source` of a run. Out: `Content`s, each with its name, its bytes (or
why they cannot be had), and what helps to read it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from gov_extract.errors import ReadError
from gov_extract.readers.archives import BETWEEN, Archive
from gov_extract.readers.limits import Limits, check_size
from gov_extract.readers.saved import Fetch
from gov_extract.readers.saved.folder import fetch_beside
from gov_extract.readers.sniffing import HEAD, is_archive, is_office
from gov_extract.sources import Source


class Content(NamedTuple):
    """A document: its name, its bytes, why they cannot be had, what was saved with it, the DOCX that was made of it."""

    name: str
    data: bytes = b""
    error: ReadError | None = None
    fetch: Fetch | None = None
    converted: Path | None = None


def contents_of(source: Path | bytes, name: str, limits: Limits) -> Iterator[Content]:
    """The documents of a file, one after the other.

    Raises
    ------
    ReadError
        What is wrong with an archive as a whole.
    LimitError
        Code ``too_large``.
    OSError
        When the file cannot be opened.
    """
    if isinstance(source, bytes):
        if not is_archive(source[:HEAD], io.BytesIO(source)):
            yield Content(name, source)
            return
    else:
        data = _document(source, limits)
        if data is not None:
            yield Content(name, data, fetch=fetch_beside(source, limits.max_bytes))
            return
    with Archive(source, name, limits) as archive:
        for member in archive.members:
            label = f"{name}{BETWEEN}{member.name}"
            if member.refusal is not None:
                yield Content(label, error=ReadError(member.refusal.message, member.refusal.code))
            else:
                yield _member(archive, member.place, label)


def glance(source: Source) -> Literal["archive", "office"] | None:
    """Whether a source is an archive, or may be a document that LibreOffice must convert, by the beginning of its file."""
    if source.error is not None:
        return None
    try:
        with source.path.open("rb") as file:
            head = file.read(HEAD)
            return "archive" if is_archive(head, file) else "office" if is_office(head) else None
    except OSError:  # whoever reads it says so
        return None


def sources_in(source: Source, limits: Limits) -> list[Source]:
    """The documents of an archive; what cannot be read says why. Runs in a worker."""
    try:
        with Archive(source.path, source.path.name, limits) as archive:
            members = archive.members
    except ReadError as error:
        return [source._replace(error=error.message, code=error.code)]
    except OSError as error:
        return [source._replace(error=f"the file cannot be opened ({error.strerror or error})")]
    return [
        source._replace(
            source=f"{source.source}{BETWEEN}{member.name}",
            place=member.place,
            member=member.name,
            office=member.office,
            error=None if member.refusal is None else member.refusal.message,
            code=source.code if member.refusal is None else member.refusal.code,
        )
        for member in members
    ]


def content_of(source: Source, limits: Limits) -> Content:
    """The document that a source of a run is; errors as of `contents_of`."""
    if source.place:
        archive = _held(source.path, limits)
        try:
            archive.check(source.place, source.member)
        except ReadError as error:
            return Content(source.source, error=error)
        return _member(archive, source.place, source.source)._replace(converted=source.converted)
    check_size(source.path.stat().st_size, limits)
    fetch = fetch_beside(source.path, limits.max_bytes)
    return Content(source.source, source.path.read_bytes(), fetch=fetch, converted=source.converted)


def _document(path: Path, limits: Limits) -> bytes | None:
    """The bytes of a file that is a document, None of an archive."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        if is_archive(head, file):
            return None
        # Before the content: a file beyond the limit must not be in memory first.
        check_size(path.stat().st_size, limits)
        file.seek(0)
        return file.read()


def _member(archive: Archive, place: tuple[int, ...], name: str) -> Content:
    try:
        return Content(name, archive.read(place), fetch=archive.fetch(place))
    except ReadError as error:
        return Content(name, error=error)


_last: list[tuple[tuple[Path, int, int, Limits], Archive]] = []
"""The archive that this process opened last: its documents come one behind the other."""


def _held(path: Path, limits: Limits) -> Archive:
    status = path.stat()
    key = (path, status.st_mtime_ns, status.st_size, limits)
    if not _last or _last[0][0] != key:
        while _last:
            _last.pop()[1].close()
        _last.append((key, Archive(path, path.name, limits)))
    return _last[0][1]
