"""Why a send is denied or deferred: a closed list of codes, each with a sentence in two languages.

The codes are published, in events, metrics and commands: none is renamed or removed. Their order
says which one is reported where several hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from policy.decision import Language, Sentence, Verdict
from policy.send_facts import Millis


class SendReason(StrEnum):
    """Why a send may not leave now, most telling first."""

    BANNED = "banned"
    SECTOR_BAN = "sector_ban"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    ON_OPPOSITION_LIST = "on_opposition_list"
    OPPOSITION_LIST_OLD = "opposition_list_old"
    NOT_COVERED = "not_covered"
    NO_BASIS = "no_basis"
    NO_PROOF = "no_proof"
    NOT_TRUE = "not_true"
    CONSENT_NOT_FOR_CHANNEL = "consent_not_for_channel"
    EVIDENCE_TOO_OLD = "evidence_too_old"
    CONTENT_LACKS = "content_lacks"
    SENSITIVE = "sensitive"
    NOT_SCREENED = "not_screened"
    SENDER_REFUSED = "sender_refused"
    SENDER_NOT_APPROVED = "sender_not_approved"
    NUMBER_REFUSED = "number_refused"
    COUNTRY_REFUSED = "country_refused"
    ADDRESS_REFUSED = "address_refused"
    PROVENANCE_UNKNOWN = "provenance_unknown"
    SUPPLIER_REFUSED = "supplier_refused"
    REGION_REFUSED = "region_refused"
    TOO_LARGE = "too_large"
    NOT_APPROVED = "not_approved"
    ZONE_UNKNOWN = "zone_unknown"
    FACT_UNKNOWN = "fact_unknown"
    NEVER_OPEN = "never_open"
    CAP = "cap"
    REFUSAL = "refusal"
    HOLIDAY = "holiday"
    DAY = "day"
    HOURS = "hours"
    PERMITTED = "permitted"


SENTENCES: Mapping[SendReason, Sentence] = {
    SendReason.BANNED: Sentence(
        "Nothing of this kind may be sent.", "Aucun envoi de ce type n’est permis."
    ),
    SendReason.SECTOR_BAN: Sentence(
        "What {subject} offers may not be advertised like this.",
        "Le secteur {subject} ne peut pas être démarché ainsi.",
    ),
    SendReason.CONSENT_WITHDRAWN: Sentence(
        "Consent was withdrawn.", "Le consentement a été retiré."
    ),
    SendReason.ON_OPPOSITION_LIST: Sentence(
        "The contact is on the opposition list {subject}.",
        "Le contact figure sur la liste d’opposition {subject}.",
    ),
    SendReason.OPPOSITION_LIST_OLD: Sentence(
        "The opposition list {subject} was not read lately.",
        "La liste d’opposition {subject} n’a pas été consultée récemment.",
    ),
    SendReason.NOT_COVERED: Sentence(
        "No rule says on which legal basis this may be sent.",
        "Aucune règle ne dit sur quelle base légale cet envoi est permis.",
    ),
    SendReason.NO_BASIS: Sentence(
        "The legal basis {subject} is not enough here.",
        "La base légale {subject} ne suffit pas ici.",
    ),
    SendReason.NO_PROOF: Sentence(
        "The proof of the legal basis lacks: {subject}.",
        "La preuve de la base légale est incomplète : {subject}.",
    ),
    SendReason.NOT_TRUE: Sentence(
        "The legal basis does not hold: {subject}.",
        "La base légale n’est pas remplie : {subject}.",
    ),
    SendReason.CONSENT_NOT_FOR_CHANNEL: Sentence(
        "Consent was not given for {subject}.",
        "Le consentement ne couvre pas {subject}.",
    ),
    SendReason.EVIDENCE_TOO_OLD: Sentence(
        "The proof is too old: {subject}.", "La preuve est trop ancienne : {subject}."
    ),
    SendReason.CONTENT_LACKS: Sentence(
        "The content does not say: {subject}.", "Le contenu ne mentionne pas : {subject}."
    ),
    SendReason.SENSITIVE: Sentence(
        "Sensitive data was found: {subject}.", "Données sensibles repérées : {subject}."
    ),
    SendReason.NOT_SCREENED: Sentence(
        "Nobody has looked for sensitive data.",
        "L’absence de données sensibles n’a pas été vérifiée.",
    ),
    SendReason.SENDER_REFUSED: Sentence(
        "A sender of this kind may not be shown: {subject}.",
        "Ce type d’expéditeur n’est pas permis : {subject}.",
    ),
    SendReason.SENDER_NOT_APPROVED: Sentence(
        "The sender was not approved for this controller.",
        "L’expéditeur n’a pas été approuvé pour ce client.",
    ),
    SendReason.NUMBER_REFUSED: Sentence(
        "Numbers of this kind are not contacted: {subject}.",
        "Ce type de numéro n’est pas contacté : {subject}.",
    ),
    SendReason.COUNTRY_REFUSED: Sentence(
        "No rule is there for this country: {subject}.",
        "Aucune règle n’existe pour ce pays : {subject}.",
    ),
    SendReason.ADDRESS_REFUSED: Sentence(
        "Addresses of this kind are not contacted: {subject}.",
        "Ce type d’adresse n’est pas contacté : {subject}.",
    ),
    SendReason.PROVENANCE_UNKNOWN: Sentence(
        "Nobody answers for where the list comes from.",
        "Personne n’atteste la provenance de la liste.",
    ),
    SendReason.SUPPLIER_REFUSED: Sentence(
        "Lists of a supplier are not used here.",
        "Les listes d’un fournisseur ne sont pas utilisées ici.",
    ),
    SendReason.REGION_REFUSED: Sentence(
        "The provider processes data in {subject}, which is not permitted.",
        "Le prestataire traite les données dans un pays non permis : {subject}.",
    ),
    SendReason.TOO_LARGE: Sentence(
        "The campaign is larger than {subject} recipients.",
        "La campagne dépasse {subject} destinataires.",
    ),
    SendReason.NOT_APPROVED: Sentence(
        "Approvals that are lacking: {subject}.", "Approbations manquantes : {subject}."
    ),
    SendReason.FACT_UNKNOWN: Sentence(
        "Nothing is known about {subject}, and what is unknown is not permitted.",
        "Rien n’est connu de {subject} : ce qui est inconnu n’est pas permis.",
    ),
    SendReason.ZONE_UNKNOWN: Sentence(
        "Nobody knows what time it is for the recipient.",
        "L’heure locale du destinataire est inconnue.",
    ),
    SendReason.NEVER_OPEN: Sentence(
        "No time is open in the coming year.", "Aucun créneau n’est ouvert dans l’année."
    ),
    SendReason.CAP: Sentence(
        "Too many contacts lately: {subject}.", "Trop de contacts récents : {subject}."
    ),
    SendReason.REFUSAL: Sentence(
        "The person refused a short time ago.", "La personne a refusé il y a peu."
    ),
    SendReason.HOLIDAY: Sentence("It is a public holiday.", "C’est un jour férié."),
    SendReason.DAY: Sentence(
        "It is a day on which nothing is sent.", "Aucun envoi n’a lieu ce jour-là."
    ),
    SendReason.HOURS: Sentence(
        "It is outside the hours of the recipient.",
        "C’est en dehors des heures permises chez le destinataire.",
    ),
    SendReason.PERMITTED: Sentence("Nothing forbids it.", "Rien ne s’y oppose."),
}
RANK: Mapping[SendReason, int] = {reason: place for place, reason in enumerate(SendReason)}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one rule says against a send. A rule that says nothing against it gives None.

    until    for a deferral: the first instant at which it would no longer say so
    subject  what it is about: a word or a list of words, never a person
    """

    verdict: Verdict
    reason: SendReason
    subject: str = ""
    until: Millis | None = None


@dataclass(frozen=True, slots=True)
class SendDecision:
    """Whether a send may leave now.

    rule, version  which rule, and the hash of the ruleset it is from; empty where it is permitted
    until          for a deferral: the instant to decide again
    others         what else speaks against it, as (rule, reason)
    """

    verdict: Verdict
    reason: SendReason
    rule: str = ""
    version: str = ""
    subject: str = ""
    until: Millis | None = None
    others: tuple[tuple[str, SendReason], ...] = ()

    def sentence(self, language: Language = "en") -> str:
        """Return the reason for people."""
        sentence = SENTENCES[self.reason]
        return (sentence.fr if language == "fr" else sentence.en).format(subject=self.subject)
