"""LOGOUT. RFC 9051 §6.1.3."""

from dataclasses import dataclass

from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Logout:
    """The client leaves."""


def parse(scanner: Scanner) -> Logout:
    """Nothing follows the word."""
    scanner.end()
    return Logout()
