"""``python -m ops.services start | stop | status | run -- COMMAND``: real services, throwaway.

Needs nothing but Python's standard library, so that it runs before anything is installed.
"""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType

from ops.services.faults import ServiceFault
from ops.services.running import PROJECT, Services, clear, new_folder, throwaway_services

_DEFAULT_STATE = PROJECT / ".services" / "state.json"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = _parser().parse_args(arguments)
    verbs: Mapping[str, Callable[[argparse.Namespace], int]] = {
        "start": _start,
        "stop": _stop,
        "status": _status,
        "run": _run,
        "clear-at-end": _clear_at_end,
    }
    try:
        return verbs[options.verb](options)
    except ServiceFault as fault:
        print(f"services: {fault}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ops.services", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="start | stop | status | run")
    for verb, meaning in (
        ("start", "start RabbitMQ and PostgreSQL and leave them running"),
        ("stop", "stop them and remove their folder"),
        ("status", "say whether they run, and their URLs"),
    ):
        command = verbs.add_parser(verb, help=meaning)
        command.add_argument("--state", type=Path, default=_DEFAULT_STATE, help="state file")
    run = verbs.add_parser("run", help="start them, run a command with their URLs, stop them")
    run.add_argument("command", nargs="+")
    verbs.add_parser("clear-at-end").add_argument("folder", type=Path)
    return parser


def _start(options: argparse.Namespace) -> int:
    state: Path = options.state
    if state.exists():
        running = Services.load(state)
        if running.alive():
            print(running.report())
            return 0
        running.stop()  # a leftover of a crash or a reboot
    services = Services.start(new_folder())
    services.save(state)
    print(services.report())
    return 0


def _stop(options: argparse.Namespace) -> int:
    state: Path = options.state
    if not state.exists():
        print("services: none are running")
        return 0
    Services.load(state).stop()
    state.unlink()
    print("services: stopped, nothing left")
    return 0


def _status(options: argparse.Namespace) -> int:
    state: Path = options.state
    if not state.exists() or not (services := Services.load(state)).alive():
        print("services: none are running")
        return 1
    print(services.report())
    return 0


def _run(options: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, _end_by_exception)
    with throwaway_services() as services:
        print(services.report(), file=sys.stderr, flush=True)
        return _call(options.command, {**os.environ, **services.urls})


def _call(command: list[str], env: Mapping[str, str]) -> int:
    """Run the command in the foreground; a signal that ends us is passed on to it."""
    with subprocess.Popen(command, env=env) as child:
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal has told the command as well
        code = child.wait()
    return code if code >= 0 else 128 - code


def _end_by_exception(_number: int, _frame: FrameType | None) -> None:
    """Let an end by SIGTERM during the start run the clean-up."""
    raise SystemExit(128 + signal.SIGTERM)


def _clear_at_end(options: argparse.Namespace) -> int:
    """Wait until whoever started us is gone, then clear the folder (see ``guarded_folder``)."""
    sys.stdin.buffer.read()
    clear(options.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
