"""Holders are told that something arrived: once for ten documents, revealing nothing. domain.md §2."""

import asyncio
import re
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.letters import a_letter
from tests.support.told import Recorder
from tests.support.world import World, a_world

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.contact import Contact, ContactKind
from vaguemestre.mail.mailbox import INBOX, SEEN
from vaguemestre.policy.profiles import ProfileAct
from vaguemestre.service.accounts.keeping import AccountRefused
from vaguemestre.service.ports.notification import NotTold, Telling, Waiting
from vaguemestre.service.ports.store import Transaction

PERSONAL = "jeanne.exemple@personnel.example"


async def people(world: World) -> tuple[Bal, Bal]:
    """A doctor, and a citizen who wishes to be told."""
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    await world.tell(citizen, PERSONAL)
    return doctor, citizen


async def writes(world: World, doctor: Bal, number: int = 1) -> None:
    octets = a_letter(doctor, CITIZEN, message_id=f"<{number}@cabinet.mssante.fr>")
    assert (await world.send(doctor, octets, CITIZEN)).is_positive


async def waiting(world: World) -> list[Waiting]:
    return [one for one, _ in await world.contacts.waiting(9)]


async def test_ten_documents_are_told_once_when_the_window_has_ended(world: World) -> None:
    told = world.ways[ContactKind.MAIL] = Recorder()
    doctor, _ = await people(world)
    for number in range(10):
        await writes(world, doctor, number)
        world.clock.pass_(seconds=50)
        assert await world.notifying.run_once(100) == 0
    assert told.told == []
    world.clock.pass_(seconds=100)
    await world.notifying.run_once(100)
    assert [telling.to for telling in told.told] == [PERSONAL]
    assert await waiting(world) == []
    await world.notifying.run_once(100)
    assert len(told.told) == 1


async def test_what_comes_after_is_told_again_under_another_name(world: World) -> None:
    told = world.ways[ContactKind.MAIL] = Recorder()
    doctor, _ = await people(world)
    for number in range(2):
        await writes(world, doctor, number)
        world.clock.pass_(minutes=10)
        await world.notifying.run_once(100)
    assert len({telling.key for telling in told.told}) == 2


async def test_the_citizens_own_copies_are_not_told(world: World) -> None:
    doctor, citizen = await people(world)
    await writes(world, doctor)
    world.clock.pass_(minutes=10)
    told = world.ways[ContactKind.MAIL] = Recorder()
    await world.notifying.run_once(100)
    answer = a_letter(citizen, DOCTOR, message_id="<2@x>", answers="<1@cabinet.mssante.fr>")
    assert (await world.send(citizen, answer, DOCTOR)).is_positive
    assert await waiting(world) == []
    assert len(told.told) == 1


async def test_what_was_read_before_the_window_ended_is_not_told(world: World) -> None:
    told = world.ways[ContactKind.MAIL] = Recorder()
    doctor, citizen = await people(world)
    await writes(world, doctor)
    [row] = await world.inbox(citizen)

    def see(tx: Transaction) -> None:
        inbox = tx.mailboxes.by_name(citizen.id, INBOX)
        assert inbox is not None
        tx.messages.set_flags(inbox.id, [(row.uid, SEEN)])

    await world.store.write(see, "test")
    world.clock.pass_(minutes=10)
    await world.notifying.run_once(100)
    assert (told.told, await waiting(world)) == ([], [])


@pytest.mark.parametrize("way", ["switched off", "forgotten", "closed", "key destroyed"])
async def test_nobody_is_told_who_wishes_it_no_more(world: World, way: str) -> None:
    told = world.ways[ContactKind.MAIL] = Recorder()
    doctor, citizen = await people(world)
    await writes(world, doctor)
    if way == "switched off":
        await world.contacts.switch(citizen.address, "test", on=False)
    elif way == "forgotten":
        await world.contacts.drop(citizen.address, "test")
    elif way == "closed":
        await world.change(citizen, ProfileAct.CLOSE)
    else:
        await world.vault.destroy_keys(citizen.id, sorted(await world.vault.days(citizen.id)))
    world.clock.pass_(minutes=10)
    await world.notifying.run_once(100)
    assert (told.told, await waiting(world)) == ([], [])


async def test_professionals_are_not_told_unless_their_kind_is_set(world: World) -> None:
    told = world.ways[ContactKind.MAIL] = Recorder()
    doctor, _ = await people(world)
    await world.tell(doctor, "claire@personnel.example")
    assert (await world.send(doctor, a_letter(doctor, DOCTOR), DOCTOR)).is_positive
    world.clock.pass_(minutes=10)
    await world.notifying.run_once(100)
    assert (told.told, await waiting(world)) == ([], [])


async def test_what_failed_for_now_is_tried_again_ever_more_rarely_and_then_given_up(world: World) -> None:
    told = world.ways[ContactKind.MAIL] = Recorder(*[NotTold("451 4.7.1")] * 1000)
    doctor, _ = await people(world)
    await writes(world, doctor)
    world.clock.pass_(minutes=10)
    pauses, tries = [], 0
    while True:
        await world.notifying.run_once(100)
        tries += 1
        [one] = await waiting(world)
        due = world.contacts.due_at(one)
        if due is None:
            break
        pauses.append(int((due - world.clock.now()) / timedelta(minutes=1)))
        assert one.reason == "451 4.7.1"
        world.clock.moment = due - timedelta(seconds=1)
        assert await world.notifying.run_once(100) == 0
        world.clock.moment = due
    assert pauses[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert tries < 35  # a day, at an hour each
    events = await world.store.read(lambda tx: [entry.event for entry in tx.journal.entries(limit=3)])
    assert "notification_failed" in events
    told.refusals.clear()
    await writes(world, doctor, 2)  # something new: a new beginning
    world.clock.pass_(minutes=10)
    await world.notifying.run_once(100)
    assert len(told.told) == 1


async def test_one_refused_for_good_is_given_up_and_the_others_told_in_one_session(world: World) -> None:
    told = world.ways[ContactKind.MAIL] = Recorder(NotTold("550 5.1.1", is_final=True))
    doctor, _ = await people(world)
    other = await world.bal("277076322082910@patient.mssante.fr", BalKind.CITIZEN)
    await world.tell(other, "paul@personnel.example")
    await writes(world, doctor)
    octets = a_letter(doctor, str(other.address), message_id="<9@x>")
    assert (await world.send(doctor, octets, str(other.address))).is_positive
    world.clock.pass_(minutes=10)
    with capture_logs() as lines:
        await world.notifying.run_once(100)
    assert (told.sessions, len(told.told)) == (1, 1)
    [one] = await waiting(world)
    assert (one.waits_from, one.reason) == (None, "550 5.1.1")
    assert {"event": "notifications_sent", "sent": 1, "failed": 1, "deferred": 0, "dropped": 0}.items() <= (
        lines[-1].items()
    )
    assert lines[-1]["oldest"] == 600


async def test_after_a_cut_the_others_are_free_at_once(world: World) -> None:
    told = world.ways[ContactKind.MAIL] = Recorder(NotTold("the connection was cut", is_cut=True))
    doctor, _ = await people(world)
    other = await world.bal("277076322082910@patient.mssante.fr", BalKind.CITIZEN)
    await world.tell(other, "paul@personnel.example")
    await writes(world, doctor)
    octets = a_letter(doctor, str(other.address), message_id="<9@x>")
    assert (await world.send(doctor, octets, str(other.address))).is_positive
    world.clock.pass_(minutes=10)
    assert await world.notifying.run_once(100) == 0
    assert told.told == []
    await world.notifying.run_once(100)
    assert len(told.told) == 1
    assert [one.attempts for one in await waiting(world)] == [1]


async def test_a_stop_in_the_middle_leaves_it_to_be_sent_under_the_same_name(world: World) -> None:
    class Hanging(Recorder):
        async def tell(self, telling: Telling) -> None:
            await super().tell(telling)
            self.reached.set()
            await asyncio.Event().wait()

        reached = asyncio.Event()

    hanging = world.ways[ContactKind.MAIL] = Hanging()
    doctor, _ = await people(world)
    await writes(world, doctor)
    world.clock.pass_(minutes=10)
    work = asyncio.create_task(world.notifying.run_once(100))
    await hanging.reached.wait()
    assert (await world.send(doctor, a_letter(doctor, CITIZEN, message_id="<5@x>"), CITIZEN)).is_positive
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work
    [one] = await waiting(world)
    assert one.leased_until is None
    told = world.ways[ContactKind.MAIL] = Recorder()
    await world.notifying.run_once(100)
    # Something came meanwhile: it is told of it under a name of its own.
    assert [telling.key for telling in told.told] != [telling.key for telling in hanging.told]


async def test_what_was_sent_before_a_crash_is_sent_again_under_the_same_name(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        told = world.ways[ContactKind.MAIL] = Recorder()
        doctor, _ = await people(world)
        await writes(world, doctor)
        world.clock.pass_(minutes=10)
        now = world.clock.now()
        before, until = now - timedelta(minutes=10), now + timedelta(minutes=10)
        # As a process does that is killed after the smart host's answer: the lease is taken, then nothing.
        await world.store.write(lambda tx: tx.notifications.lease(before, now, until, 9), "test")
    keys = []
    for _ in range(2):
        async with a_world(tmp_path) as world:
            told = world.ways[ContactKind.MAIL] = Recorder()
            world.clock.moment = until - timedelta(seconds=1)
            await world.notifying.run_once(100)
            assert told.told == []
            world.clock.moment = until
            await world.notifying.run_once(100)
            keys += [telling.key for telling in told.told]
    assert len(keys) == 1
    assert re.fullmatch("[0-9a-f]{32}", keys[0])


async def test_a_contact_is_sealed_and_its_key_dies_with_it(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        _, citizen = await people(world)
        shown = await world.contacts.show(citizen.address)
        assert shown is not None
        assert (shown.contact, shown.is_on) == (Contact(ContactKind.MAIL, PERSONAL), True)
        world.clock.pass_(days=30)
        await world.expiry.forget(100)
        assert await world.contacts.show(citizen.address) == shown
    assert not _holding(tmp_path, PERSONAL.encode())
    async with a_world(tmp_path) as world:
        world.clock.pass_(days=30)
        await world.contacts.drop(citizen.address, "test")
        await world.expiry.forget(100)
        assert not await world.vault.days(citizen.id)


async def test_an_erased_mailbox_has_no_contact(world: World) -> None:
    doctor, citizen = await people(world)
    await writes(world, doctor)
    await world.change(citizen, ProfileAct.CLOSE)
    await world.erasing.begin(citizen.address, "test", "a test")
    await world.erasing.finish(citizen)
    assert await world.contacts.show(citizen.address) is None
    assert await waiting(world) == []


def _holding(folder: Path, octets: bytes) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and octets in file.read_bytes()]


@pytest.mark.parametrize(
    ("kind", "to"),
    [(ContactKind.MAIL, DOCTOR), (ContactKind.WEBHOOK, ""), (ContactKind.WEBHOOK, "a\nb")],
)
async def test_a_contact_that_leads_nowhere_is_refused(world: World, kind: ContactKind, to: str) -> None:
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    with pytest.raises(AccountRefused):
        await world.tell(citizen, to, kind)


async def test_a_kind_of_contact_without_a_way_waits(world: World) -> None:
    world.ways[ContactKind.WEBHOOK] = Recorder()
    doctor, _ = await people(world)
    await writes(world, doctor)
    world.clock.pass_(minutes=10)
    await world.notifying.run_once(100)
    [one] = await waiting(world)
    assert (one.attempts, one.reason) == (1, "no way to tell is set for this kind of contact")


async def test_a_full_batch_says_that_there_may_be_more(world: World) -> None:
    world.ways[ContactKind.MAIL] = Recorder()
    doctor, _ = await people(world)
    await writes(world, doctor)
    world.clock.pass_(minutes=10)
    assert await world.notifying.run_once(1) == 1
    assert await world.notifying.run_once(1) == 0


_word = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=4, max_size=20)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subject=_word, text=_word, name=_word)
async def test_nothing_of_a_message_is_in_what_is_told_or_logged(
    tmp_path_factory: pytest.TempPathFactory, subject: str, text: str, name: str
) -> None:
    async with a_world(tmp_path_factory.mktemp("world")) as world:
        told = world.ways[ContactKind.MAIL] = Recorder()
        doctor, _ = await people(world)
        with capture_logs() as lines:
            octets = a_letter(f"{name} <{DOCTOR}>", CITIZEN, subject=f"§{subject}", text=f"¤{text}")
            assert (await world.send(doctor, octets, CITIZEN)).is_positive
            world.clock.pass_(minutes=10)
            await world.notifying.run_once(100)
        [telling] = told.told
        plain = await _told_of_another(tmp_path_factory.mktemp("other"))
        assert (telling.subject, telling.text) == (plain.subject, plain.text)  # whatever arrived
        assert not re.search(r"\d", telling.subject + telling.text)  # no count, and no INS
        assert PERSONAL not in str(lines[1:])
        assert CITIZEN not in str([line for line in lines if line["event"] == "notifications_sent"])


async def _told_of_another(folder: Path) -> Telling:
    async with a_world(folder) as world:
        told = world.ways[ContactKind.MAIL] = Recorder()
        doctor, _ = await people(world)
        for number in range(3):
            await writes(world, doctor, number)
        world.clock.pass_(minutes=10)
        await world.notifying.run_once(100)
        return told.told[0]
