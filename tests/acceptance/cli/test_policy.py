"""An admin looks at rulesets, checks, tests and compares them; nothing is installed for that."""

from pathlib import Path

import pytest

from tests.acceptance.cli.desk import Chappe

RULESET = """\
name = "ours"
title = "Ours"
layer = "platform"

[[rule]]
kind = "basis"
id = "ours.basis"
source = "house"
certainty = "house"
one_of = [{ type = "contract" }]
when = { channels = ["sms"] }

[[rule]]
kind = "hours"
id = "ours.hours"
source = "house"
certainty = "house"
when = { channels = ["sms"], except_safety = true }
windows = [{ start = "08:00", end = "20:00" }]
holidays = false

[[exemption]]
rule = "ours.hours"
controller = "boutique"
reason = "night shop"
author = "counsel"
until = 2027-06-30
"""
CASES = """\
[[case]]
title = "by day"
at = "2026-11-24T11:00"
given = { channel = "sms", basis = "contract", place = "75", withdrawn = false }
then = { verdict = "allow" }
"""


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """A ruleset of an admin's own, with a case beside it."""
    path = tmp_path / "ours.toml"
    path.write_text(RULESET, encoding="utf-8")
    (tmp_path / "ours.cases.toml").write_text(CASES, encoding="utf-8")
    return path


def test_the_rulesets_that_come_with_chappe_are_listed(chappe: Chappe, home: Path) -> None:
    (french,) = chappe("policy", "list", "--json").json
    assert (french["ruleset"], french["layer"]) == ("fr", "platform")
    assert french["cases"] > 300
    assert french["version"] in chappe("policy", "list").out
    assert not home.exists()


def test_every_rule_is_shown_with_its_source(chappe: Chappe) -> None:
    shown = chappe("policy", "show", "fr", "--json").json
    assert all(rule["source"] for rule in shown["rules"])
    assert {rule["certainty"] for rule in shown["rules"]} == {
        "law",
        "guidance",
        "contract",
        "house",
    }
    assert len(shown["local_holidays"]) == 11
    answer = chappe("policy", "show", "fr")
    assert "fr.hours.sms" in answer.out
    assert "every send" in answer.out
    assert "05-27" in answer.out
    assert f"version {shown['version']}" in answer.err


def test_one_rule_is_shown_in_full(chappe: Chappe, ours: Path) -> None:
    told = chappe("policy", "show", "fr", "--rule", "fr.basis.live.until_2026_08_10").out
    assert "2026-08-10" in told
    assert "contract (contract_ref, contract_active = true, related = true)" in told
    assert "L223-1" in told
    assert "closed" in chappe("policy", "show", ours, "--rule", "ours.hours").out


def test_exemptions_are_shown_with_reason_author_and_end(chappe: Chappe, ours: Path) -> None:
    told = chappe("policy", "show", ours).out
    for word in ("boutique", "night shop", "counsel", "2027-06-30"):
        assert word in told


def test_a_rule_that_is_not_there_is_named_with_the_one_that_was_meant(chappe: Chappe) -> None:
    answer = chappe("policy", "show", "fr", "--rule", "fr.hour.sms")
    assert answer.code == 2
    assert "did you mean 'fr.hours.sms'?" in answer.err


def test_the_french_ruleset_passes_all_its_cases(chappe: Chappe) -> None:
    answer = chappe("policy", "test", "fr", "--json")
    assert answer.code == 0
    assert (answer.json["failed"], answer.json["passed"]) == (0, len(answer.json["cases"]))


def test_a_case_that_fails_is_shown_last_with_what_came(
    chappe: Chappe, ours: Path, tmp_path: Path
) -> None:
    more = tmp_path / "more.cases.toml"
    by_night = CASES.replace("T11", "T02").replace("by day", "by night")
    more.write_text(by_night + CASES, encoding="utf-8")
    answer = chappe("policy", "test", ours, more)
    assert answer.code == 1
    last = answer.out.splitlines()[-1].split()
    assert last[:2] == ["FAILED", "1"]
    assert "defer: hours until 2026-11-24 08:00 Europe/Paris (ours.hours)" in answer.out
    assert "1 of 2 cases pass" in answer.err
    only = chappe("policy", "test", ours, more, "--failed", "--json").json["cases"]
    assert [case["case"] for case in only] == ["by night"]


def test_cases_lie_beside_their_ruleset(chappe: Chappe, ours: Path) -> None:
    assert chappe("policy", "test", ours).code == 0
    assert chappe("policy", "test", ours, "--failed").out == ""
    ours.with_suffix(".cases.toml").unlink()
    answer = chappe("policy", "test", ours)
    assert answer.code == 2
    assert "ours.cases.toml" in answer.err


@pytest.mark.parametrize("verb", ["show", "lint", "test"])
def test_what_is_wrong_with_a_ruleset_is_told_with_file_and_line(
    chappe: Chappe, ours: Path, verb: str
) -> None:
    text = RULESET.replace("holidays", "hollidays").replace("[{ type", "[{ tipe")
    ours.write_text(text, encoding="utf-8")
    answer = chappe("policy", verb, ours)
    assert answer.code == 1
    assert f"{ours}:10: rule ours.basis: " in answer.err
    assert f"{ours}:20: rule ours.hours: unknown key 'hollidays'" in answer.err
    assert "did you mean 'holidays'?" in answer.err
    assert "Traceback" not in answer.err


def test_what_is_wrong_with_cases_is_told_with_file_and_line(chappe: Chappe, ours: Path) -> None:
    cases = ours.with_suffix(".cases.toml")
    cases.write_text(CASES.replace('"75"', '"1075"').replace("by day", "x"), encoding="utf-8")
    answer = chappe("policy", "test", ours)
    assert answer.code == 1
    assert answer.err == f"{cases}:4: case x: no place is called '1075'; did you mean '75'?\n"


def test_the_french_ruleset_is_said_to_be_fine(chappe: Chappe) -> None:
    answer = chappe("policy", "lint", "fr")
    assert (answer.code, answer.out) == (0, "")
    assert answer.err == "policy/packs/fr.toml: nothing is wrong\n"


def test_what_is_probably_not_meant_is_a_warning(chappe: Chappe, ours: Path) -> None:
    answer = chappe("policy", "lint", ours)
    assert answer.code == 0
    assert f"{ours}:1: warning: ruleset: no rule of kind basis speaks about" in answer.err
    found = chappe("policy", "lint", ours, "--json").json
    assert {one["severity"] for one in found} == {"warning"}


def test_what_makes_no_sense_between_rules_is_told_where_it_stands(
    chappe: Chappe, ours: Path
) -> None:
    wrong = (
        ('end = "20:00"', 'end = "08:00"'),
        ('rule = "ours.hours"', 'rule = "ours.hour"'),
        ('title = "Ours"', 'title = "Ours"\nzone = "Europe/Pari"'),
    )
    text = (
        RULESET
        + """
[[local_holiday]]
places = ["1075"]
month = 2
day = 30
source = "house"
"""
    )
    for right, other in wrong:
        text = text.replace(right, other)
    ours.write_text(text, encoding="utf-8")
    answer = chappe("policy", "lint", ours)
    assert answer.code == 1
    for line, what in (
        (3, "ruleset: zone 'Europe/Pari'"),
        (20, "rule ours.hours: window 08:00–08:00 never opens"),
        (23, "rule ours.hour: exemption of boutique from a rule that is not there"),
        (30, "ruleset: holiday 02-30 is not a day of every year"),
        (30, "ruleset: holiday 02-30: '1075' is no place"),
    ):
        assert f"{ours}:{line}: {what}" in answer.err
    assert chappe("policy", "test", ours).code == 1


def test_faults_are_a_document_for_programs(chappe: Chappe, ours: Path) -> None:
    ours.write_text(RULESET.replace("holidays", "hollidays"), encoding="utf-8")
    answer = chappe("policy", "lint", ours, "--json")
    assert answer.code == 1
    (fault,) = answer.json
    assert (fault["file"], fault["line"]) == (str(ours), 20)
    assert fault["subject"] == "rule ours.hours"


def test_a_difference_is_told_in_words(chappe: Chappe, ours: Path, tmp_path: Path) -> None:
    later = tmp_path / "later.toml"
    later.write_text(RULESET.replace('"20:00"', '"19:00"'), encoding="utf-8")
    assert "stricter" in chappe("policy", "diff", ours, later).out
    (change,) = chappe("policy", "diff", later, ours, "--json").json
    assert (change["rule"], change["direction"]) == ("ours.hours", "looser")


def test_rulesets_that_say_the_same_do_not_differ(chappe: Chappe, ours: Path) -> None:
    answer = chappe("policy", "diff", ours, ours)
    assert (answer.code, answer.out, answer.err) == (0, "", "nothing differs\n")


@pytest.mark.parametrize("name", ["f", "nowhere.toml", "."])
def test_what_is_neither_a_file_nor_a_name_is_refused_with_the_names(
    chappe: Chappe, name: str
) -> None:
    answer = chappe("policy", "lint", name)
    assert answer.code == 2
    assert "(fr)" in answer.err


def test_a_file_that_is_not_utf_8_is_refused(chappe: Chappe, ours: Path) -> None:
    ours.write_bytes("# é".encode("latin-1"))
    answer = chappe("policy", "lint", ours)
    assert answer.code == 2
    assert "UTF-8" in answer.err


def test_a_zone_that_does_not_exist_is_told(chappe: Chappe, ours: Path) -> None:
    ours.write_text('zone = "Europe/Pari"\n' + RULESET, encoding="utf-8")
    for verb in ("lint", "test"):
        answer = chappe("policy", verb, ours)
        assert answer.code == 1
        assert f"{ours}:1: " in answer.err
        assert "Europe/Pari" in answer.err


def test_an_admin_begins_with_the_french_files(chappe: Chappe, tmp_path: Path) -> None:
    ours = tmp_path / "ours.toml"
    ours.write_text(chappe("policy", "show", "fr", "--text").out, encoding="utf-8")
    cases = chappe("policy", "show", "fr", "--cases").out
    ours.with_suffix(".cases.toml").write_text(cases, encoding="utf-8")
    assert chappe("policy", "diff", "fr", ours).out == ""
    assert chappe("policy", "test", ours).code == 0
