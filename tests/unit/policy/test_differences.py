"""An admin reads in words what changes, and whether anything becomes looser."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from msgspec.structs import replace

from policy.differences import differences
from policy.rule_kinds import (
    Ban,
    Basis,
    Cap,
    Exemption,
    Hours,
    LocalHoliday,
    Permitted,
    Rule,
    Ruleset,
    Selector,
    Window,
)
from tests.unit.policy.random_rules import pairs, rulesets

SAID: dict[str, Any] = {"source": "law", "certainty": "law"}
HOURS = Hours(id="fr.sms.hours", windows=(Window(start="08:00", end="20:00"),), **SAID)
CAP = Cap(id="fr.cap", most=4, days=30, **SAID)
BAN = Ban(id="fr.ban", when=Selector(channels=("fax",)), **SAID)
BASIS = Basis(
    id="fr.basis", when=Selector(channels=("sms",)), one_of=(Permitted(type="consent"),), **SAID
)
EXEMPTION = Exemption(
    rule="fr.cap", controller="c1", reason="a trial", author="p", until=date(2026, 12, 31)
)
HOLIDAY = LocalHoliday(places=("67", "68"), month=12, day=26, source="a law")


def _ruleset(*rules: Rule, **more: Any) -> Ruleset:
    return Ruleset(name="fr", title="x", layer="platform", rule=rules, **more)


def _said(before: Ruleset, after: Ruleset) -> list[str]:
    return [change.sentence for change in differences(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            HOURS,
            replace(HOURS, windows=(Window(start="09:00", end="19:00"),)),
            ["fr.sms.hours: windows 08:00–20:00 → 09:00–19:00: stricter"],
        ),
        (
            HOURS,
            replace(HOURS, windows=(Window(start="07:00", end="21:00"),)),
            ["fr.sms.hours: windows 08:00–20:00 → 07:00–21:00: looser"],
        ),
        (
            HOURS,
            replace(HOURS, windows=(Window(start="09:00", end="21:00"),)),
            ["fr.sms.hours: windows 08:00–20:00 → 09:00–21:00: other"],
        ),
        (
            CAP,
            replace(CAP, most=3, days=7, source="guidance", valid_to=date(2026, 1, 1)),
            [
                "fr.cap: valid_to for good → 2026-01-01: looser",
                "fr.cap: most 4 → 3: stricter",
                "fr.cap: days 30 → 7: looser",
                "fr.cap: source law → guidance: other",
            ],
        ),
        (BAN, replace(CAP, id="fr.ban"), ["fr.ban: kind ban → cap: other"]),
        (BAN, replace(BAN, when=Selector()), ["fr.ban: when.channels fax → all: stricter"]),
        (BASIS, replace(BASIS, when=Selector()), ["fr.basis: when.channels sms → all: other"]),
        (
            replace(BASIS, covers=False),
            replace(BASIS, covers=False, when=Selector()),
            ["fr.basis: when.channels sms → all: stricter"],
        ),
        (BASIS, replace(BASIS, one_of=()), ["fr.basis: one_of consent → none: stricter"]),
        (BASIS, replace(BASIS, covers=False), ["fr.basis: covers yes → no: stricter"]),
    ],
)
def test_each_changed_parameter_says_its_direction(
    before: Rule, after: Rule, said: list[str]
) -> None:
    assert _said(_ruleset(before), _ruleset(after)) == said


def test_a_rule_that_comes_is_stricter_and_one_that_goes_is_looser() -> None:
    assert _said(_ruleset(CAP), _ruleset(BAN)) == [
        "fr.ban: added (ban): stricter",
        "fr.cap: removed (cap): looser",
    ]


def test_a_rule_about_bases_restricts_and_opens_at_once() -> None:
    assert _said(_ruleset(), _ruleset(BASIS)) == ["fr.basis: added (basis): other"]
    assert _said(_ruleset(BASIS), _ruleset()) == ["fr.basis: removed (basis): other"]
    covered = _ruleset(replace(BASIS, covers=False))
    assert _said(_ruleset(), covered) == ["fr.basis: added (basis): stricter"]


def test_exemptions_holidays_and_what_stands_at_the_top_are_told() -> None:
    after = _ruleset(zone="Europe/Paris", exemption=(EXEMPTION,), local_holiday=(HOLIDAY,))

    assert _said(_ruleset(), after) == [
        "ruleset: zone UTC → Europe/Paris: other",
        "fr.cap: exemption of c1 until 2026-12-31 (a trial, by p) added: looser",
        "ruleset: holiday 12-26 of 67, 68 added: stricter",
    ]
    assert _said(after, _ruleset())[1:] == [
        "fr.cap: exemption of c1 until 2026-12-31 (a trial, by p) removed: stricter",
        "ruleset: holiday 12-26 of 67, 68 removed: looser",
    ]


def test_rules_that_share_an_id_are_compared_one_by_one() -> None:
    assert _said(_ruleset(CAP, CAP), _ruleset(CAP, replace(CAP, most=1))) == [
        "fr.cap: most 4 → 1: stricter"
    ]


@given(rulesets("platform"))
def test_nothing_changes_from_a_ruleset_to_itself_in_any_order(ruleset: Ruleset) -> None:
    assert differences(ruleset, replace(ruleset, rule=ruleset.rule[::-1])) == ()
    both = _ruleset(*ruleset.rule, exemption=(EXEMPTION,), local_holiday=(HOLIDAY,))
    assert differences(both, both) == ()


@given(pairs())
def test_what_is_stricter_one_way_is_looser_the_other_way(both: tuple[Rule, Rule]) -> None:
    rule, other = both[0], replace(both[1], id=both[0].id)
    there = differences(_ruleset(rule), _ruleset(other))
    back = differences(_ruleset(other), _ruleset(rule))
    opposite = {"stricter": "looser", "looser": "stricter", "other": "other"}

    assert [opposite[change.direction] for change in there] == [change.direction for change in back]
    assert bool(there) == (rule != other)
