"""The statutory tables of a document. See `reading`."""

from gov_extract.parse.tables.model import Tables, Unproven
from gov_extract.parse.tables.reading import read_tables

__all__ = ["Tables", "Unproven", "read_tables"]
