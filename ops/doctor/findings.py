"""What a check says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from engine.app import App


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"  # works now; look at it
    FAULT = "fault"  # something does not work, or a promise is not kept


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``remedy`` is empty where there is nothing to do."""

    level: Level
    sentence: str
    remedy: str = ""


Look = Callable[[App], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what it is called, and how it looks at an installation.

    ``needs`` names a check before it, without whose good word this one would only repeat it.
    """

    name: str
    look: Look
    needs: str = ""


def ok(sentence: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(Level.OK, sentence)


def warning(sentence: str, remedy: str) -> Finding:
    """Return that something works, and should be looked at."""
    return Finding(Level.WARNING, sentence, remedy)


def fault(sentence: str, remedy: str) -> Finding:
    """Return that something does not work, or that a promise is not kept."""
    return Finding(Level.FAULT, sentence, remedy)
