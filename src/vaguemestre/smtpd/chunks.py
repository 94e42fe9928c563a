"""A message in chunks: BDAT. RFC 3030 §2.

A chunk is read to its end whatever becomes of it, and only then answered: clients send the next command
without waiting, and what was left unread would be obeyed. Where nobody can tell the end, or it is absurdly
far, the connection is closed. After a refused chunk nothing but RSET leads on, unless it was the last.

What is BODY=BINARYMIME comes this way alone; the service makes of it a message that any server takes
(``service.arriving.binary``).
"""

import asyncio
from typing import Final

from aiosmtpd.smtp import syntax

from vaguemestre.mail.reply import Reply
from vaguemestre.smtp import replies
from vaguemestre.smtp.chunk import Chunk, parse_bdat
from vaguemestre.smtp.order import Stage
from vaguemestre.smtpd.misfortunes import reply_to_misfortune
from vaguemestre.smtpd.ports import Message
from vaguemestre.smtpd.transaction import TransactionCommands

_IN_A_ROW: Final = 64  # chunks taken in before others have their turn: thousands may have been sent ahead


class ChunkCommands(TransactionCommands):
    """BDAT, and the message of which chunks have come but not the last."""

    _message: Message | None = None
    _octets_so_far = 0
    _chunks = 0

    @syntax("BDAT octets [LAST]")
    async def smtp_BDAT(self, arg: str | None) -> None:
        """Take a chunk in; answer for the message when it is the last."""
        chunk = parse_bdat(arg or "")
        if chunk.size > self.most_on_the_wire:
            self.dismiss(replies.CHUNK_TOO_LARGE)
        refused = self.order.refusal(self.stage, "BDAT")
        if refused is not None:
            await self._pass_over(chunk)
            if self.stage is Stage.FAILED:
                self._idle += 1  # no mistake of a client's that had sent it ahead
                self.say(refused)
            else:
                self.blame(refused)
            return
        self._chunks += 1
        if self._chunks % _IN_A_ROW == 0:
            await asyncio.sleep(0)
        self._octets_so_far += chunk.size
        if self._octets_so_far > self.terms.bounds.max_message_size:
            await self._pass_over(chunk)
            self._fail(chunk, replies.MESSAGE_TOO_LARGE)
            return
        await self._take_in(chunk)

    async def _take_in(self, chunk: Chunk) -> None:
        """Give the message a chunk that may come now and is not too large."""
        if self._message is None:
            try:
                self._message = self.begin_message()
            except Exception as error:  # unforeseen: told after the chunk
                await self._pass_over(chunk)
                self._fail(chunk, reply_to_misfortune(error, "BDAT"))
                return
            self.message_since = self.loop.time()
        receiver = await self.receive_chunk(chunk.size, self._message.feed)
        if receiver.failure is not None:
            self._fail(chunk, reply_to_misfortune(receiver.failure, "BDAT"))
        elif chunk.is_last:
            message, self._message = self._message, None
            await self.answer_for(message, "BDAT")
        else:
            self.stage = Stage.CHUNKS
            self._idle += chunk.size == 0  # a message may come in many chunks, not in many empty ones
            self.say(replies.chunk_received(chunk.size))

    async def _pass_over(self, chunk: Chunk) -> None:
        """Read a chunk that nobody wants, in the time a message has."""
        since = self.message_since
        self.message_since = since or self.loop.time()
        await self.receive_chunk(chunk.size, None)
        self.message_since = since

    def _fail(self, chunk: Chunk, reply: Reply) -> None:
        """The message is lost. RFC 3030 §2: chunks that were sent ahead are still to be read."""
        self._give_up()
        self.message_since = None
        self.decide(reply)
        if chunk.is_last:
            self._set_rset_state()
        else:
            self.stage = Stage.FAILED

    def _give_up(self) -> None:
        if self._message is not None:
            self._message.abandon()
            self._message = None
        self._octets_so_far = 0

    def _set_rset_state(self) -> None:
        self._give_up()
        super()._set_rset_state()

    async def _handle_client(self) -> None:
        try:
            await super()._handle_client()
        finally:
            self._give_up()
