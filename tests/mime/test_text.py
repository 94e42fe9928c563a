"""Decoded text for SEARCH. RFC 9051 §6.4.4."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.mime.card import Card
from vaguemestre.mime.reader import MessageReader
from vaguemestre.mime.text import body_texts, field_texts, header_text, sent_at

OCTETS = (
    b"Subject: =?utf-8?Q?R=C3=A9sultat?=\r\n =?utf-8?Q?s?=\r\n"
    b"Date: Fri, 21 Nov 1997 09:55:06 +0100\r\n"
    b"Received: one\r\nReceived: two\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"caf=E9 so=\r\nft &eacute;\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n"
    b"PHA+cG9tbWUgJmVhY3V0ZTs8L3A+\r\n"
    b"--b\r\nContent-Type: application/pdf\r\n\r\ncaf\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: =?utf-8?Q?int=C3=A9rieur?=\r\n\r\n"
    b"inner\r\n--b--\r\n"
)

HEADER = OCTETS.partition(b"\r\n\r\n")[0]


def texts(octets: bytes) -> list[str]:
    reader = MessageReader()
    reader.feed(octets)
    return list(body_texts(octets, Card(reader.finish().card)))


def test_a_field_is_searched_as_it_is_read() -> None:
    assert field_texts(HEADER, "subject") == ["Résultats"]
    assert field_texts(HEADER, "RECEIVED") == ["one", "two"]
    assert field_texts(HEADER, "Bcc") == []
    assert "Subject: Résultats" in header_text(HEADER)
    assert sent_at(HEADER) == datetime(1997, 11, 21, 8, 55, 6, tzinfo=UTC)
    assert sent_at(b"Subject: x\r\n") is None


def test_every_text_part_is_decoded_and_nothing_else_is() -> None:
    assert texts(OCTETS) == [
        "café soft &eacute;",
        "<p>pomme é</p>",
        "Subject: intérieur\r\n\r\n",
        "inner",
    ]


def test_a_message_that_is_a_message_gives_each_text_once() -> None:
    octets = b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ninner"
    assert texts(octets) == ["Subject: x\r\n\r\n", "inner"]


@given(
    st.binary(),
    st.sampled_from(["base64", "quoted-printable", "8bit", "x-unknown"]),
    st.text("abc-8", max_size=9),
)
def test_no_body_makes_it_raise(body: bytes, transfer: str, charset: str) -> None:
    header = f"Content-Type: text/html; charset={charset}\r\nContent-Transfer-Encoding: {transfer}\r\n\r\n"
    assert len(texts(header.encode() + body)) == 1
