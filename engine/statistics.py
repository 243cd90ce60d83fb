"""Figures about campaigns, all from the same tallies, and the proof that nobody is missing.

Recipients are counted, not attempts: a recipient who went on to the next channel counts once, by
the final outcome.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from channels.contract import Channel
from engine import controllers
from engine.admission import UnknownCampaign
from engine.app import App
from engine.clock import Millis
from engine.errors import EngineError
from engine.event_bodies import EventFault, decode_event
from engine.events import Reason, Refused
from engine.planning.cursor import decode_cursor
from engine.states import CampaignState, Outcome
from engine.store import approvals, campaigns, connectors, deliveries, due, overviews
from engine.store.campaigns import CampaignRow
from engine.store.connectors import ConnectorRow
from engine.store.deliveries import Count
from engine.store.overviews import AnotherTry, OpenWork

_PLANNED = frozenset({CampaignState.PLANNED, CampaignState.FINISHED})
_DISABLED = "disabled"
_NOT_ATTESTED = "not attested"
_SWITCHED_OFF = frozenset({_DISABLED, _NOT_ATTESTED})
_AT_WORK = frozenset({"received", "planning", "planned", "paused"})


class AmbiguousCampaign(EngineError):
    """Raised when several controllers have a campaign of the given id."""


@dataclass(frozen=True, slots=True)
class Found:
    """A campaign and the name of its controller."""

    row: CampaignRow
    controller: str

    @property
    def names(self) -> tuple[str, str]:
        """The controller's name and the campaign's, as events carry them."""
        return self.controller, self.row.name


@dataclass(frozen=True, slots=True)
class Trouble:
    """A connector of the campaign's route that is not used now, and why."""

    connector: str
    channel: str
    cause: str
    since: Millis | None
    until: Millis | None


@dataclass(frozen=True, slots=True)
class Start:
    """Recipients who start alike: from ``at`` on, evenly over the campaign's spread.

    expires  whether that is too late: the campaign ends before
    """

    at: Millis
    recipients: int
    expires: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """Where a campaign stands.

    state     the campaign's state, or ``paused`` or ``cancelling`` where a flag stops it
    outcomes  final outcomes by word, counted by recipient; none that is zero
    waiting   recipients without a final outcome; only planned campaigns have any
    starts    how many start when, the earliest first, while the campaign is under way
    assumed   of them, those of whom nobody knows in which time zone they are
    tries     those of them who were not accepted and wait to be tried again, or whom the rules let
              leave later
    troubles  why connectors that the campaign needs now do not serve
    approvals  who said that it may leave, and when
    stops     why nobody of it may leave now, though it is under way: sentences
    """

    found: Found
    state: str
    outcomes: Mapping[str, int]
    waiting: int
    units: int
    counts: tuple[Count, ...]
    work: tuple[OpenWork, ...]
    tries: tuple[AnotherTry, ...]
    troubles: tuple[Trouble, ...]
    connectors: Mapping[int, str]
    starts: tuple[Start, ...] = ()
    assumed: int = 0
    approvals: tuple[tuple[str, Millis], ...] = ()
    stops: tuple[str, ...] = ()


def find(connection: sa.Connection, name: str, controller: str | None) -> Found:
    """Return a campaign by the client's own id.

    Raises UnknownCampaign, or AmbiguousCampaign when ``controller`` is None and several have it.
    """
    places = overviews.places(connection, name, controller)
    if not places:
        whose = f" of controller {controller!r}" if controller else ""
        raise UnknownCampaign(f"no campaign {name!r}{whose}; `chappe campaign list` names them")
    if len(places) > 1:
        names = ", ".join(place.controller for place in places)
        msg = f"campaign {name!r} exists for {names}; name one with --controller"
        raise AmbiguousCampaign(msg)
    return _found(connection, places[0])


def overview(app: App, name: str, controller: str | None) -> Overview:
    """Return where a campaign stands.

    Raises UnknownCampaign or AmbiguousCampaign.
    """
    with app.db.read() as connection:
        overviews.hold_still(app.db, connection)
        seen = _overview(connection, find(connection, name, controller))
    return replace(seen, stops=stops_of(app, seen.found))


def every(
    app: App,
    controller: str | None = None,
    *,
    states: Sequence[CampaignState] = (),
    limit: int = 50,
) -> list[Overview]:
    """Return campaigns, those received last first."""
    with app.db.read() as connection:
        overviews.hold_still(app.db, connection)
        places = overviews.latest(connection, controller, states, limit)
        return [_overview(connection, _found(connection, place)) for place in places]


def stops_of(app: App, found: Found) -> tuple[str, ...]:
    """Return why the rulebook lets nobody of a campaign leave now: sentences; none: it does."""
    row, now = found.row, app.clock.now()
    if row.state not in {CampaignState.PLANNING, CampaignState.PLANNED}:
        return ()
    edition = app.rulebook.current()
    whose = (row.controller, found.controller)
    kills = {edition.killed(whose, row.name, channel, now): None for channel in row.route}
    stops = [
        f"the {kill.kind} {kill.target} is switched off: {kill.reason}"
        for kill in kills
        if kill is not None
    ]
    if edition.compiled(row.controller, row.name, now) is None:
        stops.append("no ruleset of the platform is in force; see chappe policy apply")
    return tuple(stops)


def refusal(app: App, found: Found) -> tuple[Reason, ...]:
    """Return why a campaign was refused, as its event told it; the words alone when that is gone."""
    with app.db.read() as connection:
        for body in overviews.refusals(connection, found.controller):
            try:
                event = decode_event(body)
            except EventFault:
                continue
            if isinstance(event, Refused) and event.campaign == found.row.name:
                return event.reasons
    return tuple(Reason(reason=word, sentence=word) for word in found.row.reasons)


def _found(connection: sa.Connection, place: overviews.CampaignPlace) -> Found:
    row = campaigns.by_id(connection, place.campaign_id)
    if row is None:
        raise UnknownCampaign(f"campaign {place.campaign_id} is gone")
    return Found(row, place.controller)


def _overview(connection: sa.Connection, found: Found) -> Overview:
    counts = deliveries.counts(connection, found.row.id)
    outcomes: Counter[str] = Counter()
    for count in counts:
        if count.outcome is not Outcome.PASSED_ON:
            outcomes[count.outcome.word] += count.recipients
    planned = found.row.state in _PLANNED
    state = _state(found.row)
    at_work = state in _AT_WORK
    going = found.row.state is CampaignState.PLANNED
    cursor = decode_cursor(found.row.cursor) if going and found.row.cursor else None
    return Overview(
        found=found,
        state=state,
        outcomes=dict(outcomes),
        waiting=due.waiting(connection, found.row.id) if planned else 0,
        units=sum(count.units for count in counts),
        counts=tuple(counts),
        work=tuple(overviews.open_work(connection, found.row.id)),
        tries=tuple(overviews.other_tries(connection, found.row.id)) if at_work else (),
        troubles=tuple(_troubles(connection, found.row)) if at_work else (),
        connectors=overviews.connector_names(connection),
        starts=() if cursor is None else tuple(_starts(found.row, cursor.starts)),
        assumed=0 if cursor is None else cursor.assumed,
        approvals=tuple(approvals.of(connection, found.row.id)),
    )


def _starts(row: CampaignRow, starts: Mapping[Millis, int]) -> Iterator[Start]:
    for at, recipients in sorted(starts.items()):
        yield Start(at, recipients, expires=at >= row.not_after)


def _state(row: CampaignRow) -> str:
    if row.state in {CampaignState.FINISHED, CampaignState.REFUSED}:
        return row.state.value
    if row.cancelled_at is not None:
        return "cancelling"
    if row.paused_at is not None:
        return "paused"
    return row.state.value


def _troubles(connection: sa.Connection, row: CampaignRow) -> list[Trouble]:
    """Return why connectors that the campaign needs now do not serve.

    A connector that is switched off is no trouble while another one serves its channel.
    """
    chosen = controllers.by_number(connection, row.controller).settings.connectors
    found = []
    for channel in _channels_at_work(connection, row):
        names = chosen.get(Channel(channel), ())
        known = connectors.of_channel(connection, channel)
        candidates = [one for one in known if not names or one.name in names]
        served = any(_trouble(one, channel) is None for one in candidates)
        troubles = [
            trouble for one in candidates if (trouble := _trouble(one, channel)) is not None
        ]
        found += [one for one in troubles if not served or one.cause not in _SWITCHED_OFF]
    return found


def _channels_at_work(connection: sa.Connection, row: CampaignRow) -> Sequence[str]:
    """Return the channels on which somebody waits; before planning, the first of the route."""
    if row.state is not CampaignState.PLANNED:
        return row.route[:1]
    return [row.route[leg - 1] for leg in sorted(overviews.legs_at_work(connection, row.id))]


def _trouble(one: ConnectorRow, channel: str) -> Trouble | None:
    """Return why a connector does not serve now; None: it does."""
    if not one.enabled:
        return Trouble(one.name, channel, _DISABLED, None, None)
    if one.attested_at is None:
        return Trouble(one.name, channel, _NOT_ATTESTED, None, None)
    if one.failures:
        cause = one.open_cause or "unknown"
        return Trouble(one.name, channel, cause, one.open_since, one.open_until)
    return None
