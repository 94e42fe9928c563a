"""Postfix, which other operators run, and a gateway bring each other mail over mutual TLS. domain.md §6."""

from time import monotonic
from typing import cast

from tests.support.journey import PATIENCE, Server
from tests.support.letters import a_letter as our_letter
from tests.support.mail_clients import by_smtplib
from tests.support.operators import DOCTOR, HOSPITAL, SURGEON, TrustedSpace, a_letter, inbox
from tests.support.postfix import a_postfix, a_receiving_postfix

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 1200 + b"\n%%EOF\n"


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


def test_its_administrator_reads_at_the_second_attempt_what_tls_only_gave_a_number_for(
    space: TrustedSpace, hospital: Server
) -> None:
    # Of the right infrastructure and not made for a client: the first attempt ends with an alert.
    with a_postfix(space.pki.shown("list-signer"), space.hospital.relay_port) as postfix:
        postfix.send(SURGEON, DOCTOR, a_letter(SURGEON, "avec un certificat de signature"))
        first, said = postfix.fate_of(DOCTOR), len(postfix.log)
        postfix.retry()
        second = postfix.fate_of(DOCTOR, after=said)
    assert "status=deferred" in first
    assert "MSS-TLS" not in first
    assert "status=deferred" in second
    assert "[MSS-TLS-11] The certificate last shown from your address is not made for TLS clients" in second


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


def test_our_letters_arrive_there_octet_for_octet_and_refusals_come_back(
    space: TrustedSpace, hospital: Server
) -> None:
    sent, lost = f"<vers.postfix@{HOSPITAL}>", f"<perdue@{HOSPITAL}>"
    letter = our_letter(
        DOCTOR, SURGEON, subject="vers Postfix", message_id=sent, attachments=(("r.pdf", PDF),)
    )
    nobody = SURGEON.replace("paul", "personne")
    shown, port = space.pki.shown("clinic"), space.clinic_port
    with a_receiving_postfix(shown, space.pki.authorities, port, SURGEON) as postfix:
        assert by_smtplib(hospital, DOCTOR, SURGEON, letter).code == 250
        (received,) = postfix.received()
        assert by_smtplib(hospital, DOCTOR, nobody, our_letter(DOCTOR, nobody, message_id=lost)).code == 250
        until_fate(hospital, lost, "refused")
        assert "Trusted TLS connection established from" in postfix.log
    assert received.replace(b"\n", b"\r\n").endswith(letter)
    assert b'(Client CN "mss.hopital.example"' in received
    until_fate(hospital, sent, "delivered")


def until_fate(server: Server, message_id: str, state: str) -> None:
    """As ``trace`` tells it, of a message with one recipient."""
    end = monotonic() + PATIENCE
    while True:
        told = cast(list[dict[str, object]], server.house.command("trace", message_id, "--json").json())
        (recipient,) = cast(list[dict[str, str]], told[0]["recipients"])
        if recipient["state"] == state:
            return
        assert monotonic() < end, recipient
