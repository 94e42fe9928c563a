"""What becomes of mail, conversations and sign-ins when an account changes its state. domain.md §2."""

import itertools
from email import message_from_bytes, policy

import pytest
from tests.support.builders import CITIZEN, DOCTOR, OTHER_DOCTOR
from tests.support.world import World

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import Bal, BalKind, BalState
from vaguemestre.mail.mailbox import FIRST_KEYWORD_BIT
from vaguemestre.policy.profiles import AskedBy, ProfileAct
from vaguemestre.service.accounts.keeping import AccountRefused, AccountRequest, AccountUnknown
from vaguemestre.service.accounts.profiles import PAIRS_AT_ONCE, by_operator
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.sign_in.outcome import Channel, SignInRefused

PASSWORD = "un mot de passe assez long"
CHANNEL = Channel("imap", "192.0.2.7")

_numbers = itertools.count(1)


def a_letter(sender: str, recipient: str, *more: str) -> bytes:
    lines = (
        f"From: {sender}",
        f"To: {recipient}",
        "Subject: Bonjour",
        f"Message-ID: <{next(_numbers)}@x>",
        *more,
    )
    return ("\r\n".join((*lines, "", "Bonjour")) + "\r\n").encode()


def answering(letter: bytes) -> str:
    """The field that makes a message an answer to this one."""
    return f"In-Reply-To: {letter.split(b'Message-ID: ')[1].split()[0].decode()}"


async def a_citizen_of(world: World, state: BalState) -> Bal:
    """A citizen in that state, as he got there."""
    request = AccountRequest(parse_address(CITIZEN), BalKind.CITIZEN, password=PASSWORD, activated=False)
    citizen = await world.accounts.add(request, "test")
    way = {
        BalState.INACTIVE: (),
        BalState.ACTIVE: (ProfileAct.ACTIVATE,),
        BalState.SUSPENDED: (ProfileAct.ACTIVATE, ProfileAct.SUSPEND),
        BalState.OPPOSED: (ProfileAct.OPPOSE,),
        BalState.CLOSED: (ProfileAct.ACTIVATE, ProfileAct.CLOSE),
    }[state]
    for act in way:
        by = AskedBy.HOLDER if act is ProfileAct.OPPOSE else AskedBy.OPERATOR
        citizen = await world.change(citizen, act, by)
    assert citizen.state is state
    return citizen


async def _keywords(world: World, bal: Bal) -> list[set[str]]:
    """What each message in INBOX shows of its conversation."""
    known = await world.store.read(lambda tx: tx.mailboxes.keywords(bal.id))
    return [
        {name for bit, name in enumerate(known, FIRST_KEYWORD_BIT) if row.flags >> bit & 1}
        for row in await world.inbox(bal)
    ]


@pytest.mark.parametrize("state", list(BalState))
async def test_each_state_receives_and_lets_in_as_the_law_has_it(world: World, state: BalState) -> None:
    doctor = await world.bal(DOCTOR)
    await a_citizen_of(world, state)
    reply = str(await world.send(doctor, a_letter(DOCTOR, CITIZEN), CITIZEN))
    if state in {BalState.OPPOSED, BalState.CLOSED}:
        assert reply.startswith("550 5.2.1 ")
    else:
        assert reply.startswith("250 ")
    if state is BalState.ACTIVE:
        await world.authentication.sign_in(CITIZEN, PASSWORD, CHANNEL)
    else:
        with pytest.raises(SignInRefused):
            await world.authentication.sign_in(CITIZEN, PASSWORD, CHANNEL)


async def test_nobody_can_tell_who_opposed_from_who_closed(world: World) -> None:
    doctor = await world.bal(DOCTOR)
    citizen = await a_citizen_of(world, BalState.OPPOSED)
    opposed = await world.send(doctor, a_letter(DOCTOR, CITIZEN), CITIZEN)
    await world.change(citizen, ProfileAct.REOPEN, AskedBy.HOLDER)
    await world.change(citizen, ProfileAct.CLOSE)
    assert await world.send(doctor, a_letter(DOCTOR, CITIZEN), CITIZEN) == opposed


async def test_what_came_before_the_activation_is_there_and_can_be_answered(world: World) -> None:
    doctor = await world.bal(DOCTOR)
    citizen = await a_citizen_of(world, BalState.INACTIVE)
    letter = a_letter(DOCTOR, CITIZEN)
    await world.send(doctor, letter, CITIZEN)
    answer = a_letter(CITIZEN, DOCTOR, answering(letter))
    assert str(await world.send(citizen, answer, DOCTOR)).startswith("550 5.7.1")
    citizen = await world.change(citizen, ProfileAct.ACTIVATE, AskedBy.HOLDER)
    assert (await world.send(citizen, answer, DOCTOR)).is_positive


@pytest.mark.parametrize("act", [ProfileAct.CLOSE, ProfileAct.OPPOSE])
async def test_who_leaves_closes_every_conversation_and_the_professionals_see_it(
    world: World, act: ProfileAct
) -> None:
    doctor, colleague = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    for sender in (doctor, colleague):
        letter = a_letter(str(sender.address), CITIZEN)
        await world.send(sender, letter, CITIZEN)
        answers = answering(letter)
        reply = a_letter(CITIZEN, str(sender.address), answers)
        assert (await world.send(citizen, reply, str(sender.address))).is_positive
    await world.change(citizen, act, AskedBy.HOLDER)
    await world.closing_notices.run_once(100)
    for bal in (doctor, colleague):
        answered, told = await _keywords(world, bal)
        assert answered == told == {"$Clos"}
        row = (await world.inbox(bal))[1]
        notice = message_from_bytes(await world.octets(row), policy=policy.default)
        assert "ne reçoit plus de messages" in notice.get_content()
        assert CITIZEN[:15] not in notice.get_content()
    pairs = [pair for pair, _ in await world.oversight.pairs(citizen.address)]
    assert [pair.closed_by for pair in pairs] == ["account", "account"]


async def test_the_citizens_of_a_professional_who_leaves_are_told_once_each_however_many_they_are(
    world: World,
) -> None:
    doctor = await world.bal(DOCTOR)
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    many = PAIRS_AT_ONCE + 3

    def begin(tx: Transaction) -> None:
        for _ in range(many):
            conversation = tx.conversations.start(citizen.id, world.clock.now())
            tx.conversations.open_pair(conversation.id, doctor.address, world.clock.now())

    await world.store.write(begin, "test", is_long=True)
    closed = await world.profiles.change(doctor.address, ProfileAct.CLOSE, by_operator("test"))
    assert len(await world.oversight.pairs(citizen.address, open_only=True)) == many
    with pytest.raises(AccountRefused, match="still being closed"):
        await world.profiles.change(doctor.address, ProfileAct.REOPEN, by_operator("test"))
    steps = 0
    while await world.profiles.run_once(500):
        steps += 1
    assert steps == 3
    assert not await world.oversight.pairs(citizen.address, open_only=True)
    while await world.closing_notices.run_once(50):
        pass
    assert len(await world.inbox(citizen)) == many
    assert await world.profiles.finish(closed) == 0


async def test_who_comes_back_finds_a_word_of_welcome_and_closed_conversations(world: World) -> None:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    letter = a_letter(DOCTOR, CITIZEN)
    await world.send(doctor, letter, CITIZEN)
    await world.change(citizen, ProfileAct.CLOSE)
    citizen = await world.change(citizen, ProfileAct.REOPEN)
    answers = answering(letter)
    reply = await world.send(citizen, a_letter(CITIZEN, DOCTOR, answers), DOCTOR)
    assert str(reply).startswith("550 5.7.1")
    welcome = await world.octets((await world.inbox(citizen))[-1])
    assert b"Your conversations stay closed" in welcome
    assert (await world.send(doctor, a_letter(DOCTOR, CITIZEN), CITIZEN)).is_positive


async def test_what_is_not_in_the_table_is_refused_with_what_is(world: World) -> None:
    doctor = await world.bal(DOCTOR)
    with pytest.raises(AccountRefused, match="it can: suspend, close"):
        await world.profiles.change(doctor.address, ProfileAct.OPPOSE, by_operator("test"))
    citizen = await a_citizen_of(world, BalState.OPPOSED)
    with pytest.raises(AccountRefused, match="not for the operator to ask"):
        await world.profiles.change(citizen.address, ProfileAct.REOPEN, by_operator("test"))
    nobody = parse_address("nobody@cabinet.mssante.fr")
    with pytest.raises(AccountUnknown):
        await world.profiles.change(nobody, ProfileAct.CLOSE, by_operator("test"))
    request = AccountRequest(parse_address(OTHER_DOCTOR), BalKind.PER, activated=False)
    with pytest.raises(AccountRefused, match="Only a citizen"):
        await world.accounts.add(request, "test")


async def test_the_journal_says_who_why_and_by_whose_will(world: World) -> None:
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    wish = by_operator("anne", "demande  écrite\ndu 3 mars", AskedBy.HOLDER)
    await world.profiles.change(citizen.address, ProfileAct.CLOSE, wish)
    (entry,) = await world.store.read(lambda tx: tx.journal.entries(citizen.id, "account_closed"))
    assert (entry.actor, entry.detail) == (
        "operator:anne",
        {"asked_by": "holder", "reason": "demande écrite du 3 mars"},
    )
