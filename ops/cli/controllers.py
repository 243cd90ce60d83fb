"""``chappe controller``: the clients, and what was agreed with each."""

from typing import Annotated

import msgspec
import typer

from channels.contract import Channel
from engine import connectors, controllers
from engine.app import App
from engine.controllers import Controller, ControllerSettings
from engine.wire.job import Kind
from ops.cli import ending, output
from ops.cli.controller_showing import controller_shown, print_controller, purposes_in_words
from ops.cli.options import JsonFlag, examples, new_app
from ops.cli.session import opened, whose

app = new_app("Controllers: the clients on whose behalf campaigns are sent.")

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
SectorOption = Annotated[
    list[str] | None,
    typer.Option(
        "--sector",
        metavar="NAME",
        help="All that it advertises, such as energy_works, unless a campaign says so itself."
        " Repeatable.",
    ),
]
NoSectorsFlag = Annotated[
    bool, typer.Option("--no-sectors", help="It advertises nothing of a sector that rules name.")
]
SenderOption = Annotated[
    list[str] | None,
    typer.Option(
        "--sender",
        metavar="CHANNEL=NAME",
        help="All that it may show as the sender on a channel: a name, a number or an address."
        " Repeatable; CHANNEL= for none.",
    ),
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
    sector: SectorOption = None,
    no_sectors: NoSectorsFlag = False,
    sender: SenderOption = None,
    json: JsonFlag = False,
) -> None:
    """Add a controller, with keys of its own."""
    wanted = _with_advertised(
        _settings(
            ControllerSettings(), purpose, history, connector, stop_mention, return_domain, inline
        ),
        read_sectors(sector, none=no_sectors),
        sender,
    )
    with opened() as installation:
        _require_connectors(installation, connector)
        controllers.create_platform_keys(installation)
        made = controllers.create(installation, name, wanted)
    print_controller(made, json=json)


@app.command(
    epilog=examples(
        "chappe controller configure boutique --purpose offers --purpose receipts:service",
        "chappe controller configure boutique --connector email=relay,spare --history P2Y",
        "chappe controller configure boutique --sector energy_works --sender sms=BOUTIQUE",
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
    sector: SectorOption = None,
    no_sectors: NoSectorsFlag = False,
    sender: SenderOption = None,
    json: JsonFlag = False,
) -> None:
    """Change what was agreed with a controller; what is not given stays.

    --purpose adds to the purposes (NAME:none takes one away); --connector replaces the order of
    one channel (CHANNEL= means all of the channel again). --sector replaces what it advertises,
    --sender whom it may show on the channels that are given.
    """
    sectors = read_sectors(sector, none=no_sectors)
    with opened() as installation:
        _require_connectors(installation, connector)
        before = _find(installation, whose(installation, name))
        wanted = _with_advertised(
            _settings(
                before.settings, purpose, history, connector, stop_mention, return_domain, inline
            ),
            sectors,
            sender,
        )
        after = controllers.configure(installation, before.name, wanted)
    print_controller(after, json=json)


@app.command(epilog=examples("chappe controller show", "chappe controller show boutique --json"))
def show(
    name: Annotated[str | None, typer.Argument(help="May be left out where there is one.")] = None,
    json: JsonFlag = False,
) -> None:
    """Show what was agreed with a controller."""
    with opened() as installation:
        found = _find(installation, whose(installation, name))
    print_controller(found, json=json)


@app.command("list", epilog=examples("chappe controller list", "chappe controller list --json"))
def list_(json: JsonFlag = False) -> None:
    """List all controllers."""
    with opened() as installation:
        found = [controller_shown(controller) for controller in controllers.every(installation)]
    if json:
        output.document(found)
        return
    output.table(
        ("controller", "alive", "purposes", "history"),
        [(one.controller, one.alive, purposes_in_words(one), one.history) for one in found],
    )


app.add_typer(ending.app)


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
    return msgspec.structs.replace(
        before,
        purposes=purposes,
        history=history or before.history,
        connectors={channel: names for channel, names in order.items() if names},
        stop_mention=stop_mention or before.stop_mention,
        return_domain=return_domain or before.return_domain,
        allow_inline=before.allow_inline if inline is None else inline,
    )


def read_sectors(given: list[str] | None, *, none: bool) -> tuple[str, ...] | None:
    """Return the sectors that were given; None: nothing was said of them.

    Raises typer.BadParameter.
    """
    if none and given:
        raise typer.BadParameter("give --sector or --no-sectors, not both")
    return tuple(dict.fromkeys(given or ())) if none or given else None


def _with_advertised(
    before: ControllerSettings, sectors: tuple[str, ...] | None, senders: list[str] | None
) -> ControllerSettings:
    """Return settings with what is advertised, and by whom, as far as it was given."""
    shown: dict[Channel, tuple[str, ...]] = {}
    for channel, name in map(_read_sender, senders or ()):
        shown[channel] = (*shown.get(channel, ()), *((name,) if name else ()))
    return msgspec.structs.replace(
        before,
        sectors=before.sectors if sectors is None else sectors,
        senders={channel: names for channel, names in (before.senders | shown).items() if names},
    )


def _read_sender(text: str) -> tuple[Channel, str]:
    channel, equals, name = text.partition("=")
    if not equals or channel not in set(Channel):
        msg = f"{text!r}: expected a channel and a sender, such as sms=BOUTIQUE"
        raise typer.BadParameter(msg, param_hint="--sender")
    return Channel(channel), name.strip()


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
