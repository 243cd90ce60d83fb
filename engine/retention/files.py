"""Files that stayed: recipient files nobody planned, and what outboxes wrote.

The folders are the operator's, and may hold files of others: only what Chappe reads or writes there
is ever deleted.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from channels.outbox_files import SUFFIXES
from engine import connectors, controllers
from engine.app import App
from engine.clock import SECOND, Millis
from engine.retention.sweeper import Held, before

# A delivery reference and an ending; a draft has a dot in front.
_WRITTEN: Final = re.compile(
    rf"\.?(?:[0-9a-f]+\.){{3}}[0-9a-f]{{20}}(?:{'|'.join(map(re.escape, SUFFIXES))})"
)
_ANY: Final = re.compile(r"(?s).*")


@dataclass(frozen=True, slots=True)
class Files:
    """Deletes files of some folders, not of folders in them; a hold keeps all.

    ours  what the name of a file that may be deleted looks like
    age   since when it has been there, in seconds since the epoch
    """

    name: str
    folders: Callable[[App], list[Path]]
    ours: re.Pattern[str]
    age: Callable[[os.stat_result], float]

    def overdue(self, app: App, now: Millis, held: Held) -> int:
        """Count files that are too old."""
        return 0 if held.scopes else sum(1 for _ in self._old(app, now))

    def sweep(self, app: App, now: Millis, held: Held, limit: int) -> int:
        """Delete some."""
        gone = 0
        for file in () if held.scopes else self._old(app, now):
            if gone >= limit:
                break
            file.unlink(missing_ok=True)
            gone += 1
        return gone

    def _old(self, app: App, now: Millis) -> Iterator[Path]:
        limit = before(self.name, now) / SECOND
        for folder in self.folders(app):
            for file in folder.iterdir() if folder.is_dir() else ():
                if not self.ours.fullmatch(file.name) or file.is_symlink() or not file.is_file():
                    continue
                with suppress(FileNotFoundError):  # planned, or erased, meanwhile
                    if self.age(file.stat()) < limit:
                        yield file


def _outboxes(app: App) -> list[Path]:
    return [
        Path(connectors.options_of(row)["folder"]).expanduser()
        for row in connectors.every(app)
        if row.kind == "outbox"
    ]


def _drops(app: App) -> list[Path]:
    return [app.settings.drop_folder / one.name for one in controllers.every(app)]


def _arrived(found: os.stat_result) -> float:
    """Return when a file came: a copy may keep the date of what it was copied from."""
    return max(found.st_mtime, found.st_ctime)


DROPPED = Files("dropped_files", _drops, _ANY, _arrived)
OUTBOX = Files("outbox_files", _outboxes, _WRITTEN, lambda found: found.st_mtime)
