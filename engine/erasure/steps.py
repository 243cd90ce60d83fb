"""The steps of an erasure, in order. Each may be done again, by whoever comes after a crash.

1. *search* closes the door: the controller's row is taken alone, so that whatever was read before
   is in the database and found, and whatever is read later knows whom to leave out.
2. *planning* waits until campaigns that were being planned then are planned.
3. *look* finds addresses and ids that the request does not name; with anything new, back to 1.
4. *lists*, *messages*, *blocks* take the person out of what is sealed.
5. *holders*, *slices* wait until nobody has the former blocks in memory: until then a worker may
   still write down what became of the person.
6. *short_links*, *contacts*, *consents*, *contact_times*, *events*, *deliveries*,
   *dead_letters* take out the rest.
"""

import secrets
from collections.abc import Callable, Mapping
from typing import Final

import structlog
from msgspec.structs import replace

from engine.clock import SECOND, Millis
from engine.erasure import traces
from engine.erasure.looking import look
from engine.erasure.person import keys_of
from engine.erasure.sealed_steps import erase_from_blocks, erase_from_lists, erase_from_messages
from engine.erasure.work import Work
from engine.rights_record import Became, tell_client
from engine.store import batch_holders, erased, sealed_traces
from engine.store.places import Where
from policy.rights import RequestState

Step = Callable[[Work], bool]  # False: not yet; it is done again later

SOURCE: Final = "rights"
AGAIN_AFTER: Final[Millis] = SECOND // 2
END: Final = "end"
_TOKEN_BYTES: Final = 16
_log = structlog.get_logger()


def close_door(work: Work) -> bool:
    """Let nobody slip in behind the search."""
    with work.change() as change:
        erased.begin_search(change.connection, work.row.controller)
        planned = sealed_traces.being_planned(change.connection, work.row.controller)
        change.progress = replace(change.progress, awaited=tuple(planned))
    return True


def await_planning(work: Work) -> bool:
    """Wait for the campaigns that may have read the person before."""
    with work.app.db.read() as connection:
        still = set(sealed_traces.being_planned(connection, work.row.controller))
    if still.intersection(work.progress.awaited):
        return False
    with work.change() as change:
        change.note(Where.PLANNING, 0)
        change.progress = replace(change.progress, awaited=())
    return True


def widen(work: Work) -> bool:
    """Look for more names of the person; when there are any, forbid them and search again.

    The client is told of ids of its own that the request did not name: it has to erase as well.
    """
    person = look(work)
    if person == work.person:
        return True
    found = tuple(ref for ref in person.refs if ref not in work.person.refs)
    new = keys_of(person, work.app.vault.pseudonyms(work.controller))
    with work.change() as change:
        work.widen(change, person)
        erased.mark(
            work.app.db,
            change.connection,
            work.row.controller,
            new.subjects,
            work.app.clock.now(),
            SOURCE,
        )
        change.progress = replace(change.progress, step=_FIRST)
        if found:
            became = Became(work.row, work.controller, RequestState.RUNNING, refs=found)
            tell_client(work.app, change.connection, became)
    return True


def note_holders(work: Work) -> bool:
    """Note who may have the former blocks in memory: whoever comes later reads the new ones."""
    with work.change() as change:
        claims = batch_holders.holders(change.connection, work.progress.blocks)
        change.progress = replace(
            change.progress, claims=tuple((batch_id, token.hex()) for batch_id, token in claims)
        )
    return True


def await_slices(work: Work) -> bool:
    """Wait until those let go; a holder whose lease has ended is shut out."""
    claims = [(batch_id, bytes.fromhex(token)) for batch_id, token in work.progress.claims]
    with work.app.db.read() as connection:
        still = batch_holders.holding_still(connection, claims)
    if not still:
        return True
    with work.change() as change:
        for batch_id, token in still:
            batch_holders.fence(
                work.app.db, change.connection, batch_id, token, secrets.token_bytes(_TOKEN_BYTES)
            )
    with work.app.db.read() as connection:
        return not batch_holders.holding_still(connection, claims)


STEPS: Final[Mapping[str, Step]] = {
    "search": close_door,
    "planning": await_planning,
    "look": widen,
    "lists": erase_from_lists,
    "messages": erase_from_messages,
    "blocks": erase_from_blocks,
    "holders": note_holders,
    "slices": await_slices,
    "short_links": traces.drop_short_links,
    "contacts": traces.drop_contacts,
    "consents": traces.drop_consents,
    "contact_times": traces.drop_contact_times,
    "events": traces.drop_event_ids,
    "deliveries": traces.anonymise_deliveries,
    "dead_letters": traces.drop_dead_letters,
}
_NAMES: Final = (*STEPS, END)
_FIRST: Final = _NAMES[0]


def carry_out(work: Work, told: Callable[[str], None]) -> bool:
    """Do the steps from where the request stands; False: something has to be waited for.

    told  is called with the name of each step as it begins
    """
    while (name := work.progress.step or _FIRST) != END:
        told(name)
        before = work.progress.step
        if not STEPS[name](work):
            return False
        if work.progress.step == before:
            with work.change() as change:
                change.progress = replace(change.progress, step=_NAMES[_NAMES.index(name) + 1])
        _log.info("erasure_step", request=work.row.id, step=name)
    return True
