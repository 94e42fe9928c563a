"""Asking an authority's responder whether a certificate is revoked. RFC 6960 §2, domain.md §6.

The responder is the one that the settings name: an address found in a certificate is a peer's, and is never
asked. An answer counts when the authority has signed it, itself or by a responder it has certified for that
(RFC 6960 §4.2.2.2), about that certificate, and while it is in force. No answer is no harm: the lists decide.
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from vaguemestre.net.authorities import is_in_force
from vaguemestre.net.http import post_signed

_MOST: Final = 64 * 1024  # octets of an answer
_LONGEST: Final = timedelta(hours=1)  # an answer is believed, whatever it says of itself
_SKEW: Final = timedelta(minutes=5)  # the responder's clock may be ahead of ours
_SILENCE: Final = timedelta(minutes=1)  # nobody waits again for a responder that has just not answered
_REMEMBERED: Final = 1000  # answers: as many operators' certificates

_log = structlog.get_logger()


class Responder:
    """Asks, and remembers answers while they are in force."""

    def __init__(self, address: str, now: Callable[[], datetime]) -> None:
        self.address = address
        self._now = now
        self._answers: dict[tuple[bytes, int], tuple[bool | None, datetime]] = {}

    async def is_revoked(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bool | None:
        """What the responder says; None when it says nothing that counts."""
        about = (issuer.fingerprint(SHA256()), certificate.serial_number)
        known = self._answers.get(about)
        if known is not None and self._now() <= known[1]:
            return known[0]
        nonce = os.urandom(16)
        answer: tuple[bool | None, datetime]
        # RFC 5019 §2.1.1: responders know certificates by this digest, which protects nothing here.
        builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, SHA1())  # noqa: S303 (above)
        request = builder.add_extension(x509.OCSPNonce(nonce), critical=False).build()
        try:
            octets = await post_signed(
                self.address, request.public_bytes(Encoding.DER), "application/ocsp-request", _MOST
            )
            answer = _answer(octets, request, issuer, nonce, self._now())
        except (OSError, ValueError) as error:
            _log.warning("ocsp_gave_no_answer", reason=str(error) or type(error).__name__)
            answer = (None, self._now() + _SILENCE)
        if len(self._answers) >= _REMEMBERED:
            self._answers.clear()
        self._answers[about] = answer
        return answer[0]


def _answer(
    octets: bytes, request: ocsp.OCSPRequest, issuer: x509.Certificate, nonce: bytes, now: datetime
) -> tuple[bool, datetime]:
    """Whether it is revoked, and until when that may be believed. Raises ValueError."""
    response = ocsp.load_der_ocsp_response(octets)
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise ValueError(f"it says {response.response_status.name.lower()}")
    asked = (request.serial_number, request.issuer_key_hash, request.issuer_name_hash)
    if (response.serial_number, response.issuer_key_hash, response.issuer_name_hash) != asked:
        raise ValueError("it speaks of another certificate")
    for extension in response.extensions:
        if isinstance(extension.value, x509.OCSPNonce) and extension.value.nonce != nonce:
            raise ValueError("it answers another question")
    _verify(response, issuer, now)
    until = min(response.next_update_utc or response.this_update_utc + _LONGEST, now + _LONGEST)
    if not response.this_update_utc - _SKEW <= now <= until:
        raise ValueError("it is not in force")
    if response.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        raise ValueError("it does not know the certificate")
    return response.certificate_status is ocsp.OCSPCertStatus.REVOKED, until


def _verify(response: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> None:
    """That the authority has signed it, or who may in its name. Raises ValueError."""
    digest = response.signature_hash_algorithm
    signers = [issuer, *(each for each in response.certificates if _may_answer(each, issuer, now))]
    for signer in signers:
        key = signer.public_key()
        try:
            if isinstance(key, rsa.RSAPublicKey) and digest is not None:
                key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), digest)
                return
            if isinstance(key, ec.EllipticCurvePublicKey) and digest is not None:
                key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(digest))
                return
        except InvalidSignature:
            continue
    raise ValueError("nobody who may has signed it")


def _may_answer(responder: x509.Certificate, issuer: x509.Certificate, now: datetime) -> bool:
    try:
        responder.verify_directly_issued_by(issuer)
        usage = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in usage and is_in_force(responder, now)
