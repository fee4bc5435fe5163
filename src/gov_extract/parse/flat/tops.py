"""The headers of a flattened table's blocks.

In: the text, the table's rows in it. Out: a `Head` for each block; the column that the header does not have.
"""

from __future__ import annotations

from collections.abc import Sequence as Rows

import regex

from gov_extract.forms import FormColumn, FormTable
from gov_extract.parse.flat.model import Head, RowFlat
from gov_extract.parse.flat.sequence import Sequence, letters
from gov_extract.parse.values import header_units

# The header of a table or block stands in so many characters before its first label.
HEADER = 180
# What of a header stands before the first label of a column has so many characters: 申请人情况, 总计.
HEAD = 12
# The corner and title of a header stand in so many characters before it.
BESIDE = 60
# So many labels of columns in another order than the form's are no slip of the search.
CONTRARY = 4
# So many rows show how many columns there are.
WITNESSES = 3


def heads_above(text: Sequence, table: FormTable, rows: Rows[RowFlat]) -> dict[str | None, Head]:
    """The header above the first row of every block."""
    heads: dict[str | None, Head] = {}
    for n, row in enumerate(rows):
        spec = table.rows[row.i]
        if spec.block in heads:
            continue
        low = max(rows[n - 1].span.end if n else 0, row.span.start - HEADER)
        hits: list[tuple[int, int, FormColumn]] = []
        for column in spec.columns:
            names = sorted({letters(name) for name in (column.label, *column.aliases)}, key=len, reverse=True)
            found = [(k + len(name), k) for name in names if (k := text.key.rfind(name, low, row.span.start)) >= 0]
            if found:
                end = max(found)[0]
                hits.append((min(k for stop, k in found if stop == end), end, column))
        hits.sort(key=lambda hit: hit[0])
        codes = [column.code for _, _, column in hits]
        wanted = [column.code for column in spec.columns if column.code in codes]
        starts = [start for start, _, _ in hits]
        ordered = codes == wanted or _total_above(text, table, hits, wanted)
        ends = [*starts[1:], row.span.start][: len(hits)]
        texts = tuple(
            "".join(text.text[text.at[start] : min(text.at[stop], text.at[end - 1] + HEADER // 9)].split())
            for (start, end, _), stop in zip(hits, ends, strict=True)
        )
        whole = len(hits) == len(spec.columns)
        lines = frozenset(text.row[text.at[s]] for start, end, _ in hits for s in range(start, end))
        contrary = not ordered and len(hits) >= CONTRARY
        above = max(rows[n - 1].ink.end if n else 0, text.at[hits[0][0] if hits else row.span.start] - BESIDE)
        units = _units_beside(text, above, text.at[row.span.start], [(text.at[s], text.at[e - 1]) for s, e, _ in hits])
        heads[spec.block] = Head(texts, whole, ordered, lines, contrary, units)
    return heads


def lacking(text: Sequence, table: FormTable, rows: Rows[RowFlat]) -> frozenset[str]:
    """The one column of a table without blocks of whose label its header has no character, where it has all others, and no row
    has a figure too many for them."""
    n = len(table.columns)
    if table.layout != "rows" or n <= CONTRARY or not rows:
        return frozenset()
    counts = [sum(token.kind != "empty" for token in row.ink.tokens) for row in rows]
    if max(counts) != n - 1 or counts.count(n - 1) < WITNESSES or any(t.glued for row in rows for t in row.ink.tokens):
        return frozenset()
    low, end = max(0, rows[0].span.start - HEADER), rows[0].span.start
    names = {column.code: [letters(name) for name in (column.label, *column.aliases)] for column in table.columns}
    stands = {code: max(text.key.rfind(name, low, end) for name in known) for code, known in names.items()}
    absent = [code for code, at in stands.items() if at < 0]
    above = text.key[max(low, min((at for at in stands.values() if at >= 0), default=low) - HEAD) : end]
    torn = any(char in above for code in absent for char in names[code][0])
    return frozenset(absent) if len(absent) == 1 and not torn else frozenset()


def _units_beside(text: Sequence, low: int, high: int, hits: Rows[tuple[int, int]]) -> tuple[str, ...]:
    """The units that a header's corner or title names, but not its columns' labels (`hits`, which end before their units)."""
    kept = list(text.text[low:high])
    for n, (start, end) in enumerate(hits):
        behind = hits[n + 1][0] if n + 1 < len(hits) else high
        note = regex.compile(r"[\s\x1f]*[（(][^（）()]*[)）]").match(text.text, end + 1, behind)
        stop = note.end() if note else end + 1
        kept[max(0, start - low) : stop - low] = " " * (stop - max(start, low))
    return tuple(dict.fromkeys(header_units("".join(kept))))


def _total_above(text: Sequence, table: FormTable, hits: Rows[tuple[int, int, FormColumn]], wanted: Rows[str]) -> bool:
    """Whether columns stand in the order `wanted` but for the total, whose cell spans the two lines of the header: it may stand
    before the cells of the line below, behind the words over them, or before all where its line is printed first."""
    rest = [column.code for _, _, column in hits if column.code != "total"]
    total = next((start for start, _, column in hits if column.code == "total"), None)
    if total is None or not rest or rest != [code for code in wanted if code != "total"]:
        return False
    words = [letters(word) for word in table.over]
    if hits[0][2].code == "total":
        return any(text.key.endswith(word, 0, total) for word in words)
    return any(text.key.find(word, hits[0][1], total) >= 0 for word in words)
