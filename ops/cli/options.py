"""Options that many verbs share, so that each means the same everywhere."""

from typing import Annotated

import typer

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
