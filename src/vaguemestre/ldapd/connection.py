"""One connection: octets in, one request after another, octets out. RFC 4511 §5.

What a client sends ahead is bounded, and so is the time in which it must send, take its answers, and do
the TLS handshake. What it sent in clear before TLS is never read after it (RFC 4513 §3.1.1): a client that
does not wait for the answer to StartTLS is hung up on.
"""

import asyncio
import ssl
from typing import Final, cast

import structlog

from vaguemestre.ldap.ber import LdapSyntaxError
from vaguemestre.ldap.frame import MOST, Frames
from vaguemestre.ldap.requests import Extended, Message, Unbind, read_message
from vaguemestre.ldap.responses import EXTENDED, START_TLS, Code, disconnection, result
from vaguemestre.ldapd.session import Session
from vaguemestre.ldapd.shared import Shared
from vaguemestre.net.loopback import is_loopback
from vaguemestre.service.sign_in.outcome import Channel

_log = structlog.get_logger()
_IDLE: Final = 300.0  # seconds without a whole request
_UNKNOWN_FOR: Final = 30.0  # seconds until the first whole request
_SLOW: Final = 30.0  # seconds to take the answers
_HANDSHAKE: Final = 20.0  # seconds


class Connection(asyncio.Protocol):
    """Kept among the others of its door while it lasts."""

    def __init__(self, shared: Shared, *, is_tls: bool) -> None:
        self._shared = shared
        self._is_tls = is_tls
        self._frames = Frames()
        self._came = asyncio.Event()
        self._flows = asyncio.Event()
        self._flows.set()
        self._reads = True
        self._is_over = False
        self._peer = ""
        self._transport: asyncio.Transport | None = None
        self.task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The client is there; one too many is let go at once."""
        self._transport = cast(asyncio.Transport, transport)
        self._peer = str((transport.get_extra_info("peername") or ("",))[0])
        if not self._shared.admits(self._peer):
            self._transport.write(disconnection(Code.BUSY, "Too many connections"))
            self._transport.close()
            return
        self._shared.enter(self, self._peer)
        self.task = asyncio.get_running_loop().create_task(self._serve())

    def data_received(self, data: bytes) -> None:
        """Octets of requests."""
        self._frames.feed(data)
        if self._frames.waiting > 2 * MOST and self._reads and self._transport is not None:
            self._reads = False
            self._transport.pause_reading()
        self._came.set()

    def eof_received(self) -> bool:
        """The client says no more: what it asked is answered, then the connection ends."""
        self._is_over = True
        self._came.set()
        return not self._is_tls

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._is_over = True
        self._came.set()
        self._flows.set()
        self._shared.leave(self, self._peer)

    def pause_writing(self) -> None:
        """The client does not take its answers."""
        self._flows.clear()

    def resume_writing(self) -> None:
        """It does again."""
        self._flows.set()

    def part(self) -> None:
        """The server stops."""
        self._end(Code.UNAVAILABLE, "The server stops")

    async def _serve(self) -> None:
        try:
            await self._requests()
        except LdapSyntaxError as error:
            self._end(Code.PROTOCOL_ERROR, str(error))
        except TimeoutError:
            self._end(Code.UNAVAILABLE, "Nothing was said for too long")
        except (OSError, ssl.SSLError):
            self._end(None)
        except Exception:
            _log.exception("ldap_session_failed")
            self._end(Code.UNAVAILABLE, "Try again later")
        else:
            self._end(None)

    async def _requests(self) -> None:
        is_safe = self._is_tls or (not self._shared.require_tls and is_loopback(self._peer))
        channel = Channel("ldap", self._peer)
        terms = self._shared.terms
        session = Session(self._shared.authentication, self._shared.book, terms, channel, is_safe=is_safe)
        patience = _UNKNOWN_FOR
        while (message := await self._next(patience)) is not None:
            patience = _IDLE
            if isinstance(message.request, Unbind):
                return
            if isinstance(message.request, Extended) and message.request.name == START_TLS:
                if not await self._start_tls(message.id):
                    return
                session.is_safe = session.is_safe or self._is_tls
                continue
            for octets in await session.answer(message):
                await self._send(octets)

    async def _next(self, patience: float) -> Message | None:
        """The next request; None when the client has gone. Raises LdapSyntaxError, TimeoutError."""
        async with asyncio.timeout(patience):
            while (content := self._frames.take()) is None:
                if self._is_over:
                    return None
                self._came.clear()
                if not self._reads and self._transport is not None:
                    self._reads = True
                    self._transport.resume_reading()
                await self._came.wait()
        return read_message(content)

    async def _send(self, octets: bytes) -> None:
        async with asyncio.timeout(_SLOW):
            await self._flows.wait()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(octets)

    async def _start_tls(self, number: int) -> bool:
        """False when the connection cannot go on. RFC 4511 §4.14."""
        context, transport = self._shared.tls_context, self._transport
        if self._is_tls or context is None or transport is None:
            code = Code.OPERATIONS_ERROR if self._is_tls else Code.PROTOCOL_ERROR
            await self._send(result(number, EXTENDED, code, "There is no other TLS here", START_TLS))
            return True
        if self._frames.waiting:
            raise LdapSyntaxError("more was sent before the answer to StartTLS")
        # Nothing is awaited before the transport is handed over: no octet in clear slips between.
        transport.write(result(number, EXTENDED, Code.SUCCESS, "", START_TLS))
        try:
            upgraded = await asyncio.get_running_loop().start_tls(
                transport, self, context, server_side=True, ssl_handshake_timeout=_HANDSHAKE
            )
        except (OSError, TimeoutError):
            upgraded = None
        if upgraded is None:
            self.connection_lost(None)  # the loop does not say so when the handshake fails
            return False
        self._transport, self._is_tls = upgraded, True
        return True

    def _end(self, code: Code | None, said: str = "") -> None:
        if self._transport is not None and not self._transport.is_closing():
            if code is not None:
                self._transport.write(disconnection(code, said))
            self._transport.close()
