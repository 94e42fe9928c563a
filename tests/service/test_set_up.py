"""What mail programs are told so that nobody types it: read back as each program reads it. RFC 6186."""

import plistlib

import pytest
from lxml import etree

from vaguemestre.mail.address import parse_address
from vaguemestre.service.telling.set_up import (
    Place,
    PublicAccess,
    address_asked,
    apple_profile,
    mozilla_document,
    outlook_document,
    outlook_refusal,
    records,
)

ACCESS = PublicAccess(
    "Messagerie & santé",
    "mail.hopital.example",
    ("hopital.example", "patient.example"),
    Place("imap.hopital.example", 993),
    Place("smtp.hopital.example", 465),
)
CLAIRE = parse_address("claire.martin@hopital.example")
RESPONSE = "{http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a}"
ASKED = """<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006">
<Request><EMailAddress>{}</EMailAddress><AcceptableResponseSchema>x</AcceptableResponseSchema></Request>
</Autodiscover>"""


def test_mozillas_document_names_both_servers_with_tls_from_the_first_octet() -> None:
    document = etree.fromstring(mozilla_document(ACCESS))
    provider = document.find("emailProvider")
    assert provider is not None
    assert [one.text for one in provider.findall("domain")] == ["hopital.example", "patient.example"]
    assert provider.findtext("displayName") == "Messagerie & santé"
    for element, host, port in (
        ("incomingServer", "imap.hopital.example", "993"),
        ("outgoingServer", "smtp.hopital.example", "465"),
    ):
        server = provider.find(element)
        assert server is not None
        assert (server.findtext("hostname"), server.findtext("port")) == (host, port)
        assert (server.findtext("socketType"), server.findtext("username")) == ("SSL", "%EMAILADDRESS%")


def test_outlooks_document_names_both_servers_and_the_address_that_was_asked() -> None:
    found = etree.fromstring(outlook_document(ACCESS, str(CLAIRE)))
    protocols = found.findall(f".//{RESPONSE}Protocol")
    said = [
        [one.findtext(f"{RESPONSE}{name}") for name in ("Type", "Server", "Port", "SSL")] for one in protocols
    ]
    assert said == [
        ["IMAP", "imap.hopital.example", "993", "on"],
        ["SMTP", "smtp.hopital.example", "465", "on"],
    ]
    assert {one.findtext(f"{RESPONSE}LoginName") for one in protocols} == {str(CLAIRE)}


def test_an_address_with_markup_in_it_stays_text() -> None:
    found = etree.fromstring(outlook_document(ACCESS, '"<a>&"@hopital.example'))
    assert found.findtext(f".//{RESPONSE}LoginName") == '"<a>&"@hopital.example'


@pytest.mark.parametrize(
    ("octets", "address"),
    [
        (ASKED.format("claire@hopital.example").encode(), "claire@hopital.example"),
        (ASKED.format(" ").encode(), ""),
        (b"", ""),
        (b"<Autodiscover>", ""),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><Autodiscover><Request/></Autodiscover>', ""),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><Autodiscover/>', ""),
        (b"<a>" * 100_000, ""),
    ],
)
def test_outlooks_request_is_read_without_entities(octets: bytes, address: str) -> None:
    assert address_asked(octets) == address


def test_a_refusal_is_one_that_outlook_reads() -> None:
    assert etree.fromstring(outlook_refusal()).findtext(".//{*}ErrorCode") == "600"


def test_apples_profile_is_the_same_each_time_and_anothers_is_another() -> None:
    profile = plistlib.loads(apple_profile(ACCESS, CLAIRE))
    (account,) = profile["PayloadContent"]
    assert profile["PayloadIdentifier"].startswith("example.hopital.mail.")
    assert (account["IncomingMailServerHostName"], account["IncomingMailServerPortNumber"]) == (
        "imap.hopital.example",
        993,
    )
    assert account["OutgoingMailServerUseSSL"] is True
    assert account["EmailAddress"] == account["IncomingMailServerUsername"] == str(CLAIRE)
    assert apple_profile(ACCESS, CLAIRE) == apple_profile(ACCESS, CLAIRE)
    other = plistlib.loads(apple_profile(ACCESS, parse_address("paul@hopital.example")))
    assert other["PayloadUUID"] != profile["PayloadUUID"]


def test_records_say_what_is_offered_and_what_is_not() -> None:
    found = list(records(ACCESS))
    assert "_imaps._tcp.hopital.example. IN SRV 0 1 993 imap.hopital.example." in found
    assert "_submissions._tcp.patient.example. IN SRV 0 1 465 smtp.hopital.example." in found
    assert "_pop3._tcp.hopital.example. IN SRV 0 0 0 ." in found
    assert "autoconfig.hopital.example. IN CNAME mail.hopital.example." in found
