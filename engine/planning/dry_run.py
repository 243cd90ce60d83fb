"""Planning without a trace: the same rows and passes, spilled into a file that nobody can read."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import Final, Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec.structs import replace

from engine.planning.aiming import Keys, decode_keys, keep_aimed, keys_by_bucket, stage_of
from engine.planning.cursor import PERSONS, Aim, Cursor, Spilled, decode_spill, encode_spill
from engine.planning.cutting import cut
from engine.planning.passes import Pass, by_bucket, in_order
from engine.planning.rows import RowMaker
from engine.planning.steps import buckets_for
from engine.pseudonyms import Pseudonyms
from engine.sources import Source

LINES_TOLD: Final = 100
_NONCE_BYTES: Final = 12
_KEY_BITS: Final = 256

Taken = Callable[[Sequence[Spilled]], None]
Persons = Callable[[Aim], Iterator[list[bytes]]]
"""Gives the keys of those an aim means, part by part."""


@dataclass(slots=True)
class DryRun:
    """What planning would count. ``lines``: the first rejected lines, with their reasons."""

    rows: int = 0
    duplicates: int = 0
    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    lines: list[tuple[int, str]] = field(default_factory=list)


def dry_run(
    source: Source,
    cursor: Cursor,
    keys: Pseudonyms,
    block_size: int,
    persons: Persons,
    taken: Taken,
) -> DryRun:
    """Run planning from ``cursor`` on; ``taken`` is given the recipients of each block.

    Raises SourceFault. Memory stays flat; nothing is written but the nameless file.
    """
    tally = DryRun()
    with _Spills() as spills:
        after = _read(source, cursor, keys, spills, tally)
        _aim(after, persons, spills)
        for stage, kind in enumerate(after.passes, 1):
            for bucket in range(after.buckets):
                compared = Pass(kind)
                for plain in spills.take(stage, bucket):
                    compared.take(decode_spill(plain))
                tally.duplicates += compared.duplicates
                kept = compared.kept()
                if stage == PERSONS:
                    kept = keep_aimed(kept, _aimed(after, spills, bucket), tally.rejected)
                if stage < len(after.passes):
                    spills.put(kept, stage + 1, after.passes[stage], after.buckets)
                    continue
                tally.accepted += len(kept)
                for block in cut(in_order(kept, kind), block_size):
                    taken(block)
    return tally


def _aim(cursor: Cursor, persons: Persons, spills: "_Spills") -> None:
    for place, aim in enumerate(cursor.aims):
        for part in persons(aim):
            spills.put_plain(stage_of(place), keys_by_bucket(part, cursor.buckets))


def _aimed(cursor: Cursor, spills: "_Spills", bucket: int) -> Keys:
    return {
        aim: decode_keys(spills.take(stage_of(place), bucket))
        for place, aim in enumerate(cursor.aims)
    }


def _read(
    source: Source, cursor: Cursor, keys: Pseudonyms, spills: "_Spills", tally: DryRun
) -> Cursor:
    maker = RowMaker(0, cursor.kinds, cursor.variables, keys)
    for group in source.groups(""):
        cursor = replace(cursor, buckets=cursor.buckets or buckets_for(group.total, cursor.aims))
        persons = Pass(None)
        persons.take(maker.make(group.rows, tally.rows))
        spills.put(persons.kept(), 1, None, cursor.buckets)
        maker.reasons.update(line.reason for line in group.rejected)
        maker.rejected += [(line.line, line.reason) for line in group.rejected]
        tally.rows += len(group.rows) + len(group.rejected)
        tally.duplicates += persons.duplicates
        tally.lines = sorted([*tally.lines, *maker.rejected])[:LINES_TOLD]
        maker.rejected.clear()
    tally.rejected = maker.reasons
    source.verify()
    return replace(cursor, refs=maker.refs)


class _Spills:
    """Rows in one nameless temporary file, encrypted: its key is in this process only."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 (closed by __exit__)
        self._cipher = AESGCM(AESGCM.generate_key(_KEY_BITS))
        self._places: dict[tuple[int, int], list[tuple[int, int]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_how: object) -> None:
        self._file.close()

    def put(self, rows: Sequence[Spilled], stage: int, kind: int | None, buckets: int) -> None:
        """Keep rows for the stage that compares ``kind``."""
        sorted_rows = by_bucket(rows, kind, buckets)
        self.put_plain(stage, {number: encode_spill(some) for number, some in sorted_rows.items()})

    def put_plain(self, stage: int, plain: Mapping[int, bytes]) -> None:
        """Keep what belongs to the buckets of a stage."""
        for bucket, spilled in plain.items():
            at = self._file.seek(0, 2)
            sealed = self._cipher.encrypt(_nonce(at), spilled, None)
            self._file.write(sealed)
            self._places.setdefault((stage, bucket), []).append((at, len(sealed)))

    def take(self, stage: int, bucket: int) -> Iterator[bytes]:
        """Give back what was kept of one bucket."""
        for at, size in self._places.pop((stage, bucket), []):
            self._file.seek(at)
            yield self._cipher.decrypt(_nonce(at), self._file.read(size), None)


def _nonce(place: int) -> bytes:
    """A place in the file is written once, so that its number can serve as the nonce."""
    return place.to_bytes(_NONCE_BYTES, "big")
