"""Names of certificates, read from text and compared by their parts. RFC 4514, RFC 4518 §2, RFC 5280 §7.1."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.mail.distinguished_name import NameSyntaxError, Part, name_of, parse_name
from vaguemestre.mail.name_types import SHORT_NAMES

OPERATOR = "CN=mss.example.fr,OU=318000000012345,O=Hôpital,ST=Hauts-de-Seine (92),C=FR"


@pytest.mark.parametrize(
    "same",
    [
        "C=FR,ST=Hauts-de-Seine (92),O=Hôpital,OU=318000000012345,CN=mss.example.fr",
        "cn=MSS.EXAMPLE.FR, ou=318000000012345, o=hôpital, st=Hauts-de-Seine (92), c=fr",
        "CN=  mss.example.fr,OU=318000000012345 ,O=Hôpital,ST=Hauts-de-Seine  (92),C=FR",
        "C = FR, ST = Hauts-de-Seine (92), O = Hôpital, OU = 318000000012345, CN = mss.example.fr",
        "subject=C = FR, ST = Hauts-de-Seine (92), O = Hôpital, OU = 318000000012345, CN = mss.example.fr",
        "/C=FR/ST=Hauts-de-Seine (92)/O=Hôpital/OU=318000000012345/CN=mss.example.fr",
        "subject= /C=FR/ST=Hauts-de-Seine (92)/O=Hôpital/OU=318000000012345/CN=mss.example.fr",
        'CN=mss.example.fr;OU=318000000012345;O="Hôpital";S=Hauts-de-Seine (92);C=FR',
        "2.5.4.3=mss.example.fr,OID.2.5.4.11=318000000012345,O=Hôpital,ST=Hauts-de-Seine (92),C=FR",
        "commonName=mss.example.fr,organizationalUnitName=318000000012345,O=H\\C3\\B4pital,"
        "stateOrProvinceName=Hauts-de-Seine (92),countryName=FR",
        "CN=mss.example.fr,OU=318000000012345,O=#0C0848C3B4706974616C,ST=Hauts-de-Seine (92),C=#13024652",
        unicodedata.normalize("NFD", OPERATOR),
        OPERATOR.replace("-", "\u00ad-"),
    ],
)
def test_one_name_has_many_texts(same: str) -> None:
    assert parse_name(same).key == parse_name(OPERATOR).key


def test_text_begins_at_the_holder_however_it_was_written() -> None:
    slashed = "/C=FR/ST=Hauts-de-Seine (92)/O=Hôpital/OU=318000000012345/CN=mss.example.fr"
    assert parse_name(slashed).text == OPERATOR


@pytest.mark.parametrize(
    "other",
    [
        "CN=mss.example.fr,OU=318000000012346,O=Hôpital,ST=Hauts-de-Seine (92),C=FR",
        "CN=mss.example.fr,O=Hôpital,ST=Hauts-de-Seine (92),C=FR",
        "OU=mss.example.fr,CN=318000000012345,O=Hôpital,ST=Hauts-de-Seine (92),C=FR",
        "CN=mss.example.fr,OU=318000000012345,O=Hopital,ST=Hauts-de-Seine (92),C=FR",
        "CN=mss.example.fr,OU=318000000012345,O=Hôpital,L=Hauts-de-Seine (92),C=FR",
        "CN=mss.example.fr+OU=318000000012345,O=Hôpital,ST=Hauts-de-Seine (92),C=FR",
        "CN=mss.example.fr,CN=mss.example.fr,OU=318000000012345,O=Hôpital,ST=Hauts-de-Seine (92),C=FR",
        "CN=mss.example.fr\\,OU=318000000012345,O=Hôpital,ST=Hauts-de-Seine (92),C=FR",
    ],
)
def test_every_part_matters(other: str) -> None:
    assert parse_name(other).key != parse_name(OPERATOR).key


@pytest.mark.parametrize(
    ("text", "organisation"),
    [
        ("CN=a,O=CHU\\, SITE NORD,C=FR", "CHU, SITE NORD"),
        ('CN=a,O="CHU, SITE NORD",C=FR', "CHU, SITE NORD"),
        ("CN=a,O=CHU\\2C SITE NORD,C=FR", "CHU, SITE NORD"),
        ('CN=a,O=CENTRE "PAUL STRAUSS",C=FR', 'CENTRE "PAUL STRAUSS"'),
        ('CN=a,O="PAUL STRAUSS" CENTRE,C=FR', '"PAUL STRAUSS" CENTRE'),
        ('CN=a,O="A \\"B\\"",C=FR', 'A "B"'),
        ("/C=FR/O=LA MUSSE ST SEBASTIEN/MORSENT/CN=a", "LA MUSSE ST SEBASTIEN/MORSENT"),
        ("CN=a,O=ends in a space\\ ,C=FR", "ends in a space "),
    ],
)
def test_signs_inside_a_value_are_of_the_value(text: str, organisation: str) -> None:
    assert parse_name(text).values("O") == (organisation,)


def test_several_attributes_stand_in_one_place_in_any_order() -> None:
    assert parse_name("CN=a+OU=1,O=x,C=FR").key == parse_name("C=FR,O=x,OU=1+CN=a").key
    assert parse_name("CN=a+OU=1,O=x,C=FR").key != parse_name("CN=a\\+OU=1,O=x,C=FR").key


def test_a_number_of_two_parts_is_one_value() -> None:
    assert parse_name("CN=a,OU=318310021300028|1310000,C=FR").values("OU") == ("318310021300028|1310000",)


@pytest.mark.parametrize(
    "text",
    ["", "logiciel", "CN", "=x", "CN=", "CN=a,", "CN=a,b", "CN=a\\", "CN=\\C3,C=FR", "NOSUCH=a,C=FR", "/",
     "/CN=", "CN=#0C05", 'CN=""', 'CN="' + "\\ab" * 900,
     "CN=a+,C=FR", "CN=\ue000", "CN=\ufffd", "CN=" + "a" * 5000],
)  # fmt: skip
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(NameSyntaxError):
        parse_name(text)


_CHARACTERS = st.characters(exclude_categories=("Cs", "Co", "Cn"), exclude_characters="\ufffd")
_PARTS = st.builds(Part, st.sampled_from(sorted(SHORT_NAMES)), st.text(_CHARACTERS, min_size=1))
_RDNS = st.lists(st.lists(_PARTS, min_size=1, max_size=3).map(tuple), min_size=1, max_size=5)


@given(_RDNS)
def test_what_is_printed_is_read_as_it_was(rdns: list[tuple[Part, ...]]) -> None:
    name = name_of(rdns)
    assert parse_name(name.text) == name


@given(_RDNS)
def test_either_end_may_come_first(rdns: list[tuple[Part, ...]]) -> None:
    assert name_of(rdns).key == name_of(rdns[::-1]).key


def test_keys_that_are_stored_stay_valid() -> None:
    assert parse_name("CN=Logiciel,OU=318000000012345,O=Hôpital  Nord,C=FR").key == (
        "2.5.4.10=hôpital nord\n2.5.4.11=318000000012345\n2.5.4.3=logiciel\n2.5.4.6=fr"
    )
