"""SELECT. RFC 9051 §6.3.2; the CONDSTORE parameter is of RFC 7162 §3.1.8."""

from dataclasses import dataclass

from vaguemestre.imap import grammar
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Select:
    """Open a mailbox, to read and to change."""

    mailbox: str
    condstore: bool = False


def parse(scanner: Scanner) -> Select:
    """``SELECT mailbox [(CONDSTORE)]``."""
    return Select(*grammar.mailbox_to_open(scanner))
