"""STATUS. RFC 9051 §6.3.11; HIGHESTMODSEQ is of RFC 7162 §3.1.7, RECENT of RFC 3501 §6.3.10.

APPENDLIMIT is of RFC 7889 §3.1, MAILBOXID of RFC 8474 §4.3. RECENT is no more for who enabled IMAP4rev2.
"""

from dataclasses import dataclass
from enum import StrEnum

from vaguemestre.imap import grammar
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.scanner import Scanner


class StatusItem(StrEnum):
    """What can be asked of a mailbox that is not open."""

    MESSAGES = "MESSAGES"
    RECENT = "RECENT"
    UIDNEXT = "UIDNEXT"
    UIDVALIDITY = "UIDVALIDITY"
    UNSEEN = "UNSEEN"
    DELETED = "DELETED"
    SIZE = "SIZE"
    HIGHESTMODSEQ = "HIGHESTMODSEQ"
    APPENDLIMIT = "APPENDLIMIT"
    MAILBOXID = "MAILBOXID"


@dataclass(frozen=True, slots=True)
class Status:
    """Items in the order asked, each once."""

    mailbox: str
    items: tuple[StatusItem, ...]


def parse(scanner: Scanner) -> Status:
    """``STATUS mailbox (item …)``."""
    scanner.space()
    mailbox = grammar.mailbox(scanner)
    scanner.space()
    items = parse_items(scanner)
    scanner.end()
    return Status(mailbox, items)


def parse_items(scanner: Scanner) -> tuple[StatusItem, ...]:
    """``(item …)``, as LIST asks for them too (RFC 5819 §2)."""
    return tuple(dict.fromkeys(grammar.parenthesised(scanner, _item, limit=20, least=1)))


def _item(scanner: Scanner) -> StatusItem:
    known = [item for item in StatusItem if item is not StatusItem.RECENT or not scanner.session.rev2]
    word = grammar.word(scanner, "a status item")
    if word not in known:
        raise CommandSyntaxError(f"Expected status items among {' '.join(known)}")
    return StatusItem(word)
