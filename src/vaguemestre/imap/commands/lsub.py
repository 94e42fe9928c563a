"""LSUB. RFC 3501 §6.3.9; RFC 9051 has LIST (SUBSCRIBED) in its place."""

from dataclasses import dataclass

from vaguemestre.imap import grammar
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Lsub:
    """Subscribed names under ``reference`` that match ``pattern``."""

    reference: str
    pattern: str


def parse(scanner: Scanner) -> Lsub:
    """``LSUB reference pattern``."""
    scanner.space()
    reference = grammar.list_mailbox(scanner)
    scanner.space()
    pattern = grammar.list_mailbox(scanner)
    scanner.end()
    return Lsub(reference, pattern)
