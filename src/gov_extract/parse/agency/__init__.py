"""Who reports: level, kind, division and key of an agency, from its printed name and what else the document prints.

In: the name as printed, the year, the document's text. Out: `Identity`. What the name and the document do not say is None: a
name that several divisions bear is not guessed at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gov_extract.forms.labels import simplified
from gov_extract.parse.agency.bodies import Body, key_of, read_body
from gov_extract.parse.agency.places import Place, common_name, hinted, read_place, told_by
from gov_extract.parse.agency.table import Division, code_of, has_counties, parents, shared_townships

LEVELS = ("province", "city", "county")


class Identity(NamedTuple):
    """An agency as `documents` has it; `ambiguous` says in words what is missing where several divisions bear the name."""

    agency_id: str | None = None
    agency_level: str | None = None
    agency_kind: str | None = None
    division_code: str | None = None
    province: str | None = None
    city: str | None = None
    county: str | None = None
    ambiguous: str | None = None


def identify(agency: str, year: int | None = None, near: str = "", whole: Sequence[str] = ()) -> Identity:
    """Who an agency is.

    Parameters
    ----------
    agency
        Its name as printed.
    year
        The year reported on: codes and names are those in force at its end. Without it a division that had several codes is
        not coded.
    near
        What the document prints of itself (titles, preamble, sign-off, info box, address), without blanks. It is asked where
        the name does not tell its division: for the same name behind those of what it lies in, then for one of these alone.
    whole
        What else it says of where the agency is, asked for the first of these only.

    Returns
    -------
    Identity
        Level and kind follow from the name alone where no division is known.
    """
    name = simplified(agency)
    place = read_place(name, year)
    common = "" if place.found else common_name(name)
    if common:
        told = told_by(common, (simplified(near), *map(simplified, whole)), year)
        if len(told) == 1:
            return identify("".join(above.name for above in reversed(parents(told[0], year))) + name, year)
    body = read_body(place.rest, placed=bool(place.printed))
    if body.strange:
        place = place._replace(unknown=True)
    found = place.found
    below = body.township is not None and not place.unknown and not (found and not has_counties(found[0]))
    if len(found) > 1 or below:
        found, below = _resolved(place, body, simplified(near), whole, year, below=below)
    ambiguous = _ambiguity(place, body, found, year, below=below)
    if common:
        ambiguous = f"{common} is the name of a division, and of zones and streets elsewhere"
    known = found[0] if len(found) == 1 and not place.unknown else None
    # A zone of a province lies in a city, a township of a city in a county that the name does not say.
    coded = known is not None and not below and not (body.kind == "development_zone" and known.level == 1)
    return Identity(
        None if ambiguous else key_of(place, body, known),
        _level(place, body, found),
        body.kind,
        code_of(known, year) if known is not None and coded else None,
        *_names(found, year),
        ambiguous,
    )


def _resolved(
    place: Place, body: Body, near: str, whole: Sequence[str], year: int | None, *, below: bool
) -> tuple[tuple[Division, ...], bool]:
    """What the document's other words leave of the divisions that a name may mean; whether its township still lies in none."""
    word = body.township or "" if below else place.last
    for told in (told_by(word, (near, *map(simplified, whole)), year), hinted(place.found, near, year, below=below)):
        inside = [division for division in told if not place.found or any(_inside(division, other) for other in place.found)]
        if len(inside) == 1:
            return (inside[0],), False
    return place.found, below


def _inside(division: Division, other: Division) -> bool:
    return division.code == other.code or other.code in {above.code for above in parents(division)}


def _ambiguity(place: Place, body: Body, found: Sequence[Division], year: int | None, *, below: bool) -> str | None:
    if len(found) > 1:
        where = sorted("".join(above.name for above in reversed(parents(division, year))) for division in found)
        return f"there is a {place.last} in {', '.join(where)}"
    if below and body.township in shared_townships():
        return f"there is a {body.township} in several counties"
    return None


def _level(place: Place, body: Body, found: Sequence[Division]) -> str | None:
    if body.township is not None:
        return "township"
    if place.level is not None:
        return place.level
    if body.central and not place.printed:
        return "central"
    levels = {division.level for division in found}
    if place.unknown or len(levels) != 1:
        return None
    level = LEVELS[levels.pop() - 1]
    # A zone below a province has a level that its name does not say.
    return None if body.kind == "development_zone" and level == "province" else level


def _names(found: Sequence[Division], year: int | None) -> tuple[str | None, str | None, str | None]:
    """Province, city and county; of several divisions those above them that all share."""
    paths = [((division,) if len(found) == 1 else ()) + parents(division, year) for division in found]
    codes = [{above.level: above for above in path} for path in paths]
    shared = [{path.get(level) for path in codes} for level in (1, 2, 3)]
    province, city, county = (next(iter(rows)) if len(rows) == 1 else None for rows in shared)
    return province and province.name, city and city.name, county and county.name
