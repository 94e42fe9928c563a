"""A message as APPEND and REPLACE take it: flags, a date, and a literal. RFC 4466 §5, ``append-message``.

A message is a literal that may be large: the frame streams it, so what is parsed here is the same before its
first octet (to refuse early) and after the last of the command. A literal8 is of RFC 3516 §4.4.

``UTF8 (~{n})`` is how RFC 6855 §4 has messages with headers in UTF-8 sent; RFC 9755 §4 did away with it, and
RFC 9051 never had it: there such a message is a literal as any other. Both are read.
"""

from dataclasses import dataclass
from datetime import datetime

from vaguemestre.imap import grammar
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class AppendMessage:
    """``date`` is aware, UTC; ``size`` in octets; ``is_binary`` when NUL may stand in it: a literal8."""

    flags: tuple[str, ...]
    date: datetime | None
    size: int
    is_binary: bool = False


def append_message(scanner: Scanner) -> AppendMessage:
    """``[(flag …)] [date-time] literal``, or ``UTF8 (literal8)`` in the place of the literal."""
    flags: tuple[str, ...] = ()
    if scanner.peek() == b"(":
        flags = grammar.flag_list(scanner)
        scanner.space()
    date: datetime | None = None
    if scanner.peek() == b'"':
        date = grammar.date_time(scanner)
        scanner.space()
    if scanner.take_word(b"UTF8 ("):
        return AppendMessage(flags, date, _utf8_message(scanner))
    is_binary = scanner.peek() == b"~"
    return AppendMessage(flags, date, scanner.message(), is_binary)


def _utf8_message(scanner: Scanner) -> int:
    if not scanner.session.utf8_accept:
        raise CommandSyntaxError("UTF8 wants ENABLE UTF8=ACCEPT first")
    if scanner.peek() != b"~":
        raise CommandSyntaxError("Expected a literal8 here, such as ~{310}")
    size = scanner.message()
    scanner.expect(b")")
    return size
