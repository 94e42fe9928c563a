"""Decoded parts on their way to a client: BINARY and BINARY.SIZE. RFC 3516 §4.2, §4.3.

A literal says its size before its octets, so a part is decoded twice: once to count, once to send. Counting
costs some ten milliseconds a megabyte, in turns; a part of any size costs one piece of 64 KiB in memory.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple

from vaguemestre.imapd.sections import Decoded
from vaguemestre.mime.decoding import Decoder
from vaguemestre.service.mailboxes.open_mailbox import OpenMailbox
from vaguemestre.service.ports.vault import SealedBody


class Measured(NamedTuple):
    """What goes out: so many octets, NUL among them or not."""

    size: int
    has_nul: bool


def decoded(message: bytes, wanted: Decoded) -> bytes:
    """The printed item, from a message that is open whole."""
    decoder = Decoder(wanted.encoding)
    octets = decoder.feed(message[wanted.start : wanted.start + wanted.length]) + decoder.finish()
    if wanted.partial is not None:
        octets = octets[wanted.partial.origin : wanted.partial.origin + wanted.partial.length]
    told = wanted.told(len(octets), b"\0" in octets)
    return told if wanted.size_only else told + octets


async def pieces(opened: OpenMailbox, body: SealedBody, wanted: Decoded) -> AsyncIterator[bytes]:
    """The octets that go out, piece by piece; the other sessions have their turn between two of them."""
    partial = wanted.partial
    at, start = 0, partial.origin if partial is not None else 0
    stop = start + partial.length if partial is not None else None
    decoder = Decoder(wanted.encoding)
    if wanted.length:
        async for piece in opened.octets(body, wanted.start, wanted.length):
            octets = decoder.feed(piece)
            yield _between(octets, at, start, stop)
            at += len(octets)
            if stop is not None and at >= stop:
                return
            await asyncio.sleep(0)
    yield _between(decoder.finish(), at, start, stop)


async def measured(opened: OpenMailbox, body: SealedBody, wanted: Decoded) -> Measured:
    """How much ``pieces`` will bring."""
    size, has_nul = 0, False
    async for piece in pieces(opened, body, wanted):
        size += len(piece)
        has_nul = has_nul or b"\0" in piece
    return Measured(size, has_nul)


def _between(octets: bytes, at: int, start: int, stop: int | None) -> bytes:
    """Those of the octets, the first of which is the ``at``-th, that stand from ``start`` to ``stop``."""
    return octets[max(0, start - at) : None if stop is None else max(0, stop - at)]
