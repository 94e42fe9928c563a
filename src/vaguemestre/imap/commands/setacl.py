"""SETACL. RFC 4314 §3.1."""

from dataclasses import dataclass

from vaguemestre.imap import grammar, rights
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class SetAcl:
    """Change the rights of somebody on this mailbox; which ones is not kept, no change is made here."""

    mailbox: str
    identifier: str


def parse(scanner: Scanner) -> SetAcl:
    """``SETACL mailbox identifier rights``."""
    scanner.space()
    mailbox = grammar.mailbox(scanner)
    scanner.space()
    identifier = rights.identifier(scanner)
    scanner.space()
    rights.change(scanner)
    scanner.end()
    return SetAcl(mailbox, identifier)
