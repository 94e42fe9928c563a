"""What is made of the headers of many messages: once, and then kept beside their cards.

Headers are read from cards, or from the octets where a card has none.
"""

from collections.abc import AsyncIterator, Sequence
from itertools import islice
from typing import Final, TypeVar

from vaguemestre.imapd.turns import Turns
from vaguemestre.mail.mailbox import MessageRow, Uid
from vaguemestre.mime import card as cards
from vaguemestre.service.mailboxes.open_mailbox import OpenMailbox
from vaguemestre.service.mailboxes.opened_cards import Digest, Kept
from vaguemestre.service.ports.vault import KeyDay

T = TypeVar("T")

MAX_HEADER: Final = 512 * 1024  # octets looked at of a header too long for its card
FOUND_AT_ONCE: Final = 2_000  # half a microsecond each
KEPT_AT_ONCE: Final = 256


async def digests(
    opened: OpenMailbox, rows: Sequence[MessageRow], digest: Digest[T], turns: Turns
) -> dict[Uid, T]:
    """That of each message; those that are gone are left out. Raises StoreBusyError."""
    column: dict[Uid, T] = {}
    lacking: list[MessageRow] = []
    left = iter(rows)
    while part := list(islice(left, FOUND_AT_ONCE)):
        for row, kept in zip(part, opened.digests(digest, [row.uid for row in part]), strict=True):
            if kept is None:
                lacking.append(row)
            else:
                column[row.uid] = kept[1]
        await turns.pause()
    fresh: dict[Uid, Kept[T]] = {}
    async for row, day, header in _headers(opened, lacking):
        made = column[row.uid] = digest.make(header)
        fresh[row.uid] = (day, made)
        if len(fresh) >= KEPT_AT_ONCE:
            opened.keep_digests(digest, fresh)
            fresh = {}
        await turns.pause()
    opened.keep_digests(digest, fresh)
    return column


async def _headers(
    opened: OpenMailbox, rows: Sequence[MessageRow]
) -> AsyncIterator[tuple[MessageRow, KeyDay, bytes]]:
    """Rows, the days of their keys and their headers, in no certain order."""
    later: list[MessageRow] = []
    async for part, dated in opened.dated_cards(rows):
        blocks = cards.headers([card for _, card in dated])
        for row, (day, _), header in zip(part, dated, blocks, strict=True):
            if header is None:
                later.append(row)
            else:
                yield row, day, header
    async for bodies in opened.bodies(later):
        for row, body, card in bodies:
            length = min(cards.Card(card).extent[0], MAX_HEADER)
            yield row, body.day, b"".join([piece async for piece in opened.octets(body, 0, length)])
