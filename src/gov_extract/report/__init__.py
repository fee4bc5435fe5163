"""One document in, one `Report` out: status, sections, cells, checks, findings.

In: a path or bytes. Out: a frozen record of everything that was read, with where it was read.
"""

from gov_extract.report.reading import extract, extract_all, failed, report_of, understand
from gov_extract.report.record import Report, row_paths
from gov_extract.report.rows import document_row, fit_text, report_columns, rows_of, to_pandas

__all__ = [
    "Report",
    "document_row",
    "extract",
    "extract_all",
    "failed",
    "fit_text",
    "report_columns",
    "report_of",
    "row_paths",
    "rows_of",
    "to_pandas",
    "understand",
]
