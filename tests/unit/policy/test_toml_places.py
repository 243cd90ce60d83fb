"""Where a fault of a ruleset stands is told by its line, however the TOML is laid out."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.toml_places import KeyPath, find_places, without_mark

TEXT = """\
name = "x" # name = "y"
a.b.c = 1.5
"quoted \\u0041 key" = 'it'
[owner]
"who.is" = 1979-05-27T07:32:00.5Z
[[rule]]
id = "one"
when = { channels = ["sms", "post"], deep = { x = 1 }, empty = {}, none = [] }
text = \"\"\"
[[rule]]
id = "not \\\\" a key"
\"\"\"
raw = \'\'\'
x = 1\'\'\'
[[rule]]
id = "two"
days = [
  "mon", # a ] comment

  "tue",
]
[[rule.windows]]
start = "08:00"
[[rule.windows]]
start = "10:00"
[rule.more]
z = [[1,
2], [], { y = [
3] }]
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("name",), 1),
        (("a",), 2),
        (("a", "b", "c"), 2),
        (("quoted A key",), 3),
        (("owner",), 4),
        (("owner", "who.is"), 5),
        (("rule",), 6),
        (("rule", 0), 6),
        (("rule", 0, "when", "channels", 1), 8),
        (("rule", 0, "when", "deep", "x"), 8),
        (("rule", 0, "when", "empty"), 8),
        (("rule", 0, "when", "none", 0), 8),
        (("rule", 0, "text"), 9),
        (("rule", 0, "raw"), 13),
        (("rule", 1), 15),
        (("rule", 1, "id"), 16),
        (("rule", 1, "days"), 17),
        (("rule", 1, "days", 0), 18),
        (("rule", 1, "days", 1), 20),
        (("rule", 1, "windows", 0, "start"), 23),
        (("rule", 1, "windows", 1), 24),
        (("rule", 1, "windows", 1, "start"), 25),
        (("rule", 1, "more"), 26),
        (("rule", 1, "more", "z", 0, 1), 28),
        (("rule", 1, "more", "z", 2, "y"), 28),
        (("rule", 1, "more", "z", 2, "y", 0), 29),
    ],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_key_and_value_has_its_line(path: KeyPath, line: int, mark: str, end: str) -> None:
    assert find_places(mark + TEXT.replace("\n", end)).line(path) == line


def test_what_is_not_there_has_the_line_of_its_nearest_parent() -> None:
    places = find_places(TEXT)

    assert places.line(("rule", 1, "windows", 1, "end")) == 24
    assert places.line(("rule", 0, "absent", 3)) == 6
    assert places.line(("absent",)) == 1
    assert places.line(()) == 1


def test_deep_nesting_is_followed() -> None:
    deep = 5_000

    places = find_places("x = " + "[\n" * deep + "1\n, 2" + "]" * deep + "\n[" + "a." * deep + "b]")

    assert places.line(("x", 0)) == 2
    assert places.line(("a",)) == deep + 3


def test_quotes_at_the_end_of_a_long_string_belong_to_it() -> None:
    assert find_places('a = """x"""""\nb = \'\'\'\'\'\'\nc = ""\nd = 1').line(("d",)) == 4


WORDS = st.text("abc.#='\"[]{},\\\n", max_size=6)
VALUES = st.recursive(
    st.integers() | WORDS, lambda inner: st.lists(inner, max_size=3), max_leaves=5
)


def _toml(value: object) -> str:
    if isinstance(value, list):
        return "[\n" + ",\n".join(map(_toml, value)) + "]"
    return str(value) if isinstance(value, int) else _quoted(str(value))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


@given(st.dictionaries(WORDS, VALUES, min_size=1))
def test_the_line_of_a_key_is_the_line_that_it_was_written_on(tree: dict[str, object]) -> None:
    text, lines = "", {}
    for key, value in tree.items():
        lines[key] = text.count("\n") + 1
        text += f"{_quoted(key)} = {_toml(value)} # [{key.count('[')}]\n"
    assert tomllib.loads(without_mark(text)) == tree
    places = find_places(text)
    assert {key: places.line((key,)) for key in tree} == lines
