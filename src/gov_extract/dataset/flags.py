"""Which cells of the tables something points at: a finding that warns, or a failing check.

In: the tables `findings` and `checks` of some documents. Out: `Flags`, asked cell by cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gov_extract.checks import terms
from gov_extract.forms import load_forms

Row = Mapping[str, object]


class Flags:
    """What is pointed at, document by document.

    A finding of severity warning or error that names a table and a row covers that row; one that names a table and a column
    only, that column. A failing check covers the cells that its identity takes in; one of the prose or of years, which names
    no form's identity, its row or column.
    """

    def __init__(self, findings: Iterable[Row], checks: Iterable[Row]) -> None:
        self._lines: dict[object, set[tuple[object, str, object]]] = {}
        self._cells: dict[object, set[tuple[object, str, str]]] = {}
        for finding in findings:
            if finding["severity"] == "info" or finding["table"] is None:
                continue
            if finding["row"] is not None:
                self._line(finding["document_id"], finding["table"], "row", finding["row"])
            elif finding["column"] is not None:
                self._line(finding["document_id"], finding["table"], "column", finding["column"])
        forms = load_forms().values()
        identities = {(i.id, i.table): i for form in forms for i in form.identities}
        per_form = {(i.id, i.table): [f.identities for f in forms] for form in forms for i in form.identities}
        for check in checks:
            if check["passed"] is not False:
                continue
            axis, _, code = str(check["scope"]).partition(":")
            key = (str(check["check"]), str(check["table"]))
            if key not in identities:
                self._line(check["document_id"], check["table"], axis, code)
                continue
            # A generation's terms that another has not are no cells of it: to take in those of all does no harm.
            for known in per_form[key]:
                for identity in known:
                    if (identity.id, identity.table) == key:
                        covered = self._cells.setdefault(check["document_id"], set())
                        covered.update((identity.table, row, column) for row, column in terms(identity, code))

    def _line(self, document: object, table: object, axis: str, code: object) -> None:
        self._lines.setdefault(document, set()).add((table, axis, code))

    @property
    def documents(self) -> set[object]:
        """The documents in which anything is pointed at."""
        return {*self._lines, *self._cells}

    def covers(self, document: object, table: str, row: str, column: str) -> bool:
        """Whether something points at a cell."""
        lines = self._lines.get(document, ())
        return (
            (table, "row", row) in lines
            or (table, "column", column) in lines
            or (table, row, column) in self._cells.get(document, ())
        )
