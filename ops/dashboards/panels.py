"""What a dashboard is made of: values that say what is shown and what it means.

``grafana.py`` turns them into the JSON that Grafana reads. A panel's query is PromQL in which
``$__rate_interval``, ``$__range`` and ``$channel`` are filled in by Grafana.
"""

from dataclasses import dataclass
from enum import StrEnum

WIDTH = 24  # columns of Grafana's grid


class Kind(StrEnum):
    """How a panel draws its figures; each word is Grafana's own."""

    STAT = "stat"  # one large number
    GRAPH = "timeseries"
    BARS = "bargauge"  # one bar per label
    TABLE = "table"


class Unit(StrEnum):
    """What a figure counts; each word is Grafana's own."""

    COUNT = "short"
    PER_SECOND = "suffix: /s"
    SECONDS = "s"
    SHARE = "percentunit"  # 0 to 1
    SINCE = "dateTimeFromNow"  # milliseconds since the epoch


class Colour(StrEnum):
    """Colours with a meaning; they differ in brightness too."""

    GOOD = "green"
    LOOK = "yellow"
    BAD = "red"


@dataclass(frozen=True, slots=True)
class Threshold:
    """From ``at`` on, the figure has that colour; None: from below everything."""

    at: float | None
    colour: Colour


ALWAYS_GOOD = (Threshold(None, Colour.GOOD),)
NONE_ALLOWED = (Threshold(None, Colour.GOOD), Threshold(1, Colour.BAD))
EXACTLY_ZERO = (
    Threshold(None, Colour.BAD),
    Threshold(0, Colour.GOOD),
    Threshold(0.5, Colour.BAD),
)


def rising(look: float, bad: float) -> tuple[Threshold, ...]:
    """Return thresholds of a figure that is worse the larger it is."""
    return (
        Threshold(None, Colour.GOOD),
        Threshold(look, Colour.LOOK),
        Threshold(bad, Colour.BAD),
    )


def falling(look: float, bad: float) -> tuple[Threshold, ...]:
    """Return thresholds of a figure that is worse the smaller it is."""
    return (
        Threshold(None, Colour.BAD),
        Threshold(bad, Colour.LOOK),
        Threshold(look, Colour.GOOD),
    )


@dataclass(frozen=True, slots=True)
class Query:
    """One question to Prometheus; ``legend`` may name labels, as in ``{{channel}}``."""

    promql: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture: a title, a sentence that says what it means, and where to read what to do.

    runbook  heading in ops/docs/runbooks.md: an alert's name, or that of a chapter
    width    in columns of the grid, of which there are 24; height in its rows of 30 pixels
    """

    title: str
    says: str
    kind: Kind
    unit: Unit
    queries: tuple[Query, ...]
    runbook: str = "Reading the dashboards"
    thresholds: tuple[Threshold, ...] = ALWAYS_GOOD
    width: int = 8
    height: int = 7
    stacked: bool = False

    def __post_init__(self) -> None:
        """Refuse what would look wrong; raise `ValueError`."""
        if not self.queries or not 0 < self.width <= WIDTH:
            raise ValueError(f"panel {self.title!r}: no query, or wider than {WIDTH} columns")
        if not self.says.endswith("."):
            raise ValueError(f"panel {self.title!r}: what it says is no sentence")


@dataclass(frozen=True, slots=True)
class Section:
    """A row of the dashboard with a title; its panels flow from left to right."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One page. ``uid`` is part of its address in Grafana and never changes."""

    uid: str
    title: str
    says: str
    sections: tuple[Section, ...]

    @property
    def panels(self) -> tuple[Panel, ...]:
        """Every panel, in reading order."""
        return tuple(panel for section in self.sections for panel in section.panels)
