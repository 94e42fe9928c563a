"""IMAP URLs of messages and their parts. RFC 5092 §3, §7, §11."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.imap import codes
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.section import Partial, Section, SectionText
from vaguemestre.imap.url import MAX_URL, MessageUrl, parse_url
from vaguemestre.mail.mailbox import Uid, UidValidity

WHOLE = Section()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (b"/INBOX/;UID=1", MessageUrl("INBOX", None, Uid(1), WHOLE, None)),
        (
            b"/Drafts;UIDVALIDITY=385759045/;UID=20/;section=1.2.MIME",
            MessageUrl("Drafts", UidValidity(385759045), Uid(20), Section((1, 2), SectionText.MIME), None),
        ),
        (
            b"/a/b%20c;uidvalidity=7/;uid=4294967295/;PARTIAL=5.10",
            MessageUrl("a/b c", UidValidity(7), Uid(4294967295), WHOLE, Partial(5, 10)),
        ),
        (
            b"/%c3%a9t%C3%A9/;UID=3/;SECTION=HEADER.FIELDS%20(From%20To)/;PARTIAL=5",
            MessageUrl(
                "été",
                None,
                Uid(3),
                Section((), SectionText.HEADER_FIELDS, ("From", "To")),
                Partial(5, 2**63 - 1),
            ),
        ),
        (b";UID=20", MessageUrl(None, None, Uid(20), WHOLE, None)),
        (b"/;UID=20/;SECTION=TEXT", MessageUrl(None, None, Uid(20), Section((), SectionText.TEXT), None)),
    ],
)
def test_what_a_url_names(written: bytes, meant: MessageUrl) -> None:
    assert parse_url(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"/",
        b"/INBOX",
        b"/INBOX/;UID=0",
        b"/INBOX/;UID=1/",
        b"/INBOX;UID=1",
        b"INBOX/;UID=1",
        b"imap://mail.test/INBOX/;UID=1",
        b"//mail.test/INBOX/;UID=1",
        b"/INBOX/;UID=1/;SECTION=",
        b"/INBOX/;UID=1/;SECTION=1.",
        b"/INBOX/;UID=1/;SECTION=MIME",
        b"/INBOX/;UID=1/;SECTION=1]",
        b"/INBOX/;UID=1/;SECTION=HEADER.FIELDS%20()",
        b"/INBOX/;UID=1/;PARTIAL=1.0",
        b"/INBOX/;UID=1;URLAUTH=anonymous:INTERNAL:00",
        b"/%ff/;UID=1",
        b"/%0a/;UID=1",
        b"/%4/;UID=1",
        b"/in box/;UID=1",
        b"/INBOX/;UID=1\r\n",
        b"/" + b"a" * MAX_URL + b"/;UID=1",
    ],
)
def test_what_is_no_url_of_a_message(written: bytes) -> None:
    with pytest.raises(CommandSyntaxError):
        parse_url(written)


@given(st.binary())
def test_a_url_that_is_refused_stands_in_its_code_and_ends_it_nowhere(written: bytes) -> None:
    code = codes.badurl(written)
    assert code.startswith(b'BADURL "')
    assert code.endswith(b'"')
    assert not set(code[8:-1]) & set(b'"\\]\r\n\0')
    assert code.isascii()
