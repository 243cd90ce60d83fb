"""Opening a line: connect, STARTTLS, log in by aiosmtplib; then pipelined or in lockstep."""

import asyncio
import socket
import ssl
from typing import cast

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPHeloError,
    SMTPResponseException,
    SMTPTimeoutError,
)

from channels.email.line import Features, Limits, Line
from channels.email.lockstep import Lockstep, cut
from channels.email.pipeline import Pipeline
from channels.email.smtp_settings import SmtpSettings, StartTls
from channels.errors import ConnectorUnavailable

_PERMANENT = 500


class Dialler:
    """Opens lines to one relay. The certificates to trust are read once."""

    def __init__(self, settings: SmtpSettings, password: str | None) -> None:
        self._settings = settings
        self._password = password
        self._tls: ssl.SSLContext | None = None

    async def open(self) -> Line:
        """Return a line that is ready to send.

        Raises ConnectorUnavailable with the cause in words.
        """
        settings = self._settings
        client = SMTP(
            hostname=settings.host,
            port=settings.port,
            use_tls=settings.implicit_tls,
            start_tls=False,  # done here, so that its absence is told apart from its failure
            timeout=settings.command_timeout,
            tls_context=await self._context(),
            local_hostname=settings.local_hostname,
        )
        try:
            async with asyncio.timeout(settings.connect_timeout):
                await client.connect(timeout=settings.connect_timeout)
                await _greet(client)
                await _upgrade(client, settings)
                await _log_in(client, settings, self._password)
        except (SMTPException, OSError, ValueError) as error:
            cut(client)
            raise _unavailable(settings, error) from None
        except BaseException:
            cut(client)
            raise
        return _line(client, settings)

    async def _context(self) -> ssl.SSLContext | None:
        settings = self._settings
        if not settings.implicit_tls and settings.starttls is StartTls.NEVER:
            return None
        if self._tls is None:
            try:  # reads files
                self._tls = await asyncio.to_thread(
                    ssl.create_default_context, cafile=settings.ca_file
                )
            except OSError:
                cause = f"cannot read the certificates in {settings.ca_file}; set ca_file right"
                raise ConnectorUnavailable("ca_file_unusable", cause, open_breaker=True) from None
            if not settings.verify:
                self._tls.check_hostname = False
                self._tls.verify_mode = ssl.CERT_NONE
        return self._tls


async def _greet(client: SMTP) -> None:
    try:
        await client.ehlo()
    except SMTPHeloError:
        await client.helo()


async def _upgrade(client: SMTP, settings: SmtpSettings) -> None:
    if settings.implicit_tls or settings.starttls is StartTls.NEVER:
        return
    if not client.supports_extension("starttls"):
        if settings.starttls is StartTls.IF_OFFERED:
            return
        cause = f"{settings.place} does not offer STARTTLS; use another port or starttls=never"
        raise ConnectorUnavailable("starttls_missing", cause, open_breaker=True)
    await client.starttls()
    await _greet(client)


async def _log_in(client: SMTP, settings: SmtpSettings, password: str | None) -> None:
    if settings.username is None:
        return
    if not client.supported_auth_methods:
        cause = f"{settings.place} offers no login that we know; remove the user or change port"
        raise ConnectorUnavailable("login_missing", cause, open_breaker=True)
    await client.login(settings.username, password or "")


def _line(client: SMTP, settings: SmtpSettings) -> Line:
    features = Features(
        eight_bit=client.supports_extension("8bitmime"),
        utf8=client.supports_extension("smtputf8"),
    )
    limits = Limits(settings.answer_timeout, settings.command_timeout, settings.messages)
    if client.transport is None or not client.supports_extension("pipelining"):
        return Lockstep(client, features, limits)
    # uvloop's transports have the methods, but are no subclasses of asyncio's.
    transport = cast("asyncio.Transport", client.transport)
    line = Pipeline(transport, features, limits)
    transport.set_protocol(line)
    return line


def _unavailable(settings: SmtpSettings, error: BaseException) -> ConnectorUnavailable:
    for kind, reason, words, breaker in _CAUSES:
        found = error if isinstance(error, kind) else error.__cause__
        if isinstance(found, kind):
            return _told(settings, reason, words, open_breaker=breaker)
    if isinstance(error, SMTPResponseException):
        refused = error.code >= _PERMANENT
        words = f"refused our greeting or login with code {error.code}"
        reason = (
            "login_refused" if isinstance(error, SMTPAuthenticationError) else "greeting_refused"
        )
        return _told(settings, reason, words, open_breaker=refused)
    return _told(settings, "connection_failed", "broke off while connecting", open_breaker=False)


def _told(
    settings: SmtpSettings, reason: str, words: str, *, open_breaker: bool
) -> ConnectorUnavailable:
    return ConnectorUnavailable(reason, f"{settings.place} {words}", open_breaker=open_breaker)


# Looked up in this order, on the error and on its cause: the particular before the general.
_CAUSES: tuple[tuple[type[BaseException], str, str, bool], ...] = (
    (socket.gaierror, "host_unknown", "cannot be found in DNS; check the host", False),
    (
        ssl.SSLCertVerificationError,
        "certificate_unverified",
        "shows a certificate that is not right for it; check host and ca_file",
        True,
    ),
    (ssl.SSLError, "tls_failed", "does not speak TLS as we do; check scheme and port", True),
    (ConnectionRefusedError, "connection_refused", "refuses connections; check port", False),
    (SMTPTimeoutError, "connect_timeout", "does not answer; check host, port, firewall", False),
    (TimeoutError, "connect_timeout", "does not answer; check host, port, firewall", False),
)
