"""SEARCH: every key of RFC 3501 §6.4.4 and RFC 9051 §6.4.4."""

from collections.abc import Callable
from datetime import date

import pytest

from vaguemestre.imap.commands.search import Search, SearchReturn
from vaguemestre.imap.commands.table import Command
from vaguemestre.imap.errors import BadCharsetError, CommandSyntaxError
from vaguemestre.imap.partial_range import PartialRange
from vaguemestre.imap.search_key import (
    All,
    And,
    BodyHas,
    Dated,
    DateField,
    DateRelation,
    HasFlag,
    HeaderHas,
    InSequence,
    InUids,
    Larger,
    ModSeqAtLeast,
    Not,
    Older,
    Or,
    Recent,
    SearchKey,
    Smaller,
    TextHas,
    Younger,
)
from vaguemestre.imap.sequence import LAST_RESULT, parse_sequence_set

Read = Callable[..., Command]
SEEN, DELETED = HasFlag("\\Seen"), HasFlag("\\Deleted")
FIRST = date(2026, 2, 1)
F, R = DateField, DateRelation


def searched(read: Read, octets: bytes) -> Search:
    command = read(octets)
    assert isinstance(command, Search)
    return command


@pytest.mark.parametrize(
    ("octets", "key"),
    [
        (b"ALL", All()),
        (b"answered", HasFlag("\\Answered")),
        (b"DELETED", DELETED),
        (b"DRAFT", HasFlag("\\Draft")),
        (b"FLAGGED", HasFlag("\\Flagged")),
        (b"SEEN", SEEN),
        (b"UNANSWERED", Not(HasFlag("\\Answered"))),
        (b"UNDELETED", Not(DELETED)),
        (b"UNDRAFT", Not(HasFlag("\\Draft"))),
        (b"UNFLAGGED", Not(HasFlag("\\Flagged"))),
        (b"UNSEEN", Not(SEEN)),
        (b"NEW", And((Recent(), Not(SEEN)))),
        (b"OLD", Not(Recent())),
        (b"RECENT", Recent()),
        (b"SAVEDBEFORE 1-Feb-2026", Dated(DateField.SAVED, DateRelation.BEFORE, date(2026, 2, 1))),
        (b'SAVEDON "01-Feb-2026"', Dated(DateField.SAVED, DateRelation.ON, date(2026, 2, 1))),
        (b"savedsince 1-feb-2026", Dated(DateField.SAVED, DateRelation.SINCE, date(2026, 2, 1))),
        (b"SAVEDATESUPPORTED", All()),
        (b"KEYWORD $Clos", HasFlag("$Clos")),
        (b"UNKEYWORD $Clos", Not(HasFlag("$Clos"))),
        (b"BEFORE 1-Feb-2026", Dated(F.INTERNAL, R.BEFORE, FIRST)),
        (b'ON "01-FEB-2026"', Dated(F.INTERNAL, R.ON, FIRST)),
        (b"SINCE 1-Feb-2026", Dated(F.INTERNAL, R.SINCE, FIRST)),
        (b"SENTBEFORE 1-Feb-2026", Dated(F.SENT, R.BEFORE, FIRST)),
        (b"SENTON 1-Feb-2026", Dated(F.SENT, R.ON, FIRST)),
        (b"SENTSINCE 1-Feb-2026", Dated(F.SENT, R.SINCE, FIRST)),
        (b"LARGER 4000000000", Larger(4000000000)),
        (b"SMALLER 0", Smaller(0)),
        (b"OLDER 1", Older(1)),
        (b"younger 259200", Younger(259200)),
        (b"FROM dupont", HeaderHas("from", "dupont")),
        (b'TO "claire martin"', HeaderHas("to", "claire martin")),
        (b"CC {2+}\r\na]", HeaderHas("cc", "a]")),
        (b"BCC x", HeaderHas("bcc", "x")),
        (b'SUBJECT ""', HeaderHas("subject", "")),
        (b'HEADER Message-ID "<1@x>"', HeaderHas("message-id", "<1@x>")),
        (b"BODY x", BodyHas("x")),
        (b"TEXT x", TextHas("x")),
        (b"1:3,*", InSequence(parse_sequence_set(b"1:3,*"))),
        (b"*", InSequence(parse_sequence_set(b"*"))),
        (b"$", InSequence(LAST_RESULT)),
        (b"UID $", InUids(LAST_RESULT)),
        (b"OR $ 1", Or((InSequence(LAST_RESULT), InSequence(parse_sequence_set(b"1"))))),
        (b"UID 7:*", InUids(parse_sequence_set(b"7:*"))),
        (b"MODSEQ 12", ModSeqAtLeast(12)),
        (b'MODSEQ "/flags/\\\\draft" all 12', ModSeqAtLeast(12)),
        (b"NOT SEEN", Not(SEEN)),
        (b"NOT NOT SEEN", Not(Not(SEEN))),
        (b"OR SEEN DELETED", Or((SEEN, DELETED))),
        (b"OR SEEN OR DELETED ALL", Or((SEEN, DELETED, All()))),
        (b"OR OR SEEN DELETED ALL", Or((Or((SEEN, DELETED)), All()))),
        (b"SEEN DELETED", And((SEEN, DELETED))),
        (b"(SEEN)", SEEN),
        (b"(SEEN DELETED) ALL", And((And((SEEN, DELETED)), All()))),
        (b"OR (SEEN DELETED) NOT (ALL)", Or((And((SEEN, DELETED)), Not(All())))),
        ("SUBJECT {9+}\r\nrésumé".replace("{9", "{8").encode(), HeaderHas("subject", "résumé")),
        (b"CHARSET utf-8 SUBJECT {2+}\r\n\xc3\xa9", HeaderHas("subject", "é")),
        (b"CHARSET ISO-8859-1 SUBJECT {1+}\r\n\xe9", HeaderHas("subject", "é")),
        (b'CHARSET "US-ASCII" TEXT x', TextHas("x")),
    ],
)
def test_keys_are_read(octets: bytes, key: SearchKey, read: Read) -> None:
    assert searched(read, b"SEARCH " + octets) == Search(key)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"FOO",
        b"FOO x",
        b"()",
        b"(SEEN",
        b"SEEN)",
        b"SEEN  DELETED",
        b"OR SEEN",
        b"NOT",
        b"FROM",
        b"SINCE yesterday",
        b"SINCE 30-Feb-2026",
        b'SINCE "1-Feb-2026',
        b"LARGER x",
        b"LARGER 99999999999999999999",
        b"OLDER 0",
        b"YOUNGER",
        b"YOUNGER -1",
        b"OLDER 4294967296",
        b"$,1",
        b"UID x",
        b"CHARSET",
        b"CHARSET UTF-8",
        b"CHARSET US-ASCII TEXT {2+}\r\n\xc3\xa9",
        b"TEXT {1+}\r\n\xe9",
        b"RETURN (FOO) ALL",
        b"RETURN (ALL)",
        b"RETURN (PARTIAL) ALL",
        b"RETURN (PARTIAL 5) ALL",
        b"RETURN (PARTIAL 0:5) ALL",
        b"RETURN (PARTIAL 1:*) ALL",
        b"RETURN (PARTIAL -1:5) ALL",
        b"RETURN (PARTIAL 1:-5) ALL",
        b"RETURN (PARTIAL 1:4294967296) ALL",
        b"RETURN (PARTIAL 1:99999999999) ALL",
        b"RETURN (PARTIAL 1:5 ALL) ALL",
        b"RETURN (PARTIAL 1:5 PARTIAL 1:5) ALL",
    ],
)
def test_what_is_no_key_is_refused(octets: bytes, read: Read) -> None:
    with pytest.raises(CommandSyntaxError) as refused:
        read(b"SEARCH " + octets)
    assert refused.value.tag == b"a"
    assert not isinstance(refused.value, BadCharsetError)


def test_an_unknown_charset_is_refused_as_such(read: Read) -> None:
    with pytest.raises(BadCharsetError) as refused:
        read(b"SEARCH CHARSET KOI8-R TEXT x")
    assert refused.value.tag == b"a"


def test_return_options_are_read(read: Read) -> None:
    assert searched(read, b"UID SEARCH RETURN (min COUNT) CHARSET UTF-8 ALL") == Search(
        All(), frozenset({SearchReturn.MIN, SearchReturn.COUNT}), by_uid=True
    )
    assert searched(read, b"SEARCH RETURN () ALL").returns == frozenset({SearchReturn.ALL})
    assert searched(read, b"SEARCH RETURN (partial -1:-100 MIN) ALL").returns == frozenset(
        {PartialRange(-1, -100), SearchReturn.MIN}
    )


@pytest.mark.parametrize("octets", [b"(" * 51 + b"ALL" + b")" * 51, b"NOT " * 51 + b"ALL", b"OR " * 60])
def test_nesting_is_bounded(octets: bytes, read: Read) -> None:
    with pytest.raises(CommandSyntaxError, match="nested 50 deep"):
        read(b"SEARCH " + octets)


def test_fifty_levels_are_fine(read: Read) -> None:
    assert searched(read, b"SEARCH " + b"(" * 50 + b"ALL" + b")" * 50).key == All()


def test_a_chain_of_a_thousand_ors_is_flat(read: Read) -> None:
    key = searched(read, b"SEARCH " + b"OR FROM a " * 1000 + b"FROM a").key
    assert isinstance(key, Or)
    assert len(key.keys) == 1001


def test_keys_are_counted(read: Read) -> None:
    with pytest.raises(CommandSyntaxError, match="5000 search keys"):
        read(b"SEARCH " + b"SEEN " * 5000 + b"SEEN")


def test_header_fields_are_bounded_however_many_keys_ask_for_one(read: Read) -> None:
    read(b"SEARCH " + b"SUBJECT x " * 200 + b"SUBJECT y")
    with pytest.raises(CommandSyntaxError, match="50 different header fields"):
        read(b"SEARCH " + b" ".join(b"HEADER X-%d y" % number for number in range(51)))
