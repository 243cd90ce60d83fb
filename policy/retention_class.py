"""What a retention class says: the types of the table in ``retention``."""

from dataclasses import dataclass
from enum import StrEnum


class Since(StrEnum):
    """What the time of a class runs from."""

    FINISHED = "the campaign is over"
    RECEIVED = "it was received"
    RECORDED = "it was recorded"
    PUBLISHED = "it was published"
    DELETED = "it was deleted"
    CUT = "it broke off"
    DONE = "it was carried out"
    LIFTED = "it ended"
    ENDED = "the contract ended"
    WRITTEN = "it was written"
    WITHDRAWN = "it was withdrawn"
    REPLACED = "a later edition was imported"
    USED = "nothing refers to it any more"


class Chooser(StrEnum):
    """Who may choose another time, within bounds."""

    NOBODY = "nobody"
    CLIENT = "the controller, and each campaign for less"
    OPERATOR = "the operator"


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """One class of data.

    keeps    ISO 8601 duration after ``since``; ``PT0S``: gone at once; None: for as long as
             ``since`` does not happen (such as the contract)
    swept    whether an actor deletes what is too old; False: it goes with what it belongs to, by
             itself, or never does
    source   the article, contract or practice behind it
    takes    classes whose data lies within this one's, and goes with it: a legal hold on one of
             them keeps this one too
    """

    name: str
    data: str
    places: tuple[str, ...]
    since: Since | None
    keeps: str | None
    chooser: Chooser
    source: str
    swept: bool = True
    takes: tuple[str, ...] = ()
