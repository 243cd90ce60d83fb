"""Rules in TOML, a line of Python each, for scenarios that need a ruleset of their own."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from engine.clock import Millis
from tests.open_rules import OPEN

_HEAD = 'name = "ours"\ntitle = "For tests"\nlayer = "{layer}"\n'
PARIS = ZoneInfo("Europe/Paris")


def rule(kind: str, name: str, /, **parameters: object) -> str:
    """Return one rule; ``parameters`` are those of its kind."""
    given = {"kind": kind, "id": name, "source": "for tests", "certainty": "house"} | parameters
    lines = [f"{key} = {_toml(value)}" for key, value in given.items()]
    return "\n".join(["[[rule]]", *lines, ""])


def hours(start: str, end: str, name: str = "hours", **parameters: object) -> str:
    return rule("hours", name, windows=[{"start": start, "end": end}], **parameters)


def cap(most: int, days: int, name: str = "often", **parameters: object) -> str:
    return rule("cap", name, most=most, days=days, **parameters)


def ruleset(*rules: str, layer: str = "platform") -> str:
    """Return rules of one layer; on the platform, any basis is enough."""
    head = OPEN if layer == "platform" else _HEAD.format(layer=layer)
    return "\n".join([head, *rules])


def in_paris(written: str) -> Millis:
    """Return an instant from what clocks show in Paris."""
    return round(datetime.fromisoformat(written).replace(tzinfo=PARIS).timestamp() * 1000)


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return json.dumps(value)
