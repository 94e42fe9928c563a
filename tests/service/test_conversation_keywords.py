"""Every message shows whether its conversation is open, in both mailboxes. domain.md §2."""

import pytest
from tests.support.builders import CITIZEN, DOCTOR, OTHER_DOCTOR
from tests.support.letters import a_letter
from tests.support.world import World

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.mailbox import (
    CLOSED_CONVERSATIONS,
    CONVERSATION_CLOSED,
    CONVERSATION_OPEN,
    FIRST_KEYWORD_BIT,
    INBOX,
    MAX_KEYWORDS,
    FlagSet,
    MessageRow,
)
from vaguemestre.policy.profiles import ProfileAct
from vaguemestre.service.mailboxes.changes import FlagChange, FlagMode
from vaguemestre.service.ports.store import Transaction

FIRST = "<1@cabinet.mssante.fr>"
OPEN, CLOSED = [CONVERSATION_OPEN], [CONVERSATION_CLOSED]


async def _write(world: World, doctor: Bal, octets: bytes, *copied: str) -> None:
    assert (await world.send(doctor, octets, CITIZEN, *copied)).is_positive


async def _answer(world: World, citizen: Bal, name: str = "<2@x>") -> None:
    answer = a_letter(citizen, DOCTOR, message_id=name, answers=FIRST)
    assert (await world.send(citizen, answer, DOCTOR)).is_positive


async def _answered(world: World) -> tuple[Bal, Bal]:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    await _write(world, doctor, a_letter(doctor, CITIZEN))
    await _answer(world, citizen)
    return doctor, citizen


async def _names(world: World, bal: Bal, row: MessageRow) -> list[str]:
    known = await world.store.read(lambda tx: tx.mailboxes.keywords(bal.id))
    return [name for bit, name in enumerate(known, FIRST_KEYWORD_BIT) if row.flags >> bit & 1]


async def _shown(world: World, bal: Bal) -> list[list[str]]:
    """The keywords of each message in INBOX."""
    return [await _names(world, bal, row) for row in await world.inbox(bal)]


async def _close(world: World, doctor: Bal, way: str) -> None:
    address = parse_address(DOCTOR)
    if way == "subject":
        await _write(world, doctor, a_letter(doctor, CITIZEN, subject="[FIN]", message_id="<f@x>"))
    elif way == "header":
        await _write(
            world, doctor, a_letter(doctor, CITIZEN, mss_mes="FIN", message_id="<f@x>", answers=FIRST)
        )
    elif way == "operator":
        ((pair, _),) = await world.oversight.pairs(address)
        await world.oversight.close(pair.conversation, "test")
    elif way == "rule":
        await world.change(doctor, ProfileAct.CLOSE)
    else:
        opened, leave = await world.mailboxes.open(doctor.id, INBOX, lambda _: None)
        if way == "keyword":
            change = FlagChange(FlagMode.ADD, FlagSet(0), (CONVERSATION_CLOSED.lower(),))
            await opened.store_flags(doctor, opened.uids[:1], change)
        else:
            await opened.copy(doctor, opened.uids[:1], CLOSED_CONVERSATIONS)
        leave()


async def test_what_arrives_in_an_open_conversation_shows_it(world: World) -> None:
    doctor, citizen = await _answered(world)
    assert await _shown(world, doctor) == [OPEN]
    assert await _shown(world, citizen) == [OPEN]


@pytest.mark.parametrize("way", ["subject", "header", "keyword", "folder", "operator", "rule"])
async def test_whatever_closes_it_turns_every_message_of_both(world: World, way: str) -> None:
    doctor, citizen = await _answered(world)
    await _answer(world, citizen, "<3@x>")
    await _close(world, doctor, way)
    await world.closing_notices.run_once(100)
    told = 1 if way == "operator" else 0  # what he did not do himself, and can still read
    assert await _shown(world, doctor) == [CLOSED] * (2 + told)
    shown = await _shown(world, citizen)
    assert shown == [CLOSED] * len(shown)
    assert len(shown) == (3 if way in {"subject", "header"} else 2)  # the letters, and the notice


@pytest.mark.parametrize("way", ["letter", "operator"])
async def test_opened_again_every_message_shows_it_and_the_thread_is_the_same(world: World, way: str) -> None:
    doctor, citizen = await _answered(world)
    before = (await world.inbox(citizen))[0].conversation
    await _close(world, doctor, "keyword")
    if way == "letter":
        await _write(world, doctor, a_letter(doctor, CITIZEN, message_id="<again@x>", answers=FIRST))
    else:
        ((pair, _),) = await world.oversight.pairs(doctor.address)
        await world.oversight.open(pair.conversation, "test")
    for bal in (doctor, citizen):
        shown = await _shown(world, bal)
        assert shown == [OPEN] * len(shown)
        assert {row.conversation for row in await world.inbox(bal)} == {before}
    await _answer(world, citizen, "<4@x>")


async def test_what_is_filed_elsewhere_is_turned_too(world: World) -> None:
    doctor, _ = await _answered(world)
    opened, leave = await world.mailboxes.open(doctor.id, INBOX, lambda _: None)
    await opened.move(doctor, opened.uids, CLOSED_CONVERSATIONS)
    leave()
    opened, leave = await world.mailboxes.open(doctor.id, CLOSED_CONVERSATIONS, lambda _: None)
    assert [await _names(world, doctor, row) for row in opened.rows.values()] == [CLOSED]
    await _write(world, doctor, a_letter(doctor, CITIZEN, message_id="<again@x>", answers=FIRST))
    await opened.refresh()
    assert [await _names(world, doctor, row) for row in opened.rows.values()] == [OPEN]
    leave()


async def test_a_professional_sees_his_own_side_and_the_citizen_whether_anybody_can_be_answered(
    world: World,
) -> None:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    colleague = await world.bal(OTHER_DOCTOR)
    await _write(world, doctor, a_letter(doctor, CITIZEN, cc=OTHER_DOCTOR), OTHER_DOCTOR)
    await _answer(world, citizen)
    await _close(world, doctor, "keyword")
    await world.closing_notices.run_once(100)
    assert await _shown(world, doctor) == [CLOSED]
    assert await _shown(world, colleague) == [OPEN]
    assert await _shown(world, citizen) == [
        OPEN,
        OPEN,
    ]  # the letter and the notice: one can still be answered
    ((pair, _),) = await world.oversight.pairs(colleague.address)
    await world.oversight.close(pair.conversation, "test")
    await world.closing_notices.run_once(100)
    assert await _shown(world, colleague) == [CLOSED, CLOSED]  # he is told of what he did not do
    assert await _shown(world, citizen) == [CLOSED] * 3


async def test_a_professional_without_a_side_of_his_own_sees_nothing(world: World) -> None:
    doctor, _ = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    hidden = await world.bal(OTHER_DOCTOR)
    letter = a_letter(doctor, CITIZEN)
    assert (await world.send(doctor, letter, CITIZEN, OTHER_DOCTOR)).is_positive  # a blind copy
    assert await _shown(world, hidden) == [[]]


async def test_mail_between_professionals_shows_nothing(world: World) -> None:
    doctor, colleague = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
    assert (await world.send(doctor, a_letter(doctor, OTHER_DOCTOR), OTHER_DOCTOR)).is_positive
    assert await _shown(world, colleague) == [[]]


async def test_another_conversation_with_the_same_people_is_left_alone(world: World) -> None:
    doctor, citizen = await _answered(world)
    await _write(world, doctor, a_letter(doctor, CITIZEN, message_id="<other@x>"))
    await _close(world, doctor, "header")
    await world.closing_notices.run_once(100)
    assert await _shown(world, citizen) == [CLOSED, OPEN, CLOSED, CLOSED]


async def test_a_mailbox_where_nothing_turns_keeps_its_modseq(world: World) -> None:
    doctor, _ = await _answered(world)
    await _close(world, doctor, "keyword")
    before = await world.mailboxes.of(doctor.id)
    await _close(world, doctor, "folder")  # closed already
    after = await world.mailboxes.of(doctor.id)
    changed = [new.name for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [CLOSED_CONVERSATIONS]


async def test_mail_is_filed_where_every_keyword_is_taken(world: World) -> None:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)

    def fill(tx: Transaction) -> None:
        for number in range(MAX_KEYWORDS):
            tx.mailboxes.add_keyword(citizen.id, f"k{number}")

    await world.store.write(fill, "test")
    await _write(world, doctor, a_letter(doctor, CITIZEN))
    await _close(world, doctor, "subject")
    await world.closing_notices.run_once(100)
    assert await _shown(world, citizen) == [[], [], []]
