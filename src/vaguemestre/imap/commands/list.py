"""LIST. RFC 9051 §6.3.9: the short form of RFC 3501 and the extended form of RFC 5258.

An empty pattern asks for the delimiter alone. SPECIAL-USE is of RFC 6154 §2, STATUS of RFC 5819.
"""

from dataclasses import dataclass
from enum import StrEnum

from vaguemestre.imap import grammar
from vaguemestre.imap.commands.status import StatusItem, parse_items
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.scanner import Scanner

MAX_PATTERNS = 50


class ListSelect(StrEnum):
    """Which mailboxes: selection options. RFC 5258 §3.1."""

    SUBSCRIBED = "SUBSCRIBED"
    REMOTE = "REMOTE"
    RECURSIVEMATCH = "RECURSIVEMATCH"
    SPECIAL_USE = "SPECIAL-USE"


class ListReturn(StrEnum):
    """What to tell of them: return options. RFC 5258 §3.2; STATUS is apart, for it has arguments."""

    SUBSCRIBED = "SUBSCRIBED"
    CHILDREN = "CHILDREN"
    SPECIAL_USE = "SPECIAL-USE"


@dataclass(frozen=True, slots=True)
class List:
    """``extended`` tells the form; in the short one there is a single pattern and nothing is selected.

    ``status`` holds the items of RETURN (STATUS (…)), empty when it was not asked.
    """

    reference: str
    patterns: tuple[str, ...]
    select: frozenset[ListSelect] = frozenset()
    returns: frozenset[ListReturn] = frozenset()
    status: tuple[StatusItem, ...] = ()
    extended: bool = False


def parse(scanner: Scanner) -> List:
    """``LIST [(select …)] reference pattern|(pattern …) [RETURN (option …)]``."""
    scanner.space()
    extended = False
    select: frozenset[ListSelect] = frozenset()
    if scanner.peek() == b"(":
        extended = True
        select = frozenset(grammar.parenthesised(scanner, _select, limit=10))
        scanner.space()
    reference = grammar.list_mailbox(scanner)
    scanner.space()
    if scanner.peek() == b"(":
        extended = True
        patterns = grammar.parenthesised(scanner, grammar.list_mailbox, limit=MAX_PATTERNS, least=1)
    else:
        patterns = (grammar.list_mailbox(scanner),)
    returns: frozenset[ListReturn] = frozenset()
    status: tuple[StatusItem, ...] = ()
    if scanner.take(b" "):
        extended = True
        if grammar.word(scanner, "RETURN") != "RETURN":
            raise CommandSyntaxError("Expected RETURN here")
        scanner.space()
        options = grammar.parenthesised(scanner, _return, limit=10)
        returns = frozenset(option for option in options if isinstance(option, ListReturn))
        status = next((option for option in options if isinstance(option, tuple)), ())
    scanner.end()
    if select - {ListSelect.REMOTE} == {ListSelect.RECURSIVEMATCH}:
        raise CommandSyntaxError("RECURSIVEMATCH stands with another selection option")
    return List(reference, patterns, select, returns, status, extended)


def _select(scanner: Scanner) -> ListSelect:
    try:
        return ListSelect(grammar.word(scanner, "a selection option"))
    except ValueError:
        raise CommandSyntaxError(f"Expected selection options among {' '.join(ListSelect)}") from None


def _return(scanner: Scanner) -> ListReturn | tuple[StatusItem, ...]:
    option = grammar.word(scanner, "a return option")
    if option == "STATUS":
        scanner.space()
        return parse_items(scanner)
    try:
        return ListReturn(option)
    except ValueError:
        raise CommandSyntaxError(f"Expected return options among {' '.join(ListReturn)} STATUS") from None
