"""COMPRESS. RFC 4978 §3."""

from dataclasses import dataclass

from vaguemestre.imap import grammar
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Compress:
    """From now on both sides speak DEFLATE: there is no other mechanism."""


def parse(scanner: Scanner) -> Compress:
    """``COMPRESS DEFLATE``."""
    scanner.space()
    if grammar.word(scanner, "DEFLATE") != "DEFLATE":
        raise CommandSyntaxError("The only compression known here is DEFLATE")
    scanner.end()
    return Compress()
