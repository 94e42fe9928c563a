"""Subjects of certificates, compared by their parts. RFC 4514, RFC 5280 §7.1."""

import pytest

from vaguemestre.service.sign_in.subjects import NameSyntaxError, parse_name


@pytest.mark.parametrize(
    "same",
    [
        "CN=logiciel,OU=318000000012345,O=Hôpital,C=FR",
        "C=FR,O=Hôpital,OU=318000000012345,CN=logiciel",
        "cn=LOGICIEL, ou=318000000012345, o=hôpital, c=fr",
        "CN=  logiciel,OU=318000000012345,O=Hôpital,C=FR",
    ],
)
def test_order_capitals_and_spaces_do_not_matter(same: str) -> None:
    assert parse_name(same).key == parse_name("CN=logiciel,OU=318000000012345,O=Hôpital,C=FR").key


@pytest.mark.parametrize(
    "other",
    [
        "CN=logiciel,OU=318000000012346,O=Hôpital,C=FR",
        "CN=logiciel,O=Hôpital,C=FR",
        "OU=logiciel,CN=318000000012345,O=Hôpital,C=FR",
    ],
)
def test_every_part_matters(other: str) -> None:
    assert parse_name(other).key != parse_name("CN=logiciel,OU=318000000012345,O=Hôpital,C=FR").key


@pytest.mark.parametrize("text", ["", "logiciel", "CN", "=x"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(NameSyntaxError):
        parse_name(text)
