"""What an agency is besides its place: its kind, its township, and the key that its short and long names share.

In: the rest of a name behind its places. Out: `Body`, and the key of `documents.agency_id`.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import regex

from gov_extract.parse.agency.places import Place, agencies
from gov_extract.parse.agency.table import Division, shared_townships

# A zone's name that is longer than the common kinds of zones are called (characters).
_NAMED_ZONE = len("高新技术产业开发区管理委员会")
_BRACKETS = regex.compile(r"\(([^()]*)\)")


class Body(NamedTuple):
    """A body: `core` is its name without second names in brackets, `township` the township or street that it is of;
    `strange`: it governs a place of its own that is none of the places before it.
    """

    core: str
    kind: str | None
    township: str | None
    central: bool
    strange: bool


class _Rules(NamedTuple):
    kinds: tuple[tuple[str, regex.Pattern[str]], ...]
    central: regex.Pattern[str]
    ministries: regex.Pattern[str]
    part_of_state: regex.Pattern[str]
    township: regex.Pattern[str]
    township_body: regex.Pattern[str]
    government: regex.Pattern[str]
    second: regex.Pattern[str]
    part: regex.Pattern[str]
    replace: tuple[tuple[regex.Pattern[str], str], ...]
    short: dict[str, str]
    own_name: regex.Pattern[str]


@cache
def _rules() -> _Rules:
    raw = agencies()
    zone, managed = raw["kind"]["zone"], raw["kind"]["managed"]
    kinds = tuple(
        (kind, regex.compile(pattern.replace("{zone}", zone).replace("{managed}", managed)))
        for kind, pattern in raw["kind"]["order"]
    )
    return _Rules(
        kinds,
        regex.compile(raw["level"]["central"]),
        regex.compile(raw["level"]["ministries"]),
        regex.compile(raw["level"]["part"].replace("{above}", raw["level"]["above"].removeprefix("^"))),
        regex.compile(raw["place"]["township"]),
        regex.compile(raw["place"]["township_body"]),
        regex.compile(raw["body"]["government"]),
        regex.compile(raw["body"]["second"]),
        regex.compile(raw["body"]["part"]),
        tuple((regex.compile(pattern), by) for pattern, by in raw["body"]["replace"]),
        raw["body"]["short"],
        regex.compile(raw["institution"]["own_name"]),
    )


def read_body(rest: str, *, placed: bool) -> Body:
    """The body behind a name's places; `placed`: there are any."""
    rules = _rules()
    core = _BRACKETS.sub(_second, rest)
    bare = _BRACKETS.sub("", core)
    unit = rules.township.match(bare)
    township = unit["name"] if unit and rules.township_body.match(unit["more"]) else None
    kind = "government" if not bare and placed else next((kind for kind, found in rules.kinds if found.search(bare)), None)
    stately = kind in ("department", "government") and rules.central.search(bare) and not rules.part_of_state.search(bare)
    central = not placed and bool(stately or rules.ministries.search(bare))
    strange = kind == "government" and township is None and not central and not rules.government.search(bare)
    return Body(core, kind, township, central, strange)


def _second(match: regex.Match[str]) -> str:
    """A bracket of a name: gone where it holds a second name, kept where it names a part."""
    rules = _rules()
    inside = match[1]
    return "" if rules.second.search(inside) and not rules.part.search(inside) else match[0]


def key_of(place: Place, body: Body, known: Division | None) -> str | None:
    """The key that an agency keeps over years and writings; None where two agencies might share it.

    It is the division's own key (its code when the table begins, whatever it was called or coded later), or the place as
    printed where the table does not know it, and the body in its long form.
    """
    long = place.above + long_form(body.core)
    if known is not None:
        where = known.root
    elif place.printed:
        where = place.printed
    elif body.central:
        where = "000000"
    elif place.unknown or _alone(body, long):
        where = ""
    else:
        return None
    return f"{where}/{long}"


def _alone(body: Body, long: str) -> bool:
    """Whether a name without a place is unlikely to be borne by two agencies."""
    if body.township is not None:
        return body.township not in shared_townships()
    if body.kind == "institution":
        return bool(_rules().own_name.search(body.core))
    if _rules().part_of_state.search(body.core):
        return True
    return body.kind == "development_zone" and len(long) > _NAMED_ZONE


def long_form(core: str) -> str:
    """A body's name in its long form: 卫健委 → 卫生健康委员会, 政府办 → 人民政府办公室, nothing → 人民政府."""
    rules = _rules()
    for pattern, by in rules.replace:
        core = pattern.sub(by, core)
    return rules.short.get(core, core)
