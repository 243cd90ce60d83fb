"""The situation: what goes on, platform-wide, at one moment, and how fast it goes between two.

For people who watch. Everything is read from rows, so it works from any process, on either
database, whether or not metrics are collected. Campaigns are named; persons are not.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from engine.app import App
from engine.clock import Millis
from engine.states import BatchState, CampaignState, Outcome
from engine.store import overviews, promises
from engine.store import running as rows
from engine.store.promises import Answered, Kept
from engine.store.running import RunningRow, TallyRow, WorkRow

_WAITS = frozenset({CampaignState.RECEIVED, CampaignState.PLANNING, CampaignState.PLANNED})
_Key = TypeVar("_Key", int, str)


@dataclass(frozen=True, slots=True)
class Lane:
    """Work of one lane: recipients without an outcome, batches by state, age of the oldest due."""

    name: str
    waiting: int
    batches: Mapping[BatchState, int]
    due_age: Millis


@dataclass(frozen=True, slots=True)
class Running:
    """A campaign that is not over, and its recipients with a final outcome."""

    campaign_id: int
    name: str
    controller: str
    state: str
    accepted: int
    done: int


@dataclass(frozen=True, slots=True)
class Situation:
    """What goes on at one moment.

    at, boot   the instant, and the clock that measures spans (seconds)
    outcomes   recipients by (campaign, channel, outcome), of campaigns that are not over and of
               those that were followed from an earlier look
    audit_gap  by how many recipients accepted and accounted for differ, over planned campaigns;
               must be 0
    in_doubt   deliveries in doubt of campaigns that are not over
    opposed    oppositions that were ever counted
    """

    at: Millis
    boot: float
    outcomes: Mapping[tuple[int, str, Outcome], int]
    lanes: tuple[Lane, ...]
    campaigns: tuple[Running, ...]
    in_doubt: int
    audit_gap: int
    opposed: int
    dead_letters: int
    events_waiting: int
    retention: Kept
    rights: Answered


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast it went between two moments, in recipients per second."""

    seconds: float
    sent: Mapping[str, float]
    ended: Mapping[str, float]
    campaigns: Mapping[int, float]


def look(app: App, follow: Collection[int] = ()) -> Situation:
    """Read the situation; the outcomes of campaigns to ``follow`` are read though they are over."""
    now, boot = app.clock.now(), app.clock.boot()
    with app.db.read() as connection:
        overviews.hold_still(app.db, connection)
        campaigns = rows.running(connection, follow)
        open_ids = [one.campaign_id for one in campaigns if one.state in _WAITS]
        ended = rows.ended(connection, [one.campaign_id for one in campaigns])
        work = rows.open_work(app.db, connection, open_ids)
        final = _final(ended)
        return Situation(
            at=now,
            boot=boot,
            outcomes=_outcomes(campaigns, ended),
            lanes=tuple(_lanes(campaigns, work, now)),
            campaigns=tuple(
                _running(one, final[one.campaign_id]) for one in campaigns if one.state in _WAITS
            ),
            in_doubt=_doubts(ended, open_ids),
            audit_gap=_gap(campaigns, final, work),
            opposed=promises.oppositions(connection),
            dead_letters=promises.dead_letters_open(connection),
            events_waiting=promises.events_waiting(connection),
            retention=promises.kept(connection),
            rights=promises.answered(connection, now),
        )


def pace(before: Situation, after: Situation) -> Pace:
    """Return how fast it went between two looks, of which the second followed the first.

    What was settled from in doubt counts where it went; a pace is never below 0.
    """
    seconds = max(after.boot - before.boot, 0.001)
    sent: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    by_campaign: Counter[int] = Counter()
    for key, number in after.outcomes.items():
        campaign_id, channel, outcome = key
        more = number - before.outcomes.get(key, 0)
        sent[channel] += more if outcome is Outcome.SENT else 0
        ended[channel] += more
        by_campaign[campaign_id] += more if outcome is not Outcome.PASSED_ON else 0
    return Pace(
        seconds,
        _per_second(sent, seconds),
        _per_second(ended, seconds),
        _per_second(by_campaign, seconds),
    )


def _per_second(counts: Mapping[_Key, int], seconds: float) -> dict[_Key, float]:
    return {key: max(number, 0) / seconds for key, number in counts.items()}


def _final(ended: Sequence[TallyRow]) -> Counter[int]:
    found: Counter[int] = Counter()
    for one in ended:
        if one.outcome is not Outcome.PASSED_ON:
            found[one.campaign_id] += one.recipients
    return found


def _outcomes(
    campaigns: Sequence[RunningRow], ended: Sequence[TallyRow]
) -> Counter[tuple[int, str, Outcome]]:
    routes = {one.campaign_id: one.route for one in campaigns}
    found: Counter[tuple[int, str, Outcome]] = Counter()
    for one in ended:
        channel = routes[one.campaign_id][one.leg - 1]
        found[one.campaign_id, channel, one.outcome] += one.recipients
    return found


def _lanes(campaigns: Sequence[RunningRow], work: Sequence[WorkRow], now: Millis) -> Iterator[Lane]:
    worked = {one.campaign_id for one in campaigns if one.works(now)}
    for name in sorted({one.lane for one in work}):
        here = [one for one in work if one.lane == name]
        number: Counter[BatchState] = Counter()
        for one in here:
            number[one.state] += one.batches
        due = [  # one whose instant has come is due, though no scheduler has released it
            now - one.soonest
            for one in here
            if one.state is not BatchState.CLAIMED and one.campaign_id in worked
        ]
        waiting = sum(one.recipients for one in here)
        yield Lane(name, waiting, dict(sorted(number.items())), max((0, *due)))


def _running(one: RunningRow, done: int) -> Running:
    state = one.state.value
    if one.cancelled_at is not None:
        state = "cancelling"
    elif one.paused_at is not None:
        state = "paused"
    return Running(one.campaign_id, one.name, one.controller, state, one.accepted, done)


def _doubts(ended: Sequence[TallyRow], open_ids: Sequence[int]) -> int:
    of_them = set(open_ids)
    return sum(
        one.recipients
        for one in ended
        if one.outcome is Outcome.IN_DOUBT and one.campaign_id in of_them
    )


def _gap(campaigns: Sequence[RunningRow], final: Mapping[int, int], work: Sequence[WorkRow]) -> int:
    owed: Counter[int] = Counter()
    for one in work:
        owed[one.campaign_id] += one.recipients
    return sum(
        abs(one.accepted - final[one.campaign_id] - owed[one.campaign_id])
        for one in campaigns
        if one.state is CampaignState.PLANNED
    )
