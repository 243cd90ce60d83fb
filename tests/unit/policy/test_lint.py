"""A ruleset whose rules do not fit together is told so, before anything is sent by it."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given

from policy.known_words import TRUTHS
from policy.lint import lint
from policy.rule_kinds import (
    Addresses,
    Ban,
    Basis,
    Cap,
    Exemption,
    Hours,
    Layer,
    LocalHoliday,
    Numbers,
    OppositionList,
    Permitted,
    Rule,
    Ruleset,
    Sector,
    Selector,
    Window,
)
from policy.send_facts import EVIDENCE
from tests.unit.policy.random_rules import rulesets

SAID: dict[str, Any] = {"source": "law", "certainty": "law"}


def _ruleset(*rules: Rule, layer: Layer = "controller", **more: Any) -> Ruleset:
    return Ruleset(name="fr", title="x", layer=layer, rule=rules, **more)


def _said(*rules: Rule, **more: Any) -> list[str]:
    return [str(one) for one in lint(_ruleset(*rules, **more))]


def _hours(*spans: str, **more: Any) -> Hours:
    windows = tuple(Window(start=span[:5], end=span[-5:]) for span in spans)
    return Hours(id="fr.hours", windows=windows, **SAID, **more)


def _cap(name: str, most: int = 1, **more: Any) -> Cap:
    return Cap(id=name, most=most, days=3, **SAID, **more)


def _basis(name: str = "fr.basis", **more: Any) -> Basis:
    return Basis(id=name, **SAID, **more)


def test_a_sound_ruleset_is_silent() -> None:
    basis = _basis(one_of=(Permitted(type="consent", proof=tuple(EVIDENCE), true=tuple(TRUTHS)),))
    hours = _hours("08:00-12:00", "12:00-20:00", holidays=False)
    exemption = Exemption(
        rule="fr.hours", controller="c", reason="abc", author="p", until=date(2026, 1, 1)
    )
    holiday = LocalHoliday(places=("67",), month=12, day=26, source="law")
    sound = _ruleset(
        basis,
        hours,
        layer="platform",
        zone="Europe/Paris",
        exemption=(exemption,),
        local_holiday=(holiday,),
    )

    assert lint(sound, places={"67": 1}) == ()


def test_ids_are_unique_and_none_is_that_of_a_merged_layer() -> None:
    assert _said(_cap("a"), _cap("a", 2), _cap("controller.b", 3)) == [
        "error: a: 2 rules have this id; give each its own",
        (
            "error: controller.b: its id begins with the name of a layer, as only rules of merged "
            "layers do"
        ),
    ]


def test_a_window_opens_before_it_closes_and_overlaps_no_other() -> None:
    assert _said(_hours("20:00-06:00", "09:00-12:00", "08:00-10:00", "24:00-24:00")) == [
        "error: fr.hours: window 20:00–06:00 never opens; one past midnight is two windows",
        "error: fr.hours: window 24:00–24:00 never opens; one past midnight is two windows",
        "warning: fr.hours: windows 08:00–10:00 and 09:00–12:00 overlap",
    ]


def test_a_rule_begins_before_it_ends() -> None:
    never = _cap("a", valid_from=date(2026, 8, 11), valid_to=date(2026, 8, 10))

    assert _said(never) == [
        "error: a: never holds: valid_from 2026-08-11 is after valid_to 2026-08-10"
    ]
    assert _said(_cap("a", valid_from=date(2026, 8, 10), valid_to=date(2026, 8, 10))) == []


def test_an_exemption_is_the_platforms_and_of_a_rule_that_is_there() -> None:
    exemption = Exemption(
        rule="fr.cpa", controller="c1", reason="abc", author="p", until=date(2026, 1, 1)
    )

    assert _said(_cap("fr.cap"), exemption=(exemption,)) == [
        "error: fr.cpa: exemption of c1: only the platform may exempt",
        "error: fr.cpa: exemption of c1 from a rule that is not there; did you mean 'fr.cap'?",
    ]


def test_a_holiday_is_a_day_of_every_year_and_of_places_that_are_known() -> None:
    days = tuple(
        LocalHoliday(places=("67", "6777"), month=month, day=day, source="law")
        for month, day in ((2, 29), (12, 26))
    )
    ruleset = _ruleset(local_holiday=days)

    assert [str(one) for one in lint(ruleset)] == [
        "error: ruleset: holiday 02-29 is not a day of every year"
    ]
    assert [str(one) for one in lint(ruleset, places=["67", "677"])][1:] == [
        f"error: ruleset: holiday {day}: '6777' is no place that is known; did you mean '677'?"
        for day in ("02-29", "12-26")
    ]


@pytest.mark.parametrize("zone", ["Atlantis", "", "../x", "Europe", "a\0b"])
def test_a_zone_that_is_none_is_an_error(zone: str) -> None:
    assert _said(zone=zone) == [
        f"error: ruleset: zone {zone!r} is no time zone; expected Europe/Paris or such"
    ]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (_hours("00:00-12:00", "12:00-24:00"), "it is open all day, every day"),
        (
            Ban(id="fr.hours", when=Selector(channels=("sms",), voice_modes=("live",)), **SAID),
            "it is about modes of voice on other channels",
        ),
        (
            Numbers(id="fr.hours", kinds=("mobile",), when=Selector(channels=("email",)), **SAID),
            "it is about channels other than fax, sms, voice",
        ),
        (
            Addresses(
                id="fr.hours", refuse=("role",), when=Selector(channels=("sms", "fax")), **SAID
            ),
            "it is about channels other than email",
        ),
        (
            OppositionList(
                id="fr.hours",
                name="bloctel",
                read_within_days=30,
                when=Selector(bases=("consent",)),
                except_bases=("consent", "contract"),
                **SAID,
            ),
            "it excepts every basis that it is about",
        ),
    ],
)
def test_a_rule_that_can_never_restrict_anything_is_told(rule: Rule, why: str) -> None:
    assert _said(rule) == [f"warning: fr.hours: has no effect: {why}"]


def test_a_rule_that_may_restrict_something_is_not() -> None:
    live = Selector(channels=("sms", "voice"), voice_modes=("live",))
    numbers = Numbers(id="a", kinds=("mobile",), when=Selector(channels=("email", "sms")), **SAID)
    sector = Sector(id="b", refuse=("energy",), except_bases=("consent",), **SAID)
    partly = Sector(
        id="c",
        refuse=("energy",),
        when=Selector(bases=("consent", "contract")),
        except_bases=("consent",),
        **SAID,
    )

    assert _said(Ban(id="d", when=live, **SAID), numbers, sector, partly) == []
    assert _said(Ban(id="d", when=Selector(voice_modes=("live",)), **SAID)) == []
    assert _said(_hours("00:00-24:00", days=("mon",))) == []


def test_a_rule_that_says_the_same_as_another_is_told() -> None:
    again = Cap(id="b", most=1, days=3, source="guidance", certainty="house")

    assert _said(_cap("a"), again) == ["warning: b: has no effect: a says the same"]


@given(rulesets("platform"))
def test_every_ruleset_is_looked_through_errors_first(ruleset: Ruleset) -> None:
    found = lint(ruleset, places=())

    assert [one.severity for one in found] == sorted(one.severity for one in found)
    assert all(one.sentence for one in found)


def test_a_rule_on_time_about_email_is_told_to_need_places() -> None:
    """Of most addresses nobody knows the place, so such a rule denies where it was meant to wait."""
    mails = _said(_cap("mails", when=Selector(channels=("email",))))
    assert any("about email" in one for one in mails)
    calls = _said(_cap("calls", when=Selector(channels=("voice",))))
    assert not any("about email" in one for one in calls)
