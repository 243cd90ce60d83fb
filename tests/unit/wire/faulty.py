"""Changes that make a campaign message faulty, and the faults that are found in it."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.wire import JobFaults, decode_job
from tests.unit.wire.campaigns import Json

PERSON = "ana.dupont@example.org"


def faults(message: bytes) -> list[tuple[str, str]]:
    with pytest.raises(JobFaults) as refusal:
        decode_job(message)
    assert PERSON not in str(refusal.value)
    assert all(fault.sentence for fault in refusal.value.faults)
    return [(fault.field, fault.reason.value) for fault in refusal.value.faults]


def set_at(path: str, value: object) -> Callable[[Json], None]:
    def change(tree: Json) -> None:
        node: Any = tree
        *above, last = path.split(".")
        for part in above:
            node = node[part]
        node[last] = value

    return change


def drop(*names: str) -> Callable[[Json], None]:
    def change(tree: Json) -> None:
        for name in names:
            del tree[name]

    return change


def inline(*rows: object) -> Callable[[Json], None]:
    return set_at("recipients", {"inline": list(rows)})
