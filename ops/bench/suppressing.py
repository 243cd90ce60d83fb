"""Looking recipients up among very many oppositions, and taking over files of them."""

import os
import time
from collections.abc import Iterator
from hashlib import md5
from pathlib import Path

import sqlalchemy as sa

from engine import opposition_lists
from engine.app import App
from engine.clock import DAY
from engine.errors import EngineError
from engine.list_files import Note, RowFile
from engine.opposition_imports import Defaults, import_file
from engine.opposition_lists import Copy
from engine.oppositions import find_suppressed
from ops.bench.ground import CONTROLLER, PURPOSE, Ground, real_services
from ops.bench.measure import Figures, Result, foreign_load, load_note, peak_mb
from ops.memory import calm_collector

_OPPOSED = 10_000_000
_LOOK_UPS = 1_000_000
_SLICE = 500
_HIT = 20  # one recipient of so many is opposed
_CHECK_LIMIT = 50_000
_ROWS = 1_000_000
_IMPORT_LIMIT = 40_000
_AT_ONCE = 1_000_000

# A hash of a number is what a key looks like, and both sides can make it. One in a thousand is the
# platform's; one in four names the purpose, one in three the channel.
_PLANT = sa.text(
    "INSERT INTO suppressions (key, scope, channel, purpose, reason, source, subject, created_at)"
    " SELECT decode(md5(n::text), 'hex'), CASE WHEN n % 1000 = 0 THEN 0 ELSE :scope END,"
    " CASE WHEN n % 3 = 0 THEN 'email' ELSE '' END, CASE WHEN n % 4 = 0 THEN :purpose ELSE '' END,"
    " 'imported', 'bench', 'contact', 0 FROM generate_series(:first, :last) AS n"
)


class WrongAnswer(EngineError):
    """Raised when a benchmark's look-ups or imports did not come to what they must."""


def suppression_check(opposed: int = _OPPOSED, recipients: int = _LOOK_UPS) -> Iterator[Result]:
    """Look recipients up by slices of 500, as dispatch does, among ten million oppositions.

    Each has three keys: person, contact point, contact point under the platform. ``own_share`` is
    this process's part of one core; the rest of the time the database had it.
    """
    with real_services("outbox", {}) as ground:
        with ground.app.db.read() as connection:
            scope = connection.scalar(sa.text("SELECT number FROM controllers LIMIT 1")) or 0
        _plant(ground.app, scope, opposed)
        foreign = load_note(foreign_load())
        calm_collector()
        before, found, seconds, own = peak_mb(os.getpid()), 0, 0.0, 0.0
        for first in range(0, recipients, _SLICE):
            persons, contacts, platform = _slice(first, opposed)
            begun, processor = time.perf_counter(), time.process_time()
            with ground.app.db.read() as connection:
                hits = find_suppressed(
                    ground.app.db,
                    connection,
                    scope=scope,
                    channel="email",
                    purpose=PURPOSE,
                    keys=[*persons, *contacts],
                    platform_keys=platform,
                )
            seconds += time.perf_counter() - begun
            own += time.process_time() - processor
            found += len(hits)
        if found != recipients // _HIT:
            raise WrongAnswer(f"found {found} of {recipients // _HIT}")
        after = peak_mb(os.getpid())
        more: Figures = {
            "opposed": opposed,
            "own_share": round(own / seconds, 2),
            "memory_grew_mb": round(after - before, 1),
            **foreign,
        }
        yield Result("suppression_check", recipients, seconds, _CHECK_LIMIT, after, more)


def _slice(first: int, opposed: int) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """Return person, contact and platform keys of a slice; one of twenty contacts is opposed."""
    numbers = range(first, first + _SLICE)
    contacts = [
        # Spread over the whole table; never a number that was planted under the platform.
        _key(
            str((number * 7_919) % opposed // 1_000 * 1_000 + 1)
            if _is_hit(number)
            else f"c{number}"
        )
        for number in numbers
    ]
    return [_key(f"p{n}") for n in numbers], contacts, [_key(f"x{n}") for n in numbers]


def _is_hit(number: int) -> bool:
    return number % _HIT == 0


def _key(text: str) -> bytes:
    return md5(text.encode(), usedforsecurity=False).digest()


def _plant(app: App, scope: int, opposed: int) -> None:
    for first in range(0, opposed, _AT_ONCE):
        last = min(first + _AT_ONCE, opposed) - 1
        given = {"scope": scope, "purpose": PURPOSE, "first": first, "last": last}
        with app.db.write() as connection:
            connection.execute(_PLANT, given)
    # As the import of a file does: look-ups need the index only from then on.
    with app.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM (ANALYZE) suppressions")


def opposition_import(rows: int = _ROWS) -> Iterator[Result]:
    """Import a client's file of oppositions, then a national list, each through its own verb's way.

    Addresses and numbers in equal parts; every row is new.
    """
    with real_services("outbox", {}) as ground:
        foreign = load_note(foreign_load())
        calm_collector()
        file = _file(ground, rows)
        begun = time.perf_counter()
        report = import_file(
            ground.app, CONTROLLER, file, Defaults(), noted=_unheard, progress=_untold
        )
        seconds = time.perf_counter() - begun
        _require(report.added, rows)
        peak = peak_mb(os.getpid())
        yield Result("opposition_import", rows, seconds, _IMPORT_LIMIT, peak, dict(foreign))
        begun = time.perf_counter()
        copy = Copy("bench", "the bench itself", ground.app.clock.now() - DAY)
        done = opposition_lists.import_list(
            ground.app, copy, file, noted=_unheard, progress=_untold
        )
        seconds = time.perf_counter() - begun
        _require(done.entries, rows)
        peak = peak_mb(os.getpid())
        yield Result("opposition_list_import", rows, seconds, _IMPORT_LIMIT, peak, dict(foreign))


def _file(ground: Ground, rows: int) -> RowFile:
    path: Path = ground.home / "oppositions.csv"
    with path.open("w") as file:
        file.write("email;tel\n")
        for number in range(rows):
            if number % 2:
                file.write(f"r{number}@b{number % 97}.example.org;\n")
            else:
                file.write(f";+336{number % 100_000_000:08}\n")
    return RowFile(path)


def _require(found: int, expected: int) -> None:
    if found != expected:
        raise WrongAnswer(f"{found} entries of {expected} rows")


def _unheard(_note: Note) -> None:
    """Keep no notes."""


def _untold(_rows: int, _bytes: int) -> None:
    """Show no progress."""
