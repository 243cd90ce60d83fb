"""Parts of a ruleset that an admin writes wrong: where, what, and what to write instead."""

import pytest

from tests.unit.policy.wrong_texts import RULESET, found_in, wrong


@pytest.mark.parametrize(
    ("right", "instead", "told"),
    [
        pytest.param(
            "most = 2",
            "Most = 2",
            [
                "line 24: rule ours.cap: lacks 'most': a whole number from 1",
                "line 29: rule ours.cap: unknown key 'Most'; did you mean 'most'?",
            ],
            id="key upper",
        ),
        pytest.param(
            '"cap"',
            '"caps"',
            ["line 25: rule ours.cap: unknown kind 'caps'; did you mean 'cap'?"],
            id="kind plural",
        ),
        pytest.param(
            "most = 2",
            'most = "2"',
            [
                "line 29: rule ours.cap: 'most': expected a whole number from 1, not '2'; write it without quotes"
            ],
            id="int as text",
        ),
        pytest.param(
            "most = 2",
            "most = 2.5",
            ["line 29: rule ours.cap: 'most': expected a whole number from 1, not the number 2.5"],
            id="float",
        ),
        pytest.param(
            "[[rule]]",
            "[[Rule]]",
            ["line 6: ruleset: unknown key 'Rule'; did you mean 'rule'?"],
            id="Rule",
        ),
        pytest.param(
            "[[exemption]]",
            "[[exemptions]]",
            ["line 32: ruleset: unknown key 'exemptions'; did you mean 'exemption'?"],
            id="exemptions",
        ),
        pytest.param(
            "[[local_holiday]]",
            "[[holiday]]",
            ["line 39: ruleset: unknown key 'holiday'; did you mean 'local_holiday'?"],
            id="holiday",
        ),
        pytest.param(
            'layer = "platform"\n',
            "",
            ["line 1: ruleset: lacks 'layer': one of campaign, controller, platform"],
            id="no layer",
        ),
        pytest.param(
            '"platform"',
            '"Platform"',
            [
                "line 3: ruleset: 'layer': expected one of campaign, controller, platform, not 'Platform'; did you mean 'platform'?"
            ],
            id="layer upper",
        ),
        pytest.param(
            '"platform"',
            '"global"',
            [
                "line 3: ruleset: 'layer': expected one of campaign, controller, platform, not 'global'"
            ],
            id="layer unknown",
        ),
        pytest.param(
            'name = "ours"',
            'name = "Our rules"',
            [
                "line 1: ruleset: 'name': expected a word such as fr.sms-2 (lower-case letters, digits, . _ -), not 'Our rules'; did you mean 'our-rules'?"
            ],
            id="name spaces",
        ),
        pytest.param(
            'name = "ours"',
            'name = "Ours"',
            [
                "line 1: ruleset: 'name': expected a word such as fr.sms-2 (lower-case letters, digits, . _ -), not 'Ours'; did you mean 'ours'?"
            ],
            id="name capital",
        ),
        pytest.param(
            '"Ours"',
            '""',
            ["line 2: ruleset: 'title': expected some text in quotes, not ''"],
            id="title empty",
        ),
        pytest.param(
            'author = "counsel"\n',
            "",
            ["line 32: exemption number 1: lacks 'author': some text in quotes"],
            id="exempt no author",
        ),
        pytest.param(
            '"counsel"',
            '""',
            ["line 36: exemption number 1: 'author': expected some text in quotes, not ''"],
            id="exempt empty author",
        ),
        pytest.param(
            '"counsel"',
            '"  "',
            ["line 36: exemption number 1: 'author': expected some text in quotes, not '  '"],
            id="exempt blank",
        ),
        pytest.param(
            "until = 2027-06-30\n",
            "",
            ["line 32: exemption number 1: lacks 'until': a date such as 2026-08-10"],
            id="exempt no until",
        ),
        pytest.param(
            'controller = "clinic"\n',
            "",
            [
                "line 32: exemption number 1: lacks 'controller': a word such as fr.sms-2 (lower-case letters, digits, . _ -)"
            ],
            id="exempt no controller",
        ),
        pytest.param(
            '"clinic"',
            '"*"',
            [
                "line 34: exemption number 1: 'controller': expected a word such as fr.sms-2 (lower-case letters, digits, . _ -), not '*'"
            ],
            id="exempt star",
        ),
        pytest.param(
            '"clinic"',
            '""',
            [
                "line 34: exemption number 1: 'controller': expected a word such as fr.sms-2 (lower-case letters, digits, . _ -), not ''"
            ],
            id="exempt empty controller",
        ),
        pytest.param(
            "most = 2",
            "most = 0",
            ["line 29: rule ours.cap: 'most': expected a whole number from 1, not the number 0"],
            id="cap 0",
        ),
        pytest.param(
            "most = 2",
            "most = -1",
            ["line 29: rule ours.cap: 'most': expected a whole number from 1, not the number -1"],
            id="cap neg",
        ),
        pytest.param(
            "days = 7",
            "days = 400",
            [
                "line 30: rule ours.cap: 'days': expected a whole number from 1 to 366, not the number 400"
            ],
            id="cap days 400",
        ),
        pytest.param(
            "month = 12",
            "month = 13",
            [
                "line 41: local_holiday number 1: 'month': expected a whole number from 1 to 12, not the number 13"
            ],
            id="holiday month 13",
        ),
        pytest.param(
            '["67"]',
            "[67]",
            [
                "line 40: local_holiday number 1: 'places', item 1: expected text in quotes, not the number 67"
            ],
            id="holiday place int",
        ),
        pytest.param(
            "month = 12\nday = 26",
            "date = 2026-12-26",
            [
                "line 39: local_holiday number 1: lacks 'month': a whole number from 1 to 12",
                "line 39: local_holiday number 1: lacks 'day': a whole number from 1 to 31",
                "line 41: local_holiday number 1: unknown key 'date'; the keys here are places, month, day, source",
            ],
            id="holiday date",
        ),
        pytest.param(
            '"contract"',
            '"contrat"',
            [
                "line 11: rule ours.basis: 'one_of.type', item 2: expected one of consent, contract, legal_obligation, legitimate_interest, public_task, soft_opt_in, vital_interest, not 'contrat'; did you mean 'contract'?"
            ],
            id="basis type",
        ),
        pytest.param(
            '"contract"',
            '"opt_in"',
            [
                "line 11: rule ours.basis: 'one_of.type', item 2: expected one of consent, contract, legal_obligation, legitimate_interest, public_task, soft_opt_in, vital_interest, not 'opt_in'; did you mean 'soft_opt_in'?"
            ],
            id="basis optin",
        ),
        pytest.param(
            'source = "our lawyer"\n',
            "",
            ["line 6: rule ours.basis: lacks 'source': text of at least 3 letters"],
            id="no source",
        ),
        pytest.param(
            '"our lawyer"',
            '"-"',
            ["line 9: rule ours.basis: 'source': expected text of at least 3 letters, not '-'"],
            id="source short",
        ),
        pytest.param(
            'certainty = "house"',
            'certainty = "sure"',
            [
                "line 10: rule ours.basis: 'certainty': expected one of contract, guidance, house, law, not 'sure'"
            ],
            id="certainty",
        ),
        pytest.param(
            'kind = "cap"\n',
            "",
            [
                "line 24: rule ours.cap: lacks 'kind': one of basis, content, screen, hours, cap, pause, numbers, addresses, sender, sector, opposition_list, consent_age, provenance, region, volume, ban"
            ],
            id="no kind",
        ),
        pytest.param(
            "most = 2",
            'most = 2\nreason = "cap"',
            ["line 30: rule ours.cap: unknown key 'reason'; did you mean 'when.relations'?"],
            id="unsaid key reasons",
        ),
        pytest.param(
            "most = 2",
            'most = 2\nverdict = "deny"',
            ["line 30: rule ours.cap: unknown key 'verdict'"],
            id="verdict",
        ),
        pytest.param(
            'ours.cap"',
            'ours cap"',
            [
                "line 26: rule ours cap: 'id': expected a word such as fr.sms-2 (lower-case letters, digits, . _ -), not 'ours cap'; did you mean 'ours-cap'?"
            ],
            id="id space",
        ),
        pytest.param(
            'id = "ours.cap"',
            'id = "Ours.cap"',
            [
                "line 26: rule Ours.cap: 'id': expected a word such as fr.sms-2 (lower-case letters, digits, . _ -), not 'Ours.cap'; did you mean 'ours.cap'?"
            ],
            id="id capital",
        ),
        pytest.param(
            'id = "ours.cap"',
            'id = "_cap"',
            [
                "line 26: rule _cap: 'id': expected a word such as fr.sms-2 (lower-case letters, digits, . _ -), not '_cap'"
            ],
            id="id underscore first",
        ),
    ],
)
def test_a_part_that_is_written_wrong_is_told(right: str, instead: str, told: list[str]) -> None:
    assert found_in(wrong(RULESET, right, instead)) == told
