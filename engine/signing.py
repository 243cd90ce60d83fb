"""DKIM keys of the installation: read when a campaign is compiled, never kept in the database."""

from pathlib import Path

from channels.email.dkim_signer import DkimSigner, read_key
from engine.errors import EngineError
from engine.settings import Settings


class SigningFault(EngineError):
    """Raised when a DKIM key cannot be read: mails that should be signed do not leave unsigned."""


def signer_for(settings: Settings, domain: str) -> DkimSigner | None:
    """Return what signs the mails of a domain; None: the relay does.

    Raises SigningFault, or the channels' DkimKeyFault for a file that is no usable key.
    """
    keys = [read_key(selector, _read(path)) for selector, path in settings.dkim_keys.items()]
    return DkimSigner(domain, keys) if keys else None


def _read(path: Path) -> bytes:
    try:
        return path.expanduser().read_bytes()
    except OSError as error:
        msg = (
            f"DKIM key {path} (CHAPPE_DKIM_KEYS): {error.strerror}; name a file that this can read"
        )
        raise SigningFault(msg) from None
