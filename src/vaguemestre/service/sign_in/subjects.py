"""Subjects of certificates, read from text or from the certificate. RFC 4514, RFC 5280 §7.1, domain.md §6.

Programs print a name in either order, with other capitals and other spaces: names are parsed and compared by
their parts, never as text.
"""

import re
from typing import Final

from cryptography import x509

from vaguemestre.mail.distinguished_name import DistinguishedName

_SIGN: Final = re.compile(r"(^|(?<!\\),)\s*([A-Za-z][A-Za-z0-9-]*|[0-9.]+)\s*=\s*")


class NameSyntaxError(ValueError):
    """This is no distinguished name."""


def parse_name(text: str) -> DistinguishedName:
    """``CN=program,OU=service,O=hospital,C=FR``, in either order. Raises NameSyntaxError."""
    # RFC 4514 §2.4 has no spaces around its signs, and names of types without case: people are less strict.
    strict = _SIGN.sub(lambda sign: f"{sign[1]}{sign[2].upper()}=", text.strip())
    try:
        name = x509.Name.from_rfc4514_string(strict)
    except ValueError:
        raise NameSyntaxError("Write the name as CN=…,O=…,C=FR, or give the certificate") from None
    return _named(name)


def subject_of(certificate: x509.Certificate) -> DistinguishedName:
    """Whom a certificate is for. Raises NameSyntaxError when it names nobody."""
    return _named(certificate.subject)


def _named(name: x509.Name) -> DistinguishedName:
    parts = sorted(f"{part.oid.dotted_string}={_plain(part.value)}" for part in name)
    if not parts:
        raise NameSyntaxError("This certificate names nobody")
    return DistinguishedName(name.rfc4514_string(), "\n".join(parts))


def _plain(value: str | bytes) -> str:
    text = value if isinstance(value, str) else value.hex()
    return " ".join(text.split()).casefold()
