"""TLS between two operators of one health PKI; the lists it publishes, its OCSP responder."""

import shutil
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import mkdtemp
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509 import ocsp

from vaguemestre.net.health_pki import HealthPki, Shown, make_health_pki
from vaguemestre.net.ocsp import Responder
from vaguemestre.net.operators import OperatorFiles, OperatorTls
from vaguemestre.net.revocation import RevocationLists


class Hands:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.at


@cache
def health_pki() -> HealthPki:
    """One for the whole run: its keys take most of a second. Tests that revoke take ``own_pki``."""
    return make_health_pki(Path(mkdtemp(prefix="vaguemestre-tests-")) / "pki", datetime.now(UTC))


@cache
def strangers() -> HealthPki:
    """Another, of authorities that nobody here knows; one for the whole run too."""
    return make_health_pki(Path(mkdtemp(prefix="vaguemestre-tests-")) / "pki", datetime.now(UTC))


def own_pki(folder: Path) -> HealthPki:
    """A copy of ``health_pki``, for tests that issue and revoke: making keys takes longer than the tests."""
    return HealthPki(Path(shutil.copytree(health_pki().folder, folder)))


def operator_tls(
    pki: HealthPki,
    folder: Path,
    now: Hands,
    name: str = "operator",
    sources: Sequence[str] | None = None,
    responder: Responder | None = None,
    authorities: Path | None = None,
) -> OperatorTls:
    """The TLS of one of its operators, its lists not looked for yet."""
    shown = pki.shown(name)
    files = OperatorFiles(shown.certificate, shown.key, authorities or pki.authorities)
    places = [str(path) for path in pki.lists] if sources is None else sources
    return OperatorTls(files, partial(RevocationLists, places, folder, now=now), responder, now)


def client_of(pki: HealthPki, name: str | None) -> ssl.SSLContext:
    """A client that shows a certificate of the PKI, or none, and believes whoever answers."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if name is not None:
        shown = pki.shown(name)
        context.load_cert_chain(shown.certificate, shown.key)
    return context


def shaken(
    server: ssl.SSLContext, client: ssl.SSLContext, session: ssl.SSLSession | None = None
) -> tuple[ssl.SSLObject, ssl.SSLObject]:
    """Both ends after the handshake. Raises ssl.SSLError, whichever end gives up."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(down, up, server_side=False, session=session)
    far = server.wrap_bio(up, down, server_side=True)
    waiting = [near, far]
    while waiting:
        for end in list(waiting):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.remove(end)
    return near, far


@contextmanager
def published(answers: dict[str, bytes], responder: "Answering | None" = None) -> Iterator[str]:
    """An http server on this machine; its address. What is not in ``answers`` is 404, POST is OCSP's."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(answers.get(self.path))

        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            self._say(responder(asked) if responder is not None else None)

        def _say(self, octets: bytes | None) -> None:
            self.send_response(200 if octets is not None else 404)
            self.send_header("Content-Length", str(len(octets or b"")))
            self.end_headers()
            self.wfile.write(octets or b"")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Answering:
    """An OCSP responder: knows who is revoked, signs by the responder's certificate or by another."""

    def __init__(self, pki: HealthPki, now: Hands, signer: str = "ocsp") -> None:
        self._pki = pki
        self._now = now
        self.signer = signer
        self.revoked: set[int] = set()
        self.keeps_nonce = True
        self.asked = 0

    def revoke(self, shown: Shown) -> None:
        self.revoked.add(shown.read.serial_number)

    def __call__(self, octets: bytes) -> bytes:
        self.asked += 1
        request, now = ocsp.load_der_ocsp_request(octets), self._now()
        issuer = self._pki.signer().certificate
        shown = next(
            each
            for path in sorted(self._pki.folder.glob("*.pem"))
            if path.with_suffix(".key").exists()
            and (each := x509.load_pem_x509_certificate(path.read_bytes())).serial_number
            == request.serial_number
        )
        is_revoked = request.serial_number in self.revoked
        responder = self._pki.shown(self.signer)
        key = load_pem_private_key(responder.key.read_bytes(), None)
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                shown,
                issuer,
                request.hash_algorithm,
                ocsp.OCSPCertStatus.REVOKED if is_revoked else ocsp.OCSPCertStatus.GOOD,
                now,
                now + timedelta(minutes=10),
                now if is_revoked else None,
                None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, responder.read)
            .certificates([responder.read])
        )
        nonce = request.extensions.get_extension_for_class(x509.OCSPNonce).value
        said = nonce if self.keeps_nonce else x509.OCSPNonce(b"of another question")
        return (
            builder.add_extension(said, critical=False)
            .sign(key, SHA256())  # type: ignore[arg-type]  # an RSA key, as it was made
            .public_bytes(Encoding.DER)
        )
