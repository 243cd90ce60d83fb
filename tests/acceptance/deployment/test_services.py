"""What docker-compose.yml says, done: roles, accounts, each service's command and health check.

Containers are the one thing that is missing; whatever runs in them is run here.
"""

import json
import signal
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pika
import pytest

from engine.broker.publisher import Publisher
from tests.acceptance.cli.desk import write_clients, write_job
from tests.deployment import cluster
from tests.deployment.cluster import Deployment
from tests.deployment.composed import Composed, seconds

pytestmark = [
    pytest.mark.services,
    pytest.mark.timeout(300),
]
SERVICES = ("worker", "scheduler", "gateway", "metrics")
CLIENTS = 40


def test_every_service_gets_healthy_sends_a_campaign_and_stops_in_time(
    deployment: Deployment,
) -> None:
    composed = deployment.composed
    composed.call(
        "chappe",
        *("init", "--controller", "boutique", "--purpose", "offers", "--no-sectors", "--outbox"),
        *("--attested-by", "operator"),
    )
    people = write_clients(composed.folder / "clients.csv", CLIENTS)
    composed.call("chappe", "list", "import", "clients", str(people), "--attested-by", "operator")
    composed.call("chappe", "account", "grant", cluster.UPSTREAM, "boutique")
    with ExitStack() as stack:
        children = {name: stack.enter_context(composed.running(name)) for name in SERVICES}
        for name in SERVICES:
            composed.wait_until_healthy(name)
        _publish(deployment, write_job(composed.folder / "job.json"))
        _wait_until_finished(composed)
        assert len(list((composed.folder / "chappe" / "outbox").rglob("*.eml"))) == CLIENTS
        assert 'outcome="sent"' in _metrics(composed)
        _do_everything_else(composed)
        for child in children.values():
            child.send_signal(signal.SIGTERM)
        for name, child in children.items():
            grace = seconds(composed.service(name)["stop_grace_period"])
            assert child.wait(grace) == 0, (composed.folder / f"{name}.log").read_text()
    for name in SERVICES:
        assert composed.health(name).returncode == 1, "what was stopped is not healthy"


def _do_everything_else(composed: Composed) -> None:
    """Do what people do by the command: the rights of the application's roles are enough for it."""
    composed.call("chappe", "rights", "open", "--kind", "erasure", "--email", "client3@example.org")
    composed.call("chappe", "rights", "run")
    composed.call("chappe", "suppress", "add", "client9@example.org", "--reason", "unsubscribed")
    composed.call("chappe", "suppress", "import", str(composed.folder / "clients.csv"))
    composed.call("chappe", "retention", "run")
    composed.call("chappe", "audit", "verify")
    composed.call("chappe", "campaign", "audit", "winter-1")
    findings = json.loads(composed.call("chappe", "doctor", "--json"))
    assert [one for one in findings if one["level"] == "fault"] == []
    assert [one for one in findings if "account operator may not" in one["sentence"]] == []


def test_a_second_migration_changes_nothing(deployment: Deployment) -> None:
    deployment.composed.call("migrate")


@pytest.mark.parametrize("name", ["worker", "scheduler"])
def test_a_process_that_lost_its_database_is_not_healthy_until_it_is_back(
    deployment: Deployment, name: str
) -> None:
    composed = deployment.composed
    with composed.running(name) as child:
        composed.wait_until_healthy(name)
        deployment.main.stop("immediate")
        try:
            _wait_until_ill(composed, name)
        finally:
            deployment.main.start()
        composed.wait_until_healthy(name)
        child.send_signal(signal.SIGSTOP)
        _wait_until_ill(composed, name)
        child.send_signal(signal.SIGCONT)
        composed.wait_until_healthy(name)
        child.send_signal(signal.SIGTERM)
        child.wait(60)


def _wait_until_ill(composed: Composed, name: str) -> None:
    until = time.monotonic() + 30
    while composed.health(name, "4").returncode == 0:
        assert time.monotonic() < until, "it says that it works"
        time.sleep(0.3)


def _publish(deployment: Deployment, job: Path) -> None:
    url = (deployment.secrets / f"broker_{cluster.UPSTREAM}_url").read_text().strip()
    publisher = Publisher(url)
    publisher.publish_job(job.read_bytes())
    publisher.close()


def _wait_until_finished(composed: Composed) -> None:
    until = time.monotonic() + 60
    while True:
        said = composed.call("chappe", "campaign", "list", "--json")
        states = [campaign["state"] for campaign in json.loads(said)]
        if states == ["finished"]:
            return
        assert time.monotonic() < until, said
        time.sleep(0.5)


def _metrics(composed: Composed) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{composed.ports['metrics']}/metrics") as answer:
        return str(answer.read().decode())


def test_the_broker_has_the_accounts_of_the_file_and_no_guest(deployment: Deployment) -> None:
    listed = deployment.broker.control("list_users", "--no-table-headers").split("\n")
    assert sorted(line.split("\t")[0] for line in listed if line) == cluster.accounts()
    with pytest.raises(pika.exceptions.AMQPError):
        pika.BlockingConnection(
            pika.URLParameters(f"amqp://guest:guest@127.0.0.1:{deployment.broker.port}/")
        )
