"""APPEND. RFC 9051 §6.3.12.

The message is a literal that may be large: the frame streams it, so what is parsed here is the same before
its first octet (to refuse early) and after its last. One message a command: MULTIAPPEND is not announced.
"""

from dataclasses import dataclass
from datetime import datetime

from vaguemestre.imap import grammar
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Append:
    """``date`` is aware, UTC; ``size`` the message's, in octets.

    ``is_binary`` when it comes as a literal8 (RFC 3516 §4.4), in which NUL may stand.
    """

    mailbox: str
    flags: tuple[str, ...]
    date: datetime | None
    size: int
    is_binary: bool = False


def parse(scanner: Scanner) -> Append:
    """``APPEND mailbox [(flag …)] [date-time] literal``."""
    scanner.space()
    mailbox = grammar.mailbox(scanner)
    scanner.space()
    flags: tuple[str, ...] = ()
    if scanner.peek() == b"(":
        flags = grammar.flag_list(scanner)
        scanner.space()
    date: datetime | None = None
    if scanner.peek() == b'"':
        date = grammar.date_time(scanner)
        scanner.space()
    is_binary = scanner.peek() == b"~"
    size = scanner.message()
    scanner.end()
    return Append(mailbox, flags, date, size, is_binary)
