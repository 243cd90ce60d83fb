"""Templates: what a recipient's values can and cannot do."""

import minijinja
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.contract import UnusableContent, UnusableRecipient
from channels.render import Source, Templates


def render(text: str, values: dict[str, str | None], *, html: bool = False) -> str:
    templates = Templates([Source("part", text, html=html)])
    return templates.layouts[0].text(templates.fill(values))


def reason(text: str, values: dict[str, str | None]) -> str:
    with pytest.raises(UnusableRecipient) as caught:
        render(text, values)
    return caught.value.reason


@pytest.mark.parametrize("values", [{}, {"prenom": None}, {"nom": "x"}], ids=str)
@pytest.mark.parametrize(
    "text",
    [
        "Bonjour {{ prenom }}",
        "Bonjour {{ prenom|upper }}",
        "{% if prenom %}x{% endif %}",
        "{{ prenom ~ 'x' }}",
        "{% if autre is defined %}y{% endif %}{{ prenom }}",
    ],
)
def test_a_variable_without_a_value_makes_the_recipient_unusable(
    text: str, values: dict[str, str | None]
) -> None:
    assert reason(text, values) == "missing:prenom"


@pytest.mark.parametrize(
    "text", ["[{{ prenom }}]", "[{{ prenom|upper }}]", "[{% if true %}{{ prenom }}{% endif %}]"]
)
def test_an_empty_value_renders_empty(text: str) -> None:
    assert render(text, {"prenom": ""}) == "[]"


@pytest.mark.parametrize("values", [{}, {"prenom": None}], ids=str)
def test_a_template_may_say_what_to_do_without_a_value(values: dict[str, str | None]) -> None:
    assert render("Bonjour {{ prenom|default('vous') }}", values) == "Bonjour vous"
    assert render("{% if prenom is defined %}x{% else %}y{% endif %}", values) == "y"


def test_the_missing_variable_is_named_even_among_optional_ones() -> None:
    text = "{{ a|default('x') }}{{ b|upper }}{{ c|upper }}"
    assert reason(text, {"c": "1"}) == "missing:b"


@pytest.mark.parametrize("value", ["{{ marque }}", "{% for i in range(9) %}", "{# x #}", "{{"])
@pytest.mark.parametrize(
    "text", ["{{ prenom }}", "{{ prenom ~ '' }}", "{% if 1 %}{{ prenom }}{% endif %}"]
)
def test_values_are_never_rendered_again(text: str, value: str) -> None:
    assert render(text, {"prenom": value, "marque": "x"}) == value


@pytest.mark.parametrize("text", ["{{ v }}", "{{ v ~ '' }}", "{% if true %}{{ v }}{% endif %}"])
def test_html_is_escaped_in_html_only(text: str) -> None:
    value = "L'Hélène <b>&\""
    assert render(text, {"v": value}) == value
    escaped = render(text, {"v": value}, html=True)
    assert "<b>" not in escaped
    assert escaped.startswith("L&#x27;Hélène &lt;b&gt;&amp;")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a\n\n{{ a b }}", "part, line 3: unexpected identifier, expected end of variable block"),
        ("{% if x %}", "part, line 1: unexpected end of input, expected end of block"),
        ("{{ a", "part, line 1: unexpected end of input, expected end of variable block"),
        ("{{ a|nope }}", "part, line 1: filter nope is unknown"),
        ("{{ a|safe }}", "part, line 1: filter safe is unknown"),
        ("{% include 'x' %}", "part: the statement {% include %} is not allowed here"),
        ("{% autoescape false %}{% endautoescape %}", "{% autoescape %} is not allowed here"),
        (
            "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
            "OutOfFuel",
        ),
        ("a\x1fb", "part: the control character U+001F is not allowed"),
    ],
)
def test_faults_name_part_and_line(text: str, fault: str) -> None:
    with pytest.raises(UnusableContent) as caught:
        Templates([Source("part", text)])
    assert fault in "\n".join(caught.value.faults)


def test_all_faults_of_all_parts_are_told_at_once() -> None:
    with pytest.raises(UnusableContent) as caught:
        Templates([Source("one", "{{ a"), Source("two", "{% import 'x' as y %}")])
    assert [fault[:3] for fault in caught.value.faults] == ["one", "two"]


def test_a_part_cannot_reach_into_another() -> None:
    sources = [Source("one", "{% set x = 1 %}{{ a }}"), Source("two", "{{ x }}{{ a|upper }}")]
    templates = Templates(sources)
    with pytest.raises(UnusableRecipient, match="missing:x"):
        templates.fill({"a": "1"})


def test_work_per_recipient_is_limited() -> None:
    text = "{% for a in v %}{% for b in v %}{% for c in v %}x{% endfor %}{% endfor %}{% endfor %}"
    assert reason(text, {"v": "x" * 100}) == "too_much_work"


def test_a_separator_in_a_value_cannot_move_other_values() -> None:
    assert reason("{{ a|upper }}{{ b|upper }}", {"a": "1\x1f2", "b": "3"}) == "control_character"


def test_variables_are_known_before_any_recipient() -> None:
    text = "{{ a|default(b) }}{% for i in c %}{{ i }}{{ loop.index }}{% endfor %}{{ range(3) }}"
    assert Templates([Source("part", text)]).variables == {"a", "b", "c"}


names = st.sampled_from(["a", "b", "prenom", "_x1"])
expressions = st.one_of(
    names.map("{{{{ {} }}}}".format),
    names.map("{{{{{}}}}}".format),
    names.map("{{{{ {}|upper }}}}".format),
    names.map("{{{{ {}|default('é') }}}}".format),
    names.map("{{% if {0} %}}{{{{ {0} }}}}{{% endif %}}".format),
    names.map("{{{{- {} -}}}}".format),
)
literals = st.text(st.sampled_from("ab é\n\t.}{%#'\"&<"), max_size=8)
templates_ = st.lists(st.one_of(expressions, literals), max_size=6).map("".join)
values_ = st.text(st.sampled_from("aZé €<&>'\"{}%.\n\r\t"), max_size=8)


@example("{", {})
@example("{{{ a }}", {"a": "x"})
@given(templates_, st.fixed_dictionaries(dict.fromkeys(["a", "b", "prenom", "_x1"], values_)))
def test_the_fast_way_renders_what_minijinja_renders(text: str, values: dict[str, str]) -> None:
    oracle = minijinja.Environment(
        undefined_behavior="strict",
        keep_trailing_newline=True,
        auto_escape_callback=lambda _name: False,
    )
    try:
        expected = oracle.render_str(text, **values)
    except minijinja.TemplateError:
        with pytest.raises(UnusableContent):
            render(text, dict(values))
        return
    assert render(text, dict(values)) == expected
