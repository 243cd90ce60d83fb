"""Small rulesets as an admin writes them, for each layer, and what to apply them with."""

from typing import Any

from engine.policy_changes import Wish

BASIS = """\
[[rule]]
kind = "basis"
id = "basis"
source = "for tests"
certainty = "house"
one_of = [{ type = "consent" }, { type = "contract" }]
"""
HOURS = """\
[[rule]]
kind = "hours"
id = "hours"
source = "for tests"
certainty = "house"
windows = [{{ start = "{start}", end = "{end}" }}]
holidays = true
"""
CASES = """\
[[case]]
title = "at noon"
at = "2026-11-24T12:00"
given = { channel = "sms", basis = "contract", place = "75", withdrawn = false }
then = { verdict = "allow" }
"""
AT_NIGHT = """\
[[case]]
title = "at night"
at = "2026-11-24T23:00"
given = { channel = "sms", basis = "contract", place = "75", withdrawn = false }
then = { verdict = "defer", rule = "hours" }
"""


def head(layer: str, name: str) -> str:
    return f'name = "{name}"\ntitle = "For tests"\nlayer = "{layer}"\n'


def hours(start: str = "08:00", end: str = "20:00", *, layer: str = "platform") -> str:
    """Return a ruleset that opens from one hour to another; on the platform it permits, too."""
    basis = BASIS if layer == "platform" else ""
    return head(layer, "ours") + basis + HOURS.format(start=start, end=end)


def wish(text: str | None = None, **changes: Any) -> Wish:
    """Return the wish to apply a ruleset; lower layers have no cases unless they are given."""
    chosen = hours() if text is None else text
    lower = {"cases": None, "without_cases": True} if 'layer = "platform"' not in chosen else {}
    return Wish(**{"text": chosen, "cases": CASES, "reason": "for tests"} | lower | changes)
