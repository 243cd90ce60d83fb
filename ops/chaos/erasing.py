"""A worker killed again and again while it takes persons out of everything that is kept."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from engine import rights
from engine.admission import UnknownCampaign
from engine.list_files import RowFile
from engine.list_imports import ListImport, import_list
from engine.states import BatchState, CampaignState
from engine.statistics import overview
from engine.subjects import REF, Subject
from ops.bench.ground import CONTROLLER, PURPOSE
from ops.chaos.field import Field, address, wait_for
from ops.chaos.forgotten import Persons, faults_of
from ops.chaos.scenarios import GOLDEN
from ops.chaos.standstill import Write, kill_after, kill_before
from ops.chaos.verdict import Deeds, Verdict, finished, judge
from policy.rights import Right

_WORKER = "worker"
_LASTS = 40.0  # seconds of one worker's time, unless it is hurried
_CONNECTIONS = 8
_PATIENCE = 120.0
_HOUR = 3600.0
_LONGEST = 0.9  # seconds of erasing, before the end of which the worker is killed anywhere
_PER_MOMENT = 1_500  # recipients

_Kill = Callable[[Field, str, Write, Callable[[], None]], int]
STEPS: Sequence[tuple[_Kill, Write]] = (
    (kill_before, Write("UPDATE controllers")),  # the search begins
    (kill_before, Write("INSERT INTO suppressions")),  # the person is known by more names
    (kill_before, Write("UPDATE list_chunks")),  # sealed anew, and not put back
    (kill_after, Write("UPDATE list_chunks")),  # put back, and the former key is there still
    (kill_before, Write("UPDATE blocks")),
    (kill_after, Write("UPDATE blocks")),
    (kill_before, Write("DELETE FROM suppression_chunks")),
    (kill_before, Write("UPDATE deliveries")),
    (kill_before, Write("INSERT INTO acts")),  # forgotten by the request, and not certified
)


def killed_while_erasing(field: Field, number: int) -> Verdict:
    """Persons of a running campaign, of one that waits and of a list are erased by the dying."""
    return _Erasing(field, number).play()


class _Erasing:
    """One campaign that runs, one that waits, the list of the same people, and whom to erase."""

    def __init__(self, field: Field, number: int) -> None:
        self.field = field
        self.number = number
        self.deeds = Deeds()
        self.began = time.monotonic()
        self.runs = self.waits = ""
        self.persons = Persons()
        self._asked: set[int] = set()

    def play(self) -> Verdict:
        """Erase and kill until every step had its turn, then let everything come to its end."""
        field, persons = self.field, self.persons
        self._begin()
        for kill, write in STEPS:
            self._ask()
            self._killed(kill(field, _WORKER, write, lambda: field.start(_WORKER)))
        for moment in range(1, 1 + self.number // _PER_MOMENT):
            self._ask()
            field.start(_WORKER)
            wait_for(lambda: self._held() > 0, "a request in somebody's hands", _PATIENCE)
            time.sleep(_LONGEST * (moment * GOLDEN % 1.0))
            self._killed(field.kill(_WORKER))
        field.start(_WORKER)
        wait_for(lambda: persons.done(field), "certificates", _PATIENCE)
        field.sink.delay = 0.0
        faults = [*persons.readable(field)]  # before the end of the campaigns destroys every key
        field.cancel(self.waits)
        for campaign in (self.runs, self.waits):
            with suppress(TimeoutError):  # the verdict says so
                wait_for(partial(self._over, campaign), "the end of a campaign", _PATIENCE)
        seconds = time.monotonic() - self.began
        field.end_all()
        verdict = judge(field, "killed_while_erasing", self.runs, self.number, self.deeds, seconds)
        faults += faults_of(field, persons, self.runs, self.waits, self.number)
        return replace(verdict, faults=(*verdict.faults, *faults))

    def _begin(self) -> None:
        field = self.field
        field.sink.forget()
        field.sink.delay = min(_LASTS * _CONNECTIONS / self.number, 0.2)
        field.start("scheduler", _WORKER)
        self.runs = self.persons.campaign = field.publish(self.number)
        self._import_everybody()
        later = time.time() + _HOUR
        self.waits = field.publish_to_list(self.runs, later, later + _HOUR)
        wait_for(lambda: self._planned(self.waits), "a campaign that waits", _PATIENCE)
        wait_for(lambda: field.sink.mails > 0, "the first mail", _PATIENCE)
        self._killed(field.kill(_WORKER))

    def _import_everybody(self) -> None:
        """Host the people of the campaign that runs in a list of its name as well."""
        path = self.field.ground.home / "people.csv"
        rows = (
            f"{self.runs}-{n};{address(self.runs, n)};P{n};Évry;1\n" for n in range(self.number)
        )
        path.write_text("ref;email;prenom;ville;solde\n" + "".join(rows))
        wanted = ListImport(CONTROLLER, self.runs, RowFile(path), (PURPOSE,))
        import_list(
            self.field.app, wanted, noted=lambda _note: None, progress=lambda _rows, _bytes: None
        )
        path.unlink()

    def _planned(self, campaign: str) -> bool:
        try:
            row = overview(self.field.app, campaign, CONTROLLER).found.row
        except UnknownCampaign:
            return False
        return row.state is CampaignState.PLANNED

    def _ask(self) -> None:
        """Let one who was written to and one who was not yet ask to be erased."""
        taken = self.field.sink.taken
        everybody = [n for n in range(self.number) if n not in self._asked]
        reached = next((n for n in everybody if address(self.runs, n) in taken), None)
        waiting = next((n for n in reversed(everybody) if address(self.runs, n) not in taken), None)
        if reached is not None:
            self.field.oppose(address(self.runs, reached))  # whose contact is kept sealed
            self._open(reached, Subject(REF, f"{self.runs}-{reached}"))
        if waiting is not None:
            self._open(waiting, Subject("email", address(self.runs, waiting)))
        self.persons.copy(self.field)

    def _open(self, who: int, subject: Subject) -> None:
        request = rights.open_request(
            self.field.app, CONTROLLER, Right.ERASURE, [subject], source="chaos"
        )
        self._asked.add(who)
        self.persons.requests[request.row.id] = who
        self.deeds.erased += 1
        self.deeds.opposed[address(self.runs, who)] = time.time()

    def _killed(self, in_flight: int) -> None:
        """Note a death, and let the minute go by for which the dead hold a request."""
        self.deeds.killed += 1
        self.deeds.in_flight += in_flight
        self.field.change("UPDATE rights_requests SET lease_until = 0 WHERE token IS NOT NULL")

    def _over(self, campaign: str) -> bool:
        """Return whether a campaign has finished.

        A batch that three workers died with rests for a quarter of an hour; let it go by.
        """
        resting = int(BatchState.QUARANTINED)
        self.field.change("UPDATE batches SET not_before = 0 WHERE state = :state", state=resting)
        return finished(self.field, campaign)

    def _held(self) -> int:
        return self.field.count("SELECT count(*) FROM rights_requests WHERE lease_until > 0")
