"""MYRIGHTS. RFC 4314 §3.5."""

from dataclasses import dataclass

from vaguemestre.imap import grammar
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class MyRights:
    """What may I do with this mailbox?"""

    mailbox: str


def parse(scanner: Scanner) -> MyRights:
    """``MYRIGHTS mailbox``."""
    scanner.space()
    mailbox = grammar.mailbox(scanner)
    scanner.end()
    return MyRights(mailbox)
