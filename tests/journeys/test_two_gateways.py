"""A conversation across two whole gateways, each with its own database and certificate. domain.md §2, §6.

The doctor is at the hospital's, his patient at the citizens'. Both use ordinary clients, and know nothing of
the other gateway.
"""

from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from time import monotonic, sleep
from typing import cast

import pytest
from tests.support.extraction import a_file, a_service
from tests.support.journey import PASSWORD, PATIENCE, Server, pair
from tests.support.letters import a_letter
from tests.support.mail_clients import by_aiosmtplib, by_smtplib, imaplib_client, inbox
from tests.support.operators import DOCTORS, HOSPITAL, PATIENTS, TrustedSpace

from vaguemestre.directory.importing import Terms, import_from
from vaguemestre.directory.source import source_at
from vaguemestre.directory.sqlite_file import SqlitePlace

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 1200 + b"\n%%EOF\n"


@pytest.fixture(scope="module")
def citizens(space: TrustedSpace) -> Iterator[Server]:
    with space.citizens.up() as server:
        yield server
        assert server.stop() == 0, server.log
        assert "Traceback" not in server.log


def letters(server: Server, who: str) -> list[EmailMessage]:
    """What is in his INBOX, read."""
    found = inbox(server, who).values()
    return [message_from_bytes(octets, policy=default) for octets in found]


def awaited(server: Server, who: str, wanted: Callable[[EmailMessage], bool]) -> EmailMessage:
    """The first message in his INBOX that is the one, which comes by itself within seconds."""
    end = monotonic() + PATIENCE
    while True:
        seen = letters(server, who)
        if found := [message for message in seen if wanted(message)]:
            return found[0]
        assert monotonic() < end, [str(message["Subject"]) for message in seen]
        sleep(0.05)


def of_subject(subject: str) -> Callable[[EmailMessage], bool]:
    return lambda message: message["Subject"] == subject


def fate_of(server: Server, message_id: str) -> str:
    """What the hospital's own ``trace`` says became of it for its one recipient."""
    told = cast(list[dict[str, object]], server.house.command("trace", message_id, "--json").json())
    (recipient,) = cast(list[dict[str, str]], told[0]["recipients"])
    return recipient["state"]


def until_fate(server: Server, message_id: str, state: str) -> None:
    end = monotonic() + PATIENCE
    while (now := fate_of(server, message_id)) != state:
        assert monotonic() < end, now


async def test_a_conversation_is_opened_answered_read_and_closed_across_two_operators(
    hospital: Server, citizens: Server
) -> None:
    doctor, patient = DOCTORS[0], PATIENTS[0]
    opening = "<ouverture@hopital.mssante.example>"
    letter = a_letter(
        doctor, patient, subject="Vos resultats", message_id=opening, attachments=(("r.pdf", PDF),)
    )
    assert (await by_aiosmtplib(hospital, doctor, patient, letter)).code == 250
    arrived = awaited(citizens, patient, of_subject("Vos resultats"))
    (attached,) = arrived.iter_attachments()
    assert attached.get_content() == PDF
    until_fate(hospital, opening, "delivered")

    answer = a_letter(
        patient, doctor, subject="Re: Vos resultats", message_id="<reponse@patient>", answers=opening
    )
    assert by_smtplib(citizens, patient, doctor, answer).code == 250
    answered = awaited(hospital, doctor, of_subject("Re: Vos resultats"))
    assert answered["In-Reply-To"] == opening

    closing = a_letter(doctor, patient, subject="[FIN]", message_id="<fin@hopital>", answers=opening)
    assert by_smtplib(hospital, doctor, patient, closing).code == 250
    awaited(citizens, patient, lambda message: "clotur" in plain(message) or "clôtur" in plain(message))

    again = a_letter(patient, doctor, subject="Encore", message_id="<encore@patient>", answers=opening)
    refused = by_smtplib(citizens, patient, doctor, again)
    assert refused.code == 550
    assert "MSS-CONV-2" in refused.text


def plain(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    return "" if body is None else str(body.get_content())


def test_a_citizen_who_was_not_written_to_writes_to_nobody_elsewhere(
    hospital: Server, citizens: Server
) -> None:
    letter = a_letter(PATIENTS[1], DOCTORS[1], message_id="<premier@patient>")
    refused = by_smtplib(citizens, PATIENTS[1], DOCTORS[1], letter)
    assert (refused.code, "MSS-CONV-" in refused.text) == (550, True)
    assert letters(hospital, DOCTORS[1]) == []


def test_a_citizen_sends_a_prescription_first_to_a_pharmacy_that_the_directory_has_elsewhere(
    hospital: Server, citizens: Server, tmp_path: Path
) -> None:
    pharmacy, patient = f"pharmacie@{HOSPITAL}", PATIENTS[3]
    adding = ["bal", "add", pharmacy, "--kind", "ORG", "--sector", "SA33", "--password-stdin"]
    hospital.house.commands([(adding, f"{PASSWORD}\n")])
    listed = source_at(a_file(tmp_path, [a_service(pharmacy, structure="690000013")]))
    place = SqlitePlace(citizens.house.folder / "directory.db")
    import_from(listed, place, Terms(), lambda _read, _size: None, {"690000013": "SA33"})
    letter = a_letter(
        patient, pharmacy, subject="Ordonnance", message_id="<o@p>", attachments=(("o.pdf", PDF),)
    )
    assert by_smtplib(citizens, patient, pharmacy, letter).code == 250
    awaited(hospital, pharmacy, of_subject("Ordonnance"))


def test_that_he_has_read_it_is_told_to_the_doctor_elsewhere(hospital: Server, citizens: Server) -> None:
    doctor, patient = DOCTORS[2], PATIENTS[2]
    asked = "<lu@hopital.mssante.example>"
    letter = a_letter(doctor, patient, subject="A lire", message_id=asked)
    head, _, rest = letter.partition(b"\r\n")
    letter = head + b"\r\nDisposition-Notification-To: " + doctor.encode() + b"\r\n" + rest
    assert by_smtplib(hospital, doctor, patient, letter).code == 250
    awaited(citizens, patient, of_subject("A lire"))
    with imaplib_client(citizens, patient) as client:
        client.select("INBOX")
        client.store("1", "+FLAGS", "(\\Seen)")
    awaited(hospital, doctor, lambda message: message.get_content_type() == "multipart/report")
    until_fate(hospital, asked, "read")


def test_an_address_that_nobody_has_there_comes_back_to_who_wrote(hospital: Server, citizens: Server) -> None:
    nobody, sent = pair(20).citizen, "<personne@hopital.mssante.example>"
    letter = a_letter(DOCTORS[3], nobody, message_id=sent)
    assert by_smtplib(hospital, DOCTORS[3], nobody, letter).code == 250
    told = awaited(hospital, DOCTORS[3], lambda message: message.get_content_type() == "multipart/report")
    assert "Status: 5.1.1" in told.as_string()
    assert fate_of(hospital, sent) == "refused"
