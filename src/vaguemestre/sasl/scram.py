"""SCRAM-SHA-256 and SCRAM-SHA-256-PLUS on the server's side. RFC 5802 §5, RFC 7677 §3, RFC 5929 §4.

An account has several passwords, one a device, and a client does not say which one it means. They share
salt and iterations, so the challenge is the same for all, and the proof is held against each of them.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from scramp import ScramException, ScramMechanism
from scramp.core import ScramServer

from vaguemestre.mail.credential import ScramKeys
from vaguemestre.sasl.errors import SaslSyntaxError

SCRAM: Final = "SCRAM-SHA-256"
SCRAM_PLUS: Final = "SCRAM-SHA-256-PLUS"
CHANNEL_BINDING: Final = "tls-server-end-point"

_MECHANISM: Final = ScramMechanism(SCRAM)
_BAD_FORM: Final = "This is no message of SCRAM"


def derive(password: str, salt: bytes, iterations: int) -> ScramKeys:
    """The keys of a password; takes some microseconds an iteration. Raises SaslSyntaxError.

    A password with characters that RFC 4013 §2.3 prohibits has none.
    """
    try:
        _, stored_key, server_key, _ = _MECHANISM.make_auth_info(password, iterations, salt)
    except ScramException as error:
        raise SaslSyntaxError("This password holds characters that SCRAM does not allow") from error
    return ScramKeys(salt, iterations, stored_key, server_key)


def claimed_name(client_first: bytes) -> str:
    """Who the first message says it is. RFC 5802 §7: gs2-header ["m=…,"] username "," nonce.

    Raises SaslSyntaxError.
    """
    fields = _text(client_first).split(",", 3)
    if len(fields) < 4 or not fields[2].startswith("n=") or len(fields[2]) == 2:
        raise SaslSyntaxError(_BAD_FORM)
    return fields[2][2:].replace("=2C", ",").replace("=3D", "=")


class Proved(NamedTuple):
    """The proof was right: for which of the keys given, and what proves us to the client."""

    which: int
    server_final: bytes


class ScramExchange:
    """One exchange. ``nonce`` is ours, printable and fresh; ``end_point`` is what the -PLUS form binds to.

    ``end_point`` is given where -PLUS is offered, whichever form the client chose: a client that could bind
    and believes we cannot was lied to on the way, and is refused (RFC 5802 §6).
    """

    __slots__ = ("_binding", "_client_first", "_mechanism", "_nonce", "_servers")

    def __init__(self, nonce: str, end_point: bytes | None, *, plus: bool) -> None:
        self._mechanism = ScramMechanism(SCRAM_PLUS if plus else SCRAM)
        self._binding = None if end_point is None else (CHANNEL_BINDING, end_point)
        self._nonce = nonce
        self._client_first = ""
        self._servers: list[ScramServer] = []

    def challenge(self, client_first: bytes, keys: Sequence[ScramKeys]) -> bytes:
        """The server's first message; ``keys`` has one member at least, all of one salt.

        Raises SaslSyntaxError.
        """
        text, first = _text(client_first), b""
        for of_one in keys:
            info = (of_one.salt, of_one.stored_key, of_one.server_key, of_one.iterations)
            try:
                server = self._mechanism.make_server(lambda _, info=info: info, self._binding, self._nonce)
                server.set_client_first(text)
                first = server.get_server_first().encode("ascii")
            except ScramException as error:
                raise SaslSyntaxError(_BAD_FORM) from error
            self._servers.append(server)
        return first

    def finish(self, client_final: bytes) -> Proved | None:
        """Hold the proof against every key; None when it is none of theirs. Raises SaslSyntaxError."""
        text = _text(client_final)
        for which, server in enumerate(self._servers):
            try:
                server.set_client_final(text)
            except ScramException:
                continue  # a wrong proof, or a form that fits no key either
            return Proved(which, server.get_server_final().encode("ascii"))
        return None


def _text(message: bytes) -> str:
    try:
        return message.decode()
    except UnicodeDecodeError:
        raise SaslSyntaxError(_BAD_FORM) from None
