"""The pages are current, whole, and lead where they say."""

import re
from pathlib import Path

import pytest

from ops.policy_pages import words
from ops.policy_pages.chapters import chapters
from ops.policy_pages.kind_page import WRITTEN
from ops.policy_pages.kinds import KINDS, kind_name
from ops.policy_pages.pages import FOLDER, PACKS, main, pages
from ops.policy_pages.parameters import parameters_of, selector_parameters, shared_parameters
from ops.policy_pages.plain_words import about, asks
from ops.policy_pages.week_chart import week_chart
from policy import known_words, rule_kinds
from policy.decision import ReasonCode
from policy.reading import read_ruleset
from policy.rule_kinds import Hours, Rule, Selector, Window
from policy.send_reasons import SENTENCES, SendReason

PAGES = pages()
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FRENCH = (PACKS / "fr.toml").read_text(encoding="utf-8")


def test_the_pages_are_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err


def _anchors(page: str) -> set[str]:
    return {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in HEADING.findall(page)
    }


@pytest.mark.parametrize("name", PAGES)
def test_a_link_leads_somewhere(name: str) -> None:
    broken = []
    for target, anchor in LINK.findall(PAGES[name]):
        page = PAGES.get(target or name)
        if page is None:
            page = (FOLDER / target).read_text(encoding="utf-8")
        if anchor and anchor not in _anchors(page):
            broken.append(f"{target}#{anchor}")
    assert broken == []


@pytest.mark.parametrize("kind", KINDS, ids=kind_name)
def test_a_parameter_has_words_and_its_closed_words_have_meanings(kind: type[Rule]) -> None:
    told = (*parameters_of(kind), *shared_parameters(kind), *selector_parameters(kind))
    assert [one.name for one in told if not one.what] == []
    page = PAGES[f"{kind_name(kind)}.md"]
    for one in parameters_of(kind):
        assert f"| `{one.name}` |" in page
        assert "words below" not in one.values or one.words
        assert [word for word in one.words if f"| `{word}` |" not in page] == []


def test_the_words_that_pages_explain_are_those_that_rules_know() -> None:
    told = {parameter: set(table) for (_, parameter), table in words.OPEN_WORDS.items()}
    assert set(words.OPEN_WORDS["numbers", "kinds"]) == known_words.NUMBER_KINDS
    assert set(words.OPEN_WORDS["sender", "kinds"]) == known_words.SENDER_KINDS
    assert set(words.OPEN_WORDS["screen", "refuse"]) == known_words.FINDING_KINDS
    assert told["one_of.true"] == known_words.TRUTHS
    assert told["evidence"] == known_words.DAYS


def test_every_reason_is_on_the_page_in_both_languages() -> None:
    page = PAGES["reasons.md"]
    for code in (*SendReason, *ReasonCode):
        assert f"| `{code}` |" in page
    for sentence in SENTENCES.values():
        assert sentence.fr.format(subject="…") in page


def test_every_kind_is_on_the_first_page() -> None:
    for kind in KINDS:
        assert f"({kind_name(kind)}.md)" in PAGES["README.md"]


def test_a_lawyer_finds_every_rule_with_its_source_and_what_it_asks() -> None:
    page = PAGES["fr.md"]
    for rule in read_ruleset(FRENCH).rule:
        part = page.partition(f"#### `{rule.id}`\n")[2].partition("\n#### ")[0]
        for said in (about(rule.when), rule.source, f"{rule.certainty}: "):
            assert said in part
        assert asks(rule).replace("; or on ", ";<br>or on ") in part
        assert all(str(day) in part for day in (rule.valid_from, rule.valid_to) if day)


def test_what_is_not_plain_law_is_a_question_to_counsel() -> None:
    asked = {part.text for one in chapters(FRENCH) for part in one.parts if part.question}
    unsure = {
        rule.id
        for rule in read_ruleset(FRENCH).rule
        if rule.certainty == "house" or "house default" in rule.source.lower()
    }
    assert unsure <= asked
    listed = PAGES["fr.md"].partition("## To be confirmed by counsel")[2]
    assert [rule for rule in asked if f"| [`{rule}`]" not in listed] == []


def test_chapters_hold_every_rule_once() -> None:
    read = [part.text for one in chapters(FRENCH) for part in one.parts if part.what == "rule"]
    assert read == [rule.id for rule in read_ruleset(FRENCH).rule]


def test_comments_become_headings_notes_and_questions() -> None:
    text = (
        "name = 1\n# ====\n# 1. Time\n# Of day.\n#\n# And night.\n# ====\n\n# ---- Calls\n\n"
        '# On its own.\n\n# Of the rule.\n# To confirm: how\n# long.\n[[rule]]\nid = "a"\n'
        "# not shown\nkind = 2\n\n# Of a day.\n[[local_holiday]]\n"
    )
    (only,) = chapters(text)
    assert (only.title, only.notes) == ("1. Time", "Of day.\n\nAnd night.")
    assert [(one.what, one.text, one.note, one.question) for one in only.parts] == [
        ("heading", "Calls", "", ""),
        ("note", "On its own.", "", ""),
        ("rule", "a", "Of the rule.", "how long."),
        ("holiday", "", "Of a day.", ""),
    ]


def test_a_week_is_drawn_by_half_hours() -> None:
    rule = Hours(
        id="a",
        source="law",
        certainty="law",
        days=("mon", "sun"),
        windows=(Window(start="00:00", end="01:00"), Window(start="23:00", end="23:45")),
    )
    ruler, *rows = week_chart(rule).splitlines()
    assert ruler.split() == ["00", "03", "06", "09", "12", "15", "18", "21", "24"]
    assert rows[0] == f"mon  ##{'.' * 44}#+"
    assert rows[1] == f"tue  {'.' * 48}"
    assert rows[6][5:] == rows[0][5:]


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (Selector(), "Every message."),
        (
            Selector(
                campaigns=("marketing",),
                channels=("voice",),
                voice_modes=("live",),
                relations=("b2c_prospect", "b2c_customer"),
            ),
            "Marketing by calls in which a person speaks, to consumers.",
        ),
        (
            Selector(
                channels=("sms",),
                bases=("consent",),
                purposes=("offers",),
                sectors=("wine", "beer"),
                countries=("FR", "BE"),
                controllers=("boutique",),
                except_safety=True,
            ),
            (
                "Every message by text messages on the basis of consent for offers that advertises wine"
                " or beer in FR or BE of boutique unless it is a matter of safety."
            ),
        ),
    ],
)
def test_what_a_rule_is_about_is_a_sentence(when: Selector, said: str) -> None:
    assert about(when) == said


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('kind = "basis"', "No legal basis is enough."),
        ('kind = "cap"\nmost = 2\ndays = 7\nscope = "platform"\ncounts = ["sms", "email"]',
         "At most 2 text messages or email in 7 calendar days, by all controllers together."),
        ('kind = "hours"\ndays = ["sat", "mon"]\nholidays = false\nwindows = [{ start = "08:00", end = "12:00" }]',
         "Monday and Saturday, 08:00–12:00, never on national public holidays, where the recipient is."),
        ('kind = "volume"\nmost = 0\napprovals = 2\nfirst_use = true',
         "Not the first campaign by the channel, unless 2 other persons approved it."),
        ('kind = "volume"\nmost = 9', "Not a campaign of more than 9 recipients, whoever approved it."),
        ('kind = "consent_age"\nmonths = 9\nevidence = "given_at"',
         "No more than 9 months since the day consent was given."),
        ('kind = "ban"', "Nothing at all."),
    ],
)  # fmt: skip
def test_what_a_rule_asks_is_a_sentence(rule: str, said: str) -> None:
    text = 'name = "a"\ntitle = "a"\nlayer = "platform"\n[[rule]]\nid = "a"\nsource = "law"\n'
    (read,) = read_ruleset(f'{text}certainty = "law"\n{rule}\n').rule
    assert asks(read) == said


def test_a_kind_without_words_is_a_mistake_of_the_programmer() -> None:
    with pytest.raises(TypeError, match="no words"):
        asks(rule_kinds.Selector())  # type: ignore[arg-type]


def test_what_is_not_current_is_told_and_written(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("ops.policy_pages.pages.PROJECT", tmp_path)
    monkeypatch.setattr("ops.policy_pages.pages.FOLDER", tmp_path / "pages")
    monkeypatch.setattr("ops.policy_pages.pages.pages", lambda: {"a.md": "new"})
    assert main(["--check"]) == 1
    assert "pages/a.md is not current; run: python -m ops.policy_pages" in capsys.readouterr().err
    (tmp_path / "pages" / "old.md").write_text(f"old\n{WRITTEN}")
    (tmp_path / "pages" / "ours.md").write_text("by hand")
    assert main([]) == 0
    assert main(["--check"]) == 0
    assert sorted(one.name for one in (tmp_path / "pages").iterdir()) == ["a.md", "ours.md"]
