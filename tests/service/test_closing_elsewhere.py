"""Who is at another operator is told of a closing: in words, and by what closes there too. domain.md §2."""

from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR, OTHER_CITIZEN
from tests.support.letters import a_letter
from tests.support.trusted import CLINIC, PATIENTS
from tests.support.two_worlds import Operator, carry, two_operators

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.conversation import ClosedBy, ConversationId
from vaguemestre.policy.profiles import AskedBy, ProfileAct
from vaguemestre.service.conversations.life import close_pairs
from vaguemestre.service.ports.store import Transaction

ANNE = f"anne@{CLINIC}"
PATIENT = f"277076322082910@{PATIENTS}"
CLOSED = "[MSS-CONV-2] This conversation has been closed by the professional"
TELLS_HIM = [ClosedBy.KEYWORD, ClosedBy.FOLDER, ClosedBy.OPERATOR, ClosedBy.INACTIVITY, ClosedBy.ACCOUNT]

Pair = tuple[Operator, Operator]


@pytest.fixture
async def operators(tmp_path: Path) -> AsyncIterator[Pair]:
    async with two_operators(tmp_path) as both:
        yield both


async def _send(sender: Operator, to: Operator, bal: Bal, letter: bytes, *recipients: str) -> None:
    assert str(await sender.world.send(bal, letter, *recipients)).startswith("250")
    assert (await carry(sender, to))[0].startswith("250")


async def _answered(operators: Pair) -> tuple[Bal, Bal]:
    """A doctor of the office wrote to a patient of the clinic's, who answered."""
    office, clinic = operators
    doctor, patient = await office.world.bal(DOCTOR), await clinic.world.bal(PATIENT, BalKind.CITIZEN)
    await _send(office, clinic, doctor, a_letter(doctor, PATIENT, message_id="<1@o>"), PATIENT)
    answer = a_letter(patient, DOCTOR, message_id="<2@p>", answers="<1@o>")
    await _send(clinic, office, patient, answer, DOCTOR)
    return doctor, patient


async def _close(at: Operator, bal: Bal, by: ClosedBy) -> ConversationId:
    """His side, or the side of all who wrote to him."""

    def unit(tx: Transaction) -> ConversationId:
        asked = tx.conversations.pairs
        found = asked(citizen=bal.id) if bal.is_citizen else asked(professional=bal.address)
        close_pairs(tx, found, by, "rule:test", at.world.clock.now())
        return found[0].conversation

    return await at.world.store.write(unit, "test")


async def _tell(at: Operator) -> int:
    await at.world.closing_notices.run_once(100)
    return await at.world.closings_elsewhere.run_once(100)


async def _last(at: Operator, bal: Bal) -> EmailMessage:
    row = (await at.world.inbox(bal))[-1]
    return message_from_bytes(await at.world.octets(row), EmailMessage, policy=default)


@pytest.mark.parametrize("by", TELLS_HIM)
async def test_a_citizen_elsewhere_is_told_and_his_operator_closes_too(operators: Pair, by: ClosedBy) -> None:
    office, clinic = operators
    doctor, patient = await _answered(operators)
    await _close(office, doctor, by)
    assert await _tell(office) == 1
    (reply,) = await carry(office, clinic)
    assert reply.startswith("250")
    told = await _last(clinic, patient)
    assert told["Subject"] == "Fin de la conversation / End of the conversation"
    assert told["From"] == DOCTOR
    assert "<2@p>" in told["References"]
    assert DOCTOR in told.get_content()
    more = a_letter(patient, DOCTOR, message_id="<3@p>", answers="<1@o>")
    assert CLOSED in str(await clinic.world.send(patient, more, DOCTOR))
    assert await _tell(office) == 0


@pytest.mark.parametrize("by", [ClosedBy.SUBJECT, ClosedBy.HEADER, ClosedBy.BLOCKED])
async def test_what_tells_by_itself_and_who_is_owed_no_reason_is_not_told_again(
    operators: Pair, by: ClosedBy
) -> None:
    office, _ = operators
    doctor, _ = await _answered(operators)
    await _close(office, doctor, by)
    assert await _tell(office) == 0


async def test_opened_again_before_he_was_told_is_not_told(operators: Pair) -> None:
    office, clinic = operators
    doctor, _ = await _answered(operators)
    conversation = await _close(office, doctor, ClosedBy.OPERATOR)
    await office.world.oversight.open(conversation, "test")
    assert await _tell(office) == 1
    assert await carry(office, clinic) == []
    assert await _tell(office) == 0


async def test_who_answers_what_told_him_learns_that_it_is_closed(operators: Pair) -> None:
    """His operator may know nothing of conversations: then ours says it."""
    office, clinic = operators
    doctor, patient = await _answered(operators)
    await _close(office, doctor, ClosedBy.KEYWORD)
    await _tell(office)
    await carry(office, clinic)
    told = await _last(clinic, patient)
    answer = a_letter(patient, DOCTOR, message_id="<3@p>", answers=told["Message-ID"])
    peer, sender = clinic.peer, patient.address
    assert CLOSED in str(await office.world.relay(peer, sender, answer, DOCTOR))


async def test_it_is_sent_for_the_professional_who_reads_nothing_of_its_failure(operators: Pair) -> None:
    office, _ = operators
    doctor, _ = await _answered(operators)
    await _close(office, doctor, ClosedBy.KEYWORD)
    await _tell(office)
    (waits,) = await office.world.store.read(lambda tx: tx.outbound.listed())
    assert waits.reverse_path == doctor.address
    ((_, wish),) = waits.recipients
    assert {str(one) for one in wish.notify} == {"NEVER"}


async def test_what_opens_again_there_opens_it_after_it_was_told(operators: Pair) -> None:
    office, clinic = operators
    doctor, patient = await _answered(operators)
    await _close(office, doctor, ClosedBy.FOLDER)
    await _tell(office)
    await carry(office, clinic)
    again = a_letter(doctor, PATIENT, message_id="<4@o>", answers="<2@p>")
    await _send(office, clinic, doctor, again, PATIENT)
    answer = a_letter(patient, DOCTOR, message_id="<5@p>", answers="<4@o>")
    await _send(clinic, office, patient, answer, DOCTOR)


async def test_what_the_operator_opens_again_is_open_there_too(operators: Pair) -> None:
    office, clinic = operators
    doctor, patient = await _answered(operators)
    conversation = await _close(office, doctor, ClosedBy.OPERATOR)
    await _tell(office)
    await carry(office, clinic)
    await office.world.oversight.open(conversation, "test")
    assert await _tell(office) == 1
    await carry(office, clinic)
    assert (await _last(clinic, patient))["Subject"] == "Conversation rouverte / Conversation open again"
    answer = a_letter(patient, DOCTOR, message_id="<5@p>", answers="<1@o>")
    await _send(clinic, office, patient, answer, DOCTOR)


async def test_opened_and_closed_again_before_he_was_told_is_not_told(operators: Pair) -> None:
    office, clinic = operators
    doctor, _ = await _answered(operators)
    conversation = await _close(office, doctor, ClosedBy.OPERATOR)
    await _tell(office)
    await carry(office, clinic)
    await office.world.oversight.open(conversation, "test")
    await office.world.oversight.close(conversation, "test")
    assert await _tell(office) == 1
    assert await carry(office, clinic) == []


async def _written_to_from_elsewhere(operators: Pair, *citizens: str) -> tuple[Bal, list[Bal]]:
    """A doctor of the clinic's wrote to citizens of the office's."""
    office, clinic = operators
    anne = await clinic.world.bal(ANNE)
    found = []
    for number, address in enumerate(citizens):
        found.append(await office.world.bal(address, BalKind.CITIZEN))
        letter = a_letter(anne, address, message_id=f"<{number}@c>")
        await _send(clinic, office, anne, letter, address)
    return anne, found


@pytest.mark.parametrize("by", [ClosedBy.OPERATOR, ClosedBy.INACTIVITY, ClosedBy.ACCOUNT])
async def test_a_professional_elsewhere_is_told_of_what_he_did_not_do(operators: Pair, by: ClosedBy) -> None:
    office, clinic = operators
    anne, (citizen,) = await _written_to_from_elsewhere(operators, CITIZEN)
    await _close(office, citizen, by)
    assert await _tell(office) == 1
    (reply,) = await carry(office, clinic)
    assert reply.startswith("250")
    told = await _last(clinic, anne)
    assert told["From"] == "Vaguemestre <vaguemestre@patient.mssante.fr>"
    assert "<0@c>" in told["References"]
    assert CITIZEN not in told.get_content()  # it stands in its conversation: nobody need be named


async def test_of_several_closings_he_is_told_once(operators: Pair) -> None:
    office, clinic = operators
    anne, citizens = await _written_to_from_elsewhere(operators, CITIZEN, OTHER_CITIZEN)
    for citizen in citizens:
        await _close(office, citizen, ClosedBy.INACTIVITY)
    assert await _tell(office) == 2
    await carry(office, clinic)
    (told,) = await clinic.world.inbox(anne)
    text = (await _last(clinic, anne)).get_content()
    assert told is not None
    assert CITIZEN in text
    assert OTHER_CITIZEN in text


async def test_who_was_only_named_in_a_header_is_told_nothing(operators: Pair) -> None:
    """A colleague in Cc whom the envelope never reached has nothing to learn of a citizen."""
    office, clinic = operators
    doctor, citizen = await office.world.bal(DOCTOR), await office.world.bal(CITIZEN, BalKind.CITIZEN)
    letter = a_letter(doctor, CITIZEN, cc=ANNE, message_id="<1@o>")
    assert str(await office.world.send(doctor, letter, CITIZEN)).startswith("250")
    await _close(office, citizen, ClosedBy.OPERATOR)
    assert await _tell(office) == 0
    assert await carry(office, clinic) == []


async def test_a_citizen_here_who_leaves_is_told_to_the_professional_elsewhere(operators: Pair) -> None:
    office, clinic = operators
    anne, (citizen,) = await _written_to_from_elsewhere(operators, CITIZEN)
    await office.world.change(citizen, ProfileAct.OPPOSE, AskedBy.HOLDER)
    assert await _tell(office) == 1
    await carry(office, clinic)
    assert "ne reçoit plus de messages" in (await _last(clinic, anne)).get_content()
