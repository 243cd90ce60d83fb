"""Rules of every kind that an admin adds wrong: where, what, and what to write instead."""

import pytest

from tests.unit.policy.wrong_texts import found_in, more


@pytest.mark.parametrize(
    ("kind", "lines", "told"),
    [
        pytest.param(
            "opposition_list",
            'name = "Bloctel"\nread_within_days = 30',
            [
                "line 50: rule ours.more: 'name': expected a word such as fr.sms-2 (lower-case letters, digits, . _ -), not 'Bloctel'; did you mean 'bloctel'?"
            ],
            id="opplist caps",
        ),
        pytest.param(
            "opposition-list",
            'name = "bloctel"\nread_within_days = 30',
            [
                "line 46: rule ours.more: unknown kind 'opposition-list'; did you mean 'opposition_list'?"
            ],
            id="opplist dash kind",
        ),
        pytest.param(
            "content",
            "must_say = []",
            [
                "line 50: rule ours.more: 'must_say': expected a list of at least 1 in brackets, each text in quotes, not an empty one"
            ],
            id="content empty",
        ),
        pytest.param(
            "consent_age",
            'evidence = "given_at"\nyears = 2',
            [
                "line 45: rule ours.more: lacks 'months': a whole number from 1 to 600",
                "line 51: rule ours.more: unknown key 'years'",
            ],
            id="consent_age years",
        ),
        pytest.param(
            "volume",
            "most = -1",
            ["line 50: rule ours.more: 'most': expected a whole number from 0, not the number -1"],
            id="volume neg",
        ),
        pytest.param(
            "volume",
            "most = 10.000",
            [
                "line 50: rule ours.more: 'most': expected a whole number from 0, not the number 10.0"
            ],
            id="volume dot",
        ),
        pytest.param(
            "addresses",
            'refuse = ["info"]',
            [
                "line 50: rule ours.more: 'refuse', item 1: expected one of person, role, technical, not 'info'"
            ],
            id="addresses role",
        ),
        pytest.param(
            "pause",
            "days = 0",
            [
                "line 50: rule ours.more: 'days': expected a whole number from 1 to 3660, not the number 0"
            ],
            id="pause 0",
        ),
        pytest.param(
            "sector",
            'refuse = ["Energy works"]',
            [
                "line 50: rule ours.more: 'refuse', item 1: expected a word such as fr.sms-2 (lower-case letters, digits, . _ -), not 'Energy works'; did you mean 'energy-works'?"
            ],
            id="sector caps",
        ),
        pytest.param(
            "ban",
            'when = { except_safety = "yes" }',
            ["line 50: rule ours.more: 'when.except_safety': expected true or false, not 'yes'"],
            id="except_safety text",
        ),
        pytest.param(
            "ban",
            'when = [{ channels = ["sms"] }]',
            [
                "line 50: rule ours.more: 'when': expected a table such as { channels = …, campaigns = …, relations = … }, not a list"
            ],
            id="when list",
        ),
        pytest.param(
            "ban",
            'when = "sms"',
            [
                "line 50: rule ours.more: 'when': expected a table such as { channels = …, campaigns = …, relations = … }, not 'sms'"
            ],
            id="when string",
        ),
        pytest.param(
            "ban",
            'when = { not_channels = ["sms"] }',
            [
                "line 50: rule ours.more: unknown key 'not_channels' in 'when'; did you mean 'channels'?"
            ],
            id="when not",
        ),
        pytest.param(
            "ban",
            'when = { voice_modes = ["bot"] }',
            [
                "line 50: rule ours.more: 'when.voice_modes', item 1: expected one of automated, live, not 'bot'"
            ],
            id="voice mode bot",
        ),
        pytest.param(
            "ban",
            'when = { relations = ["b2b"] }',
            [
                "line 50: rule ours.more: 'when.relations', item 1: expected one of b2b_legal, b2b_named, b2c_customer, b2c_prospect, not 'b2b'"
            ],
            id="relation b2b",
        ),
        pytest.param(
            "ban",
            'when = { campaigns = ["promotional"] }',
            [
                "line 50: rule ours.more: 'when.campaigns', item 1: expected one of marketing, service, not 'promotional'"
            ],
            id="campaign promo",
        ),
        pytest.param(
            "ban",
            'when = { controllers = [""] }',
            [
                "line 50: rule ours.more: 'when.controllers', item 1: expected a word such as fr.sms-2 (lower-case letters, digits, . _ -), not ''"
            ],
            id="unknown controller empty",
        ),
        pytest.param(
            "ban",
            'when = { purposes = ["Offers"] }',
            [
                "line 50: rule ours.more: 'when.purposes', item 1: expected a word such as fr.sms-2 (lower-case letters, digits, . _ -), not 'Offers'; did you mean 'offers'?"
            ],
            id="purpose caps",
        ),
        pytest.param(
            "ban",
            "when = { channels = [] }",
            [
                "line 50: rule ours.more: 'when.channels': expected a list of at least 1 in brackets, each one of email, fax, post, sms, voice, not an empty one"
            ],
            id="empty list chan",
        ),
        pytest.param(
            "volume",
            "most = 0\napprovals = 9",
            [
                "line 51: rule ours.more: 'approvals': expected a whole number from 0 to 5, not the number 9"
            ],
            id="approvals 9",
        ),
        pytest.param(
            "screen",
            'refuse = ["health"]',
            [
                "line 50: rule ours.more: refuse: 'health' is not among kinds of sensitive data; did you mean 'words:health'?"
            ],
            id="screen unknown",
        ),
        pytest.param(
            "screen",
            'refuse = ["NIR"]',
            [
                "line 50: rule ours.more: refuse: 'NIR' is not among kinds of sensitive data; did you mean 'nir'?"
            ],
            id="screen caps",
        ),
        pytest.param(
            "numbers",
            'kinds = ["mobil"]',
            [
                "line 50: rule ours.more: kinds: 'mobil' is not among kinds of numbers; did you mean 'mobile'?"
            ],
            id="numbers kind",
        ),
        pytest.param(
            "sender",
            'kinds = ["name"]',
            [
                "line 50: rule ours.more: kinds: 'name' is not among kinds of senders (address, alphanumeric, mobile, other_number, platform, short)"
            ],
            id="sender kind",
        ),
        pytest.param(
            "content",
            'must_say = ["STOP"]',
            [
                "line 50: rule ours.more: must_say: 'STOP' is not among what content can say; did you mean 'stop'?"
            ],
            id="content says",
        ),
        pytest.param(
            "content",
            'must_say = ["STOP au 36063"]',
            [
                "line 50: rule ours.more: must_say: 'STOP au 36063' is not among what content can say (list_unsubscribe, opposition_mention, sender_identity, stop, unsubscribe_link)"
            ],
            id="content phrase",
        ),
        pytest.param(
            "consent_age",
            'evidence = "method"\nmonths = 24',
            [
                "line 50: rule ours.more: evidence: 'method' is not among evidence that is a day (given_at, informed_at, last_purchase_at)",
                "warning: line 45: rule ours.more: stops sends on every basis that has no method: say in when which bases it is about",
            ],
            id="consent_age evidence",
        ),
        pytest.param(
            "consent_age",
            'evidence = "given_at"\nmonths = 24',
            [
                "warning: line 45: rule ours.more: stops sends on every basis that has no given_at: say in when which bases it is about"
            ],
            id="consent age no when",
        ),
        pytest.param(
            "region",
            'countries = ["EU"]',
            [
                "line 50: rule ours.more: countries: 'EU' is the code of no country (ISO 3166-1); name its countries one by one"
            ],
            id="region EU",
        ),
        pytest.param(
            "ban",
            "",
            ["warning: line 45: rule ours.more: stops everything: say in when what it is about"],
            id="ban all",
        ),
        pytest.param(
            "hours",
            'windows = [{ start = "00:00", end = "24:00" }]',
            ["warning: line 45: rule ours.more: has no effect: it is open all day, every day"],
            id="only safe",
        ),
        pytest.param(
            "hours",
            'windows = [{ start = "24:00", end = "24:00" }]',
            [
                "line 50: rule ours.more: window 24:00–24:00 never opens; one past midnight is two windows"
            ],
            id="start 24",
        ),
        pytest.param(
            "basis",
            'when = { channels = ["sms"] }',
            ["warning: line 45: rule ours.more: stops all that it is about: one_of names no basis"],
            id="basis without one",
        ),
    ],
)
def test_a_rule_that_is_written_wrong_is_told(kind: str, lines: str, told: list[str]) -> None:
    assert found_in(more(kind, lines)) == told
