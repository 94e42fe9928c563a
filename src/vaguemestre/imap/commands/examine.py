"""EXAMINE. RFC 9051 §6.3.3; the CONDSTORE parameter is of RFC 7162 §3.1.8."""

from dataclasses import dataclass

from vaguemestre.imap import grammar
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Examine:
    r"""Open a mailbox to read only: nothing is changed, \Seen neither."""

    mailbox: str
    condstore: bool = False


def parse(scanner: Scanner) -> Examine:
    """``EXAMINE mailbox [(CONDSTORE)]``."""
    scanner.space()
    mailbox = grammar.mailbox(scanner)
    condstore = False
    if scanner.take(b" "):
        for parameter in grammar.parenthesised(scanner, grammar.word, limit=10, least=1):
            if parameter != "CONDSTORE":
                raise CommandSyntaxError("The only parameter known here is CONDSTORE")
            condstore = True
    scanner.end()
    return Examine(mailbox, condstore)
