"""The tokens that commands are made of. RFC 9051 §9; names follow its ABNF.

Each function takes a ``Scanner``, returns a value and raises CommandSyntaxError with what was expected.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final, TypeVar

from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.mailbox_name import decode_mailbox_name
from vaguemestre.imap.scanner import Scanner
from vaguemestre.imap.sequence import LAST_RESULT, SEQUENCE_SET, SequenceSet, parse_sequence_set

T = TypeVar("T")

MAX_FLAGS: Final = 100  # of one STORE or APPEND; a bal has 57 keywords and 5 system flags at most
_MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".lower().split()

# RFC 9051 §9: ATOM-CHAR = any CHAR except "(" ")" "{" SP CTL "%" "*" DQUOTE "\" "]"
ATOM: Final = re.compile(rb"[!#$&'+-\[^-z|}~]+")
# RFC 9051 §9: ASTRING-CHAR = ATOM-CHAR / resp-specials, which is "]"
ASTRING: Final = re.compile(rb"[!#$&'+-\[\]^-z|}~]+")
_USER_NAME: Final = re.compile(rb"[!#$&'*+-\[\]^-z|}~]+")
# RFC 9051 §9: tag = 1*<any ASTRING-CHAR except "+">
TAG: Final = re.compile(rb"[!#$&',-\[\]^-z|}~]+")
# RFC 9051 §9: list-char = ATOM-CHAR / list-wildcards / resp-specials
LIST_CHARS: Final = re.compile(rb"[!#$%&'*+-\[\]^-z|}~]+")
_FLAG: Final = re.compile(rb"\\?[!#$&'+-\[^-z|}~]+")
_NUMBER: Final = re.compile(rb"[0-9]{1,19}")
# RFC 9051 §9: seq-number = nz-number / "*"
_SEQ_NUMBER: Final = re.compile(rb"[1-9][0-9]{0,9}|\*")
# RFC 9051 §9: date-text = date-day "-" date-month "-" date-year
_DATE_TEXT: Final = rb"([0-9]{1,2})-([A-Za-z]{3})-([0-9]{4})"
_DATE: Final = re.compile(rb'(")?%b(?(1)")' % _DATE_TEXT)
# RFC 9051 §9: date-time; the day is " 1" or "01". A lone "1" is taken too, for clients that forget the space.
_DATE_TIME: Final = re.compile(
    rb'" ?%b ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})"' % _DATE_TEXT
)


def atom(scanner: Scanner, expected: str = "a word") -> str:
    """An atom, in its own case."""
    return scanner.match(ATOM, expected)[0].decode("ascii")


def word(scanner: Scanner, expected: str = "a word") -> str:
    """An atom that is a word of the protocol: in capitals."""
    return atom(scanner, expected).upper()


def astring(scanner: Scanner, expected: str = "a string") -> bytes:
    """An atom, a quoted string or a literal, as octets."""
    if scanner.at_string():
        return scanner.string()
    return scanner.match(ASTRING, expected)[0]


def user_name(scanner: Scanner) -> str:
    """An astring in which a star may stand without quotes: see ``commands.login``."""
    octets = scanner.string() if scanner.at_string() else scanner.match(_USER_NAME, "a user name")[0]
    return _text(octets)


def astring_text(scanner: Scanner, expected: str = "a string") -> str:
    """An astring that is text in UTF-8."""
    return _text(astring(scanner, expected))


def nstring_text(scanner: Scanner) -> str | None:
    """A string that is text in UTF-8, or NIL for None."""
    if scanner.at_string():
        return _text(scanner.string())
    if word(scanner, "a string or NIL") != "NIL":
        raise CommandSyntaxError("Expected a string or NIL here")
    return None


def _text(octets: bytes) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        raise CommandSyntaxError("Expected text in UTF-8") from None


def number(scanner: Scanner, top: int = 2**32 - 1) -> int:
    """``number`` of 32 bits, or up to ``top``."""
    value = int(scanner.match(_NUMBER, "a number")[0])
    if value > top:
        raise CommandSyntaxError(f"Expected a number of at most {top}")
    return value


def nonzero(scanner: Scanner) -> int:
    """``nz-number``: 1 to 2^32 - 1."""
    value = number(scanner)
    if value == 0:
        raise CommandSyntaxError("Expected a number that is not 0")
    return value


def number64(scanner: Scanner) -> int:
    """``number64``: 63 bits in truth, as sizes and modseqs are."""
    return number(scanner, 2**63 - 1)


def sequence_set(scanner: Scanner) -> SequenceSet:
    """``1:3,7,9:*``, or ``$`` for ``LAST_RESULT``."""
    if scanner.take(b"$"):
        return LAST_RESULT
    octets = scanner.match(SEQUENCE_SET, "a set of message numbers")[0]
    try:
        return parse_sequence_set(octets)
    except ValueError as problem:
        raise CommandSyntaxError(f"Expected a set of message numbers; {problem}") from None


def one_message(scanner: Scanner) -> SequenceSet:
    """``seq-number``: the number of one message, or ``*`` for the last."""
    found = scanner.match(_SEQ_NUMBER, "the number of a message, or *")[0]
    try:
        return parse_sequence_set(found)
    except ValueError as problem:
        raise CommandSyntaxError(f"Expected the number of a message; {problem}") from None


def mailbox(scanner: Scanner) -> str:
    """A mailbox name, decoded; INBOX in capitals."""
    name = decode_mailbox_name(astring(scanner, "a mailbox name"), scanner.session.utf8)
    if not name:
        raise CommandSyntaxError("Expected a mailbox name that is not empty")
    return name


def list_mailbox(scanner: Scanner) -> str:
    """A pattern for LIST, decoded; may be empty (RFC 9051 §6.3.9), ``*`` and ``%`` as they stand."""
    octets = scanner.string() if scanner.at_string() else scanner.match(LIST_CHARS, "a mailbox pattern")[0]
    return decode_mailbox_name(octets, scanner.session.utf8)


def flag(scanner: Scanner) -> str:
    r"""A system flag (``\Seen``) or a keyword, as written."""
    return scanner.match(_FLAG, "a flag")[0].decode("ascii")


def flag_list(scanner: Scanner) -> tuple[str, ...]:
    """``(\\Seen $Forwarded)``; may be empty."""
    return parenthesised(scanner, flag, limit=MAX_FLAGS)


def parenthesised(
    scanner: Scanner, item: Callable[[Scanner], T], limit: int, least: int = 0
) -> tuple[T, ...]:
    """``(item item …)`` with ``least`` to ``limit`` items, single spaces between.

    One space inside either parenthesis is let pass, which RFC 9051 §9 does not allow: aioimaplib sends
    ``ID ( "name" "x" )``, and nothing else could be meant.
    """
    scanner.expect(b"(")
    scanner.take(b" ")
    items: list[T] = []
    while not (scanner.take(b")") or scanner.take(b" )")):
        if items:
            scanner.space()
        if len(items) >= limit:
            raise CommandSyntaxError(f"Expected at most {limit} items in this list")
        items.append(item(scanner))
    if len(items) < least:
        raise CommandSyntaxError("Expected a list that is not empty")
    return tuple(items)


def date_value(scanner: Scanner) -> date:
    """``1-Feb-2026``, quoted or not."""
    found = scanner.match(_DATE, "a date such as 1-Feb-2026")
    return _day(found[2], found[3], found[4])


def date_time(scanner: Scanner) -> datetime:
    """``" 1-Feb-2026 12:00:00 +0100"``: aware, in UTC."""
    found = scanner.match(_DATE_TIME, 'a date and time such as " 1-Feb-2026 12:00:00 +0100"')
    day = _day(found[1], found[2], found[3])
    offset = timedelta(hours=int(found[8]), minutes=int(found[9])) * (-1 if found[7] == b"-" else 1)
    # A leap second is taken for the second before it: datetime knows none.
    second = 59 if found[6] == b"60" else int(found[6])
    try:
        moment = time(int(found[4]), int(found[5]), second, tzinfo=timezone(offset))
        return datetime.combine(day, moment).astimezone(UTC)
    except (ValueError, OverflowError):
        raise CommandSyntaxError("Expected a date and time that exists") from None


def _day(day: bytes, month: bytes, year: bytes) -> date:
    try:
        return date(int(year), _MONTHS.index(month.decode("ascii").lower()) + 1, int(day))
    except ValueError:
        raise CommandSyntaxError("Expected a day that exists") from None


def messages_and_target(scanner: Scanner) -> tuple[SequenceSet, str]:
    """``SP sequence-set SP mailbox``, what COPY and MOVE end with. RFC 9051 §6.4.7."""
    scanner.space()
    messages = sequence_set(scanner)
    scanner.space()
    target = mailbox(scanner)
    scanner.end()
    return messages, target
