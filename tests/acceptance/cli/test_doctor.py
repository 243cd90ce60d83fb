"""The doctor names what is wrong, and what to do; it changes nothing and never hangs."""

import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ops.doctor import rounds
from ops.doctor.findings import Check, Finding, Level, fault
from ops.doctor.rounds import examine, open_within
from tests.acceptance.cli.desk import Chappe, write_job

pytestmark = pytest.mark.usefixtures("installed")
RELAY = ("--attested-by", "Ops", "--country", "FR", "--sub-processor", "Relay SA")


def _findings(chappe: Chappe, check: str) -> list[tuple[str, str]]:
    found: list[dict[str, Any]] = chappe("doctor", "--json").json
    assert all(one["remedy"] for one in found if one["level"] != "ok")
    return [(one["level"], one["sentence"]) for one in found if one["check"] == check]


def _add_relay(chappe: Chappe, port: int) -> None:
    added = chappe("connector", "create", "relay", "--relay", f"smtp://127.0.0.1:{port}")
    assert added.code == 0, added.err
    assert chappe("connector", "attest", "relay", *RELAY).code == 0


def test_a_new_installation_has_no_fault_and_each_check_says_something(chappe: Chappe) -> None:
    done = chappe("doctor", "--json")
    assert done.code == 0
    said = {one["check"] for one in done.json}
    without_broker = {"queues", "account", "consumers"}
    assert {check.name for check in rounds.CHECKS} - said == without_broker
    assert "0 at fault" in chappe("doctor").out


def test_what_is_well_is_shown_only_when_asked_for(chappe: Chappe) -> None:
    assert "time zones" not in chappe("doctor").out
    assert "time zones" in chappe("doctor", "--all").out


def test_an_installation_that_does_not_open_says_why(chappe: Chappe, installed: Path) -> None:
    (installed / "master.key").chmod(0o644)
    told = chappe("doctor")
    assert told.code == 1
    assert "chmod 600" in told.err
    assert chappe("doctor", "--json").json[0]["level"] == "fault"


def test_links_that_lead_nowhere_are_told(chappe: Chappe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAPPE_PUBLIC_URL", "http://mail.example.org")
    assert _findings(chappe, "settings")[0][0] == "fault"
    monkeypatch.setenv("CHAPPE_PUBLIC_URL", "https://mail.example.org")
    assert _findings(chappe, "settings")[0] == ("ok", "links in messages lead to mail.example.org")


def test_a_shifted_clock_is_told(chappe: Chappe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAPPE_CLOCK_OFFSET", "86400000")
    assert ("warning", "the clock is shifted by 86400000 ms") in _findings(chappe, "settings")


def test_a_home_that_others_can_read_is_told(chappe: Chappe, installed: Path) -> None:
    installed.chmod(0o755)
    (level, sentence), *_ = _findings(chappe, "folders")
    assert level == "warning"
    assert "open to other accounts" in sentence


def test_a_drop_folder_that_is_not_there_is_told(
    chappe: Chappe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAPPE_DROP_DIR", str(tmp_path / "drop"))
    (level, sentence), *_ = _findings(chappe, "folders")
    assert level == "warning"
    assert f"there is no folder {tmp_path / 'drop'}" in sentence
    (tmp_path / "drop").mkdir(mode=0o700)
    assert {level for level, _ in _findings(chappe, "folders")} == {"ok"}


def test_a_broker_that_is_away_is_told_once_with_what_was_not_examined(
    chappe: Chappe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAPPE_BROKER_URL", "amqp://chappe:secret-word@127.0.0.1:1/")
    told = chappe("doctor")
    assert told.code == 1
    assert told.out.count("no broker answers at 127.0.0.1:1") == 1
    assert "not examined: queues, account, consumers" in told.out
    assert "secret-word" not in told.out + told.err


def test_a_copy_of_the_database_is_told(chappe: Chappe, installed: Path) -> None:
    with sqlite3.connect(installed / "chappe.db") as database:
        database.execute("INSERT INTO store_identity VALUES ('another', 0)")
    ((level, sentence),) = _findings(chappe, "copy")
    assert level == "fault"
    assert "is a copy" in sentence


def test_a_relay_that_refuses_connections_is_named_with_its_cause(chappe: Chappe) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and listens to nobody
        _add_relay(chappe, taken.getsockname()[1])
        found = _findings(chappe, "connectors")
    (refused,) = [sentence for level, sentence in found if level == "fault"]
    assert refused.startswith("connector relay cannot send: connection_refused")
    assert chappe("doctor").code == 1


def test_a_relay_that_never_answers_is_named_within_seconds(
    chappe: Chappe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.doctor.going._PROBE_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        _add_relay(chappe, silent.getsockname()[1])
        found = _findings(chappe, "connectors")
    assert any("relay cannot send: no answer" in sentence for _, sentence in found)


@contextmanager
def _dropping_everything() -> Iterator[int]:
    """Give a port whose host drops each attempt to connect: its queue of connections is full."""
    with ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        yield full.getsockname()[1]


def test_relays_that_drop_each_attempt_to_connect_are_all_named_in_the_time_of_one(
    chappe: Chappe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.doctor.going._PROBE_SECONDS", 1.0)
    names = [f"relay{number}" for number in range(5)]
    with _dropping_everything() as port:
        for name in names:
            chappe("connector", "create", name, "--relay", f"smtp://127.0.0.1:{port}")
            chappe("connector", "attest", name, *RELAY)
        began = time.monotonic()
        found = _findings(chappe, "connectors")
    assert time.monotonic() - began < 4
    assert [sentence for level, sentence in found if level == "fault"] == [
        f"connector {name} cannot send: no answer within 1 s" for name in names
    ]
    assert ("ok", "connector outbox answers") in found


def test_a_connector_that_is_set_aside_is_told_with_the_cause(
    chappe: Chappe, installed: Path
) -> None:
    with sqlite3.connect(installed / "chappe.db") as database:
        database.execute(
            "UPDATE connectors SET failures = 3, open_cause = 'bad_login', open_since = ?"
            " WHERE name = 'outbox'",
            (round(time.time() * 1000) - 7 * 60_000,),
        )
    warned = [text for level, text in _findings(chappe, "connectors") if level == "warning"]
    assert warned == ["connector outbox has been set aside for 7 minutes: bad_login"]


def test_a_database_that_is_away_is_told_as_json_too(
    chappe: Chappe, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql+psycopg://chappe:secret-word@127.0.0.1:1/chappe"
    monkeypatch.setenv("CHAPPE_DATABASE_URL", url)
    told = chappe("doctor", "--json")
    assert told.code == 1
    (finding,) = told.json
    assert (finding["check"], finding["level"]) == ("opening", "fault")
    assert "nobody listens there" in finding["sentence"]
    assert "secret-word" not in told.out + told.err + chappe("doctor").err


def test_an_installation_that_takes_for_ever_to_open_is_told() -> None:
    def hang() -> Any:
        time.sleep(30)

    finding = open_within(hang, patience=0.2)
    assert isinstance(finding, Finding)
    assert "does not answer" in finding.sentence


def test_what_was_found_before_a_check_hung_or_failed_is_told() -> None:
    def hang(_app: object) -> Any:
        yield fault("first", "mend")
        time.sleep(30)

    def fail(_app: object) -> Any:
        yield fault("second", "mend")
        raise ZeroDivisionError

    checks = (Check("hangs", hang), Check("fails", fail))
    said = [one.finding.sentence for one in examine(None, checks, patience=0.3)]  # type: ignore[arg-type]
    assert [text.split(" (")[0] for text in said] == [
        "first",
        "no answer within 0 s",
        "second",
        "the check itself failed",
    ]


def test_a_connector_nobody_attested_is_told(chappe: Chappe) -> None:
    chappe("connector", "create", "relay", "--relay", "smtp://127.0.0.1:2525")
    found = _findings(chappe, "connectors")
    assert ("warning", "connector relay is not attested and so not used") in found


def test_an_audit_that_was_cut_is_told(chappe: Chappe, installed: Path) -> None:
    with sqlite3.connect(installed / "chappe.db") as database:
        database.execute("DROP TRIGGER acts_no_delete")
        database.execute("DELETE FROM acts WHERE number > 3")
    ((level, sentence),) = _findings(chappe, "audit")
    assert (level, sentence) == (
        "fault",
        "the audit is not the one that the keyring remembers",
    )


def test_keys_that_are_gone_are_told(chappe: Chappe, installed: Path) -> None:
    with sqlite3.connect(installed / "keyring.db") as keyring:
        keyring.execute("DELETE FROM controller_keys WHERE controller = 'boutique'")
    assert _findings(chappe, "keys") == [("fault", "no usable keys for: boutique")]


def test_messages_that_were_no_campaigns_are_told(chappe: Chappe, tmp_path: Path) -> None:
    wrong = write_job(tmp_path / "wrong.json", controller="nobody")
    chappe("campaign", "submit", wrong)
    assert ("warning", "1 messages were no campaigns") in _findings(chappe, "work")


def test_a_request_that_is_late_is_told(chappe: Chappe, installed: Path) -> None:
    with sqlite3.connect(installed / "chappe.db") as database:
        database.execute(
            "INSERT INTO rights_requests"
            " (controller, kind, state, source, progress, received_at, due_at, next_at)"
            " VALUES (1, 'erasure', 'accepted', 'test', '{}', 0, 1, 0)"
        )
    assert ("fault", "1 requests of persons are late") in _findings(chappe, "promises")


def test_a_check_that_hangs_or_fails_stops_no_other() -> None:
    def hang(_app: object) -> Any:
        time.sleep(30)

    def fail(_app: object) -> Any:
        raise ZeroDivisionError

    def find(_app: object) -> Any:
        yield fault("found", "mend")

    checks = (Check("hangs", hang), Check("fails", fail), Check("finds", find))
    entries = list(examine(None, checks, patience=0.2))  # type: ignore[arg-type]
    assert [(one.check, one.finding.level) for one in entries] == [
        ("hangs", Level.FAULT),
        ("fails", Level.FAULT),
        ("finds", Level.FAULT),
    ]
    assert "no answer" in entries[0].finding.sentence
    assert "ZeroDivisionError" in entries[1].finding.sentence
