import os
from pathlib import Path

import pytest

from ops.services import debian, prometheus
from ops.services.faults import NotReady


def _program(folder: Path, name: str, script: str = "exit 0") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_installed_programs_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("prometheus", "promtool"):
        _program(tmp_path, name)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert prometheus.prometheus_programs() == tmp_path


@pytest.mark.parametrize("installed", [(), ("prometheus",)], ids=["none", "without promtool"])
def test_what_is_missing_is_unpacked_once_and_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: tuple[str, ...]
) -> None:
    path, unpacked = tmp_path / "path", tmp_path / "unpacked"
    path.mkdir()
    for name in installed:
        _program(path, name)
    fetched: list[str] = []

    def unpack(package: str, folder: Path) -> None:
        fetched.append(package)
        for name in ("prometheus", "promtool"):
            _program(folder / "usr/bin", name)

    monkeypatch.setenv("PATH", str(path))
    monkeypatch.setattr(prometheus, "_UNPACKED", unpacked)
    monkeypatch.setattr(debian, "unpack", unpack)
    for _ in range(2):
        assert prometheus.prometheus_programs() == unpacked / "usr/bin"
    assert fetched == ["prometheus"]


def test_what_promtool_says_is_told_when_it_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("prometheus", "promtool"):
        _program(tmp_path, name, "echo a rule is wrong; exit 3")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.defpath}")
    with pytest.raises(NotReady, match="a rule is wrong"):
        prometheus.promtool(tmp_path, "check", "rules")
