"""GETQUOTA. RFC 9208 §4.1.1."""

from dataclasses import dataclass

from vaguemestre.imap import grammar
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class GetQuota:
    """How much of this quota root is used? Ours is the empty name."""

    root: str


def parse(scanner: Scanner) -> GetQuota:
    """``GETQUOTA root``."""
    scanner.space()
    root = grammar.astring_text(scanner, "the name of a quota root")
    scanner.end()
    return GetQuota(root)
