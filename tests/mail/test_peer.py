"""How another operator stands in a trace field. RFC 5321 §4.4."""

import pytest

from vaguemestre.mail.distinguished_name import parse_name
from vaguemestre.mail.peer import Peer

SUBJECT = parse_name("CN=mss.hopital.example,O=HOPITAL FICTIF,C=FR")


@pytest.mark.parametrize(
    ("address", "name", "protection", "trace"),
    [
        ("192.0.2.7", "mx.example", "TLSv1.3 TLS_A", "mx.example ([192.0.2.7]) (TLSv1.3 TLS_A)"),
        ("2001:db8::7", "mx.example", "", "mx.example ([IPv6:2001:db8::7])"),
        ("fe80::7%eth0", "", "", "[IPv6:fe80::7] ([IPv6:fe80::7])"),
        ("", "mx.example", "", "mx.example (unknown)"),
    ],
)
def test_a_trace_names_who_came_and_how(address: str, name: str, protection: str, trace: str) -> None:
    assert Peer(SUBJECT, frozenset(), address, name, protection).trace == trace
