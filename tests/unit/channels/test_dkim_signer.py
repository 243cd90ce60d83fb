"""DKIM signatures, checked by an independent verifier."""

import base64
import hashlib
import re
from typing import Any

import dkim
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from dkim.canonicalization import CanonicalizationPolicy

from channels.contract import Addressee, Channel, Sender
from channels.email.compose import EmailParts
from channels.email.dkim_signer import DkimKeyFault, DkimSigner, read_key
from channels.registry import build_composer

RSA = rsa.generate_private_key(65537, 2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()
CONTENT = {
    "from": "Boutique <info@boutique.example.org>",
    "subject": "Pour {{ prenom }}, {{ long }}",
    "html": "<p>.Bonjour {{ prenom }}</p>\n\n.<a href='{{ unsubscribe_url }}'>stop</a>\n\n",
}


def pem(key: Any) -> bytes:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    found: bytes = key.private_bytes(encoding, form, serialization.NoEncryption())
    return found


def signer() -> DkimSigner:
    keys = [read_key("rsa", pem(RSA)), read_key("ed", pem(ED25519))]
    return DkimSigner("boutique.example.org", keys)


def mail(*, eight_bit: bool = False) -> bytes:
    sender = Sender("boutique", "noel", "bounce.example.org")
    composer = build_composer(Channel.EMAIL, CONTENT, sender, now=lambda: 0, signer=signer())
    values = {"prenom": "Zoé", "long": "très " * 30}
    addressee = Addressee(0, "a@example.org", "r.1", values, "https://x.test/u")
    parts = composer.compose(addressee).parts
    assert isinstance(parts, EmailParts)
    return parts.wire(eight_bit=eight_bit)


def dns(name: bytes, timeout: int = 5) -> bytes:
    assert name == b"rsa._domainkey.boutique.example.org."
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = RSA.public_key().public_bytes(serialization.Encoding.DER, form)
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


def test_an_rsa_signature_is_right_in_the_eyes_of_another_library() -> None:
    assert dkim.verify(mail(), dnsfunc=dns, minkey=1024)


@pytest.mark.parametrize(
    ("part", "by"),
    [
        (b"List-Unsubscribe: <https://x.test/u>", b"List-Unsubscribe: <https://y.test/u>"),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
        (b"To: a@", b"To: b@"),
        (b"Bonjour", b"Adieu"),
        (b"From: Boutique", b"From: x@example.org\r\nFrom: Boutique"),
    ],
)
def test_a_changed_mail_does_not_pass(part: bytes, by: bytes) -> None:
    signed = mail()
    assert part in signed
    assert not dkim.verify(signed.replace(part, by), dnsfunc=dns, minkey=1024)


def test_the_ed25519_signature_covers_the_same_and_is_right() -> None:
    headers, body = dkim.rfc822_parse(mail())
    field = next(value for name, value in headers if b"ed25519-sha256" in value)
    tags = {k.strip(): v.strip() for k, v in (t.split(b"=", 1) for t in field.split(b";"))}
    names = [name.strip() for name in re.sub(rb"\s", b"", tags[b"h"]).split(b":")]
    policy = CanonicalizationPolicy.from_c_value(b"relaxed/simple")
    chosen = dkim.select_headers(policy.canonicalize_headers(headers), names)
    digest = hashlib.sha256()
    for name, value in chosen:
        digest.update(name + b":" + value)
    unsigned = re.sub(rb"(\bb=)[^;]*$", rb"\1", field)
    name, value = policy.canonicalize_headers([(b"DKIM-Signature", unsigned)])[0]
    digest.update(name + b":" + value.rstrip())
    public = ED25519.public_key()
    signature = base64.b64decode(tags[b"b"])
    public.verify(signature, digest.digest())
    with pytest.raises(InvalidSignature):
        public.verify(signature, hashlib.sha256(b"other").digest())
    body_hash = hashlib.sha256(policy.canonicalize_body(body)).digest()
    assert base64.b64decode(tags[b"bh"]) == body_hash


def test_a_signed_mail_is_never_8bit_and_has_no_line_that_smtp_would_stuff() -> None:
    signed = mail(eight_bit=True)
    assert signed.isascii()
    assert b"\r\n." not in signed
    assert all(len(line) <= 78 for line in signed.partition(b"\r\nDate")[0].split(b"\r\n"))


@pytest.mark.parametrize(
    "key",
    [
        b"x",
        pem(ec.generate_private_key(ec.SECP256R1())),
        pem(RSA)[:99],
    ],
    ids=["no PEM", "wrong kind", "cut"],
)
def test_a_key_that_cannot_sign_is_refused(key: bytes) -> None:
    with pytest.raises(DkimKeyFault, match="the DKIM key s "):
        read_key("s", key)
