"""What is wrong with a campaign message, said so that its sender can mend it.

A fault never quotes a value: a message that does not decode may hold addresses and content in any
place. It names the field and says what was expected there.
"""

from dataclasses import dataclass
from enum import StrEnum

from engine.errors import EngineError

MAX_FAULTS = 50


class FaultReason(StrEnum):
    """Why a message was refused before anything else looked at it."""

    EMPTY_BODY = "empty_body"
    TOO_BIG = "too_big"
    NOT_UTF8 = "not_utf8"
    SYNTAX = "syntax"
    TOO_DEEP = "too_deep"
    NUMBER_OUT_OF_RANGE = "number_out_of_range"
    BAD_CHARACTER = "bad_character"  # NUL, or half of a surrogate pair
    DUPLICATE_FIELD = "duplicate_field"
    MISSING = "missing"
    UNKNOWN_FIELD = "unknown_field"
    WRONG_TYPE = "wrong_type"
    NOT_ALLOWED = "not_allowed"  # not one of the values of a closed list
    BAD_FORM = "bad_form"  # right type, but not written as it must be
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    REPEATED = "repeated"  # the same value twice in a list
    CONTRADICTION = "contradiction"  # fields that are right alone, but not together


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a message.

    field     where, such as ``content.email.subject`` or ``recipients.inline.3``; empty: the whole
    sentence  what was expected, in words
    line      line of the body, for broken syntax only
    """

    field: str
    reason: FaultReason
    sentence: str
    line: int | None = None

    def __str__(self) -> str:
        """Return the fault as one line for people."""
        place = self.field or "message"
        if self.line is not None:
            place = f"{place}, line {self.line}"
        return f"{place}: {self.sentence} ({self.reason})"


class JobFaults(EngineError):
    """Raised when a body is not a campaign; holds every fault, at most ``MAX_FAULTS``."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults
