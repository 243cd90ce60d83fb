"""Faults that people met on systems like this one, played on whole processes."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import msgspec
import pytest

from channels.contract import Channel
from engine import campaign_audit, connectors, control, controllers, statistics
from engine.connectors import Attestation, Setup
from engine.controllers import ControllerSettings
from engine.intake import take
from engine.states import CampaignState
from engine.wire.job import Kind
from ops.bench.campaign import job
from ops.bench.ground import CONNECTOR, CONTROLLER, PURPOSE, account
from ops.chaos.field import QUICK, Field, address, embedded_field, wait_for
from ops.chaos.sink import CountingSink, Trick
from ops.chaos.verdict import await_end, finished
from ops.services.running import PROJECT

pytestmark = [pytest.mark.timeout(120)]


@pytest.fixture
def field() -> Iterator[Field]:
    """The embedded default, its relay a sink that counts."""
    with embedded_field() as made:
        yield made


def _chappe(field: Field, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops.cli", *arguments],
        cwd=PROJECT,
        env={**field.ground.env, **QUICK, "PATH": "/usr/bin:/bin", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def _add_connector(field: Field, name: str, url: str) -> None:
    connectors.create(field.app, Setup(name, "smtp", Channel.EMAIL, {"url": url}))
    connectors.attest(field.app, name, Attestation("test", "FR", "nobody"))


def _outcomes(field: Field, campaign: str, controller: str = CONTROLLER) -> dict[str, int]:
    return dict(statistics.overview(field.app, campaign, controller).outcomes)


@contextmanager
def _second_sink() -> Iterator[CountingSink]:
    sink = CountingSink()
    sink.start()
    try:
        yield sink
    finally:
        sink.stop()


def _cut_and_late(campaign: str, seconds: float) -> dict[str, Trick]:
    return {
        address(campaign, 1): Trick(says=b""),
        address(campaign, 2): Trick(seconds),
        address(campaign, 3): Trick(seconds, b"451 4.3.0 try again later\r\n"),
    }


def test_a_mail_whose_answer_never_came_in_time_is_in_doubt_and_never_sent_again(
    field: Field,
) -> None:
    with _second_sink() as spare:
        _add_connector(field, "spare", spare.url)
        campaign = field.publish(12)
        field.sink.tricks.update(_cut_and_late(campaign, 4.0))
        field.start("up")
        assert await_end(field, campaign, 60)
        time.sleep(2.5)  # the late answers come now
        assert spare.mails == 0, "a doubt went on to the next relay"
    assert set(field.sink.taken.values()) == {1}
    assert len(field.sink.taken) == 12
    assert _outcomes(field, campaign) == {"sent": 9, "in_doubt": 3}
    audit = campaign_audit.audit(field.app, campaign, CONTROLLER)
    assert audit.holds
    assert sorted(doubt.ref or "" for doubt in audit.doubts) == [
        f"{campaign}-{number}" for number in (1, 2, 3)
    ]


def test_a_late_answer_counts_while_somebody_waits_for_it(field: Field) -> None:
    field.env["CHAPPE_ANSWER_TIMEOUT"] = "15"
    campaign = field.publish(3)
    field.sink.tricks[address(campaign, 2)] = Trick(4.0)
    field.start("up")
    assert await_end(field, campaign, 60)
    assert _outcomes(field, campaign) == {"sent": 3}
    assert set(field.sink.taken.values()) == {1}


def test_stopped_killed_and_started_again_nobody_is_skipped(field: Field) -> None:
    rate = 10
    options = {"url": field.sink.url, "per_second": str(rate)}
    connectors.reconfigure(field.app, CONNECTOR, options)
    field.start("up")
    began = time.monotonic()
    campaign = field.publish(60)
    wait_for(lambda: field.sink.mails >= 10, "the first mails")
    assert field.end("up") == 0
    assert _outcomes(field, campaign).get("in_doubt", 0) == 0, "a polite stop left a doubt"
    assert not finished(field, campaign)
    before = field.sink.mails
    field.start("up")
    wait_for(lambda: field.sink.mails >= before + 10, "the next mails")
    flying = field.kill("up")
    field.start("up")
    assert await_end(field, campaign, 90)
    seconds = time.monotonic() - began
    outcomes = _outcomes(field, campaign)
    assert sum(outcomes.values()) == 60
    assert set(outcomes) <= {"sent", "in_doubt"}
    assert outcomes.get("in_doubt", 0) <= flying <= 2 * rate
    assert set(field.sink.taken.values()) == {1}
    assert outcomes["sent"] <= len(field.sink.taken) <= 60
    assert seconds > 60 / rate - 2, "faster than the rate permits"


@contextmanager
def _host_that_drops_syn() -> Iterator[int]:
    """A port whose queue of connections is full: further ones get no answer at all."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        yield port


def _publish_for(field: Field, controller: str, number: int) -> str:
    """Enqueue a campaign of another controller, its recipients in the message."""
    campaign = f"{controller}-1"
    message = msgspec.json.decode(job(campaign, "unused.csv", "0" * 64))
    rows = [{"email": f"{campaign}.{n}@example.org"} for n in range(number)]
    values = {"prenom": "P", "ville": "V", "solde": "1"}
    message["controller"] = controller
    message["recipients"] = {"inline": [row | values for row in rows]}
    taken = take(field.app, msgspec.json.encode(message), account(field.app), campaign)
    assert taken is not None
    return campaign


def test_a_relay_that_cannot_be_reached_says_so_and_hurts_nobody_else(field: Field) -> None:
    good = ControllerSettings(
        purposes={PURPOSE: Kind.MARKETING}, connectors={Channel.EMAIL: ("good",)}
    )
    bad = ControllerSettings(
        purposes={PURPOSE: Kind.MARKETING}, connectors={Channel.EMAIL: (CONNECTOR,)}
    )
    field.env["CHAPPE_ANSWER_TIMEOUT"] = "15"  # longer than connecting may take
    with _host_that_drops_syn() as port:
        connectors.reconfigure(field.app, CONNECTOR, {"url": f"smtp://127.0.0.1:{port}"})
        _add_connector(field, "good", field.sink.url)
        controllers.configure(field.app, CONTROLLER, bad)
        controllers.create(field.app, "other", good)
        stuck = field.publish(20)
        fine = _publish_for(field, "other", 20)
        field.start("up")

        def other_is_done() -> bool:
            row = statistics.overview(field.app, fine, "other").found.row
            return row.state is CampaignState.FINISHED

        wait_for(other_is_done, "the campaign with the good relay", 40)
        assert _outcomes(field, fine, "other") == {"sent": 20}
        wait_for(
            lambda: bool(statistics.overview(field.app, stuck, CONTROLLER).troubles),
            "the cause at the campaign",
            60,
        )
        shown = json.loads(_chappe(field, "campaign", "show", stuck, "--json").stdout)
        assert "connect_timeout" in json.dumps(shown)
        listed = json.loads(_chappe(field, "connector", "list", "--json").stdout)
        assert "connect_timeout" in json.dumps(listed)
        control.cancel(field.app, stuck, CONTROLLER)
        assert await_end(field, stuck, 30), "cancelling does not work at once"
        assert _outcomes(field, stuck) == {"cancelled": 20}


def test_a_server_that_comes_back_late_sends_nothing_of_the_morning(field: Field) -> None:
    field.start("up")
    now = time.time()
    campaign = field.publish(30, starts=now + 4.0, ends=now + 6.0)

    def planned() -> bool:
        row = statistics.overview(field.app, campaign, CONTROLLER).found.row
        return row.state is CampaignState.PLANNED

    wait_for(planned, "the plan", 4)
    field.signal("up", signal.SIGKILL)
    field.processes.pop("up").wait()
    time.sleep(max(now + 6.5 - time.time(), 0.0))
    field.start("up")
    assert await_end(field, campaign, 30)
    assert _outcomes(field, campaign) == {"expired": 30}
    assert field.sink.mails == 0
