"""A message as it leaves: its sealed octets without Return-Path, and what must be known before MAIL.

RFC 5321 §4.4: Return-Path is written by whoever delivers; a message on its way has none. Nothing else is
touched, because a signature may stand on it.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from vaguemestre.service.ports.vault import SealedBody, Vault

_RETURN_PATH: Final = b"return-path:"


@dataclass(frozen=True, slots=True)
class OutgoingContent:
    """``size`` in octets as they are sent; ``skipped``: those before, which are not."""

    body: SealedBody
    size: int
    skipped: int
    is_eight_bit: bool
    is_utf8: bool

    async def pieces(self, vault: Vault) -> AsyncIterator[bytes]:
        """All of it, opened as it goes. Raises KeyDestroyedError, SealBrokenError."""
        async for piece in vault.open_octets(self.body, self.skipped):
            yield piece


async def examine(vault: Vault, body: SealedBody) -> OutgoingContent:
    """One pass over it. ``is_utf8`` is of the header, up to the first empty line."""
    skipped = 0
    is_first = True
    is_eight_bit = is_utf8 = False
    tail: bytes | None = b""  # the last octets of the header so far; None once it has ended
    async for piece in vault.open_octets(body):
        if is_first and piece[: len(_RETURN_PATH)].lower() == _RETURN_PATH:
            skipped = piece.find(b"\r\n") + 2
        is_first = False
        is_eight_bit = is_eight_bit or not piece.isascii()
        if tail is not None:
            end = (tail + piece).find(b"\r\n\r\n")
            header = piece if end < 0 else piece[: max(end - len(tail), 0)]
            is_utf8 = is_utf8 or not header.isascii()
            tail = (tail + piece)[-3:] if end < 0 else None
    return OutgoingContent(body, body.size - skipped, skipped, is_eight_bit, is_utf8)
