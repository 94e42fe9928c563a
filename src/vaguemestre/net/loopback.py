"""Whether a client is on this very machine: where a trial may sign in without TLS. RFC 8314 §3."""

from ipaddress import ip_address


def is_loopback(peer: str) -> bool:
    """Whether an address is this machine's own, an IPv4 one in IPv6's dress included."""
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
