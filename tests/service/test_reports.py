"""Senders are told what became of their messages: once, in both languages, and never what they wrote.

RFC 3461, RFC 3464 and RFC 8098; domain.md §3.
"""

from email import message_from_bytes
from email.message import Message
from email.policy import default

import pytest
from tests.support.builders import CITIZEN, DOCTOR, OTHER_DOCTOR
from tests.support.world import World

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.dsn import Notify, Wish
from vaguemestre.mail.fate import FateState
from vaguemestre.mail.mailbox import SEEN, Uid
from vaguemestre.policy.profiles import ProfileAct
from vaguemestre.service.mailboxes.changes import FlagChange, FlagMode

IDENTIFIER = "<nuit-1@logiciel.example>"
SECRET = "Glycémie"


def a_letter(sender: str, *more: str, to: str = CITIZEN) -> bytes:
    lines = [f"From: {sender}", f"To: {to}", f"Message-ID: {IDENTIFIER}", f"Subject: {SECRET}", *more]
    return ("\r\n".join(lines) + f"\r\n\r\n{SECRET} : 5,2 mmol/l\r\n").encode()


async def reports_to(world: World, holder: Bal) -> list[Message]:
    """What the worker told a holder, from now on in his inbox."""
    while await world.reports.run_once(10):
        pass
    rows = await world.inbox(holder)
    read = [message_from_bytes(await world.octets(row), policy=default) for row in rows]
    return [message for message in read if message.get_content_type() == "multipart/report"]


def fields_of(report: Message, which: int) -> list[dict[str, str]]:
    """The groups of fields of the part meant for programs."""
    groups = parts_of(parts_of(report)[which])
    return [{name: str(value) for name, value in group.items()} for group in groups]


def parts_of(message: Message) -> list[Message]:
    """What it is made of."""
    payload = message.get_payload()
    assert isinstance(payload, list)
    assert all(isinstance(part, Message) for part in payload)
    return [part for part in payload if isinstance(part, Message)]


async def two_doctors_and_a_citizen(world: World) -> tuple[Bal, Bal, Bal]:
    return await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)


async def a_citizen_who_may_answer_one_alone(world: World) -> tuple[Bal, Bal]:
    """His answer goes to both doctors: one never wrote to him."""
    doctor, _, citizen = await two_doctors_and_a_citizen(world)
    opening = f"From: {DOCTOR}\r\nTo: {CITIZEN}\r\nMessage-ID: <1@x.example>\r\nSubject: x\r\n\r\nx\r\n"
    assert (await world.send(doctor, opening.encode(), CITIZEN)).is_positive
    return doctor, citizen


async def answer(world: World, citizen: Bal, wish: Wish | None = None) -> str:
    octets = a_letter(CITIZEN, "In-Reply-To: <1@x.example>", to=f"{DOCTOR}, {OTHER_DOCTOR}")
    reply = await world.send_parted(citizen, octets, [DOCTOR, OTHER_DOCTOR], wish)
    assert reply.code == 250, reply
    return reply.text


async def test_one_recipient_refused_does_not_keep_it_from_the_others(world: World) -> None:
    doctor, citizen = await a_citizen_who_may_answer_one_alone(world)
    text = await answer(world, citizen)
    english = "550 5.7.1 [MSS-CONV-0] Only the professional can open a conversation"
    french = "550 5.7.1 [MSS-CONV-0] Seul le professionnel peut ouvrir une conversation"
    assert f"Pas pour <{OTHER_DOCTOR}> : {french}\nNot for <{OTHER_DOCTOR}>: {english}" in text
    assert len(await world.inbox(doctor)) == 1
    (report,) = await reports_to(world, citizen)
    whole, one = fields_of(report, 1)
    assert whole["Reporting-MTA"] == "dns; mail.test"
    assert one["Final-Recipient"] == f"rfc822; {OTHER_DOCTOR}"
    assert (one["Action"], one["Status"]) == ("failed", "5.7.1")
    assert report["In-Reply-To"] == IDENTIFIER
    assert report["Auto-Submitted"] == "auto-replied"
    said = parts_of(report)[0].get_payload(decode=True)
    assert isinstance(said, bytes)
    assert "n'a pas été remis".encode() in said
    assert b"was not delivered" in said
    at, parting, after = said.partition(b"\r\n--\r\n")
    assert parting
    assert french.encode() in at
    assert english.encode() in after
    assert one["Diagnostic-Code"].strip() == f"smtp; {english}"
    assert SECRET not in report.as_string()
    (trace,) = await world.tracing.trace(IDENTIFIER)
    assert {fate.state for fate in trace.fates} == {FateState.DELIVERED, FateState.REFUSED}


async def test_it_is_told_once_though_the_worker_looks_again(world: World) -> None:
    _, citizen = await a_citizen_who_may_answer_one_alone(world)
    await answer(world, citizen)
    await reports_to(world, citizen)
    assert len(await reports_to(world, citizen)) == 1


async def test_who_wishes_no_report_has_none(world: World) -> None:
    _, citizen = await a_citizen_who_may_answer_one_alone(world)
    await answer(world, citizen, Wish(frozenset({Notify.NEVER})))
    assert await reports_to(world, citizen) == []


async def test_from_nobody_it_goes_to_all_or_to_none(world: World) -> None:
    doctor, citizen = await a_citizen_who_may_answer_one_alone(world)
    octets = a_letter(CITIZEN, "In-Reply-To: <1@x.example>", to=f"{DOCTOR}, {OTHER_DOCTOR}")
    reply = await world.send_parted(citizen, octets, [DOCTOR, OTHER_DOCTOR], None, from_nobody=True)
    assert not reply.is_positive
    assert await world.inbox(doctor) == []
    assert await reports_to(world, citizen) == []


async def test_a_success_is_told_to_who_wished_it_with_his_own_words(world: World) -> None:
    doctor, _, _ = await two_doctors_and_a_citizen(world)
    wish = Wish(frozenset({Notify.SUCCESS}), "rfc822;Jean.Dupont@Example.ORG")
    assert (await world.send(doctor, a_letter(DOCTOR), CITIZEN, wish=wish)).is_positive
    (report,) = await reports_to(world, doctor)
    _, one = fields_of(report, 1)
    assert (one["Action"], one["Status"]) == ("delivered", "2.0.0")
    assert one["Original-Recipient"] == "rfc822;Jean.Dupont@Example.ORG"


async def read(world: World, holder: Bal, uid: int = 1) -> None:
    opened, leave = await world.mailboxes.open(holder.id, "INBOX", lambda _: None)
    await opened.store_flags(holder, [Uid(uid)], FlagChange(FlagMode.ADD, SEEN))
    leave()


async def test_a_citizens_first_reading_is_told_and_no_other(world: World) -> None:
    doctor, _, citizen = await two_doctors_and_a_citizen(world)
    asked = f"Disposition-Notification-To: {DOCTOR}"
    assert (await world.send(doctor, a_letter(DOCTOR, asked), CITIZEN)).is_positive
    assert await reports_to(world, doctor) == []
    await read(world, citizen)
    await read(world, citizen)
    (receipt,) = await reports_to(world, doctor)
    assert receipt.get_param("report-type") == "disposition-notification"
    assert receipt["From"] == CITIZEN
    (fields,) = fields_of(receipt, 1)
    assert fields["Original-Message-ID"] == IDENTIFIER
    assert fields["Final-Recipient"] == f"rfc822; {CITIZEN}"
    assert fields["Disposition"] == "automatic-action/MDN-sent-automatically; displayed"
    assert SECRET not in receipt.as_string()


@pytest.mark.parametrize("asked", [f"Disposition-Notification-To: {OTHER_DOCTOR}", "X-Nothing: x"])
async def test_a_receipt_goes_to_the_sender_alone_and_when_asked(world: World, asked: str) -> None:
    doctor, colleague, citizen = await two_doctors_and_a_citizen(world)
    assert (await world.send(doctor, a_letter(DOCTOR, asked), CITIZEN)).is_positive
    await read(world, citizen)
    assert await reports_to(world, doctor) == []
    assert await reports_to(world, colleague) == []


async def test_a_professionals_reading_is_his_own_affair(world: World) -> None:
    doctor, colleague, _ = await two_doctors_and_a_citizen(world)
    asked = f"Disposition-Notification-To: {DOCTOR}"
    assert (await world.send(doctor, a_letter(DOCTOR, asked, to=OTHER_DOCTOR), OTHER_DOCTOR)).is_positive
    await read(world, colleague)
    assert await reports_to(world, doctor) == []


async def test_what_is_due_survives_a_restart_and_a_closed_account_is_told_nothing(world: World) -> None:
    doctor, _, _ = await two_doctors_and_a_citizen(world)
    wish = Wish(frozenset({Notify.SUCCESS}))
    assert (await world.send(doctor, a_letter(DOCTOR), CITIZEN, wish=wish)).is_positive
    await world.change(doctor, ProfileAct.CLOSE)
    assert await reports_to(world, doctor) == []
    assert await world.reports.run_once(10) == 0


async def test_what_is_told_joins_the_conversation_of_the_message(world: World) -> None:
    doctor, _, citizen = await two_doctors_and_a_citizen(world)
    wish = Wish(frozenset({Notify.SUCCESS}))
    letter = a_letter(DOCTOR, f"Disposition-Notification-To: {DOCTOR}")
    assert (await world.send(doctor, letter, CITIZEN, wish=wish)).is_positive
    await read(world, citizen)
    assert len(await reports_to(world, doctor)) == 2
    (received,) = await world.inbox(citizen)
    told = await world.inbox(doctor)
    assert received.conversation is not None
    assert {row.conversation for row in told} == {received.conversation}
    shown = await world.store.read(lambda tx: tx.mailboxes.keywords(doctor.id))
    assert "$ConvOpen" in shown
    assert all(row.flags for row in told)


async def test_what_a_citizen_is_told_joins_his_conversation(world: World) -> None:
    doctor, citizen = await a_citizen_who_may_answer_one_alone(world)
    await answer(world, citizen)
    assert len(await reports_to(world, citizen)) == 1
    opening, told = await world.inbox(citizen)
    assert opening.conversation is not None
    assert told.conversation == opening.conversation
    assert [row.conversation for row in await world.inbox(doctor)] == [opening.conversation]


async def test_between_professionals_there_is_no_conversation_to_join(world: World) -> None:
    doctor, _, _ = await two_doctors_and_a_citizen(world)
    wish = Wish(frozenset({Notify.SUCCESS}))
    assert (await world.send(doctor, a_letter(DOCTOR, to=OTHER_DOCTOR), OTHER_DOCTOR, wish=wish)).is_positive
    assert len(await reports_to(world, doctor)) == 1
    assert [row.conversation for row in await world.inbox(doctor)] == [None]
