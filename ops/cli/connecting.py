"""``chappe connector create``, ``configure`` and ``attest``: how a way out is set up."""

from typing import Annotated

import typer

from channels.contract import Channel, ConnectorConfig
from channels.registry import build_connector
from engine import connectors
from engine.app import App
from engine.connectors import Attestation, Setup
from ops.cli import output
from ops.cli.connectors import NameArgument, print_connectors, shown_one
from ops.cli.options import JsonFlag, examples, new_app
from ops.cli.session import opened
from ops.cli.shapes import ConnectorShown

app = new_app("Set up.")

_FURTHEST = 1_000_000  # rank

AttestedBy = Annotated[str, typer.Option("--attested-by", help="Who answers for this.")]
Country = Annotated[str, typer.Option(help="Where data is processed: ISO 3166-1, such as FR.")]
SubProcessor = Annotated[
    str, typer.Option(help="The provider's company; your own name for your own relay.")
]

RelayOption = Annotated[
    str | None, typer.Option(metavar="URL", help="An SMTP relay; a password is sealed.")
]
OutboxOption = Annotated[
    str | None, typer.Option(metavar="FOLDER", help="Write files instead of sending.")
]
OptionOption = Annotated[
    list[str] | None,
    typer.Option(
        "--option", metavar="NAME=VALUE", help="More settings; unit_cost for estimates. Repeatable."
    ),
]
AskFlag = Annotated[bool, typer.Option("--ask-password", help="Ask for the relay's password.")]


@app.command(
    epilog=examples(
        "chappe connector create relay --relay smtp://sender@relay.example.org:587 --ask-password",
        "chappe connector create samples --outbox ./samples --channel sms",
        "chappe connector create spare --relay smtps://relay.example.org --option per_second=50",
    )
)
def create(
    name: Annotated[str, typer.Argument(help="1 to 64 of a-z, 0-9 and hyphens.")],
    relay: RelayOption = None,
    outbox: OutboxOption = None,
    channel: Annotated[Channel, typer.Option(help="Of an outbox; a relay is for email.")] = (
        Channel.EMAIL
    ),
    option: OptionOption = None,
    rank: Annotated[
        int | None,
        typer.Option(min=-_FURTHEST, max=_FURTHEST, help="Place in the order; default: last."),
    ] = None,
    ask_password: AskFlag = False,
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
        secrets["password"] = _password()
    kind = "smtp" if relay is not None else "outbox"
    with opened() as installation:
        made = add(installation, Setup(name, kind, channel, options, secrets, rank))
    print_connectors([made], json=json)
    output.say(f"next: chappe connector attest {name} --attested-by … --country … …")


def add(installation: App, setup: Setup) -> ConnectorShown:
    """Add a connector, if one can be built from its settings; return it as it is shown.

    Raises channels.errors.ConnectorFault, or engine.connectors.ConnectorFault.
    """
    _require_buildable(installation, setup)
    connectors.create(installation, setup)
    return shown_one(installation, setup.name)


@app.command(
    epilog=examples(
        "chappe connector configure relay --relay smtp://sender@relay.example.org:587"
        " --ask-password",
        "chappe connector configure relay --option per_second=50 --option unit_cost=0.0004",
        "chappe connector configure relay --option per_second=",
    )
)
def configure(
    name: NameArgument,
    relay: RelayOption = None,
    outbox: OutboxOption = None,
    option: OptionOption = None,
    ask_password: AskFlag = False,
    json: JsonFlag = False,
) -> None:
    """Change a connector's settings; what is not given stays, an empty value takes one away.

    Running processes use the new settings from the next slice on. The attestation stays: attest
    anew when the provider is another one.
    """
    with opened() as installation:
        row = connectors.get(installation, name)
        config, secrets = connectors.load_config(installation, row)
        options = connectors.options_of(row) | dict(map(_pair, option or ()))
        if relay is not None:
            options["url"], found = connectors.split_password(relay)
            secrets |= found
        if outbox is not None:
            options["folder"] = outbox
        if ask_password:
            secrets["password"] = _password()
        options = {key: value for key, value in options.items() if value}
        setup = Setup(name, config.kind, config.channel, options, secrets)
        _require_buildable(installation, setup)
        connectors.reconfigure(installation, name, options, secrets)
        changed = shown_one(installation, name)
    print_connectors([changed], json=json)


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
        changed = shown_one(installation, name)
    print_connectors([changed], json=json)


def _require_buildable(installation: App, setup: Setup) -> None:
    """Refuse settings that could never work, before anything is stored."""
    options = {key: text for key, text in setup.options.items() if key != connectors.UNIT_COST}
    timeout = installation.settings.answer_timeout
    config = ConnectorConfig(setup.name, setup.kind, setup.channel, options, timeout)
    build_connector(config, setup.secrets)


def _password() -> str:
    typed: str = typer.prompt("Password of the relay", hide_input=True, err=True)
    return typed


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        msg = f"{text!r}: expected NAME=VALUE"
        raise typer.BadParameter(msg, param_hint="--option")
    return name, value
