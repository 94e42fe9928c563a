"""RENAME. RFC 9051 §6.3.6: renaming INBOX moves its messages and leaves an empty INBOX."""

from dataclasses import dataclass

from vaguemestre.imap import grammar
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Rename:
    """From ``source`` to ``target``, inferiors with it."""

    source: str
    target: str


def parse(scanner: Scanner) -> Rename:
    """``RENAME source target``."""
    scanner.space()
    source = grammar.mailbox(scanner)
    scanner.space()
    target = grammar.mailbox(scanner)
    scanner.end()
    return Rename(source, target)
