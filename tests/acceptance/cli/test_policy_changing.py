"""An admin changes which rules hold, and stops what must not leave; a worker sees it at once."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.bootstrap import build_app
from engine.settings import load_settings
from tests.acceptance.cli.desk import PROJECT, Chappe
from tests.scenarios.rulesets import AT_NIGHT, CASES, hours

SOON = 2.0  # seconds in which a change reaches every process


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """A ruleset for the platform, with its cases beside it."""
    path = tmp_path / "ours.toml"
    path.write_text(hours(), encoding="utf-8")
    (tmp_path / "ours.cases.toml").write_text(CASES + AT_NIGHT, encoding="utf-8")
    return path


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A ruleset for a controller, without cases."""
    path = tmp_path / "shop.toml"
    path.write_text(hours("09:00", "19:00", layer="controller"), encoding="utf-8")
    return path


def test_a_ruleset_is_applied_shown_and_taken_back(
    chappe: Chappe, installed: Path, ours: Path
) -> None:
    before = chappe("policy", "current", "--json").json
    answer = chappe("policy", "apply", ours, "--reason", "of our own", "--json")
    assert answer.code == 0, answer.err
    assert answer.json["changed"] is True
    assert answer.json["cases"] == 2
    (held,) = chappe("policy", "current", "--json").json
    assert (held["ruleset"], held["version"]) == ("ours", answer.json["after"])
    assert held["reason"] == "of our own"
    assert chappe("policy", "current", "--text").out == ours.read_text()
    back = chappe("policy", "rollback", "--reason", "too little")
    assert (back.code, back.out.count("stricter") > 10) == (0, True), back.err
    shown = chappe("policy", "history", "--changes")
    assert [line.split()[1:3] for line in shown.out.splitlines()[1:4]] == [
        ["fr", "past"],
        ["ours", "past"],
        ["fr", "now"],
    ]
    assert "removed (cap): looser" in shown.out
    assert chappe("policy", "current", "--json").json[0]["version"] == before[0]["version"]


def test_everything_that_is_wrong_is_told_with_file_and_line(
    chappe: Chappe, installed: Path, ours: Path
) -> None:
    ours.write_text(hours(end="23:30"), encoding="utf-8")
    answer = chappe("policy", "apply", ours, "--reason", "later")
    assert answer.code == 1
    cases = ours.with_name("ours.cases.toml")
    assert f"{cases}:6: case at night: expected defer (hours), came allow" in answer.err
    assert "nothing was changed" in answer.err
    shown = chappe("policy", "apply", ours, "--reason", "later", "--json")
    assert (shown.code, [one["line"] for one in shown.json]) == (1, [6])
    ours.write_text("name = 1\nrul = 2\n", encoding="utf-8")
    shown = chappe("policy", "apply", ours, "--reason", "later", "--json")
    assert {one["line"] for one in shown.json} == {1, 2}
    assert chappe("policy", "current", "--json").json[0]["ruleset"] == "fr"


def test_a_controllers_ruleset_is_refused_where_it_loosens_by_the_line_of_the_rule(
    chappe: Chappe, installed: Path, ours: Path, shop: Path
) -> None:
    chappe("policy", "apply", ours, "--reason", "of our own")
    shop.write_text(hours("07:00", layer="controller"), encoding="utf-8")
    answer = chappe("policy", "apply", shop, "--reason", "early", "--without-cases")
    assert answer.code == 1
    assert f"{shop}:4: rule hours: loosens: windows 08:00–20:00 → 07:00–20:00" in answer.err


def test_a_lower_layer_restricts_more_and_is_emptied_again(
    chappe: Chappe, installed: Path, ours: Path, shop: Path
) -> None:
    chappe("policy", "apply", ours, "--reason", "of our own")
    assert "--without-cases" in chappe("policy", "apply", shop, "--reason", "x").err
    answer = chappe("policy", "apply", shop, "--reason", "contract", "--without-cases")
    assert "controller boutique" in answer.err
    held = chappe("policy", "current", "--controller", "boutique", "--json").json
    assert [one["layer"] for one in held] == ["platform", "controller"]
    back = chappe("policy", "rollback", "--controller", "boutique", "--reason", "over", "--json")
    assert (back.json["after"], back.json["looser"]) == (None, 1)
    assert len(chappe("policy", "current", "--controller", "boutique", "--json").json) == 1


def test_a_dry_run_and_an_instant_to_come_change_nothing_now(
    chappe: Chappe, installed: Path, ours: Path
) -> None:
    answer = chappe("policy", "apply", ours, "--reason", "x", "--dry-run")
    assert (answer.code, "nothing was changed" in answer.err) == (0, True)
    assert "looser" in answer.out
    ahead = chappe("policy", "apply", ours, "--reason", "x", "--from", "2999-01-01T00:00+01:00")
    assert "holds from 2998-12-31 23:00:00 UTC on" in ahead.err
    assert chappe("policy", "current", "--json").json[0]["ruleset"] == "fr"
    assert [one["holds"] for one in chappe("policy", "history", "--json").json] == [
        "now",
        "planned",
    ]
    assert chappe("policy", "apply", ours, "--reason", "x", "--from", "2020-01-01").code == 1
    wrong = chappe("policy", "apply", ours, "--reason", "x", "--from", "tomorrow")
    assert (wrong.code, "is no instant" in wrong.err) == (2, True)


def test_a_worker_in_another_process_sees_an_apply_and_a_kill_within_two_seconds(
    chappe: Chappe, installed: Path, ours: Path
) -> None:
    worker = build_app(load_settings())
    try:
        worker.rulebook.current()

        def run(*arguments: str) -> float:
            command = [sys.executable, "-m", "ops.cli", *arguments]
            subprocess.run(command, cwd=PROJECT, env=os.environ, check=True, capture_output=True)
            return time.monotonic()

        done = run("policy", "apply", str(ours), "--reason", "x")
        (row,) = worker.rulebook.current().in_force(1, "c", worker.clock.now())
        assert row.name == "ours"
        assert time.monotonic() - done < SOON
        done = run("policy", "kill", "channel", "email", "--reason", "x")
        edition = worker.rulebook.current()
        assert edition.killed((1, "boutique"), "c", "email", worker.clock.now())
        assert time.monotonic() - done < SOON
    finally:
        worker.close()


def test_what_is_killed_is_listed_until_it_is_lifted(chappe: Chappe, installed: Path) -> None:
    answer = chappe("policy", "kill", "campaign", "winter-1", "--reason", "wrong price")
    assert answer.code == 0
    assert "until somebody lifts it: kill 1" in answer.err
    assert "will not leave when it comes" in answer.err
    length = ("--for", "PT2H", "--json")
    two = chappe("policy", "kill", "destination", "+262", "--reason", "cyclone", *length).json
    assert (two["off"], two["ends_at"] is not None) == (True, True)
    shown = chappe("policy", "kills").out
    assert "wrong price" in shown
    assert "+262" in shown
    assert chappe("policy", "lift", 1, "--reason", "price mended").code == 0
    left = chappe("policy", "kills", "--json").json
    assert [one["target"] for one in left] == ["+262"]
    ended = chappe("policy", "kills", "--ended", "--json").json
    assert [one["lifted_at"] is not None for one in ended] == [True, False]
    assert chappe("policy", "lift", 1, "--reason", "again").code == 1


def test_a_kill_that_makes_no_sense_is_refused_with_what_was_meant(
    chappe: Chappe, installed: Path
) -> None:
    wrong = chappe("policy", "kill", "connector", "outbx", "--reason", "x")
    assert (wrong.code, "did you mean 'outbox'" in wrong.err) == (1, True)
    both = chappe(
        "policy", "kill", "channel", "sms", "--reason", "x", "--for", "P1D", "--until", "2999-01-01"
    )
    assert (both.code, "not both" in both.err) == (2, True)
    assert chappe("policy", "kill", "channel", "sms", "--reason", "x", "--for", "1 day").code == 2
    assert chappe("policy", "kills").err.strip() == "nothing is switched off"


def test_every_change_of_policy_is_on_the_audit_chain(
    chappe: Chappe, installed: Path, ours: Path
) -> None:
    chappe("policy", "apply", ours, "--reason", "of our own")
    chappe("policy", "rollback", "--reason", "too little")
    chappe("policy", "kill", "channel", "sms", "--reason", "operator asks")
    chappe("policy", "lift", 1, "--reason", "operator content")
    acts = chappe("audit", "show", "--json").json
    told = [(one["act"], one["details"]["reason"]) for one in acts[:4]]
    assert told == [
        ("switched_on", "operator content"),
        ("switched_off", "operator asks"),
        ("policy_rolled_back", "too little"),
        ("policy_applied", "of our own"),
    ]
    assert chappe("audit", "verify").code == 0
