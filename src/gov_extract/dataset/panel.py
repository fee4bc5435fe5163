"""One row an agency and year: the figures of three generations of forms in the same columns.

In: the published tables `documents`, `cells`, `findings`, `checks`. Out: `Panel`, as a wide frame (a column a concept) or a
long one (a row a concept, with why a figure is null). What means the same is said by `gov_extract.concepts`.

A figure is null unless it was read or corrected by a person. A sum is null where any part of it is: nothing is added up over
what is blank, missing or unreadable. Which document stands for an agency and year:

1. the one that `documents.primary` names; where it names none or several:
2. the most complete by its status, then the one with most cells read, then the first source in order.

A name that is printed is no key: 甲区教育局 and 乙区教育局 may both print 教育局. A document without an `agency_id` stands for
itself and for no other. Documents without an agency or a year, and failed ones, are in no row.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from gov_extract.checks import PLACES
from gov_extract.codebook import OF_DOCUMENTS
from gov_extract.concepts import Concept, load_concepts
from gov_extract.dataset.flags import Flags
from gov_extract.errors import DatasetError
from gov_extract.parse.values import is_counting, money_factor, multiple_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    from gov_extract.dataset import Dataset

logger = logging.getLogger("gov_extract")

Layout = Literal["wide", "long"]
STATUSES = ("complete", "partial", "no_tables")
# Of parts of a sum the last state in this order counts. `other_unit`: the cell's unit cannot be converted to the concept's.
STATES = ("read", "corrected", "blank", "dash", "unreadable", "missing", "other_unit", "not_asked")
_READ, _MISSING, _OTHER_UNIT, _NOT_ASKED = 0, STATES.index("missing"), STATES.index("other_unit"), STATES.index("not_asked")
_FIGURE = frozenset({_READ, STATES.index("corrected")})
TABLES = ("active_disclosure", "applications", "review_litigation", "statistics")


class Panel(NamedTuple):
    """The figures of some documents: a row a document, a column a concept.

    `values` is nan where there is no figure, `states` holds places in `STATES`, `forms` the form that a figure is from.
    `left_out` are documents that could be no row, because agency or year is not known.
    """

    documents: pd.DataFrame
    concepts: tuple[Concept, ...]
    values: np.ndarray[Any, Any]
    states: np.ndarray[Any, Any]
    forms: np.ndarray[Any, Any]
    flagged: np.ndarray[Any, Any]
    left_out: tuple[str, ...]


def read_panel(dataset: Dataset, years: int | Iterable[int] | None = None) -> Panel:
    """The panel of a dataset, year by year, so that no more than one year's cells are in memory."""
    import numpy as np
    import pandas as pd

    concepts = tuple(load_concepts().values())
    wanted = dataset.years if years is None else (years,) if isinstance(years, int) else tuple(sorted(set(years)))
    parts = [_read(dataset, [year], concepts) for year in wanted if year in dataset.years]
    parts = parts or [_read(dataset, [], concepts)]
    out = () if years is not None else _without_year(dataset)
    left_out = tuple(sorted({*out, *(id_ for part in parts for id_ in part.left_out)}))
    if left_out:
        logger.warning("%d documents without an agency or a year are not in the panel", len(left_out))
    frame = pd.concat([part.documents for part in parts], ignore_index=True)
    values, states, forms, flagged = (np.concatenate([part[place] for part in parts]) for place in range(2, 6))
    name = frame["agency_id"].fillna(frame["agency"])
    by = ["name", "report_year", "source", "document_id"]
    order = frame.assign(name=name).sort_values(by, kind="stable").index.to_numpy()
    frame = frame.iloc[order].reset_index(drop=True)
    return Panel(frame, concepts, values[order], states[order], forms[order], flagged[order], left_out)


def _without_year(dataset: Dataset) -> tuple[str, ...]:
    documents = dataset.arrow("documents", columns=["document_id", "report_year", "status"]).to_pylist()
    return tuple(row["document_id"] for row in documents if row["report_year"] is None and row["status"] != "failed")


def _documents(documents: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The document that stands for each agency (of one year) with its leading columns, and those that can stand for none."""
    there = documents[documents["status"] != "failed"]
    nameless = there["agency_id"].isna() & there["agency"].isna()
    left_out = tuple(there.loc[nameless, "document_id"])
    # Without an id a document is its own key, behind a mark that no id has.
    key = there["agency_id"].fillna("\0" + there["document_id"])
    rank = there["status"].map({status: place for place, status in enumerate(STATUSES)})
    ranked = there.assign(
        key=key, chosen=~there["primary"].fillna(False), rank=rank.fillna(len(STATUSES)), fewer=-there["cells_read"].fillna(0)
    )[~nameless]
    ranked = ranked.sort_values(["key", "chosen", "rank", "fewer", "source", "document_id"], kind="stable")
    copies = ranked.groupby("key")["document_id"].transform("size") - 1
    first = ranked.assign(copies=copies.astype("Int32")).drop_duplicates("key").reset_index(drop=True)
    return first[[*OF_DOCUMENTS, "copies"]], left_out


def _read(dataset: Dataset, years: list[int], concepts: Sequence[Concept]) -> Panel:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    documents, left_out = _documents(dataset.load("documents", years=years))
    ids = documents["document_id"].tolist()
    wanted = pa.array(ids, pa.string())

    def chosen(table: str, columns: list[str]) -> pa.Table:
        read = dataset.arrow(table, years=years, columns=["document_id", *columns])
        return read.filter(pc.is_in(read["document_id"], value_set=wanted))

    cells = chosen("cells", ["form", "table", "row", "column", "value", "unit", "state"])
    named = chosen("findings", ["severity", "code", "table", "row", "column"])
    named = named.filter(pc.is_valid(named["table"]))
    checks = chosen("checks", ["check", "table", "scope", "passed"])
    flags = Flags(named.to_pylist(), checks.filter(pc.fill_null(pc.equal(checks["passed"], False), False)).to_pylist())
    place = {code: number for number, code in enumerate(_cell_codes(concepts))}
    values = np.full((len(ids), len(place)), np.nan)
    states = np.full((len(ids), len(place)), _NOT_ASKED, dtype=np.int8)
    forms = _fill(cells, {id_: n for n, id_ in enumerate(ids)}, place, _units(concepts), values, states)
    flagged = np.zeros(values.shape, dtype=bool)
    columns = [tuple(_split(code)) for code in place]
    for number, id_ in enumerate(ids):
        if id_ in flags.documents:
            flagged[number] = [flags.covers(id_, *cell) for cell in columns]
    panel = Panel(documents, tuple(concepts), *_harmonised(concepts, place, values, states, forms, flagged), left_out)
    # Counted before they are harmonised: a figure that two columns have is still one.
    unread = (states >= STATES.index("unreadable")) & (states != _NOT_ASKED)
    doubted = flagged & np.isin(states, list(_FIGURE))
    printed = _printed(place, states)
    extra = {f"form_{table}": np.where(printed[table], forms[table], np.array(None, dtype=object)) for table in TABLES}
    frame = documents.assign(
        **{name: _strings(column) for name, column in extra.items()},
        figures_unread=_counts(unread.sum(axis=1)),
        figures_flagged=_counts(doubted.sum(axis=1)),
    )
    return panel._replace(documents=frame)


def _cell_codes(concepts: Iterable[Concept]) -> list[str]:
    return list(dict.fromkeys(code for concept in concepts for parts in concept.sources.values() for code in parts))


def _units(concepts: Iterable[Concept]) -> dict[str, str]:
    return {code: concept.unit for concept in concepts for parts in concept.sources.values() for code in parts}


def _split(code: str) -> tuple[str, str, str]:
    table, _, rest = code.partition(".")
    row, _, column = rest.rpartition(".")
    return table, row, column


def _strings(values: Any) -> pd.Series[Any]:
    import pandas as pd

    return pd.Series(list(values), dtype="string")


def _counts(values: Any) -> pd.Series[Any]:
    import pandas as pd

    return pd.Series(values, dtype="Int32")


def _fill(
    cells: pa.Table,
    line: Mapping[str, int],
    place: Mapping[str, int],
    units: Mapping[str, str],
    values: np.ndarray[Any, Any],
    states: np.ndarray[Any, Any],
) -> dict[str, np.ndarray[Any, Any]]:
    """Put cells where they belong; table → the form that each document's is of."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    def numbers(column: str, among: Iterable[str]) -> np.ndarray[Any, Any]:
        found = pc.fill_null(pc.index_in(cells[column], value_set=pa.array(list(among), pa.string())), -1)
        return np.array(found.to_numpy())

    codes = pc.binary_join_element_wise(cells["table"], cells["row"], cells["column"], ".")
    columns = pc.fill_null(pc.index_in(codes, value_set=pa.array(list(place), pa.string())), -1).to_numpy()
    rows, kinds = numbers("document_id", line), numbers("state", STATES)
    if (kinds < 0).any():
        known = cells["state"].unique().to_pylist()
        raise DatasetError(f"cells: a state that this version does not know, among {', '.join(map(str, known))}")
    figures = cells["value"].to_numpy(zero_copy_only=False).copy()
    expected = pa.array([units[code] for code in place]).take(pa.array(columns.clip(0)))
    for n in np.flatnonzero(pc.fill_null(pc.not_equal(cells["unit"], expected), False).to_numpy()):
        if kinds[n] in _FIGURE and columns[n] >= 0:
            factor = unit_factor(cells["unit"][int(n)].as_py(), expected[int(n)].as_py())
            kinds[n], figures[n] = (_OTHER_UNIT, np.nan) if factor is None else (kinds[n], round(figures[n] * factor, 10))
    # What has no column is a row that the report adds to the form.
    there = columns >= 0
    values[rows[there], columns[there]] = figures[there]
    states[rows[there], columns[there]] = kinds[there]
    forms = {table: np.full(len(line), None, dtype=object) for table in TABLES}
    tables, names = numbers("table", TABLES), cells["form"].to_numpy(zero_copy_only=False)
    for number, table in enumerate(TABLES):
        own = there & (tables == number)
        forms[table][rows[own]] = names[own]
    return forms


def unit_factor(unit: str, expected: str) -> float | None:
    """By what a figure in `unit` is multiplied to be in `expected`; None where the two are not of one kind.

    >>> unit_factor("元", "万元"), unit_factor("万件", "件"), unit_factor("条", "件"), unit_factor("万元", "件")
    (0.0001, 10000.0, 1.0, None)
    >>> unit_factor("%", "件"), unit_factor("平方米", "件")
    (None, None)
    """
    money = money_factor(unit, expected)
    if money is not None:
        return money
    return multiple_of(unit) / multiple_of(expected) if is_counting(unit) and is_counting(expected) else None


def _printed(place: Mapping[str, int], states: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
    """Table → of which documents anything of it is on the page."""
    import numpy as np

    of = np.array([_split(code)[0] for code in place])
    return {table: np.any(~np.isin(states[:, of == table], (_MISSING, _NOT_ASKED)), axis=1) for table in TABLES}


def _harmonised(
    concepts: Sequence[Concept],
    place: Mapping[str, int],
    values: np.ndarray[Any, Any],
    states: np.ndarray[Any, Any],
    forms: Mapping[str, np.ndarray[Any, Any]],
    flagged: np.ndarray[Any, Any],
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Cells to concepts: values, states, forms, flags.

    Of two tables of one document that both have a concept (the annex beside the tables of a later form) the later form's
    counts, unless nothing of it is on the page.
    """
    import numpy as np

    shape = (len(values), len(concepts))
    found, state = np.full(shape, np.nan), np.full(shape, _NOT_ASKED, dtype=np.int8)
    form, flag = np.full(shape, None, dtype=object), np.zeros(shape, dtype=bool)
    printed = _printed(place, states)
    for number, concept in enumerate(concepts):
        for there, (id_, parts) in product((True, False), concept.sources.items()):
            columns = [place[part] for part in parts]
            table = _split(parts[0])[0]
            worst: np.ndarray[Any, Any] = np.max(states[:, columns], axis=1)
            open_: np.ndarray[Any, Any] = (
                np.array([form == id_ for form in forms[table]], dtype=bool)
                & (printed[table] == there)
                & (state[:, number] == _NOT_ASKED)
            )
            total = values[:, columns].sum(axis=1)
            # Sums of decimals as they would be on paper.
            found[open_, number] = np.round(total[open_], PLACES) if len(parts) > 1 else total[open_]
            state[open_, number], form[open_, number] = worst[open_], id_
            flag[open_, number] = np.any(flagged[:, columns], axis=1)[open_]
    found[~np.isin(state, list(_FIGURE))] = np.nan
    return found, state, form, flag


def wide(panel: Panel) -> pd.DataFrame:
    """A row an agency and year, a column a concept: Int64 for counts, Float64 for money."""
    import pandas as pd

    columns = {c.code: masked(panel.values[:, number], c.counted) for number, c in enumerate(panel.concepts)}
    return pd.concat([panel.documents, pd.DataFrame(columns, index=panel.documents.index)], axis=1)


def masked(values: np.ndarray[Any, Any], counted: bool) -> pd.api.extensions.ExtensionArray:
    """Figures as a pandas array, nan as missing; a count that is printed with a fraction makes a column of such."""
    import numpy as np
    import pandas as pd

    lost = np.isnan(values)
    if counted and bool((lost | (values == np.floor(values))).all()):
        return pd.arrays.IntegerArray(np.where(lost, 0, values).astype(np.int64), lost)
    return pd.arrays.FloatingArray(values.astype(np.float64), lost)


def long(panel: Panel) -> pd.DataFrame:
    """A row a concept of an agency and year: what the figure is, or why it is null."""
    import numpy as np
    import pandas as pd

    count, size = panel.values.shape
    lines = np.repeat(np.arange(count), size)
    keys = ["agency_id", "agency", "report_year", "document_id"]
    frame = panel.documents[keys].iloc[lines].reset_index(drop=True)
    return frame.assign(
        code=pd.array([concept.code for concept in panel.concepts] * count, dtype="string"),
        value=masked(panel.values.ravel(), counted=False),
        unit=pd.array([concept.unit for concept in panel.concepts] * count, dtype="string"),
        state=pd.array(np.array(STATES, dtype=object)[panel.states.ravel()], dtype="string"),
        form=pd.array(list(panel.forms.ravel()), dtype="string"),
        flagged=pd.array(panel.flagged.ravel(), dtype="boolean"),
    )
