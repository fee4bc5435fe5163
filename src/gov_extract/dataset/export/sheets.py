"""A table on its way into another format: its declaration, its headers, its rows in batches.

In: a `Dataset` and a name. Out: `Sheet`, whose rows are read year by year, so that a large table is never whole in memory.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gov_extract.codebook import english_of, indicators_table, panel_table
from gov_extract.concepts import codes_data
from gov_extract.dataset.indicators import indicators_of
from gov_extract.schema import BY_NAME, Column, Table, schema_of

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from gov_extract.dataset import Dataset

# Names of variables in Stata have at most 32 characters, labels 80 bytes.
NAME_LENGTH, LABEL_BYTES = 32, 80
_HASH_DIGITS = 5


@dataclass(frozen=True)
class Sheet:
    """A table with the headers that were asked for. `made` holds what sheets of one dataset have in common."""

    dataset: Dataset
    table: Table
    headers: str
    made: dict[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The table's name: its code or its Chinese name."""
        return self.table.label if self.headers == "zh" else self.table.name

    @property
    def names(self) -> dict[str, str]:
        """Column → header, in order."""
        return {column.name: column.label if self.headers == "zh" else column.name for column in self.table.columns}

    def names_in(self, to: str) -> Mapping[str, str]:
        """Column → header as a format has it."""
        return short_names(self.table) if to == "dta" else self.names

    def labels(self) -> dict[str, str]:
        """Column → a label for a person, in the language of the headers."""
        chinese = self.headers == "zh"
        return {c.name: c.label if chinese else english_of(c, self.table) for c in self.table.columns}

    def batches(self) -> Iterator[pa.Table]:
        """The rows, at least one batch, all of one schema, under the columns' own names."""
        if self.table.name not in BY_NAME:
            yield self._whole()
            return
        files = self.dataset.files(self.table.name)
        for file in files:
            yield self.dataset.arrow(self.table.name, [file.year])
        if not files:
            yield self.dataset.arrow(self.table.name, [])

    def count(self) -> int:
        """The number of rows."""
        if self.table.name not in BY_NAME:
            return int(self._whole().num_rows)
        return sum(file.rows for file in self.dataset.files(self.table.name))

    def described(self) -> Table:
        """The table as these rows are: a column of counts that holds a fraction is one of numbers."""
        if self.table.name in BY_NAME:
            return self.table
        kinds = {name: str(kind) for name, kind in zip(self._whole().schema.names, self._whole().schema.types, strict=True)}
        columns = (c._replace(kind="float64") if kinds[c.name] == "double" else c for c in self.table.columns)
        return self.table._replace(columns=tuple(columns))

    def _whole(self) -> pa.Table:
        made, name = self.made, self.table.name
        if "frame" not in made:
            made["frame"] = self.dataset.panel()
        if name not in made:
            made[name] = to_arrow(made["frame"] if name == "panel" else indicators_of(made["frame"]), self.table)
        return made[name]


def sheets_of(dataset: Dataset, names: Iterable[str], headers: str) -> list[Sheet]:
    """The sheets of tables, of the panel, of the indicators; what they are made of is read once."""
    computed: dict[str, Callable[[], Table]] = {"panel": panel_table, "indicators": indicators_table}
    made: dict[str, Any] = {}
    return [Sheet(dataset, computed[n]() if n in computed else BY_NAME[n], headers, made) for n in names]


def sheet_of(dataset: Dataset, name: str, headers: str) -> Sheet:
    """The sheet of one table."""
    return sheets_of(dataset, [name], headers)[0]


def to_arrow(frame: pd.DataFrame, table: Table) -> pa.Table:
    """A frame as the table that it is declared to be; counts that are printed with a fraction make a column of such."""
    import pyarrow as pa

    schema = schema_of(table)
    for place, name in enumerate(schema.names):
        if str(frame[name].dtype) == "Float64":
            schema = schema.set(place, schema.field(place).with_type(pa.float64()))
    return pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False).replace_schema_metadata(None)


def short_names(table: Table) -> dict[str, str]:
    """Column → a name of at most 32 letters, digits and low lines that no other column has.

    Words are shortened as in ``data/codes.toml``; what is too long even so ends with digits of its hash. A name depends on
    nothing but the column and its table, so that it is the same in every export.
    """
    names = {column.name: short_name(column.name) for column in table.columns}
    taken = list(names.values())
    return {code: name if taken.count(name) == 1 else _hashed(code, name) for code, name in names.items()}


def short_name(code: str) -> str:
    """A code as a name of at most 32 letters, digits and low lines.

    >>> short_name("applications.refused.third_party_rights.natural_person"), short_name("report_year")
    ('app_refused_third_party_person', 'report_year')
    """
    data = codes_data()
    first, *rest = code.split(".")
    # A column of one word (value, otherwise_rate) is called as it is.
    words = [data["tables"][first]["short"] if rest and first in data["tables"] else first]
    words += [data["short"].get(word, word) for word in rest]
    name = re.sub(r"\W", "_", "_".join(word for word in words if word), flags=re.ASCII)
    if name in data["reserved"]["words"]:
        return f"{name}_"
    return name if len(name) <= NAME_LENGTH else _hashed(code, name)


def _hashed(code: str, name: str) -> str:
    digits = hashlib.sha256(code.encode()).hexdigest()[:_HASH_DIGITS]
    return f"{name[: NAME_LENGTH - _HASH_DIGITS - 1]}_{digits}"


def cut(text: str, size: int = LABEL_BYTES) -> str:
    """A text of at most so many bytes, cut between characters; what tells columns apart stands at the end and is kept.

    >>> cut("申请：三、本年度办理结果 / （三）不予公开 / 8.属于行政查询事项 / 社会公益组织")
    '申请：三、…）不予公开 / 8.属于行政查询事项 / 社会公益组织'
    """
    if len(text.encode()) <= size:
        return text
    head = text.encode()[: size // 5].decode("utf-8", "ignore")
    room = size - len(head.encode()) - len("…".encode())
    return f"{head}…{text.encode()[-room:].decode('utf-8', 'ignore')}"


def text_columns(table: Table) -> list[Column]:
    """The columns that hold text."""
    return [column for column in table.columns if column.kind == "string"]
