"""The language: what is read, what is bounded, and that no octets make it fail otherwise. RFC 4511."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.ldap.ber import LdapSyntaxError, Reader, element, integer, text
from vaguemestre.ldap.filters import Every, Has, Not, Some, Unknown, read_filter
from vaguemestre.ldap.frame import MOST, Frames
from vaguemestre.ldap.requests import (
    Abandon,
    Bind,
    Extended,
    Message,
    Other,
    Scope,
    Search,
    Unbind,
    read_message,
)
from vaguemestre.ldap.responses import SEARCH_DONE, Code, disconnection, entry, result

SEARCH = element(
    0x63,
    text("o=annuaire"),
    integer(2, 0x0A),
    integer(0, 0x0A),
    integer(10),
    integer(0),
    element(0x01, b"\x00"),
    element(0xA4, text("CN;lang-fr"), element(0x30, text("mart", 0x80), text("l", 0x82))),
    element(0x30, text("mail"), text("cn")),
)


def a_message(operation: bytes, *more: bytes) -> bytes:
    return element(0x30, integer(7), operation, *more)


def parsed(octets: bytes) -> Message:
    frames = Frames()
    frames.feed(octets)
    content = frames.take()
    assert content is not None
    return read_message(content)


def test_requests_are_read() -> None:
    bind = element(0x60, integer(3), text("claire@x.fr"), text("secret", 0x80))
    assert parsed(a_message(bind)) == Message(7, Bind(3, "claire@x.fr", "secret"))
    sasl = element(0x60, integer(3), text(""), element(0xA3, text("PLAIN")))
    assert parsed(a_message(sasl)).request == Bind(3, "", None)
    name = Has("cn", ("mart", "l"), begins=True)
    assert parsed(a_message(SEARCH)).request == Search(
        "o=annuaire", Scope.SUBTREE, 10, False, name, ("mail", "cn")
    )
    assert parsed(a_message(element(0x42))).request == Unbind()
    assert parsed(a_message(element(0x50, b"\x01"))).request == Abandon()
    assert parsed(a_message(element(0x77, text("1.2.3", 0x80)))).request == Extended("1.2.3")
    assert parsed(a_message(element(0x4A, b"o=annuaire"))).request == Other(0x6B)


def test_critical_controls_are_told() -> None:
    critical = element(0x30, text("1.2.840.113556.1.4.319"), element(0x01, b"\xff"))
    controls = element(0xA0, critical, element(0x30, text("1.2.3")), element(0x30, text("1.2.4"), text("x")))
    assert parsed(a_message(element(0x42), controls)).critical == ("1.2.840.113556.1.4.319",)


def test_filters_are_trees() -> None:
    present, equal = text("Mail", 0x87), element(0xA3, text("sn"), text("Martin"))
    tree = element(0xA0, element(0xA1, present, equal), element(0xA2, equal), element(0xA5, b"x"))
    assert read_filter(Reader(tree)) == Every(
        (
            Some((Has("mail"), Has("sn", ("Martin",), is_whole=True))),
            Not(Has("sn", ("Martin",), is_whole=True)),
            Unknown(),
        )
    )


def test_filters_are_bounded() -> None:
    deep = text("mail", 0x87)
    for _ in range(20):
        deep = element(0xA2, deep)
    wide = element(0xA1, *[text("mail", 0x87)] * 100)
    for bomb in (deep, wide):
        with pytest.raises(LdapSyntaxError, match="too many parts"):
            read_filter(Reader(bomb))


def test_what_is_not_a_message_is_refused_before_it_is_whole() -> None:
    for octets in (
        b"GET / HTTP/1.1\r\n",
        b"\x30\x80",  # indefinite
        b"\x30\x85\x00\x00\x00\x00\x01",
        b"\x30\x84" + (MOST + 1).to_bytes(4, "big"),
    ):
        frames = Frames()
        frames.feed(octets)
        with pytest.raises(LdapSyntaxError):
            frames.take()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        integer(7),
        element(0x02, b"\xff") + element(0x42),  # a negative number
        integer(7) + element(0x44),  # no such operation
        integer(7) + element(0x60, integer(3)),
        integer(7) + element(0x60, integer(3), element(0x04, b"\xff")),
        integer(7) + b"\x60\x05\x02",
        integer(7) + SEARCH[:-3],
        integer(7) + element(0x63, text(""), integer(9, 0x0A), SEARCH[16:]),
    ],
)
def test_a_broken_request_is_a_syntax_error(content: bytes) -> None:
    with pytest.raises(LdapSyntaxError):
        read_message(content)


@given(st.binary(max_size=300))
def test_no_octets_fail_otherwise(octets: bytes) -> None:
    for content in (octets, integer(7) + octets, integer(7) + element(0x63, octets)):
        try:
            read_message(content)
        except LdapSyntaxError:
            continue


@given(st.lists(st.integers(1, 400)), st.integers(0, 12_000))
def test_how_octets_are_cut_never_matters(cuts: list[int], size: int) -> None:
    stream = a_message(SEARCH) + a_message(element(0x50, bytes(size))) + a_message(element(0x42))
    frames, found, at = Frames(), [], 0
    for length in [*cuts, len(stream)]:
        frames.feed(stream[at : at + length])
        at += length
        while (content := frames.take()) is not None:
            found.append(type(read_message(content).request))
    assert found == [Search, Abandon, Unbind]
    assert frames.waiting == 0


@given(st.integers(0, 2**31 - 1))
def test_numbers_are_read_as_they_are_written(number: int) -> None:
    assert Reader(integer(number)).integer() == number


def test_responses_are_as_the_standard_has_them() -> None:
    assert result(1, SEARCH_DONE, Code.SUCCESS) == bytes.fromhex("300c02010165070a010004000400")
    found = entry(2, "mail=a@b,o=x", {"cn": ("É",)}, types_only=False)
    assert found == element(
        0x30,
        integer(2),
        element(
            0x64, text("mail=a@b,o=x"), element(0x30, element(0x30, text("cn"), element(0x31, text("É"))))
        ),
    )
    assert b"1.3.6.1.4.1.1466.20036" in disconnection(Code.UNAVAILABLE, "Bye")
    assert len(element(0x04, bytes(300))) == 304
