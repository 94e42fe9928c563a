"""STARTTLS. RFC 9051 §6.2.1: whatever was sent after it in clear is thrown away."""

from dataclasses import dataclass

from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class StartTls:
    """From the next octet on, TLS."""


def parse(scanner: Scanner) -> StartTls:
    """Nothing follows the word."""
    scanner.end()
    return StartTls()
