"""An OpenID provider on loopback: real keys, real HTTP; discovery, a key set, and people who sign in at once.

Whoever is sent to it is ``person`` there: it sends him back with a code, and exchanges the code for an ID
token, once, with the client's secret and the verifier of RFC 7636 §4.6.
"""

import hashlib
import json
import secrets
import threading
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT = "logiciel-de-cabinet"
SECRET = "un secret : 100%"
_REALM = "/realms/psc"


class _Pending(NamedTuple):
    """Somebody who was sent back with a code."""

    back: str
    nonce: str
    challenge: str


class IdentityProvider:
    """Signs tokens; ``asked`` are the paths that were fetched, ``answers`` false makes it fail.

    ``person`` are claims of who signs in there; ``now`` is its clock; ``forged`` signs in place of its key.
    """

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}{_REALM}"
        self.key = _first_key()
        self.asked: list[str] = []
        self.forged: RSAKey | None = None
        self.answers = True
        self.takes_basic = True
        self.now: Callable[[], float] = time.time
        self.person: dict[str, object] = {"sub": "anna@psc", "amr": ["pwd", "mfa"]}
        self.sent: dict[str, str] = {}
        self._pending: dict[str, _Pending] = {}

    def rotate(self, kid: str) -> None:
        """From now on another key signs, and is the only one published."""
        self.key = RSAKey.generate_key(2048, {"kid": kid})

    def token(self, now: float, **claims: object) -> str:
        """A token, good for two minutes unless told otherwise; a claim of None is left out."""
        said = {"iss": self.issuer, "exp": int(now) + 120, "azp": CLIENT, **claims}
        header = {"alg": "RS256", "kid": self.key.kid}
        carried = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(header, carried, self.forged or self.key)

    def document(self, path: str) -> bytes | None:
        """What stands at a path."""
        self.asked.append(path)
        if path == f"{_REALM}/.well-known/openid-configuration":
            way = "client_secret_basic" if self.takes_basic else "client_secret_post"
            return json.dumps(
                {
                    "issuer": self.issuer,
                    "jwks_uri": f"{self.issuer}/keys",
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "token_endpoint_auth_methods_supported": [way],
                }
            ).encode()
        if path == f"{_REALM}/keys":
            return json.dumps(KeySet([self.key]).as_dict(private=False)).encode()
        return None

    def send_back(self, url: str) -> str | None:
        """Where somebody goes from ``/authorize``, if that is what he came to."""
        parts = urlsplit(url)
        if parts.path != f"{_REALM}/authorize":
            return None
        self.sent = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if (self.sent["response_type"], self.sent["client_id"]) != ("code", CLIENT):
            return None
        code = secrets.token_urlsafe(8)
        back, challenge = self.sent["redirect_uri"], self.sent["code_challenge"]
        self._pending[code] = _Pending(back, self.sent["nonce"], challenge)
        return f"{back}?{urlencode({'code': code, 'state': self.sent['state'], 'iss': self.issuer})}"

    def exchange(self, form: dict[str, str], authorization: str | None) -> dict[str, object] | None:
        """An ID token for a code: once, to who asked for it. RFC 6749 §4.1.3."""
        pending = self._pending.pop(form.get("code", ""), None)
        right = (form.get("redirect_uri"), form.get("grant_type"))
        if pending is None or right != (pending.back, "authorization_code"):
            return None
        if not self._knows(form, authorization):
            return None
        shown = hashlib.sha256(form["code_verifier"].encode()).digest()
        if urlsafe_b64encode(shown).rstrip(b"=").decode() != pending.challenge:
            return None
        said = {"aud": CLIENT, "nonce": pending.nonce, **self.person}
        return {"token_type": "Bearer", "id_token": self.token(self.now(), **said)}

    def _knows(self, form: dict[str, str], authorization: str | None) -> bool:
        if not self.takes_basic:
            return (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        pair = f"{CLIENT}:un+secret+%3A+100%25"  # RFC 6749 §2.3.1
        return authorization == f"Basic {b64encode(pair.encode()).decode()}"


def signing_in_by(provider: IdentityProvider, folder: Path, **more: object) -> dict[tuple[str, str], object]:
    """The settings of a console that signs people in by it."""
    secret = folder / "client.secret"
    secret.write_text(f"{SECRET}\n", encoding="utf-8")
    who = {"issuer": provider.issuer, "client": CLIENT, "name": "Pro Santé Connect"}
    chosen = {**who, "secret_file": str(secret), **more}
    return {("console_openid", name): value for name, value in chosen.items()}


@cache
def _first_key() -> RSAKey:
    """Once a process: it takes a while."""
    return RSAKey.generate_key(2048, {"kid": "first"})


@contextmanager
def an_identity_provider() -> Iterator[IdentityProvider]:
    """One that answers until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            back = provider.send_back(self.path) if provider.answers else None
            if back is not None:
                self.send_response(302)
                self.send_header("location", back)
                self.end_headers()
                return
            document = provider.document(self.path) if provider.answers else None
            self._say(200 if document is not None else 503, document or b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            given = provider.exchange(form, self.headers["authorization"]) if provider.answers else {}
            if given is None:
                self._say(400, b'{"error": "invalid_grant"}')
            else:
                self._say(200 if given else 503, json.dumps(given).encode())

        def _say(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(content)

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
