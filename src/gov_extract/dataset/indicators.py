"""Rates that compare agencies and years, each with the figures that it is made of.

In: the panel. Out: a row an agency and year; of every indicator of `gov_extract.concepts` the ratio, ``<id>.numerator`` and
``<id>.denominator``. A sum of which any part has no figure is null; a ratio is null with either, where the denominator is zero,
and where the figures are from a form in which they make no such ratio. The figures stand as they are printed: where an agency's
sums are wrong a ratio can be above 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gov_extract.codebook import OF_INDICATORS
from gov_extract.concepts import load_concepts, load_indicators
from gov_extract.dataset.panel import masked

if TYPE_CHECKING:
    import pandas as pd


def indicators_of(panel: pd.DataFrame) -> pd.DataFrame:
    """The indicators of a wide panel, in its order."""
    import numpy as np
    import pandas as pd

    codes = {code for one in load_indicators().values() for code in (*one.numerator, *one.denominator)}
    figures = {code: panel[code].to_numpy("float64", na_value=np.nan) for code in codes}
    columns: dict[str, pd.api.extensions.ExtensionArray] = {}
    for indicator in load_indicators().values():
        # A sum with a part that is nan is nan.
        sides = (indicator.numerator, indicator.denominator)
        numerator, denominator = (np.sum([figures[code] for code in side], axis=0) for side in sides)
        ratio = np.full(len(panel), np.nan)
        alike = ~_forms_of(panel, load_concepts()[indicator.denominator[0]].table).isin(list(indicator.lacking)).to_numpy(bool)
        np.divide(numerator, denominator, out=ratio, where=(denominator != 0) & alike)
        columns[indicator.id] = masked(ratio, counted=False)
        columns[f"{indicator.id}.numerator"] = masked(numerator, counted=True)
        columns[f"{indicator.id}.denominator"] = masked(denominator, counted=True)
    return pd.concat([panel[list(OF_INDICATORS)], pd.DataFrame(columns, index=panel.index)], axis=1)


def _forms_of(panel: pd.DataFrame, table: str) -> pd.Series[Any]:
    """The form that a table's figures are from: the annex's where nothing of the table is on the page."""
    return panel[f"form_{table}"].fillna(panel["form_statistics"])
