"""A controller as commands show it."""

from engine.controllers import Controller
from ops.cli import output
from ops.cli.shapes import ControllerShown


def controller_shown(controller: Controller) -> ControllerShown:
    """Return a controller as it is shown."""
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
        sectors=settings.sectors,
        senders={channel.value: names for channel, names in settings.senders.items()},
        created_at=output.moment(controller.created_at),
    )


def purposes_in_words(one: ControllerShown) -> str:
    """Return what campaigns may be for, as one line."""
    return ", ".join(f"{name} ({kind})" for name, kind in one.purposes.items()) or "none"


def _advertised(sectors: tuple[str, ...] | None) -> str:
    if sectors is None:
        return "not said"
    return ", ".join(sectors) or "nothing of a sector that rules name"


def print_controller(controller: Controller, *, json: bool) -> None:
    """Write what was agreed with a controller."""
    one = controller_shown(controller)
    if json:
        output.document(one)
        return
    orders = [f"{channel}: {' → '.join(names)}" for channel, names in one.connectors.items()]
    shown = [f"{channel}: {', '.join(names)}" for channel, names in one.senders.items()]
    output.facts(
        {
            "controller": one.controller,
            "alive": one.alive,
            "purposes": purposes_in_words(one),
            "history": one.history,
            "connectors": "; ".join(orders) or "all of each channel",
            "stop mention": one.stop_mention,
            "return domain": one.return_domain or "that of the installation",
            "inline recipients": one.allow_inline,
            "advertises": _advertised(one.sectors),
            "senders": "; ".join(shown) or "none is approved",
            "created": output.readable(one.created_at),
        }
    )
