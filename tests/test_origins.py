"""What a client is counted by, and whose word on it is believed."""

import pytest

from bot.origins import is_among, is_local, networks, origin, shoppers_address


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("203.0.113.9", "203.0.113.9"),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_an_ipv6_customer_is_counted_by_their_network(address: str, counted: str) -> None:
    assert origin((address, 1)) == counted


def test_a_client_without_an_address_is_counted_with_all_like_it() -> None:
    assert origin(None) == ""


def test_only_the_machine_itself_is_local() -> None:
    local = ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"]
    assert all(is_local((address, 1)) for address in local)
    assert not any(is_local((address, 1)) for address in ["10.0.0.1", "2001:db8::1", "localhost"])
    assert not is_local(None)


@pytest.mark.parametrize(
    ("host", "proxied", "found"),
    [
        ("93.184.216.34", False, "93.184.216.34"),
        ("::ffff:93.184.216.34", False, "93.184.216.34"),
        ("127.0.0.1", False, ""),
        ("127.0.0.1", True, ""),
        ("::ffff:127.0.0.1", True, ""),
        ("172.18.0.1", False, ""),  # a proxy's, most likely: everybody would have it
        ("172.18.0.1", True, "172.18.0.1"),
        ("testclient", True, ""),
    ],
)
def test_an_address_counts_where_it_tells_shoppers_apart(
    host: str, proxied: bool, found: str
) -> None:
    assert shoppers_address((host, 1), proxied=proxied) == found


def test_proxies_are_addresses_and_networks() -> None:
    known = networks(" 10.0.0.5, 172.16.0.0/12 ,2001:db8::/32")
    inside = ["10.0.0.5", "172.20.1.1", "2001:db8::7", "::ffff:10.0.0.5"]
    assert all(is_among((address, 1), known) for address in inside)
    assert not any(is_among((address, 1), known) for address in ["10.0.0.6", "::1", "x"])
    assert networks("") == ()


@pytest.mark.parametrize("listed", ["*", "proxy", "10.0.0.1/8", "0.0.0.0/0", "10.0.0.1,::/0"])
def test_what_is_no_proxy_of_ones_own_is_refused(listed: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        networks(listed)
