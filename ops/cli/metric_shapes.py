"""The shapes that ``chappe metrics --json`` prints; see ``shapes.py``."""

from typing import Annotated

from ops.cli.shapes import Shape, says


class SampleShown(Shape, frozen=True, kw_only=True):
    """One value of a series."""

    name: Annotated[str, says("As Prometheus stores it: of a histogram _bucket, _count and _sum.")]
    labels: dict[str, str]
    value: float


class SeriesShown(Shape, frozen=True, kw_only=True):
    """A series of metrics; ops/docs/metrics.md says what each means."""

    series: str
    kind: Annotated[str, says("counter, gauge or histogram")]
    meaning: str
    samples: tuple[SampleShown, ...]
