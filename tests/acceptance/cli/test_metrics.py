import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from engine.settings import load_settings
from ops import processes
from ops.services.children import free_ports, wait_until
from ops.services.prometheus import prometheus_programs
from tests.acceptance.cli.desk import PROJECT, Chappe, Up, write_clients, write_job

PATIENCE = 30.0


def get(port: int, path: str, method: str = "GET") -> tuple[int, str]:
    link = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        link.request(method, path)
        answer = link.getresponse()
        return answer.status, answer.read().decode()
    finally:
        link.close()


def answers(port: int) -> bool:
    try:
        return get(port, "/health")[0] == 200
    except OSError:
        return False


def values(text: str, name: str) -> dict[tuple[str, ...], float]:
    return {
        tuple(one.labels.values()): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if one.name == name
    }


@contextmanager
def serving(home: Path, port: int, verb: str = "metrics") -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own that shows the metrics of a home folder."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("CHAPPE_")}
    env |= {
        "CHAPPE_HOME": str(home),
        "CHAPPE_METRICS_LISTEN": f"127.0.0.1:{port}",
        "CHAPPE_GATEWAY_LISTEN": "none",
    }
    command = [sys.executable, "-m", "ops.cli", verb]
    with subprocess.Popen(command, cwd=PROJECT, env=env, stderr=subprocess.DEVNULL) as child:
        try:
            assert wait_until(lambda: answers(port), PATIENCE)
            yield child
        finally:
            child.terminate()


@pytest.fixture
def sent(chappe: Chappe, installed: Path, up: Up, tmp_path: Path) -> Path:
    """An installation whose one campaign went to 20 people, of whom one objects."""
    chappe("connector", "attest", "outbox", "--by", "op", "--country", "FR", "--sub-processor", "X")
    clients = write_clients(tmp_path / "clients.csv", 20)
    chappe("list", "import", "clients", clients, "--attested-by", "operator")
    chappe("suppress", "add", "client3@example.org", "--reason", "complaint")
    with up():
        answer = chappe("campaign", "submit", write_job(tmp_path / "job.json"), "--wait")
    assert answer.code == 0, answer.err
    return installed


def test_terminal_json_and_metrics_say_the_same(chappe: Chappe, sent: Path) -> None:
    shown = chappe("campaign", "show", "winter-1", "--json").json
    text = chappe("metrics", "--once").out
    printed = chappe("metrics", "--json").json
    outcomes = {
        labels[2]: value for labels, value in values(text, "chappe_deliveries_total").items()
    }
    assert outcomes == shown["outcomes"] == {"sent": 19, "suppressed": 1}
    (deliveries,) = (one for one in printed if one["series"] == "chappe_deliveries_total")
    assert {one["labels"]["outcome"]: one["value"] for one in deliveries["samples"]} == outcomes
    assert deliveries["kind"] == "counter"
    names = {family.name for family in text_string_to_metric_families(text)}
    assert {one["series"].removesuffix("_total") for one in printed} == names


@pytest.mark.services  # promtool is fetched where it is not installed
def test_promtool_finds_nothing_to_say(chappe: Chappe, sent: Path) -> None:
    text = chappe("metrics", "--once").out
    done = subprocess.run(
        [prometheus_programs() / "promtool", "check", "metrics"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_process_of_its_own_serves_until_it_is_asked_to_stop(sent: Path) -> None:
    (port,) = free_ports(1)
    with serving(sent, port) as child:
        status, text = get(port, "/metrics")
        assert status == 200
        assert sum(values(text, "chappe_deliveries_total").values()) == 20
        assert get(port, "/health") == (200, "ok\n")
        assert get(port, "/metrics", "HEAD") == (200, "")
        assert get(port, "/")[0] == 404
        assert get(port, "/metrics", "POST")[0] == 501
        child.send_signal(signal.SIGTERM)
        assert child.wait(PATIENCE) == 0


def test_up_serves_them_too_and_two_installations_do_not_mix(
    chappe: Chappe, sent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    monkeypatch.setenv("CHAPPE_HOME", str(other))
    assert chappe("init", "--controller", "boutique", "--outbox").code == 0
    one, two = free_ports(2)
    with serving(sent, one, "up"), serving(other, two, "up"):
        mine, theirs = get(one, "/metrics")[1], get(two, "/metrics")[1]
    assert values(mine, "chappe_campaigns_total")[("received",)] == 1
    assert values(theirs, "chappe_campaigns_total")[("received",)] == 0
    assert values(theirs, "chappe_deliveries_total") == {}


def test_up_goes_on_where_another_installation_has_the_port(
    chappe: Chappe, sent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    with serving(sent, port):
        monkeypatch.setenv("CHAPPE_METRICS_LISTEN", f"127.0.0.1:{port}")
        monkeypatch.setenv("CHAPPE_GATEWAY_LISTEN", "none")
        asked = threading.Event()
        settings = load_settings()
        thread = threading.Thread(target=processes.run_both, args=(settings, asked))
        thread.start()
        try:
            job = write_job(tmp_path / "again.json", id="winter-2")
            assert chappe("campaign", "submit", job, "--wait").code == 0
        finally:
            asked.set()
            thread.join()
        refused = chappe("metrics")
    assert refused.code == 1
    assert f"port {port}" in refused.err
    assert "CHAPPE_METRICS_LISTEN" in refused.err


def test_none_serves_none_and_says_how_to(
    chappe: Chappe, installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAPPE_METRICS_LISTEN", "none")
    answer = chappe("metrics")
    assert answer.code == 1
    assert "CHAPPE_METRICS_LISTEN is none" in answer.err
    monkeypatch.setenv("CHAPPE_METRICS_LISTEN", "everywhere")
    answer = chappe("metrics", "--once")
    assert answer.code == 1
    assert "CHAPPE_METRICS_LISTEN" in answer.err


def test_a_process_shows_its_own_figures_if_it_is_asked_to(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("CHAPPE_PROCESS_METRICS_LISTEN", f"127.0.0.1:{port}")
    asked = threading.Event()
    thread = threading.Thread(target=processes.run_both, args=(load_settings(), asked))
    thread.start()
    try:
        assert wait_until(lambda: answers(port), PATIENCE)
        text = get(port, "/metrics")[1]
    finally:
        asked.set()
        thread.join()
    assert values(text, "process_resident_memory_bytes")[()] > 0
    assert values(text, "chappe_loop_lag_seconds")[()] < 2
    assert set(values(text, "chappe_pool_connections")) == {("in_use",), ("idle",)}
    assert "pid" not in text


def test_the_figures_of_a_home_folder_name_nobody(chappe: Chappe, sent: Path) -> None:
    text = chappe("metrics", "--once").out + json.dumps(chappe("metrics", "--json").json)
    for word in ("example.org", "client3", "Ana", "winter-1", "boutique", str(os.getpid())):
        assert word not in text
