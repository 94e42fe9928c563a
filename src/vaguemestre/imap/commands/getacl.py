"""GETACL. RFC 4314 §3.3."""

from dataclasses import dataclass

from vaguemestre.imap import grammar
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class GetAcl:
    """Who may do what with this mailbox?"""

    mailbox: str


def parse(scanner: Scanner) -> GetAcl:
    """``GETACL mailbox``."""
    scanner.space()
    mailbox = grammar.mailbox(scanner)
    scanner.end()
    return GetAcl(mailbox)
