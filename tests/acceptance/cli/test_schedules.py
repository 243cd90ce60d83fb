"""Local times and aims at the command line: what is checked, shown and sent."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.cli.desk import Chappe, Up, write_job

WHERE = ["FR", "FR", "FR", "RE", "NC", ""]
DAY = (datetime.now(UTC) + timedelta(days=20)).date()


@pytest.fixture
def clients(chappe: Chappe, installed: Path, tmp_path: Path) -> None:
    rows = [f"c{at},Ana,client{at}@example.org,{code}" for at, code in enumerate(WHERE)]
    path = tmp_path / "clients.csv"
    path.write_text("\n".join(["ref,prenom,email,country", *rows]) + "\n")
    chappe("list", "import", "clients", path, "--attested-by", "operator")


def at_two(path: Path, **schedule: str) -> Path:
    return write_job(
        path, schedule={"local_time": "14:00", "local_date": DAY.isoformat(), **schedule}
    )


def on_the_day(clock: str) -> str:
    return datetime.fromisoformat(f"{DAY.isoformat()}T{clock}").astimezone(UTC).isoformat()


@pytest.mark.usefixtures("clients")
def test_a_check_tells_who_would_start_when(chappe: Chappe, tmp_path: Path) -> None:
    job = at_two(tmp_path / "job.json", not_after=on_the_day("12:30:00+01:00"))
    checked = chappe("campaign", "check", job, "--json")
    assert checked.code == 0, checked.err
    starts = [
        (datetime.fromisoformat(one["at"]), one["recipients"], one["expires"])
        for one in checked.json["starts"]
    ]
    paris, reunion, noumea = "14:00:00+01:00", "14:00:00+04:00", "14:00:00+11:00"
    assert starts == [
        (datetime.fromisoformat(on_the_day(noumea)), 1, False),
        (datetime.fromisoformat(on_the_day(reunion)), 1, False),
        (datetime.fromisoformat(on_the_day(paris)), 4, True),
    ]
    assert checked.json["assumed"] == 1
    text = chappe("campaign", "check", job)
    assert "starts" in text.out
    assert "taken to be in FR" in text.err


@pytest.mark.usefixtures("clients")
def test_a_check_refuses_what_is_too_late_for_everybody(chappe: Chappe, tmp_path: Path) -> None:
    job = at_two(tmp_path / "job.json", not_after=on_the_day("03:30:00+01:00"))
    rows = [{"email": "ana@example.org", "prenom": "Ana", "country": "FR"}]
    job.write_text(json.dumps(json.loads(job.read_text()) | {"recipients": {"inline": rows}}))
    checked = chappe("campaign", "check", job, "--json")
    assert checked.code == 1
    assert "schedule.local_time" in checked.json["expires"]


@pytest.mark.usefixtures("clients")
def test_a_campaign_shows_who_starts_when_and_waits_for_the_first(
    chappe: Chappe, up: Up, tmp_path: Path
) -> None:
    job = at_two(tmp_path / "job.json", spread="PT10M")
    with up():
        assert chappe("campaign", "submit", job, "--wait", "--timeout", 60).code == 0
    shown = chappe("campaign", "show", "winter-1", "--json").json
    assert [one["recipients"] for one in shown["starts"]] == [1, 1, 4]
    first = shown["starts"][0]
    spread = datetime.fromisoformat(first["until"]) - datetime.fromisoformat(first["at"])
    assert spread == timedelta(minutes=10)
    answer = chappe("campaign", "show", "winter-1")
    assert "starts" in answer.out
    assert f"it starts at {DAY.isoformat()} 03:00" in answer.err


@pytest.mark.usefixtures("clients")
def test_a_second_campaign_leaves_out_whom_the_first_has_reached(
    chappe: Chappe, up: Up, installed: Path, tmp_path: Path
) -> None:
    chappe("suppress", "add", "client3@example.org", "--reason", "complaint")
    again = write_job(
        tmp_path / "again.json",
        id="winter-2",
        recipients={"list": "clients", "except": {"campaign": "winter-1", "outcomes": ["sent"]}},
    )
    refused = chappe("campaign", "check", again)
    assert refused.code == 1
    assert "aimed_campaign_missing" in refused.out
    with up():
        job = write_job(tmp_path / "job.json")
        first = chappe("campaign", "submit", job, "--wait", "--timeout", 60, "--json").json
        assert first["outcomes"] == {"sent": 5, "suppressed": 1}
        checked = chappe("campaign", "check", again, "--json").json
        assert (checked["accepted"], checked["rejections"]) == (1, {"not_aimed": 5})
        second = chappe("campaign", "submit", again, "--wait", "--timeout", 60, "--json").json
    assert second["outcomes"] == {"suppressed": 1}
    assert len(list((installed / "outbox" / "email").glob("*.eml"))) == 5
