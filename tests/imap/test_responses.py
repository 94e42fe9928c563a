"""What the server prints, octet for octet. RFC 9051 §7."""

import calendar
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.imap import codes, responses, strings
from vaguemestre.imap.command_line import CommandLine
from vaguemestre.imap.commands.fetch import BodySection, FetchAttribute, FetchItem
from vaguemestre.imap.commands.search import SearchReturn
from vaguemestre.imap.commands.status import StatusItem
from vaguemestre.imap.fetch_response import FETCH_END, fetch_line, fetch_lines, flags_line, literal_head
from vaguemestre.imap.flags import FlagNames, split_flags
from vaguemestre.imap.frame import CommandReady, Framer
from vaguemestre.imap.internal_date import internal_date
from vaguemestre.imap.partial_range import PartialRange
from vaguemestre.imap.scanner import Scanner
from vaguemestre.imap.section import Partial, Section
from vaguemestre.imap.sequence import SequenceSet
from vaguemestre.mail.mailbox import (
    SEEN,
    BodyId,
    FlagSet,
    MessageRow,
    ModSeq,
    SeqNum,
    Uid,
    UidValidity,
)

A = FetchAttribute
NAMES = FlagNames(["$Clos", "$Forwarded"])


def a_row(uid: int, flags: int = 0) -> MessageRow:
    return MessageRow(
        Uid(uid), FlagSet(flags), ModSeq(70 + uid), 2000 + uid, 1_767_225_600, None, BodyId(bytes(16))
    )


def test_status_lines() -> None:
    assert responses.ok(b"a1", "done") == b"a1 OK done\r\n"
    assert responses.no(b"a1", "no such mailbox", codes.TRYCREATE) == b"a1 NO [TRYCREATE] no such mailbox\r\n"
    assert responses.bad(None, "what?") == b"* BAD what?\r\n"
    assert responses.bye("bye", codes.UNAVAILABLE) == b"* BYE [UNAVAILABLE] bye\r\n"
    assert responses.continuation() == b"+ \r\n"
    assert responses.ok(b"a", "l’œuvre réglée\r\n* BYE") == b"a OK l'oeuvre reglee  * BYE\r\n"


def test_codes() -> None:
    pairs = [(Uid(old), Uid(new)) for old, new in ((1, 10), (2, 11), (5, 12), (9, 14))]
    assert codes.copyuid(UidValidity(7), pairs) == b"COPYUID 7 1:2,5,9 10:12,14"
    assert codes.appenduid(UidValidity(7), [Uid(3)]) == b"APPENDUID 7 3"
    assert codes.permanentflags(NAMES.all(), new_keywords=True) == (
        b"PERMANENTFLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft $Clos $Forwarded \\*)"
    )
    assert codes.permanentflags(b"", new_keywords=False) == b"PERMANENTFLAGS ()"
    assert codes.permanentflags(b"", new_keywords=True) == b"PERMANENTFLAGS (\\*)"
    assert codes.modified([7, 8, 9]) == b"MODIFIED 7:9"
    assert codes.badcharset(["US-ASCII", "UTF-8"]) == b"BADCHARSET (US-ASCII UTF-8)"


def test_mailboxes_are_listed() -> None:
    assert responses.listed(["\\HasNoChildren", "\\Sent"], "Envoyés", utf8=False) == (
        b'* LIST (\\HasNoChildren \\Sent) "/" Envoy&AOk-s\r\n'
    )
    assert responses.listed([], "Envoyés", utf8=True) == '* LIST () "/" "Envoyés"\r\n'.encode()
    assert responses.listed([], 'a "b"', utf8=True) == b'* LIST () "/" "a \\"b\\""\r\n'
    assert responses.listed([], "Eté", utf8=True, old_name="E t") == (
        '* LIST () "/" "Eté" ("OLDNAME" ("E t"))\r\n'.encode()
    )
    assert responses.listed([], "nil", utf8=False, subscribed=True) == (
        b'* LIST () "/" "nil" ("CHILDINFO" ("SUBSCRIBED"))\r\n'
    )
    assert responses.lsub([], "x", utf8=False) == b'* LSUB () "/" x\r\n'
    assert responses.delimiter() == b'* LIST (\\Noselect) "/" ""\r\n'
    items = [(StatusItem.MESSAGES, 3), (StatusItem.UIDNEXT, 9)]
    assert responses.status("a b", items, utf8=False) == b'* STATUS "a b" (MESSAGES 3 UIDNEXT 9)\r\n'


def test_the_server_tells_of_itself() -> None:
    assert responses.capability(["IMAP4rev1", "IDLE"]) == b"* CAPABILITY IMAP4rev1 IDLE\r\n"
    assert responses.enabled([]) == b"* ENABLED\r\n"
    assert responses.enabled(["CONDSTORE"]) == b"* ENABLED CONDSTORE\r\n"
    assert responses.server_id({"name": "Vaguemestre"}) == b'* ID ("name" "Vaguemestre")\r\n'
    assert responses.server_id({}) == b"* ID NIL\r\n"
    assert responses.namespace() == b'* NAMESPACE (("" "/")) NIL NIL\r\n'
    assert responses.quota(1025, 10 * 2**20) == b'* QUOTA "" (STORAGE 2 10240)\r\n'
    assert responses.quota_root("INBOX", limited=True, utf8=False) == b'* QUOTAROOT INBOX ""\r\n'
    assert responses.quota_root("INBOX", limited=False, utf8=False) == b"* QUOTAROOT INBOX\r\n"


def test_what_is_found_is_told() -> None:
    assert responses.search([]) == b"* SEARCH\r\n"
    assert responses.search([2, 3, 9], ModSeq(12)) == b"* SEARCH 2 3 9 (MODSEQ 12)\r\n"
    everything = frozenset(SearchReturn)
    assert responses.esearch(b"a", [2, 3, 9], everything, by_uid=True) == (
        b'* ESEARCH (TAG "a") UID MIN 2 MAX 9 COUNT 3 ALL 2:3,9\r\n'
    )
    assert responses.esearch(b"a", [], everything, by_uid=False) == b'* ESEARCH (TAG "a") COUNT 0\r\n'
    few = {PartialRange(-1, -2)}
    assert responses.esearch(b"a", [9, 3, 2], few, by_uid=False) == (
        b'* ESEARCH (TAG "a") PARTIAL (-1:-2 3,2)\r\n'
    )
    assert responses.esearch(b"a", [], few, by_uid=True) == b'* ESEARCH (TAG "a") UID PARTIAL (-1:-2 NIL)\r\n'


def test_changes_are_told() -> None:
    assert responses.exists(3) + responses.recent() == b"* 3 EXISTS\r\n* 0 RECENT\r\n"
    assert responses.expunged([SeqNum(2), SeqNum(2)]) == b"* 2 EXPUNGE\r\n* 2 EXPUNGE\r\n"
    assert responses.vanished_earlier(SequenceSet.of([1, 2])) == b"* VANISHED (EARLIER) 1:2\r\n"
    assert responses.vanished_earlier(SequenceSet(())) == b""
    assert responses.flags(b"\\Seen") == b"* FLAGS (\\Seen)\r\n"
    assert flags_line(SeqNum(2), b"\\Seen") == b"* 2 FETCH (FLAGS (\\Seen))\r\n"
    assert flags_line(SeqNum(2), b"", Uid(7), ModSeq(9)) == b"* 2 FETCH (UID 7 FLAGS () MODSEQ (9))\r\n"
    assert flags_line(SeqNum(2), None, None, ModSeq(9)) == b"* 2 FETCH (MODSEQ (9))\r\n"


def test_fetch_prints_by_columns() -> None:
    items = (A.UID, A.FLAGS, A.INTERNALDATE, A.RFC822_SIZE, A.MODSEQ, A.ENVELOPE)
    rows = [a_row(7, SEEN | 32), a_row(9)]
    printed: dict[FetchItem, list[bytes]] = {A.ENVELOPE: [b"(NIL)", b'("100%s")']}
    assert fetch_lines(items, [SeqNum(1), SeqNum(3)], rows, NAMES, printed) == [
        b'* 1 FETCH (UID 7 FLAGS (\\Seen $Clos) INTERNALDATE "01-Jan-2026 00:00:00 +0000"'
        b" RFC822.SIZE 2007 MODSEQ (77) ENVELOPE (NIL))\r\n",
        b'* 3 FETCH (UID 9 FLAGS () INTERNALDATE "01-Jan-2026 00:00:00 +0000"'
        b' RFC822.SIZE 2009 MODSEQ (79) ENVELOPE ("100%s"))\r\n',
    ]
    with pytest.raises(KeyError):
        fetch_lines((A.BODY,), [SeqNum(1)], rows[:1], NAMES)


def test_fetch_prints_a_body() -> None:
    item = BodySection(Section((1,)), Partial(0, 5), peek=True)
    whole = fetch_line(SeqNum(2), [(A.UID, b"7"), (item, strings.literal(b"hello"))])
    assert whole == b"* 2 FETCH (UID 7 BODY[1]<0> {5}\r\nhello)\r\n"
    assert literal_head(SeqNum(2), [(A.UID, b"7")], item, 5) + b"hello" + FETCH_END == whole


@given(st.integers(-(2**33), 2**36))
def test_internal_dates_are_those_of_the_calendar(seconds: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    month = calendar.month_abbr[moment.month]
    assert internal_date(seconds).decode() == (
        f'"{moment.day:02d}-{month}-{moment.year:04d} {moment.hour:02d}:{moment.minute:02d}'
        f':{moment.second:02d} +0000"'
    )


@given(st.binary(max_size=60).filter(lambda octets: b"\0" not in octets) | st.just(b"x" * 2000))
def test_a_printed_string_reads_the_same(octets: bytes) -> None:
    framer = Framer()
    framer.feed(strings.string(octets).replace(b"}\r\n", b"+}\r\n", 1) + b"\r\n")
    event = framer.next_event()
    assert isinstance(event, CommandReady)
    assert Scanner(event.line).string() == octets


def test_strings_choose_their_form() -> None:
    assert strings.nstring(None) == b"NIL"
    assert strings.string(b'a "b\\') == b'"a \\"b\\\\"'
    assert strings.string(b"a\r\nb") == b"{4}\r\na\r\nb"
    assert strings.string("é".encode()) == b"{2}\r\n\xc3\xa9"
    assert Scanner(CommandLine(b'"a \\"b\\\\"')).string() == b'a "b\\'


def test_flags_know_their_bits() -> None:
    assert split_flags(["\\SEEN", "$clos", "\\Recent", "\\Foo", "$Clos", "x"]) == (SEEN, ("$clos", "x"))
    assert NAMES.bit("$CLOS") == 32
    assert NAMES.bit("\\seen") == SEEN
    assert NAMES.bit("unknown") == 0
    assert NAMES.keywords == ("$Clos", "$Forwarded")
    assert NAMES.printed(FlagSet(1 | 64)) == b"\\Seen $Forwarded"
    assert NAMES.printed(FlagSet(1 << 40)) == b""
