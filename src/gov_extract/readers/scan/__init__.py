"""Pictures of pages → `Page`s: scans, photographs, image files. The extra ``ocr`` does the recognising.

In: pixels and their resolution. Out: pages as every other reader yields them: ruled grids whose cells have several readings,
and lines of words, in reading order. See `page`.
"""

from gov_extract.readers.scan.extra import INSTALL, installed

# Nothing else is imported here: whether the extra is installed is asked without it.
__all__ = ["INSTALL", "installed"]
