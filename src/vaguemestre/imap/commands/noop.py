"""NOOP. RFC 9051 §6.1.2."""

from dataclasses import dataclass

from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Noop:
    """Is there anything new?"""


def parse(scanner: Scanner) -> Noop:
    """Nothing follows the word."""
    scanner.end()
    return Noop()
