"""Settings that cannot be read are named with file and remedy, by the doctor and by every verb."""

from pathlib import Path

import pytest

from tests.acceptance.cli.desk import Answer, Chappe

pytestmark = pytest.mark.usefixtures("installed")


def _said(chappe: Chappe) -> str:
    """Return what the doctor says, which must be what any other verb says."""
    doctor, verb = chappe("doctor"), chappe("campaign", "list")
    assert doctor.code == verb.code == 1
    assert _sentence(doctor) == _sentence(verb)
    assert chappe("doctor", "--json").json[0]["level"] == "fault"
    return _sentence(verb)


def _sentence(answer: Answer) -> str:
    assert "report this" not in answer.err
    assert ".py" not in answer.err
    return answer.err


def test_a_settings_file_that_is_no_toml_is_named_with_the_place(
    chappe: Chappe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text('actor = "ops"\ndatabase_url = "secret-word\n')
    monkeypatch.setenv("CHAPPE_CONFIG", str(broken))
    said = _said(chappe)
    assert f"{broken} is no TOML" in said
    assert "line 2" in said
    assert "secret-word" not in said
    broken.write_bytes(b"\xff\xfe")
    assert f"{broken} is no text in UTF-8" in _said(chappe)


def test_the_settings_file_at_home_is_named_as_well(chappe: Chappe, installed: Path) -> None:
    (installed / "chappe.toml").write_text("[[[")
    assert f"{installed / 'chappe.toml'} is no TOML" in _said(chappe)


def test_a_setting_that_does_not_exist_is_named_with_where_it_stands(
    chappe: Chappe, installed: Path
) -> None:
    (installed / "chappe.toml").write_text('drop_dirr = "here"\n')
    said = _said(chappe)
    assert "CHAPPE_DROP_DIRR: no setting is called drop_dirr; drop_dir is one" in said
    assert "chappe.toml at home" in said


def test_dkim_keys_that_are_no_json_are_told_with_an_example(
    chappe: Chappe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAPPE_DKIM_KEYS", "a=/nonexistent")
    said = _said(chappe)
    assert 'CHAPPE_DKIM_KEYS cannot be read: expected JSON, such as {"mail": "/etc/' in said


def test_a_dkim_key_that_is_missing_is_named_with_its_file(
    chappe: Chappe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAPPE_DKIM_KEYS", '{"a": "/nonexistent.pem"}')
    assert "DKIM key /nonexistent.pem (CHAPPE_DKIM_KEYS): No such file" in _said(chappe)
