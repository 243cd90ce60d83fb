"""The rules that a benchmark sends under: all open, or all of those for France."""

from typing import Final

from engine.app import App
from engine.policy_changes import Wish, apply_ruleset
from ops.cli import packs

_FRENCH: Final = "fr"
_OPEN: Final = """\
name = "open"
title = "Everything may leave"
layer = "platform"

[[rule]]
kind = "basis"
id = "open.basis"
source = "What is measured or broken on purpose is not the law"
certainty = "house"
one_of = [
    { type = "consent" }, { type = "soft_opt_in" }, { type = "legitimate_interest" },
    { type = "contract" }, { type = "legal_obligation" }, { type = "vital_interest" },
    { type = "public_task" },
]
"""
_OPEN_CASES: Final = """\
[[case]]
title = "in the middle of the night"
at = "2026-11-24T02:00"
given = { channel = "sms", basis = "consent", place = "75", withdrawn = false }
then = { verdict = "allow" }
"""


def open_everything(app: App) -> None:
    """Let everything through from now on: no hours, no caps, no proof."""
    apply_ruleset(app, Wish(_OPEN, _OPEN_CASES, "what is measured is not the rules"))


def hold_to_french_rules(app: App) -> None:
    """Let the whole French ruleset hold from now on, in place of whatever held."""
    cases = packs.cases(_FRENCH)
    text = packs.ruleset(_FRENCH).text
    apply_ruleset(app, Wish(text, None if cases is None else cases.text, "the rules are measured"))
