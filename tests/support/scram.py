"""A client of another hand that signs in by SCRAM, on a connection that says one line at a time."""

import hmac
import ssl
from asyncio import StreamWriter
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from hashlib import pbkdf2_hmac, sha256

from scramp import ScramClient

PLUS = "SCRAM-SHA-256-PLUS"


def end_point(writer: StreamWriter) -> bytes:
    """What the client saw: RFC 5929 §4.1, for a certificate that SHA-256 signed."""
    tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
    certificate = tls.getpeercert(binary_form=True)
    assert certificate is not None
    return sha256(certificate).digest()


class ActingClient:
    """One that gives an authorisation identity, which scramp's does not. RFC 5802 §5.1."""

    def __init__(self, name: str, password: str, acts_as: str) -> None:
        self._password = password.encode()
        self._gs2 = f"n,a={acts_as},"
        self._bare = f"n={name},r=fresh"

    def first(self) -> bytes:
        """The client's first message."""
        return (self._gs2 + self._bare).encode()

    def final(self, challenge: bytes) -> bytes:
        """Its last, with the proof."""
        said = dict(part.split("=", 1) for part in challenge.decode().split(","))
        salted = pbkdf2_hmac("sha256", self._password, b64decode(said["s"]), int(said["i"]))
        key = hmac.digest(salted, b"Client Key", "sha256")
        unproved = f"c={b64encode(self._gs2.encode()).decode()},r={said['r']}"
        told = f"{self._bare},{challenge.decode()},{unproved}".encode()
        signature = hmac.digest(sha256(key).digest(), told, "sha256")
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        return f"{unproved},p={b64encode(proof).decode()}".encode()


async def sign_in(
    say: Callable[[bytes], Awaitable[None]],
    challenge: Callable[[], Awaitable[bytes]],
    user: str,
    password: str,
    seen: bytes | None,
) -> None:
    """From the first response on; the proof of the server is checked."""
    binding = ("tls-server-end-point", seen) if seen is not None else None
    client = ScramClient([PLUS if binding else "SCRAM-SHA-256"], user, password, binding)
    await say(b64encode(client.get_client_first().encode()) + b"\r\n")
    client.set_server_first(b64decode(await challenge()).decode())
    await say(b64encode(client.get_client_final().encode()) + b"\r\n")
    client.set_server_final(b64decode(await challenge()).decode())
    await say(b"\r\n")
