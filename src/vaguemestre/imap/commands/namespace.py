"""NAMESPACE. RFC 9051 §6.3.10."""

from dataclasses import dataclass

from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Namespace:
    """Where do mailboxes live?"""


def parse(scanner: Scanner) -> Namespace:
    """Nothing follows the word."""
    scanner.end()
    return Namespace()
