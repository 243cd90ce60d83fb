"""Questions that a verb asks on a terminal, and what it says where there is nobody to ask."""

import sys
from collections.abc import Mapping

import typer


def asked(question: str, option: str, default: str | None = None) -> str:
    """Ask on a terminal; elsewhere take the default, or say which option is missing."""
    if sys.stdin.isatty():
        answer: str = typer.prompt(question, default=default, err=True)
        return answer
    if default is None:
        msg = f"give {option}: there is nobody to ask"
        raise typer.BadParameter(msg)
    return default


def asked_words(question: str) -> tuple[str, ...] | None:
    """Ask on a terminal for any number of words; None: there is nobody to ask."""
    if not sys.stdin.isatty():
        return None
    answer: str = typer.prompt(question, default="", show_default=False, err=True)
    return tuple(dict.fromkeys(answer.replace(",", " ").split()))


def require_options(given: Mapping[str, str | None], why: str) -> None:
    """Name every option that is missing where there is nobody to ask; raises BadParameter."""
    missing = [option for option, value in given.items() if not value]
    if missing and not sys.stdin.isatty():
        msg = f"give {', '.join(missing)}: {why}"
        raise typer.BadParameter(msg)
