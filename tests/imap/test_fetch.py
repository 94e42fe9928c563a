"""FETCH: RFC 9051 §6.4.5, RFC 3501 §6.4.5."""

from collections.abc import Callable

import pytest

from vaguemestre.imap.commands.fetch import BodySection, Fetch, FetchAttribute
from vaguemestre.imap.commands.table import Command
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.partial_range import PartialRange
from vaguemestre.imap.section import Partial, Section, SectionText
from vaguemestre.imap.sequence import parse_sequence_set

Read = Callable[..., Command]
A = FetchAttribute
FAST = (A.FLAGS, A.INTERNALDATE, A.RFC822_SIZE)
FROM_TO = Section((), SectionText.HEADER_FIELDS, ("From", "To"))


def fetched(read: Read, octets: bytes) -> Fetch:
    command = read(octets)
    assert isinstance(command, Fetch)
    return command


@pytest.mark.parametrize(
    ("octets", "items"),
    [
        (b"FAST", FAST),
        (b"all", (*FAST, A.ENVELOPE)),
        (b"FULL", (*FAST, A.ENVELOPE, A.BODY)),
        (b"FLAGS", (A.FLAGS,)),
        (b"(uid Flags UID RFC822.SIZE)", (A.UID, A.FLAGS, A.RFC822_SIZE)),
        (b"(BODY BODYSTRUCTURE)", (A.BODY, A.BODYSTRUCTURE)),
        (
            b"(RFC822 RFC822.HEADER RFC822.TEXT MODSEQ)",
            (A.RFC822, A.RFC822_HEADER, A.RFC822_TEXT, A.MODSEQ),
        ),
        (b"BODY[]", (BodySection(Section()),)),
        (b"body.peek[]<0.1024>", (BodySection(Section(), Partial(0, 1024), peek=True),)),
        (b"BODY[HEADER]", (BodySection(Section((), SectionText.HEADER)),)),
        (b"BODY[text]", (BodySection(Section((), SectionText.TEXT)),)),
        (b"BODY[1]", (BodySection(Section((1,))),)),
        (b"BODY[1.2.3]", (BodySection(Section((1, 2, 3))),)),
        (b"BODY[1.2.MIME]", (BodySection(Section((1, 2), SectionText.MIME)),)),
        (b"BODY[2.Text]", (BodySection(Section((2,), SectionText.TEXT)),)),
        (b"BODY.PEEK[HEADER.FIELDS (From To)]", (BodySection(FROM_TO, peek=True),)),
        (b'BODY.PEEK[HEADER.FIELDS ("From" {2+}\r\nTo)]', (BodySection(FROM_TO, peek=True),)),
        (
            b"BODY[3.HEADER.FIELDS.NOT (X)]<7.8>",
            (BodySection(Section((3,), SectionText.HEADER_FIELDS_NOT, ("X",)), Partial(7, 8)),),
        ),
    ],
)
def test_items_are_read(octets: bytes, items: tuple[object, ...], read: Read) -> None:
    assert fetched(read, b"FETCH 1 " + octets).items == items


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"()",
        b"(ALL)",
        b"FLAGS UID",
        b"FOO",
        b"BODY.PEEK",
        b"BODY[",
        b"BODY[0]",
        b"BODY[1.0]",
        b"BODY[1.]",
        b"BODY[MIME]",
        b"BODY[FOO]",
        b"BODY[HEADER.FIELDS]",
        b"BODY[HEADER.FIELDS ()]",
        b"BODY[HEADER.FIELDS (a:b)]",
        b"BODY[HEADER.FIELDS ({3+}\r\na\r\n)]",
        b"BODY[]<0>",
        b"BODY[]<0.0>",
        b"BODY[]<-1.5>",
        b"BODY[]<1.99999999999999999999>",
        b"BODY[" + b"1." * 50 + b"1]",
        b"(" + b"UID " * 200 + b"UID)",
        b"FLAGS (FOO 1)",
        b"FLAGS (CHANGEDSINCE x)",
    ],
)
def test_what_is_no_item_is_refused(octets: bytes, read: Read) -> None:
    with pytest.raises(CommandSyntaxError) as refused:
        read(b"FETCH 1 " + octets)
    assert refused.value.tag == b"a"


def test_uid_fetch_always_tells_the_uid(read: Read) -> None:
    assert fetched(read, b"UID FETCH 1:* (FLAGS UID)") == Fetch(
        parse_sequence_set(b"1:*"), (A.UID, A.FLAGS), by_uid=True
    )


def test_changedsince_brings_modseq(read: Read) -> None:
    command = fetched(read, b"UID FETCH 1:* (FLAGS) (CHANGEDSINCE 12345678901234)")
    assert command.changed_since == 12345678901234
    assert command.items == (A.UID, A.FLAGS, A.MODSEQ)


def test_modifiers_stand_in_any_order(read: Read) -> None:
    command = fetched(read, b"UID FETCH 1:* FLAGS (PARTIAL -1:-30 VANISHED CHANGEDSINCE 7)")
    assert (command.partial, command.vanished, command.changed_since) == (PartialRange(-1, -30), True, 7)
    assert fetched(read, b"UID FETCH 1:* FLAGS (CHANGEDSINCE 7 VANISHED PARTIAL -1:-30)") == command
    assert fetched(read, b"FETCH 1:* FLAGS (PARTIAL 1:30)").items == (A.FLAGS,)


@pytest.mark.parametrize(
    ("octets", "seen"),
    [
        (b"FULL", False),
        (b"BODY.PEEK[]", False),
        (b"RFC822.HEADER", False),
        (b"BODY[HEADER]", True),
        (b"RFC822", True),
        (b"(FLAGS RFC822.TEXT)", True),
    ],
)
def test_reading_a_body_makes_it_seen(octets: bytes, seen: bool, read: Read) -> None:
    assert fetched(read, b"FETCH 1 " + octets).sets_seen is seen


@pytest.mark.parametrize(
    ("octets", "echo"),
    [
        (b"BODY.PEEK[]", b"BODY[]"),
        (b"BODY[]<0.100>", b"BODY[]<0>"),  # iOS waits for the zero
        (b"body[1.2.mime]<7.1>", b"BODY[1.2.MIME]<7>"),
        (b"BODY.PEEK[HEADER.FIELDS (date FROM)]", b"BODY[HEADER.FIELDS (date FROM)]"),
        (b'BODY[4.HEADER.FIELDS.NOT ("a(b")]', b'BODY[4.HEADER.FIELDS.NOT ("a(b")]'),
    ],
)
def test_a_section_is_echoed_as_it_was_asked(octets: bytes, echo: bytes, read: Read) -> None:
    (item,) = fetched(read, b"FETCH 1 " + octets).items
    assert isinstance(item, BodySection)
    assert bytes(item) == echo
    assert fetched(read, b"FETCH 1 " + echo.replace(b"<0>", b"<0.1>").replace(b"<7>", b"<7.1>")).items


@pytest.mark.parametrize("octets", [b"PREVIEW", b"preview (lazy)", b"(PREVIEW (LAZY LAZY))"])
def test_a_preview_is_one_item_whether_or_not_it_may_be_lazy(octets: bytes, read: Read) -> None:
    assert fetched(read, b"FETCH 1 " + octets).items == (FetchAttribute.PREVIEW,)


def test_the_modifier_of_a_preview_is_not_taken_for_that_of_the_command(read: Read) -> None:
    command = fetched(read, b"FETCH 1 PREVIEW (LAZY) (CHANGEDSINCE 7)")
    assert command.items == (FetchAttribute.PREVIEW, FetchAttribute.MODSEQ)
    assert fetched(read, b"FETCH 1 PREVIEW (CHANGEDSINCE 7)") == command
