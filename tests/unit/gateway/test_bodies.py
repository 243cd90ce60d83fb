import asyncio

import pytest

from engine.gateway.bodies import Body, Said, said

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=cut"


def _part(name: str, value: str) -> bytes:
    return (
        f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--cut--\r\n'
    ).encode()


def _file() -> bytes:
    return (
        b'--cut\r\nContent-Disposition: form-data; name="List-Unsubscribe"; filename="a"\r\n\r\n'
        b"One-Click\r\n--cut--\r\n"
    )


@pytest.mark.parametrize(
    ("kind", "data", "meaning"),
    [
        (FORM, b"List-Unsubscribe=One-Click", Said.ONE_CLICK),
        (f"{FORM}; charset=UTF-8", b"List-Unsubscribe=One-Click\r\n", Said.ONE_CLICK),
        (FORM.upper(), b"list-unsubscribe=one-click", Said.ONE_CLICK),
        (FORM, b"List%2DUnsubscribe=One%2DClick", Said.ONE_CLICK),
        (FORM, b"List-Unsubscribe=One-Click&via=page", Said.PAGE),
        (MULTIPART, _part("List-Unsubscribe", "One-Click"), Said.ONE_CLICK),
        ("", b"", Said.ONE_CLICK),
        (FORM, b"", Said.ONE_CLICK),
        ("application/json", b"", Said.ONE_CLICK),
        ("", b"\r\n", Said.ONE_CLICK),
        ("", b"List-Unsubscribe=One-Click", Said.ONE_CLICK),
        ("text/plain", b"List-Unsubscribe=One-Click", Said.ONE_CLICK),
        (FORM, b"List-Unsubscribe=Not-One-Click", Said.OTHER),
        (FORM, b"List-Unsubscribe=", Said.OTHER),
        (FORM, b"via=page", Said.OTHER),
        (FORM, b"\xff\xfe\x00", Said.OTHER),
        (FORM, b"&".join(b"a=1" for _ in range(100)), Said.OTHER),
        ("text/plain", b"please stop", Said.OTHER),
        (MULTIPART, _part("List-Unsubscribe", "Not-One-Click"), Said.OTHER),
        (MULTIPART, b"--other\r\n\r\n--other--", Said.OTHER),
        (MULTIPART, _part("List-Unsubscribe", "One-Click")[:40], Said.OTHER),
        (MULTIPART, _file(), Said.OTHER),
        ("multipart/form-data", _part("List-Unsubscribe", "One-Click"), Said.OTHER),
        (MULTIPART + "; charset=none-such", b"--cut\r\n: \r\n", Said.OTHER),
        ("application/json", b'{"List-Unsubscribe": "One-Click"}', Said.NO_FORM),
        ("application/octet-stream", b"List-Unsubscribe=One-Click", Said.NO_FORM),
    ],
)
def test_a_body_unsubscribes_when_it_is_empty_or_a_form_that_says_so(
    kind: str, data: bytes, meaning: Said
) -> None:
    assert asyncio.run(said(Body(kind, data))) is meaning
