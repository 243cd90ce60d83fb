"""An admin asks why somebody was contacted or not, and tries rules on a real campaign."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.acceptance.cli.desk import Chappe, Up, write_job
from tests.scenarios.rulesets import head

REFUSING = (
    head("controller", "shop")
    + """
[[rule]]
kind = "ban"
id = "nothing"
source = "for tests"
certainty = "house"
when = { channels = ["email"], campaigns = ["marketing"] }
"""
)
VOLUME = (
    head("controller", "shop")
    + """
[[rule]]
kind = "volume"
id = "large"
source = "for tests"
certainty = "house"
most = 5
approvals = 1
"""
)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A ruleset of the client that refuses everything."""
    path = tmp_path / "shop.toml"
    path.write_text(REFUSING, encoding="utf-8")
    return path


@pytest.fixture
def waiting(chappe: Chappe, up: Up, job: Path, tmp_path: Path) -> Path:
    """A campaign of ten that is planned for later, one of whom objected."""
    later = datetime.now(UTC) + timedelta(days=2)
    path = write_job(tmp_path / "later.json", schedule={"not_before": later.isoformat()})
    with up():
        chappe("campaign", "submit", path)
        until = time.monotonic() + 60
        while chappe("campaign", "show", "winter-1", "--json").json["state"] != "planned":
            assert time.monotonic() < until
            time.sleep(0.1)
    return path


def test_it_is_explained_rule_by_rule_without_the_address(chappe: Chappe, waiting: Path) -> None:
    answer = chappe("policy", "explain", "winter-1", "--ref", "c1", "--facts")
    assert answer.code == 0, answer.err
    assert "winter-1: waiting" in answer.out
    assert "fr.basis.electronic.customer" in answer.out
    assert "not about it: " in answer.out
    assert "client1@" not in answer.out
    opposed = chappe("policy", "explain", "winter-1", "--email", "client3@example.org", "--json")
    told = opposed.json
    assert [one["outcome"] for one in told["so_far"]["stories"]] == ["waiting"]
    assert [one["reason"] for one in told["so_far"]["suppressions"]] == ["complaint"]
    ((one,),) = told["recipients"]
    assert one["decision"]["verdict"] == "allow"
    assert {step["says"] for step in one["trace"]} == {"permits", "not about it"}
    assert "client3@" not in opposed.out


def test_it_is_explained_for_an_instant_and_for_one_person_only(
    chappe: Chappe, waiting: Path, shop: Path
) -> None:
    apply = ("policy", "apply", shop, "--reason", "x", "--without-cases")
    assert chappe(*apply, "--from", "2999-01-01").code == 0
    explain = ("policy", "explain", "winter-1", "client1@example.org", "--json")
    now, then = chappe(*explain).json, chappe(*explain, "--at", "2999-06-01").json
    assert now["recipients"][0][0]["decision"]["verdict"] == "allow"
    assert then["recipients"][0][0]["decision"]["rule"] == "controller.nothing"
    assert [one["layer"] for one in then["rulesets"]] == ["platform", "controller"]
    both = chappe("policy", "explain", "winter-1", "client1@example.org", "--ref", "c1")
    assert (both.code, "give one of" in both.err) == (2, True)


def test_rules_are_tried_on_a_real_campaign_with_a_chart(
    chappe: Chappe, waiting: Path, shop: Path, tmp_path: Path
) -> None:
    answer = chappe("policy", "simulate", shop, "winter-1", "--svg", tmp_path / "hours.svg")
    assert answer.code == 0, answer.err
    assert "9 would fare otherwise by shop" in answer.err
    assert "now   9  ████" in answer.out
    assert "then  0" in answer.out
    picture = (tmp_path / "hours.svg").read_text()
    assert ET.fromstring(picture).tag.endswith("svg")  # noqa: S314 (our own)
    shown = chappe("policy", "simulate", shop, "winter-1", "--json").json
    assert (shown["recipients"], shown["otherwise"]) == (10, 9)
    denied = [one for one in shown["endings"] if one["outcome"] == "denied"]
    assert [(one["rule"], one["present"], one["proposed"]) for one in denied] == [
        ("controller.nothing", 0, 9)
    ]
    assert [(hour["present"], hour["proposed"]) for hour in shown["hours"]] == [(9, 0)]
    file = chappe("policy", "simulate", shop, waiting, "--json").json
    assert (file["endings"], file["otherwise"]) == (shown["endings"], 9)
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("name = 1\n", encoding="utf-8")
    assert chappe("policy", "simulate", wrong, "winter-1").code == 1


def test_a_large_campaign_goes_on_once_somebody_else_approved_it(
    chappe: Chappe, up: Up, job: Path, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write_text(VOLUME, encoding="utf-8")
    assert chappe("policy", "apply", shop, "--reason", "x", "--without-cases").code == 0
    with up():
        chappe("campaign", "submit", job)
        stopped = chappe("campaign", "watch", "winter-1", "--timeout", "5")
        assert stopped.code == 1
        assert "see chappe campaign approve" in chappe("campaign", "show", "winter-1").err
        monkeypatch.setenv("CHAPPE_ACTOR", "chappe")
        own = chappe("campaign", "approve", "winter-1")
        assert (own.code, "somebody else has to" in own.err) == (1, True)
        monkeypatch.setenv("CHAPPE_ACTOR", "ana")
        approved = chappe("campaign", "approve", "winter-1", "--json").json
        assert (approved["lacking"], approved["resumed"]) == (0, True)
        assert "cannot be proven" in approved["notices"][0]
        assert chappe("campaign", "watch", "winter-1", "--timeout", "60").code == 0
    shown = chappe("campaign", "show", "winter-1", "--json").json
    assert [one["actor"] for one in shown["approvals"]] == ["ana"]
    assert shown["outcomes"]["sent"] == 9
