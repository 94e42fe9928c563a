"""Small fictitious trust lists, signed by the signer of the development health PKI. domain.md §6."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from cryptography import x509
from lxml import etree
from signxml.signer import XMLSigner
from tests.support.world import FakeClock

from vaguemestre.mail.distinguished_name import parse_name
from vaguemestre.mail.trust_list import TrustEntry, TrustList
from vaguemestre.net.health_pki import HealthPki, Shown
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.trust_list import ListFault, TrustListReader, TrustListRefused, TrustListSource
from vaguemestre.service.trust.keeping import KeepingTerms, TrustKeeping
from vaguemestre.service.trust.recording import TrustJournal
from vaguemestre.service.trust.space import TrustSpace
from vaguemestre.service.trust.subjects import issuer_of, subject_of
from vaguemestre.trust.apart import ApartReader
from vaguemestre.trust.reader import read_list
from vaguemestre.trust.shelf import FileShelf
from vaguemestre.trust.signature import Pinned
from vaguemestre.trust.source import FileSource

Pairs = Iterable[tuple[str, str]]
"""Domains, and the names of certificates as a list writes them."""

EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"


def an_entry(domain: str, subject: str) -> str:
    """One ``Domaine``."""
    return f"""<Domaine>
            <Nom>{escape(domain)}</Nom>
            <Description>Domaine de messagerie MSSanté (fictif)</Description>
            <DNCertificatOperateur>{escape(subject)}</DNCertificatOperateur>
            <ResponsableContact>01 00 00 00 00, contact@example.invalid</ResponsableContact>
            <SupportContact>01 00 00 00 00, contact@example.invalid</SupportContact>
            <DateMAJ>2026-06-07T10:24:42Z</DateMAJ>
        </Domaine>"""


def an_unsigned_list(pairs: Pairs, generated_at: datetime, more: str = "") -> bytes:
    """As the publisher writes it, before it is signed. ``more`` stands after the entries."""
    entries = "\n        ".join(an_entry(*pair) for pair in pairs)
    return f"""<?xml version="1.0" encoding="UTF-8"?><ListeBlancheMSSante \
xmlns="https://listeblanche.mssante.fr/schema">
    <DateDeGeneration>{generated_at:%Y-%m-%dT%H:%M:%SZ}</DateDeGeneration>
    <ListeDomaines>
        {entries}{more}
    </ListeDomaines>
</ListeBlancheMSSante>""".encode()


class _AnySigner(XMLSigner):
    def check_deprecated_methods(self) -> None:
        """Signs by SHA-1 too: somebody may."""


def signed(
    octets: bytes,
    shown: Shown,
    *,
    method: str = "rsa-sha256",
    digest: str = "sha256",
    canonical: str = EXCLUSIVE,
    reference: str = "",
    plain: bool = False,
) -> bytes:
    """A list signed as the real one is: enveloped, exclusive C14N, SHA-256, RSA-SHA256, signer in KeyInfo.

    ``plain``: the reference names no canonical form, as Java signs when nothing else is said.
    """
    signer = _AnySigner(signature_algorithm=method, digest_algorithm=digest, c14n_algorithm=canonical)
    chain = x509.load_pem_x509_certificates(shown.certificate.read_bytes())
    root = signer.sign(
        etree.fromstring(octets),
        key=shown.key.read_bytes(),
        cert=chain[:1],
        reference_uri=reference or None,
        exclude_c14n_transform_element=plain,
    )
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def a_signed_list(pki: HealthPki, pairs: Pairs, generated_at: datetime) -> bytes:
    """Signed by the PKI's ``list-signer``."""
    return signed(an_unsigned_list(pairs, generated_at), pki.shown("list-signer"))


def operators_of(pki: HealthPki, **domains: str) -> list[tuple[str, str]]:
    """Pairs of a domain and the subject of the certificate that the PKI calls so: ``operator="a.fr"``."""
    return [
        (domain, str(subject_of(pki.shown(name.replace("_", "-")).read))) for name, domain in domains.items()
    ]


def pinned_by(pki: HealthPki) -> Pinned:
    """What a gateway is told to trust."""
    signer = pki.shown("list-signer").read
    authorities = tuple(x509.load_pem_x509_certificates(pki.authorities.read_bytes()))
    return Pinned(subject_of(signer), issuer_of(signer), authorities)


def trust_settings(pki: HealthPki, source: Path) -> str:
    """The ``[trust]`` of a gateway that takes its list from a file."""
    pinned = pinned_by(pki)
    return f"""[trust]
path = '{source}'
signer_authorities = '{pki.authorities}'
signer_subject = '{pinned.subject}'
signer_issuer = '{pinned.issuer}'
most_gone = 100
"""


def a_trust_space(clock: Clock, pairs: Pairs, longest_age: timedelta = timedelta(days=14)) -> TrustSpace:
    """In memory, without signature, made now."""
    entries = [TrustEntry(domain, parse_name(subject)) for domain, subject in pairs]
    return TrustSpace(clock, longest_age, TrustList(clock.now(), entries))


def fault_of(pki: HealthPki, octets: bytes, now: datetime) -> ListFault | None:
    """Why a gateway that trusts the PKI's ``list-signer`` does not take it; None when it does."""
    try:
        read_list(octets, pinned_by(pki), now, fresh=True)
    except TrustListRefused as refused:
        return refused.fault
    return None


A_HOSPITAL: Final = ("hopital.mssante.fr", "CN=mss.hopital.example,OU=399999999900015,O=HOPITAL FICTIF,C=FR")
"""A pair for lists of which nothing else matters."""


@dataclass(slots=True)
class KeptTrust:
    """A gateway's keeping of the list, on real files, with a clock that tests move."""

    pki: HealthPki
    folder: Path
    clock: FakeClock
    keeping: TrustKeeping

    def publish(self, *pairs: tuple[str, str], at: datetime | None = None) -> bytes:
        """Put a signed list where the gateway looks for it, dated now or ``at``; its octets."""
        octets = a_signed_list(self.pki, pairs or [A_HOSPITAL], at or self.clock.now())
        self.put(octets)
        return octets

    def put(self, octets: bytes) -> None:
        """Put anything there, in one move."""
        fresh = self.folder / "fresh"
        fresh.write_bytes(octets)
        fresh.replace(self.folder / "published.xml")

    @property
    def kept(self) -> Path:
        """Where the last good one is."""
        return self.folder / "kept" / "trust-list.xml"


def a_kept_trust(
    pki: HealthPki,
    folder: Path,
    clock: FakeClock | None = None,
    source: TrustListSource | None = None,
    most_gone: int = 100,
    reader: TrustListReader | None = None,
    journal: TrustJournal | None = None,
) -> KeptTrust:
    """Warned of after 3 days, not acted on after 14; made again in one folder, it is one restarted."""
    clock = clock or FakeClock()
    terms = KeepingTerms(timedelta(hours=1), timedelta(days=3), timedelta(days=14), most_gone)
    keeping = TrustKeeping(
        TrustSpace(clock, terms.longest_age),
        source or FileSource(folder / "published.xml"),
        reader or ApartReader(pinned_by(pki)),
        FileShelf(folder / "kept" / "trust-list.xml"),
        clock,
        terms,
        journal,
    )
    return KeptTrust(pki, folder, clock, keeping)
