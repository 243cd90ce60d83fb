"""Rows of campaigns: the same promises on both stores."""

import itertools

from engine.states import CampaignState
from engine.store import campaigns
from engine.store.campaigns import CampaignRow, NewCampaign, ReadCounts
from tests.dispatching.stores import MONTH, Lane

_numbers = itertools.count(1)
NOTHING = ReadCounts(0, 0, 0, 0)


def new(lane: Lane, **fields: object) -> NewCampaign:
    values: dict[str, object] = {
        "controller": 1,
        "name": f"campagne-{lane.db.dialect}-{next(_numbers)}",
        "fingerprint": b"f" * 32,
        "account": "shop",
        "kind": "marketing",
        "purpose": "offres",
        "route": ("sms", "email"),
        "urgent": False,
        "not_before": lane.now,
        "not_after": lane.now + 1000,
        "spread": 0,
        "resend_doubt": False,
        "expiry_month": MONTH,
        "received_at": lane.now,
    }
    return NewCampaign(**values | fields)  # type: ignore[arg-type]


def insert(lane: Lane, campaign: NewCampaign) -> int | None:
    with lane.db.write() as connection:
        return campaigns.insert_received(lane.db, connection, campaign)


def received(lane: Lane, **fields: object) -> int:
    number = insert(lane, new(lane, **fields))
    assert number is not None
    return number


def planning(lane: Lane, cursor: str = "start") -> int:
    number = received(lane)
    with lane.db.write() as connection:
        assert campaigns.set_admitted(connection, number, cursor)
    return number


def row(lane: Lane, campaign: int) -> CampaignRow:
    with lane.db.read() as connection:
        found = campaigns.by_id(connection, campaign)
    assert found is not None
    return found


def test_a_campaign_is_found_as_it_was_put_in(lane: Lane) -> None:
    campaign = new(lane, urgent=True, resend_doubt=True, spread=60)
    number = insert(lane, campaign)
    with lane.db.read() as connection:
        found = campaigns.find(connection, 1, campaign.name)
    assert found is not None
    assert found.id == number
    for name in NewCampaign.__dataclass_fields__:
        assert getattr(found, name) == getattr(campaign, name)
    assert (found.state, found.reasons) == (CampaignState.RECEIVED, ())


def test_who_is_not_there_is_not_found(lane: Lane) -> None:
    with lane.db.read() as connection:
        assert campaigns.find(connection, 1, "personne") is None
        assert campaigns.by_id(connection, 999_999) is None


def test_a_name_is_taken_once_per_controller(lane: Lane) -> None:
    campaign = new(lane)
    assert insert(lane, campaign) is not None
    assert insert(lane, campaign) is None
    assert insert(lane, new(lane, name=campaign.name, controller=2)) is not None


def test_campaigns_wait_in_the_order_in_which_they_came(lane: Lane) -> None:
    first, second = received(lane), planning(lane)
    with lane.db.read() as connection:
        waiting = campaigns.in_state(connection, CampaignState.RECEIVED, CampaignState.PLANNING)
    assert waiting == sorted(waiting)
    assert {first, second} <= set(waiting)


def test_only_a_received_campaign_is_admitted(lane: Lane) -> None:
    number = planning(lane)
    with lane.db.write() as connection:
        assert not campaigns.set_admitted(connection, number, "again", 3, 4)
    assert (row(lane, number).cursor, row(lane, number).list_id) == ("start", None)


def test_a_refusal_keeps_its_reasons_and_counts_nobody(lane: Lane) -> None:
    number = planning(lane)
    with lane.db.write() as connection:
        campaigns.move_cursor(connection, number, "start", "on", ReadCounts(9, 2, 3, 4))
        reasons = ("recipients_changed", "no_connector")
        before = CampaignState.PLANNING
        assert campaigns.set_refused(connection, number, before, reasons, lane.now)
        assert not campaigns.set_refused(connection, number, before, ("other",), lane.now)
    found = row(lane, number)
    assert (found.state, found.reasons) == (CampaignState.REFUSED, reasons)
    assert (found.rows_read, found.accepted, found.finished_at) == (0, 0, lane.now)


def test_the_cursor_moves_only_from_where_it_was_read(lane: Lane) -> None:
    number = planning(lane)
    counts = ReadCounts(10, 1, 2, 7)
    with lane.db.write() as connection:
        assert campaigns.move_cursor(connection, number, "start", "one", counts)
        assert not campaigns.move_cursor(connection, number, "start", "two", NOTHING)
    found = row(lane, number)
    assert (found.cursor, found.rows_read, found.duplicates) == ("one", 10, 1)
    assert (found.rejected, found.accepted) == (2, 7)


def test_a_cancelled_campaign_is_planned_no_further(lane: Lane) -> None:
    number = planning(lane)
    lane.change(number, cancelled_at=lane.now)
    with lane.db.write() as connection:
        assert not campaigns.move_cursor(connection, number, "start", "one", NOTHING)
        assert not campaigns.set_planned(connection, number, "start", 3, lane.now)
        assert campaigns.set_finished_empty(connection, number, "cancelled", NOTHING, lane.now)
        assert not campaigns.set_finished_empty(connection, number, "again", NOTHING, lane.now)
    found = row(lane, number)
    assert (found.state, found.reasons) == (CampaignState.FINISHED, ("cancelled",))


def test_a_campaign_is_planned_once(lane: Lane) -> None:
    number = planning(lane)
    with lane.db.write() as connection:
        assert not campaigns.set_planned(connection, number, "elsewhere", 3, lane.now)
        assert campaigns.set_planned(connection, number, "start", 3, lane.now)
        assert not campaigns.set_planned(connection, number, "start", 3, lane.now)
    found = row(lane, number)
    assert (found.state, found.open_batches) == (CampaignState.PLANNED, 3)
    assert found.planned_at == lane.now


def test_a_campaign_without_a_list_has_lost_none(lane: Lane) -> None:
    with lane.db.read() as connection:
        assert not campaigns.lost_its_list(connection, row(lane, received(lane)))


# --- spills, blocks, batches -------------------------------------------------------------------
