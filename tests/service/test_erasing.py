"""Erasure on request: nothing opens any more, and a certificate says so. domain.md §2."""

import contextlib
import json
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR, OTHER_CITIZEN
from tests.support.world import World, a_world

from vaguemestre.mail.access import GrantKind, Right
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.mailbox import DELETED, BodyId
from vaguemestre.policy.profiles import AskedBy, ProfileAct
from vaguemestre.service.access.grants import AccessRequest
from vaguemestre.service.accounts.erasure_certificate import (
    FORMAT,
    Certificate,
    CertificateInvalid,
    document,
    read_document,
    text_of,
)
from vaguemestre.service.accounts.keeping import AccountRefused
from vaguemestre.service.accounts.profiles import by_operator
from vaguemestre.service.mailboxes.changes import FlagChange, FlagMode
from vaguemestre.service.ports.archive import ArchiveState
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.vault import KeyDestroyedError
from vaguemestre.store.schema import METADATA
from vaguemestre.vault.archive_keys import load_private
from vaguemestre.vault.signing import Signer, read_verifier

REASON = "lettre du 3 mars"


def a_letter(number: int, body: str = "Bonjour") -> bytes:
    lines = (f"From: {DOCTOR}", f"To: {CITIZEN}", f"Subject: Lettre {number}", f"Message-ID: <{number}@x>")
    return ("\r\n".join((*lines, "", body)) + "\r\n").encode()


async def lived_in(world: World) -> Bal:
    """A citizen with two small letters and a large one, over two days."""
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    await world.send(doctor, a_letter(1), CITIZEN)
    world.clock.pass_(days=1)
    await world.send(doctor, a_letter(2), CITIZEN)
    await world.send(doctor, a_letter(3, ("x" * 70 + "\r\n") * 2000), CITIZEN)
    return citizen


async def erased(world: World, citizen: Bal) -> str:
    await world.change(citizen, ProfileAct.CLOSE)
    await world.erasing.begin(citizen.address, "anne", REASON)
    return await world.erasing.finish(citizen)


async def test_what_is_erased_is_gone_from_the_disk_and_the_archives_key_opens_nothing(
    world: World, tmp_path: Path
) -> None:
    citizen = await lived_in(world)
    await erased(world, citizen)
    assert await world.inbox(citizen) == []
    assert not list((tmp_path / "objects").glob("*/*"))
    assert await world.oversight.pairs(citizen.address) == []
    ((archive, _),) = await world.archive_opening.all()
    assert archive.state is ArchiveState.DESTROYED
    with contextlib.closing(sqlite3.connect(tmp_path / "keys.db")) as keys:
        (archived,) = keys.execute("SELECT count(*) FROM archived_key").fetchone()
        asked = "SELECT count(*) FROM data_key WHERE bal = ? AND wrapped NOTNULL"
        (kept,) = keys.execute(asked, (citizen.id,)).fetchone()
    assert (archived, kept) == (0, 0)


STAYS = {
    "alias": "his address is nobody else's, and mail to it is refused as to a closed mailbox",
    "archive": "that it was destroyed, and when",
    "mailbox": "the standard ones, empty",
    "submission": "traces of sending, which hold no content, go when their time has come",
}


async def test_no_table_keeps_a_row_of_who_is_erased_but_those_that_say_why(
    world: World, tmp_path: Path
) -> None:
    citizen, doctor = await lived_in(world), await world.bal("paul.durand@cabinet.mssante.fr")
    carer = await world.bal("277076322082910@patient.mssante.fr", BalKind.CITIZEN)
    terms = (citizen.address, carer.address, GrantKind.CARER, frozenset({Right.READ}))
    await world.accesses.grant(AccessRequest(*terms), "anne")
    await world.blocking.add(citizen.address, doctor.address, "anne")
    await erased(world, citizen)
    holding = [
        (table.name, column.name)
        for table in METADATA.tables.values()
        for column in table.columns
        if any(key.column.table.name == "bal" for key in column.foreign_keys)
    ]
    with contextlib.closing(sqlite3.connect(tmp_path / "messages.db")) as messages:
        kept = {
            name
            for name, column in holding
            if messages.execute(f'SELECT 1 FROM "{name}" WHERE "{column}" = ?', (citizen.id,)).fetchone()  # noqa: S608 (names of our own tables)
        }
    assert kept <= STAYS.keys()


async def test_the_certificate_says_what_was_destroyed_signed_and_without_the_ins(world: World) -> None:
    citizen = await lived_in(world)
    document = await erased(world, citizen)
    certificate = read_document(document, Signer(b"s" * 32).verifier)
    assert (certificate.messages, certificate.bodies, certificate.conversations) == (3, 3, 3)
    assert len(certificate.keys) == 1
    assert certificate.keys[0].startswith("archive ")
    assert (certificate.reason, certificate.asked_by) == (REASON, "holder")
    text = text_of(certificate)
    assert CITIZEN[:15] not in document + text
    for said in ("copies que détiennent ses correspondants", "copies his correspondents hold", "R1111-36"):
        assert said in text
    assert certificate.queued == 0
    assert "another operator" not in text
    assert await world.erasing.verify(document) == certificate
    assert await world.erasing.show(certificate.id) == document


def test_a_certificate_made_before_queued_mail_was_counted_is_still_good() -> None:
    key = Signer(b"s" * 32)
    when = "2026-03-14T15:09:26+00:00"
    before = Certificate(
        FORMAT, "1", "h", "m", "holder", "anne", REASON, when, when, (), 1, 2, 3, 4, journal="0" * 64
    )
    assert b"queued" not in before.canonical
    assert read_document(document(before, key), key.verifier) == before
    assert "of accepted messages still to be handed" in text_of(before)
    assert "of 3 accepted messages still" in text_of(replace(before, queued=3))


async def test_a_changed_certificate_or_another_key_or_another_journal_is_found_out(world: World) -> None:
    citizen = await lived_in(world)
    document = await erased(world, citizen)
    changed = json.loads(document)
    changed["certificate"]["messages"] = 2
    for bad in (json.dumps(changed), "{}", "", "[]", document.replace('"signature": "', '"signature": "é')):
        with pytest.raises(CertificateInvalid):
            await world.erasing.verify(bad)
    other = Signer(b"t" * 32)
    with pytest.raises(CertificateInvalid, match="not that of key"):
        read_document(document, other.verifier)
    assert read_verifier(other.verifier.pem.encode()).id == other.verifier.id


async def test_a_line_of_the_journal_changed_afterwards_is_found_out(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        document = await erased(world, await lived_in(world))
    with contextlib.closing(sqlite3.connect(tmp_path / "messages.db")) as database, database:
        database.execute("UPDATE journal SET actor = 'operator:paul' WHERE event = 'erasure_begun'")
    async with a_world(tmp_path) as world:
        with pytest.raises(CertificateInvalid, match="journal was changed"):
            await world.erasing.verify(document)
    with contextlib.closing(sqlite3.connect(tmp_path / "messages.db")) as database, database:
        database.execute("DELETE FROM journal WHERE event = 'erased'")
    async with a_world(tmp_path) as world:
        with pytest.raises(CertificateInvalid, match="does not keep"):
            await world.erasing.verify(document)


async def test_certificates_are_found_though_others_delete_messages(world: World) -> None:
    """A line about a deleted message once had the name of those that carry a certificate."""
    document = await erased(world, await lived_in(world))
    other = await world.bal(OTHER_CITIZEN, BalKind.CITIZEN)
    doctor = await world.store.read(lambda tx: tx.bals.by_address(parse_address(DOCTOR)))
    assert doctor is not None
    await world.send(doctor, a_letter(9).replace(CITIZEN.encode(), OTHER_CITIZEN.encode()), OTHER_CITIZEN)
    opened, leave = await world.mailboxes.open(other.id, "INBOX", lambda _: None)
    await opened.store_flags(other, opened.uids, FlagChange(FlagMode.ADD, DELETED, ()))
    await opened.expunge(other, opened.uids)
    leave()
    world.clock.pass_(days=2)
    await world.expiry.step(10)
    told = await world.store.read(lambda tx: tx.journal.entries(other.id))
    assert "messages_erased" in {entry.event for entry in told}
    now = world.clock.now()
    older = JournalEntry(now, "rule:RET-1", "erased", other.id, {"day": "2026-11-22", "messages": "1"})
    await world.store.write(lambda tx: tx.journal.record(older), "as older releases did")
    assert (await world.erasing.verify(document)).mailbox.endswith("@patient.mssante.fr")
    assert len(await world.erasing.certificates()) == 1


@pytest.mark.parametrize("closed", [False, True])
async def test_an_older_backup_of_the_messages_opens_nothing(tmp_path: Path, closed: bool) -> None:
    house, restored = tmp_path / "house", tmp_path / "restored"
    house.mkdir()
    restored.mkdir()
    async with a_world(house) as world:
        citizen = await lived_in(world)
        bodies: list[BodyId] = [row.body for row in await world.inbox(citizen)]
        if closed:
            await world.change(citizen, ProfileAct.CLOSE)
        with (
            contextlib.closing(sqlite3.connect(house / "messages.db")) as source,
            contextlib.closing(sqlite3.connect(restored / "messages.db")) as target,
        ):
            source.backup(target)
        shutil.copytree(house / "objects", restored / "objects")
        if not closed:
            await world.change(citizen, ProfileAct.CLOSE)
        await world.erasing.begin(citizen.address, "anne", REASON)  # keys go before any row does
    for name in ("keys.db", "master.key", "archive.key", "archive.pub"):
        shutil.copy(house / name, restored / name)
    async with a_world(restored) as world:
        for id_ in bodies:
            body = await world.store.read(lambda tx: tx.messages.body(id_))  # noqa: B023 (run before the loop goes on)
            assert body is not None
            with pytest.raises(KeyDestroyedError):
                await world.vault.open_whole(body)
        for archive, _ in await world.archive_opening.all():
            key = load_private(restored / "archive.key")
            found = world.archive_opening.open(archive.id, key, "anne", "essai")
            with pytest.raises(KeyDestroyedError):
                _ = [piece async for one in found async for piece in one.octets]


async def test_what_a_crash_interrupts_is_finished_and_certified_once(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        citizen = await lived_in(world)
        await world.change(citizen, ProfileAct.CLOSE)
        await world.erasing.begin(citizen.address, "anne", REASON)
        await world.store.write(
            lambda tx: tx.erasures.remove_messages(citizen.id, 2, world.clock.now()), "test"
        )
        with pytest.raises(AccountRefused, match="still being erased"):
            await world.profiles.change(citizen.address, ProfileAct.REOPEN, by_operator("anne"))
    async with a_world(tmp_path) as world:
        await world.erasing.begin(citizen.address, "paul", "encore")
        assert await world.erasing.run_once(500) == 1
        assert await world.erasing.run_once(500) == 0
        ((_, certificate),) = await world.erasing.certificates()
        assert (certificate.messages, certificate.carried_out_by) == (3, "operator:anne")
        assert await world.erasing.finish(citizen) == await world.erasing.show(certificate.id)


async def test_who_comes_back_after_an_erasure_finds_an_empty_mailbox_that_works(world: World) -> None:
    citizen = await lived_in(world)
    await erased(world, citizen)
    citizen = await world.change(citizen, ProfileAct.REOPEN, AskedBy.HOLDER)
    doctor = (await world.accounts.all(BalKind.PER))[0]
    assert (await world.send(doctor, a_letter(9), CITIZEN)).is_positive
    welcome, letter = await world.inbox(citizen)
    assert b"Subject: Lettre 9" in await world.octets(letter)
    assert welcome.uid < letter.uid


async def test_only_a_citizen_who_has_left_is_erased_and_for_a_reason(world: World) -> None:
    citizen = await lived_in(world)
    doctor = (await world.accounts.all(BalKind.PER))[0]
    for bal, reason, said in (
        (citizen, REASON, "close comes first"),
        (doctor, REASON, "Only a citizen"),
        (citizen, "  ", "needs a reason"),
    ):
        with pytest.raises(AccountRefused, match=said):
            await world.erasing.begin(bal.address, "anne", reason)
