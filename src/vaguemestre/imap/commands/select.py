"""SELECT. RFC 9051 §6.3.2; its parameters have a file of their own."""

from dataclasses import dataclass

from vaguemestre.imap import select_parameters
from vaguemestre.imap.scanner import Scanner
from vaguemestre.imap.select_parameters import NO_PARAMETERS, SelectParameters


@dataclass(frozen=True, slots=True)
class Select:
    """Open a mailbox, to read and to change."""

    mailbox: str
    parameters: SelectParameters = NO_PARAMETERS


def parse(scanner: Scanner) -> Select:
    """``SELECT mailbox [(parameter …)]``."""
    return Select(*select_parameters.parse(scanner))
