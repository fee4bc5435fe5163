"""The streams of an OLE container (compound file), as old office programs write them.

In: the bytes of a file. Out: one stream's bytes by its name. Chains of sectors that run in circles, or out of the file, end.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from gov_extract.errors import ReadError

MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
_LAST = 0xFFFFFFFA
"""Sector numbers from here on are marks: end of chain, free, of the table itself."""
_HEADER = 512
_ENTRY = 128
_STREAM = 2


def stream_of(data: bytes, *names: str) -> tuple[str, bytes] | None:
    """The first of these streams that the container holds, with its name; None where it holds none.

    Raises
    ------
    ReadError
        ``truncated`` or ``damaged``.
    """
    if len(data) < _HEADER or not data.startswith(MAGIC):
        raise ReadError("the file is cut off: an OLE container without its header; download it again", "truncated")
    shift, mini_shift = struct.unpack_from("<HH", data, 30)
    if shift not in (9, 12) or mini_shift > shift:
        raise ReadError("the file's OLE header is damaged; download it again", "damaged")
    first_directory, _, cutoff, first_mini = struct.unpack_from("<4I", data, 48)
    container = _Container(data, 1 << shift)
    directory = container.chain(first_directory)
    if not directory:
        raise ReadError("the file is cut off: an OLE container without its directory; download it again", "truncated")
    entries = [directory[at : at + _ENTRY] for at in range(0, len(directory) - _ENTRY + 1, _ENTRY)]
    known: dict[str, bytes] = {}
    for entry in entries:
        length = struct.unpack_from("<H", entry, 64)[0]
        if entry[66] == _STREAM and 2 <= length <= 64:
            known.setdefault(entry[: length - 2].decode("utf-16-le", "replace"), entry)
    for name in names:
        found = known.get(name)
        if found is None:
            continue
        start, size = struct.unpack_from("<II", found, 116)
        if size >= cutoff:
            return name, container.chain(start, size)
        # Small streams lie in one of the root's, cut to smaller sectors.
        root_start, root_size = struct.unpack_from("<II", entries[0], 116)
        held = container.chain(root_start, root_size)
        links = container.chain(first_mini)
        small = _follow(start, struct.unpack(f"<{len(links) // 4}I", links[: len(links) // 4 * 4]))
        unit = 1 << mini_shift
        return name, b"".join(held[k * unit : (k + 1) * unit] for k in small)[:size]
    return None


class _Container:
    """A file's sectors and the table of which follows which."""

    def __init__(self, data: bytes, sector: int) -> None:
        self.data, self.sector = data, sector
        count = struct.unpack_from("<I", data, 44)[0]
        listed = list(struct.unpack_from("<109I", data, 76))
        extra, _ = struct.unpack_from("<2I", data, 68)
        seen: set[int] = set()
        while extra < _LAST and extra not in seen:
            seen.add(extra)
            part = self.at(extra)
            if len(part) < sector:
                break
            *more, extra = struct.unpack(f"<{sector // 4}I", part)
            listed += more
        tables = [self.at(number) for number in listed[: min(count, len(listed))] if number < _LAST]
        joined = b"".join(tables)
        self.next = struct.unpack(f"<{len(joined) // 4}I", joined[: len(joined) // 4 * 4])

    def at(self, number: int) -> bytes:
        start = (number + 1) * self.sector
        return self.data[start : start + self.sector]

    def chain(self, first: int, size: int | None = None) -> bytes:
        """The bytes of the sectors that follow each other from the first one on."""
        found = b"".join(self.at(number) for number in _follow(first, self.next))
        if size is None:
            return found
        if len(found) < size:
            raise ReadError("the file is cut off: a part of its OLE container is missing; download it again", "truncated")
        return found[:size]


def _follow(first: int, following: Sequence[int]) -> list[int]:
    """The numbers of a chain, each once."""
    found: dict[int, None] = {}
    while first < len(following) and first not in found:
        found[first] = None
        first = following[first]
    return list(found)
