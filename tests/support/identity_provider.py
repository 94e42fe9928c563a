"""An OpenID provider on loopback: real keys, real HTTP, and no more than discovery and a key set."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT = "logiciel-de-cabinet"


class IdentityProvider:
    """Signs tokens; ``asked`` are the paths that were fetched, ``answers`` false makes it fail."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}/realms/psc"
        self.key = RSAKey.generate_key(2048, {"kid": "first"})
        self.asked: list[str] = []
        self.answers = True

    def rotate(self, kid: str) -> None:
        """From now on another key signs, and is the only one published."""
        self.key = RSAKey.generate_key(2048, {"kid": kid})

    def token(self, now: float, **claims: object) -> str:
        """An access token, good for two minutes unless told otherwise; a claim of None is left out."""
        said = {"iss": self.issuer, "exp": int(now) + 120, "azp": CLIENT, **claims}
        header = {"alg": "RS256", "kid": self.key.kid}
        return jwt.encode(
            header, {name: value for name, value in said.items() if value is not None}, self.key
        )

    def document(self, path: str) -> bytes | None:
        """What stands at a path."""
        self.asked.append(path)
        if path == "/realms/psc/.well-known/openid-configuration":
            return json.dumps({"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}).encode()
        if path == "/realms/psc/keys":
            return json.dumps(KeySet([self.key]).as_dict(private=False)).encode()
        return None


@contextmanager
def an_identity_provider() -> Iterator[IdentityProvider]:
    """One that answers until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            document = provider.document(self.path) if provider.answers else None
            self.send_response(200 if document is not None else 503)
            self.end_headers()
            self.wfile.write(document or b"")

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = IdentityProvider(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
