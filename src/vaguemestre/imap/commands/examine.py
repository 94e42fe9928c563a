"""EXAMINE. RFC 9051 §6.3.3; its parameters have a file of their own."""

from dataclasses import dataclass

from vaguemestre.imap import select_parameters
from vaguemestre.imap.scanner import Scanner
from vaguemestre.imap.select_parameters import NO_PARAMETERS, SelectParameters


@dataclass(frozen=True, slots=True)
class Examine:
    r"""Open a mailbox to read only: nothing is changed, \Seen neither."""

    mailbox: str
    parameters: SelectParameters = NO_PARAMETERS


def parse(scanner: Scanner) -> Examine:
    """``EXAMINE mailbox [(parameter …)]``."""
    return Examine(*select_parameters.parse(scanner))
