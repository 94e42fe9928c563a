"""What we say to another operator's server, octet by octet, and what we make of its answers."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.mail.address import Address
from vaguemestre.mail.dsn import NO_WISH, Notify, Returned, Wish
from vaguemestre.smtp.client import ClientSession, Event, Finished, Ready, TlsAgreed, TurnedAway
from vaguemestre.smtp.client_commands import Mailing
from vaguemestre.smtp.client_replies import MAX_LINE, PeerError, ReplyReader
from vaguemestre.smtp.data import DataReader

CLAIRE, PAUL = Address("claire", "cabinet.example"), Address("paul", "hopital.example")
LÉA = Address("léa", "labo.example")
LETTER = b"Subject: x\r\n\r\n.dot\r\n..two\r\n"
TWO = ((PAUL, NO_WISH), (Address("anne", "hopital.example"), NO_WISH))


def a_mailing(**changed: object) -> Mailing:
    given: dict[str, object] = {"reverse_path": CLAIRE, "recipients": TWO, "size": len(LETTER)}
    return Mailing(**{**given, **changed})  # type: ignore[arg-type]  # what tests change is of the right type


def say(session: ClientSession, *lines: str) -> list[Event]:
    return session.feed("".join(f"{line}\r\n" for line in lines).encode())


def ready(*extensions: str) -> ClientSession:
    """A session under TLS, with a server that offers these."""
    session = ClientSession("us.example")
    assert say(session, "220 peer.example") == []
    assert session.take() == b"EHLO us.example\r\n"
    assert say(session, "250-peer.example", "250 STARTTLS") == []
    assert session.take() == b"STARTTLS\r\n"
    assert say(session, "220 go") == [TlsAgreed()]
    session.tls_begun()
    assert session.take() == b"EHLO us.example\r\n"
    offered = ["peer.example", *extensions]
    lines = [*(f"250-{line}" for line in offered[:-1]), f"250 {offered[-1]}"]
    assert say(session, *lines) == [Ready()]
    return session


def codes(events: list[Event]) -> list[tuple[int, str]]:
    (finished,) = events
    assert isinstance(finished, Finished)
    return [(reply.code, reply.status) for reply in finished.replies]


def test_a_message_by_data_costs_two_round_trips() -> None:
    session = ready("PIPELINING", "SIZE 1000")
    assert session.begin(a_mailing()) is None
    assert session.take() == (
        b"MAIL FROM:<claire@cabinet.example> SIZE=27\r\n"
        b"RCPT TO:<paul@hopital.example>\r\nRCPT TO:<anne@hopital.example>\r\nDATA\r\n"
    )
    assert say(session, "250 ok", "250 ok", "550 5.1.1 who?", "354 go") == []
    assert session.wants_content
    assert session.content(LETTER) + session.end() == (b"Subject: x\r\n\r\n..dot\r\n...two\r\n.\r\n")
    assert codes(say(session, "250 2.6.0 taken")) == [(250, "2.6.0"), (550, "5.1.1")]
    assert session.take() == b""  # nothing to reset: the next message follows at once


def test_a_small_message_by_bdat_costs_one_round_trip() -> None:
    session = ready("PIPELINING", "CHUNKING")
    session.begin(a_mailing(recipients=TWO[:1]))
    assert session.take() == (
        b"MAIL FROM:<claire@cabinet.example>\r\nRCPT TO:<paul@hopital.example>\r\nBDAT 27 LAST\r\n"
    )
    assert session.wants_content
    assert session.content(LETTER) + session.end() == LETTER
    assert codes(say(session, "250 ok", "250 ok", "250 ok")) == [(250, "2.0.0")]


def test_a_long_message_waits_for_somebody_who_wants_it() -> None:
    session = ready("PIPELINING", "CHUNKING")
    session.begin(a_mailing(size=100_000))
    assert session.take().endswith(b"RCPT TO:<anne@hopital.example>\r\n")
    assert say(session, "250 ok", "450 4.2.0 later") == []
    assert not session.wants_content
    assert say(session, "250 ok") == []
    assert (session.take(), session.wants_content) == (b"BDAT 100000 LAST\r\n", True)
    session.end()
    assert codes(say(session, "250 ok")) == [(450, "4.2.0"), (250, "2.0.0")]
    session.begin(a_mailing(size=100_000))
    session.take()
    assert codes(say(session, "250 ok", "550 no", "551 no")) == [(550, "5.0.0"), (551, "5.0.0")]
    assert (session.take(), session.wants_content) == (b"RSET\r\n", False)


def test_without_pipelining_one_command_waits_for_the_reply_to_another() -> None:
    session = ready()
    session.begin(a_mailing(recipients=TWO[:1]))
    assert session.take() == b"MAIL FROM:<claire@cabinet.example>\r\n"
    say(session, "250 ok")
    assert session.take() == b"RCPT TO:<paul@hopital.example>\r\n"
    say(session, "250 ok")
    assert session.take() == b"DATA\r\n"
    assert not session.wants_content
    say(session, "354 go")
    session.content(b"x")
    assert session.end() == b"\r\n.\r\n"
    assert codes(say(session, "451 4.3.0 no room")) == [(451, "4.3.0")]
    assert session.take() == b"RSET\r\n"


def test_a_server_that_goes_on_although_nobody_is_left_gets_an_empty_message() -> None:
    session = ready("PIPELINING")
    session.begin(a_mailing())
    session.take()
    assert codes(say(session, "250 ok", "550 no", "550 no", "354 go")) == [(550, "5.0.0"), (550, "5.0.0")]
    assert session.take() == b".\r\nRSET\r\n"
    assert say(session, "554 nobody", "250 ok") == []


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (("552 5.3.4 too big", "503 no", "503 no", "503 no"), [(552, "5.3.4")] * 2),
        (("250 ok", "250 ok", "250 ok", "451 4.3.0 later"), [(451, "4.3.0")] * 2),
        (("250 ok", "250 ok", "450 x", "554 no"), [(554, "5.0.0"), (450, "4.0.0")]),
    ],
)
def test_a_refusal_of_the_whole_is_one_of_each(said: tuple[str, ...], found: list[tuple[int, str]]) -> None:
    session = ready("PIPELINING")
    session.begin(a_mailing())
    assert codes(say(session, *said)) == found


def test_421_may_come_at_any_time() -> None:
    session = ready("PIPELINING")
    session.begin(a_mailing())
    (left,) = say(session, "250 ok", "421 4.3.2 going down")
    assert isinstance(left, TurnedAway)
    assert (left.reply.code, session.is_over) == (421, True)
    idle = ready()
    assert isinstance(say(idle, "421 bye")[0], TurnedAway)


@pytest.mark.parametrize("greeting", ["554 no", "421 busy"])
def test_a_server_may_turn_us_away(greeting: str) -> None:
    session = ClientSession("us.example")
    assert isinstance(say(session, greeting)[0], TurnedAway)


def test_without_starttls_nothing_is_said() -> None:
    session = ClientSession("us.example")
    say(session, "220 x")
    (away,) = say(session, "250-x", "250 PIPELINING")
    assert isinstance(away, TurnedAway)
    assert away.reply.status == "4.7.5"
    assert b"MAIL" not in session.take()


def test_what_was_said_before_tls_is_not_taken_for_something_said_under_it() -> None:
    session = ClientSession("us.example")
    say(session, "220 x", "250-x", "250-PIPELINING", "250 STARTTLS")
    with pytest.raises(PeerError, match="between STARTTLS and TLS"):
        say(session, "220 go", "250-x", "250 REQUIRETLS")


@pytest.mark.parametrize(
    "octets",
    [
        b"220 x\n",
        b"220 x\rY\r\n",
        b"hello\r\n",
        b"220-x\r\n250 y\r\n",
        b"220" + b"x" * MAX_LINE,
        b"220 " + b"x" * MAX_LINE + b"\r\n",
        b"220-x\r\n" * 101,
        b"999 x\r\n",
    ],
)
def test_who_does_not_speak_smtp_is_left(octets: bytes) -> None:
    session = ClientSession("us.example")
    with pytest.raises(PeerError):
        session.feed(octets)


@pytest.mark.parametrize(
    "said", [("250 ok", "250 ok", "250 ok", "250 taken"), ("354 x", "250 x", "250 x", "554 x")]
)
def test_a_positive_reply_at_the_wrong_place_delivers_nothing(said: tuple[str, ...]) -> None:
    session = ready("PIPELINING")
    session.begin(a_mailing())
    with pytest.raises(PeerError):
        say(session, *said)


@pytest.mark.parametrize(
    ("mailing", "extensions", "status"),
    [
        (a_mailing(requires_tls=True), ("SIZE 9999",), "5.7.30"),
        (a_mailing(recipients=((LÉA, NO_WISH),)), ("8BITMIME",), "5.6.7"),
        (a_mailing(is_utf8=True), ("8BITMIME",), "5.6.7"),
        (a_mailing(is_eight_bit=True), ("SMTPUTF8",), "5.6.3"),
        (a_mailing(size=1001), ("SIZE 1000",), "5.3.4"),
    ],
)
def test_what_the_server_cannot_take_is_not_tried(
    mailing: Mailing, extensions: tuple[str, ...], status: str
) -> None:
    session = ready(*extensions)
    finished = session.begin(mailing)
    assert finished is not None
    assert {reply.status for reply in finished.replies} == {status}
    assert len(finished.replies) == len(mailing.recipients)
    assert session.take() == b""


def test_what_the_server_understands_is_said() -> None:
    session = ready("PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "DSN", "REQUIRETLS")
    wish = Wish(frozenset({Notify.SUCCESS, Notify.DELAY}), "rfc822;a+b@x")
    mailing = a_mailing(
        recipients=((LÉA, wish),),
        identifier="nuit + 7",
        returned=Returned.HEADERS,
        requires_tls=True,
        is_eight_bit=True,
    )
    assert session.begin(mailing) is None
    assert session.take().decode() == (
        "MAIL FROM:<claire@cabinet.example> SIZE=27 BODY=8BITMIME SMTPUTF8 RET=HDRS "
        "ENVID=nuit+20+2B+207 REQUIRETLS\r\n"
        "RCPT TO:<léa@labo.example> NOTIFY=DELAY,SUCCESS ORCPT=rfc822;a+2Bb@x\r\nDATA\r\n"
    )


def test_a_wish_is_said_as_it_was_said_to_us_and_none_when_none_was() -> None:
    session = ready("PIPELINING", "DSN")
    failure = Wish(frozenset({Notify.FAILURE}))
    session.begin(a_mailing(recipients=((PAUL, failure),)))
    assert b"RCPT TO:<paul@hopital.example> NOTIFY=FAILURE\r\n" in session.take()
    session = ready("PIPELINING", "DSN")
    session.begin(a_mailing(recipients=((PAUL, NO_WISH),)))
    assert b"NOTIFY" not in session.take()


def test_a_notification_says_no_wishes() -> None:
    session = ready("PIPELINING", "DSN")
    session.begin(a_mailing(reverse_path=None, recipients=((PAUL, Wish(frozenset({Notify.NEVER}))),)))
    assert session.take() == b"MAIL FROM:<>\r\nRCPT TO:<paul@hopital.example>\r\nDATA\r\n"


def test_a_reply_keeps_what_is_said_and_no_more() -> None:
    reader = ReplyReader()
    reader.feed(b"550-5.1.1 no\x1b[31m\r\n550-5.1.1 such\r\n550 5.1.1 mailbox\r\n451 5.1.1 odd\r\n250\r\n")
    first, odd, empty = reader.next_reply(), reader.next_reply(), reader.next_reply()
    assert first is not None
    assert str(first) == "550 5.1.1 no [31m such mailbox"
    assert odd is not None
    assert (odd.status, odd.is_permanent) == ("4.0.0", False)
    assert empty is not None
    assert (str(empty), empty.is_positive) == ("250 2.0.0", True)


def cut(octets: bytes, at: list[int]) -> list[bytes]:
    ends = sorted({end % (len(octets) + 1) for end in at} | {0, len(octets)})
    return [octets[start:end] for start, end in pairwise(ends)]


@given(st.lists(st.integers(0, 500)))
def test_how_replies_are_cut_never_matters(at: list[int]) -> None:
    session = ready("PIPELINING")
    session.begin(a_mailing())
    said = b"250 ok\r\n250-2.1.5 one\r\n250 2.1.5 two\r\n550 5.1.1 who\r\n554 5.6.0 no\r\n"
    events = [event for piece in cut(said, at) for event in session.feed(piece)]
    assert codes(events) == [(554, "5.6.0"), (550, "5.1.1")]


@given(
    st.lists(st.sampled_from([b".", b"..", b"x", b"\r\n", b"\r\n.", b".\r\n"])), st.lists(st.integers(0, 99))
)
def test_what_a_server_reads_is_what_was_sealed(parts: list[bytes], at: list[int]) -> None:
    letter = b"".join(parts) + b"\r\n"
    session = ready("PIPELINING")
    session.begin(a_mailing(size=len(letter)))
    say(session, "250 ok", "250 ok", "250 ok", "354 go")
    sent = b"".join(session.content(piece) for piece in cut(letter, at)) + session.end()
    reader = DataReader()
    read = reader.feed(sent)
    assert (read, reader.ended) == (letter, True)


@given(st.binary())
def test_whatever_comes_ends_in_an_event_or_in_an_error(octets: bytes) -> None:
    session = ready("PIPELINING")
    session.begin(a_mailing())
    try:
        session.feed(octets)
    except PeerError:
        return
    assert session.awaited is not None or session.is_over
