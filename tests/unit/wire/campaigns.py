"""Campaign messages for tests: the published example, and strategies for valid and broken ones."""

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLE = (Path(__file__).parent / "example.json").read_bytes()

Json = dict[str, Any]

# Time says more about the machine than about a test.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def example() -> Json:
    """Return the published example as a tree that a test may change."""
    tree: Json = json.loads(EXAMPLE)
    return tree


def body(tree: object) -> bytes:
    return json.dumps(tree, ensure_ascii=False).encode()


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    """Any choice of the fields, null included."""
    return st.fixed_dictionaries({}, optional={k: st.none() | v for k, v in fields.items()})


def slugs(alphabet: str = "abcz09-") -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=1, max_size=64)


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=60)
lines = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=60)
days = st.dates().map(str)
channels = st.lists(
    st.sampled_from(["sms", "email", "voice", "fax", "post"]), unique=True, max_size=5
)
hours = st.integers(0, 80_000).map(lambda n: f"PT{n}H")
spans = st.builds(
    "P{}Y{}M{}DT{}H".format,
    st.integers(0, 4),
    st.integers(0, 11),
    st.integers(1, 30),
    st.integers(0, 23),
)
proofs = {
    "consent": optional(
        given_at=days,
        method=st.sampled_from(["unticked_box", "paper", "recorded_call"]),
        text_version=lines,
        source=lines,
        channels=channels,
    ),
    "soft_opt_in": optional(
        last_purchase_at=days, similar=st.booleans(), optout_offered=st.booleans()
    ),
    "legitimate_interest": optional(informed_at=days, job_related=st.booleans()),
    "contract": optional(contract_ref=lines, related=st.booleans()),
    "public_task": st.just({}),
}
bases = st.sampled_from(sorted(proofs)).flatmap(
    lambda kind: st.fixed_dictionaries(
        {"type": st.just(kind)}, optional={"proof": st.none() | proofs[kind]}
    )
)
rows = st.fixed_dictionaries(
    {"email": st.just("ana@example.org")},
    optional={
        "ref": texts,
        "tel": st.integers(0, 10**12),
        "prenom": st.none() | texts,
        "Montant_2": st.none() | st.integers(-(2**62), 2**62),
    },
)
aims = st.fixed_dictionaries(
    {
        "campaign": st.just("noel-2025"),
        "outcomes": st.lists(
            st.sampled_from(["sent", "failed", "expired"]), min_size=1, unique=True
        ),
    }
)
sources = st.one_of(
    st.fixed_dictionaries({"list": slugs("abc09._-").filter(lambda text: text[0] not in "._-")}),
    st.fixed_dictionaries(
        {
            "file": st.fixed_dictionaries(
                {
                    "name": st.sampled_from(["clients.csv", "clients de Noël.csv"]),
                    "sha256": st.text("0123456789abcdef", min_size=64, max_size=64),
                },
                optional={"format": st.sampled_from([None, "csv", "ndjson"])},
            )
        }
    ),
    st.fixed_dictionaries({"inline": st.lists(rows, min_size=1, max_size=4)}),
)
recipients = st.builds(
    lambda source, aimed: {**source, **aimed},
    sources,
    st.fixed_dictionaries(
        {},
        optional={
            "only": st.none() | aims,
            "except": st.none() | aims,
            "provenance": st.just({"attested_by": "Boutique"}),
        },
    ),
)
contents = st.fixed_dictionaries(
    {
        "sms": st.fixed_dictionaries({"sender": st.just("BOUTIQUE"), "text": texts}),
        "email": st.fixed_dictionaries(
            {
                "from": st.sampled_from(
                    ["info@example.org", "Café <info@example.org>", '"A, B" <b@example.org>']
                ),
                "subject": lines,
                "html": texts,
            },
            optional={"text": st.none() | texts, "reply_to": st.just("re@example.org")},
        ),
        "voice": st.fixed_dictionaries(
            {"text": texts},
            optional={"number": st.sampled_from(["+33199001234", "01 99 00 12 34"])},
        ),
        "fax": st.fixed_dictionaries({"text": texts}),
        "post": st.fixed_dictionaries({"text": texts}),
    }
)
valid_jobs = st.fixed_dictionaries(
    {
        "schema": st.just("chappe.campaign/1"),
        "id": slugs("aZ9._-").filter(lambda text: text[0].isalnum()),
        "controller": slugs(),
        "kind": st.just("service"),
        "purpose": slugs("ab9._-").filter(lambda text: text[0].isalnum()),
        "relation": st.sampled_from(["b2c_prospect", "b2c_customer", "b2b_named", "b2b_legal"]),
        "basis": bases,
        "recipients": recipients,
        "route": channels.filter(bool),
        "content": contents,
    },
    optional={
        "fallback": st.fixed_dictionaries(
            {},
            optional={
                "on": st.lists(st.sampled_from(["no_address", "invalid", "failed"]), unique=True),
                "receipt_wait": st.none() | hours,
            },
        ),
        "schedule": st.sampled_from(
            [
                {},
                {"not_before": None},
                {"not_after": "2026-11-28T19:00:00.25+01:00", "spread": "PT2H"},
                {"local_time": "14:00", "local_date": "2026-12-03"},
                {"local_time": "08:30", "not_before": "2026-12-03T00:00:00Z", "spread": "PT2H"},
                {"not_before": "2026-11-28T09:00:00Z", "not_after": "2026-11-28T12:00:00+01:00"},
            ]
        ),
        "priority": st.just("normal"),
        "on_doubt": st.sampled_from(["record", "resend"]),
        "history": st.none() | spans,
        "visits": st.booleans(),
        "safety": st.booleans(),
    },
)
any_json: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
