"""Opening what lies sealed in a row, although an erasure may seal it anew at any moment."""

from collections.abc import Callable

from engine.app import App
from engine.vault import KeyDestroyed


def open_stored(app: App, controller: str, scope: str, read: Callable[[], bytes]) -> bytes:
    """Open what ``read`` returns; where its key is gone and another thing lies there now, that.

    Raises VaultFault as ``Vault.open`` does.
    """
    sealed = read()
    while True:
        try:
            return app.vault.open(controller, scope, sealed)
        except KeyDestroyed:
            before, sealed = sealed, read()
            if sealed == before:
                raise
