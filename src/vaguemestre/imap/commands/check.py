"""CHECK. RFC 3501 §6.4.1; RFC 9051 dropped it, for NOOP does the same."""

from dataclasses import dataclass

from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Check:
    """A checkpoint: nothing to do here, everything is durable already."""


def parse(scanner: Scanner) -> Check:
    """Nothing follows the word."""
    scanner.end()
    return Check()
