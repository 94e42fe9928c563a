"""Address lists: who is meant, and never somebody who only seems to be. RFC 5322 §3.4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.mime.addresses import GROUP_END, mailboxes, parse_addresses


@pytest.mark.parametrize(
    ("value", "names", "addresses"),
    [
        (b"claire@cabinet.example", [None], ["claire@cabinet.example"]),
        (b"Claire Martin <claire@cabinet.example>", ["Claire Martin"], ["claire@cabinet.example"]),
        (
            b'"Martin, Claire" <claire@c.example>, Paul <p@h.example>',
            ["Martin, Claire", "Paul"],
            ["claire@c.example", "p@h.example"],
        ),
        (b"claire@c.example (Dr Claire (Lyon) Martin)", ["Dr Claire (Lyon) Martin"], ["claire@c.example"]),
        (b'"a \\"b\\" c" <x@y.example>', ['a "b" c'], ["x@y.example"]),
        (b"Dr. C. Martin <x@y.example>", ["Dr. C. Martin"], ["x@y.example"]),
        (b"=?utf-8?Q?Martin,_Claire?= <x@y.example>", ["=?utf-8?Q?Martin,_Claire?="], ["x@y.example"]),
        (b"<@route.example,@other.example:x@y.example>", [None], ["x@y.example"]),
        (b'"claire"@y.example', [None], ["claire@y.example"]),
        (b'"a b"@y.example', [None], ['"a b"@y.example']),
        (b" , ,x@y.example,", [None], ["x@y.example"]),
        (b"", [], []),
    ],
)
def test_an_address_list_is_read(value: bytes, names: list[str | None], addresses: list[str]) -> None:
    entries = parse_addresses(value)
    assert [entry.name for entry in entries] == names
    found, unreadable = mailboxes(entries)
    assert [str(address) for address in found] == addresses
    assert not unreadable


@pytest.mark.parametrize(
    ("value", "addresses"),
    [
        (b"x@y.example <z@w.example>", []),  # two addresses in one: whoever reads chooses another
        (b"<x@y.example> z@w.example", []),
        (b"<x@y.example", []),
        (b"x@y@z.example", []),
        (b"a b@y.example", []),
        (b"nobody", []),
        (b"<>", []),
        (b"x@[192.0.2.1]", []),
        (b"good@y.example, bad@@y.example", ["good@y.example"]),
        (b'"x@y.example', []),
        (b"x@y.example\\", []),
        (b"=?utf-8?Q?<x@h.example>,?= <real@y.example>", []),  # an address, or a word: readers differ
    ],
)
def test_what_is_not_clearly_an_address_is_said_to_be_unreadable(value: bytes, addresses: list[str]) -> None:
    found, unreadable = mailboxes(parse_addresses(value))
    assert [str(address) for address in found] == addresses
    assert unreadable


@pytest.mark.parametrize(
    "value",
    [
        b'"spoofed@h.example" <real@y.example>',
        b"spoofed (<x@h.example>,) <real@y.example>",
        b'"x@h.example\\",<y@h.example>,\\"" <real@y.example>',
    ],
)
def test_quotes_and_comments_hold_no_address(value: bytes) -> None:
    found, unreadable = mailboxes(parse_addresses(value))
    assert ([str(address) for address in found], unreadable) == (["real@y.example"], False)


def test_a_group_gives_its_name_its_members_and_its_end() -> None:
    entries = parse_addresses(b"Equipe: a@b.example, C <c@d.example>; e@f.example")
    assert [(entry.local, entry.host) for entry in entries] == [
        ("Equipe", None),
        ("a", "b.example"),
        ("c", "d.example"),
        (None, None),
        ("e", "f.example"),
    ]
    assert parse_addresses(b"undisclosed-recipients:;")[-1] == GROUP_END
    assert mailboxes(parse_addresses(b"undisclosed-recipients:;")) == ((), False)


def test_an_address_in_utf_8_is_read_and_one_in_latin_1_is_not() -> None:
    found, unreadable = mailboxes(parse_addresses("hélène@cabinet.example".encode()))
    assert (str(found[0]), unreadable) == ("hélène@cabinet.example", False)
    assert mailboxes(parse_addresses("hélène@cabinet.example".encode("latin-1"))) == ((), True)


@given(st.binary())
def test_no_octets_make_it_raise(octets: bytes) -> None:
    mailboxes(parse_addresses(octets))


@given(st.text('ab"\\()<>@,;:. =?[]', max_size=30))
def test_the_short_way_and_the_long_way_read_the_same(text: str) -> None:
    # A comment after the list forces the careful reading.
    short = mailboxes(parse_addresses(text.encode()))
    careful = mailboxes(parse_addresses(b"(),," + text.encode()))
    assert short == careful
