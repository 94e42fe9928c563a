"""Each command, from the octets after its tag to its value. RFC 9051 §6.

FETCH and SEARCH have their own files.
"""

import pkgutil
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from vaguemestre.imap import commands
from vaguemestre.imap.append_message import AppendMessage, TextPart, UrlPart
from vaguemestre.imap.command_line import CommandLine, Streamed
from vaguemestre.imap.commands.append import Append
from vaguemestre.imap.commands.authenticate import Authenticate, decode_response
from vaguemestre.imap.commands.copy import Copy
from vaguemestre.imap.commands.create import Create
from vaguemestre.imap.commands.delete import Delete
from vaguemestre.imap.commands.deleteacl import DeleteAcl
from vaguemestre.imap.commands.enable import Enable
from vaguemestre.imap.commands.examine import Examine
from vaguemestre.imap.commands.expunge import Expunge
from vaguemestre.imap.commands.getacl import GetAcl
from vaguemestre.imap.commands.getquota import GetQuota
from vaguemestre.imap.commands.getquotaroot import GetQuotaRoot
from vaguemestre.imap.commands.id import Id
from vaguemestre.imap.commands.idle import Idle, is_done
from vaguemestre.imap.commands.list import List, ListReturn, ListSelect
from vaguemestre.imap.commands.listrights import ListRights
from vaguemestre.imap.commands.login import Login
from vaguemestre.imap.commands.lsub import Lsub
from vaguemestre.imap.commands.move import Move
from vaguemestre.imap.commands.myrights import MyRights
from vaguemestre.imap.commands.noop import Noop
from vaguemestre.imap.commands.rename import Rename
from vaguemestre.imap.commands.replace import Replace
from vaguemestre.imap.commands.select import Select
from vaguemestre.imap.commands.setacl import SetAcl
from vaguemestre.imap.commands.status import Status, StatusItem
from vaguemestre.imap.commands.store import Store, StoreMode
from vaguemestre.imap.commands.table import PARSERS, Command, parse_command
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.select_parameters import Resync, SelectParameters
from vaguemestre.imap.sequence import parse_sequence_set
from vaguemestre.imap.sequence_match import SequenceMatch
from vaguemestre.imap.session import Session

Read = Callable[..., Command]


def a_match(numbers: bytes, uids: bytes) -> SequenceMatch:
    return SequenceMatch(parse_sequence_set(numbers), parse_sequence_set(uids))


RESYNC = Resync(7, 2**63 - 1, parse_sequence_set(b"1:3,9"), a_match(b"1:2,4", b"1:2,9"))
ONE_TO_THREE = parse_sequence_set(b"1:3")
ON_NEW_YEAR = datetime(2026, 1, 1, 11, 30, 0, tzinfo=UTC)
MESSAGES, SIZE = StatusItem.MESSAGES, StatusItem.SIZE
S, R = ListSelect, ListReturn


@pytest.mark.parametrize(
    ("octets", "command"),
    [
        (b"nOOp", Noop()),
        (b"ID NIL", Id(())),
        (b'ID ("Name" "Thunderbird" "vendor" NIL)', Id((("name", "Thunderbird"), ("vendor", None)))),
        (b"ID ()", Id(())),
        (b'ID ( "a" "b" "c" "d" )', Id((("a", "b"), ("c", "d")))),  # as aioimaplib spells it
        (b"LOGIN claire secret", Login("claire", "secret")),
        (b'LOGIN "claire@x.fr" "a \\"b\\\\"', Login("claire@x.fr", 'a "b\\')),
        (b"LOGIN {6+}\r\nclaire {5+}\r\na\r\nb]", Login("claire", "a\r\nb]")),
        (b'LOGIN a ""', Login("a", "")),
        ('LOGIN a "pässe"'.encode(), Login("a", "pässe")),
        (b"AUTHENTICATE plain", Authenticate("PLAIN")),
        (b"AUTHENTICATE PLAIN AGEAYg==", Authenticate("PLAIN", b"\0a\0b")),
        (b"AUTHENTICATE EXTERNAL =", Authenticate("EXTERNAL", b"")),
        (b"ENABLE condstore Utf8=Accept", Enable(("CONDSTORE", "UTF8=ACCEPT"))),
        (b"SELECT inbox", Select("INBOX")),
        (b"SELECT INBOX (condstore)", Select("INBOX", SelectParameters(condstore=True))),
        (b"SELECT INBOX (QRESYNC (7 9))", Select("INBOX", SelectParameters(True, Resync(7, 9)))),
        (
            b"EXAMINE INBOX (CONDSTORE QRESYNC (7 9223372036854775807 1:3,9 (1:2,4 1:2,9)))",
            Examine("INBOX", SelectParameters(True, RESYNC)),
        ),
        (
            b"SELECT INBOX (QRESYNC (7 9 (1 5)))",
            Select("INBOX", SelectParameters(True, Resync(7, 9, match=a_match(b"1", b"5")))),
        ),
        (b"EXAMINE Envoy&AOk-s", Examine("Envoyés")),
        (b'CREATE "Mes patients/"', Create("Mes patients")),
        (b"CREATE Envois (USE (\\Sent \\Foo))", Create("Envois", ("\\Sent", "\\Foo"))),
        (b'DELETE "NIL"', Delete("NIL")),
        (b"RENAME a {3+}\r\nb c", Rename("a", "b c")),
        (b'LIST "" *', List("", ("*",))),
        (b'LIST "" ""', List("", ("",))),
        (b"LIST a/ %x%", List("a/", ("%x%",))),
        (b'LIST (SUBSCRIBED) "" *', List("", ("*",), frozenset({S.SUBSCRIBED}), extended=True)),
        (
            b'LIST (special-use recursivematch) "" (INBOX "a b*") RETURN (children status (messages SIZE))',
            List(
                "",
                ("INBOX", "a b*"),
                frozenset({S.SPECIAL_USE, S.RECURSIVEMATCH}),
                frozenset({R.CHILDREN}),
                (MESSAGES, SIZE),
                extended=True,
            ),
        ),
        (b'LIST () "" % RETURN ()', List("", ("%",), extended=True)),
        (b'LSUB "" "*"', Lsub("", "*")),
        (b"STATUS inbox (messages SIZE MESSAGES)", Status("INBOX", (MESSAGES, SIZE))),
        (b"EXPUNGE", Expunge()),
        (b"UID EXPUNGE 1:3", Expunge(ONE_TO_THREE)),
        (b"COPY 1:3 Trash", Copy(ONE_TO_THREE, "Trash")),
        (b"uid copy 1:3 Trash", Copy(ONE_TO_THREE, "Trash", by_uid=True)),
        (b"UID MOVE 1:3 inbox", Move(ONE_TO_THREE, "INBOX", by_uid=True)),
        (b"STORE 1:3 FLAGS ()", Store(ONE_TO_THREE, StoreMode.REPLACE, ())),
        (
            b"STORE 1:3 +flags.silent (\\Seen $Clos)",
            Store(ONE_TO_THREE, StoreMode.ADD, ("\\Seen", "$Clos"), silent=True),
        ),
        (
            b"UID STORE 1:3 -FLAGS \\Deleted b",
            Store(ONE_TO_THREE, StoreMode.REMOVE, ("\\Deleted", "b"), by_uid=True),
        ),
        (
            b"STORE 1:3 (UNCHANGEDSINCE 12) FLAGS x",
            Store(ONE_TO_THREE, StoreMode.REPLACE, ("x",), unchanged_since=12),
        ),
        (
            b"REPLACE * Drafts (\\Draft) {5+}\r\nhello",
            Replace(parse_sequence_set(b"*"), "Drafts", AppendMessage(("\\Draft",), None, (TextPart(5),))),
        ),
        (
            b'uid replace 7 Sent "1-Jan-2026 11:30:00 -0000" ~{5+}\r\nhe\0lo',
            Replace(
                parse_sequence_set(b"7"),
                "Sent",
                AppendMessage((), ON_NEW_YEAR, (TextPart(5, is_binary=True),)),
                True,
            ),
        ),
        (b"APPEND Sent {5+}\r\nhello", Append("Sent", (AppendMessage((), None, (TextPart(5),)),))),
        (
            b"APPEND Sent (\\Seen) {0+}\r\n",
            Append("Sent", (AppendMessage(("\\Seen",), None, (TextPart(0),)),)),
        ),
        (
            b'APPEND {4+}\r\nSent () " 1-jan-2026 12:30:00 +0100" {5+}\r\nhello',
            Append("Sent", (AppendMessage((), ON_NEW_YEAR, (TextPart(5),)),)),
        ),
        (
            b'APPEND Sent "1-Jan-2026 11:30:00 -0000" ~{5+}\r\nhe\0lo',
            Append("Sent", (AppendMessage((), ON_NEW_YEAR, (TextPart(5, is_binary=True),)),)),
        ),
        (
            b"APPEND Sent {2+}\r\nab (x) ~{1+}\r\nc",
            Append(
                "Sent",
                (
                    AppendMessage((), None, (TextPart(2),)),
                    AppendMessage(("x",), None, (TextPart(1, is_binary=True),)),
                ),
            ),
        ),
        (
            b'APPEND Sent (x) catenate (url "/a/;UID=1" TEXT {2+}\r\nab URL ;UID=2) {1+}\r\nc',
            Append(
                "Sent",
                (
                    AppendMessage(("x",), None, (UrlPart(b"/a/;UID=1"), TextPart(2), UrlPart(b";UID=2"))),
                    AppendMessage((), None, (TextPart(1),)),
                ),
            ),
        ),
        (
            b"REPLACE 1 CATENATE CATENATE (TEXT ~{2+}\r\na\0)",
            Replace(
                parse_sequence_set(b"1"),
                "CATENATE",
                AppendMessage((), None, (TextPart(2, is_binary=True),)),
            ),
        ),
        (b"IDLE", Idle()),
        (b'GETQUOTA ""', GetQuota("")),
        (b"GETQUOTAROOT inbox", GetQuotaRoot("INBOX")),
        (b"MYRIGHTS inbox", MyRights("INBOX")),
        (b"GETACL x", GetAcl("x")),
        (b'LISTRIGHTS x "a b"', ListRights("x", "a b")),
        (b"DELETEACL x -anyone", DeleteAcl("x", "-anyone")),
        (b'SETACL x anyone ""', SetAcl("x", "anyone")),
        (b"SETACL x anyone +lrswipkxtea", SetAcl("x", "anyone")),
    ],
)
def test_commands_are_read(octets: bytes, command: Command, read: Read) -> None:
    assert read(octets) == command


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"", "the name of a command"),
        (b"NOOP x", "the end of the command"),
        (b"NOOP ", "the end of the command"),
        (b" NOOP", "the name of a command"),
        (b"XYZZY", "not known"),
        (b"UID", "a space"),
        (b"UID NOOP", "not known"),
        (b"LOGIN", "a space"),
        (b"LOGIN  a b", "a user name"),
        (b'LOGIN a "b', "a closed quoted string"),
        (b'LOGIN a "b\\c"', "a closed quoted string"),
        (b"LOGIN a {3+}\r\na\0b", "NUL"),
        (b"LOGIN a b\0", "the end of the command"),
        (b"LOGIN a {1+}\r\n\xff", "UTF-8"),
        (b"AUTHENTICATE PLAIN A", "base64"),
        (b"AUTHENTICATE PLAIN AG=A", "base64"),
        (b"ENABLE", "a space"),
        (b"SELECT", "a space"),
        (b'SELECT ""', "not empty"),
        (b"SELECT &zzz", "modified UTF-7"),
        (b"SELECT INBOX (QRESYNC)", "a space"),
        (b"SELECT INBOX (FOO)", "CONDSTORE"),
        (b"SELECT INBOX (QRESYNC (7))", "a space"),
        (b"SELECT INBOX (QRESYNC (0 9))", "ever 0"),
        (b"SELECT INBOX (QRESYNC (7 0))", "ever 0"),
        (b"SELECT INBOX (QRESYNC (7 9 1:*))", "no *"),
        (b"SELECT INBOX (QRESYNC (7 9 $))", "no $"),
        (b"SELECT INBOX (QRESYNC (7 9 1:3 (1:2 5)))", "as many"),
        (b"SELECT INBOX (QRESYNC (7 9 1:3 ))", '"("'),
        (b"SELECT INBOX (QRESYNC (7 9) QRESYNC (7 9))", "once"),
        (b"FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)", "UID FETCH"),
        (b"UID FETCH 1 FLAGS (VANISHED)", "CHANGEDSINCE"),
        (b"UID FETCH 1 FLAGS (FOO)", "VANISHED"),
        (b"UID FETCH 1 FLAGS (PARTIAL)", "a space"),
        (b"SETACL x anyone 0", "small letters"),
        (b"LISTRIGHTS x {1+}\r\n\x01", "control characters"),
        (b"DELETEACL x " + b"a" * 1001, "1000 octets"),
        (b"UID FETCH 1 FLAGS (PARTIAL 1:*)", "1:100"),
        (b"UID FETCH 1 FLAGS (PARTIAL 1:2 PARTIAL 1:3)", "once"),
        (b"UID FETCH 1 FLAGS (PARTIAL 1:2 VANISHED)", "CHANGEDSINCE"),
        (b"SELECT INBOX ()", "not empty"),
        (b'LIST ""', "a space"),
        (b'LIST "" ()', "not empty"),
        (b'LIST (RECURSIVEMATCH) "" *', "RECURSIVEMATCH"),
        (b'LIST (FOO) "" *', "SUBSCRIBED"),
        (b'LIST "" * RETURN (FOO)', "CHILDREN"),
        (b'LIST "" * FOO', "RETURN"),
        (b"STATUS INBOX ()", "not empty"),
        (b"STATUS INBOX (FOO)", "MESSAGES"),
        (b"STORE 1 FOO x", "FLAGS"),
        (b"STORE 1 FLAGS", "FLAGS"),
        (b"STORE 0 FLAGS x", "a set of message numbers"),
        (b"STORE 1 FLAGS (\\)", "a flag"),
        (b"STORE 1 FLAGS (a  b)", "a flag"),
        (b"STORE 1 FLAGS (a b", "a space"),
        (b"STORE 1 FLAGS (" + b"x " * 100 + b"x)", "at most 100"),
        (b"COPY 1:4294967296 x", "4294967295"),
        (b"REPLACE 1:2 Drafts {5+}\r\nhello", "a space"),
        (b"REPLACE $ Drafts {5+}\r\nhello", "the number of a message, or *"),
        (b"REPLACE 4294967296 Drafts {5+}\r\nhello", "the number of a message"),
        (b"REPLACE 1 Drafts {1+}\r\na {1+}\r\nb", "the end of the command"),
        (b"UID REPLACE 1 Drafts hello", "the message as a literal"),
        (b"APPEND Sent CATENATE", "the message as a literal"),
        (b"APPEND Sent CATENATE ()", "TEXT or URL"),
        (b"APPEND Sent CATENATE (URL )", "a URL"),
        (b"APPEND Sent CATENATE (TEXT x)", "the message as a literal"),
        (b"APPEND Sent CATENATE (TEXT {1+}\r\na", "a space"),
        (b"APPEND Sent CATENATE (TEXT {1+}\r\na )", "TEXT or URL"),
        (b"APPEND Sent CATENATE ((TEXT {1+}\r\na))", "TEXT or URL"),
        (b"APPEND Sent CATENATE (" + b"URL a " * 200 + b"URL a)", "at most 200 parts"),
        (b"APPEND Sent" + b" CATENATE (" * 2, "TEXT or URL"),
        (b"APPEND Sent CATENATE (" + b"URL a " * 199 + b"URL a) CATENATE (URL a URL a)", "at most 200 parts"),
        (b"APPEND Sent", "a space"),
        (b"APPEND Sent hello", "the message as a literal"),
        (b'APPEND Sent "31-Feb-2026 12:30:00 +0100" {5+}\r\nhello', "a day that exists"),
        (b'APPEND Sent "01-Feb-2026 24:30:00 +0100" {5+}\r\nhello', "a date and time that exists"),
        (b'APPEND Sent "01-Jan-0001 00:30:00 +0100" {5+}\r\nhello', "a date and time that exists"),
        (b"APPEND Sent {5+}\r\nhello x", "the message as a literal"),
        (b"APPEND Sent" + b" {0+}\r\n" * 51, "at most 50"),
        (b"APPEND Sent {5+}\r\nhello{5+}\r\nhello", "the end of the command"),
        (b"SELECT INBOX {5+}\r\nhello", '"("'),
        (b"ID (" + b'"a" "b" ' * 30 + b'"a" "b")', "at most 30"),
        (b"ID FOO", "NIL"),
        (b'ID ("a" "' + b"x" * 1025 + b'")', "1024"),
        ("NOOP é".encode(), "the end of the command"),
    ],
)
def test_what_is_refused_says_what_was_expected(octets: bytes, expected: str, read: Read) -> None:
    with pytest.raises(CommandSyntaxError) as refused:
        read(octets)
    assert expected in refused.value.text
    assert refused.value.tag == b"a"
    assert refused.value.text.isascii()
    assert len(refused.value.text) < 200


@pytest.mark.parametrize("octets", [b"", b"+ NOOP", b" NOOP", b"(a) NOOP", b"\xc3\xa9 NOOP", b"{5} NOOP"])
def test_without_a_tag_there_is_no_tag_to_answer_with(octets: bytes) -> None:
    with pytest.raises(CommandSyntaxError) as refused:
        parse_command(CommandLine(octets))
    assert refused.value.tag is None


def test_the_tag_and_the_name_come_along() -> None:
    parsed = parse_command(CommandLine(b"A1.[x uid expunge 1:3"))
    assert (parsed.tag, parsed.name) == (b"A1.[x", "UID EXPUNGE")


def test_secrets_stay_out_of_what_is_printed(read: Read) -> None:
    assert "secret" not in repr(read(b"LOGIN claire secret"))
    assert "AGEAYg" not in repr(read(b"AUTHENTICATE PLAIN AGEAYg=="))
    assert "\\x00" not in repr(read(b"AUTHENTICATE PLAIN AGEAYg=="))


def test_answers_to_a_challenge_are_base64_or_give_up() -> None:
    assert decode_response(b"AGEAYg==") == b"\0a\0b"
    assert decode_response(b"") == b""
    assert decode_response(b"*") is None
    for wrong in (b"A", b"AGEAYg", b"AGEA Yg==", b"\xff\xff"):
        with pytest.raises(CommandSyntaxError):
            decode_response(wrong)


def test_after_enable_names_are_utf8(read: Read) -> None:
    assert read('SELECT "A & É"'.encode(), Session().enabling("IMAP4REV2")) == Select("A & É")


def test_idle_ends_with_done() -> None:
    assert is_done(b"done")
    assert not is_done(b"DONE ")


def test_every_file_of_a_command_stands_in_the_table() -> None:
    files = {module.name for module in pkgutil.iter_modules(commands.__path__)} - {"table"}
    assert files == {name.removeprefix("UID ").lower() for name in PARSERS}
    assert all(name.isupper() for name in PARSERS)


@pytest.mark.parametrize(
    ("text", "parts", "is_whole"),
    [
        (b"a APPEND Sent {5}\r\n", (TextPart(5),), True),
        (b"a APPEND Sent CATENATE (TEXT {5}\r\n", (TextPart(5),), False),
        (b"a APPEND Sent CATENATE (URL x TEXT {5}\r\n", (UrlPart(b"x"), TextPart(5)), False),
    ],
)
def test_a_list_of_parts_may_break_off_at_a_literal(
    text: bytes, parts: tuple[TextPart | UrlPart, ...], is_whole: bool
) -> None:
    head = CommandLine(text, (Streamed(5),), breaks_off=True)
    message = AppendMessage((), None, parts, is_whole)
    assert parse_command(head).command == Append("Sent", (message,))


def test_a_head_that_breaks_off_elsewhere_is_refused() -> None:
    head = CommandLine(b"a APPEND Sent CATENATE (URL {5}\r\n", (Streamed(5),), breaks_off=True)
    with pytest.raises(CommandSyntaxError):
        parse_command(head)
