"""IDLE. RFC 9051 §6.3.13: the client ends it with a line that says DONE and has no tag."""

from dataclasses import dataclass

from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Idle:
    """Tell me at once what changes, until I say DONE."""


def parse(scanner: Scanner) -> Idle:
    """Nothing follows the word."""
    scanner.end()
    return Idle()


def is_done(line: bytes) -> bool:
    """Whether the line that ended IDLE says DONE, in any case."""
    return line.upper() == b"DONE"
