"""The one table of what is kept how long. Nothing else in Chappe says how long.

Each class names its data for people, every place where it lies, what its time runs from, how long
it is kept, who may change that, and why. Places are written ``table.column`` (``table.*`` is all
the rest of a table), ``keyring.table``, ``keys:scope`` (keys of sealed things), ``queue:name`` and
``files:kind``. A test fails when a table, column, queue or kind of file has no class.
"""

from policy.retention_class import Chooser, RetentionClass, Since

MINIMISATION = "GDPR art. 5(1)(c) and (e): no longer than the purpose needs"
INSTRUCTIONS = "GDPR art. 28(3)(a) and (g): the controller's instructions, and the end of service"

CLASSES: tuple[RetentionClass, ...] = (
    RetentionClass(
        "content",
        "Content of campaigns, their sealed recipients, and the work on them",
        (
            "campaigns.sealed_job",
            "campaigns.cursor",
            "blocks.*",
            "spills.*",
            "batches.*",
            "keys:campaign",
        ),
        Since.FINISHED,
        "PT0S",
        Chooser.NOBODY,
        f"The promise that message content is not kept. {MINIMISATION}",
    ),
    RetentionClass(
        "doubtful_blocks",
        "Sealed recipients of blocks with a delivery in doubt, so that the audit can name them",
        ("keys:doubt",),
        Since.FINISHED,
        "P3D",
        Chooser.NOBODY,
        f"The client must be able to learn whom a crash left in doubt. {MINIMISATION}",
        takes=("content",),
    ),
    RetentionClass(
        "history",
        "Campaigns, deliveries and figures; keys of persons, never an address or a name",
        ("campaigns.*", "deliveries.*", "tallies.*"),
        Since.FINISHED,
        "P10Y",
        Chooser.CLIENT,
        "The contract: ten years, or whatever the client chooses",
        takes=("content", "doubtful_blocks", "provider_references"),
    ),
    RetentionClass(
        "person_keys",
        "Pseudonyms of persons in deliveries; gone earlier when a person is erased",
        ("deliveries.contact_key", "deliveries.person_key"),
        Since.FINISHED,
        "P10Y",
        Chooser.CLIENT,
        "GDPR recital 26: a keyed hash is personal data still. Within the history, never longer",
        swept=False,
    ),
    RetentionClass(
        "provider_references",
        "What a provider calls a message, to join its receipts",
        ("deliveries.provider_ref",),
        Since.FINISHED,
        "P30D",
        Chooser.NOBODY,
        f"No receipt comes later. {MINIMISATION}",
    ),
    RetentionClass(
        "connection_log",
        "Who connected to the gateway: instant, address, page, answer",
        ("connections.*",),
        Since.RECORDED,
        "P1Y",
        Chooser.NOBODY,
        "The contract; French decree 2021-1362 asks hosts for one year",
    ),
    RetentionClass(
        "oppositions",
        "Who must not be contacted, the contact sealed so that the client can be handed it",
        ("suppressions.*", "suppression_chunks.*", "keys:suppressions"),
        Since.ENDED,
        "P1M",
        Chooser.NOBODY,
        f"GDPR art. 21(3): for as long as the client contacts people. {INSTRUCTIONS}",
    ),
    RetentionClass(
        "consents",
        "What persons agreed to and how that is proven, by key; who took it back. Goes with the"
        " contract",
        ("consents.*",),
        Since.WITHDRAWN,
        "P5Y",
        Chooser.NOBODY,
        "GDPR art. 7(1): consent must be proven; Code civil art. 2224: claims end after five years",
    ),
    RetentionClass(
        "opposition_lists",
        "Lists of objectors that a state or a supplier keeps, as keyed hashes",
        ("opposition_lists.*", "opposition_list_entries.*"),
        Since.REPLACED,
        "PT0S",
        Chooser.NOBODY,
        f"Only the latest edition says who objected. {MINIMISATION}",
    ),
    RetentionClass(
        "contact_times",
        "When somebody was contacted, by key, for rules on how often. Goes with the contract",
        ("contacts.*",),
        Since.RECORDED,
        "P1Y1M",
        Chooser.NOBODY,
        f"No rule on how often looks further back than 366 days. {MINIMISATION}",
    ),
    RetentionClass(
        "policy",
        "Rulesets, what was switched off, who approved what: rules and operators, no persons",
        ("rulesets.*", "policy_state.*", "kills.*", "approvals.*"),
        None,
        None,
        Chooser.NOBODY,
        "GDPR art. 5(2): which rules held at the time of a sending must be shown",
        swept=False,
    ),
    RetentionClass(
        "links",
        "Codes in text messages, by which a person can unsubscribe",
        ("short_links.*",),
        Since.ENDED,
        "P1M",
        Chooser.NOBODY,
        "A link to unsubscribe works as long as the contract",
    ),
    RetentionClass(
        "lists",
        "Contact lists, sealed, until the client deletes them",
        ("lists.*", "list_imports.*", "list_chunks.*", "keys:list"),
        Since.ENDED,
        "P1M",
        Chooser.NOBODY,
        f"The client owns its lists and deletes them at any time. {INSTRUCTIONS}",
        takes=("deleted_lists", "broken_imports"),
    ),
    RetentionClass(
        "deleted_lists",
        "Names and figures of deleted lists; their rows are gone at once",
        ("lists.deleted_at",),
        Since.DELETED,
        "P1M",
        Chooser.NOBODY,
        MINIMISATION,
        takes=("lists",),
    ),
    RetentionClass(
        "broken_imports",
        "Rows of imports that broke off and were never resumed",
        ("list_imports.finished_at",),
        Since.CUT,
        "P7D",
        Chooser.NOBODY,
        MINIMISATION,
        takes=("lists",),
    ),
    RetentionClass(
        "dead_letter_bodies",
        "Messages that were no campaign, sealed",
        ("dead_letters.sealed", "keys:dead letters"),
        Since.RECEIVED,
        "P7D",
        Chooser.NOBODY,
        f"They may hold anything, also persons. {MINIMISATION}",
    ),
    RetentionClass(
        "dead_letters",
        "That a message was no campaign, and why",
        ("dead_letters.*",),
        Since.RECEIVED,
        "P1Y",
        Chooser.NOBODY,
        "Faults of a client's software are found by comparing months",
        takes=("dead_letter_bodies",),
    ),
    RetentionClass(
        "event_references",
        "The client's own id of a person in an event, sealed until it was published",
        ("events.sealed_ref", "keys:events"),
        Since.PUBLISHED,
        "PT0S",
        Chooser.NOBODY,
        MINIMISATION,
        swept=False,
    ),
    RetentionClass(
        "events",
        "Events that were published: campaigns, counts and reasons",
        ("events.*",),
        Since.PUBLISHED,
        "P30D",
        Chooser.NOBODY,
        "A client that missed some can be told again",
    ),
    RetentionClass(
        "rights_requests",
        "Requests of persons: kind, dates, what was found where; the subject only until it is done",
        ("rights_requests.*", "keys:rights"),
        Since.DONE,
        "P5Y",
        Chooser.NOBODY,
        "Evidence for as long as a claim may be brought: French civil code art. 2224",
    ),
    RetentionClass(
        "holds",
        "Legal holds that ended",
        ("holds.*",),
        Since.LIFTED,
        "P5Y",
        Chooser.NOBODY,
        "Evidence why something was kept longer: French civil code art. 2224",
    ),
    RetentionClass(
        "ended_contracts",
        "Keys of controllers whose contract ended: whatever they sealed is unreadable then",
        ("keyring.controller_keys.*",),
        Since.ENDED,
        "P1M",
        Chooser.NOBODY,
        f"A month to hand everything back. {INSTRUCTIONS}",
        takes=(
            *("content", "doubtful_blocks", "history", "oppositions", "lists", "rights_requests"),
            *("consents", "contact_times"),
        ),
    ),
    RetentionClass(
        "stray_keys",
        "Keys whose sealed thing a crash left out",
        ("keyring.sealed_keys.*",),
        Since.USED,
        "P1D",
        Chooser.NOBODY,
        MINIMISATION,
    ),
    RetentionClass(
        "dropped_files",
        "Recipient files that a client dropped; planned ones are deleted at once",
        ("files:drop",),
        Since.WRITTEN,
        "P7D",
        Chooser.NOBODY,
        MINIMISATION,
    ),
    RetentionClass(
        "outbox_files",
        "Messages that an outbox wrote into files instead of sending them",
        ("files:outbox",),
        Since.WRITTEN,
        "P30D",
        Chooser.NOBODY,
        "For demos and tests only: content, in the clear",
    ),
    RetentionClass(
        "set_up",
        "Controllers, accounts, connectors and their sealed passwords, schema, identity",
        (
            "controllers.*",
            "accounts.*",
            "connectors.*",
            "keys:connectors",
            "store_identity.*",
            "schema_version.*",
            "keyring.keyring_version.*",
            "sweeps.*",
        ),
        None,
        None,
        Chooser.OPERATOR,
        "In use; no data of recipients",
        swept=False,
    ),
    RetentionClass(
        "counters",
        "Sums that metrics show; no person, no campaign",
        ("counters.*",),
        None,
        None,
        Chooser.NOBODY,
        "Anonymous",
        swept=False,
    ),
    RetentionClass(
        "audit",
        "Acts of operators, and the anchors of their chain; no person",
        ("acts.*", "keyring.audit_heads.*"),
        None,
        None,
        Chooser.NOBODY,
        "GDPR art. 5(2) and 28(3)(h): accountability; a chain is never cut",
        swept=False,
    ),
    RetentionClass(
        "campaign_messages",
        "Campaigns on their way in; recipients only where they are given inline",
        ("queue:campaigns",),
        Since.RECEIVED,
        "PT0S",
        Chooser.NOBODY,
        f"Acknowledged once stored. {MINIMISATION}",
        swept=False,
    ),
    RetentionClass(
        "lost_messages",
        "Campaign messages that the broker itself gave up on",
        ("queue:campaigns.dead",),
        Since.RECEIVED,
        "P7D",
        Chooser.NOBODY,
        f"The broker deletes them by itself. {MINIMISATION}",
        swept=False,
    ),
    RetentionClass(
        "doorbells",
        "Messages that say only that there is work",
        (
            "queue:planning",
            "queue:dispatch.*",
            "queue:receipts",
            "queue:retention",
            "queue:rights",
            "queue:webhooks",
        ),
        Since.RECEIVED,
        "PT0S",
        Chooser.NOBODY,
        "Ids only",
        swept=False,
    ),
)

BY_NAME = {one.name: one for one in CLASSES}


def class_of(place: str) -> RetentionClass | None:
    """Return the class of a place; an exact name goes before ``table.*``. None: it has none."""
    tables = [place.rsplit(".", 1)[0], place.split(".", 1)[0]] if "." in place else []
    for wanted in (place, *(f"{table}.*" for table in tables)):
        for one in CLASSES:
            if wanted in one.places:
                return one
    return None


def keeps(name: str) -> str:
    """Return how long a class is kept, an ISO 8601 duration.

    Raises ValueError for a class that is kept as long as it is in use.
    """
    duration = BY_NAME[name].keeps
    if duration is None:
        msg = f"retention class {name} has no duration"
        raise ValueError(msg)
    return duration


def places() -> tuple[str, ...]:
    """Return every place that a class names."""
    return tuple(place for one in CLASSES for place in one.places)
