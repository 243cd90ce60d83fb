"""Emails: a MIME skeleton made once per campaign, into which each recipient's values are set.

A mail is ``multipart/alternative`` with a text and an HTML part, UTF-8, quoted-printable; as 8bit
when the connector says that the relay takes it (RFC 6152), which is smaller and faster. The parts
are rendered by ``compose`` and encoded by ``EmailParts.wire``, since only the connector knows the
relay.

Headers: Date, From, To, Subject, Message-ID, Reply-To, List-ID (RFC 2919) and MIME fields; marketing
adds List-Unsubscribe (RFC 2369) and List-Unsubscribe-Post (RFC 8058), everything else
Auto-Submitted (RFC 3834). The return path names the delivery (VERP).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

from channels.content import EmailContent
from channels.contract import (
    Addressee,
    ContentFacts,
    Message,
    Sender,
    UnusableContent,
)
from channels.email.headers import (
    check_address,
    check_link,
    date_field,
    mailbox_field,
    subject_field,
)
from channels.email.plaintext import text_from_html
from channels.email.quoted import SHORT, Seam, encode_literals, encode_value
from channels.render import Layout, Source, Templates

_LONGEST_LINE = 998  # RFC 5321 §4.5.3.1.6, without CRLF
_SECOND = 1000
_BUILT_IN = frozenset({"unsubscribe_url"})


class Signer(Protocol):
    """Signs a whole mail (DKIM); the mail is 7bit and has CRLF line ends."""

    def field(self, mail: bytes) -> bytes:
        """Return the header field to put before the mail, its line end included."""
        ...


@dataclass(frozen=True, slots=True)
class _Body:
    """Everything after the recipient's own headers: literals, and places for values.

    pieces   piece 0 is for the recipient's headers, every place is empty
    places   (index of the piece, slot, what stands before, what stands after)
    size     octets of all literals
    longest  octets of the longest line, values not counted
    dots     whether dot-stuffing may be needed whatever the values are
    """

    pieces: list[str]
    places: tuple[tuple[int, int, str, str], ...]
    size: int
    longest: int
    dots: bool


class Skeleton:
    """What all mails of a campaign have in common."""

    __slots__ = ("eight_bit", "octets", "quoted", "signer", "slots")

    def __init__(
        self, headers: str, parts: list[tuple[str, Layout]], boundary: str, signer: Signer | None
    ) -> None:
        self.signer = signer
        self.slots = tuple(dict.fromkeys(slot for _, layout in parts for slot in layout.slots))
        self.quoted = _body(headers, parts, boundary, eight_bit=False)
        self.eight_bit = _body(headers, parts, boundary, eight_bit=True)
        self.octets = [piece.encode("utf-8", "replace") for piece in self.eight_bit.pieces]


class EmailParts:
    """The payload of one email.

    return_path  envelope sender
    """

    __slots__ = ("_filled", "_head", "_skeleton", "return_path")

    def __init__(self, return_path: str, head: str, filled: list[str], skeleton: Skeleton) -> None:
        self.return_path = return_path
        self._head = head
        self._filled = filled
        self._skeleton = skeleton

    def wire(self, *, eight_bit: bool) -> bytes:
        """Return the mail as SMTP's DATA carries it: CRLF, dot-stuffed, without the final dot.

        Without ``eight_bit`` no line starts with a dot, so that the result is a file as well.
        A signed mail, and one whose lines would be too long, is quoted-printable all the same.
        """
        signer = self._skeleton.signer
        if eight_bit and signer is None:
            return self._as_eight_bit() or self._as_quoted()
        mail = self._as_quoted()
        return mail if signer is None else signer.field(mail) + mail

    def _as_quoted(self) -> bytes:
        body, filled = self._skeleton.quoted, self._filled
        done: dict[str, str] = {}  # text and HTML mostly hold the same values
        for slot in self._skeleton.slots:
            value = filled[slot]
            if value not in done:
                done[value] = encode_value(value)
        pieces = body.pieces.copy()
        pieces[0] = self._head
        for index, slot, before, after in body.places:
            value = done[filled[slot]]
            pieces[index] = value if len(value) <= SHORT else before + value + after
        return "".join(pieces).encode()

    def _as_eight_bit(self) -> bytes | None:
        """Return None when a value needs quoted-printable: line ends, NUL, a line too long."""
        body, filled = self._skeleton.eight_bit, self._filled
        dots, values = body.dots, {}
        for slot in self._skeleton.slots:
            value = filled[slot]
            if not value.isprintable():
                return None
            dots = dots or value.startswith(".")
            values[slot] = value.encode("utf-8", "replace")
        pieces = self._skeleton.octets.copy()
        pieces[0] = head = self._head.encode()
        for index, slot, _, _ in body.places:
            pieces[index] = values[slot]
        mail = b"".join(pieces)
        if len(mail) - len(head) - body.size + body.longest > _LONGEST_LINE and _long_line(mail):
            return None
        return mail.replace(b"\n.", b"\n..") if dots else mail


class EmailComposer:
    """Compiles a campaign's email once. Raises UnusableContent.

    now     the time for Date fields, in milliseconds since the epoch
    signer  signs each mail; None: the relay does
    """

    def __init__(
        self,
        content: EmailContent,
        sender: Sender,
        now: Callable[[], int],
        signer: Signer | None = None,
    ) -> None:
        faults: list[str] = []
        fixed = _fixed_headers(content, sender, faults)
        sources = _sources(content, faults)
        if faults:
            raise UnusableContent(faults)
        self._templates = Templates(sources)
        self._subject, text, html = self._templates.layouts
        boundary = _boundary(content, sender)
        self._skeleton = Skeleton(fixed, [("plain", text), ("html", html)], boundary, signer)
        self._marketing = sender.marketing
        self._domain = sender.return_domain
        self._links = "unsubscribe_url" in self._templates.variables
        self._now = now
        self._second = -1
        self._date = ""
        self.facts = ContentFacts(
            variables=self._templates.variables - _BUILT_IN,
            has_sender_identity=True,
            has_unsubscribe="unsubscribe_url" in self._templates.variables_of(sources[2]),
        )

    def compose(self, addressee: Addressee) -> Message:
        """Render one mail. Raises UnusableRecipient."""
        values = addressee.values
        link = addressee.unsubscribe_url
        if self._links:
            values = {**values, "unsubscribe_url": link or None}
        filled = self._templates.fill(values)
        subject = subject_field(self._subject.text(filled))
        to, reference, domain = addressee.address, addressee.reference, self._domain
        head = (
            f"Date: {self._today()}\r\nTo: {check_address(to)}\r\nSubject: {subject}\r\n"
            f"Message-ID: <{reference}@{domain}>\r\n"
        )
        if self._marketing:
            head += f"List-Unsubscribe: <{check_link(link)}>\r\n"
        parts = EmailParts(f"b+{reference}@{domain}", head, filled, self._skeleton)
        return Message(addressee.position, reference, to, parts)

    def _today(self) -> str:
        now = self._now()
        if now // _SECOND != self._second:
            self._second = now // _SECOND
            self._date = date_field(now)
        return self._date


def _body(
    headers: str, parts: list[tuple[str, Layout]], boundary: str, *, eight_bit: bool
) -> _Body:
    coding = "8bit" if eight_bit else "quoted-printable"
    encode = _raw_literals if eight_bit else encode_literals
    pieces = ["", headers]
    places: list[tuple[int, int, str, str]] = []
    for subtype, layout in parts:
        pieces[-1] += (
            f"\r\n--{boundary}\r\nContent-Type: text/{subtype}; charset=utf-8\r\n"
            f"Content-Transfer-Encoding: {coding}\r\n\r\n"
        )
        literals, seams = encode(layout.literals, layout.slots)
        pieces[-1] += literals[0]
        for literal, seam in zip(literals[1:], seams, strict=True):
            pieces += ("", literal)
            places.append((len(pieces) - 2, seam.slot, seam.before, seam.after))
    pieces[-1] += f"\r\n--{boundary}--\r\n"
    octets = "".join(pieces).encode("utf-8", "replace")
    return _Body(
        pieces=pieces,
        places=tuple(places),
        size=len(octets),
        longest=max(map(len, octets.split(b"\r\n"))),
        dots=any("\n." in piece or piece.startswith(".") for piece in pieces[1:]),
    )


def _raw_literals(literals: Sequence[str], slots: Sequence[int]) -> tuple[list[str], list[Seam]]:
    texts = [literal.replace("\n", "\r\n") for literal in literals]
    return texts, [Seam(slot, "", "") for slot in slots]


def _long_line(mail: bytes) -> bool:
    return max(map(len, mail.split(b"\r\n"))) > _LONGEST_LINE


def _sources(content: EmailContent, faults: list[str]) -> list[Source]:
    html = _unix(content.html)
    text = text_from_html(html) if content.text is None else _unix(content.text)
    if "\n" in content.subject or "\r" in content.subject:
        faults.append("email.subject: must be one line")
    faults += [
        f"email.{name}: is empty"
        for name, value in (("subject", content.subject), ("html", html))
        if not value.strip()
    ]
    return [
        Source("email.subject", content.subject),
        Source("email.text", text),
        Source("email.html", html, html=True),
    ]


def _fixed_headers(content: EmailContent, sender: Sender, faults: list[str]) -> str:
    fields = {"From": _mailbox("from", content.sender, faults)}
    if content.reply_to is not None:
        fields["Reply-To"] = _mailbox("reply_to", content.reply_to, faults)
    fields["List-ID"] = f"<{sender.controller}.{sender.return_domain}>"
    if sender.marketing:
        fields["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    else:
        fields["Auto-Submitted"] = "auto-generated"
    fields["MIME-Version"] = "1.0"
    boundary = _boundary(content, sender)
    fields["Content-Type"] = f'multipart/alternative; boundary="{boundary}"'
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items())


def _mailbox(name: str, text: str, faults: list[str]) -> str:
    try:
        return mailbox_field(text)
    except ValueError as error:
        faults.append(f"email.{name}: {error}")
        return ""


def _boundary(content: EmailContent, sender: Sender) -> str:
    """Return a boundary that no quoted-printable line can hold ("=_") and nobody can guess."""
    text = f"{sender.controller}\x00{sender.campaign}\x00{content.subject}\x00{content.html}"
    return f"=_{blake2b(text.encode('utf-8', 'replace'), digest_size=12).hexdigest()}"


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
