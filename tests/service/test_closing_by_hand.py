"""Closing from any mail client: the keyword, the mailbox; the citizen is told once. domain.md §2."""

import pytest
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.letters import a_letter
from tests.support.world import World

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.conversation import ClosedBy
from vaguemestre.mail.mailbox import CLOSED_CONVERSATIONS, CONVERSATION_CLOSED, INBOX, FlagSet
from vaguemestre.service.mailboxes.changes import FlagChange, FlagMode

ANSWER = "<answer@x>"


async def _an_answered_letter(world: World) -> tuple[Bal, Bal]:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    await world.send(doctor, a_letter(doctor, CITIZEN, message_id="<1@x>"), CITIZEN)
    answer = a_letter(citizen, DOCTOR, message_id=ANSWER, answers="<1@x>")
    assert (await world.send(citizen, answer, DOCTOR)).is_positive
    return doctor, citizen


async def _close(world: World, bal: Bal, way: ClosedBy) -> None:
    opened, leave = await world.mailboxes.open(bal.id, INBOX, lambda _: None)
    try:
        if way is ClosedBy.KEYWORD:
            change = FlagChange(FlagMode.ADD, FlagSet(0), (CONVERSATION_CLOSED,))
            await opened.store_flags(bal, opened.uids, change)
        else:
            await opened.move(bal, opened.uids, CLOSED_CONVERSATIONS)
    finally:
        leave()


@pytest.mark.parametrize("way", [ClosedBy.KEYWORD, ClosedBy.FOLDER])
async def test_a_professional_closes_from_his_client_and_the_citizen_is_told(
    world: World, way: ClosedBy
) -> None:
    doctor, citizen = await _an_answered_letter(world)
    await _close(world, doctor, way)
    ((pair, _),) = await world.oversight.pairs(doctor.address)
    assert pair.closed_by is way
    assert await world.closing_notices.run_once(100) == 1
    letter, notice = await world.inbox(citizen)
    assert notice.conversation == letter.conversation
    assert b"closed this conversation" in await world.octets(notice)
    again = a_letter(citizen, DOCTOR, message_id="<again@x>", answers="<1@x>")
    assert (await world.send(citizen, again, DOCTOR)).text.startswith("This conversation has been closed")


async def test_closing_what_is_closed_tells_nobody_again(world: World) -> None:
    doctor, citizen = await _an_answered_letter(world)
    await _close(world, doctor, ClosedBy.KEYWORD)
    await _close(world, doctor, ClosedBy.FOLDER)
    assert await world.closing_notices.run_once(100) == 1
    assert await world.closing_notices.run_once(100) == 0
    assert len(await world.inbox(citizen)) == 2


@pytest.mark.parametrize("way", [ClosedBy.KEYWORD, ClosedBy.FOLDER])
async def test_a_citizen_who_does_the_same_closes_nothing(world: World, way: ClosedBy) -> None:
    doctor, citizen = await _an_answered_letter(world)
    await _close(world, citizen, way)
    ((pair, _),) = await world.oversight.pairs(doctor.address)
    assert pair.closed_at is None
