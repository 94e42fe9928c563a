"""Sections of hard messages: the very octets, or nothing. RFC 9051 §6.4.5.1."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.mime.card import Card
from vaguemestre.mime.reader import MessageReader
from vaguemestre.mime.section import FilteredStretch, Specifier, Stretch, filter_header, locate


def card(octets: bytes) -> Card:
    reader = MessageReader()
    reader.feed(octets)
    return Card(reader.finish().card)


def section(
    octets: bytes, path: tuple[int, ...], specifier: Specifier | None = None, *names: str
) -> bytes | None:
    found = locate(card(octets), path, specifier, names)
    if isinstance(found, Stretch):
        return octets[found.start : found.start + found.length]
    if isinstance(found, FilteredStretch):
        return found.filter(octets[found.start : found.start + found.length])
    return found


SIMPLE = b"Subject: un\r\nTo: a@b.example,\r\n c@d.example\r\nX: caf\xe9\r\nsubject: deux\r\n\r\nBody\r\n"


@pytest.mark.parametrize(
    ("path", "specifier", "names", "expected"),
    [
        ((), None, (), SIMPLE),
        ((), Specifier.HEADER, (), SIMPLE[:-6]),
        ((), Specifier.TEXT, (), b"Body\r\n"),
        ((1,), None, (), b"Body\r\n"),
        ((1,), Specifier.MIME, (), SIMPLE[:-6]),
        ((1,), Specifier.HEADER, (), None),
        ((1, 1), None, (), None),
        ((0,), None, (), None),
        ((), Specifier.HEADER_FIELDS, ("to",), b"To: a@b.example,\r\n c@d.example\r\n\r\n"),
        (
            (),
            Specifier.HEADER_FIELDS,
            ("X", "SUBJECT"),
            b"Subject: un\r\nX: caf\xe9\r\nsubject: deux\r\n\r\n",
        ),
        ((), Specifier.HEADER_FIELDS, ("Sub", "o.", ""), b"\r\n"),
        ((), Specifier.HEADER_FIELDS, (), b"\r\n"),
        ((), Specifier.HEADER_FIELDS_NOT, ("Subject", "x"), b"To: a@b.example,\r\n c@d.example\r\n\r\n"),
        ((), Specifier.HEADER_FIELDS_NOT, (), SIMPLE[:-6]),
    ],
)
def test_a_simple_message_has_one_part(
    path: tuple[int, ...], specifier: Specifier | None, names: tuple[str, ...], expected: bytes | None
) -> None:
    assert section(SIMPLE, path, specifier, *names) == expected


def test_the_header_of_the_message_is_served_from_its_card() -> None:
    assert isinstance(locate(card(SIMPLE), (), Specifier.HEADER), bytes)
    assert isinstance(locate(card(SIMPLE), (), Specifier.HEADER_FIELDS, ["Subject"]), bytes)


@pytest.mark.parametrize(
    ("octets", "header", "text"),
    [
        (b"", b"", b""),
        (b"\r\n", b"\r\n", b""),
        (b"\r\nbody", b"\r\n", b"body"),
        (b"\nbody", b"\n", b"body"),
        (b"just text\r\nmore\r\n", b"", b"just text\r\nmore\r\n"),
        (b"just text\r\n\r\nmore\r\n", b"", b"just text\r\n\r\nmore\r\n"),
        (b"Subject: only a header", b"Subject: only a header", b""),
        (b"Subject: x\r\n", b"Subject: x\r\n", b""),
        (b"Subject: x\n\nbody\n", b"Subject: x\n\n", b"body\n"),
        (b"garbage\r\nSubject: x\r\n\r\nbody", b"garbage\r\nSubject: x\r\n\r\n", b"body"),
        (b"Subject: x\r\n \r\nY: z\r\n\r\nbody", b"Subject: x\r\n \r\nY: z\r\n\r\n", b"body"),
    ],
)
def test_header_and_text_part_where_the_first_empty_line_is(
    octets: bytes, header: bytes, text: bytes
) -> None:
    assert section(octets, (), Specifier.HEADER) == header
    assert section(octets, (), Specifier.TEXT) == text
    assert section(octets, (1,)) == text


def multipart(body: bytes, boundary: bytes = b"b") -> bytes:
    return b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n' + body


@pytest.mark.parametrize(
    ("octets", "parts"),
    [
        (multipart(b"--b\r\n\r\none\r\n--b\r\n\r\ntwo, unfinished\r\n"), [b"one", b"two, unfinished\r\n"]),
        (multipart(b"--b\r\n\r\n--b\r\n\r\n\r\n--b--"), [b"", b""]),
        (multipart(b"--b\r\n--b\r\n--b--\r\n"), [b"", b""]),
        (multipart(b"--b\r\nX: y\r\n--b\r\n\r\ntwo\r\n--b--\r\n"), [b"", b"two"]),
        (multipart(b"no boundary ever"), [b""]),
        (multipart(b""), [b""]),
        (multipart(b"--b--\r\n--b\r\n\r\nafter the end"), [b""]),
        (multipart(b"--b\n\none\n--b\n\ntwo\n--b--\n"), [b"one", b"two"]),
        (
            multipart(b"--b\r\n\r\none\r\n--bb\r\n--b-\r\n --b\r\nx--b\r\n--b--\r\n"),
            [b"one\r\n--bb\r\n--b-\r\n --b\r\nx--b"],
        ),
        (multipart(b"--b \t \r\n\r\none\r\n--b-- \r\nepilogue"), [b"one"]),
        (multipart(b"--a b'()+_,-./:=?\r\n\r\none\r\n--a b'()+_,-./:=?--", b"a b'()+_,-./:=?"), [b"one"]),
        (multipart(b"--B\r\n\r\nother case\r\n--b\r\n\r\none\r\n--b--"), [b"one"]),
        (multipart(b"--b\r\n\r\n\r\n\r\n--b--"), [b"\r\n"]),
        (multipart(b"--b\r\n\r\n\xe9\0\r\n--b--"), [b"\xe9\0"]),
    ],
)
def test_the_parts_of_a_hard_multipart(octets: bytes, parts: list[bytes]) -> None:
    for number, expected in enumerate(parts, 1):
        assert section(octets, (number,)) == expected
    assert section(octets, (len(parts) + 1,)) is None


def test_an_outer_boundary_ends_what_is_inside_and_prefixes_are_told_apart() -> None:
    inner = b'Content-Type: multipart/alternative; boundary="b1"\r\n\r\n--b1\r\n\r\ndeep\r\n'
    octets = multipart(b"--b\r\n" + inner + b"--b\r\n\r\nsecond\r\n--b1\r\nstill second\r\n--b--\r\n")
    assert section(octets, (1, 1)) == b"deep"
    assert section(octets, (2,)) == b"second\r\n--b1\r\nstill second"
    assert section(octets, (3,)) is None


def test_a_message_that_is_a_message_is_numbered_from_one() -> None:
    inner = b"Subject: in\r\nFrom: x@y.example\r\n\r\ntext"
    octets = b"Content-Type: message/rfc822\r\nSubject: out\r\n\r\n" + inner
    assert section(octets, (1,)) == inner
    assert section(octets, (1,), Specifier.HEADER) == b"Subject: in\r\nFrom: x@y.example\r\n\r\n"
    assert section(octets, (1,), Specifier.HEADER_FIELDS, "subject") == b"Subject: in\r\n\r\n"
    assert section(octets, (1,), Specifier.HEADER_FIELDS_NOT, "subject") == b"From: x@y.example\r\n\r\n"
    assert section(octets, (1,), Specifier.TEXT) == b"text"
    assert section(octets, (1, 1)) == b"text"
    assert section(octets, (1, 1), Specifier.MIME) == b"Subject: in\r\nFrom: x@y.example\r\n\r\n"


def test_fields_are_kept_as_they_came_even_at_the_end_of_the_octets() -> None:
    assert filter_header(b"A: 1\nB: 2", ["b"], negated=False) == b"B: 2\n\r\n"
    assert (
        filter_header(b"A : 1\r\n\tfold\r\nB: 2\r\n\r\n", ["a"], negated=False) == b"A : 1\r\n\tfold\r\n\r\n"
    )


def filtered_line_by_line(header: bytes, names: Sequence[bytes], negated: bool) -> bytes:
    """What ``filter_header`` does, said slowly. RFC 5322 §2.2, RFC 5322 §4.5."""
    wanted = {name.lower() for name in names}
    kept: list[bytes] = []
    keeping = False
    for line in header.split(b"\n"):
        if line[:1] not in {b" ", b"\t"}:
            name, colon, _ = line.partition(b":")
            name = name.rstrip(b" \t").lower()
            is_field = bool(colon and name) and all(33 <= octet <= 126 for octet in name)
            keeping = is_field and (name in wanted) != negated
        if keeping:
            kept.append(line + b"\n")
    return b"".join(kept) + b"\r\n"


_NAMES = ("From", "To", "X", "x-y", "To.")
_HEADER_PIECES = st.sampled_from(
    [
        b"From",
        b"fROM",
        b"To",
        b"X",
        b"X-Y",
        b"To.",
        b"To:x",
        b":",
        b": ",
        b" ",
        b"\t",
        b"\r\n",
        b"\n",
        b"\r",
        b"\0",
    ]
) | st.binary(max_size=3)


@given(
    st.lists(_HEADER_PIECES, max_size=40).map(b"".join),
    st.lists(st.sampled_from([*_NAMES, "", "(", "é", "To:x", "X "]), max_size=4),
    st.booleans(),
)
def test_any_octets_are_filtered_as_line_by_line(header: bytes, names: list[str], negated: bool) -> None:
    slowly = filtered_line_by_line(header, [name.encode() for name in names], negated)
    assert filter_header(header, names, negated) == slowly
