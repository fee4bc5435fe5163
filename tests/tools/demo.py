"""Print what an output folder holds: ``python -m tests.tools.demo OUT``."""

from __future__ import annotations

import sys

import pandas as pd

from gov_extract import open_dataset


def main(out: str) -> None:
    """The tables' sizes, the first documents, one table as it was printed, and what did not add up."""
    pd.set_option("display.width", 140, "display.max_columns", 12, "display.max_colwidth", 28)
    pd.set_option("display.unicode.east_asian_width", True)
    dataset = open_dataset(out)
    print(f"\n{out}/tables:")
    for table in dataset.tables:
        print(f"  {table:10s} {len(dataset.load(table)):7d} rows")
    documents = dataset.load("documents")
    print("\ndocuments, first rows")
    columns = ["source", "agency", "report_year", "form", "status", "cells_read", "checks_failed"]
    print(documents[columns].head(8).to_string(index=False))
    cells = dataset.load("cells")
    print("\ncells, first rows")
    columns = ["document_id", "report_year", "table", "row", "column", "value", "unit", "raw", "state"]
    print(cells[columns].head(8).to_string(index=False))
    received = cells[(cells["table"] == "applications") & (cells["row"] == "received") & (cells["column"] == "total")]
    print("\napplications received, per report year")
    print(received.groupby("report_year")["value"].agg(["count", "sum", "median"]).to_string())
    checks = dataset.load("checks")
    failing = checks[~checks["passed"].fillna(True)]
    print(f"\nchecks: {int(checks['passed'].sum())} passed, {len(failing)} failed")
    if len(failing):
        columns = ["document_id", "check", "table", "scope", "left", "right", "difference"]
        print(failing[columns].head(5).to_string(index=False))


if __name__ == "__main__":
    main(sys.argv[1])
