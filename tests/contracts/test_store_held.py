"""What every database keeps of messages that wait to be released: ``tx.held``, on both. RFC 4865."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.builders import CITIZEN, DOCTOR, a_policy
from tests.support.store_load import file_one
from tests.support.world import FakeClock

from vaguemestre.mail.address import Address, parse_address
from vaguemestre.mail.bal import Bal, BalId, BalKind, BalState
from vaguemestre.mail.deliver_by import DeliverBy, Lateness
from vaguemestre.mail.dsn import Notify, Returned, Wish
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.fate import Fate, FateState, SubmissionId
from vaguemestre.mail.held import Held
from vaguemestre.mail.mailbox import INBOX, NO_DRAWER, STANDARD_MAILBOXES, MailboxId, Uid
from vaguemestre.service.arriving.intake import Intake
from vaguemestre.service.arriving.submission import Submissions
from vaguemestre.service.conversations.life import IdentifierDigest
from vaguemestre.service.conversations.references import ConversationReferences
from vaguemestre.service.held.releases import Releases
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.submission import NewSubmission
from vaguemestre.service.sign_in.outcome import SignedIn
from vaguemestre.store.open import open_store
from vaguemestre.vault.keys import generate_master, write_master
from vaguemestre.vault.open import open_vault

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
HOUR = timedelta(hours=1)
NURSE = Address("élodie", "hôpital.example")
ENVELOPE = Envelope(
    Address("claire", "cabinet.mssante.fr"),
    (NURSE, Address("paul", "hopital.mssante.fr")),
    wishes=(Wish(frozenset({Notify.SUCCESS, Notify.DELAY}), "rfc822;É@x"), Wish(frozenset({Notify.NEVER}))),
    identifier="nuit+7",
    returned=Returned.HEADERS,
    requires_tls=True,
    deliver_by=DeliverBy(NOW + 8 * HOUR, Lateness.NOTIFY, is_traced=True),
)


def an_account(tx: Transaction, local: str = "claire") -> Bal:
    return tx.bals.add(NewBal(Address(local, "cabinet.mssante.fr"), BalKind.PER, BalState.ACTIVE), NOW)


def one(tx: Transaction, sender: BalId, number: int, hour: datetime, mailbox: int = 1) -> Held:
    """A submission, and its message that waits."""
    new = NewSubmission(f"q{number}", sender, None, b"%d" % number, NOW, release_at=hour)
    begun = tx.submissions.begin(new, NOW - HOUR)
    assert isinstance(begun, int)
    envelope = replace(ENVELOPE, held_until=hour)
    held = Held(begun, f"q{number}", sender, NOW, MailboxId(mailbox), Uid(number), envelope, hour, hour)
    tx.held.hold(held)
    return held


def names(found: Sequence[Held]) -> list[str]:
    return [held.queue_id for held in found]


async def test_what_waits_is_given_back_as_it_was_and_by_every_name(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        claire, paul = an_account(tx), an_account(tx, "paul")
        late, early = one(tx, claire.id, 1, NOW + 3 * HOUR), one(tx, claire.id, 2, NOW + HOUR, 2)
        other = one(tx, paul.id, 3, NOW + 2 * HOUR)
        assert tx.held.by_queue_id("q1") == late
        assert tx.held.by_queue_id("q9") is None
        assert tx.held.waiting() == [early, other, late]
        assert tx.held.waiting(claire.id) == [early, late]
        assert (tx.held.count(claire.id), tx.held.count(paul.id)) == (2, 1)
        assert tx.held.lying_at(MailboxId(1), [Uid(3), Uid(1), Uid(2)]) == [late, other]
        assert tx.held.lying_at(MailboxId(9), [Uid(1)]) == []
        trace = tx.submissions.trace("q1")
        assert trace is not None
        assert trace.release_at == NOW + 3 * HOUR

    await store.write(unit, "test")


async def test_the_earliest_is_due_first_and_none_before_its_hour(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        claire = an_account(tx)
        for number, hours in enumerate((3, 1, 2), 1):
            one(tx, claire.id, number, NOW + hours * HOUR)
        assert tx.held.due(NOW, 10) == []
        assert names(tx.held.due(NOW + 2 * HOUR, 10)) == ["q2", "q3"]
        assert names(tx.held.due(NOW + 9 * HOUR, 2)) == ["q2", "q3"]
        first = tx.held.due(NOW + HOUR, 1)[0]
        tx.held.postpone(first.submission, NOW + 4 * HOUR)
        assert names(tx.held.due(NOW + 9 * HOUR, 10)) == ["q3", "q1", "q2"]
        assert tx.held.due(NOW + 9 * HOUR, 10)[2].release_at == NOW + HOUR

    await store.write(unit, "test")


async def test_of_many_who_take_it_one_is_told_so(store: Store) -> None:
    claire = await store.write(an_account, "test")
    held = await store.write(lambda tx: one(tx, claire.id, 1, NOW), "test")
    taken = await asyncio.gather(
        *(store.write(lambda tx: tx.held.take(held.submission), "test") for _ in range(8))
    )
    assert sorted(taken) == [False] * 7 + [True]
    assert await store.read(lambda tx: tx.held.count(claire.id)) == 0


async def test_the_same_again_is_known_until_a_day_after_its_hour_unless_outdated(
    store: Store,
) -> None:
    claire = await store.write(an_account, "test")
    await store.write(lambda tx: one(tx, claire.id, 1, NOW + 240 * HOUR), "test")

    def again(tx: Transaction, at: datetime, number: int) -> SubmissionId | str:
        return tx.submissions.begin(NewSubmission(f"r{number}", claire.id, None, b"1", at), at - 24 * HOUR)

    assert await store.write(lambda tx: again(tx, NOW + 100 * HOUR, 1), "test") == "q1"
    assert await store.write(lambda tx: again(tx, NOW + 263 * HOUR, 2), "test") == "q1"
    found = await store.read(lambda tx: tx.held.waiting())
    await store.write(lambda tx: tx.submissions.outdate(found[0].submission), "test")
    assert isinstance(await store.write(lambda tx: again(tx, NOW + 100 * HOUR, 3), "test"), int)


async def test_a_fate_that_waited_makes_room_for_another_and_no_other_does(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        held = one(tx, an_account(tx).id, 1, NOW)
        tx.submissions.settle(held.submission, Fate(NURSE, FateState.HELD, NOW))
        tx.submissions.settle(held.submission, Fate(Address("a", "b.example"), FateState.REFUSED, NOW))
        tx.submissions.unhold(held.submission)
        tx.submissions.settle(held.submission, Fate(NURSE, FateState.DELIVERED, NOW))
        trace = tx.submissions.trace("q1")
        assert trace is not None
        assert [fate.state for fate in trace.fates] == [FateState.REFUSED, FateState.DELIVERED]

    await store.write(unit, "test")


async def test_what_waits_does_not_age(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        claire = an_account(tx)
        inbox = tx.mailboxes.create(claire.id, INBOX, None, NOW)
        uids = [file_one(tx, inbox), file_one(tx, inbox)]
        held = one(tx, claire.id, uids[0], NOW, inbox.id)

        def aged() -> list[Uid]:
            found = tx.aging.by_age(BalKind.PER, NO_DRAWER, NOW + 1000 * HOUR, 10)
            return [message.uid for message in found]

        assert aged() == uids[1:]
        tx.held.take(held.submission)
        assert aged() == uids

    await store.write(unit, "test")


async def test_two_processes_release_each_message_once(database_url: str, tmp_path: Path) -> None:
    """Two stores on one database, as two processes have, both looking at the same messages."""
    clock, policy = FakeClock(), a_policy()
    masters = write_master(tmp_path / "master.key", generate_master())
    keys = f"sqlite:///{tmp_path / 'keys.db'}"
    vault = await open_vault(keys, masters, tmp_path / "objects", tmp_path / "spool")
    stores = [await open_store(database_url), await open_store(database_url)]
    digest = IdentifierDigest(vault.digest_key)
    references = ConversationReferences(vault.digest_key, digest)

    def with_mailboxes(tx: Transaction, address: str, kind: BalKind) -> Bal:
        bal = tx.bals.add(NewBal(parse_address(address), kind, BalState.ACTIVE), NOW)
        for name, use in STANDARD_MAILBOXES:
            tx.mailboxes.create(bal.id, name, use, NOW)
        return bal

    doctor = await stores[0].write(lambda tx: with_mailboxes(tx, DOCTOR, BalKind.PER), "test")
    citizen = await stores[0].write(lambda tx: with_mailboxes(tx, CITIZEN, BalKind.CITIZEN), "test")
    submissions = Submissions(Intake(stores[0], vault, clock, policy, digest, references, "mail.test"))
    until = clock.now() + HOUR
    envelope = Envelope(doctor.address, (citizen.address,), held_until=until)
    for number in range(20):
        incoming = submissions.begin(SignedIn(doctor), envelope, "ESMTPSA")
        head = f"From: {DOCTOR}\r\nTo: {CITIZEN}\r\nMessage-ID: <{number}@x.example>\r\n\r\n"
        incoming.feed(head.encode() + b"x" * (100 if number % 5 else 300_000) + b"\r\n")
        assert (await submissions.submit(incoming)).reply.is_positive
    clock.pass_(hours=1)
    releases = [
        Releases(Intake(store, vault, clock, policy, digest, references, "mail.test")) for store in stores
    ]
    try:
        await asyncio.gather(*(each.run_once(100) for each in releases))
        await asyncio.gather(*(each.run_once(100) for each in releases))

        def unit(tx: Transaction) -> tuple[int, int]:
            inbox = tx.mailboxes.by_name(citizen.id, INBOX)
            assert inbox is not None
            return tx.mailboxes.message_count(inbox.id), len(tx.held.waiting())

        assert await stores[0].read(unit) == (20, 0)
    finally:
        for store in stores:
            await store.close()
        await vault.close()
