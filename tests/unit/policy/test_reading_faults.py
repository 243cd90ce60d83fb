"""Whoever writes a ruleset wrong is told everything that is wrong with it, line by line."""

import pytest
from msgspec import inspect

from policy.reading import RulesetFault, read_ruleset
from policy.typed_tree import faults, wanted
from tests.unit.policy.ruleset_texts import CAP, HEAD, HOURS


def _faults(text: str | bytes) -> list[str]:
    with pytest.raises(RulesetFault) as caught:
        read_ruleset(text)
    assert str(caught.value) == "\n".join(map(str, caught.value.faults))
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("line", "wrong", "said"),
    [
        (
            'source = "a law"',
            'sourze = "a law"',
            [
                "line 4: rule fr.sms.hours: lacks 'source': text of at least 3 letters",
                "line 7: rule fr.sms.hours: unknown key 'sourze'; did you mean 'source'?",
            ],
        ),
        (
            "valid_from = 2026-01-01",
            'chanels = ["sms"]',
            ["line 11: rule fr.sms.hours: unknown key 'chanels'; did you mean 'when.channels'?"],
        ),
        (
            "valid_from = 2026-01-01",
            "qqq = 1",
            ["line 11: rule fr.sms.hours: unknown key 'qqq'"],
        ),
        (
            '{ channels = ["sms"] }',
            '{ chanels = ["sms"] }',
            [
                (
                    "line 9: rule fr.sms.hours: unknown key 'chanels' in 'when'; "
                    "did you mean 'channels'?"
                )
            ],
        ),
        (
            '"sms"',
            '"smss"',
            [
                (
                    "line 9: rule fr.sms.hours: 'when.channels', item 1: expected one of email, fax, "
                    "post, sms, voice, not 'smss'; did you mean 'sms'?"
                )
            ],
        ),
        (
            '["sms"]',
            "[[]]",
            [
                (
                    "line 9: rule fr.sms.hours: 'when.channels', item 1: expected one of email, fax, "
                    "post, sms, voice, not a list"
                )
            ],
        ),
        (
            '"08:00"',
            "08:00:00",
            [
                (
                    "line 10: rule fr.sms.hours: 'windows.start', item 1: expected a time of day "
                    'from "00:00" to "24:00", not the time 08:00:00'
                )
            ],
        ),
        (
            '"20:00"',
            '"20:00\\n"',
            [
                (
                    "line 10: rule fr.sms.hours: 'windows.end', item 1: expected a time of day "
                    "from \"00:00\" to \"24:00\", not '20:00\\n'; did you mean '20:00'?"
                )
            ],
        ),
        (
            '[{ start = "08:00", end = "20:00" }]',
            "[]",
            [
                (
                    "line 10: rule fr.sms.hours: 'windows': expected a list of at least 1 in brackets, "
                    "each a table such as { start = …, end = … }, not an empty one"
                )
            ],
        ),
        (
            '[{ start = "08:00", end = "20:00" }]',
            "[true]",
            [
                "line 10: rule fr.sms.hours: 'windows', item 1: expected a table such as { start = …, end = … }, not true or false"
            ],
        ),
        (
            "2026-01-01",
            "2026-01-01T00:00:00",
            [
                (
                    "line 11: rule fr.sms.hours: 'valid_from': expected a date such as 2026-08-10, "
                    "not a date with a time"
                )
            ],
        ),
        (
            "valid_from = 2026-01-01",
            "holidays = 1.5",
            ["line 11: rule fr.sms.hours: 'holidays': expected true or false, not the number 1.5"],
        ),
        (
            'kind = "hours"',
            'kind = "hour"\nvalid_to = 3',
            [
                "line 6: rule fr.sms.hours: unknown kind 'hour'; did you mean 'hours'?",
                (
                    "line 7: rule fr.sms.hours: 'valid_to': expected a date such as 2026-08-10, "
                    "not the number 3"
                ),
            ],
        ),
        (
            "most = 4",
            "most = 0",
            [
                "line 17: rule fr.cap: 'most': expected a whole number from 1, not the number 0",
            ],
        ),
        (
            "days = 30",
            "days = true",
            [
                (
                    "line 18: rule fr.cap: 'days': expected a whole number from 1 to 366, "
                    "not true or false"
                ),
            ],
        ),
        (
            "most = 4",
            f"most = {10**100}",
            [
                (
                    "line 17: rule fr.cap: 'most': expected a whole number from 1, "
                    "not the number a long one"
                ),
            ],
        ),
        (
            'id = "fr.cap"\n',
            "",
            [
                "line 12: rule number 2: lacks 'id': a word such as fr.sms-2 (lower-case letters, digits, . _ -)"
            ],
        ),
        (
            'id = "fr.cap"',
            f'id = "{"x" * 65}"',
            [
                f"line 13: rule {'x' * 65}: 'id': expected a word such as fr.sms-2 (lower-case letters, digits, . _ -), not a long one"
            ],
        ),
        (
            'layer = "platform"',
            'layer = "platfrom"\nrules = 1',
            [
                (
                    "line 3: ruleset: 'layer': expected one of campaign, controller, platform, "
                    "not 'platfrom'; did you mean 'platform'?"
                ),
                "line 4: ruleset: unknown key 'rules'; did you mean 'rule'?",
            ],
        ),
    ],
)
def test_each_fault_is_told_with_line_rule_and_what_was_expected(
    line: str, wrong: str, said: list[str]
) -> None:
    text = HEAD + HOURS + CAP
    assert line in text

    assert _faults(text.replace(line, wrong, 1)) == said


def test_an_unknown_kind_like_no_other_is_answered_with_all_kinds() -> None:
    for wrong in ('kind = "zzz"', "kind = 3"):
        said = _faults(HEAD + CAP.replace('kind = "cap"', wrong))
        assert len(said) == 1
        assert "; the kinds are basis, content" in said[0]
    assert "lacks 'kind': one of basis, " in _faults(HEAD + CAP.replace('kind = "cap"', ""))[0]


def test_all_faults_come_at_once_in_the_order_of_lines() -> None:
    said = _faults(HEAD + HOURS.replace("20:00", "25:00") + CAP.replace("= 30", "= 0") + "x = 1\n")

    assert [line.split(":")[0] for line in said] == ["line 10", "line 18", "line 19"]


def test_one_table_where_a_list_of_tables_belongs_is_told() -> None:
    said = _faults(HEAD + CAP.replace("[[rule]]", "[rule]"))

    assert said[0].startswith("line 4: ruleset: 'rule': expected a list in brackets, each a table")
    assert said[0].endswith("not a table")
    assert _faults(HEAD + "rule = [1]") == [
        "line 4: rule number 1: expected a table such as { kind = …, id = …, source = … }, not the number 1"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\nb = [", "line 2: text: no correct TOML: Invalid value"),
        (
            "a = 1\nb",
            "line 2: text: no correct TOML: Expected '=' after a key in a key/value pair",
        ),
        ("a = 1\nb = ?\n", "line 2: text: no correct TOML: Invalid value"),
        ("a = " + "[" * 9000, "line 1: text: no correct TOML: brackets are nested too deeply"),
        ("a = " + "1" * 5000, "line 1: text: no correct TOML: a number has too many digits"),
        (b"a = 1\nb = '\xff'", "line 2: text: expected UTF-8; save the file as UTF-8"),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(text: str | bytes, said: str) -> None:
    assert _faults(text) == [said]


def test_an_empty_text_lacks_everything() -> None:
    assert [line.split(": ")[2] for line in _faults("")] == [
        "lacks 'name'",
        "lacks 'title'",
        "lacks 'layer'",
    ]


def test_a_type_that_no_ruleset_has_is_a_mistake_of_the_programmer() -> None:
    with pytest.raises(TypeError, match="rulesets have no FloatType"):
        list(faults(inspect.FloatType(), 1.0, ()))
    with pytest.raises(TypeError, match="rulesets have no FloatType"):
        wanted(inspect.FloatType())
