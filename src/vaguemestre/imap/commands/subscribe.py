"""SUBSCRIBE. RFC 9051 §6.3.7."""

from dataclasses import dataclass

from vaguemestre.imap import grammar
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Add a name to the subscribed ones."""

    mailbox: str


def parse(scanner: Scanner) -> Subscribe:
    """``SUBSCRIBE mailbox``."""
    scanner.space()
    mailbox = grammar.mailbox(scanner)
    scanner.end()
    return Subscribe(mailbox)
