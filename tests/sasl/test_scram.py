"""SCRAM on the server's side, against another's client. RFC 5802 §5, RFC 7677 §3."""

import hmac
from base64 import b64decode, b64encode
from hashlib import pbkdf2_hmac, sha256

import pytest
from scramp import ScramClient, ScramException

from vaguemestre.mail.credential import ScramKeys
from vaguemestre.sasl.errors import SaslSyntaxError
from vaguemestre.sasl.scram import SCRAM, SCRAM_PLUS, Proved, ScramExchange, claimed_name, derive

SALT = b"sixteen octets.."
END_POINT = b"e" * 32
KEYS = [derive(password, SALT, 4096) for password in ("first", "second")]


def talk(client: ScramClient, exchange: ScramExchange, keys: list[ScramKeys]) -> Proved | None:
    """The whole exchange; the client checks our proof."""
    client.set_server_first(exchange.challenge(client.get_client_first().encode(), keys).decode())
    proved = exchange.finish(client.get_client_final().encode())
    if proved is not None:
        client.set_server_final(proved.server_final.decode())
    return proved


def test_the_example_of_rfc_7677_comes_out_as_printed() -> None:
    # RFC 7677 §3
    keys = derive("pencil", b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096)
    exchange = ScramExchange("%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", None, plus=False)
    first = exchange.challenge(b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO", [keys])
    assert first == b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    proved = exchange.finish(
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    assert proved is not None
    assert proved.server_final == b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


@pytest.mark.parametrize(("password", "which"), [("first", 0), ("second", 1)])
def test_the_proof_is_held_against_every_password_of_the_account(password: str, which: int) -> None:
    client = ScramClient([SCRAM], "a@b.fr", password)
    proved = talk(client, ScramExchange("nonce", None, plus=False), KEYS)
    assert proved is not None
    assert proved.which == which


def test_another_password_proves_nothing() -> None:
    assert talk(ScramClient([SCRAM], "a@b.fr", "third"), ScramExchange("n", None, plus=False), KEYS) is None


def test_a_client_binds_to_the_certificate_it_saw() -> None:
    binding = ("tls-server-end-point", END_POINT)
    client = ScramClient([SCRAM_PLUS], "a@b.fr", "first", binding)
    assert talk(client, ScramExchange("n", END_POINT, plus=True), KEYS) is not None


def test_a_client_that_saw_another_certificate_is_refused() -> None:
    client = ScramClient([SCRAM_PLUS], "a@b.fr", "first", ("tls-server-end-point", b"x" * 32))
    assert talk(client, ScramExchange("n", END_POINT, plus=True), KEYS) is None


def test_a_client_that_was_told_we_cannot_bind_is_refused() -> None:
    client = ScramClient([SCRAM], "a@b.fr", "first", ("tls-server-end-point", END_POINT))
    with pytest.raises(SaslSyntaxError):
        talk(client, ScramExchange("n", END_POINT, plus=False), KEYS)


@pytest.mark.parametrize(
    "message", [b"", b"n,,", b"n,,n=,r=x", b"n,,r=x,n=a", b"\xff", b"n,,n=a", b"q,,n=a,r=x", b"n,a=,n=a,r=x"]
)
def test_a_first_message_of_another_form_is_refused(message: bytes) -> None:
    def begin() -> None:
        claimed_name(message)
        ScramExchange("n", None, plus=False).challenge(message, KEYS)

    with pytest.raises(SaslSyntaxError):
        begin()


def test_a_name_with_a_comma_is_read_back() -> None:
    assert claimed_name(b"n,,n=a=2Cb=3Dc,r=x") == ("a,b=c", "")


def test_a_last_message_of_another_form_is_refused() -> None:
    exchange = ScramExchange("n", None, plus=False)
    exchange.challenge(b"n,,n=a,r=x", KEYS)
    with pytest.raises(SaslSyntaxError):
        exchange.finish(b"nonsense")


def test_a_password_that_scram_does_not_allow_has_no_keys() -> None:
    with pytest.raises(SaslSyntaxError):
        derive("bell\x07", SALT, 4096)


def test_the_client_of_these_tests_checks_our_proof() -> None:
    client = ScramClient([SCRAM], "a@b.fr", "first")
    exchange = ScramExchange("n", None, plus=False)
    client.set_server_first(exchange.challenge(client.get_client_first().encode(), KEYS).decode())
    client.get_client_final()
    with pytest.raises(ScramException):
        client.set_server_final("v=AAAA")


def test_a_client_may_say_twice_who_it_is_or_for_whom_it_acts() -> None:
    first, final = b"n,a=A@b.fr,n=a@b.fr,r=client", b"r=clientours"
    exchange = ScramExchange("ours", None, plus=False)
    assert claimed_name(first) == ("a@b.fr", "")
    challenge = exchange.challenge(first, KEYS)
    unproved = b"c=" + b64encode(b"n,a=A@b.fr,") + b"," + final
    told = b"n=a@b.fr,r=client," + challenge + b"," + unproved
    client_key = hmac.digest(pbkdf2_hmac("sha256", b"second", SALT, 4096), b"Client Key", "sha256")
    signature = hmac.digest(sha256(client_key).digest(), told, "sha256")
    proof = b64encode(bytes(a ^ b for a, b in zip(client_key, signature, strict=True)))
    proved = exchange.finish(unproved + b",p=" + proof)
    assert proved is not None
    assert proved.which == 1
    assert claimed_name(b"n,a=other@b.fr,n=a@b.fr,r=x") == ("a@b.fr", "other@b.fr")
