"""Messages whose hour has come: judged as things stand then, delivered or refused, and told. RFC 4865."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from email.message import Message
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR, NOON, OTHER_DOCTOR
from tests.support.health_documents import PATIENT, a_cda, an_xdm, metadata
from tests.support.held import (
    IDENTIFIER,
    LATER,
    SECRET,
    a_letter,
    held,
    lying_in,
    people,
    reports_to,
    set_quota,
    states,
    trace,
    waiting_of,
)
from tests.support.letters import a_letter as written
from tests.support.readers import let
from tests.support.world import World, a_world

from vaguemestre.mail.access import Right
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.deliver_by import DeliverBy, Lateness
from vaguemestre.mail.dsn import Notify, Wish
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.fate import FateState
from vaguemestre.policy.profiles import ProfileAct
from vaguemestre.policy.retention import Retention
from vaguemestre.service.accounts.profiles import by_operator
from vaguemestre.service.expiry.expiring import Expiry
from vaguemestre.service.sign_in.outcome import SignedIn
from vaguemestre.vault.open import rotate_master


async def test_an_answer_is_refused_when_the_conversation_was_closed_meanwhile(world: World) -> None:
    doctor, _, citizen = await people(world)
    opening = a_letter(identifier="<1@x.example>")
    assert (await world.send(doctor, opening, CITIZEN)).is_positive
    answer = a_letter(CITIZEN, DOCTOR, "In-Reply-To: <1@x.example>")
    assert (await held(world, citizen, DOCTOR, octets=answer)).is_positive
    closing = a_letter(DOCTOR, CITIZEN, identifier="<2@x.example>").replace(SECRET.encode(), b"[FIN]", 1)
    assert (await world.send(doctor, closing, CITIZEN)).is_positive
    world.clock.pass_(days=2)
    await world.releases.run_once(10)
    assert await world.inbox(doctor) == []
    assert await states(world) == {FateState.REFUSED}
    (report,) = await reports_to(world, citizen)
    told = report.as_string()
    assert "Future-Release-Request: until; 2026-11-24T12:00:00Z" in told
    assert "Action: failed" in told
    assert report["In-Reply-To"] == IDENTIFIER
    first = report.get_payload(0)
    assert isinstance(first, Message)
    said = first.get_payload(decode=True)
    assert isinstance(said, bytes)
    assert b"Nobody has it" in said
    assert SECRET not in told
    (kept,) = await lying_in(world, citizen, "Drafts")
    assert (await world.octets(kept)).endswith(answer)
    assert await waiting_of(world, citizen) == []


async def test_refused_at_once_what_is_refused_already(world: World) -> None:
    doctor, _, citizen = await people(world)
    reply = await held(world, citizen, DOCTOR, octets=a_letter(CITIZEN, DOCTOR))
    assert (reply.code, reply.status) == (550, "5.7.1")
    assert await waiting_of(world, citizen) == []
    assert await world.inbox(doctor) == []


async def test_the_account_is_judged_again_too(world: World) -> None:
    doctor, _, citizen = await people(world)
    await held(world, doctor)
    await world.profiles.change(parse_address(DOCTOR), ProfileAct.SUSPEND, by_operator("paul"))
    world.clock.pass_(days=2)
    await world.releases.run_once(10)
    assert await world.inbox(citizen) == []
    assert await states(world) == {FateState.REFUSED}
    assert len(await reports_to(world, doctor)) == 1


async def test_of_two_recipients_one_who_left_does_not_keep_it_from_the_other(world: World) -> None:
    doctor, other, citizen = await people(world)
    octets = a_letter(to=f"{CITIZEN}, {OTHER_DOCTOR}")
    await held(world, doctor, CITIZEN, OTHER_DOCTOR, octets=octets)
    await world.profiles.change(parse_address(OTHER_DOCTOR), ProfileAct.CLOSE, by_operator("paul"))
    world.clock.pass_(days=2)
    await world.releases.run_once(10)
    assert len(await world.inbox(citizen)) == 1
    assert await world.inbox(other) == []
    assert await states(world) == {FateState.DELIVERED, FateState.REFUSED}
    (report,) = await reports_to(world, doctor)
    assert "The other recipients have it" in report.as_string()
    assert await lying_in(world, doctor, "Drafts") == []


@pytest.mark.parametrize("wish", [Wish(frozenset({Notify.NEVER})), Wish(frozenset({Notify.SUCCESS}))])
async def test_what_was_wished_of_the_delivery_is_kept(world: World, wish: Wish) -> None:
    doctor, _, _ = await people(world)
    await held(world, doctor, wish=wish)
    world.clock.pass_(days=2)
    await world.releases.run_once(10)
    reports = await reports_to(world, doctor)
    assert len(reports) == (Notify.SUCCESS in wish.notify)


async def test_an_account_that_is_closed_takes_back_what_waits(world: World) -> None:
    doctor, _, citizen = await people(world)
    for number in range(3):
        await held(world, doctor, octets=a_letter(identifier=f"<{number}@x.example>"))
    await world.profiles.change(parse_address(DOCTOR), ProfileAct.CLOSE, by_operator("paul"))
    for number in range(3):
        assert await states(world, f"<{number}@x.example>") == {FateState.CANCELLED}
    assert len(await lying_in(world, doctor, "Drafts")) == 3
    world.clock.pass_(days=2)
    assert await world.releases.run_once(10) == 0
    assert await world.inbox(citizen) == []


async def test_a_full_mailbox_is_tried_again_and_the_others_do_not_wait(world: World, tmp_path: Path) -> None:
    doctor, other, citizen = await people(world)
    octets = a_letter(to=f"{CITIZEN}, {OTHER_DOCTOR}")
    await held(world, doctor, CITIZEN, OTHER_DOCTOR, octets=octets)
    await set_quota(tmp_path, other, 1)
    world.clock.pass_(days=2)
    await world.releases.run_once(10)
    assert len(await world.inbox(citizen)) == 1
    assert await states(world) == {FateState.DELIVERED, FateState.HELD}
    assert await world.releases.run_once(10) == 0
    await set_quota(tmp_path, other, 0)
    world.clock.pass_(minutes=30)
    await world.releases.run_once(10)
    assert len(await world.inbox(other)) == 1
    assert len(await world.inbox(citizen)) == 1
    assert await states(world) == {FateState.DELIVERED}
    assert await waiting_of(world, doctor) == []


async def test_a_mailbox_that_stays_full_is_given_up_after_five_days(world: World, tmp_path: Path) -> None:
    doctor, other, _ = await people(world)
    await held(world, doctor, OTHER_DOCTOR, octets=a_letter(to=OTHER_DOCTOR))
    await set_quota(tmp_path, other, 1)
    world.clock.pass_(days=2)
    await world.releases.run_once(10)
    assert await states(world) == {FateState.HELD}
    world.clock.pass_(days=5)
    await world.releases.run_once(10)
    assert await states(world) == {FateState.REFUSED}
    assert len(await reports_to(world, doctor)) == 1


async def test_nothing_is_expired_that_waits(world: World) -> None:
    doctor, _, citizen = await people(world)
    await held(world, doctor, until=NOON + timedelta(days=20))
    short = Retention({kind: timedelta(days=1) for kind in BalKind})
    expiry = Expiry(world.store, world.vault, world.clock, short)
    world.clock.pass_(days=20)
    done = await expiry.step(10)
    await expiry.forget(10)
    assert (done.messages, done.keys) == (0, 0)
    await world.releases.run_once(10)
    assert len(await world.inbox(citizen)) == 1


async def test_what_expires_before_its_hour_is_refused_and_what_expired_late_too(world: World) -> None:
    doctor, _, citizen = await people(world)
    early = a_letter(DOCTOR, CITIZEN, "Expires: Mon, 23 Nov 2026 12:00:00 +0000")
    assert str(await held(world, doctor, octets=early)).startswith("550 5.4.7 ")
    after = a_letter(DOCTOR, CITIZEN, "Expires: Wed, 25 Nov 2026 12:00:00 +0000")
    assert (await held(world, doctor, octets=after)).is_positive
    world.clock.pass_(days=4)  # the server was down
    await world.releases.run_once(10)
    assert await world.inbox(citizen) == []
    fates = (await trace(world)).fates
    assert [(fate.state, fate.status) for fate in fates] == [(FateState.REFUSED, "5.4.7")]


@pytest.mark.parametrize(("mode", "reached"), [(Lateness.RETURN, 0), (Lateness.NOTIFY, 1)])
async def test_what_is_released_too_late_is_withdrawn_if_its_sender_wished_so(
    world: World, mode: Lateness, reached: int
) -> None:
    doctor, _, citizen = await people(world)
    due = DeliverBy(LATER + timedelta(hours=1), mode)
    assert (await held(world, doctor, by=due)).is_positive
    assert (await trace(world)).deliver_by == due
    world.clock.pass_(days=4)  # the server was down
    await world.releases.run_once(10)
    assert len(await world.inbox(citizen)) == reached
    reports = [report.as_string() for report in await reports_to(world, doctor)]
    assert len(reports) == (not reached)
    assert all("Status: 5.4.7" in one and "Deliver-By-Date: " in one for one in reports)


async def test_one_that_cannot_be_read_keeps_no_other_waiting(world: World, tmp_path: Path) -> None:
    doctor, _, citizen = await people(world)
    await held(world, doctor, octets=a_letter(identifier="<1@x.example>"), until=NOON + timedelta(hours=1))
    await held(world, doctor, octets=a_letter(identifier="<2@x.example>"))
    with closing(sqlite3.connect(tmp_path / "messages.db")) as database, database:
        database.execute("UPDATE octets SET octets = zeroblob(length(octets)) WHERE body = 1")
    world.clock.pass_(days=2)
    assert await world.releases.run_once(10) == 2
    assert len(await world.inbox(citizen)) == 1
    assert await states(world, "<1@x.example>") == {FateState.HELD}
    assert await world.releases.run_once(10) == 0
    world.clock.pass_(minutes=5)
    assert await world.releases.run_once(10) == 1  # looked at again, and again in five minutes


async def test_a_release_that_closes_tells_the_citizen(world: World) -> None:
    doctor, _, citizen = await people(world)
    assert (await world.send(doctor, a_letter(identifier="<1@x.example>"), CITIZEN)).is_positive
    closing_letter = a_letter(DOCTOR, CITIZEN, "In-Reply-To: <1@x.example>", "X-MSS-MES: FIN")
    await held(world, doctor, octets=closing_letter)
    assert len(await world.inbox(citizen)) == 1
    world.clock.pass_(days=2)
    await world.releases.run_once(10)
    await world.closing_notices.run_once(10)
    assert len(await world.inbox(citizen)) == 3
    assert all(pair.closed_at for pair, _ in await world.oversight.pairs())


async def test_it_is_readable_at_its_hour_though_the_master_key_was_changed(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        doctor, _, _ = await people(world)
        await held(world, doctor)
        assert await rotate_master(world.vault, tmp_path / "master.key")
        world.clock.pass_(days=2)
        await world.releases.run_once(10)
        citizen = await world.accounts.find(parse_address(CITIZEN))
        assert len(await world.inbox(citizen)) == 1


@pytest.mark.parametrize("still", [True, False])
async def test_who_wrote_for_another_must_still_have_the_right(world: World, still: bool) -> None:
    doctor, secretary, citizen = await people(world)
    grant = await let(world, secretary, doctor, Right.SEND)
    envelope = Envelope(doctor.address, (citizen.address,), held_until=LATER)
    incoming = world.submissions.begin(SignedIn(secretary), envelope, "ESMTPSA")
    incoming.feed(a_letter())
    assert (await world.submissions.submit(incoming)).reply.is_positive
    assert len(await waiting_of(world, doctor)) == 1
    assert await waiting_of(world, secretary) == []
    if not still:
        await world.accesses.revoke(grant.grant.id, "paul")
    world.clock.pass_(days=2)
    await world.releases.run_once(10)
    assert len(await world.inbox(citizen)) == still
    assert await states(world) == {FateState.DELIVERED if still else FateState.REFUSED}


async def test_what_its_attachments_hold_is_looked_into_at_its_hour_too(world: World) -> None:
    """A citizen may send an XDM archive and no other: it must be known as one again."""
    doctor, _, citizen = await people(world)
    assert (await world.send(doctor, a_letter(identifier="<1@x.example>"), CITIZEN)).is_positive
    archive = (("IHE_XDM.zip", an_xdm(metadata((PATIENT, ["N"])), a_cda(PATIENT))),)
    octets = written(
        CITIZEN, DOCTOR, message_id="<2@x.example>", answers="<1@x.example>", attachments=archive
    )
    assert (await held(world, citizen, DOCTOR, octets=octets)).is_positive
    world.clock.pass_(days=2)
    await world.releases.run_once(10)
    assert await states(world, "<2@x.example>") == {FateState.DELIVERED}
    assert len(await world.inbox(doctor)) == 1
