"""Dialling another operator: connection, TLS, certificate, and ``smtp.client`` over it. domain.md §6.

The server that is reached must show a certificate of the health infrastructure whose subject the trust list
names for the *recipient's* domain. Who does not is not believed, whatever name he goes by, and the next
server of the domain is tried. All of it is for now: mistakes of certificates are mended, mail waits.
"""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import structlog
from cryptography import x509

from vaguemestre.net.operators import PeerRefused
from vaguemestre.service.ports.carrier import CarrierSession, HungUp, Unreachable
from vaguemestre.service.ports.trust import Trust
from vaguemestre.service.trust.subjects import subject_of
from vaguemestre.smtp.client import (
    BLOCK_PATIENCE,
    PATIENCE,
    ClientSession,
    Event,
    Finished,
    Ready,
    Step,
    TlsAgreed,
    TurnedAway,
)
from vaguemestre.smtp.client_commands import Mailing
from vaguemestre.smtp.client_replies import PeerError, PeerReply, local_reply
from vaguemestre.transport.routes import Routes, Server
from vaguemestre.transport.wire import Wire

_CONNECT: Final = 30.0  # seconds

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Shown:
    """What we show and whom we believe: ``net.operators.OperatorTls``, and the trust list."""

    context: ssl.SSLContext
    verified: Callable[[bytes | None], Awaitable[x509.Certificate]]
    trust: Trust


@dataclass(frozen=True, slots=True)
class Dialling:
    """``service.ports.carrier.Carrier``. ``hostname`` is said in EHLO; ``patience`` by what is awaited."""

    routes: Routes
    shown: Shown
    hostname: str
    patience: Mapping[Step, float] = field(default_factory=lambda: PATIENCE)
    connect_patience: float = _CONNECT

    @asynccontextmanager
    async def session(self, destination: str) -> AsyncIterator[CarrierSession]:
        """One connection to the first server that answers and is believed. Raises Unreachable."""
        if not self.shown.trust.is_current or not self.shown.trust.lists(destination):
            raise Unreachable(local_reply(451, "4.7.0", "that domain is not in the trust space now"))
        line = await self._first(destination)
        try:
            yield line
        finally:
            await line.leave()

    async def _first(self, destination: str) -> "_Line":
        refused = Unreachable(local_reply(451, "4.4.1", "no server of that domain answers"))
        for server in await self.routes.of(destination):
            line: _Line | None = None
            try:
                wire = await Wire.connect(server.host, server.port, self.connect_patience)
                line = _Line(wire, ClientSession(self.hostname), self.patience)
                await self._introduce(line, server, destination)
            except Unreachable as error:
                refused = error
            except PeerRefused as error:
                refused = _not_believed(destination, error.fault.value)
            except ssl.SSLCertVerificationError as error:
                refused = _not_believed(destination, error.verify_message)
            except (OSError, PeerError) as error:
                _log.info("peer_unreachable", destination=destination, reason=type(error).__name__)
            except BaseException:
                if line is not None:
                    line.close()
                raise
            else:
                return line
            if line is not None:
                line.close()
        raise refused

    async def _introduce(self, line: "_Line", server: Server, destination: str) -> None:
        """Up to a session under TLS with somebody believed. Raises as above."""
        while True:
            for event in await line.events():
                if isinstance(event, TurnedAway):
                    raise Unreachable(event.reply)
                if isinstance(event, Ready):
                    return
                if isinstance(event, TlsAgreed):
                    await self._secure(line, server, destination)

    async def _secure(self, line: "_Line", server: Server, destination: str) -> None:
        if line.wire.holds_any():
            raise PeerError("something was said between STARTTLS and TLS")
        patience = self.patience[Step.STARTTLS]
        layer = await line.wire.begin_tls(self.shown.context, server.host, patience)
        certificate = None if layer is None else layer.getpeercert(binary_form=True)
        subject = subject_of(await self.shown.verified(certificate))
        if not self.shown.trust.accepts(destination, subject):
            _log.warning("peer_not_listed", destination=destination)
            raise Unreachable(local_reply(451, "4.7.5", "the server's certificate is not listed for it"))
        line.session.tls_begun()


def _not_believed(destination: str, why: str) -> Unreachable:
    _log.warning("peer_refused", destination=destination, reason=why)
    return Unreachable(local_reply(451, "4.7.5", "the server's certificate is not believed"))


class _Line:
    """A session and the wire it goes over."""

    def __init__(self, wire: Wire, session: ClientSession, patience: Mapping[Step, float]) -> None:
        self.wire = wire
        self.session = session
        self._patience = patience

    @property
    def reports(self) -> bool:
        """RFC 3461: it takes the wishes over."""
        return "DSN" in self.session.extensions

    @property
    def keeps_time(self) -> bool:
        """RFC 2852: it takes the moment over."""
        return "DELIVERBY" in self.session.extensions

    async def events(self) -> list[Event]:
        """Send what is to be sent, then what came of it. Raises OSError, PeerError."""
        await self._flush()
        octets = await self.wire.read(self._patience[self.session.awaited or Step.EHLO])
        if not octets:
            raise ConnectionResetError("the connection was closed")
        return self.session.feed(octets)

    async def send(
        self, mailing: Mailing, content: Callable[[], AsyncIterator[bytes]]
    ) -> tuple[PeerReply, ...]:
        """One message. Raises HungUp."""
        if self.session.is_over:
            raise HungUp(local_reply(451, "4.4.2", "the session is over"), is_sudden=False)
        try:
            finished = self.session.begin(mailing)
            while finished is None:
                if self.session.wants_content:
                    await self._give(content)
                for event in await self.events():
                    if isinstance(event, Finished):
                        finished = event
                    elif isinstance(event, TurnedAway):
                        raise HungUp(event.reply, is_sudden=False)
            await self._flush()
        except TimeoutError:
            self.close()
            raise HungUp(local_reply(451, "4.4.2", "the server took too long"), is_sudden=False) from None
        except (OSError, PeerError):
            self.close()
            raise HungUp(local_reply(451, "4.4.2", "the connection was lost"), is_sudden=True) from None
        except BaseException:
            self.close()  # cut short: nobody may take what was sent for a message
            raise
        return finished.replies

    async def leave(self) -> None:
        """Say goodbye, and do not wait for it."""
        with suppress(OSError, ValueError):
            if not self.session.is_over:
                self.session.quit()
                await self._flush()
        self.wire.finish()

    def close(self) -> None:
        """At once."""
        self.wire.close()

    async def _give(self, content: Callable[[], AsyncIterator[bytes]]) -> None:
        await self._flush()
        async for piece in content():
            await self.wire.write(self.session.content(piece), BLOCK_PATIENCE)
        end = self.session.end()
        if end:
            await self.wire.write(end, BLOCK_PATIENCE)

    async def _flush(self) -> None:
        octets = self.session.take()
        if octets:
            await self.wire.write(octets, BLOCK_PATIENCE)
