r"""EXPUNGE. RFC 9051 §6.4.3; UID EXPUNGE is of RFC 9051 §6.4.9."""

from dataclasses import dataclass

from vaguemestre.imap import grammar
from vaguemestre.imap.scanner import Scanner
from vaguemestre.imap.sequence import SequenceSet


@dataclass(frozen=True, slots=True)
class Expunge:
    r"""Remove what is \Deleted: everything, or only among ``uids``."""

    uids: SequenceSet | None = None


def parse(scanner: Scanner) -> Expunge:
    """``EXPUNGE``."""
    scanner.end()
    return Expunge()


def parse_uid(scanner: Scanner) -> Expunge:
    """``UID EXPUNGE set``."""
    scanner.space()
    uids = grammar.sequence_set(scanner)
    scanner.end()
    return Expunge(uids)
