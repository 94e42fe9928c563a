"""How octets become commands: RFC 9051 §2.2.1 and §4.3, RFC 7888."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.imap.command_line import CommandLine, Streamed
from vaguemestre.imap.frame import (
    SKIP_LIMIT,
    CommandReady,
    ContinuationWanted,
    Event,
    FrameLimits,
    Framer,
    FrameRefused,
    LineReady,
    MessageAnnounced,
    MessageChunk,
    after_sign_in,
)

SMALL = FrameLimits(line=200, literal=50, held=80, literals=3, message=1000)


def pulled(framer: Framer, accept: bool = True) -> list[Event]:
    """The events that are there, messages accepted or refused as they are announced."""
    events: list[Event] = []
    while (event := framer.next_event()) is not None:
        events.append(event)
        if isinstance(event, MessageAnnounced):
            if accept:
                framer.accept_message()
            else:
                framer.refuse_message()
    return events


def events_of(octets: bytes, limits: FrameLimits = SMALL, accept: bool = True) -> list[Event]:
    framer = Framer(limits)
    framer.feed(octets)
    return pulled(framer, accept)


def ready(text: bytes, *literals: bytes | Streamed) -> CommandReady:
    return CommandReady(CommandLine(text, literals))


def test_a_line_is_a_command() -> None:
    assert events_of(b"a NOOP\r\nb NOOP\r\nc NO") == [ready(b"a NOOP"), ready(b"b NOOP")]


def test_a_synchronising_literal_is_asked_for() -> None:
    framer = Framer(SMALL)
    framer.feed(b"a LOGIN {5}\r\n")
    assert pulled(framer) == [ContinuationWanted()]
    framer.feed(b"ali")
    assert pulled(framer) == []
    framer.feed(b"ce {4+}\r\na\r\nb\r\n")
    assert pulled(framer) == [ready(b"a LOGIN {5}\r\n {4+}\r\n", b"alice", b"a\r\nb")]


def test_a_literal_may_be_empty() -> None:
    assert events_of(b'a LIST {0+}\r\n "*"\r\n') == [ready(b'a LIST {0+}\r\n "*"', b"")]


def test_braces_in_the_middle_of_a_line_announce_nothing() -> None:
    assert events_of(b"a SEARCH {5} x\r\n") == [ready(b"a SEARCH {5} x")]


def test_the_message_of_append_is_handed_over_in_chunks() -> None:
    framer = Framer(SMALL)
    framer.feed(b"a APPEND INBOX (\\Seen) {10}\r\n")
    head = CommandLine(b"a APPEND INBOX (\\Seen) {10}\r\n", (Streamed(10),), breaks_off=True)
    assert pulled(framer) == [MessageAnnounced(head, 10), ContinuationWanted()]
    framer.feed(b"abc\n")
    assert pulled(framer) == [MessageChunk(b"abc\n", last=False)]
    framer.feed(b"\x00defgh\r\nb NOOP\r\n")
    assert pulled(framer) == [
        MessageChunk(b"\x00defgh", last=True),
        ready(b"a APPEND INBOX (\\Seen) {10}\r\n", Streamed(10)),
        ready(b"b NOOP"),
    ]


def test_an_empty_message_has_one_empty_chunk() -> None:
    events = events_of(b"a APPEND INBOX {0+}\r\n\r\n")
    assert events[1:] == [MessageChunk(b"", last=True), ready(b"a APPEND INBOX {0+}\r\n", Streamed(0))]


def test_a_mailbox_sent_as_a_literal_is_not_the_message() -> None:
    events = events_of(b"a APPEND {5+}\r\nINBOX {2+}\r\nhi\r\n")
    assert isinstance(events[0], MessageAnnounced)
    assert events[0].head.literals == (b"INBOX", Streamed(2))


@pytest.mark.parametrize(
    "head", [b"a REPLACE 3 INBOX", b"a uid replace 3 INBOX (\\Seen)", b'a UID REPLACE * "x y"']
)
def test_the_message_of_replace_is_handed_over_as_that_of_append(head: bytes) -> None:
    events = events_of(head + b" {2+}\r\nhi\r\n")
    assert events[1:] == [MessageChunk(b"hi", last=True), ready(head + b" {2+}\r\n", Streamed(2))]


def test_the_texts_of_catenate_are_handed_over_and_its_urls_are_kept() -> None:
    events = events_of(b"a APPEND x CATENATE (URL {3+}\r\n/a/ TEXT {2+}\r\nhi URL {3+}\r\n/b/)\r\n")
    assert events[1:] == [
        MessageChunk(b"hi", last=True),
        ready(
            b"a APPEND x CATENATE (URL {3+}\r\n TEXT {2+}\r\n URL {3+}\r\n)",
            b"/a/",
            Streamed(2),
            b"/b/",
        ),
    ]


def test_a_mailbox_may_be_called_url() -> None:
    events = events_of(b"a APPEND URL {2+}\r\nhi\r\n")
    assert events[1:] == [MessageChunk(b"hi", last=True), ready(b"a APPEND URL {2+}\r\n", Streamed(2))]


def test_nobody_appends_before_sign_in() -> None:
    assert events_of(b"a APPEND INBOX {2+}\r\nhi\r\n", FrameLimits(200, 50, 80, 3, message=0)) == [
        ready(b"a APPEND INBOX {2+}\r\n", b"hi")
    ]


def test_a_message_refused_before_it_is_sent_never_comes() -> None:
    events = events_of(b"a APPEND INBOX {10}\r\nb NOOP\r\n", accept=False)
    assert events[1:] == [ready(b"b NOOP")]


def test_a_message_refused_while_it_is_sent_is_skipped_with_the_rest_of_its_command() -> None:
    octets = b"a APPEND INBOX {18+}\r\nx DELETE INBOX\r\n..  {14+}\r\ny DELETE INBOX\r\nb NOOP\r\n"
    assert events_of(octets, accept=False)[1:] == [ready(b"b NOOP")]


def test_an_announced_message_waits_for_a_decision() -> None:
    framer = Framer(SMALL)
    framer.feed(b"a APPEND INBOX {4+}\r\nabcd\r\n")
    assert isinstance(framer.next_event(), MessageAnnounced)
    assert framer.next_event() is None
    framer.accept_message()
    assert framer.next_event() == MessageChunk(b"abcd", last=True)
    with pytest.raises(ValueError, match="no message"):
        framer.refuse_message()


def test_a_message_too_big_is_refused_with_its_tag() -> None:
    events = events_of(b"a APPEND INBOX {1001}\r\nb NOOP\r\n")
    assert events == [FrameRefused(b"a", "A message has at most 1000 octets", too_big=True), ready(b"b NOOP")]


def test_a_literal_too_big_is_skipped_and_the_connection_goes_on() -> None:
    events = events_of(b"a LOGIN {60+}\r\n" + b"b NOOP\r\n" * 8 + b" x\r\nc NOOP\r\n")
    assert events[:1] == [FrameRefused(b"a", "A literal has at most 50 octets here", too_big=True)]
    # 64 octets were sent for 60 announced: what is left is the end of the refused command.
    assert events[1:] == [ready(b" x"), ready(b"c NOOP")]


def test_all_literals_together_are_bounded() -> None:
    events = events_of(b"a LOGIN {50+}\r\n" + b"x" * 50 + b" {50+}\r\n" + b"y" * 50 + b"\r\nb NOOP\r\n")
    assert events == [
        FrameRefused(b"a", "A literal has at most 50 octets here", too_big=True),
        ready(b"b NOOP"),
    ]


def test_literals_are_counted() -> None:
    events = events_of(b"a X" + b" {1+}\r\nx" * 5 + b"\r\nb NOOP\r\n")
    assert events == [FrameRefused(b"a", "A command has at most 3 literals"), ready(b"b NOOP")]


@pytest.mark.parametrize("size", [SKIP_LIMIT + 1, 2**63, 10**39])
def test_an_absurd_literal_that_comes_unasked_ends_the_connection(size: int) -> None:
    framer = Framer(SMALL)
    framer.feed(b"a LOGIN {%d+}\r\n" % size)
    assert pulled(framer) == [
        FrameRefused(b"a", "A literal has at most 50 octets here", too_big=True, fatal=True)
    ]
    framer.feed(b"b NOOP\r\n" * 1000)
    assert pulled(framer) == []
    assert not framer.has_octets


def test_an_absurd_literal_that_waits_is_merely_refused() -> None:
    events = events_of(b"a LOGIN {%d}\r\nb NOOP\r\n" % 10**39)
    assert [type(event) for event in events] == [FrameRefused, CommandReady]


def test_a_line_too_long_is_refused_at_once_and_skipped() -> None:
    framer = Framer(SMALL)
    framer.feed(b"a SEARCH " + b"x" * 300)
    assert pulled(framer) == [FrameRefused(b"a", "A command has at most 200 octets outside its literals")]
    framer.feed(b"x" * 300)
    assert pulled(framer) == []
    assert not framer.has_octets
    framer.feed(b" {8+}\r\nx NOOP\r\n tail\r\nb NOOP\r\n")
    assert pulled(framer) == [ready(b"b NOOP")]


def test_the_text_between_literals_counts_too() -> None:
    events = events_of(b"a X " + b"y" * 150 + b" {2+}\r\nzz" + b"y" * 60 + b"\r\nb NOOP\r\n")
    assert events == [
        FrameRefused(b"a", "A command has at most 200 octets outside its literals"),
        ready(b"b NOOP"),
    ]


def test_a_command_without_end_is_given_up() -> None:
    framer = Framer(SMALL)
    refused = []
    for _ in range(SKIP_LIMIT // 2**20 + 2):
        framer.feed(b"x" * 2**20)
        refused += pulled(framer)
    assert refused[-1] == FrameRefused(None, "This command is too long", fatal=True)


@pytest.mark.parametrize("octets", [b"a NOOP\n", b"a LOGIN x y\nb DELETE INBOX\r\n", b"\n"])
def test_a_bare_line_feed_ends_the_connection_and_smuggles_nothing(octets: bytes) -> None:
    events = events_of(octets + b"c NOOP\r\n")
    assert [type(event) for event in events] == [FrameRefused]
    assert isinstance(events[0], FrameRefused)
    assert events[0].fatal


def test_a_carriage_return_alone_ends_nothing() -> None:
    assert events_of(b"a LOGIN x y\rb NOOP\r\n") == [ready(b"a LOGIN x y\rb NOOP")]


def test_a_line_may_be_asked_for() -> None:
    framer = Framer(SMALL)
    framer.feed(b"a IDLE\r\nDONE\r\nb NOOP\r\n")
    assert framer.next_event() == ready(b"a IDLE")
    framer.expect_line()
    assert pulled(framer) == [LineReady(b"DONE"), ready(b"b NOOP")]


def test_an_answer_that_looks_like_a_literal_is_an_answer() -> None:
    framer = Framer(SMALL)
    framer.expect_line()
    framer.feed(b"{5+}\r\nb NOOP\r\n")
    assert pulled(framer) == [LineReady(b"{5+}"), ready(b"b NOOP")]


def test_an_answer_too_long_is_refused_without_a_tag() -> None:
    framer = Framer(SMALL)
    framer.expect_line()
    framer.feed(b"x y" * 300 + b"\r\nb NOOP\r\n")
    events = pulled(framer)
    assert isinstance(events[0], FrameRefused)
    assert events[0].tag is None
    assert events[1:] == [ready(b"b NOOP")]


def test_what_followed_starttls_in_clear_is_forgotten() -> None:
    framer = Framer(SMALL)
    framer.feed(b"a STARTTLS\r\nb LOGIN x y\r\n")
    assert framer.next_event() == ready(b"a STARTTLS")
    assert framer.has_octets
    framer.discard()
    assert framer.next_event() is None
    framer.feed(b"c NOOP\r\n")
    assert pulled(framer) == [ready(b"c NOOP")]


def test_a_framer_knows_whether_a_command_is_under_way() -> None:
    framer = Framer(SMALL)
    seen = [framer.at_rest]
    for octets in (b"a NO", b"OP\r\n", b"b LOGIN {3}\r\n", b"abc x\r\n"):
        framer.feed(octets)
        pulled(framer)
        seen.append(framer.at_rest)
    assert seen == [True, False, True, False, True]


PIECES = st.sampled_from(
    [
        b"a NOOP\r\n",
        b"b LOGIN {3+}\r\nx\r\n {2}\r\nyy\r\n",
        b"c APPEND INBOX {12+}\r\nd DELETE x\r\n\r\n",
        b"c APPEND INBOX (\\Seen) {0+}\r\n\r\n",
        b"d APPEND INBOX {1001+}\r\n" + b"e NOOP\r\n" * 125 + b"\r\r\n",
        b"e " + b"x" * 300 + b" {9+}\r\nf NOOP\r\n.\r\n",
        b"f X {51+}\r\n" + b"y" * 51 + b" {4+}\r\nz\r\nz\r\n",
        b"g X {99999999}\r\n",
        b"h \x00\r\r\n",
        b"\r\n",
        b"{5}\r\nhello\r\n",
    ]
)


def merged(events: list[Event]) -> list[Event]:
    """Events with the chunks of one message joined: where they are cut is the network's affair."""
    joined: list[Event] = []
    for event in events:
        before = joined[-1] if joined else None
        if isinstance(event, MessageChunk) and isinstance(before, MessageChunk) and not before.last:
            joined[-1] = MessageChunk(before.octets + event.octets, event.last)
        else:
            joined.append(event)
    return joined


@given(st.lists(PIECES, max_size=8), st.lists(st.integers(1, 400), max_size=60), st.booleans())
def test_how_octets_are_cut_never_matters(pieces: list[bytes], cuts: list[int], accept: bool) -> None:
    octets = b"".join(pieces)
    framer = Framer(SMALL)
    events: list[Event] = []
    rest = octets
    for cut in cuts:
        framer.feed(rest[:cut])
        rest = rest[cut:]
        events += pulled(framer, accept)
    framer.feed(rest)
    events += pulled(framer, accept)
    assert merged(events) == merged(events_of(octets, accept=accept))


@given(st.binary(max_size=600))
def test_no_octets_at_all_break_the_frame(octets: bytes) -> None:
    once = events_of(octets)
    framer = Framer(SMALL)
    one_by_one: list[Event] = []
    for at in range(len(octets)):
        framer.feed(octets[at : at + 1])
        one_by_one += pulled(framer)
    assert merged(one_by_one) == merged(once)


def test_twenty_five_megabytes_are_never_held() -> None:
    framer = Framer(after_sign_in(message=25 * 2**20))
    framer.feed(b"a APPEND INBOX {%d}\r\n" % (25 * 2**20))
    pulled(framer)
    total = 0
    for _ in range(25 * 16):
        framer.feed(bytes(2**16))
        chunks = pulled(framer)
        total += sum(len(chunk.octets) for chunk in chunks if isinstance(chunk, MessageChunk))
        assert not framer.has_octets
    assert total == 25 * 2**20
    framer.feed(b"\r\n")
    assert isinstance(pulled(framer)[0], CommandReady)


def test_what_opens_before_a_message_is_not_closed_in_its_head() -> None:
    framer = Framer(after_sign_in(message=100))
    framer.feed(b"a APPEND Sent UTF8 (~{3+}\r\nabc)\r\n")
    announced = framer.next_event()
    assert isinstance(announced, MessageAnnounced)
    assert announced.head == CommandLine(b"a APPEND Sent UTF8 (~{3+}\r\n", (Streamed(3),), breaks_off=True)
    framer.accept_message()
    assert pulled(framer) == [
        MessageChunk(b"abc", last=True),
        CommandReady(CommandLine(b"a APPEND Sent UTF8 (~{3+}\r\n)", (Streamed(3),))),
    ]
