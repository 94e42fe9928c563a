"""How octets are cut never matters, whatever they are; and what is printed is always IMAP. RFC 9051 §9."""

import re
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from vaguemestre.mime.card import Card
from vaguemestre.mime.entity import Kind
from vaguemestre.mime.reader import MessageReader, ReadMessage

END = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b" \r\n"])
LINES = st.sampled_from(
    [
        b"",
        b"",
        b"x" * 1_100,
        b"QUJD" * 300,
        b"=C3=A9" * 200,
        b"--b" + b" " * 1_900,
        b"--b" + b" " * 2_100,
        b"--b",
        b"--b--",
        b"--b \t",
        b"--bb",
        b"--bb--",
        b"--bbb",
        b"--",
        b"---",
        b"text",
        b"=41=4",
        b"=",
        b"QUJD",
        b"QQ==",
        b"\xe9t\xe9",
        b"\0",
        b" folded",
        b"Content-Type: multipart/mixed; boundary=b",
        b'Content-Type: multipart/digest; boundary="bb"',
        b"Content-Type: multipart/mixed",
        b"Content-Type: message/rfc822",
        b"Content-Type: text/html; charset=latin-1",
        b"Content-Type: application/pdf; name=a.pdf",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
        b'Content-Disposition: attachment; filename="a',
        b"Subject: =?utf-8?Q?=C3=A9?=",
        b'From: "a" <a@b.example>, c',
    ]
)
MESSAGES = st.lists(st.tuples(LINES, END), max_size=40).map(lambda lines: b"".join(a + b for a, b in lines))
TOPS = st.sampled_from([b"", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"])


def _read(octets: bytes, places: list[int], gather: int) -> ReadMessage:
    reader = MessageReader(gather)
    for start, end in pairwise([0, *sorted(min(place, len(octets)) for place in places), len(octets)]):
        reader.feed(octets[start:end])
    return reader.finish()


@settings(max_examples=300)
@given(TOPS, MESSAGES, st.lists(st.integers(0, 6_000), max_size=8))
def test_any_octets_read_the_same_however_they_are_cut(top: bytes, rest: bytes, places: list[int]) -> None:
    octets = top + rest
    whole = _read(octets, [], 65_536)
    assert _read(octets, places, 1) == whole
    assert whole.facts.size == len(octets)
    bare = re.search(rb"\r(?!\n)|(?<!\r)\n", octets) is not None
    assert (whole.facts.has_bare_line_end, whole.facts.has_nul) == (bare, b"\0" in octets)


@settings(max_examples=300)
@given(TOPS, MESSAGES)
def test_the_parts_of_any_octets_nest_and_follow_one_another(top: bytes, rest: bytes) -> None:
    octets = top + rest
    card = Card(_read(octets, [], 65_536).card)
    parts = card.parts
    assert parts[()].body_end == len(octets)
    assert card.header == octets[: parts[()].body_start]
    for path, part in parts.items():
        assert 0 <= part.header_start <= part.body_start <= part.body_end <= len(octets)
        if part.kind is Kind.MESSAGE:
            assert part.body_start <= part.inner_body_start <= part.body_end
        if path:
            around = parts[path[:-1]]
            assert around.header_start <= part.header_start
            assert part.body_end <= around.body_end
        if path and path[-1] > 1:
            assert parts[(*path[:-1], path[-1] - 1)].body_end <= part.header_start


@settings(max_examples=300)
@given(TOPS, MESSAGES)
def test_what_is_printed_of_any_octets_is_one_balanced_list(top: bytes, rest: bytes) -> None:
    card = Card(_read(top + rest, [], 65_536).card)
    for printed in (card.envelope, card.body, card.bodystructure):
        bare = re.sub(rb'"(?:[^"\\]|\\.)*"', b"", _without_literals(printed))
        assert re.fullmatch(rb"[()A-Z0-9 ]*", bare), printed
        depth = 0
        for place, octet in enumerate(bare):
            depth += {40: 1, 41: -1}.get(octet, 0)
            assert depth > 0 or place == len(bare) - 1
        assert depth == 0


def _without_literals(printed: bytes) -> bytes:
    kept, at = b"", 0
    while match := re.compile(rb'("(?:[^"\\]|\\.)*"|[^"{])*').match(printed, at):
        kept += match[0]
        literal = re.compile(rb"\{(\d+)\}\r\n").match(printed, match.end())
        if literal is None:
            assert match.end() == len(printed)
            break
        at = literal.end() + int(literal[1])
        assert b"\0" not in printed[literal.end() : at]
    return kept


AROUND = st.sampled_from(
    [b"", b"\n", b"\r", b"\r\n", b"From: a@b.c\r\nTo: d\r\n\r\n", b"\r\n--=_b\r\n", b"A\nB\n"]
)


@given(st.integers(0, 80), st.integers(1, 60), AROUND, AROUND, st.booleans(), st.data())
def test_a_bare_line_end_among_lines_of_one_length_is_seen(
    length: int, lines: int, before: bytes, after: bytes, is_long: bool, data: st.DataObject
) -> None:
    lines = max(lines, 5_000 // (length + 2)) if is_long else lines
    octets = bytearray(before + (b"A" * length + b"\r\n") * lines + after)
    for _ in range(data.draw(st.integers(0, 2))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.sampled_from(b"\r\nA"))
    reader = MessageReader()
    reader.feed(bytes(octets))
    bare = re.search(rb"\r(?!\n)|(?<!\r)\n", octets) is not None
    assert reader.finish().facts.has_bare_line_end is bare
