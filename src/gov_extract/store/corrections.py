"""What people say of figures: ``OUT/corrections.yaml``.

In: the file, a list of entries of the `KEYS`, written by hand or by a program. Out: `Corrections`, by document; what cannot be
used of it is a `Problem` with its line, and no entry is lost for another's fault. The file is read as events of YAML without
their types: a document's number stays what is written, nothing is built, nested or repeated by reference.
"""

from __future__ import annotations

import codecs
import hashlib
import math
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from gov_extract.report import fit_text

NAME = "corrections.yaml"
# Bytes of the file: some 50,000 entries, read in ten seconds.
MOST_BYTES = 8 * 1024 * 1024
KEYS = ("document", "table", "row", "column", "was", "value", "reason", "by", "on")
_DOCUMENT = re.compile(r"[0-9a-f]{16}")
_NUMBER = re.compile(r"[+-]?\d{1,18}(?:\.\d{1,18})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
# Where an entry begins, for what is left of a file that is no YAML as a whole.
_BEGIN = re.compile(r"^([ ]*)-(?=[ \t\r\n]|$)", re.MULTILINE)
# Characters of the file that a message quotes.
_QUOTED = 40


class Correction(NamedTuple):
    """What a person says of a cell of a report.

    `was` is what the table holds without it: a figure, None for none, or a text: the characters as printed. `value` is what the
    page prints, None for no figure; where that is what was read, the correction confirms it.
    """

    document: str
    table: str
    row: str
    column: str
    was: float | str | None
    value: float | None
    reason: str
    by: str
    on: str


class Problem(NamedTuple):
    """What cannot be used: `entry` counts from 1 and is None for the whole file, as is `line` where it is in no line;
    `document` is named where the entry tells it."""

    line: int | None
    entry: int | None
    document: str | None
    message: str

    def __str__(self) -> str:
        where = (NAME, *([f"line {self.line}"] if self.line else []), *([f"entry {self.entry}"] if self.entry else []))
        return f"{', '.join(where)}: {self.message}"


class Corrections(NamedTuple):
    """The file's content: the corrections of each document in their order, the line of each, and what could not be used.

    `sha256` is that of the file, None where there is none.
    """

    of: Mapping[str, tuple[Correction, ...]] = MappingProxyType({})
    lines: Mapping[Correction, int] = MappingProxyType({})
    problems: tuple[Problem, ...] = ()
    sha256: str | None = None


class _Scalar(NamedTuple):
    text: str
    plain: bool


class _Entry(NamedTuple):
    """An entry as it is written: its line (from 1), its keys, and what is wrong with it."""

    line: int
    fields: dict[str, _Scalar]
    faults: list[str]


class _UnusableError(Exception):
    """The file, or what is left of it, is no list of entries."""

    def __init__(self, line: int | None, message: str) -> None:
        super().__init__(line, message)
        self.line = line
        self.message = message


def file_key(out: Path) -> str | None:
    """The sha256 of an output folder's corrections, None where there are none."""
    try:
        return hashlib.sha256((out / NAME).read_bytes()).hexdigest()
    except OSError:
        return None


def read_corrections(out: Path) -> Corrections:
    """The corrections of an output folder; none where there is no such file. Nothing is raised: see `Corrections.problems`."""
    path = out / NAME
    try:
        if path.stat().st_size > MOST_BYTES:
            return Corrections(problems=(Problem(None, None, None, f"larger than {MOST_BYTES} bytes; nothing of it is used"),))
        data = path.read_bytes()
    except FileNotFoundError:
        return Corrections()
    except OSError as error:
        return Corrections(problems=(Problem(None, None, None, f"cannot be read ({error.strerror or error})"),))
    key = hashlib.sha256(data).hexdigest()
    try:
        text = _decoded(data)
    except _UnusableError as error:
        return Corrections(problems=(Problem(error.line, None, None, error.message),), sha256=key)
    of: dict[str, list[Correction]] = {}
    lines: dict[Correction, int] = {}
    problems = []
    for number, entry in enumerate(_all_entries(text), 1):
        if isinstance(entry, Problem):
            # 0 stands for the whole file.
            problems.append(entry._replace(entry=number if entry.entry is None else None))
            continue
        found = _correction(entry)
        if isinstance(found, Correction):
            of.setdefault(found.document, []).append(found)
            lines.setdefault(found, entry.line)
        else:
            problems.append(Problem(entry.line, number, _document(entry), found))
    return Corrections({document: tuple(own) for document, own in of.items()}, lines, tuple(problems), key)


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            broken = error
    line = data.count(b"\n", 0, broken.start) + 1
    raise _UnusableError(line, "neither UTF-8 nor GB18030; save it as UTF-8, nothing of it is used")


# ── From text to entries ──────────────────────────────────────────────────────────────────────────────────────────────


def _all_entries(text: str) -> Iterator[_Entry | Problem]:
    """Every entry; where the file is no YAML as a whole, what each part that begins like one is by itself."""
    try:
        yield from list(_entries(text, 0))
    except _UnusableError as error:
        parts = list(_parts(text))
        if not parts:
            yield Problem(error.line, 0, None, error.message)
        for start, part in parts:
            try:
                yield from list(_entries(part, start))
            except _UnusableError as broken:
                yield Problem(broken.line, None, _named(part), broken.message)


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """The parts of a file that begin like entries, each with the number of lines before it."""
    begins = list(_BEGIN.finditer(text))
    starts = [match.start() for match in begins if match[1] == begins[0][1]]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=False):
        yield text.count("\n", 0, start), text[start:end]


def _named(part: str) -> str | None:
    """The document that a part names that is no YAML."""
    found = re.search(r"document:[ \t]*[\"']?([0-9a-f]{16})\b", part)
    return found[1] if found else None


def _entries(text: str, before: int) -> Iterator[_Entry]:
    """The entries of a list, `before` lines below the file's first."""
    import yaml

    nest, inside, key = 0, False, None
    entry: _Entry | None = None
    for event in _events(text, before):
        line = before + event.start_mark.line + 1
        begins = isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent)
        ends = isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent)
        if nest:
            # In something that has no business here, and is told of.
            nest += begins - ends
        elif isinstance(event, yaml.StreamStartEvent | yaml.StreamEndEvent | yaml.DocumentStartEvent | yaml.DocumentEndEvent):
            continue
        elif not inside:
            if isinstance(event, yaml.ScalarEvent) and event.implicit[0] and event.value in _NULL:
                continue
            if not isinstance(event, yaml.SequenceStartEvent):
                raise _UnusableError(line, "the file has to be a list of entries, each beginning with `- document:`")
            inside = True
        elif entry is None:
            if isinstance(event, yaml.MappingStartEvent):
                entry, key = _Entry(line, {}, []), None
            elif ends:
                inside = False
            else:
                yield _Entry(line, {}, ["is no entry: wanted are " + ", ".join(KEYS)])
                nest = int(begins)
        elif ends:
            yield entry
            entry = None
        elif key is None:
            key = event.value.strip() if isinstance(event, yaml.ScalarEvent) else ""
            if not key:
                entry.faults.append(f"line {line} has no key")
            nest = int(begins)
        else:
            if not isinstance(event, yaml.ScalarEvent):
                entry.faults.append(f"{key} has to be one value, written out")
                nest = int(begins)
            elif key in entry.fields:
                entry.faults.append(f"{key} is given twice")
            else:
                entry.fields[key] = _Scalar(event.value, event.implicit[0])
            key = None


def _events(text: str, before: int) -> Iterator[Any]:
    import yaml

    # The parser of the C library where it is there; both only parse, and build nothing.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from yaml.parse(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = before + mark.line + 1 if mark else None
        raise _UnusableError(line, f"no YAML: {error.problem or error.context or 'cannot be parsed'}") from error
    except yaml.YAMLError as error:
        place = getattr(error, "position", None)
        line = before + text.count("\n", 0, place) + 1 if isinstance(place, int) else None
        raise _UnusableError(line, f"no YAML: {getattr(error, 'reason', 'cannot be parsed')}") from error


# ── From entries to corrections ───────────────────────────────────────────────────────────────────────────────────────


def _document(entry: _Entry) -> str | None:
    told = entry.fields.get("document")
    return told.text if told is not None and _DOCUMENT.fullmatch(told.text) else None


def _correction(entry: _Entry) -> Correction | str:
    """The correction that an entry is, or what is wrong with it."""
    fields, faults = entry.fields, list(entry.faults)
    faults += [f"{_short(key)} is none of {', '.join(KEYS)}" for key in fields if key not in KEYS]
    if not entry.faults:
        faults += [f"{key} is missing" for key in KEYS if key not in fields]
    texts = {}
    for key in ("table", "row", "column", "reason", "by"):
        if key in fields:
            texts[key] = "" if _is_null(fields[key]) else " ".join(fit_text(fields[key].text).split())
            if not texts[key]:
                faults.append(f"{key} is empty")
    if "document" in fields and _document(entry) is None:
        faults.append(f"document is {_short(fields['document'].text)}; wanted is a document_id, 16 digits and letters a to f")
    if "on" in fields and not _is_day(fields["on"].text):
        faults.append(f"on is {_short(fields['on'].text)}; wanted is a day such as 2024-05-31")
    value = None
    if "value" in fields and not _is_null(fields["value"]):
        value = _number(fields["value"].text)
        if value is None:
            faults.append(f"value is {_short(fields['value'].text)}; wanted is a number such as 1234.5, or null for no figure")
    if faults:
        return "; ".join(faults) + "; the entry is not used"
    where = (fields["document"].text, texts["table"], texts["row"], texts["column"])
    return Correction(*where, _was(fields["was"]), value, texts["reason"], texts["by"], fields["on"].text)


def _was(scalar: _Scalar) -> float | str | None:
    if _is_null(scalar):
        return None
    number = _number(scalar.text) if scalar.plain else None
    return fit_text(scalar.text).strip() if number is None else number


def _is_null(scalar: _Scalar) -> bool:
    return scalar.plain and scalar.text in _NULL


def _number(text: str) -> float | None:
    """A number as it is written: neither 012, 1:30 nor 1_000 are what other readers of YAML take them for."""
    number = float(text) if _NUMBER.fullmatch(text.strip()) else None
    return None if number is None or not math.isfinite(number) else number + 0.0


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _short(text: str) -> str:
    return repr(fit_text(text[:_QUOTED]))
