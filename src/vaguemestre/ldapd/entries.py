"""A listing as mail programs show people: inetOrgPerson. RFC 2798 §3, RFC 4519 §2.

Services are told so too, their name where a person's is: an address book shows nobody without ``sn``.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from vaguemestre.mail.listing import Listing

_CLASSES: Final = ("top", "person", "organizationalPerson", "inetOrgPerson")
_SPECIAL: Final = frozenset(',+"\\<>;=')


def attributes_of(listing: Listing) -> dict[str, tuple[str, ...]]:
    """Those that have a value, under the names that clients know best."""
    told = {
        "cn": listing.name,
        "displayName": listing.name,
        "sn": listing.family or listing.name,
        "givenName": listing.given,
        "mail": str(listing.address),
        "title": listing.profession,
        "businessCategory": listing.specialty,
        "o": listing.organisation,
        "ou": listing.service,
        "street": listing.street,
        "postalCode": listing.postal_code,
        "l": listing.city,
        "st": listing.department,
        "co": listing.country,
        "employeeNumber": listing.holder,
        "description": listing.description,
    }
    return {"objectClass": _CLASSES, **{name: (value,) for name, value in told.items() if value}}


def dn_of(listing: Listing, base: str) -> str:
    """The name of its entry: its address, under the base. RFC 4514 §2.4."""
    address = "".join(f"\\{mark}" if mark in _SPECIAL else mark for mark in str(listing.address))
    return f"mail={address.removeprefix('#') if address.startswith('#') else address},{base}"


def address_in(dn: str, base: str) -> str | None:
    """The address in such a name; None when it is another's."""
    before, found, _ = dn.lower().rpartition(f",{base.lower()}")
    attribute, equals, value = before.partition("=")
    if not found or not equals or attribute.strip() not in {"mail", "uid", "cn"}:
        return None
    return value.replace("\\", "").strip()


def chosen(attributes: Mapping[str, Sequence[str]], wanted: Sequence[str]) -> dict[str, Sequence[str]]:
    """Those that the client asks for: all when it names none, or ``*``. RFC 4511 §4.5.1.8."""
    names = {name.partition(";")[0].lower() for name in wanted}
    if not names or "*" in names:
        return dict(attributes)
    return {name: values for name, values in attributes.items() if name.lower() in names}
