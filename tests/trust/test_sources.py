"""A list is fetched when it has changed, and from where it is published alone. RFC 9110 §13.1.2."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.support.trust_lists import A_HOSPITAL, a_kept_trust, a_signed_list
from tests.support.world import FakeClock

from vaguemestre.net.health_pki import HealthPki
from vaguemestre.service.ports.trust_list import TrustListRefused
from vaguemestre.trust.outline import LARGEST
from vaguemestre.trust.source import WebSource


@dataclass(slots=True)
class Published:
    """What the server gives, and what it was asked."""

    content: bytes
    etag: str = '"1"'
    status: int = 200
    claims: int | None = None
    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def publishing(content: bytes, context: ssl.SSLContext | None = None) -> Iterator[Published]:
    """An HTTP server on loopback, that knows conditions."""
    published = Published(content)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known, since = self.headers.get("If-None-Match", ""), self.headers.get("If-Modified-Since", "")
            published.asked.append((known, since))
            if known and known == published.etag:
                self.send_response(304)
                self.end_headers()
                return
            self.send_response(published.status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("ETag", published.etag)
            self.send_header("Last-Modified", "Sun, 22 Nov 2026 11:00:00 GMT")
            self.send_header("Content-Length", str(published.claims or len(published.content)))
            self.end_headers()
            self.wfile.write(published.content)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    published.url = (
        f"{'http' if context is None else 'https'}://127.0.0.1:{server.server_address[1]}/liste.xml"
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield published
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def source(published: Published) -> WebSource:
    return WebSource(published.url, ssl.create_default_context())


async def test_a_list_that_has_not_changed_is_not_fetched_again(
    health_pki: HealthPki, tmp_path: Path
) -> None:
    clock = FakeClock()
    with publishing(a_signed_list(health_pki, [A_HOSPITAL], clock.now())) as published:
        kept = a_kept_trust(health_pki, tmp_path, clock, source(published))
        assert (await kept.keeping.refresh()).is_first
        assert (await kept.keeping.refresh()).difference is None
        assert published.asked == [("", ""), ('"1"', "Sun, 22 Nov 2026 11:00:00 GMT")]


async def test_a_list_that_was_refused_is_fetched_again(health_pki: HealthPki, tmp_path: Path) -> None:
    clock = FakeClock()
    with publishing(b"<rubbish/>") as published:
        kept = a_kept_trust(health_pki, tmp_path, clock, source(published))
        for _ in range(2):
            with pytest.raises(TrustListRefused):
                await kept.keeping.refresh()
        assert published.asked == [("", ""), ("", "")]


@pytest.mark.parametrize(
    ("status", "claims", "why"),
    [
        (404, None, "answers 404"),
        (302, None, "redirects"),
        (200, 500, "cut short"),
        (503, None, "answers"),
    ],
)
async def test_anything_else_is_a_failure_that_says_what(status: int, claims: int | None, why: str) -> None:
    with publishing(b"<rubbish/>") as published:
        published.status, published.claims = status, claims
        with pytest.raises(OSError, match=why):
            await source(published).fetch()


async def test_an_answer_without_end_is_not_taken() -> None:
    with publishing(b" " * (LARGEST + 1)) as published, pytest.raises(OSError, match="too large"):
        await source(published).fetch()


async def test_a_server_that_nobody_vouches_for_is_not_asked(health_pki: HealthPki) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown = health_pki.shown("operator")
    context.load_cert_chain(shown.certificate, shown.key)
    with publishing(b"x", context) as published:
        with pytest.raises(ssl.SSLCertVerificationError):
            await source(published).fetch()
        assert published.asked == []


async def test_only_https_is_asked() -> None:
    with pytest.raises(OSError, match="only https"):
        await WebSource("http://listeblanche.mssante.fr/", ssl.create_default_context()).fetch()
