"""Bodies of emails: both parts arrive exactly, whatever the values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.channels.mails import (
    LINK,
    bodies,
    compiled,
    read,
    unix,
    wire,
)

# -- bodies

signs = st.text(st.sampled_from(" \t\n\r.=aZé€'\"<>&{}-_🎈\u00a0\u202f\x00\x7f"), max_size=40)
anything = st.one_of(
    signs,
    st.text(st.characters(codec="utf-8", exclude_characters="\x1f"), max_size=30),
    st.integers(1, 1200).map(lambda n: "x" * n),
    st.integers(1, 300).map(lambda n: "." * n),
    st.just(LINK),
)
literal = st.text(st.sampled_from("a .=\n\té,F-<>"), max_size=100).map(
    lambda t: t.replace("From", "")
)


@given(
    st.lists(st.tuples(literal, st.sampled_from(["a", "b", "c"])), max_size=5),
    literal,
    st.fixed_dictionaries({"a": anything, "b": anything, "c": anything}),
    st.booleans(),
)
def test_both_parts_arrive_exactly_whatever_the_values(
    pieces: list[tuple[str, str]], last: str, values: dict[str, str], eight_bit: bool
) -> None:
    text = "".join(f"{before}{{{{ {name} }}}}" for before, name in pieces) + last
    composer = compiled(subject="s", text=text, html="<p>x</p>" + text)
    mail = wire(composer, dict(values), eight_bit=eight_bit)
    expected = "".join(before + unix(values[name]) for before, name in pieces) + last
    plain, html = bodies(read(mail))
    assert plain == expected
    assert html_unescaped(html) == "<p>x</p>" + html_unescaped_literals(pieces, values) + last
    lines = mail.split(b"\r\n")
    assert all(b"\n" not in line and b"\r" not in line for line in lines)
    assert all(len(line) <= 998 for line in lines)
    assert b"\x00" not in mail
    if not eight_bit:
        body = mail.partition(b"\r\n\r\n")[2]
        assert all(len(line) <= 76 or line.startswith(b"Content") for line in body.split(b"\r\n"))
        assert not any(line.startswith(b".") for line in lines)
        assert mail.isascii()


def html_unescaped(text: str) -> str:
    for escaped, sign in (
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", '"'),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ):
        text = text.replace(escaped, sign)
    return text


def html_unescaped_literals(pieces: list[tuple[str, str]], values: dict[str, str]) -> str:
    # A value that itself reads like an entity comes back escaped once more: compare unescaped.
    return "".join(before + unix(values[name]) for before, name in pieces)


@given(anything)
def test_a_part_with_statements_arrives_exactly_too(value: str) -> None:
    text = "{% if true %}.début {{ a }} fin \n.{% endif %}"
    composer = compiled(subject="s", text=text)
    plain, _ = bodies(read(wire(composer, {"a": value, "prenom": "x"})))
    assert plain == f".début {unix(value)} fin \n."


def test_8bit_is_smaller_and_says_so() -> None:
    composer = compiled(text="été {{ prenom }}")
    mail = wire(composer, {"prenom": "Zoé"}, eight_bit=True)
    assert b"Content-Transfer-Encoding: 8bit" in mail
    assert "été Zoé".encode() in mail


@pytest.mark.parametrize("value", ["x" * 1500, "a\nb", "a\x00b"])
def test_what_8bit_cannot_carry_is_quoted(value: str) -> None:
    composer = compiled(subject="s", text="été {{ prenom }}")
    mail = wire(composer, {"prenom": value}, eight_bit=True)
    assert b"8bit" not in mail
    assert bodies(read(mail))[0] == f"été {value}"


# -- the text part


def test_a_text_part_is_derived_from_the_html() -> None:
    html = (
        "<html><head><title>t</title><style>p{}</style></head><body><h1>Soldes&nbsp;!</h1>"
        "<p>Bonjour <b>{{ prenom }}</b>,<br>à samedi</p><ul><li>un</li><li>deux</li></ul>"
        "{% if prenom %}<p>{{ prenom|upper }} &#123;&#123; &amp; vous</p>{% endif %}"
        "<img alt='photo'><a href='{{ unsubscribe_url }}'>Se désabonner</a></body></html>"
    )
    plain, _ = bodies(read(wire(compiled(html=html), {"prenom": "Zoé"})))
    assert "Soldes\u00a0!" in plain
    assert "Bonjour Zoé,\nà samedi" in plain
    assert "- un\n- deux" in plain
    assert "ZOÉ {{ & vous" in plain
    assert f"Se désabonner ({LINK})" in plain
    assert "p{}" not in plain


def test_tables_anchors_and_closed_tags_become_readable_text() -> None:
    html = (
        "<table><tr><td>un</td><td>deux</td></tr></table><br/><a href='#haut'>haut</a>"
        "<a name='x'/><p/>fin</b></a><script>x()</script>{{ prenom }}"
    )
    plain, _ = bodies(read(wire(compiled(html=html), {"prenom": "Zoé"})))
    assert "un deux" in plain
    assert "haut" in plain
    assert "#haut" not in plain
    assert "x()" not in plain
    assert plain.endswith("Zoé\n")
