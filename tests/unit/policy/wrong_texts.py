"""A ruleset and its cases as an admin writes them right, and how to write a part of them wrong."""

from ops.cli.packs import Page
from ops.cli.policy_showing import fault_shown, findings_shown
from policy.reading import RulesetFault, read_ruleset

RULESET = """\
name = "ours"
title = "Ours"
layer = "platform"
zone = "Europe/Paris"

[[rule]]
kind = "basis"
id = "ours.basis"
source = "our lawyer"
certainty = "house"
one_of = [{ type = "consent", proof = ["given_at"] }, { type = "contract" }]

[[rule]]
kind = "hours"
id = "ours.hours"
source = "our house"
certainty = "house"
when = { channels = ["sms"], countries = ["FR"] }
days = ["mon", "tue"]
windows = [{ start = "08:00", end = "20:00" }]
holidays = false
valid_from = 2026-01-01

[[rule]]
kind = "cap"
id = "ours.cap"
source = "our house"
certainty = "house"
most = 2
days = 7

[[exemption]]
rule = "ours.cap"
controller = "clinic"
reason = "agreed"
author = "counsel"
until = 2027-06-30

[[local_holiday]]
places = ["67"]
month = 12
day = 26
source = "local law"
"""
CASES = """\
[usual]
channel = "sms"
place = "75"

[facts.customer]
relation = "b2c_customer"
basis = "soft_opt_in"

[[case]]
title = "at night"
at = "2026-11-24T23:00"
given = { use = ["customer"] }
unknown = ["country"]
then = { verdict = "defer", reason = "hours", until = "2026-11-25T08:00", rule = "ours.hours" }
"""


def wrong(text: str, right: str, instead: str) -> str:
    """Return a text with the first ``right`` in it written otherwise."""
    assert right in text
    return text.replace(right, instead, 1)


def more(kind: str, *lines: str) -> str:
    """Return the ruleset with one rule more, from line 46 on: its own lines from line 51."""
    head = f'\n[[rule]]\nkind = "{kind}"\nid = "ours.more"\nsource = "our house"\n'
    return RULESET + head + 'certainty = "house"\n' + "\n".join(lines) + "\n"


def found_in(text: str | bytes) -> list[str]:
    """Return all that `chappe policy lint` tells of a text, a line each."""
    page = Page("ours.toml", text if isinstance(text, str) else "")
    try:
        shown = findings_shown(page, read_ruleset(text))
    except RulesetFault as fault:
        shown = [fault_shown(page, one) for one in fault.faults]
    return [
        f"{'warning: ' if one.severity == 'warning' else ''}line {one.line}: {one.subject}:"
        f" {one.sentence}"
        for one in shown
    ]
