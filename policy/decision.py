"""Decisions are values: a verdict, why, and by which rule.

The reason codes are published: they appear in events and in the output of commands, so none is
renamed or removed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Language = Literal["en", "fr"]


class Verdict(StrEnum):
    """What a decision comes to. Only time or a cap defers; whoever is unsure denies."""

    ALLOW = "allow"
    DENY = "deny"
    DEFER = "defer"


class ReasonCode(StrEnum):
    """Why a campaign was refused."""

    FACT_UNKNOWN = "fact_unknown"
    NO_RULESET = "no_ruleset"
    CONTROLLER_NOT_ALIVE = "controller_not_alive"
    PURPOSE_NOT_PERMITTED = "purpose_not_permitted"
    PURPOSE_OF_OTHER_KIND = "purpose_of_other_kind"
    HISTORY_NOT_AGREED = "history_not_agreed"
    SECTOR_UNKNOWN = "sector_unknown"
    EVIDENCE_DATED_AHEAD = "evidence_dated_ahead"
    CONSENT_NOT_FOR_CHANNEL = "consent_not_for_channel"
    SAFETY_NOT_SERVICE = "safety_not_service"
    RECIPIENTS_MISSING = "recipients_missing"
    RECIPIENTS_CHANGED = "recipients_changed"
    RECIPIENTS_UNREADABLE = "recipients_unreadable"
    RECIPIENTS_NOT_PERMITTED = "recipients_not_permitted"
    LIST_NOT_FOR_PURPOSE = "list_not_for_purpose"
    AIMED_CAMPAIGN_MISSING = "aimed_campaign_missing"
    AIMED_CAMPAIGN_UNFINISHED = "aimed_campaign_unfinished"
    AIMED_CAMPAIGN_FORGOTTEN = "aimed_campaign_forgotten"
    NO_CONNECTOR = "no_connector"
    CONNECTOR_NOT_ATTESTED = "connector_not_attested"
    CONNECTOR_OUTSIDE_EEA = "connector_outside_eea"
    RESEND_NOT_SAFE = "resend_not_safe"
    CONTENT_UNUSABLE = "content_unusable"
    SENDER_IDENTITY_MISSING = "sender_identity_missing"
    UNSUBSCRIBE_MISSING = "unsubscribe_missing"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One reason for people; ``{subject}`` stands for what the decision is about."""

    en: str
    fr: str


SENTENCES: Mapping[ReasonCode, Sentence] = {
    ReasonCode.FACT_UNKNOWN: Sentence(
        "Nothing is known about {subject}, and what is unknown is not permitted.",
        "Rien n’est connu de {subject} : ce qui est inconnu n’est pas permis.",
    ),
    ReasonCode.NO_RULESET: Sentence(
        "No ruleset of the platform is in force, and without rules nothing is permitted.",
        "Aucun jeu de règles de la plateforme n’est en vigueur : sans règles, rien n’est permis.",
    ),
    ReasonCode.CONTROLLER_NOT_ALIVE: Sentence(
        "The contract with this controller has ended.",
        "Le contrat avec ce client est terminé.",
    ),
    ReasonCode.PURPOSE_NOT_PERMITTED: Sentence(
        "The purpose {subject} was not agreed with this controller.",
        "La finalité {subject} n’a pas été convenue avec ce client.",
    ),
    ReasonCode.PURPOSE_OF_OTHER_KIND: Sentence(
        "The purpose {subject} was agreed for the other kind of campaign.",
        "La finalité {subject} a été convenue pour l’autre type de campagne.",
    ),
    ReasonCode.HISTORY_NOT_AGREED: Sentence(
        "The history is to be kept longer than agreed with this controller.",
        "L’historique serait gardé plus longtemps que convenu avec ce client.",
    ),
    ReasonCode.SECTOR_UNKNOWN: Sentence(
        "No rule in force has a word for the sector {subject}; leave it out, or mend it.",
        "Aucune règle en vigueur ne connaît le secteur {subject} : à retirer ou à corriger.",
    ),
    ReasonCode.EVIDENCE_DATED_AHEAD: Sentence(
        "The proof of the legal basis lies in the future: {subject}.",
        "La preuve de la base légale est datée dans le futur : {subject}.",
    ),
    ReasonCode.CONSENT_NOT_FOR_CHANNEL: Sentence(
        "The route goes through {subject}, which the consent does not cover.",
        "Le parcours passe par {subject}, que le consentement ne couvre pas.",
    ),
    ReasonCode.SAFETY_NOT_SERVICE: Sentence(
        "Only a campaign of kind service can be a matter of safety.",
        "Seule une campagne de service peut relever de la sécurité.",
    ),
    ReasonCode.RECIPIENTS_MISSING: Sentence(
        "There is no {subject}.",
        "Introuvable : {subject}.",
    ),
    ReasonCode.RECIPIENTS_CHANGED: Sentence(
        "The {subject} is not the one that the campaign names: its checksum differs.",
        "Le contenu diffère de celui annoncé par la campagne (somme de contrôle) : {subject}.",
    ),
    ReasonCode.RECIPIENTS_UNREADABLE: Sentence(
        "The recipients cannot be read: {subject}.",
        "Les destinataires ne peuvent pas être lus : {subject}.",
    ),
    ReasonCode.RECIPIENTS_NOT_PERMITTED: Sentence(
        "Recipients may not be given in the campaign itself; use a list or a file.",
        "Les destinataires ne peuvent pas figurer dans la campagne : liste ou fichier requis.",
    ),
    ReasonCode.LIST_NOT_FOR_PURPOSE: Sentence(
        "The {subject} may not be used for this purpose.",
        "Usage non permis pour cette finalité : {subject}.",
    ),
    ReasonCode.AIMED_CAMPAIGN_MISSING: Sentence(
        "There is no earlier campaign {subject} to aim by.",
        "Aucune campagne antérieure {subject} sur laquelle s’appuyer.",
    ),
    ReasonCode.AIMED_CAMPAIGN_UNFINISHED: Sentence(
        "The campaign {subject} is not finished: what became of its people is not known yet.",
        "La campagne {subject} n’est pas terminée : le sort de ses destinataires n’est pas connu.",
    ),
    ReasonCode.AIMED_CAMPAIGN_FORGOTTEN: Sentence(
        "What became of the people of campaign {subject} is no longer kept.",
        "Le sort des destinataires de la campagne {subject} n’est plus conservé.",
    ),
    ReasonCode.NO_CONNECTOR: Sentence(
        "No connector is enabled for {subject}.",
        "Aucun connecteur n’est activé pour {subject}.",
    ),
    ReasonCode.CONNECTOR_NOT_ATTESTED: Sentence(
        "No enabled connector of {subject} is attested: who the provider is, and in which country.",
        "Aucun connecteur actif de {subject} n’est attesté (prestataire et pays).",
    ),
    ReasonCode.CONNECTOR_OUTSIDE_EEA: Sentence(
        "The connector {subject} processes data outside the European Economic Area.",
        "Le connecteur {subject} traite des données hors de l’Espace économique européen.",
    ),
    ReasonCode.RESEND_NOT_SAFE: Sentence(
        "Those in doubt cannot be sent to again: connector {subject} could deliver twice.",
        "Pas de nouvel envoi en cas de doute : le connecteur {subject} pourrait livrer deux fois.",
    ),
    ReasonCode.CONTENT_UNUSABLE: Sentence(
        "The content cannot be used: {subject}.",
        "Le contenu est inutilisable : {subject}.",
    ),
    ReasonCode.SENDER_IDENTITY_MISSING: Sentence(
        "The {subject} content does not say who advertises.",
        "Le contenu {subject} ne dit pas qui est l’annonceur.",
    ),
    ReasonCode.UNSUBSCRIBE_MISSING: Sentence(
        "The {subject} content offers no way to object (a link, or STOP).",
        "Le contenu {subject} n’offre aucun moyen de s’opposer (lien ou STOP).",
    ),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, why and by which rule.

    subject  what it is about: a channel, a connector, a purpose; never a person
    until    for a deferral: the instant (milliseconds since the epoch) to ask again
    """

    verdict: Verdict
    reason: ReasonCode
    rule: str
    subject: str = ""
    until: int | None = None

    def sentence(self, language: Language = "en") -> str:
        """Return the reason for people."""
        sentence = SENTENCES[self.reason]
        text = sentence.fr if language == "fr" else sentence.en
        return text.format(subject=self.subject)
