"""A ruleset that lets everything through, for tests of anything but policy."""

from engine.app import App
from engine.store import rulesets
from engine.store.rulesets import RulesetRow
from policy.reading import content_hash, read_ruleset

OPEN = """
name = "open"
title = "Everything may leave"
layer = "platform"

[[rule]]
kind = "basis"
id = "open.basis"
source = "for tests"
certainty = "house"
one_of = [
    { type = "consent" }, { type = "soft_opt_in" }, { type = "legitimate_interest" },
    { type = "contract" }, { type = "legal_obligation" }, { type = "vital_interest" },
    { type = "public_task" },
]
"""


def lay_down(
    app: App, text: str = OPEN, *, controller: int = 0, campaign: str = "", since: int | None = None
) -> None:
    """Let a ruleset hold, from now on or since another instant."""
    ruleset = read_ruleset(text)
    now = app.clock.now()
    row = RulesetRow(
        id=0,
        layer=ruleset.layer,
        scope=controller,
        campaign=campaign,
        name=ruleset.name,
        version=content_hash(ruleset),
        text=text,
        cases="",
        effective_at=0 if since is None else since,
        applied_at=now,
        actor="operator",
        reason="for tests",
    )
    with app.db.write() as connection:
        rulesets.take_turn(connection)
        rulesets.insert(connection, row)
