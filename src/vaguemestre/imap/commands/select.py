"""SELECT. RFC 9051 §6.3.2; the CONDSTORE parameter is of RFC 7162 §3.1.8."""

from dataclasses import dataclass

from vaguemestre.imap import grammar
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Select:
    """Open a mailbox, to read and to change."""

    mailbox: str
    condstore: bool = False


def parse(scanner: Scanner) -> Select:
    """``SELECT mailbox [(CONDSTORE)]``."""
    scanner.space()
    mailbox = grammar.mailbox(scanner)
    condstore = False
    if scanner.take(b" "):
        for parameter in grammar.parenthesised(scanner, grammar.word, limit=10, least=1):
            if parameter != "CONDSTORE":
                raise CommandSyntaxError("The only parameter known here is CONDSTORE")
            condstore = True
    scanner.end()
    return Select(mailbox, condstore)
