"""Types of messages, made ready before threads run."""

from collections.abc import Callable
from typing import Any

import msgspec


def build_now(*types: type, dec_hook: Callable[[type, Any], Any] | None = None) -> None:
    """Make msgspec work out these types; called where they are defined, at import.

    msgspec does so when a type is first read, and keeps the unfinished result on the class: a
    second thread that reads the same type at that moment brings the whole process down.
    """
    for each in types:
        msgspec.json.Decoder(each, dec_hook=dec_hook)
