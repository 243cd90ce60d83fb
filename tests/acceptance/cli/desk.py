"""What tests of the command line are given: answers, processes, files to start from."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Answer:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Chappe = Callable[..., Answer]
Up = Callable[[], AbstractContextManager[None]]


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command as a process of its own; whatever is left of it is killed."""
    with subprocess.Popen(
        [sys.executable, "-m", "ops.cli", *arguments],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as child:
        try:
            yield child
        finally:
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)


def write_clients(path: Path, number: int) -> Path:
    """Write so many people, each with a ref."""
    rows = [f"c{at},Ana,client{at}@example.org" for at in range(1, number + 1)]
    path.write_text("\n".join(("ref,prenom,email", *rows)) + "\n")
    return path


def write_job(path: Path, **changes: object) -> Path:
    """Write a campaign to the list ``clients``; ``changes`` replace top fields.

    The French rules permit it at any hour, once somebody answers for the list.
    """
    job: dict[str, object] = {
        "schema": "chappe.campaign/1",
        "id": "winter-1",
        "controller": "boutique",
        "kind": "marketing",
        "purpose": "offers",
        "relation": "b2c_customer",
        "basis": {
            "type": "consent",
            "proof": {
                "given_at": "2024-03-02",
                "method": "unticked_box",
                "text_version": "2024-03",
                "source": "site",
                "channels": ["email"],
            },
        },
        "sectors": [],
        "recipients": {"list": "clients"},
        "route": ["email"],
        "content": {
            "email": {
                "from": "Boutique <info@boutique.example.org>",
                "subject": "{{ prenom }}, minus 20 %",
                "html": "<p>Hello {{ prenom }}</p><a href='{{ unsubscribe_url }}'>Stop</a>",
            }
        },
    }
    path.write_text(json.dumps(job | changes))
    return path
