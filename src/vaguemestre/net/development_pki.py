"""A certificate authority for one's own machine, and a server certificate it signs. RFC 5280 §4.

For trials only: the authority is valid for ten years and its key lies beside it, so it must never be
trusted on another machine. Other operators are met with certificates of ``health_pki``.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from vaguemestre.net.issuing import (
    Extension,
    Signer,
    Usage,
    make_authority,
    make_certificate,
    pem,
    write_key,
    write_new,
)

LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "::1")

_AUTHORITY_DAYS: Final = 3650
_SERVER_DAYS: Final = 365


@dataclass(frozen=True, slots=True)
class DevelopmentPki:
    """Where the files are, all PEM. The keys are readable by their owner alone."""

    authority: Path
    authority_key: Path
    certificate: Path
    key: Path


def make_development_pki(folder: Path, now: datetime, hosts: Sequence[str] = LOCAL_HOSTS) -> DevelopmentPki:
    """Make ``ca.pem``, ``ca.key``, ``server.pem``, ``server.key`` in ``folder``, making the folder too.

    ``hosts`` are the names and IP addresses the server is reached by. Raises FileExistsError rather than
    replace anything.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pki = DevelopmentPki(folder / "ca.pem", folder / "ca.key", folder / "server.pem", folder / "server.key")
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = make_authority(_name("Vaguemestre development CA"), authority_key, now, _AUTHORITY_DAYS)
    certificate = make_certificate(
        _name(hosts[0]),
        key.public_key(),
        Signer(authority, authority_key),
        now,
        _SERVER_DAYS,
        Usage(signs=True),
        [ExtendedKeyUsageOID.SERVER_AUTH],
        [Extension(x509.SubjectAlternativeName([_general_name(host) for host in hosts]))],
    )
    write_key(pki.authority_key, authority_key)
    write_new(pki.authority, pem(authority))
    write_key(pki.key, key)
    write_new(pki.certificate, pem(certificate))
    return pki


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
