"""GETQUOTAROOT. RFC 9208 §4.1.2."""

from dataclasses import dataclass

from vaguemestre.imap import grammar
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class GetQuotaRoot:
    """Which quotas weigh on this mailbox?"""

    mailbox: str


def parse(scanner: Scanner) -> GetQuotaRoot:
    """``GETQUOTAROOT mailbox``."""
    scanner.space()
    mailbox = grammar.mailbox(scanner)
    scanner.end()
    return GetQuotaRoot(mailbox)
