r"""FETCH and UID FETCH. RFC 9051 §6.4.5.

Three ways, by what must be opened: nothing (rows in memory, printed by columns), cards (ENVELOPE,
structures, the header), octets. Responses go out in pieces that wait for the client; nothing is locked
meanwhile. \Seen is written once, at the end, for all the messages whose content went out.
"""

from collections.abc import Sequence
from typing import Final

import structlog

from vaguemestre.imap import codes
from vaguemestre.imap.commands.fetch import Fetch, FetchAttribute, FetchItem
from vaguemestre.imap.fetch_response import FETCH_END, ROW_ITEMS, fetch_line, fetch_lines, item_name
from vaguemestre.imap.strings import literal
from vaguemestre.imapd.outcome import CommandRefused, Done, not_announced
from vaguemestre.imapd.sections import Wanted, card_items, needs_octets, printed
from vaguemestre.imapd.selected import Selected
from vaguemestre.imapd.session import ClientSession
from vaguemestre.mail.mailbox import SEEN, MessageRow, SeqNum, Uid
from vaguemestre.mime.card import Card, envelope_of
from vaguemestre.service.message_changes import FlagChange, FlagMode
from vaguemestre.service.open_mailbox import OpenMailbox
from vaguemestre.service.ports import SealedBody

ROWS_AT_ONCE: Final = 2_000  # about a millisecond of printing
WHOLE: Final = 64 * 1024  # octets: up to here a message is opened whole and its sections are cut from it

_log = structlog.get_logger()


async def run(session: ClientSession, command: Fetch) -> Done:
    """Send what is asked of the messages meant that are still there."""
    if command.changed_since is not None:
        raise not_announced("CONDSTORE")
    selected = session.open
    meant = len(selected.uids(command.messages, command.by_uid))
    seqnums, rows = selected.rows(command.messages, command.by_uid)
    fetching = _Fetching(
        session, selected, command.items, {row.uid: seqnum for row, seqnum in zip(rows, seqnums, strict=True)}
    )
    if any(needs_octets(item) for item in command.items):
        sent = await fetching.octets(rows)
    elif card_items(command.items):
        sent = await fetching.cards(rows)
    else:
        sent = await fetching.rows(seqnums, rows)
    if command.sets_seen and not selected.read_only:
        await _set_seen(session, selected, rows)
    if sent < meant and not command.by_uid:
        raise CommandRefused("Some of these messages are gone", codes.EXPUNGEISSUED)
    return Done("FETCH completed")


async def _set_seen(session: ClientSession, selected: Selected, rows: Sequence[MessageRow]) -> None:
    unseen: list[Uid] = [row.uid for row in rows if not row.flags & SEEN]
    if unseen:
        await selected.opened.store_flags(session.holder, unseen, FlagChange(FlagMode.ADD, SEEN))


class _Fetching:
    """One FETCH under way. Each way returns how many messages were sent."""

    def __init__(
        self,
        session: ClientSession,
        selected: Selected,
        items: tuple[FetchItem, ...],
        numbers: dict[Uid, SeqNum],
    ) -> None:
        self._out = session.out
        self._selected = selected
        self._opened: OpenMailbox = selected.opened
        self._items = items
        self._content = card_items(items)
        self._numbers = numbers

    async def rows(self, seqnums: Sequence[SeqNum], rows: Sequence[MessageRow]) -> int:
        """Nothing is opened."""
        names = self._selected.names
        for start in range(0, len(rows), ROWS_AT_ONCE):
            stop = start + ROWS_AT_ONCE
            lines = fetch_lines(self._items, seqnums[start:stop], rows[start:stop], names)
            self._out.write(b"".join(lines))
            await self._out.drain()
        return len(rows)

    async def cards(self, rows: Sequence[MessageRow]) -> int:
        """Cards are opened, a slice at a time; the octets of those few whose header was too long to keep."""
        sent = 0
        later: list[MessageRow] = []
        only_envelope = self._content == [FetchAttribute.ENVELOPE]
        async for part in self._opened.cards(rows):
            there: list[MessageRow] = []
            columns: list[list[bytes]] = [[] for _ in self._content]
            if only_envelope:
                there = [row for row, _ in part]
                columns[0] = [envelope_of(octets) for _, octets in part]
            else:
                for row, octets in part:
                    card = Card(octets)
                    values = [printed(item, card) for item in self._content]
                    ready = [value for value in values if isinstance(value, bytes)]
                    if len(ready) < len(values):
                        later.append(row)
                        continue
                    there.append(row)
                    for column, value in zip(columns, ready, strict=True):
                        column.append(value)
            given = dict(zip(self._content, columns, strict=True))
            seqnums = [self._numbers[row.uid] for row in there]
            lines = fetch_lines(self._items, seqnums, there, self._selected.names, given)
            self._out.write(b"".join(lines))
            sent += len(there)
            await self._out.drain()
        return sent + (await self.octets(later) if later else 0)

    async def octets(self, rows: Sequence[MessageRow]) -> int:
        """Messages are opened: small ones whole, of large ones the stretches asked for, piece by piece."""
        sent = 0
        async for part in self._opened.bodies(rows):
            for row, body, octets in part:
                card = Card(octets)
                if row.size <= WHOLE:
                    await self._whole(row, body, card)
                else:
                    await self._stretches(row, body, card)
                sent += 1
                await self._out.drain()
        return sent

    async def _whole(self, row: MessageRow, body: SealedBody, card: Card) -> None:
        message = b"".join([piece async for piece in self._opened.octets(body)])
        values: list[tuple[FetchItem, bytes]] = []
        for item in self._items:
            value = self._from_row(item, row) if item in ROW_ITEMS else printed(item, card)
            if isinstance(value, Wanted):
                value = literal(value.kept(message[value.start : value.start + value.length]))
            values.append((item, value))
        self._out.write(fetch_line(self._numbers[row.uid], values))

    async def _stretches(self, row: MessageRow, body: SealedBody, card: Card) -> None:
        self._out.write(b"* %d FETCH (" % self._numbers[row.uid])
        for position, item in enumerate(self._items):
            self._out.write((b" " if position else b"") + item_name(item) + b" ")
            value = self._from_row(item, row) if item in ROW_ITEMS else printed(item, card)
            if isinstance(value, bytes):
                self._out.write(value)
            elif value.filtered is not None:
                pieces = [piece async for piece in self._opened.octets(body, value.start, value.length)]
                self._out.write(literal(value.kept(b"".join(pieces))))
            else:
                await self._stream(body, value)
        self._out.write(FETCH_END)

    async def _stream(self, body: SealedBody, wanted: Wanted) -> None:
        self._out.write(b"{%d}\r\n" % wanted.length)
        left = wanted.length
        try:
            if left:
                async for piece in self._opened.octets(body, wanted.start, wanted.length):
                    left -= len(piece)
                    self._out.write(piece)
                    await self._out.drain()
            if left:
                raise ValueError(f"{left} octets are missing")
        except ConnectionError:
            raise
        except Exception as error:
            # So many octets were promised: nothing that is said now would be understood.
            _log.exception("imap_fetch_broken", missing=left)
            raise ConnectionAbortedError("a message could not be sent to its end") from error

    def _from_row(self, item: FetchItem, row: MessageRow) -> bytes:
        """One row item of one message, as it is printed."""
        (line,) = fetch_lines([item], [self._numbers[row.uid]], [row], self._selected.names)
        _, _, rest = line.partition(item_name(item) + b" ")
        return rest[: -len(FETCH_END)]
