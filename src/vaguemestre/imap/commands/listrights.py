"""LISTRIGHTS. RFC 4314 §3.4."""

from dataclasses import dataclass

from vaguemestre.imap import grammar, rights
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class ListRights:
    """What may be granted to somebody on this mailbox?"""

    mailbox: str
    identifier: str


def parse(scanner: Scanner) -> ListRights:
    """``LISTRIGHTS mailbox identifier``."""
    scanner.space()
    mailbox = grammar.mailbox(scanner)
    scanner.space()
    identifier = rights.identifier(scanner)
    scanner.end()
    return ListRights(mailbox, identifier)
