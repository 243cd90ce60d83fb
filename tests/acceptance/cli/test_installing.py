import stat
from pathlib import Path

import pytest

from tests.acceptance.cli.desk import Chappe, write_clients, write_job
from tests.scenarios.rulesets import CASES, hours

ATTESTED = ("--attested-by", "J. M.", "--country", "FR", "--sub-processor", "Relay SAS")


def test_init_makes_everything_that_a_first_campaign_needs(chappe: Chappe, home: Path) -> None:
    answer = chappe(
        "init", "--controller", "boutique", "--purpose", "news:service", "--outbox", "--json"
    )
    assert answer.code == 0
    assert len(answer.json["made"]) == 10
    assert answer.json["kept"] == []
    mode = stat.S_IMODE((home / "master.key").stat().st_mode)
    assert mode == 0o600
    assert chappe("controller", "show", "--json").json["purposes"] == {"news": "service"}
    states = {one["connector"]: one["state"] for one in chappe("connector", "list", "--json").json}
    assert states["outbox"] == "ready"
    assert chappe("account", "list", "--json").json == [{"account": "chappe", "controller": "*"}]


def test_init_run_twice_changes_nothing_and_says_what_was_there(
    chappe: Chappe, installed: Path
) -> None:
    key = (installed / "master.key").read_text()
    again = chappe("init", "--controller", "boutique", "--outbox", "--json")
    assert again.code == 0
    assert again.json["made"] == []
    assert len(again.json["kept"]) == 10
    bare = chappe("init", "--json")
    assert bare.code == 0
    assert bare.json["made"] == []
    assert (installed / "master.key").read_text() == key


def test_init_lets_french_rules_hold_unless_it_is_given_others(
    chappe: Chappe, home: Path, tmp_path: Path
) -> None:
    ours = tmp_path / "ours.toml"
    ours.write_text(hours(), encoding="utf-8")
    init = ("init", "--controller", "boutique", "--outbox", "--policy")
    untested = chappe(*init, ours)
    assert (untested.code, "must have some" in untested.err) == (1, True)
    assert chappe(*init, "rf").code == 2
    assert not home.exists()
    (tmp_path / "ours.cases.toml").write_text(CASES, encoding="utf-8")
    answer = chappe(*init, ours)
    assert "made: rules of the platform: ours" in answer.err
    assert "there already: rules of the platform: ours" in chappe(*init, "fr").err
    acts = chappe("audit", "show", "--json").json
    assert [one["subject"] for one in acts if one["act"] == "policy_applied"] == ["ruleset:ours"]


def test_init_without_enough_flags_and_nobody_to_ask_makes_nothing(
    chappe: Chappe, home: Path
) -> None:
    for arguments in ((), ("--controller", "a"), ("--controller", "a", "--relay", "smtp://h")):
        answer = chappe("init", *arguments)
        assert answer.code == 2
        assert "give --" in answer.err
    assert not home.exists()


def test_what_an_attestation_says_of_a_relay_has_no_defaults(chappe: Chappe, home: Path) -> None:
    relay = ("init", "--controller", "a", "--relay", "smtp://127.0.0.1:2525")
    for missing in ("--attested-by", "--country", "--sub-processor"):
        at = ATTESTED.index(missing)
        answer = chappe(*relay, *ATTESTED[:at], *ATTESTED[at + 2 :])
        assert answer.code == 2
        assert f"give {missing}:" in answer.err
    nowhere = chappe(*relay, *ATTESTED, "--country", "XX")
    assert nowhere.code == 1
    assert "'XX' is no code of ISO 3166-1" in nowhere.err
    assert not home.exists()
    assert chappe(*relay, *ATTESTED).code == 0


def test_databases_are_for_the_account_that_made_them_only(installed: Path) -> None:
    for name in ("chappe.db", "keyring.db"):
        assert stat.S_IMODE((installed / name).stat().st_mode) == 0o600


def test_a_master_key_that_is_no_text_is_said_in_one_line(chappe: Chappe, installed: Path) -> None:
    (installed / "master.key").write_bytes(bytes(range(128, 160)))
    answer = chappe("campaign", "list")
    assert answer.code == 1
    assert "hexadecimal" in answer.err
    assert answer.err.count("\n") == 1


def test_a_file_that_is_no_database_is_called_so(chappe: Chappe, installed: Path) -> None:
    (installed / "chappe.db").write_bytes(b"ana@example.org;" * 100)
    answer = chappe("campaign", "list")
    assert answer.code == 1
    assert "no SQLite database" in answer.err
    assert "example.org" not in answer.err


@pytest.mark.parametrize(
    "url",
    ["amqp://x@127.0.0.1:1/", "amqp://a:pw-9@h:port/", "http://h/", "amqp://a:pw-9@h/?colour=red"],
    ids=["no password", "port", "scheme", "option"],
)
def test_a_broker_url_that_cannot_be_used_is_said_in_one_line(
    chappe: Chappe, job: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("CHAPPE_BROKER_URL", url)
    answer = chappe("campaign", "submit", job)
    assert answer.code == 1
    assert "BROKER_URL" in answer.err
    assert "expected amqp://" in answer.err
    assert "pw-9" not in answer.err
    assert answer.err.count("\n") == 1


def test_the_password_of_a_relay_is_sealed_and_never_shown(chappe: Chappe, home: Path) -> None:
    url = "smtp://sender:geheim-77@127.0.0.1:2525"
    answer = chappe("init", "--controller", "a", "--relay", url, *ATTESTED)
    assert answer.code == 0
    shown = chappe("connector", "show", "relay", "--json")
    assert shown.json["options"] == {"url": "smtp://sender@127.0.0.1:2525"}
    assert shown.json["attested_by"] == "J. M."
    everything = [path for path in home.rglob("*") if path.is_file()]
    assert not [path for path in everything if b"geheim-77" in path.read_bytes()]


def test_the_relay_of_the_environment_is_taken(
    chappe: Chappe, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAPPE_SMTP_URL", "smtp://127.0.0.1:2525")
    answer = chappe("init", "--controller", "a", *ATTESTED)
    assert answer.code == 0
    assert [one["connector"] for one in chappe("connector", "list", "--json").json] == ["relay"]


def test_what_init_is_told_of_links_and_return_paths_is_read_from_then_on(
    chappe: Chappe, home: Path
) -> None:
    chappe("init", "--controller", "a", "--outbox", "--public-url", "https://news.example.org")
    assert (home / "chappe.toml").read_text() == 'public_url = "https://news.example.org"\n'
    (home / "chappe.toml").write_text("worker_threads = 99\n")
    answer = chappe("connector", "list")
    assert answer.code == 1
    assert "CHAPPE_WORKER_THREADS" in answer.err


def test_a_link_base_that_cannot_be_right_is_refused_before_anything_is_written(
    chappe: Chappe, home: Path
) -> None:
    answer = chappe("init", "--controller", "a", "--outbox", "--public-url", "ftp://x")
    assert answer.code == 1
    assert "CHAPPE_PUBLIC_URL" in answer.err
    assert not (home / "chappe.toml").exists()


def test_without_an_installation_each_verb_says_how_to_get_one(chappe: Chappe) -> None:
    answer = chappe("campaign", "list")
    assert answer.code == 1
    assert answer.out == ""
    assert answer.err.count("\n") == 1
    assert "chappe init" in answer.err


def test_a_schema_goes_down_only_when_confirmed_and_comes_up_again(
    chappe: Chappe, installed: Path
) -> None:
    kept = chappe("migrate", "--down")
    assert kept.code == 1
    assert "--yes" in kept.err
    gone = chappe("migrate", "--down", "--yes", "--json")
    assert [one["after"] for one in gone.json] == [None, None]
    assert "chappe migrate" in chappe("campaign", "list").err
    back = chappe("migrate", "--json")
    assert all(one["before"] is None and one["after"] for one in back.json)


def test_a_copied_home_sends_only_once_it_is_adopted(chappe: Chappe, installed: Path) -> None:
    answer = chappe("migrate", "--adopt", "moved", "--yes")
    assert answer.code == 0
    assert "adopted" in answer.err


@pytest.mark.parametrize("process", ["worker", "scheduler"])
def test_processes_of_their_own_need_a_broker(
    chappe: Chappe, installed: Path, process: str
) -> None:
    answer = chappe(process)
    assert answer.code == 1
    assert "chappe up" in answer.err


def test_another_account_cannot_have_the_master_key_readable(
    chappe: Chappe, installed: Path
) -> None:
    (installed / "master.key").chmod(0o644)
    answer = chappe("campaign", "list")
    assert answer.code == 1
    assert "chmod 600" in answer.err


@pytest.mark.parametrize(
    "command",
    [("up",), ("campaign", "list"), ("init", "--controller", "boutique", "--outbox")],
    ids=lambda words: words[0],
)
def test_a_wrong_master_key_stops_every_command_before_it_does_anything(
    chappe: Chappe, installed: Path, command: tuple[str, ...]
) -> None:
    (installed / "master.key").write_text("ab" * 32 + "\n")
    answer = chappe(*command)
    assert answer.code == 1
    assert answer.err.count("\n") == 1
    assert "does not open the keyring" in answer.err
    assert "from your copy" in answer.err


def test_no_new_master_key_is_made_or_advised_while_an_old_one_is_missed(
    chappe: Chappe, installed: Path
) -> None:
    key = installed / "master.key"
    copy = key.read_text()
    key.unlink()
    for command in (
        ("init", "--controller", "boutique", "--outbox"),
        ("campaign", "list"),
        ("up",),
    ):
        answer = chappe(*command)
        assert answer.code == 1
        assert answer.err.count("\n") == 1
        assert "from your copy" in answer.err
        assert "init" not in answer.err
        assert not key.exists()
    key.touch(mode=0o600)
    key.write_text(copy)
    assert chappe("campaign", "list").code == 0


def test_a_master_key_made_before_anything_was_sealed_can_be_made_again(
    chappe: Chappe, home: Path
) -> None:
    answer = chappe("campaign", "list")
    assert "`chappe init` makes one" in answer.err
    assert not (home / "keyring.db").exists()
    assert chappe("migrate").code == 0
    assert chappe("init", "--controller", "boutique", "--outbox").code == 0


def test_whatever_is_away_is_said_in_one_line(
    chappe: Chappe, installed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clients = write_clients(tmp_path / "clients.csv", 2)
    nowhere = tmp_path / "no" / "report.csv"
    answers = [chappe("list", "import", "x", clients, "--report", nowhere)]
    monkeypatch.setenv("CHAPPE_BROKER_URL", "amqp://127.0.0.1:1/")
    answers.append(chappe("campaign", "submit", write_job(tmp_path / "job.json")))
    monkeypatch.setenv("CHAPPE_DATABASE_URL", "postgresql+psycopg://u:pw-9@127.0.0.1:1/x")
    answers.append(chappe("campaign", "list"))
    assert [answer.code for answer in answers] == [1, 1, 1]
    assert [answer.err.count("\n") for answer in answers] == [1, 1, 1]
    assert "pw-9" not in answers[2].err


def test_a_fault_of_our_own_says_where_it_is_and_quotes_nothing(
    chappe: Chappe, installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("ana@example.org")

    monkeypatch.setattr("engine.oppositions.check", broken)
    answer = chappe("suppress", "check", "ana@example.org")
    assert answer.code == 1
    assert "RuntimeError" in answer.err
    assert "suppressions.py" in answer.err
    assert "example.org" not in answer.err
