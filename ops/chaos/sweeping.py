"""A worker killed again and again while it sweeps away what is too old."""

import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from functools import partial

from engine.clock import MINUTE
from engine.retention.holds import Hold, hold, lift
from engine.retention.turns import SWEEPERS
from ops.bench.ground import CONTROLLER
from ops.chaos.aged import Aged
from ops.chaos.field import Field, wait_for
from ops.chaos.scenarios import GOLDEN
from ops.chaos.standstill import DESTROY_KEYS, Write, kill_before
from ops.chaos.verdict import Deeds, Verdict, finished, judge

_WORKER = "worker"
_PATIENCE = 120.0
_LONGEST = 0.4  # seconds of a sweep, before the end of which the worker is killed anywhere
_PER_MOMENT = 1_500  # recipients
_NEXT_TURN = (
    "INSERT INTO sweeps (retention_class, state, cursor, next_at, removed, overdue)"
    " VALUES (:name, 'idle', '{}', :at, 0, 0)"
    " ON CONFLICT (retention_class) DO UPDATE SET next_at = excluded.next_at"
)
OF_CAMPAIGNS = (
    DESTROY_KEYS,  # nothing is gone
    Write("DELETE FROM blocks"),  # keys are gone, and rows are not
    Write("UPDATE campaigns"),  # rows are gone, and the campaign does not say so
    Write("DELETE FROM tallies"),  # content and deliveries are gone
)
_IN_ALL = len(OF_CAMPAIGNS) + 1  # and one whose month of deliveries is dropped


def killed_while_sweeping(field: Field, number: int) -> Verdict:
    """Old campaigns, contracts, connections and keys are swept by the dying; young ones stay."""
    return _Sweeping(field, number).play()


class _Sweeping:
    """Campaigns that will be old and one that will not, with some in doubt."""

    def __init__(self, field: Field, number: int) -> None:
        self.field = field
        self.people = number // 2
        self.number = number
        self.deeds = Deeds()
        self.began = time.monotonic()
        self.aged = Aged(field)
        self.old: dict[str, int] = {}  # name, and the hold that keeps its content until its turn
        self.young = ""

    def play(self) -> Verdict:
        """Let things grow old one after the other, and kill whoever sweeps them."""
        field, aged = self.field, self.aged
        self._run_campaigns()
        for write in OF_CAMPAIGNS:
            self._grow_old()
            self._sweep("history", write)
        self._sweep("history", Write(f"DROP TABLE {self._grow_old()}", mode="ACCESS SHARE"))
        aged.connections(self.number)
        self._sweep("connection_log", Write("DELETE FROM connections"))
        aged.contract()
        self._sweep("lists", Write("DELETE FROM list_chunks"))
        self._sweep("ended_contracts", Write("DELETE FROM controller_keys", keyring=True))
        aged.keys()
        self._sweep("stray_keys", DESTROY_KEYS)
        for moment in range(1, 1 + self.number // _PER_MOMENT):
            self._sweep_a_while(_LONGEST * (moment * GOLDEN % 1.0))
        field.start(_WORKER)
        with suppress(TimeoutError):  # the verdict says so
            wait_for(self._nothing_old, "an end of sweeping", _PATIENCE)
        seconds = time.monotonic() - self.began
        field.end_all()
        name = "killed_while_sweeping"
        verdict = judge(field, name, self.young, self.people, self.deeds, seconds)
        return replace(verdict, faults=(*verdict.faults, *aged.faults()))

    def _run_campaigns(self) -> None:
        field = self.field
        field.sink.forget()
        self.aged.listed = self.aged.list(CONTROLLER)
        self._leases_end()
        field.start("scheduler")
        whole = hold(field.app, Hold("content"), "not yet", "chaos", None)
        self.young = field.publish(self.people)
        names = [field.publish(self.people // _IN_ALL) for _ in range(_IN_ALL)]
        field.sink.hold()
        field.start(_WORKER)
        wait_for(lambda: field.sink.held > 0, "a mail that waits for its answer", _PATIENCE)
        self._killed(field.kill(_WORKER))
        field.sink.release()
        field.start(_WORKER)
        for name in (self.young, *names):
            wait_for(partial(finished, field, name), "the end of a campaign", _PATIENCE)
        for name in names:
            what = Hold("content", CONTROLLER, name)
            self.old[name] = hold(field.app, what, "not yet", "chaos", None)
        lift(field.app, whole)
        field.end(_WORKER)

    def _grow_old(self) -> str:
        name, number = self.old.popitem()
        month = self.aged.campaign(name)
        lift(self.field.app, number)
        return month

    def _sweep(self, name: str, write: Write) -> None:
        self._due({name})
        start = partial(self.field.start, _WORKER)
        self._killed(kill_before(self.field, _WORKER, write, start))

    def _sweep_a_while(self, seconds: float) -> None:
        self.aged.connections(self.number)
        self._due({"connection_log", *self.aged.overdue()})
        self.field.start(_WORKER)
        held = "SELECT count(*) FROM sweeps WHERE lease_until > 0"
        wait_for(lambda: self.field.count(held) > 0, "a sweep", _PATIENCE)
        time.sleep(seconds)
        self._killed(self.field.kill(_WORKER))

    def _killed(self, in_flight: int) -> None:
        """Note a death, after which nobody waits for the dead any more."""
        self.deeds.killed += 1
        self.deeds.in_flight += in_flight
        self._leases_end()

    def _leases_end(self) -> None:
        """Let the minutes go by for which the dead hold a class, also those of before."""
        self.field.change("UPDATE sweeps SET lease_until = 0 WHERE token IS NOT NULL")

    def _due(self, names: Collection[str]) -> None:
        """Let the half hours go by after which these classes have their turn, and no others."""
        later = self.field.app.clock.now() + 30 * MINUTE
        for one in SWEEPERS:
            self.field.change(_NEXT_TURN, name=one, at=0 if one in names else later)

    def _nothing_old(self) -> bool:
        if late := self.aged.overdue():
            self._due(late)
        return not late
