"""Who follows links: a plain HTTP client that shows everything and forgives nothing."""

import http.client
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

ONE_CLICK = b"List-Unsubscribe=One-Click"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BROWSER = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass
class Visitor:
    """Asks a gateway on this machine."""

    port: int
    host: str = "127.0.0.1"
    headers: dict[str, str] = field(default_factory=dict)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        link = http.client.HTTPConnection(self.host, self.port, timeout=20)
        try:
            link.request(method, path, body, {**self.headers, **(headers or {})})
            response = link.getresponse()
            text = response.read().decode()
        finally:
            link.close()
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, named, text)

    def get(self, path: str, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("GET", path, headers=named)

    def click(self, path: str) -> Answer:
        """Do what a mail program does (RFC 8058)."""
        return self.ask("POST", path, ONE_CLICK, FORM)

    def press(self, path: str, language: str = "fr") -> Answer:
        """Do what the button of the page does in a browser."""
        headers = {**FORM, **BROWSER, "Accept-Language": language}
        return self.ask("POST", path, ONE_CLICK + b"&via=page", headers)

    def raw(self, data: bytes, patience: float = 20.0) -> bytes:
        """Send bytes as they are; return all that comes back until the connection ends."""
        with socket.create_connection((self.host, self.port), timeout=patience) as link:
            link.sendall(data)
            received = b""
            try:
                while piece := link.recv(65_536):
                    received += piece
            except ConnectionResetError:
                pass
        return received
