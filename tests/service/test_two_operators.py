"""Conversations across operators: two gateways on real stores hand each other octets. domain.md §2, §6."""

from collections.abc import AsyncIterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR, NOON, OTHER_DOCTOR
from tests.support.letters import a_bounce, a_letter
from tests.support.trusted import CLINIC, PATIENTS
from tests.support.two_worlds import Operator, carry, two_operators

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.fate import FateState
from vaguemestre.policy.open_hours import read_hours
from vaguemestre.policy.profiles import ProfileAct
from vaguemestre.service.accounts.erasure_certificate import read_document, text_of

ANNE = f"anne@{CLINIC}"
PATIENT = f"277076322082910@{PATIENTS}"
CLOSED = "[MSS-CONV-2] This conversation has been closed by the professional"

Pair = tuple[Operator, Operator]


@pytest.fixture
async def operators(tmp_path: Path) -> AsyncIterator[Pair]:
    async with two_operators(tmp_path) as both:
        yield both


async def _doctor_and_patient(operators: Pair) -> tuple[Bal, Bal]:
    office, clinic = operators
    return await office.world.bal(DOCTOR), await clinic.world.bal(PATIENT, BalKind.CITIZEN)


async def _sends(operator: Operator, bal: Bal, letter: bytes, *to: str) -> str:
    return str(await operator.world.send(bal, letter, *to))


async def test_a_conversation_goes_to_and_fro_is_closed_and_opened_again(operators: Pair) -> None:
    office, clinic = operators
    doctor, patient = await _doctor_and_patient(operators)
    first = a_letter(doctor, PATIENT, message_id="<1@o>")
    assert (await _sends(office, doctor, first, PATIENT)).startswith("250")
    assert (await carry(office, clinic))[0].startswith("250")
    (row,) = await clinic.world.inbox(patient)
    assert (await clinic.world.octets(row)).endswith(first)
    answer = a_letter(patient, DOCTOR, message_id="<2@p>", answers="<1@o>")
    assert (await _sends(clinic, patient, answer, DOCTOR)).startswith("250")
    assert (await carry(clinic, office))[0].startswith("250")
    (answered,) = await office.world.inbox(doctor)
    ((pair, citizen),) = await office.world.oversight.pairs(doctor.address, open_only=True)
    assert (answered.conversation, str(citizen)) == (pair.conversation, PATIENT)
    fin = a_letter(doctor, PATIENT, message_id="<3@o>", subject="[FIN]")
    assert (await _sends(office, doctor, fin, PATIENT)).startswith("250")
    again = a_letter(patient, DOCTOR, message_id="<4@p>", answers="<1@o>")
    assert (await _sends(clinic, patient, again, DOCTOR)).startswith("250")  # the closing is on its way
    assert CLOSED in (await carry(clinic, office))[0]
    assert (await carry(office, clinic))[0].startswith("250")
    more = a_letter(patient, DOCTOR, message_id="<5@p>", answers="<1@o>")
    assert CLOSED in await _sends(clinic, patient, more, DOCTOR)
    reopens = a_letter(doctor, PATIENT, message_id="<6@o>", answers="<2@p>")
    assert (await _sends(office, doctor, reopens, PATIENT)).startswith("250")
    assert (await carry(office, clinic))[0].startswith("250")
    last = a_letter(patient, DOCTOR, message_id="<7@p>", answers="<6@o>")
    assert (await _sends(clinic, patient, last, DOCTOR)).startswith("250")
    assert (await carry(clinic, office))[0].startswith("250")
    rows = await office.world.inbox(doctor)
    assert {row.conversation for row in rows} == {pair.conversation}


async def test_a_citizen_writes_to_nobody_elsewhere_who_has_not_written_to_him(operators: Pair) -> None:
    _, clinic = operators
    _, patient = await _doctor_and_patient(operators)
    assert "[MSS-CONV-0]" in await _sends(clinic, patient, a_letter(patient, DOCTOR), DOCTOR)
    assert "[MSS-CONV-5]" in await _sends(clinic, patient, a_letter(patient, CITIZEN), CITIZEN)
    assert await carry(*reversed(operators)) == []


async def test_one_message_goes_here_and_elsewhere_and_a_colleague_elsewhere_may_be_answered(
    operators: Pair,
) -> None:
    office, clinic = operators
    doctor, _ = await _doctor_and_patient(operators)
    citizen = await office.world.bal(CITIZEN, BalKind.CITIZEN)
    await clinic.world.bal(ANNE)
    letter = a_letter(doctor, CITIZEN, cc=ANNE, message_id="<1@o>")
    reply = await _sends(office, doctor, letter, CITIZEN, ANNE)
    assert len(await office.world.inbox(citizen)) == 1
    (trace,) = await office.world.tracing.trace(reply.removeprefix("250 2.0.0 Accepted as "))
    assert {str(fate.recipient): fate.state for fate in trace.fates} == {
        CITIZEN: FateState.DELIVERED,
        ANNE: FateState.QUEUED,
    }
    assert (await carry(office, clinic))[0].startswith("250")
    answer = a_letter(citizen, ANNE, message_id="<2@p>", answers="<1@o>")
    assert (await _sends(office, citizen, answer, ANNE)).startswith("250")
    pairs = await office.world.oversight.pairs(citizen.address, open_only=True)
    assert {str(pair.professional) for pair, _ in pairs} == {DOCTOR, ANNE}


async def test_a_citizen_elsewhere_is_answered_at_quiet_hours_once_and_may_answer_that(
    operators: Pair,
) -> None:
    office, clinic = operators
    doctor, patient = await _doctor_and_patient(operators)
    hours = read_hours("lun-ven 9h-18h")  # it is Sunday
    await office.world.solicitations.set_hours(doctor.address, hours, "test")
    assert (await _sends(office, doctor, a_letter(doctor, PATIENT, message_id="<1@o>"), PATIENT))[:3] == "250"
    await carry(office, clinic)
    for number, answered in ((2, "<1@o>"), (3, "<1@o>")):
        letter = a_letter(patient, DOCTOR, message_id=f"<{number}@p>", answers=answered)
        assert (await _sends(clinic, patient, letter, DOCTOR)).startswith("250")
    await carry(clinic, office)
    assert [await office.world.mail_answers.run_once(10) for _ in range(2)] == [1, 0]
    assert [reply[:3] for reply in await carry(office, clinic)] == ["250"]
    rows = await clinic.world.inbox(patient)
    message = message_from_bytes(await clinic.world.octets(rows[-1]), policy=default)
    assert [message[name] for name in ("From", "Auto-Submitted", "In-Reply-To")] == [
        DOCTOR,
        "auto-replied",
        "<2@p>",
    ]
    assert message.get_all("Return-Path") == ["<>"]
    assert str(message["Sender"]).endswith("<vaguemestre@cabinet.mssante.fr>")
    assert {row.conversation for row in rows} == {rows[0].conversation}
    # His mail program names the automatic answer alone, and it stays in the conversation at both.
    thanks = a_letter(patient, DOCTOR, message_id="<4@p>", answers=str(message["Message-ID"]))
    assert (await _sends(clinic, patient, thanks, DOCTOR)).startswith("250")
    assert (await carry(clinic, office))[0].startswith("250")
    assert len({row.conversation for row in await office.world.inbox(doctor)}) == 1
    assert await clinic.world.mail_answers.run_once(10) == 0


async def test_an_answer_owed_to_a_citizen_elsewhere_dies_with_the_hours(operators: Pair) -> None:
    office, clinic = operators
    doctor, patient = await _doctor_and_patient(operators)
    await office.world.solicitations.set_hours(doctor.address, read_hours("lun-ven 9h-18h"), "test")
    await _sends(office, doctor, a_letter(doctor, PATIENT, message_id="<1@o>"), PATIENT)
    await carry(office, clinic)
    await _sends(clinic, patient, a_letter(patient, DOCTOR, message_id="<2@p>", answers="<1@o>"), DOCTOR)
    await carry(clinic, office)
    await office.world.solicitations.set_hours(doctor.address, None, "test")
    assert await office.world.mail_answers.run_once(10) == 1
    assert await carry(office, clinic) == []


async def test_citizens_are_counted_across_operators(operators: Pair) -> None:
    office, _ = operators
    doctor, _ = await _doctor_and_patient(operators)
    await office.world.bal(CITIZEN, BalKind.CITIZEN)
    letter = a_letter(doctor, f"{CITIZEN}, {PATIENT}")
    assert "[MSS-ADR-6]" in await _sends(office, doctor, letter, CITIZEN, PATIENT)


async def test_outside_the_trust_space_nothing_goes_and_without_a_list_it_waits(operators: Pair) -> None:
    office, _ = operators
    doctor, _ = await _doctor_and_patient(operators)
    stranger = "x@example.org"
    letter = a_letter(doctor, stranger)
    assert "This domain is not in the MSSante trust space" in await _sends(office, doctor, letter, stranger)
    office.trust.is_current = False
    assert (await _sends(office, doctor, letter, PATIENT)).startswith("451 4.4.3 [MSS-ADR-7]")


async def test_reading_is_told_across_operators_without_the_citizen_doing_anything(operators: Pair) -> None:
    office, clinic = operators
    doctor, patient = await _doctor_and_patient(operators)
    letter = f"Disposition-Notification-To: {DOCTOR}\r\n".encode() + a_letter(doctor, PATIENT)
    reply = await _sends(office, doctor, letter, PATIENT)
    await carry(office, clinic)
    world = clinic.world
    (row,) = await world.inbox(patient)
    await world.store.write(lambda tx: tx.submissions.read(row.body, NOON), "read")
    assert await world.reports.run_once(10) == 1
    assert (await carry(clinic, office))[0].startswith("250")
    assert len(await office.world.inbox(doctor)) == 1
    (trace,) = await office.world.tracing.trace(reply.removeprefix("250 2.0.0 Accepted as "))
    assert [fate.state for fate in trace.fates] == [FateState.READ]


async def test_who_wrote_from_elsewhere_is_told_by_mail_who_does_not_have_it(operators: Pair) -> None:
    office, clinic = operators
    anne = await clinic.world.bal(ANNE)
    for address in (DOCTOR, OTHER_DOCTOR):
        await office.world.bal(address)
    citizen = await office.world.bal(CITIZEN, BalKind.CITIZEN)
    await office.world.blocking.add(citizen.address, anne.address, "test")
    letter = a_letter(anne, f"{DOCTOR}, {CITIZEN}")
    envelope = Envelope(anne.address, tuple(map(parse_address, (DOCTOR, CITIZEN))))
    incoming = office.world.relaying.begin(clinic.peer, envelope, "ESMTPS")
    incoming.feed(letter)
    assert (await office.world.relaying.submit(incoming)).reply.is_positive
    assert await office.world.reports.run_once(10) == 1
    assert (await carry(office, clinic))[0].startswith("250")
    (told,) = await clinic.world.inbox(anne)
    octets = await clinic.world.octets(told)
    assert b"Action: failed" in octets
    assert b"From: vaguemestre@patient.mssante.fr" in octets


async def test_a_letter_for_elsewhere_waits_for_its_hour_first(operators: Pair) -> None:
    office, clinic = operators
    doctor, patient = await _doctor_and_patient(operators)
    hour = NOON + timedelta(hours=2)
    reply = await office.world.send(
        doctor, a_letter(doctor, PATIENT), PATIENT, like=Envelope(None, (), held_until=hour)
    )
    assert reply.is_positive
    assert await carry(office, clinic) == []
    office.world.clock.pass_(hours=3)
    assert await office.world.releases.run_once(10) == 1
    assert (await carry(office, clinic))[0].startswith("250")
    assert len(await clinic.world.inbox(patient)) == 1


async def test_what_is_returned_later_is_filed_and_known_by_its_sender(operators: Pair) -> None:
    office, clinic = operators
    doctor, _ = await _doctor_and_patient(operators)
    letter = a_letter(doctor, ANNE, cc=PATIENT, message_id="<1@o>")
    reply = await _sends(office, doctor, letter, ANNE)
    queue_id = reply.removeprefix("250 2.0.0 Accepted as ")
    for recipient in (DOCTOR, ANNE):  # of somebody who is not his, an operator says nothing
        returned = a_bounce(CLINIC, DOCTOR, recipient, "<1@o>")
        assert str(await office.world.relay(clinic.peer, None, returned, DOCTOR)).startswith("250")
    assert len(await office.world.inbox(doctor)) == 2
    (trace,) = await office.world.tracing.trace(queue_id)
    (fate,) = trace.fates
    assert (fate.state, fate.status) == (FateState.REFUSED, "5.2.1")
    assert fate.reason == "accepted, then returned by the recipient's operator"


async def test_what_somebody_sent_before_his_erasure_still_reaches_the_other_operator(
    operators: Pair,
) -> None:
    office, clinic = operators
    doctor, patient = await _doctor_and_patient(operators)
    assert (await _sends(office, doctor, a_letter(doctor, PATIENT, message_id="<1@o>"), PATIENT))[:3] == "250"
    await carry(office, clinic)
    answer = a_letter(patient, DOCTOR, message_id="<2@p>", answers="<1@o>")
    assert (await _sends(clinic, patient, answer, DOCTOR))[:3] == "250"
    await clinic.world.change(patient, ProfileAct.CLOSE)
    await clinic.world.erasing.begin(patient.address, "anne", "lettre du 3 mars")
    certificate = read_document(await clinic.world.erasing.finish(patient), clinic.world.erasing.verifier)
    assert certificate.queued == 1
    assert "of one accepted message still to be handed to another operator" in text_of(certificate)
    assert (await carry(clinic, office))[-1].startswith("250")
    (row,) = await office.world.inbox(doctor)
    assert (await office.world.octets(row)).endswith(answer)
