import json
from pathlib import Path

import pytest

from engine import intake
from engine.bootstrap import build_app
from engine.settings import load_settings
from tests.acceptance.cli.desk import Chappe, write_job


def test_what_was_agreed_with_a_client_is_changed_piece_by_piece(
    chappe: Chappe, installed: Path
) -> None:
    changed = chappe(
        "controller", "configure", "boutique", "--purpose", "recalls:service", "--history", "P2Y",
        "--connector", "email=outbox", "--stop-mention", "STOP 36063", "--no-inline",
        "--return-domain", "bounces.example.org", "--json",
    )  # fmt: skip
    assert changed.code == 0
    assert changed.json["purposes"] == {"offers": "marketing", "recalls": "service"}
    assert changed.json["connectors"] == {"email": ["outbox"]}
    assert changed.json["allow_inline"] is False
    less = chappe(
        "controller", "configure", "--purpose", "offers:none", "--connector", "email=", "--json"
    )
    assert less.json["purposes"] == {"recalls": "service"}
    assert less.json["connectors"] == {}
    assert less.json["history"] == "P2Y"
    assert "recalls (service)" in chappe("controller", "show").out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("create", "Not A Name"), 1),
        (("create", "boutique"), 1),
        (("create", "b", "--purpose", "x:y"), 2),
        (("create", "b", "--connector", "pigeon=x"), 2),
        (("create", "b", "--history", "two years"), 1),
        (("show", "nobody"), 1),
    ],
    ids=["name", "exists", "kind", "channel", "history", "unknown"],
)
def test_what_cannot_be_is_refused(
    chappe: Chappe, installed: Path, arguments: tuple[str, ...], code: int
) -> None:
    answer = chappe("controller", *arguments)
    assert answer.code == code
    assert answer.out == ""


def test_a_connector_is_used_only_once_it_is_attested(chappe: Chappe, installed: Path) -> None:
    made = chappe("connector", "create", "spare", "--relay", "smtp://127.0.0.1:2526", "--json")
    assert made.json["state"] == "not attested"
    answer = chappe(
        "connector", "attest", "spare", "--attested-by", "J. M.", "--country", "fr",
        "--sub-processor", "Relay SAS", "--json",
    )  # fmt: skip
    assert answer.json["state"] == "ready"
    assert answer.json["country"] == "FR"
    assert chappe("connector", "disable", "spare").code == 1
    assert chappe("connector", "disable", "spare", "--yes", "--json").json["state"] == "disabled"
    assert chappe("connector", "enable", "spare", "--json").json["state"] == "ready"
    assert "Relay SAS" in chappe("connector", "show", "spare").out
    assert "spare" in chappe("connector", "list").out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("create", "x"), 2),
        (("create", "x", "--relay", "smtp://h", "--outbox", "f"), 2),
        (("create", "x", "--relay", "http://h"), 1),
        (("create", "x", "--relay", "smtp://h", "--option", "colour=red"), 1),
        (("create", "x", "--outbox", "f", "--option", "fsync"), 2),
        (("create", "outbox", "--outbox", "f"), 1),
        (
            (
                "attest",
                "outbox",
                "--attested-by",
                "a",
                "--country",
                "France",
                "--sub-processor",
                "b",
            ),
            1,
        ),
        (("show", "nothing"), 1),
    ],
    ids=["none", "both", "url", "option", "pair", "exists", "country", "unknown"],
)
def test_a_connector_that_could_never_work_is_refused(
    chappe: Chappe, installed: Path, arguments: tuple[str, ...], code: int
) -> None:
    assert chappe("connector", *arguments).code == code


def test_a_connector_is_tested_without_sending(chappe: Chappe, installed: Path) -> None:
    works = chappe("connector", "test", "outbox", "--json")
    assert works.code == 0
    assert works.json == {"connector": "outbox", "works": True, "reason": None}
    assert chappe("connector", "test", "outbox").out == "outbox: works\n"
    chappe("connector", "create", "dead", "--relay", "smtp://127.0.0.1:9")
    dead = chappe("connector", "test", "dead", "--json")
    assert dead.code == 1
    assert dead.json["works"] is False
    assert "connector dead does not work" in dead.err


def test_a_wrong_relay_is_mended_without_a_new_attestation(chappe: Chappe, installed: Path) -> None:
    chappe("connector", "create", "spare", "--relay", "smtp://u:old@127.0.0.1:9", "--rank", 9)
    said = ("--attested-by", "J. M.", "--country", "FR", "--sub-processor", "Relay SAS")
    chappe("connector", "attest", "spare", *said)
    changed = chappe(
        "connector", "configure", "spare", "--relay", "smtp://u:new@127.0.0.1:2525",
        "--option", "per_second=5", "--option", "unit_cost=0.01", "--json",
    )  # fmt: skip
    assert changed.code == 0, changed.err
    wanted = {"url": "smtp://u@127.0.0.1:2525", "per_second": "5", "unit_cost": "0.01"}
    assert changed.json["options"] == wanted
    assert (changed.json["attested_by"], changed.json["rank"]) == ("J. M.", 9)
    less = chappe("connector", "configure", "spare", "--option", "per_second=", "--json")
    assert "per_second" not in less.json["options"]
    assert chappe("connector", "configure", "spare", "--option", "colour=red").code == 1
    moved = chappe("connector", "configure", "outbox", "--outbox", "elsewhere", "--json")
    assert moved.json["options"] == {"folder": "elsewhere"}


def test_accounts_are_granted_and_revoked(chappe: Chappe, installed: Path) -> None:
    assert chappe("account", "grant", "shop", "boutique").code == 0
    assert chappe("account", "grant", "shop", "nobody").code == 1
    assert "shop" in chappe("account", "list").out
    assert chappe("account", "revoke", "shop", "boutique").code == 0
    assert "shop" not in chappe("account", "list").out


def test_a_right_that_was_not_taken_back_is_not_called_so(chappe: Chappe, installed: Path) -> None:
    never = chappe("account", "revoke", "eve", "boutique")
    assert never.code == 1
    assert "nothing was taken back" in never.err
    assert "chappe controller list" in chappe("account", "revoke", "eve", "nobody").err
    chappe("account", "grant", "eve", "*")
    wider = chappe("account", "revoke", "eve", "boutique")
    assert wider.code == 1
    assert "chappe account revoke eve '*'" in wider.err
    chappe("account", "grant", "eve", "boutique")
    remains = chappe("account", "revoke", "eve", "boutique")
    assert remains.code == 1
    assert "may still put campaigns of boutique" in remains.err
    assert [one["controller"] for one in chappe("account", "list", "--json").json] == ["*", "*"]
    chappe("account", "grant", "eve", "boutique")
    assert "it still may of: boutique" in chappe("account", "revoke", "eve", "*").err


@pytest.mark.parametrize("order", ["email=nope", "email=outbox,nope", "email=outbox-sms"])
def test_a_channel_goes_only_through_connectors_of_its_own_that_exist(
    chappe: Chappe, installed: Path, order: str
) -> None:
    for verb in (("configure", "boutique"), ("create", "other")):
        answer = chappe("controller", *verb, "--connector", order)
        assert answer.code == 1
        assert "there are: outbox (" in answer.err
    assert chappe("controller", "show", "--json").json["connectors"] == {}


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--history", "3years", "history: expected an ISO 8601 duration such as P3Y"),
        ("--purpose", "x y", "purposes: a name is 1 to 64"),
        ("--return-domain", "No Domain", "return domain: expected a domain"),
        ("--stop-mention", "x", "stop mention: expected 4 to 30 signs"),
    ],
)
def test_a_setting_that_cannot_be_is_explained_in_a_sentence(
    chappe: Chappe, installed: Path, option: str, value: str, said: str
) -> None:
    answer = chappe("controller", "create", "other", option, value)
    assert answer.code == 1
    assert said in answer.err
    assert "regex" not in answer.err


@pytest.fixture
def dead_letter(installed: Path, tmp_path: Path) -> int:
    """A message of an account that may not speak for its controller yet."""
    body = write_job(tmp_path / "job.json").read_bytes()
    app = build_app(load_settings())
    taken = intake.take(app, body, "stranger", "m-1")
    app.db.close()
    assert taken.dead_letter is not None
    return taken.dead_letter


def test_a_dead_letter_is_shown_with_its_faults_and_replayed_once_mended(
    chappe: Chappe, dead_letter: int
) -> None:
    (listed,) = chappe("dead-letter", "list", "--json").json
    assert listed["faults"][0]["field"] == "controller"
    assert "may not speak" in chappe("dead-letter", "list").out
    assert "stranger" in chappe("dead-letter", "show", dead_letter).out
    failed = chappe("dead-letter", "replay", dead_letter, "--json")
    assert failed.code == 1
    assert failed.json["taken"] is False
    chappe("account", "grant", "stranger", "boutique")
    taken = chappe("dead-letter", "replay", dead_letter, "--json")
    assert taken.code == 0
    assert taken.json["taken"] is True
    assert chappe("dead-letter", "list", "--json").json == []
    assert chappe("dead-letter", "list", "--all", "--json").json[-1]["state"] == "replayed"
    assert chappe("dead-letter", "replay", dead_letter).code == 1


def test_a_dead_letter_is_dropped_only_when_confirmed(chappe: Chappe, dead_letter: int) -> None:
    assert chappe("dead-letter", "drop", dead_letter).code == 1
    assert chappe("dead-letter", "drop", dead_letter, "--yes").code == 0
    assert chappe("dead-letter", "show", dead_letter, "--json").json["state"] == "dropped"
    assert chappe("dead-letter", "show", 77).code == 1


def test_the_body_of_a_dead_letter_is_shown_only_when_asked_for(
    chappe: Chappe, dead_letter: int
) -> None:
    assert "winter-1" not in chappe("dead-letter", "show", dead_letter).out
    answer = chappe("dead-letter", "show", dead_letter, "--body")
    assert json.loads(answer.out)["id"] == "winter-1"
