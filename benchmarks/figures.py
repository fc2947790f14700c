"""Medians, spreads and percentiles."""

import math
import statistics
from collections.abc import Sequence


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least `percent` of 100 of the values do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median, least and most, to four significant digits or so."""
    return {
        "median": _short(statistics.median(values)),
        "least": _short(min(values)),
        "most": _short(max(values)),
        "n": len(values),
    }


def _short(value: float) -> float:
    return float(f"{value:.4g}")
