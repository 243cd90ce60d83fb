"""``chappe metrics``: serve them to Prometheus, or print them once."""

from collections.abc import Sequence
from typing import Annotated

import typer
from prometheus_client.core import Metric

from engine.settings import load_settings
from ops import processes
from ops.cli import output
from ops.cli.metric_shapes import SampleShown, SeriesShown
from ops.cli.options import JsonFlag, examples
from ops.cli.session import opened
from ops.logs import configure_logs
from ops.metrics.collector import as_text
from ops.metrics.registry import PREFIX, Own
from ops.metrics.showing import exporter

app = typer.Typer()


@app.command(epilog=examples("chappe metrics", "chappe metrics --once", "chappe metrics --json"))
def metrics(
    once: Annotated[
        bool, typer.Option("--once", help="Print them as Prometheus reads them, and end.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Show metrics on CHAPPE_METRICS_LISTEN (/metrics, /health) until SIGTERM or Ctrl-C.

    Everything is read from the databases and the broker when somebody asks: one exporter is enough
    for any number of workers, and two show the same. ops/docs/metrics.md describes the series.
    With --once or --json they are printed instead; exit code 1 when some could not be read.
    """
    if not once and not json:
        settings = load_settings()
        configure_logs(settings.log_format)
        processes.run_metrics(settings)
        return
    with opened() as installation, exporter(installation) as source:
        families = list(source.collect())
    if json:
        output.document([_shown(family) for family in families])
    else:
        output.data(as_text(families).rstrip("\n"))
    if _failures(families):
        output.refuse("some figures could not be read: see chappe doctor")


def _shown(family: Metric) -> SeriesShown:
    counted = "_total" if family.type == "counter" else ""
    return SeriesShown(
        series=family.name + counted,
        kind=family.type,
        meaning=family.documentation,
        samples=tuple(
            SampleShown(name=one.name, labels=dict(one.labels), value=float(one.value))
            for one in family.samples
        ),
    )


def _failures(families: Sequence[Metric]) -> float:
    name = PREFIX + Own.FAILURES
    return sum(one.value for family in families for one in family.samples if one.name == name)
