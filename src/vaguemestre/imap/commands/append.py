"""APPEND. RFC 9051 §6.3.12; several messages in one command are of RFC 3502 §4."""

from dataclasses import dataclass
from typing import Final

from vaguemestre.imap import grammar
from vaguemestre.imap.append_message import MAX_PARTS, AppendMessage, append_message
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.scanner import Scanner

MAX_MESSAGES: Final = 50  # of one command: each keeps 64 KiB in memory at most until all of them are there


@dataclass(frozen=True, slots=True)
class Append:
    """One message at least, in the order they are filed."""

    mailbox: str
    messages: tuple[AppendMessage, ...]


def parse(scanner: Scanner) -> Append:
    """``APPEND mailbox 1*append-message``."""
    scanner.space()
    mailbox = grammar.mailbox(scanner)
    scanner.space()
    messages = [append_message(scanner)]
    room = MAX_PARTS - len(messages[0].parts)
    while scanner.take(b" "):
        if len(messages) >= MAX_MESSAGES:
            raise CommandSyntaxError(f"Expected at most {MAX_MESSAGES} messages in one command")
        messages.append(append_message(scanner, room))
        room -= len(messages[-1].parts)
    scanner.end()
    return Append(mailbox, tuple(messages))
