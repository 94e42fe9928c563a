"""The TLS that clients meet: versions and suites of the ANSSI's recommendations. domain.md §5.

TLS 1.3 and TLS 1.2, nothing older; in 1.2 only ECDHE with AES-GCM or ChaCha20-Poly1305, so that a key
stolen later opens nothing recorded earlier. No compression (CRIME), no renegotiation (a client could make
the server work for nothing).
"""

import ssl
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes

SUITES_TLS12: Final = (
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
)
"""In the order of our preference. Those of TLS 1.3 are all good and are left as they are."""


class CertificateError(Exception):
    """The certificate or its key cannot be used; the message says which file and why."""


class ServerContext(ssl.SSLContext):
    """A server's; ``end_point`` is the digest of its certificate that clients may bind a sign-in to.

    ``tls-server-end-point`` of RFC 5929 §4.1; None where that section defines none (Ed25519).
    """

    end_point: bytes | None = None


def server_context(certificate: Path, key: Path) -> ServerContext:
    """What the listeners present: ``certificate`` is PEM, the server's first. Raises CertificateError."""
    for path, what in ((certificate, "certificate"), (key, "private key")):
        if not path.is_file():
            raise CertificateError(f"the {what} {path} is not there")
    context = ServerContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(":".join(SUITES_TLS12))
    context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    try:
        context.load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        reason = "do not belong together" if "MISMATCH" in (error.reason or "") else "are not readable PEM"
        raise CertificateError(f"{certificate} and {key} {reason}") from error
    except OSError as error:
        raise CertificateError(f"{certificate} or {key} cannot be read: {error.strerror}") from error
    context.end_point = end_point_of(x509.load_pem_x509_certificate(certificate.read_bytes()))
    return context


def end_point_of(certificate: x509.Certificate) -> bytes | None:
    """By the digest that signed it, by SHA-256 where that was MD5 or SHA-1. RFC 5929 §4.1."""
    digest = certificate.signature_hash_algorithm
    if digest is None:
        return None
    return certificate.fingerprint(hashes.SHA256() if digest.name in {"md5", "sha1"} else digest)
