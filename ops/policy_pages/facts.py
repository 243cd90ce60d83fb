"""Every fact that a decision may look at: what it is, and where it comes from. One table.

Tests hold it to ``policy/send_facts.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from policy.send_facts import CONTENT, EVIDENCE


@dataclass(frozen=True, slots=True)
class FactTold:
    """One fact.

    what        it is
    where_from  it comes
    case        how cases write it, where that is another word
    """

    what: str
    where_from: str
    case: str = ""


_JOB = "the campaign: "
_TEXT = "Chappe looks at the content"

OF_SEND: Mapping[str, FactTold] = {
    "controller": FactTold("on whose behalf it is sent", f"{_JOB}`controller`"),
    "kind": FactTold("`marketing` or `service`", f"{_JOB}`kind`"),
    "purpose": FactTold("what people are contacted for", f"{_JOB}`purpose`"),
    "relation": FactTold("what the recipients are to the controller", f"{_JOB}`relation`"),
    "basis": FactTold("the legal basis", f"{_JOB}`basis.type`"),
    "channel": FactTold("by which it goes", f"{_JOB}`route`, one channel at a time"),
    "voice_mode": FactTold(
        "who speaks in a call: `automated` or `live`",
        "the connector; Chappe's own play recordings, so it is `automated`",
    ),
    "safety": FactTold("whether it is a matter of safety", f"{_JOB}`safety`"),
    "sectors": FactTold(
        "what is advertised, as far as rules name it",
        f"{_JOB}`sectors`, or else the controller's setting `sectors`",
    ),
    "evidence": FactTold(
        "what is said in proof of the basis", f"{_JOB}`basis.proof`", "each proof by its own name"
    ),
    "content": FactTold("what the content says", _TEXT, "each by its own name"),
    "sender": FactTold("what is shown as the sender", f"{_JOB}`content`; of a call the number"),
    "sender_kind": FactTold("what kind of sender that is", "the form of the sender"),
    "approved_senders": FactTold(
        "senders that the controller may show", "the controller's setting `senders`"
    ),
    "connector_country": FactTold("where the provider processes data", "`chappe connector attest`"),
    "size": FactTold("how many recipients the campaign has", "counted when it is planned"),
    "approvals": FactTold("how many other people approved it", "approvals of the campaign"),
    "first_use": FactTold(
        "whether the controller has never sent by this channel", "earlier deliveries"
    ),
    "list_attested": FactTold(
        "whether somebody answers for where the list comes from",
        f"the list, or {_JOB}`recipients.provenance`",
    ),
    "list_supplier": FactTold(
        "who supplied the list; none: the controller itself",
        f"the list, or {_JOB}`recipients.provenance`",
    ),
}
OF_RECIPIENT: Mapping[str, FactTold] = {
    "country": FactTold(
        "of the contact point, ISO 3166-1 such as `FR`", "the number, or the value `country`"
    ),
    "number_kind": FactTold("what kind of number it is", "the numbering plan"),
    "places": FactTold(
        "where the recipient may be: departments, territories, countries",
        "number, `postal_code` and `country`; several where they leave it open",
        "`place`, `places`, or `number`, `postal_code`, `country`",
    ),
    "role": FactTold("whose email address it is", "the part before the @"),
    "on_lists": FactTold("whether the contact is on opposition lists", "imported lists"),
    "lists_read": FactTold("when each list was read", "the date of the imported copy"),
    "contacts": FactTold("earlier contacts that count for caps", "kept as Chappe sends"),
    "refused_at": FactTold("when the person refused last, in a call", "recorded refusals"),
    "evidence": FactTold(
        "proof of the recipient's own; it goes before the campaign's",
        "the ledger of consents",
        "`own`",
    ),
    "withdrawn": FactTold("whether consent was withdrawn", "the ledger of consents"),
}
OF_CONTENT: Mapping[str, FactTold] = {
    **{name: FactTold(what, _TEXT) for name, what in CONTENT.items()},
    "findings": FactTold(
        "kinds of sensitive data that were found", "content and list are screened"
    ),
}
OF_EVIDENCE: Mapping[str, FactTold] = {
    name: FactTold(what, f"{_JOB}`basis.proof.{name}`, or the ledger of consents")
    for name, what in EVIDENCE.items()
} | {
    "contract_active": FactTold(
        EVIDENCE["contract_active"], "no campaign has a word for it yet, so cases only"
    )
}
