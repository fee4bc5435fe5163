"""What this installation can read.

In: the kinds of ``data/media_types.toml``, the readers, and the machine. Out: `formats`, a record for each kind, and
`missing`, what a kind's reader still needs: after that is installed, a document that was refused for want of it can be read.
"""

from __future__ import annotations

from typing import NamedTuple

from gov_extract.readers import PAGES, READERS
from gov_extract.readers.office.program import NEED as OFFICE
from gov_extract.readers.office.program import office_program
from gov_extract.readers.scan import extra
from gov_extract.readers.sniffing import ARCHIVES, Kind, Requirement, kind_of, kinds, requirements

PICTURES = extra.NEED
"""The requirement of pictures, and of pages that are pictures."""
PAGED = frozenset({"application/pdf", *PAGES})
"""Kinds whose pages may be pictures, and are read then; OFD has them too, and they are not."""


class Format(NamedTuple):
    """A kind of file: whether it is read here, what its reader needs, and what to do where it is not read.

    `needs` is what its reader needs beside this package, installed or not; `advice` says what to do for it, or with the file.
    `pictures` is what pages that are pictures need to be read, None where the kind has none, or nothing is missing.
    """

    kind: Kind
    read: bool
    needs: Requirement | None
    advice: str
    pictures: Requirement | None


def installed(requirement: str) -> bool:
    """Whether a requirement (its key in ``data/media_types.toml``) is there. No package is imported for that."""
    if requirement == OFFICE:
        return office_program() is not None
    return extra.installed()


def missing(media_type: str) -> Requirement | None:
    """What must be installed before the reader of that media type can read; None where nothing is missing."""
    kind = kind_of(media_type)
    if kind is None or not kind.needs or media_type not in READERS or installed(kind.needs):
        return None
    return requirements()[kind.needs]


def formats() -> tuple[Format, ...]:
    """Every known kind, those that are read first."""
    told = [_format(kind) for kind in kinds()]
    return tuple(sorted(told, key=lambda one: not one.read))


def _format(kind: Kind) -> Format:
    reader = kind.media_type in READERS or kind.media_type in ARCHIVES
    lacking = missing(kind.media_type)
    needs = requirements()[kind.needs] if reader and kind.needs else None
    paged = kind.media_type in PAGED and not installed(PICTURES)
    advice = "" if reader and lacking is None else lacking.install if lacking else kind.advice
    return Format(kind, reader and lacking is None, needs, advice, requirements()[PICTURES] if paged else None)
