"""Legal holds and whoever wants data gone: the hold keeps it, and says so."""

from pathlib import Path

import pytest

from engine import controllers, lists, rights
from engine.lists import ListFault
from engine.retention.holds import Hold, hold, lift
from engine.rights_execution import execute
from policy.rights import Refusal, RequestState
from tests.scenarios.forgetting import ANA, BEN, carried_out, imported, keys_in_history, opened
from tests.scenarios.site import Site


def _held(site: Site, name: str, controller: str | None = None) -> int:
    return hold(site.app, Hold(name, controller), "court case", "counsel", None)


@pytest.mark.parametrize("name", ["history", "lists", "oppositions", "outbox_files"])
def test_an_erasure_waits_for_a_hold_and_the_person_is_not_contacted_meanwhile(
    site: Site, name: str
) -> None:
    relay = site.provider()
    site.submit(ANA, BEN)
    site.finish()
    number = _held(site, name)
    request = opened(site, ("ref", "c-ana"))
    assert request.holds == (number,)
    assert execute(site.app) == request.row.id
    waits = rights.show(site.app, request.row.id)
    assert (waits.state, waits.holds) == (RequestState.ACCEPTED, (number,))
    assert execute(site.app) is None  # it is put off, and costs nobody a turn
    assert keys_in_history(site.app) == 2
    site.submit(ANA, BEN)
    site.finish()
    assert relay.asked.count("ana@example.org") == 1
    lift(site.app, number)
    site.clock.move(600)
    done = carried_out(site, request)
    assert (done.holds, keys_in_history(site.app)) == ((), 2)


def test_a_hold_that_keeps_nothing_of_the_person_does_not_stop_an_erasure(site: Site) -> None:
    controllers.create(site.app, "another", site.controller.settings)
    _held(site, "history", "another")
    _held(site, "connection_log")
    request = opened(site, ("ref", "c-ana"))
    assert request.holds == ()
    assert carried_out(site, request).state is RequestState.DONE


def test_an_erasure_on_hold_can_be_refused_for_the_claim(site: Site) -> None:
    _held(site, "history", site.controller.name)
    request = opened(site, ("ref", "c-ana"))
    execute(site.app)
    refused = rights.refuse(site.app, request.row.id, Refusal.LEGAL_CLAIM)
    assert (refused.state, refused.holds) == (RequestState.REFUSED, ())


def test_a_list_on_hold_is_not_deleted_and_the_hold_is_named(site: Site, tmp_path: Path) -> None:
    imported(site, tmp_path, ANA, BEN)
    number = _held(site, "lists", site.controller.name)
    for destroy in (lists.delete, lists.undo):
        with pytest.raises(ListFault, match=f"legal hold {number} .court case."):
            destroy(site.app, site.controller.name, "clients")
    assert len(list(lists.export(site.app, site.controller.name, "clients"))) == 2
    lift(site.app, number)
    lists.delete(site.app, site.controller.name, "clients")


def test_the_client_is_told_who_asked_and_when_it_was_done(site: Site) -> None:
    request = opened(site, ("ref", "c-ana"))
    execute(site.app)
    site.turn()
    carried_out(site, request)
    site.turn()
    told = [event for event in site.published if event["event"] == "rights"]
    assert [(event["state"], event["ref"], event["right"]) for event in told] == [
        ("accepted", "c-ana", "erasure"),
        ("done", None, "erasure"),
    ]
    assert {event["request"] for event in told} == {request.row.id}


def test_the_client_is_told_its_own_ids_that_an_address_leads_to(
    site: Site, tmp_path: Path
) -> None:
    imported(site, tmp_path, ANA, BEN)
    request = opened(site, ("email", "ana@example.org"))
    execute(site.app)
    site.turn()
    carried_out(site, request)
    site.turn()
    told = [event for event in site.published if event["event"] == "rights"]
    assert [(event["state"], event["ref"]) for event in told] == [
        ("accepted", None),
        ("running", "c-ana"),
        ("done", None),
    ]


def test_an_erasure_does_not_wait_for_a_broker_that_is_away(site: Site) -> None:
    done = carried_out(site, opened(site, ("ref", "c-ana")))
    assert done.progress.found["events"] == 1
    site.turn()
    told = [event for event in site.published if event["event"] == "rights"]
    assert [event["ref"] for event in told] == [None, None]
