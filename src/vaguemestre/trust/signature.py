"""Who vouches for a list: a signer known beforehand by name, and by the authorities that stand behind it.

Trust is pinned: the certificate that the list brings counts for nothing but what its authorities, which are
named in the settings, say of it; and it has to have the subject and the issuer that are named there too
(domain.md §6). What is read afterwards is what the signature covers, never the document that carried it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import verification
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from vaguemestre.mail.distinguished_name import DistinguishedName, NameSyntaxError
from vaguemestre.service.ports.trust_list import ListFault, TrustListRefused
from vaguemestre.service.trust.subjects import issuer_of, subject_of
from vaguemestre.trust.outline import LIST_NAMESPACE, ROOT, outline_of

# What certificates raise that can be read, and hold what cannot be.
_UNSOUND: Final = (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)


@dataclass(frozen=True, slots=True)
class Pinned:
    """The one signer: its name, its issuer's, and the authorities that a chain has to end at."""

    subject: DistinguishedName
    issuer: DistinguishedName
    authorities: tuple[x509.Certificate, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signature covers, in canonical form, and the certificates it came with: the signer's first."""

    octets: bytes
    signer: x509.Certificate
    others: tuple[x509.Certificate, ...]


def signed_part(octets: bytes, pinned: Pinned) -> Signed:
    """What the holder of a certificate of those names signed. Raises TrustListRefused.

    Whether the authorities know that certificate is for ``check_chain`` to say.
    """
    brought = [_certificate(der) for der in outline_of(octets).certificates]
    signer = _pinned_one(brought, pinned)
    # Its dates are judged with its chain, by the date that stands in what is signed.
    config = SignatureConfiguration(
        location="./",
        expect_references=1,
        signature_methods=frozenset({SignatureMethod.RSA_SHA256}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
        default_reference_c14n_method=CanonicalizationMethod.CANONICAL_XML_1_0,
        verification_time=signer.not_valid_before_utc,
    )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        result = XMLVerifier().verify(octets, x509_cert=signer, expect_config=config, parser=parser)
    except (*_UNSOUND, SignXMLException, etree.LxmlError, TypeError, NotImplementedError) as error:
        raise TrustListRefused(
            ListFault.SIGNATURE,
            "La signature ne correspond pas à la liste : elle a été modifiée, ou coupée.",
            "The signature does not match the list: it was changed, or cut.",
        ) from error
    assert isinstance(result, VerifyResult)  # noqa: S101 (there is one reference: one result)
    if result.signed_xml is None or result.signed_xml.tag != f"{{{LIST_NAMESPACE}}}{ROOT}":
        raise TrustListRefused(
            ListFault.SIGNATURE, "La signature ne porte pas sur la liste.", "The list is not what is signed."
        )
    others = tuple(certificate for certificate in brought if certificate is not signer)
    return Signed(result.signed_data, signer, others)


def _certificate(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError:
        raise TrustListRefused(
            ListFault.SIGNER,
            "Un certificat est illisible.",
            "A certificate cannot be read.",
        ) from None


def _pinned_one(brought: Sequence[x509.Certificate], pinned: Pinned) -> x509.Certificate:
    def is_pinned(certificate: x509.Certificate) -> bool:
        try:
            names = subject_of(certificate).key, issuer_of(certificate).key
        except NameSyntaxError:
            return False
        return names == (pinned.subject.key, pinned.issuer.key)

    found = [certificate for certificate in brought if is_pinned(certificate)]
    if len(found) == 1:
        return found[0]
    raise TrustListRefused(
        ListFault.SIGNER,
        "La liste n'est pas signée par le signataire indiqué (signer_subject, signer_issuer).",
        "The list is not signed by the signer that is named (signer_subject, signer_issuer).",
    )


def check_chain(signed: Signed, pinned: Pinned, moment: datetime) -> None:
    """Whether the signer was one at that moment, by the authorities. Raises TrustListRefused."""
    policy = (
        verification.PolicyBuilder()
        .store(verification.Store(list(pinned.authorities)))
        .time(moment.astimezone(UTC))
        .extension_policies(ee_policy=_SIGNERS, ca_policy=verification.ExtensionPolicy.webpki_defaults_ca())
    )
    try:
        policy.build_client_verifier().verify(signed.signer, list(signed.others))
    except (*_UNSOUND, verification.VerificationError) as error:
        since, until = signed.signer.not_valid_before_utc, signed.signer.not_valid_after_utc
        if moment > until:
            raise TrustListRefused(
                ListFault.SIGNER,
                f"Le certificat du signataire a expiré le {until:%Y-%m-%d}.",
                f"The signer's certificate expired on {until:%Y-%m-%d}.",
            ) from error
        if moment < since:
            raise TrustListRefused(
                ListFault.SIGNER,
                f"Le certificat du signataire date du {since:%Y-%m-%d}, et non du {moment:%Y-%m-%d}.",
                f"The signer's certificate begins on {since:%Y-%m-%d}: it was none on {moment:%Y-%m-%d}.",
            ) from error
        raise TrustListRefused(
            ListFault.SIGNER,
            "Le certificat du signataire ne remonte à aucune des autorités indiquées (signer_authorities).",
            "The signer's certificate leads to none of the authorities that are named (signer_authorities).",
        ) from error


def _signs(_policy: verification.Policy, _certificate: x509.Certificate, usage: x509.KeyUsage) -> None:
    if not (usage.digital_signature or usage.content_commitment):
        raise ValueError("its key is not for signing")


# The published signer's certificate is for mail protection, by its extended key usage: what it may do is told
# by its key usage alone, and by being pinned.
_SIGNERS: Final = verification.ExtensionPolicy.permit_all().require_present(
    x509.KeyUsage, verification.Criticality.AGNOSTIC, _signs
)
