"""Texts that are no TOML, or other files: told with the line, and what to do about it."""

import pytest

from tests.unit.policy.wrong_texts import CASES, RULESET, found_in, more, wrong


@pytest.mark.parametrize(
    ("right", "instead", "told"),
    [
        pytest.param(
            "most = 2",
            "most = 2\nmost = 3",
            [
                "line 30: text: no correct TOML: Cannot overwrite a value; it is written twice; delete one"
            ],
            id="same key twice",
        ),
        pytest.param(
            "holidays = false",
            "holidays = no",
            ["line 21: text: no correct TOML: Invalid value; write true or false"],
            id="bool as no",
        ),
        pytest.param(
            "holidays = false",
            "holidays = False",
            ["line 21: text: no correct TOML: Invalid value; write true or false"],
            id="bool False",
        ),
        pytest.param(
            "= 2026-01-01",
            "= 01/01/2026",
            [
                "line 22: text: no correct TOML: Expected newline or end of document after a statement; write dates as 2026-08-10"
            ],
            id="date french",
        ),
        pytest.param(
            "= 2026-01-01",
            "= 2026-02-30",
            ["line 22: text: no correct TOML: Invalid date or datetime; there is no such day"],
            id="date 30 feb",
        ),
        pytest.param(
            "= 2026-01-01",
            "= 2026-1-1",
            [
                "line 22: text: no correct TOML: Expected newline or end of document after a statement; write dates as 2026-08-10"
            ],
            id="date one digit",
        ),
        pytest.param(
            '"08:00"',
            "08:00",
            [
                'line 20: text: no correct TOML: Unclosed inline table; times of day stand in quotes: "08:00"'
            ],
            id="time bare",
        ),
        pytest.param(
            "[[rule]]",
            "[rule]",
            [
                "line 13: text: no correct TOML: Cannot overwrite a value; each of them stands under its own [[…]] with two brackets; one of them has a single one"
            ],
            id="single rule bracket",
        ),
        pytest.param(
            "[[rule]]",
            "[[rule]",
            [
                "line 6: text: no correct TOML: Expected ']]' at the end of an array declaration; write two brackets on both sides: [[rule]]"
            ],
            id="missing bracket",
        ),
        pytest.param(
            '"our house"',
            '"our house',
            [
                "line 16: text: no correct TOML: Illegal character '\\n'; a quote is missing at the end of a text"
            ],
            id="missing quote",
        ),
        pytest.param(
            '"our house"',
            "“our house”",
            ['line 16: text: no correct TOML: Invalid value; write straight quotes: "…"'],
            id="smart quotes",
        ),
        pytest.param(
            '"our house"',
            "\u2018our house’",
            ['line 16: text: no correct TOML: Invalid value; write straight quotes: "…"'],
            id="single smart",
        ),
        pytest.param(
            "most = 2",
            "most: 2",
            [
                "line 29: text: no correct TOML: Expected '=' after a key in a key/value pair; write = after a key, not a colon"
            ],
            id="colon for equals",
        ),
        pytest.param(
            '"mon", "tue"',
            '"mon" "tue"',
            [
                "line 19: text: no correct TOML: Unclosed array; a comma, or the closing bracket ], is missing"
            ],
            id="missing comma",
        ),
        pytest.param(
            "most = 2",
            "most = 2 // two",
            [
                "line 29: text: no correct TOML: Expected newline or end of document after a statement; nothing follows a value, and comments begin with #"
            ],
            id="comment //",
        ),
        pytest.param(
            "most = 2",
            "most = 2;",
            [
                "line 29: text: no correct TOML: Expected newline or end of document after a statement; nothing follows a value, and comments begin with #"
            ],
            id="semicolon",
        ),
        pytest.param(
            '{ start = "08:00", end = "20:00" }',
            '{ start = "08:00",\n end = "20:00" }',
            [
                "line 20: text: no correct TOML: Invalid initial character for a key part; a table in braces stands on one line"
            ],
            id="multi-line inline",
        ),
        pytest.param(
            "most = 2",
            "most = 2",
            [
                "line 29: text: no correct TOML: Expected '=' after a key in a key/value pair; a space here is no plain one; type it anew"
            ],
            id="nbsp",
        ),
    ],
)
def test_what_is_no_toml_is_told_with_the_remedy(right: str, instead: str, told: list[str]) -> None:
    assert found_in(wrong(RULESET, right, instead)) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            RULESET.replace("[[rule]]", "[rule]"),
            "line 13: text: no correct TOML: Cannot declare ('rule',) twice; each of them stands"
            " under its own [[…]] with two brackets; one of them has a single one",
            id="every rule in single brackets",
        ),
        pytest.param(
            RULESET.replace("[[rule]]", "[[rules]]"),
            "line 6: ruleset: unknown key 'rules'; did you mean 'rule'?",
            id="rules",
        ),
        pytest.param(
            RULESET.replace("\n", "\r"),
            "line 1: text: no correct TOML: Expected newline or end of document after a statement;"
            " lines end in an old way; save the file with plain line ends",
            id="line ends of old machines",
        ),
        pytest.param(
            "<html><body>not found</body></html>",
            "line 1: text: no correct TOML: Invalid statement; this is another format; a ruleset"
            ' begins with name = "…"',
            id="a page of the web",
        ),
        pytest.param(
            '{"name": "ours"}',
            "line 1: text: no correct TOML: Invalid statement; this is another format; a ruleset"
            ' begins with name = "…"',
            id="JSON",
        ),
        pytest.param(
            "name: ours\nlayer: platform\n",
            "line 1: text: no correct TOML: Expected '=' after a key in a key/value pair; write ="
            " after a key, not a colon",
            id="YAML",
        ),
        pytest.param(
            more("volume", "most = 10 000"),
            "line 50: text: no correct TOML: Expected newline or end of document after a statement;"
            " write numbers without spaces: 10000",
            id="a number with a space",
        ),
        pytest.param(
            RULESET.replace("[[exemption]]", "[[exemption]]\nmost = 3"),
            "line 33: exemption number 1: unknown key 'most'; the keys here are rule, controller,"
            " reason, author, until",
            id="a key of a rule under an exemption",
        ),
        pytest.param(
            RULESET + 'zone = "UTC"\n',
            "line 44: local_holiday number 1: unknown key 'zone'; the keys here are places, month,"
            " day, source; 'zone' belongs to the whole: write it above the first [[…]]",
            id="a key of the whole at the end",
        ),
        pytest.param(
            RULESET.replace("valid_from", "[rule.windows]\nvalid_from").replace("windows = ", "# "),
            "line 22: rule ours.hours: 'windows': expected a list of at least 1 in brackets, each a"
            " table such as { start = …, end = … }, not a table",
            id="a table for a list",
        ),
        pytest.param(
            RULESET.replace("when = {", "# {").replace(
                "valid_from", '[rule.when]\nchannels = ["sms"]\nvalid_from'
            ),
            "line 24: rule ours.hours: unknown key 'valid_from' in 'when'; 'valid_from' belongs to"
            " the rule: write it above, outside of 'when'",
            id="a key of the rule under when",
        ),
        pytest.param(
            CASES,
            "line 9: ruleset: unknown key 'case'; cases stand in a file of their own, NAME.cases.toml",
            id="cases",
        ),
        pytest.param(
            b'name = "caf\xe9"\n',
            "line 1: text: expected UTF-8; save the file as UTF-8",
            id="another encoding",
        ),
    ],
)
def test_another_text_is_told_with_the_remedy(text: str | bytes, told: str) -> None:
    assert told in found_in(text)


def test_an_empty_file_lacks_everything() -> None:
    lacks = [told.partition("lacks ")[2].split(":")[0] for told in found_in(" \n\n")]
    assert lacks == ["'name'", "'title'", "'layer'"]


@pytest.mark.parametrize(
    "text",
    [
        RULESET,
        "\ufeff" + RULESET,
        RULESET.replace("\n", "\r\n"),
        wrong(RULESET, "most = 2", "\tmost\t=\t2_0"),
        wrong(RULESET, "when = { channels", "when = { purposes = ['offers'], channels"),
    ],
    ids=["as it is", "byte order mark", "line ends of Windows", "tabs", "single quotes"],
)
def test_what_is_harmless_is_not_told(text: str) -> None:
    assert found_in(text) == []
