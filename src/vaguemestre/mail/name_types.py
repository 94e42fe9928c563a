"""The types of attributes in names of certificates. RFC 4514 §3, RFC 4519 §2, RFC 5280 §4.1.2.4.

A type that is not here is written by its object identifier.
"""

from typing import Final

# The first word of each is the one that is printed; the others are what some program or person writes.
_WORDS: Final = {
    "2.5.4.3": "CN commonName",
    "2.5.4.4": "SN surname",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C countryName",
    "2.5.4.7": "L localityName",
    "2.5.4.8": "ST S stateOrProvinceName",
    "2.5.4.9": "STREET streetAddress",
    "2.5.4.10": "O organizationName",
    "2.5.4.11": "OU organizationalUnitName",
    "2.5.4.12": "title T",
    "2.5.4.13": "description",
    "2.5.4.15": "businessCategory",
    "2.5.4.17": "postalCode",
    "2.5.4.42": "GN givenName",
    "2.5.4.43": "initials",
    "2.5.4.44": "generationQualifier",
    "2.5.4.45": "x500UniqueIdentifier",
    "2.5.4.46": "dnQualifier DNQ",
    "2.5.4.65": "pseudonym",
    "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID userId",
    "0.9.2342.19200300.100.1.25": "DC domainComponent",
    "1.2.840.113549.1.9.1": "emailAddress E email",
}

SHORT_NAMES: Final = {oid: words.split()[0] for oid, words in _WORDS.items()}
"""What each is printed as."""

OF_SHORT_NAMES: Final = {word.upper(): oid for oid, words in _WORDS.items() for word in words.split()}
"""What each word means; in capitals, as RFC 4514 §4 compares them without case."""

LONGEST_SHORT_NAME: Final = max(map(len, OF_SHORT_NAMES))
"""A longer word is none of them."""
