"""What was found inside an attachment once it was opened: words that rules judge by. domain.md §3.

``mime`` finds, ``policy`` says what becomes of it. One finding of each flaw is kept of an attachment: the
first is enough to refuse, and to tell the sender where to look.
"""

from dataclasses import dataclass
from enum import StrEnum


class Flaw(StrEnum):
    """What may stand against an attachment."""

    PROGRAM = "program"  # a program or script inside an archive or a document
    MACRO = "macro"  # a document that holds a program
    ENCRYPTED = "encrypted"
    NESTED = "nested"  # an archive inside an archive
    SIZE = "size"  # unpacks to more than the limit
    RATIO = "ratio"  # unpacks to too many times its size
    ENTRIES = "entries"  # holds too many files
    BROKEN = "broken"  # two programs would read it in two ways, or none would
    CLOSED = "closed"  # of a kind, or packed in a way, that is not opened here


@dataclass(frozen=True, slots=True)
class Finding:
    """One flaw: ``where`` is the name of the file inside, empty for the attachment itself.

    ``amount`` and ``limit`` are octets for SIZE, times for RATIO, files for ENTRIES.
    """

    flaw: Flaw
    where: str = ""
    amount: int = 0
    limit: int = 0
