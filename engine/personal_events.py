"""Events about persons: the client's own id of each lies sealed until the event is out.

The body of the event is written without the id, which is sealed beside it under a key of its own.
Whoever publishes opens it, puts it in, and destroys the key once the broker has the event.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from engine.app import App
from engine.event_bodies import decode_event, encode_event
from engine.events import PersonalEvent
from engine.store.events import WaitingEvent
from engine.vault import KeyDestroyed, Plain

SCOPE = "events"  # the vault's scope of these ids, under their controller


def sealed_ref(controller: str, ref: str) -> Plain:
    """Return the client's own id of a person, ready to be sealed."""
    return Plain(controller, SCOPE, ref.encode())


def with_refs(app: App, waiting: Sequence[WaitingEvent]) -> list[WaitingEvent]:
    """Return events as they are published: each with the id that was sealed beside it.

    An id whose key was destroyed meanwhile stays out: the person was erased.
    """
    by_controller: dict[str, list[WaitingEvent]] = defaultdict(list)
    for event in waiting:
        if event.sealed_ref is not None:
            by_controller[event.routing_key.rpartition(".")[2]].append(event)
    refs: dict[int, str] = {}
    for controller, told in by_controller.items():
        refs |= _open(app, controller, told)
    return [_filled(event, refs.get(event.number)) for event in waiting]


def _open(app: App, controller: str, told: Sequence[WaitingEvent]) -> dict[int, str]:
    """Return the ids by event number; one query for all, unless a key is gone."""
    sealed = [event.sealed_ref or b"" for event in told]
    try:
        opened = app.vault.open_many(controller, SCOPE, sealed)
    except KeyDestroyed:
        if len(told) == 1:
            return {}
        found: dict[int, str] = {}
        for event in told:
            found |= _open(app, controller, [event])
        return found
    return {event.number: ref.decode() for event, ref in zip(told, opened, strict=True)}


def _filled(waiting: WaitingEvent, ref: str | None) -> WaitingEvent:
    event = decode_event(waiting.body) if ref is not None else None
    if not isinstance(event, PersonalEvent):
        return waiting
    return replace(waiting, body=encode_event(msgspec.structs.replace(event, ref=ref)))


def forget_refs(app: App, published: Sequence[WaitingEvent]) -> None:
    """Destroy the keys of ids that were published."""
    sealed = [event.sealed_ref for event in published if event.sealed_ref is not None]
    if sealed:
        app.vault.destroy(sealed)
