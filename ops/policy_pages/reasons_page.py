"""The page of all reasons: of decisions about sends, and of refused campaigns."""

from collections.abc import Iterator, Mapping

from ops.policy_pages.kind_page import WRITTEN
from ops.policy_pages.kinds import KINDS, TOLD, kind_name
from ops.policy_pages.markdown import table
from policy.decision import SENTENCES as OF_CAMPAIGNS
from policy.decision import Verdict
from policy.send_reasons import SENTENCES as OF_SENDS
from policy.send_reasons import SendReason

_HEAD = """\
Codes are published: they stand in events, metrics, and the output of commands. New ones may come;
none is renamed or removed. `…` stands for what a sentence is about.

## Why a send is denied or waits

Most telling first: where several hold, the first of this list is reported and the others are kept
beside it. A denial goes before a wait. In the outcome of a recipient the code stands before the
rule: `number_refused:fr.numbers.sms`.
"""
_CAMPAIGNS = """\
## Why a campaign is refused

When it comes in, once, before anybody is contacted. All refusals are told at once.
"""
# What no rule says by itself: the ruleset as a whole does.
_WHOLE: Mapping[SendReason, str] = {
    SendReason.NOT_COVERED: "the ruleset: no `basis` rule speaks about it",
    SendReason.PERMITTED: "the ruleset: nothing is against it",
}


def reasons_page() -> str:
    """Return the page."""
    return "\n".join(_parts())


def _parts() -> Iterator[str]:
    yield f"# Reasons\n\n{WRITTEN}\n{_HEAD}"
    yield table(
        ("reason", "verdict", "in English", "in French", "said by"),
        [
            (
                f"`{reason}`",
                _verdict(reason),
                OF_SENDS[reason].en.format(subject="…"),
                OF_SENDS[reason].fr.format(subject="…"),
                _said_by(reason),
            )
            for reason in SendReason
        ],
    )
    yield _CAMPAIGNS
    yield table(
        ("reason", "in English", "in French"),
        [
            (f"`{code}`", said.en.format(subject="…"), said.fr.format(subject="…"))
            for code, said in OF_CAMPAIGNS.items()
        ],
    )


def _verdict(reason: SendReason) -> str:
    if reason is SendReason.PERMITTED:
        return Verdict.ALLOW
    found = {
        verdict for kind in KINDS for verdict, code, _ in TOLD[kind].reasons() if code is reason
    }
    return ", ".join(sorted(found)) or Verdict.DENY


def _said_by(reason: SendReason) -> str:
    names = [
        kind_name(kind)
        for kind in KINDS
        if any(code is reason for _, code, _ in TOLD[kind].reasons())
    ]
    return ", ".join(f"[{name}]({name}.md)" for name in names) or _WHOLE[reason]
