"""The words of rules that stand for facts: a word that no fact has would match nothing, silently."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from policy.finding import Finding
from policy.rule_kinds import Basis, ConsentAge, Content, Numbers, Rule, Screen, Sender
from policy.screening import KINDS
from policy.send_facts import CONTENT, EVIDENCE
from policy.typed_tree import meant

DAYS = frozenset(name for name in EVIDENCE if name.endswith("_at"))
TRUTHS = frozenset({"similar", "optout_offered", "job_related", "contract_active", "related"})
NUMBER_KINDS = frozenset(
    {
        *("mobile", "fixed", "fixed_or_mobile", "voip", "toll_free", "premium", "shared_cost"),
        *("m2m", "short", "platform", "fiction"),
    }
)
SENDER_KINDS = frozenset({"alphanumeric", "short", "mobile", "platform", "other_number", "address"})
FINDING_KINDS = KINDS | {"words"}  # "words" alone is every topic


@dataclass(frozen=True, slots=True)
class _Words:
    """Words of one parameter of a kind, and those that facts know.

    what  which words they should be, in words
    """

    kind: type[Rule]
    name: str
    of: Callable[[Rule], Collection[str]]
    known: Collection[str]
    what: str


def _proof(rule: Rule) -> list[str]:
    bases = rule.one_of if isinstance(rule, Basis) else ()
    return [word for base in bases for word in base.proof]


def _true(rule: Rule) -> list[str]:
    bases = rule.one_of if isinstance(rule, Basis) else ()
    return [word for base in bases for word in base.true]


def _listed(name: str) -> Callable[[Rule], tuple[str, ...]]:
    def words(rule: Rule) -> tuple[str, ...]:
        found: str | tuple[str, ...] = getattr(rule, name)
        return (found,) if isinstance(found, str) else found

    return words


_TABLE = (
    _Words(Basis, "one_of.proof", _proof, EVIDENCE, "names of evidence"),
    _Words(Basis, "one_of.true", _true, TRUTHS, "evidence that is said to be so or not"),
    _Words(ConsentAge, "evidence", _listed("evidence"), DAYS, "evidence that is a day"),
    _Words(Content, "must_say", _listed("must_say"), CONTENT, "what content can say"),
    _Words(Numbers, "kinds", _listed("kinds"), NUMBER_KINDS, "kinds of numbers"),
    _Words(Sender, "kinds", _listed("kinds"), SENDER_KINDS, "kinds of senders"),
    _Words(Screen, "refuse", _listed("refuse"), FINDING_KINDS, "kinds of sensitive data"),
)


def unknown_words(rule: Rule) -> Iterator[Finding]:
    """Yield an error for each word of ``rule`` that no fact has."""
    for words in _TABLE:
        if isinstance(rule, words.kind):
            for word in words.of(rule):
                if word not in words.known:
                    yield Finding("error", rule.id, _sentence(words, word))


def _sentence(words: _Words, word: str) -> str:
    near = meant(word, words.known) or f" ({', '.join(sorted(words.known))})"
    return f"{words.name}: {word!r} is not among {words.what}{near}"
