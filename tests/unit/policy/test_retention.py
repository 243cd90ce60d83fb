"""Whatever is stored anywhere belongs to one retention class: nothing is kept without a word."""

from collections import Counter

import pytest

from engine.broker.topology import QUEUES
from engine.controllers import ControllerSettings
from engine.store.places import FILES
from engine.store.schema import METADATA, VERSION_TABLES
from engine.vault import SCOPES
from engine.wire.instants import Duration
from policy.retention import BY_NAME, CLASSES, class_of, keeps, places

ELSEWHERE = {"database", "keyring", "logs", "exports"}  # tables, rows of no person, others' files


def _columns() -> list[str]:
    main = [f"{table.name}.{column.name}" for table in METADATA["main"].sorted_tables
            for column in table.columns]  # fmt: skip
    keyring = [f"keyring.{table.name}.{column.name}" for table in METADATA["keyring"].sorted_tables
               for column in table.columns]  # fmt: skip
    versions = [f"{VERSION_TABLES['main']}.x", f"keyring.{VERSION_TABLES['keyring']}.x"]
    return main + keyring + versions


STORED = (
    _columns()
    + [f"queue:{queue.name}" for queue in QUEUES]
    + [f"files:{kind}" for kind in sorted(FILES.keys() - ELSEWHERE)]
    + [f"keys:{scope}" for scope in sorted(SCOPES)]
)


@pytest.mark.parametrize("place", STORED)
def test_each_column_queue_key_and_file_has_a_class(place: str) -> None:
    assert class_of(place) is not None, (
        f"{place} has no retention class: say in policy/retention.py how long it is kept, and why"
    )


def test_no_place_stands_in_two_classes() -> None:
    twice = [place for place, number in Counter(places()).items() if number > 1]
    assert twice == []


def test_each_place_that_a_class_names_exists() -> None:
    known = set(STORED) | {f"{place.rsplit('.', 1)[0]}.*" for place in STORED if "." in place}
    strange = set(places()) - known - {"keys:doubt"}  # those keys are of a campaign's scope
    assert strange == set()


def test_each_time_is_a_duration_and_each_class_gives_its_source() -> None:
    for one in CLASSES:
        assert BY_NAME[one.name] is one
        assert one.source
        if one.keeps is not None:
            Duration.parse(one.keeps)
            assert one.since is not None


def test_a_place_of_its_own_goes_before_the_rest_of_its_table() -> None:
    assert class_of("deliveries.provider_ref") is BY_NAME["provider_references"]
    assert class_of("deliveries.outcome") is BY_NAME["history"]
    assert class_of("queue:dispatch.email") is BY_NAME["doorbells"]
    assert class_of("nothing") is None


def test_a_class_in_use_has_no_duration() -> None:
    assert keeps("history") == "P10Y"
    with pytest.raises(ValueError, match="set_up"):
        keeps("set_up")


def test_other_places_take_their_times_from_the_table() -> None:
    (dead,) = (queue for queue in QUEUES if queue.name == "campaigns.dead")
    assert dead.arguments["x-message-ttl"] == Duration.parse(keeps("lost_messages")).millis
    assert ControllerSettings().history == keeps("history")


def test_a_class_goes_with_classes_that_are_swept() -> None:
    taken = {name for one in CLASSES for name in one.takes}
    assert all(BY_NAME[name].swept for name in taken)
