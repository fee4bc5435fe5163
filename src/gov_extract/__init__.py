"""Annual reports of Chinese authorities on open government information as tidy tables that can be trusted.

The public names are the ones in `__all__`. All but the version and the errors are imported when they are first used,
so that ``import gov_extract`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from gov_extract.errors import DatasetError, GovExtractError, LimitError, ReadError

if TYPE_CHECKING:
    from gov_extract.dataset import Dataset, open_dataset
    from gov_extract.report import Report, extract, extract_all
    from gov_extract.run import extract_folder

__version__ = "0.1.0"

__all__ = [
    "Dataset",
    "DatasetError",
    "GovExtractError",
    "LimitError",
    "ReadError",
    "Report",
    "__version__",
    "extract",
    "extract_all",
    "extract_folder",
    "open_dataset",
]

_HOMES = {
    "Dataset": "gov_extract.dataset",
    "open_dataset": "gov_extract.dataset",
    "Report": "gov_extract.report",
    "extract": "gov_extract.report",
    "extract_all": "gov_extract.report",
    "extract_folder": "gov_extract.run",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'gov_extract' has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
