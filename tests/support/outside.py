"""The world outside as it really is: a smart host (aiosmtpd, TLS, AUTH) and an HTTPS server, on loopback.

Both keep what they were given, and misbehave when told to.
"""

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "vaguemestre", "un mot de passe"


@dataclass(slots=True)
class Given:
    """One mail the smart host was given."""

    sender: str | None
    recipients: list[str]
    octets: bytes


@dataclass(slots=True)
class Host:
    """``answers``: to RCPT of those addresses; ``hangs``: nothing is answered to DATA any more."""

    port: int = 0
    given: list[Given] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    connections: int = 0
    hangs: bool = False
    cuts: bool = False
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(  # noqa: N802 (a name of aiosmtpd's)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """As it was told to."""
        answer = self.answers.get(address, "250 2.1.5 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802 (a name of aiosmtpd's)
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep it."""
        content = envelope.content
        assert isinstance(content, bytes)
        self.given.append(Given(envelope.mail_from, list(envelope.rcpt_tos), content))
        self.reached.set()
        if self.hangs:
            await asyncio.Event().wait()
        if self.cuts:
            assert server.transport is not None
            server.transport.close()
        return "250 2.0.0 taken"


def _authenticates(
    _server: object, _session: object, _envelope: object, _mechanism: str, data: object
) -> AuthResult:
    right = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=data == right, handled=False)


@asynccontextmanager
async def a_smart_host(
    context: ssl.SSLContext | None, *, implicit: bool = False, auth: bool = False
) -> AsyncIterator[Host]:
    """Up inside the block. ``context`` None: without TLS."""
    host = Host()

    def session() -> SMTP:
        host.connections += 1
        return SMTP(
            host,
            enable_SMTPUTF8=True,
            tls_context=None if implicit else context,
            require_starttls=context is not None and not implicit,
            authenticator=_authenticates if auth else None,
            auth_required=auth,  # with STARTTLS alone: aiosmtpd does not see TLS that was there before
            hostname="smarthost.test",
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(session, "127.0.0.1", 0, ssl=context if implicit else None)
    host.port = server.sockets[0].getsockname()[1]
    try:
        yield host
    finally:
        server.close()


@dataclass(slots=True)
class Request:
    """One request the HTTPS server was given."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class HttpServer:
    """``status`` answers everything; ``hangs``: nothing is answered until the end."""

    url: str = ""
    given: list[Request] = field(default_factory=list)
    status: int = 204
    hangs: bool = False
    ended: threading.Event = field(default_factory=threading.Event)


@contextmanager
def a_web_server(certificate: str, key: str) -> Iterator[HttpServer]:
    """Up inside the block, in threads of its own."""
    told = HttpServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.given.append(Request(self.path, dict(self.headers.items()), body))
            if told.hangs:
                told.ended.wait()
                return
            self.send_response(told.status)
            if told.status // 100 == 3:
                self.send_header("Location", told.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    told.url = f"https://localhost:{server.server_address[1]}/told"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield told
    finally:
        told.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()
