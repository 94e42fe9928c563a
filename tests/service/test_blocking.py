"""A citizen blocks a professional, from any mail client and without a reason. domain.md §2."""

import itertools

import pytest
from tests.support.builders import CITIZEN, DOCTOR, OTHER_CITIZEN, OTHER_DOCTOR
from tests.support.world import World

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.mailbox import BLOCKED, INBOX, FlagSet, Uid
from vaguemestre.service.accounts.keeping import AccountRefused, AccountUnknown
from vaguemestre.service.mailboxes.changes import FlagChange, FlagMode

_numbers = itertools.count(1)
MARK = FlagChange(FlagMode.ADD, FlagSet(0), ("$bloque",))
UNMARK = FlagChange(FlagMode.REMOVE, FlagSet(0), ("$Bloque",))


def a_letter(sender: str, to: str, *more: str, name: str = "") -> bytes:
    named = f"Message-ID: {name or f'<{next(_numbers)}@x>'}"
    lines = (f"From: Dr X <{sender}>", f"To: {to}", "Subject: x", named, *more)
    return ("\r\n".join((*lines, "", "Bonjour")) + "\r\n").encode()


async def three_people(world: World) -> tuple[Bal, Bal, Bal]:
    """Two doctors who each wrote to a citizen."""
    doctor, colleague = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    for sender in (DOCTOR, OTHER_DOCTOR):
        bal = doctor if sender == DOCTOR else colleague
        await world.send(bal, a_letter(sender, CITIZEN, name=f"<{sender}>"), CITIZEN)
    return doctor, colleague, citizen


async def change(world: World, bal: Bal, flags: FlagChange, *uids: int) -> None:
    opened, leave = await world.mailboxes.open(bal.id, INBOX, lambda _: None)
    await opened.store_flags(bal, [Uid(uid) for uid in uids], flags)
    leave()


async def move(world: World, bal: Bal, whence: str, whither: str) -> None:
    opened, leave = await world.mailboxes.open(bal.id, whence, lambda _: None)
    await opened.move(bal, opened.uids[:1], whither)
    leave()


async def hears(world: World, sender: Bal) -> bool:
    """Whether the citizen receives this professional's mail."""
    reply = await world.send(sender, a_letter(str(sender.address), CITIZEN), CITIZEN)
    assert reply.is_positive or str(reply).startswith("550 5.7.1 ")
    return reply.is_positive


async def test_the_keyword_on_his_message_blocks_him_alone_and_its_removal_unblocks(world: World) -> None:
    doctor, colleague, citizen = await three_people(world)
    await change(world, citizen, MARK, 1)
    assert not await hears(world, doctor)
    assert await hears(world, colleague)
    (pair,) = [pair for pair, _ in await world.oversight.pairs(doctor.address)]
    assert str(pair.closed_by) == "blocked"
    await change(world, citizen, UNMARK, 1)
    assert await hears(world, doctor)
    entries = await world.store.read(lambda tx: tx.journal.entries(citizen.id))
    acts = [entry for entry in entries if "block" in entry.event]
    assert [(entry.event, entry.actor) for entry in acts] == [
        ("professional_unblocked", f"bal:{citizen.id}"),
        ("professional_blocked", f"bal:{citizen.id}"),
    ]
    assert acts[0].detail == {"professional": DOCTOR}


async def test_moving_his_message_into_the_mailbox_blocks_and_out_of_it_unblocks(world: World) -> None:
    doctor, _, citizen = await three_people(world)
    await move(world, citizen, INBOX, BLOCKED)
    assert not await hears(world, doctor)
    await move(world, citizen, BLOCKED, INBOX)
    assert await hears(world, doctor)


async def test_copying_blocks_and_deleting_the_copy_unblocks_nobody(world: World) -> None:
    doctor, _, citizen = await three_people(world)
    opened, leave = await world.mailboxes.open(citizen.id, INBOX, lambda _: None)
    await opened.copy(citizen, opened.uids[:1], BLOCKED)
    leave()
    opened, leave = await world.mailboxes.open(citizen.id, BLOCKED, lambda _: None)
    await opened.store_flags(citizen, opened.uids, FlagChange(FlagMode.ADD, FlagSet(8)))
    await opened.expunge(citizen, opened.uids)
    leave()
    assert not await hears(world, doctor)


async def test_writing_back_all_flags_neither_blocks_nor_unblocks(world: World) -> None:
    doctor, _, citizen = await three_people(world)
    await change(world, citizen, FlagChange(FlagMode.REPLACE, FlagSet(0), ("$Bloque",)), 1)
    assert await hears(world, doctor)
    await change(world, citizen, MARK, 1)
    await change(world, citizen, FlagChange(FlagMode.REPLACE, FlagSet(0)), 1)
    assert not await hears(world, doctor)


async def test_a_blocked_professional_is_told_no_more_than_that_his_mail_is_not_received(
    world: World,
) -> None:
    doctor, _, citizen = await three_people(world)
    await world.blocking.add(citizen.address, doctor.address, "anne")
    reply = await world.send(doctor, a_letter(DOCTOR, CITIZEN), CITIZEN)
    assert "does not receive messages from you" in reply.text
    assert not any(word in reply.text.lower() for word in ("block", "bloqu", "refus"))
    assert (await world.send(doctor, a_letter(DOCTOR, CITIZEN), CITIZEN)) == reply  # asked again, the same
    assert await world.store.read(lambda tx: tx.owed_notices.due(10)) == []


async def test_he_is_not_brought_back_by_a_colleagues_reply_to_nor_by_the_operator(world: World) -> None:
    doctor, colleague, citizen = await three_people(world)
    await change(world, citizen, MARK, 1)
    letter = a_letter(OTHER_DOCTOR, CITIZEN, f"Reply-To: {DOCTOR}, {OTHER_DOCTOR}", f"Cc: {DOCTOR}")
    assert (await world.send(colleague, letter, CITIZEN)).is_positive
    pairs = [pair for pair, _ in await world.oversight.pairs(doctor.address)]
    assert [pair.closed_at is None for pair in pairs] == [False]
    assert await world.oversight.open(pairs[0].conversation, "anne", doctor.address) == []


async def test_he_answers_no_one_he_has_blocked_and_unblocking_leaves_it_to_the_other(world: World) -> None:
    doctor, _, citizen = await three_people(world)
    answer = a_letter(CITIZEN, DOCTOR, f"In-Reply-To: <{DOCTOR}>")
    await change(world, citizen, MARK, 1)
    assert str(await world.send(citizen, answer, DOCTOR)).startswith("550 5.7.1")
    await change(world, citizen, UNMARK, 1)
    assert str(await world.send(citizen, answer, DOCTOR)).startswith("550 5.7.1")
    again = a_letter(DOCTOR, CITIZEN, f"In-Reply-To: <{DOCTOR}>")
    assert (await world.send(doctor, again, CITIZEN)).is_positive
    assert (await world.send(citizen, answer, DOCTOR)).is_positive


async def test_notices_and_his_own_letters_block_nobody_and_professionals_block_nobody(world: World) -> None:
    doctor, _, citizen = await three_people(world)
    answer = a_letter(CITIZEN, DOCTOR, f"In-Reply-To: <{DOCTOR}>")
    assert (await world.send(citizen, answer, DOCTOR)).is_positive
    await change(world, doctor, MARK, 1)
    await world.aliases.add(citizen.address, parse_address("279035121518890@patient.mssante.fr"), "anne")
    await change(world, citizen, MARK, 3)  # the notice of the alias
    assert await world.blocking.of(citizen.address) == []
    assert (
        await world.send(citizen, a_letter(CITIZEN, DOCTOR, f"In-Reply-To: <{DOCTOR}>"), DOCTOR)
    ).is_positive


async def test_from_the_command_line_too_at_another_operators_address_and_never_a_citizen(
    world: World,
) -> None:
    _, _, citizen = await three_people(world)
    elsewhere = parse_address("a@hopital.ailleurs.fr")
    assert await world.blocking.add(citizen.address, elsewhere, "anne")
    assert not await world.blocking.add(citizen.address, elsewhere, "anne")
    assert [str(one.professional) for one in await world.blocking.of(citizen.address)] == [str(elsewhere)]
    assert await world.blocking.remove(citizen.address, elsewhere, "anne")
    assert not await world.blocking.remove(citizen.address, elsewhere, "anne")
    with pytest.raises(AccountRefused, match="nobody to block"):
        await world.blocking.add(citizen.address, parse_address(OTHER_CITIZEN), "anne")
    with pytest.raises(AccountRefused, match="Only citizens"):
        await world.blocking.of(parse_address(DOCTOR))
    with pytest.raises(AccountUnknown):
        await world.blocking.of(parse_address(OTHER_CITIZEN))
