"""A time-stamping authority, asked over HTTP (RFC 3161 §3.4) and believed by its pinned root.

It is sent the digest of what it stamps and nothing else. Its answer is verified before it is kept, and again
whenever somebody asks: the signature, the certificates up to a pinned authority as they stood at that moment,
that the one who signs is there for time stamps (RFC 3161 §2.3), the digest, and of a new one that it answers
this question. Whether a certificate was revoked since is not asked: a token that was kept in time is as good
as on its day.
"""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate, InvalidVersion
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from vaguemestre.net.authorities import Authorities
from vaguemestre.net.http import post_signed
from vaguemestre.service.ports.time_stamps import StampInvalid, TimeStamp

_MOST: Final = 64 * 1024  # octets of an answer; some 6,000 with a chain of certificates
_QUERY: Final = "application/timestamp-query"


class StampingAuthority:
    """At ``address``, "" where nobody is to be asked. Raises CertificateError.

    ``signs_in``: the name and password that it asks for (RFC 7617 §2), which go over TLS alone.
    """

    def __init__(self, address: str, authorities: Path, signs_in: tuple[str, str] | None = None) -> None:
        self._address = address
        self._authorization = None if signs_in is None else _basic(*signs_in)
        self._roots: Sequence[Certificate] = tuple(Authorities(authorities))

    @property
    def can_ask(self) -> bool:
        """Whether its address is known."""
        return bool(self._address)

    async def stamp(self, octets: bytes) -> TimeStamp:
        """Ask, and verify what comes. Raises OSError, StampInvalid."""
        builder = TimestampRequestBuilder(octets, HashAlgorithm.SHA256, nonce=True, cert_req=True)
        request = builder.build()
        try:
            token = await post_signed(self._address, request.as_bytes(), _QUERY, _MOST, self._authorization)
        except OSError as error:
            raise OSError(f"the time-stamping authority gave no stamp: {error}") from error
        return TimeStamp(token, await asyncio.to_thread(self._verified, token, octets, request.nonce))

    def verified(self, token: bytes, octets: bytes) -> datetime:
        """When these octets were stamped. Raises StampInvalid."""
        return self._verified(token, octets, None)

    def _verified(self, token: bytes, octets: bytes, nonce: int | None) -> datetime:
        try:
            answer = decode_timestamp_response(token)
            verifier = VerifierBuilder(roots=list(self._roots), nonce=nonce).build()
            verifier.verify_message(answer, octets)
            return answer.tst_info.gen_time
        except (VerificationError, InvalidVersion, ValueError) as error:
            # What OpenSSL says goes on for lines; the first of them says which step failed.
            raise StampInvalid(str(error).partition(": ErrorStack")[0]) from error


def _basic(name: str, password: str) -> str:
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()
