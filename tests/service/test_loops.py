"""Nothing answers for ever: what goes round is refused, and what comes by itself is answered by nothing.

RFC 5321 §6.3, RFC 3834 §2.
"""

import pytest
from tests.service.test_notifications import a_notification
from tests.service.test_reports import (
    a_citizen_who_may_answer_one_alone,
    a_letter,
    read,
    reports_to,
    two_doctors_and_a_citizen,
)
from tests.support.builders import CITIZEN, DOCTOR, OTHER_DOCTOR
from tests.support.world import World

from vaguemestre.mail.dsn import Notify, Wish
from vaguemestre.mime.reader import MessageReader

SUCCESS = Wish(frozenset({Notify.SUCCESS}))
ASKED = f"Disposition-Notification-To: {DOCTOR}"


def hops(count: int, by: str = "relais{}.example") -> list[str]:
    return [f"Received: from x by {by.format(number)} with ESMTP id {number}; x" for number in range(count)]


async def test_a_message_that_went_through_too_many_servers_goes_no_further(world: World) -> None:
    doctor, _, citizen = await two_doctors_and_a_citizen(world)
    reply = await world.send(doctor, a_letter(DOCTOR, *hops(101)), CITIZEN)
    assert str(reply).startswith("554 5.4.6 [MSS-FRM-3] ")
    assert await world.inbox(citizen) == []
    assert (await world.send(doctor, a_letter(DOCTOR, *hops(100)), CITIZEN)).is_positive


async def test_a_message_that_came_back_here_too_often_goes_no_further(world: World) -> None:
    doctor, _, _ = await two_doctors_and_a_citizen(world)
    reply = await world.send(doctor, a_letter(DOCTOR, *hops(21, "MAIL.test")), CITIZEN)
    assert str(reply).startswith("554 5.4.6 [MSS-FRM-3] ")
    assert (await world.send(doctor, a_letter(DOCTOR, *hops(20, "mail.test")), CITIZEN)).is_positive


@pytest.mark.parametrize("said", ["auto-replied", "auto-generated; x=y", "Auto-Notified", "(what) new-word"])
async def test_what_comes_by_itself_has_no_report_and_no_receipt(world: World, said: str) -> None:
    doctor, _, citizen = await two_doctors_and_a_citizen(world)
    letter = a_letter(DOCTOR, f"Auto-Submitted: {said}", ASKED)
    assert (await world.send(doctor, letter, CITIZEN, wish=SUCCESS)).is_positive
    await read(world, citizen)
    assert await reports_to(world, doctor) == []


async def test_what_a_person_wrote_has_both(world: World) -> None:
    doctor, _, citizen = await two_doctors_and_a_citizen(world)
    letter = a_letter(DOCTOR, "Auto-Submitted: No", ASKED)
    assert (await world.send(doctor, letter, CITIZEN, wish=SUCCESS)).is_positive
    await read(world, citizen)
    assert len(await reports_to(world, doctor)) == 2


async def test_a_receipt_asked_for_in_a_notification_is_not_given(world: World) -> None:
    doctor, _, citizen = await two_doctors_and_a_citizen(world)
    told = a_notification(DOCTOR, CITIZEN).replace(b"Subject:", f"{ASKED}\r\nSubject:".encode())
    assert (await world.send(doctor, told, CITIZEN, wish=SUCCESS)).is_positive
    await read(world, citizen)
    assert await reports_to(world, doctor) == []


async def test_a_vacation_program_that_answers_a_report_begins_no_loop(world: World) -> None:
    """It answers to whoever the report is from, who has no mailbox: refused there and then."""
    _, citizen = await a_citizen_who_may_answer_one_alone(world)
    answer = a_letter(CITIZEN, "In-Reply-To: <1@x.example>", to=f"{DOCTOR}, {OTHER_DOCTOR}")
    assert (await world.send_parted(citizen, answer, [DOCTOR, OTHER_DOCTOR], None)).is_positive
    (report,) = await reports_to(world, citizen)
    away = a_letter(CITIZEN, "Auto-Submitted: auto-replied", to=str(report["From"]))
    assert not (await world.send(citizen, away, str(report["From"]))).is_positive
    assert len(await reports_to(world, citizen)) == 1


async def test_what_comes_by_itself_goes_to_all_or_to_none(world: World) -> None:
    doctor, citizen = await a_citizen_who_may_answer_one_alone(world)
    fields = ("In-Reply-To: <1@x.example>", "Auto-Submitted: auto-replied")
    answer = a_letter(CITIZEN, *fields, to=f"{DOCTOR}, {OTHER_DOCTOR}")
    assert not (await world.send_parted(citizen, answer, [DOCTOR, OTHER_DOCTOR], None)).is_positive
    assert await world.inbox(doctor) == []
    assert await reports_to(world, citizen) == []


async def test_our_own_reports_say_that_nothing_may_answer_them(world: World) -> None:
    doctor, _, _ = await two_doctors_and_a_citizen(world)
    assert (await world.send(doctor, a_letter(DOCTOR), CITIZEN, wish=SUCCESS)).is_positive
    (report,) = await reports_to(world, doctor)
    reader = MessageReader()
    reader.feed(report.as_bytes())
    assert reader.finish().facts.is_automatic
