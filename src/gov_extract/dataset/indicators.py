"""Rates that compare agencies and years, each with the figures that it is made of.

In: the panel. Out: a row an agency and year; of every indicator of `gov_extract.concepts` the ratio, ``<id>.numerator`` and
``<id>.denominator``. A sum of which any part has no figure is null; a ratio is null with either, and where the denominator is
zero. The figures stand as they are printed: where an agency's sums are wrong a ratio can be above 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gov_extract.codebook import OF_INDICATORS
from gov_extract.concepts import load_indicators

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


def indicators_of(panel: pd.DataFrame) -> pd.DataFrame:
    """The indicators of a wide panel, in its order."""
    import pandas as pd

    def total(codes: Sequence[str]) -> pd.Series[float]:
        # Each column's own type: pandas adds up Int64 and Float64 with pd.NA where any part has none.
        result = panel[codes[0]]
        for code in codes[1:]:
            result = result + panel[code]
        return result

    columns: dict[str, pd.Series[float]] = {}
    for indicator in load_indicators().values():
        numerator, denominator = total(indicator.numerator), total(indicator.denominator)
        ratio = numerator.astype("Float64") / denominator.astype("Float64").where(denominator != 0)
        columns[indicator.id] = ratio
        columns[f"{indicator.id}.numerator"] = numerator
        columns[f"{indicator.id}.denominator"] = denominator
    return pd.concat([panel[list(OF_INDICATORS)], pd.DataFrame(columns, index=panel.index)], axis=1)
