"""Values of rules that an admin writes wrong: where, what, and what to write instead."""

import pytest

from tests.unit.policy.wrong_texts import RULESET, found_in, wrong


@pytest.mark.parametrize(
    ("right", "instead", "told"),
    [
        pytest.param(
            "windows",
            "window",
            [
                "line 13: rule ours.hours: lacks 'windows': a list of at least 1 in brackets, each a table such as { start = …, end = … }",
                "line 20: rule ours.hours: unknown key 'window'; did you mean 'windows'?",
            ],
            id="key typo",
        ),
        pytest.param(
            "valid_from",
            "valid-from",
            ["line 22: rule ours.hours: unknown key 'valid-from'; did you mean 'valid_from'?"],
            id="key dash",
        ),
        pytest.param(
            '"hours"',
            '"Hours"',
            ["line 14: rule ours.hours: unknown kind 'Hours'; did you mean 'hours'?"],
            id="kind upper",
        ),
        pytest.param(
            '"hours"',
            '"horaires"',
            ["line 14: rule ours.hours: unknown kind 'horaires'; did you mean 'hours'?"],
            id="kind french",
        ),
        pytest.param(
            "holidays = false",
            'holidays = "false"',
            [
                "line 21: rule ours.hours: 'holidays': expected true or false, not 'false'; write it without quotes"
            ],
            id="bool as text",
        ),
        pytest.param(
            "= 2026-01-01",
            '= "2026-01-01"',
            [
                "line 22: rule ours.hours: 'valid_from': expected a date such as 2026-08-10, not '2026-01-01'; write it without quotes"
            ],
            id="date in quotes",
        ),
        pytest.param(
            "= 2026-01-01",
            "= 2026-01-01 08:00:00",
            [
                "line 22: rule ours.hours: 'valid_from': expected a date such as 2026-08-10, not a date with a time"
            ],
            id="date with time",
        ),
        pytest.param(
            '"20:00"',
            '"24:30"',
            [
                "line 20: rule ours.hours: 'windows.end', item 1: expected a time of day from \"00:00\" to \"24:00\", not '24:30'"
            ],
            id="24:30",
        ),
        pytest.param(
            '"20:00"',
            '"25:00"',
            [
                "line 20: rule ours.hours: 'windows.end', item 1: expected a time of day from \"00:00\" to \"24:00\", not '25:00'"
            ],
            id="25:00",
        ),
        pytest.param(
            '"08:00"',
            '"8:00"',
            [
                "line 20: rule ours.hours: 'windows.start', item 1: expected a time of day from \"00:00\" to \"24:00\", not '8:00'; did you mean '08:00'?"
            ],
            id="8:00",
        ),
        pytest.param(
            '"08:00"',
            '"8h"',
            [
                "line 20: rule ours.hours: 'windows.start', item 1: expected a time of day from \"00:00\" to \"24:00\", not '8h'"
            ],
            id="8h",
        ),
        pytest.param(
            '"08:00"',
            "8",
            [
                'line 20: rule ours.hours: \'windows.start\', item 1: expected a time of day from "00:00" to "24:00", not the number 8'
            ],
            id="hour int",
        ),
        pytest.param(
            '[{ start = "08:00", end = "20:00" }]',
            '["08:00-20:00"]',
            [
                "line 20: rule ours.hours: 'windows', item 1: expected a table such as { start = …, end = … }, not '08:00-20:00'"
            ],
            id="window as text",
        ),
        pytest.param(
            '[{ start = "08:00", end = "20:00" }]',
            '{ start = "08:00", end = "20:00" }',
            [
                "line 20: rule ours.hours: 'windows': expected a list of at least 1 in brackets, each a table such as { start = …, end = … }, not a table"
            ],
            id="window single table",
        ),
        pytest.param(
            'start = "08:00", end',
            'from = "08:00", to',
            [
                "line 20: rule ours.hours: unknown key 'from' in 'windows'; the keys here are start, end",
                "line 20: rule ours.hours: unknown key 'to' in 'windows'; the keys here are start, end",
                "line 20: rule ours.hours: 'windows', item 1: lacks 'start': a time of day from \"00:00\" to \"24:00\"",
                "line 20: rule ours.hours: 'windows', item 1: lacks 'end': a time of day from \"00:00\" to \"24:00\"",
            ],
            id="window from/to",
        ),
        pytest.param(
            'windows = [{ start = "08:00", end = "20:00" }]\n',
            "",
            [
                "line 13: rule ours.hours: lacks 'windows': a list of at least 1 in brackets, each a table such as { start = …, end = … }"
            ],
            id="hours no windows",
        ),
        pytest.param(
            'days = ["mon", "tue"]',
            "days = []",
            [
                "line 19: rule ours.hours: 'days': expected a list of at least 1 in brackets, each one of fri, mon, sat, sun, thu, tue, wed, not an empty one"
            ],
            id="hours days empty",
        ),
        pytest.param(
            '"mon"',
            '"monday"',
            [
                "line 19: rule ours.hours: 'days', item 1: expected one of fri, mon, sat, sun, thu, tue, wed, not 'monday'; did you mean 'mon'?"
            ],
            id="days monday",
        ),
        pytest.param(
            '"mon"',
            '"Mon"',
            [
                "line 19: rule ours.hours: 'days', item 1: expected one of fri, mon, sat, sun, thu, tue, wed, not 'Mon'; did you mean 'mon'?"
            ],
            id="days Mon",
        ),
        pytest.param(
            '"mon"',
            '"lundi"',
            [
                "line 19: rule ours.hours: 'days', item 1: expected one of fri, mon, sat, sun, thu, tue, wed, not 'lundi'"
            ],
            id="days lundi",
        ),
        pytest.param(
            'days = ["mon", "tue"]',
            'days = "mon"',
            [
                "line 19: rule ours.hours: 'days': expected a list of at least 1 in brackets, each one of fri, mon, sat, sun, thu, tue, wed, not 'mon'; write [\"mon\"]"
            ],
            id="days text",
        ),
        pytest.param(
            '["sms"]',
            '["whatsapp"]',
            [
                "line 18: rule ours.hours: 'when.channels', item 1: expected one of email, fax, post, sms, voice, not 'whatsapp'"
            ],
            id="channel unknown",
        ),
        pytest.param(
            '["sms"]',
            '["SMS"]',
            [
                "line 18: rule ours.hours: 'when.channels', item 1: expected one of email, fax, post, sms, voice, not 'SMS'; did you mean 'sms'?"
            ],
            id="channel SMS",
        ),
        pytest.param(
            '["sms"]',
            '["mail"]',
            [
                "line 18: rule ours.hours: 'when.channels', item 1: expected one of email, fax, post, sms, voice, not 'mail'; did you mean 'email'?"
            ],
            id="channel mail",
        ),
        pytest.param(
            '["sms"]',
            '"sms"',
            [
                "line 18: rule ours.hours: 'when.channels': expected a list of at least 1 in brackets, each one of email, fax, post, sms, voice, not 'sms'; write [\"sms\"]"
            ],
            id="channels text",
        ),
        pytest.param(
            'channels = ["sms"]',
            'channel = "sms"',
            ["line 18: rule ours.hours: unknown key 'channel' in 'when'; did you mean 'channels'?"],
            id="channel key",
        ),
        pytest.param(
            '["FR"]',
            '["fr"]',
            [
                "line 18: rule ours.hours: 'when.countries', item 1: expected a country code in capitals such as FR, not 'fr'; did you mean 'FR'?"
            ],
            id="country lower",
        ),
        pytest.param(
            '["FR"]',
            '["France"]',
            [
                "line 18: rule ours.hours: 'when.countries', item 1: expected a country code in capitals such as FR, not 'France'"
            ],
            id="country name",
        ),
        pytest.param(
            '["FR"]',
            '["FRA"]',
            [
                "line 18: rule ours.hours: 'when.countries', item 1: expected a country code in capitals such as FR, not 'FRA'"
            ],
            id="country FRA",
        ),
    ],
)
def test_a_value_that_is_written_wrong_is_told(right: str, instead: str, told: list[str]) -> None:
    assert found_in(wrong(RULESET, right, instead)) == told
