"""What the services need of a virus scanner: one answer a message, or the word that there is none.
domain.md §3.
"""

from collections.abc import Iterable
from typing import Protocol


class AntivirusDownError(Exception):
    """The scanner did not answer, or not with a verdict: the message was not scanned."""


class Antivirus(Protocol):
    """Looks into whole messages."""

    async def scan(self, octets: Iterable[bytes]) -> str | None:
        """The name of what was found, None when nothing was. Raises AntivirusDownError, and nothing else.

        ``octets`` come in pieces of at most 64 KiB, one at a time as they are wanted.
        """
        ...
