"""MOVE and UID MOVE. RFC 9051 §6.4.8."""

from dataclasses import dataclass

from vaguemestre.imap import grammar
from vaguemestre.imap.scanner import Scanner
from vaguemestre.imap.sequence import SequenceSet


@dataclass(frozen=True, slots=True)
class Move:
    """Messages by number, or by UID, to the end of another mailbox."""

    messages: SequenceSet
    mailbox: str
    by_uid: bool = False


def parse(scanner: Scanner, by_uid: bool = False) -> Move:
    """``[UID] MOVE set mailbox``."""
    return Move(*grammar.messages_and_target(scanner), by_uid)


def parse_uid(scanner: Scanner) -> Move:
    """``UID MOVE``."""
    return parse(scanner, by_uid=True)
