"""CLOSE. RFC 9051 §6.4.1: expunges in silence, unless the mailbox is open for reading only."""

from dataclasses import dataclass

from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Close:
    """Leave the mailbox, expunging."""


def parse(scanner: Scanner) -> Close:
    """Nothing follows the word."""
    scanner.end()
    return Close()
