from datetime import datetime
from inspect import unwrap
from itertools import chain
from typing import get_args, get_type_hints

import pytest
from typer.core import TyperCommand
from typer.models import ParameterInfo

from ops.cli.docs import PRINTS, commands_page, prints_json, settings_table, verbs

VERBS = list(verbs())
_NUMERIC = {int, float, datetime}
NAMES = [name for name, _, _ in VERBS]


@pytest.mark.parametrize(("name", "command", "text"), VERBS, ids=NAMES)
def test_each_verb_says_what_it_does_and_shows_how(
    name: str, command: TyperCommand, text: str
) -> None:
    assert command.help
    assert f"chappe {name}" in text.partition("Examples:")[2]


@pytest.mark.parametrize(("name", "command", "text"), VERBS, ids=NAMES)
def test_each_option_says_what_it_is_for(name: str, command: TyperCommand, text: str) -> None:
    silent = [one.name for one in command.params if not getattr(one, "help", None)]
    assert silent == []


@pytest.mark.parametrize(("name", "command", "text"), VERBS, ids=NAMES)
def test_each_number_and_instant_has_bounds(name: str, command: TyperCommand, text: str) -> None:
    assert command.callback is not None
    hints = get_type_hints(unwrap(command.callback), include_extras=True)
    boundless = [
        parameter
        for parameter, hint in hints.items()
        if (kinds := _NUMERIC & {*get_args(hint), *chain(*map(get_args, get_args(hint)))})
        and not _bounded(get_args(hint)[-1], instant=datetime in kinds)
    ]
    assert boundless == []


def _bounded(said: ParameterInfo, *, instant: bool) -> bool:
    return said.callback is not None if instant else None not in (said.min, said.max)


def test_each_json_has_a_documented_shape() -> None:
    assert {name for name, command, _ in VERBS if prints_json(command)} == set(PRINTS)


def test_each_shape_is_described_field_by_field() -> None:
    page = commands_page()
    for _, shape in PRINTS.values():
        assert f"### {shape.__name__}\n" in page
    assert "| anything |" not in page


def test_the_table_of_settings_holds_no_secret() -> None:
    assert "**" not in settings_table()
    assert "`memory://`" in settings_table()
