"""The first rules of an installation: without any on the platform nothing is sent."""

from typing import Final

from engine.app import App
from engine.policy_changes import RulesetRefused, Wish, apply_ruleset
from engine.ruleset_examination import examine
from ops.cli import packs
from ops.cli.wishes import Log, Wishes
from policy.layers import ORDER

DEFAULT: Final = "fr"
_REASON: Final = "first rules, by chappe init"


def require_usable(name: str) -> None:
    """Refuse rules that could not hold before anything is made for them.

    Raises RulesetRefused, typer.BadParameter where there are none of this name, OSError.
    """
    page, cases = packs.ruleset(name), packs.cases(name)
    examined = examine(page.text, None if cases is None else cases.text)
    if examined.objections:
        raise RulesetRefused(examined)


def lay_down(installation: App, wishes: Wishes, log: Log) -> None:
    """Let a ruleset hold on the platform if none does; it is on record like any other change."""
    now = installation.clock.now()
    held = installation.rulebook.current().in_force(0, "", now)
    if held and held[0].layer == ORDER[0]:
        log.kept.append(f"rules of the platform: {held[0].name} {held[0].version}")
        return
    name = wishes.policy or DEFAULT
    page, cases = packs.ruleset(name), packs.cases(name)
    made = apply_ruleset(
        installation, Wish(page.text, None if cases is None else cases.text, _REASON)
    )
    log.made.append(f"rules of the platform: {made.name} {made.after}, {made.cases} cases pass")
