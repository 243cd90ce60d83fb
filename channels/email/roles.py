"""Whether an email address is a person's, a function's of an organisation, or a machine's.

Only the part before the @ is looked at, without its tag: ``info+shop@example.org`` is ``info``.
Sources: RFC 2142 (mailbox names of services, roles and functions), RFC 5321 §4.5.1 (postmaster).
"""

import re
from collections.abc import Mapping
from typing import Final, Literal

Role = Literal["person", "role", "technical"]

# Nobody in particular reads these, or whoever does must not be bothered: duties and machines.
_TECHNICAL: Final = """
    abuse admin-dns bounce bounces daemon dmarc dnsadmin do-not-reply do_not_reply donotreply ftp
    hostmaster listserv mailer-daemon mailerdaemon majordomo nepasrepondre ne-pas-repondre
    ne_pas_repondre no-reply no_reply noc noreply nobody postmaster
    pas-de-reponse root sans-reponse security securite spam ssladmin ssladministrator
    ssl-admin sysadmin usenet uucp webmaster www
    """
# Functions: an organisation reads them, not a person of one's own choice.
_ROLE: Final = """
    accounting accueil achat achats adherents adhesion administration administrateur admin agence
    assistance atelier billing boutique bureau bookings booking cabinet candidature candidatures
    careers clients client commande commandes commercial communication compta comptabilite
    comptable contact contacts courrier customerservice customer-service customers devis direction
    dpo editorial emploi enquiries enquiry equipe etudes événements evenements event events export
    facturation factures finance finances formation gerance gestion hello help helpdesk hr
    hotline info infos information informations invoice invoices it jobs juridique legal
    livraison location logistique magasin mail mairie maintenance marketing media news newsletter office order
    orders partenariat partenariats planning pr presse press privacy production qualite reception
    recrutement recruitment redaction renseignements reservation reservations rh rgpd gdpr sales
    salon sav secretariat secretaire service services serviceclient service-client serviceclients
    service-clients shop siege site standard stage stages store support syndic tech technique
    team tresorerie tresorier ventes vente voyages web welcome bonjour
    """
_ROLES: Final[Mapping[str, Role]] = {
    **dict.fromkeys(_ROLE.split(), "role"),
    **dict.fromkeys(_TECHNICAL.split(), "technical"),
}
# noreply-orders, bounces.42, info-paris, contact2: a function with more said about it.
_FUNCTION: Final = re.compile(
    r"(no-?_?reply|donotreply|do-not-reply|ne-?pas-?repondre|mailer-daemon|bounces?|postmaster|abuse"
    r"|info|infos|contact|support|sales|service|accueil|direction|compta|comptabilite|commercial"
    r"|secretariat|reservation|reservations|recrutement|facturation|mairie|agence|sav|rh)"
    r"(?:[0-9]+|[._=-].*)"
).fullmatch


def role_of(address: str) -> Role:
    """Return ``person``, ``role`` (info@, contact@) or ``technical`` (abuse@, noreply@).

    address  normalised, or at least an address; case does not matter
    """
    name = address.partition("@")[0].lower().partition("+")[0]
    role = _ROLES.get(name)
    if role is not None:
        return role
    function = _FUNCTION(name)
    if function is None:
        return "person"
    return _ROLES.get(function[1], "technical")
