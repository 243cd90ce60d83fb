"""What the closed words of rules mean. Tests hold the table to the types and to ``known_words``."""

from collections.abc import Collection, Mapping

from policy import known_words
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
    "fixed_or_mobile": "either, where a country's numbers do not tell",
    "voip": "lines over the internet",
    "toll_free": "free for whoever calls",
    "premium": "surcharged",
    "shared_cost": "partly charged to whoever calls",
    "m2m": "machines",
    "short": "short codes and emergency numbers",
    "platform": "numbers that machines call from",
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
    "words": "words of any of these topics",
    "words:origin": "words about origin",
    "words:politics": "words about politics",
    "words:religion": "words about religion",
    "words:union": "words about unions",
    "words:genetics": "words about genes",
    "words:biometrics": "words about measures of the body",
    "words:health": "words about health",
    "words:sexuality": "words about sexuality",
    "words:offences": "words about offences",
}
WORD = "words of lower-case letters, digits, `.`, `_`, `-`"
COUNTRY = "codes of countries such as `FR` (ISO 3166-1)"
CLOCK = "`00:00` to `24:00`, in quotes"


def _known(table: Meanings, known: Collection[str]) -> Meanings:
    """Return the words that rules know: a table may hold more than there are today."""
    return {word: meaning for word, meaning in table.items() if word in known}


# Words of a parameter that its type leaves open: kind of rule, parameter.
OPEN_WORDS: Mapping[tuple[str, str], Meanings] = {
    ("basis", "one_of.proof"): EVIDENCE,
    ("basis", "one_of.true"): {
        name: EVIDENCE[name] for name in EVIDENCE if name in known_words.TRUTHS
    },
    ("consent_age", "evidence"): {
        name: what for name, what in EVIDENCE.items() if name in known_words.DAYS
    },
    ("content", "must_say"): CONTENT,
    ("numbers", "kinds"): _known(NUMBER_KINDS, known_words.NUMBER_KINDS),
    ("sender", "kinds"): _known(SENDER_KINDS, known_words.SENDER_KINDS),
    ("screen", "refuse"): _known(FINDING_KINDS, known_words.FINDING_KINDS),
}
CLOSED_WORDS: tuple[Meanings, ...] = (
    *(CHANNELS, CAMPAIGNS, RELATIONS, BASES, VOICE_MODES, CERTAINTIES),
    *(DAYS, LAYERS, ROLES, SCOPES),
)


def meanings(words: frozenset[str]) -> Meanings:
    """Return what the words of a closed list mean. Raises KeyError for a list that is not here."""
    return {frozenset(table): table for table in CLOSED_WORDS}[words]
