"""Waiting for a connector: not a moment longer than the lease allows, and never in a busy loop."""

from concurrent.futures import Future

import pytest

from channels.contract import Message, SendKind, SendResult
from channels.errors import ConnectorUnavailable
from engine.app import App
from engine.checks import Fresh
from engine.flight import Flight
from engine.settings import Settings
from engine.slices import LiveSlice, Window
from tests.dispatching.stores import Hands

QUICK = Settings(slice_deadline=1.5, answer_timeout=2.0, lease_margin=0.5)


class Clocked(Future[None]):
    """A future on the test's clock; it ends by itself at an instant, or not at all."""

    def __init__(self, hands: Hands, ends_at: float = float("inf")) -> None:
        super().__init__()
        self.hands = hands
        self.ends_at = ends_at
        self.asked = 0

    def result(self, timeout: float | None = None) -> None:
        self.asked += 1
        assert self.asked < 1_000, "a busy loop"
        left = max(self.ends_at - self.hands.boot(), 0.0)
        if not self.done() and left <= (timeout or 0.0):
            self.hands.wait(left)
            self.set_result(None)
        if not self.done():
            self.hands.wait(timeout or 0.0)
            raise TimeoutError
        return super().result(0)


def _compose(position: int) -> Message:
    return Message(position, "reference", "somebody@example.org", "")


def _flight(future: Future[None], hands: Hands) -> Flight:
    deadline = QUICK.slice_deadline
    return Flight(
        3,
        LiveSlice([1, 2], _compose, Window(deadline, deadline), hands.boot),
        future,
        0.0,
        deadline,
        Fresh([1, 2], 0.0),
    )


def _wait(flight: Flight, hands: Hands, *, stopping: bool = False) -> str | None:
    app = App(QUICK, hands, None, None)  # type: ignore[arg-type]  # no database is asked
    return flight.await_end(app, lambda: stopping)


def test_a_connector_that_is_done_could_serve() -> None:
    hands = Hands()
    assert _wait(_flight(Clocked(hands, 0.7), hands), hands) is None


def test_a_connector_that_hangs_is_given_up_within_the_lease() -> None:
    hands = Hands()
    flight = _flight(Clocked(hands), hands)
    assert _wait(flight, hands) == "overdue"
    assert QUICK.slice_deadline + QUICK.answer_timeout <= hands.boot() < QUICK.lease_seconds
    assert flight.future.cancelled()
    assert list(flight.live.ends().unsent) == [1, 2]


def test_a_connector_that_has_answered_before_is_not_cut_off() -> None:
    hands = Hands()
    flight = _flight(Clocked(hands), hands)
    flight.live.take()
    flight.live.settle(1, SendResult(SendKind.SENT))
    assert _wait(flight, hands) is None


def test_a_process_that_was_frozen_gives_its_connector_one_more_moment() -> None:
    hands = Hands()
    future = Clocked(hands)
    flight = _flight(future, hands)
    hands.move(60_000)
    future.ends_at = hands.boot() + 0.25
    assert _wait(flight, hands) is None
    assert not flight.future.cancelled()
    assert flight.live.take() is None


def test_a_timeout_of_the_connectors_own_is_its_fault_and_no_reason_to_wait() -> None:
    hands = Hands()
    future = Clocked(hands)
    future.set_exception(TimeoutError())
    assert _wait(_flight(future, hands), hands) == "connector_fault"
    assert future.asked < 3


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (ConnectorUnavailable("auth_refused", "relay.test:25", open_breaker=True), "auth_refused"),
        (ZeroDivisionError(), "connector_fault"),
    ],
    ids=["unavailable", "a bug"],
)
def test_the_cause_is_told_in_a_word(error: Exception, cause: str) -> None:
    hands = Hands()
    future = Clocked(hands)
    future.set_exception(error)
    assert _wait(_flight(future, hands), hands) == cause


def test_a_stop_lets_nothing_more_be_taken() -> None:
    hands = Hands()
    flight = _flight(Clocked(hands, 0.7), hands)
    assert _wait(flight, hands, stopping=True) is None
    assert flight.live.take() is None
