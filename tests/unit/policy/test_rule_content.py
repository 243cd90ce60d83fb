from policy.rule_kinds import Content, Screen
from policy.rules.content import judge_content, judge_screen
from policy.send_facts import ContentFacts
from policy.send_reasons import SendReason
from tests.unit.policy.sends import asking, sending


def saying(*names: str) -> Content:
    return Content(id="content", source="law", certainty="law", must_say=names)


def refusing(*kinds: str) -> Screen:
    return Screen(id="screen", source="law", certainty="law", refuse=kinds)


def found(*kinds: str) -> ContentFacts:
    return ContentFacts(findings=frozenset(kinds))


def test_content_that_says_everything_passes() -> None:
    assert asking(judge_content, saying("stop", "sender_identity")) is None


def test_what_the_content_does_not_say_is_named() -> None:
    lacking = asking(judge_content, saying("stop", "unsubscribe_link"))

    assert lacking == (SendReason.CONTENT_LACKS, "unsubscribe_link")


def test_a_name_that_no_content_can_say_is_lacking() -> None:
    assert asking(judge_content, saying("weather")) == (SendReason.CONTENT_LACKS, "weather")


def test_what_nobody_could_tell_is_not_taken_as_said() -> None:
    unknown = asking(judge_content, saying("stop", "opposition_mention"))

    assert unknown == (SendReason.FACT_UNKNOWN, "opposition_mention")


def test_what_is_lacking_is_told_before_what_is_unknown() -> None:
    lacking = asking(judge_content, saying("opposition_mention", "unsubscribe_link"))

    assert lacking == (SendReason.CONTENT_LACKS, "unsubscribe_link")


def test_what_was_screened_and_is_clean_passes() -> None:
    assert asking(judge_screen, refusing("nir", "card")) is None


def test_what_nobody_screened_does_not_pass() -> None:
    unscreened = asking(judge_screen, refusing("nir"), sending(content=ContentFacts()))

    assert unscreened == (SendReason.NOT_SCREENED, "")


def test_sensitive_data_of_a_refused_kind_is_named_by_its_kind() -> None:
    held = sending(content=found("nir", "card", "words:health"))

    assert asking(judge_screen, refusing("nir", "words:health"), held) == (
        SendReason.SENSITIVE,
        "nir, words:health",
    )
    assert asking(judge_screen, refusing("iban"), held) is None


def test_a_kind_refuses_its_parts_as_well() -> None:
    held = sending(content=found("words:health"))

    assert asking(judge_screen, refusing("words"), held) == (SendReason.SENSITIVE, "words:health")
