"""``chappe rights``: asked for, carried out without a worker, certified; nobody is ever named."""

import io
import sys
from pathlib import Path

import pytest

from tests.acceptance.cli.desk import Chappe, write_clients

PERSON = "c2"
TRACES = ("client2@example.org", "client2", "639980101")


@pytest.fixture
def listed(chappe: Chappe, installed: Path, tmp_path: Path) -> Path:
    """An installation with a list of three people."""
    answer = chappe("list", "import", "clients", write_clients(tmp_path / "clients.csv", 3))
    assert answer.code == 0, answer.err
    return installed


def test_an_erasure_runs_to_its_certificate_without_a_worker(
    chappe: Chappe, listed: Path, tmp_path: Path
) -> None:
    who = tmp_path / "person.txt"
    who.write_text("email: Client2@example.org\n")
    asked = chappe("rights", "open", "--kind", "erasure", "--from", who, "--json")
    assert asked.code == 0, asked.err
    assert (asked.json["state"], asked.json["request"]) == ("accepted", 1)
    assert (
        chappe("suppress", "check", "client2@example.org", "--json").json[0]["reason"] == "erased"
    )
    ran = chappe("rights", "run", "--json")
    assert ran.code == 0, ran.err
    assert ran.json[0]["state"] == "done"
    assert ran.json[0]["found"]["lists"] == 1
    assert "request 1: blocks" in ran.err  # progress, step by step
    certificate = tmp_path / "certificate.json"
    answer = chappe("rights", "certificate", "1")
    certificate.write_text(answer.out)
    assert chappe("rights", "certificate", "1", "--verify", certificate, "--json").json["genuine"]
    exported = chappe("list", "export", "clients")
    assert "client2" not in exported.out
    assert "client1" in exported.out
    told = (asked, ran, answer, chappe("rights", "show", "1"), chappe("rights", "list", "--all"))
    for one in told:
        assert not [trace for trace in TRACES if trace in (one.out + one.err).lower()]


def test_a_run_with_nothing_left_to_do_says_so_and_shows_what_was_done_meanwhile(
    chappe: Chappe, listed: Path
) -> None:
    idle = chappe("rights", "run")
    assert (idle.code, idle.out) == (0, "")
    assert "nothing is left to do" in idle.err
    chappe("rights", "open", "--kind", "erasure", "--ref", PERSON)
    chappe("rights", "run")
    late = chappe("rights", "run")  # a worker was faster
    assert late.code == 0
    assert "no accepted request waits; finished within the last hour:" in late.err
    assert "done" in late.out
    assert chappe("rights", "run", "--json").json == []


def test_what_an_erasure_left_is_lifted_only_when_that_is_confirmed(
    chappe: Chappe, listed: Path
) -> None:
    person = "client2@example.org"
    chappe("rights", "open", "--kind", "erasure", "--email", person)
    chappe("rights", "run")
    lift = ("suppress", "remove", person, "--why", "consent_renewed")
    asked = chappe(*lift)
    assert asked.code == 1
    assert "this entry comes from an erasure" in asked.err
    assert "give --yes" in asked.err
    assert chappe("suppress", "check", person, "--json").json[0]["reason"] == "erased"
    lifted = chappe(*lift, "--yes")
    assert lifted.code == 0, lifted.err
    assert "this entry comes from an erasure" in lifted.err
    assert "removed: erased" in lifted.out
    assert chappe("suppress", "check", person, "--json").json == []
    chappe("suppress", "add", person)
    mistaken = ("suppress", "remove", person, "--why", "entered_in_error")
    assert chappe(*mistaken).err == ""  # an opposition that is no erasure's goes without a question


def test_an_altered_certificate_is_told_apart(chappe: Chappe, listed: Path, tmp_path: Path) -> None:
    chappe("rights", "open", "--kind", "erasure", "--ref", PERSON)
    chappe("rights", "run")
    altered = tmp_path / "altered.json"
    altered.write_text(chappe("rights", "certificate", "1").out.replace('"found": 1', '"found": 0'))
    answer = chappe("rights", "certificate", "1", "--verify", altered)
    assert answer.code == 1
    assert "altered" in answer.err


def test_addresses_come_from_standard_input_as_well(
    chappe: Chappe, listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = b'{"ref": "c1", "email": ["client1@example.org"], "post": "1 rue X\\n75002 PARIS"}'

    class Input:
        buffer = io.BytesIO(given)

    monkeypatch.setattr(sys, "stdin", Input)
    answer = chappe("rights", "open", "--kind", "opposition", "--from", "-", "--json")
    assert answer.code == 0, answer.err
    assert chappe("rights", "run", "--json").json[0]["state"] == "done"
    assert chappe("suppress", "check", "--ref", "c1", "--json").json[0]["reason"] == "objection"


def test_a_request_that_is_not_proven_is_accepted_or_refused_later(
    chappe: Chappe, listed: Path
) -> None:
    for _ in range(2):
        asked = chappe("rights", "open", "--kind", "erasure", "--ref", PERSON, "--unverified")
        assert asked.code == 0, asked.err
    assert chappe("rights", "run", "1").code == 1
    refused = chappe("rights", "refuse", "1", "--why", "identity_unproven", "--yes", "--json")
    assert refused.json["refused_because"] == "identity_unproven"
    assert chappe("rights", "accept", "1").code == 1
    assert chappe("rights", "accept", "2").code == 0
    assert chappe("rights", "run", "2", "--json").json[0]["state"] == "done"
    assert chappe("rights", "certificate", "1").code == 1
    states = [one["state"] for one in chappe("rights", "list", "--all", "--json").json]
    assert states == ["done", "refused"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("email ana@example.org\n", "cannot be used"),
        ("fax: ana@example.org\n", "line 1"),
        ('{"fax": "ana@example.org"}', "only ref, tel, email, post"),
        ('{"email": 7}', "one JSON object"),
        ("\n", "say whom"),
    ],
)
def test_a_file_that_cannot_be_read_is_never_quoted(
    chappe: Chappe, listed: Path, tmp_path: Path, given: str, said: str
) -> None:
    path = tmp_path / "person.txt"
    path.write_text(given)
    answer = chappe("rights", "open", "--kind", "erasure", "--from", path)
    assert answer.code == 1
    assert said in answer.err
    assert "ana@" not in answer.err + answer.out


def test_nobody_is_said_to_be_done_without_a_request(chappe: Chappe, listed: Path) -> None:
    assert chappe("rights", "show", "7").code == 1
    assert chappe("rights", "run", "--json").json == []
