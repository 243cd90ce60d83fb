"""Forgetting what the outbox wrote: its files are named by the reference of a delivery."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

SUFFIXES: Final = (".eml", ".json", ".pdf", ".tiff")


def references(folder: Path, prefix: str) -> set[str]:
    """Return the references of messages in a folder that begin so, drafts included."""
    try:
        names = [path.name.removeprefix(".") for path in folder.iterdir()]
    except FileNotFoundError:
        return set()
    return {
        name.removesuffix(suffix)
        for name in names
        for suffix in SUFFIXES
        if name.startswith(prefix) and name.endswith(suffix)
    }


def forget(folder: Path, references: Iterable[str]) -> int:
    """Delete the files of these deliveries, drafts included; return how many messages they were.

    Raises OSError when a file cannot be deleted.
    """
    try:
        directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return 0
    try:
        return sum(_forget(directory, reference) for reference in references)
    finally:
        os.close(directory)


def _forget(directory: int, reference: str) -> bool:
    found = False
    for suffix in SUFFIXES:
        for name in (f"{reference}{suffix}", f".{reference}{suffix}"):
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=directory)
                found = True
    return found
