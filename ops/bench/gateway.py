"""Unsubscribing by one click: a gateway process, real databases, a load generator in C."""

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from channels.contract import Channel
from engine import controllers, opposition_files
from engine.tokens import Bearer, TokenMint
from ops.bench.ground import CONTROLLER, Ground, real_services
from ops.bench.measure import Figures, Result, foreign_load, load_note
from ops.bench.workers import highest_mb, running
from ops.services.children import free_ports
from ops.services.load import load_generator

_LIMIT = 1_500
_CONNECTIONS = 64
_SECONDS = 10
_ANSWER_MS = 20  # about what an answer takes at that rate
_TOKENS = 120_000  # each is used once: an opposition that is there already costs less
_GATEWAY = "ops.cli gateway"
_SCRIPT = Path(__file__).with_name("one_click.lua")


@dataclass(frozen=True, slots=True)
class _Load:
    """What the load generator saw."""

    requests: int
    seconds: float
    refused: int
    p99_ms: float


def gateway_unsubscribe() -> Iterator[Result]:
    """One-click posts, each by another person with a token of its own, on one process.

    As fast as it goes, for ``per_s``; then at half of what is asked for, where ``p99_ms`` is taken.
    """
    with real_services("outbox", {"folder": "unused"}) as ground:
        tokens = _write_tokens(ground)
        (port,) = free_ports(1)
        env = {
            **ground.env,
            "CHAPPE_GATEWAY_LISTEN": f"127.0.0.1:{port}",
            "CHAPPE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        }
        foreign = load_note(foreign_load())
        with running(env, _GATEWAY) as processes:
            warm = _load(port, tokens, 0, 0, 1)
            begun = warm.requests + _CONNECTIONS  # those that were cut off have used theirs
            full = _load(port, tokens, begun, 0, _SECONDS)
            # Each connection rests between two requests: so many a second in all, or a few more.
            rest = 1_000 * _CONNECTIONS // (_LIMIT // 2) - _ANSWER_MS
            begun += full.requests + _CONNECTIONS
            half = _load(port, tokens, begun, rest, _SECONDS)
            rss = highest_mb(processes)
        _require_all(ground, warm, full, half)
        more: Figures = {
            "p99_ms": round(half.p99_ms, 1),
            "half_per_s": round(half.requests / half.seconds, 1),
            "full_p99_ms": round(full.p99_ms, 1),
            **foreign,
        }
        yield Result("gateway_unsubscribe", full.requests, full.seconds, _LIMIT, rss, more)


def _write_tokens(ground: Ground) -> Path:
    """Write a token a line, half of them with the client's own id as in most campaigns."""
    app = ground.app
    with app.db.read() as connection:
        number = controllers.find(connection, CONTROLLER).number
    mint = TokenMint(number, app.vault.token_key(CONTROLLER), app.vault.reference_key())
    pseudonyms = app.vault.pseudonyms(CONTROLLER)
    path = ground.home / "tokens"
    with path.open("w") as file:
        for index in range(_TOKENS):
            address = f"r{index}@b{index % 97}.example.org"
            contact = pseudonyms.contact("email", address)
            ref = f"client-{index}" if index % 2 else None
            person = pseudonyms.person(ref) if ref else contact
            given = None if ref else address
            token = mint.mint(Bearer(1, Channel.EMAIL, contact, person, ref, given))
            file.write(f"{token}\n")
    return path


def _load(port: int, tokens: Path, first: int, rest_ms: int, seconds: int) -> _Load:
    """Post for some seconds, beginning with one of the tokens."""
    done = subprocess.run(
        [
            load_generator(), "-t1", f"-c{_CONNECTIONS}", f"-d{seconds}s", "-s", _SCRIPT,
            f"http://127.0.0.1:{port}", "--", tokens, str(first), str(rest_ms),
        ],
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    told = json.loads(done.stdout.strip().splitlines()[-1])
    if first + told["requests"] > _TOKENS:
        msg = f"{_TOKENS} tokens do not last {seconds} s here: give the benchmark more"
        raise RuntimeError(msg)
    return _Load(told["requests"], told["micros"] / 1e6, told["refused"], told["p99_micros"] / 1e3)


def _require_all(ground: Ground, *loads: _Load) -> None:
    """Raise unless every confirmed request left an opposition."""
    refused = sum(load.refused for load in loads)
    if refused:
        msg = f"{refused} requests were refused or lost"
        raise RuntimeError(msg)
    confirmed = sum(load.requests for load in loads)
    time.sleep(0.5)
    stored = sum(1 for _ in opposition_files.export(ground.app, CONTROLLER))
    if stored < confirmed:
        msg = f"{confirmed} were confirmed, {stored} are stored"
        raise RuntimeError(msg)
