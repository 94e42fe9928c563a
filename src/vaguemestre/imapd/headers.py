"""The headers of many messages in turn: from their cards, or from the octets where a card has none."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from vaguemestre.mail.mailbox import MessageRow
from vaguemestre.mime.card import Card
from vaguemestre.service.open_mailbox import OpenMailbox

MAX_HEADER: Final = 512 * 1024  # octets looked at of a header too long for its card


async def headers(opened: OpenMailbox, rows: Sequence[MessageRow]) -> AsyncIterator[tuple[MessageRow, bytes]]:
    """Rows with their headers, in no certain order; messages that are gone are left out."""
    later: list[MessageRow] = []
    async for part in opened.cards(rows):
        for row, card in part:
            header = Card(card).header
            if header is None:
                later.append(row)
            else:
                yield row, header
    async for bodies in opened.bodies(later):
        for row, body, card in bodies:
            length = min(Card(card).extent[0], MAX_HEADER)
            yield row, b"".join([piece async for piece in opened.octets(body, 0, length)])
