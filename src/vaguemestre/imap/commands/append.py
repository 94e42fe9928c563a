"""APPEND. RFC 9051 §6.3.12; several messages in one command are of RFC 3502 §4, a literal8 of RFC 3516 §4.4.

A message is a literal that may be large: the frame streams it, so what is parsed here is the same before
the first octet of each (to refuse early) and after the last of all.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from vaguemestre.imap import grammar
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.scanner import Scanner

MAX_MESSAGES: Final = 50  # of one command: each keeps 64 KiB in memory at most until all of them are there


@dataclass(frozen=True, slots=True)
class AppendMessage:
    """``date`` is aware, UTC; ``size`` in octets; ``is_binary`` when NUL may stand in it: a literal8."""

    flags: tuple[str, ...]
    date: datetime | None
    size: int
    is_binary: bool = False


@dataclass(frozen=True, slots=True)
class Append:
    """One message at least, in the order they are filed."""

    mailbox: str
    messages: tuple[AppendMessage, ...]


def parse(scanner: Scanner) -> Append:
    """``APPEND mailbox 1*( [(flag …)] [date-time] literal)``."""
    scanner.space()
    mailbox = grammar.mailbox(scanner)
    scanner.space()
    messages = [_message(scanner)]
    while scanner.take(b" "):
        if len(messages) >= MAX_MESSAGES:
            raise CommandSyntaxError(f"Expected at most {MAX_MESSAGES} messages in one command")
        messages.append(_message(scanner))
    scanner.end()
    return Append(mailbox, tuple(messages))


def _message(scanner: Scanner) -> AppendMessage:
    flags: tuple[str, ...] = ()
    if scanner.peek() == b"(":
        flags = grammar.flag_list(scanner)
        scanner.space()
    date: datetime | None = None
    if scanner.peek() == b'"':
        date = grammar.date_time(scanner)
        scanner.space()
    is_binary = scanner.peek() == b"~"
    return AppendMessage(flags, date, scanner.message(), is_binary)
