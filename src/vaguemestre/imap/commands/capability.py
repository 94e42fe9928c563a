"""CAPABILITY. RFC 9051 §6.1.1."""

from dataclasses import dataclass

from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Capability:
    """Which extensions are there?"""


def parse(scanner: Scanner) -> Capability:
    """Nothing follows the word."""
    scanner.end()
    return Capability()
