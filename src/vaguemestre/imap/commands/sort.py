"""SORT and UID SORT. RFC 5256 §3; RETURN is of RFC 5267 §3, the DISPLAY keys of RFC 5957 §4."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vaguemestre.imap import grammar
from vaguemestre.imap.commands import search
from vaguemestre.imap.commands.search import ReturnOption
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.scanner import Scanner
from vaguemestre.imap.search_key import SearchKey

MAX_CRITERIA: Final = 20  # there are nine; naming one twice changes nothing


class SortKey(StrEnum):
    """What messages are put in order by."""

    ARRIVAL = "ARRIVAL"
    CC = "CC"
    DATE = "DATE"
    DISPLAYFROM = "DISPLAYFROM"
    DISPLAYTO = "DISPLAYTO"
    FROM = "FROM"
    SIZE = "SIZE"
    SUBJECT = "SUBJECT"
    TO = "TO"


@dataclass(frozen=True, slots=True)
class Criterion:
    """A key, and whether its order is turned round."""

    key: SortKey
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Sort:
    """The first of the criteria counts most; messages alike in all of them stand by number."""

    criteria: tuple[Criterion, ...]
    key: SearchKey
    returns: frozenset[ReturnOption] | None = None
    by_uid: bool = False


def parse(scanner: Scanner, by_uid: bool = False) -> Sort:
    """``[UID] SORT [RETURN (…)] ([REVERSE] criterion …) charset key …``."""
    scanner.space()
    returns = search.return_options(scanner)
    criteria = grammar.parenthesised(scanner, _criterion, limit=MAX_CRITERIA, least=1)
    scanner.space()
    codec = search.codec_named(scanner, returns)
    return Sort(criteria, search.keys(scanner, codec), returns, by_uid)


def parse_uid(scanner: Scanner) -> Sort:
    """``UID SORT``."""
    return parse(scanner, by_uid=True)


def _criterion(scanner: Scanner) -> Criterion:
    reverse = scanner.take_word(b"REVERSE ")
    try:
        return Criterion(SortKey(grammar.word(scanner, "what to sort by")), reverse)
    except ValueError:
        raise CommandSyntaxError(f"Expected sort keys among {' '.join(SortKey)}") from None
