from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Channel
from engine.clock import DAY
from engine.contact_times import KEPT, ContactTime, pack, unpack

NOW = 1_795_608_000_000

times = st.lists(
    st.builds(
        ContactTime,
        st.sampled_from(Channel),
        st.integers(0, 2**32 - 1),
        st.integers(NOW - KEPT + 1, NOW),
    )
)


@given(times)
def test_what_is_packed_is_read_again_in_order(given_times: list[ContactTime]) -> None:
    assert unpack(pack(given_times, NOW)) == given_times


def test_what_no_rule_looks_back_to_is_dropped() -> None:
    old = ContactTime(Channel.SMS, 7, NOW - KEPT)
    kept = ContactTime(Channel.SMS, 7, NOW - KEPT + 1)
    assert unpack(pack([old, kept], NOW)) == [kept]
    assert KEPT > 366 * DAY


def test_a_contact_takes_thirteen_bytes_and_nothing_none() -> None:
    assert len(pack([ContactTime(Channel.POST, 1, NOW)], NOW)) == 13
    assert unpack(b"") == []
