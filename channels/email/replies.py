"""What an SMTP reply means for one recipient: tables of RFC 3463 and RFC 5321 codes.

Enhanced codes speak first, then basic ones, then the first digit. Texts of relays are never read
for meaning nor kept: they quote addresses.
"""

import re
from collections.abc import Mapping
from enum import Enum

from channels.contract import Effect, SendKind, SendResult


class Stage(Enum):
    """Which command a reply answers."""

    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    CONTENT = "content"


def _accepted_not(reason: str, effect: Effect = Effect.NONE) -> SendResult:
    return SendResult(SendKind.NOT_ACCEPTED, reason, effect)


def _refused(reason: str, effect: Effect = Effect.NONE) -> SendResult:
    return SendResult(SendKind.REFUSED, reason, effect)


def _dead(reason: str) -> SendResult:
    return SendResult(SendKind.INVALID, reason, Effect.SUPPRESS)


SENT = SendResult(SendKind.SENT)
NO_ANSWER = SendResult(SendKind.IN_DOUBT, "no_answer")
CUT_AFTER_DOT = SendResult(SendKind.IN_DOUBT, "connection_lost")
NONSENSE_AFTER_DOT = SendResult(SendKind.IN_DOUBT, "protocol_error")
CUT = _accepted_not("connection_lost")
SILENT = _accepted_not("no_answer", Effect.SLOW_DOWN)
NONSENSE = _accepted_not("protocol_error")
CLOSING = _accepted_not("closing", Effect.SLOW_DOWN)
NO_SMTPUTF8 = SendResult(SendKind.INVALID, "smtputf8_unsupported")
SENDER_REFUSED = _accepted_not("sender_refused", Effect.OPEN_BREAKER)
LOGIN_NEEDED = _accepted_not("login_needed", Effect.OPEN_BREAKER)

# An exact enhanced code, "x.y" for a subject; "x" is the first digit of any code not listed.
ENHANCED: Mapping[str, SendResult] = {
    "5.1.1": _dead("mailbox_unknown"),
    "5.1.2": _dead("domain_unknown"),
    "5.1.3": _dead("address_malformed"),
    "5.1.10": _dead("domain_takes_no_mail"),
    "5.2.1": _dead("mailbox_disabled"),
    "5.1.7": SENDER_REFUSED,
    "5.1.8": SENDER_REFUSED,
    "5.2.2": _refused("mailbox_full"),
    "5.2.3": _refused("too_big_for_mailbox"),
    "5.3.4": _refused("too_big", Effect.STOP_CAMPAIGN),
    "5.6": _refused("content", Effect.STOP_CAMPAIGN),
    "5.7": _refused("policy"),
    "5.7.8": LOGIN_NEEDED,
    "5.7.9": LOGIN_NEEDED,
    "5.7.11": LOGIN_NEEDED,
    "5": _refused("refused"),
    "4.2.2": _accepted_not("mailbox_full"),
    "4.3.2": _accepted_not("relay_busy", Effect.SLOW_DOWN),
    "4.4": _accepted_not("route_down", Effect.SLOW_DOWN),
    "4.5.3": _accepted_not("too_many_recipients"),
    "4.7": _accepted_not("throttled", Effect.SLOW_DOWN),
    "4": _accepted_not("deferred"),
}

BASIC: Mapping[int, SendResult] = {
    421: CLOSING,
    450: _accepted_not("mailbox_busy"),
    451: _accepted_not("relay_error"),
    452: _accepted_not("relay_full"),
    550: _refused("mailbox_unavailable"),
    551: _refused("mailbox_elsewhere"),
    552: _refused("mailbox_full"),
    553: SendResult(SendKind.INVALID, "address_malformed"),
}

# A relay that wants a login is wrongly set up, whatever enhanced code it adds.
SET_UP: Mapping[int, SendResult] = dict.fromkeys((530, 534, 535, 538), LOGIN_NEEDED)

_ENHANCED = re.compile(rb"([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_PERMANENT = 500
_TRANSIENT = 400


def classify(stage: Stage, code: int, text: bytes) -> SendResult:
    """Return the outcome for a negative reply, or for one that makes no sense.

    code  the basic code; 421 always means that the relay is closing the connection
    text  what follows the code; only an enhanced code at its start is read
    """
    if code < _TRANSIENT or code >= _PERMANENT + 100:
        return NONSENSE_AFTER_DOT if stage is Stage.CONTENT else NONSENSE
    if code in SET_UP:
        return SET_UP[code]
    if stage is Stage.MAIL and code >= _PERMANENT:
        return SENDER_REFUSED
    if code == 421:  # noqa: PLR2004 (RFC 5321 §3.8)
        return CLOSING
    return _by_enhanced(code, text) or BASIC.get(code) or ENHANCED[str(code)[0]]


def _by_enhanced(code: int, text: bytes) -> SendResult | None:
    found = _ENHANCED.match(text)
    if found is None:
        return None
    family, subject, detail = (part.decode("ascii") for part in found.groups())
    if family != str(code)[0]:  # a relay that contradicts itself: the basic code rules
        return None
    exact, whole_subject = f"{family}.{subject}.{detail}", f"{family}.{subject}"
    return ENHANCED.get(exact) or ENHANCED.get(whole_subject)
