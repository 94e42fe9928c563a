"""TLS between operators: what we show, whom we believe. domain.md §6, RFC 3207 §4.

OpenSSL asks a client for a certificate and proves that it holds the key; a certificate that no authority of
ours has signed ends the handshake there, with the alert that says so (RFC 8446 §6.2), and ``turned_away_by``
names what is to be told to who comes back (``smtpd.turned_away``), by TLS that asks for no certificate
(``telling``). Everything else is judged after the handshake, by ``verified``, and as often as somebody asks:
dates, revocation, the authorities as their file has them now. So a peer is told in a sentence what to mend,
and neither a session resumed nor one that lasts brings back a certificate revoked meanwhile. What is trusted
is the subject, never the name of the host. docs/decisions/0030-how-operators-are-believed.md says what else
was possible.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Final

from cryptography import x509

from vaguemestre.net.authorities import Authorities, is_in_force
from vaguemestre.net.ocsp import Responder
from vaguemestre.net.revocation import RevocationLists
from vaguemestre.net.tls import SUITES_TLS12, CertificateError, ServerContext, TlsFiles

_NO_CHECK_TIME: Final = 0x200000  # X509_V_FLAG_NO_CHECK_TIME, which Python's ssl has no name for


class Fault(StrEnum):
    """What is wrong with a certificate."""

    MISSING = "no certificate"
    UNREADABLE = "not readable"
    UNKNOWN_AUTHORITY = "unknown authority"
    NOT_YET_VALID = "not yet valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    UNVERIFIED = "revocation not known"  # ours to mend: no list in force, no answer
    PURPOSE = "not made for clients"
    UNSOUND = "not sound"  # a key too short, an old digest, a signature or extension that is wrong


class PeerRefused(Exception):  # noqa: N818 (a decision, not a fault of ours)
    """This peer is not believed. ``certificate`` is what it showed, where that could be read: for the log."""

    def __init__(self, fault: Fault, certificate: x509.Certificate | None = None) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.certificate = certificate


_UNKNOWN: Final = frozenset({2, 18, 19, 20, 21})  # X509_V_ERR_…: no issuer found, or it is its own
_PURPOSE: Final = 26  # X509_V_ERR_INVALID_PURPOSE


def turned_away_by(error: BaseException) -> Fault | None:
    """Why our side has ended a handshake; None when it was not because of the client's certificate."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return None
    if error.verify_code in _UNKNOWN:
        return Fault.UNKNOWN_AUTHORITY
    return Fault.PURPOSE if error.verify_code == _PURPOSE else Fault.UNSOUND


@dataclass(frozen=True, slots=True)
class OperatorFiles:
    """PEM files: our certificate and those between it and the root; its key; the authorities of all."""

    certificate: Path
    key: Path
    authorities: Path


class OperatorTls:
    """Both sides of TLS between operators. Raises CertificateError when the files cannot be used.

    ``server`` and ``client`` are given to who listens and who dials; ``verified`` is asked after every
    handshake, and before every message. ``telling`` asks for no certificate: whoever comes by it is nobody.
    """

    def __init__(
        self,
        files: OperatorFiles,
        lists: Callable[[Callable[[], Authorities]], RevocationLists],
        responder: Responder | None,
        now: Callable[[], datetime],
    ) -> None:
        """``lists`` makes the revocation lists, given where the authorities of the moment are found."""
        self._files = files
        self._now = now
        self._responder = responder
        self._authorities = Authorities(files.authorities)
        self.lists = lists(lambda: self._authorities)
        self.server = _server_context(files)
        self.client = _client_context(files)
        self.telling = _unasking_context(files)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Those whose content a running server takes up."""
        return self._files.certificate, self._files.key, self._files.authorities

    def load(self) -> None:
        """Take up what the files hold now; nothing has changed when CertificateError is raised."""
        files, authorities = self._files, Authorities(self._files.authorities)
        _server_context(files)
        for context in (self.server, self.client, self.telling):
            context.load_cert_chain(files.certificate, files.key)
        for context in (self.server, self.client):
            context.load_verify_locations(files.authorities)
        self._authorities = authorities  # OpenSSL forgets none; we do

    async def verified(self, certificate: bytes | None) -> x509.Certificate:
        """A certificate that its holder showed in a handshake, in DER. Raises PeerRefused."""
        if certificate is None:
            raise PeerRefused(Fault.MISSING)
        try:
            chain = self._authorities.chain_of(x509.load_der_x509_certificate(certificate))
        except ValueError:
            raise PeerRefused(Fault.UNREADABLE) from None
        fault = Fault.UNKNOWN_AUTHORITY if len(chain) == 1 else await self._fault_in(chain)
        if fault is not None:
            raise PeerRefused(fault, chain[0])
        return chain[0]

    async def _fault_in(self, chain: tuple[x509.Certificate, ...]) -> Fault | None:
        now = self._now()
        for each in chain:
            if not is_in_force(each, now):
                return Fault.NOT_YET_VALID if now < each.not_valid_before_utc else Fault.EXPIRED
        for each, issuer in pairwise(chain):
            fault = await self._revocation(each, issuer)
            if fault is not None:
                return fault
        return None

    async def _revocation(self, certificate: x509.Certificate, issuer: x509.Certificate) -> Fault | None:
        """By the lists, and by the responder where there is one: either says that it is revoked."""
        listed = self.lists.is_revoked(certificate)
        if not listed and self._responder is not None:
            answered = await self._responder.is_revoked(certificate, issuer)
            listed = listed if answered is None else answered
        if listed is None:
            return Fault.UNVERIFIED
        return Fault.REVOKED if listed else None


def _unasking_context(files: OperatorFiles) -> ServerContext:
    context = TlsFiles(files.certificate, files.key, binds=False).context()
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET
    return context


def _server_context(files: OperatorFiles) -> ServerContext:
    context = _unasking_context(files)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= _NO_CHECK_TIME  # ``verified`` looks at the dates, and can say so
    _trust(context, files)
    return context


def _client_context(files: OperatorFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # MX names are found without proof; the subject is what is listed
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(":".join(SUITES_TLS12))
    context.options |= ssl.OP_NO_COMPRESSION
    context.load_cert_chain(files.certificate, files.key)
    _trust(context, files)
    return context


def _trust(context: ssl.SSLContext, files: OperatorFiles) -> None:
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # each authority of the file counts by itself
    try:
        context.load_verify_locations(files.authorities)
    except (OSError, ssl.SSLError) as error:
        raise CertificateError(f"the authorities {files.authorities} cannot be read") from error
