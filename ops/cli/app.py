"""``chappe``: every verb in one place, the long-running processes, and how errors end."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Never

import sqlalchemy as sa
import typer

from channels.errors import ChannelError
from engine.errors import EngineError
from engine.settings import Settings, load_settings
from ops import processes
from ops.cli import (
    accounts,
    audits,
    campaigns,
    connecting,
    connectors,
    consent_files,
    consents,
    controllers,
    dead_letters,
    diagnosing,
    health,
    installing,
    lists,
    metering,
    migrating,
    opposition_lists,
    output,
    policy,
    retention,
    rights,
    suppressions,
    top,
)
from ops.cli.options import examples, new_app
from ops.database_faults import sentence_of
from ops.demo.play import play
from ops.logs import configure_logs, places

app = new_app(
    "Chappe routes campaigns: everybody is checked, reached at most once, and accounted for."
)
app.add_typer(installing.app)
app.add_typer(migrating.app)


@app.command(epilog=examples("chappe up", "CHAPPE_LOG_FORMAT=json chappe up"))
def up() -> None:
    """Run worker, scheduler and gateway in one process, until SIGTERM or Ctrl-C.

    A stop finishes or journals what is in flight, within 30 seconds.
    """
    _run(processes.run_up)


@app.command(epilog=examples("chappe worker"))
def worker() -> None:
    """Run a worker: takes campaigns in, plans and dispatches. As many as you like."""
    _refuse_embedded("worker")
    _run(processes.run_worker)


@app.command(
    epilog=examples(
        "chappe gateway",
        "CHAPPE_GATEWAY_LISTEN=0.0.0.0:8080 CHAPPE_TRUSTED_PROXIES=10.0.0.0/8 chappe gateway",
    )
)
def gateway() -> None:
    """Serve the links in messages: people unsubscribe here, by one click or on a page.

    Put a proxy with TLS before it, which passes the paths below CHAPPE_PUBLIC_URL on unchanged.
    /health says whether the process is alive, /ready whether an unsubscription could be
    committed now.
    """
    _run(processes.run_gateway)


@app.command(epilog=examples("chappe scheduler"))
def scheduler() -> None:
    """Run the scheduler: releases what is due, rings again, publishes events. Any number."""
    _refuse_embedded("scheduler")
    _run(processes.run_scheduler)


@app.command(epilog=examples("chappe demo", "chappe demo --home ./demo"))
def demo(
    home: Annotated[
        Path | None, typer.Option(help="An empty folder to play in; default: a temporary one.")
    ] = None,
) -> None:
    """Play whole campaigns with made-up people, from import to forgetting, into files."""
    output.data(str(play(home)))


app.add_typer(top.app)
app.add_typer(metering.app)
app.add_typer(campaigns.app, name="campaign")
app.add_typer(lists.app, name="list")
app.add_typer(suppressions.app, name="suppress")
consents.app.add_typer(consent_files.app)
app.add_typer(consents.app, name="consent")
app.add_typer(opposition_lists.app, name="opposition-list")
app.add_typer(controllers.app, name="controller")
app.add_typer(rights.app, name="rights")
connectors.app.add_typer(connecting.app)
app.add_typer(connectors.app, name="connector")
app.add_typer(accounts.app, name="account")
app.add_typer(dead_letters.app, name="dead-letter")
app.add_typer(retention.app, name="retention")
app.add_typer(policy.app, name="policy")
app.add_typer(audits.app, name="audit")
app.add_typer(diagnosing.app)
app.add_typer(health.app)


def main() -> None:
    """Run the command; whatever is wrong ends as one line on standard error."""
    configure_logs("console", level=logging.WARNING)
    try:
        app()
    except (EngineError, ChannelError) as fault:
        _end(str(fault))
    except sa.exc.SQLAlchemyError as fault:
        _end(sentence_of(fault))
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has seen enough
        sys.exit(1)
    except OSError as fault:
        _end(f"{fault.filename or 'a file'}: {fault.strerror or type(fault).__name__}")
    except Exception as fault:  # noqa: BLE001 (a fault of ours; its text might quote anything)
        output.say(places((type(fault), fault, fault.__traceback__)))
        _end("this is a fault of Chappe itself; the lines above say where, and name nobody")


def _end(text: str) -> Never:
    output.fail(text)
    sys.exit(1)


def _run(process: Callable[[Settings], None]) -> None:
    settings = load_settings()
    configure_logs(settings.log_format)
    process(settings)


def _refuse_embedded(process: str) -> None:
    if load_settings().embedded:
        output.refuse(
            f"without RabbitMQ (CHAPPE_BROKER_URL) there is no {process} apart: chappe up"
        )
