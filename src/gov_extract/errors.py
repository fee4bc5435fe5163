"""The family of errors. Every one says what is wrong with which source and what to do, and survives pickling.

All take their message's parts as positional arguments, so that `pickle` (which calls `cls(*args)`) rebuilds them whole
when a worker process hands one to its parent.
"""

from __future__ import annotations


class GovExtractError(Exception):
    """Base of all errors of this package.

    Parameters
    ----------
    message
        What is wrong and what to do about it, for a person.
    code
        Identifier of the matching finding (see ``data/findings.toml``), or ``""``.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message, code)
        self.message = message
        self.code = code

    def __str__(self) -> str:
        return self.message


class ReadError(GovExtractError, ValueError):
    """A source that cannot be read: encrypted, truncated, empty, of an unknown kind."""


class LimitError(ReadError):
    """A source refused because it exceeds a declared limit (bytes, pages, cells, members)."""


class FormError(GovExtractError, ValueError):
    """A form file that contradicts itself: an alias used twice, an identity over unknown codes."""


class DatasetError(GovExtractError, ValueError):
    """An output folder that is not a dataset, or whose tables do not match its manifest."""


class MissingExtraError(GovExtractError, ImportError):
    """An optional part of the package that is not installed; the message names the extra."""


class SidecarError(GovExtractError):
    """The table with what is known of the documents cannot be used: not readable, no known columns, a row that cannot be."""


class TruthError(GovExtractError, ValueError):
    """A table of figures typed by hand that cannot be used: not readable, no known columns, what is no figure."""
