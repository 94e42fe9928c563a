"""Codes of six digits from a secret that a telephone holds too. RFC 6238 §4; RFC 4226 §5.

SHA-1, six digits, thirty seconds: what every authenticator understands. A code of the moment before or after
is good, because clocks differ; one that was used is not, nor any older (RFC 6238 §5.2).
"""

import secrets
from base64 import b32encode
from datetime import datetime
from hmac import compare_digest
from typing import Final, Protocol
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

SECONDS: Final = 30
_DIGITS: Final = 6
_SECRET: Final = 20  # octets, RFC 4226 §4


class Seals(Protocol):
    """Keeps a few octets so that nobody reads them in the database."""

    def seal(self, octets: bytes, bound: bytes) -> bytes:
        """``bound`` is whose they are: sealed octets moved to another row do not open."""
        ...

    def open(self, sealed: bytes, bound: bytes) -> bytes:
        """Raises SealBrokenError."""
        ...


def new_secret() -> bytes:
    """Of a new telephone."""
    return secrets.token_bytes(_SECRET)


def step_of(secret: bytes, code: str, now: datetime) -> int | None:
    """The moment whose code this is, among the one that runs and its neighbours; None for a wrong one."""
    typed = "".join(code.split())
    if len(typed) != _DIGITS or not typed.isascii():
        return None
    running = int(now.timestamp()) // SECONDS
    codes = HOTP(secret, _DIGITS, SHA1())  # noqa: S303 (RFC 6238 §1.2: what telephones compute)
    found = None
    for step in (running - 1, running, running + 1):
        if compare_digest(codes.generate(step), typed.encode()):
            found = step
    return found


def code_at(secret: bytes, now: datetime) -> str:
    """What the telephone shows at a moment."""
    return HOTP(secret, _DIGITS, SHA1()).generate(int(now.timestamp()) // SECONDS).decode()  # noqa: S303 (as above)


def key_text(secret: bytes) -> str:
    """The secret as it is typed: groups of four."""
    text = b32encode(secret).decode()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def key_uri(secret: bytes, name: str, hostname: str) -> str:
    """The secret as a telephone's camera reads it: the authenticators' otpauth address."""
    issuer, key = f"Vaguemestre {hostname}", b32encode(secret).decode()
    terms = f"secret={key}&issuer={quote(issuer)}&digits={_DIGITS}&period={SECONDS}"
    return f"otpauth://totp/{quote(f'{issuer}:{name}')}?{terms}"
