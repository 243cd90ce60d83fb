"""``chappe connector``: the ways out, who answers for them, and what ails them."""

from collections.abc import Sequence
from typing import Annotated

import typer

from channels.contract import SendKind
from engine import connectors, probing
from engine.app import App
from ops.cli import output
from ops.cli.options import JsonFlag, YesFlag, examples, new_app
from ops.cli.session import opened
from ops.cli.shapes import ConnectorShown, Probed

app = new_app("Connectors: the ways out, and who answers for them.")

NameArgument = Annotated[str, typer.Argument(help="Name of the connector.")]


@app.command(epilog=examples("chappe connector enable relay"))
def enable(name: NameArgument, json: JsonFlag = False) -> None:
    """Let a connector be chosen again."""
    with opened() as installation:
        connectors.enable(installation, name)
        changed = shown_one(installation, name)
    print_connectors([changed], json=json)


@app.command(epilog=examples("chappe connector disable relay --yes"))
def disable(name: NameArgument, yes: YesFlag = False, json: JsonFlag = False) -> None:
    """Keep a connector from being chosen; what it has in hand is finished."""
    with opened() as installation:
        connectors.get(installation, name)
        output.confirmed(f"Stop using connector {name}?", yes=yes)
        connectors.disable(installation, name)
        changed = shown_one(installation, name)
    print_connectors([changed], json=json)


@app.command(epilog=examples("chappe connector show relay", "chappe connector show relay --json"))
def show(name: NameArgument, json: JsonFlag = False) -> None:
    """Show one connector: settings, attestation, circuit breaker."""
    with opened() as installation:
        one = shown_one(installation, name)
    if json:
        output.document(one)
        return
    output.facts(
        {
            "connector": one.connector,
            "channel": one.channel,
            "kind": one.kind,
            "state": one.state,
            "rank": one.rank,
            **{f"option {key}": value for key, value in one.options.items()},
            "country": one.country,
            "sub-processor": one.sub_processor,
            "attested by": one.attested_by,
            "attested": output.readable(one.attested_at),
            "cause": one.open_cause,
            "failing since": output.readable(one.open_since),
            "tried again": output.readable(one.open_until),
        }
    )


@app.command("list", epilog=examples("chappe connector list", "chappe connector list --json"))
def list_(json: JsonFlag = False) -> None:
    """List connectors by channel, in the order in which they are tried."""
    with opened() as installation:
        found = shown(installation)
    print_connectors(found, json=json, many=True)


@app.command("test", epilog=examples("chappe connector test relay"))
def probe(name: NameArgument, json: JsonFlag = False) -> None:
    """Connect and log in without sending anything; exit code 1 when it does not work."""
    with opened() as installation:
        row = connectors.get(installation, name)
        found = probing.probe(installation, row)
    works = found.kind is SendKind.SENT
    cause = None if works else str(found.reason)
    if json:
        output.document(Probed(connector=name, works=works, reason=cause))
    elif works:
        output.data(f"{name}: works")
    if not works:
        output.refuse(f"connector {name} does not work: {cause}")


def shown(installation: App) -> list[ConnectorShown]:
    """Return all connectors as they are shown."""
    return [
        ConnectorShown(
            connector=row.name,
            channel=row.channel,
            kind=row.kind,
            rank=row.rank,
            enabled=row.enabled,
            state=_state(
                enabled=row.enabled,
                attested=row.attested_at is not None,
                cause=(row.open_cause or "unknown") if row.failures else None,
            ),
            options=connectors.options_of(row),
            country=row.country or None,
            sub_processor=row.sub_processor or None,
            attested_by=row.attested_by,
            attested_at=output.perhaps(row.attested_at),
            failures=row.failures,
            open_cause=row.open_cause,
            open_since=output.perhaps(row.open_since),
            open_until=output.perhaps(row.open_until),
        )
        for row in connectors.every(installation)
    ]


def _state(*, enabled: bool, attested: bool, cause: str | None) -> str:
    if not enabled:
        return "disabled"
    if not attested:
        return "not attested"
    return f"failing: {cause}" if cause else "ready"


def shown_one(installation: App, name: str) -> ConnectorShown:
    """Return one connector as it is shown; raises UnknownConnector."""
    connectors.get(installation, name)
    return next(one for one in shown(installation) if one.connector == name)


def print_connectors(found: Sequence[ConnectorShown], *, json: bool, many: bool = False) -> None:
    """Write connectors as a table, or as JSON: an array where there are ``many``."""
    if json:
        output.document(found if many else found[0])
        return
    output.table(
        ("connector", "channel", "kind", "rank", "state", "country", "attested by", "tried again"),
        [
            (
                one.connector,
                one.channel,
                one.kind,
                one.rank,
                one.state,
                one.country,
                one.attested_by,
                output.readable(one.open_until),
            )
            for one in found
        ],
    )
