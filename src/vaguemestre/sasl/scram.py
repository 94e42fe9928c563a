"""SCRAM-SHA-256 and SCRAM-SHA-256-PLUS on the server's side. RFC 5802 §5, RFC 7677 §3, RFC 5929 §4.

An account has several passwords, one a device, and a client does not say which one it means. They share
salt and iterations, so the challenge is the same for all, and the proof is held against each of them.

Keys are derived by ``scramp``; its exchange refuses clients that repeat their name as authorisation identity,
as imapflow does, so the exchange is here.
"""

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from scramp import ScramException, ScramMechanism

from vaguemestre.mail.credential import ScramKeys
from vaguemestre.sasl.errors import SaslSyntaxError

SCRAM: Final = "SCRAM-SHA-256"
SCRAM_PLUS: Final = "SCRAM-SHA-256-PLUS"
CHANNEL_BINDING: Final = "tls-server-end-point"

_MECHANISM: Final = ScramMechanism(SCRAM)
_BAD_FORM: Final = "This is no message of SCRAM"
# RFC 5802 §7: gs2-header = gs2-cbind-flag "," [ "a=" saslname ] ","; client-first-message-bare after it.
_NAME: Final = r"(?:[^=,\x00]|=2C|=3D)+"
_FIRST: Final = re.compile(
    rf"(?P<gs2>(?P<flag>n|y|p=(?P<binding>[A-Za-z0-9.-]+)),(?:a=(?P<acts_as>{_NAME}))?,)"
    rf"(?P<bare>n=(?P<name>{_NAME}),r=(?P<nonce>[!-+\--~]+)(?:,[A-Za-z]=[^,\x00]+)*)"
)
# RFC 5802 §7: client-final-message = channel-binding "," nonce ["," extensions] "," proof
_FINAL: Final = re.compile(
    r"(?P<unproved>c=(?P<binding>[A-Za-z0-9+/=]+),r=(?P<nonce>[!-+\--~]+)(?:,[A-Za-z]=[^,\x00]+)*)"
    r",p=(?P<proof>[A-Za-z0-9+/]{43}=)"
)


def derive(password: str, salt: bytes, iterations: int) -> ScramKeys:
    """The keys of a password; takes some microseconds an iteration. Raises SaslSyntaxError.

    A password with characters that RFC 4013 §2.3 prohibits has none.
    """
    try:
        _, stored_key, server_key, _ = _MECHANISM.make_auth_info(password, iterations, salt)
    except ScramException as error:
        raise SaslSyntaxError("This password holds characters that SCRAM does not allow") from error
    return ScramKeys(salt, iterations, stored_key, server_key)


class ClaimedName(NamedTuple):
    """Who a client says it is, and for whom it acts; empty for itself."""

    name: str
    acts_as: str


def claimed_name(client_first: bytes) -> ClaimedName:
    """Who the first message says it is. Raises SaslSyntaxError."""
    first = _matched(_FIRST, client_first)
    name, acts_as = _plain(first["name"]), _plain(first["acts_as"] or "")
    return ClaimedName(name, "" if acts_as.lower() == name.lower() else acts_as)


class Proved(NamedTuple):
    """The proof was right: for which of the keys given, and what proves us to the client."""

    which: int
    server_final: bytes


class ScramExchange:
    """One exchange. ``nonce`` is ours, printable and fresh; ``end_point`` is what the -PLUS form binds to.

    ``end_point`` is given where -PLUS is offered, whichever form the client chose: a client that could bind
    and believes we cannot was lied to on the way, and is refused (RFC 5802 §6).
    """

    __slots__ = ("_bare", "_bound", "_end_point", "_keys", "_nonce", "_plus", "_server_first")

    def __init__(self, nonce: str, end_point: bytes | None, *, plus: bool) -> None:
        self._end_point = end_point
        self._plus = plus
        self._nonce = nonce
        self._keys: Sequence[ScramKeys] = ()
        self._bare = self._server_first = ""
        self._bound = b""

    def challenge(self, client_first: bytes, keys: Sequence[ScramKeys]) -> bytes:
        """The server's first message; ``keys`` has one member at least, all of one salt.

        Raises SaslSyntaxError.
        """
        first = _matched(_FIRST, client_first)
        flag = first["flag"][0]
        if (flag == "p") is not self._plus or (flag == "y" and self._end_point is not None):
            raise SaslSyntaxError("The client and the server do not see the same offer: is anybody between?")
        if self._plus and first["binding"] != CHANNEL_BINDING:
            raise SaslSyntaxError(f"The only channel binding here is {CHANNEL_BINDING}")
        self._bound = first["gs2"].encode() + ((self._end_point or b"") if self._plus else b"")
        self._bare = first["bare"]
        self._nonce = first["nonce"] + self._nonce
        self._keys = keys
        salt = b64encode(keys[0].salt).decode("ascii")
        self._server_first = f"r={self._nonce},s={salt},i={keys[0].iterations}"
        return self._server_first.encode("ascii")

    def finish(self, client_final: bytes) -> Proved | None:
        """Hold the proof against every key; None when it is none of theirs. Raises SaslSyntaxError."""
        final = _matched(_FINAL, client_final)
        bound = b64encode(self._bound).decode("ascii")
        if not hmac.compare_digest(final["binding"], bound) or final["nonce"] != self._nonce:
            return None
        told = f"{self._bare},{self._server_first},{final['unproved']}".encode()
        proof = b64decode(final["proof"])
        for which, keys in enumerate(self._keys):
            # RFC 5802 §3: ClientKey = ClientProof XOR HMAC(StoredKey, AuthMessage); StoredKey = H(ClientKey)
            signature = hmac.digest(keys.stored_key, told, "sha256")
            client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
            if hmac.compare_digest(sha256(client_key).digest(), keys.stored_key):
                ours = b64encode(hmac.digest(keys.server_key, told, "sha256"))
                return Proved(which, b"v=" + ours)
        return None


def _plain(name: str) -> str:
    return name.replace("=2C", ",").replace("=3D", "=")


def _matched(pattern: re.Pattern[str], message: bytes) -> re.Match[str]:
    try:
        found = pattern.fullmatch(message.decode())
    except UnicodeDecodeError:
        found = None
    if found is None:
        raise SaslSyntaxError(_BAD_FORM)
    return found
