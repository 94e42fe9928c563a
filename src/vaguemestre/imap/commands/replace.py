"""REPLACE and UID REPLACE: a message takes the place of another. RFC 8508 §3.2, §3.3."""

from dataclasses import dataclass

from vaguemestre.imap import grammar
from vaguemestre.imap.append_message import AppendMessage, append_message
from vaguemestre.imap.scanner import Scanner
from vaguemestre.imap.sequence import SequenceSet


@dataclass(frozen=True, slots=True)
class Replace:
    """``replaced`` is one message of the mailbox that is open; ``message`` is filed in ``mailbox``."""

    replaced: SequenceSet
    mailbox: str
    message: AppendMessage
    by_uid: bool = False


def parse(scanner: Scanner, by_uid: bool = False) -> Replace:
    """``[UID] REPLACE seq-number mailbox append-message``."""
    scanner.space()
    replaced = grammar.one_message(scanner)
    scanner.space()
    mailbox = grammar.mailbox(scanner)
    scanner.space()
    message = append_message(scanner)
    scanner.end()
    return Replace(replaced, mailbox, message, by_uid)


def parse_uid(scanner: Scanner) -> Replace:
    """``UID REPLACE``."""
    return parse(scanner, by_uid=True)
