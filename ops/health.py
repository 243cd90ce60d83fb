"""Whether a process of this machine does its work: ``python -m ops.health [PROCESS] [SECONDS]``.

``chappe health`` says the same. This way in loads little, a third of the time, which
counts where something asks every few seconds. Exit code 0: it works; 1: it does not, and the line
on standard error says why; 2: wrong use.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from engine.clock import Clock, SystemClock
from engine.errors import EngineError
from engine.settings import Settings, load_settings
from ops import heartbeat
from ops.heartbeat import NoHeartbeat

WITHIN = 30.0  # seconds after which a sign of life is an old one
_ANSWER_SECONDS = 5.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (asked for, not bound)


class NotHealthy(EngineError):
    """Raised when a process says that it cannot work, or does not answer."""


def check(settings: Settings, process: str, within: float, clock: Clock) -> str:
    """Return a line that says how a process is.

    Raises NotHealthy or NoHeartbeat when it does not work.
    """
    asked = _ASKED.get(process)
    if asked is not None:
        return _answer(process, *asked(settings))
    passed = heartbeat.age(settings, process, clock)
    if passed > within:
        msg = (
            f"the {process} has not worked for {passed:.0f} seconds; its log says what it waits"
            " for, most often the database"
        )
        raise NoHeartbeat(msg)
    return f"{process}: worked {passed:.0f} seconds ago"


def check_all(settings: Settings, within: float, clock: Clock) -> str:
    """Check every process that gave a sign of life here; raises as ``check`` does, or for none."""
    found = heartbeat.known(settings)
    if not found:
        raise NoHeartbeat(f"no process gives a sign of life in {heartbeat.folder(settings)}")
    return "; ".join(check(settings, process, within, clock) for process in found)


Address = tuple[str, int] | None
_ASKED: Mapping[str, Callable[[Settings], tuple[Address, str]]] = {
    "gateway": lambda settings: (
        settings.gateway_address,
        urlsplit(settings.public_url).path.rstrip("/") + "/ready",
    ),
    "metrics": lambda settings: (settings.metrics_address, "/health"),
}


def _answer(process: str, address: Address, path: str) -> str:
    if address is None:
        raise NotHealthy(f"the settings say that no {process} listens here")
    host, port = address
    connection = HTTPConnection(_EVERYWHERE.get(host, host), port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        word = answer.read(200).decode("ascii", "replace").strip()
    except (OSError, HTTPException) as fault:
        raise NotHealthy(f"the {process} does not answer ({type(fault).__name__})") from None
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK:
        raise NotHealthy(f"the {process} is not ready: {word}")
    return f"{process}: {word}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the check; return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        process, within = given[0] if given else "", float(given[1]) if given[1:] else WITHIN
    except ValueError:
        sys.stderr.write("health: expected a process and a number of seconds\n")
        return 2
    try:
        settings, clock = load_settings(), SystemClock()
        if process:
            line = check(settings, process, within, clock)
        else:
            line = check_all(settings, within, clock)
    except EngineError as fault:
        sys.stderr.write(f"health: {fault}\n")
        return 1
    sys.stdout.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
