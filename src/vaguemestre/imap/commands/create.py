r"""CREATE. RFC 9051 §6.3.4; ``USE (\Sent)`` is of RFC 6154 §3.

A name that ends in the delimiter announces that inferiors will be made: it is handed over without it.
"""

from dataclasses import dataclass

from vaguemestre.imap import grammar
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.scanner import Scanner
from vaguemestre.mail.mailbox import DELIMITER


@dataclass(frozen=True, slots=True)
class Create:
    r"""``use`` holds special-use attributes as written (``\Sent``); they may be unknown to us."""

    mailbox: str
    use: tuple[str, ...] = ()


def parse(scanner: Scanner) -> Create:
    """``CREATE mailbox [(USE (attribute …))]``."""
    scanner.space()
    mailbox = grammar.mailbox(scanner).removesuffix(DELIMITER)
    use: tuple[str, ...] = ()
    if scanner.take(b" "):
        scanner.expect(b"(")
        if grammar.word(scanner, "USE") != "USE":
            raise CommandSyntaxError("The only parameter known here is USE")
        scanner.space()
        use = grammar.flag_list(scanner)
        scanner.expect(b")")
    scanner.end()
    return Create(mailbox, use)
