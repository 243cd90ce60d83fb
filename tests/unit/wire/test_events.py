import json
from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from channels.contract import Channel
from engine.event_bodies import (
    EventFault,
    decode_event,
    encode_event,
    event_name,
    routing_key,
)
from engine.events import (
    EVENT_TYPES,
    Accepted,
    Cancelled,
    Corrected,
    DeadLetter,
    Duplicate,
    Event,
    FinalOutcome,
    Finished,
    Opposed,
    OutcomeCounts,
    Paused,
    Planned,
    Progress,
    Reason,
    Refused,
    Resumed,
    RightsRequest,
    Switched,
    instant,
    message_faults,
)
from engine.states import Outcome
from engine.wire import JobFaults, decode_job
from ops.schemas import event_schema
from policy.rights import Refusal, RequestState, Right

AT = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)


def every_event() -> tuple[Event, ...]:
    about: dict[str, Any] = {
        "id": "e-1",
        "at": AT,
        "controller": "boutique",
        "campaign": "noel-2026-01",
    }
    reason = Reason(reason="no_stop", sentence="The text has no STOP.", field="content.sms.text")
    with pytest.raises(JobFaults) as refusal:
        decode_job(b'{"id":')
    return (
        Accepted(**about),
        Refused(**about, reasons=(reason,)),
        Duplicate(**about),
        Planned(**about, rows=5, accepted=3, duplicates=1, rejected=1),
        Progress(**about, accepted=3, waiting=2, outcomes=OutcomeCounts(sent=1)),
        Paused(**about, reasons=(reason,)),
        Resumed(**about),
        Cancelled(**about),
        Finished(**about, accepted=3, outcomes=OutcomeCounts(sent=2, invalid=1)),
        Corrected(**about, count=1, was=FinalOutcome.IN_DOUBT, now=FinalOutcome.SENT),
        DeadLetter(id="e-2", at=AT, dead_letter=7, faults=message_faults(refusal.value.faults)),
        Opposed(
            id="e-3",
            at=AT,
            controller="boutique",
            campaign="noel-2026-01",
            channel=Channel.EMAIL,
            reason="unsubscribed",
            source="one_click",
            ref="client-17",
        ),
        RightsRequest(
            id="e-4",
            at=AT,
            controller="boutique",
            request=3,
            right=Right.ERASURE,
            state=RequestState.REFUSED,
            due=AT,
            why=Refusal.LEGAL_CLAIM,
            ref="client-17",
        ),
        Switched(id="e-5", at=AT, controller="boutique", off=True, until=AT),
    )


def test_every_kind_of_event_is_tried_here() -> None:
    assert tuple(map(type, every_event())) == EVENT_TYPES


@pytest.mark.parametrize("event", every_event(), ids=lambda event: event_name(type(event)))
def test_an_event_is_read_back_and_follows_its_published_schema(event: Event) -> None:
    body = encode_event(event)
    assert decode_event(body) == event
    tree = json.loads(body)
    Draft202012Validator(event_schema(), format_checker=FormatChecker()).validate(tree)
    assert tree["schema"] == "chappe.event/1"
    assert tree["event"] == event_name(type(event))
    assert tree["at"] == "2026-11-26T08:00:00Z"


def test_an_event_is_routed_by_its_kind_and_controller() -> None:
    accepted, *_, dead, opposed, asked, switched = every_event()
    assert routing_key(accepted) == "campaign.accepted.boutique"
    assert routing_key(dead) == "campaign.dead_letter._"
    assert routing_key(opposed) == "campaign.opposed.boutique"
    assert routing_key(asked) == "campaign.rights.boutique"
    assert routing_key(switched) == "campaign.switched.boutique"


def test_outcomes_are_counted_under_the_names_of_the_engine() -> None:
    final = [outcome.word for outcome in Outcome if outcome is not Outcome.PASSED_ON]
    assert [outcome.value for outcome in FinalOutcome] == final
    assert list(OutcomeCounts.__struct_fields__) == final


def test_an_instant_of_the_engine_is_written_in_utc() -> None:
    assert instant(1_795_680_000_000) == AT


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"{}", b'{"event": "sold"}'])
def test_other_bytes_are_no_event(body: bytes) -> None:
    with pytest.raises(EventFault, match="not an event"):
        decode_event(body)
