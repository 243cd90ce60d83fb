"""The closed list of reason words that metrics may show; every other one is ``other``.

A label of a metric lives for ever in whoever collects it, so it must be one of few words. What a
reason says beyond its word, such as the variable after ``missing:``, stays in the deliveries.
"""

from collections.abc import Iterable
from typing import Final

from channels import phones
from channels.email import address as email_address
from channels.email.replies import BASIC, ENHANCED
from channels.postal import address as postal_address
from policy.decision import ReasonCode
from policy.send_reasons import SendReason

OTHER: Final = "other"

# Of the engine itself: checks, take-over, hand-over.
_ENGINE: Final = frozenset(
    {
        "compose_failed",
        "connector_fault",
        "interrupted",
        "no_address",
        "not_accepted",
        "opposition",
        "overdue",
        "secrets_unreadable",
        "set_up_wrong",
        "unanswered",
        "unknown",
    }
)
# Of composing a message for one recipient.
_RENDERING: Final = frozenset(
    {
        "address_unusable",
        "control_character",
        "header_injection",
        "missing",
        "template_error",
        "too_much_work",
    }
)
# Of connecting to a relay, and of what comes instead of a reply.
_SMTP: Final = frozenset(
    {
        "address_malformed",
        "ca_file_unusable",
        "closed",
        "closing",
        "connect_timeout",
        "connection_failed",
        "connection_lost",
        "connection_refused",
        "greeting_refused",
        "host_unknown",
        "login_missing",
        "login_needed",
        "login_refused",
        "no_answer",
        "protocol_error",
        "sender_refused",
        "smtputf8_unsupported",
        "starttls_missing",
        "tls_failed",
        "certificate_unverified",
    }
)
_OUTBOX: Final = frozenset({"bad_reference", "folder_unusable", "folder_unwritable", "not_flushed"})


def _all() -> Iterable[str]:
    yield from (*_ENGINE, *_RENDERING, *_SMTP, *_OUTBOX)
    yield from (*phones.SENTENCES, *email_address.SENTENCES, *postal_address.SENTENCES)
    yield from (result.reason for result in (*ENHANCED.values(), *BASIC.values()))
    yield from (code.value for code in (*ReasonCode, *SendReason))


WORDS: Final[frozenset[str]] = frozenset(_all())


def reason_word(reason: str | None) -> str:
    """Return the word of a reason as a label shows it; empty where there is none."""
    if not reason:
        return ""
    word = reason.partition(":")[0]
    return word if word in WORDS else OTHER
