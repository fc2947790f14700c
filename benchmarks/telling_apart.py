"""How well a stranger with a clock can tell two kinds of callers apart: the area under the ROC curve, and medians."""

import itertools
import statistics
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from benchmarks.figures import percentile


def separation(one: Sequence[float], other: Sequence[float]) -> float:
    """Return how often the best single threshold rule orders a time of each right: 0.5 is guessing, 1 is certainty.

    It is the Mann-Whitney statistic, turned so that it is never below a half.
    """
    ordered = sorted(other)
    above = sum((bisect_left(ordered, time) + bisect_right(ordered, time)) / 2 for time in one)
    share = above / (len(one) * len(other))
    return max(share, 1 - share)


def told_apart(times: Mapping[str, Sequence[float]]) -> dict[str, object]:
    """Return each class's times in milliseconds, and each pair's separation and difference of medians."""
    pairs = [
        {
            "classes": [one, other],
            "auc": round(separation(times[one], times[other]), 4),
            "medians_apart_ms": round(abs(statistics.median(times[one]) - statistics.median(times[other])), 3),
        }
        for one, other in itertools.combinations(times, 2)
    ]
    classes = {
        name: {
            "n": len(taken),
            "median_ms": round(statistics.median(taken), 3),
            "p5_ms": round(percentile(taken, 5), 3),
            "p95_ms": round(percentile(taken, 95), 3),
        }
        for name, taken in times.items()
    }
    return {"classes": classes, "pairs": pairs}
