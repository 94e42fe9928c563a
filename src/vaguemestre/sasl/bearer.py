"""OAUTHBEARER (RFC 7628 §3.1) and XOAUTH2, which came before it and which most clients still speak.

Neither has a proof of ours: the token alone says who it is. A refusal is a challenge in JSON that the
client answers with nothing, and then the exchange fails (RFC 7628 §3.2.3).
"""

import json
import re
from typing import Final, NamedTuple

from vaguemestre.sasl.errors import SaslSyntaxError

OAUTHBEARER: Final = "OAUTHBEARER"
XOAUTH2: Final = "XOAUTH2"

_BAD_FORM: Final = "These octets do not have the form of the mechanism"
# RFC 7628 §3.1: client-resp = (gs2-header kvsep *kvpair kvsep) / kvsep; kvsep is ^A. gs2: no channel binding.
_GS2: Final = re.compile(r"[ny],(?:a=(?P<user>[^,\x01]*))?,")
# RFC 6750 §2.1: the scheme is without case, the token is b64token.
_BEARER: Final = re.compile(r"bearer +(?P<token>[A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)


class Bearer(NamedTuple):
    """The mailbox that is meant, and the token. Never logged."""

    user: str
    token: str

    def __repr__(self) -> str:
        return "Bearer(…)"


def parse_oauthbearer(message: bytes) -> Bearer:
    """``n,a=user,^Ahost=…^Aport=…^Aauth=Bearer token^A^A``. Raises SaslSyntaxError."""
    head, *fields = _fields(message)
    header = _GS2.fullmatch(head)
    if header is None:
        raise SaslSyntaxError(_BAD_FORM)
    user = (header["user"] or "").replace("=2C", ",").replace("=3D", "=")
    return _bearer(user, fields)


def parse_xoauth2(message: bytes) -> Bearer:
    """``user=…^Aauth=Bearer token^A^A``. Raises SaslSyntaxError."""
    head, *fields = _fields(message)
    if not head.startswith("user="):
        raise SaslSyntaxError(_BAD_FORM)
    return _bearer(head.removeprefix("user="), fields)


def failure(configuration: str) -> bytes:
    """What a refused client is told: where its token should come from. RFC 7628 §3.2.2."""
    told = {"status": "invalid_token", "openid-configuration": configuration}
    return json.dumps(told, separators=(",", ":")).encode()


def _fields(message: bytes) -> list[str]:
    if not message.endswith(b"\x01\x01"):
        raise SaslSyntaxError(_BAD_FORM)
    try:
        return message[:-2].decode().split("\x01")
    except UnicodeDecodeError:
        raise SaslSyntaxError(_BAD_FORM) from None


def _bearer(user: str, fields: list[str]) -> Bearer:
    values = [field.removeprefix("auth=") for field in fields if field.startswith("auth=")]
    found = _BEARER.fullmatch(values[0]) if len(values) == 1 else None
    if found is None:
        raise SaslSyntaxError(_BAD_FORM)
    if not user:
        raise SaslSyntaxError("Say which mailbox is meant: one person may hold several")
    return Bearer(user, found["token"])
