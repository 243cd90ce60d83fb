"""What an exporter of its own shows of an installation at this moment."""

from engine.app import App
from ops.metrics.showing import exporter

Labels = dict[str, str]
Samples = list[tuple[Labels, float]]


class Shown(dict[str, Samples]):
    """Samples by their name."""

    def total(self, name: str, **labels: str) -> float:
        """Add up the samples of a name that have these labels."""
        wanted = labels.items()
        return sum(value for held, value in self.get(name, []) if wanted <= held.items())


def shown(app: App) -> Shown:
    """Read all series, none of which may fail."""
    found = Shown()
    with exporter(app) as source:
        for family in source.collect():
            for one in family.samples:
                found.setdefault(one.name, []).append((dict(one.labels), one.value))
    assert found["chappe_scrape_failures_total"] == [({}, 0)]
    return found
