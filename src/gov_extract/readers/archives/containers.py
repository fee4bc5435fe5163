"""One archive: its entries, weighed before anything is unpacked, and the bytes of one.

In: an open file that is a zip, a tar, or either of what gzip holds. Out: a `Container`. Entries that are no plain file, have a
name that leads out, are encrypted or unpack like a bomb are there with the reason why they are refused. Nothing is written to
disk.
"""

from __future__ import annotations

import gzip
import io
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Sequence
from typing import BinaryIO, NamedTuple, Protocol

from gov_extract.errors import LimitError, ReadError
from gov_extract.readers.archives.names import decoded, fault_of, tidied
from gov_extract.readers.limits import CHUNK, MIB, RATIO_FLOOR, Limits, check_directory

_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1
_UNICODE_PATH = 0x7075
_DAMAGE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, struct.error, ValueError, NotImplementedError,
           RecursionError, OverflowError)  # fmt: skip
"""What damaged and hostile archives raise in the standard library."""


REST = "(rest)"
"""Stands for the members that a damaged archive may have had."""


class Refusal(NamedTuple):
    """Why an entry is not read: a finding's code, and words."""

    code: str
    message: str


class Entry(NamedTuple):
    """A file in an archive: its name, its number there, its size when unpacked (bytes), and why it is refused, if it is."""

    name: str
    number: int
    size: int
    refusal: Refusal | None


class Container(Protocol):
    """An opened archive."""

    @property
    def entries(self) -> Sequence[Entry]:
        """All its files."""

    def read(self, entry: Entry, count: int | None = None) -> bytes:
        """An entry's bytes, the first `count` of them where that is given.

        Raises
        ------
        ReadError
            The entry's refusal; ``damaged``, ``truncated``.
        """


def open_container(file: BinaryIO, name: str, limits: Limits) -> Container:
    """Open an archive and weigh it.

    Parameters
    ----------
    file
        The open file; it must stay open.
    name
        The archive's name, from which that of a lone file within gzip follows.

    Raises
    ------
    ReadError
        ``truncated``, ``damaged``.
    LimitError
        ``too_large``: too many entries, or more bytes when unpacked than `limits` allow, by its own account.
    """
    start = file.read(2)
    file.seek(0)
    try:
        if start == b"\x1f\x8b":
            inside = io.BytesIO(_gunzipped(file, limits))
            return _Tar(inside, limits) if is_tar(inside) else _Lone(inside.getvalue(), name)
        return _Zip(file, limits) if start == b"PK" else _Tar(file, limits)
    except ReadError:
        raise
    except _DAMAGE as error:
        raise ReadError(f"the archive is damaged ({type(error).__name__}: {error}); download it again", "damaged") from error


def is_tar(file: BinaryIO) -> bool:
    """Whether an open file is a tar, by its mark; it is left at its beginning."""
    file.seek(257)
    mark = file.read(5)
    file.seek(0)
    return mark == b"ustar"


def weigh(entries: Sequence[Entry], limits: Limits) -> None:
    """Refuse an archive by what its entries say of themselves.

    Raises
    ------
    LimitError
        ``too_large``.
    """
    if len(entries) > limits.max_members:
        raise LimitError(f"the archive has more than {limits.max_members} members; unpack it", "too_large")
    size = sum(entry.size for entry in entries)
    if size > limits.max_archive:
        raise LimitError(
            f"the archive unpacks to {size // MIB} MiB, more than the limit of {limits.max_archive // MIB} MiB; "
            "unpack it if you trust it",
            "too_large",
        )


def _oversize(size: int, packed: int, limits: Limits) -> Refusal | None:
    if size > limits.max_bytes:
        message = f"it has {size // MIB} MiB, more than the limit of {limits.max_bytes // MIB} MiB"
        return Refusal("too_large", message)
    if size > max(RATIO_FLOOR, limits.max_ratio * max(packed, 1)):
        return Refusal("too_large", f"it unpacks to {size // max(packed, 1)} times its size, as a zip bomb does")
    return None


def _refuse(entry: Entry) -> None:
    if entry.refusal is not None:
        raise ReadError(entry.refusal.message, entry.refusal.code)


class _Zip:
    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        check_directory(file, limits)
        file.seek(0)
        self._archive = zipfile.ZipFile(file)
        self._infos = self._archive.infolist()
        named = [(number, _zip_name(info), info) for number, info in enumerate(self._infos)]
        self.entries = tuple(
            Entry(tidied(name), number, info.file_size, _zip_refusal(tidied(name), info, limits))
            for number, name, info in named
            if not name.endswith(("/", "\\"))
        )
        weigh(self.entries, limits)

    def read(self, entry: Entry, count: int | None = None) -> bytes:
        _refuse(entry)
        most = entry.size if count is None else min(count, entry.size)
        chunks: list[bytes] = []
        left = most
        try:
            with self._archive.open(self._infos[entry.number]) as stream:
                while left > 0 and (chunk := stream.read(min(CHUNK, left))):
                    chunks.append(chunk)
                    left -= len(chunk)
        except _DAMAGE as error:
            raise ReadError(f"it is damaged in the archive ({type(error).__name__}: {error})", "damaged") from error
        if left > 0 and count is None:
            raise ReadError("it is cut off in the archive", "truncated")
        return b"".join(chunks)


def _zip_name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _UTF8_FLAG:
        return info.orig_filename
    raw = info.orig_filename.encode("cp437", "replace")
    return _unicode_path(info.extra, raw) or decoded(raw)


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """The name in UTF-8 that a field of its own gives, where it belongs to this name."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        body = extra[at + 4 : at + 4 + size]
        if kind == _UNICODE_PATH and len(body) > 5 and struct.unpack_from("<I", body, 1)[0] == zlib.crc32(raw):
            return decoded(body[5:], is_utf8=True)
        at += 4 + size
    return None


def _zip_refusal(name: str, info: zipfile.ZipInfo, limits: Limits) -> Refusal | None:
    fault = fault_of(name)
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode):
        fault = "it is a link"
    elif stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        fault = "it is no file"
    if fault:
        return Refusal("member_refused", f"{fault}; it was not opened")
    if info.flag_bits & _ENCRYPTED_FLAG:
        return Refusal("encrypted", "it is protected by a password; unpack the archive and try again")
    return _oversize(info.file_size, info.compress_size, limits)


class _Tar:
    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self._file = file
        self._places: list[int] = []
        entries: list[Entry] = []
        # Bytes that are no UTF-8 come as surrogates, and are decoded here.
        with tarfile.open(fileobj=file, mode="r:", encoding="utf-8", errors="surrogateescape") as archive:
            while (info := archive.next()) is not None:
                if info.isdir():
                    continue
                name = tidied(decoded(info.name.encode("utf-8", "surrogateescape")))
                fault = fault_of(name)
                if info.issym() or info.islnk():
                    fault = "it is a link"
                elif info.type not in (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE):
                    fault = "it is no file"
                refusal = Refusal("member_refused", f"{fault}; it was not opened") if fault else None
                entries.append(Entry(name, len(entries), info.size, refusal or _oversize(info.size, info.size, limits)))
                self._places.append(info.offset_data)
                if len(entries) > limits.max_members:
                    break
            fault_behind = _behind(file, archive.offset)
        if fault_behind is not None:
            entries.append(Entry(REST, len(entries), 0, fault_behind))
            self._places.append(0)
        self.entries = tuple(entries)
        weigh(self.entries, limits)

    def read(self, entry: Entry, count: int | None = None) -> bytes:
        _refuse(entry)
        most = entry.size if count is None else min(count, entry.size)
        self._file.seek(self._places[entry.number])
        data = self._file.read(most)
        if len(data) < most:
            raise ReadError("it is cut off in the archive", "truncated")
        return data


def _behind(file: BinaryIO, at: int) -> Refusal | None:
    """What is wrong where the last member of a tar ends: two blocks of zeros must stand there, and nothing behind them. The
    standard library takes whatever it cannot read there for the end."""
    file.seek(at)
    mark = file.read(2 * tarfile.BLOCKSIZE)
    if mark.count(0) < len(mark):
        return Refusal("damaged", "the archive is damaged behind its last member that could be read; get it anew")
    if len(mark) < 2 * tarfile.BLOCKSIZE:
        return Refusal("truncated", "the archive ends without its end mark: members may be missing; get it anew")
    while chunk := file.read(CHUNK):
        if chunk.count(0) < len(chunk):
            return Refusal("damaged", "more follows behind the archive's end mark, which was not read; get it anew")
    return None


class _Lone:
    """A file that is packed by itself."""

    def __init__(self, data: bytes, name: str) -> None:
        own = name.rpartition("/")[2].rpartition("!")[2]
        stem = own[:-3] if own.lower().endswith(".gz") else own
        self._data = data
        self.entries = (Entry(tidied(stem) or "content", 0, len(data), None),)

    def read(self, entry: Entry, count: int | None = None) -> bytes:
        return self._data[: entry.size if count is None else count]


def _gunzipped(file: BinaryIO, limits: Limits) -> bytes:
    """What gzip holds, no more of it than one document may have: unlike zip it says nothing of its size that could be relied
    on."""
    packed = file.seek(0, io.SEEK_END)
    file.seek(0)
    ceiling = min(limits.max_bytes, max(RATIO_FLOOR, limits.max_ratio * packed))
    chunks: list[bytes] = []
    size = 0
    try:
        with gzip.GzipFile(fileobj=file) as stream:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if size > ceiling:
                    raise LimitError(
                        f"the archive unpacks to more than {ceiling // MIB} MiB; unpack it if you trust it", "too_large"
                    )
                chunks.append(chunk)
    except EOFError as error:
        raise ReadError("the archive is cut off; download it again", "truncated") from error
    return b"".join(chunks)
