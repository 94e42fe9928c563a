"""Revocation lists of the authorities of operators: fetched, verified, kept. RFC 5280 §5, domain.md §6.

A list comes from a file or over http, where nothing protects it but its signature: it counts when an
authority of ours has signed it, when it is in force, and when it is no older than the one we have, so that
nobody brings back the day before a revocation. The last good one is kept on disk and used, after a download
that failed and after a restart, until it expires; then certificates of that authority cannot be verified any
more, and the log has said so since long before.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from vaguemestre.net.authorities import Authorities
from vaguemestre.net.http import get_signed, is_web

_MOST: Final = 32 * 1024 * 1024  # octets of a list: some 800,000 revoked certificates
_WARNED_AT: Final = 2 / 3  # of a list's life gone by: its authority should have published another long ago

_log = structlog.get_logger()


class ListRefused(Exception):  # noqa: N818 (a decision: the list is somebody else's)
    """This list is not one we use; the message says why."""


@dataclass(frozen=True, slots=True)
class RevocationList:
    """One that was verified. ``for_authorities`` and ``for_others``: whose certificates it speaks of."""

    issuer: x509.Name
    since: datetime
    until: datetime
    serials: frozenset[int]
    for_authorities: bool = True
    for_others: bool = True

    def speaks_of(self, certificate: x509.Certificate) -> bool:
        """Whether that certificate would be in it, were it revoked."""
        if certificate.issuer != self.issuer:
            return False
        try:
            is_authority = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        except x509.ExtensionNotFound:
            is_authority = False
        return self.for_authorities if is_authority else self.for_others

    def is_old(self, now: datetime) -> bool:
        """Whether another should have come since: the operator is told before this one expires."""
        return now >= self.since + (self.until - self.since) * _WARNED_AT


class RevocationLists:
    """The last good list of each source: a path, or an http address. ``folder`` keeps what was downloaded."""

    def __init__(
        self,
        sources: Iterable[str],
        folder: Path,
        authorities: Callable[[], Authorities],
        now: Callable[[], datetime],
    ) -> None:
        self.sources = tuple(sources)
        self._folder = folder
        self._authorities = authorities
        self._now = now
        self.held: dict[str, RevocationList] = {}

    async def load(self) -> None:
        """Take what lies on this machine, before anybody is met: no download holds up a start."""
        for source in self.sources:
            path = self._kept(source) if is_web(source) else Path(source)
            await self._take(source, path.read_bytes, None)

    async def run_once(self, limit: int) -> int:
        """Look for newer lists, for the background worker: never as many as ``limit``."""
        del limit  # a handful of sources
        for source in self.sources:
            await self._refresh(source)
        return 0

    def is_revoked(self, certificate: x509.Certificate) -> bool | None:
        """Whether a list in force has it; None when there is no such list of its authority."""
        now = self._now()
        spoken = [
            held
            for held in self.held.values()
            if held.since <= now <= held.until and held.speaks_of(certificate)
        ]
        if not spoken:
            return None
        return any(certificate.serial_number in held.serials for held in spoken)

    async def _refresh(self, source: str) -> None:
        """Take what the source has if it is good; what was kept on disk when we hold nothing yet."""
        kept = self._kept(source)
        if source not in self.held and is_web(source):
            await self._take(source, kept.read_bytes, None)
        try:
            fetched = await get_signed(source, _MOST) if is_web(source) else None
        except OSError as error:
            _log.warning("revocation_list_not_fetched", source=source, reason=str(error))
        else:
            if fetched is None:
                await self._take(source, Path(source).read_bytes, None)
            else:
                octets = fetched
                await self._take(source, lambda: octets, kept)
        self._alarm(source)

    def _kept(self, source: str) -> Path:
        return self._folder / f"{hashlib.sha256(source.encode()).hexdigest()[:32]}.crl"

    async def _take(self, source: str, read: Callable[[], bytes], kept: Path | None) -> None:
        authorities, now, former = self._authorities(), self._now(), self.held.get(source)

        def taken() -> RevocationList:
            octets = read()
            fresh = verified_list(octets, authorities, now)
            if former is not None and fresh.since < former.since:
                raise ListRefused("it is older than the one in use")
            if kept is not None and fresh != former:
                _keep(kept, octets)
            return fresh

        try:
            self.held[source] = await asyncio.to_thread(taken)
        except FileNotFoundError as error:
            if kept is not None or not is_web(source):
                _log.error("revocation_list_not_kept", source=source, reason=str(error.strerror))
        except OSError as error:
            _log.error("revocation_list_not_read", source=source, reason=str(error.strerror))
        except ListRefused as error:
            _log.error("revocation_list_refused", source=source, reason=str(error))

    def _alarm(self, source: str) -> None:
        held, now = self.held.get(source), self._now()
        if held is None:
            _log.error("revocation_list_missing", source=source)
        elif now > held.until:
            _log.error("revocation_list_expired", source=source, until=held.until.isoformat())
        elif held.is_old(now):
            _log.warning("revocation_list_old", source=source, until=held.until.isoformat())


def verified_list(octets: bytes, authorities: Authorities, now: datetime) -> RevocationList:
    """A list in DER or PEM that one of ours has signed and that is in force. Raises ListRefused."""
    try:
        is_pem = octets.lstrip().startswith(b"-----BEGIN")
        found = x509.load_pem_x509_crl(octets) if is_pem else x509.load_der_x509_crl(octets)
        issuer = next((each for each in authorities if _has_signed(each, found)), None)
        if issuer is None:
            raise ListRefused("no authority of ours has signed it")
        since, until = found.last_update_utc, found.next_update_utc
        if until is None:
            raise ListRefused("it does not say until when it is in force")
        if not since <= now <= until:
            raise ListRefused(f"it is in force from {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M}")
        for_others, for_authorities = _scope(found)
        serials = frozenset(entry.serial_number for entry in found)
    except ValueError as error:
        raise ListRefused("it is no revocation list") from error
    return RevocationList(issuer.subject, since, until, serials, for_authorities, for_others)


def _scope(found: x509.CertificateRevocationList) -> tuple[bool, bool]:
    """Whether it speaks of certificates that are no authority's, and of those that are. RFC 5280 §5.2.5."""
    users = authorities = True
    for extension in found.extensions:
        value = extension.value
        if isinstance(value, x509.IssuingDistributionPoint):
            if value.indirect_crl or value.only_some_reasons or value.only_contains_attribute_certs:
                raise ListRefused("it speaks of some revocations alone")
            users, authorities = not value.only_contains_ca_certs, not value.only_contains_user_certs
        elif extension.critical:  # RFC 5280 §5.2: such a list, a delta among them, is not to be used
            raise ListRefused("it holds what is not understood here")
    return users, authorities


def _has_signed(authority: x509.Certificate, found: x509.CertificateRevocationList) -> bool:
    if authority.subject != found.issuer:
        return False
    usage = authority.extensions.get_extension_for_class(x509.KeyUsage).value
    key = authority.public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
        return False
    return usage.crl_sign and found.is_signature_valid(key)


def _keep(path: Path, octets: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(octets)
    fresh.replace(path)
