"""Cases that an admin writes wrong: where, what, and what to write instead."""

import pytest

from policy.cases import CasesFault, read_cases
from tests.unit.policy.wrong_texts import CASES, RULESET, wrong


def _told(text: str) -> list[str]:
    with pytest.raises(CasesFault) as raised:
        read_cases(text)
    return [str(one) for one in raised.value.faults]


@pytest.mark.parametrize(
    ("right", "instead", "told"),
    [
        pytest.param("[[case]]", "[case]", ["line 9: case: write cases as [[case]]"], id="[case]"),
        pytest.param(
            "[[case]]",
            "[[cases]]",
            ["line 9: cases: unknown key 'cases'; did you mean 'case'?"],
            id="[[cases]]",
        ),
        pytest.param(
            "[facts.customer]",
            "[[facts]]",
            [
                "line 5: facts: write groups of facts as [facts.NAME]",
                "line 12: case at night: no group of facts is called 'customer'",
            ],
            id="[[facts]]",
        ),
        pytest.param(
            "[facts.customer]",
            "[fact.customer]",
            [
                "line 5: fact: unknown key 'fact'; did you mean 'facts'?",
                "line 12: case at night: no group of facts is called 'customer'",
            ],
            id="[fact.customer]",
        ),
        pytest.param(
            '["customer"]',
            '"customer"',
            [
                "line 12: case at night: 'given.use': expected a list in brackets, each text in quotes, not 'customer'; write [\"customer\"]"
            ],
            id="use text",
        ),
        pytest.param(
            '["customer"]',
            '["custommer"]',
            [
                "line 12: case at night: no group of facts is called 'custommer'; did you mean 'customer'?"
            ],
            id="use unknown",
        ),
        pytest.param(
            "relation =",
            "relaton =",
            [
                "line 6: facts customer: unknown key 'relaton' in 'customer'; did you mean 'relation'?"
            ],
            id="fact typo",
        ),
        pytest.param(
            "relation =",
            "age =",
            ["line 6: facts customer: unknown key 'age' in 'customer'"],
            id="fact unknown",
        ),
        pytest.param(
            '"defer"',
            '"wait"',
            [
                "line 14: case at night: 'then.verdict': expected one of allow, deny, defer, not 'wait'"
            ],
            id="verdict",
        ),
        pytest.param(
            '"2026-11-25T08:00"',
            '"tomorrow"',
            [
                "line 14: case at night: 'tomorrow' is no moment; write 2026-11-24T11:00 (local), or 2026-11-24T10:00Z (UTC)"
            ],
            id="until date",
        ),
        pytest.param(
            'at = "2026-11-24T23:00"',
            'at = "2026-11-24"',
            [
                "line 11: case at night: '2026-11-24' is a day without a time; write 2026-11-24T11:00"
            ],
            id="at date only",
        ),
        pytest.param(
            'at = "2026-11-24T23:00"',
            'at = "24/11/2026 23:00"',
            [
                "line 11: case at night: '24/11/2026 23:00' is no moment; write 2026-11-24T11:00 (local), or 2026-11-24T10:00Z (UTC)"
            ],
            id="at french",
        ),
        pytest.param(
            'at = "2026-11-24T23:00"',
            'at = "2026-11-24T24:00"',
            [
                "line 11: case at night: '2026-11-24T24:00' is no moment; write 2026-11-24T11:00 (local), or 2026-11-24T10:00Z (UTC)"
            ],
            id="at 24",
        ),
        pytest.param(
            'at = "2026-11-24T23:00"',
            "at = 2026-11-24",
            [
                "line 11: case at night: 'at': expected a moment such as 2026-11-24T11:00, not the date 2026-11-24"
            ],
            id="at bare date",
        ),
        pytest.param(
            "2026-11-24T23:00",
            "2026-03-29T02:30",
            [
                "line 11: case at night: clocks in Europe/Paris show '2026-03-29T02:30' never; write it in UTC, with Z"
            ],
            id="at dst gap",
        ),
        pytest.param(
            "2026-11-24T23:00",
            "2026-10-25T02:30",
            [
                "line 11: case at night: clocks in Europe/Paris show '2026-10-25T02:30' twice; write it in UTC, with Z"
            ],
            id="at dst twice",
        ),
        pytest.param(
            '"75"',
            '"Paris"',
            [
                "line 12: case at night: no place is called 'Paris'; places are 75, 20, 971, BE and such"
            ],
            id="place paris",
        ),
        pytest.param(
            '"75"',
            '"FR"',
            [
                "line 12: case at night: no place is called 'FR'; of a country with several, write country = 'FR' and a number or postal code"
            ],
            id="place FR",
        ),
        pytest.param(
            'place = "75"\n',
            "",
            [
                "line 10: case at night: no place is known, so '2026-11-24T23:00' could be any moment; write it in UTC, with Z",
                "line 13: case at night: no place is known, so '2026-11-25T08:00' could be any moment; write it in UTC, with Z",
            ],
            id="no place",
        ),
        pytest.param(
            'channel = "sms"\n', "", ["line 11: case at night: lacks 'channel'"], id="no channel"
        ),
        pytest.param(
            '"sms"',
            '"texto"',
            ["line 2: usual: 'channel': expected one of email, fax, post, sms, voice, not 'texto'"],
            id="channel",
        ),
        pytest.param(
            'title = "at night"\n',
            "",
            ["line 9: case number 1: lacks 'title': text in quotes"],
            id="no title",
        ),
        pytest.param(
            '["country"]',
            '["contry"]',
            ["line 13: case at night: no fact is called 'contry'; did you mean 'country'?"],
            id="unknown typo",
        ),
        pytest.param(
            "then =",
            "expect =",
            [
                "line 9: case at night: lacks 'then': a table such as { verdict = …, reason = …, until = … }",
                "line 14: case at night: unknown key 'expect'; the keys here are title, at, given, then, unknown",
            ],
            id="expect",
        ),
        pytest.param(
            "given =",
            "when =",
            [
                "line 9: case at night: lacks 'given': a table such as { given_at = …, method = …, text_version = … }",
                "line 12: case at night: unknown key 'when'; did you mean 'then'?",
            ],
            id="when",
        ),
        pytest.param(
            'basis = "soft_opt_in"',
            'basis = "soft_opt_in"\nlast_purchase_at = "2026-06-01"',
            [
                "line 8: facts customer: 'last_purchase_at': expected a date such as 2026-08-10, not '2026-06-01'; write it without quotes"
            ],
            id="date text",
        ),
        pytest.param(
            'place = "75"',
            'number = "+33 1 99 00 12 34"',
            [
                "line 3: usual: 'number': expected a number such as +33199001234 (no spaces), not '+33 1 99 00 12 34'; did you mean '+33199001234'?"
            ],
            id="number ok-ish",
        ),
        pytest.param(
            'basis = "soft_opt_in"',
            'sectors = "wine"',
            [
                "line 7: facts customer: 'sectors': expected a list in brackets, each a word such as fr.sms-2 (lower-case letters, digits, . _ -), not 'wine'; write [\"wine\"]"
            ],
            id="sectors text",
        ),
        pytest.param(
            'basis = "soft_opt_in"',
            'contacts = ["2026-01-01"]',
            [
                "line 7: facts customer: 'contacts': expected a table such as { at = …, channel = …, scope = … }, not '2026-01-01'"
            ],
            id="contacts",
        ),
        pytest.param(
            'basis = "soft_opt_in"',
            'on_lists = ["bloctel"]',
            [
                "line 7: facts customer: 'on_lists': expected a table of names, each with true or false, not a list"
            ],
            id="on_lists",
        ),
        pytest.param(
            '"sms"',
            "“sms”",
            ['line 2: text: no correct TOML: Invalid value; write straight quotes: "…"'],
            id="smart",
        ),
        pytest.param(
            'verdict = "defer", reason = "hours"',
            'verdict = "allow"',
            ["line 14: case at night: only a deferral has 'until', and this is to be allow"],
            id="allow with until",
        ),
        pytest.param(
            "2026-11-24T23:00",
            "0206-11-24T23:00",
            ["line 11: case at night: '0206-11-24T23:00' is too far away; nothing is sent then"],
            id="far year",
        ),
    ],
)
def test_a_case_that_is_written_wrong_is_told(right: str, instead: str, told: list[str]) -> None:
    assert _told(wrong(CASES, right, instead)) == told


def test_a_reason_like_no_other_is_answered_with_all_reasons() -> None:
    (told,) = _told(wrong(CASES, '"hours"', '"closed"'))
    assert told.endswith("holiday, day, hours, permitted, not 'closed'")


def test_a_ruleset_is_no_file_of_cases() -> None:
    told = _told(RULESET)
    assert told[0].endswith(
        "that is for a ruleset: cases stand in a file of their own, NAME.cases.toml"
    )
    assert [one.split(":")[0] for one in told] == [f"line {at}" for at in (1, 2, 3, 4, 6, 32, 39)]


def test_what_is_harmless_is_not_told() -> None:
    for text in (
        CASES,
        "\ufeff" + CASES,
        wrong(CASES, "T23:00", " 23:00"),
        CASES + CASES[CASES.index("[[case]]") :],
    ):
        assert read_cases(text)
