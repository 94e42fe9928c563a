"""The door on the real service: store, vault, rules. domain.md §2, §3."""

from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest
from tests.support.builders import CITIZEN, DOCTOR, OTHER_DOCTOR
from tests.support.smtp_door import PATIENCE, OpenDoor, a_door_on, client_context
from tests.support.world import a_world

from vaguemestre.mail.bal import BalKind

PASSWORD = "correct horse"


def a_client(opened: OpenDoor) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname="localhost",
        port=opened.tls_port,
        use_tls=True,
        tls_context=client_context(),
        timeout=PATIENCE,
    )


def a_letter(sender: str, recipient: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, recipient, "Compte rendu"
    message.set_content("Bonjour,\n.\nÀ bientôt\n", cte="8bit")
    return message


async def test_a_professional_writes_and_the_citizen_has_it_octet_for_octet(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await world.bal(DOCTOR, password=PASSWORD)
        citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
        async with a_door_on(world.authentication, world.submissions) as opened, a_client(opened) as client:
            await client.login(DOCTOR, PASSWORD)
            sent = b"From: %b\r\nTo: %b\r\nSubject: x\r\n\r\n.\r\n..\r\nfin\r\n" % (
                DOCTOR.encode(),
                CITIZEN.encode(),
            )
            await client.sendmail(DOCTOR, [CITIZEN, CITIZEN.upper()], sent)
        rows = await world.inbox(citizen)
        assert len(rows) == 1
        assert (await world.octets(rows[0])).endswith(sent)


async def test_a_citizen_to_whom_nobody_wrote_is_told_why(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await world.bal(DOCTOR)
        await world.bal(CITIZEN, BalKind.CITIZEN, PASSWORD)
        async with a_door_on(world.authentication, world.submissions) as opened, a_client(opened) as client:
            await client.login(CITIZEN, PASSWORD)
            with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
                await client.send_message(a_letter(CITIZEN, DOCTOR))
        assert refused.value.recipients[0].code == 550
        assert refused.value.recipients[0].message.startswith("5.7.1 ")


@pytest.mark.parametrize("bad", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\n.\nb\r\n"])
async def test_a_bare_line_end_in_a_message_is_refused(tmp_path: Path, bad: bytes) -> None:
    async with a_world(tmp_path) as world:
        await world.bal(DOCTOR, password=PASSWORD)
        other = await world.bal(OTHER_DOCTOR)
        async with (
            a_door_on(world.authentication, world.submissions) as opened,
            opened.client(tls=True) as client,
        ):
            await client.say(b"EHLO pc\r\nAUTH LOGIN\r\nY2xhaXJlLm1hcnRpbkBjYWJpbmV0Lm1zc2FudGUuZnI=\r\n")
            await client.say(b"Y29ycmVjdCBob3JzZQ==\r\n")
            await client.say(f"MAIL FROM:<{DOCTOR}>\r\nRCPT TO:<{OTHER_DOCTOR}>\r\nDATA\r\n".encode())
            await client.say(f"From: {DOCTOR}\r\n\r\n".encode() + bad + b".\r\nQUIT\r\n")
            assert b"\r\n550 5.6.11 " in await client.rest()
        assert not await world.inbox(other)


async def test_a_message_without_announced_size_is_refused_when_it_is_too_large(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await world.bal(DOCTOR, password=PASSWORD)
        await world.bal(OTHER_DOCTOR)
        limit = world.submissions.max_message_size
        async with a_door_on(world.authentication, world.submissions) as opened, a_client(opened) as client:
            await client.login(DOCTOR, PASSWORD)
            await client.mail(DOCTOR)
            await client.rcpt(OTHER_DOCTOR)
            with pytest.raises(aiosmtplib.SMTPDataError) as refused:
                await client.data(b"Subject: x\r\n\r\n" + b"x" * 76 + b"\r\n" + b"y" * limit)
            assert (refused.value.code, refused.value.message[:6]) == (552, "5.3.4 ")
            response = await client.noop()
            assert response.code == 250


async def test_a_session_ends_when_the_device_it_came_from_is_taken_back(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        doctor = await world.bal(DOCTOR, password=PASSWORD)
        lost = await world.devices.add(doctor.address, "perdu", "test")
        async with (
            a_door_on(world.authentication, world.submissions) as opened,
            a_client(opened) as lost_one,
            a_client(opened) as own,
        ):
            await lost_one.login(DOCTOR, lost)
            await own.login(DOCTOR, PASSWORD)
            await opened.door.expel()
            assert (await lost_one.noop()).code == 250
            await world.devices.remove(doctor.address, "perdu", "test")
            await opened.door.expel()
            with pytest.raises(aiosmtplib.SMTPException):
                await lost_one.noop()
            assert (await own.noop()).code == 250
