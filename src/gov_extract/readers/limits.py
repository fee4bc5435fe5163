"""What a reader may spend on one document, and the two dangerous openings (zip, XML) that keep to it.

In: bytes that nobody vouches for. Out: `Limits`, a zip's members unpacked under them, XML parsed without its dangers.
No size that a file declares of itself is trusted: it can only make the refusal earlier.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from gov_extract.errors import LimitError, ReadError

if TYPE_CHECKING:
    from lxml import etree

MIB = 1024 * 1024

RATIO_FLOOR = 16 * MIB
"""Bytes that a member may unpack to before its ratio counts: a table of blank rows packs 300 to 1 and is harmless."""

MOST_RECOGNISED = 24
"""Pages of one document that are recognised in pictures: at three to four seconds each, what fits into the time that one
document may take. Reports have five to fifteen."""

CHUNK = MIB
"""Bytes unpacked at a time: how far beyond a limit a bomb can get before it is noticed."""

DIRECTORY_ENTRY = 512
"""Bytes of a zip's directory for each member, at most on average: an entry has 46 and its name."""

_ZIP_END = b"PK\x05\x06"
_ZIP64_END, _ZIP64_RECORD = b"PK\x06\x06", 76
"""The end record of large zips, and how far before the usual one it begins."""
_TAIL = 22 + 0xFFFF + _ZIP64_RECORD
_ENCRYPTED_FLAG = 0x1


@dataclass(frozen=True)
class Limits:
    """Bounds on one document. What exceeds them is refused with a `LimitError`, never half read.

    Parameters
    ----------
    max_bytes
        Size of the file, bytes.
    max_pages
        Pages of a paged format. The longest reports have about a hundred.
    max_cells
        Cells of all tables together. A report's statutory tables have about 350.
    max_unpacked
        Size of all members of a zip container when unpacked, bytes.
    max_part
        Size of one XML part when unpacked, bytes. Its tree takes about ten times that in memory.
    max_ratio
        Unpacked size over packed size of one member, beyond `RATIO_FLOOR`. Deflate cannot exceed about 1030.
    max_members
        Members of a zip container.
    max_archive
        Size of all members of an archive when unpacked, bytes; they are read one at a time. One member may have `max_bytes`.
    max_columns
        Columns of one table. Word allows 63, a page exported from a spreadsheet up to 256.
    """

    max_bytes: int = 256 * MIB
    max_pages: int = 2000
    max_cells: int = 200_000
    max_unpacked: int = 1024 * MIB
    max_part: int = 64 * MIB
    max_ratio: int = 200
    max_members: int = 20_000
    max_columns: int = 1000
    max_archive: int = 4096 * MIB


def check_size(size: int, limits: Limits) -> None:
    """Refuse a file of more than `limits.max_bytes`; `size` is in bytes.

    Raises
    ------
    LimitError
        Code ``too_large``.
    """
    if size > limits.max_bytes:
        raise LimitError(
            f"the file has {size / MIB:.0f} MiB, more than the limit of {limits.max_bytes / MIB:.0f} MiB; "
            "raise the limit if you trust it",
            "too_large",
        )


def check_directory(file: BinaryIO, limits: Limits) -> None:
    """Refuse a zip whose directory is far larger than its members can account for, before it is in memory.

    Raises
    ------
    ReadError
        Code ``truncated`` where there is no directory.
    LimitError
        Code ``too_large``.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    at = tail.rfind(_ZIP_END)
    if at < 0 or len(tail) < at + 16:
        raise ReadError("the file is cut off: a zip container whose end is missing; download it again", "truncated")
    directory = int.from_bytes(tail[at + 12 : at + 16], "little")
    larger = tail[at - _ZIP64_RECORD : at] if at >= _ZIP64_RECORD else b""
    if larger.startswith(_ZIP64_END):
        directory = max(directory if directory < 0xFFFFFFFF else 0, int.from_bytes(larger[40:48], "little"))
    if directory > DIRECTORY_ENTRY * limits.max_members:
        raise LimitError(f"the container has more than {limits.max_members} members", "too_large")


class Package(NamedTuple):
    """An opened zip container: its members by lower-case name with ``/``, as damaged writers vary both."""

    archive: zipfile.ZipFile
    members: Mapping[str, zipfile.ZipInfo]


def open_package(data: bytes, limits: Limits) -> Package:
    """Open a zip container and weigh its directory.

    Raises
    ------
    ReadError
        Code ``truncated`` without a directory at the end, ``damaged`` where the directory cannot be read.
    LimitError
        Code ``too_large``: too many members, or more bytes than `limits` allow by its own account.
    """
    check_directory(BytesIO(data), limits)
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    # zipfile meets hostile directories with any of these: struct-like ValueErrors, unknown versions, bad names.
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError) as error:
        raise ReadError(f"the file's zip directory is damaged ({error}); download it again", "damaged") from error
    infos = archive.infolist()
    if len(infos) > limits.max_members:
        raise LimitError(f"the container has {len(infos)} members, more than the limit of {limits.max_members}", "too_large")
    declared = sum(info.file_size for info in infos)
    if declared > limits.max_unpacked:
        raise LimitError(
            f"the container unpacks to {declared // MIB} MiB, more than the limit of {limits.max_unpacked // MIB} MiB; "
            "raise the limit if you trust the file",
            "too_large",
        )
    return Package(archive, {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in infos})


def unpack(package: Package, name: str, limits: Limits) -> bytes | None:
    """One member's bytes, None where there is none of that name (letter case and kind of slash do not matter).

    Raises
    ------
    ReadError
        Code ``encrypted`` or ``damaged``.
    LimitError
        Code ``too_large``: the member goes on beyond `limits`, whatever size it declares.
    """
    info = package.members.get(name.lstrip("/").lower())
    if info is None:
        return None
    if info.flag_bits & _ENCRYPTED_FLAG:
        raise ReadError("the file is protected by a password; save it without one and try again", "encrypted")
    ceiling = max(RATIO_FLOOR, limits.max_ratio * max(info.compress_size, 1))
    chunks: list[bytes] = []
    size = 0
    with package.archive.open(info) as stream:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > limits.max_part or size > ceiling:
                raise LimitError(
                    f"the part {name} unpacks to more than {min(limits.max_part, ceiling) // MIB} MiB, as a zip bomb "
                    "does; raise the limit only if you trust the file",
                    "too_large",
                )
            chunks.append(chunk)
    return b"".join(chunks)


def parse_xml(data: bytes) -> etree._Element:
    """Parse one XML part without entities, network, DTD, or libxml2's limits on depth and text lifted.

    Raises
    ------
    lxml.etree.XMLSyntaxError
        For damaged XML, and for XML that nests deeper than libxml2 allows. The door turns it into a `ReadError`.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    return etree.fromstring(data, parser)
