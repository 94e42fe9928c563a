"""Whatever a client sends, the answer is a value or a sentence, in bounded time and memory."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.imap.command_line import CommandLine
from vaguemestre.imap.commands.table import PARSERS, parse_command
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.frame import CommandReady, Framer, FrameRefused, MessageAnnounced, after_sign_in

WORDS = st.sampled_from(
    [name.encode() for name in PARSERS]
    + [
        b" ",
        b"(",
        b")",
        b'"',
        b"\\",
        b"1:*",
        b"0",
        b"NIL",
        b"INBOX",
        b"[",
        b"]",
        b"<0.1>",
        b"\0",
        b"\r",
        b"%",
    ]
    + [b"{3+}\r\nabc", b"OR", b"NOT", b"ALL", b"BODY[", b"HEADER.FIELDS (", b"CHARSET", b"&", b"\xff", b"="]
    + [b"+FLAGS", b"(\\Seen)", b"1-Jan-2026", b"RETURN (", b"STATUS ("]
)


@given(st.lists(WORDS | st.text(string.printable, max_size=3).map(str.encode), max_size=25))
def test_any_words_are_a_command_or_a_sentence(words: list[bytes]) -> None:
    framer = Framer(after_sign_in(message=1000))
    framer.feed(b"a " + b" ".join(words) + b"\r\n")
    while (event := framer.next_event()) is not None:
        if isinstance(event, MessageAnnounced):
            framer.accept_message()
        if isinstance(event, CommandReady):
            try:
                parse_command(event.line)
            except CommandSyntaxError as error:
                assert error.text.isascii()  # noqa: PT017 (either outcome is fine; this one has a form)


@given(st.binary(max_size=200).filter(lambda octets: b"}\r\n" not in octets))
def test_any_octets_are_a_command_or_a_sentence(octets: bytes) -> None:
    for name in PARSERS:
        try:
            parse_command(CommandLine(b"a " + name.encode() + b" " + octets))
        except CommandSyntaxError as error:
            assert error.tag == b"a"  # noqa: PT017 (either outcome is fine; this one has a form)


LONG = 60_000


@pytest.mark.parametrize(
    "octets",
    [
        b'a LOGIN a "' + b'\\"' * (LONG // 2),
        b'a LOGIN a "' + b"x" * LONG,
        b"a FETCH 1 BODY[HEADER.FIELDS (" + b"x " * (LONG // 2),
        b"a FETCH " + b"1," * (LONG // 2) + b" FLAGS",
        b"a FETCH " + b"1:2:" * (LONG // 4) + b" FLAGS",
        b"a STORE 1 FLAGS (" + b"x " * (LONG // 2),
        b"a SEARCH " + b"(" * LONG,
        b"a SEARCH " + b"NOT " * (LONG // 4),
        b"a SEARCH " + b"OR " * (LONG // 3),
        b'a LIST "" (' + b"* " * (LONG // 2),
        b"a LIST " + b"*" * LONG + b" %",
        b"a SELECT " + b"&AOk-" * (LONG // 5),
        b"a ENABLE" + b" x" * (LONG // 2) + b" ",
        b"x" * LONG,
        b"a " + b"x" * LONG,
        b"a APPEND INBOX (" + b"x " * (LONG // 2),
        b"a STATUS INBOX (" + b"MESSAGES " * (LONG // 9),
        b"a AUTHENTICATE PLAIN " + b"=" * LONG,
    ],
)
def test_long_lines_that_lead_nowhere_are_refused(octets: bytes) -> None:
    with pytest.raises(CommandSyntaxError):
        parse_command(CommandLine(octets))


def test_ten_thousand_numbers_make_one_command() -> None:
    numbers = ",".join(str(number) for number in range(10_000, 30_000, 2)).encode()
    parsed = parse_command(CommandLine(b"a UID FETCH " + numbers + b" FLAGS"))
    assert parsed.name == "UID FETCH"


def test_thousands_of_literals_are_refused_and_the_connection_goes_on() -> None:
    framer = Framer(after_sign_in(message=1000))
    framer.feed(b"a SEARCH" + b" FROM {1+}\r\nx" * 3000 + b"\r\nb NOOP\r\n")
    events = []
    while (event := framer.next_event()) is not None:
        events.append(event)
    assert [type(event) for event in events] == [FrameRefused, CommandReady]
