import ast
import re
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from engine import counters, oppositions
from engine.counters import BUCKETS, CHANNELS, LANES, SOURCES, Milestone, Series
from engine.gauges import Gauge
from engine.reason_words import OTHER, WORDS, reason_word
from engine.states import Outcome
from engine.store import erased
from ops.metrics.page import metrics_page
from ops.metrics.registry import SERIES, Kind, Own
from tests.architecture import tree

ANYTHING = st.text(max_size=60) | st.sampled_from(sorted(WORDS))
# What names a reason in the sources of the channels.
SAYING = {
    "ConnectorUnavailable",
    "SendResult",
    "UnusableRecipient",
    "_accepted_not",
    "_dead",
    "_refused",
    "_told",
}
WORD = re.compile(r"[a-z][a-z0-9_]*")


def said(call: ast.Call) -> Iterator[str]:
    """Give the reason words in a call: text, or the beginning of text with a name in it."""
    for argument in call.args:
        parts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
        first = parts[0] if parts else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            word = first.value.partition(":")[0]
            if WORD.fullmatch(word):
                yield word


@given(ANYTHING)
def test_a_reason_is_one_of_few_words_whatever_a_connector_says(reason: str) -> None:
    assert reason_word(reason) in WORDS | {"", OTHER}


def test_the_name_of_a_variable_stays_out_of_labels() -> None:
    assert reason_word("missing:prenom") == "missing"
    assert reason_word("ana@example.org") == OTHER
    assert reason_word("250 ok ana@example.org") == OTHER


def test_every_reason_that_a_channel_gives_has_its_word() -> None:
    found = {
        word
        for path in tree.sources("channels")
        for node in ast.walk(tree.parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING
        for word in said(node)
    }
    assert {"mailbox_unknown", "folder_unwritable", "missing", "login_missing"} <= found
    assert found - WORDS == set()


@given(ANYTHING, ANYTHING)
def test_the_labels_of_an_opposition_are_closed(reason: str, source: str) -> None:
    _, labels = counters.opposition(reason, source)
    word, origin = counters.label_values(labels)
    assert word in counters.OPPOSITION_REASONS | {OTHER}
    assert origin in SOURCES | {OTHER}


def test_every_reason_to_leave_somebody_alone_is_told_apart() -> None:
    reasons = {reason.value for reason in oppositions.Reason} | {erased.ERASED}
    assert reasons == counters.OPPOSITION_REASONS


@given(st.sampled_from(CHANNELS), st.integers(0, 9), st.sampled_from(list(Outcome)), ANYTHING)
def test_the_labels_of_a_delivery_can_be_told_apart_again(
    channel: str, connector: int, outcome: Outcome, reason: str
) -> None:
    _, labels = counters.delivery(channel, connector, outcome, reason)
    found = counters.label_values(labels)
    assert found == (channel, str(connector), outcome.word, reason_word(reason))


@given(
    st.sampled_from(sorted(BUCKETS)),
    st.lists(st.tuples(st.integers(-5_000, 10**8), st.integers(1, 500)), max_size=30),
)
def test_a_histogram_holds_everything_that_was_observed(
    series: Series, spans: list[tuple[int, int]]
) -> None:
    counts = counters.observed(series, "email", spans)
    rows = {counters.label_values(labels)[1]: number for (_, labels), number in counts.items()}
    seen = counters.histogram(series, rows)
    assert list(seen.buckets) == sorted(seen.buckets)
    assert seen.buckets[-1] == sum(number for _, number in spans)
    assert seen.total == sum(max(span, 0) * number for span, number in spans)
    for end, number in zip(BUCKETS[series], seen.buckets, strict=False):
        assert number == sum(often for span, often in spans if span <= end)


def test_every_series_is_described() -> None:
    assert set(SERIES) == {*Series, *Gauge, *Own}
    for name, one in SERIES.items():
        assert (one.kind is Kind.COUNTER) == name.endswith("_total")
        assert (one.kind is Kind.HISTOGRAM) == (name in BUCKETS)
        assert one.meaning
        assert one.source


def test_no_label_names_a_campaign_a_person_a_process_or_a_host() -> None:
    labels = {label for one in SERIES.values() for label in one.labels}
    assert labels == {
        "became",
        "cause",
        "channel",
        "class",
        "connector",
        "event",
        "kind",
        "lane",
        "outcome",
        "purpose",
        "queue",
        "reason",
        "route",
        "source",
        "state",
        "status",
        "version",
    }


def test_the_page_of_metrics_is_current() -> None:
    assert (tree.PROJECT / "ops" / "docs" / "metrics.md").read_text(
        encoding="utf-8"
    ) == metrics_page()


def test_what_can_be_known_beforehand_stands_at_zero() -> None:
    known = counters.from_the_start()
    assert set(known.values()) == {0}
    assert {counters.campaign(milestone) for milestone in Milestone} <= set(known)
    assert counters.settled("sms", Outcome.SENT) in known
    assert all(lane.split(".")[0] in CHANNELS for lane in LANES)
