"""Workers killed at each step of the protocol, each time at exactly that step.

A lock on a table, or a sink that holds its answers back, makes a worker stand still where it
should die; nothing in the worker knows of it.
"""

import time

from ops.chaos.field import Field, wait_for
from ops.chaos.verdict import Deeds, Verdict, await_end, judge

_PATIENCE = 120.0
_QUIET_SECONDS = 0.5


def killed_at_each_step(field: Field, number: int) -> Verdict:
    """One worker, killed before its first journal entry, in the middle of a slice, and so on."""
    deeds = Deeds()
    field.sink.forget()
    field.start("scheduler")
    began = time.monotonic()
    campaign = field.publish(number)
    for step in (
        _while_connecting,  # first: a campaign is planned whole before anybody is in flight
        _after_claim_before_journal,
        _while_handing_over,
        _handed_over_not_committed,
        _after_commit,
    ):
        deeds.in_flight += step(field)
        deeds.killed += 1
    field.start("worker")
    await_end(field, campaign, _PATIENCE)
    seconds = time.monotonic() - began
    field.end_all()
    return judge(field, "killed_at_each_step", campaign, number, deeds, seconds)


def _while_connecting(field: Field) -> int:
    """The relay does not even greet: journalled, and nothing was handed over."""
    field.sink.mute()
    field.start("worker")
    wait_for(lambda: field.in_flight() > 0, "a slice in flight")
    flying = field.kill("worker")
    field.sink.unmute()
    return flying


def _after_claim_before_journal(field: Field) -> int:
    """The look-up of oppositions waits, so that the batch is claimed and nothing is journalled."""
    before = _furthest_lease(field)
    with field.locked("suppressions", "ACCESS EXCLUSIVE"):
        field.start("worker")
        wait_for(lambda: _furthest_lease(field) > before, "a claimed batch")
        time.sleep(0.2)
        return field.kill("worker")  # the audit would show it, had anybody gone out unchecked


def _while_handing_over(field: Field) -> int:
    """The relay has some mails of the slice and answers none of them."""
    field.sink.hold()
    field.start("worker")
    wait_for(lambda: field.sink.held > 0, "a mail that waits for its answer")
    flying = field.kill("worker")
    field.sink.release()
    return flying


def _handed_over_not_committed(field: Field) -> int:
    """Everything was handed over; the outcomes cannot be written yet."""
    field.sink.hold()
    field.start("worker")
    wait_for(lambda: field.sink.held > 0, "a mail that waits for its answer")
    with field.locked("deliveries", "SHARE"):
        field.sink.release()
        _wait_until_quiet(field)
        return field.kill("worker")


def _after_commit(field: Field) -> int:
    """At least one slice is done and written."""
    before = field.sink.mails
    field.start("worker")
    wait_for(lambda: field.sink.mails > before + 300, "the next mails")
    return field.kill("worker")


def _furthest_lease(field: Field) -> int:
    return field.count("SELECT coalesce(max(lease_until), 0) FROM batches WHERE state = 2")


def _wait_until_quiet(field: Field) -> None:
    """Wait until the sink gets nothing more: the worker waits for the lock."""
    last, since = field.sink.mails, time.monotonic()
    while time.monotonic() - since < _QUIET_SECONDS:
        time.sleep(0.05)
        if field.sink.mails != last:
            last, since = field.sink.mails, time.monotonic()
