"""Sensitive data in rows and columns, counted by kind; neither text nor line is kept."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain

import msgspec

from policy.screening import count_in_values, findings_in_names


def in_rows(rows: Iterable[Iterable[str | None]]) -> Counter[str]:
    """Count sensitive numbers in the cells of rows."""
    return count_in_values(chain.from_iterable(rows))


def in_columns(names: Iterable[str]) -> Counter[str]:
    """Count the columns that hold sensitive data by their names."""
    return Counter(kind for name in names for kind in findings_in_names((name,)))


def written(counts: Mapping[str, int]) -> str:
    """Return counts as a list keeps them: JSON, in one order."""
    return msgspec.json.encode(dict(counts), order="sorted").decode()
