"""What a file's reading says of single lines: shown up to a limit, or written whole to a report."""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from engine.list_files import Note
from ops.cli import output
from ops.cli.shapes import NoteShown

_MOST_SHOWN = 20
_MOST_KEPT = 10_000


class Notes:
    """Collects notes: all of them into a report file where one is wanted, the first ones here."""

    def __init__(self, report: Path | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self._kept: list[Note] = []
        self._file = report.open("w", newline="", encoding="utf-8") if report else None
        self._writer = csv.writer(self._file) if self._file else None
        if self._writer is not None:
            self._writer.writerow(("line", "what", "reason", "column", "sentence"))

    def __call__(self, note: Note) -> None:
        """Take one note."""
        self.counts[note.what] += 1
        if len(self._kept) < _MOST_KEPT:
            self._kept.append(note)
        if self._writer is not None:
            row = (note.line, note.what, note.reason, note.column, note.sentence)
            self._writer.writerow(row)

    def __enter__(self) -> Self:
        """Take notes until the block ends, however it ends."""
        return self

    def __exit__(self, *_how: object) -> None:
        """Finish the report file."""
        if self._file is not None:
            self._file.close()

    def shapes(self) -> tuple[NoteShown, ...]:
        """Return the notes as JSON documents carry them, at most ten thousand."""
        return tuple(
            NoteShown(
                line=note.line,
                what=note.what,
                reason=note.reason,
                column=note.column,
                sentence=note.sentence,
            )
            for note in self._kept
        )

    def tell(self, *whats: str) -> None:
        """Say the first notes of some kinds, on standard error."""
        wanted = [note for note in self._kept if note.what in whats]
        for note in wanted[:_MOST_SHOWN]:
            output.say(f"  line {note.line}: {note.what}: {_why(note)}")
        left = sum(self.counts[what] for what in whats) - min(len(wanted), _MOST_SHOWN)
        if left:
            output.say(f"  and {left} more; --report FILE writes every one")


def _why(note: Note) -> str:
    column = f"{note.column}: " if note.column else ""
    return f"{column}{note.sentence or note.reason.replace('_', ' ')}"


def reasons_in_words(reasons: Sequence[tuple[str, int]]) -> str:
    """Return counted reasons as one line."""
    return ", ".join(f"{reason} ({count})" for reason, count in reasons) or "none"
