"""The header cells over a row's columns.

In: the stream, the columns that a row should have. Out: a `Header`, and whether it stands in the form's order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise, takewhile
from typing import NamedTuple

from gov_extract.forms import FormColumn
from gov_extract.forms.labels import normalise
from gov_extract.parse.stream import Place, Row
from gov_extract.parse.values import is_aside, looks_like_figure, years_in
from gov_extract.parse.vocabulary import STUMP, WEAK, column_fit, columns_by_label, is_header_text, named_rows

# A header stands at most this many physical rows above its first row of figures (three, and a page break's repetition).
HEADER_ROWS = 6
# Rows above those with labels of columns that may belong to the header: what spans it all, or the heads of further columns.
FURTHER = 2
# Rows below a header whose labels tell how wide the column of labels is, where nothing else does.
LABELS = 3
# Labels of a row with those of the groups before it.
GROUPED = 3
# Rows of the longest table.
LONGEST = 25
# Columns of a table's parts on two pages are off each other by at most this share of their width.
ASKEW = 0.25
# What the report's own year is called beside another one.
THIS = ("本年", "本年度", "今年")
# Of a flattened header at least this share of cells is whole; the others are torn by line breaks.
MOST_HEADS = 0.7


class Header(NamedTuple):
    """The header cells found for a row's columns: column code → (place, space of its row, fit).

    `others` are header cells of columns that the form does not have (备注), `below` those under a header cell of the form,
    which part its column (本年 | 上年). `twice` are columns whose label stands in two cells beside each other, `again` the
    second cells. `years`: a line of words below it names several years, each of its columns in turn.
    """

    places: dict[str, tuple[Place, int, float]]
    space: int | None
    rows: tuple[int, ...]
    others: tuple[Place, ...] = ()
    below: tuple[Place, ...] = ()
    twice: frozenset[str] = frozenset()
    again: tuple[Place, ...] = ()
    years: bool = False

    @property
    def exact(self) -> bool:
        """Whether every header cell found has exactly its column's label."""
        return all(fit == 1.0 for _, _, fit in self.places.values())


NO_HEADER = Header({}, None, ())


def find_header(rows: Sequence[Row], top: int, columns: tuple[FormColumn, ...], stop: int) -> Header:
    """The header of `columns` above row `top`, looking no higher than row `stop` (exclusive).

    Header cells may lie in several physical rows. The nearest cell wins; exact labels go before worn ones. Those that stand
    below a head of another year (上年) are passed over where the labels are printed once more.
    """
    header, earlier = _find(rows, top, columns, stop, ())
    aside = [
        place for place, _, _ in header.places.values() if rows[top].kind == "placed" and _stands_aside(place, header, rows)
    ]
    if aside:  # a label in two lines, of which the second alone is that of a column
        without, _ = _find(rows, top, columns, stop, aside)
        more = [place for place in aside if not any(overlap(place, other) > 0 for other in without.others)]
        return without._replace(others=(*without.others, *more)) if len(without.places) == len(columns) else header
    if not earlier:
        return header
    other, _ = _find(rows, top, columns, stop, [place for place, _, _ in header.places.values()])
    return other if len(other.places) == len(columns) else header


def _stands_aside(head: Place, header: Header, rows: Sequence[Row]) -> bool:
    """Whether the nearest words over a header's word, and over no other of the header's, say that it is another year's."""
    at = next((j for j in header.rows if any(place is head for place in rows[j].places)), None)
    if at is None:
        return False
    others = [place for place, _, _ in header.places.values() if place is not head]
    for row in reversed(rows[max(0, at - FURTHER) : at]):
        over = [place for place in row.places if row.kind == "placed" and place.text and overlap(place, head) > 0]
        if over:
            return all(is_aside(p.text) and not any(overlap(p, other) > 0 for other in others) for p in over)
    return False


def _find(
    rows: Sequence[Row], top: int, columns: tuple[FormColumn, ...], stop: int, passed: Sequence[Place]
) -> tuple[Header, bool]:
    """The header without the cells `passed` over, and whether it stands below a head of another year."""
    places: dict[str, tuple[Place, int, float]] = {}
    seen: list[int] = []
    loose: list[tuple[Place, int]] = []
    every: list[tuple[Place, int, int | None]] = []
    again: list[tuple[str, Place]] = []
    labelled = columns_by_label(columns)
    low = max(stop, top - 1 - HEADER_ROWS)
    for j in range(top - 1, low, -1):
        row = rows[j]
        texts = [place for place in (*row.labels, *row.slots) if place.text]
        if row.kind == "text" and len(texts) == 1:
            continue
        if row.kind == "cells":
            # Empty places belong to the label before them only where one row holds the whole header.
            whole = all(any(column_fit(p.text, c) >= WEAK for p in row.places) for c in columns)
            texts = _spread(row.places, over_empty=whole)
        if passed:
            texts = [place for place in texts if place not in passed]
        hits = 0
        here: dict[str, Place] = {}
        for place in texts:
            named = labelled.get(normalise(place.text), ())
            exact = next((code for code in named if code not in places), None) if named else None
            again += [(code, place) for code in named if exact is None and code in here and overlap(here[code], place) <= 0]
            if exact is not None:
                places[exact] = (place, row.space, 1.0)
                here[exact] = place
                hits += 1
            else:
                loose.append((place, row.space))
            every.append((place, row.space, row.page))
        if hits:
            seen.append(j)
        if len(places) == len(columns):
            break
    for n, m, column in torn_heads([(place, page) for place, _, page in every], columns):
        known = places.get(column.code)
        if known is None or known[0] in (every[n][0], every[m][0]):
            places[column.code] = (every[m][0], every[m][1], 1.0)
    if len(places) < len(columns):
        open_columns = [c for c in columns if c.code not in places]
        scored = sorted(
            ((column_fit(p.text, c), n, c.code) for n, (p, _) in enumerate(loose) for c in open_columns), reverse=True
        )
        used: set[int] = set()
        for fit, n, code in scored:
            if fit < WEAK or code in places or n in used or says_aside(loose[n][0].text, columns):
                continue
            # Nearly another column's label as well: undecided, left to the order of the places.
            if any(f > fit - 0.1 and k == n and c != code and c not in places for f, k, c in scored):
                continue
            used.add(n)
            places[code] = (loose[n][0], loose[n][1], fit)
        if len(places) < len(columns):
            places |= _stumps(places, columns, [entry for n, entry in enumerate(loose) if n not in used])
    if not places:
        return NO_HEADER, False
    spaces = [space for _, space, _ in places.values()]
    main = max(set(spaces), key=spaces.count)
    on_pages = rows[top].kind == "placed" or (rows[top].page is not None and len(places) == len(columns) and _apart(places))
    places = {code: entry for code, entry in places.items() if entry[1] == main or on_pages}
    heads = [place for place, _, _ in places.values()]
    spaces_of = {space for _, space, _ in places.values()}
    others, below, earlier = _further_heads(rows, top, seen, heads, spaces_of, columns)
    # Below a head of another year the labels stand once more, and are that year's.
    seconds = [(code, place) for code, place in again if not any(overlap(place, other) > 0 for other in others)]
    twice = frozenset(code for code, _ in seconds)
    years = rows[top].kind == "placed" and any(_names_years(row) for row in rows[min(seen, default=top) : top])
    return Header(places, main, tuple(seen), others, below, twice, tuple(place for _, place in seconds), years), earlier


def _names_years(row: Row) -> bool:
    """Whether a line says nothing but years, several of them (2023年 2024年 2023年 2024年, 上年 本年)."""
    words = row.joined.split() if row.kind == "text" else []
    return len(set(words)) > 1 and all(years_in(word) or is_aside(word) or word in THIS for word in words)


def _further_heads(
    rows: Sequence[Row],
    top: int,
    seen: Sequence[int],
    heads: Sequence[Place],
    spaces: Collection[int],
    columns: Sequence[FormColumn],
) -> tuple[tuple[Place, ...], tuple[Place, ...], bool]:
    """The header cells of columns that the form does not have, those that part a column of it, and whether one that spans
    several of its columns says that they are another year's.

    What resembles a label of these columns is neither: it may be theirs. Over the labels of rows stands the table's corner.
    `spaces` are those of the `heads`: a page break may have put some of them on the page before.
    """
    if not seen:
        return (), (), False
    first = min(seen)
    for _ in range(FURTHER):
        above = rows[first - 1] if first else None
        if above is None or above.has_figures or above.kind == "text":
            break
        if above.space not in spaces:
            if not _overleaf(above, rows[first]):
                break
            spaces = {*spaces, above.space}
        first -= 1
    first_x, last_x = min(head.x0 for head in heads), max(head.x1 for head in heads)
    left = _labels_end(rows, top, first_x)
    others: list[Place] = []
    below: list[Place] = []
    spans: list[Place] = []
    alike: list[Place] = []
    for j in range(first, top):
        if rows[j].space not in spaces or rows[j].kind == "text":
            continue
        for place in rows[j].places:
            if not place.text or looks_like_figure(place.text) or place in heads:
                continue
            if any(column_fit(place.text, column) >= WEAK for column in columns) and not says_aside(place.text, columns):
                alike.append(place)
                continue
            over = [head for head in heads if overlap(place, head) > 0.5 * min(place.x1 - place.x0, head.x1 - head.x0)]
            if over:
                narrower = len(over) == 1 and place.x1 - place.x0 < over[0].x1 - over[0].x0
                # In flattened text a header's cell covers one place, whatever it spans.
                named = len(over) == 1 and (is_aside(place.text) or bool(years_in(place.text)))
                if j > min(seen) and (narrower or named):
                    below.append(place)
                elif len(over) > 1:
                    spans.append(place)
            elif place.x0 >= left and not _is_corner(place, rows, top, heads):
                # The form's own words are column heads too where they stand in a line with those found, before or behind them.
                beside = rows[j].kind == "placed" and j in seen and (place.x1 <= first_x or place.x0 >= last_x)
                if beside or not is_header_text(place.text):
                    others.append(place)
    latest = max((year for place in (*others, *spans) for year in years_in(place.text)), default=0)

    def another_year(text: str) -> bool:
        return is_aside(text) or bool(years_in(text) and latest not in years_in(text))

    # Labels of the form printed again below a head: another year's, if the head says so; else nobody knows which are meant.
    told = [head for head in others if another_year(head.text) or not any(overlap(place, head) > 0 for place in alike)]
    return tuple(told), tuple(below), any(another_year(head.text) for head in spans)


def _is_corner(place: Place, rows: Sequence[Row], top: int, heads: Sequence[Place]) -> bool:
    """Whether a word stands left of all columns, and no figure of the rows below under it: it is set in the middle over labels
    that are shorter than their cells."""
    if rows[top].kind != "placed" or any(place.x1 > head.x0 for head in heads):
        return False
    below = [row for row in rows[top : top + LONGEST] if row.space == rows[top].space]
    return not any(overlap(place, slot) > 0 for row in below for slot in row.slots if slot.text)


def _overleaf(above: Row, below: Row) -> bool:
    """Whether a row of a grid stands right before the first one of another on the next page: a page break cut the header."""
    if above.kind != "grid" or below.kind != "grid" or below.grid_row or above.page is None:
        return False
    return above.page + 1 == below.page


def says_aside(text: str, columns: Sequence[FormColumn]) -> bool:
    """Whether a header cell says that its column is none of these but another year's, or remarks (上年总计, 去年自然人)."""
    return is_aside(text) and not any(is_aside(column.label) for column in columns)


def _labels_end(rows: Sequence[Row], top: int, otherwise: float) -> float:
    """Where the labels of rows end on the right. Words without cells say so together: the corner stands over the longest."""
    below = [rows[top]]
    if rows[top].kind == "placed":  # a line of text, or of more labels than a row and its groups have, begins another table
        further = rows[top + 1 : top + LABELS]
        below += takewhile(lambda row: row.kind != "text" and (row.slots or len(row.labels) <= GROUPED), further)
    ends = [p.x1 for row in below if row.space == rows[top].space for p in row.labels if named_rows(p.text)]
    return max(ends, default=otherwise)


def _apart(places: dict[str, tuple[Place, int, float]]) -> bool:
    """Whether header cells stand beside each other, none over another: parts of one header on two pages."""
    ordered = sorted((place for place, _, _ in places.values()), key=lambda place: place.x0)
    return all(left.x1 - right.x0 <= ASKEW * min(left.x1 - left.x0, right.x1 - right.x0) for left, right in pairwise(ordered))


def torn_heads(
    loose: Sequence[tuple[Place, int | None]], columns: Sequence[FormColumn]
) -> Iterator[tuple[int, int, FormColumn]]:
    """Header cells that a page break tore: the indices of an upper part and of its rest below it on the next page, and the
    column of which they are exactly the label together. `loose` are places with their pages, from below upwards."""
    if len({page for _, page in loose}) < 2:
        return
    for n, (lower, page) in enumerate(loose):
        for m in range(n + 1, len(loose)):
            upper, before = loose[m]
            if page is None or before is None or page != before + 1:
                continue
            if overlap(upper, lower) <= (1 - ASKEW) * min(upper.x1 - upper.x0, lower.x1 - lower.x0):
                continue
            column = next((c for c in columns if column_fit(upper.text + lower.text, c) == 1.0), None)
            if column:
                yield n, m, column
            break


def _stumps(
    places: dict[str, tuple[Place, int, float]], columns: Sequence[FormColumn], loose: Sequence[tuple[Place, int]]
) -> dict[str, tuple[Place, int, float]]:
    """Header cells cut to stumps that fit several columns alike (本年新 | 本年新): told by their order beside a known one.

    Only where as many stumps are left as columns, and all header cells then stand in the form's order.
    """
    missing = [c for c in columns if c.code not in places]
    stumps = [(p, s) for p, s in loose if any(column_fit(p.text, c) >= STUMP for c in missing)]
    if len(stumps) < len(missing) == sum(len(_numbers(p)) for p, _ in stumps):
        # Equal neighbours in flattened text were taken for one cell written again.
        stumps = [(p._replace(x0=float(x), x1=x + 1.0), s) for p, s in stumps for x in _numbers(p)]
    if len(stumps) != len(missing):
        return {}
    stumps.sort(key=lambda entry: entry[0].x0)
    found = {c.code: (p, s, column_fit(p.text, c)) for c, (p, s) in zip(missing, stumps, strict=True)}
    together = places | found
    xs = [together[c.code][0].x0 for c in columns]
    same = len({space for _, space, _ in together.values()}) == 1
    return found if same and xs == sorted(xs) and min(fit for _, _, fit in found.values()) >= STUMP else {}


def _numbers(place: Place) -> range:
    """The numbers of the places that a spread cell of flattened text covers."""
    return range(int(place.x0), int(place.x1))


def _spread(places: Sequence[Place], *, over_empty: bool) -> list[Place]:
    """The header cells of a flattened row: a label that is repeated in the places behind it is one cell over all of them, and,
    with `over_empty`, so is one that is followed by empty places. The same label behind an empty place is another cell."""
    spread: list[Place] = []
    for before, place in zip((None, *places), places, strict=False):
        again = bool(spread) and (before is not None and place.text == before.text if place.text else over_empty)
        if again and spread[-1].x1 == place.x0:
            spread[-1] = spread[-1]._replace(x1=place.x1)
        elif place.text:
            spread.append(place)
    return spread


def overlap(place: Place, other: Place) -> float:
    (_, x0, x1, _), (_, left, right, _) = place, other
    return min(x1, right) - max(x0, left)


def printed_in_order(rows: Sequence[Row], top: int, columns: Sequence[FormColumn], share: float) -> bool:
    """Whether the header lines above row `top` name this share of the columns, on every line in the form's order.

    The lines of one header have no places in common where text is flattened, or a page break stands between them: 自然人 and
    总计 are on one, what is between them on the next.
    """
    seen: set[str] = set()
    for row in rows[max(0, top - HEADER_ROWS) : top]:
        texts = [place.text for place in row.places if place.text]
        if row.kind == "text":
            texts = [token for text in texts for token in text.split()]
        named = [next((k for k, c in enumerate(columns) if column_fit(text, c) == 1.0), None) for text in texts]
        found = list(dict.fromkeys(k for k in named if k is not None))
        if found != sorted(found):
            return False
        if row.kind == "cells" and len(found) >= share * len(columns) and not _rest_fits(texts, named, columns):
            return False
        seen.update(columns[k].code for k in found)
    return len(seen) >= share * len(columns)


def _rest_fits(texts: Sequence[str], named: Sequence[int | None], columns: Sequence[FormColumn]) -> bool:
    """Whether the cells of a header that are no column's label lie in the form's order as far as they resemble one, and none of
    them stands in the place of a column and says something else."""
    missing = [k for k in range(len(columns)) if k not in named]
    order: list[int] = []
    for text, k in zip(texts, named, strict=True):
        if k is None and missing and not is_header_text(text):
            fit, k = max((column_fit(text, columns[m]), m) for m in missing)
            if fit < STUMP and order and len(order) < len(columns):
                return False
            k = k if fit >= WEAK else None
        if k is not None:
            order.append(k)
    return order == sorted(order)


def ordered_headers(header: Header, columns: Sequence[FormColumn]) -> bool:
    """Whether the header cells stand in the form's order."""
    xs = [header.places[c.code][0].x0 for c in columns if c.code in header.places]
    return xs == sorted(xs)
