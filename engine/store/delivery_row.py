"""A delivery as it is stored: the row that every recipient gets."""

from typing import NamedTuple

from engine.clock import Millis


class DeliveryRow(NamedTuple):
    """One delivery as it is stored, in the order of the table's columns."""

    expiry_month: int
    block_id: int
    position: int
    leg: int
    campaign_id: int
    outcome: int
    reason: str | None
    connector: int | None
    contact_key: bytes | None
    person_key: bytes | None
    units: int
    provider_ref: str | None
    at: Millis
