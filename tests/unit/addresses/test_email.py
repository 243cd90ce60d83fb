import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from channels.addresses import AddressFault, Normalised
from channels.email import address
from channels.email.address import normalise

REFUSED = [
    ("ana.example.org", "no_at"),
    ("a@b@example.org", "several_at"),
    ("a@example.org, b@example.org", "several_at"),
    ("<a@example.org> <b@example.org>", "several_at"),
    ("Ana <ana example>", "no_at"),
    ("ana@example.org> <", "display_name"),
    ("a b@example.org", "space_inside"),
    ('"a b"@example.org', "space_inside"),
    ('"ab"@example.org', "bad_local_part"),
    ("a..b@example.org", "bad_local_part"),
    (".a@example.org", "bad_local_part"),
    ("a\u200bb@example.org", "bad_local_part"),
    ("a" * 65 + "@example.org", "bad_local_part"),
    ("a@b", "bad_domain"),
    ("a@test", "bad_domain"),
    ("a@example.org;", "bad_domain"),
    ("a@example.org.", "bad_domain"),
    ("a@[192.0.2.1]", "bad_domain"),
    ("a@exa_mple.org", "bad_domain"),
    ("a@ab--cd.example.org", "bad_domain"),
    ("a@example.123", "bad_domain"),
    ("a@" + "x" * 64 + ".org", "bad_domain"),
    ("a@" + "x." * 130 + "org", "bad_domain"),
    ("a@localhost", "reserved_domain"),
    ("a@host.invalid", "reserved_domain"),
    ("a@printer.local", "reserved_domain"),
    ("mailto:a@example.org?subject=x", "mailto_options"),
    ("mailto:a%2Bb@example.org", "mailto_options"),
]


@pytest.mark.parametrize(("raw", "reason"), REFUSED)
def test_an_unusable_address_is_refused_with_its_reason(raw: str, reason: str) -> None:
    with pytest.raises(AddressFault) as caught:
        normalise(raw)
    assert caught.value.reason == reason
    assert "example" not in repr(caught.value)


def test_dots_and_tags_stay_four_persons() -> None:
    raws = ["a+promo@example.org", "a@example.org", "a.b@example.org", "ab@example.org"]
    assert [normalise(raw).value for raw in raws] == raws


def _outcome(raw: str) -> Normalised | str:
    """Return the normal form, or the reason why there is none."""
    try:
        return normalise(raw)
    except AddressFault as fault:
        return fault.reason


def _oracle(value: str) -> str | None:
    """Say what the library makes of a lower-case address; None: it refuses."""
    try:
        found = validate_email(
            value, check_deliverability=False, test_environment=True, strict=True
        )
    except EmailNotValidError:
        return None
    return f"{found.local_part}@{found.ascii_domain}"


ATEXT = "abcXYZ019!#$%&'*+/=?^_`{|}~-."
DOMAIN = "abcXYZ019-."


@given(
    local=st.text(alphabet=ATEXT, min_size=1, max_size=20),
    domain=st.text(alphabet=DOMAIN, min_size=1, max_size=20),
    top=st.sampled_from(["org", "test", "local", "invalid", "x", "c0m", "fr", "xn--p1ai"]),
)
def test_the_fast_path_never_accepts_what_the_library_refuses(
    local: str, domain: str, top: str
) -> None:
    raw = f"{local}@{domain}.{top}".lower()
    if len(raw) <= address._PLAIN_LENGTH and address._PLAIN(raw):
        assert _oracle(raw) == raw


@given(st.emails())
def test_every_valid_address_is_accepted_as_the_library_says(raw: str) -> None:
    expected = _oracle(raw.lower())
    try:
        found = normalise(raw).value
    except AddressFault:
        assert expected is None
    else:
        assert found == expected


@given(
    st.text(max_size=12),
    st.text(max_size=12),
    st.sampled_from([".org", ".test", "", ".\u0440\u0444"]),
)
def test_any_text_is_normalised_or_refused_and_the_form_is_stable(
    local: str, domain: str, top: str
) -> None:
    found = _outcome(f"{local}@{domain}{top}")
    if isinstance(found, str):
        assert found in address.SENTENCES
    else:
        again = normalise(found.value)
        assert (again.value, again.repaired) == (found.value, "")
        assert found.value == found.value.lower()
