"""Messages sent for later: where they wait, how they are cancelled, how many there may be. RFC 4865."""

import asyncio
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR, NOON, a_policy
from tests.support.held import (
    LATER,
    SECRET,
    a_letter,
    events,
    held,
    lying_in,
    people,
    reports_to,
    set_quota,
    states,
    trace,
    used,
    waiting_of,
)
from tests.support.world import World, a_world

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.fate import FateState
from vaguemestre.mail.mailbox import DELETED, SCHEDULED, SEEN, FlagSet, SpecialUse, Uid
from vaguemestre.mail.reply import Reply
from vaguemestre.policy.limits import Limits
from vaguemestre.service.held.messages import HeldUnknown
from vaguemestre.service.held.releasing import TakenAlready
from vaguemestre.service.mailboxes.appending import Appended
from vaguemestre.service.mailboxes.changes import FlagChange, FlagMode
from vaguemestre.service.mailboxes.open_mailbox import OpenMailbox
from vaguemestre.service.mailboxes.refusals import MailboxRefused
from vaguemestre.service.sign_in.outcome import SignedIn


async def test_it_waits_where_its_sender_sees_it_and_leaves_at_its_hour(world: World) -> None:
    doctor, _, citizen = await people(world)
    reply = await held(world, doctor)
    queue_id = (await trace(world)).queue_id
    assert reply == Reply(250, 0, 0, f"Accepted as {queue_id}, held until 2026-11-24T12:00:00Z")
    (row,) = await waiting_of(world, doctor)
    assert (row.internal_date, row.flags) == (int(LATER.timestamp()), SEEN)
    assert await used(world, doctor) == row.size
    (mailbox,) = [one for one in await world.mailboxes.of(doctor.id) if one.name == SCHEDULED]
    assert mailbox.special_use is SpecialUse.SCHEDULED
    assert await states(world) == {FateState.HELD}
    assert (await trace(world)).release_at == LATER
    world.clock.pass_(days=2, seconds=-1)
    assert await world.releases.run_once(10) == 0
    assert await world.inbox(citizen) == []
    world.clock.pass_(seconds=1)
    assert await world.releases.run_once(10) == 1
    assert await world.releases.run_once(10) == 0
    (arrived,) = await world.inbox(citizen)
    assert arrived.internal_date == int(LATER.timestamp())
    octets = await world.octets(arrived)
    assert octets.endswith(a_letter())
    header = message_from_bytes(octets)
    assert octets.startswith(b"Return-Path: <")
    latest, first = header.get_all("Received", [])
    assert latest.endswith("Tue, 24 Nov 2026 12:00:00 +0000")
    assert first.endswith("Sun, 22 Nov 2026 12:00:00 +0000")
    assert header["Deferred-Delivery"] == "Tue, 24 Nov 2026 12:00:00 +0000"
    assert await waiting_of(world, doctor) == []
    assert await used(world, doctor) == 0
    assert await states(world) == {FateState.DELIVERED}
    assert [event for event, _ in await events(world, doctor)][:2] == ["released", "held"]


async def test_they_leave_in_the_order_of_their_hours_and_a_few_at_a_time(world: World) -> None:
    doctor, _, citizen = await people(world)
    for hours in (3, 1, 2):
        octets = a_letter(identifier=f"<{hours}@x.example>", text=str(hours))
        assert (await held(world, doctor, octets=octets, until=NOON + timedelta(hours=hours))).is_positive
    world.clock.pass_(days=1)
    assert await world.releases.run_once(2) == 2
    assert await world.releases.run_once(2) == 1
    texts = [(await world.octets(row)).splitlines()[-1] for row in await world.inbox(citizen)]
    assert texts == [b"1", b"2", b"3"]


async def test_the_same_again_while_it_waits_is_the_same_and_a_day_after_its_release(world: World) -> None:
    doctor, _, citizen = await people(world)
    await held(world, doctor, until=NOON + timedelta(days=20))
    queue_id = (await trace(world)).queue_id
    world.clock.pass_(days=10)
    again = await held(world, doctor, until=NOON + timedelta(days=20))
    assert again.text == f"Accepted as {queue_id}"
    assert len(await waiting_of(world, doctor)) == 1
    world.clock.pass_(days=10)
    await world.releases.run_once(10)
    world.clock.pass_(hours=23)
    assert (await world.send(doctor, a_letter(), CITIZEN)).text == f"Accepted as {queue_id}"
    assert len(await world.inbox(citizen)) == 1


@pytest.mark.parametrize("way", ["expunge", "move", "replace"])
async def test_its_sender_cancels_it_by_removing_it_from_where_it_waits(world: World, way: str) -> None:
    doctor, _, citizen = await people(world)
    await held(world, doctor)
    opened, leave = await world.mailboxes.open(doctor.id, SCHEDULED, lambda _: None)
    uid = opened.uids[0]
    if way == "expunge":
        await opened.store_flags(doctor, [uid], FlagChange(FlagMode.ADD, DELETED))
        await opened.expunge(doctor, [uid])
    elif way == "move":
        await opened.move(doctor, [uid], "Trash")
    else:
        await replace_by_a_draft(world, doctor, opened, uid)
    leave()
    assert await states(world) == {FateState.CANCELLED}
    assert (await events(world, doctor))[0] == ("cancelled", f"bal:{doctor.id}")
    world.clock.pass_(days=3)
    assert await world.releases.run_once(10) == 0
    assert await world.inbox(citizen) == []
    assert await reports_to(world, doctor) == []
    # What was cancelled may be sent again, and is not taken for the same.
    assert (await world.send(doctor, a_letter(), CITIZEN)).is_positive
    assert len(await world.inbox(citizen)) == 1


async def replace_by_a_draft(world: World, doctor: Bal, opened: OpenMailbox, uid: Uid) -> None:
    appending = world.mailboxes.begin_append()
    appending.feed(a_letter())
    await world.mailboxes.replace(doctor, opened, uid, "Drafts", Appended(appending, FlagSet(0), (), None))


async def test_marked_deleted_at_its_hour_it_is_cancelled(world: World) -> None:
    doctor, _, citizen = await people(world)
    await held(world, doctor)
    opened, leave = await world.mailboxes.open(doctor.id, SCHEDULED, lambda _: None)
    await opened.store_flags(doctor, [opened.uids[0]], FlagChange(FlagMode.ADD, DELETED))
    leave()
    world.clock.pass_(days=2)
    assert await world.releases.run_once(10) == 1
    assert await world.inbox(citizen) == []
    assert await states(world) == {FateState.CANCELLED}
    assert len(await waiting_of(world, doctor)) == 1


async def test_nothing_comes_where_messages_wait_but_by_being_sent(world: World) -> None:
    doctor, _, _ = await people(world)
    await held(world, doctor)
    await world.send(
        await world.bal("jeanne@cabinet.mssante.fr"), a_letter("jeanne@cabinet.mssante.fr"), DOCTOR
    )
    opened, leave = await world.mailboxes.open(doctor.id, "INBOX", lambda _: None)
    for change in (opened.copy, opened.move):
        with pytest.raises(MailboxRefused):
            await change(doctor, opened.uids, SCHEDULED)
    with pytest.raises(MailboxRefused):
        await world.mailboxes.check_append(doctor, SCHEDULED, [100])
    with pytest.raises(MailboxRefused):
        await world.mailboxes.delete(doctor.id, SCHEDULED)
    with pytest.raises(MailboxRefused):
        await world.mailboxes.rename(doctor.id, SCHEDULED, "Other")
    leave()


async def test_an_operator_cancels_and_the_sender_is_told_and_keeps_his_letter(world: World) -> None:
    doctor, _, citizen = await people(world)
    await held(world, doctor)
    queue_id = (await trace(world)).queue_id
    ((found, sender),) = await world.held.waiting(parse_address(DOCTOR))
    assert (found.queue_id, sender.id, found.release_at) == (queue_id, doctor.id, LATER)
    await world.held.cancel(queue_id, "paul")
    assert await states(world) == {FateState.CANCELLED}
    assert (await events(world, doctor))[0] == ("cancelled", "operator:paul")
    (told,) = await world.inbox(doctor)
    text = message_from_bytes(await world.octets(told), policy=default).get_content()
    assert queue_id in text
    assert "« paul » a annulé" in text
    assert SECRET not in text
    (kept,) = await lying_in(world, doctor, "Drafts")
    assert (await world.octets(kept)).endswith(a_letter())
    for change in (world.held.cancel, world.held.release):
        with pytest.raises(HeldUnknown):
            await change(queue_id, "paul")
    world.clock.pass_(days=2)
    assert await world.releases.run_once(10) == 0
    assert await world.inbox(citizen) == []


async def test_an_operator_releases_before_the_hour(world: World) -> None:
    doctor, _, citizen = await people(world)
    await held(world, doctor)
    queue_id = (await trace(world)).queue_id
    done = await world.held.release(queue_id, "paul")
    assert [bal.id for bal in done.holders] == [citizen.id]
    assert (await events(world, doctor))[0] == ("released", "operator:paul")
    world.clock.pass_(days=2)
    assert await world.releases.run_once(10) == 0
    assert len(await world.inbox(citizen)) == 1


async def test_released_by_two_at_once_it_arrives_once(world: World) -> None:
    doctor, _, citizen = await people(world)
    large = "x" * 300_000
    await held(world, doctor, octets=a_letter(text=large))
    ((found, _),) = await world.held.waiting()
    world.clock.pass_(days=2)
    ends = await asyncio.gather(*(world.releases.release(found) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(end, TakenAlready) for end in ends) == 3
    assert len(await world.inbox(citizen)) == 1


async def test_the_hour_is_ahead_and_within_the_limit(world: World) -> None:
    doctor, _, _ = await people(world)
    signed_in = SignedIn(doctor)
    assert await world.submissions.holds(signed_in, doctor.address, timedelta(days=30)) == NOON + timedelta(
        days=30
    )
    assert await world.submissions.holds(signed_in, doctor.address, LATER) == LATER
    for wrong in (timedelta(days=30, seconds=1), NOON, NOON - timedelta(days=1)):
        refused = await world.submissions.holds(signed_in, doctor.address, wrong)
        assert isinstance(refused, Reply)
        assert (refused.code, refused.status) == (501, "5.5.4")


async def test_an_account_holds_so_many_and_no_more(tmp_path: Path) -> None:
    async with a_world(tmp_path, a_policy(limits=Limits(held=3))) as world:
        doctor, _, _ = await people(world)
        letters = [a_letter(identifier=f"<{number}@x.example>") for number in range(5)]
        replies = await asyncio.gather(*(held(world, doctor, octets=octets) for octets in letters))
        assert sorted(reply.code for reply in replies) == [250, 250, 250, 451, 451]
        assert len(await waiting_of(world, doctor)) == 3
        early = await world.submissions.holds(SignedIn(doctor), doctor.address, LATER)
        assert isinstance(early, Reply)
        assert (early.code, early.status) == (451, "4.7.1")


async def test_an_operator_may_have_nothing_held(tmp_path: Path) -> None:
    async with a_world(tmp_path, a_policy(limits=Limits(longest_hold=timedelta(0)))) as world:
        doctor, _, _ = await people(world)
        assert world.submissions.latest_release is None
        refused = await world.submissions.holds(SignedIn(doctor), doctor.address, timedelta(hours=1))
        assert isinstance(refused, Reply)
        assert refused.code == 555


async def test_what_waits_fits_into_its_senders_mailbox(world: World, tmp_path: Path) -> None:
    doctor, _, _ = await people(world)
    await set_quota(tmp_path, doctor, 100)
    assert str(await held(world, doctor)).startswith("452 4.2.2 ")
    assert await waiting_of(world, doctor) == []
