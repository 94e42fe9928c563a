"""The octets of a connection: lines in, replies out, TLS begun, time kept.

Where ``aiosmtpd.smtp.SMTP`` reads lines from a StreamReader, this takes the octets in ``data_received``:
command lines end with CRLF alone (RFC 5321 §2.3.8), message data never becomes lines at all, and what a
client sends ahead is bounded by ceasing to read. Replies to pipelined commands leave together
(RFC 2920 §3.2).
"""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog
from aiosmtpd.smtp import SMTP

from vaguemestre.mail.reply import Reply
from vaguemestre.net.tls import ServerContext
from vaguemestre.smtp import replies
from vaguemestre.smtp.chunk import ChunkReader
from vaguemestre.smtp.data import DataReader
from vaguemestre.smtp.lines import LineReader
from vaguemestre.smtpd.receiver import Receiver
from vaguemestre.smtpd.terms import Terms

_MAX_AHEAD: Final = 64 * 1024  # octets a client may send ahead before we cease to read
_MAX_REPLIES: Final = 100  # held back to leave together
_SPARE: Final = 1024 * 1024  # octets of dots and excess on the wire beyond twice the largest message

_log = structlog.get_logger()


class ClientGoneError(Exception):
    """Nobody listens any more, or nobody should: the session ends."""


class Wire(SMTP):
    """An SMTP session's connection; ``smtpd.speaker`` gives it words."""

    def __init__(self, terms: Terms) -> None:
        super().__init__(
            None,
            data_size_limit=terms.bounds.max_message_size,
            enable_SMTPUTF8=True,
            hostname=terms.hostname,
            tls_context=terms.tls_context,
            timeout=terms.limits.timeout,
            loop=asyncio.get_running_loop(),
        )
        self.terms = terms
        self.limits = terms.limits
        self._wire: asyncio.Transport | None = None
        self._lines = LineReader()
        self._receiver: Receiver | None = None
        self._line_wanted: asyncio.Future[None] | None = None
        self._lingering = False  # all is said, and we listen only to let the client hear it
        self._ended = False  # the client will send nothing more
        self._ceased_reading = False
        self._replies: list[bytes] = []
        self._writable = asyncio.Event()
        self._writable.set()
        self._waiting_since: float | None = None  # for the client; None while it waits for us
        self._cut_later: asyncio.TimerHandle | None = None
        self.message_since: float | None = None  # a message is coming, in one piece or in chunks

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._wire = transport  # type: ignore[assignment]  # a stream's: uvloop's is of no class asyncio knows
        self._waiting_since = self.loop.time()
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is over; the base class ends the task that served it."""
        self._wire = None
        self._ended = True
        self._writable.set()
        if self._cut_later is not None:
            self._cut_later.cancel()
        super().connection_lost(error)

    def data_received(self, octets: bytes) -> None:
        """Octets of a message go to it at once; others wait to be read as lines."""
        if self._lingering:
            return
        receiver = self._receiver
        if receiver is not None:
            self._waiting_since = self.loop.time()
            octets = receiver.feed(octets)
            if not receiver.done.done():
                return
            self._receiver = None
        self._lines.feed(octets)
        if len(self._lines) > _MAX_AHEAD and self._wire is not None and not self._wire.is_closing():
            self._ceased_reading = True
            self._wire.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        """The client has said all it had to say: what it asked for is still done and answered."""
        self._ended = True
        if self._receiver is not None and not self._receiver.done.done():
            self._receiver.done.set_exception(ClientGoneError())
        self._wake()
        return not self.is_secure and not self._lingering  # TLS has no half-closed state

    def pause_writing(self) -> None:
        """The client does not read what we say."""
        super().pause_writing()
        self._writable.clear()

    def resume_writing(self) -> None:
        """It does again."""
        super().resume_writing()
        self._writable.set()

    # Reading.

    @property
    def is_secure(self) -> bool:
        """Whether TLS protects what is said, begun by STARTTLS or with the connection."""
        return self._wire is not None and self._wire.get_extra_info("sslcontext") is not None

    @property
    def awaits_line(self) -> bool:
        """Whether it is the client's turn to speak."""
        return self._line_wanted is not None

    async def read_line(self, limit: int, overlong: Reply = replies.LINE_TOO_LONG) -> bytes:
        """The next line, without its CRLF. Replies held back leave before we wait for it.

        Raises CommandSyntaxError for a line that is none, ClientGoneError.
        """
        while True:
            line = self._lines.next_line(limit, overlong)
            if line is not None:
                self._waiting_since = None
                if len(self._replies) >= _MAX_REPLIES:
                    await self.flush()
                return line
            if self._ended or self._wire is None:
                raise ClientGoneError
            self._read_again()
            await self.flush()
            self._line_wanted = self.loop.create_future()
            self._waiting_since = self._waiting_since or self.loop.time()
            await self._line_wanted
            self._line_wanted = None

    @property
    def most_on_the_wire(self) -> int:
        """Octets of one message or chunk past which nobody sensible is at the other end."""
        return 2 * self.terms.bounds.max_message_size + _SPARE

    async def receive(self, take: Callable[[bytes], None]) -> Receiver:
        """Give a message everything up to the final dot. ClientGoneError when the client goes before.

        The receiver's ``done`` tells whether the end came; False when too many octets did.
        """
        return await self._receive(DataReader(), take, self._lines.take_all)

    async def receive_chunk(self, size: int, take: Callable[[bytes], None] | None) -> Receiver:
        """Give ``take`` so many octets, or throw them away. ClientGoneError when the client goes before.

        Replies held back stay so when the chunk is there already.
        """
        return await self._receive(ChunkReader(size), take, lambda: self._lines.take(size))

    async def _receive(
        self,
        reader: DataReader | ChunkReader,
        take: Callable[[bytes], None] | None,
        ahead: Callable[[], bytes],
    ) -> Receiver:
        receiver = Receiver(reader, take, self.most_on_the_wire, self.loop.create_future())
        self._receiver = receiver
        try:
            self.data_received(ahead())
            if not receiver.done.done():
                if self._ended:
                    raise ClientGoneError
                self._waiting_since = self.loop.time()
                self._read_again()
                await self.flush()
                await receiver.done
        finally:
            self._receiver = None
        self._waiting_since = None
        return receiver

    def _read_again(self) -> None:
        if self._ceased_reading and self._wire is not None and not self._wire.is_closing():
            self._ceased_reading = False
            self._wire.resume_reading()

    def _wake(self) -> None:
        if self._line_wanted is not None and not self._line_wanted.done():
            self._line_wanted.set_result(None)

    # Writing.

    def write(self, octets: bytes) -> None:
        """Say this after what is held back already."""
        self._replies.append(octets)

    async def flush(self) -> None:
        """Let everything held back leave; wait while the client does not read. ClientGoneError."""
        if self._wire is None or self._wire.is_closing():
            raise ClientGoneError
        if self._replies:
            self._wire.write(b"".join(self._replies))
            self._replies.clear()
        if not self._writable.is_set():
            self._waiting_since = self.loop.time()
            await self._writable.wait()

    def hang_up(self, reply: Reply | None = None, lingering: bool = False) -> None:
        """Say one thing more and close; cut after a while if the client does not take it.

        ``lingering``: the client may still be sending. To close with octets unread would reset the
        connection, and the reply would be lost on its way; so they are read and thrown away until the
        client has heard.
        """
        wire = self._wire
        if wire is None or wire.is_closing() or self._lingering:
            return
        if reply is not None:
            self.write(replies.encode_reply(reply))
        if self._replies:
            wire.write(b"".join(self._replies))
            self._replies.clear()
        self._cut_later = self.loop.call_later(self.limits.grace, self.cut)
        if lingering and wire.can_write_eof():
            self._lingering = True
            self._lines.take_all()
            self._read_again()
            wire.write_eof()
        else:
            wire.close()

    def cut(self) -> None:
        """Close without a word, whatever is still to be said."""
        if self._wire is not None:
            self._wire.abort()

    # TLS.

    def tls_to_offer(self) -> ServerContext | None:
        """By which TLS this connection may begin it."""
        return self.terms.tls_context

    def tls_failed(self, error: BaseException) -> None:
        """The handshake has ended by that."""

    async def begin_tls(self) -> None:
        """Answer STARTTLS and agree on TLS. Raises ClientGoneError when that fails.

        Whatever the client sent in clear after STARTTLS is thrown away unread (RFC 3207 §4.2): somebody on
        the way may have put it there, to have it obeyed under cover of TLS.
        """
        context, wire = self.tls_to_offer(), self._wire
        if context is None or wire is None or wire.is_closing():
            raise ClientGoneError
        wire.pause_reading()
        injected = len(self._lines.take_all())
        if injected:
            _log.warning("clear_text_after_starttls_discarded", octets=injected)
        self._ceased_reading = False
        self.write(replies.encode_reply(replies.READY_FOR_TLS))
        await self.flush()
        try:
            secured = await self.loop.start_tls(
                wire, self, context, server_side=True, ssl_handshake_timeout=self.limits.handshake_timeout
            )
        except (OSError, asyncio.CancelledError) as error:  # ssl.SSLError is an OSError
            wire.abort()
            if isinstance(error, asyncio.CancelledError):
                raise
            reason = getattr(error, "verify_message", "") or getattr(error, "reason", "")
            _log.info("tls_not_agreed", peer=wire.get_extra_info("peername", ("",))[0], reason=reason)
            self.tls_failed(error)
            raise ClientGoneError from error
        if secured is None:
            raise ClientGoneError
        self._wire = self.transport = secured
        self._waiting_since = None

    # Time.

    def _reset_timeout(self, duration: float | None = None) -> None:
        """One timer a connection, which looks when it fires: moving one at each command would cost more."""
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()
        self._timeout_handle = self.loop.call_later(duration or self.limits.timeout, self._timeout_cb)

    def _timeout_cb(self) -> None:
        if self._wire is None:
            return
        now = self.loop.time()
        left = self.limits.timeout
        if self._waiting_since is not None:
            left -= now - self._waiting_since
        if self.message_since is not None:
            left = min(left, self.limits.message_timeout - (now - self.message_since))
        if left > 0.001:
            self._reset_timeout(left)
            return
        assert self.session is not None  # noqa: S101 (made with the connection)
        _log.info("client_timed_out", in_message=self.message_since is not None)
        self.hang_up(replies.IDLE_TOO_LONG)
