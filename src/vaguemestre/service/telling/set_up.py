"""How mail programs reach this service, and what each of them is told so that nobody has to type it.

One value, ``PublicAccess``, and a document for each family of programs: Mozilla's ``config-v1.1.xml``,
Outlook's autodiscover, Apple's configuration profile, the picture that Thunderbird for Android reads, and the
SRV records of RFC 6186 and RFC 8314 §5.1. All of them name TLS from the first octet alone (RFC 8314 §3), and
none says whether a mailbox exists: what is told depends on the domain.
"""

import json
import plistlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Final, NamedTuple
from uuid import NAMESPACE_DNS, uuid5

from vaguemestre.mail.address import Address
from vaguemestre.mime.hardened_xml import XmlError, XmlReader, read_xml

_OUTLOOK: Final = "http://schemas.microsoft.com/exchange/autodiscover"
_IMAP: Final = 0
_SMTP: Final = 0
_TLS: Final = 3
_BY_PASSWORD: Final = 1
_LONGEST: Final = 320  # characters of an address: RFC 5321 §4.5.3.1


class Place(NamedTuple):
    """A host and a port, TLS from the first octet."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class PublicAccess:
    """``hostname`` is where the documents themselves are asked for; ``domains`` those of our mailboxes."""

    name: str
    hostname: str
    domains: tuple[str, ...]
    imap: Place
    submission: Place

    def serves(self, address: Address) -> bool:
        """Whether an address of that domain would be ours."""
        return address.domain_key in self.domains


@dataclass(frozen=True, slots=True)
class SetUp:
    """``sign`` makes of a profile one that Apple's programs show as verified."""

    access: PublicAccess
    sign: Callable[[bytes], bytes]

    def apple(self, address: Address) -> bytes:
        """The signed profile of one address."""
        return self.sign(apple_profile(self.access, address))


def mozilla_document(access: PublicAccess) -> bytes:
    """Thunderbird's, K-9's and others'. The program fills in the address."""
    domains = "".join(f"<domain>{escape(domain)}</domain>" for domain in access.domains)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<clientConfig version="1.1">'
        f'<emailProvider id="{escape(access.hostname)}">{domains}'
        f"<displayName>{escape(access.name)}</displayName>"
        f"<displayShortName>{escape(access.name)}</displayShortName>"
        f"{_mozilla_server('incomingServer', 'imap', access.imap)}"
        f"{_mozilla_server('outgoingServer', 'smtp', access.submission)}"
        "</emailProvider></clientConfig>\n"
    ).encode()


def _mozilla_server(element: str, kind: str, at: Place) -> str:
    return (
        f'<{element} type="{kind}"><hostname>{escape(at.host)}</hostname><port>{at.port}</port>'
        "<socketType>SSL</socketType><username>%EMAILADDRESS%</username>"
        f"<authentication>password-cleartext</authentication></{element}>"
    )


def outlook_document(access: PublicAccess, address: str) -> bytes:
    """Outlook's, to whoever asked with that address."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<Autodiscover xmlns="{_OUTLOOK}/responseschema/2006">'
        f'<Response xmlns="{_OUTLOOK}/outlook/responseschema/2006a">'
        "<Account><AccountType>email</AccountType><Action>settings</Action>"
        f"{_outlook_protocol('IMAP', access.imap, address)}"
        f"{_outlook_protocol('SMTP', access.submission, address)}"
        "</Account></Response></Autodiscover>\n"
    ).encode()


def _outlook_protocol(kind: str, at: Place, address: str) -> str:
    return (
        f"<Protocol><Type>{kind}</Type><Server>{escape(at.host)}</Server><Port>{at.port}</Port>"
        f"<LoginName>{escape(address)}</LoginName><DomainRequired>off</DomainRequired><SPA>off</SPA>"
        "<SSL>on</SSL><Encryption>SSL</Encryption><AuthRequired>on</AuthRequired></Protocol>"
    )


def outlook_refusal() -> bytes:
    """What Outlook is told whose request makes no sense, or is about somebody elsewhere."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<Autodiscover xmlns="{_OUTLOOK}/responseschema/2006">'
        "<Response><Error><ErrorCode>600</ErrorCode><Message>Invalid Request</Message><DebugData/></Error>"
        "</Response></Autodiscover>\n"
    ).encode()


class _Asked(XmlReader):
    def __init__(self) -> None:
        self.address = ""

    def text(self, path: tuple[str, ...], text: str) -> None:
        if path == ("Autodiscover", "Request", "EMailAddress") and len(self.address) <= _LONGEST:
            self.address += text


def address_asked(octets: bytes) -> str:
    """Whose settings Outlook asks for; empty when it does not say. Entities and the like are refused."""
    asked = _Asked()
    try:
        read_xml(octets, asked)
    except XmlError:
        return ""
    return asked.address.strip()


def apple_profile(access: PublicAccess, address: Address) -> bytes:
    """Apple's property list. Its identifiers stay the same, so that a second one replaces the first."""
    base = ".".join(reversed(access.hostname.split(".")))
    identity = uuid5(NAMESPACE_DNS, f"{address.key}.{access.hostname}")
    account = {
        "PayloadType": "com.apple.mail.managed",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{base}.mail.{identity}",
        "PayloadUUID": str(uuid5(identity, "mail")).upper(),
        "PayloadDisplayName": access.name,
        "EmailAccountDescription": access.name,
        "EmailAccountType": "EmailTypeIMAP",
        "EmailAddress": str(address),
        "OutgoingPasswordSameAsIncomingPassword": True,
        **_apple_server("Incoming", access.imap, address),
        **_apple_server("Outgoing", access.submission, address),
    }
    profile = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{base}.{identity}",
        "PayloadUUID": str(identity).upper(),
        "PayloadDisplayName": access.name,
        "PayloadOrganization": access.hostname,
        "PayloadContent": [account],
    }
    return plistlib.dumps(profile)


def _apple_server(side: str, at: Place, address: Address) -> dict[str, str | int | bool]:
    return {
        f"{side}MailServerAuthentication": "EmailAuthPassword",
        f"{side}MailServerHostName": at.host,
        f"{side}MailServerPortNumber": at.port,
        f"{side}MailServerUseSSL": True,
        f"{side}MailServerUsername": str(address),
    }


def records(access: PublicAccess) -> Iterator[str]:
    """What to publish for each of our domains, as a zone file has it (RFC 1035 §5).

    A target of «.» says that a service is not offered (RFC 6186 §3.4): nobody tries it without TLS.
    """
    for domain in access.domains:
        yield f"_imaps._tcp.{domain}. IN SRV 0 1 {access.imap.port} {access.imap.host}."
        yield f"_submissions._tcp.{domain}. IN SRV 0 1 {access.submission.port} {access.submission.host}."
        for absent in ("_imap", "_pop3", "_pop3s"):
            yield f"{absent}._tcp.{domain}. IN SRV 0 0 0 ."
        yield f"autoconfig.{domain}. IN CNAME {access.hostname}."
        yield f"autodiscover.{domain}. IN CNAME {access.hostname}."
        yield f"_autodiscover._tcp.{domain}. IN SRV 0 0 443 {access.hostname}."


def mobile_code(access: PublicAccess, address: Address, name: str, password: str) -> str:
    """What Thunderbird for Android reads of a picture: the form of its "Export for Mobile", version 1.

    One IMAP account and its SMTP server, both by TLS from the first octet, with the password of the device.
    """
    user = str(address)
    incoming = [_IMAP, access.imap.host, access.imap.port, _TLS, _BY_PASSWORD, user, user, password]
    outgoing = [_SMTP, access.submission.host, access.submission.port, _TLS, _BY_PASSWORD, user, password]
    accounts = [1, [1, 1], incoming, [[outgoing, [user, name or user]]]]
    return json.dumps(accounts, ensure_ascii=False, separators=(",", ":"))
