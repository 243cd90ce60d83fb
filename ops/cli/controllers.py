"""``chappe controller`` and ``chappe account``: the clients, and who may speak for them."""

from typing import Annotated

import typer

from channels.contract import Channel
from engine import connectors, controllers
from engine.app import App
from engine.controllers import Controller, ControllerSettings
from engine.wire.job import Kind
from ops.cli import ending, output
from ops.cli.options import JsonFlag, examples, new_app
from ops.cli.session import opened, whose
from ops.cli.shapes import ControllerShown, Grant

app = new_app("Controllers: the clients on whose behalf campaigns are sent.")
accounts = new_app("Broker accounts: who may put campaigns of which controller.")

PurposeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--purpose",
        metavar="NAME[:KIND]",
        help="What campaigns may be for; KIND is marketing (default) or service. Repeatable.",
    ),
]
HistoryOption = Annotated[
    str | None, typer.Option(help="How long deliveries are kept at most, such as P2Y.")
]
ConnectorsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--connector",
        metavar="CHANNEL=NAME,…",
        help="Connectors of a channel in order; default: all of the channel. Repeatable.",
    ),
]
StopOption = Annotated[
    str | None, typer.Option(help="How an SMS says where objections go, such as 'STOP au 36063'.")
]
DomainOption = Annotated[
    str | None, typer.Option(help="Domain of return paths and message ids of this controller.")
]
InlineOption = Annotated[
    bool | None,
    typer.Option(
        "--inline/--no-inline", help="Whether campaign messages may carry recipients themselves."
    ),
]


@app.command(
    epilog=examples(
        "chappe controller create boutique --purpose offers",
        "chappe controller create bakery --purpose offers:marketing --purpose recalls:service",
    )
)
def create(
    name: Annotated[str, typer.Argument(help="1 to 64 of a-z, 0-9 and hyphens.")],
    purpose: PurposeOption = None,
    history: HistoryOption = None,
    connector: ConnectorsOption = None,
    stop_mention: StopOption = None,
    return_domain: DomainOption = None,
    inline: InlineOption = None,
    json: JsonFlag = False,
) -> None:
    """Add a controller, with keys of its own."""
    wanted = _settings(
        ControllerSettings(), purpose, history, connector, stop_mention, return_domain, inline
    )
    with opened() as installation:
        _require_connectors(installation, connector)
        controllers.create_platform_keys(installation)
        made = controllers.create(installation, name, wanted)
    _print(made, json=json)


@app.command(
    epilog=examples(
        "chappe controller configure boutique --purpose offers --purpose receipts:service",
        "chappe controller configure boutique --connector email=relay,spare --history P2Y",
    )
)
def configure(
    name: Annotated[str | None, typer.Argument(help="May be left out where there is one.")] = None,
    purpose: PurposeOption = None,
    history: HistoryOption = None,
    connector: ConnectorsOption = None,
    stop_mention: StopOption = None,
    return_domain: DomainOption = None,
    inline: InlineOption = None,
    json: JsonFlag = False,
) -> None:
    """Change what was agreed with a controller; what is not given stays.

    --purpose adds to the purposes (NAME:none takes one away); --connector replaces the order of
    one channel (CHANNEL= means all of the channel again).
    """
    with opened() as installation:
        _require_connectors(installation, connector)
        before = _find(installation, whose(installation, name))
        wanted = _settings(
            before.settings, purpose, history, connector, stop_mention, return_domain, inline
        )
        after = controllers.configure(installation, before.name, wanted)
    _print(after, json=json)


@app.command(epilog=examples("chappe controller show", "chappe controller show boutique --json"))
def show(
    name: Annotated[str | None, typer.Argument(help="May be left out where there is one.")] = None,
    json: JsonFlag = False,
) -> None:
    """Show what was agreed with a controller."""
    with opened() as installation:
        found = _find(installation, whose(installation, name))
    _print(found, json=json)


@app.command("list", epilog=examples("chappe controller list", "chappe controller list --json"))
def list_(json: JsonFlag = False) -> None:
    """List all controllers."""
    with opened() as installation:
        found = [_shown(controller) for controller in controllers.every(installation)]
    if json:
        output.document(found)
        return
    output.table(
        ("controller", "alive", "purposes", "history"),
        [(one.controller, one.alive, _purposes(one), one.history) for one in found],
    )


app.add_typer(ending.app)


@accounts.command(
    "grant",
    epilog=examples(
        "chappe account grant shop-backend boutique", "chappe account grant back-office '*'"
    ),
)
def grant(
    account: Annotated[str, typer.Argument(help="Account of the broker.")],
    controller: Annotated[str, typer.Argument(help="Controller, or '*' for all.")],
) -> None:
    """Let a broker account put campaigns of a controller."""
    with opened() as installation:
        controllers.grant(installation, account, controller)
    output.say(f"{account} may put campaigns of {_whose(controller)}")


@accounts.command("revoke", epilog=examples("chappe account revoke shop-backend boutique"))
def revoke(
    account: Annotated[str, typer.Argument(help="Account of the broker.")],
    controller: Annotated[str, typer.Argument(help="Controller, or '*' for all.")],
) -> None:
    """Take back what was granted. Exit code 1 when nothing was, or another grant still holds."""
    with opened() as installation:
        left = controllers.revoke(installation, account, controller)
    if controllers.EVERY_CONTROLLER in left:
        output.refuse(
            f"taken back, but {account} may still put campaigns of {controller} by '*', for all"
            f" controllers; to take that back as well: chappe account revoke {account} '*'"
        )
    still = f"; it still may of: {', '.join(left)}" if left else ""
    output.say(f"{account} may no longer put campaigns of {_whose(controller)}{still}")


@accounts.command("list", epilog=examples("chappe account list --json"))
def list_accounts(json: JsonFlag = False) -> None:
    """List who may put campaigns of whom."""
    with opened() as installation:
        found = [
            Grant(account=account, controller=controller)
            for account, controller in controllers.grants(installation)
        ]
    if json:
        output.document(found)
        return
    output.table(("account", "controller"), [(one.account, one.controller) for one in found])


def read_purpose(text: str) -> tuple[str, Kind | None]:
    """Read NAME or NAME:KIND; the kind is None for NAME:none.

    Raises typer.BadParameter.
    """
    name, _, kind = text.partition(":")
    if kind == "none":
        return name, None
    try:
        return name, Kind(kind or Kind.MARKETING)
    except ValueError:
        msg = f"{text!r}: the kind is marketing or service"
        raise typer.BadParameter(msg, param_hint="--purpose") from None


def _settings(
    before: ControllerSettings,
    purpose: list[str] | None,
    history: str | None,
    connector: list[str] | None,
    stop_mention: str | None,
    return_domain: str | None,
    inline: bool | None,  # noqa: FBT001 (an option)
) -> ControllerSettings:
    purposes = dict(before.purposes)
    for name, kind in map(read_purpose, purpose or ()):
        if kind is None:
            purposes.pop(name, None)
        else:
            purposes[name] = kind
    order = dict(before.connectors)
    for text in connector or ():
        channel, names = _read_order(text)
        order[channel] = names
    return ControllerSettings(
        purposes=purposes,
        history=history or before.history,
        connectors={channel: names for channel, names in order.items() if names},
        stop_mention=stop_mention or before.stop_mention,
        return_domain=return_domain or before.return_domain,
        allow_inline=before.allow_inline if inline is None else inline,
    )


def _read_order(text: str) -> tuple[Channel, tuple[str, ...]]:
    channel, equals, names = text.partition("=")
    if not equals or channel not in set(Channel):
        msg = f"{text!r}: expected a channel and names, such as email=relay,spare"
        raise typer.BadParameter(msg, param_hint="--connector")
    return Channel(channel), tuple(name for name in names.split(",") if name)


def _require_connectors(installation: App, orders: list[str] | None) -> None:
    for channel, names in map(_read_order, orders or ()):
        connectors.require_carriers(installation, channel, names)


def _find(installation: App, name: str) -> Controller:
    with installation.db.read() as connection:
        return controllers.find(connection, name)


def _whose(controller: str) -> str:
    return "all controllers" if controller == controllers.EVERY_CONTROLLER else controller


def _shown(controller: Controller) -> ControllerShown:
    settings = controller.settings
    return ControllerShown(
        controller=controller.name,
        alive=controller.alive,
        purposes={name: kind.value for name, kind in settings.purposes.items()},
        history=settings.history,
        connectors={channel.value: names for channel, names in settings.connectors.items()},
        stop_mention=settings.stop_mention,
        return_domain=settings.return_domain,
        allow_inline=settings.allow_inline,
        created_at=output.moment(controller.created_at),
    )


def _purposes(one: ControllerShown) -> str:
    return ", ".join(f"{name} ({kind})" for name, kind in one.purposes.items()) or "none"


def _print(controller: Controller, *, json: bool) -> None:
    one = _shown(controller)
    if json:
        output.document(one)
        return
    orders = [f"{channel}: {' → '.join(names)}" for channel, names in one.connectors.items()]
    output.facts(
        {
            "controller": one.controller,
            "alive": one.alive,
            "purposes": _purposes(one),
            "history": one.history,
            "connectors": "; ".join(orders) or "all of each channel",
            "stop mention": one.stop_mention,
            "return domain": one.return_domain or "that of the installation",
            "inline recipients": one.allow_inline,
            "created": output.readable(one.created_at),
        }
    )
