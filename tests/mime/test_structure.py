"""ENVELOPE and BODYSTRUCTURE, octet for octet. RFC 9051 §7.5.2."""

import pytest

from vaguemestre.mime.card import Card, CardFormatError, Frame, frames, headers
from vaguemestre.mime.reader import MessageReader


def card(octets: bytes) -> Card:
    reader = MessageReader()
    reader.feed(octets)
    return Card(reader.finish().card)


def test_an_envelope_is_printed_as_the_rfc_shows() -> None:
    # The message of RFC 3501 §8, with fictitious people.
    octets = (
        b"Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n"
        b"From: Claire Martin <martin@cabinet.example>\r\n"
        b"Subject: Compte rendu\r\n"
        b"To: secretariat@hopital.example\r\n"
        b'Cc: conseil@ordre.example, "Durand, Paul" <durand@hopital.example>\r\n'
        b"Message-Id: <B27397-0100000@cabinet.example>\r\n\r\n"
    )
    martin = b'(("Claire Martin" NIL "martin" "cabinet.example"))'
    assert card(octets).envelope == (
        b'("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "Compte rendu" '
        + b" ".join([martin] * 3)
        + b' ((NIL NIL "secretariat" "hopital.example")) '
        b'((NIL NIL "conseil" "ordre.example")("Durand, Paul" NIL "durand" "hopital.example")) '
        b'NIL NIL "<B27397-0100000@cabinet.example>")'
    )


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"", b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"),
        (b"Subject:\r\nTo: \r\n\r\n", b'(NIL "" NIL NIL NIL NIL NIL NIL NIL NIL)'),
        (b'Subject: a "b" \\c\r\n\r\n', b'(NIL "a \\"b\\" \\\\c" NIL NIL NIL NIL NIL NIL NIL NIL)'),
        (b"Subject: caf\xc3\xa9\0\r\n\r\n", b"(NIL {5}\r\ncaf\xc3\xa9 NIL NIL NIL NIL NIL NIL NIL NIL)"),
        (b"Subject: a\r\n b\r\n\r\n", b'(NIL "a b" NIL NIL NIL NIL NIL NIL NIL NIL)'),
        (b"Subject: un\r\nSubject: deux\r\n\r\n", b'(NIL "un" NIL NIL NIL NIL NIL NIL NIL NIL)'),
        (
            b"To: Equipe: a@b.example;\r\nTo: \xe9 <c@d.example>\r\n\r\n",
            b'(NIL NIL NIL NIL NIL ((NIL NIL "Equipe" NIL)(NIL NIL "a" "b.example")(NIL NIL NIL NIL)'
            b'({1}\r\n\xe9 NIL "c" "d.example")) NIL NIL NIL NIL)',
        ),
        (
            b"Cc: <@r.example:a@b.example>, nobody\r\n\r\n",
            b'(NIL NIL NIL NIL NIL NIL ((NIL "@r.example" "a" "b.example")(NIL NIL "nobody" "")) '
            b"NIL NIL NIL)",
        ),
    ],
)
def test_strings_are_quoted_when_they_may_be_and_literals_otherwise(header: bytes, expected: bytes) -> None:
    found = card(header)
    assert found.envelope == expected


@pytest.mark.parametrize(
    ("octets", "body", "tail"),
    [
        (
            b"\r\none\r\ntwo\r\n",
            b'("text" "plain" ("charset" "us-ascii") NIL NIL "7BIT" 10 2',
            b" NIL NIL NIL NIL)",
        ),
        (
            b"Content-Type: Text/Plain; Charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
            b"Content-ID: <i>\r\nContent-Description: d\r\nContent-MD5: m\r\nContent-Language: fr, en\r\n"
            b"Content-Location: l\r\nContent-Disposition: inline; filename=a\r\n\r\nx",
            b'("Text" "Plain" ("Charset" "utf-8") "<i>" "d" "8bit" 1 0',
            b' "m" ("inline" ("filename" "a")) ("fr" "en") "l")',
        ),
        (
            b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD\r\n",
            b'("application" "pdf" NIL NIL NIL "base64" 6',
            b" NIL NIL NIL NIL)",
        ),
        (
            b"Content-Type: multipart/mixed\r\n\r\nx",
            b'("application" "octet-stream" NIL NIL NIL "7BIT" 1',
            b" NIL NIL NIL NIL)",
        ),
        (
            b"Content-Type: ???\r\n\r\n",
            b'("text" "plain" ("charset" "us-ascii") NIL NIL "7BIT" 0 0',
            b" NIL NIL NIL NIL)",
        ),
    ],
)
def test_a_leaf_is_printed_with_and_without_its_extension(octets: bytes, body: bytes, tail: bytes) -> None:
    assert card(octets).body == body + b")"
    assert card(octets).bodystructure == body + tail


def test_a_multipart_holding_a_message_prints_the_envelope_inside() -> None:
    octets = (
        b"Content-Type: multipart/mixed; boundary=b\r\nContent-Disposition: inline\r\n\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\none\r\ntwo\r\n--b--\r\n"
    )
    envelope = b'(NIL "in" NIL NIL NIL NIL NIL NIL NIL NIL)'
    text = b'("text" "plain" ("charset" "us-ascii") NIL NIL "7BIT" 8 1'
    message = b'("message" "rfc822" NIL NIL NIL "7BIT" 23 '
    assert card(octets).body == b"(" + message + envelope + b" " + text + b') 3) "mixed")'
    assert card(octets).bodystructure == (
        b"(" + message + envelope + b" " + text + b" NIL NIL NIL NIL) 3 NIL NIL NIL NIL)"
        b' "mixed" ("boundary" "b") ("inline" NIL) NIL NIL)'
    )


def test_frames_of_many_cards_are_those_that_each_card_gives() -> None:
    long = b"Subject: y\r\nX: " + b"x" * 300_000 + b"\r\n\r\n"
    cards = []
    for octets in (b"Subject: x\r\n\r\nBody\r\n", long, b""):
        reader = MessageReader()
        reader.feed(octets)
        cards.append(reader.finish().card)
    read = [Card(octets) for octets in cards]
    assert frames(cards, Frame.ENVELOPE) == [one.envelope for one in read]
    assert frames(cards, Frame.BODY) == [one.body for one in read]
    assert frames(cards, Frame.BODYSTRUCTURE) == [one.bodystructure for one in read]
    assert headers(cards) == [one.header for one in read]
    assert headers(cards)[1] is None
    assert frames([], Frame.HEADER) == []


def test_cards_of_other_versions_are_refused() -> None:
    reader = MessageReader()
    reader.feed(b"Subject: x\r\n\r\n")
    octets = reader.finish().card
    with pytest.raises(CardFormatError):
        Card(b"\xff" + octets[1:])
    with pytest.raises(CardFormatError):
        frames([octets, b"\xff" + octets[1:]], Frame.ENVELOPE)
    with pytest.raises(CardFormatError):
        Card(b"")


@pytest.mark.parametrize(
    ("octets", "preview"),
    [
        (b"\r\n  Bonjour,\r\n\r\n> quoted\r\nvoici.\r\n", "Bonjour, voici."),
        (b"\r\n" + "é".encode() * 5_000, "é" * 200),
        (b"\r\n>" + b"quoted " * 100 + b"\r\nanswer", "answer"),
        (
            b"Content-Type: text/html; charset=latin-1\r\n\r\n"
            b"<style>p{}</style><p>Caf\xe9 &amp; <b>th\xe9</b>",
            "Café & thé",
        ),
        (b"Content-Type: image/png\r\n\r\nx", ""),
        (b"Content-Transfer-Encoding: base64\r\n\r\nQm9uam91cg==", "Bonjour"),
        (b"", ""),
    ],
)
def test_a_preview_is_the_first_words_that_a_person_reads(octets: bytes, preview: str) -> None:
    assert card(octets).preview == preview
