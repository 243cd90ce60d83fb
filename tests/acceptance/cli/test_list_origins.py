"""What the command says of where a list comes from and what sensitive data it holds."""

from pathlib import Path

import pytest

from tests.acceptance.cli.desk import Chappe, write_clients

NIR = "2 99 12 99 999 999 11"


@pytest.fixture
def patients(tmp_path: Path) -> Path:
    path = tmp_path / "patients.csv"
    path.write_text(f"email,maladie,note\nana@example.org,oui,{NIR}\n")
    return path


def test_an_import_warns_of_what_rulesets_may_refuse(
    chappe: Chappe, installed: Path, patients: Path
) -> None:
    answer = chappe("list", "import", "clients", patients)
    assert answer.code == 0
    assert "social security numbers (1), columns about health (1)" in answer.out
    assert "chappe list undo clients" in answer.err
    assert "chappe list attest clients --by WHO" in answer.err
    assert "999" not in answer.out + answer.err


def test_an_ordinary_import_that_somebody_answers_for_warns_of_nothing(
    chappe: Chappe, installed: Path, tmp_path: Path
) -> None:
    rows = write_clients(tmp_path / "clients.csv", 3)
    answer = chappe("list", "import", "clients", rows, "--attested-by", "Data office", "--json")
    assert (answer.code, answer.err) == (0, "")
    assert (answer.json["attested"], answer.json["findings"]) == (True, {})
    assert "collected by the controller" in chappe("list", "show", "clients").out


def test_the_column_that_was_found_is_left_out_in_a_second_try(
    chappe: Chappe, installed: Path, patients: Path
) -> None:
    chappe("list", "import", "clients", patients)
    chappe("list", "undo", "clients", "--yes")
    left = ("--without", "maladie", "--without", "note", "--attested-by", "Data office")
    assert chappe("list", "import", "clients", patients, *left, "--json").json["findings"] == {}
    assert chappe("list", "show", "clients", "--json").json["findings"] == {}


def test_origin_and_findings_are_shown_in_every_form(
    chappe: Chappe, installed: Path, patients: Path
) -> None:
    chappe("list", "import", "leads", patients, "--supplier", "Acme Data")
    assert "not attested, supplied by Acme Data" in chappe("list", "list").out
    told = chappe("list", "attest", "leads", "--by", "Data office")
    assert told.out == "leads: attested by Data office, supplied by Acme Data\n"
    shown = chappe("list", "show", "leads", "--json").json
    assert (shown["attested_by"], shown["supplier"]) == ("Data office", "Acme Data")
    assert shown["attested_at"].endswith("Z")
    assert shown["findings"] == {"nir": 1, "words:health": 1}
    assert [one["findings"] for one in chappe("list", "list", "--json").json] == [shown["findings"]]
    assert "social security numbers (1)" in chappe("list", "screen", "leads").out
    assert chappe("list", "screen", "leads", "--json").json["findings"] == shown["findings"]


def test_mistakes_are_told_in_one_line(chappe: Chappe, installed: Path, tmp_path: Path) -> None:
    rows = write_clients(tmp_path / "clients.csv", 1)
    for arguments in (
        ("list", "attest", "nobody", "--by", "Data office"),
        ("list", "screen", "nobody"),
        ("list", "import", "clients", rows, "--attested-by", " "),
        ("list", "import", "clients", rows, "--supplier", "a;b"),
    ):
        answer = chappe(*arguments)
        assert answer.code == 1, arguments
        assert answer.err.count("\n") == 1, answer.err
        assert "Traceback" not in answer.err
