"""Several processes at once: no opposition is lost, none is stored twice."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.contract import Channel
from engine import opposition_files, oppositions
from engine.app import App
from engine.controllers import Controller
from engine.list_files import RowFile
from engine.opposition_imports import Defaults, ImportReport, import_file
from engine.oppositions import Reason
from engine.store import suppressions as store
from engine.store.suppressions import Mark
from engine.subjects import Subject
from tests.contract.audience.conftest import Report, silent


def test_one_of_many_additions_at_once_is_the_first(app: App, shop: Controller) -> None:
    def add(number: int) -> bool:
        reason = list(Reason)[number % len(Reason)]
        subject = Subject("email", "ana@example.org")
        return oppositions.add(
            app, shop.name, subject, channel=None, reason=reason, source=f"thread-{number}"
        ).already

    with ThreadPoolExecutor(8) as threads:
        already = list(threads.map(add, range(16)))

    assert already.count(False) == 1
    assert len(list(opposition_files.export(app, shop.name))) == 1


def test_imports_of_overlapping_files_at_once_miss_nobody(
    app: App, shop: Controller, tmp_path: Path
) -> None:
    def run(number: int) -> ImportReport:
        rows = [f"p{one}@example.org\n" for one in range(number * 500, number * 500 + 3000)]
        Random(number).shuffle(rows)
        path = tmp_path / f"{number}.csv"
        path.write_text("email\n" + "".join(rows))
        return import_file(
            app, shop.name, RowFile(path), Defaults(), noted=Report(), progress=silent
        )

    with ThreadPoolExecutor(4) as threads:
        reports = list(threads.map(run, range(4)))

    assert sum(report.added for report in reports) == 4500
    exported = [one.value for one in opposition_files.export(app, shop.name)]
    assert len(exported) == len(set(exported)) == 4500


# Few keys, scopes and channels, so that entries and questions often meet.
KEYS = st.integers(0, 7).map(lambda number: bytes([number]) * 16)
SCOPES = st.sampled_from([0, 900_001, 900_002])
PURPOSES = st.sampled_from(["", "offers", "news"])
CHANNELS = st.sampled_from(["", *Channel])


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    entries=st.lists(st.tuples(KEYS, SCOPES, CHANNELS, PURPOSES), max_size=12),
    scope=st.sampled_from([900_001, 900_002]),
    channel=st.sampled_from(list(Channel)),
    purpose=st.sampled_from(["offers", "news"]),
    keys=st.lists(KEYS, max_size=6),
    platform_keys=st.lists(KEYS, max_size=6),
)
def test_a_key_is_found_exactly_when_an_entry_forbids_it(
    app: App,
    entries: list[tuple[bytes, int, str, str]],
    scope: int,
    channel: Channel,
    purpose: str,
    keys: list[bytes],
    platform_keys: list[bytes],
) -> None:
    with app.db.write() as connection:
        for key, where, on, why in entries:
            mark = Mark(where, on, "objection", "test", "contact", 0, why)
            store.add_missing(app.db, connection, mark, None, [key])
        found = store.find_suppressed(
            app.db,
            connection,
            scope=scope,
            channel=channel,
            purpose=purpose,
            keys=keys,
            platform_keys=platform_keys,
        )
        for place in entries:
            store.remove(connection, place)
    forbidding = {
        (key, where)
        for key, where, on, why in entries
        if on in {"", channel} and why in {"", purpose}
    }
    expected = {key for key in keys if (key, scope) in forbidding}
    assert found == expected | {key for key in platform_keys if (key, 0) in forbidding}
