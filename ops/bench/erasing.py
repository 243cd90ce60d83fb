"""Erasing one person who waits in every one of many campaigns, on PostgreSQL."""

import os
import time
from collections.abc import Iterator

import msgspec

from engine import rights
from engine.app import App
from engine.bootstrap import build_planner
from engine.errors import EngineError
from engine.intake import take
from engine.list_files import RowFile
from engine.list_imports import ListImport, import_list
from engine.rights_execution import execute
from engine.subjects import Subject
from ops.bench.campaign import job
from ops.bench.ground import CONTROLLER, PURPOSE, Ground, account, real_services
from ops.bench.measure import Figures, Result, foreign_load, load_note, peak_mb
from ops.memory import calm_collector
from policy.rights import RequestState, Right

_CAMPAIGNS = 100
_PEOPLE = 50_000  # in each: five million recipients wait
_ASKED = 200
_LIST = "everybody"
_LIMIT_SECONDS = 60.0
_LIMIT_MS = 200.0
_LATER = "2027-11-26T09:00:00+01:00"
_END = "2027-12-24T09:00:00+01:00"


class NotErased(EngineError):
    """Raised when the benchmark's person was not erased everywhere."""


def erase_person(campaigns: int = _CAMPAIGNS, people: int = _PEOPLE) -> Iterator[Result]:
    """Accept 200 requests, then carry one out: its person is in a list and in every campaign."""
    with real_services("outbox", {}) as ground:
        _plant(ground, campaigns, people)
        foreign = load_note(foreign_load())
        calm_collector()
        spans = sorted(_accepted(ground.app, number) for number in range(_ASKED))
        begun = time.perf_counter()
        request = _open(ground.app, people - 1).row.id
        while rights.show(ground.app, request).state is not RequestState.DONE:
            execute(ground.app, request)
        seconds = time.perf_counter() - begun
        found = rights.show(ground.app, request).progress.found
        if (found["lists"], found["blocks"]) != (1, campaigns):
            raise NotErased(f"found {found}, expected one row and {campaigns} recipients")
        more: Figures = {
            "p99_ms": round(spans[len(spans) * 99 // 100] * 1000, 1),
            "limit_p99_ms": _LIMIT_MS,
            "limit_seconds": _LIMIT_SECONDS,
            "campaigns": campaigns,
            **foreign,
        }
        waiting = campaigns * people
        limit = waiting / _LIMIT_SECONDS
        yield Result("erase_person", waiting, seconds, limit, peak_mb(os.getpid()), more)


def _accepted(app: App, number: int) -> float:
    """Return how many seconds it took until a person was safe from being contacted."""
    begun = time.perf_counter()
    _open(app, number)
    return time.perf_counter() - begun


def _open(app: App, number: int) -> rights.Request:
    who = [Subject("ref", f"c{number}"), Subject("email", _address(number))]
    return rights.open_request(app, CONTROLLER, Right.ERASURE, who, source="bench")


def _address(number: int) -> str:
    return f"r{number}@b{number % 97}.example.org"


def _plant(ground: Ground, campaigns: int, people: int) -> None:
    """Let campaigns to one list be planned as they are; they wait for next year."""
    path = ground.home / "people.csv"
    with path.open("w") as file:
        file.write("ref;email;prenom;ville;solde\n")
        for number in range(people):
            file.write(f"c{number};{_address(number)};Prénom {number};Évry;{number}\n")
    wanted = ListImport(CONTROLLER, _LIST, RowFile(path), (PURPOSE,))
    import_list(ground.app, wanted, noted=lambda _note: None, progress=lambda _rows, _bytes: None)
    planner = build_planner(ground.app)
    for number in range(campaigns):
        name = f"waits-{number}"
        body = msgspec.json.decode(job(name, "", ""))
        body["recipients"] = {"list": _LIST}
        body["schedule"] = {"not_before": _LATER, "not_after": _END}
        taken = take(ground.app, msgspec.json.encode(body), account(ground.app), name)
        if taken.campaign_id is None:
            raise NotErased(f"not taken: {'; '.join(map(str, taken.faults))}")
        while planner(taken.campaign_id):
            pass
