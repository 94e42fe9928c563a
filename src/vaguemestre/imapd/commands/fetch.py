r"""FETCH and UID FETCH. RFC 9051 §6.4.5; CHANGEDSINCE is of RFC 7162 §3.1.4.1, VANISHED of RFC 7162 §3.2.6.

Three ways, by what must be opened: nothing (rows in memory, printed by columns), cards (ENVELOPE,
structures, the header), octets. Responses go out in pieces that wait for the client; nothing is locked
meanwhile. \Seen is written once, at the end, for all the messages whose content went out.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final, TypeAlias

import structlog

from vaguemestre.imap import codes, responses
from vaguemestre.imap.commands.fetch import Fetch, FetchAttribute, FetchItem
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.fetch_response import FETCH_END, ROW_ITEMS, fetch_lines, item_name
from vaguemestre.imap.internal_date import internal_date
from vaguemestre.imap.sequence import SequenceSet
from vaguemestre.imap.strings import literal
from vaguemestre.imapd.decoded import decoded, measured, pieces
from vaguemestre.imapd.errors import GONE
from vaguemestre.imapd.outcome import CommandRefused, Done
from vaguemestre.imapd.sections import (
    Decoded,
    UnknownEncodingError,
    Wanted,
    card_items,
    column,
    is_whole,
    needs_octets,
    printed,
)
from vaguemestre.imapd.selected import Selected
from vaguemestre.imapd.session import ClientSession
from vaguemestre.mail.mailbox import SEEN, MessageRow, Uid
from vaguemestre.mime.card import Card
from vaguemestre.service.mailboxes.changes import FlagChange, FlagMode
from vaguemestre.service.mailboxes.open_mailbox import OpenMailbox
from vaguemestre.service.ports.vault import SealedBody

ROWS_AT_ONCE: Final = 2_000  # about a millisecond of printing
WHOLE: Final = 64 * 1024  # octets: up to here a message is opened whole and its sections are cut from it

_log = structlog.get_logger()


async def run(session: ClientSession, command: Fetch) -> Done:
    """Send what is asked of the messages meant, those gone of which the client was not told included.

    RFC 2180 §4.1.1 allows that; only when their octets are destroyed is the answer NO.
    """
    selected = session.open
    if command.vanished:
        await _tell_vanished(session, selected, command)
    rows: Sequence[MessageRow]
    rows, missing = selected.readable(command.messages, command.by_uid)
    if command.changed_since is not None:
        rows = [row for row in rows if row.modseq > command.changed_since]
    if command.partial is not None:  # RFC 9394 §3.4: of those that changed, when CHANGEDSINCE is there too
        rows = command.partial.of(rows)
    fetching = _Fetching(session, selected, command.items)
    missing += len(rows) - await fetching.send(rows)
    if command.sets_seen and not selected.read_only:
        await _set_seen(session, selected, [row for row in rows if row.uid not in fetching.not_decoded])
    if fetching.not_decoded:
        raise CommandRefused("The encoding of a part is not known here", codes.UNKNOWN_CTE)
    if missing and not command.by_uid:
        raise CommandRefused(GONE, codes.EXPUNGEISSUED)
    return Done("FETCH completed")


async def _tell_vanished(session: ClientSession, selected: Selected, command: Fetch) -> None:
    """Before any FETCH response, so that the client is not confused about numbers."""
    if not session.place.qresync:
        raise CommandSyntaxError("VANISHED wants ENABLE QRESYNC first")
    vanished = await selected.vanished(command.messages, command.changed_since or 0)
    session.out.write(responses.vanished_earlier(vanished))


async def _set_seen(session: ClientSession, selected: Selected, rows: Sequence[MessageRow]) -> None:
    there = selected.opened.rows
    unseen: list[Uid] = [row.uid for row in rows if not row.flags & SEEN and row.uid in there]
    if unseen:
        await selected.opened.store_flags(
            session.holder, unseen, FlagChange(FlagMode.ADD, SEEN), session.reader
        )
        selected.flags_changed(unseen)


async def tell_new(session: ClientSession, uids: Sequence[Uid], items: Sequence[FetchItem]) -> None:
    r"""What NOTIFY wants fetched of messages that have arrived, with their UIDs. RFC 5465 §5.2.

    Nothing becomes \Seen by it, and what cannot be decoded is left out: nobody has asked just now.
    """
    selected = session.open
    rows, _ = selected.readable(SequenceSet.of(uids), by_uid=True)
    await _Fetching(session, selected, (FetchAttribute.UID, *items)).send(rows)


Printed: TypeAlias = bytes | Wanted | Decoded


class _Fetching:
    """One FETCH under way. Each way returns how many messages were sent.

    ``content`` are the items that something must be opened for; where octets are, they stand last.
    ``not_decoded`` are the messages not sent because BINARY asks for a part in an unknown encoding.
    """

    def __init__(self, session: ClientSession, selected: Selected, wanted: Sequence[FetchItem]) -> None:
        # RFC 7162 §3.1: MODSEQ in every FETCH response, for who knows it.
        with_modseq = (FetchAttribute.MODSEQ,) if session.place.condstore else ()
        items = tuple(dict.fromkeys((*wanted, *with_modseq)))
        self.content = card_items(items)
        self.not_decoded: set[Uid] = set()
        self._out = session.out
        self._session = session
        self._selected = selected
        self._opened: OpenMailbox = selected.opened
        self._items = items
        self._uid_only = session.place.uid_only
        self._from_rows = [item for item in items if item in ROW_ITEMS]
        self._names = [item_name(item) + b" " for item in self.content]

    async def send(self, rows: Sequence[MessageRow]) -> int:
        """By whichever way there is.

        Numbers are looked up as each slice is printed: the client may take hours to read it all, and until it
        has, no message is given another one.
        """
        if not self.content:
            return await self.rows(rows)
        if any(map(needs_octets, self.content)):
            await self._session.note_opened(rows)
        return await (self.octets if any(map(needs_octets, self.content)) else self.cards)(rows)

    async def rows(self, rows: Sequence[MessageRow]) -> int:
        """Nothing is opened."""
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows[start : start + ROWS_AT_ONCE]
            self._out.write(b"".join(self._lines(self._items, part, await self._given(part))))
            await self._out.drain()
        return len(rows)

    async def cards(self, rows: Sequence[MessageRow]) -> int:
        """Cards are opened, a slice at a time; the octets of those few whose header was too long to keep."""
        sent = 0
        later: list[MessageRow] = []
        async for part in self._opened.cards(rows):
            there, columns = self._columns(part, later)
            given = {**dict(zip(self.content, columns, strict=True)), **await self._given(there)}
            self._out.write(b"".join(self._lines(self._items, there, given)))
            sent += len(there)
            await self._out.drain()
        return sent + (await self.octets(later) if later else 0)

    def _columns(
        self, part: Sequence[tuple[MessageRow, bytes]], later: list[MessageRow]
    ) -> tuple[list[MessageRow], list[list[bytes]]]:
        """Printed items of a slice, a column each; messages that need their octets go to ``later``."""
        rows, cards = [row for row, _ in part], [octets for _, octets in part]
        columns = [column(item, cards) for item in self.content]
        lacking = {at for values in columns for at, value in enumerate(values) if value is None}
        if lacking:
            later.extend(rows[at] for at in sorted(lacking))
            rows = [row for at, row in enumerate(rows) if at not in lacking]
            columns = [[value for at, value in enumerate(values) if at not in lacking] for values in columns]
        return rows, [[value for value in values if value is not None] for values in columns]

    async def octets(self, rows: Sequence[MessageRow]) -> int:
        """Messages are opened: small ones whole, of large ones the stretches asked for, piece by piece."""
        sent = 0
        plain = all(map(is_whole, self.content))
        async for part in self._opened.bodies(rows, with_cards=not plain):
            heads = await self._heads([row for row, _, _ in part])
            for head, (row, body, octets) in zip(heads, part, strict=True):
                try:
                    values = self._values(row, octets)
                except UnknownEncodingError:
                    self.not_decoded.add(row.uid)
                    continue
                await (self._whole if row.size <= WHOLE else self._stretches)(head, body, values)
                await self._out.drain()
            sent += len(part)
        return sent

    def _values(self, row: MessageRow, card: bytes) -> list[Printed]:
        if not card:
            return [Wanted(0, row.size)] * len(self.content)
        read = Card(card)
        return [printed(item, read) for item in self.content]

    async def _given(self, rows: Sequence[MessageRow]) -> dict[FetchItem, list[bytes]]:
        """SAVEDATE's column, when it is asked for: NIL where a message went meanwhile. RFC 8514 §4.2."""
        if FetchAttribute.SAVEDATE not in self._from_rows:
            return {}
        saved = await self._opened.saved(rows)
        dates = [internal_date(saved[row.uid]) if row.uid in saved else b"NIL" for row in rows]
        return {FetchAttribute.SAVEDATE: dates}

    def _lines(
        self, items: Sequence[FetchItem], rows: Sequence[MessageRow], given: Mapping[FetchItem, list[bytes]]
    ) -> list[bytes]:
        seqnums = self._selected.view.seqnums([row.uid for row in rows])
        names = self._selected.names
        return fetch_lines(items, seqnums, rows, names, given, uid_only=self._uid_only)

    async def _heads(self, rows: Sequence[MessageRow]) -> list[bytes]:
        """The beginning of each response, up to its first item that must be opened."""
        lines = self._lines(self._from_rows, rows, await self._given(rows))
        gap = b" " if self._from_rows else b""
        return [line[: -len(FETCH_END)] + gap for line in lines]

    async def _whole(self, head: bytes, body: SealedBody, values: Sequence[Printed]) -> None:
        message = await self._opened.whole(body)
        lines: list[bytes] = []
        for name, value in zip(self._names, values, strict=True):
            if isinstance(value, Wanted):
                value = literal(value.kept(message[value.start : value.start + value.length]))
            elif isinstance(value, Decoded):
                value = decoded(message, value)
            lines.append(name + value)
        self._out.write(head + b" ".join(lines) + FETCH_END)

    async def _stretches(self, head: bytes, body: SealedBody, values: Sequence[Printed]) -> None:
        self._out.write(head)
        for position, (name, value) in enumerate(zip(self._names, values, strict=True)):
            self._out.write(b" " + name if position else name)
            if isinstance(value, bytes):
                self._out.write(value)
            elif isinstance(value, Decoded):
                await self._decode(body, value)
            elif value.filtered is not None:
                header = [piece async for piece in self._opened.octets(body, value.start, value.length)]
                self._out.write(literal(value.kept(b"".join(header))))
            else:
                await self._stream(body, value)
        self._out.write(FETCH_END)

    async def _decode(self, body: SealedBody, wanted: Decoded) -> None:
        try:
            found = await measured(self._opened, body, wanted)
        except ConnectionError:
            raise
        except Exception as error:
            raise _broken(wanted.length) from error
        told = wanted.told(found.size, found.has_nul)
        if wanted.size_only:
            self._out.write(told)
        else:
            await self._send(pieces(self._opened, body, wanted), told, found.size)

    async def _stream(self, body: SealedBody, wanted: Wanted) -> None:
        octets = self._opened.octets(body, wanted.start, wanted.length)
        await self._send(octets, b"{%d}\r\n" % wanted.length, wanted.length)

    async def _send(self, octets: AsyncIterator[bytes], announced: bytes, left: int) -> None:
        """The announcement and so many octets; nothing is asked of ``octets`` when there are none."""
        try:
            if left:
                async for piece in octets:
                    self._out.write(announced)
                    announced = b""
                    self._out.write(piece)
                    left -= len(piece)
                    await self._out.drain()
            self._out.write(announced)
            if left:
                raise ValueError(f"{left} octets are missing")
        except ConnectionError:
            raise
        except Exception as error:
            raise _broken(left) from error


def _broken(missing: int) -> ConnectionAbortedError:
    """A part of the response is out: nothing that is said now would be understood."""
    _log.exception("imap_fetch_broken", missing=missing)
    return ConnectionAbortedError("a message could not be sent to its end")
