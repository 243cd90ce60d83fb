import re
from html.parser import HTMLParser

import pytest

from channels.contract import Channel
from engine.gateway import pages

EVERY_PAGE = [
    make
    for language in pages.LANGUAGES
    for make in (
        *(pages.ask(language, channel, "boutique") for channel in Channel),
        *(pages.done(language, channel, "boutique") for channel in Channel),
        pages.unknown(language),
        pages.later(language),
    )
]


class _Outline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _outline(page: bytes) -> _Outline:
    outline = _Outline()
    outline.feed(page.decode())
    assert outline.open == []
    return outline


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_a_page_needs_nothing_from_anywhere_and_keeps_nothing(page: bytes) -> None:
    text = page.decode()
    assert not re.search(r"<script|<img|<link|<iframe|@import|url\(|https?:|cookie|style=", text)
    assert 'name="robots" content="noindex' in text


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_a_screen_reader_knows_language_title_and_heading(page: bytes) -> None:
    outline = _outline(page)
    tags = [tag for tag, _ in outline.tags]
    assert dict(outline.tags)["html"]["lang"] in pages.LANGUAGES
    assert (tags.count("main"), tags.count("h1"), tags.count("title")) == (1, 1, 1)


@pytest.mark.parametrize("language", pages.LANGUAGES)
def test_the_page_has_one_button_that_says_what_it_does(language: str) -> None:
    page = pages.ask(language, Channel.EMAIL, "boutique")
    outline = _outline(page)
    buttons = [facts for tag, facts in outline.tags if tag == "button"]
    assert [facts["type"] for facts in buttons] == ["submit"]
    described = buttons[0]["aria-describedby"]
    assert any(facts.get("id") == described for _, facts in outline.tags)
    assert "boutique" in page.decode()
    forms = [facts for tag, facts in outline.tags if tag == "form"]
    assert forms == [{"method": "post"}]


def test_a_name_is_text_and_never_markup() -> None:
    page = pages.ask("fr", Channel.SMS, "<b>&").decode()
    assert "&lt;b&gt;&amp;" in page
    assert "<b>" not in page


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        ("", "", "fr"),
        ("", "fr-FR,fr;q=0.9,en;q=0.8", "fr"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "en;q=0.2, fr;q=0.7", "fr"),
        ("", "de, en;q=0.1", "en"),
        ("", "de", "en"),
        ("", "*", "fr"),
        ("", "fr;q=0, en", "en"),
        ("", "en;q=x, fr;q=0.1", "fr"),
        ("en", "fr", "en"),
        ("fr", "en", "fr"),
        ("<script>", "en", "en"),
    ],
)
def test_the_language_is_the_one_that_was_asked_for(
    asked: str, accepted: str, language: str
) -> None:
    assert pages.choose_language(asked, accepted) == language
