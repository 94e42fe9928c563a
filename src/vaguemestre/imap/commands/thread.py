"""THREAD and UID THREAD. RFC 5256 §3."""

from dataclasses import dataclass
from enum import StrEnum

from vaguemestre.imap import grammar
from vaguemestre.imap.commands import search
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.scanner import Scanner
from vaguemestre.imap.search_key import SearchKey


class Algorithm(StrEnum):
    """How messages are put together."""

    ORDEREDSUBJECT = "ORDEREDSUBJECT"
    REFERENCES = "REFERENCES"


@dataclass(frozen=True, slots=True)
class Thread:
    """The messages that match the key, as threads."""

    algorithm: Algorithm
    key: SearchKey
    by_uid: bool = False


def parse(scanner: Scanner, by_uid: bool = False) -> Thread:
    """``[UID] THREAD algorithm charset key …``."""
    scanner.space()
    try:
        algorithm = Algorithm(grammar.word(scanner, "how to thread"))
    except ValueError:
        raise CommandSyntaxError(f"Expected a threading algorithm among {' '.join(Algorithm)}") from None
    scanner.space()
    codec = search.codec_named(scanner, None)
    return Thread(algorithm, search.keys(scanner, codec), by_uid)


def parse_uid(scanner: Scanner) -> Thread:
    """``UID THREAD``."""
    return parse(scanner, by_uid=True)
