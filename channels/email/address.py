"""The one normal form of an email address.

Both parts in lower case, composed (NFC), the domain as ASCII A-labels (IDNA 2008 after UTS 46
mapping). Dots and tags before the ``@`` are kept: outside one provider they mean other people.
No name server is asked.

The local part is case sensitive by RFC 5321 §2.4, but no provider of consequence tells ``Ana``
from ``ana``, and an objection must hold for both. It is lower-cased, not case-folded: folding
would make ``ß`` and ``ss`` one person.

``Name <a@b>``, ``<a@b>`` and ``mailto:a@b`` are repaired when they hold exactly one address.
"""

import re
from collections.abc import Mapping
from typing import Final

from email_validator import EmailNotValidError, validate_email

from channels.normal_form import AddressFault, Normalised, trimmed

SENTENCES: Final[Mapping[str, str]] = {
    "empty": "the email address is empty",
    "no_at": "the email address has no @",
    "several_at": "the value has more than one @; give one address",
    "space_inside": "the email address has a space inside",
    "mailto_options": "the mailto link has options or coded signs; give the bare address",
    "display_name": "the name and the address cannot be told apart; give the bare address",
    "bad_local_part": "the part before the @ is not valid",
    "bad_domain": "the part after the @ is not a domain name",
    "reserved_domain": "the part after the @ is a reserved name that gets no mail",
}

# Top-level names that never get mail (RFC 6761, 6762, 7686); ".test" stays, for rehearsals.
_RESERVED: Final = ("arpa", "invalid", "local", "localhost", "onion")

# Nearly every address of a list. Short enough (64) that no length limit of RFC 5321 can be hit;
# labels with "--" (Punycode among them) are left to the library. Possessive: linear time.
_PLAIN_LENGTH: Final = 64
_ATOM: Final = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]++"
_LABEL: Final = r"[a-z0-9]++(?:-[a-z0-9]++)*+"
_PLAIN: Final = re.compile(
    rf"{_ATOM}(?:\.{_ATOM})*+@(?:{_LABEL}\.)+(?!(?:{'|'.join(_RESERVED)})\Z)[a-z]{{2,}}"
).fullmatch

_WRAPPED: Final = re.compile(r"(?P<name>[^<>@]*)<(?P<address>[^<>]*)>")
_SPACE_INSIDE: Final = re.compile(r"\s")


def normalise(raw: str) -> Normalised:
    """Return the normal form of an email address.

    Raises AddressFault: a reason of ``SENTENCES``. Sources: RFC 5321, 5322, 5890, 6531, 6761.
    """
    value = raw.lower()
    if len(value) <= _PLAIN_LENGTH and _PLAIN(value):
        return Normalised(value)
    return _careful(raw)


def _careful(raw: str) -> Normalised:
    text, repaired = _unwrapped(trimmed(raw))
    reason = _plain_fault(text)
    if reason:
        raise _fault(reason)
    value = _validated(text.lower())
    return Normalised(value, repaired)


def _unwrapped(text: str) -> tuple[str, str]:
    """Take the address out of ``Name <a@b>``, ``<a@b>`` and ``mailto:a@b``; say which it was."""
    if text[:7].lower() == "mailto:":
        # A link may carry a subject or percent-coded signs, and "%" is also a valid sign.
        if "?" in text or "%" in text:
            raise _fault("mailto_options")
        return trimmed(text[7:]), "mailto"
    if "<" not in text and ">" not in text:
        return text, ""
    match = _WRAPPED.fullmatch(text)
    if match is None:
        raise _fault("several_at" if text.count("@") > 1 else "display_name")
    return trimmed(match["address"]), "display_name" if match["name"].strip() else "angle_brackets"


def _plain_fault(text: str) -> str:
    if not text:
        return "empty"
    ats = text.count("@")
    if ats != 1:
        return "several_at" if ats else "no_at"
    return "space_inside" if _SPACE_INSIDE.search(text) else ""


def _validated(text: str) -> str:
    """Return the value that the library agrees to; ``text`` is in lower case with one ``@``."""
    try:
        # test_environment only lets ".test" pass; strict holds the local part to 64 signs.
        found = validate_email(text, check_deliverability=False, test_environment=True, strict=True)
    except (EmailNotValidError, ValueError):
        # The library's sentence may quote signs of the address: it goes no further.
        raise _fault(_library_reason(text.partition("@")[2])) from None
    if "." not in found.ascii_domain:  # a bare "@test"
        raise _fault("bad_domain")
    return f"{found.local_part}@{found.ascii_domain}"


def _library_reason(domain: str) -> str:
    if domain.rpartition(".")[2] in _RESERVED:
        return "reserved_domain"
    try:
        validate_email(f"a@{domain}", check_deliverability=False, test_environment=True)
    except (EmailNotValidError, ValueError):
        return "bad_domain"
    return "bad_local_part"


def _fault(reason: str) -> AddressFault:
    return AddressFault(reason, SENTENCES[reason])
