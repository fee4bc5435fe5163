"""What a reading depends on, as keys.

In: a document's content and name, and the installation. Out: `base_key`, under which the reading of a document is found again;
`Environment`, what else it was read under; `lifted`, whether a change of that is a reason to read it again.

Of a document's name only what metadata can be taken from it counts (`told_by_name`): a file that is moved to another folder
keeps its reading, one that is renamed from ``2022.pdf`` to ``2023.pdf`` does not.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import asdict
from functools import cache
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import gov_extract
from gov_extract import __version__
from gov_extract.parse.metadata.places import read_file_name
from gov_extract.readers import Limits
from gov_extract.readers.sniffing import requirements

# What of this package decides how a document is read: its version is not enough while it is being worked on.
_READING = (
    "checks.py", "data", "document.py", "errors.py", "forms", "parse", "readers", "report", "schema.py", "sources.py",
)  # fmt: skip
_CODE = frozenset({".py", ".toml", ".tsv", ".gz", ".xcu"})


class Environment(NamedTuple):
    """What a document is read under: this program (`code`), what is installed beside it, and the bounds on one document."""

    code: str
    installed: frozenset[str]
    limits: str


class Again(NamedTuple):
    """The rules of ``data/again.toml``: finding codes that are lifted by a requirement, by other limits, or by any run."""

    installed: dict[str, frozenset[str]]
    limits: frozenset[str]
    always: frozenset[str]


def environment(limits: Limits, seconds: float) -> Environment:
    """The environment of a run now, with these bounds."""
    bounds = json.dumps({**asdict(limits), "seconds": seconds}, sort_keys=True)
    return Environment(code_key(), frozenset(key for key in requirements() if installed(key)), bounds)


def installed(requirement: str) -> bool:
    """Whether a requirement of ``data/media_types.toml`` is there."""
    from gov_extract.readers import installed as there

    return there.installed(requirement)


def base_key(content: str, source: str, beside: str, code: str, *, named: bool) -> str:
    """The key under which a reading is found again.

    Parameters
    ----------
    content
        sha256 of the document.
    source
        Its name in the tables.
    beside
        What was saved with it and is read with it, empty where there is nothing.
    code
        The program that reads it, by `code_key`.
    named
        Whether the name itself identifies the reading: that of a document that could not be opened.
    """
    told = source if named else told_by_name(source)
    return _digest(json.dumps([content, told, beside, code]))


def told_by_name(source: str) -> str:
    """What a reading can take from a document's name: agency, year, and the extension, which tells kinds of text apart."""
    suffix = PurePosixPath(source.replace("\\", "/")).suffix.lower()
    return json.dumps([suffix, *read_file_name(source)])


@cache
def code_key() -> str:
    """The key of this program: its version, and all its code and data that decide how a document is read."""
    digest = hashlib.sha256(__version__.encode())
    for name, content in _parts(Path(gov_extract.__file__).parent):
        digest.update(f"\0{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:32]


def _parts(package: Path) -> Iterator[tuple[str, bytes]]:
    for name in _READING:
        for path in sorted([package / name] if name.endswith(".py") else (package / name).rglob("*")):
            if path.suffix in _CODE and path.is_file():
                yield path.relative_to(package).as_posix(), path.read_bytes()


@cache
def again() -> Again:
    """The rules, read once a process."""
    data = tomllib.loads(resources.files("gov_extract").joinpath("data/again.toml").read_text("utf-8"))
    by_requirement = {name: frozenset(codes) for name, codes in data["installed"].items()}
    return Again(by_requirement, frozenset(data["changed"]["limits"]), frozenset(data["always"]["again"]))


def lifted(codes: Collection[str], lacked: Collection[str], limits: str, now: Environment) -> str | None:
    """Why a document is to be read again, though neither it nor this program has changed; None where there is no reason.

    `codes` are the codes of its findings, `lacked` what was not installed then, `limits` the bounds of then.
    """
    rules = again()
    for requirement, waiting in rules.installed.items():
        if requirement in lacked and requirement in now.installed and not waiting.isdisjoint(codes):
            return f"installed_{requirement}"
    if not rules.always.isdisjoint(codes):
        return "tried_again"
    if limits != now.limits and not rules.limits.isdisjoint(codes):
        return "other_limits"
    return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
