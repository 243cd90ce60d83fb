"""Rulesets of lower layers beside those above them, put together as sends meet them."""

from collections.abc import Sequence
from typing import Annotated

import typer

from ops.cli import packs
from ops.cli.packs import Page
from ops.cli.policy_shapes import RulesetFaultShown
from ops.cli.policy_showing import fault_at, print_faults
from policy.layers import LayersMixed, LoosensRule, merge
from policy.reading import RulesetFault, read_ruleset
from policy.rule_kinds import Ruleset

UnderOption = Annotated[
    list[str] | None,
    typer.Option(
        "--under",
        metavar="RULESET",
        help="The ruleset of the layer above, for one of a controller or a campaign. For a"
        " campaign's give it twice: the platform's, then the controller's.",
    ),
]


def put_together(above: Sequence[str] | None, page: Page, ruleset: Ruleset) -> Ruleset:
    """Return a ruleset under those above it; alone where none is named.

    What it loosens is told, and ends the command.
    """
    uppers = [_upper(name) for name in above or ()]
    if not uppers:
        return ruleset
    found = _refused(uppers, page, ruleset)
    if found:
        print_faults(found)
        raise typer.Exit(1)
    return merge(*uppers, ruleset)


def loosened(above: Sequence[str] | None, page: Page, ruleset: Ruleset) -> list[RulesetFaultShown]:
    """Return what a ruleset would loosen of those above it, with lines."""
    uppers = [_upper(name) for name in above or ()]
    return _refused(uppers, page, ruleset) if uppers else []


def _refused(uppers: Sequence[Ruleset], page: Page, ruleset: Ruleset) -> list[RulesetFaultShown]:
    try:
        merge(*uppers, ruleset)
    except LoosensRule as fault:
        # What one of those above loosens is told where it is checked itself.
        return [
            fault_at(page, ruleset, one.rule, f"{one}; be as strict, or give it another id")
            for one in fault.loosened
        ]
    except LayersMixed:
        layers = ", ".join([*(one.layer for one in uppers), ruleset.layer])
        said = f"these are the layers {layers}; expected platform, controller, campaign, in order"
        return [fault_at(page, ruleset, "", said)]
    return []


def _upper(name: str) -> Ruleset:
    page = packs.ruleset(name)
    try:
        return read_ruleset(page.text)
    except RulesetFault:
        raise typer.BadParameter(
            f"{name} cannot be read; see: chappe policy lint {name}", param_hint="--under"
        ) from None
