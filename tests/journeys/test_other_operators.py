"""Other operators bring mail to a whole gateway, and whoever may not is told why. domain.md §6."""

import re
import smtplib

import pytest
from tests.support.journey import Server
from tests.support.operators import (
    CITIZEN,
    DOCTOR,
    SURGEON,
    TrustedSpace,
    a_letter,
    a_peer,
    inbox,
)


def test_a_letter_of_another_operator_s_professional_reaches_ours(
    space: TrustedSpace, hospital: Server
) -> None:
    with a_peer(space.hospital, space, "clinic") as peer:
        assert peer.send(SURGEON, DOCTOR, a_letter(SURGEON, "venue de la clinique"))[-1].startswith(
            "250 2.0.0 "
        )
    (letter,) = (each for each in inbox(hospital, DOCTOR) if b"venue de la clinique" in each)
    received = re.search(rb"^Received: (?:[^\r]|\r\n[ \t])*", letter, re.M)
    assert received is not None
    assert b"from mx.peer.example ([127.0.0.1]) (TLSv1.3 TLS_" in received[0]
    assert b"with ESMTPS id" in received[0]


@pytest.mark.parametrize(
    ("certificate", "sender", "said"),
    [
        ("revoked", SURGEON, "550 5.7.1 [MSS-TLS-5]"),
        ("operator", SURGEON, "550 5.7.1 [MSS-REL-"),
        ("clinic", CITIZEN, "550 5.7.1 [MSS-REL-"),
    ],
    ids=["revoked", "not his domain", "not theirs either"],
)
def test_who_may_not_bring_it_is_told_why(
    space: TrustedSpace, hospital: Server, certificate: str, sender: str, said: str
) -> None:
    with a_peer(space.hospital, space, certificate) as peer:
        assert said in peer.send(sender, DOCTOR, a_letter(sender, "refus"))[-1]


def test_no_mail_is_relayed(space: TrustedSpace, hospital: Server) -> None:
    with a_peer(space.hospital, space, "clinic") as peer:
        assert peer.send(SURGEON, CITIZEN, a_letter(SURGEON, "ailleurs"))[-1].startswith("550")


def test_both_gateways_are_up_side_by_side(space: TrustedSpace, hospital: Server) -> None:
    with space.citizens.up() as citizens:
        for server in (hospital, citizens):
            with smtplib.SMTP("127.0.0.1", server.ports["relay"]) as client:
                assert "starttls" in client.esmtp_features or client.ehlo()[1].endswith(b"STARTTLS")
        with a_peer(space.citizens, space, "operator") as peer:
            said = peer.send(DOCTOR, CITIZEN, a_letter(DOCTOR, "resultats"))
            assert said[-1].startswith("250 2.0.0 ")
        assert any(b"resultats" in each for each in inbox(citizens, CITIZEN))
