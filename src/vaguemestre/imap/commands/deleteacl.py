"""DELETEACL. RFC 4314 §3.2."""

from dataclasses import dataclass

from vaguemestre.imap import grammar, rights
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class DeleteAcl:
    """Take every right on this mailbox from somebody."""

    mailbox: str
    identifier: str


def parse(scanner: Scanner) -> DeleteAcl:
    """``DELETEACL mailbox identifier``."""
    scanner.space()
    mailbox = grammar.mailbox(scanner)
    scanner.space()
    identifier = rights.identifier(scanner)
    scanner.end()
    return DeleteAcl(mailbox, identifier)
