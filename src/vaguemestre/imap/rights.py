"""Rights on a mailbox, a letter each. RFC 4314 §2.1.

Nothing is granted by IMAP: the holder's rights are always the same, but for what the mailbox itself does not
allow, and those of who reads for him come with his grant. ``p`` is never among them: mail is sent to
accounts, not to mailboxes.
"""

import re
import unicodedata
from typing import Final

from vaguemestre.imap import grammar
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.scanner import Scanner

MAX_IDENTIFIER: Final = 1000  # octets; an address has 254

LOOKING: Final = b"lr"
READING: Final = b"lrs"
"""Of a mailbox that only the server writes in: list it, read it, and mark messages as read."""

# RFC 4314 §3.1: what is no right must be BAD; c and d stand for several (RFC 4314 §2.1.1).
_CHANGE: Final = re.compile(rb"[+-]?[lrswipkxteacd]*")


def of_holder(*, inferiors: bool, leaves: bool) -> bytes:
    """The rights of the account that a mailbox belongs to, ``c`` and ``d`` of RFC 4314 §2.1.1 included.

    ``inferiors`` when mailboxes can be made below it, ``leaves`` when it can be deleted or renamed.
    """
    create = (b"k" if inferiors else b"") + (b"x" if leaves else b"")
    return b"lrswi%bte%bda" % (create, b"c" if create else b"")


def of_reader(
    *, marks: bool, files: bool, deletes: bool, shapes: bool, inferiors: bool, leaves: bool
) -> bytes:
    """Those of somebody who reads a mailbox for its holder, in the order of ``of_holder``."""
    create = (b"k" if inferiors else b"") + (b"x" if leaves else b"") if shapes else b""
    pieces = (b"sw" if marks else b"", b"i" if files else b"", create)
    old = (b"te" if deletes else b"") + (b"c" if create else b"") + (b"d" if deletes else b"")
    return b"lr" + b"".join(pieces) + old


def identifier(scanner: Scanner) -> str:
    """Whom rights are for. RFC 4314 §3 asks for BAD when nothing, or what nobody is called, is left of it."""
    text = grammar.astring_text(scanner, "an identifier")
    if not text or any(unicodedata.category(character) == "Cc" for character in text):
        raise CommandSyntaxError("Expected an identifier without control characters")
    if len(text.encode()) > MAX_IDENTIFIER:
        raise CommandSyntaxError(f"Expected an identifier of at most {MAX_IDENTIFIER} octets")
    return text


def change(scanner: Scanner) -> None:
    """``+lr``, ``-x`` or ``lrs``, only to see that it is one."""
    if _CHANGE.fullmatch(grammar.astring(scanner, "rights")) is None:
        raise CommandSyntaxError("Expected rights among lrswipkxteacd, in small letters")
