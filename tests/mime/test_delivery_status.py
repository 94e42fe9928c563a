"""Reports of failure are read, whatever is around them. RFC 3464 §2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.letters import a_bounce

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.delivery_failure import DeliveryFailures
from vaguemestre.mime.reader import MessageReader

ANNE = "anne@clinique.example"
FAILED = DeliveryFailures("<1@o>", ((parse_address(ANNE), "5.2.1"),))
REPORT = a_bounce("clinique.example", "d@cabinet.example", ANNE, "<1@o>")


def read(octets: bytes, step: int = 65_536) -> DeliveryFailures | None:
    reader = MessageReader(gather=min(step, 65_536))
    for start in range(0, len(octets), step):
        reader.feed(octets[start : start + step])
    return reader.finish().facts.failures


@given(st.integers(1, len(REPORT)))
def test_a_failure_is_read_however_octets_are_cut(step: int) -> None:
    assert read(REPORT, step) == FAILED


@pytest.mark.parametrize("action", ["delayed", "relayed", "delivered", "expanded"])
def test_only_failures_count(action: str) -> None:
    assert read(a_bounce("c.example", "d@c.example", ANNE, "<1@o>", action)) is None


def test_the_whole_message_may_be_returned_and_the_address_be_as_we_gave_it() -> None:
    whole = REPORT.replace(b"text/rfc822-headers", b"message/rfc822")
    assert read(whole) == FAILED
    ours = REPORT.replace(b"Final-Rec", b"Original-Recipient: rfc822;b@c.example\r\nFinal-Rec")
    assert read(ours) == DeliveryFailures("<1@o>", ((parse_address("b@c.example"), "5.2.1"),))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"multipart/report", b"multipart/mixed"),
        (b"Message-ID: <1@o>", b"X: y"),
        (b"rfc822; anne", b"x400; anne"),
        (b"rfc822; anne@", b"rfc822; anne "),
        (b"message/delivery-status", b"text/x-delivery-status"),
    ],
)
def test_what_is_no_such_report_tells_nothing(before: bytes, after: bytes) -> None:
    assert read(REPORT.replace(before, after)) is None


def test_a_status_that_is_none_is_a_failure_all_the_same() -> None:
    found = read(REPORT.replace(b"Status: 5.2.1", b"Status: broken"))
    assert found is not None
    assert found.failed[0][1] == "5.0.0"
