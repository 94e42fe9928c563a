"""EXAMINE. RFC 9051 §6.3.3; the CONDSTORE parameter is of RFC 7162 §3.1.8."""

from dataclasses import dataclass

from vaguemestre.imap import grammar
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Examine:
    r"""Open a mailbox to read only: nothing is changed, \Seen neither."""

    mailbox: str
    condstore: bool = False


def parse(scanner: Scanner) -> Examine:
    """``EXAMINE mailbox [(CONDSTORE)]``."""
    return Examine(*grammar.mailbox_to_open(scanner))
