"""What the core may rely on, whichever connector it hands a slice to."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from channels.contract import Message, SendKind
from tests.contract.connector_rigs import ALL_KINDS, Rig, RigKind, messages
from tests.contract.connector_slices import StrictSlice, check_account
from tests.relays.certificates import Certificates, make_certificates

Play = Callable[[Rig], "asyncio.Future[None]"]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(params=ALL_KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> RigKind:
    chosen: RigKind = request.param
    return chosen


class Stage:
    """Plays one scene with a rig of the kind under test."""

    def __init__(self, kind: RigKind, folder: Path, certificates: Certificates) -> None:
        self._kind = kind
        self._folder = folder
        self._certificates = certificates

    def play(self, scene: "Callable[[Rig], object]") -> None:
        async def run() -> None:
            async with self._kind.rig(self._folder, self._certificates) as rig:
                await scene(rig)  # type: ignore[misc]

        self._kind.loop(run())


@pytest.fixture
def stage(kind: RigKind, tmp_path: Path, certificates: Certificates) -> Stage:
    return Stage(kind, tmp_path, certificates)


def test_everything_that_the_slice_gives_is_sent(stage: Stage) -> None:
    async def scene(rig: Rig) -> None:
        slice_ = StrictSlice(messages(50))
        await rig.connector.hand_over(slice_)
        assert slice_.count(SendKind.SENT) == 50
        check_account(slice_, rig.at_peer())

    stage.play(scene)


def test_an_empty_slice_ends_at_once(stage: Stage) -> None:
    async def scene(rig: Rig) -> None:
        slice_ = StrictSlice([])
        await rig.connector.hand_over(slice_)
        assert rig.at_peer() == []

    stage.play(scene)


def test_a_slice_that_stops_midway_is_sent_as_far_as_it_went(stage: Stage) -> None:
    async def scene(rig: Rig) -> None:
        slice_ = StrictSlice(messages(50), stop_after=7)
        await rig.connector.hand_over(slice_)
        assert slice_.count(SendKind.SENT) == 7
        check_account(slice_, rig.at_peer())

    stage.play(scene)


@pytest.mark.parametrize("shut", [{0}, {13}, {29}, {4, 5, 6}, set(range(1, 30, 2))], ids=str)
def test_nothing_is_sent_through_a_shut_gate_and_the_others_are(
    stage: Stage, shut: set[int]
) -> None:
    async def scene(rig: Rig) -> None:
        slice_ = StrictSlice(messages(30), shut=shut)
        await rig.connector.hand_over(slice_)
        assert slice_.refused == shut
        assert slice_.count(SendKind.SENT) == 30 - len(shut)
        check_account(slice_, rig.at_peer())

    stage.play(scene)


def test_nothing_is_sent_when_every_gate_is_shut(stage: Stage) -> None:
    async def scene(rig: Rig) -> None:
        slice_ = StrictSlice(messages(30), shut=range(30))
        await rig.connector.hand_over(slice_)
        assert rig.at_peer() == []
        check_account(slice_, rig.at_peer())

    stage.play(scene)


def test_two_slices_at_the_same_time_keep_apart(stage: Stage) -> None:
    async def scene(rig: Rig) -> None:
        first = StrictSlice(messages(40), shut={3})
        second = StrictSlice(messages(40, start=100), stop_after=33)
        await asyncio.gather(rig.connector.hand_over(first), rig.connector.hand_over(second))
        assert first.count(SendKind.SENT) == 39
        assert second.count(SendKind.SENT) == 33
        check_account(first, [p for p in rig.at_peer() if p < 100])
        check_account(second, [p for p in rig.at_peer() if p >= 100])

    stage.play(scene)


def test_one_slice_after_the_other_is_sent(stage: Stage) -> None:
    async def scene(rig: Rig) -> None:
        for start in range(0, 50, 10):
            slice_ = StrictSlice(messages(10, start=start))
            await rig.connector.hand_over(slice_)
            assert slice_.count(SendKind.SENT) == 10
        assert sorted(rig.at_peer()) == list(range(50))

    stage.play(scene)


def test_a_fault_of_the_slice_reaches_its_holder_and_no_other_slice(stage: Stage) -> None:
    def faulty() -> Iterator[Message]:
        yield from messages(5)
        raise LookupError

    async def scene(rig: Rig) -> None:
        good = StrictSlice(messages(40, start=100))
        ended = await asyncio.gather(
            rig.connector.hand_over(StrictSlice(faulty())),
            rig.connector.hand_over(good),
            return_exceptions=True,
        )
        assert isinstance(ended[0], LookupError)
        assert ended[1] is None
        check_account(good, [p for p in rig.at_peer() if p >= 100])
        assert good.count(SendKind.SENT) == 40

    stage.play(scene)


@pytest.mark.parametrize("at", [0, 1, 10])
def test_after_a_cancellation_nothing_more_is_taken_passed_or_settled(
    stage: Stage, at: int
) -> None:
    async def scene(rig: Rig) -> None:
        task: list[asyncio.Task[None]] = []

        def cancel(position: int) -> None:
            if position == at:
                task[0].cancel()

        slice_ = StrictSlice(messages(2000), on_take=cancel)
        task.append(asyncio.create_task(rig.connector.hand_over(slice_)))
        with pytest.raises(asyncio.CancelledError):
            await task[0]
        taken, passed, results = list(slice_.taken), set(slice_.passed), dict(slice_.results)
        await asyncio.sleep(0.05)
        assert (slice_.taken, slice_.passed, slice_.results) == (taken, passed, results)
        assert len(slice_.taken) < 2000
        peer = rig.at_peer()
        assert len(peer) == len(set(peer))
        assert set(peer) <= passed
        assert {p for p, k in slice_.kinds().items() if k is SendKind.SENT} <= set(peer)

    stage.play(scene)


def test_a_cancelled_slice_does_not_hurt_another(stage: Stage) -> None:
    async def scene(rig: Rig) -> None:
        good = StrictSlice(messages(60, start=5000))
        doomed = asyncio.create_task(rig.connector.hand_over(StrictSlice(messages(2000))))
        other = asyncio.create_task(rig.connector.hand_over(good))
        await asyncio.sleep(0.02)
        doomed.cancel()
        await other
        assert good.count(SendKind.SENT) == 60
        check_account(good, [p for p in rig.at_peer() if p >= 5000])

    stage.play(scene)


def test_a_probe_says_that_it_would_work_and_sends_nothing(stage: Stage) -> None:
    async def scene(rig: Rig) -> None:
        assert (await rig.connector.probe()).kind is SendKind.SENT
        assert rig.at_peer() == []

    stage.play(scene)


def test_a_connector_is_closed_twice_without_harm(stage: Stage) -> None:
    async def scene(rig: Rig) -> None:
        await rig.connector.hand_over(StrictSlice(messages(3)))
        await rig.connector.close()
        await rig.connector.close()

    stage.play(scene)
