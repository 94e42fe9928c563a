"""A public key infrastructure shaped like the health one, for trials between operators. domain.md §6.

A root, the authority of organisations below it, and what that one signs: certificates of operators (both
client's and server's, since an operator is either), of a program, of the trust list's signer, of an OCSP
responder. Subjects have the form of the real ones, ``CN=…,OU=3<SIRET>|1<FINESS>,O=…,ST=…,C=FR``; names and
numbers are nobody's, and no policy identifier of the real infrastructure is borrowed.

The keys lie beside the certificates: never trust these authorities on another machine.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from vaguemestre.net.issuing import (
    Extension,
    Signer,
    Usage,
    make_authority,
    make_certificate,
    make_list,
    pem,
    write_key,
    write_new,
)

OPERATORS: Final[Mapping[str, str]] = {
    "operator": "CN=mss.hopital.example,OU=399999999900015,O=HOPITAL FICTIF,ST=Rhône (69),C=FR",
    "citizen-operator": "CN=mss.citoyens.example,OU=1990000001,O=MESSAGERIE FICTIVE,ST=Paris (75),C=FR",
}
"""File name → subject. One has a SIRET (``3``), the other a FINESS (``1``): domain.md §6."""

LISTS_LAST: Final = timedelta(days=30)

_ROOT: Final = "CN=AC RACINE FICTIVE,OU=INFRASTRUCTURE FICTIVE,O=VAGUEMESTRE ESSAIS,C=FR"
_ORGANISATIONS: Final = "CN=AC FICTIVE ORGANISATIONS,OU=INFRASTRUCTURE FICTIVE,O=VAGUEMESTRE ESSAIS,C=FR"
_REVOKED: Final = "CN=mss.revoque.example,OU=399999999900023,O=OPERATEUR REVOQUE,ST=Nord (59),C=FR"
_APP: Final = "CN=resultats.laboratoire.example,OU=399999999900031,O=LABORATOIRE FICTIF,ST=Gironde (33),C=FR"
_LIST_SIGNER: Final = "CN=liste.confiance.example,OU=399999999900049,O=LISTE FICTIVE,ST=Paris (75),C=FR"
_OCSP: Final = "CN=OCSP FICTIF ORGANISATIONS,OU=INFRASTRUCTURE FICTIVE,O=VAGUEMESTRE ESSAIS,C=FR"

_AUTHORITY_DAYS: Final = 3650
_DAYS: Final = 3 * 365  # as the published certificate of the real list's signer
_KEY_BITS: Final = 2048  # RSA, as that one


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate and its key, as a server or a client is given them: the authority below comes along."""

    certificate: Path
    key: Path

    @property
    def read(self) -> x509.Certificate:
        """The first of the file."""
        return x509.load_pem_x509_certificate(self.certificate.read_bytes())


@dataclass(frozen=True, slots=True)
class HealthPki:
    """The folder, and where each thing is in it. ``lists`` are the revocation lists, in DER as published.

    ``lists_at`` and ``ocsp_at`` are the addresses written in certificates, where there are any.
    """

    folder: Path
    lists_at: str = ""
    ocsp_at: str = ""

    @property
    def authorities(self) -> Path:
        """Both authorities: what an operator is told to trust."""
        return self.folder / "authorities.pem"

    @property
    def lists(self) -> tuple[Path, Path]:
        """The root's, the organisations'."""
        return self.folder / "root.crl", self.folder / "organisations.crl"

    def shown(self, name: str) -> Shown:
        """``operator``, ``citizen-operator``, ``revoked``, ``app``, ``list-signer``, ``ocsp``."""
        return Shown(self.folder / f"{name}.pem", self.folder / f"{name}.key")

    def signer(self, name: str = "organisations") -> Signer:
        """An authority, to sign with."""
        certificate = x509.load_pem_x509_certificate((self.folder / f"{name}.pem").read_bytes())
        key = load_pem_private_key((self.folder / f"{name}.key").read_bytes(), None)
        assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 (we made it)
        return Signer(certificate, key)

    def operator(self, name: str, subject: str, now: datetime, days: int = _DAYS) -> Shown:
        """One more operator. Raises FileExistsError; ValueError when the subject is no name."""
        parsed = x509.Name.from_rfc4514_string(subject)
        host = str(parsed.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
        purposes = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
        usage = Usage(signs=True, enciphers_keys=True)
        names = Extension(x509.SubjectAlternativeName([x509.DNSName(host)]))
        return self._issue(name, parsed, now, usage, purposes, [names], days)

    def revoke(self, *revoked: Shown, now: datetime, valid: timedelta = LISTS_LAST) -> None:
        """Write the list of the organisations' authority again, with those in it too."""
        self._publish("organisations", [shown.read.serial_number for shown in revoked], now, valid)

    def publish(self, now: datetime, valid: timedelta = LISTS_LAST) -> None:
        """Write both lists again, as they stand, to be in force for so long."""
        for path in self.lists:
            self._publish(path.stem, (), now, valid)

    def _publish(self, name: str, revoked: Iterable[int], now: datetime, valid: timedelta) -> None:
        path, number, serials = self.folder / f"{name}.crl", 0, [*revoked]
        if path.exists():
            former = x509.load_der_x509_crl(path.read_bytes())
            number = former.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
            serials += [entry.serial_number for entry in former]
        made = make_list(self.signer(name), serials, number + 1, now, valid)
        fresh = path.with_suffix(".new")
        fresh.write_bytes(made.public_bytes(Encoding.DER))
        fresh.replace(path)  # whoever reads finds a whole list

    def _issue(
        self,
        name: str,
        subject: x509.Name,
        now: datetime,
        usage: Usage,
        purposes: Sequence[x509.ObjectIdentifier],
        more: Sequence[Extension] = (),
        days: int = _DAYS,
    ) -> Shown:
        key, issuer, shown = _new_key(), self.signer(), self.shown(name)
        more = [*more, *_published(self.lists_at, "organisations.crl", self.ocsp_at)]
        made = make_certificate(subject, key.public_key(), issuer, now, days, usage, purposes, more)
        write_key(shown.key, key)
        write_new(shown.certificate, pem(made, issuer.certificate))
        return shown


def make_health_pki(
    folder: Path,
    now: datetime,
    operators: Mapping[str, str] = OPERATORS,
    lists_at: str = "",
    ocsp_at: str = "",
) -> HealthPki:
    """Make it all in ``folder``, making the folder too. Raises FileExistsError rather than replace anything.

    ``lists_at`` is the http folder where the lists will be found, ``ocsp_at`` the responder's address.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pki = HealthPki(folder, lists_at, ocsp_at)
    _make_authorities(pki, now)
    for name, subject in operators.items():
        pki.operator(name, subject, now)
    revoked = pki.operator("revoked", _REVOKED, now)
    client, sign = [ExtendedKeyUsageOID.CLIENT_AUTH], Usage(signs=True)
    pki._issue("app", x509.Name.from_rfc4514_string(_APP), now, sign, client)
    pki._issue(
        "list-signer",
        x509.Name.from_rfc4514_string(_LIST_SIGNER),
        now,
        Usage(signs=True, commits=True),
        [ExtendedKeyUsageOID.EMAIL_PROTECTION],
        [Extension(x509.SubjectAlternativeName([x509.RFC822Name("liste@confiance.example")]))],
    )
    pki._issue(
        "ocsp",
        x509.Name.from_rfc4514_string(_OCSP),
        now,
        sign,
        [ExtendedKeyUsageOID.OCSP_SIGNING],
        [Extension(x509.OCSPNoCheck())],
    )
    pki.revoke(revoked, now=now)
    pki._publish("root", [x509.random_serial_number()], now, LISTS_LAST)  # of an authority that is no more
    return pki


def _make_authorities(pki: HealthPki, now: datetime) -> None:
    root_key, key = _new_key(), _new_key()
    root = make_authority(x509.Name.from_rfc4514_string(_ROOT), root_key, now, _AUTHORITY_DAYS, depth=1)
    organisations = make_authority(
        x509.Name.from_rfc4514_string(_ORGANISATIONS),
        key,
        now,
        _AUTHORITY_DAYS,
        Signer(root, root_key),
        more=_published(pki.lists_at, "root.crl", ""),
    )
    write_key(pki.folder / "root.key", root_key)
    write_new(pki.folder / "root.pem", pem(root))
    write_key(pki.folder / "organisations.key", key)
    write_new(pki.folder / "organisations.pem", pem(organisations))
    write_new(pki.authorities, pem(organisations, root))


def _published(lists_at: str, name: str, ocsp_at: str) -> list[Extension]:
    """Where to ask about a certificate. RFC 5280 §4.2.1.13, RFC 5280 §4.2.2.1."""
    found: list[Extension] = []
    if lists_at:
        place = x509.UniformResourceIdentifier(f"{lists_at.rstrip('/')}/{name}")
        found.append(
            Extension(x509.CRLDistributionPoints([x509.DistributionPoint([place], None, None, None)]))
        )
    if ocsp_at:
        access = x509.AccessDescription(
            AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp_at)
        )
        found.append(Extension(x509.AuthorityInformationAccess([access])))
    return found


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, _KEY_BITS)
