"""Recognisable people go through every path; then everything that was written is searched."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import msgspec
import pika
import pytest
import sqlalchemy as sa

from engine import connectors
from engine.broker.publisher import Publisher
from engine.intake import take
from ops.bench.campaign import job
from ops.bench.ground import CONTROLLER, PURPOSE, account
from ops.chaos.field import QUICK, Field, embedded_field, real_field, wait_for
from ops.chaos.sink import Trick
from ops.chaos.verdict import finished
from ops.services.running import PROJECT

pytestmark = [pytest.mark.timeout(180)]

# Each stands for one path; nobody has such a name.
LIST, DROP, INLINE, LETTER = "zqlisted", "zqdropped", "zqinline", "zqletter"
NAME, CONTENT, OPPOSED = "Zqprenomine", "zqcontent", "zqopposed"
VALUES = {"prenom": NAME, "ville": "Zqville", "solde": "1"}
MARKS = (LIST, DROP, INLINE, LETTER, NAME, CONTENT, OPPOSED, "Zqville")
PASSES_THE_BROKER = {INLINE, LETTER, NAME, CONTENT, "Zqville"}  # in bodies that clients publish


@pytest.fixture(params=["embedded", pytest.param("real", marks=pytest.mark.services)])
def field(request: pytest.FixtureRequest) -> Iterator[Field]:
    if request.param == "real" and request.config.getoption("--without-services"):
        pytest.skip("--without-services was asked for")
    with embedded_field() if request.param == "embedded" else real_field() as made:
        yield made


def _chappe(field: Field, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ops.cli", *arguments],
        cwd=PROJECT,
        env={**field.ground.env, **QUICK, "PATH": "/usr/bin:/bin", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def _publish(field: Field, body: bytes, message_id: str) -> None:
    if field.app.settings.embedded:
        take(field.app, body, account(field.app), message_id)
        return
    publisher = Publisher(field.app.settings.broker_url.get_secret_value())
    publisher.publish_job(body, message_id=message_id)
    publisher.close()


def _job(campaign: str, recipients: object) -> bytes:
    message = msgspec.json.decode(job(campaign, "x.csv", "0" * 64))
    message["recipients"] = recipients
    message["content"]["email"]["html"] += f"<p>{CONTENT} {{{{ prenom }}}}</p>"
    return msgspec.json.encode(message)


def _rows(mark: str) -> str:
    people = "".join(f"{mark}{n}@example.org;{NAME};Zqville;1\n" for n in range(8))
    broken = f"{mark}@@example.org;{NAME};Zqville;1\n{mark} no address;{NAME};Zqville;\n"
    return f"email;prenom;ville;solde\n{people}{broken}{mark}9@example.org;;;\n"


def _go_every_way(field: Field, incoming: Path) -> None:
    """Send recognisable people through list, file, message, dead letter, doubt and exception."""
    sink = field.sink
    sink.keep = True
    sink.tricks[f"{LIST}1@example.org"] = Trick(says=b"")
    sink.tricks[f"{LIST}2@example.org"] = Trick(says=f"550 5.1.1 {LIST}2@example.org?\r\n".encode())
    sink.tricks[f"{LIST}3@example.org"] = Trick(says=f"451 4.2.1 {LIST}3 busy\r\n".encode())
    rows = incoming / "rows.csv"
    rows.write_text(_rows(LIST))
    _chappe(
        field, "list", "import", "people", str(rows), "--purpose", PURPOSE, "--attested-by", "us"
    )
    _chappe(field, "suppress", "add", f"{OPPOSED}@example.org")
    _chappe(field, "suppress", "add", f"{LIST}4@example.org")
    folder = field.app.settings.drop_folder / CONTROLLER
    folder.mkdir(parents=True, exist_ok=True)
    dropped = folder / "dropped.csv"
    dropped.write_text(_rows(DROP))
    by_file = {"file": {"name": dropped.name, "sha256": sha256(dropped.read_bytes()).hexdigest()}}
    field.start(*(("up",) if field.app.settings.embedded else ("scheduler", "worker")))
    inline = [{"email": f"{INLINE}{n}@example.org", **VALUES} for n in range(4)]
    _publish(field, _job("c-list", {"list": "people"}), "1")
    _publish(field, _job("c-inline", {"inline": inline}), "2")
    _publish(field, _job("c-file", by_file), "6")
    _publish(field, b'{"id": "' + LETTER.encode() + b'@example.org", "controller": 7,', "3")
    _publish(field, _job(f"{LETTER}@example.org", {"inline": [{"emial": LETTER}]}), "4")
    wait_for(lambda: finished(field, "c-inline"), "the inline campaign", 60)
    wait_for(lambda: not dropped.exists(), "the end of the dropped file", 30)
    connectors.disable(field.app, "relay")
    _publish(field, _job("c-late", {"list": "people"}), "5")
    time.sleep(1.0)
    field.kill("up" if field.app.settings.embedded else "worker")
    connectors.enable(field.app, "relay")
    field.start("up" if field.app.settings.embedded else "worker")
    for verb in (("campaign", "audit"), ("campaign", "show")):
        _chappe(field, *verb, "c-list", "--json")


def _found_in(folder: Path, marks: set[str]) -> list[tuple[str, str]]:
    found = []
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        with suppress(OSError):
            data = path.read_bytes().lower()
            found += [(path.name, mark) for mark in marks if mark.lower().encode() in data]
    return found


def test_nothing_that_is_written_names_anybody(field: Field, tmp_path: Path) -> None:
    _go_every_way(field, tmp_path)
    wait_for(lambda: field.sink.mails >= 18, "mails of all campaigns", 60)
    time.sleep(3.0)  # the killed one's lease ends, and its batch is taken over
    assert any(LIST in mail for mail in field.sink.taken), "nobody was reached: nothing is proven"
    assert any(CONTENT.encode() in mail for mail in field.sink.kept)
    field.end_all()
    with field.app.db.read() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM dead_letters")) >= 1
        assert connection.scalar(sa.text("SELECT count(*) FROM deliveries")) >= 12
    marks = set(MARKS)
    (tmp_path / "control").write_text(f"somebody wrote {DROP.upper()} here")
    assert ("control", DROP) in _found_in(tmp_path, marks), "the search itself does not work"
    assert _found_in(field.ground.home, marks) == []
    if field.servers is None:
        return
    with field.app.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as link:
        link.exec_driver_sql("CHECKPOINT")
    assert _found_in(field.postgres.folder, marks) == []
    assert _found_in(field.rabbitmq.folder, marks - PASSES_THE_BROKER) == []


def test_messages_of_ours_on_the_broker_hold_ids_only(tmp_path: Path) -> None:
    """Doorbells and events are read as anybody could read them."""
    with real_field() as field:
        url = field.app.settings.broker_url.get_secret_value()
        field.start("scheduler")
        link = pika.BlockingConnection(pika.URLParameters(url))
        channel = link.channel()
        queue = channel.queue_declare("", exclusive=True).method.queue

        def bound() -> bool:
            nonlocal channel
            with suppress(pika.exceptions.AMQPError):
                channel.queue_bind(queue, "chappe.events", "#")
                return True
            channel = link.channel()
            return False

        wait_for(bound, "the exchange of events", 20)
        field.start("worker")
        rows = [{"email": f"{INLINE}{n}@example.org", **VALUES} for n in range(5)]
        _publish(field, _job("c-inline", {"inline": rows}), "1")
        _publish(field, b'{"id": "' + LETTER.encode() + b'@example.org",', "2")
        wait_for(lambda: finished(field, "c-inline"), "the campaign", 60)
        time.sleep(1.5)
        bodies = []
        while (got := channel.basic_get(queue, auto_ack=True))[0] is not None:
            bodies.append(got[2])
        link.close()
    assert {json.loads(body)["event"] for body in bodies} >= {"accepted", "finished"}
    for body in bodies:
        assert not [mark for mark in MARKS if mark.lower().encode() in body.lower()]
