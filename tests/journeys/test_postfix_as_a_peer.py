"""Postfix, which other operators run, brings mail to a whole gateway over mutual TLS. domain.md §6."""

from tests.support.journey import Server
from tests.support.operators import DOCTOR, SURGEON, TrustedSpace, a_letter, inbox
from tests.support.postfix import a_postfix


def test_its_letters_arrive(space: TrustedSpace, hospital: Server) -> None:
    with a_postfix(space.pki.shown("clinic"), space.hospital.relay_port) as postfix:
        postfix.send(SURGEON, DOCTOR, a_letter(SURGEON, "de Postfix"))
        fate = postfix.fate_of(DOCTOR)
        assert "status=sent (250 2.0.0 Accepted as " in fate
        assert "TLS connection established" in postfix.log
    assert any(b"de Postfix" in each for each in inbox(hospital, DOCTOR))


def test_its_administrator_reads_what_to_mend(space: TrustedSpace, hospital: Server) -> None:
    with a_postfix(space.pki.shown("revoked"), space.hospital.relay_port) as postfix:
        postfix.send(SURGEON, DOCTOR, a_letter(SURGEON, "avec un certificat revoque"))
        fate = postfix.fate_of(DOCTOR)
    assert "status=bounced" in fate
    assert "[MSS-TLS-5] Your certificate has been revoked: show a new one" in fate


def test_what_waits_here_waits_there(space: TrustedSpace, hospital: Server) -> None:
    # A list without entries of ours would be 550; one that nobody may act on any more is 451, as is an
    # operator whose certificate expired: his queue keeps the mail.
    subject = "CN=mss.expire.example,OU=399999999900080,O=CLINIQUE EXPIREE,ST=Nord (59),C=FR"
    expired = space.expired_operator("expired", subject)
    with a_postfix(expired, space.hospital.relay_port) as postfix:
        postfix.send(SURGEON, DOCTOR, a_letter(SURGEON, "avec un certificat expire"))
        fate = postfix.fate_of(DOCTOR)
    assert "status=deferred" in fate
    assert "[MSS-TLS-4] Your certificate, or that of its authority, has expired: renew it" in fate
