"""The service's story, told by ordinary client libraries to a server process. domain.md §2, §3."""

import asyncio
import smtplib
from email import message_from_bytes
from email.policy import default
from time import monotonic
from uuid import uuid4

from tests.support.journey import PAIRS, PASSWORD, PATIENCE, PROFESSIONAL_DOMAIN, Pair, Server, pair
from tests.support.letters import a_letter
from tests.support.mail_clients import (
    aioimaplib_client,
    by_aiosmtplib,
    by_smtplib,
    imaplib_client,
    inbox,
    spoken,
)

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 1200 + b"\n%%EOF\n"
CLOSED = (
    "5.7.1 [MSS-CONV-2] Cette conversation a ete cloturee par le professionnel\n"
    "5.7.1 [MSS-CONV-2] This conversation has been closed by the professional"
)


def a_first_letter(
    people: Pair, number: int = 1, answers: str | None = None, mss_mes: str | None = None
) -> bytes:
    return a_letter(
        people.doctor,
        people.citizen,
        message_id=f"<{number}.{people.doctor}>",
        answers=answers,
        mss_mes=mss_mes,
    )


def an_answer(people: Pair, number: int = 1) -> bytes:
    """Another one each time: the same message again would be answered as it was the first time."""
    return a_letter(
        people.citizen,
        people.doctor,
        message_id=f"<{uuid4().hex}.{people.citizen}>",
        answers=f"<{number}.{people.doctor}>",
    )


def answered(server: Server, people: Pair, number: int = 1) -> tuple[int, str]:
    """What the citizen is told when he answers a letter."""
    said = by_smtplib(server, people.citizen, people.doctor, an_answer(people, number))
    return said.code, said.text


def wait_for_subjects(server: Server, who: str, subject: str, count: int) -> None:
    """Until so many messages have it: notices are filed by themselves, within seconds."""
    end = monotonic() + PATIENCE
    found: list[str] = []
    while found.count(subject) < count:
        assert monotonic() < end, found
        found = [
            message_from_bytes(octets, policy=default)["Subject"] for octets in inbox(server, who).values()
        ]
    assert found.count(subject) == count


def attachments(octets: bytes) -> list[bytes]:
    message = message_from_bytes(octets, policy=default)
    return [part.get_content() for part in message.iter_attachments()]


async def test_a_doctor_writes_and_the_citizen_finds_the_attachment_to_the_octet(
    server: Server, people: Pair
) -> None:
    letter = a_letter(people.doctor, people.citizen, attachments=(("résultats.pdf", PDF),))
    said = await by_aiosmtplib(server, people.doctor, people.citizen, letter)
    assert (said.code, said.text[:6]) == (250, "2.0.0 ")
    client = await aioimaplib_client(server, people.citizen)
    selected = await client.select("INBOX")
    assert selected.result == "OK"
    fetched = await client.uid("fetch", "1", "(BODY.PEEK[])")
    octets = bytes(fetched.lines[1])
    assert octets.endswith(letter)  # trace fields stand before it, nothing else is touched
    assert attachments(octets) == [PDF]
    await client.logout()


async def test_the_doctor_waiting_in_idle_is_told_of_the_answer_at_once(server: Server, people: Pair) -> None:
    await by_aiosmtplib(server, people.doctor, people.citizen, a_first_letter(people))
    client = await aioimaplib_client(server, people.doctor)
    await client.select("INBOX")
    idling = await client.idle_start(timeout=PATIENCE)
    said = await by_aiosmtplib(server, people.citizen, people.doctor, an_answer(people))
    assert said.code == 250
    pushed = await client.wait_server_push(timeout=PATIENCE)
    assert b"1 EXISTS" in pushed
    client.idle_done()
    await asyncio.wait_for(idling, PATIENCE)
    await client.logout()


async def test_a_citizen_opens_no_conversation(server: Server, people: Pair) -> None:
    letter = a_letter(people.citizen, people.doctor)
    said = await by_aiosmtplib(server, people.citizen, people.doctor, letter)
    assert said.code == 550
    assert said.text.splitlines() == [
        "5.7.1 [MSS-CONV-0] Seul le professionnel peut ouvrir une conversation",
        "5.7.1 [MSS-CONV-0] Only the professional can open a conversation",
    ]
    other = pair(PAIRS - 1).citizen
    said = await by_aiosmtplib(server, people.citizen, other, a_letter(people.citizen, other))
    assert said.code == 550
    assert said.text.splitlines() == [
        "5.7.1 [MSS-CONV-5] Un citoyen ne peut pas ecrire a un autre citoyen",
        "5.7.1 [MSS-CONV-5] A citizen cannot write to another citizen",
    ]


async def test_what_is_too_large_is_refused_at_mail_when_announced_and_while_receiving_when_not(
    server: Server, people: Pair
) -> None:
    whole = a_letter(people.doctor, people.citizen, attachments=(("film.pdf", b"%PDF-" + bytes(19_000_000)),))
    said = await by_aiosmtplib(server, people.doctor, people.citizen, whole)
    assert (said.code, said.text[:6]) == (552, "5.3.4 ")
    said = await by_aiosmtplib(server, people.doctor, people.citizen, whole, announced=False)
    assert (said.code, said.text[:6]) == (552, "5.3.4 ")
    attached = a_letter(people.doctor, people.citizen, attachments=(("s.pdf", b"%PDF-" + bytes(10**7)),))
    said = await by_aiosmtplib(server, people.doctor, people.citizen, attached)
    assert said.code == 552
    assert said.text.splitlines() == [
        "5.2.3 [MSS-ATT-1] Les pieces jointes sont trop lourdes : 10,1 Mo, limite 10 Mo",
        "5.2.3 [MSS-ATT-1] The attachments are too large: 10.1 MB, limit 10 MB",
    ]
    assert await asyncio.to_thread(inbox, server, people.citizen) == {}


async def test_a_program_renamed_pdf_is_refused(server: Server, people: Pair) -> None:
    letter = a_letter(people.doctor, people.citizen, attachments=(("notice.pdf", b"MZ\x90\0" + bytes(500)),))
    said = await by_aiosmtplib(server, people.doctor, people.citizen, letter)
    assert said.code == 550
    assert said.text.splitlines() == [
        '5.7.1 [MSS-ATT-3] La piece jointe "notice.pdf" est un programme : retirez-la',
        '5.7.1 [MSS-ATT-3] The attachment "notice.pdf" is a program: remove it',
    ]


def test_fin_closes_every_conversation_and_writing_again_opens(server: Server, people: Pair) -> None:
    for number in (1, 2):
        assert by_smtplib(server, people.doctor, people.citizen, a_first_letter(people, number)).code == 250
    assert answered(server, people)[0] == 250
    end = a_letter(people.doctor, people.citizen, subject="[FIN]", message_id=f"<fin.{people.doctor}>")
    assert by_smtplib(server, people.doctor, people.citizen, end).code == 250
    assert answered(server, people, 1) == answered(server, people, 2) == (550, CLOSED)
    wait_for_subjects(server, people.citizen, "Conversation clôturée / Conversation closed", 2)
    again = a_first_letter(people, 3)
    assert by_smtplib(server, people.doctor, people.citizen, again).code == 250
    assert answered(server, people, 3)[0] == 250
    assert answered(server, people, 1)[0] == 550  # that one is another conversation, still closed


def test_the_header_closes_just_its_own(server: Server, people: Pair) -> None:
    for number in (1, 2):
        by_smtplib(server, people.doctor, people.citizen, a_first_letter(people, number))
    end = a_first_letter(people, 9, answers=f"<1.{people.doctor}>", mss_mes="FIN")
    assert by_smtplib(server, people.doctor, people.citizen, end).code == 250
    assert any(octets.endswith(end) for octets in inbox(server, people.citizen).values())
    assert answered(server, people, 1) == (550, CLOSED)
    assert answered(server, people, 2)[0] == 250


def test_the_keyword_closes_just_its_own(server: Server, people: Pair) -> None:
    for number in (1, 2):
        by_smtplib(server, people.doctor, people.citizen, a_first_letter(people, number))
        assert answered(server, people, number)[0] == 250
    with imaplib_client(server, people.doctor) as client:
        client.select("INBOX")
        status, _ = client.uid("STORE", "1", "+FLAGS", "($Clos)")
        assert status == "OK"
    assert answered(server, people, 1) == (550, CLOSED)
    assert answered(server, people, 2)[0] == 250


def test_moving_into_the_folder_closes_just_its_own(server: Server, people: Pair) -> None:
    for number in (1, 2):
        by_smtplib(server, people.doctor, people.citizen, a_first_letter(people, number))
        assert answered(server, people, number)[0] == 250
    with imaplib_client(server, people.doctor) as client:
        client.select("INBOX")
        status, _ = client.uid("MOVE", "2", '"Conversations closes"')
        assert status == "OK"
        assert client.uid("SEARCH", "ALL") == ("OK", [b"1"])
    assert answered(server, people, 1)[0] == 250
    assert answered(server, people, 2) == (550, CLOSED)


def test_what_a_citizen_does_with_keyword_and_folder_closes_nothing(server: Server, people: Pair) -> None:
    by_smtplib(server, people.doctor, people.citizen, a_first_letter(people))
    with imaplib_client(server, people.citizen) as client:
        client.select("INBOX")
        client.uid("STORE", "1", "+FLAGS", "($Clos)")
        assert client.uid("MOVE", "1", '"Conversations closes"')[0] == "OK"
    assert answered(server, people)[0] == 250


def test_practice_software_sends_ten_messages_over_one_connection(server: Server, people: Pair) -> None:
    program = f"laboratoire@{PROFESSIONAL_DOMAIN}"
    letters = [a_letter(program, people.citizen, message_id=f"<lab.{n}.{people.citizen}>") for n in range(10)]
    with smtplib.SMTP_SSL(
        "localhost", server.ports["submissions"], context=server.tls(), timeout=PATIENCE
    ) as client:
        client.login(program, PASSWORD)
        for letter in letters:
            assert spoken(client, program, [people.citizen], letter).code == 250
    found = list(inbox(server, people.citizen).values())
    assert [octets[-len(letter) :] for octets, letter in zip(found, letters, strict=True)] == letters


def test_an_inspection_is_seen_by_the_citizen_while_the_server_runs(server: Server, people: Pair) -> None:
    by_smtplib(server, people.doctor, people.citizen, a_first_letter(people))
    with imaplib_client(server, people.citizen) as client:
        client.select("INBOX")
        overview = server.house.command("inspect", people.citizen, "--json")
        assert overview.status == 0
        assert "Compte rendu" not in overview.out  # metadata only
        read = server.house.command("inspect", people.citizen, "--content", "1", "--reason", "plainte 42")
        assert "Compte rendu" in read.out
        client.noop()
        client.uid("FETCH", "1:*", "(FLAGS)")
        assert client.response("EXISTS")[1][-1] == b"2"
    history = inbox(server, people.citizen, "Historique d'acc&AOg-s")
    told = [message_from_bytes(octets, policy=default) for octets in history.values()]
    assert [message["Subject"] for message in told] == [
        "Accès à votre boîte aux lettres / Your mailbox was accessed"
    ] * 2
    assert "Aucun contenu n'a été lu" in told[0].get_content()
    assert "plainte 42" in told[1].get_content()
