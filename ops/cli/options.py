"""Options that many verbs share, so that each means the same everywhere.

Numbers and instants have bounds, which lie within what databases and calendars can hold: whatever
lies beyond is a mistake in typing, and is refused in a sentence before anything is opened.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from engine.clock import SECOND, Millis
from engine.wire.instants import to_millis

_LAST_NUMBER: Final = 999_999_999_999
_MOST_ROWS: Final = 100_000
_YEAR: Final = 366 * 86_400  # seconds
_YEARS: Final = range(1970, 3000)

JsonFlag = Annotated[
    bool, typer.Option("--json", help="Print JSON (shapes: ops/docs/commands.md).")
]
YesFlag = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
ControllerOption = Annotated[
    str | None,
    typer.Option(
        "--controller", "-c", metavar="NAME", help="Whose; may be left out where there is only one."
    ),
]
PlatformFlag = Annotated[
    bool, typer.Option("--platform", help="For the whole platform instead of one controller.")
]


def new_app(help_text: str) -> typer.Typer:
    """Return an empty group of verbs with plain help, the same on every terminal."""
    return typer.Typer(
        help=help_text,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )


def examples(*lines: str) -> str:
    """Return an epilog that keeps its lines."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def number_argument(help_text: str) -> Any:
    """Return an argument that is the number of a row, as lists show it."""
    return typer.Argument(min=1, max=_LAST_NUMBER, help=help_text)


def limit_option(help_text: str) -> Any:
    """Return an option that says how many rows at most."""
    return typer.Option(min=1, max=_MOST_ROWS, help=help_text)


def seconds_option(help_text: str, *, least: float = 0, most: float = _YEAR) -> Any:
    """Return an option in seconds, by default up to a year."""
    return typer.Option(min=least, max=most, help=help_text)


def instant_option(help_text: str) -> Any:
    """Return an option that is an instant, UTC: one that `millis_of` takes."""
    return typer.Option(callback=_in_calendar, help=help_text)


def millis_of(at: datetime) -> Millis:
    """Return an instant that was given without a zone, and so means UTC."""
    return round(at.replace(tzinfo=UTC).timestamp()) * SECOND


def instant_given(text: str | None, option: str) -> Millis | None:
    """Read an instant that was given as text; without a zone it means UTC, None stays None.

    Raises typer.BadParameter, which names the option.
    """
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        msg = f"{text!r} is no instant; write 2026-12-01T08:00+01:00, or without a zone in UTC"
        raise typer.BadParameter(msg, param_hint=option) from None
    _in_calendar(at)
    return to_millis(at if at.tzinfo else at.replace(tzinfo=UTC))


def _in_calendar(given: datetime | None) -> datetime | None:
    if given is not None and given.year not in _YEARS:
        msg = f"expected an instant from {_YEARS.start}-01-01 to {_YEARS[-1]}-12-31"
        raise typer.BadParameter(msg)
    return given
