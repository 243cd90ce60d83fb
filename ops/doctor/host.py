"""The machine: versions, folders, time zones, what the settings say of it."""

import platform
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.app import App
from ops.doctor.findings import Finding, fault, ok, warning

_GIB = 1024**3
_LEAST_FREE = 1 * _GIB
_OTHERS = 0o077
_SQLITE = (3, 35)  # RETURNING

# Offsets from UTC in hours, on a day of winter and one of summer: rules that a machine without
# current time zone data gets wrong.
_ZONES = {
    "Europe/Paris": (1, 2),
    "America/Martinique": (-4, -4),
    "America/Cayenne": (-3, -3),
    "America/Miquelon": (-3, -2),
    "Indian/Reunion": (4, 4),
    "Pacific/Noumea": (11, 11),
    "Pacific/Tahiti": (-10, -10),
}
_WINTER = datetime(2026, 1, 15, 12, tzinfo=UTC)
_SUMMER = datetime(2026, 7, 15, 12, tzinfo=UTC)


def versions(_app: App) -> Iterator[Finding]:
    """Say which versions are at work."""
    yield ok(f"Chappe {version('chappe')}, Python {platform.python_version()}")
    if sqlite3.sqlite_version_info < _SQLITE:
        yield fault(
            f"SQLite {sqlite3.sqlite_version} is too old",
            "use a Python that is linked with SQLite 3.35 or later",
        )


def settings(app: App) -> Iterator[Finding]:
    """Look for settings that are fine for a try and wrong for real campaigns."""
    said = app.settings
    url = urlsplit(said.public_url)
    local = url.hostname in {"localhost", "127.0.0.1", "::1"}
    if url.scheme != "https" and not local:
        yield fault(
            f"links that recipients see begin with {url.scheme}://",
            "set CHAPPE_PUBLIC_URL to an https:// address: mail providers ask for it (RFC 8058)",
        )
    elif local:
        yield warning(
            "links in messages lead to this machine: nobody else can unsubscribe by them",
            "set CHAPPE_PUBLIC_URL to the address at which people reach the gateway",
        )
    else:
        yield ok(f"links in messages lead to {url.hostname}")
    if said.return_domain.endswith(".test"):
        yield warning(
            f"mails return to {said.return_domain}, which exists nowhere",
            "set CHAPPE_RETURN_DOMAIN to a domain whose mail reaches you",
        )
    if said.clock_offset:
        yield warning(
            f"the clock is shifted by {said.clock_offset} ms",
            "unset CHAPPE_CLOCK_OFFSET: it is for demos and tests",
        )
    if not said.dkim_keys:
        yield warning(
            "Chappe signs no mail by DKIM",
            "set CHAPPE_DKIM_KEYS, unless each relay signs, the List-Unsubscribe headers included",
        )


def folders(app: App) -> Iterator[Finding]:
    """Look whether folders can be written, are closed to other accounts, and have room."""
    home = app.settings.home_folder
    for what, folder in (("home", home), ("drop folder", app.settings.drop_folder)):
        if not folder.exists():
            continue
        if folder.stat().st_mode & _OTHERS:
            yield warning(
                f"{what} {folder} is open to other accounts",
                f"run: chmod 700 {folder}",
            )
    dropped = app.settings.drop_folder
    if app.settings.drop_dir is not None and not dropped.is_dir():
        yield warning(
            f"there is no folder {dropped}: no campaign can take its recipients from a file here",
            f"run: mkdir -m 700 {dropped}, or set CHAPPE_DROP_DIR to the folder that is meant",
        )
    free = shutil.disk_usage(_existing(home)).free
    if free < _LEAST_FREE:
        yield warning(
            f"only {free / _GIB:.1f} GiB are free where {home} lies", "make room on that disk"
        )
    else:
        yield ok(f"{free / _GIB:.0f} GiB are free where {home} lies")


def time_zones(_app: App) -> Iterator[Finding]:
    """Look whether this machine knows the hours of every French territory."""
    remedy = "install the Python package tzdata again, or current time zone data of the system"
    wrong = []
    for zone, hours in _ZONES.items():
        try:
            known = ZoneInfo(zone)
        except ZoneInfoNotFoundError:
            wrong.append(zone)
            continue
        expected = tuple(timedelta(hours=hour) for hour in hours)
        if (_WINTER.astimezone(known).utcoffset(), _SUMMER.astimezone(known).utcoffset()) != (
            expected
        ):
            wrong.append(zone)
    if wrong:
        yield fault(f"time zones unknown or wrong: {', '.join(wrong)}", remedy)
    else:
        yield ok(f"{len(_ZONES)} time zones of French territories are right")


def _existing(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder
