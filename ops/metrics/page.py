"""The page of metrics, ``ops/docs/metrics.md``, written from the registry."""

from collections.abc import Iterator, Mapping

from ops.metrics.process import MEANING
from ops.metrics.registry import PREFIX, SERIES, TABLES, Described, Name

_HEAD = """\
# Metrics

*Written by `python -m ops.cli.docs` from `ops/metrics/registry.py`.*

`chappe metrics` (or `chappe up`) serves them on `CHAPPE_METRICS_LISTEN`, `/metrics`. Everything is
read from the databases and the broker at that moment: one exporter is enough for any number of
workers on any hosts, two show the same, and no process keeps a figure that could die with it.

- Counters are rows, written in the transaction of what happened. They never fall: not when a
  worker is killed, not when retention deletes campaigns and tallies, not after a restart.
- Gauges are read when somebody asks. A figure that cannot be read is left out and
  `chappe_scrape_failures_total` grows; nothing is guessed and no old value is shown.
- Labels are closed words, and the names of configured connectors: never a campaign, a controller,
  a person, a process or a host. A reason of no known kind is `other`. An empty label is none.
- Outcomes are those recorded first. A doubt that became known later is counted in
  `chappe_doubts_settled_total` besides, so that nothing has to be taken back.
"""
_PROCESS = """\
## Figures of one process

Served by worker, scheduler and `up` on `CHAPPE_PROCESS_METRICS_LISTEN`, if it is set: give each
process of a machine a port of its own. Besides these there are prometheus-client's `process_*` and
`python_gc_*`, and `chappe_build_info`.
"""


def metrics_page() -> str:
    """Return the page of all series."""
    parts = [_HEAD]
    for title, names in TABLES.items():
        parts += [f"## {title}\n", *_table(names)]
    rows = [f"| `{name}` | {meaning} |" for name, meaning in MEANING.items()]
    parts += [_PROCESS, "\n".join(("| series | |", "|---|---|", *rows, ""))]
    return "\n".join(parts)


def _table(names: Mapping[Name, Described]) -> Iterator[str]:
    head = ("| series | kind | labels | meaning | where from |", "|---|---|---|---|---|")
    rows = [_row(name, SERIES[name]) for name in names]
    yield "\n".join((*head, *rows, ""))


def _row(name: Name, one: Described) -> str:
    labels = ", ".join(f"`{label}`" for label in one.labels)
    return f"| `{PREFIX}{name}` | {one.kind} | {labels} | {one.meaning} | {one.source} |"
