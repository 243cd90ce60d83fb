import pytest

from engine.gateway.peers import Peers, neighbourhood, read_networks

PROXIES = read_networks("10.0.0.0/8, 2001:db8:f::/48")


def _forwarded(*values: str) -> list[tuple[bytes, bytes]]:
    return [(b"x-forwarded-for", value.encode()) for value in values]


def test_what_strangers_forward_is_never_believed() -> None:
    peers = Peers(PROXIES)
    assert peers.address("203.0.113.9", _forwarded("10.0.0.1, 192.0.2.1")) == "203.0.113.9"
    assert Peers(()).address("10.0.0.1", _forwarded("192.0.2.1")) == "10.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "believed"),
    [
        (["192.0.2.1"], "192.0.2.1"),
        (["198.51.100.7, 192.0.2.1"], "192.0.2.1"),  # the left one anybody may have written
        (["198.51.100.7", "192.0.2.1"], "192.0.2.1"),  # in two headers, in order
        (["192.0.2.1, 10.0.0.2"], "192.0.2.1"),  # through a second proxy of ours
        (["192.0.2.1:5050"], "192.0.2.1"),
        (["[2001:db8::1]:443"], "2001:db8::1"),
        (["::ffff:192.0.2.1"], "192.0.2.1"),
        (['"192.0.2.1"'], "192.0.2.1"),
        (["192.0.2.1, nonsense"], "10.0.0.1"),  # nothing left of it was vouched for
        (["10.0.0.3, 10.0.0.2"], "10.0.0.3"),  # from inside: all are ours
        ([], "10.0.0.1"),
        ([""], "10.0.0.1"),
        ([", ".join(["198.51.100.7"] * 500 + ["192.0.2.1"])], "192.0.2.1"),
    ],
)
def test_behind_a_proxy_of_ours_the_last_stranger_counts(
    forwarded: list[str], believed: str
) -> None:
    assert Peers(PROXIES).address("10.0.0.1", _forwarded(*forwarded)) == believed


def test_a_proxy_of_ours_may_speak_ipv6_or_mapped_ipv4() -> None:
    peers = Peers(PROXIES)
    assert peers.address("2001:db8:f::1", _forwarded("192.0.2.1")) == "192.0.2.1"
    assert peers.address("::ffff:10.0.0.1", _forwarded("192.0.2.1")) == "192.0.2.1"


def test_other_headers_say_nothing_about_the_peer() -> None:
    headers = [(b"x-real-ip", b"192.0.2.1"), (b"forwarded", b"for=192.0.2.1")]
    assert Peers(PROXIES).address("10.0.0.1", headers) == "10.0.0.1"


def test_a_peer_without_an_address_has_a_name() -> None:
    assert Peers(PROXIES).address(None, []) == "unknown"


def test_limits_hold_for_an_ipv6_network_and_not_for_one_of_its_addresses() -> None:
    assert neighbourhood("2001:db8:1:2:aaaa::1") == neighbourhood("2001:db8:1:2:bbbb::2")
    assert neighbourhood("2001:db8:1:3::1") != neighbourhood("2001:db8:1:2::1")
    assert neighbourhood("192.0.2.1") == "192.0.2.1"
    assert neighbourhood("unknown") == "unknown"


@pytest.mark.parametrize("text", ["10.0.0.0/33", "proxy", "10.0.0.1/8"])
def test_a_list_of_proxies_that_cannot_be_right_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no address or network"):
        read_networks(f"192.0.2.0/24, {text}")
