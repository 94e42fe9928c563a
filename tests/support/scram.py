"""A client of another hand that signs in by SCRAM, on a connection that says one line at a time."""

import ssl
from asyncio import StreamWriter
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from hashlib import sha256

from scramp import ScramClient

PLUS = "SCRAM-SHA-256-PLUS"


def end_point(writer: StreamWriter) -> bytes:
    """What the client saw: RFC 5929 §4.1, for a certificate that SHA-256 signed."""
    tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
    certificate = tls.getpeercert(binary_form=True)
    assert certificate is not None
    return sha256(certificate).digest()


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
