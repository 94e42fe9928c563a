"""A closed mailbox is sealed for ten years: nobody opens it but the archive procedure. domain.md §2."""

import contextlib
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.world import World, a_world

from vaguemestre.mail.bal import Bal, BalKind, BalState
from vaguemestre.mail.mailbox import SEEN, FlagSet
from vaguemestre.policy.profiles import AskedBy, ProfileAct
from vaguemestre.service.accounts.archive_opening import ArchiveRefused, ArchiveUnknown, OpenedMessage
from vaguemestre.service.accounts.archiving import Archiving, years_later
from vaguemestre.service.accounts.keeping import AccountRefused
from vaguemestre.service.accounts.profiles import Profiles, by_operator
from vaguemestre.service.mailboxes.appending import Appended
from vaguemestre.service.mailboxes.changes import FlagChange, FlagMode
from vaguemestre.service.mailboxes.refusals import MailboxRefused
from vaguemestre.service.ports.archive import Archive, ArchiveId, ArchiveState
from vaguemestre.service.ports.vault import KeyDestroyedError
from vaguemestre.vault.archive import VaultArchive
from vaguemestre.vault.archive_keys import PrivateArchiveKey, load_private, make_archive_key

LARGE = "x" * 70 + "\r\n"


def a_letter(number: int, body: str = "Bonjour") -> bytes:
    lines = (f"From: {DOCTOR}", f"To: {CITIZEN}", f"Subject: Lettre {number}", f"Message-ID: <{number}@x>")
    return ("\r\n".join((*lines, "", body)) + "\r\n").encode()


async def lived_in(world: World) -> Bal:
    """A citizen with two small letters and a large one, over two days, one of them read."""
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    await world.send(doctor, a_letter(1), CITIZEN)
    world.clock.pass_(days=1)
    await world.send(doctor, a_letter(2), CITIZEN)
    await world.send(doctor, a_letter(3, LARGE * 2000), CITIZEN)
    opened, leave = await world.mailboxes.open(citizen.id, "INBOX", lambda _: None)
    await opened.store_flags(citizen, opened.uids[:1], FlagChange(FlagMode.ADD, SEEN, ("$Ordonnance",)))
    leave()
    return citizen


async def the_archive(world: World) -> Archive:
    ((archive, _),) = await world.archive_opening.all()
    return archive


def the_key(folder: Path) -> PrivateArchiveKey:
    return load_private(folder / "archive.key")


async def opened(world: World, folder: Path, archive: Archive) -> list[tuple[OpenedMessage, bytes]]:
    found = world.archive_opening.open(archive.id, the_key(folder), "anne", "réquisition 12")
    return [(one, b"".join([piece async for piece in one.octets])) async for one in found]


async def test_the_server_opens_nothing_of_it_any_more(world: World) -> None:
    citizen = await lived_in(world)
    before = await world.inbox(citizen)
    bodies = await world.store.read(lambda tx: [tx.messages.body(row.body) for row in before])
    await world.change(citizen, ProfileAct.CLOSE)
    archive = await the_archive(world)
    assert (archive.state, archive.messages) == (ArchiveState.SEALED, 3)
    assert await world.inbox(citizen) == []
    assert await world.vault.days(citizen.id) == frozenset()
    for body in bodies:
        assert body is not None
        with pytest.raises(KeyDestroyedError):
            await world.vault.open_whole(body)
        with pytest.raises(KeyDestroyedError):
            world.vault.open_card(body)


async def test_the_key_from_the_safe_opens_every_message_as_it_came(world: World, tmp_path: Path) -> None:
    citizen = await lived_in(world)
    clear = [await world.octets(row) for row in await world.inbox(citizen)]
    await world.change(citizen, ProfileAct.OPPOSE, AskedBy.HOLDER)
    found = await opened(world, tmp_path, await the_archive(world))
    assert [octets for _, octets in found] == clear
    assert [set(one.flags) for one, _ in found] == [{"\\Seen", "$Ordonnance", "$Clos"}, {"$Clos"}, {"$Clos"}]
    assert '"mailbox": "INBOX"' in found[0][0].about("1.eml")
    entries = await world.store.read(lambda tx: tx.journal.entries(citizen.id, "archive_opened"))
    assert [entry.detail["reason"] for entry in entries] == ["réquisition 12"]
    assert entries[0].actor == "operator:anne"


async def test_ordinary_expiry_does_not_reach_it_and_ten_years_do(world: World, tmp_path: Path) -> None:
    citizen = await lived_in(world)
    await world.change(citizen, ProfileAct.CLOSE)
    world.clock.pass_(days=3651)  # 10 years are 3652 days here, two of them leap
    await world.expiry.step(100)
    assert await world.archiving.run_once(500) == 0
    assert len(await opened(world, tmp_path, await the_archive(world))) == 3
    shutil.copy(tmp_path / "messages.db", tmp_path / "backup.db")
    world.clock.pass_(days=2)
    while await world.archiving.run_once(500):
        continue
    archive = await the_archive(world)
    assert archive.state is ArchiveState.DESTROYED
    with pytest.raises(ArchiveRefused, match="destroyed"):
        await opened(world, tmp_path, archive)
    await world.expiry.step(100)
    assert not list((tmp_path / "objects").glob("*/*"))
    entries = await world.store.read(lambda tx: tx.journal.entries(citizen.id, "archive_destroyed"))
    assert [entry.actor for entry in entries] == ["rule:ARC-1"]


@pytest.mark.parametrize("taken", ["before the closing", "in the archive", "after its end"])
async def test_an_older_backup_of_the_messages_opens_nothing_with_the_keys_of_today(
    tmp_path: Path, taken: str
) -> None:
    """The message store is restored; the key store is as it is now, and so is the archive's key."""
    house, restored = tmp_path / "house", tmp_path / "restored"
    house.mkdir()

    def back_up() -> None:
        restored.mkdir()
        with (
            contextlib.closing(sqlite3.connect(house / "messages.db")) as source,
            contextlib.closing(sqlite3.connect(restored / "messages.db")) as target,
        ):
            source.backup(target)
        shutil.copytree(house / "objects", restored / "objects")

    async with a_world(house) as world:
        citizen = await lived_in(world)
        bodies = [row.body for row in await world.inbox(citizen)]
        if taken == "before the closing":
            back_up()
        await world.change(citizen, ProfileAct.CLOSE)
        if taken == "in the archive":
            back_up()
        if taken != "before the closing":
            world.clock.pass_(days=3653)
            while await world.archiving.run_once(500):
                continue
        if taken == "after its end":
            back_up()
    for name in ("keys.db", "master.key", "archive.key", "archive.pub"):
        shutil.copy(house / name, restored / name)
    async with a_world(restored) as world:
        for id_ in bodies:
            body = await world.store.read(lambda tx: tx.messages.body(id_))  # noqa: B023 (run before the loop goes on)
            assert body is not None
            with pytest.raises(KeyDestroyedError):
                await world.vault.open_whole(body)
        for archive, _ in await world.archive_opening.all():
            if archive.state is ArchiveState.SEALED:
                with pytest.raises(KeyDestroyedError):
                    await opened(world, restored, archive)


async def test_who_comes_back_has_his_archive_restored_with_the_key_alone(
    world: World, tmp_path: Path
) -> None:
    citizen = await lived_in(world)
    clear = [await world.octets(row) for row in await world.inbox(citizen)]
    await world.change(citizen, ProfileAct.CLOSE)
    archive, key = await the_archive(world), the_key(tmp_path)
    world.clock.pass_(days=400)
    with pytest.raises(ArchiveRefused, match="not open"):
        await world.archive_opening.restore(archive.id, key, "anne", "le titulaire revient")
    await world.change(citizen, ProfileAct.REOPEN)
    doctor = await world.accounts.find((await world.accounts.all(BalKind.PER))[0].address)
    assert (await world.send(doctor, a_letter(4), CITIZEN)).is_positive
    await world.archive_opening.restore(archive.id, key, "anne", "le titulaire revient")
    assert await world.archiving.finish(citizen.id) == 3
    rows = await world.inbox(citizen)
    assert [await world.octets(row) for row in rows[-3:]] == clear
    assert rows[-3].flags & SEEN
    assert len(rows) == 5  # the welcome, the new letter, and those of before
    await world.expiry.step(100)
    assert len(await world.inbox(citizen)) == 5  # retention begins anew
    assert (await the_archive(world)).state is ArchiveState.RESTORED
    with pytest.raises(ArchiveRefused, match="restored"):
        await opened(world, tmp_path, archive)


async def test_no_key_another_key_or_no_reason_opens_nothing_and_is_recorded(
    world: World, tmp_path: Path
) -> None:
    citizen = await lived_in(world)
    await world.change(citizen, ProfileAct.CLOSE)
    archive = await the_archive(world)
    make_archive_key(tmp_path / "other.key", tmp_path / "other.pub")
    other = load_private(tmp_path / "other.key")
    for key, reason, said in (
        (other, "curiosité", "opens with key"),
        (the_key(tmp_path), " \n", "needs a reason"),
        (PrivateArchiveKey(archive.recipient, other._key), "faux", "does not open"),
    ):
        with pytest.raises(ArchiveRefused, match=said):
            await anext(world.archive_opening.open(archive.id, key, "anne", reason))
    entries = await world.store.read(lambda tx: tx.journal.entries(citizen.id, "archive_refused"))
    assert len(entries) == 3
    with pytest.raises(ArchiveUnknown):
        await world.archive_opening.find(ArchiveId("0" * 16))


async def test_what_a_crash_interrupts_goes_on_and_loses_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        citizen = await lived_in(world)
        wish = by_operator("anne")
        await world.profiles.change(citizen.address, ProfileAct.CLOSE, wish)
        archive = await the_archive(world)
        await world.store.write(lambda tx: tx.archives.take(archive, 2, world.clock.now()), "test")
        with pytest.raises(AccountRefused, match="still being"):
            await world.profiles.change(citizen.address, ProfileAct.REOPEN, wish)
    async with a_world(tmp_path) as world:
        for job in (world.profiles.run_once, world.archiving.run_once):
            while await job(500):
                continue
        archive = await the_archive(world)
        assert (archive.state, archive.messages) == (ArchiveState.SEALED, 3)
        assert len(await opened(world, tmp_path, archive)) == 3


async def test_a_session_that_is_still_there_puts_nothing_in_a_closed_mailbox(world: World) -> None:
    citizen = await lived_in(world)
    await world.change(citizen, ProfileAct.CLOSE)
    message = world.mailboxes.begin_append()
    message.feed(a_letter(9))
    with pytest.raises(MailboxRefused, match="closed"):
        await world.mailboxes.append(citizen, "INBOX", [Appended(message, FlagSet(0), (), None)])
    message.discard()


async def test_without_a_key_to_seal_to_no_citizen_is_closed_and_a_professional_is(world: World) -> None:
    citizen, doctor = await world.bal(CITIZEN, BalKind.CITIZEN), await world.bal(DOCTOR)
    archiving = Archiving(world.store, VaultArchive(world.vault), world.clock, None)
    profiles = Profiles(world.store, world.vault, world.clock, archiving, "mail.test")
    with pytest.raises(AccountRefused, match="archive key"):
        await profiles.change(citizen.address, ProfileAct.CLOSE, by_operator("anne"))
    assert (await world.accounts.find(citizen.address)).state is BalState.ACTIVE
    await profiles.change(doctor.address, ProfileAct.CLOSE, by_operator("anne"))
    assert await world.archive_opening.all() == []


def test_years_are_those_of_the_calendar() -> None:
    assert years_later(datetime(2026, 11, 22, 9, tzinfo=UTC), 10) == datetime(2036, 11, 22, 9, tzinfo=UTC)
    assert years_later(datetime(2028, 2, 29, tzinfo=UTC), 10) == datetime(2038, 3, 1, tzinfo=UTC)
