"""The rounds: every check in its order, each with a limit of time, none able to stop the others."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from channels.errors import ChannelError
from engine.app import App
from engine.errors import EngineError
from ops.database_faults import sentence_of
from ops.doctor import brokers, databases, going, host, keys, rules
from ops.doctor.findings import Check, Finding, Level, fault, warning
from ops.doctor.patience import waited

_PATIENCE = 20.0  # seconds for one check
_MEND_FIRST = "mend that first, then run chappe doctor again"

CHECKS: tuple[Check, ...] = (
    Check("versions", host.versions),
    Check("settings", host.settings),
    Check("folders", host.folders),
    Check("time zones", host.time_zones),
    Check("durability", databases.kept_safely),
    Check("standby", databases.standby),
    Check("keyring", databases.keyring_apart),
    Check("copy", databases.own),
    Check("clocks", databases.clocks),
    Check("archive", databases.archives),
    Check("broker", brokers.reachable),
    Check("queues", brokers.topology, needs="broker"),
    Check("account", brokers.permissions, needs="broker"),
    Check("consumers", brokers.consumers, needs="broker"),
    Check("keys", keys.of_controllers),
    Check("audit", keys.audit_anchored),
    Check("policy", rules.hold),
    Check("lists", rules.lists),
    Check("connectors", going.carriers),
    Check("work", going.work),
    Check("promises", going.promises),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding, and the check that made it."""

    check: str
    finding: Finding


def examine(
    app: App, checks: tuple[Check, ...] = CHECKS, patience: float = _PATIENCE
) -> Iterator[Entry]:
    """Give what each check finds, as it finds it; ``patience`` is in seconds, for each.

    Where a check finds nothing well, those that need it are not made, which is said once.
    """
    failed: set[str] = set()
    for check in checks:
        if check.needs in failed:
            continue
        well = False
        for finding in _within(app, check, patience):
            well = well or finding.level is Level.OK
            yield Entry(check.name, finding)
        unmade = [other.name for other in checks if other.needs == check.name]
        if unmade and not well:
            failed.add(check.name)
            yield Entry(check.name, warning(f"not examined: {', '.join(unmade)}", _MEND_FIRST))


def healthy(entries: list[Entry]) -> bool:
    """Whether no check found a fault."""
    return all(entry.finding.level is not Level.FAULT for entry in entries)


def open_within(build: Callable[[], App], patience: float = _PATIENCE) -> App | Finding:
    """Open an installation; a finding says why it does not open, or that it takes too long."""
    got: list[App | Finding] = []
    if waited(lambda: got.append(_opened(build)), patience):
        return got[0]
    return fault(
        f"a database accepts connections and does not answer within {patience:.0f} s",
        "look at the server and at what stands between: a firewall, a proxy, a full disk",
    )


def _opened(build: Callable[[], App]) -> App | Finding:
    try:
        return build()
    except (EngineError, ChannelError) as known:
        return fault(str(known), "")  # such a sentence says its own remedy
    except sa.exc.SQLAlchemyError as away:
        return fault(sentence_of(away), "")
    except OSError as failed:
        return fault(_said_by_system(failed), "look at the file or folder, and at whose it is")
    except Exception as defect:  # noqa: BLE001 (a thread that dies would pass for one that hangs)
        return fault(f"opening failed ({type(defect).__name__})", "report this")


def _within(app: App, check: Check, patience: float) -> list[Finding]:
    found: list[Finding] = []

    def look() -> None:
        for finding in _looked(app, check):
            found.append(finding)  # noqa: PERF402 (one by one: what was found counts if it hangs)

    if waited(look, patience):
        return found
    hangs = fault(
        f"no answer within {patience:.0f} s",
        "something it asks hangs: look at the findings around it, and at the network",
    )
    return [*found, hangs]


def _looked(app: App, check: Check) -> Iterator[Finding]:
    try:
        yield from check.look(app)
    except (EngineError, ChannelError) as known:
        yield fault(str(known), _MEND_FIRST)
    except sa.exc.SQLAlchemyError as away:
        yield fault(sentence_of(away), _MEND_FIRST)
    except OSError as failed:
        yield fault(_said_by_system(failed), "look at the file or folder, and at whose it is")
    except Exception as defect:  # noqa: BLE001 (one check must not hide what the others find)
        yield fault(f"the check itself failed ({type(defect).__name__})", "report this")


def _said_by_system(failed: OSError) -> str:
    return f"{failed.filename or 'the system'}: {failed.strerror or type(failed).__name__}"
