"""ID. RFC 2971 §3.1: thirty pairs at most, names of 30 octets and values of 1,024 at most."""

from dataclasses import dataclass

from vaguemestre.imap import grammar
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.scanner import Scanner

MAX_PAIRS = 30
MAX_NAME = 30
MAX_VALUE = 1024


@dataclass(frozen=True, slots=True)
class Id:
    """What the client says of itself: (name in lower case, value or None), as it liked. Empty for NIL."""

    fields: tuple[tuple[str, str | None], ...]


def parse(scanner: Scanner) -> Id:
    """``ID (name value …)`` or ``ID NIL``."""
    scanner.space()
    fields: tuple[tuple[str, str | None], ...] = ()
    if scanner.peek() == b"(":
        fields = grammar.parenthesised(scanner, _pair, limit=MAX_PAIRS)
    elif grammar.word(scanner, "a list or NIL") != "NIL":
        raise CommandSyntaxError("Expected a list or NIL here")
    scanner.end()
    return Id(fields)


def _pair(scanner: Scanner) -> tuple[str, str | None]:
    name = grammar.astring_text(scanner, "the name of a field")
    scanner.space()
    value = grammar.nstring_text(scanner)
    if len(name) > MAX_NAME or len(value or "") > MAX_VALUE:
        raise CommandSyntaxError(f"Expected names of {MAX_NAME} and values of {MAX_VALUE} octets at most")
    return name.lower(), value
