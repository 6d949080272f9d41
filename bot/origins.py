"""Where a request comes from, as something that can be counted; and whose word on it is believed.

An IPv4 address is a household or an office. Of an IPv6 address the first 64 bits count, because a
provider hands all the rest to one customer. No header is read here: uvicorn puts the address that a
trusted proxy names in the place of the proxy's own.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
Client = tuple[str, int] | None
"""A request's client, as ASGI has it: its address and port, None when that is not known."""

_HOST_BITS = 64


def origin(client: Client) -> str:
    """What a client is counted by; "" for all whose address cannot be read."""
    address = _address(client)
    if isinstance(address, IPv6Address):
        return f"{IPv6Address(int(address) >> _HOST_BITS << _HOST_BITS)}/{_HOST_BITS}"
    return "" if address is None else str(address)


def is_local(client: Client) -> bool:
    """Whether the client is on this machine."""
    address = _address(client)
    return address is not None and address.is_loopback


def shoppers_address(client: Client, *, proxied: bool) -> str:
    """The address that a shopper comes from, to count guesses by; "" where it tells nothing.

    This machine's own is a proxy's. So is a private one, most likely, unless the proxies are known
    (`proxied`) and the address is what they say.
    """
    address = _address(client)
    if address is None or address.is_loopback or not (proxied or address.is_global):
        return ""
    return str(address)


def networks(listed: str) -> tuple[Network, ...]:
    """Addresses and networks by commas; `ValueError` for anything else, and for everybody.

    Who believed everybody would take a client's address from the client itself.
    """
    found = tuple(ip_network(part.strip()) for part in listed.split(",") if part.strip())
    if any(network.prefixlen == 0 for network in found):
        raise ValueError("everybody")
    return found


def is_among(client: Client, known: tuple[Network, ...]) -> bool:
    """Whether the client's address is in one of the networks."""
    address = _address(client)
    return address is not None and any(address in network for network in known)


def _address(client: Client) -> IPv4Address | IPv6Address | None:
    """The address; one of IPv4 that is written as IPv6 ("::ffff:192.0.2.1") is one of IPv4."""
    try:
        address = ip_address(client[0] if client else "")
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
