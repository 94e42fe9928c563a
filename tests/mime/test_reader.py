"""Reading whole messages: facts, structure, sections; and that cutting never matters. RFC 9051 §6.4.5."""

import base64
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaguemestre.mime.card import Card
from vaguemestre.mime.reader import MessageReader, ReadMessage
from vaguemestre.mime.section import FilteredStretch, Specifier, Stretch, locate


def read(octets: bytes) -> ReadMessage:
    reader = MessageReader()
    reader.feed(octets)
    return reader.finish()


def section(
    octets: bytes, path: tuple[int, ...], specifier: Specifier | None = None, *names: str
) -> bytes | None:
    found = locate(Card(read(octets).card), path, specifier, names)
    if isinstance(found, Stretch):
        return octets[found.start : found.start + found.length]
    if isinstance(found, FilteredStretch):
        return found.filter(octets[found.start : found.start + found.length])
    return found


PDF = base64.encodebytes(b"%PDF-1.4\n" + bytes(range(256)) * 30).replace(b"\n", b"\r\n")

LETTER = (
    b"From: Claire Martin <claire.martin@cabinet.example>\r\n"
    b"To: 191070000002243@patient.example\r\n"
    b"Subject: =?utf-8?B?UsOpc3VsdGF0cw==?=\r\n"
    b"Message-ID: <un@cabinet.example>\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n'
    b"\r\n"
    b"preamble\r\n"
    b"--b\r\n"
    b'Content-Type: multipart/alternative; boundary="bb"\r\n'
    b"\r\n"
    b"--bb\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n"
    b"\r\n"
    b"Bonjour =C3=A0 vous\r\n"
    b"--bb-not a boundary\r\n"
    b"\r\n"
    b"--bb \t\r\n"
    b"Content-Type: text/html\r\n"
    b"\r\n"
    b"<p>Bonjour</p>\r\n"
    b"--bb--\r\n"
    b"epilogue\r\n"
    b"--b\r\n"
    b"Content-Type: application/pdf\r\n"
    b"Content-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: attachment; filename*=utf-8''r%C3%A9sultat.pdf\r\n"
    b"\r\n" + PDF + b"\r\n"
    b"--b\r\n"
    b"Content-Type: message/rfc822\r\n"
    b"\r\n"
    b"Subject: inside\r\n"
    b"From: a@b.example\r\n"
    b"\r\n"
    b"Inner text\r\n"
    b"--b\r\n"
    b"Content-Type: message/rfc822\r\n"
    b"\r\n"
    b"Subject: inside too\r\n"
    b"Content-Type: multipart/digest; boundary=c\r\n"
    b"\r\n"
    b"--c\r\n"
    b"\r\n"
    b"Subject: digested\r\n"
    b"\r\n"
    b"Deep text\r\n"
    b"--c--\r\n"
    b"--b--\r\n"
)


@settings(max_examples=60)
@given(st.lists(st.integers(0, len(LETTER)), max_size=12))
def test_cutting_a_message_anywhere_reads_the_same(cuts: list[int]) -> None:
    whole = read(LETTER)
    reader = MessageReader(gather=1)
    places = [0, *sorted(cuts), len(LETTER)]
    for start, end in pairwise(places):
        reader.feed(LETTER[start:end])
    assert reader.finish() == whole


def test_feeding_octet_by_octet_reads_the_same() -> None:
    reader = MessageReader(gather=1)
    for octet in LETTER:
        reader.feed(bytes([octet]))
    assert reader.finish() == read(LETTER)


def test_the_facts_of_a_letter_are_those_a_person_would_see() -> None:
    facts = read(LETTER).facts
    assert facts.subject == "Résultats"
    assert [str(address) for address in facts.from_] == ["claire.martin@cabinet.example"]
    assert facts.message_id == "<un@cabinet.example>"
    (attachment,) = facts.attachments
    assert (attachment.name, attachment.detected_type) == ("résultat.pdf", "application/pdf")
    assert attachment.size == 9 + 256 * 30


@pytest.mark.parametrize(
    ("path", "specifier", "expected"),
    [
        ((1, 1), None, b"Bonjour =C3=A0 vous\r\n--bb-not a boundary\r\n"),
        ((1, 2), None, b"<p>Bonjour</p>"),
        ((1, 2), Specifier.MIME, b"Content-Type: text/html\r\n\r\n"),
        ((2,), None, PDF),
        ((3,), Specifier.HEADER, b"Subject: inside\r\nFrom: a@b.example\r\n\r\n"),
        ((3,), Specifier.TEXT, b"Inner text"),
        ((3, 1), None, b"Inner text"),
        ((4, 1), Specifier.HEADER, b"Subject: digested\r\n\r\n"),
        ((4, 1, 1), None, b"Deep text"),
        ((4, 1), Specifier.MIME, b"\r\n"),
        ((5,), None, None),
        ((1,), Specifier.HEADER, None),
        ((1, 1), Specifier.TEXT, None),
        ((), Specifier.MIME, None),
    ],
)
def test_a_section_is_the_very_octets_of_its_part(
    path: tuple[int, ...], specifier: Specifier | None, expected: bytes | None
) -> None:
    assert section(LETTER, path, specifier) == expected
