"""``python -m ops.deploy secrets | topology``: what ``docker-compose.yml`` needs beside the code."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ops.deploy import definitions
from ops.deploy.secrets_folder import (
    SecretsFault,
    SecretsFolder,
    owner,
    readable,
    write_environment,
)

_PROJECT = Path(__file__).parents[2]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _topology(check=options.check) if options.verb == "topology" else _secrets(options)
    except SecretsFault as fault:
        return _fail(str(fault))
    except OSError as fault:
        return _fail(f"{fault.filename or options.verb}: {fault.strerror}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ops.deploy", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    secrets = verbs.add_parser("secrets", help="make the folder of secrets; keeps what is there")
    secrets.add_argument("--folder", type=Path, default=_PROJECT / "secrets")
    secrets.add_argument(
        "--upstream",
        action="append",
        metavar="NAME",
        help="account of an upstream system; may be given several times",
    )
    topology = verbs.add_parser("topology", help="write what RabbitMQ loads at its start")
    topology.add_argument("--check", action="store_true", help="write nothing, compare")
    return parser


def _secrets(options: argparse.Namespace) -> int:
    environment = options.folder.parent / ".env"
    account = owner(environment)
    upstream = tuple(options.upstream or ("upstream",))
    folder = SecretsFolder(options.folder, upstream, account=account)
    folder.fill()
    drop = folder.path.parent / "drop"
    if not drop.exists():
        drop.mkdir(mode=0o700)
        folder.give(drop)
    if write_environment(environment, account):
        _say("made: .env, the account that the containers run as")
    _say(f"made: {readable(folder.made)}")
    _say(f"kept: {readable(folder.kept)}")
    if "master_key" in folder.made:
        _say(f"keep a copy of {folder.path / 'master_key'} apart from every backup")
    return 0


def _topology(*, check: bool) -> int:
    if definitions.is_current():
        return 0
    if check:
        return _fail(f"{definitions.FILE.name} is not current; run: python -m ops.deploy topology")
    definitions.write()
    _say(f"written: {definitions.FILE.name}")
    return 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _fail(text: str) -> int:
    _say(f"deploy: {text}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
