"""A real time-stamping authority on loopback: ``openssl ts`` answers what is posted. RFC 3161 §3.4."""

import subprocess
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from tests.support.programs import program

_EXTENSIONS: Final = """
[stamps]
extendedKeyUsage = critical, timeStamping
keyUsage = critical, digitalSignature
[mail]
extendedKeyUsage = emailProtection
"""
_POLICY: Final = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/stamps.pem
signer_key = {folder}/stamps.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = {digests}
"""
_NEW_KEY: Final = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


@dataclass(slots=True)
class StampingHouse:
    """Its keys lie in ``folder``. ``replays``: it gives its first answer again; ``status`` 200 answers.

    ``password``: what it wants of "vaguemestre".
    """

    folder: Path
    digests: str = "sha256"
    status: int = 200
    replays: bool = False
    password: str = ""
    given: list[bytes] = field(default_factory=list)
    url: str = ""

    @property
    def root(self) -> Path:
        """Whom to believe."""
        return self.folder / "root.pem"

    def answer(self, query: bytes) -> bytes:
        """What ``openssl ts`` says; a refusal is an answer too."""
        if self.replays and self.given:
            return self.given[0]
        (self.folder / "tsa.cnf").write_text(_POLICY.format(folder=self.folder, digests=self.digests))
        (self.folder / "query").write_bytes(query)
        files = ("-config", "tsa.cnf", "-queryfile", "query", "-out", "answer")
        openssl(self.folder, "ts", "-reply", *files)
        self.given.append((self.folder / "answer").read_bytes())
        return self.given[-1]


def openssl(folder: Path, *arguments: str) -> bytes:
    """Run in a folder; what it prints."""
    done = subprocess.run([program("openssl"), *arguments], cwd=folder, capture_output=True, check=True)
    return done.stdout


def a_stamping_house(folder: Path) -> StampingHouse:
    """A root, a certificate of it for time stamps, another for mail."""
    folder.mkdir(parents=True)
    (folder / "extensions").write_text(_EXTENSIONS)
    (folder / "serial").write_text("01\n")
    name = ("-subj", f"/CN={folder.name}", "-addext", "keyUsage=critical,keyCertSign")
    openssl(folder, "req", "-x509", *_NEW_KEY, "-keyout", "root.key", "-out", "root.pem", *name, "-days", "9")
    for kind in ("stamps", "mail"):
        told = ("-keyout", f"{kind}.key", "-out", f"{kind}.csr", "-subj", f"/CN={kind}.{folder.name}")
        openssl(folder, "req", *_NEW_KEY, *told)
        signed = ("-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "9")
        extended = ("-extfile", "extensions", "-extensions", kind)
        openssl(folder, "x509", "-req", "-in", f"{kind}.csr", "-out", f"{kind}.pem", *signed, *extended)
    return StampingHouse(folder)


@contextmanager
def listening(house: StampingHouse) -> Iterator[StampingHouse]:
    """Over HTTP, inside the block, in threads of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            octets = house.answer(self.rfile.read(int(self.headers["Content-Length"])))
            known = "Basic " + b64encode(f"vaguemestre:{house.password}".encode()).decode()
            let_in = not house.password or self.headers["Authorization"] == known
            self.send_response(house.status if let_in else 401)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(octets)))
            self.end_headers()
            self.wfile.write(octets)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    house.url = f"http://127.0.0.1:{server.server_port}/tsr"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield house
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
