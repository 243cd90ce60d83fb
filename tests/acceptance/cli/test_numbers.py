"""Numbers and instants that no database or calendar holds are refused in a sentence."""

from pathlib import Path

import pytest

from tests.acceptance.cli.desk import Chappe

HUGE = "99999999999999999999999"
HOLD = ("retention", "hold", "history", "--reason", "case", "--author", "counsel")

BEYOND = (
    ("rights", "show", HUGE),
    ("rights", "accept", HUGE),
    ("rights", "refuse", HUGE, "--why", "identity_unproven", "--yes"),
    ("rights", "run", HUGE),
    ("rights", "run", "--wait", "1e300"),
    ("rights", "run", "--wait", "nan"),
    ("rights", "certificate", HUGE),
    ("retention", "lift", HUGE),
    ("retention", "lift", "0"),
    ("retention", "plan", "--at", "9999-12-31"),
    ("retention", "plan", "--at", "0001-01-01"),
    (*HOLD, "--until", "9999-12-31"),
    ("audit", "show", "--since", "0001-01-01"),
    ("audit", "show", "--limit", HUGE),
    ("dead-letter", "show", HUGE),
    ("dead-letter", "replay", HUGE),
    ("dead-letter", "drop", HUGE, "--yes"),
    ("campaign", "list", "--limit", HUGE),
    ("campaign", "watch", "none", "--timeout", "inf"),
    ("connector", "create", "spare", "--outbox", "out", "--rank", HUGE),
    ("health", "--within", "nan"),
)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("words", BEYOND, ids=" ".join)
def test_what_lies_beyond_is_refused_before_anything_is_opened(
    chappe: Chappe, words: tuple[str, ...]
) -> None:
    told = chappe(*words)
    assert told.code == 2, told
    assert "Input should be" in told.err or "expected an instant" in told.err
    assert ".py" not in told.err


def test_the_furthest_that_is_taken_ends_in_words_too(chappe: Chappe, installed: Path) -> None:
    assert installed.is_dir()
    furthest = "999999999999"
    for words in (
        ("rights", "show", furthest),
        ("retention", "lift", furthest),
        ("dead-letter", "show", furthest),
    ):
        told = chappe(*words)
        assert told.code == 1
        assert ".py" not in told.err
    assert chappe("retention", "plan", "--at", "2999-12-31").code == 0
    assert chappe("retention", "plan", "--at", "1970-01-01").code == 0
    assert chappe(*HOLD, "--until", "2999-12-31").code == 0
    assert chappe("campaign", "list", "--limit", "100000").code == 0
