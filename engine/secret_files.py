"""Settings that are secrets, read from files: what containers and service managers hand out.

``CHAPPE_DATABASE_URL_FILE`` names a file with what ``CHAPPE_DATABASE_URL`` would say, and so on.
A file keeps a password out of the environment, which every child process and every listing of
processes can show.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings

_LARGEST = 64 * 1024  # bytes; a URL is a line
_FOR_OTHERS = 0o077


class SecretFiles(BaseSettings):
    """The settings that may name a file instead; none of them is needed."""

    database_url_file: Path | None = Field(
        default=None, description="File that holds CHAPPE_DATABASE_URL instead"
    )
    keyring_url_file: Path | None = Field(
        default=None, description="File that holds CHAPPE_KEYRING_URL instead"
    )
    broker_url_file: Path | None = Field(
        default=None, description="File that holds CHAPPE_BROKER_URL instead"
    )
    smtp_url_file: Path | None = Field(
        default=None, description="File that holds CHAPPE_SMTP_URL instead"
    )

    @model_validator(mode="before")
    @classmethod
    def _secrets_from_files(cls, given: Any) -> Any:
        """Put the content of each named file where its setting stands.

        Raises ValueError when both are given, or a file cannot be used: of two secrets nobody
        knows which one is meant, and an embedded default must never stand in for a lost one.
        """
        if not isinstance(given, Mapping):
            return given
        found = dict(given)
        for file_setting in SecretFiles.model_fields:
            path = found.get(file_setting)
            if not path:
                continue
            setting = file_setting.removesuffix("_file")
            if found.get(setting):
                msg = (
                    f"CHAPPE_{setting.upper()} and CHAPPE_{file_setting.upper()} are both set;"
                    " take one away"
                )
                raise ValueError(msg)
            found[setting] = read_secret(Path(path), f"CHAPPE_{file_setting.upper()}")
        return found


def read_secret(path: Path, setting: str) -> str:
    """Return what a file holds, without the white space around it.

    Raises ValueError, naming the setting and the file, when it is missing, empty, no text, or can
    be read by other accounts.
    """
    path = path.expanduser()
    try:
        with path.open("rb") as file:
            mode = path.stat().st_mode
            content = file.read(_LARGEST).decode().strip()
    except OSError as error:
        msg = f"{setting}: {path}: {error.strerror or 'it cannot be read'}"
        raise ValueError(msg) from None
    except UnicodeDecodeError:
        msg = f"{setting}: {path} is no text"
        raise ValueError(msg) from None
    if mode & _FOR_OTHERS:
        msg = f"{setting}: {path} can be read by other accounts; run: chmod 600 {path}"
        raise ValueError(msg)
    if not content:
        msg = f"{setting}: {path} is empty"
        raise ValueError(msg)
    return content
