"""A contract ends once, on purpose, and takes nothing more."""

from pathlib import Path

import pytest

from tests.acceptance.cli.desk import Chappe

pytestmark = pytest.mark.usefixtures("installed")


def test_a_contract_ends_only_when_it_is_meant_and_only_once(chappe: Chappe) -> None:
    assert chappe("controller", "end", "boutique").code == 1  # nobody to ask
    assert chappe("controller", "show", "boutique", "--json").json["alive"] is True
    assert chappe("controller", "end", "boutique", "--yes").code == 0
    assert chappe("controller", "show", "boutique", "--json").json["alive"] is False
    again = chappe("controller", "end", "boutique", "--yes")
    assert again.code == 1
    assert "ended before" in again.err
    assert "controller_ended" in chappe("audit", "show", "--json").out


def test_nobody_of_that_name_is_said_so(chappe: Chappe) -> None:
    answer = chappe("controller", "end", "nobody", "--yes")
    assert answer.code == 1
    assert "chappe controller list" in answer.err


def test_a_campaign_of_an_ended_contract_is_not_taken(chappe: Chappe, job: Path) -> None:
    assert chappe("controller", "end", "boutique", "--yes").code == 0
    assert chappe("campaign", "check", job).code == 1
