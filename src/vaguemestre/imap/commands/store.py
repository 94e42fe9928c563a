"""STORE and UID STORE. RFC 9051 §6.4.6; UNCHANGEDSINCE is of RFC 7162 §3.1.3."""

import re
from dataclasses import dataclass
from enum import StrEnum

from vaguemestre.imap import grammar
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.scanner import Scanner
from vaguemestre.imap.sequence import SequenceSet

# RFC 9051 §9: store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
_ITEM = re.compile(rb"([+-]?)FLAGS(\.SILENT)?(?= )", re.IGNORECASE)


class StoreMode(StrEnum):
    """What is done with the flags named."""

    REPLACE = ""
    ADD = "+"
    REMOVE = "-"


@dataclass(frozen=True, slots=True)
class Store:
    """``flags`` as written; ``silent`` asks that the new flags be not told."""

    messages: SequenceSet
    mode: StoreMode
    flags: tuple[str, ...]
    silent: bool = False
    by_uid: bool = False
    unchanged_since: int | None = None


def parse(scanner: Scanner, by_uid: bool = False) -> Store:
    """``[UID] STORE set [(UNCHANGEDSINCE modseq)] [+|-]FLAGS[.SILENT] flags``."""
    scanner.space()
    messages = grammar.sequence_set(scanner)
    scanner.space()
    unchanged_since: int | None = None
    if scanner.take(b"("):
        if grammar.word(scanner, "UNCHANGEDSINCE") != "UNCHANGEDSINCE":
            raise CommandSyntaxError("The only modifier known here is UNCHANGEDSINCE")
        scanner.space()
        unchanged_since = grammar.number64(scanner)
        scanner.expect(b")")
        scanner.space()
    item = scanner.match(_ITEM, "FLAGS, +FLAGS or -FLAGS, with .SILENT or without,")
    scanner.space()
    flags = grammar.flag_list(scanner) if scanner.peek() == b"(" else _bare_flags(scanner)
    scanner.end()
    mode = StoreMode(item[1].decode("ascii"))
    return Store(messages, mode, flags, item[2] is not None, by_uid, unchanged_since)


def parse_uid(scanner: Scanner) -> Store:
    """``UID STORE``."""
    return parse(scanner, by_uid=True)


def _bare_flags(scanner: Scanner) -> tuple[str, ...]:
    flags = [grammar.flag(scanner)]
    while scanner.take(b" "):
        if len(flags) >= grammar.MAX_FLAGS:
            raise CommandSyntaxError(f"Expected at most {grammar.MAX_FLAGS} flags")
        flags.append(grammar.flag(scanner))
    return tuple(flags)
