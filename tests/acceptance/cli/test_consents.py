"""Consents, oppositions by purpose and opposition lists, as an operator works with them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.cli.desk import Answer, Chappe

TODAY = datetime.now(UTC).date()
_PROOF = ("--method", "paper", "--text-version", "form-7", "--source", "the fair in Évry")


def _give(chappe: Chappe, who: str, on: object, *more: str) -> Answer:
    what = ("--purpose", "offers", "--channel", "email", "--given", str(on))
    return chappe("consent", "give", who, *what, *_PROOF, *more)


@pytest.fixture(autouse=True)
def agreed(chappe: Chappe, installed: Path) -> None:
    """Make sure of two purposes."""
    answer = chappe(
        "controller",
        "configure",
        "boutique",
        "--purpose",
        "offers:marketing",
        "--purpose",
        "news:marketing",
    )
    assert answer.code == 0, answer.err


def test_a_consent_is_given_shown_and_taken_back(chappe: Chappe) -> None:
    assert _give(chappe, "ana@example.org", "2024-03-02").code == 0
    (shown,) = chappe("consent", "show", "ana@example.org", "--json").json
    assert (shown["given_on"], shown["source"]) == ("2024-03-02", "the fair in Évry")
    answer = chappe("consent", "withdraw", "ana@example.org", "--purpose", "offers", "--json")
    assert answer.json == {"consents": 1, "opposed": 1}
    assert "the ledger has no consent" not in chappe("consent", "show", "ana@example.org").out
    refused = _give(chappe, "ana@example.org", TODAY)
    assert refused.code == 1
    assert "a later day than the objection" in refused.err


def test_a_consent_says_which_wider_objection_stays_and_what_to_do(
    chappe: Chappe, tmp_path: Path
) -> None:
    path = tmp_path / "left.csv"
    path.write_text(f"email,since\nana@example.org,{TODAY - timedelta(days=2)}\n")
    chappe("suppress", "import", path, "--reason", "unsubscribed", "--channel", "email")
    answer = _give(chappe, "ana@example.org", TODAY)
    assert answer.code == 0
    assert "--why consent_renewed" in answer.err
    lift = ("suppress", "remove", "ana@example.org", "--channel", "email")
    assert chappe(*lift, "--why", "consent_renewed").code == 0
    assert chappe("suppress", "check", "ana@example.org", "--json").json == []


def test_an_objection_to_one_purpose_is_added_checked_and_removed(chappe: Chappe) -> None:
    add = ("suppress", "add", "ana@example.org", "--purpose", "news")
    assert chappe(*add).code == 0
    assert "did you mean news" in chappe(*add[:-1], "new").err
    assert chappe("suppress", "check", "ana@example.org", "--purpose", "offers").out == (
        "nothing forbids contact\n"
    )
    (entry,) = chappe("suppress", "check", "ana@example.org", "--json").json
    assert entry["purpose"] == "news"
    mistaken = ("suppress", "remove", "ana@example.org", "--why", "entered_in_error")
    assert chappe(*mistaken).code == 1  # that would be the entry to any purpose
    assert chappe(*mistaken, "--purpose", "news").code == 0


def test_a_ledger_comes_in_and_goes_out_as_files(chappe: Chappe, tmp_path: Path) -> None:
    path = tmp_path / "consents.csv"
    path.write_text("ref,email,given_on\nc1,ana@example.org,2024-03-02\n,nobody,2024-03-02\n")
    what = ("--purpose", "offers", "--channel", "email")
    answer = chappe("consent", "import", path, *what, *_PROOF, "--json")
    assert (answer.json["recorded"], answer.json["rejected"]) == (2, 1)
    assert "line 3" in chappe("consent", "import", path, *what, *_PROOF).err
    by_key = chappe("consent", "export").out
    assert "example.org" not in by_key
    assert len(by_key.splitlines()) == 3
    assert ",,ana@example.org,," in chappe("consent", "export", path).out
    unsaid = chappe("consent", "import", path)
    assert unsaid.code == 1
    assert "proof_missing" in unsaid.err


def test_an_opposition_list_is_imported_listed_and_removed(chappe: Chappe, tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text("tel\n0639980001\n0639980002\n")
    said = ("opposition-list", "import", "bloctel", path, "--source", "monthly file", "--dated")
    answer = chappe(*said, "2026-08-01T06:00:00", "--json")
    assert (answer.json["entries"], answer.json["replaced"]) == (2, None)
    (shown,) = chappe("opposition-list", "list", "--json").json
    assert (shown["list"], shown["dated_at"]) == ("bloctel", "2026-08-01T06:00:00Z")
    assert "is newer" in chappe(*said, "2026-07-01").err
    assert "is to come" in chappe(*said, "2999-01-01").err
    assert chappe("opposition-list", "remove", "bloctel").code == 1  # nobody can be asked
    assert chappe("opposition-list", "remove", "bloctel", "--yes").code == 0
    assert chappe("opposition-list", "list", "--json").json == []
    assert "there are: none" in chappe("opposition-list", "remove", "bloctel", "-y").err
