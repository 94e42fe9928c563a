"""A notification moves the fate of the message it speaks of, for who sends it alone.

RFC 8098; domain.md §4.
"""

import pytest
from tests.service.test_reports import IDENTIFIER, a_letter, read, reports_to, two_doctors_and_a_citizen
from tests.support.builders import CITIZEN, DOCTOR, OTHER_DOCTOR
from tests.support.world import World

from vaguemestre.mail.bal import Bal
from vaguemestre.mail.fate import Fate, FateState

DISPLAYED = "manual-action/MDN-sent-manually; displayed"
REJECTED = "automatic-action/MDN-sent-automatically; processed/Error: 904^Martin Jeanne^x"


def a_notification(sender: str, to: str, disposition: str = DISPLAYED, subject: str = "Lu") -> bytes:
    lines = (
        f"From: {sender}",
        f"To: {to}",
        "Message-ID: <mdn-1@logiciel.example>",
        f"Subject: {subject}",
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=B",
        "",
        "--B",
        "Content-Type: text/plain",
        "",
        "Lu.",
        "--B",
        "Content-Type: message/disposition-notification",
        "",
        f"Final-Recipient: rfc822; {sender}",
        f"Original-Message-ID: {IDENTIFIER}",
        f"Disposition: {disposition}",
        "",
        "--B--",
        "",
    )
    return "\r\n".join(lines).encode()


async def fates(world: World) -> dict[str, Fate]:
    (trace,) = await world.tracing.trace(IDENTIFIER)
    return {str(fate.recipient): fate for fate in trace.fates}


async def sent_to_both(world: World, *more: str) -> tuple[Bal, Bal, Bal]:
    doctor, colleague, citizen = await two_doctors_and_a_citizen(world)
    letter = a_letter(DOCTOR, *more, to=f"{CITIZEN}, {OTHER_DOCTOR}")
    assert (await world.send(doctor, letter, CITIZEN, OTHER_DOCTOR)).is_positive
    return doctor, colleague, citizen


async def test_what_a_recipient_says_he_displayed_is_read_and_nothing_else_moves(world: World) -> None:
    doctor, colleague, _ = await sent_to_both(world)
    world.clock.pass_(hours=1)
    assert (await world.send(colleague, a_notification(OTHER_DOCTOR, DOCTOR), DOCTOR)).is_positive
    now = await fates(world)
    assert now[OTHER_DOCTOR] == Fate(colleague.address, FateState.READ, world.clock.now())
    assert now[CITIZEN].state is FateState.DELIVERED
    assert len(await world.inbox(doctor)) == 1
    assert await reports_to(world, doctor) != []  # the notification itself, and it alone
    assert len(await world.inbox(doctor)) == 1


async def test_what_his_software_refused_is_told_with_its_code_and_none_of_its_words(world: World) -> None:
    _, colleague, _ = await sent_to_both(world)
    await read(world, colleague)
    subject = "=?utf-8?q?=5BKO_Int=C3=A9gration_syst=C3=A8me_!=5D=5B904=5D_MARTIN?="
    answer = a_notification(OTHER_DOCTOR, DOCTOR, REJECTED, subject)
    assert (await world.send(colleague, answer, DOCTOR)).is_positive
    fate = (await fates(world))[OTHER_DOCTOR]
    assert fate.state is FateState.REJECTED
    assert fate.reason == "refused by the recipient's software: 904, the INS does not match"
    displayed = a_notification(OTHER_DOCTOR, DOCTOR).replace(b"mdn-1", b"mdn-2")
    assert (await world.send(colleague, displayed, DOCTOR)).is_positive
    assert (await fates(world))[OTHER_DOCTOR].state is FateState.REJECTED


async def test_who_never_had_the_message_moves_nothing(world: World) -> None:
    await sent_to_both(world)
    stranger = await world.bal("jean.petit@cabinet.mssante.fr")
    assert (await world.send(stranger, a_notification(str(stranger.address), DOCTOR), DOCTOR)).is_positive
    assert {fate.state for fate in (await fates(world)).values()} == {FateState.DELIVERED}


@pytest.mark.parametrize("first", ["notification", "reading"])
async def test_a_sender_who_asked_is_told_once_by_us(world: World, first: str) -> None:
    doctor, _, citizen = await sent_to_both(world, f"Disposition-Notification-To: {DOCTOR}")
    if first == "reading":
        await read(world, citizen)
    assert (await world.send(citizen, a_notification(CITIZEN, DOCTOR), DOCTOR)).is_positive
    assert (await fates(world))[CITIZEN].state is FateState.READ
    await read(world, citizen)
    told = await reports_to(world, doctor)
    assert len([one for one in told if one["Auto-Submitted"]]) == (first == "reading")


async def test_a_citizens_notification_to_another_does_not_keep_the_receipt_from_the_sender(
    world: World,
) -> None:
    doctor, _, citizen = await sent_to_both(world, f"Disposition-Notification-To: {DOCTOR}")
    answer = a_notification(CITIZEN, OTHER_DOCTOR)
    assert (await world.send(citizen, answer, OTHER_DOCTOR)).is_positive
    assert (await fates(world))[CITIZEN].state is FateState.DELIVERED
    await read(world, citizen)
    assert len(await reports_to(world, doctor)) == 1


async def test_a_notification_to_a_citizen_joins_his_conversation(world: World) -> None:
    doctor, _, citizen = await two_doctors_and_a_citizen(world)
    assert (await world.send(doctor, a_letter(DOCTOR), CITIZEN)).is_positive
    assert (await world.send(doctor, a_notification(DOCTOR, CITIZEN), CITIZEN)).is_positive
    letter, told = await world.inbox(citizen)
    assert letter.conversation is not None
    assert told.conversation == letter.conversation
