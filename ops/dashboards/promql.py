"""Phrases of PromQL that panels and alerts share.

Figures come from the database, so two exporters of one installation say the same: every phrase
takes the larger of their answers and never adds them up.
"""

_ONE_ANSWER = "max without (instance, job)"
WINDOW = "$__rate_interval"  # Grafana's: at least four scrapes


def rate(series: str, window: str = WINDOW) -> str:
    """Return how fast counters grow, per second."""
    return f"{_ONE_ANSWER} (rate({series}[{window}]))"


def growth(series: str, window: str = "$__range") -> str:
    """Return by how much counters grew; by default in the time that is looked at."""
    return f"{_ONE_ANSWER} (increase({series}[{window}]))"


def current(series: str) -> str:
    """Return what gauges say now."""
    return f"{_ONE_ANSWER} ({series})"


def total(phrase: str, by: str = "") -> str:
    """Return the sum of a phrase over all labels but those named."""
    return f"sum by ({by}) ({phrase})" if by else f"sum({phrase})"


def largest(phrase: str, by: str = "") -> str:
    """Return the largest of a phrase over all labels but those named."""
    return f"max by ({by}) ({phrase})" if by else f"max({phrase})"


def or_none(phrase: str) -> str:
    """Return a phrase that is 0 where there is nothing to count."""
    return f"({phrase}) or on () vector(0)"


def quantile(share: float, histogram: str, window: str = WINDOW, by: str = "") -> str:
    """Return the value that ``share`` of the observations do not exceed."""
    name, brace, labels = histogram.partition("{")
    buckets = rate(f"{name}_bucket{brace}{labels}", window)
    return f"histogram_quantile({share}, {total(buckets, f'le, {by}' if by else 'le')})"


def per_channel(gauge_by_lane: str) -> str:
    """Return a gauge of lanes with the channel as a label: ``email.urgent`` serves ``email``."""
    return f'label_replace({current(gauge_by_lane)}, "channel", "$1", "lane", "([^.]+).*")'
