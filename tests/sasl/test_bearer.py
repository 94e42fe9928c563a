"""What the octets of OAUTHBEARER and XOAUTH2 say. RFC 7628 §3.1, §4."""

import json

import pytest

from vaguemestre.sasl.bearer import Bearer, failure, parse_oauthbearer, parse_xoauth2
from vaguemestre.sasl.errors import SaslSyntaxError


def test_the_form_of_rfc_7628_is_read() -> None:
    # RFC 7628 §4.1
    message = b"n,a=user@example.com,\x01host=a.example\x01port=143\x01auth=Bearer vF9dft4qmT==\x01\x01"
    assert parse_oauthbearer(message) == Bearer("user@example.com", "vF9dft4qmT==")


def test_xoauth2_is_read() -> None:
    assert parse_xoauth2(b"user=a@b.fr\x01auth=bearer tok.en\x01\x01") == Bearer("a@b.fr", "tok.en")


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x01",
        b"n,,\x01auth=Bearer t\x01\x01",
        b"n,a=u,\x01auth=Bearer t",
        b"n,a=u,\x01\x01",
        b"n,a=u,\x01auth=Basic t\x01\x01",
        b"n,a=u,\x01auth=Bearer t\x01auth=Bearer u\x01\x01",
        b"p=tls-unique,a=u,\x01auth=Bearer t\x01\x01",
        b"n,a=\xff,\x01auth=Bearer t\x01\x01",
    ],
)
def test_another_form_is_refused(message: bytes) -> None:
    with pytest.raises(SaslSyntaxError):
        parse_oauthbearer(message)


@pytest.mark.parametrize("message", [b"a@b.fr\x01auth=Bearer t\x01\x01", b"user=\x01auth=Bearer t\x01\x01"])
def test_another_form_of_xoauth2_is_refused(message: bytes) -> None:
    with pytest.raises(SaslSyntaxError):
        parse_xoauth2(message)


def test_a_refusal_tells_where_tokens_come_from() -> None:
    told = json.loads(failure("https://a/b"))
    assert told == {"status": "invalid_token", "openid-configuration": "https://a/b"}


def test_a_token_does_not_show_in_a_traceback() -> None:
    assert "secret" not in repr(Bearer("a@b.fr", "secret"))
