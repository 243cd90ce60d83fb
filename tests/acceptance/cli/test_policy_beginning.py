"""The first page about rules works as it is written, from its first line to its last."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.cli.desk import PROJECT, Chappe

PAGE = (PROJECT / "ops" / "docs" / "policy" / "README.md").read_text(encoding="utf-8")
RULESET, CASES = (
    next(body for body in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL) if first in body)
    for first in ("[[rule]]", "[[case]]")
)


def test_the_commands_of_the_page_do_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "chappe"
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH="{PROJECT}" exec "{sys.executable}" -m ops.cli "$@"\n'
    )
    program.chmod(0o755)
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    done = subprocess.run(
        ["bash", "-ec", "\n".join(blocks)],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ours.toml: nothing is wrong" in done.stderr
    assert "ours.texts: added (cap): stricter" in done.stdout
    assert "ruleset: name fr → ours: other" in done.stdout
    assert "boutique.toml: nothing is wrong" in done.stderr
    assert done.stderr.rstrip().endswith("1 of 1 cases pass")


def test_the_ruleset_and_the_cases_that_it_shows_are_read(chappe: Chappe, tmp_path: Path) -> None:
    shown = tmp_path / "shown.toml"
    shown.write_text(RULESET, encoding="utf-8")
    linted = chappe("policy", "lint", shown, "--json")
    assert [one["severity"] for one in linted.json] == ["warning"] * 5  # it opens nothing
    cases = tmp_path / "shown.cases.toml"
    cases.write_text(CASES, encoding="utf-8")
    tested = chappe("policy", "test", "fr", cases, "--json")
    assert [one["case"] for one in tested.json["cases"]] == ["a customer at night"]


LOWER = """\
name = "boutique"
title = "The boutique"
layer = "controller"

[[rule]]
kind = "hours"
id = "fr.hours.sms"
source = "The boutique"
certainty = "house"
windows = [{ start = "06:00", end = "18:00" }]
"""


@pytest.mark.parametrize("verb", ["lint", "test"])
def test_a_lower_layer_that_loosens_is_told_which_rule_and_where(
    chappe: Chappe, tmp_path: Path, verb: str
) -> None:
    lower = tmp_path / "boutique.toml"
    lower.write_text(LOWER, encoding="utf-8")
    answer = chappe("policy", verb, lower, "--under", "fr")
    assert answer.code == 1
    said = (
        f"{lower}:5: rule fr.hours.sms: the controller loosens fr.hours.sms: days mon, tue, wed,"
        " thu, fri, sat → mon, tue, wed, thu, fri, sat, sun; windows 08:00–20:00 → 06:00–18:00;"
        " holidays no → yes; local_holidays no → yes; be as strict, or give it another id"
    )
    assert answer.err.splitlines()[0] == said


@pytest.mark.parametrize("verb", ["lint", "test"])
def test_layers_in_another_order_are_told(chappe: Chappe, tmp_path: Path, verb: str) -> None:
    lower = tmp_path / "boutique.toml"
    lower.write_text(LOWER, encoding="utf-8")
    answer = chappe("policy", verb, "fr", "--under", lower)
    assert answer.code == 1
    assert "these are the layers controller, platform; expected platform, controller" in answer.err


def test_an_upper_layer_that_cannot_be_read_is_named(chappe: Chappe, tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("name = 1\n", encoding="utf-8")
    answer = chappe("policy", "test", "fr", "--under", broken)
    assert answer.code == 2
    assert "chappe policy lint" in answer.err


def test_the_beginning_of_ids_shows_all_those_rules(chappe: Chappe) -> None:
    shown = chappe("policy", "show", "fr", "--rule", "fr.hours", "--json").json
    assert {one["kind"] for one in shown["rules"]} == {"hours"}
    assert len(shown["rules"]) == 5
    assert "fr.hours.fax" in chappe("policy", "show", "fr", "--rule", "fr.hours").out
    assert chappe("policy", "show", "fr", "--rule", "fr.hour").code == 2


def test_a_case_that_fails_says_why_and_what_else_is_against_it(
    chappe: Chappe, tmp_path: Path
) -> None:
    cases = tmp_path / "bare.cases.toml"
    cases.write_text(
        '[[case]]\ntitle = "bare"\nat = "2026-11-24T11:00"\n'
        'given = { channel = "sms", place = "75" }\nthen = { verdict = "allow" }\n',
        encoding="utf-8",
    )
    answer = chappe("policy", "test", "fr", cases)
    assert answer.code == 1
    told = answer.err.splitlines()[0]
    assert told.startswith("line 1, bare: ")
    assert "Also against it: " in told
    assert "not_screened (fr.screen.special)" in told
