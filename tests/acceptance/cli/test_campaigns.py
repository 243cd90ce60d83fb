import json
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.cli.desk import Chappe, Up, process, write_clients, write_job


def _later(path: Path, **changes: object) -> Path:
    at = datetime.now(UTC) + timedelta(days=1)
    return write_job(path, schedule={"not_before": at.isoformat()}, **changes)


def test_a_campaign_goes_from_a_file_to_recorded_outcomes(
    chappe: Chappe, job: Path, installed: Path, up: Up
) -> None:
    with up():
        answer = chappe("campaign", "submit", job, "--wait", "--timeout", 60, "--json")
    assert answer.code == 0, answer.err
    assert answer.json["state"] == "finished"
    assert answer.json["outcomes"] == {"sent": 9, "suppressed": 1}
    assert len(list((installed / "outbox" / "email").glob("*.eml"))) == 9
    audit = chappe("campaign", "audit", "winter-1", "--json")
    assert audit.code == 0
    assert (audit.json["holds"], audit.json["gap"], audit.json["accepted"]) == (True, 0, 10)
    assert "accepted = final outcomes + waiting" in chappe("campaign", "audit", "winter-1").out


def test_every_view_of_a_campaign_has_the_same_figures(chappe: Chappe, job: Path, up: Up) -> None:
    with up():
        submitted = chappe("campaign", "submit", job, "--wait", "--json").json
    shown = chappe("campaign", "show", "winter-1", "--json").json
    (listed,) = chappe("campaign", "list", "--json").json
    watched = chappe("campaign", "watch", "winter-1", "--json")
    audited = chappe("campaign", "audit", "winter-1", "--json").json
    assert watched.code == 0
    assert listed == shown == watched.lines[-1]
    assert submitted["outcomes"] == shown["outcomes"] == audited["final"]
    assert sum(leg["recipients"] for leg in shown["legs"]) == shown["accepted"] == 10
    text = chappe("campaign", "show", "winter-1").out
    assert "10 accepted" in text
    assert "suppressed" in text
    assert "winter-1" in chappe("campaign", "list").out


def test_the_same_campaign_put_twice_is_sent_once(
    chappe: Chappe, job: Path, installed: Path, up: Up, tmp_path: Path
) -> None:
    with up():
        chappe("campaign", "submit", job, "--wait")
        again = chappe("campaign", "submit", job, "--wait", "--json")
        other = write_job(tmp_path / "other.json", priority="urgent")
        changed = chappe("campaign", "submit", other)
    assert again.code == 0
    assert again.json["duplicate"] is True
    assert changed.code == 1
    assert "used before" in changed.err
    assert len(list((installed / "outbox" / "email").glob("*.eml"))) == 9


def test_a_refused_campaign_ends_with_one_and_every_reason(
    chappe: Chappe, job: Path, up: Up, tmp_path: Path
) -> None:
    bad = write_job(tmp_path / "bad.json", purpose="other", recipients={"list": "nobody"})
    with up():
        answer = chappe("campaign", "submit", bad, "--wait", "--json")
    assert answer.code == 1
    assert {one["reason"] for one in answer.json["reasons"]} == {
        "purpose_not_permitted",
        "recipients_missing",
    }
    assert "refused: " in chappe("campaign", "show", "winter-1").out
    assert chappe("campaign", "watch", "winter-1").code == 1


def test_check_says_what_would_become_of_a_campaign_and_leaves_no_trace(
    chappe: Chappe, job: Path, installed: Path
) -> None:
    answer = chappe("campaign", "check", job, "--json")
    assert answer.code == 0
    (reach,) = answer.json["channels"]
    assert (reach["sent"], reach["opposed"], answer.json["accepted"]) == (9, 1, 10)
    assert "would send" in chappe("campaign", "check", job).out
    assert chappe("campaign", "list", "--json").json == []
    assert not (installed / "outbox").exists()


def test_check_says_that_a_link_in_the_drop_folder_is_one(
    chappe: Chappe, job: Path, installed: Path, tmp_path: Path
) -> None:
    dropped = installed / "drop" / "boutique" / "clients.csv"
    dropped.parent.mkdir(parents=True)
    dropped.symlink_to(tmp_path / "clients.csv")
    named = {"file": {"name": "clients.csv", "sha256": "0" * 64}}
    answer = chappe("campaign", "check", write_job(tmp_path / "job.json", recipients=named))
    assert answer.code == 1
    assert "clients.csv is a link; put the file itself there" in answer.out


def test_check_names_every_refusal_at_once(chappe: Chappe, job: Path, tmp_path: Path) -> None:
    bad = write_job(tmp_path / "bad.json", purpose="other", kind="service")
    answer = chappe("campaign", "check", bad, "--proof", "me@example.org")
    assert answer.code == 1
    assert "purpose_not_permitted" in answer.out
    assert "not sent" in answer.out


def test_a_file_that_is_no_campaign_names_each_fault_by_field(
    chappe: Chappe, job: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(json.loads(job.read_text()) | {"kind": "spam", "route": ["pigeon"]}))
    for verb in ("submit", "check"):
        answer = chappe("campaign", verb, bad, "--json")
        assert answer.code == 1
        assert {fault["field"] for fault in answer.json} == {"kind", "route.0"}
    assert "kind" in chappe("campaign", "submit", bad).err
    bad.write_text('{"schema": ')
    assert "line 1" in chappe("campaign", "submit", bad).err
    assert chappe("campaign", "submit", tmp_path / "nowhere.json").code == 1
    assert chappe("dead-letter", "list", "--json").json == []


def test_a_proof_is_sent_to_who_looks_at_it_and_is_no_delivery(
    chappe: Chappe, job: Path, installed: Path
) -> None:
    answer = chappe("campaign", "check", job, "--proof", "boss@example.org", "--json")
    assert answer.code == 0, answer.err
    assert "email sent through outbox" in answer.json["proof"]
    (proof,) = (installed / "outbox" / "email").glob("*.eml")
    content = proof.read_bytes()
    assert b"To: boss@example.org" in content
    assert b"Subject: Ana, minus 20" in content
    assert chappe("campaign", "list", "--json").json == []


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("client3@example.org", "objected"),
        ("0639980001", "no channel"),
        ("a@@b", "more than one @"),
        ("notanaddress", "as a telephone number the address cannot be used: the number has"),
    ],
    ids=["opposed", "other kind", "unusable", "guessed"],
)
def test_a_proof_that_must_not_or_cannot_go_is_refused(
    chappe: Chappe, job: Path, installed: Path, address: str, said: str
) -> None:
    answer = chappe("campaign", "check", job, "--proof", address)
    assert answer.code == 1
    assert said in answer.err
    assert not (installed / "outbox").exists()


def test_a_campaign_that_starts_later_waits_and_says_until_when(
    chappe: Chappe, job: Path, up: Up, tmp_path: Path
) -> None:
    later = _later(tmp_path / "later.json")
    with up():
        answer = chappe("campaign", "submit", later, "--wait", "--timeout", 60, "--json")
    assert answer.code == 0
    assert answer.json["state"] == "planned"
    shown = chappe("campaign", "show", "winter-1", "--json").json
    assert shown["waiting"] == shown["accepted"] == 10
    assert "it starts at" in shown["waits_for"][0]
    story = chappe("campaign", "explain", "winter-1", "--ref", "c1", "--json").json["stories"][0]
    assert (story["outcome"], story["waits_on"]) == ("waiting", "email")
    assert "waits on email" in chappe("campaign", "explain", "winter-1", "--ref", "c1").out
    audit = chappe("campaign", "audit", "winter-1", "--json").json
    assert (audit["holds"], audit["waiting"]) == (True, 10)
    assert chappe("campaign", "watch", "winter-1", "--timeout", 0.1).code == 1


def test_waiting_that_gives_up_ends_with_one_and_says_what_for(
    chappe: Chappe, job: Path, up: Up
) -> None:
    chappe("connector", "create", "dead", "--relay", "smtp://127.0.0.1:9")
    said = ("--attested-by", "J. M.", "--country", "FR", "--sub-processor", "Relay SAS")
    chappe("connector", "attest", "dead", *said)
    chappe("controller", "configure", "--connector", "email=dead")
    with up():
        answer = chappe("campaign", "submit", job, "--wait", "--timeout", 4, "--json")
    assert answer.code == 1
    assert (answer.json["confirmed"], answer.json["state"]) == (True, "planned")
    assert "campaign winter-1 is still planned" in answer.err
    assert "connector dead (email): connect" in answer.err.splitlines()[-1]


def test_a_schedule_that_is_over_reaches_nobody_and_is_said_before_and_after(
    chappe: Chappe, job: Path, up: Up, tmp_path: Path
) -> None:
    begun = (datetime.now(UTC) - timedelta(days=9)).isoformat()
    ended = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    for schedule, remedy in (
        ({"not_before": begun}, "schedule.not_before"),
        ({"not_after": ended}, "schedule.not_after"),
    ):
        over = write_job(tmp_path / "over.json", schedule=schedule)
        checked = chappe("campaign", "check", over, "--json")
        assert (checked.code, checked.json["admissible"]) == (1, False)
        assert remedy in checked.json["expires"]
        assert "every recipient would expire" in chappe("campaign", "check", over).out
    with up():
        answer = chappe("campaign", "submit", tmp_path / "over.json", "--wait", "--timeout", 60)
    assert answer.code == 0
    assert "nothing was sent: 10 expired" in answer.err


def test_pause_resume_and_cancel_say_what_changed(
    chappe: Chappe, job: Path, up: Up, tmp_path: Path
) -> None:
    with up():
        chappe("campaign", "submit", _later(tmp_path / "later.json"), "--wait")
        paused = chappe("campaign", "pause", "winter-1", "--reason", "Wrong price", "--json").json
        assert (paused["state"], paused["changed"]) == ("paused", True)
        assert "as it was" in chappe("campaign", "pause", "winter-1").out
        assert "wrong_price" in chappe("campaign", "show", "winter-1").err
        assert chappe("campaign", "resume", "winter-1", "--json").json["changed"] is True
        assert chappe("campaign", "resume", "winter-1", "--json").json["changed"] is False
        assert chappe("campaign", "cancel", "winter-1").code == 1
        assert chappe("campaign", "cancel", "winter-1", "--yes").code == 0
        watched = chappe("campaign", "watch", "winter-1", "--timeout", 30, "--json")
    assert watched.lines[-1]["outcomes"] == {"cancelled": 9, "suppressed": 1} or watched.lines[-1][
        "outcomes"
    ] == {"cancelled": 10}
    assert chappe("campaign", "cancel", "winter-1", "--yes", "--json").json["changed"] is False
    for verb in ("pause", "resume"):
        assert chappe("campaign", verb, "winter-1").code == 1


def test_a_reason_is_a_word_and_names_nobody(chappe: Chappe, job: Path) -> None:
    chappe("campaign", "submit", job)
    answer = chappe("campaign", "pause", "winter-1", "--reason", "ask ana@example.org")
    assert answer.code == 1
    assert "ana" not in answer.err


def test_a_relay_that_cannot_be_reached_shows_its_cause_and_hurts_no_other_campaign(
    chappe: Chappe, job: Path, up: Up, tmp_path: Path
) -> None:
    chappe("connector", "create", "dead", "--relay", "smtp://127.0.0.1:9")
    said = ("--attested-by", "J. M.", "--country", "FR", "--sub-processor", "Relay SAS")
    chappe("connector", "attest", "dead", *said)
    bakery = ("bakery", "--purpose", "offers", "--no-sectors")
    chappe("controller", "create", *bakery, "--connector", "email=dead")
    clients = write_clients(tmp_path / "more.csv", 3)
    chappe("list", "import", "clients", clients, "-c", "bakery", "--attested-by", "operator")
    stuck = write_job(tmp_path / "stuck.json", controller="bakery", id="stuck-1")
    with up():
        chappe("campaign", "submit", stuck)
        assert chappe("campaign", "submit", job, "--wait", "--timeout", 60).code == 0
        until = time.monotonic() + 60
        while not (shown := chappe("campaign", "show", "stuck-1", "--json").json)["troubles"]:
            assert time.monotonic() < until
            time.sleep(0.2)
        assert shown["troubles"][0]["connector"] == "dead"
        assert shown["troubles"][0]["cause"].startswith("connect")
        assert shown["troubles"][0]["cause"] in chappe("connector", "list").out
        assert chappe("campaign", "cancel", "stuck-1", "--yes").code == 0
        watched = chappe("campaign", "watch", "stuck-1", "--timeout", 30, "--json")
    assert watched.code == 0
    assert watched.lines[-1]["outcomes"] == {"cancelled": 3}


def test_two_clients_may_have_a_campaign_of_the_same_id(
    chappe: Chappe, job: Path, tmp_path: Path
) -> None:
    chappe("controller", "create", "bakery", "--purpose", "offers")
    chappe("campaign", "submit", job)
    chappe("campaign", "submit", write_job(tmp_path / "b.json", controller="bakery"))
    answer = chappe("campaign", "show", "winter-1")
    assert answer.code == 1
    assert "--controller" in answer.err
    shown = chappe("campaign", "show", "winter-1", "-c", "bakery", "--json")
    assert shown.json["controller"] == "bakery"
    assert [
        one["controller"] for one in chappe("campaign", "list", "-c", "bakery", "--json").json
    ] == ["bakery"]
    assert chappe("campaign", "list", "--state", "finished", "--json").json == []


def test_a_process_ends_within_its_time_when_it_is_told_to(job: Path, chappe: Chappe) -> None:
    with process("up") as running:
        answer = chappe("campaign", "submit", job, "--wait", "--timeout", 60)
        assert answer.code == 0, answer.err
        running.send_signal(signal.SIGTERM)
        said, _ = running.communicate(timeout=30)
    assert running.returncode == 0
    assert "started" in said
    assert "stopped" in said
    assert "example.org" not in said
