"""Header fields of an email (RFC 5322, RFC 2047): built so that no value can add a header."""

import re
from binascii import b2a_base64
from email.headerregistry import Address
from email.utils import formatdate, getaddresses

from channels.contract import UnusableRecipient

_ENCODED_BYTES = 45  # of UTF-8 in one encoded word: 60 characters of base64 and 12 of frame
_CONTINUATION = 0x80  # first bits of every octet but the first of a UTF-8 sequence
_LONGEST_PLAIN = 66  # after "Subject: " a line of at most 78
_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f-\x9f]{1,250}@[A-Za-z0-9.\-\[\]:]{1,253}").fullmatch
_LONGEST_LINK = 900


def subject_field(subject: str) -> str:
    """Return the folded value of a Subject field.

    Raises UnusableRecipient ``header_injection``: line ends or control characters.
    """
    if not subject.isprintable() and not _printable(subject):
        raise UnusableRecipient("header_injection")
    if subject.isascii() and len(subject) <= _LONGEST_PLAIN and "=?" not in subject:
        plain = subject.strip()
        if plain == subject:
            return subject
    return encoded_words(subject)


def encoded_words(text: str) -> str:
    """Return ``text`` as base64 encoded words, folded; no character is cut in two."""
    raw = text.encode("utf-8", "replace")
    words = []
    while raw:
        cut = min(len(raw), _ENCODED_BYTES)
        while cut < len(raw) and raw[cut] & 0xC0 == _CONTINUATION:  # inside a character
            cut -= 1
        words.append(f"=?utf-8?b?{b2a_base64(raw[:cut], newline=False).decode('ascii')}?=")
        raw = raw[cut:]
    return "\r\n ".join(words)


def check_address(address: str) -> str:
    """Return an address that can stand in a header and in the envelope.

    Raises UnusableRecipient ``address_unusable``; normalised addresses never do.
    """
    if _ADDRESS(address):
        return address
    raise UnusableRecipient("address_unusable")


def check_link(link: str) -> str:
    """Return a link that can stand in List-Unsubscribe.

    Raises UnusableRecipient: ``missing:unsubscribe_url`` or ``header_injection``.
    """
    fits = link.isascii() and link.isprintable() and len(link) <= _LONGEST_LINK
    if fits and link.startswith("http") and " " not in link and ">" not in link:
        return link
    raise UnusableRecipient("header_injection" if link else "missing:unsubscribe_url")


def mailbox_field(text: str) -> str:
    """Return the value of a From or Reply-To field for one mailbox as an author wrote it.

    Raises ValueError saying in a sentence's end what is wrong.
    """
    if any(ord(c) < ord(" ") or c == "\x7f" for c in text):
        msg = "holds a line end or another control character"
        raise ValueError(msg)
    found = getaddresses([text])
    if len(found) != 1 or not _ADDRESS(found[0][1]):
        msg = "must be one mailbox, such as Boutique <info@boutique.example.org>"
        raise ValueError(msg)
    name, address = found[0]
    return _named(name, _ascii_domain(address))


def date_field(millis: int) -> str:
    """Return the value of a Date field, in UTC."""
    return formatdate(millis / 1000)


def _printable(text: str) -> bool:
    # Blanks such as U+00A0 and U+202F are no printable characters to Python, but French
    # typography is full of them.
    return "\u2028" not in text and "\u2029" not in text and not _CONTROLS.search(text)


_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def _ascii_domain(address: str) -> str:
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        msg = "must have an ASCII local part"
        raise ValueError(msg)
    return f"{local}@{domain}"


def _named(name: str, address: str) -> str:
    if not name:
        return address
    if not name.isascii() or "=?" in name:
        return f"{encoded_words(name)} <{address}>"
    return str(Address(display_name=name, addr_spec=address))
