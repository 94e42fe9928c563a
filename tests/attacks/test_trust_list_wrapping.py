"""A good signature carried over to another list: one thing would be verified, another read. domain.md §6.

XML Signature lets a signature cover a part, several parts, or what a transform leaves of a document. Only one
that covers the whole list, from its place under the root, is looked at.
"""

import re

import pytest
from tests.support.builders import NOON
from tests.support.trust_lists import A_HOSPITAL, a_signed_list, an_entry, an_unsigned_list, fault_of, signed

from vaguemestre.net.health_pki import HealthPki
from vaguemestre.service.ports.trust_list import ListFault

EVIL = an_entry("hopital.mssante.fr", "CN=mss.pirate.example,OU=399999999900099,O=PIRATE,C=FR").encode()


def parts_of(octets: bytes) -> tuple[bytes, bytes]:
    """The list without its signature, and the signature."""
    found = re.search(rb"<ds:Signature .*</ds:Signature>", octets, re.S)
    assert found is not None
    return octets.replace(found[0], b""), found[0]


def test_an_entry_added_afterwards_is_refused(health_pki: HealthPki) -> None:
    good = a_signed_list(health_pki, [A_HOSPITAL], NOON)
    added = good.replace(b"</ListeDomaines>", EVIL + b"</ListeDomaines>")
    assert fault_of(health_pki, added, NOON) is ListFault.SIGNATURE


def test_a_second_list_of_domains_beside_the_signed_one_is_refused(health_pki: HealthPki) -> None:
    good = a_signed_list(health_pki, [A_HOSPITAL], NOON)
    added = good.replace(b"</ListeDomaines>", b"</ListeDomaines><ListeDomaines>" + EVIL + b"</ListeDomaines>")
    assert fault_of(health_pki, added, NOON) is ListFault.SIGNATURE


def test_a_signed_list_inside_another_is_refused(health_pki: HealthPki) -> None:
    good = a_signed_list(health_pki, [A_HOSPITAL], NOON)
    whole = good[good.index(b"<Liste") :]
    evil = an_unsigned_list([A_HOSPITAL], NOON).replace(b"</ListeDomaines>", EVIL + b"</ListeDomaines>")
    for place in (b"</ListeBlancheMSSante>", b"<ListeDomaines>"):
        assert fault_of(health_pki, evil.replace(place, whole + place), NOON) is ListFault.SIGNATURE


def test_a_signature_over_a_part_that_is_named_is_refused_even_where_it_holds(health_pki: HealthPki) -> None:
    named = an_unsigned_list([A_HOSPITAL], NOON).replace(b" xmlns", b' Id="x" xmlns')
    octets = signed(named, health_pki.shown("list-signer"), reference="x")
    assert b'URI="#x"' in octets
    assert fault_of(health_pki, octets, NOON) is ListFault.SIGNATURE


def test_a_list_hidden_in_the_signature_is_refused(health_pki: HealthPki) -> None:
    named = an_unsigned_list([A_HOSPITAL], NOON).replace(b" xmlns", b' Id="x" xmlns')
    original, signature = parts_of(signed(named, health_pki.shown("list-signer"), reference="x"))
    original = original[original.index(b"<Liste") :]
    hiding = signature.replace(b"</ds:Signature>", b"<ds:Object>" + original + b"</ds:Object></ds:Signature>")
    evil = an_unsigned_list([A_HOSPITAL], NOON).replace(b"</ListeDomaines>", EVIL + b"</ListeDomaines>")
    wrapped = evil.replace(b"</ListeBlancheMSSante>", hiding + b"</ListeBlancheMSSante>")
    assert fault_of(health_pki, wrapped, NOON) is ListFault.SIGNATURE
    emptied = wrapped.replace(b'URI="#x"', b'URI=""')
    assert fault_of(health_pki, emptied, NOON) is ListFault.SIGNATURE


def test_two_signatures_are_refused(health_pki: HealthPki) -> None:
    good = a_signed_list(health_pki, [A_HOSPITAL], NOON)
    _, signature = parts_of(good)
    doubled = good.replace(b"</ListeBlancheMSSante>", signature + b"</ListeBlancheMSSante>")
    assert fault_of(health_pki, doubled, NOON) is ListFault.SIGNATURE


def test_a_signature_out_of_its_place_is_refused(health_pki: HealthPki) -> None:
    bare, signature = parts_of(a_signed_list(health_pki, [A_HOSPITAL], NOON))
    for place in (b"</Domaine>", b"</ListeDomaines>", b"</Nom>"):
        assert fault_of(health_pki, bare.replace(place, signature + place), NOON) is ListFault.SIGNATURE


@pytest.mark.parametrize(
    ("part", "other"),
    [
        (b'URI=""', b""),
        (b'URI=""', b'URI="file:///etc/passwd"'),
        (b'URI=""', b'URI="http://127.0.0.1/"'),
        (b'URI=""', b'URI="#xpointer(/)"'),
        (b"</ds:Transforms>", b'<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>'
         b"not(self::Domaine)</ds:XPath></ds:Transform></ds:Transforms>"),
        (b"</ds:Transforms>", b'<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/></ds:Transforms>'),
        (b"</ds:Transforms>", b'<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#base64"/></ds:Transforms>'),
        (b"</ds:SignedInfo>", b'<ds:Reference URI=""/></ds:SignedInfo>'),
        (b"</ds:Signature>", b"<ds:Object/></ds:Signature>"),
        (b"<ds:SignedInfo>", b"<ds:SignedInfo/><ds:SignedInfo>"),
        (b"<ds:KeyInfo>", b"<evil/><ds:KeyInfo>"),
    ],
)  # fmt: skip
def test_whatever_else_a_signature_may_be_is_refused_by_its_look(
    health_pki: HealthPki, part: bytes, other: bytes
) -> None:
    good = a_signed_list(health_pki, [A_HOSPITAL], NOON)
    assert fault_of(health_pki, good.replace(part, other, 1), NOON) is ListFault.SIGNATURE
