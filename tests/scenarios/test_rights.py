"""A request: what it forbids at once, how it is decided, and what its certificate says."""

import msgspec
import pytest

from engine import rights
from engine.rights_certificate import CertificateFault, verify
from engine.rights_execution import execute
from engine.subjects import Subject
from policy.rights import Refusal, RequestState, Right
from tests.scenarios.forgetting import (
    ANA,
    BEN,
    carried_out,
    erased,
    opened,
)
from tests.scenarios.site import Site, after


def test_a_certificate_names_places_and_nobody_and_knows_when_it_was_altered(site: Site) -> None:
    site.provider()
    site.submit(ANA, BEN)
    site.finish()
    done = erased(site, ("ref", "c-ana"), ("email", "ana@example.org"))
    text = (done.row.certificate or "").encode()
    told = verify(site.app, text)
    assert (told.request, told.right, told.controller) == (
        done.row.id,
        "erasure",
        site.controller.name,
    )
    assert {one.place: one.found for one in told.searched}["deliveries"] == 1
    for trace in (b"ana", b"c-ana", b"example.org"):
        assert trace not in text
    assert done.row.sealed_subject is None
    altered = msgspec.json.decode(text)
    altered["searched"][0]["found"] = 7
    with pytest.raises(CertificateFault):
        verify(site.app, msgspec.json.encode(altered))
    doubled = text.replace(b'"request": ', b'"request": 99, "request": ', 1)
    for other in (doubled, b'{"schema": "chappe.certificate/1"}', b"[" * 9000):
        with pytest.raises(CertificateFault, match="no certificate"):
            verify(site.app, other)
    assert any("broker" in one for one in told.not_reached)


def test_an_opposition_forbids_every_channel_and_keeps_the_contact_for_the_client(
    site: Site,
) -> None:
    relay = site.provider()
    campaign = site.submit(ANA, BEN, schedule={"not_before": after(3600)})
    site.plan()
    done = carried_out(site, opened(site, ("ref", "c-ana"), right=Right.OPPOSITION))
    assert done.state is RequestState.DONE
    assert verify(site.app, (done.row.certificate or "").encode()).searched == ()
    site.finish()
    assert relay.asked == ["ben@example.org"]
    assert campaign.outcomes == {"suppressed": 1, "sent": 1}
    (told,) = [event for event in site.published if event["event"] == "opposed"]
    assert told["ref"] == "c-ana"


def test_a_request_whose_person_is_not_proven_waits_without_anybody_being_contacted(
    site: Site,
) -> None:
    relay = site.provider()
    campaign = site.submit(ANA, schedule={"not_before": after(3600)})
    site.plan()
    request = rights.open_request(
        site.app,
        site.controller.name,
        Right.ERASURE,
        [Subject("ref", "c-ana")],
        source="test",
        verified=False,
    )
    assert execute(site.app) is None
    refused = rights.refuse(site.app, request.row.id, Refusal.IDENTITY_UNPROVEN)
    assert (refused.state, refused.row.sealed_subject) == (RequestState.REFUSED, None)
    with pytest.raises(rights.RequestFault):
        rights.accept(site.app, request.row.id)
    site.finish()
    assert relay.asked == []
    assert campaign.outcomes == {"suppressed": 1}
