"""Attempts are no sends: what a campaign counts, however often it was tried, paused and resumed."""

from collections import Counter
from collections.abc import Callable

from channels.contract import Channel
from engine.states import Outcome
from engine.store import deliveries, due
from tests.dispatching.stores import MONTH
from tests.dispatching.world import Someone, World
from tests.protocol.troupe import HOUR, Troupe


def _work(troupe: Troupe, *endings: str) -> None:
    """Work every lane until nothing is due; the first messages are answered as told."""
    troupe.sink.endings = list(endings)
    while lanes := due.lanes_with_work(troupe.world.db, troupe.world.hands.millis):
        for lane in lanes:
            troupe.dispatchers[0].work(lane)


def _counted(world: World, campaign: int) -> tuple[dict[Outcome, int], int]:
    with world.db.read() as connection:
        counts = deliveries.counts(connection, campaign)
        stored = deliveries.stored_counts(connection, MONTH, campaign)
    tallied: Counter[Outcome] = Counter()
    for each in counts:
        tallied[each.outcome] += each.recipients
    assert tallied == stored
    return stored, sum(each.units for each in counts)


def test_tries_pauses_and_resumes_inflate_nothing(sqlite_worlds: Callable[[], World]) -> None:
    world = sqlite_worlds()
    troupe = Troupe.gather(world)
    people = [Someone(f"r{n}", f"p{n}@example.org") for n in range(100)]
    campaign = world.plan([people[:50], people[50:]])
    troupe.sink.tries = {f"p{n}@example.org": ["busy", "busy"] for n in range(0, 100, 10)}
    _work(troupe)
    world.change(campaign, paused_at=world.hands.millis)
    troupe.pass_time(HOUR)
    troupe.schedule()
    _work(troupe)
    assert _counted(world, campaign) == ({Outcome.SENT: 90}, 90), "sent while it was paused"
    world.change(campaign, paused_at=None)
    world.change(campaign, paused_at=world.hands.millis)
    world.change(campaign, paused_at=None)
    for _ in range(3):
        troupe.pass_time(HOUR)
        troupe.schedule()
        _work(troupe)
    assert _counted(world, campaign) == ({Outcome.SENT: 100}, 100)
    assert Counter(each.to for each in troupe.sink.reached).most_common(1)[0][1] == 1
    assert troupe.unfinished() == 0
    world.close()


def test_a_recipient_who_went_on_counts_once(sqlite_worlds: Callable[[], World]) -> None:
    world = sqlite_worlds()
    troupe = Troupe.gather(world)
    people = [Someone(f"r{n}", f"p{n}@example.org", f"+3363998{n:04d}") for n in range(20)]
    campaign = world.plan([people], (Channel.EMAIL, Channel.SMS))
    _work(troupe, *["invalid"] * 8)
    stored, units = _counted(world, campaign)
    assert stored == {Outcome.PASSED_ON: 8, Outcome.SENT: 20}
    assert units == 20
    assert troupe.unfinished() == 0
    world.close()


def test_a_doubt_is_no_failure_and_goes_nowhere(sqlite_worlds: Callable[[], World]) -> None:
    world = sqlite_worlds()
    troupe = Troupe.gather(world)
    people = [Someone(f"r{n}", f"p{n}@example.org", f"+3363998{n:04d}") for n in range(4)]
    campaign = world.plan([people], (Channel.EMAIL, Channel.SMS))
    _work(troupe, "doubt_reached", "doubt_lost", "sent", "sent")
    assert _counted(world, campaign)[0] == {Outcome.SENT: 2, Outcome.IN_DOUBT: 2}
    assert {each.delivery.leg for each in troupe.sink.reached} == {1}
    assert troupe.unfinished() == 0
    world.close()
