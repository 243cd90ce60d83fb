"""What the pages say about each kind of rule beside what its type says: one table.

Tests hold it to the judges: they may look at no other fact, and give no other reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from policy import rule_kinds as kinds
from policy.decision import Verdict
from policy.send_reasons import SendReason

_UNKNOWN = {"fact_unknown": "what it must look at is unknown"}
_ZONE = "nobody knows where the recipient is"


@dataclass(frozen=True, slots=True)
class KindTold:
    """What a page says about one kind.

    why       what it is for, in one or two sentences
    denies    reason code -> when
    defers    reason code -> when
    facts     facts that it looks at, beside those of its selector -> what an unknown one does
    remarks   what people stumble over
    """

    why: str
    facts: Mapping[str, str]
    denies: Mapping[str, str] = field(default_factory=dict)
    defers: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    def reasons(self) -> tuple[tuple[Verdict, SendReason, str], ...]:
        """Return what may come of it: verdict, reason, and when."""
        return tuple(
            (verdict, SendReason(code), when)
            for verdict, table in ((Verdict.DENY, self.denies), (Verdict.DEFER, self.defers))
            for code, when in table.items()
        )


def kind_name(kind: type[kinds.Rule]) -> str:
    """Return a kind as rulesets write it."""
    return str(kind.__struct_config__.tag)


KINDS: tuple[type[kinds.Rule], ...] = get_args(kinds.Rule)
TOLD: Mapping[type[kinds.Rule], KindTold] = {
    kinds.Basis: KindTold(
        "Says why one may write to people at all, and what has to be proved. It is the only kind"
        " that is *needed*: a send that no `basis` rule speaks about is denied (`not_covered`).",
        {
            "basis": "An unknown basis is none: `no_basis`.",
            "evidence": "What is not said is not proved: `no_proof`.",
            "withdrawn": "Unknown: consent cannot be relied on (`fact_unknown`), other bases can.",
            "kind": "Only asked after a withdrawal, for service messages that are owed.",
            "channel": "Always known.",
            "places": "Unknown: a proof must not be dated after the day in UTC.",
        },
        {
            "consent_withdrawn": "the person withdrew, and it is no service that is owed to them",
            "no_basis": "the basis is not among `one_of`",
            "no_proof": "something of `proof` or `true` is not said, or dated after the send",
            "not_true": "something of `true` is said not to be so",
            "consent_not_for_channel": "`channel_covered`, and the proof names other channels",
            "fact_unknown": "nobody looked whether consent was withdrawn",
        },
        remarks=(
            "Where a basis is listed twice, one complete proof of the two is enough.",
            "Rules of a lower layer only restrict. Whom the platform is silent about stays closed.",
            "Two `basis` rules about one send must *both* be satisfied.",
        ),
    ),
    kinds.Content: KindTold(
        "Keeps messages from leaving without what the law or your house wants in them. Chappe looks"
        " at the text itself; nobody has to promise anything.",
        {"content": "Nobody could tell whether it is there: `fact_unknown`."},
        {"content_lacks": "something of `must_say` is not in the content", **_UNKNOWN},
    ),
    kinds.Screen: KindTold(
        "Keeps sensitive data (GDPR article 9, social security and card numbers) out of messages"
        " and lists. Machines see forms and words, not their context: finding nothing proves"
        " nothing.",
        {"content.findings": "Nobody looked: `not_screened`."},
        {
            "sensitive": "something of `refuse` was found",
            "not_screened": "nobody looked for it",
        },
        remarks=("`words` refuses every list of words, `words:health` only that one.",),
    ),
    kinds.Hours: KindTold(
        "Says when people may be reached, in their own time, so that nobody is woken. What comes"
        " too early or too late waits for the next opening; nothing is lost.",
        {"places": "No place is known: `zone_unknown`. Several: only when open in all."},
        {
            "zone_unknown": _ZONE,
            "never_open": "no instant of the coming year is open",
        },
        {
            "holiday": "today is a public holiday there",
            "day": "today is not among `days`",
            "hours": "it is outside the windows",
        },
        remarks=(
            "Past midnight is two windows: `22:00`–`24:00` and `00:00`–`06:00`.",
            "Two `hours` rules about one send: only when both are open.",
            "When clocks change, a window begins and ends by the clock on the wall.",
        ),
    ),
    kinds.Cap: KindTold(
        "Keeps people from being contacted too often, over campaigns and channels. Whoever has had"
        " enough waits until the oldest contact has left the count.",
        {
            "contacts": "None is known: none is counted. The engine always asks.",
            "channel": "Always known.",
            "places": "Needed only when the cap is reached; then unknown is `zone_unknown`.",
        },
        {"zone_unknown": f"the cap is reached, and {_ZONE}"},
        {"cap": "there were as many contacts as `most` within the last `days`, today included"},
        remarks=("A contact by the controller counts on the platform as well.",),
    ),
    kinds.Pause: KindTold(
        "Leaves people alone for a while after they said no in a call. It is shorter than an"
        " opposition, which holds for good and needs no rule.",
        {
            "refused_at": "No refusal is known: there was none.",
            "places": "Needed only after a refusal; then unknown is `zone_unknown`.",
        },
        {"zone_unknown": f"the person refused, and {_ZONE}"},
        {"refusal": "fewer than `days` full days have gone by since"},
    ),
    kinds.Numbers: KindTold(
        "Keeps messages from numbers that cost, that nobody answers, or that are in countries whose"
        " law you have not read. It has nothing to say about email and post.",
        {
            "channel": "Always known.",
            "number_kind": "Unknown: `fact_unknown`.",
            "country": "Unknown, and `countries` are named: `fact_unknown`.",
        },
        {
            "number_refused": "the number is of another kind",
            "country_refused": "the number is of another country",
            **_UNKNOWN,
        },
    ),
    kinds.Addresses: KindTold(
        "Keeps email from mailboxes of machines and offices where a person was meant. It has"
        " nothing to say about other channels.",
        {"channel": "Always known.", "role": "Unknown: `fact_unknown`."},
        {"address_refused": "the role of the address is among `refuse`", **_UNKNOWN},
    ),
    kinds.Sender: KindTold(
        "Says what may stand on the phone as the sender. With `approved`, a controller can only"
        " show what the platform approved for it, so that nobody borrows another's brand.",
        {
            "sender_kind": "Unknown: `fact_unknown`.",
            "sender": "Unknown, and `approved`: `fact_unknown`.",
            "approved_senders": "Unknown, and `approved`: `fact_unknown`.",
        },
        {
            "sender_refused": "the sender is of another kind",
            "sender_not_approved": "`approved`, and this one was not",
            **_UNKNOWN,
        },
    ),
    kinds.Sector: KindTold(
        "Closes whole trades: what may not be advertised like this is denied, whoever agreed. The"
        " controller says what a campaign advertises; silence is not an answer.",
        {
            "sectors": "Nobody said what is advertised: `fact_unknown`. `[]` says: none of these.",
            "basis": "Unknown: no exception.",
        },
        {"sector_ban": "something of `refuse` is advertised", **_UNKNOWN},
    ),
    kinds.OppositionList: KindTold(
        "Respects a list that somebody else keeps, such as a national one, and makes sure that the"
        " copy here is fresh. A list that was never imported denies everything the rule is about.",
        {
            "on_lists": "Nobody looked the contact up: `fact_unknown`.",
            "lists_read": "Never read: `opposition_list_old`.",
            "basis": "Unknown: no exception.",
        },
        {
            "on_opposition_list": "the contact is on the list",
            "opposition_list_old": "the copy is older than `read_within_days`, or there is none",
            **_UNKNOWN,
        },
    ),
    kinds.ConsentAge: KindTold(
        "Lets proofs grow old: after so many months consent, or the last sale, no longer counts."
        " The day on which the months end is still good.",
        {
            "evidence": "The day is not said: `fact_unknown`.",
            "places": "Unknown: the day in UTC is taken.",
        },
        {"evidence_too_old": "more than `months` have gone by since", **_UNKNOWN},
        remarks=("Say in `when` which bases it is about: others lack that day, and are denied.",),
    ),
    kinds.Provenance: KindTold(
        "Makes somebody answer for where addresses come from before they are used. It can also"
        " close lists that were bought.",
        {
            "list_attested": "Unknown: `provenance_unknown`.",
            "list_supplier": "None is named: the controller collected it itself.",
        },
        {
            "provenance_unknown": "nobody attested where the list comes from",
            "supplier_refused": "`suppliers = false`, and somebody supplied it",
        },
    ),
    kinds.Region: KindTold(
        "Keeps data in countries that you chose. It is about where the provider of the connector"
        " works, not about where the recipient is.",
        {"connector_country": "Unknown: `fact_unknown`."},
        {"region_refused": "the provider processes data elsewhere", **_UNKNOWN},
    ),
    kinds.Volume: KindTold(
        "Puts a ceiling on campaigns, or other people's eyes on large ones and on first ones. With"
        " `approvals` a second person can open it; without, nobody can.",
        {
            "size": "Unknown: it is larger.",
            "approvals": "None is known: there is none.",
            "first_use": "Unknown: it is the first.",
        },
        {
            "too_large": "the campaign is larger, and `approvals` is 0",
            "not_approved": "the campaign is larger, and people are lacking who approve it",
            **_UNKNOWN,
        },
        remarks=("`most = 0` is about every campaign, however small.",),
    ),
    kinds.Ban: KindTold(
        "Closes whatever `when` describes, for good or for some days. It is the bluntest tool: use"
        " it for what you never do.",
        {},
        {"banned": "always"},
        remarks=("Without `when` it stops everything.",),
    ),
}
