"""Codes of countries in rules: one that no country has would match nothing, silently."""

from collections.abc import Iterator, Mapping

from policy.countries import COUNTRIES
from policy.finding import Finding
from policy.rule_kinds import Numbers, Region, Rule

_MEANT: Mapping[str, str] = {"UK": "GB", "EL": "GR", "EN": "GB"}
_GROUP = "EU"


def unknown_countries(rule: Rule) -> Iterator[Finding]:
    """Yield an error for each code of a country that is none of ISO 3166-1."""
    yield from _unknown(rule, "when.countries", rule.when.countries)
    if isinstance(rule, (Numbers, Region)):
        yield from _unknown(rule, "countries", rule.countries)


def _unknown(rule: Rule, name: str, codes: tuple[str, ...]) -> Iterator[Finding]:
    for code in codes:
        if code not in COUNTRIES:
            said = f"{name}: {code!r} is the code of no country (ISO 3166-1)"
            yield Finding("error", rule.id, said + _remedy(code))


def _remedy(code: str) -> str:
    if code in _MEANT:
        return f"; did you mean {_MEANT[code]!r}?"
    return "; name its countries one by one" if code == _GROUP else ""
