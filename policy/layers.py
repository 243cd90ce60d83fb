"""Puts the rulesets of the platform, a controller and a campaign together: lower is never looser.

The rules of all layers hold together. As a rule can only restrict, that alone keeps a lower layer
from loosening anything; three things would mislead all the same, and are refused: a rule that says
less than the one of the same ``id`` above it, an exemption, and dates of another zone.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from policy.rule_kinds import Basis, Layer, Rule, Ruleset
from policy.strictness import looser

ORDER: tuple[Layer, ...] = ("platform", "controller", "campaign")


@dataclass(frozen=True, slots=True)
class Loosened:
    """A rule that a lower layer would loosen, and how: each parameter in words."""

    rule: str
    layer: Layer
    looser: tuple[str, ...]

    def __str__(self) -> str:
        return f"the {self.layer} loosens {self.rule}: {'; '.join(self.looser)}"


class LoosensRule(ValueError):
    """A lower layer is looser than an upper one. ``loosened`` are all rules that it loosens."""

    def __init__(self, loosened: tuple[Loosened, ...]) -> None:
        super().__init__("\n".join(map(str, loosened)))
        self.loosened = loosened


class LayersMixed(ValueError):
    """Rulesets were not given as the platform's, the controller's and the campaign's."""


def merge(*rulesets: Ruleset) -> Ruleset:
    """Return one ruleset with the rules of all, in the order platform, controller, campaign.

    Rules of lower layers have their layer before their id: ``controller.fr.sms.hours``. Raises
    ``LoosensRule`` with everything that a lower layer would loosen, ``LayersMixed`` for another
    order, no ruleset, or two of one layer.
    """
    ranks = [ORDER.index(ruleset.layer) for ruleset in rulesets]
    if not ranks or ranks != sorted(set(ranks)):
        raise LayersMixed("give the rulesets of platform, controller, campaign, in this order")
    loosened = tuple(_loosened(rulesets))
    if loosened:
        raise LoosensRule(loosened)
    return union(*rulesets)


def union(top: Ruleset, *lower: Ruleset) -> Ruleset:
    """Return the same without asking whether a lower layer would mislead.

    It cannot loosen anything: its rules only add to those above. For rulesets that were found in
    order when they were applied, whatever has changed above them since.
    """
    return replace(
        top,
        rule=(*top.rule, *(_lowered(rule, one.layer) for one in lower for rule in one.rule)),
        local_holiday=tuple(day for one in (top, *lower) for day in one.local_holiday),
    )


def _lowered(rule: Rule, layer: Layer) -> Rule:
    named = f"{layer}.{rule.id}"
    # What the platform is silent about is not contacted; a lower layer must not speak in its place.
    return (
        replace(rule, id=named, covers=False)
        if isinstance(rule, Basis)
        else replace(rule, id=named)
    )


def _loosened(rulesets: tuple[Ruleset, ...]) -> Iterator[Loosened]:
    for place, ruleset in enumerate(rulesets):
        above = [rule for upper in rulesets[:place] for rule in upper.rule]
        for rule in ruleset.rule:
            words = tuple(
                word for upper in above if upper.id == rule.id for word in looser(upper, rule)
            )
            words += _misdated(rule, ruleset.zone, rulesets[0].zone)
            if words:
                yield Loosened(rule.id, ruleset.layer, words)
        if ruleset.layer != "platform":
            for exemption in ruleset.exemption:
                words = (f"exemption of {exemption.controller}, which only the platform may give",)
                yield Loosened(exemption.rule, ruleset.layer, words)


def _misdated(rule: Rule, zone: str, read_in: str) -> tuple[str, ...]:
    dated = rule.valid_from is not None or rule.valid_to is not None
    return (f"its dates are of zone {zone}, not {read_in}",) if dated and zone != read_in else ()
