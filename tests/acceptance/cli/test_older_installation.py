"""Whoever upgrades from a version that knew no rules is told what lacks, wherever they look."""

from pathlib import Path

import pytest

from engine.settings import load_settings
from engine.store import schema
from tests.acceptance.cli.desk import Chappe, Up, process

APPLY = "chappe policy apply fr --reason 'first rules'"


@pytest.fixture
def older(job: Path) -> Path:
    """A campaign for an installation as the version before left it: lists, oppositions, no rules."""
    schema.downgrade(load_settings().database, "main", "0002")
    return job


def test_an_upgrade_keeps_lists_and_oppositions_and_says_that_rules_lack(
    chappe: Chappe, older: Path
) -> None:
    assert "run: chappe migrate" in chappe("campaign", "check", older).err
    migrated = chappe("migrate")
    assert migrated.code == 0
    assert "no ruleset holds on the platform" in migrated.err
    assert APPLY in migrated.err
    examined = chappe("doctor", "--json")
    assert examined.code == 1
    (found,) = [one for one in examined.json if one["check"] == "policy"]
    assert (found["level"], found["remedy"]) == ("fault", APPLY)
    refused = chappe("campaign", "check", older, "--json")
    assert refused.code == 1
    assert "no_ruleset" in {one["reason"] for one in refused.json["refusals"]}
    with process("up") as child:
        lines = iter(child.stdout or ())
        told = next(line for line in lines if "platform_without_rules" in line)
        assert "chappe policy apply fr" in told
        child.terminate()
        assert child.wait(30) == 0


def test_with_rules_and_somebody_who_answers_for_its_lists_it_sends_as_before(
    chappe: Chappe, older: Path, up: Up
) -> None:
    chappe("migrate")
    applied = chappe("policy", "apply", "fr", "--reason", "first rules")
    assert applied.code == 0, applied.err
    assert "no ruleset" not in chappe("migrate").err
    refused = chappe("campaign", "check", older, "--json").json["refusals"]
    assert {one["reason"] for one in refused} == {"provenance_unknown", "not_screened"}
    assert chappe("list", "attest", "clients", "--by", "operator").code == 0
    assert chappe("list", "screen", "clients").code == 0
    with up():
        sent = chappe("campaign", "submit", older, "--wait", "--timeout", 60, "--json")
    assert sent.json["outcomes"] == {"sent": 9, "suppressed": 1}


def test_init_lays_the_rules_down_where_an_older_installation_has_none(
    chappe: Chappe, older: Path
) -> None:
    again = chappe("init")
    assert again.code == 0, again.err
    assert "made: rules of the platform: fr" in again.err
