"""The facts that rules decide on. RFC 5322 §3.6.4 for references, RFC 4021 §2.1.50 for Expires."""

from datetime import UTC, datetime

import pytest

from vaguemestre.mail.message import MessageFacts
from vaguemestre.mime.reader import MessageReader


def facts(octets: bytes) -> MessageFacts:
    reader = MessageReader()
    reader.feed(octets)
    return reader.finish().facts


def test_references_run_from_the_nearest_to_the_furthest_without_repeats() -> None:
    found = facts(b"In-Reply-To: <3@a> <2@a>\r\nReferences: <1@a>\r\n <2@a>\r\n\t<3@a> <4@a>\r\n\r\n")
    assert found.references == ("<3@a>", "<2@a>", "<4@a>", "<1@a>")
    assert facts(b"\r\n").references == ()


def test_the_closing_header_and_the_expiry_are_read() -> None:
    found = facts(b"X-MSS-MES:  FIN \r\nExpires: Fri, 21 Nov 1997 09:55:06 +0000\r\nSubject: [FIN]\r\n\r\n")
    assert (found.mss_mes, found.subject) == ("FIN", "[FIN]")
    assert found.expires == datetime(1997, 11, 21, 9, 55, 6, tzinfo=UTC)
    assert facts(b"Expires: never\r\n\r\n").expires is None


def test_every_from_counts_so_that_none_hides_behind_another() -> None:
    found = facts(b"From: a@b.example\r\nFrom: c@d.example\r\n\r\n")
    assert [str(address) for address in found.from_] == ["a@b.example", "c@d.example"]
    assert not found.unreadable_from
    assert facts(b"From: a@b.example, <c d>\r\n\r\n").unreadable_from
    assert not facts(b"To: x\r\n\r\n").unreadable_from


@pytest.mark.parametrize(
    ("header", "optional"),
    [
        (b"TLS-Required: No", True),
        (b"tls-required:\r\n no ", True),
        (b"TLS-Required: Yes", False),
        (b"TLS-Required: No\r\nTLS-Required: No", False),  # RFC 8689 §3 allows one
        (b"X-TLS-Required: No", False),
    ],
)
def test_a_sender_may_say_that_tls_matters_less_than_arriving(header: bytes, optional: bool) -> None:
    assert facts(header + b"\r\n\r\n").tls_is_optional is optional


def test_a_message_without_header_has_no_facts_but_its_size() -> None:
    assert facts(b"text") == MessageFacts(4, "", None, (), (), False, (), (), (), None, None, ())
