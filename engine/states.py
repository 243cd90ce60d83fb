"""Closed lists of states and outcomes, as they stand in the database and on the wire."""

from enum import IntEnum, StrEnum


class CampaignState(StrEnum):
    """Where a campaign stands. Pause and cancellation are flags beside it."""

    RECEIVED = "received"  # decoded, authorised and stored
    PLANNING = "planning"  # admitted; its recipients are being read
    PLANNED = "planned"  # every batch exists; dispatch may begin when due
    FINISHED = "finished"  # every recipient has a final outcome
    REFUSED = "refused"  # the campaign as a whole may not be sent


class BatchState(IntEnum):
    """Where a batch stands; the partial indexes of ``batches`` name these numbers."""

    SCHEDULED = 0  # waits for its not_before
    READY = 1
    CLAIMED = 2
    DONE = 3
    QUARANTINED = 4  # three leases expired without a journal entry; released with back-off


class Outcome(IntEnum):
    """What a delivery ended as. All but PASSED_ON are final for the recipient."""

    SENT = 1
    SUPPRESSED = 2
    DENIED = 3
    INVALID = 4
    FAILED = 5
    IN_DOUBT = 6
    CANCELLED = 7
    EXPIRED = 8
    ERASED = 9
    PASSED_ON = 10

    @property
    def word(self) -> str:
        """Return the name used on the wire and in tables for people."""
        return self.name.lower()


URGENT = ".urgent"


def lane_of(channel: str, *, urgent: bool) -> str:
    """Return the lane that a channel's batches wait in."""
    return channel + URGENT if urgent else channel


def channel_of(lane: str) -> str:
    """Return the channel whose batches wait in a lane."""
    return lane.removesuffix(URGENT)
