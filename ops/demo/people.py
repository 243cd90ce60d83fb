"""The made-up people of the demo: always the same, none of whom exists.

Addresses are of example.org (RFC 2606), numbers of the range that the French regulator keeps for
fiction.
"""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

FIRST_NAMES = [
    "Ana",
    "Bruno",
    "Chloé",
    "Damien",
    "Élise",
    "Fatou",
    "Gaëlle",
    "Hugo",
    "Inès",
    "Jules",
    "Karim",
    "Léa",
    "Manon",
    "Nadia",
    "Oscar",
    "Paul",
    "Quentin",
    "Rosa",
    "Sami",
    "Théo",
    "Ursule",
    "Victor",
    "Wendy",
    "Xavier",
    "Yasmine",
    "Zoé",
]
_TOWNS = ("75011", "69003", "13006", "31000", "59000", "97400")
_REUNION = "97400"

CLIENTS = 400
_TWICE_EVERY = 29  # people whose line stands in the export a second time
_BROKEN_EVERY = 47  # addresses that somebody mistyped
_NAMELESS_EVERY = 83  # lines without any address
_OPPOSED_EVERY = 17
_ROLE_EVERY = 59  # clients who gave the address of an organisation, not their own
_WITHOUT_PHONE_EVERY = 3

BUYERS = 60
_PHONE_BROKEN_EVERY = 11

REGULARS = 36
_GUADELOUPE_EVERY = 6


def _name(number: int) -> str:
    return FIRST_NAMES[number * 7 % len(FIRST_NAMES)]


def client_email(number: int) -> str:
    """Return the address of a client."""
    return f"client{number:03d}@example.org"


def client_ref(number: int) -> str:
    """Return the shop's own id of a client."""
    return f"C{number:04d}"


def _phone(number: int) -> str:
    return f"06 39 98 {number // 100:02d} {number % 100:02d}"


def _client(number: int) -> tuple[str, ...]:
    email = client_email(number)
    if number % _BROKEN_EVERY == 0:
        email = email.replace("@", " at ")
    if number % _NAMELESS_EVERY == 0:
        email = ""
    if number % _ROLE_EVERY == 0:
        email = f"contact@office{number}.example.org"
    town = _TOWNS[number % len(_TOWNS)]
    country = "RE" if town == _REUNION else "FR"
    return (client_ref(number), _name(number), email, town, country)


def _clients() -> Iterator[tuple[str, ...]]:
    for number in range(1, CLIENTS + 1):
        yield _client(number)
        if number % _TWICE_EVERY == 0:
            yield _client(number)


def _buyers() -> Iterator[tuple[str, ...]]:
    for number in range(1, BUYERS + 1):
        phone = "" if number % _WITHOUT_PHONE_EVERY == 0 else _phone(number)
        if number % _PHONE_BROKEN_EVERY == 0:
            phone = phone[:8] or "06 39 98"
        email = "" if number % (_WITHOUT_PHONE_EVERY * 5) == 0 else client_email(number)
        if number % (_WITHOUT_PHONE_EVERY * 7) == 0:
            email = email.replace("@", " at ")
        yield (client_ref(number), _name(number), email, phone)


def write_clients(path: Path) -> None:
    """Write the shop's export: a BOM, semicolons and French headings, as spreadsheets do it."""
    _write(path, ("N° client", "Prénom", "Courriel", "Code postal", "Pays"), _clients())


def write_buyers(path: Path) -> None:
    """Write those who bought one product, with a phone number where the shop has one."""
    _write(path, ("ref", "prenom", "email", "tel"), _buyers())


def write_regulars(path: Path) -> None:
    """Write those who asked for text messages; some live where it is early in the morning."""
    rows = (
        (
            client_ref(number),
            _name(number),
            f"06 39 98 90 {number:02d}",
            "97110" if number % _GUADELOUPE_EVERY == 0 else "75011",
        )
        for number in range(1, REGULARS + 1)
    )
    _write(path, ("ref", "prenom", "tel", "code postal"), rows)


def write_oppositions(path: Path) -> None:
    """Write who objected before, as the shop's former provider handed it over."""
    rows = (
        (client_email(number), "unsubscribed" if number % 2 else "complaint", "2026-01-15")
        for number in range(_OPPOSED_EVERY, CLIENTS + 1, _OPPOSED_EVERY)
    )
    _write(path, ("email", "reason", "since"), rows)


def first_opposed() -> str:
    """Return the address of somebody who objected."""
    return client_email(_OPPOSED_EVERY)


def _write(path: Path, header: Sequence[str], rows: Iterator[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(header)
        writer.writerows(rows)
