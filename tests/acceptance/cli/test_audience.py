import json
from pathlib import Path

import pytest

from tests.acceptance.cli.desk import Chappe, write_clients

MIXED = """\
ref;prenom;email;mobile
c1;Ana;ana@example.org;06 39 98 00 01
c2;Bob;bob at example.org;
c3;Cy;;
c4;Di;di@example.org;06 39
"""


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    path = tmp_path / "mixed.csv"
    path.write_text(MIXED)
    return path


def test_an_import_reports_each_rejected_line_with_number_and_reason(
    chappe: Chappe, installed: Path, mixed: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.csv"
    answer = chappe("list", "import", "clients", mixed, "--json", "--report", report)
    assert answer.code == 0
    found = answer.json
    assert (found["rows"], found["accepted"], found["rejected"]) == (4, 2, 2)
    rejected = [
        (note["line"], note["reason"]) for note in found["notes"] if note["what"] == "rejected"
    ]
    assert rejected == [(3, "no_at"), (4, "no_address")]
    assert found["unusable"] == 1
    assert len(report.read_text().splitlines()) == 1 + len(found["notes"])


def test_an_import_tells_people_what_was_left_out_and_never_an_address(
    chappe: Chappe, installed: Path, mixed: Path
) -> None:
    answer = chappe("list", "import", "clients", mixed)
    assert "line 3" in answer.err
    assert "example.org" not in answer.err + answer.out


def test_columns_are_mapped_by_name(chappe: Chappe, installed: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("Kunde,Post\nx1,ana@example.org\n")
    answer = chappe(
        "list", "import", "clients", path, "--map", "ref=Kunde", "--map", "email=Post", "--json"
    )
    assert answer.json["columns"] == ["ref", "email"]
    assert chappe("list", "import", "clients", path, "--map", "email").code == 2


def test_a_column_is_left_out_where_nothing_says_whose_the_addresses_are(
    chappe: Chappe, installed: Path, tmp_path: Path
) -> None:
    path = tmp_path / "two.csv"
    path.write_text("email,Téléphone\nana@example.org,0639980001\nbo@example.org,0639980002\n")
    refused = chappe("list", "import", "clients", path)
    assert refused.code == 1
    assert "ref_missing (2)" in refused.err
    assert "--without tel" in refused.err
    for name, column in (("first", "tel"), ("second", "Téléphone")):
        answer = chappe("list", "import", name, path, "--without", column, "--json")
        assert (answer.code, answer.json["columns"]) == (0, ["email"]), answer.err
    assert "Téléphone" in chappe("list", "import", "clients", path, "--without", "fax").err
    both = chappe("list", "import", "c", path, "--without", "tel", "--map", "tel=Téléphone")
    assert "mapped and left out" in both.err
    lines = tmp_path / "two.ndjson"
    lines.write_text('{"email": "ana@example.org", "phone": "0639980001"}\n')
    answer = chappe("list", "import", "lines", lines, "--without", "tel", "--json")
    assert (answer.code, answer.json["columns"]) == (0, ["email"])


def test_a_file_that_is_no_list_is_refused_in_one_line(
    chappe: Chappe, installed: Path, tmp_path: Path
) -> None:
    twice = tmp_path / "twice.csv"
    twice.write_text("email,Email\na@example.org,b@example.org\n")
    for path in (twice, tmp_path / "nowhere.csv"):
        answer = chappe("list", "import", "clients", path)
        assert answer.code == 1
        assert answer.err.count("\n") == 1
        assert answer.out == ""


def test_what_was_imported_comes_out_again(chappe: Chappe, installed: Path, mixed: Path) -> None:
    chappe("list", "import", "clients", mixed)
    rows = chappe("list", "export", "clients").out.splitlines()
    assert rows[0] == "ref,tel,email,prenom"
    assert rows[1] == "c1,+33639980001,ana@example.org,Ana"
    lines = chappe("list", "export", "clients", "--format", "ndjson").lines
    assert [line["ref"] for line in lines] == ["c1", "c4"]


def test_an_import_is_undone_and_a_list_deleted_only_when_confirmed(
    chappe: Chappe, installed: Path, mixed: Path, tmp_path: Path
) -> None:
    chappe("list", "import", "clients", mixed)
    chappe("list", "import", "clients", write_clients(tmp_path / "more.csv", 5))
    assert chappe("list", "show", "clients", "--json").json["rows"] == 7
    assert chappe("list", "undo", "clients").code == 1
    assert chappe("list", "undo", "clients", "--yes", "--json").json["rows"] == 2
    assert chappe("list", "delete", "clients").code == 1
    assert chappe("list", "delete", "clients", "--yes").code == 0
    assert chappe("list", "list", "--json").json == []
    assert chappe("list", "show", "clients").code == 1


def test_tables_show_the_same_as_json(chappe: Chappe, installed: Path, mixed: Path) -> None:
    chappe("list", "import", "clients", mixed)
    assert "clients" in chappe("list", "list").out
    shown = chappe("list", "show", "clients").out
    assert "offers" in shown
    assert "\x1b" not in shown


def test_an_opposition_is_added_once_looked_up_and_taken_away(
    chappe: Chappe, installed: Path
) -> None:
    first = chappe("suppress", "add", "ana@example.org", "--reason", "unsubscribed", "--json")
    assert first.json["already"] is False
    again = chappe("suppress", "add", "Ana@Example.org", "--json")
    assert again.json["already"] is True
    assert again.json["reason"] == "unsubscribed"
    (found,) = chappe("suppress", "check", "ana@example.org", "--json").json
    assert (found["kind"], found["channel"], found["platform"]) == ("email", None, False)
    why = ("--why", "entered_in_error")
    assert chappe("suppress", "remove", "ana@example.org", *why).code == 0
    assert chappe("suppress", "remove", "ana@example.org", *why).code == 1
    assert chappe("suppress", "check", "ana@example.org").out == "nothing forbids contact\n"


def test_an_opposition_holds_for_one_channel_a_person_or_the_platform(
    chappe: Chappe, installed: Path
) -> None:
    chappe("suppress", "add", "0639980001", "--channel", "sms", "--reason", "stop")
    (sms,) = chappe("suppress", "check", "+33 6 39 98 00 01", "--json").json
    assert (sms["kind"], sms["channel"], sms["reason"]) == ("tel", "sms", "stop")
    chappe("suppress", "add", "--ref", "c9")
    assert [one["kind"] for one in chappe("suppress", "check", "--ref", "c9", "--json").json] == [
        "ref"
    ]
    chappe("suppress", "add", "all@example.org", "--platform")
    (wide,) = chappe("suppress", "check", "all@example.org", "--json").json
    assert wide["platform"] is True
    assert "every controller" in chappe("suppress", "check", "all@example.org").out


def test_oppositions_come_in_and_go_out_as_files(
    chappe: Chappe, installed: Path, tmp_path: Path
) -> None:
    path = tmp_path / "optouts.csv"
    path.write_text("email,reason,since\na@example.org,complaint,2026-01-05\nnobody,,\n")
    answer = chappe("suppress", "import", path, "--json")
    assert (answer.json["added"], answer.json["rejected"]) == (1, 1)
    out = chappe("suppress", "export").out.splitlines()
    assert out[1].startswith(",,a@example.org,,,complaint,")
    assert "there already" in chappe("suppress", "import", path).out


def test_a_whole_file_is_screened_without_storing_anything(
    chappe: Chappe, installed: Path, tmp_path: Path
) -> None:
    clients = write_clients(tmp_path / "clients.csv", 5)
    chappe("suppress", "add", "client3@example.org", "--reason", "complaint")
    answer = chappe("suppress", "check", clients, "--json")
    (line,) = answer.lines
    assert line["line"] == 4
    assert line["against"][0]["reason"] == "complaint"
    assert "5 lines screened, 1 opposed" in answer.err
    assert "line 4: opposed" in chappe("suppress", "check", clients).out
    assert chappe("list", "list", "--json").json == []


@pytest.mark.parametrize(
    "arguments",
    [("add",), ("add", "a@example.org", "--ref", "c1"), ("add", "a@example.org", "--channel", "x")],
    ids=["nobody", "two", "channel"],
)
def test_wrong_use_ends_with_two(
    chappe: Chappe, installed: Path, arguments: tuple[str, ...]
) -> None:
    assert chappe("suppress", *arguments).code == 2


def test_an_address_that_cannot_be_used_is_refused_without_quoting_it(
    chappe: Chappe, installed: Path
) -> None:
    answer = chappe("suppress", "add", "ana.martin@@example.org")
    assert answer.code == 1
    assert "martin" not in answer.err + answer.out


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("foo", "as a telephone number the address cannot be used: the number has letters"),
        ("12 rue X, 75001 Paris", "as a postal address the address cannot be used"),
        ("a@@example.org", "as an email address the address cannot be used"),
    ],
)
def test_an_address_that_was_guessed_says_what_it_was_taken_for(
    chappe: Chappe, installed: Path, address: str, said: str
) -> None:
    for verb in (("suppress", "add"), ("campaign", "explain", "k1")):
        answer = chappe(*verb, address)
        assert answer.code == 1
        assert said in answer.err
        assert "--kind" in answer.err
    assert "--kind" not in chappe("suppress", "add", address, "--kind", "tel").err


def test_a_list_that_is_not_there_says_where_the_names_are(chappe: Chappe, installed: Path) -> None:
    assert "chappe list list" in chappe("list", "show", "nothing").err


def test_with_two_clients_one_has_to_be_named(
    chappe: Chappe, installed: Path, tmp_path: Path
) -> None:
    chappe("controller", "create", "bakery", "--purpose", "news:service")
    clients = write_clients(tmp_path / "clients.csv", 2)
    answer = chappe("list", "import", "clients", clients)
    assert answer.code == 1
    assert "--controller bakery | boutique" in answer.err
    assert chappe("list", "import", "clients", clients, "-c", "bakery").code == 0
    listed = json.loads(chappe("list", "list", "-c", "bakery", "--json").out)
    assert listed[0]["purposes"] == ["news"]
