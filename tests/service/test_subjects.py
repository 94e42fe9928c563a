"""Names made of certificates are those made of text. RFC 5280 §4.1.2.4, RFC 4514 §2."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type as StringKind
from cryptography.x509.oid import NameOID
from tests.support.builders import NOON

from vaguemestre.mail.distinguished_name import NameSyntaxError, parse_name
from vaguemestre.service.trust.subjects import issuer_of, subject_of


def _certificate(subject: x509.Name) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "AC")]))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOON)
        .not_valid_after(NOON + timedelta(days=1))
        .sign(key, SHA256())
    )


@pytest.mark.parametrize("kind", [StringKind.UTF8String, StringKind.PrintableString, StringKind.BMPString])
def test_what_kind_of_string_a_certificate_holds_does_not_matter(kind: StringKind) -> None:
    country = x509.NameAttribute(NameOID.COUNTRY_NAME, "FR")
    parts = ((NameOID.ORGANIZATION_NAME, "CHU, NORD"), (NameOID.COMMON_NAME, "a.fr"))
    certificate = _certificate(x509.Name([country, *(x509.NameAttribute(*one, kind) for one in parts)]))
    assert subject_of(certificate) == parse_name("CN=a.fr,O=CHU\\, NORD,C=FR")
    assert issuer_of(certificate) == parse_name("CN=AC")


def test_several_attributes_in_one_place_are_of_one_place() -> None:
    both = x509.RelativeDistinguishedName(
        [x509.NameAttribute(NameOID.COMMON_NAME, "a"), x509.NameAttribute(NameOID.SERIAL_NUMBER, "1")]
    )
    country = x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.COUNTRY_NAME, "FR")])
    made = subject_of(_certificate(x509.Name([country, both])))
    assert made.key == parse_name("serialNumber=1+CN=a,C=FR").key


def test_a_certificate_whose_names_cannot_be_read_names_nobody() -> None:
    country = x509.NameAttribute(NameOID.COUNTRY_NAME, "FR")
    whole = _certificate(x509.Name([country])).public_bytes(Encoding.DER)
    broken = x509.load_der_x509_certificate(whole.replace(b"\x0c\x02AC", b"\x0c\x02A\xff"))
    with pytest.raises(NameSyntaxError):
        issuer_of(broken)
