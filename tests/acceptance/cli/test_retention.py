"""An admin sees what is kept how long, sweeps, holds, and proves."""

import json
from pathlib import Path

import pytest

from engine.retention import turns
from policy.retention import CLASSES
from tests.acceptance.cli.desk import Chappe, Up

pytestmark = pytest.mark.usefixtures("installed")


def test_each_class_is_shown_with_its_time_and_its_source(chappe: Chappe) -> None:
    shown = chappe("retention", "show", "--json").json
    assert [one["name"] for one in shown] == [one.name for one in CLASSES]
    assert all(one["source"] for one in shown)
    assert "connection_log" in chappe("retention", "show").out


def test_a_plan_says_what_is_too_old_at_an_instant(chappe: Chappe, job: Path, up: Up) -> None:
    with up():
        assert chappe("campaign", "submit", job, "--wait", "--timeout", 30).code == 0
    plan = chappe("retention", "plan", "--json").json
    now = {one["name"]: one["overdue"] for one in plan}
    later = {
        one["name"]: one["overdue"]
        for one in chappe("retention", "plan", "--at", "2099-01-01", "--json").json
    }
    assert now["history"] == 0
    assert later["history"] == 1
    (events,) = [one for one in plan if one["name"] == "events"]
    assert (events["overdue"], events["coming"]["P1D"]) == (0, 0)
    assert events["coming"]["P1Y"] > 0
    assert set(now) == set(turns.SWEEPERS)
    assert "too old" in chappe("retention", "plan").out


def test_a_run_removes_what_is_too_old_and_is_on_record(
    chappe: Chappe, job: Path, up: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    with up():
        assert chappe("campaign", "submit", job, "--wait", "--timeout", 30).code == 0
    assert chappe("retention", "run", "nonsense").code == 2
    monkeypatch.setenv("CHAPPE_CLOCK_OFFSET", str(4_000 * 24 * 3600 * 1000))
    removed = {one["name"]: one["removed"] for one in chappe("retention", "run", "--json").json}
    assert removed["history"] > 0
    assert chappe("campaign", "list", "--json").json == []
    assert chappe("retention", "run").code == 0
    assert "retention_run" in chappe("audit", "show", "--json").out


def test_a_hold_is_documented_and_lifted(chappe: Chappe) -> None:
    held = chappe(
        "retention", "hold", "history", "--controller", "boutique",
        "--reason", "court case", "--author", "counsel", "--until", "2099-01-01", "--json",
    )  # fmt: skip
    (hold,) = held.json
    assert (hold["retention_class"], hold["controller"], hold["author"]) == (
        "history",
        "boutique",
        "counsel",
    )
    assert "court case" in chappe("retention", "holds").out
    assert chappe("retention", "lift", hold["hold"]).code == 0
    assert chappe("retention", "lift", hold["hold"]).code == 1
    assert chappe("retention", "holds", "--json").json == []
    assert len(chappe("retention", "holds", "--all", "--json").json) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nonsense",), "is swept"),
        (("events", "--campaign", "x"), "does not belong to campaigns"),
        (("history", "--campaign", "x"), "no campaign"),
        (("history", "--controller", "x"), "x"),
    ],
)
def test_a_hold_that_cannot_be_is_explained(
    chappe: Chappe, arguments: tuple[str, ...], said: str
) -> None:
    told = chappe("retention", "hold", *arguments, "--reason", "r", "--author", "a")
    assert told.code == 1
    assert said in told.err


def test_a_proof_counts_nothing_too_old_and_an_altered_one_is_found_out(
    chappe: Chappe, tmp_path: Path
) -> None:
    assert chappe("retention", "run").code == 0
    written = chappe("retention", "proof")
    assert written.code == 0
    assert sum(one["overdue"] for one in json.loads(written.out)["classes"]) == 0
    file = tmp_path / "proof.json"
    file.write_text(written.out)
    assert chappe("retention", "proof", "--verify", file, "--json").json["genuine"] is True
    assert "genuine" in chappe("retention", "proof", "--verify", file).out
    file.write_text(written.out.replace('"holds": 0', '"holds": 1', 1))
    assert chappe("retention", "proof", "--verify", file).code == 1
    file.write_text("nonsense")
    assert "no proof" in chappe("retention", "proof", "--verify", file).err
