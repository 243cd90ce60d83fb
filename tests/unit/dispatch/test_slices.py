"""The slice that a connector pulls from: take, gate, settle, and what is known at its end."""

import pytest

from channels.contract import Message, SendKind, SendResult, UnusableRecipient
from engine.slices import LiveSlice, SettledTwice, Window

SENT = SendResult(SendKind.SENT)


class Wheel:
    """A boot clock that a test turns."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def _compose(position: int) -> Message:
    return Message(position, f"ref-{position}", "somebody@example.org", "")


def _slice(*positions: int, deadline: float = 10.0) -> tuple[LiveSlice, Wheel]:
    wheel = Wheel()
    return LiveSlice(positions, _compose, Window(deadline, deadline), wheel), wheel


def _taken(live: LiveSlice) -> int:
    message = live.take()
    assert message is not None
    return message.position


def test_messages_come_in_order_and_then_none() -> None:
    live, _ = _slice(4, 2, 7)
    assert [_taken(live) for _ in range(3)] == [4, 2, 7]
    assert live.take() is None


def test_what_was_never_taken_or_never_let_through_was_not_sent() -> None:
    live, _ = _slice(1, 2, 3)
    assert _taken(live) == 1
    live.gate(1)
    live.settle(1, SENT)
    assert _taken(live) == 2
    ends = live.ends()
    assert ends.results == {1: SENT}
    assert list(ends.unsent) == [2, 3]
    assert list(ends.unanswered) == []


def test_what_passed_its_gate_and_was_not_settled_is_unanswered() -> None:
    live, _ = _slice(1, 2)
    assert live.gate(_taken(live))
    assert list(live.ends().unanswered) == [1]
    assert list(live.ends().unsent) == [2]


def test_what_was_settled_without_its_gate_is_told() -> None:
    live, _ = _slice(1)
    refused = SendResult(SendKind.INVALID, "mailbox_unknown")
    live.settle(_taken(live), refused)
    assert live.ends().results == {1: refused}


def test_past_the_deadline_nothing_is_taken_and_the_gate_is_shut() -> None:
    live, wheel = _slice(1, 2)
    position = _taken(live)
    wheel.at = 10.0
    assert not live.gate(position)
    assert live.take() is None
    assert list(live.ends().unsent) == [1, 2]


def test_a_second_question_at_the_gate_does_not_undo_the_first() -> None:
    live, wheel = _slice(1)
    position = _taken(live)
    assert live.gate(position)
    wheel.at = 11.0
    assert not live.gate(position)
    assert list(live.ends().unanswered) == [1], "it may have been sent after the first answer"


def test_a_stopped_slice_lets_through_what_was_taken() -> None:
    live, _ = _slice(1, 2)
    position = _taken(live)
    live.stop()
    assert live.take() is None
    assert live.gate(position)


def test_a_shut_slice_lets_nothing_through() -> None:
    live, _ = _slice(1, 2)
    position = _taken(live)
    live.shut()
    assert live.take() is None
    assert not live.gate(position)


def test_the_gate_of_a_position_that_was_not_taken_is_shut() -> None:
    live, _ = _slice(1)
    assert not live.gate(1)
    assert not live.gate(9)


@pytest.mark.parametrize("position", [1, 9])
def test_settling_twice_or_without_taking_is_a_fault(position: int) -> None:
    live, _ = _slice(1)
    _taken(live)
    live.settle(1, SENT)
    with pytest.raises(SettledTwice):
        live.settle(position, SENT)


def test_settling_after_the_end_changes_nothing_that_was_told() -> None:
    live, _ = _slice(1, 2)
    live.gate(_taken(live))
    ends = live.ends()
    live.settle(1, SENT)
    assert list(ends.unanswered) == [1]
    assert ends.results == {}


def test_whoever_cannot_be_composed_does_not_hold_up_the_others() -> None:
    def compose(position: int) -> Message:
        if position == 1:
            missing = "missing:prenom"
            raise UnusableRecipient(missing)
        if position == 2:
            raise ZeroDivisionError
        return _compose(position)

    live = LiveSlice([1, 2, 3], compose, Window(10.0, 10.0), Wheel())
    assert _taken(live) == 3
    ends = live.ends()
    assert ends.results[1] == SendResult(SendKind.INVALID, "missing:prenom", units=0)
    assert ends.results[2] == SendResult(SendKind.REFUSED, "compose_failed", units=0)
    assert list(ends.unsent) == [3]


def test_a_slice_shut_between_question_and_answer_counts_the_position_as_let_through() -> None:
    """Whoever takes the slice away in the very moment of the gate must not call it unsent."""
    seen: list[list[int]] = []
    live: LiveSlice

    def boot() -> float:
        if live._taken and not seen:
            seen.append([])
            live._shut = False
            seen[0] = list(live.ends().unsent)
        return 0.0

    live = LiveSlice([1], _compose, Window(10.0, 10.0), boot)
    live.gate(_taken(live))
    assert 1 not in seen[0]
