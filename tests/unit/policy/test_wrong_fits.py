"""Rules and exemptions that are written right and cannot be meant so."""

import pytest

from tests.unit.policy.wrong_texts import RULESET, found_in, wrong


@pytest.mark.parametrize(
    ("right", "instead", "told"),
    [
        pytest.param(
            'ours.cap"',
            'ours.hours"',
            [
                "line 13: rule ours.hours: 2 rules have this id; give each its own",
                "line 32: rule ours.cap: exemption of clinic from a rule that is not there; did you mean 'ours.basis'?",
            ],
            id="same id",
        ),
        pytest.param(
            "valid_from = 2026-01-01",
            "valid_from = 2026-12-31\nvalid_to = 2026-01-01",
            [
                "line 13: rule ours.hours: never holds: valid_from 2026-12-31 is after valid_to 2026-01-01"
            ],
            id="dates swapped",
        ),
        pytest.param(
            '"08:00", end = "20:00"',
            '"22:00", end = "06:00"',
            [
                "line 20: rule ours.hours: window 22:00–06:00 never opens; one past midnight is two windows"
            ],
            id="over midnight",
        ),
        pytest.param(
            '"08:00", end = "20:00"',
            '"08:00", end = "08:00"',
            [
                "line 20: rule ours.hours: window 08:00–08:00 never opens; one past midnight is two windows"
            ],
            id="window same",
        ),
        pytest.param(
            '["FR"]',
            '["XX"]',
            [
                "line 18: rule ours.hours: when.countries: 'XX' is the code of no country (ISO 3166-1)"
            ],
            id="country unknown code",
        ),
        pytest.param(
            '["FR"]',
            '["UK"]',
            [
                "line 18: rule ours.hours: when.countries: 'UK' is the code of no country (ISO 3166-1); did you mean 'GB'?"
            ],
            id="country UK",
        ),
        pytest.param(
            "Europe/Paris",
            "Paris",
            ["line 4: ruleset: zone 'Paris' is no time zone; did you mean 'Europe/Paris'?"],
            id="zone wrong",
        ),
        pytest.param(
            "Europe/Paris",
            "UTC+1",
            ["line 4: ruleset: zone 'UTC+1' is no time zone; expected Europe/Paris or such"],
            id="zone CET",
        ),
        pytest.param(
            "Europe/Paris",
            "europe/paris",
            ["line 4: ruleset: zone 'europe/paris' is no time zone; did you mean 'Europe/Paris'?"],
            id="zone case",
        ),
        pytest.param(
            'rule = "ours.cap"',
            'rule = "ours.capp"',
            [
                "line 32: rule ours.capp: exemption of clinic from a rule that is not there; did you mean 'ours.cap'?"
            ],
            id="exempt nothing",
        ),
        pytest.param(
            '"platform"',
            '"controller"',
            ["line 32: rule ours.cap: exemption of clinic: only the platform may exempt"],
            id="exempt in controller layer",
        ),
        pytest.param(
            'rule = "ours.cap"',
            'rule = "cap"',
            [
                "line 32: rule cap: exemption of clinic from a rule that is not there; write the id of a rule of this ruleset"
            ],
            id="exempt from kind",
        ),
        pytest.param(
            "month = 12\nday = 26",
            "month = 2\nday = 31",
            ["line 39: ruleset: holiday 02-31 is not a day of every year"],
            id="holiday 31 feb",
        ),
        pytest.param(
            "month = 12\nday = 26",
            "month = 2\nday = 29",
            ["line 39: ruleset: holiday 02-29 is not a day of every year"],
            id="holiday 29 feb",
        ),
        pytest.param(
            '["67"]',
            '["Alsace"]',
            [
                "line 39: ruleset: holiday 12-26: 'Alsace' is no place that is known; places are 75, 20, 971, BE and such"
            ],
            id="holiday place",
        ),
        pytest.param(
            '["67"]',
            '["1"]',
            ["line 39: ruleset: holiday 12-26: '1' is no place that is known; did you mean '91'?"],
            id="holiday place 1",
        ),
        pytest.param(
            '"given_at"',
            '"given_on"',
            [
                "line 11: rule ours.basis: one_of.proof: 'given_on' is not among names of evidence; did you mean 'given_at'?"
            ],
            id="evidence unknown",
        ),
        pytest.param(
            'proof = ["given_at"]',
            'true = ["given_at"]',
            [
                "line 11: rule ours.basis: one_of.true: 'given_at' is not among evidence that is said to be so or not (contract_active, job_related, optout_offered, related, similar)"
            ],
            id="basis true for false",
        ),
        pytest.param(
            'id = "ours.cap"',
            'id = "platform.cap"',
            [
                "line 24: rule platform.cap: its id begins with the name of a layer, as only rules of merged layers do",
                "line 32: rule ours.cap: exemption of clinic from a rule that is not there; did you mean 'ours.basis'?",
            ],
            id="id layer",
        ),
        pytest.param(
            'rule = "ours.cap"\ncontroller = "clinic"\nreason = "agreed"\nauthor = "counsel"\nuntil = 2027',
            'rule = "ours.hours"\ncontroller = "clinic"\nreason = "agreed"\nauthor = "counsel"\nuntil = 2007',
            [
                "warning: line 32: rule ours.hours: exemption of clinic ends before the rule begins",
            ],
            id="an exemption that has ended",
        ),
    ],
)
def test_what_does_not_fit_is_told(right: str, instead: str, told: list[str]) -> None:
    assert found_in(wrong(RULESET, right, instead)) == told
