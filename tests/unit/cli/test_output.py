import logging
from io import StringIO

import pytest
import structlog
import typer

from engine.list_files import Note
from ops.cli import output
from ops.cli.notes import Notes
from ops.logs import configure_logs


def test_a_piped_table_has_no_frames_and_is_never_folded(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output.table(("name", "number"), [("a" * 300, 1), ("[b]", 20)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("a" * 300)
    assert lines[2] == "[b]" + " " * 297 + "      20"


def test_nothing_to_say_is_a_dash_and_facts_without_a_value_are_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output.table(("a", "b"), [(None, True)])
    output.facts({"kept": False, "left out": None})
    assert capsys.readouterr().out == "a  b\n-  yes\nkept      no\n"


def test_a_failure_is_one_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as leaving:
        output.refuse("first\n  second")
    assert leaving.value.exit_code == 1
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "chappe: first second\n")


def test_what_is_destroyed_is_asked_for_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output.confirmed("Delete?", yes=True)
    monkeypatch.setattr("sys.stdin", StringIO())
    with pytest.raises(typer.Exit):
        output.confirmed("Delete?", yes=False)
    assert "--yes" in capsys.readouterr().err


def test_the_first_notes_are_told_and_the_others_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    notes = Notes()
    for line in range(30):
        notes(Note(line, "rejected", "no_at", "email"))
    notes(Note(31, "opposed", "complaint"))
    notes.tell("rejected")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 21
    assert lines[0] == "  line 0: rejected: email: no at"
    assert "10 more" in lines[-1]


@pytest.fixture
def log() -> StringIO:
    return StringIO()


@pytest.mark.parametrize("form", ["console", "json"])
def test_an_exception_is_logged_by_kind_and_place_without_its_text(
    log: StringIO, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    try:
        configure_logs(form, stream=log)  # type: ignore[arg-type]
        try:
            int("ana@example.org")
        except ValueError:
            structlog.get_logger().error("ours", campaign=1, exc_info=True)
            logging.getLogger("theirs").exception("theirs")
    finally:
        structlog.reset_defaults()
        root.handlers, root.level = before
    said = log.getvalue()
    assert said.count("ValueError") == 2
    assert said.count("test_output.py") == 2
    assert "example.org" not in said


def test_a_file_that_nobody_watches_is_told_of_in_steps(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path_factory.mktemp("progress") / "file"
    path.write_bytes(b"x" * 1000)
    with output.file_progress(path) as told:
        for done in range(0, 1001, 10):
            told(done, done)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "100 rows read, 10 %"
    assert len(lines) == 9
