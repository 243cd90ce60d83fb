"""Mails are signed with the installation's own keys, or do not leave."""

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from channels.contract import Channel
from engine.signing import SigningFault
from tests.scenarios.site import Site, people

Sites = Callable[..., Site]


def test_a_mail_carries_a_signature_that_covers_its_unsubscribe_headers(
    new_site: Sites, tmp_path_factory: pytest.TempPathFactory
) -> None:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    file = tmp_path_factory.mktemp("keys") / "dkim.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    site = new_site(dkim_keys={"s1": file}, return_domain="mail.example.org")
    folder = site.outbox(Channel.EMAIL)
    site.submit(*people(1))
    site.run()
    (mail,) = (path.read_bytes() for path in folder.rglob("*.eml"))
    record = b"v=DKIM1; k=rsa; p=" + b64encode(public)
    asked: list[bytes] = []

    def answer(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return record

    assert dkim.verify(mail, dnsfunc=answer)
    assert asked == [b"s1._domainkey.mail.example.org."]
    signature = mail.partition(b"\r\n\r\n")[0].lower().split(b"h=", 1)[1].split(b";", 1)[0]
    assert b"list-unsubscribe-post" in signature


def test_a_campaign_whose_key_cannot_be_read_is_not_admitted_unsigned(new_site: Sites) -> None:
    site = new_site(dkim_keys={"s1": Path("gone") / "dkim.pem"})
    relay = site.provider()
    site.submit(*people(1))
    with pytest.raises(SigningFault, match="CHAPPE_DKIM_KEYS"):
        site.run()
    assert not relay.reached
