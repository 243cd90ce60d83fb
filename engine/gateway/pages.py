"""The pages that persons see: French and English, one button, nothing loaded from anywhere.

No script, no cookie, no image, no font; one style sheet inside the page, which the content
security policy names by its hash. What a page says comes from here and from the controller's own
id, never from the request.
"""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Final

from channels.contract import Channel
from engine.gateway.bodies import PAGE, VIA

LANGUAGES: Final = ("fr", "en")
DEFAULT: Final = "fr"

_STYLE: Final = (
    "body{font:1.125rem/1.5 system-ui,sans-serif;margin:0;color:#111;background:#fff}"
    "main{max-width:34rem;margin:0 auto;padding:1.5rem}"
    "nav{text-align:right}a{color:#0b4f9e}"
    "button{font:inherit;font-weight:600;padding:.75rem 1.5rem;border:2px solid #0b4f9e;"
    "border-radius:.4rem;background:#0b4f9e;color:#fff;cursor:pointer}"
    ":focus-visible{outline:3px solid #c60;outline-offset:3px}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#111}a{color:#8cf}}"
)
_STYLE_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)

_CHANNELS: Final = {
    "fr": {
        Channel.EMAIL: "d’e-mails",
        Channel.SMS: "de SMS",
        Channel.VOICE: "d’appels",
        Channel.FAX: "de fax",
        Channel.POST: "de courriers",
    },
    "en": {
        Channel.EMAIL: "emails",
        Channel.SMS: "text messages",
        Channel.VOICE: "calls",
        Channel.FAX: "faxes",
        Channel.POST: "letters",
    },
}


@dataclass(frozen=True, slots=True)
class _Words:
    """What the pages say in one language; ``{what}`` is the channel, ``{who}`` the controller."""

    ask_title: str
    ask: str
    button: str
    done_title: str
    done: str
    unknown_title: str
    unknown: str
    later_title: str
    later: str
    proof_title: str
    proof: str
    switch: str


_WORDS: Final = {
    "fr": _Words(
        ask_title="Se désabonner",
        ask="Vous ne recevrez plus {what} de la part de « {who} ».",
        button="Me désabonner",
        done_title="C’est fait",
        done="Votre choix est enregistré : vous ne recevrez plus {what} de la part de « {who} ».",
        unknown_title="Lien inconnu",
        unknown="Ce lien n’est pas reconnu. Il est peut-être incomplet : ouvrez-le de nouveau"
        " depuis le message, ou écrivez à l’expéditeur.",
        later_title="Pas encore enregistré",
        later="Votre demande n’a pas pu être enregistrée. Veuillez réessayer dans une minute.",
        proof_title="Ceci est un essai",
        proof="Ce lien vient d’un message d’essai : il ne désabonne personne. Dans les messages de la"
        " campagne, il mène à une page avec un seul bouton.",
        switch="Read this page in English",
    ),
    "en": _Words(
        ask_title="Unsubscribe",
        ask="You will receive no more {what} from “{who}”.",
        button="Unsubscribe me",
        done_title="Done",
        done="You are unsubscribed: you will receive no more {what} from “{who}”.",
        unknown_title="Unknown link",
        unknown="This link is not known. It may be incomplete: open it again from the message, or"
        " write to the sender.",
        later_title="Not recorded yet",
        later="Your request could not be recorded. Please try again in a minute.",
        proof_title="This is a proof",
        proof="This link came with a proof of a message: it unsubscribes nobody. In the messages of"
        " the campaign it leads to a page with one button.",
        switch="Lire cette page en français",
    ),
}


def choose_language(asked: str, accepted: str) -> str:
    """Return the language of a page.

    asked     by the switch on the page: ``fr``, ``en`` or anything else, which is no wish
    accepted  the header Accept-Language (RFC 9110 §12.5.4)
    """
    if asked in LANGUAGES:
        return asked
    best, weight = DEFAULT, 0.0
    for entry in accepted[:500].split(","):
        tag, _, parameters = entry.strip().partition(";")
        language = tag.strip().partition("-")[0].lower()
        if language in LANGUAGES and (quality := _quality(parameters)) > weight:
            best, weight = language, quality
    if not weight and accepted.strip() and "*" not in accepted:
        return "en"  # none of ours is asked for: of the two, more people read this one
    return best


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0


def ask(language: str, channel: Channel, who: str) -> bytes:
    """Return the page with the one button. It posts to the address it was read from."""
    words = _WORDS[language]
    form = (
        f'<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
        f'<input type="hidden" name="{VIA}" value="{PAGE}">'
        f'<button type="submit" aria-describedby="what">{words.button}</button></form>'
    )
    said = f'<p id="what">{_filled(words.ask, language, channel, who)}</p>'
    return _page(language, words.ask_title, said + form, switch=True)


def done(language: str, channel: Channel, who: str) -> bytes:
    """Return the page that confirms."""
    words = _WORDS[language]
    said = f'<p role="status">{_filled(words.done, language, channel, who)}</p>'
    return _page(language, words.done_title, said)


def unknown(language: str) -> bytes:
    """Return the page for a link that nobody has, the same for every reason."""
    words = _WORDS[language]
    return _page(language, words.unknown_title, f"<p>{words.unknown}</p>", switch=True)


def later(language: str) -> bytes:
    """Return the page for a request that could not be recorded: trying again is right."""
    words = _WORDS[language]
    return _page(language, words.later_title, f'<p role="alert">{words.later}</p>')


def proof(language: str) -> bytes:
    """Return the page for a link of a proof, which is nobody's."""
    words = _WORDS[language]
    return _page(language, words.proof_title, f"<p>{words.proof}</p>", switch=True)


def _filled(sentence: str, language: str, channel: Channel, who: str) -> str:
    return escape(sentence.format(what=_CHANNELS[language][channel], who=who))


def _page(language: str, title: str, inner: str, *, switch: bool = False) -> bytes:
    other = "en" if language == "fr" else "fr"
    nav = (
        f'<nav><a href="?lang={other}" lang="{other}" hreflang="{other}">'
        f"{_WORDS[language].switch}</a></nav>"
        if switch
        else ""
    )
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="robots" content="noindex, nofollow">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><main>{nav}<h1>{title}</h1>{inner}</main></body></html>"
    ).encode()
