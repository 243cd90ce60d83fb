"""Both databases: versions, durability, apart from each other, not a copy, clocks in step."""

from collections.abc import Iterator

from engine import durability
from engine.app import App
from engine.clock import SECOND
from ops.doctor.findings import Finding, fault, ok, warning

_POSTGRESQL = 15
_DRIFT_WARNS = 1 * SECOND
_DRIFT_FAILS = 5 * SECOND


def kept_safely(app: App) -> Iterator[Finding]:
    """Look whether what is committed outlives a power cut, on both databases."""
    for one in durability.databases(app):
        engine = "SQLite" if one.version is None else f"PostgreSQL {one.version}"
        if one.damage:
            yield fault(
                f"{one.name}: the file is damaged ({one.damage})", "restore it from a backup"
            )
        if one.version is not None and one.version < _POSTGRESQL:
            yield fault(f"{one.name}: {engine} is too old", "use 15 or later")
        if one.loose:
            yield fault(
                f"{one.name}: {' and '.join(one.loose)} off: a crash forgets what was sent,"
                " and sends it again",
                "turn them on in postgresql.conf, and for database and role (ALTER … RESET)",
            )
        elif not one.damage:
            yield ok(f"{one.name}: {engine}, commits are on disk")


def standby(app: App) -> Iterator[Finding]:
    """Look whether a failover could bring back an older picture."""
    states = durability.standbys(app)
    if states is None:
        yield ok("one file on this machine: nothing fails over")
    elif not states:
        yield warning(
            "no standby follows the main database",
            "a failed disk loses what was sent since the last backup; add a synchronous standby",
        )
    elif not {"sync", "quorum"} & set(states):
        yield warning(
            "the standby lags: after a failover, what it missed could be sent again",
            "set synchronous_standby_names; after any failover: chappe migrate --adopt restored",
        )
    else:
        yield ok("a synchronous standby follows the main database")


def keyring_apart(app: App) -> Iterator[Finding]:
    """Look whether the keyring lies where backups and logs of the main database do not reach."""
    main, keys = durability.databases(app)
    if main.cluster and main.cluster == keys.cluster:
        yield fault(
            "the keyring lies in the same PostgreSQL cluster as the main database: they share"
            " write-ahead log and base backups, so destroyed keys live on beside what they open",
            "put the keyring into a cluster of its own and set CHAPPE_KEYRING_URL",
        )
    else:
        yield ok("the keyring is apart from the main database")


def archives(app: App) -> Iterator[Finding]:
    """Look which write-ahead logs are copied elsewhere: a help for one, a risk for the other."""
    main, keys = durability.databases(app)
    if main.version is not None and not main.archived:
        yield warning(
            "the main database's write-ahead log is not archived: a backup leads back to when it"
            " was made, to no later moment",
            "set archive_mode and archive_command, and take base backups",
        )
    if keys.archived:
        yield warning(
            "the keyring's write-ahead log is archived: keys that were destroyed live on there",
            "keep that archive for days, not months, and apart from the main database's backups",
        )
    if (main.version is None or main.archived) and not keys.archived:
        yield ok("no archive keeps keys that were destroyed")


def own(app: App) -> Iterator[Finding]:
    """Look whether this database may dispatch, or is a copy that nobody adopted."""
    if durability.stranger(app):
        yield fault(
            "this database is a copy: it was moved, cloned or restored, and dispatches nothing",
            "run: chappe migrate --adopt moved, or --adopt restored (see chappe migrate --help)",
        )
    else:
        yield ok("this database is no copy")


def clocks(app: App) -> Iterator[Finding]:
    """Look whether this machine and the main database agree on the time."""
    drift = durability.clock_drift(app)
    if drift is None:
        yield ok("one clock")
        return
    told = f"the database's clock and this machine's differ by {drift / SECOND:.2f} s"
    remedy = "set both machines' clocks by NTP: campaigns begin by this one, leases end by that one"
    if drift > _DRIFT_FAILS:
        yield fault(told, remedy)
    elif drift > _DRIFT_WARNS:
        yield warning(told, remedy)
    else:
        yield ok(told)
