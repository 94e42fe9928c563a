"""What others did in a bal is told in a mailbox that nobody changes."""

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from tests.support.builders import CITIZEN, DOCTOR, OTHER_DOCTOR
from tests.support.letters import a_letter
from tests.support.world import World

from vaguemestre.mail.access import GrantKind, Right
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.mailbox import ACCESS_HISTORY, CLOSED_CONVERSATIONS, DELETED, INBOX, SEEN, FlagSet
from vaguemestre.service.access.grants import AccessRequest
from vaguemestre.service.mailboxes.changes import FlagChange, FlagMode
from vaguemestre.service.mailboxes.refusals import MailboxRefused, Reason


async def subjects(world: World, bal: Bal, mailbox: str) -> list[str]:
    found = []
    for row in await world.rows(bal, mailbox):
        octets = await world.octets(row)
        found.append(str(message_from_bytes(octets, EmailMessage, policy=policy.default)["Subject"]))
    return found


async def test_there_is_no_history_where_nothing_happened(world: World) -> None:
    doctor = await world.bal(DOCTOR)
    assert ACCESS_HISTORY not in [mailbox.name for mailbox in await world.mailboxes.of(doctor.id)]


async def test_what_an_administrator_saw_is_in_the_history_and_content_in_the_inbox_too(world: World) -> None:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    await world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN)
    accessed = "Accès à votre boîte aux lettres / Your mailbox was accessed"
    overview = await world.inspection.overview(citizen.address, "ann")
    assert await subjects(world, citizen, ACCESS_HISTORY) == [accessed]
    assert len(await world.inbox(citizen)) == 1
    await world.inspection.content(citizen.address, overview.inbox[0].uid, "ann", "ticket 12")
    assert await subjects(world, citizen, ACCESS_HISTORY) == [accessed] * 2
    assert (await subjects(world, citizen, INBOX))[1:] == [accessed]


async def test_grants_and_revocations_are_in_the_history_and_in_the_inbox(world: World) -> None:
    doctor, secretary = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
    request = AccessRequest(doctor.address, secretary.address, GrantKind.DELEGATE, frozenset({Right.READ}))
    made = await world.accesses.grant(request, "ann")
    await world.accesses.revoke(made.grant.id, "ann")
    told = await subjects(world, doctor, ACCESS_HISTORY)
    assert [subject.partition(" / ")[2] for subject in told] == [
        "Access granted to your mailbox",
        "Access to your mailbox revoked",
    ]
    assert await subjects(world, doctor, INBOX) == told


async def test_two_who_look_at_once_make_one_history(world: World) -> None:
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    await asyncio.gather(*(world.inspection.overview(citizen.address, name) for name in ("ann", "bob")))
    names = [mailbox.name for mailbox in await world.mailboxes.of(citizen.id)]
    assert names.count(ACCESS_HISTORY) == 1
    assert len(await world.rows(citizen, ACCESS_HISTORY)) == 2


async def test_nothing_in_it_changes_but_what_was_seen(world: World) -> None:
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    await world.inspection.overview(citizen.address, "ann")
    opened, leave = await world.mailboxes.open(citizen.id, ACCESS_HISTORY, lambda _: None)
    try:
        for flags in (DELETED, FlagSet(DELETED | 2)):
            with pytest.raises(MailboxRefused) as refused:
                await opened.store_flags(citizen, opened.uids, FlagChange(FlagMode.ADD, flags))
            assert refused.value.reason is Reason.NO_PERMISSION
        await opened.store_flags(
            citizen, opened.uids, FlagChange(FlagMode.REPLACE, FlagSet(SEEN | DELETED), ("x",))
        )
        assert [row.flags for row in opened.rows.values()] == [SEEN]
        for target in (INBOX, CLOSED_CONVERSATIONS):
            with pytest.raises(MailboxRefused, match="nothing else"):
                await opened.move(citizen, opened.uids, target)
        with pytest.raises(MailboxRefused, match="nothing else"):
            await opened.expunge(citizen, opened.uids)
    finally:
        leave()
    assert len(await world.rows(citizen, ACCESS_HISTORY)) == 1
