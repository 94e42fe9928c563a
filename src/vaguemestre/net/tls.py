"""The TLS that clients meet: versions and suites of the ANSSI's recommendations. domain.md §5.

TLS 1.3 and TLS 1.2, nothing older; in 1.2 only ECDHE with AES-GCM or ChaCha20-Poly1305, so that a key
stolen later opens nothing recorded earlier. No compression (CRIME), no renegotiation (a client could make
the server work for nothing).
"""

import asyncio
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from vaguemestre.net.client_lists import ClientLists

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
    client_lists: ClientLists | None = None

    @property
    def asks_clients(self) -> bool:
        """Whether clients are asked for a certificate."""
        return self.verify_mode is not ssl.CERT_NONE

    def fault_in(self, certificate: bytes | None) -> str | None:
        """What is wrong, at this moment of the machine, with what a client showed; for the log."""
        if certificate is None or self.client_lists is None:
            return None
        return self.client_lists.fault_in(certificate, datetime.now(UTC))


def certificate_of(transport: asyncio.BaseTransport) -> bytes | None:
    """What the client showed and proved to hold, in DER; None without TLS, or when it showed none."""
    tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
    return tls.getpeercert(binary_form=True) if tls is not None else None


@dataclass(frozen=True, slots=True)
class ClientCertificates:
    """Whose certificates clients may show: PEM files of authorities, and of their revocation lists.

    Without lists nothing is known to be revoked; with lists, a certificate of an authority that has none, or
    whose list is out of date, is refused.
    """

    authorities: Path
    revocations: Path | None = None


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where it all stands, in PEM; ``certificate`` has the server's first. ``binds``: see ``end_point``."""

    certificate: Path
    key: Path
    clients: ClientCertificates | None = None
    binds: bool = True

    @property
    def paths(self) -> tuple[Path, ...]:
        """Those whose content a running server takes up."""
        clients = () if self.clients is None else (self.clients.authorities, self.clients.revocations)
        return (self.certificate, self.key, *(path for path in clients if path is not None))

    def load_into(self, context: ServerContext) -> None:
        """Have a context in use present what the files hold now; unchanged when CertificateError is raised.

        They are tried on another context first: OpenSSL leaves one half changed when a key does not fit.
        """
        self.context()
        self._load(context)

    def context(self) -> ServerContext:
        """What the listeners present. Raises CertificateError.

        With ``clients`` a client is asked for a certificate; it may have none, and a bad one ends the
        handshake.
        """
        context = ServerContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(":".join(SUITES_TLS12))
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
        if self.clients is not None:
            context.verify_mode = ssl.CERT_OPTIONAL
            # Who resumes a session is judged by what was known then: of tickets at least there are none.
            context.num_tickets = 0
            context.options |= ssl.OP_NO_TICKET
        self._load(context)
        return context

    def _load(self, context: ServerContext) -> None:
        for path, what in ((self.certificate, "certificate"), (self.key, "private key")):
            if not path.is_file():
                raise CertificateError(f"the {what} {path} is not there")
        names = f"{self.certificate} and {self.key}"
        try:
            context.load_cert_chain(self.certificate, self.key)
        except ssl.SSLError as error:
            is_mismatch = "MISMATCH" in (error.reason or "")
            reason = "do not belong together" if is_mismatch else "are not readable PEM"
            raise CertificateError(f"{names} {reason}") from error
        except OSError as error:
            raise CertificateError(f"{names} cannot be read: {error.strerror}") from error
        if self.binds:
            context.end_point = end_point_of(x509.load_pem_x509_certificate(self.certificate.read_bytes()))
        if self.clients is not None:
            self._load_clients(context, self.clients)

    def _load_clients(self, context: ServerContext, clients: ClientCertificates) -> None:
        files = [(clients.authorities, "authorities of clients")]
        if clients.revocations is not None:
            files.append((clients.revocations, "revocation lists"))
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
        for path, what in files:
            try:
                context.load_verify_locations(path)
            except (OSError, ssl.SSLError) as error:
                raise CertificateError(f"the {what} {path} cannot be read: {error.strerror}") from error
        try:
            context.client_lists = ClientLists(clients.revocations)
        except (OSError, ValueError) as error:
            raise CertificateError(
                f"the revocation lists {clients.revocations} cannot be read: {error}"
            ) from error


def server_context(certificate: Path, key: Path, clients: ClientCertificates | None = None) -> ServerContext:
    """As ``TlsFiles.context``, bindings offered."""
    return TlsFiles(certificate, key, clients).context()


def end_point_of(certificate: x509.Certificate) -> bytes | None:
    """By the digest that signed it, by SHA-256 where that was MD5 or SHA-1. RFC 5929 §4.1."""
    digest = certificate.signature_hash_algorithm
    if digest is None:
        return None
    return certificate.fingerprint(hashes.SHA256() if digest.name in {"md5", "sha1"} else digest)
