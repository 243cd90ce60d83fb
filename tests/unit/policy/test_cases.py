"""Cases: read with all that is wrong at once, decided, and told in words."""

from dataclasses import fields

import pytest

from policy.case_facts import Contact, Given, Proof, moment, recipient_facts, send_facts
from policy.cases import CaseResult, CasesFault, read_cases, run_cases
from policy.evaluate import compile_ruleset
from policy.rule_kinds import Basis, Hours, Permitted, Ruleset, Window
from policy.send_facts import EVIDENCE, ContentFacts, RecipientFacts, SendFacts

RULES = compile_ruleset(
    Ruleset(
        name="one",
        title="One",
        layer="platform",
        rule=(
            Basis(
                id="basis",
                source="made up",
                certainty="house",
                one_of=(Permitted(type="contract"),),
            ),
            Hours(
                id="hours",
                source="made up",
                certainty="house",
                windows=(Window(start="08:00", end="20:00"),),
            ),
        ),
    ),
    "1",
)
CASE = """
[[case]]
title = "one"
at = "2026-11-24T11:00"
given = { channel = "sms", basis = "contract", place = "75", withdrawn = false }
then = { verdict = "allow" }
"""


def result(text: str) -> CaseResult:
    (only,) = run_cases(RULES, read_cases(text))
    return only


def faults(text: str) -> list[str]:
    with pytest.raises(CasesFault) as raised:
        read_cases(text)
    return [str(each) for each in raised.value.faults]


def test_a_case_passes_when_all_that_is_expected_comes() -> None:
    found = result(CASE)
    assert found.passed
    assert (found.expected, found.got) == ("allow", "allow")


@pytest.mark.parametrize(
    ("then", "passes"),
    [
        ('verdict = "defer"', True),
        ('verdict = "defer", reason = "hours"', True),
        ('verdict = "defer", reason = "hours", until = "2026-11-25T08:00"', True),
        ('verdict = "defer", until = "2026-11-25T07:00Z", rule = "hours"', True),
        ('verdict = "deny"', False),
        ('verdict = "defer", reason = "cap"', False),
        ('verdict = "defer", until = "2026-11-25T09:00"', False),
        ('verdict = "defer", rule = "basis"', False),
    ],
)
def test_a_case_fails_when_anything_that_is_expected_does_not_come(then: str, passes: bool) -> None:
    text = CASE.replace("T11:00", "T20:00").replace('verdict = "allow"', then)
    assert result(text).passed is passes


def test_what_came_is_told_with_the_rule_and_the_local_time() -> None:
    text = CASE.replace("T11:00", "T20:00").replace(
        '"allow"', '"defer", until = "2026-11-25T07:00Z"'
    )
    found = result(text)
    assert found.expected == "defer until 2026-11-25 08:00 Europe/Paris"
    assert found.got == "defer: hours until 2026-11-25 08:00 Europe/Paris (hours)"


def test_an_instant_is_told_in_utc_where_several_local_times_are_possible() -> None:
    text = CASE.replace('place = "75"', 'places = ["75", "974"]').replace("T11:00", "T19:00Z")
    assert result(text).got == "defer: hours until 2026-11-25 07:00 UTC (hours)"


def test_moments_may_be_written_as_toml_writes_them() -> None:
    text = CASE.replace('"2026-11-24T11:00"', "2026-11-24T19:00:00Z").replace("allow", "defer")
    assert result(text).passed


def test_facts_of_a_case_go_before_those_of_groups_and_these_before_usual_ones() -> None:
    text = """
    [usual]
    channel = "email"
    controller = "usual"
    purpose = "usual"
    [facts.group]
    controller = "group"
    purpose = "group"
    """ + CASE.replace("{ channel", '{ use = ["group"], purpose = "case", channel')
    (case,) = read_cases(text)
    assert (case.send.channel, case.send.controller, case.send.purpose) == ("sms", "group", "case")


def test_what_is_listed_as_unknown_is_known_to_nobody() -> None:
    (case,) = read_cases(CASE.replace("then =", 'unknown = ["basis"]\nthen ='))
    assert case.send.basis is None


def test_a_fact_that_is_not_given_is_unknown() -> None:
    given = Given(channel="sms")
    send, recipient = send_facts(given), recipient_facts(given)
    assert send == SendFacts("", None, "", None, None, "sms", content=ContentFacts())
    assert recipient == RecipientFacts(withdrawn=None)


def test_every_fact_can_be_given() -> None:
    names = set(Given.__struct_fields__)
    apart = {"evidence", "content", "places"}  # by the names of what is in them, and by places
    for facts in (SendFacts, RecipientFacts, ContentFacts):
        assert {field.name for field in fields(facts)} - apart <= names
    assert set(Proof.__struct_fields__) == set(EVIDENCE)


def test_proof_of_a_recipients_own_stands_apart_from_the_campaigns() -> None:
    (case,) = read_cases(
        CASE.replace("{ channel", '{ channels = ["sms"], own = { method = "paper" }, channel')
    )
    assert case.send.evidence == {"channels": frozenset({"sms"})}
    assert case.recipient.evidence == {("method", "paper")}


def test_contacts_are_counted_by_channel_and_moment() -> None:
    given = Given(
        channel="sms",
        place="974",
        contacts=(
            Contact(at="2026-11-24T11:00", times=2),
            Contact(at="2026-11-24T08:00Z", channel="voice", scope="platform"),
        ),
        lists_read={"robinson": "2026-11-24T04:00"},
        on_lists={"robinson": True},
        refused_at="2026-11-24T00:00Z",
    )
    facts = recipient_facts(given)
    at = moment("2026-11-24T07:00Z", frozenset())
    hour = 3_600_000
    assert facts.contacts == (
        ("sms", "controller", at),
        ("sms", "controller", at),
        ("voice", "platform", at + hour),
    )
    assert facts.lists_read == {("robinson", at - 7 * hour)}
    assert facts.on_lists == {("robinson", True)}
    assert facts.refused_at == at - 7 * hour


def test_a_recipient_is_placed_by_number_postal_code_and_country() -> None:
    by_number = Given(channel="sms", number="+262692000000")
    by_code = Given(channel="post", country="FR", postal_code="67000")
    assert recipient_facts(by_number).places == {"974"}
    assert recipient_facts(by_code).places == {"67"}
    assert recipient_facts(Given(channel="sms", places=())).places == frozenset()


def test_all_that_is_wrong_is_told_at_once_with_lines() -> None:
    text = """
[usual]
colour = "red"

[facts.one]
use = ["two"]
safety = "yes"

[[case]]
title = "one"
at = "2026-11-24T11:00"
given = { channl = "sms", kind = "sales", on_lists = { bloctel = 1 } }
then = { verdict = "refuse", reasn = "hours" }

[[case]]
at = "tomorrow"
given = 1
then = { verdict = 1 }

[extra]
"""
    assert faults(text) == [
        "line 3: usual: unknown key 'colour'; did you mean 'country'?",
        "line 6: facts one: only cases use groups of facts",
        "line 7: facts one: 'safety': expected true or false, not 'yes'",
        "line 12: case one: unknown key 'channl' in 'given'; did you mean 'channel'?",
        "line 12: case one: 'given.kind': expected one of marketing, service, not 'sales'",
        "line 12: case one: 'given.on_lists.bloctel': expected true or false, not the number 1",
        "line 13: case one: unknown key 'reasn' in 'then'; did you mean 'reason'?",
        "line 13: case one: 'then.verdict': expected one of allow, deny, defer, not 'refuse'",
        "line 15: case number 2: lacks 'title': text in quotes",
        "line 17: case number 2: 'given': expected a table such as { given_at = …, method = …, text_version = … }, not the number 1",
        "line 18: case number 2: 'then.verdict': expected one of allow, deny, defer, not the number 1",
        "line 20: extra: unknown key 'extra'; the keys here are usual, facts, case",
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ('"75"', '"1075"', 5, "no place is called '1075'"),
        ('"75"', '"75", use = ["non"]', 5, "no group of facts is called 'non'"),
        (
            "then",
            'unknown = ["basic"]\nthen',
            6,
            "no fact is called 'basic'; did you mean 'basis'?",
        ),
        ('channel = "sms", ', "", 5, "lacks 'channel'"),
        ("11-24T11:00", "11-24 at noon", 4, "is no moment; write 2026-"),
        ("2026-11-24T", "9999-12-31T", 4, "too far away"),
        ("11-24T11:00", "03-29T02:30", 4, "show '2026-03-29T02:30' never"),
        ("11-24T11:00", "10-25T02:30", 4, "show '2026-10-25T02:30' twice"),
        ('place = "75"', 'places = ["75", "974"]', 4, "2 local times are possible"),
        ('place = "75"', "places = []", 4, "no place is known"),
        ('"allow"', '"defer", until = "8"', 6, "is no moment"),
        ('"75"', '"75", refused_at = "8"', 5, "is no moment"),
        ('"75"', '"75", on_lists = true', 5, "expected a table of names, each with true or false"),
        ('"75"', '"75", number = "0199"', 5, "expected a number such as +33"),
        ('"75"', '"75", own = { given = 2026-01-01 }', 5, "did you mean 'given_at'?"),
        ('"75"', '"75", own = 1', 5, "'given.own': expected a table"),
        (
            '"75"',
            '"75", contacts = [{ at = "2026-11-24T11:00", times = 0 }]',
            5,
            "expected a whole number from 1 to 1000, not the number 0",
        ),
    ],
)
def test_a_fault_is_told_with_its_line_and_its_case(
    old: str, new: str, line: int, what: str
) -> None:
    (told,) = faults(CASE.replace(old, new))
    assert told.startswith(f"line {line}: case one: ")
    assert what in told


def test_a_file_that_is_no_toml_is_told_with_its_line() -> None:
    (told,) = faults(CASE.replace("then =", "then"))
    assert told.startswith("line 6: text: no correct TOML: ")


def test_a_file_that_breaks_off_or_goes_too_deep_is_told() -> None:
    assert faults('[usual]\npurpose = """open')[0].startswith("line 2: text: no correct TOML")
    assert faults("a = " + "[" * 50_000) == ["line 1: text: brackets are nested too deeply"]


def test_a_file_without_cases_is_no_file_of_cases() -> None:
    assert faults("") == ["line 1: text: there is no case: write [[case]]"]


def test_tables_that_should_be_others_are_told() -> None:
    assert faults("facts = 1\n" + CASE) == ["line 1: facts: write groups of facts as [facts.NAME]"]
    assert faults("[case]\ntitle = 'one'") == ["line 1: case: write cases as [[case]]"]
    (told,) = faults("usual = 1\n" + CASE)
    assert told.startswith("line 1: usual: expected a table such as { ")
    (told,) = faults("case = [1]")
    assert told.startswith("line 1: case number 1: expected a table such as { title = …")


def test_a_group_called_usual_is_a_group_as_any_other() -> None:
    text = '[facts.usual]\npurpose = "group"\n' + CASE.replace(
        "{ channel", '{ use = ["usual"], channel'
    )
    (case,) = read_cases(text)
    assert case.send.purpose == "group"
