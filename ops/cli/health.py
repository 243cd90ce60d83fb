"""``chappe health``: whether a process on this machine does its work."""

from typing import Annotated

import typer

from engine.clock import SystemClock
from engine.settings import load_settings
from ops.cli import output
from ops.cli.options import examples, new_app, seconds_option
from ops.health import WITHIN, check, check_all

app = new_app("Health.")


@app.command(
    epilog=examples("chappe health worker", "chappe health", "python -m ops.health worker")
)
def health(
    process: Annotated[
        str | None,
        typer.Argument(
            help="worker, scheduler, gateway or metrics; left out: whatever worker and scheduler"
            " gave a sign of life here.",
            show_default=False,
        ),
    ] = None,
    within: Annotated[
        float, seconds_option("Seconds after which a sign of life is an old one.", least=1.0)
    ] = WITHIN,
) -> None:
    """Say whether a process on this machine does its work; exit code 1 when it does not.

    Worker and scheduler tell it by a file in the home folder, written while their threads live and
    the database answers; gateway and metrics are asked where they listen.
    """
    settings, clock = load_settings(), SystemClock()
    if process is None:
        output.data(check_all(settings, within, clock))
    else:
        output.data(check(settings, process, within, clock))
