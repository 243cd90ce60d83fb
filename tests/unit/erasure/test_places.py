"""The register of places: nothing is stored anywhere that nobody has thought about."""

from engine.erasure.steps import STEPS
from engine.store.places import FILES, HOLDS_NOBODY, PLACES, Where
from engine.store.schema import METADATA


def test_every_table_is_a_place_or_holds_nobody() -> None:
    places = [table for place in PLACES.values() for table in place.tables]
    known = [*places, *HOLDS_NOBODY]
    assert len(known) == len(set(known)), "a table is in the register twice"
    assert set(known) == set(METADATA["main"].tables), (
        "say in engine/store/places.py whether persons can be found in the table, and how"
    )


def test_whatever_can_hold_a_person_is_among_the_places() -> None:
    """Sealed bytes and keys of persons are where persons are."""
    for table in METADATA["main"].sorted_tables:
        telling = {
            name
            for name in (column.name for column in table.c)
            if name.startswith("sealed") or name.endswith(("_key", "_prefixes")) or name == "key"
        }
        if telling - {"sealed_secrets"}:
            assert table.name not in HOLDS_NOBODY, f"{table.name} has {sorted(telling)}"


def test_every_place_is_described_and_every_file_kind_named() -> None:
    assert set(PLACES) == set(Where)
    for place in PLACES.values():
        assert place.found_by
        assert place.left
    assert all(FILES.values())
    assert all(HOLDS_NOBODY.values())


def test_waiting_comes_before_what_a_worker_may_still_write() -> None:
    names = list(STEPS)
    for later in ("short_links", "contacts", "events", "deliveries"):
        assert names.index("slices") < names.index(later)
    assert names.index("search") < names.index("look") < names.index("lists")
    assert names.index("blocks") < names.index("holders") < names.index("slices")
