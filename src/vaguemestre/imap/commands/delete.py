"""DELETE. RFC 9051 §6.3.5."""

from dataclasses import dataclass

from vaguemestre.imap import grammar
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete a mailbox."""

    mailbox: str


def parse(scanner: Scanner) -> Delete:
    """``DELETE mailbox``."""
    scanner.space()
    mailbox = grammar.mailbox(scanner)
    scanner.end()
    return Delete(mailbox)
