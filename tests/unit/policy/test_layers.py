"""A lower layer is never looser: whatever it says, what was refused above stays refused."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from msgspec.structs import replace

from policy.layers import LayersMixed, LoosensRule, merge
from policy.rule_kinds import (
    Basis,
    Cap,
    Exemption,
    Hours,
    Layer,
    LocalHoliday,
    Permitted,
    Rule,
    Ruleset,
    Window,
)
from tests.unit.policy.random_rules import pairs, rulesets

EXEMPTION = Exemption(
    rule="fr.cap", controller="c1", reason="a trial", author="p", until=date(2026, 12, 31)
)
HOLIDAY = LocalHoliday(places=("67",), month=12, day=26, source="a law")


def _ruleset(layer: Layer, *rules: Rule, **more: Any) -> Ruleset:
    return Ruleset(name=layer, title="x", layer=layer, rule=rules, **more)


def _cap(most: int, days: int = 30, **more: Any) -> Cap:
    return Cap(id="fr.cap", source="law", certainty="law", most=most, days=days, **more)


def _hours(start: str, end: str) -> Hours:
    return Hours(
        id="fr.hours", source="law", certainty="law", windows=(Window(start=start, end=end),)
    )


def test_the_rules_of_all_layers_hold_together() -> None:
    merged = merge(
        _ruleset("platform", _cap(4), exemption=(EXEMPTION,), zone="Europe/Paris"),
        _ruleset("controller", _cap(3), local_holiday=(HOLIDAY,)),
        _ruleset("campaign", _cap(3, 31), _hours("09:00", "18:00")),
    )

    assert [rule.id for rule in merged.rule] == [
        "fr.cap",
        "controller.fr.cap",
        "campaign.fr.cap",
        "campaign.fr.hours",
    ]
    assert (merged.layer, merged.name, merged.zone) == ("platform", "platform", "Europe/Paris")
    assert merged.exemption == (EXEMPTION,)
    assert merged.local_holiday == (HOLIDAY,)


def test_every_loosening_is_refused_by_the_name_of_its_rule() -> None:
    with pytest.raises(LoosensRule) as caught:
        merge(
            _ruleset("platform", _cap(4), _hours("08:00", "20:00")),
            _ruleset("controller", _cap(5, 7), _hours("07:00", "20:00")),
        )

    assert str(caught.value) == (
        "the controller loosens fr.cap: most 4 → 5; days 30 → 7\n"
        "the controller loosens fr.hours: windows 08:00–20:00 → 07:00–20:00"
    )
    assert [one.rule for one in caught.value.loosened] == ["fr.cap", "fr.hours"]


def test_a_campaign_is_bound_by_what_its_controller_made_stricter() -> None:
    with pytest.raises(LoosensRule, match=r"the campaign loosens fr\.cap: most 2 → 3"):
        merge(
            _ruleset("platform", _cap(4)),
            _ruleset("controller", _cap(2)),
            _ruleset("campaign", _cap(3)),
        )


def test_only_the_platform_exempts() -> None:
    with pytest.raises(LoosensRule, match=r"controller loosens fr\.cap: exemption of c1, which"):
        merge(_ruleset("platform", _cap(4)), _ruleset("controller", exemption=(EXEMPTION,)))


def test_dates_of_another_zone_are_refused_as_they_would_be_read_otherwise() -> None:
    above = _ruleset("platform", zone="Europe/Paris")
    dated = _cap(4, valid_from=date(2026, 1, 1))

    with pytest.raises(LoosensRule, match="its dates are of zone UTC, not Europe/Paris"):
        merge(above, _ruleset("controller", dated))
    with pytest.raises(LoosensRule, match="its dates are of zone UTC"):
        merge(above, _ruleset("campaign", _cap(4, valid_to=date(2026, 1, 1))))
    assert merge(above, _ruleset("controller", dated, zone="Europe/Paris")).rule


def test_a_lower_layer_opens_nothing_that_the_platform_is_silent_about() -> None:
    basis = Basis(
        id="b", source="law", certainty="law", one_of=(Permitted(type="legitimate_interest"),)
    )

    merged = merge(_ruleset("platform", basis), _ruleset("controller", replace(basis, id="c")))

    assert [rule.covers for rule in merged.rule if isinstance(rule, Basis)] == [True, False]


@pytest.mark.parametrize(
    "layers",
    [(), ("controller", "platform"), ("platform", "platform"), ("platform", "campaign") * 2],
)
def test_layers_come_once_each_and_in_their_order(layers: tuple[Layer, ...]) -> None:
    with pytest.raises(LayersMixed):
        merge(*map(_ruleset, layers))


@given(rulesets("platform"), rulesets("controller"), rulesets("campaign"))
def test_every_rule_of_an_upper_layer_is_still_there_word_for_word(
    platform: Ruleset, controller: Ruleset, campaign: Ruleset
) -> None:
    lower = [replace(one, zone=platform.zone) for one in (controller, campaign)]
    merged = merge(platform, *lower)

    assert merged.rule[: len(platform.rule)] == platform.rule
    assert len(merged.rule) == len(platform.rule) + sum(len(one.rule) for one in lower)
    assert merge(platform) == platform
    assert merge(platform, lower[0]).rule == merged.rule[: len(merged.rule) - len(campaign.rule)]


@given(pairs())
def test_a_rule_said_again_is_either_no_looser_or_refused_by_name(both: tuple[Rule, Rule]) -> None:
    upper, lower = both
    layers = _ruleset("platform", upper), _ruleset("controller", replace(lower, id=upper.id))
    try:
        merged = merge(*layers)
    except LoosensRule as fault:
        refused = [one.rule for one in fault.loosened]
    else:
        refused = []
        assert merged.rule[0] == upper
    assert refused in ([], [upper.id])
