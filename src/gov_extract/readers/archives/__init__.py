"""Archives → the documents in them: zip, tar, what gzip holds, and archives of these kinds inside one, one level deep.

In: the path of an archive, or its bytes. Out: an `Archive`: its members, those that are refused with the reason, and the bytes
of one at a time. Hidden files, what programs leave behind, and what was saved with a web page are no members.
"""

from __future__ import annotations

import io
import posixpath
import re
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

from gov_extract.errors import LimitError, ReadError
from gov_extract.readers.archives.containers import Container, Entry, Refusal, open_container
from gov_extract.readers.archives.names import left_out, of_pages
from gov_extract.readers.limits import MIB, Limits
from gov_extract.readers.saved import Fetch
from gov_extract.readers.saved.folder import relative
from gov_extract.readers.sniffing import ARCHIVES, HEAD, is_archive, is_office
from gov_extract.sources import saved_pages, told_apart

__all__ = ["ARCHIVES", "Archive", "Member", "Refusal"]

BETWEEN = "!"
"""What stands between an archive's name and a member's."""
_NUMBERED = re.compile(r"(?: \(\d+\))+")


class Member(NamedTuple):
    """A document in an archive: its name below the archive (``inner.zip!a.pdf`` in an archive inside), its place, whether it
    looks like one that LibreOffice must convert, and why it is refused, if it is."""

    name: str
    place: tuple[int, ...]
    office: bool = False
    refusal: Refusal | None = None


class Archive:
    """An opened archive.

    Parameters
    ----------
    source
        Its path, or its bytes.
    name
        Its name; that of a lone file within gzip follows from it.

    Raises
    ------
    ReadError
        ``truncated``, ``damaged``.
    LimitError
        ``too_large``.
    """

    def __init__(self, source: Path | bytes, name: str, limits: Limits) -> None:
        self._limits = limits
        self._file: BinaryIO = source.open("rb") if isinstance(source, Path) else io.BytesIO(source)
        try:
            self._outer = open_container(self._file, name, limits)
            self._inner: tuple[int, Container] | None = None
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def read(self, place: tuple[int, ...]) -> bytes:
        """A member's bytes.

        Raises
        ------
        ReadError
            What it is refused for, ``damaged``, ``truncated``; ``source_unreadable`` where there is no such place.
        """
        container, entry = self._found(place)
        return container.read(entry)

    def check(self, place: tuple[int, ...], name: str) -> None:
        """Make sure that the member at a place is the one of that name: a number alone would be another one's, once the archive
        has been written anew.

        Raises
        ------
        ReadError
            ``source_unreadable``.
        """
        own = self._found(place)[1].name
        if len(place) > 1:
            outer = next(entry for entry in self._outer.entries if entry.number == place[0])
            own = f"{outer.name}{BETWEEN}{own}"
        # Of members of the same name all but the first have a number behind it.
        if name != own and not (name.startswith(own) and _NUMBERED.fullmatch(name, len(own))):
            raise ReadError("the archive is not what it was; run again", "source_unreadable")

    def fetch(self, place: tuple[int, ...]) -> Fetch:
        """What lies in the folder that was saved with a member of an archive, by the addresses that a web page gives."""
        container, page = self._found(place)
        folder, own = posixpath.split(page.name)
        stem, suffix = posixpath.splitext(own)
        rules = saved_pages()
        folders = {stem + ending for ending in rules.folders} if suffix.lower() in rules.pages else set()
        known = {entry.name: entry for entry in container.entries}

        def fetch(address: str) -> bytes | None:
            path = relative(address)
            if path is None or path.partition("/")[0] not in folders:
                return None
            entry = known.get(posixpath.join(folder, path))
            if entry is None:
                return None
            try:
                return self._found(place)[0].read(entry)
            except ReadError as error:
                if error.code == "too_large":
                    raise LimitError(error.message, error.code) from error
                return None

        return fetch

    def _found(self, place: tuple[int, ...]) -> tuple[Container, Entry]:
        container = self._outer if len(place) == 1 else self._opened(place[0])
        entry = next((entry for entry in container.entries if entry.number == place[-1]), None)
        if entry is None:
            raise ReadError("the archive is not what it was; run again", "source_unreadable")
        return container, entry

    def _opened(self, number: int) -> Container:
        """The archive inside, at that number; the last one opened is kept."""
        if self._inner is None or self._inner[0] != number:
            entry = next((entry for entry in self._outer.entries if entry.number == number), None)
            if entry is None:
                raise ReadError("the archive is not what it was; run again", "source_unreadable")
            self._inner = None  # one at a time is in memory
            self._inner = number, open_container(io.BytesIO(self._outer.read(entry)), entry.name, self._limits)
        return self._inner[1]

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """The members, those of archives inside in their place; all of them together are held against the limits.

        Raises
        ------
        ReadError
            ``empty_archive``.
        LimitError
            ``too_large``.
        """
        members: list[Member] = []
        size = sum(entry.size for entry in self._outer.entries)
        for entry in _documents(self._outer):
            inner = None
            head = b""
            refusal = entry.refusal
            try:
                head = self._outer.read(entry, HEAD) if refusal is None else b""
                if refusal is None and _holds_archive(self._outer, entry, head):
                    inner = self._opened(entry.number)
                    size += sum(one.size for one in inner.entries)
                    self._check(len(members) + len(inner.entries), size)
            except ReadError as error:
                if error.code == "too_large" and inner is not None:
                    raise
                refusal = Refusal(error.code, error.message)
            if inner is None or refusal is not None:
                members.append(Member(entry.name, (entry.number,), is_office(head), refusal))
                continue
            within = [self._member(inner, one, entry) for one in _documents(inner)]
            nothing = Refusal("empty_archive", "the archive holds no document")
            members += within or [Member(entry.name, (entry.number,), False, nothing)]
        if not members:
            raise ReadError("the archive holds no document", "empty_archive")
        return _told_apart(members)

    def _member(self, inner: Container, entry: Entry, outer: Entry) -> Member:
        """A member of an archive inside: one that is an archive again is not opened."""
        refusal = entry.refusal
        head = b""
        try:
            head = inner.read(entry, HEAD) if refusal is None else b""
            if refusal is None and _holds_archive(inner, entry, head):
                message = "it is an archive within an archive within an archive, which is not opened; unpack the outer ones"
                refusal = Refusal("member_refused", message)
        except ReadError as error:
            refusal = Refusal(error.code, error.message)
        return Member(f"{outer.name}{BETWEEN}{entry.name}", (outer.number, entry.number), is_office(head), refusal)

    def _check(self, count: int, size: int) -> None:
        limits = self._limits
        if count > limits.max_members:
            message = f"the archive, with those in it, has more than {limits.max_members} members; unpack it"
            raise LimitError(message, "too_large")
        if size > limits.max_archive:
            message = f"the archive, with those in it, unpacks to more than {limits.max_archive // MIB} MiB; unpack it"
            raise LimitError(message, "too_large")


def _documents(container: Container) -> list[Entry]:
    """The entries that are documents, by their names, and those that are refused."""
    wanted = [entry for entry in container.entries if not left_out(entry.name)]
    beside = of_pages(entry.name for entry in wanted if entry.refusal is None)
    return sorted((entry for entry in wanted if entry.name not in beside), key=lambda entry: (entry.name, entry.number))


def _holds_archive(container: Container, entry: Entry, head: bytes) -> bool:
    told = is_archive(head)
    return is_archive(head, io.BytesIO(container.read(entry))) is True if told is None else told


def _told_apart(members: list[Member]) -> tuple[Member, ...]:
    """The members, a number behind the name of each that another one has as well."""
    names = told_apart([member.name for member in members])
    return tuple(member._replace(name=name) for member, name in zip(members, names, strict=True))
