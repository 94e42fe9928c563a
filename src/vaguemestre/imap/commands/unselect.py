"""UNSELECT. RFC 9051 §6.4.2."""

from dataclasses import dataclass

from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Unselect:
    """Leave the mailbox, expunging nothing."""


def parse(scanner: Scanner) -> Unselect:
    """Nothing follows the word."""
    scanner.end()
    return Unselect()
