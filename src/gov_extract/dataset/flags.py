"""Which cells of the tables something points at: a finding that warns, or a failing check.

In: the tables `findings` and `checks` of some documents. Out: `Flags`, asked cell by cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gov_extract.checks import terms
from gov_extract.forms import load_forms
from gov_extract.forms.over_years import terms_over_years

# Findings by which a person settles what is doubted in a figure's reading, and those that doubt no reading.
_SETTLING = frozenset({"figure_corrected", "figure_confirmed"})
_NOT_OF_READING = frozenset({"copies_differ"})

Row = Mapping[str, object]


class Flags:
    """What is pointed at, document by document.

    A finding of severity warning or error that names a table and a row covers that row; one that names a table and a column
    only, that column. A failing check covers the cells that its identity takes in, one of years those of the report itself; one
    of the prose, which names no form's identity, its row or column.

    A person who has corrected a figure, or confirmed it, has settled what findings doubt in its reading; what copies of the
    report print otherwise, and checks, are no doubts of that kind.
    """

    def __init__(self, findings: Iterable[Row], checks: Iterable[Row]) -> None:
        self._lines: dict[object, set[tuple[object, str, object]]] = {}
        self._cells: dict[object, set[tuple[object, str, str]]] = {}
        self._doubted: dict[object, set[tuple[object, str, object]]] = {}
        self._settled: dict[object, set[tuple[object, object, object]]] = {}
        for finding in findings:
            document, table, row, column = (finding[name] for name in ("document_id", "table", "row", "column"))
            if finding["code"] in _SETTLING:
                self._settled.setdefault(document, set()).add((table, row, column))
            if finding["severity"] == "info" or table is None or row is column is None:
                continue
            lines = self._lines if finding["code"] in _NOT_OF_READING else self._doubted
            line = (table, "row", row) if row is not None else (table, "column", column)
            lines.setdefault(document, set()).add(line)
        forms = load_forms().values()
        identities = {(i.id, i.table): i for form in forms for i in form.identities}
        per_form = {(i.id, i.table): [f.identities for f in forms] for form in forms for i in form.identities}
        yearly = {(one.id, one.table): one for form in forms for one in form.over_years}
        for check in checks:
            if check["passed"] is not False:
                continue
            axis, _, code = str(check["scope"]).partition(":")
            key = (str(check["check"]), str(check["table"]))
            if key in yearly:
                own = {(key[1], *cell) for prefix, cell in terms_over_years(yearly[key], code) if not prefix}
                self._cells.setdefault(check["document_id"], set()).update(own)
                continue
            if key not in identities:
                self._lines.setdefault(check["document_id"], set()).add((check["table"], axis, code))
                continue
            # A generation's terms that another has not are no cells of it: to take in those of all does no harm.
            for known in per_form[key]:
                for identity in known:
                    if (identity.id, identity.table) == key:
                        covered = self._cells.setdefault(check["document_id"], set())
                        covered.update((identity.table, row, column) for row, column in terms(identity, code))

    @property
    def documents(self) -> set[object]:
        """The documents in which anything is pointed at."""
        return {*self._lines, *self._doubted, *self._cells}

    def covers(self, document: object, table: str, row: str, column: str) -> bool:
        """Whether something points at a cell."""
        cell = (table, row, column)
        sides = [self._lines] if cell in self._settled.get(document, ()) else [self._lines, self._doubted]
        lines = ((table, "row", row), (table, "column", column))
        return cell in self._cells.get(document, ()) or any(line in side.get(document, ()) for side in sides for line in lines)
