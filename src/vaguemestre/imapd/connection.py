"""One client's connection: octets in, octets out, and how long it may last. RFC 9051 §2.1, §5.4.

A Protocol and not streams: an idle connection then holds no task and no buffer, and a thousand phones in IDLE
cost a few megabytes. A task lives while commands are run. TLS begins with nothing kept from before it: what a
client, or somebody in the middle, sent in clear after STARTTLS is forgotten (RFC 9051 §6.2.1).
"""

import asyncio
import ssl
from typing import Final, cast

import structlog

from vaguemestre.imap import codes, responses
from vaguemestre.imap.frame import Framer
from vaguemestre.imap.session import State
from vaguemestre.imapd.compression import Inflater
from vaguemestre.imapd.dispatch import handle
from vaguemestre.imapd.output import Output
from vaguemestre.imapd.session import ClientSession
from vaguemestre.imapd.shared import Shared
from vaguemestre.imapd.telling import tell
from vaguemestre.mail.bal import BalId
from vaguemestre.net.tls import certificate_of
from vaguemestre.service.sign_in.outcome import SignedIn

MAX_WAITING: Final = 128 * 1024  # octets sent ahead while a command runs, before we stop reading

STOPPING: Final = ("The server is stopping", codes.UNAVAILABLE)

_log = structlog.get_logger()


class Connection(asyncio.Protocol):
    """``connections`` is the listener's set, where this one puts itself; ``limit`` how many it may hold."""

    __slots__ = (
        "_born",
        "_connections",
        "_farewell",
        "_finishing",
        "_framer",
        "_inflater",
        "_loop",
        "_lost",
        "_out",
        "_reading",
        "_session",
        "_shared",
        "_task",
        "_transport",
        "_waiting",
        "heard",
        "is_tls",
        "peer",
    )

    def __init__(self, shared: Shared, connections: "set[Connection]", is_tls: bool) -> None:
        self._shared = shared
        self._connections = connections
        self.is_tls = is_tls
        self.peer = ""
        self._loop = asyncio.get_running_loop()
        self._born = self.heard = self._loop.time()
        self._framer = Framer()
        self._task: asyncio.Task[None] | None = None
        self._inflater: Inflater | None = None
        self._waiting = 0
        self._reading = True
        self._finishing = False
        self._farewell = STOPPING
        self._lost = False
        self._transport: asyncio.Transport
        self._out: Output
        self._session: ClientSession

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there, TLS included when the port begins with it: greet it, or say BYE."""
        # uvloop's transports are Transports without saying so to isinstance.
        self._transport = cast(asyncio.Transport, transport)
        peername = transport.get_extra_info("peername")
        self.peer = str(peername[0]) if peername else ""
        self._out = Output(self._transport)
        self._session = ClientSession(self._shared, self._framer, self._out, self)
        limits = self._shared.limits
        crowded = self._shared.enter(id(self._connections), self.peer) > limits.connections_per_address
        if crowded or len(self._connections) >= limits.connections:
            self._connections.add(self)
            _log.warning("imap_connection_refused", peer=self.peer, crowded=crowded)
            self._bye("Too many connections: try again later", codes.UNAVAILABLE)
            return
        self._connections.add(self)
        code = codes.capability(self._session.capabilities())
        self._out.write(responses.ok(None, "Vaguemestre is ready", code))
        self._out.flush()

    def data_received(self, data: bytes) -> None:
        """Octets came: run what they complete, unless a command is being run already."""
        self.heard = self._loop.time()
        if self._finishing:
            return
        (self._framer if self._inflater is None else self._inflater).feed(data)
        if self._task is None:
            self._task = self._loop.create_task(self._work())
            return
        self._waiting += len(data)
        if self._waiting > MAX_WAITING and self._reading:
            self._reading = False
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        """The client will say no more; what it has asked for is still being done."""
        return False

    def pause_writing(self) -> None:
        """The client does not read."""
        self._out.pause()

    def resume_writing(self) -> None:
        """The client reads again; if it idles, tell it what it missed."""
        self._out.resume()
        self._session.push()

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone. A command that is being run ends at its next write. May be called twice."""
        if self._lost:
            return
        self._lost = True
        self._connections.discard(self)
        self._shared.leave(id(self._connections), self.peer)
        self._out.lose()
        if self._task is None:
            self._session.end()

    # What is done with octets

    def wake(self) -> None:
        """There is something to tell: see to it, unless a command is being run, after which it is told."""
        if self._task is None and not self._finishing and not self._lost:
            self._task = self._loop.create_task(self._work())

    async def _work(self) -> None:
        goes_on = True
        try:
            while goes_on and not self._finishing and not self._lost:
                event = self._framer.next_event()
                if event is None:
                    if self._inflater is not None and self._inflater.has_more:
                        self._framer.feed(self._inflater.take())
                        await asyncio.sleep(0)  # a little may stand for much: the others have their turn
                    elif not await tell(self._session):
                        break
                    continue
                goes_on = await handle(self._session, event)
                await self._out.drain()
        except (ConnectionError, ssl.SSLError, TimeoutError) as error:
            _log.info("imap_connection_broken", peer=self.peer, reason=type(error).__name__)
            goes_on = False
        except Exception:
            _log.exception("imap_connection_failed", peer=self.peer)
            goes_on = False
        finally:
            self._task = None
            self._settle(goes_on)

    def _settle(self, goes_on: bool) -> None:
        """Nothing is being run any more: flush, read on, or part."""
        if self._lost:
            self._session.end()
            return
        if self._finishing:
            self._bye(*self._farewell)
            return
        self._out.flush()
        if not goes_on:
            self._part()
            return
        self._waiting = 0
        if not self._reading:
            self._reading = True
            self._transport.resume_reading()

    def _bye(self, text: str, code: bytes = b"") -> None:
        self._out.write(responses.bye(text, code))
        self._out.flush()
        self._part()

    def _part(self) -> None:
        self._finishing = True
        self._session.end()
        self._transport.close()

    # What the session asks

    @property
    def certificate(self) -> bytes | None:
        """What the client showed of itself, in DER."""
        return certificate_of(self._transport)

    @property
    def is_compressed(self) -> bool:
        """Whether both sides speak DEFLATE."""
        return self._inflater is not None

    def start_compression(self) -> None:
        """Nothing is kept from before: what came in clear after COMPRESS is forgotten (RFC 4978 §3)."""
        self._framer.discard()
        self._out.compress()
        self._inflater = Inflater()

    async def start_tls(self) -> None:
        """Begin TLS. Nothing may be awaited before the transport is handed over: no octet slips between."""
        context = self._shared.tls_context
        if context is None:
            raise LookupError("there is no TLS context")
        self._framer.discard()
        self._out.flush()
        try:
            transport = await self._loop.start_tls(
                self._transport,
                self,
                context,
                server_side=True,
                ssl_handshake_timeout=self._shared.limits.handshake_within,
            )
        except (OSError, TimeoutError) as error:
            self.connection_lost(None)  # the loop does not say so when the handshake fails
            raise ConnectionAbortedError("the TLS handshake failed") from error
        if transport is None:
            self.connection_lost(None)
            raise ConnectionResetError("the client went away")
        self._transport = transport
        self._out.attach(transport)
        self.is_tls = True

    # What the door asks

    @property
    def holder(self) -> BalId | None:
        """The account that signed in, if one did."""
        return self._session.signed_in.bal.id if self._session.signed_in is not None else None

    @property
    def signed_in(self) -> SignedIn | None:
        """How somebody signed in, once he has."""
        return self._session.signed_in

    @property
    def reader(self) -> SignedIn | None:
        """The sign-in of somebody who reads for another; None of a holder's."""
        signed_in = self._session.signed_in
        return signed_in if signed_in is not None and signed_in.reader is not None else None

    @property
    def between_commands(self) -> bool:
        """Whether nothing is being run, and nothing half said; IDLE is no command that anybody waits for."""
        return self._task is None and self._framer.at_rest

    def finish(self, farewell: tuple[str, bytes] = STOPPING) -> None:
        """End after the command that is being run, or at once: the server stops, unless told otherwise."""
        self._farewell = farewell
        if self._task is None and not self._finishing:
            self._bye(*farewell)
        self._finishing = True

    def abort(self) -> None:
        """End now."""
        self._transport.abort()

    def check(self, now: float) -> None:
        """End what has lasted too long; ``now`` is the loop's time."""
        limits = self._shared.limits
        stalled = self._out.stalled_since
        if stalled is not None:
            if now - stalled > limits.read_within:
                _log.info("imap_connection_stalled", peer=self.peer)
                self._transport.abort()
            return
        if self._task is not None or self._finishing:
            return
        silence = now - self.heard
        if self._session.place.state is State.NOT_AUTHENTICATED:
            late = silence > limits.silent_before_sign_in or now - self._born > limits.sign_in_within
        elif self._framer.at_rest:
            late = silence > limits.silent
        else:
            late = silence > limits.command_within
        if late:
            self._bye("Nothing was heard for too long")
