"""Whatever arrives, reading ends, memory is bounded, and nothing escapes being seen or said unseen."""

import tracemalloc

import pytest

from vaguemestre.mail.media_types import UNEXAMINED
from vaguemestre.mime.card import Card
from vaguemestre.mime.reader import MessageReader, ReadMessage
from vaguemestre.mime.scan import MAX_DEPTH, MAX_PARTS
from vaguemestre.mime.section import Specifier, Stretch, locate

MULTIPART = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"


def read(octets: bytes, gather: int = 65_536) -> ReadMessage:
    reader = MessageReader(gather)
    for start in range(0, len(octets), 50_000):
        reader.feed(octets[start : start + 50_000])
    return reader.finish()


def test_parts_past_the_thousandth_are_one_opaque_leaf() -> None:
    octets = MULTIPART + b"--b\r\n\r\nx\r\n" * (MAX_PARTS + 500)
    found = read(octets)
    assert len([path for path in Card(found.card).parts if path]) == MAX_PARTS + 1
    (rest,) = found.facts.attachments
    assert rest.detected_type == UNEXAMINED
    assert rest.size > 500 * 8


def test_multiparts_past_the_fiftieth_are_opaque_and_so_are_messages() -> None:
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=x%d\r\n\r\n--x%d\r\n" % (i, i)
        for i in range(MAX_DEPTH + 50)
    )
    messages = b"Content-Type: message/rfc822\r\n\r\n" * (MAX_DEPTH + 50)
    for octets in (deep, messages):
        found = read(octets)
        assert [attachment.detected_type for attachment in found.facts.attachments] == [UNEXAMINED]
        assert max(len(path) for path in Card(found.card).parts) <= MAX_DEPTH


def test_a_header_too_long_is_served_from_the_octets_and_its_first_fields_are_known() -> None:
    octets = (
        b"Subject: x\r\n" + b"X-Filler: yyyyyyyyyyyyyyyyyyyyyy\r\n" * 20_000 + b"To: a@b.example\r\n\r\nbody"
    )
    found = read(octets)
    assert read(octets, gather=1) == found
    assert found.facts.subject == "x"
    assert found.facts.has_too_large_header
    card = Card(found.card)
    assert card.header is None
    assert locate(card, (), Specifier.HEADER) == Stretch(0, len(octets) - 4)
    assert locate(card, (), Specifier.TEXT) == Stretch(len(octets) - 4, 4)
    located = locate(card, (), Specifier.HEADER_FIELDS, ["to"])
    assert not isinstance(located, bytes | Stretch)
    assert located is not None
    assert located.filter(octets[:-4]) == b"To: a@b.example\r\n\r\n"


def test_memory_is_bounded_whatever_arrives() -> None:
    pieces = {
        "attachment": b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAx\r\n" * 800,
        "header": b"X-Filler: yyyyyyyyyyyyyyyyyyyyyy\r\n" * 1_800,
        "line": b"x" * 60_000,
        "boundaries": b"--b\r\n\r\n\r\n" * 6_000,
        "padding": b"\r\n--b" + b" " * 59_000,
    }
    for name, piece in pieces.items():
        reader = MessageReader()
        reader.feed(b"" if name == "header" else MULTIPART + b"--b\r\nContent-Type: image/png\r\n\r\n")
        tracemalloc.start()
        for _ in range(100):
            reader.feed(piece)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        reader.finish()
        assert peak < 2 * 1024 * 1024, name


def test_nineteen_hundred_recipients_are_all_read() -> None:
    recipients = b",\r\n ".join(b"p%d@hopital.example" % i for i in range(1_900))
    octets = b"From: a@b.example\r\nTo: " + recipients + b"\r\n\r\nbody"
    assert len(read(octets).facts.to) == 1_900


@pytest.mark.parametrize(
    "octets",
    [
        b"To: " + b"a," * 120_000 + b"\r\n\r\nx",
        b"To: a@b (x), " + b"()," * 80_000 + b"\r\n\r\nx",
        b"To: " + b"a@b.example," * 20_000 + b"\r\n\r\nx",
        b"Content-Type: message/rfc822\r\nTo: b@b.example\r\n\r\nTo: " + b"a," * 120_000 + b"\r\n\r\nx",
        b"".join(b"Content-Type: message/rfc822\r\nTo: " + b"a," * 12_000 + b"\r\n\r\n" for _ in range(45)),
    ],
)
def test_addresses_by_the_hundred_thousand_cost_little(octets: bytes) -> None:
    reader = MessageReader()
    reader.feed(octets)
    read = reader.finish()
    assert len(read.card) < 800_000
    assert read.facts.has_too_many_addresses is (b"To: b@b.example" not in octets)


def test_a_sender_behind_too_many_others_is_unreadable() -> None:
    reader = MessageReader()
    reader.feed(b"From: " + b"a@b.example," * 3_000 + b"claire@b.example\r\n\r\nx")
    facts = reader.finish().facts
    assert facts.unreadable_from
    assert facts.has_too_many_addresses
