"""Whom a certificate is for, and who issued it. RFC 5280 §4.1.2.4 and §4.1.2.6, domain.md §6.

Every name of a certificate is made here, and every name from text by ``mail.distinguished_name``: both come
out with the same key.
"""

from collections.abc import Callable

from cryptography import x509

from vaguemestre.mail.distinguished_name import DistinguishedName, NameSyntaxError, Part, name_of


def subject_of(certificate: x509.Certificate) -> DistinguishedName:
    """Whom a certificate is for. Raises NameSyntaxError when it names nobody."""
    return _named(lambda: certificate.subject)


def issuer_of(certificate: x509.Certificate) -> DistinguishedName:
    """Who issued a certificate. Raises NameSyntaxError when it names nobody."""
    return _named(lambda: certificate.issuer)


def _named(name: Callable[[], x509.Name]) -> DistinguishedName:
    try:
        rdns = name().rdns
    except ValueError:  # a certificate that was read may hold names that cannot be
        raise NameSyntaxError("This certificate names nobody that can be read") from None
    return name_of([tuple(Part(one.oid.dotted_string, _text(one.value)) for one in rdn) for rdn in rdns])


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.hex()
