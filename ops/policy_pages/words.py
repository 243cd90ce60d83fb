"""What the closed words of rules mean. Tests hold the table to the types and to ``known_words``."""

from collections.abc import Mapping

from policy.send_facts import CONTENT, EVIDENCE

Meanings = Mapping[str, str]

CHANNELS: Meanings = {
    "sms": "text messages",
    "email": "email",
    "voice": "calls",
    "fax": "fax",
    "post": "letters",
}
CAMPAIGNS: Meanings = {
    "marketing": "it offers or promotes something",
    "service": "it serves people: an appointment, a delivery, a warning",
}
RELATIONS: Meanings = {
    "b2c_prospect": "consumers who bought nothing",
    "b2c_customer": "consumers who bought something",
    "b2b_named": "people at work, by name",
    "b2b_legal": "companies themselves: info@, a switchboard",
}
BASES: Meanings = {
    "consent": "the person agreed",
    "soft_opt_in": "a customer, similar goods, and an opt-out offered at collection",
    "legitimate_interest": "an interest that the person's rights do not outweigh",
    "contract": "it is needed for a contract with the person",
    "legal_obligation": "a law demands it",
    "vital_interest": "it protects somebody's life",
    "public_task": "it is a task in the public interest",
}
VOICE_MODES: Meanings = {"automated": "a machine speaks", "live": "a person speaks"}
CERTAINTIES: Meanings = {
    "law": "a statute or decree says so",
    "guidance": "an authority says so on its pages",
    "contract": "a contract or charter says so",
    "house": "a choice of the house, yours or ours",
}
DAYS: Meanings = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
LAYERS: Meanings = {
    "platform": "whoever runs Chappe; holds for everybody",
    "controller": "one client; only stricter",
    "campaign": "one campaign; only stricter",
}
ROLES: Meanings = {
    "person": "of a person, or of nobody special",
    "role": "of an office: info@, contact@",
    "technical": "of a machine or a duty: abuse@, noreply@",
}
SCOPES: Meanings = {
    "controller": "contacts by this controller count",
    "platform": "contacts by all controllers count",
}
NUMBER_KINDS: Meanings = {
    "mobile": "mobile phones",
    "fixed": "fixed lines",
    "voip": "lines over the internet",
    "toll_free": "free for whoever calls",
    "premium": "surcharged",
    "shared_cost": "partly charged to whoever calls",
    "m2m": "machines",
    "short": "short codes and emergency numbers",
    "fiction": "set aside for films and tests",
}
SENDER_KINDS: Meanings = {
    "alphanumeric": "a name",
    "short": "a short code",
    "mobile": "a mobile number",
    "platform": "a number of the ranges for platforms",
    "other_number": "any other number",
    "address": "an email or postal address",
}
FINDING_KINDS: Meanings = {
    "nir": "French social security numbers, by their key",
    "card": "numbers of payment cards, by their check digit",
    "words:health": "words about health; other lists: `words:` and the name of the list",
}
WORD = "lower-case letters, digits, `.`, `_`, `-`; at most 64"
COUNTRY = "ISO 3166-1, two capitals: `FR`"
CLOCK = "`00:00` to `24:00`, in quotes"
# Words of a parameter that its type leaves open: kind of rule, parameter.
OPEN_WORDS: Mapping[tuple[str, str], Meanings] = {
    ("basis", "one_of.proof"): EVIDENCE,
    ("basis", "one_of.true"): {
        name: EVIDENCE[name]
        for name in ("similar", "optout_offered", "job_related", "contract_active", "related")
    },
    ("consent_age", "evidence"): {
        name: what for name, what in EVIDENCE.items() if name.endswith("_at")
    },
    ("content", "must_say"): CONTENT,
    ("numbers", "kinds"): NUMBER_KINDS,
    ("sender", "kinds"): SENDER_KINDS,
    ("screen", "refuse"): FINDING_KINDS,
}
CLOSED_WORDS: tuple[Meanings, ...] = (
    *(CHANNELS, CAMPAIGNS, RELATIONS, BASES, VOICE_MODES, CERTAINTIES),
    *(DAYS, LAYERS, ROLES, SCOPES),
)


def meanings(words: frozenset[str]) -> Meanings:
    """Return what the words of a closed list mean. Raises KeyError for a list that is not here."""
    return {frozenset(table): table for table in CLOSED_WORDS}[words]
