"""Rules of the protocol, each taken out by changing the text of one function."""

import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType

from engine import checks, contact_caps, dispatch, endings, flight, protocol, slices
from engine.store import claims, flags, journal


@dataclass(frozen=True, slots=True)
class Mutation:
    """``owner.name`` is a function whose text has ``old`` replaced by ``new``."""

    rule: str
    owner: ModuleType | type
    name: str
    old: str
    new: str


MUTATIONS = (
    Mutation(
        "only the holder of the token writes",
        journal,
        "journal",
        "batches.c.token == claim.token,\n                batches.c.step == step,",
        "",
    ),
    Mutation(
        "a take-over does not send again what was in flight",
        claims,
        "_claim_of",
        "todo=row.todo",
        "todo=bytes(max(len(row.todo), len(row.in_flight)) * [255])",
    ),
    Mutation(
        "a take-over records who was in flight",
        claims,
        "_take_over",
        "record(db, connection, doubtful, ask.shard)",
        "{}",
    ),
    Mutation(
        "oppositions are looked up",
        checks.Checks,
        "opposed",
        "return opposed(self._app.db, self._batch, positions)",
        "return set()",
    ),
    Mutation(
        "the gate is shut after the deadline",
        slices.LiveSlice,
        "gate",
        "self._shut or self._boot() >= self._window.gate_until",
        "False",
    ),
    Mutation(
        "what passed its gate and was not answered is in doubt",
        slices.LiveSlice,
        "ends",
        "unanswered, told = passed - results.keys(), passed | results.keys()",
        "unanswered, told = set(), results.keys()",
    ),
    Mutation(
        "a doubt is not tried again",
        endings._Sorter,
        "_in_doubt",
        "if self._batch",
        "if True or self._batch",
    ),
    Mutation(
        "a doubt does not go on to the next leg",
        endings._Sorter,
        "_in_doubt",
        "self._row(position, Outcome.IN_DOUBT, result)",
        'self._end(position, "failed", Outcome.IN_DOUBT, result)',
    ),
    Mutation(
        "those not accepted get another round",
        dispatch,
        "follow_ups",
        "if holder.again:",
        "if False:",
    ),
    Mutation(
        "follow-up batches keep the campaign open",
        journal,
        "_close",
        "- 1 + len(born)",
        "- 1",
    ),
    Mutation(
        "a cancelled campaign ends",
        flags.Flags,
        "ending",
        "if self.cancelled:",
        "if False:",
    ),
    Mutation(
        "nobody goes out whom the rules deny or defer",
        checks.Checks,
        "_decide",
        "if not decided.denied and not decided.deferred:",
        "if True:",
    ),
    Mutation(
        "until a batch is finished those who wait are still to do",
        protocol.Holder,
        "journal",
        "bitmap([*self.todo, *self.deferred])",
        "bitmap(self.todo)",
    ),
    Mutation(
        "whoever waits for an opening gets a follow-up",
        dispatch,
        "follow_ups",
        "_by_instant(holder.deferred).items()",
        "()",
    ),
    Mutation(
        "who was certainly not contacted gives the place back",
        flight.Flight,
        "returned",
        "if self.reserved_at is None:",
        "if True:",
    ),
    Mutation(
        "who is handed over has a place",
        contact_caps.Reservation,
        "_take",
        "{place: pack([*unpack(stored[place]), one], self.at) for place in own}",
        "{}",
    ),
)


@contextmanager
def without(mutation: Mutation) -> Iterator[None]:
    """Take a rule out of the running code, and put it back."""
    original = getattr(mutation.owner, mutation.name)
    text = textwrap.dedent(inspect.getsource(original))
    assert text.count(mutation.old) == 1, f"{mutation.name} no longer reads as it did"
    module = inspect.getmodule(original)
    assert module is not None
    made: dict[str, object] = {}
    code = compile(text.replace(mutation.old, mutation.new), module.__file__ or "", "exec")
    exec(code, module.__dict__, made)  # noqa: S102 (our own text)
    setattr(mutation.owner, mutation.name, made[mutation.name])
    try:
        yield
    finally:
        setattr(mutation.owner, mutation.name, original)
