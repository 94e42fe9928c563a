"""Whoever has to be told of a closing is told once, in the conversation, in both languages. domain.md §2."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from tests.support.builders import CITIZEN, DOCTOR, OTHER_CITIZEN, OTHER_DOCTOR
from tests.support.letters import a_letter
from tests.support.world import World

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.conversation import ClosedBy, ConversationId
from vaguemestre.policy.profiles import ProfileAct
from vaguemestre.service.conversations.life import close_pairs
from vaguemestre.service.ports.store import Transaction

FIRST = "<1@cabinet.mssante.fr>"


async def _open(world: World, *copied: str) -> tuple[Bal, Bal, ConversationId]:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    for one in copied:
        await world.bal(one)
    letter = a_letter(doctor, CITIZEN, cc=", ".join(copied) or None)
    assert (await world.send(doctor, letter, CITIZEN)).is_positive
    ((pair, _), *_) = await world.oversight.pairs(doctor.address)
    return doctor, citizen, pair.conversation


async def _close(world: World, conversation: ConversationId, by: ClosedBy) -> None:
    def unit(tx: Transaction) -> None:
        close_pairs(tx, tx.conversations.pairs(conversation=conversation), by, "rule:test", world.clock.now())

    await world.store.write(unit, "test")


async def _last(world: World, bal: Bal) -> tuple[EmailMessage, str]:
    row = (await world.inbox(bal))[-1]
    message = message_from_bytes(await world.octets(row), EmailMessage, policy=default)
    return message, message.get_content().replace("\r\n", "\n")


async def test_several_sides_closed_at_once_are_one_notice(world: World) -> None:
    _, citizen, conversation = await _open(world, OTHER_DOCTOR)
    await world.oversight.close(conversation, "test")
    await world.closing_notices.run_once(100)
    assert len(await world.inbox(citizen)) == 2
    message, text = await _last(world, citizen)
    assert message["In-Reply-To"] == FIRST
    assert text.count(DOCTOR) == text.count(OTHER_DOCTOR) == 2  # once in each language


async def test_closed_in_two_ways_before_anybody_was_told_is_one_notice(world: World) -> None:
    doctor, citizen, _ = await _open(world)
    header = a_letter(doctor, CITIZEN, mss_mes="FIN", message_id="<2@x>", answers=FIRST)
    await world.send(doctor, header, CITIZEN)
    await world.send(doctor, a_letter(doctor, CITIZEN, message_id="<3@x>", answers=FIRST), CITIZEN)
    await world.send(doctor, a_letter(doctor, CITIZEN, subject="[FIN]", message_id="<4@x>"), CITIZEN)
    assert await world.closing_notices.run_once(100) == 1
    assert len(await world.inbox(citizen)) == 5


async def test_closed_again_after_it_was_told_is_told_again(world: World) -> None:
    doctor, citizen, conversation = await _open(world)
    for number in range(2):
        await world.oversight.close(conversation, "test")
        assert await world.closing_notices.run_once(100) == 2  # to either side
        again = a_letter(doctor, CITIZEN, message_id=f"<again{number}@x>", answers=FIRST)
        await world.send(doctor, again, CITIZEN)
    assert len(await world.inbox(citizen)) == 5


async def test_opened_again_before_anybody_was_told_is_not_told(world: World) -> None:
    doctor, citizen, conversation = await _open(world)
    await world.oversight.close(conversation, "test")
    await world.oversight.open(conversation, "test")
    await world.closing_notices.run_once(100)
    assert len(await world.inbox(citizen)) == 1
    assert await world.inbox(doctor) == []
    assert await world.closing_notices.run_once(100) == 0


async def test_the_citizen_reads_whom_he_may_still_answer(world: World) -> None:
    doctor, citizen, _ = await _open(world, OTHER_DOCTOR)
    await world.send(doctor, a_letter(doctor, CITIZEN, subject="[FIN]", message_id="<f@x>"), CITIZEN)
    await world.closing_notices.run_once(100)
    _, text = await _last(world, citizen)
    assert f"Vous pouvez encore répondre à :\n\n  {OTHER_DOCTOR}" in text
    assert f"You can still answer:\n\n  {OTHER_DOCTOR}" in text


async def test_a_professional_is_told_of_what_he_did_not_close_himself(world: World) -> None:
    doctor, citizen, conversation = await _open(world)
    answer = a_letter(citizen, DOCTOR, message_id="<2@x>", answers=FIRST)
    await world.send(citizen, answer, DOCTOR)
    await _close(world, conversation, ClosedBy.INACTIVITY)
    await world.closing_notices.run_once(100)
    message, text = await _last(world, doctor)
    assert message["Subject"] == "Conversation clôturée / Conversation closed"
    assert message["In-Reply-To"] == "<2@x>"
    assert CITIZEN not in text  # it stands in the conversation
    assert (await world.inbox(doctor))[-1].conversation == conversation
    _, text = await _last(world, citizen)
    assert "Aucun message n'y ayant été échangé depuis longtemps" in text


async def test_many_conversations_closed_without_him_are_one_message_to_a_professional(world: World) -> None:
    doctor, _, _ = await _open(world)
    await world.bal(OTHER_CITIZEN, BalKind.CITIZEN)
    await world.send(doctor, a_letter(doctor, OTHER_CITIZEN, message_id="<o@x>"), OTHER_CITIZEN)
    for pair, _ in await world.oversight.pairs(doctor.address):
        await _close(world, pair.conversation, ClosedBy.INACTIVITY)
    await world.closing_notices.run_once(100)
    assert len(await world.inbox(doctor)) == 1
    message, text = await _last(world, doctor)
    assert message["Subject"] == "2 conversations clôturées / 2 conversations closed"
    assert CITIZEN in text
    assert OTHER_CITIZEN in text


async def test_who_closed_himself_is_not_told(world: World) -> None:
    doctor, _, _ = await _open(world)
    await world.send(doctor, a_letter(doctor, CITIZEN, subject="[FIN]", message_id="<f@x>"), CITIZEN)
    await world.closing_notices.run_once(100)
    assert await world.inbox(doctor) == []


async def test_who_blocks_is_not_told_and_whom_he_blocks_is_given_no_reason(world: World) -> None:
    doctor, citizen, conversation = await _open(world)
    await _close(world, conversation, ClosedBy.BLOCKED)
    assert await world.closing_notices.run_once(100) == 0
    assert len(await world.inbox(citizen)) == 1
    assert await world.inbox(doctor) == []


async def test_an_account_that_closes_tells_the_other_side_and_not_itself(world: World) -> None:
    doctor, citizen, _ = await _open(world)
    await world.change(doctor, ProfileAct.CLOSE)
    await world.closing_notices.run_once(100)
    _, text = await _last(world, citizen)
    assert "ne reçoit plus de messages" in text
    assert await world.inbox(doctor) == []
    assert await world.closing_notices.run_once(100) == 0


async def test_what_is_owed_outlives_the_process_and_is_paid_in_bounded_steps(world: World) -> None:
    doctor, citizen, _ = await _open(world)
    for number in range(4):
        await world.send(doctor, a_letter(doctor, CITIZEN, message_id=f"<more{number}@x>"), CITIZEN)
    await world.send(doctor, a_letter(doctor, CITIZEN, subject="[FIN]", message_id="<f@x>"), CITIZEN)
    assert [await world.closing_notices.run_once(2) for _ in range(4)] == [2, 2, 1, 0]
    assert len(await world.inbox(citizen)) == 6 + 5
