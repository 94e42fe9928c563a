"""UNSUBSCRIBE. RFC 9051 §6.3.8."""

from dataclasses import dataclass

from vaguemestre.imap import grammar
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Remove a name from the subscribed ones."""

    mailbox: str


def parse(scanner: Scanner) -> Unsubscribe:
    """``UNSUBSCRIBE mailbox``."""
    scanner.space()
    mailbox = grammar.mailbox(scanner)
    scanner.end()
    return Unsubscribe(mailbox)
