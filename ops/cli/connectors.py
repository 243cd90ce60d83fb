"""``chappe connector``: the ways out, who answers for them, and what ails them."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from channels.contract import Channel, Connector, ConnectorConfig, SendKind, SendResult
from channels.errors import ConnectorUnavailable
from channels.registry import build_connector
from engine import connectors
from engine.app import App
from engine.connectors import Attestation, Setup
from ops.cli import output
from ops.cli.options import JsonFlag, YesFlag, examples, new_app
from ops.cli.session import opened
from ops.cli.shapes import ConnectorShown, Probed

app = new_app("Connectors: the ways out, and who answers for them.")

NameArgument = Annotated[str, typer.Argument(help="Name of the connector.")]
AttestedBy = Annotated[str, typer.Option("--attested-by", help="Who answers for this.")]
Country = Annotated[str, typer.Option(help="Where data is processed: ISO 3166-1, such as FR.")]
SubProcessor = Annotated[
    str, typer.Option(help="The provider's company; your own name for your own relay.")
]


@app.command(
    epilog=examples(
        "chappe connector create relay --relay smtp://sender@relay.example.org:587 --ask-password",
        "chappe connector create samples --outbox ./samples --channel sms",
        "chappe connector create spare --relay smtps://relay.example.org --option per_second=50",
    )
)
def create(
    name: Annotated[str, typer.Argument(help="1 to 64 of a-z, 0-9 and hyphens.")],
    relay: Annotated[
        str | None, typer.Option(metavar="URL", help="An SMTP relay; a password is sealed.")
    ] = None,
    outbox: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Write files instead of sending.")
    ] = None,
    channel: Annotated[Channel, typer.Option(help="Of an outbox; a relay is for email.")] = (
        Channel.EMAIL
    ),
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="More settings of its kind. Repeatable."),
    ] = None,
    rank: Annotated[int | None, typer.Option(help="Place in the order; default: last.")] = None,
    ask_password: Annotated[
        bool, typer.Option("--ask-password", help="Ask for the relay's password.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Add a connector. It is used once it is attested."""
    if (relay is None) == (outbox is None):
        raise typer.BadParameter("give either --relay or --outbox")
    options = dict(map(_pair, option or ()))
    secrets: dict[str, str] = {}
    if relay is not None:
        options["url"], secrets = connectors.split_password(relay)
    else:
        options["folder"] = outbox or ""
    if ask_password:
        secrets["password"] = typer.prompt("Password of the relay", hide_input=True, err=True)
    kind = "smtp" if relay is not None else "outbox"
    with opened() as installation:
        made = add(installation, Setup(name, kind, channel, options, secrets, rank))
    _print([made], json=json)
    output.say(f"next: chappe connector attest {name} --attested-by … --country … …")


def add(installation: App, setup: Setup) -> ConnectorShown:
    """Add a connector, if one can be built from its settings; return it as it is shown.

    Raises channels.errors.ConnectorFault, or engine.connectors.ConnectorFault.
    """
    timeout = installation.settings.answer_timeout
    config = ConnectorConfig(setup.name, setup.kind, setup.channel, setup.options, timeout)
    build_connector(config, setup.secrets)  # refuses what could never work
    connectors.create(installation, setup)
    return _one(installation, setup.name)


@app.command(
    epilog=examples(
        "chappe connector attest relay --attested-by 'J. Martin' --country FR"
        " --sub-processor 'Relay SAS'"
    )
)
def attest(
    name: NameArgument,
    attested_by: AttestedBy,
    country: Country,
    sub_processor: SubProcessor,
    json: JsonFlag = False,
) -> None:
    """Record who answers for the provider, and where it processes data."""
    with opened() as installation:
        connectors.attest(installation, name, Attestation(attested_by, country, sub_processor))
        changed = _one(installation, name)
    _print([changed], json=json)


@app.command(epilog=examples("chappe connector enable relay"))
def enable(name: NameArgument, json: JsonFlag = False) -> None:
    """Let a connector be chosen again."""
    with opened() as installation:
        connectors.enable(installation, name)
        changed = _one(installation, name)
    _print([changed], json=json)


@app.command(epilog=examples("chappe connector disable relay --yes"))
def disable(name: NameArgument, yes: YesFlag = False, json: JsonFlag = False) -> None:
    """Keep a connector from being chosen; what it has in hand is finished."""
    with opened() as installation:
        connectors.get(installation, name)
        output.confirmed(f"Stop using connector {name}?", yes=yes)
        connectors.disable(installation, name)
        changed = _one(installation, name)
    _print([changed], json=json)


@app.command(epilog=examples("chappe connector show relay", "chappe connector show relay --json"))
def show(name: NameArgument, json: JsonFlag = False) -> None:
    """Show one connector: settings, attestation, circuit breaker."""
    with opened() as installation:
        one = _one(installation, name)
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
    _print(found, json=json, many=True)


@app.command("test", epilog=examples("chappe connector test relay"))
def probe(name: NameArgument, json: JsonFlag = False) -> None:
    """Connect and log in without sending anything; exit code 1 when it does not work."""
    with opened() as installation:
        row = connectors.get(installation, name)
        live = build_connector(*connectors.load_config(installation, row))
    found = asyncio.run(_probe(live))
    works = found.kind is SendKind.SENT
    cause = None if works else str(found.reason)
    if json:
        output.document(Probed(connector=name, works=works, reason=cause))
    elif works:
        output.data(f"{name}: works")
    if not works:
        output.refuse(f"connector {name} does not work: {cause}")


async def _probe(live: Connector) -> SendResult:
    try:
        return await live.probe()
    except ConnectorUnavailable as unavailable:
        return SendResult(SendKind.NOT_ACCEPTED, f"{unavailable.reason}: {unavailable.cause}")
    finally:
        await live.close()


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


def _one(installation: App, name: str) -> ConnectorShown:
    connectors.get(installation, name)
    return next(one for one in shown(installation) if one.connector == name)


def _print(found: Sequence[ConnectorShown], *, json: bool, many: bool = False) -> None:
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


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        msg = f"{text!r}: expected NAME=VALUE"
        raise typer.BadParameter(msg, param_hint="--option")
    return name, value
