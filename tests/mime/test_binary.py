"""Binary parts come out in base64, and nothing else changes. RFC 3030 §3."""

import base64
import re
from email import message_from_bytes
from email.message import Message

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaguemestre.mail.binary_flaw import BinaryFlaw
from vaguemestre.mime.binary import GATHER, BinaryConverter

BINARY = b"Content-Transfer-Encoding: binary\r\n"
TOP = b"Subject: un examen\r\nMIME-Version: 1.0\r\n"
# What is most like what parts are told apart by.
TRICKS = [
    b"\r\n--b\n",
    b"\n--b\r\n",
    b"\n--b--\n",
    b"\r\n--bb\r\n",
    b"\r\n--",
    b"--b",
    b"\r\n",
    b"\r",
    b"\n",
    b"\0",
    b"\r\n.\r\n",
]
OCTETS = st.lists(st.one_of(st.binary(max_size=200), st.sampled_from(TRICKS)), max_size=20).map(b"".join)
CUTS = st.lists(st.integers(1, 400), max_size=30)


def converted(message: bytes, cuts: list[int] | None = None) -> bytes | BinaryFlaw:
    """All of the result, or what stands against it."""
    converter = BinaryConverter(gather=1 if cuts else GATHER)
    out = []
    for length in cuts or []:
        out.append(converter.feed(message[:length]))
        message = message[length:]
    out += [converter.feed(message), converter.finish()]
    return converter.flaw or b"".join(out)


def result(message: bytes, cuts: list[int] | None = None) -> bytes:
    out = converted(message, cuts)
    assert isinstance(out, bytes), out
    return out


def multipart(*parts: bytes, kind: bytes = b"mixed", boundary: bytes = b"b", more: bytes = BINARY) -> bytes:
    """A whole entity; each part is one, header included."""
    head = b"Content-Type: multipart/%b; boundary=%b\r\n%b\r\n" % (kind, boundary, more)
    return head + b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts) + b"--%b--\r\n" % boundary


def leaf(octets: bytes, kind: bytes = b"application/pdf") -> bytes:
    return b"Content-Type: %b\r\n%b\r\n%b" % (kind, BINARY, octets)


def leaves(message: Message) -> list[bytes]:
    found = []
    for part in message.walk():
        if not part.is_multipart():
            octets = part.get_payload(decode=True)
            assert isinstance(octets, bytes)
            found.append(octets)
    return found


def is_parted(octets: bytes) -> bool:
    return re.search(rb"\r\n--b(--)?[ \t]*(\r\n|\Z)", b"\r\n" + octets + b"\r\n") is not None


@settings(max_examples=200)
@given(st.lists(OCTETS, min_size=1, max_size=3), CUTS)
def test_any_octets_cut_anywhere_are_the_same_once_decoded(parts: list[bytes], cuts: list[int]) -> None:
    parts = [part for part in parts if not is_parted(part)]
    message = TOP + multipart(*map(leaf, parts))
    out = result(message, cuts)
    assert out == result(message)
    assert b"\0" not in out
    assert re.search(rb"\r(?!\n)|(?<!\r)\n", out) is None
    assert leaves(message_from_bytes(out)) == (parts or [b""])
    assert all(len(line) <= 76 for line in out.split(b"\r\n"))


@settings(max_examples=100)
@given(OCTETS, CUTS)
def test_a_message_that_is_one_binary_part_is_encoded_to_its_end(octets: bytes, cuts: list[int]) -> None:
    message = TOP + leaf(octets)
    out = result(message, cuts)
    assert out == result(message)
    head, body = out.split(b"\r\n\r\n", 1)
    assert head == TOP + b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64"
    assert base64.b64decode(body) == octets
    assert not body or body.endswith(b"\r\n")


@settings(max_examples=200)
@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from(TRICKS)), max_size=20).map(b"".join), CUTS)
def test_what_holds_nothing_binary_is_not_touched(rest: bytes, cuts: list[int]) -> None:
    for message in (rest, TOP + b"\r\n" + rest, TOP + multipart(b"\r\n" + rest, rest, more=b"")):
        assert result(message, cuts) == message


def test_the_word_alone_changes_in_a_header() -> None:
    odd = b"content-transfer-ENCODING :\r\n (octets) Binary ; y\r\nX: binary\r\n"
    out = result(b"Content-Type: image/png\r\n" + odd + b"\r\nab")
    assert out == b"Content-Type: image/png\r\n" + odd.replace(b"Binary", b"base64") + b"\r\nYWI=\r\n"


def test_what_is_made_of_parts_says_8bit_and_keeps_its_other_octets() -> None:
    text = b"Content-Transfer-Encoding: 8bit\r\n\r\n\xc3\xa9t\xc3\xa9"
    whole = multipart(text, leaf(b"\0\r\n\xff"), b"\r\nfin")
    message = TOP + whole.replace(b"--b\r\n", b"avant\r\n--b\r\n", 1) + b"apr\xc3\xa8s\r\n"
    wanted = message.replace(BINARY, BINARY.replace(b"binary", b"8bit"), 1).replace(b"binary", b"base64")
    assert result(message) == wanted.replace(b"\0\r\n\xff", base64.b64encode(b"\0\r\n\xff"))


def test_messages_inside_messages_are_converted_too() -> None:
    inner = b"Subject: dedans\r\n" + multipart(leaf(b"\0\n"), boundary=b"c")
    nested = b"Content-Type: message/rfc822\r\n" + BINARY + b"\r\n" + inner
    for message in (TOP + multipart(nested, leaf(b"\r")), TOP + multipart(inner, leaf(b"\r")), TOP + nested):
        out = result(message)
        found = leaves(message_from_bytes(out))
        assert found[0] == b"\0\n"
        assert b"binary" not in out
        assert out == result(message, [1] * len(message))


def test_a_digest_holds_messages_that_do_not_say_so() -> None:
    out = result(multipart(b"\r\n" + leaf(b"\0"), kind=b"digest"))
    assert base64.b64encode(b"\0") in out
    assert b"binary" not in out


def test_an_outer_boundary_ends_what_is_inside() -> None:
    inner = multipart(leaf(b"\0\0\0"), boundary=b"c").replace(b"\r\n--c--\r\n", b"")
    assert b"\r\n\r\nAAAA\r\n--b--\r\n" in result(multipart(inner))


def test_an_empty_binary_part_stays_empty() -> None:
    for empty in (leaf(b""), leaf(b"")[: -len(b"\r\n")]):
        message = multipart(empty)
        assert result(message) == message.replace(b"binary", b"8bit", 1).replace(b"binary", b"base64")


def test_what_a_signature_covers_is_not_touched_when_nothing_there_is_binary() -> None:
    signed = multipart(b"\r\nsign\xc3\xa9", b"\r\nsceau", kind=b"signed", boundary=b"c")
    out = result(TOP + multipart(signed.replace(BINARY, b""), leaf(b"\0")))
    assert signed.replace(BINARY, b"") in out
    assert result(TOP + signed) == (TOP + signed).replace(b"binary", b"8bit")


@pytest.mark.parametrize(
    ("message", "flaw"),
    [
        (multipart(leaf(b"\0")).removesuffix(b"--b--\r\n"), BinaryFlaw.NOT_CLOSED),
        (multipart(leaf(b"\0")).replace(b"--b--", b"--c--"), BinaryFlaw.NOT_CLOSED),
        (multipart(leaf(b"\0")).replace(b"\r\n--b--\r\n", b"\n--b--\r\n"), BinaryFlaw.NOT_CLOSED),
        (multipart(leaf(b"\0")).replace(b"; boundary=b", b""), BinaryFlaw.NO_BOUNDARY),
        (multipart(leaf(b"\0"), kind=b"signed"), BinaryFlaw.SIGNED),
        (multipart(multipart(leaf(b"\0"), boundary=b"c"), kind=b"signed"), BinaryFlaw.SIGNED),
        (BINARY + leaf(b"\0").replace(b"binary", b"8bit"), BinaryFlaw.UNREADABLE),
        (leaf(b"\0").replace(b"binary", b"7bit") + BINARY, None),
        (leaf(b"\0", b"image/png\r\nContent-Type: text/plain"), BinaryFlaw.UNREADABLE),
        (leaf(b"x", b"message/partial; id=x; number=1"), BinaryFlaw.MESSAGE),
        ((b"Content-Type: message/rfc822\r\n\r\n" * 51) + leaf(b"\0"), BinaryFlaw.CROWDED),
        (multipart(*[b"\r\n"] * 1001, leaf(b"\0")), BinaryFlaw.CROWDED),
        (b"X: " + b"x" * 300_000 + b"\r\n" + leaf(b"\0"), BinaryFlaw.LONG_HEADER),
        (BINARY + b"x" * 300_000, BinaryFlaw.LONG_HEADER),
    ],
)
def test_what_cannot_be_converted_is_told(message: bytes, flaw: BinaryFlaw | None) -> None:
    for cuts in ([], [100, 1] * 40, [65_536] * 5):
        out = converted(message, cuts)
        assert out == flaw if flaw is not None else out == message


def test_nothing_is_kept_of_a_part_but_what_may_begin_a_boundary() -> None:
    converter = BinaryConverter()
    converter.feed(multipart(leaf(b"")).removesuffix(b"\r\n--b--\r\n"))
    waiting = 0
    for _ in range(64):
        waiting += 65_536 - len(converter.feed(b"\r\n--c\0\0\0" * 8_192)) * 3 // 4
        assert waiting < 2 * GATHER
